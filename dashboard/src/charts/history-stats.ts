// What stands beside the chart: least, mean and greatest of all values, and how long a limit was reached, as far as buckets can say.
import type { Level } from "../../../contract/level.ts";
import type { PointSeries } from "../../../contract/series.ts";

/** How long a level's limit was reached: at least, and at most; within a bucket the time is not known. */
export interface BeyondLimit {
  readonly level: Level;
  readonly direction: "high" | "low";
  readonly leastMs: number;
  readonly mostMs: number;
}

/** The figures of one point. */
export interface SeriesStats {
  readonly samples: number;
  readonly min: number | null;
  readonly mean: number | null;
  readonly max: number | null;
  readonly beyond: readonly BeyondLimit[];
}

function overlapMs(from: number, to: number, span: { readonly from: number; readonly to: number }): number {
  return Math.max(0, Math.min(to, span.to) - Math.max(from, span.from));
}

function beyondOf({ buckets, limits }: PointSeries, bucketMs: number): readonly BeyondLimit[] {
  const found = new Map<string, { -readonly [K in keyof BeyondLimit]: BeyondLimit[K] }>();
  for (const limit of limits) {
    const key = `${limit.level} ${limit.direction}`;
    const sum = found.get(key) ?? { level: limit.level, direction: limit.direction, leastMs: 0, mostMs: 0 };
    found.set(key, sum);
    for (const { at, min, max } of buckets) {
      const ms = overlapMs(at, at + bucketMs, limit);
      if (ms === 0) continue;
      const isHigh = limit.direction === "high";
      if (isHigh ? max >= limit.setpoint : min <= limit.setpoint) sum.mostMs += ms;
      if (isHigh ? min >= limit.setpoint : max <= limit.setpoint) sum.leastMs += ms;
    }
  }
  return [...found.values()];
}

/** The figures of a point over the time that was asked for. */
export function statsOf(series: PointSeries, bucketMs: number): SeriesStats {
  const { buckets } = series;
  const samples = buckets.reduce((sum, { count }) => sum + count, 0);
  const total = buckets.reduce((sum, { mean, count }) => sum + mean * count, 0);
  return {
    samples,
    min: samples === 0 ? null : buckets.reduce((least, { min }) => Math.min(least, min), Infinity),
    mean: samples === 0 ? null : total / samples,
    max: samples === 0 ? null : buckets.reduce((most, { max }) => Math.max(most, max), -Infinity),
    beyond: beyondOf(series, bucketMs),
  };
}
