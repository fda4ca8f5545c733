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

/** Where a name stands: beside its symbol, and how far it is moved along it, px. */
export interface Place {
  readonly side: Side;
  readonly offset: readonly [right: number, down: number];
}

/** A rectangle: [x of its middle, y of its middle, width, height]. */
export type Box = readonly [x: number, y: number, width: number, height: number];

const lineHeight = 24;
const gap = 6;

/** About how wide a text is at 18 px: CJK glyphs are square, Latin ones half of that. */
export function widthOf(text: string): number {
  let width = 0;
  for (const glyph of text) width += glyph.charCodeAt(0) > 0x2e7f ? 18 : 10.5;
  return width;
}

/** The places of a name, the best first: right, left, above, below; then along these sides up to the symbol's corners. */
export function placesOf({ size, name }: Pick<Spot, "size" | "name">): readonly Place[] {
  const up = size / 2;
  const along = Math.max(0, (widthOf(name) - size) / 2);
  const at = (side: Side, right: number, down: number): Place => ({ side, offset: [right, down] });
  return [
    ...(["right", "left", "top", "bottom"] as const).map((side) => at(side, 0, 0)),
    ...[-up, up].flatMap((down) => [at("right", 0, down), at("left", 0, down)]),
    ...[along, -along].flatMap((right) => [at("top", right, 0), at("bottom", right, 0)]),
  ];
}

/** Where a name is written at one of its places. */
export function boxOf({ x, y, size, name }: Omit<Spot, "id" | "rank">, { side, offset: [right, down] }: Place): Box {
  const width = widthOf(name);
  const aside = size / 2 + gap;
  const beside = side === "right" ? 1 : side === "left" ? -1 : 0;
  const above = side === "bottom" ? 1 : side === "top" ? -1 : 0;
  return [x + right + beside * (aside + width / 2), y + down + above * (aside + lineHeight / 2), width, lineHeight];
}

/** Where no other name may stand: so near a symbol it would be read as that one's. */
export function guardOf({ x, y, size }: Pick<Spot, "x" | "y" | "size">): Box {
  return [x, y, size + 6 * gap, size + 3 * gap];
}

/** Whether two rectangles have an area in common. */
export function overlaps(a: Box, b: Box): boolean {
  return Math.abs(a[0] - b[0]) < (a[2] + b[2]) / 2 && Math.abs(a[1] - b[1]) < (a[3] + b[3]) / 2;
}

/** Whether the whole of it is in the panel. */
export function isInside([x, y, width, height]: Box, frame: readonly [number, number]): boolean {
  return Math.abs(x) + width / 2 <= frame[0] / 2 && Math.abs(y) + height / 2 <= frame[1] / 2;
}

/** A place that a name may still take. */
interface Free {
  readonly place: Place;
  readonly box: Box;
}

/** A name that has no place yet, with those that are free for it. */
interface Waiting {
  readonly spot: Spot;
  readonly free: readonly Free[];
}

/** The worst first; of equals whoever has the fewest places left, since he cannot give way. */
function byNeed(a: Waiting, b: Waiting): number {
  return b.spot.rank - a.spot.rank || a.free.length - b.free.length || (a.spot.id < b.spot.id ? -1 : 1);
}

/** How many of these would find no place any more, were a name written here. */
function robbedBy({ box }: Free, waiting: readonly Waiting[]): number {
  return waiting.filter(({ free }) => free.every((other) => overlaps(other.box, box))).length;
}

/**
 * The place of each name that finds room, the worst sites first: of its free places the one that leaves most of the others
 * one, then the best. The same input gives the same places. `spots` are all symbols, also those
 * without a name; `taken` are rectangles that no name may cover; `frame` is the panel's [width, height].
 */
export function placeNames(
  spots: readonly Spot[],
  taken: readonly Box[],
  frame: readonly [number, number],
): ReadonlyMap<string, Place> {
  const freeOf = (spot: Spot): readonly Free[] =>
    placesOf(spot)
      .map((place) => ({ place, box: boxOf(spot, place) }))
      .filter(({ box }) => isInside(box, frame) && !taken.some((other) => overlaps(other, box)))
      .filter(({ box }) => spots.every((other) => other === spot || !overlaps(guardOf(other), box)));
  const placed = new Map<string, Place>();
  let waiting = spots.filter(({ name }) => name !== "").map((spot): Waiting => ({ spot, free: freeOf(spot) }));
  for (;;) {
    const [next, ...others] = waiting.filter(({ free }) => free.length > 0).toSorted(byNeed);
    if (next === undefined) return placed;
    const best = next.free.reduce((least, each) => (robbedBy(each, others) < robbedBy(least, others) ? each : least));
    placed.set(next.spot.id, best.place);
    waiting = others.map(({ spot, free }) => ({ spot, free: free.filter(({ box }) => !overlaps(box, best.box)) }));
  }
}
