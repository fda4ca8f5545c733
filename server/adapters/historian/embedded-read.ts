// Every sample of the embedded historian's files, span by span and without touching them; the server may be writing.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openDays } from "./embedded-days.ts";
import { openBatchLog } from "./embedded-log.ts";
import { createRecent, dayMs, type Recent } from "./embedded-recent.ts";
import { createSeries, type Series, type SeriesBuffer } from "./rows.ts";

/** The files, opened for reading. */
export interface StoredSamples {
  /** From the first instant of the oldest day to the end of the newest, epoch ms; null where there is nothing. */
  readonly extent: () => { readonly from: number; readonly to: number } | null;
  /** The samples of some points over `from` ≤ `sourceAt` < `to`: a settled series for each, in their order. They hold until the next read. */
  readonly read: (points: readonly string[], from: number, to: number) => readonly Series[];
  readonly close: () => void;
}

/** Opens the store in a folder; null where there is none, throws where its files cannot be read. */
export function openStoredSamples(dir: string, onTrouble: (what: string) => void): StoredSamples | null {
  const logFile = join(dir, "recent.db");
  if (!existsSync(logFile)) return null;
  // The log before the days: a flush moves rows from it to them, and a row that is seen twice counts once.
  const { recent, find } = readLog(logFile);
  const days = openDays({ dir, onTrouble, isReadOnly: true });
  // Used again for every span: room for thousands of points is not to be had for nothing.
  const buffers: SeriesBuffer[] = [];
  return {
    extent: () => {
      const all = [...days.list(), ...recent.days()].toSorted((a, b) => a - b);
      const [first, last] = [all[0], all.at(-1)];
      return first === undefined || last === undefined ? null : { from: first * dayMs, to: (last + 1) * dayMs };
    },
    read: (points, from, to) =>
      points.map((id, place) => {
        const series = (buffers[place] ??= createSeries());
        series.clear();
        const point = find.get(id);
        if (point === undefined) return series;
        for (let day = Math.floor(from / dayMs); day * dayMs < to; day += 1) {
          const [start, end] = [Math.max(from, day * dayMs), Math.min(to, (day + 1) * dayMs)];
          // In the order of writing, oldest first, so that the last write of a key is found to be the last.
          days.read(day, point, start, end, series);
          recent.collect(point, start, end, series);
        }
        series.settle();
        return series;
      }),
    close: days.close,
  };
}

/** What is in no day's file yet, as the store itself would have it in memory. */
function readLog(file: string): { readonly recent: Recent; readonly find: ReadonlyMap<string, number> } {
  const log = openBatchLog(file, true);
  try {
    const batches = [...log.batches()];
    const recent = createRecent(batches.reduce((sum, { rows }) => sum + rows.count, 0));
    for (const { rows } of batches) recent.add(rows);
    return { recent, find: new Map(log.points()) };
  } finally {
    log.close();
  }
}
