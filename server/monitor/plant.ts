// The plan compiled for judging: every look-up that the hot path needs, worked out once per plan.
import type { Condition, JointCondition, OwnCondition } from "../../contract/condition.ts";
import { rankOf, levels, type Level } from "../../contract/level.ts";
import { stepOf } from "../../contract/numbers.ts";
import type { Device, Item, Plan, Point, Rule, Site } from "../../contract/plant.ts";
import { compileLimit, type CompiledLimit } from "../domain/detect/limit.ts";
import { silenceLadder, type Expected, type SilenceLadder } from "../domain/detect/silence.ts";
import { compileTests, isRedCapable, type CompiledTests } from "../domain/quality.ts";
import { jointKindOf, ownKindOf, type AnyJointKind, type AnyOwnKind } from "./kinds.ts";
import { rememberedOf } from "./memory.ts";
import { compileRouting, type CompiledRouting } from "./routing.ts";

/** A condition with the level that it belongs to, and the kind that gives what its limit is held against. */
export interface LevelLimit {
  readonly level: Level;
  readonly limit: CompiledLimit;
  /** Null where that is the value itself, or comes from several points. */
  readonly own: AnyOwnKind | null;
  readonly joint: AnyJointKind | null;
  /** What the kind's memory is about: a version that changes no more than a setpoint keeps it. */
  readonly about: string;
}

/** A version of a rule with its conditions in order, lowest level first. */
export interface CompiledVersion {
  readonly version: number;
  readonly validFrom: number;
  readonly limits: readonly LevelLimit[];
  /** True where every condition is a limit on the value itself. */
  readonly isPlain: boolean;
  /** What its conditions see of the point's past, each sight once, with the places of the limits that are held against it. */
  readonly looks: readonly { readonly place: number; readonly limits: readonly number[] }[];
}

/** A rule of a point or a site, newest version first. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly alarmId: string;
  readonly versions: readonly CompiledVersion[];
  /** True where a condition of any version looks at several points. */
  readonly isJoint: boolean;
}

/** A rule that looks at several points, and whose it is. */
export interface CompiledJoint {
  readonly rule: CompiledRule;
  readonly site: string;
  /** Null where the rule is the site's. */
  readonly point: CompiledPoint | null;
  /** Its place among the point's rules. */
  readonly place: number;
  /** Points whose values it looks at, its own included. */
  readonly members: readonly string[];
  /** Points, items and sites whose alarms it looks at. */
  readonly sources: readonly string[];
}

/** A point with everything that judging it needs. */
export interface CompiledPoint {
  readonly point: Point;
  /** Its place in the plan, by which walls name it. */
  readonly index: number;
  readonly step: number;
  readonly rules: readonly CompiledRule[];
  /** Its tests that look at more than one sample; null where it has none. */
  readonly tests: CompiledTests | null;
  readonly isRedCapable: boolean;
  /** The highest level that its limits can give: what an unknown point may be at worst. */
  readonly worst: Level | null;
  /** How far back its conditions look, ms; 0 where none does. */
  readonly windowMs: number;
  /** After how long without a message it has which level. */
  readonly silence: { readonly heard: SilenceLadder; readonly neverHeard: SilenceLadder };
}

/** True where the silence of a point is learned; by exception there is no rhythm to learn. */
export function isLearning({ learnSilence, report }: Point): boolean {
  return learnSilence !== undefined && report !== "onChange";
}

/** The ladder of silence of a point of which so much is expected, heard before or never. */
export function ladderOf({ point, silence }: CompiledPoint, expected: Expected, isEverHeard: boolean): SilenceLadder {
  if (expected !== point) return silenceLadder(expected, isEverHeard);
  return isEverHeard ? silence.heard : silence.neverHeard;
}

/** A site with its parts. */
export interface CompiledSite {
  readonly site: Site;
  readonly items: readonly { readonly item: Item; readonly points: readonly CompiledPoint[] }[];
  readonly points: readonly CompiledPoint[];
  readonly devices: readonly Device[];
}

/** The plan, compiled. */
export interface Plant {
  readonly plan: Plan;
  readonly points: readonly CompiledPoint[];
  readonly byId: ReadonlyMap<string, CompiledPoint>;
  /** Those that report by exception. */
  readonly byException: readonly CompiledPoint[];
  /** Points by site, then by code. */
  readonly codes: ReadonlyMap<string, ReadonlyMap<string, CompiledPoint>>;
  readonly sites: ReadonlyMap<string, CompiledSite>;
  readonly devices: ReadonlyMap<string, Device>;
  /** Points whose silence is learned, by the device that is expected to report them. */
  readonly learning: ReadonlyMap<string, readonly string[]>;
  /** Who owes an answer to the alarms of each site. */
  readonly routing: CompiledRouting;
  /** Samples remembered of each point. */
  readonly remembered: number;
  /** Rules that look at several points, by the alarm that they speak for. */
  readonly joints: ReadonlyMap<string, CompiledJoint>;
  /** The same by the points, and by the sources of alarms, that they look at. */
  readonly jointsOf: ReadonlyMap<string, readonly CompiledJoint[]>;
  readonly jointsBySource: ReadonlyMap<string, readonly CompiledJoint[]>;
}

