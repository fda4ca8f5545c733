// The conditions of one rule at one instant: each kind gives a quantity, and each limit is stepped with it (semantics §2, §4).
import type { Around, JointCondition, OwnCondition, OwnSample, Quantity } from "../../contract/condition.ts";
import { inSteps, stepOf } from "../../contract/numbers.ts";
import {
  isBeyond,
  stepLimit,
  violates,
  withoutDelay,
  type LimitSample,
  type LimitState,
} from "../domain/detect/limit.ts";
import type { AnyOwnKind } from "./kinds.ts";
import type { CompiledPoint, CompiledVersion, LevelLimit } from "./plant.ts";
import { windowOf, type MovableWindow, type Series } from "./series.ts";
import type { KindMemory, RuleState } from "./state.ts";

/** What each condition was held against; null where it was not its turn, undefined quantity where it is the value itself. */
export type Heard = readonly ({ readonly sample: LimitSample; readonly quantity: Quantity | null } | null)[];

/** A rule's step: the limits before it, and what each was held against. */
export interface RuleStep {
  readonly before: readonly LimitState[];
  readonly heard: Heard;
}

const finestStep = stepOf(0);

/** A quantity as the sample that its limit is stepped with; undefined means: nothing is raised and nothing returned. */
function sampleOf(quantity: Quantity, of: LevelLimit, sample: LimitSample, step: number): LimitSample {
  const isOfValue = of.limit.limit.kind === "sum";
  return {
    ...sample,
    steps: quantity.value === null ? 0 : inSteps(quantity.value, isOfValue ? step : finestStep),
    quality: quantity.value === null ? "missing" : quantity.quality === "saturated" ? "suspect" : quantity.quality,
    isSaturated: false,
    mayReturn: sample.mayReturn && quantity.mayReturn,
  };
}

function remember(state: RuleState, place: number, next: unknown): void {
  const kinds = state.kinds as readonly KindMemory[];
  const known = kinds[place] as KindMemory;
  if (known.state !== next) state.kinds = kinds.with(place, { about: known.about, state: next });
}

/** Hears every condition on the point's own samples. A bad sample is none: it says nothing of what was before it. */
export function hearOwn(
  point: CompiledPoint,
  { version, state, series }: { version: CompiledVersion; state: RuleState; series: Series },
  { own, sample }: { own: OwnSample; sample: LimitSample },
): Heard {
  const { report } = point.point;
  const everyMs = report === "onChange" ? null : report.everyMs;
  return version.limits.map((of, place) => {
    if (of.joint !== null) return null;
    if (of.own === null) return { sample, quantity: null };
    if (own.quality === "bad") return null;
    const condition = of.limit.limit as OwnCondition;
    const memory = (state.kinds as readonly KindMemory[])[place] as KindMemory;
    const window = windowOf(series, own.sourceAt - of.own.windowMs(condition), everyMs, point.step);
    const { state: next, quantity } = of.own.step(condition, memory.state, { sample: own, window });
    remember(state, place, next);
    return { sample: sampleOf(quantity, of, sample, point.step), quantity };
  });
}

/** A good sample, and the window in which conditions see it: both are used again for the next one. */
export interface Sight {
  readonly sample: { sourceAt: number; value: number; readonly quality: "good" };
  readonly window: MovableWindow;
}

/**
 * True where a good sample, which its series already holds, changes nothing for conditions that are at rest: what they see
 * of the past is undefined or violates no limit, and they remember nothing new of it.
 */
export function isStillLooking(version: CompiledVersion, state: RuleState, series: Series, sight: Sight): boolean {
  const kinds = state.kinds as readonly KindMemory[];
  const { sample, window } = sight;
  for (const { place, limits } of version.looks) {
    const of = version.limits[place] as LevelLimit;
    const own = of.own as AnyOwnKind;
    const condition = of.limit.limit as OwnCondition;
    const known = (kinds[place] as KindMemory).state;
    window.move(series, sample.sourceAt - own.windowMs(condition));
    const { state: next, quantity } = own.step(condition, known, sight);
    if (next !== known) return false;
    if (quantity.value === null) continue;
    const steps = inSteps(quantity.value, condition.kind === "sum" ? window.step : finestStep);
    for (const nth of limits) if (violates((version.limits[nth] as LevelLimit).limit, steps)) return false;
  }
  return true;
}

/** Hears every condition over several points. */
export function hearJoint(
  version: CompiledVersion,
  state: RuleState,
  { around, sample }: { around: Around; sample: LimitSample },
): Heard {
  return version.limits.map((of, place) => {
    if (of.joint === null) return null;
    const memory = (state.kinds as readonly KindMemory[])[place] as KindMemory;
    const { state: next, quantity } = of.joint.step(of.limit.limit as JointCondition, memory.state, around);
    remember(state, place, next);
    return { sample: sampleOf(quantity, of, sample, finestStep), quantity };
  });
}

/** Steps every limit that was heard. */
export function stepHeard(version: CompiledVersion, state: RuleState, heard: Heard): RuleStep {
  const before = state.limits;
  const after = before.map((limit, place) => {
    const one = heard[place] ?? null;
    if (one === null) return limit;
    const { limit: compiled } = version.limits[place] as LevelLimit;
    return stepLimit(state.isPrimed ? withoutDelay(compiled) : compiled, limit, one.sample);
  });
  if (after.some((limit, place) => limit !== before[place])) state.limits = after;
  if (state.isPrimed) state.isPrimed = !after.some(({ isOn }) => isOn) && !isAllBeyond(version, state, heard);
  endOrphan(version, state, heard);
  return { before, heard };
}

/** True where a sample of this instant shows good values beyond every deadband, and nothing that was not heard is on. */
function isAllBeyond(version: CompiledVersion, state: RuleState, heard: Heard): boolean {
  const isBeyondAt = ({ limit }: LevelLimit, place: number): boolean => {
    const one = heard[place] ?? null;
    if (one === null) return state.limits[place]?.isOn === false;
    const { quality, steps } = one.sample;
    return (quality === "good" || quality === "unknown") && isBeyond(limit, steps);
  };
  return heard.some((one) => one?.sample.isHeard === true) && version.limits.every(isBeyondAt);
}

/** What the version in force no longer has ends by a good sample beyond every deadband that it has (semantics §3). */
function endOrphan(version: CompiledVersion, state: RuleState, heard: Heard): void {
  if (state.isOrphanOn === null || heard.some((one) => one?.sample.mayReturn === false)) return;
  if (isAllBeyond(version, state, heard)) state.isOrphanOn = null;
}
