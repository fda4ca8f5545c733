// What a trend looks like, as data: the line with its gaps, every limit line near it, and a dashed end where it is stale.
import type { EChartsCoreOption } from "echarts/core";
import { tokens } from "./colours.ts";
import {
  boundsOf,
  dotSeries,
  dotsOf,
  extentOf,
  labelWidth,
  limitLines,
  plotGrid,
  textOf,
  timeAxis,
  valueAxis,
  type Spot,
  type TimeSpan,
  type TrendLimit,
} from "./plot.ts";

/** One bucket of the line. */
export interface TrendBucket {
  readonly at: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/** Everything that a trend is drawn from. */
export interface TrendInput extends TimeSpan {
  readonly buckets: readonly TrendBucket[];
  readonly bucketMs: number;
  readonly newest: { readonly at: number; readonly value: number } | null;
  readonly limits: readonly TrendLimit[];
  /** Longer than this without a value is a gap, ms; null for a point that reports by exception: it holds its value. */
  readonly gapMs: number | null;
  /** The last value may not be shown as live. */
  readonly isStale: boolean;
  /** Everything grey: the link is lost. */
  readonly isGrey: boolean;
  /** The operator's range: how much one would expect the value to move. */
  readonly range: readonly [number, number];
  /** The size of the drawing, px: how many limit labels have room. */
  readonly size: readonly [width: number, height: number];
  readonly formatValue: (value: number) => string;
}

/** A narrower drawing has no room for a third label beside two others. */
const threeColumnsPx = 400;
/** What the axis of values takes of the width with its margins, px. */
const axisPx = 94;

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
  // A point that reports by exception holds its value from before the window.
  if (spots.length === 0 && gapMs === null && newest !== null && newest.at < from) spots.push([from, newest.value]);
  const end = spots.at(-1);
  if (newest !== null && end !== undefined && newest.at > end[0]) spots.push([newest.at, newest.value]);
  return spots;
}

/**
 * The limits that are drawn: in each direction the farthest one that the line has reached and the next one beyond it,
 * and every other within one span of the line. Far ones would flatten the line.
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
  const reached = (direction: "high" | "low"): TrendLimit | undefined =>
    limits
      .filter((limit) => limit.direction === direction)
      .filter(({ setpoint }) => (direction === "high" ? setpoint <= high : setpoint >= low))
      .toSorted((a, b) => (direction === "high" ? b.setpoint - a.setpoint : a.setpoint - b.setpoint))[0];
  const always = new Set([next("high"), next("low"), reached("high"), reached("low")]);
  return limits.filter((limit) => always.has(limit) || (limit.setpoint >= low - span && limit.setpoint <= high + span));
}

/** How many labels have room beside one another. */
function columnsOf(width: number, limits: readonly TrendLimit[]): number {
  const [widest = 0, next = 0] = limits.map(({ label }) => labelWidth(label)).toSorted((a, b) => b - a);
  // The one in the middle is as far from both.
  if (width >= threeColumnsPx && widest + 2 * next <= width - axisPx) return 3;
  return widest + next <= width - axisPx ? 2 : 1;
}

/** The option of one trend. */
export function trendOption(input: TrendInput): EChartsCoreOption {
  const spots = lineOf(input);
  const extent = extentOf([spots]) ?? input.range;
  const limits = limitsNear(input.limits, extent[0], extent[1], input.range);
  const bounds = boundsOf([...extent, ...limits.map(({ setpoint }) => setpoint)], input.range);
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
  const text = textOf(input.isGrey);
  const colour = input.isGrey ? tokens.text3 : tokens["data-a"];
  const columns = columnsOf(input.size[0], limits);
  return {
    animation: false,
    grid: plotGrid,
    xAxis: timeAxis(input, text),
    yAxis: valueAxis(bounds, text, (value) => input.formatValue(value)),
    series: [
      {
        ...line,
        id: "line",
        data: isHeld ? [...spots, ...held.slice(1)] : spots,
        lineStyle: { color: colour, width: 2.5 },
        markLine: limitLines(limits, { bounds, height: input.size[1], columns, sign: 1 }),
      },
      { id: "dots", ...dotSeries(isHeld ? [] : dotsOf(spots, input.to - input.from), colour) },
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
