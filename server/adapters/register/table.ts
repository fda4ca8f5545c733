// The register's entries as tables: which columns each kind has, and every fault by its line and column.
import type { TObject } from "typebox";
import { Compile } from "typebox/compile";
import {
  type DeviceEntry,
  deviceEntrySchema,
  type EnterpriseEntry,
  enterpriseSchema,
  type RegisterKind,
  registeredSiteSchema,
  type SiteEntry,
} from "../../../contract/register.ts";
import { type CsvRow, parseCsv, withoutApostrophe, writeCsv } from "./csv.ts";
import { usualPerSecond } from "./devices.ts";

/** An entry with the line that it stands in. */
export interface TableRow {
  readonly line: number;
  readonly entry: EnterpriseEntry | SiteEntry | DeviceEntry;
}

/** The entries of a table, or everything that is wrong with it. */
export type Table =
  | { readonly ok: true; readonly rows: readonly TableRow[] }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Lines of one table; more is another table. */
export const maxLines = 5000;
/** Faults that are named; nobody reads more. */
const maxFaults = 200;

type Cells = Readonly<Record<string, string>>;
/** One kind of table: the columns, the entry that a row stands for, and the column of each field. */
interface Kind {
  readonly columns: readonly string[];
  readonly schema: TObject;
  readonly entryOf: (cells: Cells) => Record<string, unknown>;
  readonly cellsOf: (entry: Record<string, unknown>) => readonly (string | number)[];
  readonly key: (cells: Cells) => string;
}

const nameOf = (cells: Cells) => ({ zh: cells["name_zh"], en: cells["name_en"] });
const text = (value: unknown): string | number => (typeof value === "number" ? value : String(value));

/** Not a number: the cell itself, which no schema takes for one. An empty cell is no zero. */
function numberOf(cell: string | undefined): unknown {
  return cell !== undefined && /^-?\d+(?:\.\d+)?$/.test(cell) ? Number(cell) : cell;
}

function jsonOf(cell: string | undefined): unknown {
  try {
    return cell === undefined || cell === "" ? {} : (JSON.parse(cell) as unknown);
  } catch {
    return cell;
  }
}

const kinds: Readonly<Record<RegisterKind, Kind>> = {
  enterprises: {
    columns: ["id", "name_zh", "name_en"],
    schema: enterpriseSchema,
    entryOf: (cells) => ({ id: cells["id"], name: nameOf(cells) }),
    cellsOf: (entry) => {
      const { id, name } = entry as EnterpriseEntry;
      return [id, name.zh, name.en];
    },
    key: (cells) => cells["id"] ?? "",
  },
  sites: {
    columns: ["id", "enterprise", "name_zh", "name_en", "county", "town", "sector", "lng", "lat"],
    schema: registeredSiteSchema,
    entryOf: ({ name_zh: zh, name_en: en, lng, lat, ...rest }) => ({
      ...rest,
      name: { zh, en },
      lng: numberOf(lng),
      lat: numberOf(lat),
    }),
    cellsOf: (entry) => {
      const { id, enterprise, name, county, town, sector, lng, lat } = entry as SiteEntry;
      return [id, enterprise, name.zh, name.en, county, town, sector, lng, lat];
    },
    key: (cells) => cells["id"] ?? "",
  },
  devices: {
    columns: ["site", "device", "dialect", "options", "names", "max_per_second"],
    schema: deviceEntrySchema,
    entryOf: ({ site, device, dialect, options, names, max_per_second: most }) => ({
      site,
      device,
      dialect: dialect === "" ? "native" : dialect,
      options: jsonOf(options),
      names: jsonOf(names),
      maxPerSecond: most === "" ? usualPerSecond : numberOf(most),
    }),
    cellsOf: (entry) => {
      const { site, device, dialect, options, names, maxPerSecond } = entry as DeviceEntry;
      return [site, device, dialect, JSON.stringify(options), JSON.stringify(names), maxPerSecond];
    },
    key: (cells) => `${cells["site"]}/${cells["device"]}`,
  },
};

