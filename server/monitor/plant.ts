// The plan compiled for judging: every look-up that the hot path needs, worked out once per plan.
import { rankOf, levels, type Level } from "../../contract/level.ts";
import { stepOf } from "../../contract/numbers.ts";
import type { Device, Item, Plan, Point, Rule, Site } from "../../contract/plant.ts";
import { compileLimit, type CompiledLimit } from "../domain/detect/limit.ts";
import { isRedCapable } from "../domain/quality.ts";
import { rememberedOf } from "./memory.ts";

/** A condition with the level that it belongs to. */
export interface LevelLimit {
  readonly level: Level;
  readonly limit: CompiledLimit;
}

/** A version of a rule with its conditions in order, lowest level first. */
export interface CompiledVersion {
  readonly version: number;
  readonly validFrom: number;
  readonly limits: readonly LevelLimit[];
}

/** A rule of a point, newest version first. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly alarmId: string;
  readonly versions: readonly CompiledVersion[];
}

/** A point with everything that judging it needs. */
export interface CompiledPoint {
  readonly point: Point;
  /** Its place in the plan, by which walls name it. */
  readonly index: number;
  readonly step: number;
  readonly rules: readonly CompiledRule[];
  readonly isRedCapable: boolean;
  /** The highest level that its limits can give: what an unknown point may be at worst. */
  readonly worst: Level | null;
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
  /** Samples remembered of each point. */
  readonly remembered: number;
}

/** The identity of an alarm: source, rule and direction; it never changes (semantics §3). */
export function alarmId(source: string, rule: string, direction: "high" | "low" | "none"): string {
  return direction === "none" ? `${source}~${rule}` : `${source}~${rule}~${direction}`;
}

function compileRule(point: Point, rule: Rule, step: number): CompiledRule {
  const versions = rule.versions.map((version) => ({
    version: version.version,
    validFrom: version.validFrom,
    limits: levels.flatMap((level) =>
      (version.levels[level] ?? [])
        .filter(({ kind }) => kind === "limit")
        .map((limit) => ({ level, limit: compileLimit(limit, rule.direction, step) })),
    ),
  }));
  return {
    rule,
    alarmId: alarmId(point.id, rule.id, rule.direction),
    versions: versions.toSorted((a, b) => b.validFrom - a.validFrom || b.version - a.version),
  };
}

function compilePoint(point: Point, index: number): CompiledPoint {
  const step = stepOf(point.resolution);
  const rules = point.rules.map((rule) => compileRule(point, rule, step));
  const all = rules.flatMap((rule) => rule.versions.flatMap((version) => version.limits.map(({ level }) => level)));
  const worst = all.toSorted((a, b) => rankOf(b) - rankOf(a))[0] ?? null;
  return { point, index, step, rules, isRedCapable: isRedCapable(point), worst };
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
  const points = plan.points.map(compilePoint);
  const bySite = groupBy(points, ({ point }) => point.site);
  const byItem = groupBy(points, ({ point }) => point.item);
  const items = groupBy(plan.items, (item) => item.site);
  const devices = groupBy(plan.devices, (device) => device.site);
  return {
    plan,
    points,
    byId: new Map(points.map((point) => [point.point.id, point])),
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
    remembered: rememberedOf(points.length),
  };
}
