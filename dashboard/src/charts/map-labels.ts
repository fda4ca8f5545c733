// Where the names stand on the map: none covers another name, a site's symbol, or a county's name; what finds no room is left out.

/** A thing on the map, in pixels from the map's centre. */
export interface Spot {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  /** Edge of its symbol. */
  readonly size: number;
  /** Its name; empty where it has none to show. */
  readonly name: string;
  /** The more, the earlier it is placed. */
  readonly rank: number;
}

/** The side of a symbol on which its name stands. */
export type Side = "right" | "left" | "top" | "bottom";

/** A rectangle: [x of its middle, y of its middle, width, height]. */
export type Box = readonly [x: number, y: number, width: number, height: number];

const lineHeight = 24;
const gap = 6;
const sides: readonly Side[] = ["right", "left", "top", "bottom"];

/** About how wide a text is at 18 px: CJK glyphs are square, Latin ones half of that. */
export function widthOf(text: string): number {
  let width = 0;
  for (const glyph of text) width += glyph.charCodeAt(0) > 0x2e7f ? 18 : 10.5;
  return width;
}

/** Where a name is written on one side of its symbol. */
export function boxOf({ x, y, size, name }: Omit<Spot, "id" | "rank">, side: Side): Box {
  const width = widthOf(name);
  const aside = size / 2 + gap;
  if (side === "right") return [x + aside + width / 2, y, width, lineHeight];
  if (side === "left") return [x - aside - width / 2, y, width, lineHeight];
  return [x, y + (side === "top" ? -1 : 1) * (aside + lineHeight / 2), width, lineHeight];
}

/** Whether two rectangles have an area in common. */
export function overlaps(a: Box, b: Box): boolean {
  return Math.abs(a[0] - b[0]) < (a[2] + b[2]) / 2 && Math.abs(a[1] - b[1]) < (a[3] + b[3]) / 2;
}

/** Whether the whole of it is in the panel. */
export function isInside([x, y, width, height]: Box, frame: readonly [number, number]): boolean {
  return Math.abs(x) + width / 2 <= frame[0] / 2 && Math.abs(y) + height / 2 <= frame[1] / 2;
}

/** One place that a name may still take. */
interface Place {
  readonly side: Side;
  readonly box: Box;
}

/** A name that has no place yet, with those that are free for it. */
interface Waiting {
  readonly spot: Spot;
  readonly free: readonly Place[];
}

/** The worst first; of equals whoever has the fewest places left, since he cannot give way. */
function byNeed(a: Waiting, b: Waiting): number {
  return b.spot.rank - a.spot.rank || a.free.length - b.free.length || (a.spot.id < b.spot.id ? -1 : 1);
}

/** How many of these would find no place any more, were a name written here. */
function robbedBy({ box }: Place, waiting: readonly Waiting[]): number {
  return waiting.filter(({ free }) => free.every((place) => overlaps(place.box, box))).length;
}

/**
 * The side for each name that finds room, the worst sites first: of its free sides the one that leaves most of the others a
 * place, then right, left, above, below. The same input gives the same places. `taken` are rectangles that no name may cover;
 * `frame` is the panel's [width, height].
 */
export function placeNames(
  spots: readonly Spot[],
  taken: readonly Box[],
  frame: readonly [number, number],
): ReadonlyMap<string, Side> {
  const full = [...spots.map(({ x, y, size }): Box => [x, y, size, size]), ...taken];
  const placesOf = (spot: Spot): readonly Place[] =>
    sides
      .map((side) => ({ side, box: boxOf(spot, side) }))
      .filter(({ box }) => isInside(box, frame) && !full.some((other) => overlaps(other, box)));
  const placed = new Map<string, Side>();
  let waiting = spots.filter(({ name }) => name !== "").map((spot): Waiting => ({ spot, free: placesOf(spot) }));
  for (;;) {
    const [next, ...others] = waiting.filter(({ free }) => free.length > 0).toSorted(byNeed);
    if (next === undefined) return placed;
    const best = next.free.reduce((least, each) => (robbedBy(each, others) < robbedBy(least, others) ? each : least));
    placed.set(next.spot.id, best.side);
    waiting = others.map(({ spot, free }) => ({ spot, free: free.filter(({ box }) => !overlaps(box, best.box)) }));
  }
}
