// The historian that needs no server: newest rows in memory and in a log, older ones compressed in one file for each day.
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { openDays, type Days } from "./embedded-days.ts";
import { openBatchLog } from "./embedded-log.ts";
import { bytesOfRecentRow, dayMs, partOf, type Recent } from "./embedded-recent.ts";
import { createFlusher } from "./embedded-flush.ts";
import { createBuckets, cutOf, sift, type Cut, type Historian, type Refused } from "./historian.ts";
import { createSeries, type Rows } from "./rows.ts";

/** Where the files are, and how much the store may take. */
export interface EmbeddedOptions {
  /** The folder of the files, made if it is not there. */
  readonly dir: string;
  /** Memory for the newest rows, MiB: more of it makes longer chunks, and so fewer bytes a row. @default 48 */
  readonly memoryMib?: number;
  /** Days that are kept, counted back from the day of the newest row's `receivedAt`; older files are unlinked whole. @default 400 */
  readonly keepDays?: number;
  /** Told of rows that can never be stored. */
  readonly onRefused?: (refused: Refused) => void;
  /** Told of damage, and of files that are not read. */
  readonly onTrouble?: (what: string) => void;
}

/** What the store holds. */
export interface Extent {
  /** All files together. */
  readonly bytes: number;
  /** The first instant of the oldest day that is kept; null when there is none. */
  readonly oldestAt: number | null;
  /** Rows in memory. */
  readonly recentRows: number;
  /** What the memory for newest rows takes, bytes, whether it is filled or not. */
  readonly recentBytes: number;
}

/** The embedded historian: a historian that knows what it takes. */
export interface EmbeddedHistorian extends Historian {
  readonly extent: () => Extent;
  /** Waits until no work goes on behind the writes. */
  readonly settled: () => Promise<void>;
}

/** So long may work go on before questions are heard, ms. */
const turnMs = 8;

/** Rows that each of the two halves of the memory has room for. */
export function roomOf(memoryMib: number): number {
  return Math.floor((memoryMib * 1024 * 1024) / bytesOfRecentRow / 2);
}

/** Opens the store, creating it where there is none; throws where its files cannot be used. */
export function createEmbeddedHistorian(options: EmbeddedOptions): EmbeddedHistorian {
  const { memoryMib = 48, keepDays = 400 } = options;
  const room = roomOf(memoryMib);
  const { log, days, bytes, close } = openFiles(options);
  let oldestDay = 0;
  const flusher = createFlusher({ log, days, room, turnMs });
  for (const batch of log.batches()) flusher.takeNow(batch);
  const step = createSteps();

  const write = async (rows: Rows, cursor: number): Promise<void> => {
    // By the journal's clock: a store that is filled anew, or an exercise in another year, keeps what it is given.
    const oldest = Math.max(oldestDay, Math.floor(newestReceived(rows) / dayMs) - keepDays + 1);
    const { storable, refused } = sift(rows, oldest * dayMs);
    for (let from = 0; from === 0 || from < storable.count; from += room) {
      const part = partOf(storable, from, room);
      await flusher.makeRoom(part.count);
      // Of a batch larger than the memory only the last part moves the cursor.
      flusher.take(log.append(part, storable.names.list, from + room >= storable.count ? cursor : log.cursor()));
    }
    if (oldest > oldestDay) days.dropBefore(oldest);
    oldestDay = oldest;
    for (const one of refused) options.onRefused?.(one);
  };

  return {
    cursor: () => step("read the cursor", () => log.cursor()),
    write: (rows, cursor) => step("write", () => write(rows, cursor)),
    history: (query) =>
      step("read history", async () => {
        const cut = cutOf(query);
        const point = log.find(query.point);
        const buckets = point === undefined ? [] : await bucketsOf(point, cut, days, flusher.tables);
        return { point: query.point, bucketMs: cut.bucketMs, buckets };
      }),
    extent: () => ({
      bytes: bytes(),
      oldestAt: oldestOf(days, flusher.tables()),
      recentRows: flusher.tables().reduce((sum, table) => sum + table.count(), 0),
      recentBytes: 2 * room * bytesOfRecentRow,
    }),
    settled: flusher.settled,
    close: async () => {
      if (step.isClosed()) return;
      step.close();
      await flusher.settled();
      close();
    },
  };
}

/** The files; a folder of the layout that no release wrote is left as it is. */
function openFiles({ dir, onTrouble = () => undefined }: EmbeddedOptions) {
  const old = `${dir}.db`;
  if (existsSync(old))
    onTrouble(`${old} is of an earlier layout and is not read: delete it; the journal fills ${dir} anew`);
  mkdirSync(dir, { recursive: true });
  const logFile = join(dir, "recent.db");
  const log = openBatchLog(logFile);
  const days = openDays({ dir, onTrouble });
  return {
    log,
    days,
    bytes: () => [logFile, `${logFile}-wal`].reduce((sum, file) => sum + sizeOf(file), days.bytes()),
    close: () => {
      days.close();
      log.close();
    },
  };
}

function newestReceived({ count, receivedAt }: Rows): number {
  let newest = 0;
  for (let place = 0; place < count; place += 1) newest = Math.max(newest, receivedAt[place] ?? 0);
  return Number.isFinite(newest) ? newest : 0;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

/** Gives each step's outcome as a promise, with the step's name before its error. */
function createSteps() {
  let isClosed = false;
  const step = async <T>(name: string, work: () => T | Promise<T>): Promise<T> => {
    if (isClosed) throw new Error(`${name}: the historian is closed`);
    try {
      return await work();
    } catch (cause) {
      throw new Error(`${name} in the embedded historian`, { cause });
    }
  };
  return Object.assign(step, {
    isClosed: () => isClosed,
    close: () => {
      isClosed = true;
    },
  });
}

/** One day after another: a day is read in one go, so that a flush between two days neither hides nor doubles a row. */
async function bucketsOf(point: number, cut: Cut, days: Days, tables: () => readonly Recent[]) {
  const buckets = createBuckets(cut);
  const series = createSeries();
  const wanted = new Set([...days.list(), ...tables().flatMap((table) => table.days())]);
  let turnFrom = performance.now();
  for (const day of [...wanted].toSorted((a, b) => a - b)) {
    const from = Math.max(cut.from, day * dayMs);
    const to = Math.min(cut.to, (day + 1) * dayMs);
    if (from >= to) continue;
    if (performance.now() - turnFrom > turnMs) {
      await breathe();
      turnFrom = performance.now();
    }
    series.clear();
    // In the order of writing, oldest first, so that the last write of a key is found to be the last.
    days.read(day, point, from, to, series);
    for (const table of tables()) table.collect(point, from, to, series);
    series.settle();
    buckets.add(series);
  }
  return buckets.list;
}

function oldestOf(days: Days, tables: readonly Recent[]): number | null {
  const [oldest] = [...days.list(), ...tables.flatMap((table) => table.days())].toSorted((a, b) => a - b);
  return oldest === undefined ? null : oldest * dayMs;
}
