// Rows one by one, as the tests write them down, and as the columns that a historian takes.
import { qualities, type Quality } from "../../contract/sample.ts";
import { createPointNames, createRows, type Rows } from "../../server/adapters/historian/rows.ts";

/** One sample of a test. */
export interface Row {
  readonly point: string;
  readonly sourceAt: number;
  readonly receivedAt: number;
  readonly value: number;
  readonly quality: Quality;
}

/** The rows as columns. */
export function columnsOf(list: readonly Row[]): Rows {
  const names = createPointNames();
  const rows = createRows(names, list.length);
  for (const { point, sourceAt, receivedAt, value, quality } of list) {
    rows.add(names.placeOf(point), sourceAt, receivedAt, value, qualities.indexOf(quality));
  }
  return rows;
}

/** Columns as rows one by one. */
export function listOf({ count, names, point, sourceAt, receivedAt, value, quality }: Rows): Row[] {
  return Array.from({ length: count }, (_, place) => ({
    point: names.list[point[place] ?? -1] ?? "",
    sourceAt: sourceAt[place] ?? 0,
    receivedAt: receivedAt[place] ?? 0,
    value: value[place] ?? 0,
    quality: qualities[quality[place] ?? -1] ?? "unknown",
  }));
}
