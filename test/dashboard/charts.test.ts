// The charts as data, and one drawn for real on the server side.
import { LineChart, LinesChart, ScatterChart } from "echarts/charts";
import { GeoComponent, GridComponent, MarkLineComponent } from "echarts/components";
import { init, registerMap, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levelColours, tokens } from "../../dashboard/src/charts/colours.ts";
import {
  boxOf,
  guardOf,
  overlaps,
  placeNames,
  placesOf,
  type Box,
  type Spot,
} from "../../dashboard/src/charts/map-labels.ts";
import { clustersOf } from "../../dashboard/src/charts/map-clusters.ts";
import { writtenOf } from "../../dashboard/src/charts/map-names.ts";
import { mapOption } from "../../dashboard/src/charts/map-option.ts";
import { joined, markShift, markSize, type MapInput, type MapSite } from "../../dashboard/src/charts/map-signs.ts";
import { dotsOf, labelColumns, type TrendLimit } from "../../dashboard/src/charts/plot.ts";
import { limitsNear, lineOf, trendOption, type TrendInput } from "../../dashboard/src/charts/trend-option.ts";

const limit = (level: TrendLimit["level"], setpoint: number, direction: "high" | "low" = "high"): TrendLimit => ({
  level,
  setpoint,
  direction,
  label: `${level} ${setpoint}`,
});
const input: TrendInput = {
  buckets: [
    { at: 1000, min: 5, max: 5, last: 5 },
    { at: 2000, min: 4, max: 9, last: 8 },
  ],
  bucketMs: 1000,
  newest: { at: 2900, value: 8 },
  limits: [limit("red", 10), limit("yellow", 6), limit("blue", 90)],
  from: 0,
  to: 4000,
  gapMs: 3000,
  isStale: false,
  isGrey: false,
  range: [0, 20],
  splitMs: 1000,
  zoneMs: 0,
  size: [296, 148],
  formatTime: String,
  formatValue: String,
};
interface Series {
  readonly id: string;
  readonly data: readonly (readonly [number, number | null])[];
  readonly step?: string;
  readonly markLine?: { readonly data: readonly { readonly yAxis: number }[] };
}
function seriesOf(part: Partial<TrendInput>): Readonly<Record<string, Series>> {
  const list = trendOption({ ...input, ...part })["series"] as readonly Series[];
  return Object.fromEntries(list.map((series) => [series.id, series]));
}

