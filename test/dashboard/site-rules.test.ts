// The rules of a site as they are shown: which points are judged alike, which version is in force, and what nobody has confirmed.
import { describe, expect, it } from "vitest";
import { versionInForce } from "../../dashboard/src/plan-index.ts";
import { isConfirmed, ruleGroups } from "../../dashboard/src/screens/site/rules.ts";
import { pointOf, ruleOf, versionOf } from "./support.ts";

const versionAt = (version: number, validFrom: number) => versionOf({ version, validFrom });

describe("the source of a limit", () => {
  it.each([
    "(background) unverified: 80 % of CH",
    "product-default: 85 % of the design value",
    "GB 50863-2013 4.2.1 (table value (background) unverified)",
    "GB 51108-2015 8.3 (operating level; order inferred)",
    "GB 39496-2020 5.5.4 (design value; a demo number here)",
    "unstated",
    " ",
  ])("is not taken for confirmed: %s", (provenance) => {
    expect(isConfirmed(provenance)).toBe(false);
  });

  it("is confirmed where it names a clause and no doubt", () => {
    expect(isConfirmed("GB/T 50493-2019 5.5.2 (level 1, at most 25 %LEL)")).toBe(true);
  });
});

describe("the rules of a site", () => {
  it("stand once for points that are judged alike, highest level first; an unjudged point is in no group", () => {
    const points = [
      pointOf("a/P1"),
      pointOf("a/P2"),
      pointOf("a/P3", { unit: "MPa" }),
      pointOf("a/P4", { rules: [] }),
      pointOf("a/P5", { rules: [ruleOf({ latch: true })] }),
    ];
    const groups = ruleGroups(points, 1000);
    expect(groups.map((group) => group.points.map(({ code }) => code))).toEqual([["P1", "P2"], ["P3"], ["P5"]]);
    const view = groups[0]?.rules[0];
    expect(view?.rows.map(({ level, limit }) => `${level} ${limit.setpoint}`)).toEqual([
      "red 40",
      "orange 30",
      "yellow 20",
      "blue 10",
    ]);
    expect(view).toMatchObject({ version: { version: 1 }, next: null });
  });

  it("are those of the version in force, beside the next one that is to come", () => {
    const versions = [versionAt(1, 0), versionAt(2, 500), versionAt(3, 2000), versionAt(4, 3000)];
    const point = pointOf("a/P1", { rules: [ruleOf({ versions })] });
    const at = (now: number): readonly (number | undefined)[] => {
      const view = ruleGroups([point], now)[0]?.rules[0];
      return [view?.version?.version, view?.next?.version];
    };
    expect([at(0), at(500), at(2999), at(3000)]).toEqual([
      [1, 2],
      [2, 3],
      [3, 4],
      [4, undefined],
    ]);
  });

  it("have no limits before their first version is in force", () => {
    const rule = ruleOf({ versions: [versionAt(1, 500)] });
    const point = pointOf("a/P1", { rules: [rule] });
    expect(versionInForce(rule, 499)).toBeNull();
    expect(ruleGroups([point], 499)[0]?.rules[0]).toMatchObject({ version: null, next: { version: 1 }, rows: [] });
  });
});
