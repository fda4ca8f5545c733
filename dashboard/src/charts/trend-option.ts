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
  /** The size of the drawing, px: how many limit labels have room. */
  readonly size: readonly [width: number, height: number];
  readonly formatTime: (at: number) => string;
  readonly formatValue: (value: number) => string;
}

type Spot = readonly [number, number | null];

// A little more than a label is high: the height of the plot is known but for the axis' own rounding.
const labelHeightPx = 24;
/** A run shorter than this share of the window is drawn as a dot. */
const shortestRun = 0.02;
/** What the time axis and the edges take of a drawing's height, px. */
const aroundPlotPx = 44;
/** A narrower drawing has no room for a third label beside two others. */
const threeColumnsPx = 400;

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

/** Runs of the line that are too short to be seen as a line: the last value of each, to be drawn as a dot. */
export function dotsOf(spots: readonly Spot[], spanMs: number): readonly Spot[] {
  const dots: Spot[] = [];
  let startAt: number | null = null;
  for (const [place, [at, value]] of spots.entries()) {
    if (value === null) {
      startAt = null;
      continue;
    }
    startAt ??= at;
    const next = spots[place + 1];
    const isEnd = next === undefined || next[1] === null;
    if (isEnd && at - startAt <= spanMs * shortestRun) dots.push([at, value]);
  }
  return dots;
}

/**
 * In which column each limit's label stands, by the limit: labels that would cover one another stand in different
 * columns, the highest level first; a label for which no column is left is not written, its line is still drawn.
 */
export function labelColumns(
  limits: readonly TrendLimit[],
  pxPerUnit: number,
  columns: number,
): ReadonlyMap<TrendLimit, number> {
  const placed = new Map<TrendLimit, number>();
  for (const limit of limits.toSorted((a, b) => rankOf(b.level) - rankOf(a.level))) {
    const taken = [...placed].filter(
      ([other]) => Math.abs(other.setpoint - limit.setpoint) * pxPerUnit < labelHeightPx,
    );
    const free = Array.from({ length: columns }, (_, column) => column).find(
      (column) => !taken.some(([, place]) => place === column),
    );
    if (free !== undefined) placed.set(limit, free);
  }
  return placed;
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

const places = {
  2: ["insideStartTop", "insideEndTop"],
  3: ["insideStartTop", "insideEndTop", "insideMiddleTop"],
} as const;

function limitLine(limit: TrendLimit, place: (typeof places)[3][number] | undefined): object {
  return {
    yAxis: limit.setpoint,
    lineStyle: { color: levelColours[limit.level], type: levelDashes[limit.level], width: 2 },
    label: {
      show: place !== undefined,
      formatter: limit.label,
      color: levelColours[limit.level],
      position: place ?? "insideStartTop",
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

function padOf({ range }: TrendInput, low: number, high: number): number {
  return Math.max((high - low) * 0.12, (range[1] - range[0]) * 0.005, 1e-6);
}

/** The limit lines with their labels, lowest level first, so that the highest is painted last. */
function limitLines(input: TrendInput, limits: readonly TrendLimit[], low: number, high: number): readonly object[] {
  const columns = input.size[0] < threeColumnsPx ? 2 : 3;
  const height = Math.max(1, input.size[1] - aroundPlotPx);
  const placed = labelColumns(limits, height / (high - low + 2 * padOf(input, low, high)), columns);
  return limits
    .toSorted((a, b) => rankOf(a.level) - rankOf(b.level))
    .map((limit) => limitLine(limit, places[columns][placed.get(limit) ?? columns]));
}

function axes(input: TrendInput, low: number, high: number): object {
  const text = { color: input.isGrey ? tokens.text3 : tokens.text2, fontSize: 18, fontFamily };
  // Whole multiples of the interval are whole half hours on the clock.
  const ticks = Array.from(
    { length: Math.floor(input.to / input.splitMs) - Math.ceil(input.from / input.splitMs) + 1 },
    (_, nth) => (Math.ceil(input.from / input.splitMs) + nth) * input.splitMs,
  );
  const pad = padOf(input, low, high);
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
          data: limitLines(input, limits, low, high),
        },
      },
      // A lone sample has no line to be seen by.
      {
        ...line,
        id: "dots",
        step: false,
        data: isHeld ? [] : dotsOf(spots, input.to - input.from).flatMap((dot) => [dot, [dot[0], null]]),
        showSymbol: true,
        showAllSymbol: true,
        symbol: "circle",
        symbolSize: 6,
        itemStyle: { color: colour },
        lineStyle: { color: colour, width: 0 },
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