describe("the trend", () => {
  it("draws the least and the greatest value of each bucket, the end that it closed at last", () => {
    expect(lineOf(input)).toEqual([
      [1000, 5],
      [2000, 4],
      [2500, 9],
      [2900, 8],
    ]);
  });

  it("breaks the line where values are missing for longer than the point may be silent", () => {
    const late = { at: 9000, min: 3, max: 3, last: 3 };
    expect(lineOf({ ...input, buckets: [...input.buckets, late], newest: null })).toContainEqual([3000, null]);
    expect(lineOf({ ...input, buckets: [...input.buckets, late], newest: null, gapMs: 8000 })).not.toContainEqual([
      3000,
      null,
    ]);
  });

  it("draws the limits that the line has reached, the next one, and every near one, but none far away", () => {
    const limits = [
      limit("blue", 10),
      limit("yellow", 20),
      limit("red", 60),
      limit("orange", 300),
      limit("blue", 1, "low"),
    ];
    expect(limitsNear(limits, 12, 18, [0, 100]).map(({ setpoint }) => setpoint)).toEqual([10, 20, 1]);
    expect(limitsNear([limit("blue", 10), limit("red", 75)], 91, 91, [0, 100]).map(({ level }) => level)).toEqual([
      "red",
    ]);
    expect(limitsNear(limits, 12, 18, [0, 1000]).map(({ setpoint }) => setpoint)).toEqual([10, 20, 60, 1]);
  });

  it("has an axis that reaches every limit it draws", () => {
    const option = trendOption(input);
    const axis = option["yAxis"] as { readonly min: number; readonly max: number };
    expect(axis.max).toBeGreaterThan(10);
    expect(seriesOf({})["line"]?.markLine?.data.map(({ yAxis }) => yAxis)).toEqual([6, 10]);
  });

  it("goes on dashed, not solid, from the last good value once it is stale", () => {
    expect(seriesOf({})["stale"]?.data).toEqual([]);
    const { line, stale } = seriesOf({ isStale: true });
    expect(line?.data.at(-1)).toEqual([2900, 8]);
    expect(stale?.data).toEqual([
      [2900, 8],
      [4000, 8],
    ]);
  });

  it("holds the value of a point that reports by exception, in steps", () => {
    const { line } = seriesOf({ gapMs: null });
    expect(line?.step).toBe("end");
    expect(line?.data.at(-1)).toEqual([4000, 8]);
  });

  it("holds a value from before the window of a point that reports by exception", () => {
    const { line } = seriesOf({ gapMs: null, buckets: [], newest: { at: 1000, value: 8 }, from: 2000 });
    expect(line?.data).toEqual([
      [2000, 8],
      [4000, 8],
    ]);
  });

  it("draws a lone sample as a dot, and a line without dots", () => {
    const lone = { buckets: [{ at: 1000, min: 5, max: 5, last: 5 }], newest: null };
    expect(seriesOf(lone)["dots"]?.data).toEqual([
      [1000, 5],
      [1000, null],
    ]);
    expect(seriesOf({})["dots"]?.data).toEqual([]);
    const spots = [
      [0, 1],
      [10, null],
      [500, 2],
      [505, 3],
      [510, null],
      [600, 4],
      [900, 5],
    ] as const;
    expect(dotsOf(spots, 1000)).toEqual([
      [0, 1],
      [505, 3],
    ]);
  });

  it("stand beside one another only where both words have room", () => {
    const written = (labels: readonly string[]): number => {
      const limits = [limit("red", 10), limit("orange", 10.1)].map((each, nth) => ({
        ...each,
        label: labels[nth] ?? "",
      }));
      const [line] = trendOption({ ...input, limits })["series"] as readonly {
        readonly markLine: { readonly data: readonly { readonly label: { readonly show: boolean } }[] };
      }[];
      return line?.markLine.data.filter(({ label }) => label.show).length ?? 0;
    };
    expect(written(["红 ≤2.80", "橙 ≤3.08"])).toBe(2);
    expect(written(["Red ≤2.80", "Orange ≤3.08"])).toBe(1);
  });

  it("stand three abreast on a wide drawing only where all words have room", () => {
    const written = (labels: readonly string[]): number => {
      const limits = (["red", "orange", "yellow"] as const).map((level, nth) => ({
        ...limit(level, 10 + nth / 10),
        label: labels[nth] ?? "",
      }));
      const [line] = trendOption({ ...input, size: [445, 148], limits })["series"] as readonly {
        readonly markLine: { readonly data: readonly { readonly label: { readonly show: boolean } }[] };
      }[];
      return line?.markLine.data.filter(({ label }) => label.show).length ?? 0;
    };
    expect(written(["红 ≥80.00", "橙 ≥78.00", "黄 ≥75.00"])).toBe(3);
    expect(written(["Red ≥80.00", "Orange ≥78.00", "Yellow ≥75.00"])).toBe(2);
  });

  it("writes labels of near limits side by side, and none but the highest where there is no room", () => {
    const limits = [limit("blue", 10), limit("yellow", 12), limit("red", 16), limit("orange", 14), limit("red", 60)];
    const columns = labelColumns(limits, 2, 2);
    const placed = [...columns].map(([{ level, setpoint }, column]) => [level, setpoint, column]);
    expect(placed).toEqual([
      ["red", 16, 0],
      ["red", 60, 0],
      ["orange", 14, 1],
    ]);
    expect(labelColumns(limits, 20, 2).size).toBe(5);
    expect(seriesOf({ limits, range: [0, 1000] })["line"]?.markLine?.data).toHaveLength(5);
  });

  it("never animates", () => {
    expect(trendOption(input)["animation"]).toBe(false);
    expect(JSON.stringify([trendOption(input), mapOption(map)])).not.toMatch(/effect/i);
  });

  it("is a legal option: it can be drawn", () => {
    use([LineChart, GridComponent, MarkLineComponent, SVGRenderer]);
    const chart = init(null, null, { renderer: "svg", ssr: true, width: 320, height: 160 });
    chart.setOption(trendOption(input));
    const picture = chart.renderToSVGString();
    chart.dispose();
    expect(picture).toContain("red 10");
    expect(picture.toLowerCase()).toContain(levelColours.red);
  });
});

