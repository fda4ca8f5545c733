// The plan by name: each site, item, point, county and sector found in one step, and the limits in force.
import type { AlarmView, Source } from "../../contract/alarm.ts";
import type { Condition } from "../../contract/condition.ts";
import type { Text } from "../../contract/faults.ts";
import { levels, rankOf, type Level } from "../../contract/level.ts";
import type { Device, Item, Plan, Point, Routing, Rule, RuleVersion, Site, Tier } from "../../contract/plant.ts";

/** The plan with its parts by id. */
export interface PlanIndex {
  readonly plan: Plan;
  readonly points: ReadonlyMap<string, Point>;
  /** The place of a point in the plan's list, as frames name it. */
  readonly places: ReadonlyMap<string, number>;
  readonly sites: ReadonlyMap<string, Site>;
  readonly items: ReadonlyMap<string, Item>;
  readonly devices: ReadonlyMap<string, Device>;
  readonly counties: ReadonlyMap<string, Plan["counties"][number]>;
  readonly sectors: ReadonlyMap<string, Plan["sectors"][number]>;
}

/** The plan with its parts by id. */
export function createPlanIndex(plan: Plan): PlanIndex {
  const byId = <T extends { readonly id: string }>(list: readonly T[]): Map<string, T> =>
    new Map(list.map((entry) => [entry.id, entry]));
  return {
    plan,
    points: byId(plan.points),
    places: new Map(plan.points.map((point, place) => [point.id, place])),
    sites: byId(plan.sites),
    items: byId(plan.items),
    devices: byId(plan.devices),
    counties: byId(plan.counties),
    sectors: byId(plan.sectors),
  };
}

/** The site that a source belongs to; null for neighbours and for what the plan does not know. */
export function siteOf(index: PlanIndex, source: Source): Site | null {
  const siteId =
    source.kind === "site"
      ? source.id
      : (index.points.get(source.id)?.site ?? index.items.get(source.id)?.site ?? index.devices.get(source.id)?.site);
  return (siteId !== undefined && index.sites.get(siteId)) || null;
}

/** What a source is called within its site; null where the site itself is meant, or a neighbour. */
export function subjectOf(index: PlanIndex, source: Source): Text | null {
  if (source.kind === "point") return index.points.get(source.id)?.name ?? asText(source.id);
  if (source.kind === "item") return index.items.get(source.id)?.name ?? asText(source.id);
  if (source.kind === "device") return asText(index.devices.get(source.id)?.code ?? source.id);
  return null;
}

function routeOf({ plan, sites }: PlanIndex, siteId: string | null): Pick<Routing, "process" | "data"> {
  const site = sites.get(siteId ?? "");
  const routes = plan.routing.routes ?? [];
  return routes.find(({ sector, county }) => sector === site?.sector && county === site.county) ?? plan.routing;
}

/** The department that answers for a tier at a level of an alarm, or at the nearest one higher where it owes nothing at this. */
export function departmentOf(index: PlanIndex, alarm: AlarmView, tier: Tier, level: Level): Text | null {
  const route = routeOf(index, alarm.site);
  const duties = alarm.isData ? route.data : route.process;
  const nearest = levels.filter((one) => rankOf(one) >= rankOf(level));
  const duty = nearest.flatMap((one) => duties[one]).find((one) => one.tier === tier);
  return duty?.department ?? null;
}

function asText(id: string): Text {
  return { zh: id, en: id };
}

/** The version of a rule that is in force at `now`; null where none is yet. */
export function versionInForce(rule: Rule, now: number): RuleVersion | null {
  return rule.versions
    .filter(({ validFrom }) => validFrom <= now)
    .reduce<RuleVersion | null>(
      (newest, next) => (newest === null || next.validFrom >= newest.validFrom ? next : newest),
      null,
    );
}

/** The rule of a point or a site that an alarm is by; null for data, roll-ups and what the plan no longer holds. */
export function ruleOf(index: PlanIndex, alarm: Pick<AlarmView, "source" | "rule" | "direction">): Rule | null {
  const { id } = alarm.source;
  const rules = index.points.get(id)?.rules ?? index.sites.get(id)?.rules ?? [];
  return rules.find((rule) => rule.id === alarm.rule && rule.direction === alarm.direction) ?? null;
}

/** One limit as a trend draws it. */
export interface LimitLine {
  readonly level: Level;
  readonly setpoint: number;
  readonly direction: "high" | "low";
}

/** The limits of an alarm's own rule in the version that raised it, highest level first. */
export function limitsOf(index: PlanIndex, alarm: AlarmView): readonly LimitLine[] {
  const { direction } = alarm;
  const version = ruleOf(index, alarm)?.versions.find((each) => each.version === alarm.ruleVersion);
  if (direction === "none" || version === undefined) return [];
  return levels
    .toReversed()
    .flatMap((level) =>
      (version.levels[level] ?? [])
        .filter(({ kind }) => kind === "limit")
        .map(({ setpoint }) => ({ level, setpoint, direction })),
    );
}

/** The limits of a point that are in force at `now`, highest level first. */
export function limitsInForce(point: Point, now: number): readonly LimitLine[] {
  const lines: LimitLine[] = [];
  for (const rule of point.rules) {
    const { direction } = rule;
    // A truth has no line, and a rate or a sum is drawn on no axis of the value.
    if (direction === "none") continue;
    const version = versionInForce(rule, now);
    for (const [level, conditions] of Object.entries(version?.levels ?? {}) as [Level, Condition[]][]) {
      for (const { kind, setpoint } of conditions) if (kind === "limit") lines.push({ level, setpoint, direction });
    }
  }
  return lines.toSorted((a, b) => rankOf(b.level) - rankOf(a.level));
}
