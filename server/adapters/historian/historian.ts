// What a store of samples over time must do, and the few rules that every such store shares.
import { qualities, type Quality } from "../../../contract/sample.ts";
import type { Bucket, History, HistoryQuery } from "../../../contract/wall.ts";
import { createRows, type Rows, type Series } from "./rows.ts";

/** Rows that the store will never take: they stay in the journal, and the cursor passes them. */
export interface Refused {
  readonly rows: number;
  readonly reason: string;
  /** The beginning of one refused row. */
  readonly example: string;
}

/** Samples over time, with the position in the journal up to which they are complete. */
export interface Historian {
  /** The journal position up to which everything is durably stored; 0 when new. */
  cursor(): Promise<number>;
  /**
   * Stores rows and the new cursor; resolves when both are durable.
   * The same rows again change nothing: point and `sourceAt` are the key, the last write wins.
   */
  write(rows: Rows, cursor: number): Promise<void>;
  /** Buckets of one point over `from` ≤ `sourceAt` < `to`; empty ones are left out. */
  history(query: HistoryQuery): Promise<History>;
  /** Every stored sample of one point over `from` ≤ `sourceAt` < `to`, oldest first, the first so many. */
  samples(query: SamplesQuery): Promise<SamplesPage>;
  /** Lets go of the store; nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** A question for samples as they are stored. */
export interface SamplesQuery {
  readonly point: string;
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

/** One stored sample. */
export interface StoredSample {
  readonly sourceAt: number;
  readonly receivedAt: number;
  readonly value: number;
  readonly quality: Quality;
}

/** Some samples, and where the next ones begin; null where there are none. */
export interface SamplesPage {
  readonly samples: readonly StoredSample[];
  readonly next: number | null;
}

/** The last instant that InfluxDB's 64-bit nanoseconds can hold, in ms (11 April 2262). */
const lastStorableAt = 9_223_372_036_854;
/** A row may be so far ahead of the server's clock, ms: beyond it each strange time would be a day of its own, kept for ever. */
const mostAheadMs = 86_400_000;
const exampleLength = 200;

/** How a query's span is cut: whole milliseconds, buckets aligned to `from`. */
export interface Cut {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
}

/** Cuts the span of a query into at most as many equal buckets as it asks for. */
export function cutOf(query: HistoryQuery): Cut {
  const from = clampToStorable(Math.ceil(query.from));
  const to = Math.max(from, clampToStorable(Math.ceil(query.to)));
  return { from, to, bucketMs: Math.max(1, Math.ceil((to - from) / query.buckets)) };
}

function clampToStorable(at: number): number {
  return Math.min(Math.max(at, 0), lastStorableAt);
}

/** Rows parted into those that a store can hold and the tale of the others. */
export interface Sifted {
  readonly storable: Rows;
  readonly refused: readonly Refused[];
}

/**
 * Leaves out what no store can hold, what is ahead of the server's clock by more than a day, and what is older than the
 * store keeps, lest one bad row block all that follow; told of only once the others are stored.
 */
export function sift(rows: Rows, oldest = 0): Sifted {
  const unstorable: number[] = [];
  const ahead: number[] = [];
  const expired: number[] = [];
  for (let place = 0; place < rows.count; place += 1) {
    const sourceAt = rows.sourceAt[place] ?? 0;
    if (!isStorable(rows, place)) unstorable.push(place);
    else if (sourceAt > (rows.receivedAt[place] ?? 0) + mostAheadMs) ahead.push(place);
    else if (sourceAt < oldest) expired.push(place);
  }
  if (unstorable.length + ahead.length + expired.length === 0) return { storable: rows, refused: [] };
  const refused = [
    ...refusedOf(rows, unstorable, "the value or a time is not a number that can be stored"),
    ...refusedOf(rows, ahead, "more than one day ahead of the server's clock"),
    ...refusedOf(rows, expired, "older than what is kept"),
  ];
  return { storable: without(rows, new Set([...unstorable, ...ahead, ...expired])), refused };
}

function isStorable({ names, point, sourceAt, receivedAt, value }: Rows, place: number): boolean {
  return (
    names.list[point[place] ?? -1] !== "" &&
    Number.isFinite(value[place]) &&
    isInstant(receivedAt[place] ?? -1) &&
    isInstant(sourceAt[place] ?? -1)
  );
}

/** True for a time that a store can hold: whole milliseconds since 1970. */
export function isInstant(at: number): boolean {
  return Number.isInteger(at) && at >= 0 && at < lastStorableAt;
}

function refusedOf(rows: Rows, places: readonly number[], reason: string): Refused[] {
  const [first] = places;
  if (first === undefined) return [];
  const point = rows.names.list[rows.point[first] ?? -1] ?? "";
  // Not by JSON, which would turn a NaN, the likeliest reason, into null.
  const example = exampleOf(`${point} sourceAt ${rows.sourceAt[first]} value ${rows.value[first]}`);
  return [{ rows: places.length, reason, example }];
}

function without(rows: Rows, left: ReadonlySet<number>): Rows {
  const kept = createRows(rows.names, rows.count);
  const { point, sourceAt, receivedAt, value, quality } = rows;
  for (let place = 0; place < rows.count; place += 1) {
    if (left.has(place)) continue;
    kept.add(point[place] ?? 0, sourceAt[place] ?? 0, receivedAt[place] ?? 0, value[place] ?? 0, quality[place] ?? 0);
  }
  return kept;
}

/** Buckets that are filled in order of time. */
export interface Buckets {
  readonly list: readonly Bucket[];
  readonly add: (series: Series) => void;
}

/** Gathers settled series, one after another, into the buckets of a cut. */
export function createBuckets({ from, bucketMs }: Cut): Buckets {
  const list: { -readonly [key in keyof Bucket]: Bucket[key] }[] = [];
  let open: (typeof list)[number] | undefined;
  let sum = 0;
  let worst = 0;
  return {
    list,
    add: ({ count, sourceAt, value: values, quality }) => {
      for (let place = 0; place < count; place += 1) {
        const at = sourceAt[place] ?? 0;
        const value = values[place] ?? 0;
        const rank = quality[place] ?? 0;
        if (open === undefined || at >= open.at + bucketMs) {
          const start = from + Math.floor((at - from) / bucketMs) * bucketMs;
          open = {
            at: start,
            min: value,
            max: value,
            mean: value,
            last: value,
            count: 0,
            quality: qualityOfRank(rank),
          };
          list.push(open);
          sum = 0;
          worst = rank;
        }
        open.count += 1;
        sum += value;
        open.mean = sum / open.count;
        open.last = value;
        if (value < open.min) open.min = value;
        if (value > open.max) open.max = value;
        if (rank > worst) {
          worst = rank;
          open.quality = qualityOfRank(rank);
        }
      }
    },
  };
}

/** The beginning of a refused text, short enough for a log line. */
export function exampleOf(text: string): string {
  return text.slice(0, exampleLength);
}

/** The quality of a rank; `unknown` where the store holds something that is none. */
export function qualityOfRank(rank: unknown): Quality {
  return (typeof rank === "number" ? qualities[rank] : undefined) ?? "unknown";
}
