// Methane around controlled releases (Daniels et al. 2024, doi 10.1525/elementa.2023.00110): found, false, and what a dropout hides.
import { beforeAll, describe, expect, it } from "vitest";
import type { Limit, RateCondition } from "../../../../contract/condition.ts";
import { inSteps, stepOf } from "../../../../contract/numbers.ts";
import { compileLimit, violates } from "../../../../server/domain/detect/limit.ts";
import { rate } from "../../../../server/domain/detect/rate.ts";
import { found, type Found, type Span } from "../../../support/found.ts";
import { createJudge, heard, listen, timing, type On } from "../../../support/own-kind.ts";
import { limit, minute } from "../../../support/plant.ts";
import { rowsOf, seriesOf, timeOf } from "../../../support/real-series.ts";

type Series = Awaited<ReturnType<typeof seriesOf>>;

/** One week of one place. */
interface Week {
  readonly sensors: readonly Series[];
  readonly releases: readonly Span[];
}

/** Gas needs some minutes to the fence, and to leave it: what goes on within ten of a release belongs to it. */
const travelMs = 10 * minute;

async function weekOf(place: {
  file: string;
  sensors: readonly string[];
  releases: string;
  columns: readonly [string, string];
}): Promise<Week> {
  const sensors = await Promise.all(place.sensors.map((sensor) => seriesOf(place.file, "time", `ch4_ppm_${sensor}`)));
  const first = Math.min(...sensors.map((one) => one[0]?.[0] as number));
  const last = Math.max(...sensors.map((one) => one.at(-1)?.[0] as number));
  const releases: Span[] = [];
  for await (const row of rowsOf(place.releases)) {
    const [from, to] = place.columns.map((column) => timeOf(row[column] as string)) as [number, number];
    if (from >= first && from <= last) releases.push([from, to + travelMs]);
  }
  return { sensors, releases };
}

/** All sensors together: a release is found by whichever sees it. */
function byAll(week: Week, onOf: (series: Series) => readonly On[]): Found {
  return found(week.sensors.flatMap(onOf), week.releases);
}

const byLimit =
  (condition: Limit) =>
  (series: Series): readonly On[] => {
    const judge = createJudge(condition, "high");
    for (const [at, value] of series)
      judge.judge(at, { value, quality: "good", mayReturn: true, note: null, values: {} });
    return judge.on();
  };

const byRate =
  (condition: RateCondition, step: number) =>
  (series: Series): readonly On[] => {
    const judge = createJudge(condition, "high");
    const point = listen(rate, condition, { everyMs: minute, step });
    for (const [at, value] of series) judge.judge(at, point.hear(heard(at, value)));
    return judge.on();
  };

const rises = (method: RateCondition["method"], setpoint: number): RateCondition => ({
  kind: "rate",
  method,
  windowMs: 10 * minute,
  minSamples: 5,
  perMs: 10 * minute,
  isAbsolute: false,
  ...timing,
  setpoint,
  deadband: 0.2,
  offDelayMs: 10 * minute,
});

