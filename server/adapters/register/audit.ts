// Every act on the register, written in the same transaction as what it did, and kept here until the journal has it.
import type { AuditActor, AuditEntry } from "../../../contract/audit.ts";
import type { AuditQuery } from "../../../contract/people.ts";
import { atomically, type RegisterDatabase, type Row } from "./database.ts";
import type { RegisterOptions } from "./entries.ts";

/** What an act did: done with what stood before and after, or refused. Secrets are in neither. */
export type Done<T> = { readonly ok: true; readonly before: unknown; readonly after: unknown; readonly result: T };
/** Object and verb of an act, such as `device.rotate`, and what it is done to. */
export interface Deed {
  readonly act: string;
  readonly target: string;
}

/** The audit's part of the register. */
export interface Audits {
  /** Does an act and writes it down, both or neither; what the act refuses is handed back and not written. */
  audited<T, F extends { readonly ok: false }>(actor: AuditActor, deed: Deed, work: () => Done<T> | F): Done<T> | F;
  /** Entries that the journal does not have yet, oldest first, so many at a time. */
  waitingAudits(): AuditEntry[];
  noteJournalled(id: string): void;
  listAudits(query: AuditQuery): AuditEntry[];
}

/** The audit of an open register. */
export function createAudits(db: RegisterDatabase, { now, random }: RegisterOptions): Audits {
  const insert = db.prepare("INSERT INTO audit VALUES (?, ?, ?, ?, 0)");
  const waiting = db.prepare("SELECT entry FROM audit WHERE isJournalled = 0 ORDER BY rowid LIMIT 500");
  const note = db.prepare("UPDATE audit SET isJournalled = 1 WHERE id = ?");
  const list = db.prepare(
    "SELECT entry FROM audit WHERE at BETWEEN ? AND ? AND (? IS NULL OR target = ?) ORDER BY at DESC, rowid DESC LIMIT ?",
  );
  const toEntry = (row: Row): AuditEntry => JSON.parse(row["entry"] as string) as AuditEntry;

  return {
    audited: (actor, deed, work) =>
      atomically(db, () => {
        const done = work();
        if (!done.ok) return done;
        const { before, after } = done;
        const id = Buffer.from(random(12)).toString("base64url");
        const entry: AuditEntry = { id, at: now(), ...actor, ...deed, before, after };
        insert.run(id, entry.at, entry.target, JSON.stringify(entry));
        return done;
      }),
    waitingAudits: () => (waiting.all() as Row[]).map(toEntry),
    noteJournalled(id) {
      note.run(id);
    },
    listAudits: ({ from, to, limit, target = null }) =>
      (list.all(from, to, target, target, limit) as Row[]).map(toEntry),
  };
}
