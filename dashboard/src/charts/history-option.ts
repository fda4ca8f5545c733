// Points over any time, as data: least to greatest as a band, the mean as a line, and of the chosen one its gaps, limits and alarms.
import type { EChartsCoreOption } from "echarts/core";
import { rankOf, type Level } from "../../../contract/level.ts";
import type { AlarmStep, Gap, LimitSpan, PointSeries } from "../../../contract/series.ts";
import { fontFamily, levelColours, levelDashes, tokens } from "./colours.ts";
import { boundsOf, labelColumns, timeAxis, valueAxis, type TimeSpan, type TrendLimit } from "./plot.ts";
import { limitsNear } from "./trend-option.ts";

/** One point with how it is drawn. */
export interface HistoryLine {
  readonly series: PointSeries;
  readonly unit: string;
  /** The operator's range: the axis where there is no value. */
  readonly range: readonly [number, number];
  /** Longer than this without a value is a gap, ms; null: it holds its value. */
  readonly gapMs: number | null;
}

/** Everything that the chart is drawn from. */
export interface HistoryInput extends TimeSpan {
  readonly lines: readonly HistoryLine[];
  readonly bucketMs: number;
  /** Whose gaps, limits and alarms are drawn: those of all would be a smear. */
  readonly chosen: string | null;
  readonly size: readonly [width: number, height: number];
  readonly formatValue: (value: number, unit: string) => string;
  readonly formatLimit: (limit: LimitSpan) => string;
  readonly formatGap: (gap: Gap) => string;
}

/** Room around the plot, px: fixed, so that a place on the screen is a time. */
export const historyGrid = { left: 72, right: 20, top: 26, bottom: 34, perAxis: 68 } as const;
/** The colours of the lines; from the fifth on dashed, told apart without colour too. */
const colours = [tokens["data-a"], tokens["data-b"], tokens["data-c"], tokens["data-d"]] as const;
const text = { color: tokens.text2, fontSize: 14, fontFamily } as const;
/** A gap narrower than its reason has the reason in the list below alone, px. */
const labelledGapPx = 90;

/** How a line is drawn, by its place. */
export function strokeOf(place: number): { readonly colour: string; readonly dash: "solid" | readonly number[] } {
  return { colour: colours[place % colours.length] as string, dash: place < colours.length ? "solid" : [6, 4] };
}

/** The units in the order of the points: each has an axis of its own. */
export function unitsOf(lines: readonly Pick<HistoryLine, "unit">[]): readonly string[] {
  return [...new Set(lines.map(({ unit }) => unit))];
}

/** Where the plot begins and ends, px from the left. */
export function plotEdges(width: number, units: number): readonly [number, number] {
  return [historyGrid.left, width - historyGrid.right - Math.max(0, units - 1) * historyGrid.perAxis];
}

/** Buckets as spots in their middle; a missing run of them breaks the line. */
function spotsOf({ series, gapMs }: HistoryLine, bucketMs: number, value: (place: number) => number) {
  const spots: (readonly [number, number | null])[] = [];
  let previous: number | null = null;
  for (const [place, { at }] of series.buckets.entries()) {
    const isGap = previous !== null && gapMs !== null && at - previous > Math.max(gapMs, bucketMs) + bucketMs;
    if (isGap) spots.push([(previous as number) + bucketMs, null]);
    spots.push([at + bucketMs / 2, value(place)]);
    previous = at;
  }
  return spots;
}

function bandOf(line: HistoryLine, place: number, axis: number, bucketMs: number): readonly object[] {
  const { buckets, point } = line.series;
  const { colour } = strokeOf(place);
  const edge = { type: "line", silent: true, showSymbol: false, connectNulls: false, yAxisIndex: axis };
  const stacked = { ...edge, stack: `band-${point}`, stackStrategy: "all", lineStyle: { width: 0 } };
  const at = (nth: number): (typeof buckets)[number] => buckets[nth] as (typeof buckets)[number];
  return [
    { ...stacked, id: `${point}-least`, data: spotsOf(line, bucketMs, (nth) => at(nth).min) },
    {
      ...stacked,
      id: `${point}-band`,
      data: spotsOf(line, bucketMs, (nth) => at(nth).max - at(nth).min),
      areaStyle: { color: colour, opacity: 0.28 },
    },
  ];
}

