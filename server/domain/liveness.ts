// How a device speaks, by its messages alone: how much, how late, how believable, by what clock, and what comes of its past.
import { qualities, type Quality } from "../../contract/sample.ts";
import { binOf, binOfShare, endOfBin, spreadBins } from "../../contract/spread.ts";

/** Figures of the last hour are kept in so many pieces of so long. */
const pieces = 6;
const pieceMs = 600_000;
/** After so long without anything of the past, what came of it is over. */
const restMs = 60_000;
/** A clock may be ahead by so much before its time says nothing of what came before what. */
const aheadMs = 5_000;

const messagesAt = 0;
const valuesAt = 1;
/** The newest time that a message had, never far ahead of the server's. */
const newestAt = 2;
/** When something of the present came last, and the past: since when, when last, from when to when measured, how much. */
const freshAt = 3;
const pastSinceAt = 4;
const pastLastAt = 5;
const pastOldestAt = 6;
const pastNewestAt = 7;
const pastValuesAt = 8;
const leftAt = 9;
const leftByAt = 10;
const lossesAt = 11;
const pieceAt = 12;
const piecesAt = 13;
const worstOf = qualities.length;
const leastOf = worstOf + 1;
const pieceLength = leastOf + 1;
const lagsAt = piecesAt + pieces * pieceLength;

/** How much a tally takes. */
export const tallyLength = lagsAt + spreadBins;
/** What is counted of a device: plain numbers, so that a checkpoint copies them in one piece. */
export type Tally = Float64Array;

const good = qualities.indexOf("good");
const unknown = qualities.indexOf("unknown");

/** Writes an empty tally. */
export function resetTally(tally: Tally): void {
  tally.fill(0);
  for (let piece = 0; piece < pieces; piece += 1) emptyPiece(tally, piece);
}

function placeOf(piece: number): number {
  return piecesAt + (piece % pieces) * pieceLength;
}

function emptyPiece(tally: Tally, piece: number): void {
  const place = placeOf(piece);
  tally.fill(0, place, place + worstOf);
  tally.fill(Number.NaN, place + worstOf, place + pieceLength);
}

function add(tally: Tally, place: number, by: number): void {
  tally[place] = (tally[place] as number) + by;
}

/** Leaves pieces of more than an hour ago behind; lags lose half their weight with each piece. */
function turnTo(tally: Tally, at: number): void {
  const piece = Math.floor(at / pieceMs);
  const before = tally[pieceAt] as number;
  if (piece === before) return;
  tally[pieceAt] = piece;
  const passed = Math.min(piece - before, pieces);
  for (let nth = 0; nth < passed; nth += 1) emptyPiece(tally, piece - nth);
  if (passed === pieces) tally.fill(0, lagsAt);
  else for (let place = lagsAt; place < tallyLength; place += 1) tally[place] = (tally[place] as number) / 2 ** passed;
}

/** Counts a message. */
export function countMessage(tally: Tally, at: number): void {
  turnTo(tally, at);
  add(tally, messagesAt, 1);
}

/** Counts values of a message that were judged, by the quality that they were found to have. */
export function countValues(tally: Tally, quality: Quality, values: number): void {
  if (quality !== "missing") add(tally, valuesAt, values);
  add(tally, placeOf(tally[pieceAt] as number) + qualities.indexOf(quality), values);
}

/** Notes how late a message came whose newest sample is next in its point's time. */
export function noteLag(tally: Tally, lagMs: number): void {
  add(tally, lagsAt + binOf(lagMs), 1);
  const place = placeOf(tally[pieceAt] as number) + worstOf;
  // Not a number is what an empty piece holds.
  if (!(lagMs <= (tally[place] as number))) tally[place] = lagMs;
}

/** Notes that a message spoke of the present, and how its newest time stands to the server's. */
export function noteFresh(tally: Tally, at: number, lagMs: number): void {
  tally[freshAt] = at;
  const place = placeOf(tally[pieceAt] as number) + leastOf;
  if (!(lagMs >= (tally[place] as number))) tally[place] = lagMs;
}

/** True where a message whose newest time this is tells nothing newer than what came before it. */
export function isOfThePast(tally: Tally, newest: number): boolean {
  return newest <= (tally[newestAt] as number);
}

/** Notes the newest time of a message. */
export function noteNewest(tally: Tally, at: number, newest: number): void {
  const believed = Math.min(newest, at + aheadMs);
  if (believed > (tally[newestAt] as number)) tally[newestAt] = believed;
}

function isPastOver(tally: Tally, now: number): boolean {
  const last = tally[pastLastAt] as number;
  return (tally[freshAt] as number) >= last && now - last > restMs;
}

/** Notes a value that came late: older than what was judged of its point, or than it may be silent. */
export function notePast(tally: Tally, at: number, sourceAt: number): void {
  if (tally[pastLastAt] === 0 || isPastOver(tally, at)) {
    tally[pastSinceAt] = at;
    tally[pastOldestAt] = sourceAt;
    tally[pastNewestAt] = sourceAt;
    tally[pastValuesAt] = 0;
  }
  tally[pastLastAt] = at;
  tally[pastOldestAt] = Math.min(tally[pastOldestAt] as number, sourceAt);
  tally[pastNewestAt] = Math.max(tally[pastNewestAt] as number, sourceAt);
  add(tally, pastValuesAt, 1);
}

