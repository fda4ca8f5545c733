// What several kinds of condition ask of a window: where a span begins, how much of it is covered, the line through it.
import type { Window } from "./condition.ts";

/** Below this share of covered time a sum is a lower bound, a slope undefined (semantics §4). */
export const leastCoverage = 0.9;

/** Number of the first sample later than `at`; the window's length where there is none. */
export function firstAfter(window: Window, at: number): number {
  let low = 0;
  let high = window.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (window.timeAt(middle) > at) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The time that a sample speaks for when the one before it is so much older: all of it, or one period where another is
 * missing between them. Half a period late is jitter, more is a hole; by exception there is none.
 */
export function spokenFor({ everyMs }: Window, ms: number): number {
  return everyMs !== null && ms > 1.5 * everyMs ? everyMs : ms;
}

/**
 * The share of (from, to] that samples speak for, 0 to 1. Time counts and not the number of samples, so that a burst does not make good for an outage.
 * By exception a value holds until the next comes: nothing is ever uncovered.
 */
export function coverageOf(window: Window, from: number, to: number): number {
  if (window.everyMs === null || to <= from) return 1;
  let covered = 0;
  let before = from;
  for (let nth = firstAfter(window, from); nth < window.length; nth += 1) {
    const at = window.timeAt(nth);
    covered += spokenFor(window, at - before);
    before = at;
  }
  return covered / (to - from);
}

/** A straight line by least squares; `slope` is per ms. */
export interface Line {
  readonly slope: number;
  readonly meanAt: number;
  readonly meanValue: number;
  /** Sum of squared distances from `meanAt`, ms²: with the noise of one sample it gives that of the slope. */
  readonly spread: number;
  /** Standard deviation of the values around the line; 0 where two points leave nothing over. */
  readonly scatter: number;
  /** Coefficient of determination; 1 where the values do not differ at all. */
  readonly r2: number;
  /** How many samples it goes through. */
  readonly length: number;
}

/** The line through samples `first` to before `end`; null where they have one time only, or their numbers run over. */
export function lineThrough(series: Pick<Window, "timeAt" | "valueAt">, first: number, end: number): Line | null {
  const length = end - first;
  if (length < 2) return null;
  // Relative to the first sample: epoch times squared would leave no digits for the seconds.
  const at0 = series.timeAt(first);
  const value0 = series.valueAt(first);
  let sumAt = 0;
  let sumValue = 0;
  for (let nth = first; nth < end; nth += 1) {
    sumAt += series.timeAt(nth) - at0;
    sumValue += series.valueAt(nth) - value0;
  }
  const meanAt = at0 + sumAt / length;
  const meanValue = value0 + sumValue / length;
  let spread = 0;
  let both = 0;
  let square = 0;
  for (let nth = first; nth < end; nth += 1) {
    const ms = series.timeAt(nth) - meanAt;
    const rise = series.valueAt(nth) - meanValue;
    spread += ms * ms;
    both += ms * rise;
    square += rise * rise;
  }
  const slope = both / spread;
  const left = Math.max(0, square - slope * both);
  const scatter = Math.sqrt(left / Math.max(1, length - 2));
  const r2 = square === 0 ? 1 : 1 - left / square;
  // Every way to run over (one time only, sums beyond the largest number) shows in one of these.
  if (!Number.isFinite(slope) || !Number.isFinite(r2)) return null;
  return { slope, meanAt, meanValue, spread, scatter, r2, length };
}
