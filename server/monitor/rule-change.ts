// The plan with one more version of one rule: versions are added, never taken away (semantics §3).
import type { Plan, Rule } from "../../contract/plant.ts";
import type { RuleChange } from "../../contract/rule-change.ts";

function isOf({ rule, direction }: RuleChange): (one: Rule) => boolean {
  return (one) => one.id === rule && one.direction === direction;
}

function withVersion(rules: readonly Rule[], change: RuleChange): Rule[] {
  const { author, reason } = change;
  const version = { ...change.version, author, reason };
  return rules.map((rule) => (isOf(change)(rule) ? { ...rule, versions: [...rule.versions, version] } : rule));
}

/** The rule that a change is about; undefined where the plan has none. */
export function ruleOf(plan: Plan, change: RuleChange): Rule | undefined {
  const source =
    plan.points.find(({ id }) => id === change.source) ?? plan.sites.find(({ id }) => id === change.source);
  return source?.rules?.find(isOf(change));
}

/** True where no version of the rule is valid from later: of two that were enabled at once, each saw the other one missing. */
export function isInTurn(plan: Plan, change: RuleChange): boolean {
  return ruleOf(plan, change)?.versions.every(({ validFrom }) => validFrom <= change.version.validFrom) === true;
}

/** The plan with the new version; null where it has no such rule, or the rule has that version already. */
export function changedPlan(plan: Plan, change: RuleChange): Plan | null {
  const rule = ruleOf(plan, change);
  if (rule === undefined || rule.versions.some(({ version }) => version >= change.version.version)) return null;
  return {
    ...plan,
    points: plan.points.map((point) =>
      point.id === change.source ? { ...point, rules: withVersion(point.rules, change) } : point,
    ),
    sites: plan.sites.map((site) =>
      site.id === change.source && site.rules !== undefined
        ? { ...site, rules: withVersion(site.rules, change) }
        : site,
    ),
  };
}
