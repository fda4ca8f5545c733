// How a device speaks, by its messages: what is counted of the last hour, and what of ever.
import { describe, expect, it } from "vitest";
import {
  correctLeft,
  countMessage,
  countValues,
  isBackfilling,
  isOfThePast,
  noteFresh,
  noteLag,
  noteLeft,
  noteNewest,
  notePast,
  readTally,
  resetTally,
  takeCalm,
  tallyLength,
  type Tally,
} from "../../server/domain/liveness.ts";

const minute = 60_000;
const start = 1_790_000_400_000;

function tally(): Tally {
  const made = new Float64Array(tallyLength);
  resetTally(made);
  return made;
}

describe("the tally of a device", () => {
  it("tells nothing before its first message", () => {
    expect(readTally(tally(), start)).toEqual({
      messages: 0,
      values: 0,
      left: null,
      losses: 0,
      lag: null,
      clockAheadMs: null,
      backfill: null,
      quality: { good: 0, unknown: 0, suspect: 0, saturated: 0, bad: 0, missing: 0 },
      badShare: null,
    });
    expect(isBackfilling(tally(), start)).toBe(false);
  });

  it("counts values by quality, and forgets those of more than an hour ago", () => {
    const of = tally();
    countMessage(of, start);
    countValues(of, "good", 6);
    countValues(of, "unknown", 1);
    countValues(of, "bad", 2);
    countValues(of, "missing", 1);
    expect(readTally(of, start)).toMatchObject({ messages: 1, values: 9, badShare: 0.3, quality: { bad: 2 } });
    countMessage(of, start + 50 * minute);
    countValues(of, "suspect", 1);
    expect(readTally(of, start + 50 * minute)).toMatchObject({ quality: { good: 6, suspect: 1 } });
    expect(readTally(of, start + 65 * minute)).toMatchObject({
      values: 10,
      quality: { good: 0, suspect: 1 },
      badShare: 1,
    });
    countMessage(of, start + 65 * minute);
    expect(readTally(of, start + 65 * minute)).toMatchObject({ quality: { good: 0, suspect: 1 } });
    countMessage(of, start + 24 * 60 * minute);
    expect(readTally(of, start + 24 * 60 * minute)).toMatchObject({ values: 10, badShare: null, messages: 4 });
  });

  it("says how late most messages come, and the worst of the hour", () => {
    const of = tally();
    countMessage(of, start);
    for (let nth = 0; nth < 94; nth += 1) noteLag(of, 100);
    for (let nth = 0; nth < 6; nth += 1) noteLag(of, 5000);
    noteLag(of, 4000);
    expect(readTally(of, start).lag).toEqual({ p50Ms: 112, p95Ms: 5000, worstMs: 5000 });
    // What is new soon outweighs what was.
    countMessage(of, start + 40 * minute);
    for (let nth = 0; nth < 200; nth += 1) noteLag(of, 10);
    expect(readTally(of, start + 40 * minute).lag).toEqual({ p50Ms: 12, p95Ms: 12, worstMs: 5000 });
    expect(readTally(of, start + 70 * minute).lag).toEqual({ p50Ms: 10, p95Ms: 10, worstMs: 10 });
    expect(readTally(of, start + 120 * minute).lag).toBeNull();
  });

  it("takes the smallest lag of each ten minutes for the way and the clock, and of those the median", () => {
    const of = tally();
    for (const [nth, ms] of [-2000, -1900, 90_000].entries()) {
      countMessage(of, start + nth * 10 * minute);
      noteFresh(of, start + nth * 10 * minute, ms + 500);
      noteFresh(of, start + nth * 10 * minute, ms);
      noteFresh(of, start + nth * 10 * minute, ms + 50);
    }
    expect(readTally(of, start + 20 * minute).clockAheadMs).toBe(1900);
    expect(readTally(of, start + 20 * minute).lag).toBeNull();
    const exact = tally();
    countMessage(exact, start);
    noteFresh(exact, start, 0);
    expect(Object.is(readTally(exact, start).clockAheadMs, 0)).toBe(true);
  });

  it("follows what comes of the past until the present is there again and nothing of it came for a minute", () => {
    const of = tally();
    notePast(of, start, start - 60 * minute);
    notePast(of, start + 2 * minute, start - 90 * minute);
    notePast(of, start + 3 * minute, start - 30 * minute);
    const shown = {
      since: start,
      lastAt: start + 3 * minute,
      oldestAt: start - 90 * minute,
      newestAt: start - 30 * minute,
      values: 3,
      perMinute: 1,
    };
    expect(readTally(of, start + 60 * minute).backfill).toEqual({ ...shown, isDone: false });
    expect(isBackfilling(of, start + 60 * minute)).toBe(true);
    noteFresh(of, start + 3 * minute, 0);
    expect(isBackfilling(of, start + 4 * minute)).toBe(true);
    expect(readTally(of, start + 4 * minute + 1).backfill).toEqual({ ...shown, isDone: true });
    expect(isBackfilling(of, start + 4 * minute + 1)).toBe(false);
    notePast(of, start + 9 * minute, start);
    expect(readTally(of, start + 9 * minute).backfill).toMatchObject({
      since: start + 9 * minute,
      values: 1,
      perMinute: 1,
    });
  });

  it("knows how the device went, and lets a later word correct the first", () => {
    const of = tally();
    noteLeft(of, start, true);
    expect(readTally(of, start)).toMatchObject({ left: { at: start, why: "goodbye" }, losses: 0 });
    correctLeft(of, false);
    expect(readTally(of, start)).toMatchObject({ left: { at: start, why: "lost" }, losses: 1 });
    correctLeft(of, true);
    noteLeft(of, start + 1, false);
    expect(readTally(of, start)).toMatchObject({ left: { at: start + 1, why: "lost" }, losses: 1 });
  });

  it("holds a message for one of the past by its newest time, which never runs far ahead of the server", () => {
    const of = tally();
    expect(isOfThePast(of, start)).toBe(false);
    noteNewest(of, start, start + 100 * minute);
    expect([start + 5000, start + 5001].map((at) => isOfThePast(of, at))).toEqual([true, false]);
    noteNewest(of, start, start - minute);
    expect(isOfThePast(of, start + 5000)).toBe(true);
  });

  it("takes a calm message as its steps would, and one without values as a message alone", () => {
    const [short, long] = [tally(), tally()];
    takeCalm(short, start, start - 300, 4);
    takeCalm(short, start + 1, 0, 0);
    countMessage(long, start);
    countValues(long, "good", 4);
    noteLag(long, 300);
    noteFresh(long, start, 300);
    noteNewest(long, start, start - 300);
    countMessage(long, start + 1);
    expect(short).toEqual(long);
  });
});
