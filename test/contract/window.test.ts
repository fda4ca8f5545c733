// Where a span of a window begins, how much of it is covered, and the line through it.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coverageOf, firstAfter, lineThrough, spokenFor } from "../../contract/window.ts";
import { windowOf } from "../support/own-kind.ts";

const times = (at: readonly number[], everyMs: number | null = 10): ReturnType<typeof windowOf> =>
  windowOf(
    at.map((one) => [one, 0] as const),
    { everyMs },
  );

describe("the beginning of a span", () => {
  it("lies at the first sample that is strictly later", () => {
    const window = times([10, 20, 20, 30]);
    expect([5, 10, 15, 20, 29, 30].map((at) => firstAfter(window, at))).toEqual([0, 1, 1, 3, 3, 4]);
    expect(firstAfter(times([]), 0)).toBe(0);
  });

  it("is what a walk through all samples finds", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.integer({ min: -5, max: 55 }), (unsorted, at) => {
        const sorted = unsorted.toSorted((a, b) => a - b);
        expect(firstAfter(times(sorted), at)).toBe(sorted.filter((one) => one <= at).length);
      }),
    );
  });
});

describe("coverage", () => {
  it("is whole at a sample per period, whatever the jitter", () => {
    expect(coverageOf(times([10, 20, 30, 40, 50]), 0, 50)).toBe(1);
    expect(coverageOf(times([14, 19, 31, 44, 50]), 0, 50)).toBe(1);
  });

  it("lacks one period for each missing sample", () => {
    expect(coverageOf(times([10, 20, 40, 50, 60, 70, 80, 90, 100]), 0, 100)).toBe(0.9);
    expect(coverageOf(times([10, 20, 50, 60, 70, 80, 90, 100]), 0, 100)).toBe(0.8);
  });

  it("lacks what is missing at either end", () => {
    expect(coverageOf(times([60, 70, 80, 90, 100]), 0, 100)).toBe(0.5);
    expect(coverageOf(times([10, 20, 30, 40, 50]), 0, 100)).toBe(0.5);
    expect(coverageOf(times([]), 0, 100)).toBe(0);
  });

  it("does not let a burst make good for an outage", () => {
    expect(coverageOf(times([92, 93, 94, 95, 96, 97, 98, 99, 100, 100]), 0, 100)).toBeCloseTo(0.18);
  });

  it("leaves out what lies before the span", () => {
    expect(coverageOf(times([10, 20, 30, 40]), 20, 40)).toBe(1);
  });

  it("is whole where a point reports by exception, and over no time at all", () => {
    expect(coverageOf(times([], null), 0, 100)).toBe(1);
    expect(coverageOf(times([10]), 10, 10)).toBe(1);
    expect(spokenFor(times([], null), 1e9)).toBe(1e9);
  });
});

describe("the line through samples", () => {
  it("is the one of Anscombe's first quartet, to the published digits", () => {
    const x = [10, 8, 13, 9, 11, 14, 6, 4, 12, 7, 5];
    const y = [8.04, 6.95, 7.58, 8.81, 8.33, 9.96, 7.24, 4.26, 10.84, 4.82, 5.68];
    const line = lineThrough(windowOf(x.map((at, nth) => [at, y[nth] as number] as const)), 0, 11);
    expect(line?.slope).toBeCloseTo(0.500_091, 6);
    expect(line?.r2).toBeCloseTo(0.666_542, 6);
    expect(line?.scatter).toBeCloseTo(1.236_603, 6);
    expect([line?.meanAt, line?.spread, line?.length]).toEqual([9, 110, 11]);
    expect(line?.meanValue).toBeCloseTo(7.500_909, 6);
  });

  it("takes only the samples from first to before end", () => {
    const window = windowOf([
      [0, 99],
      [1, 1],
      [2, 2],
      [3, 3],
      [4, -99],
    ]);
    expect(lineThrough(window, 1, 4)).toMatchObject({ slope: 1, meanAt: 2, meanValue: 2, r2: 1, scatter: 0 });
  });

  it("is level and fits where the values do not differ", () => {
    expect(
      lineThrough(
        windowOf([
          [0, 7],
          [10, 7],
          [20, 7],
        ]),
        0,
        3,
      ),
    ).toMatchObject({ slope: 0, r2: 1, scatter: 0 });
  });

  it("is exact at today's epoch times", () => {
    const samples = Array.from({ length: 50 }, (_, nth) => [1_800_000_000_000 + nth * 1000, nth * 0.5] as const);
    expect(lineThrough(windowOf(samples), 0, 50)?.slope).toBeCloseTo(0.0005, 15);
  });

  it("is none through one sample, one time, or numbers that run over", () => {
    expect(lineThrough(windowOf([[0, 1]]), 0, 1)).toBeNull();
    expect(
      lineThrough(
        windowOf([
          [5, 1],
          [5, 2],
        ]),
        0,
        2,
      ),
    ).toBeNull();
    expect(
      lineThrough(
        windowOf([
          [5, 1],
          [5, 1],
        ]),
        0,
        2,
      ),
    ).toBeNull();
    expect(
      lineThrough(
        windowOf([
          [0, 1e308],
          [1, -1e308],
        ]),
        0,
        2,
      ),
    ).toBeNull();
    expect(
      lineThrough(
        windowOf([
          [0, 1e200],
          [1, 0],
        ]),
        0,
        2,
      ),
    ).toBeNull();
  });
});
