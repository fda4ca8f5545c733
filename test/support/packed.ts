// A packed state read to its end, as a checkpoint's file would give it back.
import type { packState, PackedState, SlowColumn } from "../../server/monitor/pack.ts";

function whole<T extends Uint32Array | Float64Array>(column: SlowColumn, empty: T): T {
  let end = 0;
  for (const slice of column.slices()) {
    empty.set(slice, end);
    end += slice.length;
  }
  if (end !== empty.length) throw new Error(`${end} of ${empty.length} came`);
  return empty;
}

/** Reads what was packed. */
export function wholeOf({ columns, ...packed }: ReturnType<typeof packState>): PackedState {
  const times = whole(columns.times, new Uint32Array(columns.times.byteLength / 4));
  const values = whole(columns.values, new Float64Array(columns.values.byteLength / 8));
  const seriesOf = (column: SlowColumn): Float64Array => whole(column, new Float64Array(column.byteLength / 8));
  const seriesTimes = seriesOf(columns.seriesTimes);
  const seriesValues = seriesOf(columns.seriesValues);
  return { ...packed, columns: { ...columns, times, values, seriesTimes, seriesValues } };
}
