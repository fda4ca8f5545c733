// The sessions of the register: of each token only the hash is kept.
import { createHash } from "node:crypto";
import type { Person } from "../../../contract/wall.ts";
import type { RegisterDatabase, Row } from "./database.ts";
import type { RegisterOptions } from "./entries.ts";
import { toPerson } from "./people.ts";

/** A session ends this long after its last use. */
const SESSION_MS = 30 * 86_400_000;
/** Its end is written anew at most once in this time, so that looking costs no writing. */
const SLIDE_MS = 86_400_000;
/** Walls and browsers of one person; the oldest session ends when one more is opened. */
const SESSIONS_A_PERSON = 50;

/** The sessions' part of the register. */
export interface Sessions {
  /** A new session's token, of which only the hash is kept; null where nobody has this name any more. */
  openSession(name: string): string | null;
  /** Whose session it is; looking keeps it alive. */
  personOf(token: string): Person | null;
  closeSession(token: string): void;
}

/** The sessions of an open register. */
export function createSessions(db: RegisterDatabase, { now, random }: RegisterOptions): Sessions {
  const insert = db.prepare("INSERT INTO sessions SELECT ?, name, ?, ? FROM people WHERE name = ?");
  const find = db.prepare(
    "SELECT name, role, tier, scope, expiresAt FROM sessions JOIN people ON name = person WHERE token = ? AND expiresAt > ?",
  );
  const slide = db.prepare("UPDATE sessions SET expiresAt = ? WHERE token = ?");
  const remove = db.prepare("DELETE FROM sessions WHERE token = ?");
  const removeEnded = db.prepare("DELETE FROM sessions WHERE expiresAt <= ?");
  const removeOldest = db.prepare(
    "DELETE FROM sessions WHERE token IN (SELECT token FROM sessions WHERE person = ? ORDER BY createdAt DESC, rowid DESC LIMIT -1 OFFSET ?)",
  );

  const open = db.transaction((token: string, name: string) => {
    removeEnded.run(now());
    const { changes } = insert.run(sha256(token), now(), now() + SESSION_MS, name);
    removeOldest.run(name, SESSIONS_A_PERSON);
    return changes === 1;
  });

  const keepAlive = (token: string) => {
    try {
      slide.run(now() + SESSION_MS, sha256(token));
    } catch {
      // A full disk must not close the walls: the session stands as it is, and the next look tries again.
    }
  };

  return {
    openSession(name: string): string | null {
      const token = Buffer.from(random(32)).toString("base64url");
      return open.immediate(token, name) ? token : null;
    },

    personOf(token: string): Person | null {
      const row = find.get(sha256(token), now()) as Row | undefined;
      if (row === undefined) return null;
      if ((row["expiresAt"] as number) < now() + SESSION_MS - SLIDE_MS) keepAlive(token);
      return toPerson(row);
    },

    closeSession(token: string): void {
      // In an array: libsql takes a lone Buffer for named parameters, and ends the process.
      remove.run([sha256(token)]);
    },
  };
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
