// The rate of a value: by difference with its stand-in for t−W, and by regression with its coverage.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { RateCondition } from "../../../contract/condition.ts";
import { rate } from "../../../server/domain/detect/rate.ts";
import { heard, listen, timing, windowOf } from "../../support/own-kind.ts";
import { minute } from "../../support/plant.ts";

const difference: RateCondition = {
  kind: "rate",
  method: "difference",
  windowMs: 10 * minute,
  minSamples: 2,
  perMs: 10 * minute,
  isAbsolute: false,
  ...timing,
};
const regression: RateCondition = { ...difference, method: "regression", minSamples: 5, perMs: minute };

/** The quantity after the last of samples told as [minute, value]. */
function after(
  condition: RateCondition,
  samples: readonly (readonly [number, number])[],
  everyMs: number | null = minute,
): ReturnType<ReturnType<typeof listen<RateCondition, null>>["hear"]> {
  const point = listen(rate, condition, { everyMs });
  return samples.map(([at, value]) => point.hear(heard(at * minute, value))).at(-1) as never;
}

describe("a difference", () => {
  it("is v(t) − v(t−W) with the sample at t−W", () => {
    const quantity = after(difference, [
      [0, 3],
      [5, 100],
      [10, 7.5],
    ]);
    expect(quantity).toEqual({
      value: 4.5,
      quality: "good",
      mayReturn: true,
      note: null,
      values: { is: 7.5, was: 3, wasAt: 0 },
    });
  });

  it("is told per perMs, with its sign or as an amount", () => {
    const falling = [
      [0, 8],
      [10, 2],
    ] as const;
    expect(after({ ...difference, perMs: 60 * minute }, falling).value).toBeCloseTo(-36);
    expect(after({ ...difference, isAbsolute: true }, falling).value).toBe(6);
  });

  it("takes the nearest within half a period, before or after, the older of two that are as near", () => {
    expect(
      after(difference, [
        [-0.4, 1],
        [10, 5],
      ]).value,
    ).toBe(4);
    expect(
      after(difference, [
        [20.5, 1],
        [30, 5],
      ]).value,
    ).toBe(4);
    expect(
      after(difference, [
        [-0.3, 1],
        [0.2, 2],
        [10, 5],
      ]).value,
    ).toBe(3);
    expect(
      after(difference, [
        [-0.2, 1],
        [0.3, 2],
        [10, 5],
      ]).value,
    ).toBe(4);
    expect(
      after(difference, [
        [-0.5, 1],
        [0.5, 2],
        [10, 5],
      ]).value,
    ).toBe(4);
  });

  it("is undefined where nothing lies within half a period of t−W", () => {
    const nothing = { value: null, mayReturn: false, note: "noPast", values: { is: 5 } };
    expect(
      after(difference, [
        [-0.51, 1],
        [0.51, 2],
        [10, 5],
      ]),
    ).toMatchObject(nothing);
    expect(after(difference, [[10, 5]])).toMatchObject(nothing);
  });

  it("is never made of the sample with itself", () => {
    const short = { ...difference, windowMs: 0.3 * minute };
    expect(after(short, [[10, 5]]).value).toBeNull();
    const window = windowOf(
      [
        [0, 4],
        [0, 5],
      ],
      { everyMs: minute },
    );
    expect(rate.step(short, null, { sample: heard(0, 5), window }).quantity.value).toBeNull();
  });

  it("is not disturbed by a hole between its two ends", () => {
    expect(
      after(difference, [
        [0, 1],
        [9, 3],
        [10, 3],
      ]).value,
    ).toBe(2);
  });

  it("takes the last sample before t−W where the point reports by exception: its value held", () => {
    expect(
      after(
        difference,
        [
          [-4, 1],
          [9, 5],
          [10, 6],
        ],
        null,
      ).value,
    ).toBe(5);
    expect(
      after(
        difference,
        [
          [9, 5],
          [10, 6],
        ],
        null,
      ).note,
    ).toBe("noPast");
  });

  it("may be made with a suspect sample, marked, but never against one", () => {
    const point = listen(rate, difference, { everyMs: minute });
    point.hear(heard(0, 1));
    expect(point.hear(heard(10 * minute, 50, "suspect"))).toMatchObject({ value: 49, quality: "suspect" });
    expect(point.hear(heard(20 * minute, 2)).value).toBeNull();
  });

  it("is undefined where it runs over", () => {
    expect(
      after(difference, [
        [0, -1.5e308],
        [10, 1.5e308],
      ]),
    ).toMatchObject({ value: null, note: "overflow", mayReturn: false });
  });

  it("wants half a window more than its window, for the nearest that is older", () => {
    expect(rate.windowMs(difference)).toBe(15 * minute);
    expect(rate.windowMs(regression)).toBe(10 * minute);
    expect(rate.initial(difference)).toBeNull();
  });
});

