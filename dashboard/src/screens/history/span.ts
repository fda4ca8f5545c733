// The time that the screen shows: a preset that moves with the clock, or exact bounds; both stand in the address.
import type { Range } from "../../api/history.ts";
import { shanghaiMs } from "../../text/time.ts";

const hourMs = 3_600_000;

/** The presets with their lengths, ms. */
export const presets = {
  "1h": hourMs,
  "8h": 8 * hourMs,
  "24h": 24 * hourMs,
  "7d": 7 * 24 * hourMs,
  "30d": 30 * 24 * hourMs,
} as const;
/** One preset. */
export type Preset = keyof typeof presets;

type Query = Readonly<Record<string, string>>;

/** The preset that the address names; null where it has bounds of its own. */
export function presetOf(query: Query): Preset | null {
  if (boundsOf(query) !== null) return null;
  const { range } = query;
  return range !== undefined && Object.hasOwn(presets, range) ? (range as Preset) : "8h";
}

function boundsOf({ from, to }: Query): Range | null {
  const [begin, end] = [Number(from), Number(to)];
  return from !== undefined && to !== undefined && begin >= 0 && end > begin ? { from: begin, to: end } : null;
}

/** The time that the address names, as seen at `now`. */
export function rangeOf(query: Query, now: number): Range {
  const bounds = boundsOf(query);
  if (bounds !== null) return bounds;
  return { from: now - presets[presetOf(query) ?? "8h"], to: now };
}

/** An instant as a field of date and time has it, in Beijing time. */
export function fieldOf(at: number): string {
  return new Date(at + shanghaiMs).toISOString().slice(0, 16);
}

/** The instant of such a field; null where it is none. */
export function instantOf(field: string): number | null {
  const at = Date.parse(`${field.slice(0, 16)}Z`);
  return Number.isNaN(at) ? null : at - shanghaiMs;
}

const splits = [60_000, 300_000, 600_000, 1_800_000, hourMs, 3 * hourMs, 6 * hourMs, 12 * hourMs] as const;
const dayMs = 24 * hourMs;
/** A label of time takes about so much of the width, px. */
const labelPx = 110;

/** From tick to tick: as many as have room. */
export function splitFor({ from, to }: Range, widthPx: number): number {
  const least = ((to - from) * labelPx) / Math.max(1, widthPx);
  return splits.find((split) => split >= least) ?? Math.ceil(least / dayMs) * dayMs;
}

/** What stands at a tick: the time, or the date where days are meant. */
export function tickText(at: number, { from, to }: Range): string {
  const text = new Date(at + shanghaiMs).toISOString();
  const isMidnight = text.slice(11, 16) === "00:00";
  if (to - from <= dayMs && !isMidnight) return text.slice(11, 16);
  return isMidnight ? text.slice(5, 10) : `${text.slice(5, 10)} ${text.slice(11, 16)}`;
}

/** Widths of buckets that a table may have, for a time, ms. */
export const tableBuckets = [60_000, 600_000, hourMs, dayMs] as const;
