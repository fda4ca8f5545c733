// How unusual is the value for this point: its distance from the median of a month, in MAD (semantics §4, deviation).
import type { DeviationCondition, OwnKind, OwnSample, Window } from "../../../contract/condition.ts";
import { finite } from "../../../contract/numbers.ts";
import { firstAfter, leastCoverage } from "../../../contract/window.ts";

const hourMs = 3_600_000;

/** Below this share of its hours a baseline says nothing: most of it would be missing. */
const leastKnown = 0.5;

/** The hours that have ended, and what they make. */
interface Baseline {
  /** Oldest first, one per hour up to the one before `hour`; null where nothing believable came. */
  readonly medians: readonly (number | null)[];
  /** Hours that have a median. */
  readonly known: number;
  readonly median: number;
  /** Median of the absolute distances from the median (Hampel 1974), as it is and not times 1.4826. */
  readonly mad: number;
}

/** The baseline, and the hour that goes on: it is no part of what it is judged by. */
export interface DeviationState extends Baseline {
  /** The hour of the newest believed sample, counted from the epoch; null before the first. */
  readonly hour: number | null;
  readonly last: number;
}

const fresh: DeviationState = { medians: [], known: 0, median: 0, mad: 0, hour: null, last: 0 };

/**
 * Of at least one number; the halves are added so that they cannot run over. Plain floats sort several times faster, and
 * at each full hour every point with a baseline asks at once.
 */
function medianOf(numbers: readonly number[]): number {
  const sorted = Float64Array.from(numbers).toSorted();
  const upper = sorted[sorted.length >> 1] as number;
  const lower = sorted[(sorted.length - 1) >> 1] as number;
  return lower / 2 + upper / 2;
}

/** What the window still holds of an hour; of one that ended long ago at the least its last sample. */
function valuesOf(window: Window, hour: number, last: number): number[] {
  const end = firstAfter(window, (hour + 1) * hourMs - 1);
  const values: number[] = [];
  for (let nth = firstAfter(window, hour * hourMs - 1); nth < end; nth += 1) values.push(window.valueAt(nth));
  return values.length === 0 ? [last] : values;
}

/** Ends the hour that was the current one, and those without a sample after it. */
function renew(condition: DeviationCondition, before: DeviationState, window: Window, hour: number): Baseline {
  const ended = before.hour as number;
  const skipped = Math.min(hour - ended - 1, condition.hours);
  // By exception a value holds until the next: an hour without one had the last.
  const held = window.everyMs === null ? before.last : null;
  const medians = [
    ...before.medians,
    medianOf(valuesOf(window, ended, before.last)),
    ...Array.from({ length: skipped }, () => held),
  ].slice(-condition.hours);
  const known = medians.filter((one) => one !== null);
  if (known.length === 0) return { ...fresh, medians };
  const median = medianOf(known);
  const mad = medianOf(known.map((one) => Math.min(Number.MAX_VALUE, Math.abs(one - median))));
  return { medians, known: known.length, median, mad };
}

function hear(
  condition: DeviationCondition,
  before: DeviationState,
  sample: OwnSample,
  window: Window,
): DeviationState {
  if (sample.quality !== "good" && sample.quality !== "unknown") return before;
  const hour = Math.floor(sample.sourceAt / hourMs);
  const newest = before.hour ?? hour;
  const base = hour > newest ? renew(condition, before, window, hour) : before;
  return { ...base, hour: Math.max(hour, newest), last: sample.value };
}

/** Known hours as a share of those that the point's period lets one expect: a daily gauge has one in 24. */
function knownShare(condition: DeviationCondition, known: number, { everyMs }: Window): number {
  const expected = condition.hours * Math.min(1, hourMs / (everyMs ?? hourMs));
  return Math.min(1, known / expected);
}

/**
 * |v − median| / MAD, over the medians of the last `hours` hours that have ended. A median of medians, because half of
 * them may be wrong before it moves (Hampel 1974, breakdown point ½), and a burst counts no more than its hour.
 * Where the point did not vary its step is the measure, since a MAD of 0 would make an alarm of the first last digit.
 * Covered by less than 90 % it may raise, not return; by less than half it is undefined. Undefined below 90 % would blind
 * the rule for a month after an outage of three days.
 */
export const deviation: OwnKind<DeviationCondition, DeviationState> = {
  initial: () => fresh,
  // The hour that ends, whenever in the one after it the next sample comes.
  windowMs: () => 2 * hourMs,
  step: (condition, before, { sample, window }) => {
    const after = hear(condition, before, sample, window);
    const coverage = knownShare(condition, after.known, window);
    const { median, mad } = after;
    const ratio = finite(Math.abs(sample.value - median) / Math.max(mad, window.step));
    const isDefined = ratio !== null && coverage >= leastKnown;
    const isWhole = coverage >= leastCoverage;
    return {
      state: after,
      quantity: {
        value: isDefined ? ratio : null,
        quality: sample.quality,
        mayReturn: isDefined && isWhole,
        note: isWhole ? (isDefined ? null : "overflow") : "coverage",
        values: { median, mad, coverage },
      },
    };
  },
};