const square = [
  [115, 22],
  [116, 22],
  [116, 23],
  [115, 23],
  [115, 22],
] as const;
const site = (id: string, status: MapSite["status"], lng = 115.5, lat = 22.5): MapSite => ({
  id,
  lng,
  lat,
  name: `名${id}`,
  town: id,
  outline: "trapezoid",
  isMarked: false,
  status,
});
const map: MapInput = {
  map: "test",
  counties: [
    { id: "1", name: "甲县", centre: [115.5, 22.5], rings: [square], level: "red" },
    { id: "2", name: "乙县", centre: [115.2, 22.2], rings: [square], level: "yellow" },
  ],
  sites: [
    site("a", "normal", 115.1, 22.9),
    site("b", "red"),
    site("c", "offline", 115.8, 22.2),
    site("d", "unknown", 115.2, 22.8),
  ],
  isGrey: false,
  frame: [992, 600],
};
interface Item {
  readonly id: string;
  readonly symbol: string;
  readonly symbolSize: number;
  readonly itemStyle: { readonly color: string; readonly borderType?: unknown };
}
function mapSeries(id: string): readonly Item[] {
  const list = mapOption(map)["series"] as readonly { readonly id: string; readonly data: readonly Item[] }[];
  return list.find((series) => series.id === id)?.data ?? [];
}

describe("the map", () => {
  it("gives abnormal sites the shape and size of their level, and healthy ones the outline of their sector in grey", () => {
    const sites = mapSeries("sites");
    const of = (id: string): Item | undefined => sites.find((item) => item.id === id);
    expect(of("a")?.itemStyle.color).toBe(tokens.asset);
    expect(of("b")).toMatchObject({ symbolSize: 30, itemStyle: { color: levelColours.red } });
    expect(of("c")?.symbol).toContain("M0 10L10 0");
    expect(of("d")?.itemStyle.borderType).toEqual([3, 3]);
    expect(sites.at(-1)?.id).toBe("b");
  });

  it("draws the wind at sites in alarm only, down the wind, and not while the link is lost", () => {
    const sites = map.sites.map((each) => ({ ...each, windFrom: 90 }));
    const windOf = (drawn: MapInput): readonly unknown[] => {
      const list = mapOption(drawn)["series"] as readonly { readonly id: string; readonly data: readonly unknown[] }[];
      return list.find(({ id }) => id === "wind")?.data ?? [];
    };
    expect(windOf({ ...map, sites })).toMatchObject([{ id: "b", symbolRotate: -270 }]);
    expect(windOf(map)).toEqual([]);
    expect(windOf({ ...map, sites, isGrey: true })).toEqual([]);
  });

  it("joins sites of one town that would cover one another: the worst, by the town's name with their number", () => {
    const near = { town: "某镇", lng: 115.8, lat: 22.2 };
    const sites = [
      { ...site("a", "normal"), ...near },
      { ...site("b", "orange"), ...near, lng: 115.801 },
      { ...site("c", "yellow"), ...near, town: "邻镇" },
      { ...site("d", "red"), ...near, lat: 22.6 },
    ];
    const list = mapOption({ ...map, sites })["series"] as readonly { readonly id: string; readonly data: object[] }[];
    const signs = list.find(({ id }) => id === "sites")?.data;
    expect(signs).toHaveLength(3);
    expect(signs).toContainEqual(
      expect.objectContaining({ id: "b", symbolSize: 28, label: expect.objectContaining({ formatter: "某镇 ×2" }) }),
    );
    expect(clustersOf([]).length).toBe(0);
    // A chain is one group, whichever link comes last.
    const chain = [0, 40, 20].map((x, nth) => ({ id: `${nth}`, town: "t", rank: nth, at: [x, 0] as const }));
    expect(clustersOf(chain).map((group) => group.map(({ id }) => id))).toEqual([["2", "1", "0"]]);
  });

  it("outlines the marked county in no level's colour", () => {
    const list = mapOption({ ...map, focus: "2" })["series"] as readonly {
      readonly id: string;
      readonly data: object[];
    }[];
    expect(list.find(({ id }) => id === "borders")?.data[0]).toMatchObject({ lineStyle: { color: tokens.text1 } });
  });

  it("borders a county in its level at red and orange only", () => {
    expect(mapSeries("borders")).toHaveLength(1);
    expect(mapSeries("borders")[0]).toMatchObject({ lineStyle: { color: levelColours.red, width: 4 } });
  });

  it("is a legal option: it can be drawn", () => {
    use([LinesChart, ScatterChart, GeoComponent, SVGRenderer]);
    registerMap("test", {
      type: "FeatureCollection",
      features: [
        {
          type: "Feature",
          properties: { name: "甲县" },
          geometry: { type: "Polygon", coordinates: [square.map(([lng, lat]) => [lng, lat])] },
        },
      ],
    } as unknown as Parameters<typeof registerMap>[1]);
    const chart = init(null, null, { renderer: "svg", ssr: true, width: 992, height: 600 });
    chart.setOption(mapOption(map));
    const picture = chart.renderToSVGString();
    chart.dispose();
    expect(picture).toContain("甲县");
    expect(picture).toContain("名b");
  });
});

