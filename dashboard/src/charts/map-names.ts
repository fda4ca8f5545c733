// What is written on the map: the names of abnormal sites and of the counties, the urgent ones first.
import { rankOf } from "../../../contract/level.ts";
import { boxOf, isInside, overlaps, placeNames, widthOf, type Box, type Place, type Spot } from "./map-labels.ts";
import {
  boxesOf,
  countySize,
  projection,
  rankOfSite,
  sizeOf,
  type MapCounty,
  type MapInput,
  type Sign,
} from "./map-signs.ts";

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

type Projection = ReturnType<typeof projection>;

function countyBox({ name, centre }: MapCounty, place: Projection, [right, down]: Shift): Box {
  const [x, y] = place(...centre);
  return [x + right, y + down, (widthOf(name) * countySize) / 18, countySize + 4];
}

/**
 * The nearest free place of a county's name that lies in its county, else one that is in no other: there it would be read as
 * the neighbour's. Null: there is none.
 */
function countyShift(county: MapCounty, { counties, ...input }: MapInput, taken: readonly Box[]): Shift | null {
  const place = projection({ counties, ...input });
  const free = shifts.filter((shift) => {
    const box = countyBox(county, place, shift);
    return isInside(box, input.frame) && !taken.some((other) => overlaps(other, box));
  });
  /** Of the name's beginning, middle and end, how many lie in a county. */
  const share = ({ rings }: MapCounty, shift: Shift): number => {
    const [x, y, width] = countyBox(county, place, shift);
    const outlines = rings.map((ring) => ring.map(([lng, lat]) => place(lng, lat)));
    return [-0.5, 0, 0.5].filter((part) => outlines.some((ring) => encloses(ring, x + part * width, y))).length;
  };
  const others = counties.filter(({ id }) => id !== county.id);
  return (
    free.find((shift) => share(county, shift) === 3) ??
    free.find((shift) => others.every((other) => share(other, shift) === 0)) ??
    null
  );
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
  const counties = input.counties.map((county) => {
    const shift = countyShift(county, input, taken);
    if (shift !== null) taken.push(countyBox(county, place, shift));
    return shift;
  });
  return { places: new Map([...urgent, ...write(spots.filter((spot) => !isUrgent(spot)))]), counties };
}
