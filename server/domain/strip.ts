// A day of one device in quarter hours: whether all, some or nothing of it was there, in two bits each.
import type { DayStrip } from "../../contract/liveness.ts";
import { stripCellMs, stripCells } from "../../contract/liveness.ts";

/** What was there of a device: nothing, some, or all of it. */
export type Presence = "none" | "partial" | "whole";

const cellsOfNumber = 24;
const newestAt = 0;
/** Numbers of its sequence that had been found missing when it was last looked at. */
const missingAt = 1;
const cellsAt = 2;

/** How much a strip takes: plain numbers, so that a checkpoint copies it with everything else that is counted of a device. */
export const stripLength = cellsAt + stripCells / cellsOfNumber;

/** In the order of their two bits; 0: nothing is known. */
const presences: readonly (Presence | null)[] = [null, "none", "partial", "whole"];
const letters = "-npw";
const partial = presences.indexOf("partial");

/** Writes an empty strip. */
export function resetStrip(strip: Float64Array): void {
  strip.fill(0);
}

function cellOf(at: number): number {
  return Math.floor(at / stripCellMs);
}

/** 24 cells are 48 bits: a number holds 53 of them exactly. */
function readCell(strip: Float64Array, cell: number): number {
  const place = cell % stripCells;
  const number = strip[cellsAt + Math.floor(place / cellsOfNumber)] as number;
  return Math.floor(number / 4 ** (place % cellsOfNumber)) % 4;
}

function writeCell(strip: Float64Array, cell: number, bits: number): void {
  const place = cell % stripCells;
  const at = cellsAt + Math.floor(place / cellsOfNumber);
  strip[at] = (strip[at] as number) + (bits - readCell(strip, cell)) * 4 ** (place % cellsOfNumber);
}

/** Between two instants, `to` not included, so much of the device was there: what differs within a quarter hour makes it partial. */
export function notePresence(strip: Float64Array, from: number, to: number, presence: Presence): void {
  const bits = presences.indexOf(presence);
  const newest = cellOf(to - 1);
  const oldestKept = newest - stripCells + 1;
  for (let cell = Math.max((strip[newestAt] as number) + 1, oldestKept); cell <= newest; cell += 1)
    writeCell(strip, cell, 0);
  strip[newestAt] = newest;
  for (let cell = Math.max(cellOf(from), oldestKept); cell <= newest; cell += 1) {
    const before = readCell(strip, cell);
    writeCell(strip, cell, before === 0 || before === bits ? bits : partial);
  }
}

/** Keeps how many numbers were ever found missing; true where that is more than the last time. */
export function noteMissing(strip: Float64Array, missing: number): boolean {
  const isMore = missing > (strip[missingAt] as number);
  strip[missingAt] = missing;
  return isMore;
}

/** The 24 h up to an instant, its own quarter hour the last. */
export function readStrip(strip: Float64Array, now: number): DayStrip {
  const newest = cellOf(now);
  const cells = Array.from({ length: stripCells }, (_, nth) => {
    const cell = newest - stripCells + 1 + nth;
    const isKept = cell <= (strip[newestAt] as number) && cell > (strip[newestAt] as number) - stripCells;
    return letters[isKept ? readCell(strip, cell) : 0];
  });
  return { until: (newest + 1) * stripCellMs, cells: cells.join("") };
}
