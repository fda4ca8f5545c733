// The historian that needs no server: one SQLite file, rows and cursor in one transaction, so each row exactly once.
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import Database from "libsql";
import type { Bucket, History, HistoryQuery } from "../../../contract/wall.ts";
import { cutOf, qualityOfRank, rankOfQuality, sift, type Historian, type Refused, type Row } from "./historian.ts";

/** Where the file is, and how much the store may take. */
export interface EmbeddedOptions {
  /** The SQLite file; its folder is made if it is not there. */
  readonly file: string;
  /** Page cache, MiB. @default 64 */
  readonly cacheMib?: number;
  /** How long to wait for another process that has the file locked (a backup, a reader), ms. @default 5000 */
  readonly busyTimeoutMs?: number;
  /** Told of rows that can never be stored. */
  readonly onRefused?: (refused: Refused) => void;
}

const layoutVersion = 1;
const layout = `
CREATE TABLE IF NOT EXISTS point (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE IF NOT EXISTS sample (
  point INTEGER NOT NULL, source_at INTEGER NOT NULL, received_at INTEGER NOT NULL,
  value REAL NOT NULL, quality INTEGER NOT NULL, PRIMARY KEY (point, source_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS feed (one INTEGER PRIMARY KEY CHECK (one = 1), cursor INTEGER NOT NULL) STRICT;
PRAGMA user_version = ${layoutVersion};
`;
/** Rows of one INSERT: a call into the library costs more than a row, and a hundred took 175 k rows/s where one took 105 k. */
const rowsPerInsert = 100;
/** Points whose number is remembered; beyond the largest plan (440,000 points nationwide) nothing is gained. */
const maxKnownPoints = 500_000;
/** Pages of 4 KiB before the write-ahead log is folded in: 64 MiB, so that a page hit by many batches is copied once. */
const checkpointPages = 16_384;

/** Opens the store, creating it where there is none; throws where the file cannot be used. */
export function createEmbeddedHistorian(options: EmbeddedOptions): Historian {
  const database = openDatabase(options);
  const steps = transactionsOf(database);
  const numberOf = createPointNumbers(database);
  const insertOne = database.prepare(insertSql(1));
  const insertMany = database.prepare(insertSql(rowsPerInsert));
  const readCursor = database.prepare("SELECT cursor FROM feed WHERE one = 1").raw();
  const setCursor = database.prepare(
    "INSERT INTO feed VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET cursor = excluded.cursor",
  );
  const readBuckets = database.prepare(historySql).raw();

  const insert = (rows: readonly Row[]): void => {
    const sorted = rows.map((row) => [numberOf.get(row.point), row] as const);
    // In order of the key, so that each page of the tree is touched once; stable, so that the last write still wins.
    sorted.sort((a, b) => a[0] - b[0] || a[1].sourceAt - b[1].sourceAt);
    const cells = sorted.flatMap(([number, row]) => cellsOf(number, row));
    let at = 0;
    for (; at + rowsPerInsert * 5 <= cells.length; at += rowsPerInsert * 5) {
      insertMany.run(cells.slice(at, at + rowsPerInsert * 5));
    }
    for (; at < cells.length; at += 5) insertOne.run(cells.slice(at, at + 5));
  };

  return {
    cursor: () => steps.run("read the cursor", () => firstCell(readCursor.get()) ?? 0),
    write: (rows, cursor) =>
      steps.run("write", () => {
        const { storable, refused } = sift(rows);
        try {
          steps.inTransaction(() => {
            insert(storable);
            setCursor.run([cursor]);
          });
        } catch (error) {
          // Numbers given to new points went away with the transaction.
          numberOf.forget();
          throw error;
        }
        for (const one of refused) options.onRefused?.(one);
      }),
    history: (query) => steps.run("read history", () => historyOf(query, readBuckets.all(...bucketParameters(query)))),
    close: () => steps.run("close", () => void database.close()),
  };
}