/** The column that a field of an entry stands in. */
const columnOfField: Readonly<Record<string, string>> = {
  "/name/zh": "name_zh",
  "/name/en": "name_en",
  "/maxPerSecond": "max_per_second",
};

/** Reads a table of one kind: UTF-8 with or without a byte order mark, a first line of column names in any order. */
export function readTable(kind: RegisterKind, bytes: Uint8Array): Table {
  const decoded = decode(bytes);
  if (decoded === null) return { ok: false, faults: ["the file is not UTF-8 text"] };
  const csv = parseCsv(decoded);
  if (!csv.ok) return csv;
  const [head, ...body] = csv.rows;
  const { columns } = kinds[kind];
  if (head === undefined) return { ok: false, faults: [`the first line must name the columns ${columns.join(", ")}`] };
  const names = head.cells.map((cell) => cell.trim());
  const faults = [
    ...columns
      .filter((name) => !names.includes(name))
      .map((name) => `line ${head.line}: the column ${name} is missing`),
    ...names.filter((name) => !columns.includes(name)).map((name) => `line ${head.line}, column ${name}: is unknown`),
    ...names
      .filter((name, index) => names.indexOf(name) < index)
      .map((name) => `line ${head.line}, column ${name}: stands twice`),
  ];
  if (body.length > maxLines) faults.push(`${body.length} lines: at most ${maxLines} at once`);
  return faults.length > 0 ? { ok: false, faults } : readBody(kinds[kind], names, body);
}

function decode(bytes: Uint8Array): string | null {
  try {
    // It takes the byte order mark away by itself.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function readBody(kind: Kind, names: readonly string[], body: readonly CsvRow[]): Table {
  const faultsOf = createCheck(kind.schema);
  const lineOf = new Map<string, number>();
  const faults: string[] = [];
  const rows: TableRow[] = [];
  for (const { line, cells } of body) {
    if (cells.length !== names.length) {
      faults.push(`line ${line}: ${cells.length} cells, ${names.length} columns`);
      continue;
    }
    const row = Object.fromEntries(names.map((name, index) => [name, withoutApostrophe((cells[index] ?? "").trim())]));
    const entry = kind.entryOf(row);
    faults.push(...faultsOf(entry).map((fault) => `line ${line}, column ${fault}`));
    const key = kind.key(row);
    const earlier = lineOf.get(key);
    if (earlier !== undefined) faults.push(`line ${line}: ${key} stands in line ${earlier} already`);
    lineOf.set(key, line);
    rows.push({ line, entry: entry as TableRow["entry"] });
  }
  if (faults.length > maxFaults)
    return { ok: false, faults: [...faults.slice(0, maxFaults), `and ${faults.length - maxFaults} more`] };
  return faults.length > 0 ? { ok: false, faults } : { ok: true, rows };
}

/** What is wrong with an entry, one sentence a column: field by field, since the library stops after a few faults. */
function createCheck(schema: TObject): (entry: Record<string, unknown>) => readonly string[] {
  const fields = Object.entries(schema.properties).map(([name, field]) => {
    const { anyOf } = field as { readonly anyOf?: readonly { readonly const?: unknown }[] };
    return { name, check: Compile(field), choices: anyOf?.map((one) => String(one.const)) };
  });
  return (entry) =>
    fields.flatMap(({ name, check, choices }) => {
      if (check.Check(entry[name])) return [];
      if (choices !== undefined) return [`${name}: must be one of ${choices.join(", ")}`];
      const found = new Map<string, string>();
      for (const { instancePath, message } of check.Errors(entry[name])) {
        const column = columnOfField[`/${name}${instancePath}`] ?? columnOfField[`/${name}`] ?? name;
        if (!found.has(column)) found.set(column, `${column}: ${message}`);
      }
      return [...found.values()];
    });
}

/** The same entries as a table that `readTable` reads. */
export function writeTable(kind: RegisterKind, entries: readonly object[]): string {
  const { columns, cellsOf } = kinds[kind];
  return writeCsv([columns, ...entries.map((entry) => cellsOf(entry as Record<string, unknown>).map(text))]);
}