describe("a week of methane at eight sensors, with 17 releases and dropouts of up to 201 min", () => {
  let week: Week;

  beforeAll(async () => {
    week = await weekOf({
      file: "metec_ch4/metec2022_ch4_1min.csv",
      sensors: ["E", "N", "NE", "NW", "S", "SE", "SW", "W"],
      releases: "metec_ch4/metec2022_releases.csv",
      columns: ["start_utc", "end_utc"],
    });
  });

  it("shows 17 of 17 above 4 ppm for a minute, and 25 false alarms: 3 a sensor", () => {
    expect(byAll(week, byLimit(limit(4, { deadband: 0.4, onDelayMs: minute, offDelayMs: 10 * minute })))).toEqual({
      on: 17,
      raised: 17,
      of: 17,
      false: 25,
    });
  });

  it("shows 1 of 17 above 10 ppm for five minutes, and none false: a plume that comes and goes outlasts no long delay", () => {
    expect(byAll(week, byLimit(limit(10, { deadband: 1, onDelayMs: 5 * minute, offDelayMs: 10 * minute })))).toEqual({
      on: 1,
      raised: 1,
      of: 17,
      false: 0,
    });
  });

  it("shows 17 of 17 by a rise of 2 ppm in 10 min, and 38 false alarms", () => {
    expect(byAll(week, byRate(rises("difference", 2), 0.001))).toEqual({ on: 17, raised: 17, of: 17, false: 38 });
  });

  it("shows 17 of 17 by a slope of 2 ppm in 10 min, and 37 false alarms", () => {
    expect(byAll(week, byRate(rises("regression", 2), 0.001))).toEqual({ on: 17, raised: 17, of: 17, false: 37 });
  });

  it("has a difference exactly where a sample lies 10 min before, and a slope where nine of ten minutes do", () => {
    let wrong = 0;
    for (const series of week.sensors) {
      const values = new Map(series);
      const difference = listen(rate, rises("difference", 2), { everyMs: minute, step: 0.001 });
      const slope = listen(rate, rises("regression", 2), { everyMs: minute, step: 0.001 });
      for (const [at, value] of series) {
        const was = values.get(at - 10 * minute);
        if (difference.hear(heard(at, value)).value !== (was === undefined ? null : value - was)) wrong += 1;
        let there = 0;
        for (let back = 0; back < 10; back += 1) if (values.has(at - back * minute)) there += 1;
        if ((slope.hear(heard(at, value)).value === null) !== there < 9) wrong += 1;
      }
    }
    expect(wrong).toBe(0);
  });

  it("raises nothing while a sensor is away, and returns nothing", () => {
    const southEast = week.sensors[5] as Series;
    const holes = southEast.flatMap(([at], nth) => {
      const before = southEast[nth - 1]?.[0] ?? at;
      return at - before > 10 * minute ? [(at - before) / minute - 1] : [];
    });
    expect(holes.toSorted((a, b) => b - a)).toEqual([201, 88, 74, 14]);
    const on = byRate(rises("difference", 2), 0.001)(southEast);
    const times = new Set(southEast.map(([at]) => at));
    expect(on.every(({ from, to }) => times.has(from) && (to === Infinity || times.has(to)))).toBe(true);
  });
});

describe("a week of methane in tenths of a ppm at six sensors, with nine releases", () => {
  let week: Week;

  beforeAll(async () => {
    week = await weekOf({
      file: "stanford_ch4/stanford2022_ch4_1min.csv",
      sensors: ["2906", "2907", "2908", "2909", "2910", "2911"],
      releases: "stanford_ch4/stanford2022_releases.csv",
      columns: ["start.time.utc", "end.time.utc"],
    });
  });

  it("shows 9 of 9 above 2 ppm for two minutes, one of them by an alarm from before, and 1 false alarm", () => {
    expect(byAll(week, byLimit(limit(2, { deadband: 0.2, onDelayMs: 2 * minute, offDelayMs: 10 * minute })))).toEqual({
      on: 9,
      raised: 8,
      of: 9,
      false: 1,
    });
  });

  it("shows 9 of 9 by a rise of 2 ppm in 10 min, one of them by an alarm from before, and 1 false alarm", () => {
    expect(byAll(week, byRate(rises("difference", 2), 0.1))).toEqual({ on: 9, raised: 8, of: 9, false: 1 });
  });

  it("violates a setpoint that a difference meets exactly, as often as whole tenths do: 687 times, 44 of which floats would miss", () => {
    let exactly = 0;
    let missedByFloats = 0;
    let wrong = 0;
    const condition = { ...rises("difference", 0.3), deadband: 0 };
    const compiled = compileLimit(condition, "high", stepOf(1e-6));
    for (const series of week.sensors) {
      const tenths = new Map(series.map(([at, value]) => [at, Math.round(value * 10)]));
      const point = listen(rate, condition, { everyMs: minute, step: 0.1 });
      for (const [at, value] of series) {
        const told = point.hear(heard(at, value)).value;
        const was = tenths.get(at - 10 * minute);
        if (told === null || was === undefined) continue;
        const rise = (tenths.get(at) as number) - was;
        if (violates(compiled, inSteps(told, stepOf(1e-6))) !== rise >= 3) wrong += 1;
        if (rise === 3) exactly += 1;
        if (rise === 3 && told < 0.3) missedByFloats += 1;
      }
    }
    expect(wrong).toBe(0);
    expect([exactly, missedByFloats]).toEqual([687, 44]);
  });
});
