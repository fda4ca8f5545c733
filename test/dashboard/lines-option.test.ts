// Several lines in one chart as data: gaps, depths downwards, rain from above, limits near any line; and one drawn for real.
import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, MarkLineComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { describe, expect, it } from "vitest";
import { tokens } from "../../dashboard/src/charts/colours.ts";
import { linesOption, type ChartLine, type LinesInput } from "../../dashboard/src/charts/lines-option.ts";
import type { TrendLimit } from "../../dashboard/src/charts/plot.ts";

const limit = (level: TrendLimit["level"], setpoint: number): TrendLimit => ({
  level,
  setpoint,
  direction: "low",
  label: `${level} ${setpoint}`,
});
const ladder = [limit("red", 2.8), limit("orange", 3.1), limit("yellow", 3.4), limit("blue", 3.6)];
const line = (
  id: string,
  values: readonly (readonly [at: number, value: number])[],
  part: Partial<ChartLine> = {},
): ChartLine => ({
  id,
  buckets: values.map(([at, value]) => ({ at, min: value, max: value, last: value })),
  bucketMs: 10,
  newest: null,
  gapMs: 30,
  colour: tokens["data-a"],
  dash: "solid",
  isStale: false,
  limits: ladder,
  ...part,
});
const input: LinesInput = {
  lines: [
    line("a", [
      [0, 5],
      [10, 5.2],
      [80, 5.4],
    ]),
    line(
      "b",
      [
        [0, 3.5],
        [10, 3.5],
      ],
      { dash: [5, 4], isStale: true },
    ),
  ],
  range: [-1, 50],
  from: 0,
  to: 100,
  splitMs: 50,
  zoneMs: 0,
  isDownward: false,
  bars: null,
  size: [377, 190],
  isGrey: false,
  formatTime: String,
  formatValue: (value) => value.toFixed(1),
  formatBar: (value) => `${value} mm`,
};
interface Series {
  readonly id: string;
  readonly data: readonly (readonly [number, number | null])[];
  readonly lineStyle?: { readonly color: string; readonly type?: unknown };
  readonly markLine?: {
    readonly data: readonly { readonly yAxis: number; readonly label: { readonly formatter: string } }[];
  };
}
interface Axis {
  readonly min: number;
  readonly max: number;
  readonly axisLabel: { readonly formatter: (value: number) => string };
}
function partsOf(part: Partial<LinesInput> = {}) {
  const option = linesOption({ ...input, ...part });
  const series = Object.fromEntries((option["series"] as readonly Series[]).map((each) => [each.id, each]));
  const [values, bars] = option["yAxis"] as readonly [Axis, Axis];
  const { customValues } = (option["xAxis"] as { readonly axisTick: { readonly customValues: readonly number[] } })
    .axisTick;
  return { series, values, bars, ticks: customValues };
}

describe("the chart of several lines", () => {
  it("shows a gap as a gap, each line in its own look, a stale one grey", () => {
    const { series } = partsOf();
    expect(series["a"]?.data).toContainEqual([20, null]);
    expect(series["a"]?.lineStyle).toMatchObject({ color: tokens["data-a"], type: "solid" });
    expect(series["b"]?.lineStyle).toMatchObject({ color: tokens.text3, type: [5, 4] });
    expect(partsOf({ isGrey: true }).series["a"]?.lineStyle?.color).toBe(tokens.text3);
  });

  it("draws the limits near any of its lines, each once", () => {
    const drawn = partsOf().series["limits"]?.markLine?.data.map(({ label }) => label.formatter);
    // Line a is far above blue, which comes next for it; line b has passed blue, and yellow comes next.
    expect(drawn?.toSorted()).toEqual(["blue 3.6", "yellow 3.4"]);
  });

  it("draws depths downwards, with their own figures at the axis", () => {
    const { series, values } = partsOf({ isDownward: true });
    expect(series["a"]?.data[0]).toEqual([0, -5]);
    expect(values.axisLabel.formatter(-5)).toBe("5.0");
    expect(series["limits"]?.markLine?.data.map(({ yAxis }) => yAxis).every((value) => value < 0)).toBe(true);
    expect(values.max).toBeGreaterThan(-3.4);
  });

  it("hangs the rain from the upper edge, clear of the lines", () => {
    const buckets = [4, 12].map((last, nth) => ({ at: nth * 50, min: 0, max: last, last }));
    const { series, values, bars } = partsOf({ bars: { buckets, bucketMs: 50 } });
    expect(series["rain"]?.data).toEqual([
      [25, -4],
      [75, -12],
    ]);
    expect([bars.min, bars.max]).toEqual([-36, 0]);
    expect(bars.axisLabel.formatter(-12)).toBe("12 mm");
    // The topmost value lies below where the longest bar ends.
    expect((5.4 - values.min) / (values.max - values.min)).toBeLessThan(2 / 3);
    expect(partsOf().series["rain"]?.data).toEqual([]);
  });

  it("puts its ticks at whole steps of the shown clock", () => {
    expect(partsOf().ticks).toEqual([0, 50, 100]);
    expect(partsOf({ zoneMs: 30 }).ticks).toEqual([20, 70]);
  });

  it("writes as many limits beside one another as the axes leave room for", () => {
    const near = [limit("red", 3.4), limit("orange", 3.5), limit("yellow", 3.6)];
    const written = (part: Partial<LinesInput>): number => {
      const lines = [
        line(
          "a",
          [
            [0, 3.4],
            [10, 3.6],
          ],
          { limits: near },
        ),
      ];
      const { series } = linesOption({ ...input, lines, ...part }) as {
        readonly series: readonly {
          readonly markLine?: { readonly data: readonly { readonly label: { readonly show: boolean } }[] };
        }[];
      };
      return series[0]?.markLine?.data.filter(({ label }) => label.show).length ?? 0;
    };
    const bars = { buckets: [], bucketMs: 10 };
    expect([written({ size: [600, 60] }), written({ size: [377, 60] }), written({ size: [377, 60], bars })]).toEqual([
      3, 2, 1,
    ]);
  });

  it("has an axis where no line has a value", () => {
    const { values } = partsOf({ lines: [line("a", [])] });
    expect(values.min).toBeLessThan(-1);
    expect(values.max).toBeGreaterThan(50);
  });

  it("is a legal option: ECharts draws it, with a plot that fills its place", () => {
    use([BarChart, LineChart, GridComponent, MarkLineComponent, SVGRenderer]);
    const chart = init(null, null, { renderer: "svg", ssr: true, width: 377, height: 190 });
    chart.setOption(linesOption({ ...input, isDownward: true }));
    const svg = chart.renderToSVGString();
    chart.dispose();
    const heights = [...svg.matchAll(/<path d="M[\d.]+ ([\d.]+)L[\d.]+ \1/gu)].map(([, y]) => Number(y));
    expect(Math.max(...heights) - Math.min(...heights)).toBeGreaterThan(80);
    expect(svg).toContain("yellow 3.4");
  });
});