/** Takes a whole message of good values of one instant of the present in: as the steps above would, one after the other. */
export function takeCalm(tally: Tally, at: number, sourceAt: number, values: number): void {
  countMessage(tally, at);
  if (values === 0) return;
  countValues(tally, "good", values);
  noteLag(tally, at - sourceAt);
  noteFresh(tally, at, at - sourceAt);
  noteNewest(tally, at, sourceAt);
}

/** Notes that the device went, and how. */
export function noteLeft(tally: Tally, at: number, isGraceful: boolean): void {
  tally[leftAt] = at;
  tally[leftByAt] = Number(isGraceful);
  add(tally, lossesAt, Number(!isGraceful));
}

/** It went otherwise than was said first. */
export function correctLeft(tally: Tally, isGraceful: boolean): void {
  tally[leftByAt] = Number(isGraceful);
  add(tally, lossesAt, isGraceful ? -1 : 1);
}

/** True while a device tells of its past. */
export function isBackfilling(tally: Tally, now: number): boolean {
  return tally[pastLastAt] !== 0 && !isPastOver(tally, now);
}

/** The pieces that still belong to the last hour. */
function piecesOf(tally: Tally, now: number): readonly number[] {
  const newest = tally[pieceAt] as number;
  const oldest = Math.floor(now / pieceMs) - pieces + 1;
  return Array.from({ length: pieces }, (_, nth) => newest - nth).filter((piece) => piece >= oldest);
}

/** The middle one, of two the lower; null where there are none. */
function median(all: readonly number[]): number | null {
  return all.toSorted((a, b) => a - b)[(all.length - 1) >> 1] ?? null;
}

function lagOf(
  tally: Tally,
  heard: readonly number[],
): { readonly p50Ms: number; readonly p95Ms: number; readonly worstMs: number } | null {
  const worst = heard.map((piece) => tally[placeOf(piece) + worstOf] as number).filter((ms) => !Number.isNaN(ms));
  if (worst.length === 0) return null;
  const worstMs = Math.max(...worst);
  const within = (share: number): number => Math.min(worstMs, endOfBin(binOfShare(tally, lagsAt, share) as number));
  return { p50Ms: within(0.5), p95Ms: within(0.95), worstMs };
}

/** What a tally tells at an instant. */
export interface TallyReading {
  readonly messages: number;
  readonly values: number;
  readonly left: { readonly at: number; readonly why: "goodbye" | "lost" } | null;
  readonly losses: number;
  readonly lag: { readonly p50Ms: number; readonly p95Ms: number; readonly worstMs: number } | null;
  readonly clockAheadMs: number | null;
  readonly backfill: {
    readonly since: number;
    readonly lastAt: number;
    readonly oldestAt: number;
    readonly newestAt: number;
    readonly values: number;
    readonly perMinute: number;
    readonly isDone: boolean;
  } | null;
  readonly quality: Readonly<Record<Quality, number>>;
  readonly badShare: number | null;
}

/** Reads a tally. */
export function readTally(tally: Tally, now: number): TallyReading {
  const numberAt = (place: number): number => tally[place] as number;
  const heard = piecesOf(tally, now);
  const counts = qualities.map((_, nth) => heard.reduce((sum, piece) => sum + numberAt(placeOf(piece) + nth), 0));
  const all = counts.reduce((sum, count) => sum + count, 0);
  const fine = (counts[good] as number) + (counts[unknown] as number);
  const least = heard.map((piece) => numberAt(placeOf(piece) + leastOf)).filter((ms) => !Number.isNaN(ms));
  const behindMs = median(least);
  const [since, lastAt, values] = [numberAt(pastSinceAt), numberAt(pastLastAt), numberAt(pastValuesAt)];
  return {
    messages: numberAt(messagesAt),
    values: numberAt(valuesAt),
    left: numberAt(leftAt) === 0 ? null : { at: numberAt(leftAt), why: numberAt(leftByAt) === 1 ? "goodbye" : "lost" },
    losses: numberAt(lossesAt),
    lag: lagOf(tally, heard),
    clockAheadMs: behindMs === null ? null : 0 - behindMs,
    backfill:
      lastAt === 0
        ? null
        : {
            since,
            lastAt,
            oldestAt: numberAt(pastOldestAt),
            newestAt: numberAt(pastNewestAt),
            values,
            perMinute: Math.round((values * 60_000) / Math.max(60_000, lastAt - since)),
            isDone: isPastOver(tally, now),
          },
    quality: Object.fromEntries(qualities.map((quality, nth) => [quality, counts[nth] as number])) as Record<
      Quality,
      number
    >,
    badShare: all === 0 ? null : (all - fine) / all,
  };
}
