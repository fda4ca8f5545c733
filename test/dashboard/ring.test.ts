// The ring: fixed memory, no peak lost, nothing out of place.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRing } from "../../dashboard/src/ring.ts";

describe("the ring", () => {
  it("keeps the least, the greatest and the last value of each bucket", () => {
    const ring = createRing(10_000, 10);
    for (const [at, value] of [
      [100, 3],
      [200, 9],
      [300, 1],
      [900, 4],
    ] as const)
      ring.push(at, value);
    expect(ring.buckets()).toEqual([{ at: 0, min: 1, max: 9, last: 4 }]);
    expect(ring.newest()).toEqual({ at: 900, value: 4 });
  });

  it("puts a late value into its own bucket without making it the last", () => {
    const ring = createRing(10_000, 10);
    ring.push(2500, 5);
    ring.push(1200, 8);
    ring.push(2100, 1);
    expect(ring.buckets()).toEqual([
      { at: 1000, min: 8, max: 8, last: 8 },
      { at: 2000, min: 1, max: 5, last: 5 },
    ]);
    expect(ring.newest()?.value).toBe(5);
  });

  it("forgets what is older than its span, and never grows", () => {
    const ring = createRing(10_000, 10);
    for (let at = 0; at < 100_000; at += 500) ring.push(at, at);
    expect(ring.buckets()).toHaveLength(11);
    expect(ring.buckets()[0]?.at).toBe(89_000);
    ring.push(1000, 1);
    expect(ring.buckets()[0]?.at).toBe(89_000);
  });

  it("shows a gap as missing buckets", () => {
    const ring = createRing(10_000, 10);
    ring.push(1000, 1);
    ring.push(5000, 2);
    expect(ring.buckets().map(({ at }) => at)).toEqual([1000, 5000]);
  });

  it("never hides a peak of what lies in its span, in whichever order it came", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 9999 }), fc.integer({ min: -50, max: 50 })), { minLength: 1 }),
        (samples) => {
          const ring = createRing(10_000, 10);
          for (const [at, value] of samples) ring.push(at, value);
          const values = samples.map(([, value]) => value);
          expect(Math.max(...ring.buckets().map(({ max }) => max))).toBe(Math.max(...values));
          expect(Math.min(...ring.buckets().map(({ min }) => min))).toBe(Math.min(...values));
        },
      ),
    );
  });
});
