// A chart's option for a wall that is read from afar: type, signs and distances grow, data stay what they are.
import { describe, expect, it } from "vitest";
import { enlarge } from "../../dashboard/src/charts/enlarge.ts";
import { mapOption } from "../../dashboard/src/charts/map-option.ts";

describe("an option that is read from afar", () => {
  it("has larger type, signs and margins, and the same data", () => {
    const option = {
      grid: { left: 8, top: 10, outerBoundsMode: "same" },
      series: [
        { symbolSize: 30, data: [[1000, 2], { value: [115, 23], label: { fontSize: 18, offset: [0, -34] } }] },
        { markLine: { data: [{ yAxis: 50, label: { fontSize: 18, distance: 1 } }] } },
      ],
    };
    expect(enlarge(option, 2)).toEqual({
      grid: { left: 16, top: 20, outerBoundsMode: "same" },
      series: [
        { symbolSize: 60, data: [[1000, 2], { value: [115, 23], label: { fontSize: 36, offset: [0, -68] } }] },
        { markLine: { data: [{ yAxis: 50, label: { fontSize: 36, distance: 2 } }] } },
      ],
    });
    expect(option.grid.left).toBe(8);
  });

  it("widens a text that breaks with its type, and no line", () => {
    const option = { label: { width: 82, overflow: "break" }, lineStyle: { width: 2 } };
    expect(enlarge(option, 2)).toEqual({ label: { width: 164, overflow: "break" }, lineStyle: { width: 2 } });
  });

  it("keeps the formatters, and is the very same where nothing is enlarged", () => {
    const option = { axisLabel: { formatter: (at: number) => `${at}`, fontSize: 10 } };
    expect(enlarge(option, 1)).toBe(option);
    expect(enlarge(option, 1.4).axisLabel.formatter(3)).toBe("3");
    expect(enlarge(option, 1.4).axisLabel.fontSize).toBe(14);
  });
});

describe("the map in a narrow panel", () => {
  it("takes its width and no more", () => {
    const input = { map: "region", counties: [], sites: [], isGrey: false };
    const sizeIn = (frame: readonly [number, number]): unknown =>
      (mapOption({ ...input, frame })["geo"] as { readonly layoutSize: string }).layoutSize;
    expect(sizeIn([992, 600])).toBe("140%");
    expect(Number.parseFloat(String(sizeIn([648, 534]))) * 5.34).toBeCloseTo(0.92 * 648, 5);
  });
});
