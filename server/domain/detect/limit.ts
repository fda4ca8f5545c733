// Is a limit violated: on-delay, deadband and off-delay of one level, told by samples alone (semantics §2).
import type { Condition } from "../../../contract/condition.ts";
import { inSteps } from "../../../contract/numbers.ts";
import type { Quality } from "../../../contract/sample.ts";

/** A limit with its edges in whole steps of the point. */
export interface CompiledLimit {
  readonly limit: Condition;
  readonly isHigh: boolean;
  /** Violated from here on, inclusive. */
  readonly setpoint: number;
  /** Beyond the deadband past here, strict. */
  readonly edge: number;
}

/** Where a limit stands. Times of samples are event times; `…ReceivedAt` are server times. */
export interface LimitState {
  readonly isOn: boolean;
  /** First sample of the unbroken on-run. */
  readonly violatedSince: number | null;
  readonly violatedReceivedAt: number | null;
  /** Violating samples of the run so far. */
  readonly samples: number;
  /** One of them was saturated: what the run raises wants a second measurement, however it goes on. */
  readonly isSaturated: boolean;
  /** First good sample beyond the deadband of the unbroken off-run. */
  readonly returnedSince: number | null;
  readonly returnedReceivedAt: number | null;
}

/** Where somebody must hear of it sooner: no on-delay is longer than this for a run that began by then. */
export interface Haste {
  readonly onDelayMs: number;
  /** Event time. */
  readonly until: number;
}

/** What a limit needs to know of a sample. */
export interface LimitSample {
  readonly sourceAt: number;
  readonly receivedAt: number;
  /** In whole steps of the point. */
  readonly steps: number;
  readonly quality: Quality;
  /** Saturated in this limit's direction: violates whatever the number. */
  readonly isSaturated: boolean;
  /** False for lagging samples and untrusted clocks: they may raise, not return. */
  readonly mayReturn: boolean;
  /** False where time or a link has it look again: that neither begins, breaks nor completes an off-run. */
  readonly isHeard: boolean;
  /** True after a gap longer than `silentAfterMs`: an off-run starts anew. */
  readonly isAfterGap: boolean;
  /** Absent where the limit's own delay holds. */
  readonly haste?: Haste;
}

/** A limit at rest. */
export const restingLimit: LimitState = {
  isOn: false,
  violatedSince: null,
  violatedReceivedAt: null,
  samples: 0,
  isSaturated: false,
  returnedSince: null,
  returnedReceivedAt: null,
};

/** Works the edges out once: setpoint and deadband edge are rounded like the values (semantics §1, Numbers). */
export function compileLimit(limit: Condition, direction: "high" | "low" | "none", step: number): CompiledLimit {
  // A truth has no direction: 1 violates, 0 returns.
  const isHigh = direction !== "low";
  const edge = isHigh ? limit.setpoint - limit.deadband : limit.setpoint + limit.deadband;
  return { limit, isHigh, setpoint: inSteps(limit.setpoint, step), edge: inSteps(edge, step) };
}

/** True where a value, in whole steps of the point, lies beyond the limit's deadband (semantics §2: strict). */
export function isBeyond(limit: CompiledLimit, steps: number): boolean {
  return limit.isHigh ? steps < limit.edge : steps > limit.edge;
}

/** True where a value, in whole steps of the point, violates the limit (semantics §2: inclusive). */
export function violates(limit: CompiledLimit, steps: number): boolean {
  return limit.isHigh ? steps >= limit.setpoint : steps <= limit.setpoint;
}

/** The limit for a point whose alarm a person returned: the first violating sample is enough (semantics §1). */
export function withoutDelay(limit: CompiledLimit): CompiledLimit {
  return { ...limit, limit: { ...limit.limit, onDelayMs: 0, onSamples: 1 } };
}

function stepOff(limit: CompiledLimit, state: LimitState, sample: LimitSample): LimitState {
  if (!isBeyond(limit, sample.steps) || !sample.mayReturn) return withoutOffRun(state);
  if (!sample.isHeard) return state;
  const isNewRun = state.returnedSince === null || sample.isAfterGap;
  const returnedSince = isNewRun ? sample.sourceAt : state.returnedSince;
  if (sample.sourceAt - returnedSince >= limit.limit.offDelayMs) return restingLimit;
  return isNewRun ? { ...state, returnedSince, returnedReceivedAt: sample.receivedAt } : state;
}

/** The delay of a run: one that began in haste stays so, and none is ever lengthened. */
function delayOf({ limit }: CompiledLimit, violatedSince: number, haste: Haste | undefined): number {
  const isHasty = haste !== undefined && violatedSince <= haste.until;
  return isHasty ? Math.min(limit.onDelayMs, haste.onDelayMs) : limit.onDelayMs;
}

function stepOn(limit: CompiledLimit, state: LimitState, sample: LimitSample): LimitState {
  const violatedSince = state.violatedSince ?? sample.sourceAt;
  const violatedReceivedAt = state.violatedReceivedAt ?? sample.receivedAt;
  const samples = state.samples + 1;
  const isOn =
    sample.sourceAt - violatedSince >= delayOf(limit, violatedSince, sample.haste) && samples >= limit.limit.onSamples;
  const isSaturated = state.isSaturated || sample.isSaturated;
  return {
    isOn,
    violatedSince,
    violatedReceivedAt,
    samples,
    isSaturated,
    returnedSince: null,
    returnedReceivedAt: null,
  };
}

/** An off-run is broken: whatever was seen of it proves nothing any more. */
export function withoutOffRun(state: LimitState): LimitState {
  return state.returnedSince === null ? state : { ...state, returnedSince: null, returnedReceivedAt: null };
}

/**
 * The state after one sample of the point. Returns the very same state where nothing changes, which is the usual case.
 * The table of semantics §1 in code: good and unknown do all, suspect can only raise, saturated violates in its own
 * direction and returns nothing in the other, bad and missing do nothing.
 */
export function stepLimit(limit: CompiledLimit, state: LimitState, sample: LimitSample): LimitState {
  if (sample.quality === "bad" || sample.quality === "missing") return state;
  if (sample.isSaturated || violates(limit, sample.steps))
    return state.isOn ? withoutOffRun(state) : stepOn(limit, state, sample);
  if (sample.quality === "suspect") return state;
  // Over range on the other side is no good sample: it ends nothing and breaks what has begun to end.
  if (sample.quality === "saturated") return withoutOffRun(state);
  if (state.isOn) return stepOff(limit, state, sample);
  return state.violatedSince === null ? state : restingLimit;
}

/**
 * When a tick would complete this limit's running delay, server time; null where none does. Only for points that
 * report by exception: they send no further sample while nothing changes.
 */
export function dueByException(limit: CompiledLimit, state: LimitState): number | null {
  if (state.isOn) {
    return state.returnedReceivedAt === null ? null : state.returnedReceivedAt + limit.limit.offDelayMs;
  }
  if (state.violatedReceivedAt === null || state.samples < limit.limit.onSamples) return null;
  return state.violatedReceivedAt + limit.limit.onDelayMs;
}

/** The state after its running delay was completed by a tick. */
export function completeByException(state: LimitState): LimitState {
  return state.isOn ? restingLimit : { ...state, isOn: true };
}

/** A pending run goes on at once: its point was lost while it was violating (semantics §2). */
export function loseWhileViolating(state: LimitState): LimitState {
  return state.isOn || state.violatedSince === null ? state : { ...state, isOn: true };
}
