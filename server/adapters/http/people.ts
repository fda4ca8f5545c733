// The routes of people, walls and what was done: for administrators, and for everybody his own password and sessions.
import type { FastifyReply, FastifyRequest } from "fastify";
import type { AuditEntry } from "../../../contract/audit.ts";
import type { FaultCode } from "../../../contract/faults.ts";
import {
  type Account,
  type AuditQuery,
  auditQuerySchema,
  endSessionSchema,
  ownPasswordSchema,
  type PersonAct,
  type PersonRequests,
  personSchemas,
  type SessionView,
  type WallAct,
  type WallRequests,
  wallSchemas,
  type WallView,
} from "../../../contract/people.ts";
import { isWhole } from "../../../contract/scope.ts";
import type { Person } from "../../../contract/wall.ts";
import { type App, refuse } from "./guards.ts";
import { callerOf, clearSession, setSession, tokenOfCookies } from "./session.ts";

/** Who asks, and from where. */
export interface Caller {
  readonly person: Person;
  readonly from: string;
}
/** Not done, and why. */
export interface NotDone {
  readonly ok: false;
  readonly code: FaultCode;
}
/** Done; what is told this once stands beside it. */
export type ActDone = { readonly ok: true; readonly password?: string; readonly token?: string } | NotDone;

/** Whoever keeps people, walls and the record of acts. */
export interface PeopleDesk {
  readonly people: () => readonly Account[];
  readonly walls: () => readonly WallView[];
  readonly audits: (query: AuditQuery) => readonly AuditEntry[];
  readonly actOnPerson: <A extends PersonAct>(act: A, request: PersonRequests[A], caller: Caller) => Promise<ActDone>;
  readonly actOnWall: <A extends WallAct>(act: A, request: WallRequests[A], caller: Caller) => Promise<ActDone>;
  /** Whose session it is, also where he still has to choose a password; null where there is none. */
  readonly owner: (token: string) => { readonly person: Person; readonly id: string } | null;
  /** Every session of the person ends; the token of the new one. `id`: the session that asks. */
  readonly changePassword: (
    caller: Caller & { readonly id: string },
    passwords: { readonly old: string; readonly new: string },
  ) => Promise<{ readonly ok: true; readonly token: string } | NotDone>;
  readonly sessions: (name: string) => readonly SessionView[];
  readonly endSessions: (caller: Caller, id: string | undefined) => number;
}

/** What the routes stand on. */
export interface PeopleRoutes {
  readonly desk: PeopleDesk;
  readonly isDemo: boolean;
  readonly person: (credential: string) => Person | null;
  readonly mayDo: (
    person: Person | null,
    act: "administer" | "readAudit",
    context: { readonly isDemo: boolean },
  ) => { readonly ok: true } | NotDone;
}

/** Adds the routes. */
export function addPeopleRoutes(app: App, routes: PeopleRoutes): void {
  const { desk, person, mayDo, isDemo } = routes;
  const must = (act: "administer" | "readAudit") => async (request: FastifyRequest, reply: FastifyReply) => {
    const who = callerOf(request, person);
    const verdict = mayDo(who, act, { isDemo });
    if (!verdict.ok) return refuse(reply, verdict.code);
    // Accounts and the record are of the whole city: who answers for a part of it would see the others'.
    return isWhole(who?.scope) ? undefined : refuse(reply, "NOT_ALLOWED");
  };
  const onRequest = must("administer");
  const caller = (request: FastifyRequest): Caller | null => {
    const who = callerOf(request, person);
    return who === null ? null : { person: who, from: request.ip };
  };
  const answer = (reply: FastifyReply, done: ActDone) => (done.ok ? done : refuse(reply, done.code));

  app.get("/api/people", { onRequest }, async () => desk.people());
  for (const act of Object.keys(personSchemas) as PersonAct[]) {
    app.post(`/api/people/${act}`, { onRequest, schema: { body: personSchemas[act] } }, async (request, reply) => {
      const who = caller(request);
      if (who === null) return refuse(reply, "NOT_LOGGED_IN");
      return answer(reply, await desk.actOnPerson(act, request.body, who));
    });
  }

  app.get("/api/walls", { onRequest }, async () => desk.walls());
  for (const act of Object.keys(wallSchemas) as WallAct[]) {
    app.post(`/api/walls/${act}`, { onRequest, schema: { body: wallSchemas[act] } }, async (request, reply) => {
      const who = caller(request);
      if (who === null) return refuse(reply, "NOT_LOGGED_IN");
      return answer(reply, await desk.actOnWall(act, request.body, who));
    });
  }

  const reading = { onRequest: must("readAudit"), schema: { querystring: auditQuerySchema } };
  app.get("/api/audit", reading, async ({ query }, reply) => reply.send(desk.audits(query)));

  addOwnRoutes(app, routes);
}

/** What everybody may do about himself, a new password before anything else. */
function addOwnRoutes(app: App, { desk }: PeopleRoutes): void {
  const owner = (request: FastifyRequest): (Caller & { readonly id: string }) | null => {
    const token = tokenOfCookies(request.headers.cookie);
    const session = token === null ? null : desk.owner(token);
    return session === null ? null : { ...session, from: request.ip };
  };

  app.post("/api/me/password", { schema: { body: ownPasswordSchema } }, async (request, reply) => {
    const who = owner(request);
    if (who === null) return refuse(reply, "NOT_LOGGED_IN");
    const changed = await desk.changePassword(who, request.body);
    if (!changed.ok) return refuse(reply, changed.code);
    setSession(request, reply, changed.token);
    return { person: who.person };
  });

  app.get("/api/me/sessions", async (request, reply) => {
    const who = owner(request);
    if (who === null) return refuse(reply, "NOT_LOGGED_IN");
    return { current: who.id, sessions: desk.sessions(who.person.name) };
  });

  app.post("/api/me/sessions/end", { schema: { body: endSessionSchema } }, async (request, reply) => {
    const who = owner(request);
    if (who === null) return refuse(reply, "NOT_LOGGED_IN");
    const { id } = request.body;
    const ended = desk.endSessions(who, id);
    if (ended === 0) return refuse(reply, "NOT_FOUND");
    if (id === undefined || id === who.id) clearSession(reply);
    return { ended };
  });
}
