// The distance from a point's own habit: hourly medians, their median and MAD, renewed at each hour's end.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DeviationCondition } from "../../../contract/condition.ts";
import type { Quality } from "../../../contract/sample.ts";
import { deviation } from "../../../server/domain/detect/deviation.ts";
import { heard, listen, timing, type Listening } from "../../support/own-kind.ts";
import { hour, minute } from "../../support/plant.ts";
import type { DeviationState } from "../../../server/domain/detect/deviation.ts";

const condition: DeviationCondition = { kind: "deviation", hours: 4, ...timing };
const reporting = { everyMs: 20 * minute, step: 0.01 };

/** Lets each hour have its values, evenly spread. */
function hearHours(point: Listening<DeviationState>, hours: readonly (readonly number[])[], from = 0): void {
  for (const [nth, values] of hours.entries()) {
    for (const [part, value] of values.entries()) {
      point.hear(heard((from + nth) * hour + (part * hour) / values.length, value));
    }
  }
}

describe("a deviation", () => {
  it("is |v − median| / MAD over the medians of the hours that have ended", () => {
    const point = listen(deviation, condition, reporting);
    // Medians 2, 4, 7, 9: median 5.5, distances 3.5, 1.5, 1.5, 3.5, MAD 2.5.
    hearHours(point, [
      [1, 2, 99],
      [4, 4, 4],
      [0, 7, 8],
      [9, 9, -50],
    ]);
    expect(point.hear(heard(4 * hour, 15.5))).toEqual({
      value: 4,
      quality: "good",
      mayReturn: true,
      note: null,
      values: { median: 5.5, mad: 2.5, coverage: 1 },
    });
    expect(point.hear(heard(4 * hour + 1, 0.5)).value).toBe(2);
  });

  it("takes a sample to its own hour, to the very millisecond", () => {
    const point = listen(deviation, condition, reporting);
    for (const [at, value] of [
      [0, 1],
      [hour - 1, 3],
      [hour, 5],
      [2 * hour, 7],
    ] as const)
      point.hear(heard(at, value));
    expect(point.state().medians).toEqual([2, 5]);
  });

  it("is renewed when an hour ends, and forgets what is older than its hours", () => {
    const point = listen(deviation, condition, reporting);
    hearHours(point, [[1], [2], [3], [4]]);
    expect(point.hear(heard(4 * hour, 50)).values).toMatchObject({ median: 2.5 });
    expect(point.hear(heard(4 * hour + minute, 50)).values).toMatchObject({ median: 2.5 });
    expect(point.hear(heard(5 * hour, 50)).values).toMatchObject({ median: 3.5 });
    expect(point.state().medians).toEqual([2, 3, 4, 50]);
  });

  it("is undefined below half of its hours, and may raise but not return below 90 %", () => {
    const point = listen(deviation, condition, reporting);
    const results = [1, 2, 3, 4, 5].map((value, nth) => point.hear(heard((1000 + nth) * hour, value)));
    expect(results.map(({ value, mayReturn, note }) => [value === null, mayReturn, note])).toEqual([
      [true, false, "coverage"],
      [true, false, "coverage"],
      [false, false, "coverage"],
      [false, false, "coverage"],
      [false, true, null],
    ]);
    expect(results.slice(0, 3).map(({ values }) => values)).toEqual([
      { median: 0, mad: 0, coverage: 0 },
      { median: 1, mad: 0, coverage: 0.25 },
      { median: 1.5, mad: 0.5, coverage: 0.5 },
    ]);
  });

  it("begins to speak at exactly half of its hours, and to return at exactly 90 %", () => {
    const point = listen(deviation, { ...condition, hours: 10 }, reporting);
    const told = Array.from({ length: 11 }, (_, nth) => point.hear(heard(nth * hour, nth)));
    expect(told.findIndex(({ value }) => value !== null)).toBe(5);
    expect(told.findIndex(({ mayReturn }) => mayReturn)).toBe(9);
  });

  it("takes the step for the measure where the point did not vary", () => {
    const point = listen(deviation, condition, reporting);
    hearHours(point, [[5], [5], [5], [5]]);
    expect(point.hear(heard(4 * hour, 5)).value).toBe(0);
    expect(point.hear(heard(4 * hour + 1, 5.03)).value).toBeCloseTo(3);
  });

  it("shows what a suspect or saturated sample would be, and takes it into no baseline", () => {
    const point = listen(deviation, condition, reporting);
    hearHours(point, [[1], [2], [3], [4]]);
    point.hear(heard(4 * hour, 3));
    const before = point.state();
    for (const quality of ["suspect", "saturated"] satisfies Quality[]) {
      expect(point.hear(heard(9 * hour, 12, quality))).toMatchObject({ value: 9.5, quality });
      expect(point.state()).toBe(before);
    }
    point.hear(heard(9 * hour, 3, "unknown"));
    expect(point.state().hour).toBe(9);
  });

  it("knows a daily gauge by its one sample a day", () => {
    const point = listen(deviation, { ...condition, hours: 96 }, { everyMs: 24 * hour, step: 0.01 });
    for (const [day, value] of [10, 12, 14, 16].entries()) point.hear(heard(day * 24 * hour, value));
    expect(point.hear(heard(4 * 24 * hour, 21))).toMatchObject({
      value: 4,
      note: null,
      values: { median: 13, mad: 2, coverage: 1 },
    });
    // Read twice as often as it has to be it is no more than whole.
    const eager = listen(deviation, { ...condition, hours: 96 }, { everyMs: 24 * hour, step: 0.01 });
    for (let half = 0; half < 8; half += 1) eager.hear(heard(half * 12 * hour, 10));
    expect(eager.hear(heard(4 * 24 * hour, 10)).values).toMatchObject({ coverage: 1 });
  });

  it("lets an hour without samples stand empty, or at what it last was where the point reports by exception", () => {
    const periodic = listen(deviation, condition, reporting);
    hearHours(periodic, [[1], [2]]);
    periodic.hear(heard(4 * hour, 3));
    expect(periodic.state().medians).toEqual([1, 2, null, null]);
    const byException = listen(deviation, condition);
    hearHours(byException, [[1], [2]]);
    byException.hear(heard(4 * hour, 3));
    expect(byException.state()).toMatchObject({ medians: [1, 2, 2, 2], known: 4 });
  });

  it("holds nothing over from before its first sample", () => {
    const point = listen(deviation, condition);
    expect(point.hear(heard(1000 * hour, 5))).toMatchObject({ value: null, note: "coverage" });
    expect(point.state()).toMatchObject({ hour: 1000, medians: [] });
  });

  it("starts anew after an absence longer than its hours", () => {
    const point = listen(deviation, condition, reporting);
    hearHours(point, [[1], [2], [3], [4]]);
    expect(point.hear(heard(1000 * hour, 5))).toMatchObject({
      value: null,
      note: "coverage",
      values: { median: 0, mad: 0, coverage: 0 },
    });
    expect(point.state().medians).toEqual([null, null, null, null]);
  });

  it("keeps to its newest hour where a clock went back", () => {
    const point = listen(deviation, condition, reporting);
    hearHours(point, [[1], [2], [3]]);
    point.hear(heard(hour + minute, 9));
    expect(point.state()).toMatchObject({ hour: 2, medians: [1, 2] });
  });

  it("is undefined where it runs over", () => {
    const point = listen(deviation, condition, reporting);
    hearHours(point, [[1.5e308], [1.5e308], [1.5e308], [1.5e308]]);
    expect(point.hear(heard(4 * hour, -1.5e308))).toMatchObject({ value: null, note: "overflow", mayReturn: false });
    const wide = listen(deviation, condition, reporting);
    hearHours(wide, [[1.5e308], [1.5e308], [-1.5e308], [-1.5e308]]);
    expect(wide.hear(heard(4 * hour, 0))).toMatchObject({ value: 0, values: { median: 0, mad: 1.5e308 } });
  });

  it("is the same whatever the zero and the unit of the value", () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 5, maxLength: 60 });
    const change = fc.record({ shift: fc.integer({ min: -100, max: 100 }), scale: fc.constantFrom(0.25, 2, -8) });
    fc.assert(
      fc.property(values, change, (plain, { shift, scale }) => {
        const one = listen(deviation, condition, { everyMs: 30 * minute, step: 1 });
        const other = listen(deviation, condition, { everyMs: 30 * minute, step: Math.abs(scale) });
        for (const [nth, value] of plain.entries()) {
          const first = one.hear(heard(nth * 30 * minute, value)).value;
          const second = other.hear(heard(nth * 30 * minute, value * scale + shift)).value;
          if (first === null) expect(second).toBeNull();
          else expect(second).toBeCloseTo(first, 9);
        }
      }),
    );
  });

  it("wants the hour that ends and the one in which it does", () => {
    expect(deviation.windowMs(condition)).toBe(2 * hour);
  });
});
