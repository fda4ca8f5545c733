// The ground plan as data: one scale, true bars, labels that cover nothing on any plan of the demo, and where the wind goes.
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import drawings from "../../config/plant/chemical-drawings.yaml?raw";
import sites from "../../config/plant/chemical.yaml?raw";
import common from "../../config/packs/common.yaml?raw";
import pack from "../../config/packs/hazchem.yaml?raw";
import type { Drawing, Layout } from "../../contract/drawing.ts";
import type { Point } from "../../contract/plant.ts";
import {
  downwind,
  fitPlan,
  fractionOf,
  isWithin,
  overlaps,
  placeLabels,
  scaleBar,
  sectorPath,
  tankView,
  type Box,
  type Spot,
} from "../../dashboard/src/charts/layout-plan.ts";
import { planView } from "../../dashboard/src/screens/site/plan-view.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { pointOf } from "./support.ts";

const frame: Spot = [1036, 396];

interface Kind {
  readonly like?: string;
  readonly unit: string;
  readonly decimals: number;
  readonly range: { readonly sensor: Ends; readonly operator: Ends };
  readonly parameters?: { readonly OEL: number };
}
/** The ends of a toxic gas's range are written as multiples of its exposure limit. */
type Ends = readonly [number | string, number | string];
interface Written {
  readonly code: string;
  readonly kind: string;
}
const kinds = [common, pack].reduce<Readonly<Record<string, Kind>>>(
  (all, file) => ({ ...all, ...(parse(file) as { kinds: Record<string, Kind> }).kinds }),
  {},
);
/** A kind with what it takes over from the one that it is like. */
function kindOf(key: string): Kind | undefined {
  const kind = kinds[key];
  return kind?.like === undefined ? kind : { ...kinds[kind.like], ...kind };
}
const layouts = Object.entries((parse(drawings) as { drawings: Record<string, Drawing> }).drawings).map(
  ([site, { layout }]) => ({ site, layout: layout as Layout }),
);
function rangeOf({ range, parameters }: Kind): Point["range"] {
  const end = (written: number | string): number =>
    typeof written === "number" ? written : Number.parseFloat(written) * (parameters?.OEL ?? 1);
  const { sensor, operator } = range;
  return { sensor: [end(sensor[0]), end(sensor[1])], operator: [end(operator[0]), end(operator[1])] };
}
/** The points of a site by code, as its drawing in the file names them. */
function pointsOf(site: string): ReadonlyMap<string, Point> {
  const written = (parse(sites) as { sites: { id: string; points: Written[] }[] }).sites.find(({ id }) => id === site);
  return new Map(
    (written?.points ?? []).map(({ code, kind }) => {
      const known = kindOf(kind);
      if (known === undefined) throw new Error(`${site}/${code}: no kind ${kind}`);
      const { unit, decimals } = known;
      const range = rangeOf(known);
      return [code, pointOf(`${site}/${code}`, { unit, decimals, range })];
    }),
  );
}

describe("the scale of a ground plan", () => {
  it("is one for both axes, and the plan lies in the middle of its frame, north up", () => {
    const fit = fitPlan({ width: 100, height: 20 }, [500, 300]);
    expect(fit.pxPerMetre).toBe(5);
    expect(fit.spot(0, 0)).toEqual([0, 200]);
    expect(fit.spot(100, 20)).toEqual([500, 100]);
    expect(fit.box(10, 5, 4, 2)).toEqual({ x: 50, y: 165, width: 20, height: 10 });
  });

  it("is told by a bar of a round number of metres", () => {
    expect(scaleBar(5)).toEqual({ metres: 10, px: 50 });
    expect(scaleBar(16)).toEqual({ metres: 5, px: 80 });
    expect(scaleBar(0.01)).toEqual({ metres: 1000, px: 10 });
  });

  it("draws a tank's bar as high as the tank", () => {
    const fit = fitPlan({ width: 100, height: 60 }, [1000, 600]);
    const { bar, radius } = tankView({ x: 50, y: 30, diameter: 9, height: 12 }, fit);
    expect(bar.height).toBe(120);
    expect(bar.y + bar.height / 2).toBe(300);
    expect(radius).toBe(45);
  });

  it("fills a bar by percent, by metres of the tank, or by the range of whatever else is measured", () => {
    expect(fractionOf(62.5, "%", 12, [0, 105])).toBe(0.625);
    expect(fractionOf(3, "m", 12, [0, 50])).toBe(0.25);
    expect(fractionOf(15, "t", 12, [10, 20])).toBe(0.5);
    expect([fractionOf(120, "%", 12, [0, 1]), fractionOf(-3, "%", 12, [0, 1])]).toEqual([1, 0]);
  });
});

