// A new plan of record: what stays keeps its state, what is new starts unheard, and no alarm ends by it (semantics §3).
import type { PlanInput } from "../../contract/input.ts";
import { enterVersion, newRule, versionAt } from "./findings.ts";
import { compilePlant, type CompiledPoint, type CompiledRule, type Plant } from "./plant.ts";
import { newDevice, newPoint, type MonitorState, type PointState } from "./state.ts";

/** Keeps the states of the rules that are still there, each brought to its version in force. */
function keepRules(point: CompiledPoint, live: PointState): void {
  const old = live.rules;
  live.rules = point.rules.map((rule) => {
    const state = old.find((one) => one.id === rule.alarmId) ?? newRule(rule.alarmId);
    const version = live.judgedAt === null ? undefined : versionAt(rule, live.judgedAt);
    if (version !== undefined && state.version !== 0) enterVersion(state, version);
    return state;
  });
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
  for (const point of plant.points) keepRules(point, state.points.get(point.point.id) as PointState);
  markChangedRules(state, before, plant);
  return plant;
}
