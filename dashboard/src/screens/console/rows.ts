// The rows of a table as plain texts, with what they are sorted by; a page of them at a time.

/** A column of a table. */
export interface Column {
  readonly key: string;
  readonly label: string;
  readonly isNumber?: boolean;
  readonly isSorted?: boolean;
  /** Its texts may take several lines. */
  readonly isLong?: boolean;
}

/** A row: its texts by column. */
export interface Row {
  readonly id: string;
  readonly cells: Readonly<Record<string, string | undefined>>;
  /** What it is sorted by where that is no text; nothing known comes last either way. */
  readonly order?: Readonly<Record<string, number | null>>;
  /** Not in use. */
  readonly isDim?: boolean;
  /** Columns that are not as they should be. */
  readonly odd?: readonly string[];
}

/** Rows that are shown at once: a table of thousands would take the browser's time with each beat. */
export const rowsPerPage = 50;

/** The rows sorted by a column, descending where its key has a minus in front; as they are without one. */
export function sortedBy(rows: readonly Row[], sort: string): readonly Row[] {
  if (sort === "") return rows;
  const isDown = sort.startsWith("-");
  const key = isDown ? sort.slice(1) : sort;
  return rows.toSorted((one, other) => compare(one, other, key) * (isDown ? -1 : 1) || last(one, other, key));
}

/** Nothing known on either side is no order: `last` puts it behind. */
function compare(one: Row, other: Row, key: string): number {
  const [a, b] = [one.order?.[key], other.order?.[key]];
  if (a === undefined && b === undefined) return (one.cells[key] ?? "").localeCompare(other.cells[key] ?? "", "zh");
  return a == null || b == null ? 0 : a - b;
}

function last(one: Row, other: Row, key: string): number {
  return Number(one.order?.[key] === null) - Number(other.order?.[key] === null);
}

/** One page of rows, counted from 1; a page that is not there is the nearest one that is. */
export interface Page {
  readonly rows: readonly Row[];
  readonly page: number;
  readonly pages: number;
  readonly from: number;
  readonly to: number;
}

/** The page of that number. */
export function pageOf(rows: readonly Row[], wanted: number): Page {
  const pages = Math.max(1, Math.ceil(rows.length / rowsPerPage));
  const page = Math.min(pages, Math.max(1, Number.isInteger(wanted) ? wanted : 1));
  const start = (page - 1) * rowsPerPage;
  const shown = rows.slice(start, start + rowsPerPage);
  return { rows: shown, page, pages, from: shown.length === 0 ? 0 : start + 1, to: start + shown.length };
}

/** The rows in which every word of a search stands somewhere. */
export function found(rows: readonly Row[], search: string): readonly Row[] {
  const words = search.toLowerCase().split(/\s+/u).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = `${row.id} ${Object.values(row.cells).join(" ")}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