describe("the labels of a ground plan", () => {
  const thing = (id: string, box: Box): Parameters<typeof placeLabels>[0][number] => ({
    id,
    box,
    size: [60, 20],
    isRoom: false,
  });

  it("stand beside what they belong to, and farther off with a line where there is no room", () => {
    const box = { x: 100, y: 100, width: 20, height: 20 };
    expect(placeLabels([thing("a", box)], [], [400, 300]).get("a")).toEqual({
      box: { x: 124, y: 100, width: 60, height: 20 },
      leader: null,
    });
    const wall = { id: "wall", box: { x: 20, y: 40, width: 180, height: 140 } };
    const apart = placeLabels([thing("a", box)], [wall], [400, 300]).get("a");
    expect(apart?.leader).not.toBeNull();
    expect(overlaps(apart?.box as Box, wall.box)).toBe(false);
  });

  it("are left out where the frame is full, and never laid over another thing", () => {
    const box = { x: 10, y: 10, width: 20, height: 20 };
    const full = { id: "all", box: { x: 0, y: 0, width: 100, height: 50 } };
    expect(placeLabels([thing("a", box)], [full], [100, 50]).size).toBe(0);
  });

  it("stand within a room, but not on another thing in it", () => {
    const room = { ...thing("room", { x: 0, y: 0, width: 200, height: 100 }), isRoom: true };
    expect(placeLabels([room], [], [200, 100]).get("room")?.box).toEqual({ x: 70, y: 40, width: 60, height: 20 });
    const tank = { id: "tank", box: { x: 60, y: 0, width: 80, height: 100 } };
    expect(placeLabels([room], [tank], [200, 100]).get("room")?.box.x).toBeLessThan(60);
  });
});

describe.each(["zh", "en"] as const)("the plans of the demo, %s", (language) => {
  const words = createWords(language);

  it.each(layouts)("place every label of $site without covering anything", ({ site, layout }) => {
    const points = pointsOf(site);
    const { labels, tanks, fit } = planView(layout, points, words, frame);
    const asked = layout.tanks.length + layout.detectors.length + layout.buildings.length;
    expect(labels.size).toBe(asked);
    const boxes = [...labels].map(([id, { box }]) => ({ id, box }));
    for (const [nth, { id, box }] of boxes.entries()) {
      expect(isWithin(box, frame), `${id} in the frame`).toBe(true);
      for (const other of boxes.slice(nth + 1)) expect(overlaps(box, other.box), `${id} on ${other.id}`).toBe(false);
      for (const [place, tank] of tanks.entries()) {
        // A vessel without a gauge is a room for its own name.
        if (id === `tank ${place}` && layout.tanks[place]?.level === undefined) continue;
        expect(overlaps(box, tank.bar), `${id} on the bar of tank ${place}`).toBe(false);
      }
      for (const { point, x, y } of layout.detectors) {
        const [px, py] = fit.spot(x, y);
        const square = { x: px - 6, y: py - 6, width: 12, height: 12 };
        expect(overlaps(box, square), `${id} on ${point}`).toBe(false);
      }
    }
  });

  it.each(layouts)("draw nothing of $site beyond its own ground", ({ layout }) => {
    const { tanks } = planView(layout, new Map(), words, frame);
    for (const { box } of tanks) expect(isWithin(box, frame)).toBe(true);
    for (const { x, y, width, height } of layout.buildings) {
      expect(Math.min(x, y, layout.width - x - width, layout.height - y - height)).toBeGreaterThanOrEqual(0);
    }
    for (const [x, y] of layout.pipes.flat()) {
      expect(Math.min(x, y, layout.width - x, layout.height - y)).toBeGreaterThanOrEqual(0);
    }
  });
});

describe("the wind", () => {
  it("that comes from the north blows to the south, which is down", () => {
    const [x, y] = downwind(0);
    expect(x).toBeCloseTo(0);
    expect(y).toBeCloseTo(1);
    expect(downwind(270)[0]).toBeCloseTo(1);
  });

  it("carries what leaves a place into a sector of 30° behind it", () => {
    // From the west: the sector opens to the east, 15° to each side.
    expect(sectorPath([100, 100], 270, 100, 30)).toBe("M100.0 100.0L196.6 74.1A100 100 0 0 1 196.6 125.9Z");
  });
});
