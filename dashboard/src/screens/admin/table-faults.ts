// The faults of a table, taken apart into line, column and what is wrong, in the language that is on.
import type { TextKey, Words } from "../../text/words.ts";

/** One fault of a table; null where it is of no line, or of a whole one. */
export interface TableFault {
  readonly line: number | null;
  readonly column: string | null;
  readonly what: string;
}

/** What the server says, and the text for it with what the sentence names; half of them are the schema library's own. */
const known = [
  [/^the column (?<name>\S+) is missing$/u, "admin.table.fault.missing"],
  [/^is unknown$/u, "admin.table.fault.unknown"],
  [/^stands twice$/u, "admin.table.fault.twice"],
  [/^(?<name>.+) stands in line (?<line>\d+) already$/u, "admin.table.fault.again"],
  [/is in the register already$/u, "admin.table.fault.taken"],
  [/enterprise is not in the register$/u, "admin.table.fault.enterprise"],
  [/site is not in the register$/u, "admin.table.fault.site"],
  [/is retired, or its enterprise or site is$/u, "admin.table.fault.retired"],
  [/^(?<cells>\d+) cells, (?<columns>\d+) columns$/u, "admin.table.fault.cells"],
  [/^(?<lines>\d+) lines: at most (?<most>\d+) at once$/u, "admin.table.fault.lines"],
  [/^the first line must name the columns (?<columns>.+)$/u, "admin.table.fault.head"],
  [/^and (?<count>\d+) more$/u, "admin.table.fault.more"],
  [/^must match pattern "?(?<pattern>.+?)"?$/u, "admin.table.fault.pattern"],
  [/^must be number/u, "admin.table.fault.number"],
  [/^must be integer/u, "admin.table.fault.whole"],
  [/^must be one of (?<choices>.+)$/u, "admin.table.fault.choice"],
  [/^must not have (?:fewer|less) than (?<least>\d+)/u, "admin.table.fault.short"],
  [/^must not have more than (?<most>\d+)/u, "admin.table.fault.long"],
  [/^must be >=? (?<least>\S+)$/u, "admin.table.fault.low"],
  [/^must be <=? (?<most>\S+)$/u, "admin.table.fault.high"],
  [/^must be object/u, "admin.table.fault.json"],
  [/not UTF-8/u, "admin.table.fault.utf8"],
  [/^a comma or the end of the line is missing behind the cell$/u, "admin.table.fault.comma"],
  [/^a quote within a cell that does not begin with one$/u, "admin.table.fault.quote"],
  [/^a carriage return without a line feed$/u, "admin.table.fault.return"],
  [/^a quote that is never closed$/u, "admin.table.fault.open"],
] as const satisfies readonly (readonly [RegExp, TextKey])[];

function whatOf(said: string, { t }: Pick<Words, "t">): string {
  // Each pattern names the slots of its text: the compiler cannot see that.
  const say = t as (key: TextKey, values: Readonly<Record<string, string>>) => string;
  for (const [pattern, key] of known) {
    const found = pattern.exec(said);
    if (found !== null) return say(key, found.groups ?? {});
  }
  return t("admin.table.fault.other", { said });
}

/** One fault as the server says it, in the words of the language that is on. */
export function tableFault(said: string, words: Pick<Words, "t">): TableFault {
  const parts = /^line (?<line>\d+)(?:, column (?<column>[^:]+))?: (?<what>.*)$/su.exec(said)?.groups;
  const line = parts?.["line"] === undefined ? null : Number(parts["line"]);
  const rest = parts?.["what"] ?? said;
  const missing = /^the column (?<column>\S+) is missing$/u.exec(rest)?.groups?.["column"];
  return { line, column: parts?.["column"] ?? missing ?? null, what: whatOf(rest, words) };
}
