// A ground plan on a screen, as data: one scale for both axes, true bars, and labels that cover nothing.
import type { Layout, Tank } from "../../../contract/drawing.ts";

/** A rectangle in px, y downwards. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A spot in px. */
export type Spot = readonly [x: number, y: number];

/** How a plan lies in its frame. */
export interface Fit {
  /** The one scale: as many px to a metre east as to a metre north. */
  readonly pxPerMetre: number;
  /** From metres (east, north) to px. */
  readonly spot: (x: number, y: number) => Spot;
  /** From a rectangle in metres, by its south-west corner. */
  readonly box: (x: number, y: number, width: number, height: number) => Box;
}

/** The largest true-to-scale picture of a plan in a frame, in its middle. */
export function fitPlan({ width, height }: Pick<Layout, "width" | "height">, frame: Spot): Fit {
  const pxPerMetre = Math.min(frame[0] / width, frame[1] / height);
  const left = (frame[0] - width * pxPerMetre) / 2;
  const bottom = (frame[1] + height * pxPerMetre) / 2;
  const spot = (x: number, y: number): Spot => [left + x * pxPerMetre, bottom - y * pxPerMetre];
  return {
    pxPerMetre,
    spot,
    box(x, y, wide, high) {
      const [px, py] = spot(x, y + high);
      return { x: px, y: py, width: wide * pxPerMetre, height: high * pxPerMetre };
    },
  };
}

const shortestBarPx = 40;

/** The scale bar: a round number of metres, and how long that is. */
export function scaleBar(pxPerMetre: number): { readonly metres: number; readonly px: number } {
  const metres = [1, 2, 5, 10, 20, 50, 100, 200, 500].find((each) => each * pxPerMetre >= shortestBarPx) ?? 1000;
  return { metres, px: metres * pxPerMetre };
}

/** How wide the level bar of a tank is, px: to be seen on a small vessel, and not a tank itself on a large one. */
const barWidthPx = [12, 26] as const;

/** A tank on the screen: its outline from above, and its level bar, as high as the tank is. */
export interface TankView {
  readonly centre: Spot;
  readonly radius: number;
  readonly bar: Box;
  /** Both together. */
  readonly box: Box;
}

/** A tank on the screen. */
export function tankView(tank: Pick<Tank, "x" | "y" | "diameter" | "height">, fit: Fit): TankView {
  const centre = fit.spot(tank.x, tank.y);
  const radius = (tank.diameter * fit.pxPerMetre) / 2;
  const width = Math.min(barWidthPx[1], Math.max(barWidthPx[0], radius * 0.6));
  const bar = around(centre, width, tank.height * fit.pxPerMetre);
  return { centre, radius, bar, box: around(centre, 2 * radius, Math.max(bar.height, 2 * radius)) };
}

/** How full a level means that a vessel is, 0 to 1; a level in metres is one of the vessel's own height. */
export function fractionOf(value: number, unit: string, heightM: number, range: readonly [number, number]): number {
  const [low, high] = unit === "%" ? [0, 100] : unit === "m" ? [0, heightM] : range;
  return Math.min(1, Math.max(0, (value - low) / (high - low)));
}

/** A rectangle by its centre. */
export function around([x, y]: Spot, width: number, height: number): Box {
  return { x: x - width / 2, y: y - height / 2, width, height };
}

/** Something that wants a label. */
export interface Labelled {
  readonly id: string;
  /** What the label belongs to. */
  readonly box: Box;
  readonly size: Spot;
  /** The label may stand within the box, as in a building or an empty tank. */
  readonly isRoom: boolean;
}

/** A label's place, and where a line leads from it to what it belongs to; null where it stands close by. */
export interface Label {
  readonly box: Box;
  readonly leader: readonly [Spot, Spot] | null;
}

