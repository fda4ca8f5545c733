// A new plan of record: what stays keeps its state, what is new starts unheard, and no alarm ends by it (semantics §3).
import type { PlanInput } from "../../contract/input.ts";
import { carryHistory } from "../domain/quality.ts";
import { enterVersion, newRule, versionAt } from "./findings.ts";
import { compilePlant, type CompiledPoint, type CompiledRule, type Plant } from "./plant.ts";
import { newDevice, newPoint, type MonitorState, type PointState } from "./state.ts";

/** Keeps the states of the rules that are still there, each brought to its version in force. */
function keepRules(state: MonitorState, point: CompiledPoint, live: PointState): void {
  const old = live.rules;
  live.rules = point.rules.map((rule) => {
    const known = old.find((one) => one.id === rule.alarmId);
    const runs = known ?? newRule(rule.alarmId, state.alarms.get(rule.alarmId)?.alarm.level ?? null);
    const version = live.judgedAt === 0 ? undefined : versionAt(rule, live.judgedAt);
    // Where no version is in force any more, the next sample must enter its own, even one of the same number.
    if (version === undefined) runs.version = 0;
    else if (runs.version !== 0) enterVersion(runs, version);
    return runs;
  });
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
  return new Map(plant.points.flatMap((point) => point.rules.map((rule) => [rule.alarmId, rule])));
}

/** An open alarm whose rule changed or is gone says so; only a good sample or a named person returns it. */
function markChangedRules(state: MonitorState, before: Plant, after: Plant): void {
  const old = rulesOf(before);
  const now = rulesOf(after);
  for (const standing of state.alarms.values()) {
    if (!standing.alarm.isOpen || standing.source.kind !== "point" || standing.isData) continue;
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
  const orphans = orphansOf(state, plant);
  for (const point of plant.points) {
    const live = state.points.get(point.point.id) as PointState;
    keepRules(state, point, live);
    live.history = carryHistory(before.byId.get(point.point.id)?.tests ?? null, point.tests, live.history);
    live.orphans = orphans.get(point.point.id) ?? [];
  }
  markChangedRules(state, before, plant);
  return plant;
}