/** The identity of an alarm: source, rule and direction; it never changes (semantics §3). */
export function alarmId(source: string, rule: string, direction: "high" | "low" | "none"): string {
  return direction === "none" ? `${source}~${rule}` : `${source}~${rule}~${direction}`;
}

/** Everything of a condition but its limit: what a kind's memory is about. */
function aboutOf(condition: Condition): string {
  const {
    setpoint: _1,
    deadband: _2,
    onDelayMs: _3,
    onSamples: _4,
    offDelayMs: _5,
    provenance: _6,
    ...about
  } = condition;
  return JSON.stringify(about);
}

/** Which way a quantity is bad: a time until something always low, what can only be there or more of it always high. */
function sideOf({ kind }: Condition, direction: Rule["direction"]): Rule["direction"] {
  if (kind === "forecast") return "low";
  return kind === "limit" || kind === "rate" || kind === "pair" ? direction : "high";
}

function compileCondition(level: Level, condition: Condition, direction: Rule["direction"], step: number): LevelLimit {
  const isOfValue = condition.kind === "limit" || condition.kind === "sum";
  return {
    level,
    // What is worked out has another unit than the point: it is rounded to the finest step (semantics §1, Numbers).
    limit: compileLimit(condition, sideOf(condition, direction), isOfValue ? step : stepOf(0)),
    own: ownKindOf(condition),
    joint: jointKindOf(condition),
    about: condition.kind === "limit" ? "" : aboutOf(condition),
  };
}

/** The conditions on the point's own past; those that differ in no more than their limits and remember nothing see the same. */
function looksOf(limits: readonly LevelLimit[]): CompiledVersion["looks"] {
  const looks = new Map<string, number[]>();
  for (const [place, { own, about, limit }] of limits.entries()) {
    if (own === null) continue;
    const sight = own.initial(limit.limit as OwnCondition) === null ? about : `${place}`;
    looks.set(sight, [...(looks.get(sight) ?? []), place]);
  }
  return [...looks.values()].map((its) => ({ place: its[0] as number, limits: its }));
}

function compileVersions(rule: Rule, step: number): readonly CompiledVersion[] {
  const versions = rule.versions.map((version) => {
    const limits = levels.flatMap((level) =>
      (version.levels[level] ?? []).map((condition) => compileCondition(level, condition, rule.direction, step)),
    );
    const isPlain = limits.every(({ own, joint }) => own === null && joint === null);
    return { version: version.version, validFrom: version.validFrom, limits, isPlain, looks: looksOf(limits) };
  });
  return versions.toSorted((a, b) => b.validFrom - a.validFrom || b.version - a.version);
}

function compileRule(source: string, rule: Rule, versions: readonly CompiledVersion[]): CompiledRule {
  return {
    rule,
    alarmId: alarmId(source, rule.id, rule.direction),
    versions,
    isJoint: versions.some(({ limits }) => limits.some(({ joint }) => joint !== null)),
  };
}

function unique(all: readonly string[]): readonly string[] {
  return [...new Set(all)];
}

function compileJoint(
  rule: CompiledRule,
  { site, point, place }: Pick<CompiledJoint, "site" | "point" | "place">,
  isPoint: (id: string) => boolean,
): CompiledJoint {
  const all = rule.versions.flatMap(({ limits }) => limits);
  const of = (look: (joint: AnyJointKind, condition: JointCondition) => readonly string[]): readonly string[] =>
    unique(all.flatMap(({ joint, limit }) => (joint === null ? [] : look(joint, limit.limit as JointCondition))));
  const sources = of((joint, condition) => joint.sources(condition));
  const own = point === null ? [] : [point.point.id];
  const members = of((joint, condition) => joint.members(condition));
  // Of a point whose alarms it looks at it must know as well when that is heard at last.
  return { rule, site, point, place, members: unique([...own, ...members, ...sources.filter(isPoint)]), sources };
}

/** By everything that a joint looks at. */
function indexJoints(
  joints: readonly CompiledJoint[],
  keysOf: (joint: CompiledJoint) => readonly string[],
): Map<string, CompiledJoint[]> {
  const index = new Map<string, CompiledJoint[]>();
  for (const joint of joints) {
    for (const key of keysOf(joint)) index.set(key, [...(index.get(key) ?? []), joint]);
  }
  return index;
}

/** What points that say the same in all that matters here have in common. */
interface CompiledKind extends Pick<
  CompiledPoint,
  "step" | "tests" | "isRedCapable" | "worst" | "windowMs" | "silence"
