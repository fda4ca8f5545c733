// For how long has something held, in all: time that adds up over a window until it is reset (semantics §4, accumulate).
import type { AccumulateCondition, OwnKind } from "../../../contract/condition.ts";
import { inSteps } from "../../../contract/numbers.ts";
import { coverageOf, firstAfter, leastCoverage, spokenFor } from "../../../contract/window.ts";

type Crossing = AccumulateCondition["while"];

function holds(crossing: Crossing, value: number, step: number): boolean {
  const over = inSteps(value, step) - inSteps(crossing.setpoint, step);
  return crossing.direction === "high" ? over >= 0 : over <= 0;
}

/**
 * The time within (t−W, t] and since the last reset for which the condition held, in ms. A sample holds until the next one.
 * A hole between two samples that both hold counts, as it does not break an on-run (semantics §2); one that ends
 * in a sample that does not hold counts for one period: what nobody measured shall not add up to an alarm.
 */
export const accumulate: OwnKind<AccumulateCondition, null> = {
  initial: () => null,
  windowMs: (condition) => condition.windowMs,
  step: (condition, _, { sample, window }) => {
    const { step } = window;
    let from = sample.sourceAt - condition.windowMs;
    const first = firstAfter(window, from);
    // The sample before the window, where there is one, says what held when it began.
    let heldAt = first > 0 && holds(condition.while, window.valueAt(first - 1), step) ? from : null;
    let heldMs = 0;
    // One round more than the window has: a suspect sample stands outside of it. Time goes on until it; it resets nothing.
    for (let nth = first; nth <= window.length; nth += 1) {
      const isInside = nth < window.length;
      const at = isInside ? window.timeAt(nth) : sample.sourceAt;
      const value = isInside ? window.valueAt(nth) : sample.value;
      const isHeld = holds(condition.while, value, step);
      if (heldAt !== null) heldMs += isHeld ? at - heldAt : spokenFor(window, at - heldAt);
      heldAt = isHeld ? at : null;
      if (isInside && condition.reset !== null && holds(condition.reset, value, step)) {
        heldMs = 0;
        from = at;
      }
    }
    const coverage = coverageOf(window, from, sample.sourceAt);
    const mayReturn = coverage >= leastCoverage;
    return {
      state: null,
      quantity: {
        value: heldMs,
        quality: sample.quality,
        mayReturn,
        note: mayReturn ? null : "lowerBound",
        values: { since: from, coverage },
      },
    };
  },
};
