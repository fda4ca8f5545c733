// A river's stage, its rain and a groundwater head (pastas, MIT): rolling sums to the last digit, and a flood.
import { describe, expect, it } from "vitest";
import type { RateCondition, SumCondition } from "../../../../contract/condition.ts";
import { rate } from "../../../../server/domain/detect/rate.ts";
import { sum } from "../../../../server/domain/detect/sum.ts";
import { createJudge, heard, listen, timing } from "../../../support/own-kind.ts";
import { hour, limit } from "../../../support/plant.ts";
import { seriesOf } from "../../../support/real-series.ts";

type Series = Awaited<ReturnType<typeof seriesOf>>;

const day = 24 * hour;

/** Micrometres as a whole number, by way of the digits and not of a division. */
const micro = (value: number): bigint => BigInt(value.toFixed(6).replace(".", ""));

/** The sum over (t−W, t] by its definition, over all samples and nothing cleverer. */
function naive(series: Series, nth: number, windowMs: number): bigint {
  const at = (series[nth] as Series[number])[0];
  let total = 0n;
  for (let back = nth; back >= 0 && (series[back] as Series[number])[0] > at - windowMs; back -= 1) {
    total += micro((series[back] as Series[number])[1]);
  }
  return total;
}

const over = (windowMs: number): SumCondition => ({ kind: "sum", windowMs, ...timing });

describe("a rolling sum of daily rain over thirty years", () => {
  it.each([1, 3, 6, 12, 24, 72])("over %d h is the naive one at every sample", async (hours) => {
    const rain = await seriesOf("pastas_hydrology/nb5_prec.csv", "Date", "Prec");
    expect(rain.length).toBe(10_967);
    const point = listen(sum, over(hours * hour), { everyMs: day });
    let wrong = 0;
    for (const [nth, [at, value]] of rain.entries()) {
      const { value: total } = point.hear(heard(at, value));
      if (micro(total as number) !== naive(rain, nth, hours * hour)) wrong += 1;
    }
    expect(wrong).toBe(0);
  });

  it("meets a setpoint exactly: the wettest three days violate their own sum, and nothing else does", async () => {
    const rain = await seriesOf("pastas_hydrology/nb5_prec.csv", "Date", "Prec");
    let wettest = 0n;
    for (const nth of rain.keys()) {
      const total = naive(rain, nth, 3 * day);
      if (total > wettest) wettest = total;
    }
    const condition = { ...over(3 * day), setpoint: Number(wettest) / 1e6 };
    const judge = createJudge(condition, "high");
    const point = listen(sum, condition, { everyMs: day });
    for (const [at, value] of rain) judge.judge(at, point.hear(heard(at, value)));
    expect(judge.on().map(({ from }) => new Date(from).toISOString().slice(0, 10))).toEqual(["2005-11-27"]);
  });
});

describe("a rolling sum of a head that came irregularly, monthly at first and hourly in the end", () => {
  it.each([1, 3, 6, 12, 24, 72])("over %d h is the naive one at every sample", async (hours) => {
    const head = await seriesOf("pastas_hydrology/nb5_head.csv", "Date", "Head");
    const point = listen(sum, over(hours * hour));
    let wrong = 0;
    for (const [nth, [at, value]] of head.entries()) {
      const { value: total } = point.hear(heard(at, value));
      if (micro(total as number) !== naive(head, nth, hours * hour)) wrong += 1;
    }
    expect([head.length, wrong]).toEqual([34_677, 0]);
  });
});

describe("a river's daily stage over thirty years", () => {
  const rises: RateCondition = {
    kind: "rate",
    method: "difference",
    windowMs: 3 * day,
    minSamples: 2,
    perMs: 3 * day,
    isAbsolute: false,
    ...timing,
    setpoint: 2,
    deadband: 0.5,
  };

  it("stands at 4.5 m four times; it rises by 2 m in three days 27 times, in January 1995 four days ahead of the flood", async () => {
    const stage = await seriesOf("pastas_hydrology/nb5_riv.csv", "Date", "River");
    const high = createJudge(limit(4.5, { deadband: 0.5 }), "high");
    const fast = createJudge(rises, "high");
    const point = listen(rate, rises, { everyMs: day });
    for (const [at, value] of stage) {
      high.judge(at, { value, quality: "good", mayReturn: true, note: null, values: {} });
      fast.judge(at, point.hear(heard(at, value)));
    }
    const dates = (on: readonly { from: number }[]): readonly string[] =>
      on.map(({ from }) => new Date(from).toISOString().slice(0, 10));
    expect(dates(high.on())).toEqual(["1993-12-25", "1995-01-30", "1998-11-05", "2003-01-07"]);
    expect(dates(fast.on()).length).toBe(27);
    expect(dates(fast.on())).toContain("1995-01-26");
  });

  it("has a rise exactly where a stage was told three days before", async () => {
    const stage = await seriesOf("pastas_hydrology/nb5_riv.csv", "Date", "River");
    const values = new Map(stage);
    const point = listen(rate, rises, { everyMs: day });
    let wrong = 0;
    for (const [at, value] of stage) {
      const was = values.get(at - 3 * day);
      if (point.hear(heard(at, value)).value !== (was === undefined ? null : value - was)) wrong += 1;
    }
    expect(wrong).toBe(0);
  });
});
