// What every chart of values over time shares, as data: its type, its place, its time axis, its limit lines and its dots.
import { rankOf, type Level } from "../../../contract/level.ts";
import { fontFamily, levelColours, levelDashes, tokens } from "./colours.ts";

/** A value at a time; null breaks the line. */
export type Spot = readonly [number, number | null];

/** One limit. */
export interface TrendLimit {
  readonly level: Level;
  readonly setpoint: number;
  readonly direction: "high" | "low";
  /** What stands at the line, e.g. `红 ≥50`. */
  readonly label: string;
}

/** What a chart shows of time. */
export interface TimeSpan {
  readonly from: number;
  readonly to: number;
  /** From tick to tick, ms. */
  readonly splitMs: number;
  /** The clock's distance from UTC, ms: ticks stand at whole steps of that clock. */
  readonly zoneMs: number;
  readonly formatTime: (at: number) => string;
}

// A little more than a label is high: the height of the plot is known but for the axis' own rounding.
const labelHeightPx = 24;
/** What the time axis and the edges take of a drawing's height, px. */
const aroundPlotPx = 44;
/** A run shorter than this share of the window is drawn as a dot. */
const shortestRun = 0.02;

/** The type of a chart's axes. */
export function textOf(isGrey: boolean): {
  readonly color: string;
  readonly fontSize: number;
  readonly fontFamily: string;
} {
  return { color: isGrey ? tokens.text3 : tokens.text2, fontSize: 18, fontFamily };
}

/** Where the plot stands: room at the right for half a time label, which would be cut at the canvas' edge. */
export const plotGrid = {
  left: 8,
  right: 26,
  top: 10,
  bottom: 4,
  outerBoundsMode: "same",
  outerBoundsContain: "axisLabel",
} as const;

/** The least and the greatest value of all lines; null where there is none. */
export function extentOf(lines: readonly (readonly Spot[])[]): readonly [number, number] | null {
  let [low, high] = [Infinity, -Infinity];
  for (const [, value] of lines.flat()) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? null : [low, high];
}

/** The ends of the value axis: everything that is drawn, and some room around it. */
export function boundsOf(ends: readonly number[], range: readonly [number, number]): readonly [number, number] {
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const pad = Math.max((high - low) * 0.12, (range[1] - range[0]) * 0.005, 1e-6);
  return [low - pad, high + pad];
}

/** The time axis. Not a "time" axis: that one chooses its own, uneven ticks. */
export function timeAxis({ from, to, splitMs, zoneMs, formatTime }: TimeSpan, text: object): object {
  const first = Math.ceil((from + zoneMs) / splitMs);
  const count = Math.floor((to + zoneMs) / splitMs) - first + 1;
  const ticks = Array.from({ length: count }, (_, nth) => (first + nth) * splitMs - zoneMs);
  return {
    type: "value",
    min: from,
    max: to,
    // A bar that reaches beyond the span does not widen it.
    containShape: false,
    // Below the plot also where the values are negative, as depths are.
    position: "bottom",
    axisLine: { onZero: false, lineStyle: { color: tokens["line-strong"] } },
    axisTick: { show: true, customValues: ticks, lineStyle: { color: tokens["line-strong"] } },
    axisLabel: { ...text, customValues: ticks, formatter: (at: number) => formatTime(at), hideOverlap: true },
    splitLine: { show: false },
  };
}

/** The axis of values. */
export function valueAxis(
  [min, max]: readonly [number, number],
  text: object,
  formatter: (value: number) => string,
): object {
  return {
    type: "value",
    min,
    max,
    splitNumber: 3,
    axisLine: { show: false },
    axisLabel: { ...text, formatter, showMinLabel: false, showMaxLabel: false, hideOverlap: true },
    splitLine: { lineStyle: { color: tokens.line } },
  };
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

/** A sign of a label, one with another, a Chinese one, and what lies around the label, px at 18 px. */
const [signPx, hanPx, besidePx] = [9.6, 18.5, 12];

/** How wide a limit's label is, with what lies around it, px. */
export function labelWidth(label: string): number {
  const han = label.match(/\p{Script=Han}/gu)?.length ?? 0;
  return han * hanPx + (label.length - han) * signPx + besidePx;
}

const places = ["insideStartTop", "insideEndTop", "insideMiddleTop"] as const;

/** How limit lines are drawn. */
export interface LimitPlot {
  /** The ends of the value axis. */
  readonly bounds: readonly [number, number];
  /** The height of the drawing, px. */
  readonly height: number;
  /** How many labels have room beside one another. */
  readonly columns: number;
  /** −1 where values are drawn as their negatives. */
  readonly sign: 1 | -1;
}

/** The limit lines with their labels, lowest level first, so that the highest is painted last. */
export function limitLines(limits: readonly TrendLimit[], { bounds, height, columns, sign }: LimitPlot): object {
  const pxPerUnit = Math.max(1, height - aroundPlotPx) / (bounds[1] - bounds[0]);
  const placed = labelColumns(limits, pxPerUnit, columns);
  const data = limits
    .toSorted((a, b) => rankOf(a.level) - rankOf(b.level))
    .map((limit) => {
      const column = placed.get(limit);
      return {
        yAxis: sign * limit.setpoint,
        lineStyle: { color: levelColours[limit.level], type: levelDashes[limit.level], width: 2 },
        label: {
          show: column !== undefined,
          formatter: limit.label,
          color: levelColours[limit.level],
          position: places[column ?? 0],
          fontSize: 18,
          fontFamily,
          padding: [0, 4],
          // Readable also where a line runs through it; no higher than its glyphs, so that its own line stays whole.
          backgroundColor: tokens.bg1,
          lineHeight: 18,
          distance: 2,
        },
      };
    });
  return { silent: true, symbol: "none", animation: false, data };
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

/** The series of the dots: a lone sample has no line to be seen by. */
export function dotSeries(dots: readonly Spot[], colour: string): object {
  return {
    type: "line",
    silent: true,
    connectNulls: false,
    data: dots.flatMap((dot) => [dot, [dot[0], null]]),
    showSymbol: true,
    showAllSymbol: true,
    symbol: "circle",
    symbolSize: 6,
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 0 },
  };
}
