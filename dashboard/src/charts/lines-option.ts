// Several lines in one chart as data: their gaps, the limits near them, a depth axis downwards, rain as bars that hang from above.
import type { EChartsCoreOption } from "echarts/core";
import { fontFamily, levelColours, levelDashes, tokens } from "./colours.ts";
import { dotsOf, labelColumns, limitsNear, lineOf, type TrendBucket, type TrendLimit } from "./trend-option.ts";

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
export interface LinesInput {
  readonly lines: readonly ChartLine[];
  /** The axis where no line has a value. */
  readonly range: readonly [number, number];
  readonly from: number;
  readonly to: number;
  readonly splitMs: number;
  /** The clock's distance from UTC, ms: ticks stand at whole days of that clock. */
  readonly zoneMs: number;
  /** Greater values below, as depths are. */
  readonly isDownward: boolean;
  /** Amounts per bucket that hang from the upper edge; null where none are shown. */
  readonly bars: { readonly buckets: readonly TrendBucket[]; readonly bucketMs: number } | null;
  readonly size: readonly [width: number, height: number];
  readonly isGrey: boolean;
  readonly formatTime: (at: number) => string;
  readonly formatValue: (value: number) => string;
  readonly formatBar: (value: number) => string;
}

type Point = readonly [number, number | null];

const aroundPlotPx = 44;
/** What the axis of values takes of the width with its margins, and what that of the bars takes. */
const axisPx = 104;
const barAxisPx = 90;
/** A sign of a limit's label, one with another, and what lies around the label. */
const signPx = 10.5;
const besideLabelPx = 12;
/** The bars take so large a part of the height that the lines stay free of them. */
const barShare = 1 / 3;
/** A shower of less than this does not fill the bars' part, mm. */
const leastRain = 5;

function spotsOf(line: ChartLine, from: number): readonly Point[] {
  return lineOf({ ...line, from });
}

/**
 * Greater values below: drawn as their negatives. An `inverse` axis lets ECharts 6.1 shrink the plot to a quarter where
 * its least label is hidden.
 */
function signOf({ isDownward }: LinesInput): 1 | -1 {
  return isDownward ? -1 : 1;
}

/** The least and the greatest value of all lines; null where there is none. */
export function extentOf(lines: readonly (readonly Point[])[]): readonly [number, number] | null {
  const values = lines.flatMap((spots) => spots.flatMap(([, value]) => value ?? []));
  if (values.length === 0) return null;
  return values.reduce<[number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [Infinity, -Infinity],
  );
}

/** The limits near any of the lines, each written once. */
function limitsOf(lines: readonly ChartLine[], spots: readonly (readonly Point[])[]): readonly TrendLimit[] {
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
  const widest = Math.max(1, ...limits.map(({ label }) => label.length * signPx + besideLabelPx));
  return Math.min(3, Math.max(1, Math.floor(room / widest)));
}

function limitLines(input: LinesInput, limits: readonly TrendLimit[], low: number, high: number): readonly object[] {
  const height = Math.max(1, input.size[1] - aroundPlotPx);
  const columns = labelColumns(limits, height / (high - low), columnsOf(input, limits));
  const places = ["insideStartTop", "insideEndTop", "insideMiddleTop"] as const;
  return limits.map((limit) => {
    const column = columns.get(limit);
    return {
      yAxis: signOf(input) * limit.setpoint,
      lineStyle: { color: levelColours[limit.level], type: levelDashes[limit.level], width: 2 },
      label: {
        show: column !== undefined,
        formatter: limit.label,
        position: places[column ?? 0],
        color: levelColours[limit.level],
        fontSize: 18,
        fontFamily,
        padding: [0, 4],
        textBorderColor: tokens.bg1,
        textBorderWidth: 4,
        distance: 1,
      },
    };
  });
}

function timeAxis(input: LinesInput, text: object): object {
  const { splitMs, zoneMs } = input;
  const first = Math.ceil((input.from + zoneMs) / splitMs);
  const count = Math.floor((input.to + zoneMs) / splitMs) - first + 1;
  const ticks = Array.from({ length: count }, (_, nth) => (first + nth) * splitMs - zoneMs);
  return {
    type: "value",
    min: input.from,
    max: input.to,
    // Below the plot also where the depth axis runs downwards.
    position: "bottom",
    axisLine: { onZero: false, lineStyle: { color: tokens["line-strong"] } },
    axisTick: { show: true, customValues: ticks, lineStyle: { color: tokens["line-strong"] } },
    axisLabel: { ...text, customValues: ticks, formatter: input.formatTime, hideOverlap: true },
    splitLine: { show: false },
  };
}

function valueAxes(input: LinesInput, text: object, low: number, high: number): readonly object[] {
  const most = Math.max(leastRain, ...(input.bars?.buckets ?? []).map(({ last }) => last));
  const label = { ...text, showMinLabel: false, showMaxLabel: false };
  const sign = signOf(input);
  const [bottom, top] = sign === 1 ? [low, high] : [-high, -low];
  return [
    {
      type: "value",
      min: bottom,
      // The bars get a part of their own above the lines.
      max: input.bars === null ? top : top + ((top - bottom) * barShare) / (1 - barShare),
      splitNumber: 3,
      axisLine: { show: false },
      axisLabel: { ...label, formatter: (value: number) => input.formatValue(sign * value) },
      splitLine: { lineStyle: { color: tokens.line } },
    },
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

function lineSeries(line: ChartLine, spots: readonly Point[], input: LinesInput): readonly object[] {
  const colour = input.isGrey || line.isStale ? tokens.text3 : line.colour;
  const drawn = spots.map(([at, value]): Point => [at, value === null ? null : signOf(input) * value]);
  const common = { type: "line", silent: true, connectNulls: false, yAxisIndex: 0 };
  return [
    {
      ...common,
      id: line.id,
      data: drawn,
      showSymbol: false,
      ...(line.gapMs === null ? { step: "end" } : {}),
      lineStyle: { color: colour, width: 2.5, type: line.dash },
    },
    // A lone sample has no line to be seen by.
    {
      ...common,
      id: `${line.id}-dots`,
      data: dotsOf(drawn, input.to - input.from).flatMap((dot) => [dot, [dot[0], null]]),
      showSymbol: true,
      showAllSymbol: true,
      symbol: "circle",
      symbolSize: 6,
      itemStyle: { color: colour },
      lineStyle: { color: colour, width: 0 },
    },
  ];
}

/** The option of the chart. */
export function linesOption(input: LinesInput): EChartsCoreOption {
  const text = { color: input.isGrey ? tokens.text3 : tokens.text2, fontSize: 18, fontFamily };
  const spots = input.lines.map((line) => spotsOf(line, input.from));
  const [least, most] = extentOf(spots) ?? input.range;
  const limits = limitsOf(input.lines, spots);
  const ends = [least, most, ...limits.map(({ setpoint }) => setpoint)];
  const pad = Math.max((Math.max(...ends) - Math.min(...ends)) * 0.12, (input.range[1] - input.range[0]) * 0.005, 1e-6);
  const [low, high] = [Math.min(...ends) - pad, Math.max(...ends) + pad];
  return {
    animation: false,
    grid: { left: 8, right: 26, top: 10, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    xAxis: timeAxis(input, text),
    yAxis: valueAxes(input, text, low, high),
    series: [
      {
        type: "line",
        id: "limits",
        data: [],
        silent: true,
        markLine: { silent: true, symbol: "none", animation: false, data: limitLines(input, limits, low, high) },
      },
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
