// A point for one kind of condition: keeps the window that the kind asks for, hands over sample by sample, judges the result.
import type { OwnCondition, OwnKind, OwnSample, Quantity, Window } from "../../contract/condition.ts";
import { inSteps, stepOf } from "../../contract/numbers.ts";
import type { Quality } from "../../contract/sample.ts";
import { compileLimit, restingLimit, stepLimit } from "../../server/domain/detect/limit.ts";

/** What every condition has, at harmless values. */
export const timing = {
  setpoint: 1,
  deadband: 0,
  onDelayMs: 0,
  onSamples: 1,
  offDelayMs: 0,
  provenance: { from: "product-default" as const, clause: "test", isConfirmed: false },
} as const;

/** How the point of a window reports. */
export interface Reporting {
  readonly everyMs?: number | null;
  readonly step?: number;
}

/** A window over samples told as [time, value], ascending. Asked beyond its ends it throws: a ring would tell an old sample. */
export function windowOf(samples: readonly (readonly [number, number])[], rest: Reporting = {}): Window {
  const at = (nth: number): readonly [number, number] => {
    const sample = samples[nth];
    if (sample === undefined) throw new RangeError(`sample ${nth} of ${samples.length}`);
    return sample;
  };
  return {
    length: samples.length,
    timeAt: (nth) => at(nth)[0],
    valueAt: (nth) => at(nth)[1],
    everyMs: rest.everyMs ?? null,
    step: rest.step ?? stepOf(1e-6),
  };
}

/** A sample, good unless told. */
export function heard(sourceAt: number, value: number, quality: Quality = "good"): OwnSample {
  return { sourceAt, value, quality };
}

/** A point that a kind of condition listens to. */
export interface Listening<S> {
  readonly hear: (sample: OwnSample) => Quantity;
  /** A sample that comes late: into its place in the window, judged with the next one. */
  readonly hearLate: (sourceAt: number, value: number) => void;
  readonly state: () => S;
}

function freeze(state: unknown): void {
  if (typeof state !== "object" || state === null || Object.isFrozen(state)) return;
  for (const part of Object.values(state)) freeze(part);
  Object.freeze(state);
}

/** Believed samples, ascending; what is older than asked for is forgotten. */
function createMemory(reporting: Reporting): {
  readonly keep: (sourceAt: number, value: number) => void;
  readonly forget: (before: number) => void;
  readonly window: () => Window;
} {
  const samples: (readonly [number, number])[] = [];
  return {
    keep: (sourceAt, value) => {
      let place = samples.length;
      while ((samples[place - 1]?.[0] ?? -Infinity) > sourceAt) place -= 1;
      samples.splice(place, 0, [sourceAt, value]);
    },
    forget: (before) => {
      const first = samples.findIndex(([sourceAt]) => sourceAt >= before);
      samples.splice(0, first < 0 ? samples.length : first);
    },
    window: () => windowOf(samples, reporting),
  };
}

/** Leads a kind as the monitor does. Every state is frozen, so that a kind that changes one in place throws. */
export function listen<C extends OwnCondition, S>(
  kind: OwnKind<C, S>,
  condition: C,
  reporting: Reporting = {},
): Listening<S> {
  const memory = createMemory(reporting);
  let state = kind.initial(condition);
  freeze(state);
  return {
    hear: (sample) => {
      if (sample.quality === "good" || sample.quality === "unknown") memory.keep(sample.sourceAt, sample.value);
      memory.forget(sample.sourceAt - kind.windowMs(condition));
      const after = kind.step(condition, state, { sample, window: memory.window() });
      state = after.state;
      freeze(state);
      return after.quantity;
    },
    hearLate: memory.keep,
    state: () => state,
  };
}

/** A time during which a level was on, event time. */
export interface On {
  readonly from: number;
  /** Infinity where it never returned. */
  readonly to: number;
}

/** When a condition's limit was on, judged with its delays and deadband over everything that was heard. */
export function createJudge(
  condition: OwnCondition,
  direction: "high" | "low",
): { readonly judge: (sourceAt: number, quantity: Quantity) => void; readonly on: () => readonly On[] } {
  const step = stepOf(1e-6);
  const compiled = compileLimit(condition, direction, step);
  let limit = restingLimit;
  const on: { from: number; to: number }[] = [];
  return {
    judge: (sourceAt, { value, quality, mayReturn }) => {
      if (value === null) return;
      const steps = inSteps(value, step);
      const sample = {
        sourceAt,
        receivedAt: sourceAt,
        steps,
        quality,
        isSaturated: false,
        mayReturn,
        isHeard: true,
        isAfterGap: false,
      };
      const before = limit;
      limit = stepLimit(compiled, limit, sample);
      if (!before.isOn && limit.isOn) on.push({ from: sourceAt, to: Infinity });
      const last = on.at(-1);
      if (before.isOn && !limit.isOn && last !== undefined) last.to = sourceAt;
    },
    on: () => on,
  };
}
