// Several lines in one chart as data: their gaps, the limits near them, a depth axis downwards, rain as bars that hang from above.
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
import { limitsNear, lineOf, type TrendBucket } from "./trend-option.ts";

/** One line. */
export interface ChartLine {
  readonly id: string;
  readonly buckets: readonly TrendBucket[];
  readonly bucketMs: number;
  readonly newest: { readonly at: number; readonly value: number } | null;
  /** Longer than this without a value is a gap, ms. */
  readonly gapMs: number | null;
  readonly colour: string;
  /** Told apart without colour too. */
  readonly dash: readonly number[] | "solid";
  /** The last value may not be shown as live: the line is grey. */
  readonly isStale: boolean;
  readonly limits: readonly TrendLimit[];
}

/** Everything that the chart is drawn from. */
export interface LinesInput extends TimeSpan {
  readonly lines: readonly ChartLine[];
  /** The axis where no line has a value. */
  readonly range: readonly [number, number];
  /** Greater values below, as depths are. */
  readonly isDownward: boolean;
  /** Amounts per bucket that hang from the upper edge; null where none are shown. */
  readonly bars: { readonly buckets: readonly TrendBucket[]; readonly bucketMs: number } | null;
  readonly size: readonly [width: number, height: number];
  readonly isGrey: boolean;
  readonly formatValue: (value: number) => string;
  readonly formatBar: (value: number) => string;
}

/** What the axis of values takes of the width with its margins, and what that of the bars takes. */
const axisPx = 104;
const barAxisPx = 90;
/** The bars take so large a part of the height that the lines stay free of them. */
const barShare = 1 / 3;
/** A shower of less than this does not fill the bars' part, mm. */
const leastRain = 5;

/**
 * Greater values below: drawn as their negatives. An `inverse` axis lets ECharts 6.1 shrink the plot to a quarter where
 * its least label is hidden.
 */
function signOf({ isDownward }: LinesInput): 1 | -1 {
  return isDownward ? -1 : 1;
}

/** The limits near any of the lines, each written once. */
function limitsOf(lines: readonly ChartLine[], spots: readonly (readonly Spot[])[]): readonly TrendLimit[] {
  const near = new Map<string, TrendLimit>();
  for (const [nth, line] of lines.entries()) {
    const extent = extentOf([spots[nth] ?? []]);
    const setpoints = line.limits.map(({ setpoint }) => setpoint);
    if (extent === null || setpoints.length === 0) continue;
    // One rung of the ladder is as far as the next limit lies from view.
    const ladder = [Math.min(...setpoints), Math.max(...setpoints)] as const;
    for (const limit of limitsNear(line.limits, ...extent, ladder)) near.set(limit.label, limit);
  }
  return [...near.values()];
}

/** How many labels stand beside one another: what the axes leave of the width, by the widest of them. */
function columnsOf({ size, bars }: LinesInput, limits: readonly TrendLimit[]): number {
  const room = size[0] - axisPx - (bars === null ? 0 : barAxisPx);
  const widest = Math.max(1, ...limits.map(({ label }) => labelWidth(label)));
  return Math.min(3, Math.max(1, Math.floor(room / widest)));
}

function valueAxes(input: LinesInput, text: object, [low, high]: readonly [number, number]): readonly object[] {
  const most = Math.max(leastRain, ...(input.bars?.buckets ?? []).map(({ last }) => last));
  const sign = signOf(input);
  const [bottom, top] = sign === 1 ? [low, high] : [-high, -low];
  // The bars get a part of their own above the lines.
  const upTo = input.bars === null ? top : top + ((top - bottom) * barShare) / (1 - barShare);
  return [
    valueAxis([bottom, upTo], text, (value) => input.formatValue(sign * value)),
    {
      type: "value",
      min: -most / barShare,
      max: 0,
      show: input.bars !== null,
      position: "right",
      axisLine: { show: false },
      axisTick: { show: false },
      axisLabel: { ...text, customValues: [-most, 0], formatter: (value: number) => input.formatBar(-value) },
      splitLine: { show: false },
    },
  ];
}

function lineSeries(line: ChartLine, spots: readonly Spot[], input: LinesInput): readonly object[] {
  const colour = input.isGrey || line.isStale ? tokens.text3 : line.colour;
  const drawn = spots.map(([at, value]): Spot => [at, value === null ? null : signOf(input) * value]);
  return [
    {
      type: "line",
      silent: true,
      connectNulls: false,
      id: line.id,
      data: drawn,
      showSymbol: false,
      ...(line.gapMs === null ? { step: "end" } : {}),
      lineStyle: { color: colour, width: 2.5, type: line.dash },
    },
    { id: `${line.id}-dots`, ...dotSeries(dotsOf(drawn, input.to - input.from), colour) },
  ];
}

/** The option of the chart. */
export function linesOption(input: LinesInput): EChartsCoreOption {
  const text = textOf(input.isGrey);
  const spots = input.lines.map((line) => lineOf({ ...line, from: input.from }));
  const limits = limitsOf(input.lines, spots);
  const ends = [...(extentOf(spots) ?? input.range), ...limits.map(({ setpoint }) => setpoint)];
  const bounds = boundsOf(ends, input.range);
  const plot = { bounds, height: input.size[1], columns: columnsOf(input, limits), sign: signOf(input) };
  return {
    animation: false,
    grid: plotGrid,
    xAxis: timeAxis(input, text),
    yAxis: valueAxes(input, text, bounds),
    series: [
      { type: "line", id: "limits", data: [], silent: true, markLine: limitLines(limits, plot) },
      {
        type: "bar",
        id: "rain",
        yAxisIndex: 1,
        silent: true,
        barWidth: "60%",
        itemStyle: { color: input.isGrey ? tokens.text3 : tokens["data-a"] },
        data: (input.bars?.buckets ?? []).map(({ at, last }) => [at + (input.bars?.bucketMs ?? 0) / 2, -last]),
      },
      ...input.lines.flatMap((line, nth) => lineSeries(line, spots[nth] ?? [], input)),
    ],
  };
}
