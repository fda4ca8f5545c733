// A slope that creeps to failure (synthetic: Voight, α = 2, σ 0.02 mm, hourly), and one that only creeps.
import { beforeAll, describe, expect, it } from "vitest";
import type { ForecastCondition, Quantity } from "../../../../contract/condition.ts";
import { forecast } from "../../../../server/domain/detect/forecast.ts";
import { createJudge, heard, listen, timing } from "../../../support/own-kind.ts";
import { hour } from "../../../support/plant.ts";
import { seriesOf } from "../../../support/real-series.ts";

const day = 24 * hour;
const failsAt = Date.UTC(2024, 6, 1);

const condition: ForecastCondition = {
  kind: "forecast",
  method: "inverseVelocity",
  windowMs: 3 * day,
  minSamples: 12,
  target: null,
  noise: 0.02,
  minR2: 0.8,
  horizonMs: 30 * day,
  ...timing,
  setpoint: 72,
  deadband: 24,
  onSamples: 2,
};

/** Hours until failure, by the truth, beside what was forecast. */
interface Told {
  readonly at: number;
  readonly lead: number;
  readonly quantity: Quantity;
}

function tell(series: readonly (readonly [number, number])[]): readonly Told[] {
  const point = listen(forecast, condition, { everyMs: hour });
  return series.map(([at, value]) => ({ at, lead: (failsAt - at) / hour, quantity: point.hear(heard(at, value)) }));
}

/** Standard normal numbers from a seed: a linear congruence (Knuth, MMIX) in 53 bits, by Box and Muller's way. */
function noiseFrom(seed: bigint): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (state * 6_364_136_223_846_793_005n + 1_442_695_040_888_963_407n) % 2n ** 64n;
    return (Number(state >> 11n) + 0.5) / 2 ** 53;
  };
  return () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
}

describe("creep to failure", () => {
  let told: readonly Told[] = [];

  beforeAll(async () => {
    told = tell(await seriesOf("synthetic_to_failure.csv", "time", "disp_mm"));
  });

  it("is forecast within 6 h, in truth within 3 h, at each of the last three days' samples", () => {
    const last = told.filter(({ lead }) => lead <= 72);
    const errors = last.map(({ lead, quantity }) => Math.abs((quantity.value ?? Infinity) - lead));
    expect(last.length).toBe(61);
    expect(Math.max(...errors)).toBeLessThan(3);
  });

  it("says why there is no forecast until it has three days of samples", () => {
    const young = told.slice(0, 60);
    expect(new Set(young.map(({ quantity }) => quantity.note))).toEqual(new Set(["samples", "coverage"]));
    expect(young.every(({ quantity }) => quantity.value === null)).toBe(true);
  });

  it("is forecast at every sample of days 6 to 3 before within 11 %, at 142 of 144 of days 12 to 6 within 22 %", () => {
    const within = (from: number, to: number): readonly [number, number, number] => {
      const span = told.filter(({ lead }) => lead > to && lead <= from);
      const errors = span.flatMap(({ lead, quantity }) =>
        quantity.value === null ? [] : [Math.abs(quantity.value - lead) / lead],
      );
      return [span.length, errors.length, Math.round(Math.max(...errors) * 100)];
    };
    expect(within(144, 72)).toEqual([72, 72, 11]);
    expect(within(288, 144)).toEqual([144, 142, 22]);
  });

  it("raises 70 h ahead where 72 h is the setpoint, and does not return", () => {
    const judge = createJudge(condition, "low");
    for (const { at, quantity } of told) judge.judge(at, quantity);
    expect(judge.on().map(({ from, to }) => [(failsAt - from) / hour, to])).toEqual([[70, Infinity]]);
  });
});

describe("steady creep, as noisy, for five times 30 d", () => {
  it.each([0.05, 0.1, 0.3])("of %d mm an hour is never forecast to fail: no forecast, because …", (speed) => {
    const notes = new Set<string | null>();
    for (const seed of [1n, 2n, 3n, 4n, 5n]) {
      const noise = noiseFrom(seed);
      const steady = Array.from({ length: 720 }, (_, nth) => [nth * hour, nth * speed + 0.02 * noise()] as const);
      for (const { quantity } of tell(steady)) notes.add(quantity.note);
    }
    expect(notes).not.toContain(null);
    expect(notes).toContain("steady");
    expect(notes).toContain("fit");
  });
});
