// Time that adds up: what counts, what a hole adds, and what puts it back to nothing.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccumulateCondition } from "../../../contract/condition.ts";
import { accumulate } from "../../../server/domain/detect/accumulate.ts";
import { heard, listen, timing, windowOf } from "../../support/own-kind.ts";
import { hour, minute } from "../../support/plant.ts";

const condition: AccumulateCondition = {
  kind: "accumulate",
  windowMs: hour,
  while: { direction: "high", setpoint: 10 },
  reset: null,
  ...timing,
};
const reporting = { everyMs: minute };

/** Minutes that have added up after the last of samples told as [minute, value]. */
function minutes(of: AccumulateCondition, samples: readonly (readonly [number, number])[]): number {
  const point = listen(accumulate, of, reporting);
  const last = samples.map(([at, value]) => point.hear(heard(at * minute, value)).value).at(-1);
  return (last as number) / minute;
}

describe("an accumulated time", () => {
  it("counts from each sample that holds to the next one", () => {
    expect(
      minutes(condition, [
        [0, 10],
        [1, 10],
        [2, 9],
        [3, 11],
        [4, 9],
      ]),
    ).toBe(3);
    expect(minutes(condition, [[0, 10]])).toBe(0);
    const low = { ...condition, while: { direction: "low", setpoint: 10 } } as const;
    expect(
      minutes(low, [
        [0, 10],
        [1, 10],
        [2, 11],
        [3, 9],
        [4, 11],
      ]),
    ).toBe(3);
  });

  it("takes 3.6 for 1.2*3", () => {
    const of = { ...condition, while: { direction: "low", setpoint: 3.6 } } as const;
    expect(
      minutes(of, [
        [0, 1.2 * 3],
        [1, 9],
      ]),
    ).toBe(1);
  });

  it("does not hold a step short of its setpoint, from either side", () => {
    const low = { ...condition, while: { direction: "low", setpoint: 10 } } as const;
    const after = (of: AccumulateCondition, value: number): number =>
      minutes(of, [
        [0, value],
        [1, value],
      ]);
    expect([9.999999, 10].map((value) => after(condition, value))).toEqual([0, 1]);
    expect([10.000001, 10].map((value) => after(low, value))).toEqual([0, 1]);
  });

  it("may return from 90 % of its window on", () => {
    const from = (first: number): boolean => {
      const point = listen(accumulate, condition, reporting);
      const heardAll = Array.from({ length: 61 - first }, (_, nth) => point.hear(heard((first + nth) * minute, 5)));
      return heardAll.at(-1)?.mayReturn === true;
    };
    // 54 and 53 of the 60 minutes that end at the hour.
    expect([7, 8].map(from)).toEqual([true, false]);
  });

  it("forgets what lies before the window", () => {
    const always = Array.from({ length: 121 }, (_, nth) => [nth, 12] as const);
    expect(minutes(condition, always)).toBe(60);
  });

  it("counts from the edge of the window where a sample before it is known to hold", () => {
    const window = windowOf([
      [-5 * minute, 12],
      [30 * minute, 9],
      [hour, 9],
    ]);
    const { quantity } = accumulate.step(condition, null, { sample: heard(hour, 9), window });
    expect(quantity.value).toBe(30 * minute);
    const not = windowOf([
      [-5 * minute, 9],
      [30 * minute, 9],
      [hour, 9],
    ]);
    expect(accumulate.step(condition, null, { sample: heard(hour, 9), window: not }).quantity.value).toBe(0);
  });

  it("counts a hole between two samples that hold, and one period of one that ends otherwise", () => {
    expect(
      minutes(condition, [
        [0, 12],
        [20, 12],
      ]),
    ).toBe(20);
    expect(
      minutes(condition, [
        [0, 12],
        [20, 9],
      ]),
    ).toBe(1);
    expect(
      minutes(condition, [
        [10, 12],
        [11.5, 9],
      ]),
    ).toBe(1.5);
  });

  it("begins anew at a sample that meets the reset, and is whole from there", () => {
    const reset = { ...condition, reset: { direction: "low", setpoint: 2 } } as const;
    expect(
      minutes(reset, [
        [0, 12],
        [1, 12],
        [2, 5],
        [3, 12],
        [4, 12],
      ]),
    ).toBe(3);
    expect(
      minutes(reset, [
        [0, 12],
        [1, 12],
        [2, 2],
        [3, 12],
        [4, 12],
      ]),
    ).toBe(1);
    const point = listen(accumulate, reset, reporting);
    expect(point.hear(heard(0, 12))).toMatchObject({ mayReturn: false, note: "lowerBound" });
    expect(point.hear(heard(minute, 1))).toEqual({
      value: 0,
      quality: "good",
      mayReturn: true,
      note: null,
      values: { since: minute, coverage: 1 },
    });
  });

  it("goes on until a suspect sample, which resets nothing", () => {
    const reset = { ...condition, reset: { direction: "low", setpoint: 2 } } as const;
    const point = listen(accumulate, reset, reporting);
    point.hear(heard(0, 12));
    expect(point.hear(heard(minute, 0, "suspect"))).toMatchObject({ value: minute, quality: "suspect" });
    expect(point.hear(heard(2 * minute, 12)).value).toBe(2 * minute);
  });

  it("never exceeds its window and never runs backwards, whatever comes", () => {
    const sample = fc.record({ gap: fc.integer({ min: 1, max: 600_000 }), value: fc.integer({ min: -1, max: 21 }) });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 50 }), (samples) => {
        const point = listen(accumulate, { ...condition, reset: { direction: "low", setpoint: 0 } }, reporting);
        let at = 0;
        for (const { gap, value } of samples) {
          at += gap;
          const held = point.hear(heard(at, value)).value as number;
          expect(held >= 0 && held <= hour).toBe(true);
        }
      }),
    );
  });

  it("wants its window and has no memory", () => {
    expect(accumulate.windowMs(condition)).toBe(hour);
    expect(accumulate.initial(condition)).toBeNull();
  });
});
