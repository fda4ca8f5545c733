// What a new version of a rule would do, said before it is enabled: tried on a copy of the state (semantics §3).
import { rankOf, type Level } from "../../contract/level.ts";
import type { Announcement, RuleChange } from "../../contract/rule-change.ts";
import { copyOf } from "./copy.ts";
import { versionOf } from "./findings.ts";
import { hearAgain, ruleOfSource, unknownOf } from "./hear-again.ts";
import { enterAtOnce, touchRule } from "./plan.ts";
import type { CompiledPoint, CompiledRule, Plant } from "./plant.ts";
import { settle } from "./settle.ts";
import type { MonitorState, PointState, RuleState } from "./state.ts";
import { newTurn } from "./turn.ts";

/**
 * A state to try something out on: the points of one site are its own, and everything that is not a point's. A rule looks at
 * no other site. Rings, series and ledgers stay shared: what is tried adds no sample to them.
 */
function trialOf(state: MonitorState, plant: Plant, site: string): MonitorState {
  const { plan, points, ledgers, incidents, ...rest } = state;
  const tried = new Map(points);
  for (const { point } of plant.sites.get(site)?.points ?? []) {
    const live = points.get(point.id) as PointState;
    tried.set(point.id, { ...live, rules: copyOf(live.rules), history: copyOf(live.history) });
  }
  // An incident is replaced, never changed.
  return { ...copyOf(rest), plan, points: tried, ledgers, incidents: new Map(incidents) };
}

/** Alarms that stand at another level in the trial than they do: those of the rule, and what comes of them. */
function stepsOf(state: MonitorState, trial: MonitorState): Announcement["steps"] {
  const steps = [...trial.alarms.values()].map(({ id, alarm }) => {
    return { alarm: id, from: state.alarms.get(id)?.alarm.level ?? null, to: alarm.level };
  });
  return steps.filter(({ from, to }) => from !== to);
}

/** Levels that are violated but wait for their delay, above the one that is on. */
function pendingOf(rule: CompiledRule, state: RuleState, now: number): Announcement["pending"] {
  const version = versionOf(rule, state);
  const on = state.limits.reduce(
    (rank, { isOn }, nth) => Math.max(rank, isOn ? rankOf(state.levels[nth] as Level) : 0),
    0,
  );
  return (version?.limits ?? []).flatMap(({ level, limit: { limit } }, nth) => {
    const { isOn, violatedSince, samples } = state.limits[nth] as RuleState["limits"][number];
    if (isOn || violatedSince === null || rankOf(level) <= on) return [];
    const afterMs = Math.max(0, violatedSince + limit.onDelayMs - now);
    return [{ level, afterMs, samples: Math.max(0, limit.onSamples - samples) }];
  });
}

/** What the rule judges: its point, and every member that it looks at. */
function membersOf(plant: Plant, rule: CompiledRule, point: CompiledPoint | undefined): readonly string[] {
  const own = point === undefined ? [] : [point.point.id];
  return [...new Set([...own, ...(plant.joints.get(rule.alarmId)?.members ?? [])])];
}

/**
 * What a new version would do were every last known value a sample of an instant, and were it in force at once, also where
 * it is valid from later on. Windows are judged as they stand in memory. The state that it was given stays as it is; null
 * where the plan has no such rule, or that version already.
 */
export function announce(
  { state, plant }: { readonly state: MonitorState; readonly plant: Plant },
  change: RuleChange,
  at: number,
): Announcement | null {
  const site = plant.byId.get(change.source)?.point.site ?? change.source;
  const trial = trialOf(state, plant, site);
  const judgedAt = trial.points.get(change.source)?.judgedAt ?? 0;
  const now = Math.max(at, state.now, judgedAt);
  const { version } = change;
  const sourceAt = judgedAt === 0 ? now : judgedAt;
  const atOnce = { ...change, version: { ...version, validFrom: Math.min(version.validFrom, sourceAt) } };
  const entered = enterAtOnce(trial, plant, { change: atOnce, at: now });
  if (entered === null) return null;
  const marked = [...trial.alarms.values()].filter(
    ({ id, isRuleChanged }) => isRuleChanged && state.alarms.get(id)?.isRuleChanged === false,
  );
  const turn = newTurn(trial, entered, { number: state.number + 1, at: now });
  const point = entered.byId.get(change.source);
  const rule = ruleOfSource(entered, change);
  const ofSite = trial.siteRules.get(change.source) as readonly RuleState[];
  const rules = trial.points.get(change.source)?.rules ?? ofSite;
  const ruleState = rules.find(({ id }) => id === rule.alarmId) as RuleState;
  if (point !== undefined) hearAgain(turn, point, rule, { state: ruleState, sourceAt, isHeard: true });
  touchRule(turn, change.source);
  settle(turn, { at: now, now, isHeard: true });
  const unknown = membersOf(entered, rule, point).flatMap((id) => {
    const because = unknownOf(trial.points.get(id) as PointState);
    return because === null ? [] : [{ point: id, because }];
  });
  return {
    steps: stepsOf(state, trial),
    pending: pendingOf(rule, ruleState, now),
    marked: marked.map(({ id }) => id),
    unknown,
  };
}