describe("the names on the map", () => {
  const frame = [992, 600] as const;
  const spot = (id: string, x: number, y: number, rank: number): Spot => ({
    id,
    x,
    y,
    size: 20,
    name: "某某尾矿库",
    rank,
  });
  const symbolOf = ({ x, y, size }: Spot): Box => [x, y, size, size];

  it("stand at different sides of neighbours, the worst site first", () => {
    const placed = placeNames([spot("low", 0, 0, 1), spot("high", 60, 0, 4)], [], frame);
    expect(placed.get("high")?.side).toBe("right");
    expect(placed.get("low")?.side).not.toBe("right");
  });

  it("stay inside the panel", () => {
    expect(placeNames([spot("edge", 480, 0, 4)], [], frame).get("edge")?.side).toBe("left");
  });

  it("take the side that leaves the others one", () => {
    // The only places of the other one are to its left, where the worse one would like to stand.
    const taken: readonly Box[] = [
      [206, 0, 90, 90],
      [136, -32, 200, 19],
      [136, 32, 200, 19],
    ];
    const placed = placeNames([spot("high", 0, 0, 4), spot("low", 136, 0, 1)], taken, frame);
    expect([placed.get("high")?.side, placed.get("low")?.side]).toEqual(["left", "left"]);
  });

  it("stand beside no other symbol, whose name they would seem to be", () => {
    // Between the two there is room for the name and no more.
    const placed = placeNames([spot("named", 0, 0, 4), { ...spot("other", 124, 0, 1), name: "" }], [], frame);
    expect(placed.get("named")?.side).toBe("left");
    expect(
      placeNames([spot("named", 0, 0, 4), { ...spot("other", 160, 0, 1), name: "" }], [], frame).get("named")?.side,
    ).toBe("right");
  });

  it("are left out where nothing is free, whatever their level", () => {
    expect(placeNames([spot("high", 0, 0, 4)], [[0, 0, 900, 500]], frame).size).toBe(0);
  });

  it("never cover one another nor a symbol, and of two in one place the worse has its own", () => {
    const places = fc.record({ x: fc.integer({ min: -300, max: 300 }), y: fc.integer({ min: -200, max: 200 }) });
    const crowd = fc.array(fc.tuple(places, fc.integer({ min: 0, max: 4 })), { maxLength: 40 });
    fc.assert(
      fc.property(crowd, (all) => {
        const spots = all.map(([{ x, y }, rank], nth) => spot(`${nth}`, x, y, rank));
        const placed = placeNames(spots, [], frame);
        const names = spots.flatMap((each) => {
          const place = placed.get(each.id);
          return place === undefined ? [] : [boxOf(each, place)];
        });
        for (const [nth, name] of names.entries()) {
          expect(names.slice(nth + 1).some((other) => overlaps(name, other))).toBe(false);
          expect(spots.some((each) => overlaps(name, symbolOf(each)))).toBe(false);
        }
        // Whoever has none would have had to cover a symbol or a name that is no less urgent.
        for (const each of spots.filter(({ id }) => !placed.has(id))) {
          const before = spots.flatMap((one) => {
            const place = placed.get(one.id);
            return place === undefined || one.rank < each.rank ? [] : [boxOf(one, place)];
          });
          const firm = [...spots.filter((one) => one !== each).map(guardOf), ...before];
          for (const place of placesOf(each)) {
            const box = boxOf(each, place);
            const isOutside = Math.abs(box[0]) + box[2] / 2 > 496 || Math.abs(box[1]) + box[3] / 2 > 300;
            expect(isOutside || firm.some((other) => overlaps(box, other))).toBe(true);
          }
        }
        expect(placeNames(spots.toReversed(), [], frame)).toEqual(placed);
      }),
    );
  });

  it("of counties give way to red ones, move beside the signs, and are left out where they find no place", () => {
    const at = { ...site("b", "red"), lng: 115.5, lat: 22.5 };
    const [shift] = writtenOf({ ...map, sites: [at] }, joined({ ...map, sites: [at] })).counties;
    expect(shift).not.toEqual([0, 0]);
    expect(shift).not.toBeNull();
    // Within its own county wherever there is room: beside it, it would be read as the neighbour's.
    const corner = { ...map.counties[0], centre: [115.02, 22.5], name: "甲" } as MapInput["counties"][number];
    const blocked = { ...map, counties: [corner], sites: [{ ...site("c", "normal"), lng: 115.02, lat: 22.5 }] };
    const [moved] = writtenOf(blocked, joined(blocked)).counties;
    expect(moved).toEqual([20, 0]);
    const narrow = { ...map, frame: [60, 40], sites: [at] } as const;
    expect(writtenOf(narrow, joined(narrow)).counties).toContain(null);
  });
});

