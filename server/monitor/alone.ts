// One point alone, with the rules that its own samples judge: a plan of nothing else, and how its rules stand at an instant.
import type { Level } from "../../contract/level.ts";
import { rankOf } from "../../contract/level.ts";
import type { Plan, Point, Rule } from "../../contract/plant.ts";
import { restingAlarm } from "../domain/alarm.ts";
import { restingLimit, type LimitState } from "../domain/detect/limit.ts";
import { newStanding } from "./book.ts";
import { enterVersion, identityOf, versionAt } from "./findings.ts";
import { jointKindOf } from "./kinds.ts";
import { forgetReturn } from "./losses.ts";
import type { CompiledPoint, CompiledRule } from "./plant.ts";
import { newSampling } from "./sampling.ts";
import type { DeviceState, MonitorState, PointState, RuleState } from "./state.ts";

/** What a baseline or a CUSUM remembers has no beginning, and late samples do not enter it live either (semantics §7). */
const endless: ReadonlySet<string> = new Set(["deviation", "cusum"]);

/** True where a rule is judged by the samples of its point alone, and of a bounded past of them. */
function isOwn({ versions }: Rule): boolean {
  return versions.every(({ levels }) =>
    Object.values(levels).every((conditions) =>
      conditions.every((condition) => jointKindOf(condition) === null && !endless.has(condition.kind)),
    ),
  );
}

/** The plan of one point: what it belongs to, and its own rules; nothing that names others, as the occasions of a site's sampling do. */
export function planAlone(plan: Plan, { learnSilence: _, ...point }: Point): Plan {
  return {
    ...plan,
    sites: plan.sites.flatMap(({ rules: __, sampling: ___, ...site }) => (site.id === point.site ? [site] : [])),
    items: plan.items.filter(({ id }) => id === point.item),
    points: [{ ...point, rules: point.rules.filter(isOwn) }],
    devices: plan.devices.filter(({ id }) => id === point.device),
  };
}

/** How much of the past the point's rules and tests have to hear before what they say is what they would have said, ms. */
export function warmUpMs({ rules, windowMs, point, tests }: CompiledPoint): number {
  const delays = rules.flatMap(({ versions }) =>
    versions.flatMap(({ limits }) => limits.flatMap(({ limit }) => [limit.limit.onDelayMs, limit.limit.offDelayMs])),
  );
  const looks = tests === null ? [] : [...tests.stages.map(({ afterMs }) => afterMs), tests.windowMs];
  const testMs = Math.max(0, ...looks.filter((ms) => ms < Infinity));
  return windowMs + Math.max(0, ...delays) + testMs + 2 * point.silentAfterMs;
}

function limitAt(limit: LimitState, its: Level, { level, fallsTo, at }: Stand): LimitState {
  if (level === null) return restingLimit;
  // What judging in order has on above it stays on.
  if (rankOf(its) > rankOf(level)) return limit;
  if (fallsTo !== undefined && its !== level && rankOf(its) > rankOf(fallsTo)) return restingLimit;
  return { ...limit, isOn: true, violatedSince: limit.violatedSince ?? at };
}

/** How a rule stands at an instant, by the record. */
export interface Stand {
  readonly at: number;
  readonly level: Level | null;
  /** Where it falls to next, by the record: what lies between was not on. Absent where that is not known. */
  readonly fallsTo?: Level | null | undefined;
  /** A person returned it: the next violating sample raises without delay. */
  readonly isPrimed: boolean;
}

/** Brings a rule and its alarm to where the record has them: what no sample made is taken over as it is. */
export function takeOver(state: Readonly<MonitorState>, point: CompiledPoint, rule: CompiledRule, stand: Stand): void {
  const { at, level, isPrimed } = stand;
  const live = state.points.get(point.point.id) as PointState;
  const runs = live.rules[point.rules.indexOf(rule)] as RuleState;
  const version = versionAt(rule, at);
  if (version === undefined) return;
  enterVersion(runs, version);
  runs.limits = runs.limits.map((limit, place) => limitAt(limit, runs.levels[place] as Level, stand));
  runs.isOrphanOn = null;
  runs.isPrimed = isPrimed;
  const why = { code: "limitViolated", values: {} } as const;
  const actor = { kind: "rule", id: rule.rule.id, tier: null } as const;
  const identity = identityOf(point, rule);
  const standing = newStanding(identity, rule.alarmId, { at, now: at, why, actor }, level ?? "blue");
  const highest = runs.levels.findLast((_, place) => runs.limits[place]?.isOn === true) ?? null;
  standing.alarm = { ...restingAlarm, occurrence: 1, isOpen: highest !== null, level: highest };
  state.alarms.set(rule.alarmId, standing);
}

/** Brings the point's site to the storm whose delays serve a sample; null: none has come yet. */
export function takeStorm(
  state: MonitorState,
  site: string,
  storm: { readonly from: number; readonly to: number } | null,
): void {
  if (storm === null) return;
  state.sampling.set(site, { ...newSampling(storm.from), stormFrom: storm.from, stormTo: storm.to });
}

/** By a clock that is not trusted a sample may raise and not return. */
export function trustClock(state: MonitorState, device: string, isTrusted: boolean): void {
  (state.devices.get(device) as DeviceState).isUntrusted = !isTrusted;
}

/** The device of a point that reports by exception leaves, or may have missed something: what has begun to end begins anew. */
export function leave(state: MonitorState, { id, device }: Point, isGone: boolean): void {
  if (isGone) (state.devices.get(device) as DeviceState).status = "offline";
  forgetReturn(state.points.get(id) as PointState);
}
