// How enterprises and sites are retired and taken up again: marked in their row, never deleted.
import type { RegisterDatabase } from "./database.ts";
import type { NotRegistered, Registered } from "./entries.ts";

const statements = {
  enterprises: "UPDATE enterprises SET retiredAt = ? WHERE id = ?",
  sites: "UPDATE sites SET retiredAt = ? WHERE id = ?",
} as const;

/** Sets when an entry of a table was retired; null: it is in use. */
export function createMarking<T extends { readonly retiredAt: number | null }>(
  db: RegisterDatabase,
  table: keyof typeof statements,
  find: (id: string) => T | null,
): (id: string, retiredAt: number | null) => Registered<T> | NotRegistered {
  const mark = db.prepare(statements[table]);
  return (id, retiredAt) => {
    const before = find(id);
    if (before === null) return { ok: false, fault: "nameUnknown" };
    if (retiredAt !== null && before.retiredAt !== null) return { ok: false, fault: "retired" };
    mark.run(retiredAt, id);
    return { ok: true, before, after: { ...before, retiredAt } };
  };
}
