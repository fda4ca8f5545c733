// The embedded historian's first file: points and their numbers, the cursor, and every batch whose rows are not in a day's file yet.
import { crc32 } from "node:zlib";
import type Database from "libsql";
import { bytesOf, firstNumber, openFile } from "./embedded-file.ts";
import type { RecentRows } from "./embedded-recent.ts";

/** What survives a kill at any moment: batch and cursor are one transaction. */
export interface BatchLog {
  readonly cursor: () => number;
  /** The number of a point; undefined where it never had a row. */
  readonly find: (id: string) => number | undefined;
  /** Stores rows, whose points are named in `ids` by place, and the cursor; gives the batch's number. Durable when it returns. */
  readonly append: (rows: RecentRows, ids: readonly string[], cursor: number) => AppendedBatch;
  /** Every batch that is still kept, first to last. */
  readonly batches: () => Iterable<AppendedBatch>;
  /** Lets go of the batches up to a number: their rows are in the files of their days. */
  readonly forget: (upTo: number) => void;
  /** Every point and its number. */
  readonly points: () => readonly (readonly [id: string, number: number])[];
  readonly close: () => void;
}

/** A kept batch: its rows, their points by the store's own numbers. */
export interface AppendedBatch {
  readonly number: number;
  readonly rows: RecentRows;
}

const layout = `
CREATE TABLE point (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE batch (number INTEGER PRIMARY KEY, rows INTEGER NOT NULL, crc INTEGER NOT NULL, data BLOB NOT NULL) STRICT;
CREATE TABLE feed (one INTEGER PRIMARY KEY CHECK (one = 1), cursor INTEGER NOT NULL) STRICT`;
// A batch is half a megabyte: large pages, a write-ahead log of 16 MiB, and a commit that is on the disk when it returns.
const pragmas = ["page_size = 16384", "journal_mode = WAL", "synchronous = FULL", "cache_size = -4096"].concat(
  "wal_autocheckpoint = 1024",
  "journal_size_limit = 16777216",
);
const rowBytes = 8 + 8 + 8 + 4 + 1;
/** Points whose number is remembered; beyond the largest plan (440,000 points nationwide) nothing is gained. */
const maxKnownPoints = 500_000;

/** Opens the file; throws where it cannot be used. */
export function openBatchLog(file: string, isReadOnly = false): BatchLog {
  return openFile({ file, layout, layoutVersion: 1, pragmas, isReadOnly }, (database) => logOf(database, file));
}

function logOf(database: Database.Database, file: string): BatchLog {
  const known = new Map<string, number>();
  const readCursor = database.prepare("SELECT cursor FROM feed WHERE one = 1").raw();
  const setCursor = database.prepare(
    "INSERT INTO feed VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET cursor = excluded.cursor",
  );
  const findPoint = database.prepare("SELECT number FROM point WHERE id = ?").raw();
  const addPoint = database.prepare("INSERT INTO point (id) VALUES (?) RETURNING number").raw();
  const addBatch = database.prepare("INSERT INTO batch VALUES (?, ?, ?, ?)");
  const forgetBatches = database.prepare("DELETE FROM batch WHERE number <= ?");
  const readBatch = database.prepare(
    "SELECT number, rows, crc, data FROM batch WHERE number > ? ORDER BY number LIMIT 1",
  );
  const pack = createPacker();
  let lastBatch = firstNumber(database.prepare("SELECT max(number) FROM batch").raw().get()) ?? 0;

  const find = (id: string): number | undefined => {
    const remembered = known.get(id);
    if (remembered !== undefined) return remembered;
    const number = firstNumber(findPoint.get([id]));
    if (number === undefined) return undefined;
    if (known.size >= maxKnownPoints) known.clear();
    known.set(id, number);
    return number;
  };
  const numberOf = (id: string): number => find(id) ?? firstNumber(addPoint.get([id])) ?? Number.NaN;

  return {
    cursor: () => firstNumber(readCursor.get()) ?? 0,
    find,
    append: (rows, ids, cursor) => {
      database.exec("BEGIN IMMEDIATE");
      try {
        const numbered = { ...rows, point: numbersOf(rows, ids, numberOf) };
        if (rows.count > 0) {
          const data = pack(numbered);
          addBatch.run([lastBatch + 1, rows.count, crc32(data), data]);
        }
        setCursor.run([cursor]);
        database.exec("COMMIT");
        if (rows.count > 0) lastBatch += 1;
        return { number: lastBatch, rows: numbered };
      } catch (error) {
        // After a full disk SQLite may have rolled back by itself; a second ROLLBACK would hide the cause.
        if (database.inTransaction) database.exec("ROLLBACK");
        // Numbers given to new points went away with the transaction.
        known.clear();
        throw error;
      }
    },
    *batches() {
      for (let number = 0; ;) {
        // One at a time, since all of them together are as large as the memory that they are read into.
        const [row] = readBatch.raw().all([number]) as [number, number, number, unknown][];
        if (row === undefined) return;
        number = row[0];
        yield { number, rows: rowsOfBytes(row[1], row[2], bytesOf(row[3]), file) };
      }
    },
    forget: (upTo) => void forgetBatches.run([upTo]),
    points: () => database.prepare("SELECT id, number FROM point ORDER BY number").raw().all() as [string, number][],
    close: () => void database.close(),
  };
}

/** The store's number for each row's point; a batch names few points many times, so that each is looked up once. */
function numbersOf(rows: RecentRows, ids: readonly string[], numberOf: (id: string) => number): Uint32Array {
  const numbers = new Uint32Array(rows.count);
  const seen = new Map<number, number>();
  for (let row = 0; row < rows.count; row += 1) {
    const place = rows.point[row] ?? 0;
    let number = seen.get(place);
    if (number === undefined) {
      number = numberOf(ids[place] ?? "");
      seen.set(place, number);
    }
    numbers[row] = number;
  }
  return numbers;
}

/** Makes the bytes of a batch, in a buffer that is used again for the next. */
function createPacker(): (rows: RecentRows) => Buffer {
  let buffer = Buffer.alloc(0);
  return ({ count, sourceAt, receivedAt, value, point, quality }) => {
    if (buffer.length < count * rowBytes) buffer = Buffer.alloc(count * rowBytes);
    let place = 0;
    // Eight-byte columns first; typed arrays are little-endian wherever Node runs.
    for (const column of [sourceAt, receivedAt, value, point, quality]) {
      const part = column.subarray(0, count);
      buffer.set(new Uint8Array(part.buffer, part.byteOffset, part.byteLength), place);
      place += part.byteLength;
    }
    return buffer.subarray(0, place);
  };
}

function rowsOfBytes(count: number, crc: number, bytes: Uint8Array<ArrayBuffer>, file: string): RecentRows {
  if (crc32(bytes) !== crc || bytes.length !== count * rowBytes)
    throw new Error(`${file}: a batch has a wrong checksum`);
  const { buffer } = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const start = bytes.byteOffset % 8 === 0 ? bytes.byteOffset : 0;
  return {
    count,
    sourceAt: new Float64Array(buffer, start, count),
    receivedAt: new Float64Array(buffer, start + count * 8, count),
    value: new Float64Array(buffer, start + count * 16, count),
    point: new Uint32Array(buffer, start + count * 24, count),
    quality: new Uint8Array(buffer, start + count * 28, count),
  };
}
