// What is written on the map: the names of abnormal sites and of the counties, the urgent ones first.
import { rankOf } from "../../../contract/level.ts";
import { boxOf, isInside, overlaps, placeNames, widthOf, type Box, type Place, type Spot } from "./map-labels.ts";
import { boxesOf, countySize, projection, rankOfSite, sizeOf, type MapInput, type Sign } from "./map-signs.ts";

type Shift = readonly [number, number];
const steps = [0, -1, 1, -2, 2, -3, 3, -4, 4, -5, 5, -6, 6];
/** Where a county's name may move, the nearest place first. */
const shifts: readonly Shift[] = steps
  .flatMap((down) => steps.map((right): Shift => [right * 20, down * 17]))
  .toSorted((a, b) => Math.hypot(...a) - Math.hypot(...b));

/** What stands written in the lower left corner: whose map it is, and what the wind's sector means. */
const noteSize = [450, 34] as const;

/** Where what is written stands: the place of each sign's name, and how far each county's is moved; without one it is left out. */
interface Written {
  readonly places: ReadonlyMap<string, Place>;
  readonly counties: readonly (Shift | null)[];
}

/** Whether a point lies in a ring: a line from it to the right crosses the ring an odd number of times. */
function encloses(ring: readonly (readonly [number, number])[], x: number, y: number): boolean {
  let isIn = false;
  for (const [nth, [x1, y1]] of ring.entries()) {
    const [x0, y0] = ring.at(nth - 1) as readonly [number, number];
    if (y0 > y !== y1 > y && x < x0 + ((x1 - x0) * (y - y0)) / (y1 - y0)) isIn = !isIn;
  }
  return isIn;
}

/**
 * Red and orange are written first, then the counties beside what is there, then the rest: no name covers another, nor a
 * sign, and what finds no room is left out.
 */
export function writtenOf(input: MapInput, signs: readonly Sign[]): Written {
  const { frame } = input;
  const place = projection(input);
  const spots = signs.map((sign): Spot => {
    const [x, y] = place(sign.lng, sign.lat);
    const rank = rankOfSite(sign);
    return { id: sign.id, x, y, size: sizeOf(sign), name: rank < 0 && sign.count === 1 ? "" : sign.name, rank };
  });
  const [noteWidth, noteHeight] = noteSize;
  const taken: Box[] = signs.flatMap((sign) => boxesOf(sign, place(sign.lng, sign.lat)));
  taken.push([(noteWidth - frame[0]) / 2, (frame[1] - noteHeight) / 2, noteWidth, noteHeight]);

  const write = (names: readonly Spot[]): ReadonlyMap<string, Place> => {
    const others = spots.filter((spot) => !names.includes(spot)).map((spot) => ({ ...spot, name: "" }));
    const places = placeNames([...names, ...others], taken, frame);
    for (const spot of names) {
      const its = places.get(spot.id);
      if (its !== undefined) taken.push(boxOf(spot, its));
    }
    return places;
  };
  const isUrgent = ({ rank }: Spot): boolean => rank >= rankOf("orange");
  const urgent = write(spots.filter(isUrgent));
  const counties = input.counties.map(({ name, centre, rings }) => {
    const [x, y] = place(...centre);
    const width = (widthOf(name) * countySize) / 18;
    const boxAt = ([right, down]: Shift): Box => [x + right, y + down, width, countySize + 4];
    const isFree = (box: Box): boolean => isInside(box, frame) && !taken.some((other) => overlaps(other, box));
    const free = shifts.filter((each) => isFree(boxAt(each)));
    const outlines = rings.map((ring) => ring.map(([lng, lat]) => place(lng, lat)));
    const isWithin = (right: number, down: number): boolean => outlines.some((ring) => encloses(ring, right, down));
    const isWhollyWithin = (shift: Shift): boolean => {
      const [middle, line, wide] = boxAt(shift);
      return isWithin(middle - wide / 2, line) && isWithin(middle + wide / 2, line);
    };
    // Across a border, or even beside its county, a name would be read as the neighbour's: only where there is no room within.
    const shift = free.find(isWhollyWithin) ?? free.find(([right, down]) => isWithin(x + right, y + down)) ?? free[0];
    if (shift === undefined) return null;
    taken.push(boxAt(shift));
    return shift;
  });
  return { places: new Map([...urgent, ...write(spots.filter((spot) => !isUrgent(spot)))]), counties };
}