function openDatabase(options: EmbeddedOptions): Database.Database {
  try {
    mkdirSync(dirname(options.file), { recursive: true });
    const database = new Database(options.file, { timeout: options.busyTimeoutMs ?? 5000 });
    const [version] = database.prepare("PRAGMA user_version").raw().get() as [number];
    if (version > layoutVersion) throw new Error(`it was written by a newer release (layout ${version})`);
    database.exec("PRAGMA journal_mode = WAL");
    // FULL: a commit is on the disk when it returns, which is what the cursor promises.
    database.exec("PRAGMA synchronous = FULL");
    database.exec(`PRAGMA cache_size = -${(options.cacheMib ?? 64) * 1024}`);
    database.exec(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
    database.exec(`PRAGMA journal_size_limit = ${checkpointPages * 4096}`);
    if (version < layoutVersion) database.exec(layout);
    return database;
  } catch (cause) {
    throw new Error(`open the historian ${options.file}`, { cause });
  }
}

function transactionsOf(database: Database.Database) {
  return {
    /** Gives a synchronous step as a promise, with the step's name before its error. */
    async run<T>(step: string, work: () => T): Promise<T> {
      if (!database.open) throw new Error(`${step}: the historian is closed`);
      try {
        return work();
      } catch (cause) {
        throw new Error(`${step} in the embedded historian`, { cause });
      }
    },
    inTransaction(work: () => void): void {
      database.exec("BEGIN IMMEDIATE");
      try {
        work();
        database.exec("COMMIT");
      } catch (error) {
        // After a full disk SQLite may have rolled back by itself; a second ROLLBACK would hide the cause.
        if (database.inTransaction) database.exec("ROLLBACK");
        throw error;
      }
    },
  };
}

function createPointNumbers(database: Database.Database) {
  const known = new Map<string, number>();
  const find = database.prepare("SELECT number FROM point WHERE id = ?").raw();
  const add = database.prepare("INSERT INTO point (id) VALUES (?) RETURNING number").raw();
  return {
    get(id: string): number {
      const remembered = known.get(id);
      if (remembered !== undefined) return remembered;
      const number = firstCell(find.get(id)) ?? firstCell(add.get(id));
      if (number === undefined) throw new Error(`no number for the point ${id}`);
      if (known.size >= maxKnownPoints) known.clear();
      known.set(id, number);
      return number;
    },
    forget: () => known.clear(),
  };
}

function cellsOf(number: number, row: Row): number[] {
  return [number, row.sourceAt, row.receivedAt, row.value, rankOfQuality(row.quality)];
}

function insertSql(rows: number): string {
  const values = Array.from({ length: rows }, () => "(?, ?, ?, ?, ?)").join(", ");
  return `INSERT INTO sample (point, source_at, received_at, value, quality) VALUES ${values}
    ON CONFLICT (point, source_at) DO UPDATE
    SET received_at = excluded.received_at, value = excluded.value, quality = excluded.quality`;
}

/** The buckets of one point. The library binds every number as REAL, and reals do not divide into buckets: hence the CASTs. */
export const historySql = `
WITH bound AS (
  SELECT (SELECT number FROM point WHERE id = ?) AS point,
    CAST(? AS INTEGER) AS since, CAST(? AS INTEGER) AS until, CAST(? AS INTEGER) AS width
), bucket AS (
  SELECT bound.point AS point, since + (source_at - since) / width * width AS at, min(value) AS low, max(value) AS high,
    avg(value) AS mean, max(source_at) AS last_at, count(*) AS many, max(quality) AS worst
  FROM bound JOIN sample ON sample.point = bound.point AND source_at >= since AND source_at < until
  GROUP BY 2
)
SELECT at, low, high, mean, (SELECT value FROM sample WHERE sample.point = bucket.point AND source_at = last_at), many, worst
FROM bucket ORDER BY at`;

function bucketParameters(query: HistoryQuery): unknown[] {
  const { from, to, bucketMs } = cutOf(query);
  return [query.point, from, to, bucketMs];
}

function historyOf(query: HistoryQuery, rows: readonly unknown[]): History {
  const buckets = rows.map((row): Bucket => {
    const [at, min, max, mean, last, count, worst] = row as [number, number, number, number, number, number, number];
    return { at, min, max, mean, last, count, quality: qualityOfRank(worst) };
  });
  return { point: query.point, bucketMs: cutOf(query).bucketMs, buckets };
}

function firstCell(row: unknown): number | undefined {
  const cell: unknown = Array.isArray(row) ? row[0] : undefined;
  return typeof cell === "number" ? cell : undefined;
}
