// A point's last value held against a rule once more, because the rule is another one now.
import { inSteps } from "../../contract/numbers.ts";
import type { RuleChange, Unknown } from "../../contract/rule-change.ts";
import type { Candidate } from "./admit.ts";
import { versionAt } from "./findings.ts";
import { saturatedOf } from "./joints.ts";
import { judgeRule } from "./judge.ts";
import type { CompiledPoint, CompiledRule, CompiledVersion, Plant } from "./plant.ts";
import type { PointState, RuleState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Why nothing can be said of a point; null where its last value can be believed. */
export function unknownOf({ judgedAt, lostAt, quality }: PointState): Unknown | null {
  if (judgedAt === 0) return "neverHeard";
  if (quality === "bad") return "bad";
  return lostAt > 0 ? "silent" : null;
}

/**
 * Holds the point's last value against a rule, as a sample of now, also where the kind that looks back takes it for one of
 * `sourceAt`; one that was not really heard returns nothing.
 */
export function hearAgain(
  turn: Turn,
  point: CompiledPoint,
  rule: CompiledRule,
  { state, sourceAt, isHeard }: { readonly state: RuleState; readonly sourceAt: number; readonly isHeard: boolean },
): void {
  const live = turn.state.points.get(point.point.id) as PointState;
  if (unknownOf(live) !== null) return;
  const { value, quality, reasons, device } = live;
  const side = saturatedOf(point, live);
  const candidate: Candidate = {
    device,
    point,
    state: live,
    sourceAt,
    value,
    quality,
    side,
    reasons,
    stuck: null,
    isServerTime: false,
  };
  judgeRule(turn, candidate, rule, state, {
    sourceAt: turn.at,
    receivedAt: turn.at,
    steps: inSteps(value, point.step),
    quality,
    mayReturn: isHeard && live.loss !== "lagging",
    isHeard,
    isAfterGap: false,
  });
}

/** The rule that a change is about, in a plan that has it. */
export function ruleOfSource(plant: Plant, { source, rule, direction }: RuleChange): CompiledRule {
  const ofPoint = plant.byId.get(source)?.rules ?? [];
  const ofSite = [...plant.joints.values()].flatMap(({ point, site, rule: one }) =>
    point === null && site === source ? [one] : [],
  );
  const isIt = ({ rule: one }: CompiledRule): boolean => one.id === rule && one.direction === direction;
  return [...ofPoint, ...ofSite].find(isIt) as CompiledRule;
}

/** True where a value says as much a second time: a sum or a drift would count it twice. */
export function isOfValue({ limits }: CompiledVersion): boolean {
  return limits.every(({ own, limit }) => own === null || limit.limit.kind === "state");
}

/**
 * A point that reports by exception sends nothing while nothing changes: what it stands at is held against the new version
 * at once, or a limit drawn below it would never be seen to be violated. It may raise, and returns nothing.
 */
export function hearStanding(turn: Turn, change: RuleChange): void {
  const point = turn.plant.byId.get(change.source);
  if (point?.point.report !== "onChange") return;
  const live = turn.state.points.get(change.source) as PointState;
  if (turn.state.devices.get(live.device)?.status !== "online") return;
  const rule = ruleOfSource(turn.plant, change);
  const version = versionAt(rule, turn.at);
  if (version === undefined || !isOfValue(version)) return;
  const state = live.rules[point.rules.indexOf(rule)] as RuleState;
  hearAgain(turn, point, rule, { state, sourceAt: turn.at, isHeard: false });
}

/** From when on, not before `from`, a version is in force that a value can be held against and never was; null where none is to come. */
function nextVersionAt(rule: CompiledRule, runs: RuleState, from: number): number | null {
  const entered = rule.versions.findIndex(({ version }) => version === runs.version);
  const waiting = entered < 0 ? rule.versions : rule.versions.slice(0, entered);
  // Newest first: the last one that is found comes into force first.
  const next = waiting.findLast((version) => {
    return isOfValue(version) && versionAt(rule, Math.max(version.validFrom, from)) === version;
  });
  return next === undefined ? null : Math.max(next.validFrom, from);
}

/** The same over all rules of a point that reports by exception; null also where nothing can be said of it. */
export function versionDueAt(point: CompiledPoint, live: PointState, from: number): number | null {
  if (unknownOf(live) !== null) return null;
  const dues = point.rules.flatMap((rule, place) => nextVersionAt(rule, live.rules[place] as RuleState, from) ?? []);
  return dues.length === 0 ? null : Math.min(...dues);
}

/** Holds what a point that reports by exception stands at against the versions that are in force from an instant on. */
export function hearVersions(turn: Turn, point: CompiledPoint, at: number): void {
  const live = turn.state.points.get(point.point.id) as PointState;
  for (const [place, rule] of point.rules.entries()) {
    const state = live.rules[place] as RuleState;
    if (nextVersionAt(rule, state, at) !== at) continue;
    hearAgain({ ...turn, at }, point, rule, { state, sourceAt: at, isHeard: false });
    turn.touchedMembers.add(point.point.id);
    turn.touchedDue.add(`exception ${point.point.id}`);
  }
}
