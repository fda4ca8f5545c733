import { levels, rankOf } from "../../contract/level.js";
/** The plan with its parts by id. */
export function createPlanIndex(plan) {
  const byId = (list) => new Map(list.map((entry) => [entry.id, entry]));
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
export function siteOf(index, source) {
  const siteId =
    source.kind === "site"
      ? source.id
      : (index.points.get(source.id)?.site ?? index.items.get(source.id)?.site ?? index.devices.get(source.id)?.site);
  return (siteId !== undefined && index.sites.get(siteId)) || null;
}
/** What a source is called within its site; null where the site itself is meant, or a neighbour. */
export function subjectOf(index, source) {
  if (source.kind === "point") return index.points.get(source.id)?.name ?? asText(source.id);
  if (source.kind === "item") return index.items.get(source.id)?.name ?? asText(source.id);
  if (source.kind === "device") return asText(index.devices.get(source.id)?.code ?? source.id);
  return null;
}
function routeOf({ plan, sites }, siteId) {
  const site = sites.get(siteId ?? "");
  const routes = plan.routing.routes ?? [];
  return routes.find(({ sector, county }) => sector === site?.sector && county === site.county) ?? plan.routing;
}
/** The department that answers for a tier at a level of an alarm, or at the nearest one higher where it owes nothing at this. */
export function departmentOf(index, alarm, tier, level) {
  const route = routeOf(index, alarm.site);
  const duties = alarm.isData ? route.data : route.process;
  const nearest = levels.filter((one) => rankOf(one) >= rankOf(level));
  const duty = nearest.flatMap((one) => duties[one]).find((one) => one.tier === tier);
  return duty?.department ?? null;
}
function asText(id) {
  return { zh: id, en: id };
}
/** The version of a rule that is in force at `now`; null where none is yet. */
export function versionInForce(rule, now) {
  return rule.versions
    .filter(({ validFrom }) => validFrom <= now)
    .reduce((newest, next) => (newest === null || next.validFrom >= newest.validFrom ? next : newest), null);
}
/** The rule of a point or a site that an alarm is by; null for data, roll-ups and what the plan no longer holds. */
export function ruleOf(index, alarm) {
  const { id } = alarm.source;
  const rules = index.points.get(id)?.rules ?? index.sites.get(id)?.rules ?? [];
  return rules.find((rule) => rule.id === alarm.rule && rule.direction === alarm.direction) ?? null;
}
/** The limits of a point that are in force at `now`, highest level first. */
export function limitsInForce(point, now) {
  const lines = [];
  for (const rule of point.rules) {
    const { direction } = rule;
    // A truth has no line, and a rate or a sum is drawn on no axis of the value.
    if (direction === "none") continue;
    const version = versionInForce(rule, now);
    for (const [level, conditions] of Object.entries(version?.levels ?? {})) {
      for (const { kind, setpoint } of conditions) if (kind === "limit") lines.push({ level, setpoint, direction });
    }
  }
  return lines.toSorted((a, b) => rankOf(b.level) - rankOf(a.level));
}
//# sourceMappingURL=plan-index.js.map
