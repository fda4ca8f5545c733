// The frame of a cross-section: one elevation function, one scale for x and z, and a window that breaks honestly.
import type { Section } from "../../../contract/drawing.ts";

/** A place in the section, metres: x downstream from the crest's edge, z the elevation. */
export type Spot = readonly [x: number, z: number];

/** A stretch of the section that is drawn without a break. */
export interface FramePart {
  readonly fromM: number;
  readonly toM: number;
  /** Where `fromM` stands on the screen. */
  readonly px: number;
}

/** Where the section stands on the screen. */
export interface Frame {
  /** The one scale of both axes. */
  readonly pxPerM: number;
  /** The elevation at the plot's upper edge. */
  readonly topM: number;
  readonly plot: { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
  /** One part, or two with a break of the beach between them. */
  readonly parts: readonly FramePart[];
  /** Metres that the break leaves out; 0 without one. */
  readonly omittedM: number;
}

/** The elevation on a line of places; beyond its ends that of the end. */
function along(line: readonly (readonly number[])[], x: number): number {
  let [fromX = 0, fromZ = 0] = line[0] ?? [];
  for (const [toX = 0, toZ = 0] of line) {
    if (x <= toX) return toX === fromX ? toZ : fromZ + ((toZ - fromZ) * (Math.max(x, fromX) - fromX)) / (toX - fromX);
    [fromX, fromZ] = [toX, toZ];
  }
  return fromZ;
}

/** Where the outer face meets the ground. */
export function toeOf(section: Section): Spot {
  const [x = 0, z = section.crest] = section.face.at(-1) ?? [];
  return [x, z];
}

/** The natural ground under the dam. */
export function groundAt(section: Section, x: number): number {
  return along(section.ground, x);
}

/** The one elevation function: beach, crest, face, and the ground beyond the toe. Every height is taken from here. */
export function elevationAt(section: Section, x: number): number {
  if (x < 0) return section.crest + section.beachSlope * x;
  return x <= toeOf(section)[0] ? along(section.face, x) : groundAt(section, x);
}

/** Where a water level meets the surface: on the beach, or, above the crest, at the crest's outer edge. */
export function waterlineOf(section: Section, level: number): number {
  if (level <= section.crest) return (level - section.crest) / section.beachSlope;
  const below = section.face.findIndex(([, z]) => z < section.crest);
  return section.face[Math.max(0, below - 1)]?.[0] ?? 0;
}

// Room on the screen, px: elevations at the left, labels above, the scale below; left of the crest stand two columns of labels.
const axisPx = 56;
const labelsPx = 108;
const belowPx = 30;
const leftLeastPx = 490;
const rightPx = 96;
/** Sky above the highest water or crest, for the dimension of the beach. */
const skyPx = 30;
const groundPx = 34;
const breakPx = 34;
const poolPx = 120;

function partsOf(section: Section, level: number | null, pxPerM: number, width: number): readonly FramePart[] {
  const toM = toeOf(section)[0] + rightPx / pxPerM;
  const leftPx = width - toM * pxPerM;
  const whole: FramePart = { fromM: -leftPx / pxPerM, toM, px: axisPx };
  const water = level === null ? 0 : waterlineOf(section, level);
  if (water >= 0 || leftPx >= poolPx - water * pxPerM) return [whole];
  // At 1 % a beach is hundreds of metres long and a few high. Stretching the heights would show a slope and a freeboard that
  // are not there, so its even middle is left out instead, with a mark that says how much; both sides keep the one scale.
  const nearPx = Math.round((leftPx - breakPx) * 0.45);
  const waterPx = leftPx - breakPx - nearPx;
  const fromM = water - (waterPx * 0.6) / pxPerM;
  return [
    { fromM, toM: fromM + waterPx / pxPerM, px: axisPx },
    { fromM: -nearPx / pxPerM, toM, px: axisPx + waterPx + breakPx },
  ];
}

/** The frame of a section in a drawing of this size, with the pool's level where it is known. */
export function frameOf(section: Section, level: number | null, [width, height]: readonly [number, number]): Frame {
  const plot = { x: axisPx, y: labelsPx, width: width - axisPx, height: height - labelsPx - belowPx };
  const [toeX, toeZ] = toeOf(section);
  const highest = Math.max(section.crest, level ?? section.crest);
  const pxPerM = Math.min(
    (plot.width - leftLeastPx - rightPx) / toeX,
    (plot.height - skyPx - groundPx) / (highest - toeZ),
  );
  const parts = partsOf(section, level, pxPerM, plot.width);
  // Where the width decides the scale, the height that is left over is shared between sky and ground.
  const spare = plot.height - skyPx - groundPx - (highest - toeZ) * pxPerM;
  const [first, second] = parts;
  const omittedM = first === undefined || second === undefined ? 0 : second.fromM - first.toM;
  return { pxPerM, topM: highest + (skyPx + spare / 2) / pxPerM, plot, parts, omittedM };
}

/** Where x stands on the screen; null where the break leaves it out or it lies outside. */
export function toPx({ parts, pxPerM }: Frame, x: number): number | null {
  const part = parts.find(({ fromM, toM }) => x >= fromM - 1e-9 && x <= toM + 1e-9);
  return part === undefined ? null : part.px + (x - part.fromM) * pxPerM;
}

/** Where an elevation stands on the screen. */
export function toPy({ plot, topM, pxPerM }: Frame, z: number): number {
  return plot.y + (topM - z) * pxPerM;
}

/** The crest's edge on the screen: it is never left out. */
export function crestPx(frame: Frame): number {
  return toPx(frame, 0) ?? frame.plot.x;
}
