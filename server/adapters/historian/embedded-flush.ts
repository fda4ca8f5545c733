// Carries the embedded historian's newest rows from memory into the files of their days, a few milliseconds at a time.
import { setImmediate as breathe } from "node:timers/promises";
import { createEncoder } from "./embedded-chunk.ts";
import type { Days } from "./embedded-days.ts";
import { isDamage } from "./embedded-file.ts";
import type { AppendedBatch, BatchLog } from "./embedded-log.ts";
import { createRecent, dayMs, partOf, type Recent } from "./embedded-recent.ts";
import { createSeries } from "./rows.ts";

/** The two halves of the memory: one is filled while the other is carried into the files. */
export interface Flusher {
  /** Resolves when so many rows may be taken; rejects where rows before them cannot be carried into their files. */
  readonly makeRoom: (rows: number) => Promise<void>;
  /** Takes a batch that the log has; there must be room. */
  readonly take: (batch: AppendedBatch) => void;
  /** Takes a batch while the store is opened: carries rows into the files at once where there is no room. */
  readonly takeNow: (batch: AppendedBatch) => void;
  /** The halves that hold rows, in the order of writing. */
  readonly tables: () => readonly Recent[];
  /** Resolves when no half is being carried; never rejects. */
  readonly settled: () => Promise<void>;
}

/** What the flusher works with. */
export interface FlusherOptions {
  readonly log: Pick<BatchLog, "forget">;
  readonly days: Pick<Days, "begin" | "setAside">;
  /** Rows of one half. */
  readonly room: number;
  /** So long may it work before others are heard, ms. */
  readonly turnMs: number;
}

interface Half {
  readonly table: Recent;
  /** The days that are already in their files, where a later one failed. */
  readonly carried: Set<number>;
  /** The last batch that is wholly in it. */
  upTo: number;
}

/** Makes the two halves, empty. */
export function createFlusher({ log, days, room, turnMs }: FlusherOptions): Flusher {
  let active: Half = { table: createRecent(room), carried: new Set(), upTo: 0 };
  let other: Half = { table: createRecent(room), carried: new Set(), upTo: 0 };
  let running: Promise<void> | null = null;
  const stepsOf = createSteps(days, turnMs);

  /** From the first day to the last, going on after a failure; after a kill all is done again: the same rows change nothing. */
  const carry = function* (): Generator<void> {
    yield* stepsOf(other);
    log.forget(other.upTo);
    other.table.clear();
    other.carried.clear();
  };
  const start = (): Promise<void> => {
    running ??= inTurns(carry()).finally(() => {
      running = null;
    });
    return running;
  };
  const swap = (): void => {
    [active, other] = [other, active];
  };
  const take = ({ number, rows }: AppendedBatch): void => {
    active.table.add(rows);
    active.upTo = number;
  };

  return {
    makeRoom: async (rows) => {
      // Left over from a failure: those come first, and the caller hears it where they fail again.
      if (running === null && other.table.count() > 0) await start();
      if (active.table.hasRoom(rows)) return;
      if (running !== null) await running;
      swap();
      // Not awaited: what goes wrong is met again by the next write.
      start().catch(() => undefined);
    },
    take,
    takeNow: ({ number, rows }) => {
      for (let from = 0; from < rows.count; from += room) {
        const part = partOf(rows, from, room);
        if (!active.table.hasRoom(part.count)) {
          swap();
          for (const _ of carry());
        }
        // Of a batch that is larger than one half, the log keeps all until the last part is in a file.
        take({ rows: part, number: from + room >= rows.count ? number : number - 1 });
      }
    },
    tables: () => [other.table, active.table].filter((table) => table.count() > 0),
    settled: async () => {
      await running?.catch(() => undefined);
    },
  };
}

async function inTurns(steps: Generator<void>): Promise<void> {
  for (const _ of steps) await breathe();
}

function createSteps(days: FlusherOptions["days"], turnMs: number) {
  const encode = createEncoder();
  const series = createSeries();
  let turnFrom = 0;

  const stepsOfDay = function* (table: Recent, day: number): Generator<void> {
    const flush = days.begin(day);
    try {
      let firstAt = Infinity;
      let lastAt = 0;
      for (const point of table.points()) {
        // Before a point that has no row of this day as well: to find none is the longer part where the days are many.
        if (performance.now() - turnFrom >= turnMs) {
          yield;
          turnFrom = performance.now();
        }
        series.clear();
        table.collect(point, day * dayMs, (day + 1) * dayMs, series);
        if (series.count === 0) continue;
        series.settle();
        firstAt = Math.min(firstAt, series.sourceAt[0] ?? 0);
        lastAt = Math.max(lastAt, series.sourceAt[series.count - 1] ?? 0);
        flush.put(point, encode(series));
      }
      flush.commit(firstAt, lastAt);
    } catch (error) {
      flush.rollback();
      throw error;
    }
  };

  return function* ({ table, carried }: Half): Generator<void> {
    turnFrom = performance.now();
    for (const day of table.days()) {
      if (carried.has(day)) continue;
      try {
        yield* stepsOfDay(table, day);
      } catch (error) {
        if (!isDamage(error)) throw error;
        days.setAside(day, error);
        yield* stepsOfDay(table, day);
      }
      carried.add(day);
      yield;
      turnFrom = performance.now();
    }
  };
}
