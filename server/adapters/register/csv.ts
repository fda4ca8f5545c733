// Tables as text: CSV by RFC 4180, strict, so that a cell is never taken for its neighbour.

/** One row: the line that it begins in, from 1, and its cells. */
export interface CsvRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The rows of a table, or where it is no table. */
export type Csv =
  | { readonly ok: true; readonly rows: readonly CsvRow[] }
  | { readonly ok: false; readonly faults: readonly string[] };

/** What a spreadsheet would take for a formula, and run. */
const formula = /^[=+\-@\t\r]/;

/** Reads a table; lines end with CRLF or LF, empty lines are no rows. */
export function parseCsv(text: string): Csv {
  const rows: CsvRow[] = [];
  let at = 0;
  let line = 1;
  const fault = (column: number, what: string): Csv => ({
    ok: false,
    faults: [`line ${line}, column ${column}: ${what}`],
  });
  while (at < text.length) {
    const cells: string[] = [];
    const begin = line;
    for (;;) {
      const cell = text[at] === '"' ? quotedCell(text, at) : plainCell(text, at);
      if (typeof cell === "string") return fault(cells.length + 1, cell);
      cells.push(cell.value);
      line += cell.lines;
      at = cell.end;
      if (text[at] !== ",") break;
      at += 1;
    }
    // After a cell stands a comma, the end of the line or the end of the text.
    const ending = /^(?:\r?\n|$)/.exec(text.slice(at, at + 2));
    if (ending === null) return fault(cells.length, "a comma or the end of the line is missing behind the cell");
    at += ending[0].length;
    line += 1;
    if (cells.length > 1 || cells[0] !== "") rows.push({ line: begin, cells });
  }
  return { ok: true, rows };
}

interface Cell {
  readonly value: string;
  readonly end: number;
  /** Line ends within it. */
  readonly lines: number;
}

function plainCell(text: string, start: number): Cell | string {
  let end = start;
  while (end < text.length && text[end] !== "," && text[end] !== "\n" && !text.startsWith("\r\n", end)) {
    if (text[end] === '"') return "a quote within a cell that does not begin with one";
    if (text[end] === "\r") return "a carriage return without a line feed";
    end += 1;
  }
  return { value: text.slice(start, end), end, lines: 0 };
}

function quotedCell(text: string, start: number): Cell | string {
  let end = start + 1;
  for (;;) {
    const quote = text.indexOf('"', end);
    if (quote === -1) return "a quote that is never closed";
    if (text[quote + 1] !== '"') {
      const value = text.slice(start + 1, quote).replaceAll('""', '"');
      return { value, end: quote + 1, lines: value.split("\n").length - 1 };
    }
    end = quote + 2;
  }
}

/** Writes a table; a cell that a spreadsheet would run as a formula gets an apostrophe in front, numbers do not. */
export function writeCsv(rows: readonly (readonly (string | number)[])[]): string {
  return rows.map((cells) => `${cells.map(cellOf).join(",")}\r\n`).join("");
}

function cellOf(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = formula.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A cell as it was before `writeCsv` made it safe. */
export function withoutApostrophe(cell: string): string {
  return cell.startsWith("'") && formula.test(cell.slice(1)) ? cell.slice(1) : cell;
}
