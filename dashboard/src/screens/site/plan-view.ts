// What the ground plan of a site shows: which texts stand at a tank, and where every label of the plan has its place.
import type { Layout, Tank } from "../../../../contract/drawing.ts";
import type { Point } from "../../../../contract/plant.ts";
import {
  around,
  fitPlan,
  overlaps,
  placeLabels,
  tankView,
  type Fit,
  type Label,
  type Labelled,
  type Spot,
  type TankView,
} from "../../charts/layout-plan.ts";
import { widthOf } from "../../charts/map-labels.ts";
import { formatQuantity } from "../../text/number.ts";
import type { Words } from "../../text/words.ts";

/** wall.md §5: nothing is written smaller than 18 px; this is the height of its line. */
export const lineHeight = 22;
/** The edge of a detector's square, calm and abnormal. */
export const detectorPx = { calm: 12, abnormal: 24 } as const;
const valvePx = [20, 12] as const;
/** Room before a figure for the shape of its level. */
export const gutterPx = 18;

/** One figure at a tank. */
export interface TankFigure {
  readonly key: "site.tank.level" | "site.tank.temperature" | "site.tank.pressure" | "site.tank.levelSwitch";
  readonly point: Point;
}

/** What is measured at a tank, the level first. */
export function figuresOf(tank: Tank, points: ReadonlyMap<string, Point>): readonly TankFigure[] {
  const wanted = [
    ["site.tank.level", tank.level],
    ["site.tank.temperature", tank.temperature],
    ["site.tank.pressure", tank.pressure],
    ["site.tank.levelSwitch", tank.levelSwitch],
  ] as const;
  return wanted.flatMap(([key, id]) => {
    const point = points.get(id ?? "");
    return point === undefined ? [] : [{ key, point }];
  });
}

/** The longest figure that a point can show: a label's place must not depend on the value of the moment. */
function longestFigure(point: Point): string {
  return point.range.sensor
    .map((value) => formatQuantity(value, point.decimals, point.unit))
    .reduce((a, b) => (a.length >= b.length ? a : b));
}

/** The longest note that the plan writes below the figures. */
function longestNote({ t }: Words): string {
  return t("value.stale", { duration: "119 min" });
}

function sizeOf(lines: readonly string[]): Spot {
  return [Math.max(...lines.map(widthOf)) + 2, lines.length * lineHeight];
}

/** The lines of a tank's label at their longest: its name, its figures, and a line for what must be said of them. */
function tankSize(tank: Tank, points: ReadonlyMap<string, Point>, words: Words): Spot {
  const figures = figuresOf(tank, points);
  const lines = figures.map(({ key, point }) =>
    key === "site.tank.levelSwitch"
      ? `${words.t(key)} ${words.t("site.switch.tripped")}`
      : `${words.t(key)} ${longestFigure(point)}`,
  );
  if (lines.length === 0) return sizeOf([words.of(tank.name)]);
  const [width, height] = sizeOf([words.of(tank.name), ...lines, longestNote(words)]);
  return [width + gutterPx, height];
}

/** A plan as it is drawn. */
export interface PlanView {
  readonly fit: Fit;
  readonly tanks: readonly TankView[];
  /** By `tank 0`, `detector 0`, `building 0`, as they stand in the layout. */
  readonly labels: ReadonlyMap<string, Label>;
}

/** A plan as it is drawn in a frame: the same for every value, so that nothing on it ever jumps. */
export function planView(layout: Layout, points: ReadonlyMap<string, Point>, words: Words, frame: Spot): PlanView {
  const fit = fitPlan(layout, frame);
  const tanks = layout.tanks.map((tank) => tankView(tank, fit));
  const tankThings = layout.tanks.map((tank, nth): Labelled => {
    const { box = around([0, 0], 0, 0), centre = [0, 0], radius = 0 } = tanks[nth] ?? {};
    const isBare = figuresOf(tank, points).length === 0;
    return {
      id: `tank ${nth}`,
      box: isBare ? around(centre, radius * 2, radius * 2) : box,
      size: tankSize(tank, points, words),
      isRoom: isBare,
    };
  });
  const detectors = layout.detectors.map(({ point, x, y }, nth): Labelled => {
    const known = points.get(point);
    const lines = known === undefined ? [point] : [known.code, longestFigure(known)];
    const edge = detectorPx.abnormal;
    return { id: `detector ${nth}`, box: around(fit.spot(x, y), edge, edge), size: sizeOf(lines), isRoom: false };
  });
  const buildings = layout.buildings.map(({ name, x, y, width, height }, nth): Labelled => ({
    id: `building ${nth}`,
    box: fit.box(x, y, width, height),
    size: sizeOf([words.of(name)]),
    isRoom: true,
  }));
  const valves = layout.valves.map(({ x, y }, nth) => ({
    id: `valve ${nth}`,
    box: around(fit.spot(x, y), valvePx[0], valvePx[1]),
  }));
  // A bund stands around what is measured in it: labels may stand there, but on another building only for want of room.
  const measured = [...tanks.map(({ box }) => box), ...detectors.map(({ box }) => box)];
  const solid = buildings
    .filter(({ box }) => !measured.some((inner) => overlaps(inner, box)))
    .map(({ id, box }) => ({ id, box, isSoft: true }));
  // What has figures comes first; a building's name finds a place in what is left of its room.
  const isInstrumented = ({ isRoom }: Labelled): boolean => !isRoom;
  const things = [
    ...tankThings.filter(isInstrumented),
    ...detectors,
    ...tankThings.filter((thing) => !isInstrumented(thing)),
    ...buildings,
  ];
  return { fit, tanks, labels: placeLabels(things, [...tankThings, ...detectors, ...valves, ...solid], frame) };
}
