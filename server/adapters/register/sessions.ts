// The sessions of the register: of each token only the hash is kept.
import { createHash } from "node:crypto";
import type { SessionView } from "../../../contract/people.ts";
import type { Person } from "../../../contract/wall.ts";
import { atomically, type RegisterDatabase, type Row } from "./database.ts";
import type { RegisterOptions } from "./entries.ts";
import { toPerson } from "./people.ts";

/** A session ends this long after its last use: a shift. What must stay on for longer is a wall. */
const IDLE_MS = 12 * 3_600_000;
/** And this long after its login, however much it is used. */
export const SESSION_MS = 7 * 86_400_000;
/** Its use is written anew at most once in this time, so that looking costs no writing. */
const SLIDE_MS = 600_000;
/** Browsers of one person; the oldest session ends when one more is opened. */
const SESSIONS_A_PERSON = 50;

/** Whose session it is, and what stands before using it. */
export interface Session {
  readonly person: Person;
  /** Short name of the session, which opens nothing. */
  readonly id: string;
  /** The password served for one login: another has to be chosen before anything else. */
  readonly mustChange: boolean;
}

/** The sessions' part of the register. */
export interface Sessions {
  /** A new session's token, of which only the hash is kept; null where nobody has this name any more. */
  openSession(name: string, address?: string): string | null;
  /** Whose session it is; looking keeps it alive. */
  sessionOf(token: string): Session | null;
  /** Who may act by it: nobody while a password has to be chosen. */
  personOf(token: string): Person | null;
  closeSession(token: string): void;
  listSessions(name: string): SessionView[];
  /** Ends one session by its short name, or all; tells how many. */
  endSessions(name: string, id?: string): number;
}

/** The sessions of an open register. */
export function createSessions(db: RegisterDatabase, { now, random }: RegisterOptions): Sessions {
  const insert = db.prepare(
    `INSERT INTO sessions (token, person, createdAt, expiresAt, seenAt, address)
     SELECT ?, name, ?, ?, ?, ? FROM people WHERE name = ? AND lockedAt IS NULL`,
  );
  const find = db.prepare(
    `SELECT people.name, role, tier, scope, mustChange, sessions.createdAt, sessions.seenAt
     FROM sessions JOIN people ON name = person WHERE token = ? AND expiresAt > ?`,
  );
  const slide = db.prepare("UPDATE sessions SET expiresAt = MIN(createdAt + ?, ?), seenAt = ? WHERE token = ?");
  const remove = db.prepare("DELETE FROM sessions WHERE token = ?");
  const removeEnded = db.prepare("DELETE FROM sessions WHERE expiresAt <= ?");
  const removeOldest = db.prepare(
    "DELETE FROM sessions WHERE token IN (SELECT token FROM sessions WHERE person = ? ORDER BY createdAt DESC, rowid DESC LIMIT -1 OFFSET ?)",
  );
  const seen = db.prepare("UPDATE people SET seenAt = ? WHERE name = ?");
  const list = db.prepare(
    "SELECT token, createdAt, seenAt, address FROM sessions WHERE person = ? AND expiresAt > ? ORDER BY createdAt, rowid",
  );

  const open = (token: string, name: string, address: string | null): boolean => {
    const at = now();
    removeEnded.run(at);
    const { changes } = insert.run(sha256(token), at, at + IDLE_MS, at, address, name);
    removeOldest.run(name, SESSIONS_A_PERSON);
    seen.run(at, name);
    return changes === 1;
  };

  const keepAlive = (token: string, name: string): void => {
    const at = now();
    try {
      atomically(db, () => {
        slide.run(SESSION_MS, at + IDLE_MS, at, sha256(token));
        seen.run(at, name);
      });
    } catch {
      // A full disk must not close the walls: the session stands as it is, and the next look tries again.
    }
  };

  const sessionOf = (token: string): Session | null => {
    const at = now();
    const hash = sha256(token);
    const row = find.get(hash, at) as Row | undefined;
    if (row === undefined || (row["createdAt"] as number) + SESSION_MS <= at) return null;
    const person = toPerson(row);
    if (at - (row["seenAt"] as number) > SLIDE_MS) keepAlive(token, person.name);
    return { person, id: shortOf(hash), mustChange: row["mustChange"] === 1 };
  };

  return {
    openSession(name, address) {
      const token = Buffer.from(random(32)).toString("base64url");
      return atomically(db, () => open(token, name, address ?? null)) ? token : null;
    },

    sessionOf,
    personOf(token) {
      const session = sessionOf(token);
      return session === null || session.mustChange ? null : session.person;
    },

    closeSession(token) {
      // In an array: libsql takes a lone Buffer for named parameters, and ends the process.
      remove.run([sha256(token)]);
    },

    listSessions: (name) =>
      (list.all(name, now()) as Row[]).map((row) => ({
        id: shortOf(row["token"] as Uint8Array),
        createdAt: row["createdAt"] as number,
        seenAt: row["seenAt"] as number,
        address: row["address"] as string | null,
      })),

    endSessions(name, id) {
      const tokens = (list.all(name, now()) as Row[]).map((row) => Buffer.from(row["token"] as ArrayBuffer));
      const ended = tokens.filter((token) => id === undefined || shortOf(token) === id);
      for (const token of ended) remove.run([token]);
      return ended.length;
    },
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** The first bytes of the hash: they name a session and open none. */
function shortOf(hash: Uint8Array): string {
  return Buffer.from(hash).subarray(0, 9).toString("base64url");
}
