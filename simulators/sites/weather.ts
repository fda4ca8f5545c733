// The weather over one site: air, wind, showers of normal life, storms of a scenario, and the station that measures it.
import type { Point } from "../../contract/plant.ts";
import { createWander, dailySwing, seasonalMeanC } from "../physics/ambient.ts";
import { createGauge, createRollingSum, intensityMmPerHour, type Storm } from "../physics/rain.ts";
import type { Random } from "../physics/random.ts";
import type { Part, Weather } from "./part.ts";

const HOUR_MS = 3_600_000;
const rainKind = /^rain_(\d+)h$/;

interface FallingStorm {
  readonly storm: Storm;
  readonly startMs: number;
}

/** The hours of a rolling rain sum such as `rain_24h`, or null for another kind. */
function rainHours(kind: string): number | null {
  const found = rainKind.exec(kind);
  return found === null ? null : Number(found[1]);
}

/** Showers of normal life: at least a day apart and at most 6 mm, far below every rain limit. */
function createShowers(random: Random, startMs: number): (atMs: number) => FallingStorm | null {
  const gapMs = (): number => (24 + 72 * random.next()) * HOUR_MS;
  let nextMs = startMs + gapMs() - 24 * HOUR_MS;
  return (atMs) => {
    if (atMs < nextMs) return null;
    const storm = { totalMm: random.between(1, 6), hours: random.between(1, 3), peakAt: 0.4 };
    const shower = { storm, startMs: nextMs };
    nextMs += gapMs();
    return shower;
  };
}

/** Builds the weather of one site. */
export function createWeather(points: readonly Point[], random: Random, startMs: number): Part & Weather {
  const air = createWander(4 * 3600, 0.6, random.gauss);
  const wind = createWander(900, 0.8, random.gauss);
  const veer = createWander(1800, 25, random.gauss);
  const prevailingDeg = random.between(90, 160);
  const hours = new Set(points.map((point) => rainHours(point.kind)).filter((value) => value !== null));
  const sums = new Map([...hours, 24].map((value) => [value, createRollingSum(value * HOUR_MS)] as const));
  const gauge = createGauge(0.2);
  const nextShower = createShowers(random, startMs);
  let storms: readonly FallingStorm[] = [];
  let now = startMs;
  const airC = (): number => seasonalMeanC(now) + dailySwing(now, 4) + air.value();
  const intensity = (): number =>
    storms.reduce((total, { storm, startMs: began }) => total + intensityMmPerHour(storm, (now - began) / HOUR_MS), 0);
  return {
    airC,
    rainMmPerHour: intensity,
    rainSumMm: (span) => sums.get(span)?.sum(now) ?? 0,
    step: (atMs, dtS) => {
      now = atMs;
      air.step(dtS);
      wind.step(dtS);
      veer.step(dtS);
      const shower = nextShower(atMs);
      if (shower !== null) storms = [...storms, shower];
      if (storms.length === 0) return;
      storms = storms.filter(({ storm, startMs: began }) => atMs < began + storm.hours * HOUR_MS);
      const tipped = gauge.catchRain((intensity() * dtS) / 3600);
      for (const sum of sums.values()) sum.add(atMs, tipped);
    },
    read: (point, noise) => {
      const span = rainHours(point.kind);
      if (span !== null) return sums.get(span)?.sum(now) ?? 0;
      switch (point.kind) {
        // A logarithmic response keeps calm-weather wind below Beaufort 6 (10.8 m/s) at more than six sigma.
        case "wind_speed":
          return 2.8 * Math.exp(0.25 * (wind.value() / 0.8)) * (1 + 0.04 * noise.gauss());
        case "wind_dir":
          return (prevailingDeg + veer.value() + 4 * noise.gauss() + 720) % 360;
        case "air_temp":
          return airC() + 0.1 * noise.gauss();
        default:
          return undefined;
      }
    },
    act: (action, atMs) => {
      if (action.do === "rain") storms = [...storms, { storm: action, startMs: atMs }];
    },
  };
}
