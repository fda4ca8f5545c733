// Logins, logouts and walls, each in the record, and what was refused there.
import type { SessionOptions } from "../adapters/http/session.ts";
import type { Register } from "../adapters/register.ts";
import type { Audit } from "./audit.ts";
import { actorOf, notFound, refusal } from "./people.ts";

/** Failed logins that came too early are told once in this time for each address. */
const guessedEveryMs = 60_000;
const boundEveryMs = 60_000;

/** Logins, logouts and walls, each in the record. */
export function createLogins(
  register: Register,
  audit: Audit,
): Omit<SessionOptions, "isDemo" | "now" | "log"> & Required<Pick<SessionOptions, "refusedLogin" | "joinWall">> {
  const refuseWall = (id: string, from?: string): void =>
    audit.note(`wall ${id}`, {
      act: "wall.refused",
      target: id,
      by: null,
      everyMs: boundEveryMs,
      ...(from === undefined ? {} : { from }),
    });

  return {
    async login(name, password, from) {
      const person = await register.checkPassword(name, password);
      if (person === null) return null;
      const actor = actorOf({ person, from }, {});
      const done = register.audited(actor, { act: "session.open", target: person.name }, () => {
        const token = register.openSession(person.name, from);
        return token === null ? notFound : { ok: true, before: null, after: null, result: token };
      });
      void audit.look();
      if (!done.ok) return null;
      return { person, token: done.result, mustChange: register.sessionOf(done.result)?.mustChange ?? false };
    },

    logout(token, from) {
      const session = register.sessionOf(token);
      if (session === null) return;
      const actor = actorOf({ person: session.person, from }, {});
      register.audited(actor, { act: "session.close", target: session.person.name }, () => {
        register.closeSession(token);
        return { ok: true, before: null, after: null, result: null };
      });
      void audit.look();
    },

    // A wall's cookie has a dot in it, which no token has.
    person(credential) {
      if (!credential.includes(".")) return register.personOf(credential);
      const wall = register.wallOf(credential);
      if (wall.ok) return wall.person;
      if (wall.id !== null) refuseWall(wall.id);
      return null;
    },

    refusedLogin: (name, from) =>
      audit.note(`guess ${from}`, { act: "session.refused", target: name, by: null, from, everyMs: guessedEveryMs }),

    joinWall(token, cookie, from) {
      const joined = register.bindWall(token, cookie);
      if (!joined.ok) {
        if (joined.id !== null) refuseWall(joined.id, from);
        return refusal(joined.id === null ? "WALL_UNKNOWN" : "WALL_BOUND");
      }
      const { id, person } = joined;
      audit.note(`join ${id}`, { act: "wall.join", target: id, by: null, from, everyMs: boundEveryMs });
      return { ok: true, person, cookie: joined.cookie };
    },
  };
}
