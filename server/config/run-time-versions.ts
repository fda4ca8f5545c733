// Versions that two persons enabled while the server ran: no import of a configuration drops them (semantics §3).
import type { Plan, Rule, RuleVersion } from "../../contract/plant.ts";

/** The plan to import; the faults that forbid it; and what goes with rules that the configuration no longer has. */
export interface Carried {
  readonly plan: Plan;
  readonly faults: readonly string[];
  readonly gone: readonly string[];
}

/** Only what was enabled at run time has an author: everything else is as the configuration says. */
function enabledOf(rule: Rule): readonly RuleVersion[] {
  return rule.versions.filter(({ author }) => author !== undefined);
}

function nameOf(source: string, { id, direction }: Rule): string {
  return direction === "none" ? `${source} ${id}` : `${source} ${id} ${direction}`;
}

/** Written out in the configuration, an enabled version is the same whoever is named as its author. */
function contentOf({ version, validFrom, levels }: RuleVersion): string {
  return JSON.stringify([version, validFrom, levels]);
}

function carryRule(source: string, written: Rule, ofRecord: Rule, faults: string[]): Rule {
  const missing = enabledOf(ofRecord).filter(
    (version) => !written.versions.some((one) => contentOf(one) === contentOf(version)),
  );
  for (const { version, validFrom, author } of missing) {
    const whose = `${nameOf(source, written)}: version ${version}, enabled by ${author ?? ""},`;
    const same = written.versions.find((one) => one.version === version);
    const later = written.versions.find((one) => one.version > version || one.validFrom >= validFrom);
    if (same !== undefined)
      faults.push(`${whose} is another one in the configuration: write it as it is, or number yours higher`);
    else if (later !== undefined)
      faults.push(
        `${whose} is missing before version ${later.version} of the configuration: write it into the configuration`,
      );
  }
  const named = written.versions.map(
    (one) => enabledOf(ofRecord).find((other) => contentOf(other) === contentOf(one)) ?? one,
  );
  return { ...written, versions: [...named, ...missing] };
}

function carryRules(
  source: string,
  {
    written = [],
    ofRecord = [],
  }: { readonly written: readonly Rule[] | undefined; readonly ofRecord: readonly Rule[] | undefined },
  { faults, gone }: { readonly faults: string[]; readonly gone: string[] },
): Rule[] {
  const isOf = (rule: Rule) => (one: Rule) => one.id === rule.id && one.direction === rule.direction;
  for (const rule of ofRecord) {
    if (written.some(isOf(rule))) continue;
    for (const { version } of enabledOf(rule))
      gone.push(`${nameOf(source, rule)}: version ${version} goes with its rule`);
  }
  return written.map((rule) => {
    const known = ofRecord.find(isOf(rule));
    return known === undefined ? rule : carryRule(source, rule, known, faults);
  });
}

/** The configuration's plan with every version of the plan of record that was enabled at run time. */
export function carryVersions(written: Plan, ofRecord: Plan): Carried {
  const told = { faults: [] as string[], gone: [] as string[] };
  const points = new Map(ofRecord.points.map((point) => [point.id, point]));
  const sites = new Map(ofRecord.sites.map((site) => [site.id, site]));
  const plan: Plan = {
    ...written,
    points: written.points.map((point) => {
      const known = points.get(point.id);
      points.delete(point.id);
      return { ...point, rules: carryRules(point.id, { written: point.rules, ofRecord: known?.rules }, told) };
    }),
    sites: written.sites.map((site) => {
      const rules = carryRules(site.id, { written: site.rules, ofRecord: sites.get(site.id)?.rules }, told);
      sites.delete(site.id);
      return site.rules === undefined ? site : { ...site, rules };
    }),
  };
  for (const { id, rules } of [...points.values(), ...sites.values()])
    carryRules(id, { written: [], ofRecord: rules }, told);
  return { plan, ...told };
}
