// The embedded historian's newest rows in memory, in the order of writing, each tied to the one before of its point.
import type { SeriesBuffer } from "./rows.ts";

/** One day, ms: the span of a partition (UTC). */
export const dayMs = 86_400_000;

/** A row on its way into memory; its point by the store's own number. */
export interface RecentRows {
  readonly count: number;
  readonly point: Uint32Array;
  readonly sourceAt: Float64Array;
  readonly receivedAt: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
}

/** Newest rows of all points. */
export interface Recent {
  readonly count: () => number;
  readonly hasRoom: (rows: number) => boolean;
  readonly add: (rows: RecentRows) => void;
  /** The days that it has rows of. */
  readonly days: () => readonly number[];
  /** The points that it has rows of, in order of their numbers. */
  readonly points: () => readonly number[];
  /** Adds the rows of a point with `from` ≤ `sourceAt` < `to`, in the order of writing. */
  readonly collect: (point: number, from: number, to: number, into: SeriesBuffer) => void;
  readonly clear: () => void;
}

/** Bytes that one row takes here: three times and a value, a quality, and the place of the row before. */
export const bytesOfRecentRow = 8 + 8 + 8 + 1 + 4;

/** Room for a number of rows, taken at once, so that what it takes is known from the start. */
export function createRecent(room: number): Recent {
  const sourceAt = new Float64Array(room);
  const receivedAt = new Float64Array(room);
  const value = new Float64Array(room);
  const quality = new Uint8Array(room);
  /** Place + 1 of the row before of the same point, 0 for none. */
  const before = new Uint32Array(room);
  /** By point: place + 1 of its newest row, 0 for none. */
  let newest = new Uint32Array(1024);
  const days = new Set<number>();
  let touched: number[] = [];
  let count = 0;
  return {
    count: () => count,
    hasRoom: (rows) => count + rows <= room,
    add: (rows) => {
      sourceAt.set(rows.sourceAt.subarray(0, rows.count), count);
      receivedAt.set(rows.receivedAt.subarray(0, rows.count), count);
      value.set(rows.value.subarray(0, rows.count), count);
      quality.set(rows.quality.subarray(0, rows.count), count);
      let day = -1;
      for (let place = 0; place < rows.count; place += 1) {
        const point = rows.point[place] ?? 0;
        if (point >= newest.length) newest = widened(newest, point);
        const last = newest[point] ?? 0;
        if (last === 0) touched.push(point);
        before[count] = last;
        count += 1;
        newest[point] = count;
        const rowDay = Math.floor((rows.sourceAt[place] ?? 0) / dayMs);
        if (rowDay === day) continue;
        days.add(rowDay);
        day = rowDay;
      }
    },
    days: () => [...days].toSorted((a, b) => a - b),
    points: () => touched.toSorted((a, b) => a - b),
    collect: (point, from, to, into) => {
      const start = into.count;
      for (let next = newest[point] ?? 0; next !== 0; next = before[next - 1] ?? 0) {
        const place = next - 1;
        const at = sourceAt[place] ?? 0;
        if (at < from || at >= to) continue;
        into.add(at, receivedAt[place] ?? 0, value[place] ?? 0, quality[place] ?? 0);
      }
      into.reverseFrom(start);
    },
    clear: () => {
      for (const point of touched) newest[point] = 0;
      touched = [];
      days.clear();
      count = 0;
    },
  };
}

/** Some rows from a place on, without copying them. */
export function partOf(rows: RecentRows, from: number, most: number): RecentRows {
  if (from === 0 && rows.count <= most) return rows;
  const to = Math.min(rows.count, from + most);
  return {
    count: to - from,
    point: rows.point.subarray(from, to),
    sourceAt: rows.sourceAt.subarray(from, to),
    receivedAt: rows.receivedAt.subarray(from, to),
    value: rows.value.subarray(from, to),
    quality: rows.quality.subarray(from, to),
  };
}

function widened(newest: Uint32Array<ArrayBuffer>, point: number): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(Math.max(point + 1, newest.length * 2));
  wider.set(newest);
  return wider;
}
