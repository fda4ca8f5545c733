// How fast alarms travel: figures of each hop over the alarms of a window, and which hop is the slowest (semantics §8).
import { type HopFigures, type Stamp, stamps } from "../../contract/receipt.ts";

/** When one annunciation passed each stamp, epoch ms with fractions; null: not yet, or not known. Painted: by the first screen. */
export type StampTimes = Readonly<Record<Stamp, number | null>>;

/** A hop from one stamp to another. */
export type Hop = Pick<HopFigures, "from" | "to">;

/** The hops between neighbouring stamps, in their order. */
export const hops: readonly Hop[] = stamps.slice(1).map((to, place) => ({ from: stamps[place] as Stamp, to }));

/** What an alarm's journey is judged by. */
export const wholeWay: Hop = { from: "measured", to: "painted" };

/** The value below which so many of a hundred lie, by the nearest rank; null where there is none. */
function percentile(ascending: readonly number[], percent: number): number | null {
  return ascending[Math.ceil((ascending.length * percent) / 100) - 1] ?? null;
}

/** How long a hop took; null where one of its ends is not known. A device's clock may be ahead: no hop takes less than nothing. */
export function tookMs(times: StampTimes, { from, to }: Hop): number | null {
  const [start, end] = [times[from], times[to]];
  return start === null || end === null ? null : Math.max(0, end - start);
}

/** The figures of one hop. */
export function figuresOf(all: readonly StampTimes[], hop: Hop): HopFigures {
  const took = all.flatMap((times) => tookMs(times, hop) ?? []).toSorted((one, other) => one - other);
  return {
    ...hop,
    count: took.length,
    p50Ms: percentile(took, 50),
    p95Ms: percentile(took, 95),
    p99Ms: percentile(took, 99),
  };
}

/** The hop that takes the longest; that to the acknowledgement is a person's and no part of the way. Null: nothing is known. */
function slowestOf(took: readonly { readonly hop: Hop; readonly ms: number | null }[]): Hop | null {
  let slowest: { readonly hop: Hop; readonly ms: number } | null = null;
  for (const { hop, ms } of took) {
    if (hop.to === "acknowledged" || ms === null) continue;
    if (slowest === null || ms > slowest.ms) slowest = { hop, ms };
  }
  return slowest?.hop ?? null;
}

/** The slowest hop of one annunciation. */
export function slowestHop(times: StampTimes): Hop | null {
  return slowestOf(hops.map((hop) => ({ hop, ms: tookMs(times, hop) })));
}

/** The slowest hop of many: where the slowest of a hundred are the slowest. */
export function slowestOfFigures(figures: readonly HopFigures[]): Hop | null {
  return slowestOf(figures.map(({ from, to, p99Ms }) => ({ hop: { from, to }, ms: p99Ms })));
}
