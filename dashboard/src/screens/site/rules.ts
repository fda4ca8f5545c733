// The rules of a site as its plan holds them: points that are judged alike together, each limit with where its number comes from.
import { rankOf, levels, type Level } from "../../../../contract/level.ts";
import type { Limit, Point, Rule, RuleVersion } from "../../../../contract/plant.ts";
import { versionInForce } from "../../plan-index.ts";

/** One limit of a rule. */
export interface RuleRow {
  readonly level: Level;
  readonly limit: Limit;
  readonly isConfirmed: boolean;
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

/** Points with the very same rules. */
export interface RuleGroup {
  readonly points: readonly Point[];
  readonly rules: readonly RuleView[];
}

/** What the packs write where a number has not been checked against a printed standard or the site's own design. */
const doubts = ["(background)", "unverified", "product-default", "inferred", "demo number", "unstated"];

/** Whether a limit's number rests on a source that was looked at; what nobody has confirmed must not look as if it were. */
export function isConfirmed(provenance: string): boolean {
  return provenance.trim() !== "" && doubts.every((doubt) => !provenance.includes(doubt));
}

function viewOf(rule: Rule, now: number): RuleView {
  const version = versionInForce(rule, now);
  const coming = rule.versions.filter(({ validFrom }) => validFrom > now);
  const next = coming.toSorted((a, b) => a.validFrom - b.validFrom)[0] ?? null;
  const rows = levels
    .toSorted((a, b) => rankOf(b) - rankOf(a))
    .flatMap((level) =>
      (version?.levels[level] ?? []).map((limit) => ({ level, limit, isConfirmed: isConfirmed(limit.provenance) })),
    );
  return { rule, version, next, rows };
}

/** The rules of these points at `now`; points that nobody judges are in no group. */
export function ruleGroups(points: readonly Point[], now: number): readonly RuleGroup[] {
  const groups = new Map<string, Point[]>();
  for (const point of points) {
    if (point.rules.length === 0) continue;
    const alike = JSON.stringify([point.kind, point.unit, point.decimals, point.rules]);
    groups.set(alike, [...(groups.get(alike) ?? []), point]);
  }
  return [...groups.values()].map((alike) => ({
    points: alike,
    rules: (alike[0]?.rules ?? []).map((rule) => viewOf(rule, now)),
  }));
}
