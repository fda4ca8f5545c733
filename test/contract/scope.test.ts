// Whose business a site is, by every way of limiting it.
import { describe, expect, it } from "vitest";
import { isWhole, isWithin } from "../../contract/scope.ts";

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
});
