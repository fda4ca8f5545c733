// The historian that needs no server: newest rows in memory and in a log, older ones compressed in one file for each day.
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import { openDays, type Days } from "./embedded-days.ts";
import { openBatchLog } from "./embedded-log.ts";
import { bytesOfRecentRow, dayMs, partOf, type Recent } from "./embedded-recent.ts";
import { createFlusher } from "./embedded-flush.ts";
import {
  createBuckets,
  cutOf,
  isInstant,
  sift,
  type Cut,
  type Historian,
  qualityOfRank,
  type Refused,
  type SamplesPage,
  type SamplesQuery,
  type StoredSample,
} from "./historian.ts";
import { createSeries, type Rows } from "./rows.ts";

/** Where the files are, and how much the store may take. */
export interface EmbeddedOptions {
  /** The folder of the files, made if it is not there. */
  readonly dir: string;
  /** Memory for the newest rows, MiB: more of it makes longer chunks, and so fewer bytes a row. @default 48 */
  readonly memoryMib?: number;
  /** Days that are kept, counted back from the newest that rows came of; older files are unlinked whole. @default 400 */
  readonly keepDays?: number;
  /** Told of rows that can never be stored. */
  readonly onRefused?: (refused: Refused) => void;
  /** Told of damage, of files that are not read, and of days that are unlinked out of turn. */
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
  /** Unlinks the files of the days that end no later than an instant: room for what is newer. */
  readonly dropBefore: (at: number) => Promise<void>;
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
  const files = openFiles(options);
  try {
    return createStore(options, files);
  } catch (error) {
    files.close();
    throw error;
  }
}

function createStore(options: EmbeddedOptions, { log, days, bytes, close }: Files): EmbeddedHistorian {
  const { memoryMib = 48, keepDays = 400, onTrouble } = options;
  const room = roomOf(memoryMib);
  let newestDay: number | null = null;
  const flusher = createFlusher({ log, days, room, turnMs });
  for (const batch of log.batches()) flusher.takeNow(batch);
  const step = createSteps();

  const write = async (rows: Rows, cursor: number): Promise<void> => {
    const seen = newestDayOf(rows);
    const newest = seen === null ? newestDay : movedOn(newestDay, seen, daysOf(days, flusher.tables())[0], keepDays);
    const oldest = newest === null ? 0 : newest - keepDays + 1;
    const { storable, refused } = sift(rows, oldest * dayMs);
    for (let from = 0; from === 0 || from < storable.count; from += room) {
      const part = partOf(storable, from, room);
      await flusher.makeRoom(part.count);
      // Of a batch larger than the memory only the last part moves the cursor.
      flusher.take(log.append(part, storable.names.list, from + room >= storable.count ? cursor : log.cursor()));
    }
    for (const file of newest === newestDay ? [] : days.dropBefore(oldest)) {
      // A day that is over goes without a word; more than one has gone by where a clock jumped, or fewer are kept than before.
      if (seen !== newest)
        onTrouble?.(`${file} was unlinked: ${keepDays} days are kept, and rows have come of ${nameOf(seen)}`);
    }
    // Only now: a write that fails again and again moves it no further than one that works.
    newestDay = newest;
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
    samples: (query) =>
      step("read samples", async () => {
        const point = log.find(query.point);
        return point === undefined ? { samples: [], next: null } : samplesOf(point, query, days, flusher.tables);
      }),
    extent: () => ({
      bytes: bytes(),
      oldestAt: instantOf(daysOf(days, flusher.tables())[0]),
      recentRows: flusher.tables().reduce((sum, table) => sum + table.count(), 0),
      recentBytes: 2 * room * bytesOfRecentRow,
    }),
    dropBefore: (at) => step("unlink old days", () => void days.dropBefore(Math.floor(at / dayMs))),
    settled: flusher.settled,
    close: async () => {
      if (step.isClosed()) return;
      step.close();
      await flusher.settled();
      close();
    },
  };
}

type Files = ReturnType<typeof openFiles>;

/** The files; the one of the layout that no release wrote is left as it is. */
function openFiles({ dir, onTrouble = () => undefined }: EmbeddedOptions) {
  const old = `${dir}.db`;
  if (existsSync(old))
    onTrouble(`${old} is of an earlier layout and is not read: delete it; the journal fills ${dir} anew`);
  mkdirSync(dir, { recursive: true });
  const logFile = join(dir, "recent.db");
  // The days first, since they open no file before they need it: where the log cannot be opened, nothing is left open.
  const days = openDays({ dir, onTrouble });
  const log = openBatchLog(logFile);
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

/**
 * The day that retention counts back from, after rows of a day: one on at most, and at a start from where the store's oldest
 * day is just kept. So a clock that jumps unlinks one day with each batch and never all at once; an empty store begins anywhere.
 */
function movedOn(before: number | null, day: number, oldestHeld: number | undefined, keepDays: number): number {
  const from = before ?? Math.min(day, (oldestHeld ?? day) + keepDays - 1);
  return Math.max(from, Math.min(day, from + 1));
}

/** By the journal's clocks: a store that is filled anew keeps what it is given. Device and server must both have come so far. */
function newestDayOf({ count, sourceAt, receivedAt }: Rows): number | null {
  let newest = -1;
  for (let place = 0; place < count; place += 1) {
    const at = Math.min(sourceAt[place] ?? -1, receivedAt[place] ?? -1);
    if (at > newest && isInstant(at)) newest = at;
  }
  return newest < 0 ? null : Math.floor(newest / dayMs);
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
  let turnFrom = performance.now();
  for (const day of daysOf(days, tables())) {
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

/** As `bucketsOf`, but every sample, until there are enough. */
async function samplesOf(
  point: number,
  { from, to, limit }: SamplesQuery,
  days: Days,
  tables: () => readonly Recent[],
): Promise<SamplesPage> {
  const samples: StoredSample[] = [];
  const series = createSeries();
  for (const day of daysOf(days, tables())) {
    const [start, end] = [Math.max(from, day * dayMs), Math.min(to, (day + 1) * dayMs)];
    if (start >= end) continue;
    await breathe();
    series.clear();
    days.read(day, point, start, end, series);
    for (const table of tables()) table.collect(point, start, end, series);
    series.settle();
    for (let place = 0; place < series.count; place += 1) {
      const sourceAt = series.sourceAt[place] ?? 0;
      if (samples.length === limit) return { samples, next: sourceAt };
      const quality = qualityOfRank(series.quality[place]);
      samples.push({ sourceAt, receivedAt: series.receivedAt[place] ?? 0, value: series.value[place] ?? 0, quality });
    }
  }
  return { samples, next: null };
}

/** Days with rows in files or memory, first to last. */
function daysOf(days: Days, tables: readonly Recent[]): readonly number[] {
  return [...new Set([...days.list(), ...tables.flatMap((table) => table.days())])].toSorted((a, b) => a - b);
}

function nameOf(day: number | null): string {
  return new Date((day ?? 0) * dayMs).toISOString().slice(0, 10);
}

function instantOf(day: number | undefined): number | null {
  return day === undefined ? null : day * dayMs;
}
