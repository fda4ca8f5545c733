// The thumbnail of one hit, as data: ten minutes on either side, and when each version raised.
import type { EChartsCoreOption } from "echarts/core";
import { tokens } from "./colours.ts";
import { boundsOf, dotSeries, dotsOf, extentOf } from "./plot.ts";
import { lineOf, type TrendBucket } from "./trend-option.ts";

/** Everything that a thumbnail is drawn from. */
export interface HitInput {
  readonly from: number;
  readonly to: number;
  readonly buckets: readonly TrendBucket[];
  readonly bucketMs: number;
  /** Longer than this without a value is a gap, ms; null for a point that reports by exception. */
  readonly gapMs: number | null;
  readonly range: readonly [number, number];
  /** When each version raised; null where it did not. */
  readonly activeAt: number | null;
  readonly candidateAt: number | null;
}

/** The option of one thumbnail: a solid upright for the candidate, a dotted one for the version in force; no axis has room. */
export function hitOption(input: HitInput): EChartsCoreOption {
  const { from, to, activeAt, candidateAt, range } = input;
  const spots = lineOf({ ...input, newest: null });
  const [min, max] = boundsOf(extentOf([spots]) ?? range, range);
  const uprights = [
    ...(activeAt === null ? [] : [{ xAxis: activeAt, lineStyle: { type: [2, 4], color: tokens.text2, width: 2 } }]),
    ...(candidateAt === null
      ? []
      : [{ xAxis: candidateAt, lineStyle: { type: "solid", color: tokens.text1, width: 2 } }]),
  ];
  return {
    animation: false,
    grid: { left: 2, right: 2, top: 4, bottom: 4 },
    xAxis: { type: "value", min: from, max: to, show: false },
    yAxis: { type: "value", min, max, show: false },
    series: [
      {
        type: "line",
        id: "line",
        data: spots,
        showSymbol: false,
        silent: true,
        connectNulls: false,
        ...(input.gapMs === null ? { step: "end" } : {}),
        lineStyle: { color: tokens["data-a"], width: 2 },
        markLine: { silent: true, symbol: "none", animation: false, label: { show: false }, data: uprights },
      },
      { id: "dots", ...dotSeries(dotsOf(spots, to - from), tokens["data-a"]) },
    ],
  };
}
