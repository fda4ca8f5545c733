// Rolling sums: their edges, their lower bounds, and the order in which samples come.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SumCondition } from "../../../contract/condition.ts";
import { sum } from "../../../server/domain/detect/sum.ts";
import { heard, listen, timing, windowOf } from "../../support/own-kind.ts";
import { hour, minute } from "../../support/plant.ts";

const condition: SumCondition = { kind: "sum", windowMs: hour, ...timing };
const reporting = { everyMs: 10 * minute, step: 0.1 };

describe("a sum", () => {
  it("adds up (t−W, t], without the sample at t−W", () => {
    const point = listen(sum, condition, reporting);
    const sums = [1, 2, 4, 8, 16, 32, 64].map((value, nth) => point.hear(heard(nth * 10 * minute, value)).value);
    expect(sums).toEqual([1, 3, 7, 15, 31, 63, 126]);
  });

  it("adds whole steps, so that ten times 0.1 is 1", () => {
    const point = listen(sum, condition, { everyMs: 6 * minute, step: 0.1 });
    const tenth = Array.from({ length: 10 }, (_, nth) => point.hear(heard((nth + 1) * 6 * minute, 0.1)).value).at(-1);
    expect(tenth).toBe(1);
  });

  it("is a lower bound below 90 % of its window: it may raise, not return", () => {
    const point = listen(sum, condition, reporting);
    const first = point.hear(heard(10 * minute, 5));
    expect(first).toMatchObject({ value: 5, mayReturn: false, note: "lowerBound", values: { samples: 1 } });
    for (let nth = 2; nth <= 5; nth += 1) point.hear(heard(nth * 10 * minute, 1));
    expect(point.hear(heard(hour, 1))).toMatchObject({
      value: 10,
      mayReturn: true,
      note: null,
      values: { coverage: 1 },
    });
    expect(point.hear(heard(hour + 20 * minute, 1))).toMatchObject({ mayReturn: false, note: "lowerBound" });
  });

  it("is whole at 90 % exactly, and says how many samples it is of", () => {
    const point = listen(sum, condition, { everyMs: 6 * minute, step: 0.1 });
    for (let nth = 2; nth <= 9; nth += 1) point.hear(heard(nth * 6 * minute, 1));
    expect(point.hear(heard(hour, 1))).toMatchObject({ mayReturn: true, note: null, values: { coverage: 0.9 } });
    expect(point.hear(heard(hour + 6 * minute, 1))).toMatchObject({ value: 10, values: { samples: 10 } });
    expect(point.hear(heard(3 * hour, 1))).toMatchObject({ value: 1, values: { samples: 1 } });
  });

  it("is whole where the point reports by exception", () => {
    expect(listen(sum, condition).hear(heard(0, 5))).toMatchObject({ value: 5, mayReturn: true, note: null });
  });

  it("takes its own part of a window that another condition wants longer, and of an empty one only its sample", () => {
    const longer = windowOf([
      [0, 50],
      [hour, 8],
      [3 * hour, 1],
    ]);
    const ofThree = sum.step(condition, null, { sample: heard(3 * hour, 1), window: longer });
    expect(ofThree.quantity).toMatchObject({ value: 1, values: { samples: 1 } });
    // Whatever stands before the first place of an empty window is nobody's sample.
    const empty = { ...windowOf([]), timeAt: () => hour };
    const ofNone = sum.step(condition, null, { sample: heard(hour, 7, "suspect"), window: empty });
    expect(ofNone.quantity).toMatchObject({ value: 7, values: { samples: 0 } });
  });

  it("counts a suspect sample while it is the newest, marked, and not afterwards", () => {
    const point = listen(sum, condition, reporting);
    point.hear(heard(0, 2));
    expect(point.hear(heard(10 * minute, 90, "suspect"))).toMatchObject({ value: 92, quality: "suspect" });
    expect(point.hear(heard(20 * minute, 1))).toMatchObject({ value: 3, quality: "good", mayReturn: false });
    expect(listen(sum, condition, reporting).hear(heard(0, 7, "suspect")).value).toBe(7);
  });

  it("is undefined where it runs over, in either direction", () => {
    for (const other of [1.7e308, -1.7e308]) {
      const point = listen(sum, condition, reporting);
      point.hear(heard(0, 1.7e308));
      expect(point.hear(heard(1, other))).toMatchObject({ value: null, note: "overflow", mayReturn: false });
      const byException = listen(sum, condition);
      byException.hear(heard(0, 1.7e308));
      expect(byException.hear(heard(1, other))).toMatchObject({ value: null, mayReturn: false });
    }
  });

  it("is the naive sum of whole steps, whatever came late and in which order", () => {
    const rain = fc.record({ at: fc.integer({ min: 0, max: 120 }), steps: fc.integer({ min: -500, max: 500 }) });
    fc.assert(
      fc.property(fc.uniqueArray(rain, { minLength: 1, maxLength: 40, selector: ({ at }) => at }), (samples) => {
        const point = listen(sum, condition, reporting);
        let newest = -1;
        const heardSoFar: typeof samples = [];
        for (const one of samples) {
          heardSoFar.push(one);
          if (one.at < newest) {
            point.hearLate(one.at * minute, one.steps / 10);
            continue;
          }
          newest = one.at;
          const inside = heardSoFar.filter(({ at }) => at > newest - 60);
          const naive = inside.reduce((total, { steps }) => total + steps, 0);
          expect(Math.round((point.hear(heard(one.at * minute, one.steps / 10)).value as number) * 10)).toBe(
            naive || 0,
          );
        }
      }),
    );
  });

  it("wants its window and has no memory", () => {
    expect(sum.windowMs(condition)).toBe(hour);
    expect(sum.initial(condition)).toBeNull();
  });
});
