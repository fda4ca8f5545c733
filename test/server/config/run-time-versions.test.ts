// An import of the configuration keeps what was enabled at run time, or says why it cannot.
import { describe, expect, it } from "vitest";
import type { Plan, RuleVersion } from "../../../contract/plant.ts";
import { carryVersions } from "../../../server/config/run-time-versions.ts";
import { changedPlan } from "../../../server/monitor/rule-change.ts";
import { changeOf, condition, limit, planOf, point, rule, version } from "../../support/plant.ts";

const first = version(1, 0, { red: limit(90) });
const vote = condition("vote", { members: [], violated: { direction: "high", setpoint: 1 }, need: 1, windowMs: 0 });
const ofSite = rule("none", { red: vote }, { id: "both" });
const withVersions = (versions: RuleVersion[], siteRules = [ofSite]): Plan =>
  planOf([point("p", { rules: [rule("high", {}, { versions })] }), point("q")], { siteRules: { s1: siteRules } });
const written = withVersions([first]);
const enabled = changedPlan(written, changeOf(2, 50, { red: limit(80) })) as Plan;

describe("an import", () => {
  it("keeps a version that was enabled at run time, so that nothing differs", () => {
    expect(carryVersions(written, enabled)).toEqual({ plan: enabled, faults: [], gone: [] });
    expect(carryVersions(written, written)).toEqual({ plan: written, faults: [], gone: [] });
  });

  it("keeps those of a site's rules as well, and what the configuration has changed below them", () => {
    const both = { source: "s1", rule: "both", direction: "none" } as const;
    const disabled = changedPlan(enabled, changeOf(2, 60, {}, both)) as Plan;
    const lower = withVersions([version(1, 0, { red: limit(95) })]);
    const { plan, faults } = carryVersions(lower, disabled);
    expect(faults).toEqual([]);
    expect(plan.sites[0]?.rules?.[0]?.versions.map((one) => one.version)).toEqual([1, 2]);
    expect(plan.points[0]?.rules[0]?.versions).toMatchObject([
      { version: 1, levels: { red: [{ setpoint: 95 }] } },
      { version: 2, author: "author-1" },
    ]);
  });

  it("takes a version that is written out since for the same one, and keeps who enabled it", () => {
    const out = withVersions([first, version(2, 50, { red: limit(80) }), version(3, 70, { red: limit(70) })]);
    const { plan, faults } = carryVersions(out, enabled);
    expect(faults).toEqual([]);
    expect(plan.points[0]?.rules[0]?.versions).toMatchObject([
      { version: 1 },
      { version: 2, author: "author-1", approver: "approver-1", reason: "new design" },
      { version: 3 },
    ]);
  });

  it("is refused where the configuration has another version of that number", () => {
    const other = withVersions([first, version(2, 50, { red: limit(85) })]);
    expect(carryVersions(other, enabled).faults).toEqual([
      "s1/p limit high: version 2, enabled by author-1, is another one in the configuration: write it as it is, or number yours higher",
    ]);
  });

  it("is refused where a later version of the configuration would go over it", () => {
    for (const later of [version(3, 70, {}), version(1, 50, {})]) {
      const over = withVersions([...(later.version === 1 ? [] : [first]), later]);
      expect(carryVersions(over, enabled).faults).toEqual([
        `s1/p limit high: version 2, enabled by author-1, is missing before version ${later.version} of the configuration: write it into the configuration`,
      ]);
    }
  });

  it("names what goes with a rule, a point or a site that the configuration no longer has", () => {
    const both = { source: "s1", rule: "both", direction: "none" } as const;
    const record = changedPlan(enabled, changeOf(2, 60, {}, both)) as Plan;
    const told = ["s1/p limit high: version 2 goes with its rule", "s1 both: version 2 goes with its rule"];
    const withoutRules = planOf([point("p"), point("q")]);
    expect(carryVersions(withoutRules, record).gone).toEqual(told);
    const elsewhere = planOf([point("x", { site: "s2", item: "s2/i1", device: "s2/d1" })]);
    expect(carryVersions(elsewhere, record).gone).toEqual(told);
  });
});
