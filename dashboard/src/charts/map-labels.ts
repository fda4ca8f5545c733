// Where the names of the sites stand on the map, so that no name covers another name, a site or a county's name.

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
  /** Shown even where nothing is free. */
  readonly mustShow: boolean;
}

/** The side of a symbol on which its name stands. */
export type Side = "right" | "left" | "bottom" | "top";

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const lineHeight = 24;
const gap = 6;
const sides: readonly Side[] = ["right", "left", "bottom", "top"];

/** About how wide a text is at 18 px: CJK glyphs are square, Latin ones half of that. */
export function widthOf(text: string): number {
  let width = 0;
  for (const glyph of text) width += glyph.charCodeAt(0) > 0x2e7f ? 18 : 10.5;
  return width;
}

function around(x: number, y: number, width: number, height: number): Box {
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
}

function boxAt({ x, y, size, name }: Spot, side: Side): Box {
  const width = widthOf(name);
  const aside = size / 2 + gap;
  if (side === "right") return around(x + aside + width / 2, y, width, lineHeight);
  if (side === "left") return around(x - aside - width / 2, y, width, lineHeight);
  return around(x, y + (side === "top" ? -1 : 1) * (aside + lineHeight / 2), width, lineHeight);
}

function overlap(a: Box, b: Box): number {
  const width = Math.min(a.right, b.right) - Math.max(a.left, b.left);
  const height = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
  return width > 0 && height > 0 ? width * height : 0;
}

/** Of a name, the part that other names may cover before neither could be read. */
const legibleShare = 0.3;

/**
 * The side for each name that finds room, worst site first; what must be shown takes the side that covers least, over
 * symbols and counties too, but not over other names: two names in one place are none.
 * `taken` are boxes that are already full, as [x, y, width, height]; `frame` is the panel's [width, height].
 */
export function placeNames(
  spots: readonly Spot[],
  taken: readonly (readonly [number, number, number, number])[],
  frame: readonly [number, number],
): ReadonlyMap<string, Side> {
  const full: Box[] = [
    ...spots.map(({ x, y, size }) => around(x, y, size, size)),
    ...taken.map(([x, y, width, height]) => around(x, y, width, height)),
  ];
  const inside = around(0, 0, frame[0], frame[1]);
  const placed = new Map<string, Side>();
  const names: Box[] = [];
  for (const spot of spots.toSorted((a, b) => b.rank - a.rank)) {
    if (spot.name === "") continue;
    const tries = sides.map((side) => {
      const box = boxAt(spot, side);
      const outside = (box.right - box.left) * lineHeight - overlap(box, inside);
      // Half a name outside of the panel is worse than anything that it could cover.
      return { side, box, cost: full.reduce((sum, other) => sum + overlap(box, other), outside * 10) };
    });
    const best = tries.reduce((least, each) => (each.cost < least.cost ? each : least));
    if (best.cost > 0 && !spot.mustShow) continue;
    const onNames = names.reduce((sum, other) => sum + overlap(best.box, other), 0);
    if (onNames > legibleShare * (best.box.right - best.box.left) * lineHeight) continue;
    placed.set(spot.id, best.side);
    full.push(best.box);
    names.push(best.box);
  }
  return placed;
}
