// A new plan of record, or one rule of it: what stays keeps its state, and no alarm ends by it (semantics §3).
import type { PlanInput, RuleChangeInput } from "../../contract/input.ts";
import { withoutOffRun } from "../domain/detect/limit.ts";
import { carryHistory, newHistories } from "../domain/quality.ts";
import { enterVersion, newRule, versionAt, versionOf } from "./findings.ts";
import { isOfValue } from "./hear-again.ts";
import { keepLedgers } from "./ledger.ts";
import { compilePlant, type CompiledPoint, type CompiledRule, type Plant } from "./plant.ts";
import { recompilePlant } from "./recompile.ts";
import { keepRhythm } from "./rhythm.ts";
import { changedPlan, isInTurn } from "./rule-change.ts";
import { sharePlan } from "./shared.ts";
import {
  newDevice,
  newPoint,
  type MonitorState,
  type PointState,
  type RuleState,
  type StandingAlarm,
} from "./state.ts";
import type { Turn } from "./turn.ts";

/** What the states of rules are brought to. */
interface Kept {
  /** The instant whose versions they are brought to; 0 for none yet. */
  readonly judgedAt: number;
  /** The point reports by exception: what is held against its value is entered when it is (see hear-again.ts). */
  readonly isByException: boolean;
}

/** Keeps the states of the rules that are still there, each brought to its version in force. */
function keepRules(
  state: MonitorState,
  rules: readonly CompiledRule[],
  old: readonly RuleState[],
  { judgedAt, isByException }: Kept,
): RuleState[] {
  return rules.map((rule) => {
    const known = old.find((one) => one.id === rule.alarmId);
    const runs = known ?? newRule(rule.alarmId, state.alarms.get(rule.alarmId)?.alarm.level ?? null);
    const inForce = judgedAt === 0 ? undefined : versionAt(rule, judgedAt);
    const isHeldLater = isByException && inForce !== undefined && isOfValue(inForce);
    const version = isHeldLater ? versionOf(rule, runs) : inForce;
    // Where none is in force or held any more, the next sample must enter its own, even one of the same number.
    if (version === undefined) runs.version = 0;
    else if (runs.version !== 0) enterVersion(runs, version);
    return runs;
  });
}

function keepPointRules(state: MonitorState, { point, rules }: CompiledPoint, live: PointState): RuleState[] {
  return keepRules(state, rules, live.rules, {
    judgedAt: live.judgedAt,
    isByException: point.report === "onChange",
  });
}

/** The same for the rules of sites; one that is gone stays behind them while its alarm is open, and counts. */
function keepSiteRules(state: MonitorState, plant: Plant, at: number): void {
  const rules = [...plant.joints.values()].filter(({ point }) => point === null);
  for (const site of new Set([...state.siteRules.keys(), ...rules.map((joint) => joint.site)])) {
    const old = state.siteRules.get(site) ?? [];
    const now = rules.filter((joint) => joint.site === site).map(({ rule }) => rule);
    const kept = keepRules(state, now, old, { judgedAt: at, isByException: false });
    const isOpen = ({ id }: RuleState): boolean => state.alarms.get(id)?.alarm.isOpen === true;
    const gone = old.filter((one) => !kept.some(({ id }) => id === one.id) && isOpen(one));
    if (kept.length + gone.length === 0) state.siteRules.delete(site);
    else state.siteRules.set(site, [...kept, ...gone]);
  }
}

/** Open alarms whose rules are gone, by point. */
function orphansOf(state: MonitorState, plant: Plant): Map<string, string[]> {
  const orphans = new Map<string, string[]>();
  for (const standing of state.alarms.values()) {
    const { id, source, isData, alarm } = standing;
    if (source.kind !== "point" || isData || !alarm.isOpen || ruleOfAlarm(plant, standing) !== undefined) continue;
    orphans.set(source.id, [...(orphans.get(source.id) ?? []), id]);
  }
  return orphans;
}

/** The rule that an alarm speaks for; undefined where there is none, or none any more. */
function ruleOfAlarm(plant: Plant, { id, source }: StandingAlarm): CompiledRule | undefined {
  if (source.kind === "point") return plant.byId.get(source.id)?.rules.find(({ alarmId }) => alarmId === id);
  return plant.joints.get(id)?.rule;
}

function isOf(id: string): (rule: RuleState) => boolean {
  return (rule) => rule.id === id;
}

