// The faults of a table, taken apart into line, column and what is wrong, in the language that is on.
import type { TextKey, Words } from "../../text/words.ts";

/** One fault of a table; null where it is of no line, or of a whole one. */
export interface TableFault {
  readonly line: number | null;
  readonly column: string | null;
  readonly what: string;
}

/** What the server says, and the text for it; the schema library has words of its own. */
const known = [
  [/is missing$/u, "admin.table.fault.missing"],
  [/is unknown$/u, "admin.table.fault.unknown"],
  [/stands twice$/u, "admin.table.fault.twice"],
  [/stands in line \d+ already$/u, "admin.table.fault.again"],
  [/is in the register already$/u, "admin.table.fault.taken"],
  [/enterprise is not in the register$/u, "admin.table.fault.enterprise"],
  [/site is not in the register$/u, "admin.table.fault.site"],
  [/is retired, or its enterprise or site is$/u, "admin.table.fault.retired"],
  [/cells, \d+ columns$/u, "admin.table.fault.cells"],
  [/^must match pattern/u, "admin.table.fault.pattern"],
  [/^must be number|^must be integer/u, "admin.table.fault.number"],
  [/^must be one of/u, "admin.table.fault.choice"],
  [/^must not have (?:fewer|less) than/u, "admin.table.fault.short"],
  [/^must not have more than/u, "admin.table.fault.long"],
  [/^must be >=|^must be <=/u, "admin.table.fault.range"],
  [/^must be object/u, "admin.table.fault.json"],
  [/not UTF-8/u, "admin.table.fault.utf8"],
] as const satisfies readonly (readonly [RegExp, TextKey])[];

/** One fault as the server says it; what has no text of its own stays in the server's words. */
export function tableFault(said: string, { t, language }: Pick<Words, "t" | "language">): TableFault {
  const parts = /^line (?<line>\d+)(?:, column (?<column>[^:]+))?: (?<what>.*)$/su.exec(said)?.groups;
  const line = parts?.["line"] === undefined ? null : Number(parts["line"]);
  const rest = parts?.["what"] ?? said;
  const missing = /^the column (?<column>\S+) is missing$/u.exec(rest)?.groups?.["column"];
  const column = parts?.["column"] ?? missing ?? null;
  if (language.value === "en") return { line, column, what: rest };
  const key = known.find(([pattern]) => pattern.test(rest))?.[1];
  return { line, column, what: key === undefined ? rest : `${t(key)}（${rest}）` };
}
