// A new version of a rule of the plan of record: the same checks as for one that is written in a configuration.
import type { Condition } from "../../contract/condition.ts";
import { levels, type Level } from "../../contract/level.ts";
import type { Point, Rule, RuleVersion } from "../../contract/plant.ts";
import { isTruth, type Found } from "./condition.ts";
import { below, createFaultList, element, type FaultList, type Place } from "./fault-list.ts";
import { checkCondition, checkOrder, measureOf, type Gauge } from "./ladder.ts";
import { isJoint } from "./rule-schema.ts";

/** A rule, the version that it shall get, and whose it is; `point` null: the site's. */
export interface NewVersion {
  readonly rule: Rule;
  readonly version: RuleVersion;
  readonly point: Point | null;
}

function gaugeOf({ unit, resolution, range, report }: Point): Gauge {
  const everyMs = report === "onChange" ? null : report.everyMs;
  return { unit, resolution, sensor: range.sensor, everyMs, isOwn: true, isOwnPeriod: true };
}

function foundIn(version: RuleVersion, place: Place): ReadonlyMap<Level, readonly Found[]> {
  const found = levels.flatMap((level) => {
    const all = version.levels[level] ?? [];
    const list = below(place, level);
    const conditions = all.map((condition, nth) => ({
      condition,
      place: all.length > 1 ? element(list, nth, undefined) : list,
      isConstant: true,
    }));
    return conditions.length === 0 ? [] : [[level, conditions] as const];
  });
  return new Map(found);
}

/** What points a rule looks at, and how they are combined, is written in the configuration: a version changes its numbers. */
function checkKind({ condition, place }: Found, { rule, point }: NewVersion, faults: FaultList): void {
  const { kind } = condition;
  if (isJoint(kind)) {
    const known = rule.versions.flatMap((version) => Object.values(version.levels).flat());
    const isKnown = known.some((one: Condition) => measureOf(one) === measureOf(condition));
    if (!isKnown) faults.add(place, `what a ${kind} looks at is changed in the configuration, not here`);
  } else if (point === null) faults.add(place, `${kind} judges a point's own samples: a rule of a site has none`);
  else if (rule.direction === "none" ? !isTruth(kind) : rule.direction === "low" && isTruth(kind))
    faults.add(place, `${kind} does not fit direction ${rule.direction}`);
}

/** Every fault of the version; none where it may be enabled. */
export function faultsOfVersion(added: NewVersion): readonly string[] {
  const { rule, version, point } = added;
  const faults = createFaultList();
  const place: Place = { file: `${rule.id} version ${version.version}`, path: "" };
  const newest = rule.versions.toSorted((a, b) => b.validFrom - a.validFrom)[0];
  if (newest !== undefined && version.validFrom <= newest.validFrom)
    faults.add(below(place, "validFrom"), `must be later than that of version ${newest.version}`);
  const found = foundIn(version, place);
  for (const one of [...found.values()].flat()) checkKind(one, added, faults);
  if (point === null || faults.lines().length > 0) return faults.lines();
  const judged = { direction: rule.direction, gauge: gaugeOf(point), reader: { faults, site: point.site } };
  for (const one of [...found.values()].flat()) checkCondition(one, judged);
  checkOrder(found, judged);
  return faults.lines();
}