function meanOf(line: HistoryLine, place: number, axis: number, bucketMs: number): object {
  const { buckets, point } = line.series;
  const { colour, dash } = strokeOf(place);
  const isFew = buckets.length < 3;
  return {
    type: "line",
    id: `${point}-mean`,
    silent: true,
    connectNulls: false,
    yAxisIndex: axis,
    // One or two values have no line to be seen by.
    showSymbol: isFew,
    symbol: "circle",
    symbolSize: 6,
    itemStyle: { color: colour },
    ...(line.gapMs === null ? { step: "middle" } : {}),
    data: spotsOf(line, bucketMs, (nth) => buckets[nth]?.mean ?? 0),
    lineStyle: { color: colour, width: 2, type: dash },
  };
}

/** The shape of each level, as everywhere on the screens. */
const symbols: Readonly<Record<Level, string>> = { red: "rect", orange: "triangle", yellow: "circle", blue: "diamond" };

/** Where a step stands: at its value, or at the upper edge where it has none; a return or an act is hollow. */
function markerOf(step: AlarmStep, top: number): object {
  const level = step.level ?? step.fromLevel;
  const isRise = step.level !== null && rankOf(step.level) > rankOf(step.fromLevel);
  const colour = isRise && level !== null ? levelColours[level] : tokens.text1;
  return {
    value: [step.at, step.value ?? top],
    symbol: level === null ? "circle" : symbols[level],
    symbolSize: isRise ? 13 : 8,
    itemStyle: isRise ? { color: colour } : { color: tokens.bg1, borderColor: colour, borderWidth: 2 },
  };
}

function limitSeries(spans: readonly LimitSpan[], axis: number): readonly object[] {
  const lines = new Map<string, LimitSpan[]>();
  for (const span of spans) {
    const key = `${span.rule} ${span.level} ${span.direction}`;
    lines.set(key, [...(lines.get(key) ?? []), span]);
  }
  return [...lines].map(([key, of]) => {
    const [{ level }] = of as [LimitSpan, ...LimitSpan[]];
    return {
      type: "line",
      id: `limit ${key}`,
      silent: true,
      showSymbol: false,
      connectNulls: false,
      yAxisIndex: axis,
      z: 3,
      lineStyle: { color: levelColours[level], width: 2, type: levelDashes[level] },
      data: of.flatMap(({ from, to, setpoint }, place) => [
        // A version that ended before the next began leaves a hole.
        ...(place > 0 && of[place - 1]?.to !== from ? [[from, null]] : []),
        [from, setpoint],
        [to, setpoint],
      ]),
    };
  });
}

function limitLabels(
  spans: readonly LimitSpan[],
  input: HistoryInput,
  axis: number,
  [low, high]: readonly [number, number],
) {
  const newest = spans.filter(({ to }) => to === Math.max(...spans.map((span) => span.to)));
  const heightPx = Math.max(1, input.size[1] - historyGrid.top - historyGrid.bottom);
  const labels = newest.map((span): TrendLimit & { readonly at: number } => ({
    level: span.level,
    setpoint: span.setpoint,
    direction: span.direction,
    label: input.formatLimit(span),
    at: span.to,
  }));
  const columns = labelColumns(labels, heightPx / (high - low), 3);
  return {
    type: "scatter",
    id: "limit-labels",
    silent: true,
    yAxisIndex: axis,
    symbolSize: 1,
    z: 6,
    itemStyle: { color: "transparent" },
    data: labels
      .filter((label) => columns.has(label))
      .map((label) => ({
        value: [label.at, label.setpoint],
        label: {
          show: true,
          formatter: label.label,
          position: "left",
          offset: [-(columns.get(label) ?? 0) * 110, -10],
          color: levelColours[label.level],
          fontSize: 14,
          fontFamily,
          textBorderColor: tokens.bg1,
          textBorderWidth: 4,
        },
      })),
  };
}

