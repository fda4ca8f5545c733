// What a store of samples over time must do, and the few rules that every such store shares.
import { qualities, type Quality } from "../../../contract/sample.ts";
import type { History, HistoryQuery } from "../../../contract/wall.ts";

/** One stored sample; point and `sourceAt` are its key. */
export interface Row {
  readonly point: string;
  /** When it was measured, epoch ms. */
  readonly sourceAt: number;
  /** When the server got it, epoch ms. */
  readonly receivedAt: number;
  readonly value: number;
  readonly quality: Quality;
}

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
  write(rows: readonly Row[], cursor: number): Promise<void>;
  /** Buckets of one point over `from` ≤ `sourceAt` < `to`; empty ones are left out. */
  history(query: HistoryQuery): Promise<History>;
  /** Lets go of the store; nothing may be asked afterwards. */
  close(): Promise<void>;
}

/** The last instant that InfluxDB's 64-bit nanoseconds can hold, in ms (11 April 2262). */
const lastStorableAt = 9_223_372_036_854;
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
  readonly storable: readonly Row[];
  readonly refused: readonly Refused[];
}

/** Leaves out what no store can hold, lest one bad row block all that follow; told of only once the others are stored. */
export function sift(rows: readonly Row[]): Sifted {
  const storable = rows.filter(isStorable);
  const first = rows.length === storable.length ? undefined : rows.find((row) => !isStorable(row));
  if (first === undefined) return { storable, refused: [] };
  const refused = {
    rows: rows.length - storable.length,
    reason: "the value or a time is not a number that can be stored",
    // Not by JSON, which would turn a NaN, the likeliest reason, into null.
    example: exampleOf(`${first.point} sourceAt ${first.sourceAt} value ${first.value}`),
  };
  return { storable, refused: [refused] };
}

function isStorable(row: Row): boolean {
  return (
    row.point !== "" &&
    Number.isFinite(row.value) &&
    Number.isSafeInteger(row.receivedAt) &&
    Number.isSafeInteger(row.sourceAt) &&
    row.sourceAt >= 0 &&
    row.sourceAt < lastStorableAt
  );
}

/** The beginning of a refused text, short enough for a log line. */
export function exampleOf(text: string): string {
  return text.slice(0, exampleLength);
}

/** The place of a quality in their one order: 0 is good, the highest is the worst. */
export function rankOfQuality(quality: Quality): number {
  return qualities.indexOf(quality);
}

/** The quality of a rank; `unknown` where the store holds something that is none. */
export function qualityOfRank(rank: unknown): Quality {
  return (typeof rank === "number" ? qualities[rank] : undefined) ?? "unknown";
}
