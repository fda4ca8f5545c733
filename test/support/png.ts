// The pixels of a screenshot: how many have the hue of a level, and how many marks of one colour there are.
import { inflateSync } from "node:zlib";
import type { Level } from "../../contract/level.ts";

/** A picture: three bytes a pixel, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** A rectangle in pixels. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const headBytes = 8;

/** PNG §9: each row names its filter, and is told by its neighbours on the left, above, and left above. */
function unfilter(raw: Uint8Array, height: number, stride: number, step: number): Uint8Array {
  const out = new Uint8Array(height * stride);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)] ?? 0;
    for (let x = 0; x < stride; x += 1) {
      const at = y * stride + x;
      const left = x < step ? 0 : (out[at - step] ?? 0);
      const above = y === 0 ? 0 : (out[at - stride] ?? 0);
      const corner = x < step || y === 0 ? 0 : (out[at - stride - step] ?? 0);
      out[at] = (raw[y * (stride + 1) + 1 + x] ?? 0) + predictor(filter, left, above, corner);
    }
  }
  return out;
}

function predictor(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  const guess = left + above - corner;
  const [toLeft, toAbove, toCorner] = [Math.abs(guess - left), Math.abs(guess - above), Math.abs(guess - corner)];
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Reads what Chromium writes: 8 bits a channel, RGB or RGBA, not interlaced; anything else throws. */
export function readPng(file: Buffer): Picture {
  const parts: Buffer[] = [];
  for (let at = headBytes; at < file.length;) {
    const length = file.readUInt32BE(at);
    if (file.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(file.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  const [depth, kind, interlace] = [file[24], file[25], file[28]];
  if (depth !== 8 || (kind !== 2 && kind !== 6) || interlace !== 0) {
    throw new Error(`a PNG of depth ${depth}, colour type ${kind}, interlace ${interlace}`);
  }
  const step = kind === 2 ? 3 : 4;
  const bytes = unfilter(inflateSync(Buffer.concat(parts)), height, width * step, step);
  if (step === 3) return { width, height, rgb: bytes };
  const rgb = new Uint8Array(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    rgb.set(bytes.subarray(pixel * 4, pixel * 4 + 3), pixel * 3);
  }
  return { width, height, rgb };
}

/** Red, green, blue, 0 to 255. */
export type Colour = readonly [number, number, number];
/** Which pixels are looked at. */
export type Where = (x: number, y: number) => boolean;

/** The four level colours as designed. That the wall paints these very ones is shown by a picture with an alarm on it. */
const levelColours: Readonly<Record<Level, Colour>> = {
  red: [0xff, 0x47, 0x57],
  orange: [0xff, 0xa0, 0x2b],
  yellow: [0xff, 0xf3, 0x85],
  blue: [0x4a, 0xa8, 0xff],
};

/** Within this distance (of 441 at most) a pixel has the hue of a level; neighbours in the palette are > 90 apart. */
const nearRgb = 24;

function isIn({ x, y, width, height }: Box, left: number, top: number): boolean {
  return left >= x && left < x + width && top >= y && top < y + height;
}

function isNear(picture: Picture, x: number, y: number, [r, g, b]: Colour, near: number): boolean {
  const at = (y * picture.width + x) * 3;
  const { rgb } = picture;
  return ((rgb[at] ?? 0) - r) ** 2 + ((rgb[at + 1] ?? 0) - g) ** 2 + ((rgb[at + 2] ?? 0) - b) ** 2 <= near ** 2;
}

/** How many pixels have the hue of each level, where `where` says so. */
export function levelPixels(picture: Picture, where: Where = () => true): Readonly<Record<Level, number>> {
  const counts = { blue: 0, yellow: 0, orange: 0, red: 0 };
  for (const [level, colour] of Object.entries(levelColours) as [Level, Colour][]) {
    for (let y = 0; y < picture.height; y += 1) {
      for (let x = 0; x < picture.width; x += 1) {
        if (isNear(picture, x, y, colour, nearRgb) && where(x, y)) counts[level] += 1;
      }
    }
  }
  return counts;
}

/** In how many columns of a box a pixel of this colour is. */
export function columnsWith(picture: Picture, colour: Colour, box: Box, near = nearRgb): number {
  let columns = 0;
  for (let x = Math.ceil(box.x); x < box.x + box.width; x += 1) {
    for (let y = Math.ceil(box.y); y < box.y + box.height; y += 1) {
      if (!isNear(picture, x, y, colour, near)) continue;
      columns += 1;
      break;
    }
  }
  return columns;
}

/** How many separate marks of this colour a box has, each of at least so many pixels. */
export function marksOf(picture: Picture, colour: Colour, box: Box, leastPixels: number): number {
  const seen = new Set<number>();
  const isMark = (x: number, y: number): boolean =>
    isIn(box, x, y) && !seen.has(y * picture.width + x) && isNear(picture, x, y, colour, nearRgb);
  let marks = 0;
  for (let top = Math.ceil(box.y); top < box.y + box.height; top += 1) {
    for (let left = Math.ceil(box.x); left < box.x + box.width; left += 1) {
      const open: [number, number][] = [[left, top]];
      let pixels = 0;
      for (let spot = open.pop(); spot !== undefined; spot = open.pop()) {
        const [x, y] = spot;
        if (!isMark(x, y)) continue;
        seen.add(y * picture.width + x);
        pixels += 1;
        open.push([x + 1, y], [x - 1, y], [x, y + 1], [x, y - 1]);
      }
      if (pixels >= leastPixels) marks += 1;
    }
  }
  return marks;
}

/** Everywhere but in these boxes. */
export function outside(boxes: readonly Box[]): Where {
  return (x, y) => !boxes.some((box) => isIn(box, x, y));
}

/** In this box only. */
export function inside(box: Box): Where {
  return (x, y) => isIn(box, x, y);
}