describe("the mark of what is shelved, suppressed or out of service", () => {
  it("stands beside the sign of its site, small, without a hue, and is no place for a name", () => {
    const shelved = { ...site("b", "orange", 115.5, 22.5), isMarked: true };
    const drawn = { ...map, sites: [site("a", "red", 115.1, 22.9), shelved] };
    const list = mapOption(drawn)["series"] as readonly {
      readonly id: string;
      readonly data: readonly object[];
      readonly symbolSize: number;
      readonly itemStyle: object;
    }[];
    const marks = list.find(({ id }) => id === "marks");
    expect(marks?.data).toEqual([{ id: "b", value: [115.5, 22.5], symbolOffset: [21, -21] }]);
    expect(marks).toMatchObject({ symbolSize: 14, itemStyle: { color: "transparent", borderColor: tokens.text2 } });
    expect(list.find(({ id }) => id === "sites")?.data).toHaveLength(2);
    const place = writtenOf(drawn, joined(drawn)).places.get("b");
    const [right, down] = markShift(shelved);
    const beside = { side: "right", offset: [0, 0] } as const;
    const name = boxOf({ x: 0, y: 0, size: 28, name: shelved.name }, place ?? beside);
    expect(place).toBeDefined();
    expect(overlaps(name, [right, down, markSize, markSize])).toBe(false);
  });

  it("stands beside the sign that several sites share", () => {
    const near = { town: "某镇", lng: 115.8, lat: 22.2 };
    const sites = [
      { ...site("a", "normal"), ...near, isMarked: true },
      { ...site("b", "orange"), ...near },
    ];
    expect(joined({ ...map, sites })).toMatchObject([{ id: "b", isMarked: true, count: 2 }]);
  });
});
