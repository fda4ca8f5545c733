// A new plan of record: what stays keeps its state, what is new starts unheard, and no alarm ends by it (semantics §3).
import type { PlanInput } from "../../contract/input.ts";
import { carryHistory } from "../domain/quality.ts";
import { enterVersion, newRule, versionAt } from "./findings.ts";
import { compilePlant, type CompiledRule, type Plant } from "./plant.ts";
import { newDevice, newPoint, type MonitorState, type PointState, type RuleState } from "./state.ts";

/** Keeps the states of the rules that are still there, each brought to its version in force at an instant; 0 for none yet. */
function keepRules(
  state: MonitorState,
  rules: readonly CompiledRule[],
  old: readonly RuleState[],
  judgedAt: number,
): RuleState[] {
  return rules.map((rule) => {
    const known = old.find((one) => one.id === rule.alarmId);
    const runs = known ?? newRule(rule.alarmId, state.alarms.get(rule.alarmId)?.alarm.level ?? null);
    const version = judgedAt === 0 ? undefined : versionAt(rule, judgedAt);
    // Where no version is in force any more, the next sample must enter its own, even one of the same number.
    if (version === undefined) runs.version = 0;
    else if (runs.version !== 0) enterVersion(runs, version);
    return runs;
  });
}

/** The same for the rules of sites; one that is gone stays behind them while its alarm is open, and counts. */
function keepSiteRules(state: MonitorState, plant: Plant, at: number): void {
  const rules = [...plant.joints.values()].filter(({ point }) => point === null);
  for (const site of new Set([...state.siteRules.keys(), ...rules.map((joint) => joint.site)])) {
    const old = state.siteRules.get(site) ?? [];
    const now = rules.filter((joint) => joint.site === site).map(({ rule }) => rule);
    const kept = keepRules(state, now, old, at);
    const isOpen = ({ id }: RuleState): boolean => state.alarms.get(id)?.alarm.isOpen === true;
    const gone = old.filter((one) => !kept.some(({ id }) => id === one.id) && isOpen(one));
    if (kept.length + gone.length === 0) state.siteRules.delete(site);
    else state.siteRules.set(site, [...kept, ...gone]);
  }
}

/** Open alarms whose rules are gone, by point. */
function orphansOf(state: MonitorState, plant: Plant): Map<string, string[]> {
  const known = rulesOf(plant);
  const orphans = new Map<string, string[]>();
  for (const { id, source, isData, alarm } of state.alarms.values()) {
    if (source.kind !== "point" || isData || !alarm.isOpen || known.has(id)) continue;
    orphans.set(source.id, [...(orphans.get(source.id) ?? []), id]);
  }
  return orphans;
}

function rulesOf(plant: Plant): Map<string, CompiledRule> {
  const ofPoints = plant.points.flatMap((point) => point.rules);
  const ofSites = [...plant.joints.values()].flatMap(({ point, rule }) => (point === null ? [rule] : []));
  return new Map([...ofPoints, ...ofSites].map((rule) => [rule.alarmId, rule]));
}

function isOf(id: string): (rule: RuleState) => boolean {
  return (rule) => rule.id === id;
}

/** An open alarm whose rule changed or is gone says so; only a good sample or a named person returns it. */
function markChangedRules(state: MonitorState, before: Plant, after: Plant): void {
  const old = rulesOf(before);
  const now = rulesOf(after);
  for (const standing of state.alarms.values()) {
    const isOfRule =
      standing.source.kind === "point" || state.siteRules.get(standing.source.id)?.some(isOf(standing.id));
    if (!standing.alarm.isOpen || standing.isData || !isOfRule) continue;
    const isSame = JSON.stringify(old.get(standing.id)) === JSON.stringify(now.get(standing.id));
    standing.isRuleChanged ||= !isSame;
  }
}

/** Takes the plan of the input in; returns it compiled. */
export function enterPlan(state: MonitorState, before: Plant, input: PlanInput): Plant {
  const { plan } = input;
  const plant = compilePlant(plan);
  state.plan = plan;
  state.points = new Map(
    plan.points.map((point) => [point.id, state.points.get(point.id) ?? newPoint(point.device, input.at)]),
  );
  state.devices = new Map(
    plan.devices.map((device) => [device.id, state.devices.get(device.id) ?? newDevice(input.at)]),
  );
  for (const id of state.sites.keys()) if (!plant.sites.has(id)) state.sites.delete(id);
  for (const id of state.sampling.keys()) if (!plant.sites.has(id)) state.sampling.delete(id);
  const orphans = orphansOf(state, plant);
  for (const point of plant.points) {
    const live = state.points.get(point.point.id) as PointState;
    live.rules = keepRules(state, point.rules, live.rules, live.judgedAt);
    live.history = carryHistory(before.byId.get(point.point.id)?.tests ?? null, point.tests, live.history);
    live.orphans = orphans.get(point.point.id) ?? [];
  }
  keepSiteRules(state, plant, input.at);
  markChangedRules(state, before, plant);
  return plant;
}
