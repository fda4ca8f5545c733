// Has the mean drifted: Page's two-sided CUSUM in its tabular form (Page 1954; Montgomery, Statistical Quality Control, 9.1).
import type { CusumCondition, OwnKind, OwnSample } from "../../../contract/condition.ts";

/** The two sums, in σ: S⁺ for a mean that rises, S⁻ for one that falls. */
export interface CusumState {
  readonly up: number;
  readonly down: number;
}

/** What a sum may reach, in setpoints. */
const most = 2;

function add(condition: CusumCondition, before: CusumState, value: number): CusumState {
  const z = (value - condition.target) / condition.sigma;
  const limit = Math.min(most * Math.abs(condition.setpoint), Number.MAX_VALUE);
  return {
    up: Math.min(limit, Math.max(0, before.up + z - condition.allowance)),
    down: Math.min(limit, Math.max(0, before.down - z - condition.allowance)),
  };
}

/** What is remembered: of a suspect sample nothing; one beyond the sensor's range proves no return of either sum. */
function remember(before: CusumState, after: CusumState, { quality }: OwnSample): CusumState {
  if (quality === "suspect") return before;
  if (quality !== "saturated") return after;
  return { up: Math.max(before.up, after.up), down: Math.max(before.down, after.down) };
}

/**
 * The larger of the two sums, in σ; the setpoint is h (4 to 5 σ with k = ½ σ).
 *
 * Montgomery resets the sums on a signal, because there an operator stops the process and searches. Here nobody stops
 * anything: a sum put back to 0 would lie beyond the deadband at the very next sample and return the alarm of a drift
 * that goes on, and with an on-delay it would never be raised at all. So nothing is reset. Left alone, though, a sum that
 * grew for a month would need a month of good samples to come down; therefore it is held at twice h. From there it takes
 * at least h / k samples on target to come below h again, about as many as a drift of 2 k needs to be found: the alarm
 * returns once the drift has been gone for as long as it took to see it.
 */
export const cusum: OwnKind<CusumCondition, CusumState> = {
  initial: () => ({ up: 0, down: 0 }),
  windowMs: () => 0,
  step: (condition, before, { sample }) => {
    const after = add(condition, before, sample.value);
    return {
      state: remember(before, after, sample),
      quantity: {
        value: Math.max(after.up, after.down),
        quality: sample.quality,
        mayReturn: true,
        note: null,
        values: { up: after.up, down: after.down },
      },
    };
  },
};
