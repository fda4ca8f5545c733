// Whose business a site is, by every way of limiting it.
import { describe, expect, it } from "vitest";
import { isDuty } from "../../contract/duty.ts";
import { roles } from "../../contract/wall.ts";
import { isWhole, isWholeCounty, isWithin, scopeKey } from "../../contract/scope.ts";

const site = { id: "hc-01", county: "haifeng", town: { zh: "\u516c\u5e73\u9547", en: "Gongping" }, sector: "chemical" };

describe("scope", () => {
  it("is the whole city where nothing limits it", () => {
    expect([isWithin(undefined, site), isWithin({}, site)]).toEqual([true, true]);
    expect([isWhole(undefined), isWhole({}), isWhole({ sites: ["hc-01"] })]).toEqual([true, true, false]);
  });

  it.each([
    [{ counties: ["haifeng"] }, true],
    [{ counties: ["lufeng"] }, false],
    [{ towns: [site.town.zh] }, true],
    [{ towns: [site.town.en] }, false],
    [{ sectors: ["chemical", "tailings"] }, true],
    [{ sectors: ["tailings"] }, false],
    [{ sites: ["hc-01"] }, true],
    [{ sites: ["hc-02"] }, false],
    [{ counties: ["haifeng"], sectors: ["tailings"] }, false],
  ])("%j: %s", (scope, expected) => {
    expect(isWithin(scope, site)).toBe(expected);
  });

  it("has one word for the same names in any order, and the empty one for the whole city", () => {
    expect([scopeKey(undefined), scopeKey({})]).toEqual(["", ""]);
    expect(scopeKey({ sites: ["b", "a", "b"] })).toBe(scopeKey({ sites: ["a", "b"] }));
    const words = [
      { sites: ["a"] },
      { sites: ["a", "b"] },
      { sites: ["a,b"] },
      { towns: ["a"] },
      { sectors: ["a"] },
      { counties: ["a"] },
      { counties: ["a"], sites: ["a"] },
      { sites: [] },
    ].map(scopeKey);
    expect(new Set(["", ...words]).size).toBe(words.length + 1);
  });

  it.each([
    [undefined, true],
    [{}, true],
    [{ counties: ["lufeng", "haifeng"] }, true],
    [{ counties: ["lufeng"] }, false],
    [{ counties: ["haifeng"], sectors: ["chemical"] }, false],
    [{ sectors: ["chemical"] }, false],
  ])("has all of a county where nothing but counties limits it: %j: %s", (scope, expected) => {
    expect(isWholeCounty(scope, "haifeng")).toBe(expected);
  });
});

describe("duty", () => {
  it("wants sites of its own and the enterprise tier of an enterprise's person, and nothing of the others", () => {
    const scope = { sites: ["hc-01"] };
    expect(isDuty({ role: "enterprise", tier: "enterprise", scope })).toBe(true);
    expect(isDuty({ role: "enterprise", tier: "county", scope })).toBe(false);
    expect(isDuty({ role: "enterprise", tier: "enterprise", scope: { counties: ["haifeng"] } })).toBe(false);
    expect(isDuty({ role: "enterprise", tier: "enterprise" })).toBe(false);
    for (const role of roles.filter((one) => one !== "enterprise")) expect(isDuty({ role, tier: "county" })).toBe(true);
  });
});