/** Where the rule of an alarm stands; undefined for one that no rule of a point or a site speaks for any more. */
function ruleStateOf(state: MonitorState, { id, source }: StandingAlarm): RuleState | undefined {
  const rules = source.kind === "point" ? state.points.get(source.id)?.rules : state.siteRules.get(source.id);
  return rules?.find(isOf(id));
}

/**
 * An open alarm whose rule changed or is gone says so; only a good sample or a named person returns it. What was on its way
 * to returning it by the old rule proves nothing by the new one.
 */
function markChangedRules(state: MonitorState, before: Plant, after: Plant): void {
  for (const standing of state.alarms.values()) {
    const rule = ruleStateOf(state, standing);
    const isOfRule = standing.source.kind === "point" || rule !== undefined;
    if (!standing.alarm.isOpen || standing.isData || !isOfRule) continue;
    const [old, now] = [ruleOfAlarm(before, standing), ruleOfAlarm(after, standing)];
    if (old === now || JSON.stringify(old) === JSON.stringify(now)) continue;
    standing.isRuleChanged = true;
    if (rule !== undefined) rule.limits = rule.limits.map(withoutOffRun);
  }
}

/** Takes the plan of the input in; returns it compiled. */
export function enterPlan(state: MonitorState, before: Plant, input: PlanInput): Plant {
  const plan = sharePlan(input.plan);
  const plant = compilePlant(plan);
  state.plan = plan;
  state.points = new Map(
    plan.points.map((point) => [point.id, state.points.get(point.id) ?? newPoint(point.device, input.at)]),
  );
  state.devices = new Map(
    plan.devices.map((device) => [device.id, state.devices.get(device.id) ?? newDevice(input.at)]),
  );
  state.ledgers = keepLedgers(state.ledgers, [...state.devices.keys()]);
  for (const id of state.sites.keys()) if (!plant.sites.has(id)) state.sites.delete(id);
  for (const id of state.late.keys()) if (!plant.byId.has(id)) state.late.delete(id);
  for (const id of state.sampling.keys()) if (!plant.sites.has(id)) state.sampling.delete(id);
  const orphans = orphansOf(state, plant);
  const histories = newHistories(plant.points.filter(({ tests }) => tests !== null).length);
  for (const point of plant.points) {
    const live = state.points.get(point.point.id) as PointState;
    live.rules = keepPointRules(state, point, live);
    const carried = carryHistory(before.byId.get(point.point.id)?.tests ?? null, point.tests, live.history);
    live.history = carried.length === 0 ? carried : histories(carried);
    live.rhythm = keepRhythm(point.point, live.rhythm);
    live.orphans = orphans.get(point.point.id) ?? [];
  }
  keepSiteRules(state, plant, input.at);
  markChangedRules(state, before, plant);
  return plant;
}

/**
 * Takes a new version of one rule in; returns the plan compiled, null where it has no such rule, that version already, or one
 * that is valid from later.
 */
export function enterRuleChange(
  state: MonitorState,
  before: Plant,
  input: Pick<RuleChangeInput, "change" | "at">,
): Plant | null {
  return isInTurn(state.plan, input.change) ? enterAtOnce(state, before, input) : null;
}

/** The same whatever it is valid from: to try out what it would do, were it in force at once. */
export function enterAtOnce(
  state: MonitorState,
  before: Plant,
  { change, at }: Pick<RuleChangeInput, "change" | "at">,
): Plant | null {
  const plan = changedPlan(state.plan, change);
  if (plan === null) return null;
  const plant = recompilePlant(plan, before);
  state.plan = plan;
  const point = plant.byId.get(change.source);
  const live = state.points.get(change.source);
  if (point === undefined || live === undefined) keepSiteRules(state, plant, at);
  else live.rules = keepPointRules(state, point, live);
  markChangedRules(state, before, plant);
  return plant;
}

/** What a change of one rule has judged anew: its site, and every rule of its source that looks at several points. */
export function touchRule(turn: Turn, source: string): void {
  const { plant, touchedSites, touchedMembers, touchedSources, touchedDue } = turn;
  const point = plant.byId.get(source);
  touchedSites.add(point?.point.site ?? source);
  if (point?.point.report === "onChange") touchedDue.add(`exception ${source}`);
  for (const { point: owner, site, rule, members, sources } of plant.joints.values()) {
    if ((owner?.point.id ?? site) !== source) continue;
    touchedDue.add(`joint ${rule.alarmId}`);
    touchedDue.add(`blind ${rule.alarmId}`);
    for (const member of members) touchedMembers.add(member);
    for (const one of sources) touchedSources.add(one);
  }
}
