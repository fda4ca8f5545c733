// What is written on the map: the names of abnormal sites and of the counties, the urgent ones first.
import { rankOf } from "../../../contract/level.ts";
import { boxOf, isInside, overlaps, placeNames, widthOf, type Box, type Side, type Spot } from "./map-labels.ts";
import { boxesOf, countySize, projection, rankOfSite, sizeOf, type MapInput, type Sign } from "./map-signs.ts";

type Shift = readonly [number, number];
const shifts: readonly Shift[] = [0, -34, 34, -68, 68].flatMap((y) =>
  [0, -60, 60, -120, 120].map((x): Shift => [x, y]),
);

/** What stands written in the lower left corner: whose map it is, and what the wind's sector means. */
const noteSize = [340, 34] as const;

/** Where what is written stands: a side for each sign's name, and how far each county's is moved; without one it is left out. */
interface Written {
  readonly sides: ReadonlyMap<string, Side>;
  readonly counties: readonly (Shift | null)[];
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

  const write = (names: readonly Spot[]): ReadonlyMap<string, Side> => {
    const sides = placeNames(names, taken, frame);
    for (const spot of names) {
      const side = sides.get(spot.id);
      if (side !== undefined) taken.push(boxOf(spot, side));
    }
    return sides;
  };
  const isUrgent = ({ rank }: Spot): boolean => rank >= rankOf("orange");
  const urgent = write(spots.filter(isUrgent));
  const counties = input.counties.map(({ name, centre }) => {
    const [x, y] = place(...centre);
    const width = (widthOf(name) * countySize) / 18;
    const boxAt = ([right, down]: Shift): Box => [x + right, y + down, width, countySize + 4];
    const isFree = (box: Box): boolean => isInside(box, frame) && !taken.some((other) => overlaps(other, box));
    const shift = shifts.find((each) => isFree(boxAt(each)));
    if (shift === undefined) return null;
    taken.push(boxAt(shift));
    return shift;
  });
  return { sides: new Map([...urgent, ...write(spots.filter((spot) => !isUrgent(spot)))]), counties };
}
