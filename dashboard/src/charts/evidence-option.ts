// The picture of evidence, as data: a trend that stands still, with an upright line at the first alarm.
import type { EChartsCoreOption } from "echarts/core";
import { tokens } from "./colours.ts";
import { trendOption, type TrendInput } from "./trend-option.ts";

/** The option of a trend with a line at an instant. */
export function evidenceOption(input: TrendInput, firstAt: number): EChartsCoreOption {
  const trend = trendOption(input);
  const first = {
    id: "first",
    type: "line",
    silent: true,
    data: [],
    markLine: {
      animation: false,
      silent: true,
      symbol: "none",
      label: { show: false },
      lineStyle: { color: input.isGrey ? tokens.text3 : tokens.text1, width: 2, type: "solid" },
      data: [{ xAxis: firstAt }],
    },
  };
  // What comes after the last value of a picture that stands still is not known: no dashed end.
  const series = (trend["series"] as { readonly id: string }[]).filter(({ id }) => id !== "stale");
  return { ...trend, series: [...series, first] };
}
