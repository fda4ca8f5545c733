// Is the value one of a set: a valve that reports a fault, a bypass, a command that was not followed (semantics §4, state).
import type { OwnKind, StateCondition } from "../../../contract/condition.ts";
import { inSteps } from "../../../contract/numbers.ts";

function isAmong(values: readonly number[], value: number, step: number): boolean {
  const steps = inSteps(value, step);
  for (const one of values) if (inSteps(one, step) === steps) return true;
  return false;
}

/** 1 while the value is one of the condition's, else 0; how long that must last is said by the delays. */
export const state: OwnKind<StateCondition, null> = {
  initial: () => null,
  windowMs: () => 0,
  step: (condition, _, { sample, window }) => ({
    state: null,
    quantity: {
      value: isAmong(condition.values, sample.value, window.step) ? 1 : 0,
      quality: sample.quality,
      mayReturn: true,
      note: null,
      values: { is: sample.value },
    },
  }),
};
