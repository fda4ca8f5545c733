// What a trend looks like, as data: the line with its gaps, every limit line near it, and a dashed end where it is stale.
import type { EChartsCoreOption } from "echarts/core";
import { rankOf, type Level } from "../../../contract/level.ts";
import { fontFamily, levelColours, levelDashes, tokens } from "./colours.ts";

/** One bucket of the line. */
export interface TrendBucket {
  readonly at: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/** One limit. */
export interface TrendLimit {
  readonly level: Level;
  readonly setpoint: number;
  readonly direction: "high" | "low";
  /** What stands at the line, e.g. `红 ≥50`. */
  readonly label: string;
}

/** Everything that a trend is drawn from. */
export interface TrendInput {
  readonly buckets: readonly TrendBucket[];
  readonly bucketMs: number;
  readonly newest: { readonly at: number; readonly value: number } | null;
  readonly limits: readonly TrendLimit[];
  readonly from: number;
  readonly to: number;
  /** Longer than this without a value is a gap, ms; null for a point that reports by exception: it holds its value. */
  readonly gapMs: number | null;
  /** The last value may not be shown as live. */
  readonly isStale: boolean;
  /** Everything grey: the link is lost. */
  readonly isGrey: boolean;
  /** The operator's range: how much one would expect the value to move. */
  readonly range: readonly [number, number];
  /** Fewer labels on the time axis for a narrow panel. */
  readonly splitMs: number;
  readonly formatTime: (at: number) => string;
  readonly formatValue: (value: number) => string;
}

type Spot = readonly [number, number | null];

/** The line's points: each bucket gives its least and its greatest value, so that no peak is hidden. */
export function lineOf(input: Pick<TrendInput, "buckets" | "bucketMs" | "newest" | "gapMs" | "from">): readonly Spot[] {
  const { bucketMs, gapMs, newest, from } = input;
  const spots: Spot[] = [];
  let previousAt: number | null = null;
  for (const { at, min, max, last } of input.buckets) {
    if (at + bucketMs < from) continue;
    const isGap = gapMs !== null && previousAt !== null && at - previousAt > Math.max(gapMs, 2 * bucketMs);
    if (isGap) spots.push([(previousAt ?? at) + bucketMs, null]);
    if (min === max) spots.push([at, last]);
    else {
      // The end that the bucket closed at comes second.
      const isLow = last - min < max - last;
      spots.push([at, isLow ? max : min], [at + bucketMs / 2, isLow ? min : max]);
    }
    previousAt = at;
  }
  const end = spots.at(-1);
  if (newest !== null && end !== undefined && newest.at > end[0]) spots.push([newest.at, newest.value]);
  return spots;
}

/**
 * The limits that are drawn: each one that the line has reached, the next one beyond it in its direction, and every
 * other within one span of the line. Far ones would flatten the line.
 */
export function limitsNear(
  limits: readonly TrendLimit[],
  low: number,
  high: number,
  range: readonly [number, number],
): readonly TrendLimit[] {
  const span = Math.max(high - low, (range[1] - range[0]) * 0.1);
  const next = (direction: "high" | "low"): TrendLimit | undefined =>
    limits
      .filter((limit) => limit.direction === direction)
      .filter(({ setpoint }) => (direction === "high" ? setpoint > high : setpoint < low))
      .toSorted((a, b) => (direction === "high" ? a.setpoint - b.setpoint : b.setpoint - a.setpoint))[0];
  const always = new Set([next("high"), next("low")]);
  return limits.filter((limit) => always.has(limit) || (limit.setpoint >= low - span && limit.setpoint <= high + span));
}

function extentOf(spots: readonly Spot[]): readonly [number, number] | null {
  let low = Infinity;
  let high = -Infinity;
  for (const [, value] of spots) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? null : [low, high];
}

function limitLine(limit: TrendLimit, position: number): object {
  return {
    yAxis: limit.setpoint,
    lineStyle: { color: levelColours[limit.level], type: levelDashes[limit.level], width: 2 },
    label: {
      show: true,
      formatter: limit.label,
      color: levelColours[limit.level],
      // Labels of neighbouring limits stand at different places along the line, so that they cannot cover each other.
      position: (["insideStartTop", "insideMiddleTop", "insideEndTop"] as const)[position % 3],
      fontSize: 18,
      fontFamily,
      padding: [0, 4],
      // Readable also where the line runs through it.
      textBorderColor: tokens.bg1,
      textBorderWidth: 4,
      distance: 1,
    },
  };
}

function axes(input: TrendInput, low: number, high: number): object {
  const text = { color: input.isGrey ? tokens.text3 : tokens.text2, fontSize: 18, fontFamily };
  // Whole multiples of the interval are whole half hours on the clock.
  const ticks = Array.from(
    { length: Math.floor(input.to / input.splitMs) - Math.ceil(input.from / input.splitMs) + 1 },
    (_, nth) => (Math.ceil(input.from / input.splitMs) + nth) * input.splitMs,
  );
  const pad = Math.max((high - low) * 0.12, (input.range[1] - input.range[0]) * 0.005, 1e-6);
  return {
    xAxis: {
      // Not a "time" axis: that one chooses its own, uneven ticks.
      type: "value",
      min: input.from,
      max: input.to,
      axisLine: { lineStyle: { color: tokens["line-strong"] } },
      axisTick: { show: true, customValues: ticks, lineStyle: { color: tokens["line-strong"] } },
      axisLabel: {
        ...text,
        customValues: ticks,
        formatter: (at: number) => input.formatTime(at),
        hideOverlap: true,
      },
      splitLine: { show: false },
    },
    yAxis: {
      type: "value",
      axisLine: { show: false },
      min: low - pad,
      max: high + pad,
      splitNumber: 3,
      axisLabel: {
        ...text,
        formatter: (value: number) => input.formatValue(value),
        showMinLabel: false,
        showMaxLabel: false,
      },
      splitLine: { lineStyle: { color: tokens.line } },
    },
  };
}

/** The option of one trend. */
export function trendOption(input: TrendInput): EChartsCoreOption {
  const spots = lineOf(input);
  const extent = extentOf(spots) ?? input.range;
  const limits = limitsNear(input.limits, extent[0], extent[1], input.range);
  const low = Math.min(extent[0], ...limits.map(({ setpoint }) => setpoint));
  const high = Math.max(extent[1], ...limits.map(({ setpoint }) => setpoint));
  const last = spots.at(-1);
  const held: Spot[] = last === undefined || last[1] === null ? [] : [last, [input.to, last[1]]];
  const isHeld = input.gapMs === null && !input.isStale;
  const line = {
    type: "line",
    showSymbol: false,
    silent: true,
    connectNulls: false,
    ...(input.gapMs === null ? { step: "end" } : {}),
  };
  const colour = input.isGrey ? tokens.text3 : tokens["data-a"];
  return {
    animation: false,
    // Room at the right for half a time label, which would be cut at the canvas' edge.
    grid: { left: 8, right: 26, top: 10, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    ...axes(input, low, high),
    series: [
      {
        ...line,
        id: "line",
        data: isHeld ? [...spots, ...held.slice(1)] : spots,
        lineStyle: { color: colour, width: 2.5 },
        markLine: {
          silent: true,
          symbol: "none",
          animation: false,
          data: limits.toSorted((a, b) => rankOf(a.level) - rankOf(b.level)).map(limitLine),
        },
      },
      // From the last good sample on: drawn dashed, never as if it were measured.
      {
        ...line,
        id: "stale",
        data: input.isStale ? held : [],
        lineStyle: { color: tokens.text3, width: 2, type: [4, 6] },
      },
    ],
  };
}
