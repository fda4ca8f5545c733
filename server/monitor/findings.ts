// What the limits of one rule find together: the version in force, the highest level on, and the alarm that it speaks for.
import type { Why, WhyCode } from "../../contract/alarm.ts";
import type { JointCondition, OwnCondition } from "../../contract/condition.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";
import { reasonsOf } from "../../contract/sample.ts";
import { restingLimit, type LimitState } from "../domain/detect/limit.ts";
import type { Identity } from "./book.ts";
import type { CompiledPoint, CompiledRule, CompiledVersion } from "./plant.ts";
import type { KindMemory, RuleState } from "./state.ts";

/** The version in force at an instant: the newest whose valid-from is not after it. */
export function versionAt(rule: CompiledRule, sourceAt: number): CompiledVersion | undefined {
  return rule.versions.find((version) => version.validFrom <= sourceAt);
}

/** The version that a rule's states belong to. */
export function versionOf(rule: CompiledRule, state: RuleState): CompiledVersion | undefined {
  return rule.versions.find((version) => version.version === state.version);
}

/** The highest level on, and the limit that speaks for it. */
export interface Finding {
  readonly level: Level | null;
  readonly place: number;
  /** What is on was raised with a saturated sample: it wants a second measurement. */
  readonly isSaturated: boolean;
}

/** The finding of a rule's states. */
export function findingOf(version: CompiledVersion, state: RuleState): Finding {
  const isSaturated = state.limits.some((limit) => limit.isOn && limit.isSaturated);
  for (let place = version.limits.length - 1; place >= 0; place -= 1) {
    const level = (version.limits[place] as CompiledVersion["limits"][number]).level;
    if (state.limits[place]?.isOn === true && rankOf(level) >= rankOf(state.isOrphanOn))
      return { level, place, isSaturated };
  }
  return { level: state.isOrphanOn, place: -1, isSaturated };
}

/** Since when a value has been beyond the deadband; null where no off-run was on the way. */
export function returnedSinceOf(limits: readonly LimitState[]): number | null {
  return limits.find((limit) => limit.returnedSince !== null)?.returnedSince ?? null;
}

/** The reason that a step of a rule's alarm gives, from the level before it to the level after. */
export function whyCodeOf(
  level: Level | null,
  before: Level | null,
  by: { readonly isSaturated: boolean; readonly isCaughtUp: boolean },
): WhyCode {
  if (level === null) return "limitReturned";
  if (by.isCaughtUp && level === before) return "caughtUp";
  if (rankOf(level) < rankOf(before)) return "limitFell";
  return by.isSaturated ? "saturated" : "limitViolated";
}

/** What marks a step: the reasons why its sample is not simply good, as the words of the catalogue. */
export function becauseOf(reasons: number): Why["values"] {
  return reasons === 0 ? {} : { because: reasonsOf(reasons).join(" ") };
}

/** The identity of a point's rule. */
export function identityOf(point: CompiledPoint, rule: CompiledRule): Identity {
  return {
    source: { kind: "point", id: point.point.id },
    site: point.point.site,
    rule: rule.rule.id,
    direction: rule.rule.direction,
    isData: false,
    isLatching: rule.rule.latch,
  };
}

/** A rule that has judged nothing yet; what its alarm still has on from before it was taken away stays on. */
export function newRule(id: string, stillOn: Level | null): RuleState {
  return {
    id,
    version: 0,
    limits: [],
    levels: [],
    kinds: null,
    isOrphanOn: stillOn,
    isPrimed: false,
    blindSince: null,
    timeHeardAt: 0,
  };
}

/** A kind goes on with what it remembers where the new version judges the same thing, by whatever limit. */
function enterKinds(before: readonly KindMemory[], version: CompiledVersion): readonly KindMemory[] | null {
  if (version.isPlain) return null;
  const kept = [...before];
  return version.limits.map(({ about, limit, own, joint }) => {
    const place = kept.findIndex((one) => one.about === about);
    const [known] = kept.splice(place, place < 0 ? 0 : 1);
    if (known !== undefined) return known;
    const condition = limit.limit;
    return {
      about,
      state: own?.initial(condition as OwnCondition) ?? joint?.initial(condition as JointCondition) ?? null,
    };
  });
}

/** Brings a rule's states to the version in force: what is on stays on until a good sample returns it (semantics §3). */
export function enterVersion(state: RuleState, version: CompiledVersion): void {
  const kept = state.limits.map((limit, place) => ({ limit, level: state.levels[place] as Level }));
  state.levels = version.limits.map(({ level }) => level);
  state.limits = state.levels.map((level) => {
    const place = kept.findIndex((one) => one.level === level);
    return kept.splice(place, place < 0 ? 0 : 1)[0]?.limit ?? restingLimit;
  });
  const lost = kept.filter((one) => one.limit.isOn).map((one) => one.level);
  state.kinds = enterKinds(state.kinds ?? [], version);
  state.isOrphanOn = lost.reduce<Level | null>(higher, state.isOrphanOn);
  state.version = version.version;
}