> {
  readonly point: Point;
  readonly rules: readonly (readonly CompiledVersion[])[];
}

function compileKind(point: Point): CompiledKind {
  const step = stepOf(point.resolution);
  const rules = point.rules.map((rule) => compileVersions(rule, step));
  const conditions = rules.flatMap((versions) => versions.flatMap(({ limits }) => limits));
  const windowMs = Math.max(0, ...conditions.map(({ own, limit }) => own?.windowMs(limit.limit as OwnCondition) ?? 0));
  const worst = conditions.map(({ level }) => level).toSorted((a, b) => rankOf(b) - rankOf(a))[0] ?? null;
  const silence = { heard: silenceLadder(point, true), neverHeard: silenceLadder(point, false) };
  const tests = compileTests(point, step);
  return { point, step, rules, tests, isRedCapable: isRedCapable(point), worst, windowMs, silence };
}

/** Finds the kind of a point among those that have the very same rules, or compiles it. */
function kindOf(point: Point, known: Map<Point["rules"], CompiledKind[]>): CompiledKind {
  const alike = known.get(point.rules) ?? [];
  const same = alike.find(
    ({ point: one }) =>
      one.quality === point.quality &&
      one.report === point.report &&
      one.silence === point.silence &&
      one.silentAfterMs === point.silentAfterMs &&
      one.resolution === point.resolution,
  );
  if (same !== undefined) return same;
  const kind = compileKind(point);
  known.set(point.rules, [...alike, kind]);
  return kind;
}

/** Compiles a point; `known` are the kinds of those before it, and learns its own. */
export function compilePoint(point: Point, index: number, known: Map<Point["rules"], CompiledKind[]>): CompiledPoint {
  const { step, rules, tests, isRedCapable: canBeRed, worst, windowMs, silence } = kindOf(point, known);
  return {
    point,
    index,
    step,
    rules: rules.map((versions, nth) => compileRule(point.id, point.rules[nth] as Rule, versions)),
    tests,
    isRedCapable: canBeRed,
    worst,
    windowMs,
    silence,
  };
}

/** The rules of a plan that look at several points. */
export function jointsOfPlan(
  { sites }: Plan,
  points: readonly CompiledPoint[],
  isPoint: (id: string) => boolean,
): Pick<Plant, "joints" | "jointsOf" | "jointsBySource"> {
  const joints = [
    ...points.flatMap((point) =>
      point.rules.flatMap((rule, place) =>
        rule.isJoint ? [compileJoint(rule, { site: point.point.site, point, place }, isPoint)] : [],
      ),
    ),
    ...sites.flatMap((site) =>
      (site.rules ?? []).map((rule, place) =>
        compileJoint(
          compileRule(site.id, rule, compileVersions(rule, stepOf(0))),
          { site: site.id, point: null, place },
          isPoint,
        ),
      ),
    ),
  ];
  return {
    joints: new Map(joints.map((joint) => [joint.rule.alarmId, joint])),
    jointsOf: indexJoints(joints, ({ members }) => members),
    jointsBySource: indexJoints(joints, ({ sources }) => sources),
  };
}

function groupBy<T>(all: readonly T[], key: (one: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) {
    const group = groups.get(key(one));
    if (group === undefined) groups.set(key(one), [one]);
    else group.push(one);
  }
  return groups;
}

/** Compiles a plan. Pure; the plan must have passed the config's checks. */
export function compilePlant(plan: Plan): Plant {
  const learning = groupBy(plan.points.filter(isLearning), ({ device }) => device);
  const kinds = new Map<Point["rules"], CompiledKind[]>();
  const points = plan.points.map((point, index) => compilePoint(point, index, kinds));
  const bySite = groupBy(points, ({ point }) => point.site);
  const byItem = groupBy(points, ({ point }) => point.item);
  const items = groupBy(plan.items, (item) => item.site);
  const devices = groupBy(plan.devices, (device) => device.site);
  const byId = new Map(points.map((point) => [point.point.id, point]));
  return {
    plan,
    points,
    byId,
    byException: points.filter(({ point }) => point.report === "onChange"),
    codes: new Map([...bySite].map(([site, of]) => [site, new Map(of.map((point) => [point.point.code, point]))])),
    sites: new Map(
      plan.sites.map((site) => [
        site.id,
        {
          site,
          items: (items.get(site.id) ?? []).map((item) => ({ item, points: byItem.get(item.id) ?? [] })),
          points: bySite.get(site.id) ?? [],
          devices: devices.get(site.id) ?? [],
        },
      ]),
    ),
    devices: new Map(plan.devices.map((device) => [device.id, device])),
    learning: new Map([...learning].map(([device, of]) => [device, of.map(({ id }) => id)])),
    routing: compileRouting(plan),
    remembered: rememberedOf(points.length),
    ...jointsOfPlan(plan, points, (id) => byId.has(id)),
  };
}
