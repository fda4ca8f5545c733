// The rules of a site as its plan holds them: points that are judged alike together, and last what is on the site as a whole.
import type { Condition } from "../../../../contract/condition.ts";
import { rankOf, levels, type Level } from "../../../../contract/level.ts";
import type { Point, Rule, RuleVersion } from "../../../../contract/plant.ts";
import { versionInForce } from "../../plan-index.ts";

/** One condition of a rule. */
export interface RuleRow {
  readonly level: Level;
  readonly condition: Condition;
}

/** One rule as it is in force now. */
export interface RuleView {
  readonly rule: Rule;
  /** Null where none of its versions is in force yet. */
  readonly version: RuleVersion | null;
  /** The next version, which is not in force yet. */
  readonly next: RuleVersion | null;
  /** Highest level first. */
  readonly rows: readonly RuleRow[];
}

/** Points with the very same rules; none of the rules on the site as a whole. */
export interface RuleGroup {
  readonly points: readonly Point[];
  readonly rules: readonly RuleView[];
}

function viewOf(rule: Rule, now: number): RuleView {
  const version = versionInForce(rule, now);
  const coming = rule.versions.filter(({ validFrom }) => validFrom > now);
  const next = coming.toSorted((a, b) => a.validFrom - b.validFrom)[0] ?? null;
  const rows = levels
    .toSorted((a, b) => rankOf(b) - rankOf(a))
    .flatMap((level) => (version?.levels[level] ?? []).map((condition) => ({ level, condition })));
  return { rule, version, next, rows };
}

/** The rules of these points and of their site at `now`; points that nobody judges are in no group. */
export function ruleGroups(points: readonly Point[], ofSite: readonly Rule[], now: number): readonly RuleGroup[] {
  const groups = new Map<string, Point[]>();
  for (const point of points) {
    if (point.rules.length === 0) continue;
    const alike = JSON.stringify([point.kind, point.unit, point.decimals, point.rules]);
    groups.set(alike, [...(groups.get(alike) ?? []), point]);
  }
  const alike = [...groups.values()].map((group) => ({ points: group, rules: group[0]?.rules ?? [] }));
  return [...alike, ...(ofSite.length === 0 ? [] : [{ points: [], rules: ofSite }])].map((group) => ({
    points: group.points,
    rules: group.rules.map((rule) => viewOf(rule, now)),
  }));
}