describe("a regression", () => {
  const steady = Array.from({ length: 11 }, (_, nth) => [nth, 2 + 0.25 * nth] as const);

  it("is the slope over (t−W, t], per perMs", () => {
    const quantity = after(regression, [[0, 1000] as const, ...steady.slice(1)]);
    expect(quantity).toMatchObject({
      quality: "good",
      mayReturn: true,
      note: null,
      values: { samples: 10, coverage: 1 },
    });
    expect(quantity.value).toBeCloseTo(0.25, 12);
    const falling = steady.map(([at, value]) => [at, -value] as const);
    expect(after(regression, falling).value).toBeCloseTo(-0.25, 12);
    expect(after({ ...regression, isAbsolute: true }, falling).value).toBeCloseTo(0.25, 12);
  });

  it("is the slope of a line by hand: 0, 2, 1, 3, 4 at minutes 1 to 5 rise by 0.9", () => {
    const five = { ...regression, windowMs: 5 * minute };
    expect(
      after(five, [
        [1, 0],
        [2, 2],
        [3, 1],
        [4, 3],
        [5, 4],
      ]).value,
    ).toBeCloseTo(0.9, 12);
  });

  it("wants its samples and 90 % of its window", () => {
    expect(after(regression, steady.slice(0, 4))).toMatchObject({
      value: null,
      note: "samples",
      values: { samples: 4, neededSamples: 5 },
    });
    const oneGone = steady.filter(([at]) => at !== 4);
    expect(after(regression, oneGone)).toMatchObject({ note: null, values: { coverage: 0.9 } });
    const twoGone = steady.filter(([at]) => at !== 4 && at !== 7);
    expect(after(regression, twoGone)).toMatchObject({
      value: null,
      note: "coverage",
      mayReturn: false,
      values: { coverage: 0.8 },
    });
  });

  it("leaves out a sample that is a whole window old, also where the others are then too few", () => {
    expect(
      after(
        regression,
        [0, 3, 5, 7, 10].map((at) => [at, at] as const),
      ),
    ).toMatchObject({
      value: null,
      note: "samples",
      values: { samples: 4 },
    });
  });

  it("leaves a suspect sample out, and says that it was told at one", () => {
    const point = listen(rate, regression, { everyMs: minute });
    for (const [at, value] of steady) point.hear(heard(at * minute, value));
    const quantity = point.hear(heard(11 * minute, 1e6, "suspect"));
    expect(quantity).toMatchObject({ quality: "suspect", values: { samples: 9, coverage: 0.9 } });
    expect(quantity.value).toBeCloseTo(0.25, 12);
  });

  it("is repaired by a late sample", () => {
    const point = listen(rate, regression, { everyMs: minute });
    const quantities = steady
      .filter(([at]) => at !== 4 && at !== 7)
      .map(([at, value]) => point.hear(heard(at * minute, value)));
    expect(quantities.at(-1)?.note).toBe("coverage");
    point.hearLate(4 * minute, 3);
    point.hearLate(7 * minute, 3.75);
    expect(point.hear(heard(11 * minute, 4.75)).value).toBeCloseTo(0.25, 12);
  });

  it("is undefined at one time only, and where it runs over", () => {
    const window = windowOf([
      [9, 1],
      [9, 2],
      [9, 3],
      [9, 4],
      [9, 5],
    ]);
    const { quantity } = rate.step(regression, null, { sample: heard(9, 5), window });
    expect(quantity).toMatchObject({ value: null, note: "noLine" });
    const huge = { ...regression, minSamples: 2, perMs: 1e300 };
    expect(
      after(
        huge,
        [
          [0, 0],
          [1, 1e100],
        ],
        null,
      ),
    ).toMatchObject({ value: null, note: "overflow" });
  });

  it("of an exact line is its slope, whatever the times", () => {
    fc.assert(
      fc.property(
        // Within less than the window: the oldest of five would else be left out.
        fc.uniqueArray(fc.integer({ min: 0, max: 10 * minute - 1 }), { minLength: 5, maxLength: 60 }),
        fc.integer({ min: -1000, max: 1000 }),
        fc.integer({ min: -1000, max: 1000 }),
        (times, slope, offset) => {
          const line = times
            .toSorted((a, b) => a - b)
            .map((at) => [(1_700_000_000_000 + at) / minute, offset + (slope * at) / minute] as const);
          const { value } = after(regression, line, null);
          expect(value).toBeCloseTo(slope, 5);
        },
      ),
    );
  });
});
