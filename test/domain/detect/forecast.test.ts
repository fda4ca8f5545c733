// Time until a target or until failure, and each gate that says "no forecast, because …".
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ForecastCondition, Quantity } from "../../../contract/condition.ts";
import { forecast } from "../../../server/domain/detect/forecast.ts";
import { createJudge, heard, listen, timing, windowOf } from "../../support/own-kind.ts";
import { hour, minute } from "../../support/plant.ts";

const day = 24 * hour;
const line: ForecastCondition = {
  kind: "forecast",
  method: "line",
  windowMs: 10 * minute,
  minSamples: 5,
  target: 100,
  noise: 0,
  minR2: 0.8,
  horizonMs: day,
  ...timing,
};
const inverse: ForecastCondition = {
  ...line,
  method: "inverseVelocity",
  windowMs: 48 * hour,
  minSamples: 8,
  target: null,
  noise: 0.01,
  horizonMs: 30 * day,
};

/** The last quantity of a series told by its value at each step. */
function lastOf(condition: ForecastCondition, everyMs: number, values: readonly number[]): Quantity {
  const point = listen(forecast, condition, { everyMs });
  return values.map((value, nth) => point.hear(heard((nth + 1) * everyMs, value))).at(-1) as Quantity;
}

/** Ten values, one a minute, that end at `value` and rise by `perMinute`. */
const rising = (value: number, perMinute: number): number[] =>
  Array.from({ length: 10 }, (_, nth) => value - (9 - nth) * perMinute);

/** Hourly displacement of a slope with 1/v = rate · (failure − t), h and mm. */
const creep = (hours: number, failure: number, rate: number): number[] =>
  Array.from({ length: hours }, (_, nth) => -Math.log(failure - nth - 1) / rate);

