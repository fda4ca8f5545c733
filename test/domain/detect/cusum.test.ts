// Page's two-sided CUSUM: the textbook's numbers, and what happens after its signal.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { CusumCondition } from "../../../contract/condition.ts";
import { cusum } from "../../../server/domain/detect/cusum.ts";
import { createJudge, heard, listen, timing } from "../../support/own-kind.ts";

const condition: CusumCondition = {
  kind: "cusum",
  target: 10,
  sigma: 1,
  allowance: 0.5,
  ...timing,
  setpoint: 5,
  deadband: 1,
};

/** Montgomery's example 9.1: the mean is 10 for 20 samples, 11 for the last ten. */
const textbook = [
  9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.2, 10.34, 9.03, 11.47, 10.51, 9.4, 10.08, 9.37, 10.62, 10.31,
  8.52, 10.84, 10.9, 9.33, 12.29, 11.5, 10.6, 11.08, 10.38, 11.62, 11.31, 10.52,
];

describe("a CUSUM", () => {
  it("finds the textbook's shift at the textbook's 29th sample", () => {
    const point = listen(cusum, condition);
    const quantities = textbook.map((value, at) => point.hear(heard(at, value)));
    const up = quantities.map(({ values }) => Number(values["up"]));
    const told = [1, 4, 5, 21, 28, 29, 30].map((sample) => up[sample - 1]?.toFixed(2));
    expect(told).toEqual(["0.00", "1.16", "2.82", "0.74", "4.47", "5.28", "5.30"]);
    expect(quantities.findIndex(({ value }) => (value as number) >= 5)).toBe(28);
    expect(quantities.slice(0, 3).map(({ values }) => Number(values["down"]).toFixed(2))).toEqual([
      "0.05",
      "1.56",
      "1.77",
    ]);
  });

  it("is the larger of its two sums, of a rise as of a fall", () => {
    const rising = listen(cusum, condition);
    const falling = listen(cusum, condition);
    for (const by of [0, 1, 2, 3]) {
      expect(rising.hear(heard(by, 10 + by)).value).toBe(falling.hear(heard(by, 10 - by)).value);
    }
    expect(rising.state()).toEqual({ up: 4.5, down: 0 });
    expect(falling.state()).toEqual({ up: 0, down: 4.5 });
  });

  it("counts in σ", () => {
    const point = listen(cusum, { ...condition, sigma: 2 });
    // (14 − 10) / 2 − 0.5.
    expect(point.hear(heard(0, 14)).values).toEqual({ up: 1.5, down: 0 });
  });

  it("stays on while the drift goes on, and returns when it has been gone for a while", () => {
    const point = listen(cusum, condition);
    const judge = createJudge({ ...condition, onSamples: 3 }, "high");
    const hear = (at: number, value: number): void => judge.judge(at, point.hear(heard(at, value)));
    for (let at = 0; at < 1000; at += 1) hear(at, 11);
    expect(judge.on()).toEqual([{ from: 11, to: Infinity }]);
    for (let at = 1000; at < 1100; at += 1) hear(at, 10);
    // From twice h = 10 by k = 0.5 a sample to below 5 − 1.
    expect(judge.on()).toEqual([{ from: 11, to: 1012 }]);
  });

  it("shows what a suspect sample would make, and forgets it", () => {
    const point = listen(cusum, condition);
    point.hear(heard(0, 11));
    expect(point.hear(heard(1, 16, "suspect"))).toMatchObject({ value: 6, quality: "suspect" });
    expect(point.state()).toEqual({ up: 0.5, down: 0 });
  });

  it("lets a saturated sample add to a sum, and end neither", () => {
    const point = listen(cusum, condition);
    for (const at of [0, 1]) point.hear(heard(at, 8));
    expect(point.hear(heard(2, 14, "saturated"))).toMatchObject({ value: 3.5, quality: "saturated" });
    expect(point.state()).toEqual({ up: 3.5, down: 3 });
  });

  it("stays finite and no less than 0, whatever comes and whatever the setpoint", () => {
    const numbers = fc.double({ noNaN: true, noDefaultInfinity: true });
    const tiny = { ...condition, sigma: Number.MIN_VALUE, setpoint: 1.7e308 };
    const negative = { ...condition, setpoint: -5 };
    fc.assert(
      fc.property(fc.array(numbers, { maxLength: 20 }), (values) => {
        for (const one of [condition, tiny, negative]) {
          const point = listen(cusum, one);
          for (const [at, value] of values.entries()) {
            const sum = point.hear(heard(at, value)).value as number;
            expect(Number.isFinite(sum) && sum >= 0).toBe(true);
          }
        }
      }),
    );
  });

  it("wants no window", () => {
    expect(cusum.windowMs(condition)).toBe(0);
  });
});
