// How fast a mark moves: a robust slope over a week of its history, or why there is none.
import type { TrendBucket } from "../../charts/trend-option.ts";

const dayMs = 86_400_000;
/** The window of the fit: GNSS noise of 2 mm leaves 0.08 mm/d in it (domain study 7.7). */
export const rateSpanMs = 7 * dayMs;
/** Below these the slope is the noise of the instrument. */
const leastSpanMs = 5 * dayMs;
const leastBuckets = 24;
/** Nearer together they would only make more pairs. */
const apartMs = 2 * 3_600_000;

/** The rate in units a day, or how long the data go back in the window where that is not enough. */
export type Rate = { readonly perDay: number } | { readonly perDay: null; readonly coveredMs: number };

function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [below = 0, above = 0] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? above : (below + above) / 2;
}

/** The median slope of all pairs (Theil–Sen): single wild solutions do not move it. */
export function rateOf(buckets: readonly TrendBucket[], now: number): Rate {
  const recent = buckets.filter(({ at }) => at >= now - rateSpanMs);
  const coveredMs = (recent.at(-1)?.at ?? 0) - (recent[0]?.at ?? 0);
  let nextAt = 0;
  const inside = recent.filter(({ at }) => {
    if (at < nextAt) return false;
    nextAt = at + apartMs;
    return true;
  });
  if (inside.length < leastBuckets || coveredMs < leastSpanMs) return { perDay: null, coveredMs };
  const slopes = inside.flatMap((from, nth) =>
    inside.slice(nth + 1).map((to) => ((to.last - from.last) / (to.at - from.at)) * dayMs),
  );
  return { perDay: medianOf(slopes) };
}