describe("a straight line", () => {
  it("tells the hours until the value reaches its target, from either side", () => {
    const up = lastOf(line, minute, rising(70, 0.5));
    expect(up).toMatchObject({ quality: "good", mayReturn: true, note: null });
    expect(up.value).toBeCloseTo(1, 9);
    expect(up.values["velocity"]).toBeCloseTo(30, 9);
    expect(up.values["plusMinusHours"]).toBeCloseTo(0, 6);
    expect(lastOf({ ...line, target: 10 }, minute, rising(70, -0.5)).value).toBeCloseTo(2, 9);
  });

  it("tells by how much it may be wrong: 1, 2, 2, 3 at minutes 1 to 4 meet 8 at 12.5 ± 2.3 min", () => {
    // Slope 0.6, mean 2 at 2.5; scatter² = 0.2 / 2, spread 5: √0.1 / 0.6 · √(1/4 + 10² / 5) = 2.3717 min.
    const four = lastOf({ ...line, windowMs: 4 * minute, minSamples: 4, target: 8 }, minute, [1, 2, 2, 3]);
    expect((four.value as number) * 60).toBeCloseTo(12.5 - 4, 9);
    expect(Number(four.values["plusMinusHours"]) * 60).toBeCloseTo(2.3717, 4);
    const falling = lastOf({ ...line, windowMs: 4 * minute, minSamples: 4, target: -8 }, minute, [-1, -2, -2, -3]);
    expect(falling.values["plusMinusHours"]).toBe(four.values["plusMinusHours"]);
  });

  it("gives none without a target, without its samples, without 90 % of its window", () => {
    expect(lastOf({ ...line, target: null }, minute, rising(70, 1))).toMatchObject({ value: null, note: "noTarget" });
    expect(lastOf(line, minute, [1, 2, 3, 4])).toMatchObject({
      value: null,
      mayReturn: false,
      note: "samples",
      values: { samples: 4, neededSamples: 5 },
    });
    expect(lastOf(line, minute, [1, 2, 3, 4, 5])).toMatchObject({ note: "coverage", values: { coverage: 0.5 } });
  });

  it("gives none while it moves no faster than three times what noise feigns, and says how fast that is", () => {
    // Ten samples a minute apart have √82.5 min: 3 · 1 / √82.5 = 0.330 a minute, 19.8 an hour.
    const noisy = { ...line, noise: 1, minR2: 0 };
    const slow = lastOf(noisy, minute, rising(70, 0.33));
    // As far away as the horizon at the least: what was forecast before may return.
    expect(slow).toMatchObject({ value: noisy.horizonMs / hour, mayReturn: true, note: "still" });
    expect(slow.values["velocity"]).toBeCloseTo(19.8, 6);
    expect(slow.values["needed"]).toBeCloseTo((60 * 3) / Math.sqrt(82.5), 6);
    expect(lastOf(noisy, minute, rising(70, 0.331)).note).toBeNull();
    expect(lastOf(line, minute, rising(70, 0)).note).toBe("still");
  });

  it("gives none where the line does not fit, leads away, or is too far", () => {
    const zigzag = rising(70, 0.5).map((value, nth) => value + (nth % 2) * 9);
    expect(lastOf(line, minute, zigzag)).toMatchObject({ value: null, note: "fit", values: { neededR2: 0.8 } });
    expect(lastOf(line, minute, rising(70, -0.5))).toMatchObject({
      value: line.horizonMs / hour,
      note: "away",
      values: { velocity: -30 },
    });
    expect(lastOf(line, minute, rising(100, 0.5)).note).toBe("away");
    const far = lastOf(line, minute, rising(76, 0.5 / 60));
    expect(far).toMatchObject({ value: line.horizonMs / hour, mayReturn: true, note: "far" });
    expect(far.values["velocity"]).toBeCloseTo(0.5, 6);
    expect(far.values["needed"]).toBeCloseTo(1, 6);
  });

  it("does not count a sample that is a whole window old", () => {
    const point = listen(forecast, line, { everyMs: minute });
    const told = [0, 7, 8, 9, 10].map((at) => point.hear(heard(at * minute, at)));
    expect(told.at(-1)).toMatchObject({ note: "samples", values: { samples: 4 } });
  });

  it("lets through a fit that is exactly as good as asked", () => {
    const of = (minR2: number): Quantity => lastOf({ ...line, minR2 }, minute, [9, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const r2 = Number(of(0).values["r2"]);
    expect([r2, r2 + 1e-9].map((minR2) => of(minR2).note)).toEqual([null, "fit"]);
  });

  it("tells what is due within a millisecond, and what is due at the very horizon", () => {
    const soon = lastOf({ ...line, target: 70.000004 }, minute, rising(70, 0.5));
    expect(soon.note).toBeNull();
    expect((soon.value as number) * hour).toBeCloseTo(0.48, 3);
    // 1, 2, 3, 4 at the first four milliseconds meet 100 in another 96.
    const exact = { ...line, windowMs: 4, minSamples: 4, minR2: 1 };
    const notes = [96, 95.9].map((horizonMs) => lastOf({ ...exact, horizonMs }, 1, [1, 2, 3, 4]).note);
    expect(notes).toEqual([null, "far"]);
  });

  it("leaves a suspect sample out of the line", () => {
    const point = listen(forecast, line, { everyMs: minute });
    for (const [nth, value] of rising(70, 0.5).entries()) point.hear(heard(nth * minute, value));
    const { value, quality } = point.hear(heard(10 * minute, 99, "suspect"));
    expect(quality).toBe("suspect");
    expect(value).toBeCloseTo(59 / 60, 9);
  });

  it("gives none at one time only", () => {
    const window = windowOf([
      [9, 1],
      [9, 2],
      [9, 3],
      [9, 4],
      [9, 5],
    ]);
    expect(forecast.step(line, null, { sample: heard(9, 5), window }).quantity.note).toBe("noLine");
  });
});

/** Stretches of so many values each; within a stretch they rise by 1 in as many steps of time as told: its 1/v. */
const stretches = (length: number, ...inverses: readonly number[]): number[] =>
  inverses.flatMap((steps) => Array.from({ length }, (_, nth) => nth / steps));

describe("an inverse velocity", () => {
  const three = { ...inverse, windowMs: 12 * hour, minSamples: 3, noise: 0 };

  it("hits the failure of a slope whose 1/v falls on a line", () => {
    const before = fc.record({
      lead: fc.integer({ min: 12, max: 400 }),
      rate: fc.double({ min: 0.001, max: 0.05, noNaN: true }),
    });
    fc.assert(
      fc.property(before, fc.constantFrom(1, -1), ({ lead, rate }, sign) => {
        const values = creep(72, 72 + lead, rate).map((value) => sign * value);
        const quantity = lastOf({ ...inverse, noise: 0 }, hour, values);
        expect(quantity.note).toBeNull();
        expect(Math.abs((quantity.value as number) - lead)).toBeLessThan(0.5);
      }),
      { numRuns: 50 },
    );
  });

  it("is where the line through 1/v meets 0, by hand", () => {
    // Three stretches of four hours each, 1/v of 5, 3 and 2 h at 2.5, 6.5 and 10.5 h: the line falls by 0.375 an hour from
    // 3.333 at 6.5 h, so to 0 at 15.389 h. Scatter √(1/6) h, spread 32 h²: √(1/6) / 0.375 · √(1/3 + 8.889² / 32) = 1.8225 h.
    const { value, values } = lastOf(three, hour, stretches(4, 5, 3, 2));
    expect(value).toBeCloseTo(6.5 + 10 / 3 / 0.375 - 12, 9);
    expect(values["plusMinusHours"]).toBeCloseTo(1.8225, 4);
    expect(values["velocity"]).toBeCloseTo(1 / 2, 9);
    expect(values["r2"]).toBeCloseTo(4.5 / (14 / 3), 9);
  });

  it("lets through a fit that is exactly as good as asked", () => {
    const of = (minR2: number): Quantity => lastOf({ ...three, minR2 }, hour, stretches(4, 5, 3, 2));
    const r2 = Number(of(0).values["r2"]);
    expect([r2, r2 + 1e-9].map((minR2) => of(minR2).note)).toEqual([null, "fit"]);
  });

  it("tells a failure at the very horizon, and calls overdue what is due now", () => {
    // 1/v of 4 and 2 ms at 2.5 and 6.5 ms: 0 at 10.5 ms, 2.5 ms after the last sample.
    const exact = { ...inverse, noise: 0, minSamples: 2, windowMs: 8 };
    const notes = [2.5, 2.4].map((horizonMs) => lastOf({ ...exact, horizonMs }, 1, stretches(4, 4, 2)).note);
    expect(notes).toEqual([null, "far"]);
    // Of 4 and 1 ms at 2 and 5 ms: 0 at 6 ms, which is now. Of 3 and 1 ms: half a millisecond later.
    const short = { ...exact, windowMs: 6 };
    expect(lastOf(short, 1, stretches(3, 4, 1))).toMatchObject({ value: 0, note: "overdue" });
    expect(lastOf(short, 1, stretches(3, 3, 1)).note).toBeNull();
  });

  it("takes a slope that stands still now for safe, and one that did so long ago for too little to tell", () => {
    const values = creep(48, 100, 0.01);
    const stops = values.map((value, nth) => (nth < 42 ? value : (values[41] as number)));
    expect(lastOf(inverse, hour, stops)).toMatchObject({
      value: inverse.horizonMs / hour,
      mayReturn: true,
      note: "still",
    });
    for (const from of [6, 42]) {
      const rests = values.map((value, nth) => (nth < from - 6 || nth >= from ? value : (values[from - 6] as number)));
      expect(lastOf(inverse, hour, rests)).toMatchObject({ value: null, mayReturn: false, note: "still" });
    }
  });

  it("gives none where the newest stretch alone runs the other way", () => {
    const values = creep(72, 100, 0.01);
    const turned = values.map((value, nth) => (nth < 66 ? value : 2 * (values[65] as number) - value));
    expect(lastOf(inverse, hour, turned)).toMatchObject({ value: null, note: "reversed" });
  });

  it("gives none while creep is steady, and says how fast it would have to be", () => {
    const steady = lastOf(
      inverse,
      hour,
      Array.from({ length: 48 }, (_, nth) => nth * 0.5),
    );
    expect(["steady", "fit", "far"]).toContain(steady.note);
    const slowing = lastOf(
      inverse,
      hour,
      Array.from({ length: 48 }, (_, nth) => Math.log(nth + 10)),
    );
    expect(slowing).toMatchObject({ value: inverse.horizonMs / hour, mayReturn: true, note: "steady" });
    // From the mean velocity of the oldest 6 h, about 1/13, over the 42 h between the middles: × (1 + 42 / 720).
    expect(slowing.values["needed"]).toBeCloseTo((Math.log(15 / 10) / 5) * (1 + 42 / 720), 3);
  });

  it("gives none while one stretch is slower than the noise gate, or runs the other way", () => {
    const values = creep(72, 100, 0.01);
    expect(lastOf({ ...inverse, noise: 10 }, hour, values).note).toBe("still");
    const gate = lastOf({ ...inverse, noise: 10 }, hour, values).values;
    // Six hourly samples have √17.5 h.
    expect(gate["needed"]).toBeCloseTo(30 / Math.sqrt(17.5), 9);
    expect(Number(gate["velocity"])).toBeLessThan(Number(gate["needed"]));
    const turned = values.map((value, nth) => (nth < 40 ? value : 2 * (values[40] as number) - value));
    expect(lastOf(inverse, hour, turned).note).toBe("reversed");
    expect(
      lastOf(
        { ...inverse, noise: 0 },
        hour,
        Array.from({ length: 48 }, () => 7),
      ).note,
    ).toBe("still"); // no motion at all
  });

  it("gives none where 1/v does not fit a line, or meets 0 beyond the horizon", () => {
    const jumpy = creep(72, 100, 0.01).map((value, nth) => value + (Math.floor(nth / 6) % 2) * (nth % 6) * 3);
    expect(lastOf(inverse, hour, jumpy)).toMatchObject({ value: null, note: "fit", values: { neededR2: 0.8 } });
    const far = lastOf({ ...inverse, horizonMs: 20 * hour }, hour, creep(72, 100, 0.01));
    expect(far.note).toBe("far");
    expect(Number(far.values["needed"])).toBeGreaterThan(Number(far.values["velocity"]));
  });

  it("gives none without its samples, its window, or two samples in each stretch", () => {
    expect(lastOf(inverse, hour, [1, 2, 3])).toMatchObject({
      note: "samples",
      values: { samples: 3, neededSamples: 8 },
    });
    expect(lastOf(inverse, hour, creep(40, 100, 0.01)).note).toBe("coverage");
    const sparse = lastOf(
      inverse,
      6 * hour,
      Array.from({ length: 8 }, (_, nth) => nth ** 2),
    );
    expect(sparse).toMatchObject({ note: "samples", values: { samples: 1, neededSamples: 2 } });
  });

  it("says that failure is due, and no less, once its own forecast has passed", () => {
    const values = creep(72, 73, 0.01);
    // It creeps on at the last velocity, past the hour at which it should have failed.
    for (let more = 1; more <= 4; more += 1) values.push((values[71] as number) + more * 60);
    expect(lastOf(inverse, hour, values)).toMatchObject({ value: 0, note: "overdue", mayReturn: true });
  });

  it("gives none where its numbers run over", () => {
    const tiny = Array.from({ length: 48 }, (_, nth) => nth * 1e-310);
    expect(lastOf({ ...inverse, noise: 0 }, hour, tiny)).toMatchObject({ value: null, note: "noLine" });
  });

  it("raises at two fits in a row where the level asks for two samples, and only downwards", () => {
    const condition = { ...inverse, setpoint: 24, onSamples: 2 };
    const point = listen(forecast, condition, { everyMs: hour });
    const judge = createJudge(condition, "low");
    for (const [nth, value] of creep(99, 100, 0.01).entries()) {
      judge.judge(nth + 1, point.hear(heard((nth + 1) * hour, value)));
    }
    // 24 h before its failure at hour 100, and one sample more.
    expect(judge.on()).toEqual([{ from: 77, to: Infinity }]);
  });
});

describe("a forecast", () => {
  it("never tells a number that is none, whatever comes, and tells the same again", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.double({ min: -5, max: 5, noNaN: true }),
    );
    const sample = fc.record({ gap: fc.integer({ min: 0, max: 5000 }), value });
    const condition = { windowMs: 20_000, minSamples: 2, minR2: 0, horizonMs: 1e9 };
    fc.assert(
      fc.property(fc.array(sample, { minLength: 2, maxLength: 40 }), (samples) => {
        for (const one of [line, inverse]) {
          let at = 0;
          const points = [0, 1].map(() => listen(forecast, { ...one, ...condition }));
          for (const { gap, value: told } of samples) {
            at += gap;
            const [first, second] = points.map((point) => point.hear(heard(at, told))) as [Quantity, Quantity];
            expect(second).toEqual(first);
            for (const number of [first.value ?? 0, ...Object.values(first.values)])
              expect(number).toSatisfy(Number.isFinite);
          }
        }
      }),
    );
  });

  it("wants its window and has no memory", () => {
    expect(forecast.windowMs(inverse)).toBe(48 * hour);
    expect(forecast.initial(inverse)).toBeNull();
  });
});
