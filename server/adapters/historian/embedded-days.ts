// The embedded historian's partitions: one SQLite file for each UTC day, chunks in the order of flush and point.
import { existsSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type Database from "libsql";
import { decodeChunk } from "./embedded-chunk.ts";
import { bytesOf, firstNumber, openFile } from "./embedded-file.ts";
import { dayMs } from "./embedded-recent.ts";
import type { SeriesBuffer } from "./rows.ts";

/** The files of the days. */
export interface Days {
  /** Days that have a file, first to last; a day is a count of UTC days since 1970. */
  readonly list: () => readonly number[];
  /** Adds the rows of a point with `from` ≤ `sourceAt` < `to`, older flushes first; throws where the file is damaged. */
  readonly read: (day: number, point: number, from: number, to: number, into: SeriesBuffer) => void;
  /** Begins a flush into a day; throws where its file cannot be written, or is damaged. */
  readonly begin: (day: number) => DayFlush;
  /** Moves a damaged file away, so that what comes for its day is kept, and tells of it; nothing may be flushed into it. */
  readonly setAside: (day: number, cause: unknown) => void;
  /** Unlinks every day before one but the one that is being written; gives the files. */
  readonly dropBefore: (day: number) => readonly string[];
  /** What the files take on the disk. */
  readonly bytes: () => number;
  readonly close: () => void;
}

/** One flush into a day: seen by nobody before it is committed. */
export interface DayFlush {
  readonly put: (point: number, chunk: Buffer) => void;
  readonly commit: (firstAt: number, lastAt: number) => void;
  readonly rollback: () => void;
}

/** Where the files are. */
export interface DaysOptions {
  readonly dir: string;
  /** Told of a damaged file, and what became of it. */
  readonly onTrouble: (what: string) => void;
  readonly isReadOnly?: boolean;
}

const layout = `
CREATE TABLE flush (number INTEGER PRIMARY KEY, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL) STRICT;
CREATE TABLE chunk (key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT`;
// A roll-back journal and no write-ahead log: a file that nobody writes is one file, to be copied or unlinked as it is.
const pragmas = ["page_size = 16384", "journal_mode = DELETE", "synchronous = FULL", "cache_size = -2048"];
/** The key of a chunk is flush × this + point: flushes append, and a point is found in each by one look. */
const pointsOfFlush = 2 ** 24;
const findChunks = `
SELECT data FROM flush JOIN chunk ON key = number * ${pointsOfFlush} + CAST(? AS INTEGER)
WHERE first_at < ? AND last_at >= ? ORDER BY number`;
/** Each open file has a page cache of 2 MiB at most. */
const maxOpenFiles = 8;

interface OpenDay {
  readonly database: Database.Database;
  readonly find: Database.Statement;
}

/** Opens the folder; files are opened when they are needed. */
export function openDays({ dir, onTrouble, isReadOnly = false }: DaysOptions): Days {
  const known = new Set(readdirSync(dir).flatMap((name) => dayOf(name) ?? []));
  const open = new Map<number, OpenDay>();
  let flushing: number | null = null;

  const closeDay = (day: number): void => {
    open.get(day)?.database.close();
    open.delete(day);
  };
  const openDay = (day: number): OpenDay => {
    const found = open.get(day);
    if (found !== undefined) {
      // Last in the order of use: the first is let go of.
      open.delete(day);
      open.set(day, found);
      return found;
    }
    for (const other of open.keys()) if (open.size >= maxOpenFiles && other !== flushing) closeDay(other);
    const opened = openFile({ file: fileOf(dir, day), layout, layoutVersion: 1, pragmas, isReadOnly }, (database) => ({
      database,
      find: database.prepare(findChunks).raw(),
    }));
    open.set(day, opened);
    known.add(day);
    return opened;
  };
  const rollBack = (day: number): void => {
    flushing = null;
    const database = open.get(day)?.database;
    try {
      // After a full disk SQLite may have rolled back by itself; a second ROLLBACK would hide the cause.
      if (database?.inTransaction === true) database.exec("ROLLBACK");
    } finally {
      closeDay(day);
    }
  };

  return {
    list: () => [...known].toSorted((a, b) => a - b),
    read: (day, point, from, to, into) => {
      if (!known.has(day)) return;
      try {
        for (const row of openDay(day).find.all([point, to, from]) as unknown[][]) {
          decodeChunk(bytesOf(row[0]), from, to, into);
        }
      } catch (cause) {
        throw new Error(`read ${fileOf(dir, day)} (restore it from a copy, or move it away to do without it)`, {
          cause,
        });
      }
    },
    begin: (day) => {
      const { database } = openDay(day);
      flushing = day;
      try {
        database.exec("BEGIN IMMEDIATE");
        const { put, commit } = chunksInto(database);
        return {
          put,
          commit: (firstAt, lastAt) => {
            commit(firstAt, lastAt);
            flushing = null;
          },
          rollback: () => rollBack(day),
        };
      } catch (error) {
        rollBack(day);
        throw error;
      }
    },
    setAside: (day, cause) => {
      const file = fileOf(dir, day);
      closeDay(day);
      const aside = moveAside(file);
      known.delete(day);
      onTrouble(`${file} is damaged and was set aside as ${aside}; its rows are not shown: ${reasonOf(cause)}`);
    },
    dropBefore: (day) => {
      const dropped = [...known].filter((each) => each < day && each !== flushing);
      for (const each of dropped) {
        closeDay(each);
        for (const suffix of ["", "-journal"]) rmSync(`${fileOf(dir, each)}${suffix}`, { force: true });
        known.delete(each);
      }
      return dropped.map((each) => fileOf(dir, each));
    },
    bytes: () => [...known].reduce((sum, day) => sum + sizeOf(fileOf(dir, day)), 0),
    close: () => {
      for (const day of open.keys()) closeDay(day);
    },
  };
}

/** The chunks of one flush, within a transaction that has begun. */
function chunksInto(database: Database.Database): Pick<DayFlush, "put" | "commit"> {
  const number = (firstNumber(database.prepare("SELECT max(number) FROM flush").raw().get()) ?? 0) + 1;
  const add = database.prepare("INSERT INTO chunk VALUES (?, ?)");
  return {
    put: (point, chunk) => {
      if (point >= pointsOfFlush) throw new Error(`a day takes ${pointsOfFlush} points, not a point ${point}`);
      add.run([number * pointsOfFlush + point, chunk]);
    },
    commit: (firstAt, lastAt) => {
      database.prepare("INSERT INTO flush VALUES (?, ?, ?)").run([number, firstAt, lastAt]);
      database.exec("COMMIT");
    },
  };
}

/** The file of a day, by its date in UTC. */
function fileOf(dir: string, day: number): string {
  return join(dir, `${new Date(day * dayMs).toISOString().slice(0, 10)}.db`);
}

function dayOf(name: string): number | undefined {
  const [, date] = /^(\d{4}-\d{2}-\d{2})\.db$/u.exec(name) ?? [];
  const at = date === undefined ? Number.NaN : Date.parse(`${date}T00:00:00Z`);
  return Number.isNaN(at) ? undefined : at / dayMs;
}

function moveAside(file: string): string {
  let number = 1;
  while (existsSync(`${file}.damaged-${number}`)) number += 1;
  const aside = `${file}.damaged-${number}`;
  renameSync(file, aside);
  // What a transaction had left beside it belongs to the damaged file, and must not be played into the new one.
  if (existsSync(`${file}-journal`)) renameSync(`${file}-journal`, `${aside}-journal`);
  return aside;
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

function reasonOf(error: unknown): string {
  const { message, cause } = error as Error;
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
