// What every kind of condition on a point's own samples keeps to, whatever is measured.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OwnCondition, OwnKind } from "../../../contract/condition.ts";
import type { Quality } from "../../../contract/sample.ts";
import { accumulate } from "../../../server/domain/detect/accumulate.ts";
import { cusum } from "../../../server/domain/detect/cusum.ts";
import { deviation } from "../../../server/domain/detect/deviation.ts";
import { forecast } from "../../../server/domain/detect/forecast.ts";
import { rate } from "../../../server/domain/detect/rate.ts";
import { state } from "../../../server/domain/detect/state.ts";
import { sum } from "../../../server/domain/detect/sum.ts";
import { heard, listen, timing, type Listening } from "../../support/own-kind.ts";
import { hour } from "../../support/plant.ts";

const crossing = { direction: "high", setpoint: 0 } as const;
const windowed = { windowMs: 4 * hour, minSamples: 2, perMs: hour, isAbsolute: false, ...timing };
const fitted = { windowMs: 4 * hour, minSamples: 2, noise: 0, minR2: 0, horizonMs: 100 * hour, ...timing };

type Listen = (everyMs: number | null) => Listening<unknown>;

const listenBy =
  <C extends OwnCondition, S>(kind: OwnKind<C, S>, condition: C): Listen =>
  (everyMs) =>
    listen(kind, condition, { everyMs });

const kinds: readonly (readonly [string, Listen])[] = [
  ["state", listenBy(state, { kind: "state", values: [0, 1], ...timing })],
  ["rate by difference", listenBy(rate, { kind: "rate", method: "difference", ...windowed })],
  ["rate by regression", listenBy(rate, { kind: "rate", method: "regression", ...windowed })],
  ["sum", listenBy(sum, { kind: "sum", windowMs: 4 * hour, ...timing })],
  ["deviation", listenBy(deviation, { kind: "deviation", hours: 4, ...timing })],
  ["cusum", listenBy(cusum, { kind: "cusum", target: 0, sigma: 1e-9, allowance: 0.5, ...timing })],
  [
    "accumulate",
    listenBy(accumulate, { kind: "accumulate", windowMs: 4 * hour, while: crossing, reset: null, ...timing }),
  ],
  ["forecast by line", listenBy(forecast, { kind: "forecast", method: "line", target: 9, ...fitted })],
  ["forecast by 1/v", listenBy(forecast, { kind: "forecast", method: "inverseVelocity", target: null, ...fitted })],
];

const sample = fc.record({
  // Equal times too, though the monitor lets none through.
  gap: fc.integer({ min: 0, max: 2 * hour }),
  value: fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE),
  ),
  quality: fc.constantFrom<Quality>("good", "good", "good", "unknown", "suspect", "saturated"),
});

describe.each(kinds)("%s", (_, listenTo) => {
  it("tells finite numbers only, no return without a value, the sample's quality, and the same again", () => {
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 30 }), fc.constantFrom(hour, null), (samples, everyMs) => {
        const [one, other] = [listenTo(everyMs), listenTo(everyMs)];
        let at = 1_800_000_000_000;
        for (const { gap, value, quality } of samples) {
          at += gap;
          const quantity = one.hear(heard(at, value, quality));
          expect(other.hear(heard(at, value, quality))).toEqual(quantity);
          expect(quantity.quality).toBe(quality);
          if (quantity.value === null) expect([quantity.mayReturn, quantity.note === null]).toEqual([false, false]);
          for (const number of [quantity.value ?? 0, ...Object.values(quantity.values)]) {
            expect(number).toSatisfy(Number.isFinite);
          }
        }
        expect(other.state()).toEqual(one.state());
        expect(structuredClone(one.state())).toEqual(one.state());
      }),
    );
  });
});