/** True where two rectangles cover one another. */
export function overlaps(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** True where a rectangle lies in the frame as a whole. */
export function isWithin({ x, y, width, height }: Box, frame: Spot): boolean {
  return x >= 0 && y >= 0 && x + width <= frame[0] && y + height <= frame[1];
}

const gapsPx = [4, 10, 18, 30];
const roomPaddingPx = 6;
const searchStepPx = 10;
/** From here on a line tells what the label belongs to. */
const leaderFromPx = 20;

function placesBeside({ x, y, width, height }: Box, [wide, high]: Spot): readonly Spot[] {
  const middle: Spot = [x + (width - wide) / 2, y + (height - high) / 2];
  return gapsPx.flatMap((gap): readonly Spot[] => {
    const [left, right, above, below] = [x - wide - gap, x + width + gap, y - high - gap, y + height + gap];
    const rows = [middle[1], y, y + height - high];
    return [
      ...rows.map((row): Spot => [right, row]),
      ...rows.map((row): Spot => [left, row]),
      ...[middle[0], x, x + width - wide].flatMap((column): readonly Spot[] => [
        [column, below],
        [column, above],
      ]),
    ];
  });
}

function placesWithin({ x, y, width, height }: Box, [wide, high]: Spot): readonly Spot[] {
  if (wide > width || high > height) return [];
  const columns = [x + roomPaddingPx, x + (width - wide) / 2, x + width - wide - roomPaddingPx];
  const rows = [y + (height - high) / 2, y + 2, y + height - high - 2];
  const [, centre = x] = columns;
  const [middle = y] = rows;
  return [[centre, middle], ...rows.flatMap((row) => columns.map((column): Spot => [column, row]))];
}

/** Every place of the frame, the nearest first. */
function placesAnywhere({ x, y, width, height }: Box, [wide, high]: Spot, frame: Spot): readonly Spot[] {
  const places: Spot[] = [];
  for (let top = 0; top + high <= frame[1]; top += searchStepPx) {
    for (let left = 0; left + wide <= frame[0]; left += searchStepPx) places.push([left, top]);
  }
  const [cx, cy] = [x + width / 2, y + height / 2];
  const far = ([left, top]: Spot): number => Math.hypot(left + wide / 2 - cx, top + high / 2 - cy);
  return places.toSorted((a, b) => far(a) - far(b));
}

function leaderOf(label: Box, box: Box): Label["leader"] {
  const to: Spot = [box.x + box.width / 2, box.y + box.height / 2];
  const from: Spot = [
    Math.min(label.x + label.width, Math.max(label.x, to[0])),
    Math.min(label.y + label.height, Math.max(label.y, to[1])),
  ];
  const edge: Spot = [
    Math.min(box.x + box.width, Math.max(box.x, from[0])),
    Math.min(box.y + box.height, Math.max(box.y, from[1])),
  ];
  return Math.hypot(edge[0] - from[0], edge[1] - from[1]) < leaderFromPx ? null : [from, edge];
}

/**
 * Where each label stands, the first asked for first: no label covers another one or what is drawn, none leaves the
 * frame. What is soft is covered before a label leaves what it belongs to, or is missing. The same plan always gives
 * the same places. A label for which there is no room at all is missing.
 */
export function placeLabels(
  things: readonly Labelled[],
  drawn: readonly { readonly id: string; readonly box: Box; readonly isSoft?: boolean }[],
  frame: Spot,
): ReadonlyMap<string, Label> {
  const taken = [...drawn];
  const labels = new Map<string, Label>();
  for (const thing of things) {
    const { box, size, isRoom } = thing;
    const boxAt = ([x, y]: Spot): Box => ({ x, y, width: size[0], height: size[1] });
    const isClear = (at: Spot, others: typeof taken): boolean =>
      isWithin(boxAt(at), frame) &&
      !others.some((other) => !(isRoom && other.id === thing.id) && overlaps(boxAt(at), other.box));
    const hard = taken.filter(({ isSoft }) => isSoft !== true);
    const isFree = (at: Spot): boolean => isClear(at, taken);
    const isPassable = (at: Spot): boolean => isClear(at, hard);
    // A name far from its room would be taken for another room's.
    const elsewhere = placesAnywhere(box, size, frame).filter((at) => !isRoom || overlaps(boxAt(at), box));
    const place =
      (isRoom ? placesWithin(box, size) : []).find(isFree) ??
      placesBeside(box, size).find(isFree) ??
      (isRoom ? [] : placesBeside(box, size)).find(isPassable) ??
      elsewhere.find(isFree) ??
      elsewhere.find(isPassable);
    if (place === undefined) continue;
    const label = boxAt(place);
    taken.push({ id: thing.id, box: label });
    labels.set(thing.id, { box: label, leader: isRoom && overlaps(label, box) ? null : leaderOf(label, box) });
  }
  return labels;
}

/** A direction on the screen (north is up): the unit vector TOWARDS which a wind blows that comes FROM these degrees. */
export function downwind(fromDegrees: number): Spot {
  const to = ((fromDegrees + 180) * Math.PI) / 180;
  return [Math.sin(to), -Math.cos(to)];
}

/** The outline of the sector into which the wind carries what leaves `origin`. */
export function sectorPath([x, y]: Spot, fromDegrees: number, radius: number, spreadDegrees: number): string {
  const [left, right] = [-spreadDegrees / 2, spreadDegrees / 2].map((turn) => downwind(fromDegrees + turn));
  const corner = (to: Spot | undefined): string =>
    `${(x + (to?.[0] ?? 0) * radius).toFixed(1)} ${(y + (to?.[1] ?? 0) * radius).toFixed(1)}`;
  return `M${x.toFixed(1)} ${y.toFixed(1)}L${corner(left)}A${radius} ${radius} 0 0 1 ${corner(right)}Z`;
}
