// What was done, as rows and as a table that a spreadsheet reads.
import type { AuditEntry } from "../../../../contract/audit.ts";
import { formatDateTime, shanghaiMs } from "../../text/time.ts";

/** The acts that have words of their own; another is shown by its name alone. */
export const knownActs = [
  "enterprise.add",
  "enterprise.edit",
  "enterprise.retire",
  "enterprise.restore",
  "site.add",
  "site.edit",
  "site.retire",
  "site.restore",
  "device.add",
  "device.edit",
  "device.retire",
  "device.restore",
  "device.open",
  "device.rotate",
  "device.revoke",
  "device.pin",
  "person.add",
  "person.edit",
  "person.lock",
  "person.unlock",
  "person.reset",
  "person.remove",
  "person.password",
  "wall.add",
  "wall.seat",
  "wall.revoke",
  "wall.unbind",
  "wall.join",
  "wall.refused",
  "session.open",
  "session.close",
  "session.end",
  "session.refused",
  "trial.start",
  "trial.stop",
  "disk.shed",
  "journal.condense",
  "evidence.export",
  "act.refused",
] as const;
/** One of them. */
export type KnownAct = (typeof knownActs)[number];

/** True where an act has words of its own. */
export function isKnownAct(act: string): act is KnownAct {
  return (knownActs as readonly string[]).includes(act);
}

/** What stood before and after, field by field; only what is otherwise. */
export interface AuditChange {
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

function fieldsOf(value: unknown): ReadonlyMap<string, string> {
  const text = (each: unknown): string => (typeof each === "string" ? each : JSON.stringify(each));
  if (value === null || value === undefined) return new Map();
  if (typeof value !== "object" || Array.isArray(value)) return new Map([["", text(value)]]);
  return new Map(Object.entries(value).map(([key, each]) => [key, text(each)]));
}

/** The changes of an entry. */
export function auditChanges({ before, after }: AuditEntry): readonly AuditChange[] {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((field) => {
    const change = { field, before: was.get(field) ?? "", after: is.get(field) ?? "" };
    return change.before === change.after ? [] : [change];
  });
}

/** A cell that a spreadsheet would run as a formula gets an apostrophe in front (OWASP, CSV injection). */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** The entries as CSV; the byte order mark tells spreadsheets that it is UTF-8. */
export function auditCsv(entries: readonly AuditEntry[]): string {
  const head = ["at", "by", "role", "approver", "act", "target", "reason", "from", "before", "after", "id"];
  const lines = entries.map((entry) => [
    formatDateTime(entry.at),
    entry.by?.name ?? "",
    entry.by?.role ?? "",
    entry.approver ?? "",
    entry.act,
    entry.target,
    entry.reason ?? "",
    entry.from ?? "",
    JSON.stringify(entry.before ?? null),
    JSON.stringify(entry.after ?? null),
    entry.id,
  ]);
  return `\uFEFF${[head, ...lines].map((line) => line.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** `2026-11-23T19:40`, as a field for a date and time has it, in Beijing time. */
export function fieldTime(at: number): string {
  return new Date(at + shanghaiMs).toISOString().slice(0, 16);
}

/** The instant of such a text; null where it is none. */
export function instantOf(text: string): number | null {
  const at = Date.parse(`${text}:00+08:00`);
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d$/u.test(text) && Number.isFinite(at) ? at : null;
}
