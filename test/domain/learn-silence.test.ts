// How long a silence is usual, learned from intervals: enough of them, no jitter, and never out of the plan's bounds.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  hearInterval,
  isAboutToLearn,
  learnedSilence,
  newRhythm,
  noRhythm,
  rhythmLength,
  type Rhythm,
} from "../../server/domain/learn-silence.ts";

const second = 1000;
const minute = 60 * second;
const wide = { floorMs: second, ceilingMs: 24 * 60 * minute };
const usual = { isUsual: true, clockFrom: 0, isLost: false };

/** Hears samples so far apart, one after the other; returns how often the limit changed. */
function hear(rhythm: Rhythm, intervals: readonly number[], from = 1_790_000_000_000): { changes: number; at: number } {
  let [changes, at] = [0, from];
  hearInterval(rhythm, { ...usual, at });
  for (const ms of intervals) {
    at += ms;
    if (hearInterval(rhythm, { ...usual, at })) changes += 1;
  }
  return { changes, at };
}

const same = (ms: number, count: number): number[] => Array.from({ length: count }, () => ms);

describe("a learned silence", () => {
  it("is known from fifty intervals on, and is three times the one that is hardly ever exceeded, rounded up", () => {
    const rhythm = newRhythm();
    expect(rhythm).toHaveLength(rhythmLength);
    hear(rhythm, same(10 * second, 49));
    expect(learnedSilence(rhythm, wide)).toBeNull();
    expect(isAboutToLearn(rhythm)).toBe(true);
    hear(rhythm, [10 * second], 1);
    expect(isAboutToLearn(rhythm)).toBe(false);
    expect(learnedSilence(rhythm, wide)).toBe(31 * second);
  });

  it("keeps within the plan's floor and ceiling", () => {
    const rhythm = newRhythm();
    hear(rhythm, same(10 * second, 50));
    expect(learnedSilence(rhythm, { floorMs: minute, ceilingMs: 2 * minute })).toBe(minute);
    expect(learnedSilence(rhythm, { floorMs: second, ceilingMs: 20 * second })).toBe(20 * second);
  });

  it("does not jitter: what lies next to the last limit is no other one", () => {
    const rhythm = newRhythm();
    expect(hear(rhythm, same(10 * second, 50)).changes).toBe(1);
    expect(hear(rhythm, same(11.5 * second, 900)).changes).toBe(0);
    expect(hear(rhythm, same(30 * second, 300)).changes).toBe(1);
    expect(learnedSilence(rhythm, wide)).toBe(99 * second);
  });

  it("forgets what was long ago: two thousand short intervals after a slow week make it short", () => {
    const rhythm = newRhythm();
    hear(rhythm, same(5 * minute, 600));
    expect(learnedSilence(rhythm, wide)).toBe(984 * second);
    hear(rhythm, same(10 * second, 6000));
    expect(learnedSilence(rhythm, wide)).toBe(31 * second);
  });

  it.each<[string, Parameters<typeof hearInterval>[1]]>([
    ["the sample is late or was asked for", { ...usual, at: 60_000, isUsual: false }],
    ["the point was lost meanwhile", { ...usual, at: 60_000, isLost: true }],
    ["the link is newer than the sample before", { ...usual, at: 60_000, clockFrom: 2 }],
    ["it came with the message before", { ...usual, at: 1 }],
  ])("learns nothing from an interval where %s", (_, end) => {
    const rhythm = newRhythm();
    hearInterval(rhythm, { ...usual, at: 1 });
    hearInterval(rhythm, end);
    expect(rhythm.subarray(1)).toEqual(newRhythm().subarray(1));
    // After a sample that proves nothing the next interval begins with the next usual one.
    const before = rhythm.slice();
    if (!end.isUsual) expect(hearInterval(rhythm, { ...usual, at: 70_000 }) || rhythm[2] !== before[2]).toBe(false);
  });

  it("is nothing where nothing is learned", () => {
    expect(noRhythm()).toHaveLength(0);
  });

  it("never leaves its bounds, whatever the intervals", () => {
    const intervals = fc.array(fc.integer({ min: 1, max: 100 * 60 * minute }), { minLength: 50, maxLength: 300 });
    fc.assert(
      fc.property(intervals, fc.nat(minute), fc.nat(60 * minute), (all, floorMs, more) => {
        const rhythm = newRhythm();
        hear(rhythm, all);
        const learned = learnedSilence(rhythm, { floorMs, ceilingMs: floorMs + more }) as number;
        expect(learned).toBeGreaterThanOrEqual(floorMs);
        expect(learned).toBeLessThanOrEqual(floorMs + more);
      }),
    );
  });
});