function gapAreas({ from, to, size, formatGap, lines }: HistoryInput, gaps: readonly Gap[]): object {
  const [left, right] = plotEdges(size[0], unitsOf(lines).length);
  const pxPerMs = (right - left) / (to - from);
  return {
    silent: true,
    animation: false,
    itemStyle: { color: tokens.bg2, opacity: 0.9 },
    data: gaps.map((gap) => {
      const px = (gap.to - gap.from) * pxPerMs;
      const label = {
        show: px >= labelledGapPx,
        formatter: formatGap(gap),
        position: "insideBottom",
        color: tokens.text2,
        fontSize: 13,
        fontFamily,
        width: Math.max(10, px - 8),
        overflow: "break",
      };
      return [{ xAxis: gap.from, label }, { xAxis: gap.to }];
    }),
  };
}

/** The limits near the line, all their versions: a step is seen whole or not at all. */
function nearLimits(line: HistoryLine): readonly LimitSpan[] {
  const { buckets, limits } = line.series;
  const [low, high] =
    buckets.length === 0
      ? line.range
      : [Math.min(...buckets.map(({ min }) => min)), Math.max(...buckets.map(({ max }) => max))];
  const near = limitsNear(
    limits.map((span) => ({ ...span, label: `${span.rule} ${span.level} ${span.direction}` })),
    low,
    high,
    line.range,
  );
  const names = new Set(near.map(({ label }) => label));
  return limits.filter(({ rule, level, direction }) => names.has(`${rule} ${level} ${direction}`));
}

/** The ends of the axis of one unit. */
function axisBounds(lines: readonly HistoryLine[], chosen: HistoryLine | undefined): readonly [number, number] {
  const ends = lines.flatMap(({ series }) => series.buckets.flatMap(({ min, max }) => [min, max]));
  const limits = chosen === undefined ? [] : nearLimits(chosen).map(({ setpoint }) => setpoint);
  const range = lines[0]?.range ?? [0, 1];
  return boundsOf(ends.length + limits.length === 0 ? range : [...ends, ...limits], range);
}

/** The option of the chart. */
export function historyOption(input: HistoryInput): EChartsCoreOption {
  const { lines, bucketMs, size } = input;
  const units = unitsOf(lines);
  const chosen = lines.find(({ series }) => series.point === input.chosen);
  const [left, right] = plotEdges(size[0], units.length);
  const bounds = units.map((unit) =>
    axisBounds(
      lines.filter((line) => line.unit === unit),
      chosen?.unit === unit ? chosen : undefined,
    ),
  );
  const axis = chosen === undefined ? 0 : units.indexOf(chosen.unit);
  const limits = chosen === undefined ? [] : nearLimits(chosen);
  const edge = bounds[axis] ?? [0, 1];
  const axes = units.map((unit, place) => ({
    ...valueAxis(bounds[place] ?? [0, 1], text, (value) => input.formatValue(value, unit)),
    name: unit === "1" ? "" : unit,
    nameTextStyle: { ...text, align: place === 0 ? "right" : "left" },
    nameGap: 8,
    position: place === 0 ? "left" : "right",
    offset: Math.max(0, place - 1) * historyGrid.perAxis,
    splitLine: { show: place === 0, lineStyle: { color: tokens.line } },
  }));
  return {
    animation: false,
    grid: { left, right: size[0] - right, top: historyGrid.top, bottom: historyGrid.bottom, outerBoundsMode: "none" },
    xAxis: timeAxis(input, text),
    yAxis: axes.length === 0 ? [valueAxis([0, 1], text, () => "")] : axes,
    series: [
      { type: "line", id: "gaps", data: [], silent: true, markArea: gapAreas(input, chosen?.series.gaps ?? []) },
      ...lines.flatMap((line, place) => bandOf(line, place, units.indexOf(line.unit), bucketMs)),
      ...lines.map((line, place) => meanOf(line, place, units.indexOf(line.unit), bucketMs)),
      ...limitSeries(limits, axis),
      limitLabels(limits, input, axis, edge),
      {
        type: "scatter",
        id: "alarms",
        silent: true,
        yAxisIndex: axis,
        z: 8,
        data: (chosen?.series.steps ?? []).map((step) => markerOf(step, edge[1])),
      },
    ],
  };
}
