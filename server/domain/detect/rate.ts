// How fast does the value move: its difference over a window, or the slope of a line through it (semantics §4, rate).
import type { OwnKind, OwnSample, Quantity, RateCondition, Window } from "../../../contract/condition.ts";
import { finite } from "../../../contract/numbers.ts";
import { coverageOf, firstAfter, leastCoverage, lineThrough } from "../../../contract/window.ts";

type Heard = { readonly sample: OwnSample; readonly window: Window };

function unknown({ sample }: Heard, note: string, values: Quantity["values"]): Quantity {
  return { value: null, quality: sample.quality, mayReturn: false, note, values };
}

function known(
  condition: RateCondition,
  { sample }: Heard,
  of: { change: number; values: Quantity["values"] },
): Quantity {
  const value = finite(condition.isAbsolute ? Math.abs(of.change) : of.change);
  const note = value === null ? "overflow" : null;
  return { value, quality: sample.quality, mayReturn: value !== null, note, values: of.values };
}

/**
 * Number of the sample that stands for t−W, or −1. At a period: the nearest within half a period, the older of two that
 * are as near (the longer span hides less). By exception: the last one before, because its value held until then.
 */
function standIn(window: Window, wanted: number, before: number): number {
  const later = firstAfter(window, wanted);
  const earlier = later - 1;
  if (window.everyMs === null) return earlier;
  const toEarlier = earlier < 0 ? Infinity : wanted - window.timeAt(earlier);
  const isLater = later < window.length && window.timeAt(later) < before;
  const toLater = isLater ? window.timeAt(later) - wanted : Infinity;
  if (Math.min(toEarlier, toLater) > window.everyMs / 2) return -1;
  return toEarlier <= toLater ? earlier : later;
}

/** v(t) − v(t−W). A hole between the two ends takes nothing from it, so coverage is asked of the slope alone. */
function difference(condition: RateCondition, heard: Heard): Quantity {
  const { sample, window } = heard;
  const nth = standIn(window, sample.sourceAt - condition.windowMs, sample.sourceAt);
  if (nth < 0) return unknown(heard, "noPast", { is: sample.value });
  const was = window.valueAt(nth);
  const values = { is: sample.value, was, wasAt: window.timeAt(nth) };
  // Over W and not over the stand-in's distance: the standards' "in 24 h" is a plain difference.
  return known(condition, heard, { change: (sample.value - was) * (condition.perMs / condition.windowMs), values });
}

/** Slope by ordinary least squares (Draper & Smith, Applied Regression Analysis, 1.2) over the good samples of (t−W, t]. */
function regression(condition: RateCondition, heard: Heard): Quantity {
  const { sample, window } = heard;
  const from = sample.sourceAt - condition.windowMs;
  const first = firstAfter(window, from);
  const samples = window.length - first;
  if (samples < condition.minSamples)
    return unknown(heard, "samples", { samples, neededSamples: condition.minSamples });
  const coverage = coverageOf(window, from, sample.sourceAt);
  if (coverage < leastCoverage) return unknown(heard, "coverage", { samples, coverage });
  const line = lineThrough(window, first, window.length);
  if (line === null) return unknown(heard, "noLine", { samples, coverage });
  return known(condition, heard, { change: line.slope * condition.perMs, values: { samples, coverage, r2: line.r2 } });
}

/**
 * The change of the value, in the point's unit per `perMs`. A suspect sample may show a difference, marked; it is no
 * part of a slope (QARTOD's flag 3), which then says what the good ones say.
 */
export const rate: OwnKind<RateCondition, null> = {
  initial: () => null,
  // The nearest to t−W may be half a period older, and half a period is at most half of W.
  windowMs: (condition) => (condition.method === "difference" ? 1.5 : 1) * condition.windowMs,
  step: (condition, _, heard) => ({
    state: null,
    quantity: condition.method === "difference" ? difference(condition, heard) : regression(condition, heard),
  }),
};
