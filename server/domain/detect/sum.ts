// How much has come within a window: rolling sums, of rain above all (semantics §4, sum).
import type { OwnKind, SumCondition } from "../../../contract/condition.ts";
import { finite, inSteps } from "../../../contract/numbers.ts";
import { coverageOf, firstAfter, leastCoverage } from "../../../contract/window.ts";

/**
 * The sum over (t−W, t], in the point's unit, added up in whole steps: whole numbers give the same sum in any order, so
 * that late samples, a back-fill and a replay agree. Anew each time: a running sum would not notice a sample that came late.
 */
export const sum: OwnKind<SumCondition, null> = {
  initial: () => null,
  windowMs: (condition) => condition.windowMs,
  step: (condition, _, { sample, window }) => {
    const from = sample.sourceAt - condition.windowMs;
    const first = firstAfter(window, from);
    const { length } = window;
    // A suspect sample stands outside of the window: it counts while it is the newest, and is marked.
    const isInside = length > 0 && window.timeAt(length - 1) === sample.sourceAt;
    let steps = isInside ? 0 : inSteps(sample.value, window.step);
    for (let nth = first; nth < length; nth += 1) steps += inSteps(window.valueAt(nth), window.step);
    const value = finite(steps * window.step);
    const coverage = coverageOf(window, from, sample.sourceAt);
    const isWhole = coverage >= leastCoverage;
    const note = value === null ? "overflow" : isWhole ? null : "lowerBound";
    return {
      state: null,
      quantity: {
        value,
        quality: sample.quality,
        mayReturn: value !== null && isWhole,
        note,
        values: { samples: length - first, coverage },
      },
    };
  },
};
