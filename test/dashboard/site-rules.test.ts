// The rules of a site as they are shown: which points are judged alike, and which version is in force.
import { describe, expect, it } from "vitest";
import type { Condition } from "../../contract/condition.ts";
import { createPlanIndex, versionInForce } from "../../dashboard/src/plan-index.ts";
import { conditionSentences } from "../../dashboard/src/screens/sentences.ts";
import { ruleGroups } from "../../dashboard/src/screens/site/rules.ts";
import { callingOf } from "../../dashboard/src/screens/told.ts";
import { thinSpace } from "../../dashboard/src/text/number.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { limitOf, planOf, pointOf, ruleOf, versionOf } from "./support.ts";

const versionAt = (version: number, validFrom: number) => versionOf({ version, validFrom });

describe("the rules of a site", () => {
  it("stand once for points that are judged alike, highest level first; an unjudged point is in no group", () => {
    const points = [
      pointOf("a/P1"),
      pointOf("a/P2"),
      pointOf("a/P3", { unit: "MPa" }),
      pointOf("a/P4", { rules: [] }),
      pointOf("a/P5", { rules: [ruleOf({ latch: true })] }),
    ];
    const groups = ruleGroups(points, [], 1000);
    expect(groups.map((group) => group.points.map(({ code }) => code))).toEqual([["P1", "P2"], ["P3"], ["P5"]]);
    const view = groups[0]?.rules[0];
    expect(view?.rows.map(({ level, condition }) => `${level} ${condition.setpoint}`)).toEqual([
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
      const view = ruleGroups([point], [], now)[0]?.rules[0];
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
    expect(ruleGroups([point], [], 499)[0]?.rules[0]).toMatchObject({ version: null, next: { version: 1 }, rows: [] });
  });

  it("end with those on the site as a whole, which are on no point", () => {
    const compound = ruleOf({ id: "dryBeach", name: { zh: "干滩不足", en: "Short beach" }, direction: "none" });
    const groups = ruleGroups([pointOf("a/P1")], [compound], 1000);
    expect(groups.map(({ points, rules }) => [points.length, rules.map(({ rule }) => rule.id)])).toEqual([
      [1, ["high"]],
      [0, ["dryBeach"]],
    ]);
  });
});

describe("a condition that is no plain limit", () => {
  const told = {
    direction: "high" as const,
    unit: "m",
    ...callingOf(createPlanIndex(planOf()), createWords("zh")),
  };
  const sentences = (condition: Condition, language: "zh" | "en" = "zh"): readonly string[] =>
    conditionSentences(createWords(language), condition, told).map((text) => text.replaceAll(thinSpace, " "));
  const timing = { ...limitOf(0.5, { deadband: 0.1, offDelayMs: 60_000 }) };

  it("is told by its sentence, with its deadband in its own unit and the delay of its way back", () => {
    const rate: Condition = {
      ...timing,
      kind: "rate",
      method: "difference",
      windowMs: 3_600_000,
      minSamples: 2,
      perMs: 3_600_000,
      isAbsolute: false,
    };
    expect(sentences(rate)).toEqual(["1 h 差值速率 ≥ 0.5 m/h", "回差 0.1 m/h", "恢复延时 60 s"]);
    expect(sentences(rate, "en")[1]).toBe("Deadband 0.1 m/h");
    const held: Condition = {
      ...timing,
      kind: "accumulate",
      windowMs: 86_400_000,
      while: { direction: "high", setpoint: 10 },
      reset: null,
      setpoint: 3_600_000,
      deadband: 600_000,
      offDelayMs: 0,
    };
    expect(sentences(held)).toEqual(["24 h 内 ≥ 10 m 的累计时长 ≥ 1 h", "回差 10 min", "恢复延时 即时"]);
  });

  it("has no deadband where it is a truth, and calls its points by their names", () => {
    const both: Condition = {
      ...timing,
      kind: "combine",
      setpoint: 1,
      expression: {
        all: [
          { violated: { point: "a/P1", direction: "high", setpoint: 3 } },
          { level: { source: "b", rule: null, atLeast: "red" } },
        ],
      },
    };
    expect(sentences(both)).toEqual(["测点P1 ≥ 3 m 且 b厂 达红及以上", "恢复延时 60 s"]);
  });
});
