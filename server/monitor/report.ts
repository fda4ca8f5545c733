// What a rule's step is told to the book as: its level, and why (semantics §2, §4).
import type { Why, WhyCode } from "../../contract/alarm.ts";
import type { Condition } from "../../contract/condition.ts";
import type { LimitSample } from "../domain/detect/limit.ts";
import type { Candidate } from "./admit.ts";
import { judgeLevel, trackPeak, type Evidence } from "./book.ts";
import type { RuleStep } from "./conditions.ts";
import { becauseOf, findingOf, identityOf, returnedSinceOf, whyCodeOf, type Finding } from "./findings.ts";
import type { CompiledRule, CompiledVersion } from "./plant.ts";
import type { RuleState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** A rule's step by its point's own sample. */
export interface OwnStep {
  readonly version: CompiledVersion;
  readonly state: RuleState;
  readonly step: RuleStep;
  readonly sample: LimitSample;
  readonly one: Candidate;
}

/** The condition that speaks for a finding: the one whose limit is on, or on a return the one that was. */
export interface Spokesman {
  readonly kind: Condition["kind"];
  /** In the point's unit; null where it is held against something that has another. */
  readonly setpoint: number | null;
  readonly deadband: number | null;
  /** What was held against it, where that is in the point's unit but not the value itself. */
  readonly value: number | null;
  readonly values: Why["values"];
}

/** Who speaks for a finding. */
export function spokesmanOf(version: CompiledVersion, { heard, before }: RuleStep, finding: Finding): Spokesman {
  const place = finding.level === null ? before.findLastIndex(({ isOn }) => isOn) : finding.place;
  const condition = version.limits[place]?.limit.limit;
  const kind = condition?.kind ?? "limit";
  const isOfPoint = kind === "limit" || kind === "sum";
  const { setpoint = null, deadband = null } = finding.level === null ? {} : (condition ?? {});
  const quantity = heard[place]?.quantity ?? null;
  const { value = null, note = null, values = {} } = quantity ?? {};
  return {
    kind,
    setpoint: isOfPoint ? setpoint : null,
    deadband: isOfPoint ? deadband : null,
    value: isOfPoint ? value : null,
    values: {
      ...values,
      ...(setpoint === null ? {} : { setpoint }),
      ...(value === null ? {} : { quantity: value }),
      ...(note === null ? {} : { note }),
    },
  };
}

/** The words for a finding: those of its kind where a level goes on. */
export function codeOf(kind: Condition["kind"], plain: WhyCode): WhyCode {
  return kind === "limit" || plain !== "limitViolated" ? plain : `${kind}Violated`;
}

/** Tells the book what a point's rule finds with the point's own sample. */
export function reportRule(turn: Turn, rule: CompiledRule, own: OwnStep): void {
  const { version, state, step, sample, one } = own;
  const finding = findingOf(version, state);
  const spokesman = spokesmanOf(version, step, finding);
  const lateMs = turn.at - one.sourceAt;
  const foundLateMs = lateMs > turn.plant.plan.lateAfterMs ? lateMs : null;
  const standing = turn.state.alarms.get(rule.alarmId);
  const wasFoundLateMs = standing?.alarm.foundLateMs ?? null;
  const isCaughtUp = foundLateMs === null && wasFoundLateMs !== null && finding.level !== null;
  const plain = whyCodeOf(finding.level, standing?.alarm.level ?? null, { ...sample, isCaughtUp });
  const why: Why = {
    code: codeOf(spokesman.kind, plain),
    values: {
      value: one.value,
      ...spokesman.values,
      ...(isCaughtUp ? { lateMs: wasFoundLateMs } : {}),
      ...becauseOf(one.reasons),
    },
  };
  const evidence: Evidence = {
    at: one.sourceAt,
    now: turn.at,
    why,
    actor: one.by ?? { kind: "rule", id: rule.rule.id, tier: null },
    violatedSince: state.limits[finding.place]?.violatedSince ?? null,
    returnedSince: finding.level === null ? (returnedSinceOf(step.before) ?? one.sourceAt) : null,
    value: spokesman.value ?? one.value,
    setpoint: spokesman.setpoint,
    deadband: spokesman.deadband,
    quality: one.quality,
    ruleVersion: version.version,
    isSaturated: finding.level !== null && (sample.isSaturated || finding.isSaturated),
    foundLateMs,
    // What was found late and is still on now that its point has caught up annunciates with this very step.
    isCaughtUp,
  };
  judgeLevel(turn, identityOf(one.point, rule), finding.level, evidence);
  if (standing === undefined || finding.level === null || one.quality === "bad") return;
  trackPeak(standing, one.value, one.sourceAt);
}
