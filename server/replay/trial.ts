// A change on trial: the plan with the version in force and the plan with the candidate, both cut to the sites that it can touch.
import type { Plan, Point, Rule, RuleVersion } from "../../contract/plant.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import { jointKindOf } from "../monitor/kinds.ts";
import { compilePlant } from "../monitor/plant.ts";
import { changedPlan, ruleOf } from "../monitor/rule-change.ts";

/** The two plans of a trial. */
export interface Trial {
  readonly active: Plan;
  readonly candidate: Plan;
  readonly sites: ReadonlySet<string>;
  /** The version that the candidate is held against; null where none is in force. */
  readonly against: number | null;
}

/** The site of a point, an item, a site or a device: what stands before the first slash. */
export function siteOf(id: string): string {
  return id.split("/")[0] as string;
}

/** True where a version of a rule looks at several points. */
function isJoint({ versions }: Rule): boolean {
  return versions.some(({ levels }) =>
    Object.values(levels).some((all) => all.some((one) => jointKindOf(one) !== null)),
  );
}

/** The plan without points whose rules look at nothing but themselves: they tie nothing, and are nearly all there are. */
function tyingOf(plan: Plan): Plan {
  const known = new Map<Point["rules"], boolean>();
  const isTying = ({ rules }: Point): boolean => {
    const isOne = known.get(rules) ?? rules.some(isJoint);
    known.set(rules, isOne);
    return isOne;
  };
  return { ...plan, points: plan.points.filter(isTying) };
}

/** The site of the change, and every site that is tied to it by rules over several points, in either direction. */
function touchedSites(plan: Plan, source: string): ReadonlySet<string> {
  const ties = [...compilePlant(tyingOf(plan)).joints.values()].map(
    ({ site, members, sources }) => new Set([site, ...members.map(siteOf), ...sources.map(siteOf)]),
  );
  const touched = new Set([siteOf(source)]);
  for (let before = 0; before < touched.size;) {
    before = touched.size;
    for (const tie of ties) if ([...tie].some((site) => touched.has(site))) for (const site of tie) touched.add(site);
  }
  return touched;
}

function cutTo(plan: Plan, sites: ReadonlySet<string>): Plan {
  return {
    ...plan,
    sites: plan.sites.filter(({ id }) => sites.has(id)),
    items: plan.items.filter(({ site }) => sites.has(site)),
    points: plan.points.filter(({ site }) => sites.has(site)),
    devices: plan.devices.filter(({ site }) => sites.has(site)),
  };
}

/** The plan whose rule has one version alone, in force since ever: over the past no version is too young. */
function withOnly(plan: Plan, change: RuleChange, version: RuleVersion | undefined): Plan {
  const versions = version === undefined ? [] : [{ ...version, validFrom: 0 }];
  const only = (rules: readonly Rule[]): Rule[] =>
    rules.map((rule) =>
      rule.id === change.rule && rule.direction === change.direction ? { ...rule, versions } : rule,
    );
  return {
    ...plan,
    points: plan.points.map((point) => (point.id === change.source ? { ...point, rules: only(point.rules) } : point)),
    sites: plan.sites.map((site) =>
      site.id === change.source && site.rules !== undefined ? { ...site, rules: only(site.rules) } : site,
    ),
  };
}

/** The version that a change would take over from; undefined where none is in force by then. */
export function inForceOf({ versions }: Rule, { version }: RuleChange): RuleVersion | undefined {
  return versions
    .filter(({ validFrom }) => validFrom <= version.validFrom)
    .toSorted((a, b) => b.validFrom - a.validFrom || b.version - a.version)[0];
}

/**
 * Both plans of a change; null where the plan has no such rule, or the rule has that version already.
 *
 * What is left out: every site that no rule over several points ties to the site of the change. Process alarms, roll-ups,
 * marks, re-alarms, event groups and data alarms of points are judged site by site, so for them this is exact. The alarm of
 * the link is not: it counts lost devices over all sites, and while it is on it speaks for them. Both sides count the devices
 * that are left, alike, so whether a lost device speaks for itself may be told otherwise than it was; the alarms of neighbours
 * and of the link are compared and counted nowhere. And a smaller plan remembers more samples of each point (monitor/memory.ts),
 * so a repeat that the whole plan had forgotten is known here: neither is judged, but they are counted by other names.
 */
export function trialOf(plan: Plan, change: RuleChange): Trial | null {
  const changed = changedPlan(plan, change);
  const rule = ruleOf(plan, change);
  if (changed === null || rule === undefined) return null;
  const inForce = inForceOf(rule, change);
  const sites = touchedSites(changed, change.source);
  return {
    active: withOnly(cutTo(plan, sites), change, inForce),
    candidate: withOnly(cutTo(changed, sites), change, change.version),
    sites,
    against: inForce?.version ?? null,
  };
}

/** The points of a plan, those of one device together: the order in which a span of samples lists them. */
export function pointsByDevice({ points }: Plan): readonly Point[] {
  const devices = new Map([...new Set(points.map(({ device }) => device))].map((device, place) => [device, place]));
  return points.toSorted((a, b) => (devices.get(a.device) as number) - (devices.get(b.device) as number));
}
