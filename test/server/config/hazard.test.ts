// The two grades that are worked out: of a major hazard from what a site holds, of a pond from its storage and height.
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { createFaultList } from "../../../server/config/fault-list.ts";
import { hazardFactOf, hazardOf, hazardTablesOf, type Stock } from "../../../server/config/hazard.ts";
import { planOf, pointOf, setpointsOf } from "./plan-of.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const dir = mkdtempSync(join(tmpdir(), "skyground-grades-"));
afterAll(() => rmSync(dir, { recursive: true }));
cpSync(join(root, "config", "packs"), join(dir, "packs"), { recursive: true });
mkdirSync(join(dir, "plant"));

const faults = createFaultList();
const tables = hazardTablesOf(
  {
    clause: "GB 18218-2018",
    classes: { W2: 1.5, "W5.3": 1 },
    substances: {
      ammonia: { Q: 10, beta: 2 },
      chlorine: { Q: 5, beta: 4 },
      phosgene: { Q: 0.3, beta: 20 },
      lpg: { Q: 50, class: "W2" },
      methanol: { Q: 500, class: "W5.3" },
    },
    people: { 0: 0.5, 1: 1, 30: 1.2, 50: 1.5, 100: 2 },
    grades: { 0: 4, 10: 3, 50: 2, 100: 1 },
  },
  { file: "p.yaml", path: "hazard" },
  faults,
);

describe("the grade of a major hazard", () => {
  it("has tables without a fault", () => {
    expect(faults.lines()).toEqual([]);
  });

  it.each<readonly [string, readonly Stock[], number, number, number, number | null]>([
    // R = 1.2 · 2 · 12/10 = 2.88; S = 1.2.
    ["a cold store", [{ substance: "ammonia", t: 12 }], 45, 1.2, 2.88, 4],
    // R = 1 · 2 · 100/10 = 20.
    ["an ammonia station", [{ substance: "ammonia", t: 100 }], 29, 10, 20, 3],
    // The same with one person more: R = 24.
    ["the next row of α", [{ substance: "ammonia", t: 100 }], 30, 10, 24, 3],
    ["nobody near", [{ substance: "ammonia", t: 100 }], 0, 10, 10, 3],
    ["just below 10", [{ substance: "ammonia", t: 99.99 }], 0, 9.999, 9.999, 4],
    // R = 1.5 · (1.5 · 1500/50 + 1 · 2000/500) = 1.5 · 49 = 73.5.
    [
      "a mixed store",
      [
        { substance: "lpg", t: 1500 },
        { substance: "methanol", t: 2000 },
      ],
      50,
      34,
      73.5,
      2,
    ],
    ["exactly 50", [{ substance: "lpg", t: 1666.666667 }], 1, 33.333333, 50, 2],
    // R = 2 · (20 · 1/0.3 + 4 · 5/5) = 141.333333.
    [
      "phosgene",
      [
        { substance: "phosgene", t: 1 },
        { substance: "chlorine", t: 5 },
      ],
      500,
      4.333333,
      141.333333,
      1,
    ],
    // S = 0.9: below the critical quantity it is none, though R is 3.6.
    ["less than its critical quantity", [{ substance: "ammonia", t: 9 }], 100, 0.9, 3.6, null],
    [
      "several of one substance",
      [
        { substance: "ammonia", t: 5 },
        { substance: "ammonia", t: 5 },
      ],
      1,
      1,
      2,
      4,
    ],
  ])("of %s is by R", (_name, stocks, people, sum, index, grade) => {
    const found = hazardOf(stocks, people, tables);
    expect(found).toMatchObject({ sum, index, grade, reason: grade === null ? "belowCritical" : null, unknown: [] });
  });

  it("is not guessed where a substance is not in the tables", () => {
    const stocks = [
      { substance: "ammonia", t: 1000 },
      { substance: "mystery", t: 1 },
      { substance: "mystery", t: 2 },
    ];
    const found = hazardOf(stocks, 100, tables);
    expect(found).toMatchObject({
      sum: null,
      index: null,
      grade: null,
      reason: "unknownSubstance",
      unknown: ["mystery"],
    });
    expect(hazardFactOf(found).value.zh).toBe("未定级：mystery 不在表内");
  });

  it("tells with the grade what it comes from, and that nobody has confirmed the tables", () => {
    expect(hazardFactOf(hazardOf([{ substance: "ammonia", t: 100 }], 1, tables))).toEqual({
      name: { zh: "重大危险源等级", en: "Major hazard class" },
      value: {
        zh: "三级（R=20，GB 18218-2018，表值未核实）",
        en: "3 (R=20, GB 18218-2018, table values unconfirmed)",
      },
    });
    const none = hazardFactOf(hazardOf([{ substance: "ammonia", t: 1 }], 1, tables));
    expect(none.value.en).toBe("none (S=0.1, GB 18218-2018, table values unconfirmed)");
  });

  it("stands in the plan of the demo, for every site that states what it holds", () => {
    const plan = planOf(join(root, "config"));
    const grades = Object.fromEntries(plan.sites.map(({ id, hazard }) => [id, hazard?.grade]));
    expect(grades).toMatchObject({
      "hc-01": 3,
      "hc-02": 4,
      "hc-04": 3,
      "hc-05": 3,
      "hc-07": 2,
      "hc-09": 4,
      "hc-10": 3,
    });
    expect(grades).toMatchObject({ "hc-11": 3, "hc-12": 4, "hc-03": undefined, "tp-01": undefined });
    for (const site of plan.sites.filter(({ sector }) => sector === "hazchem")) {
      expect(
        site.facts.filter(({ name }) => name.zh === "重大危险源等级"),
        site.id,
      ).toHaveLength(1);
    }
  });
});

describe("the grade of a pond", () => {
  // The minimum freeboard of each grade tells it: 1.5, 1.0, 0.7, 0.5 and 0.4 m.
  const freeboards = [1.5, 1, 0.7, 0.5, 0.4];

  it.each([
    [60, 24, 5],
    [99.9, 29.9, 5],
    [100, 30, 4],
    [260, 42, 4],
    [1150, 66, 3],
    [10_000, 100, 2],
    [50_000, 200, 1],
    // They differ by one: the higher.
    [260, 66, 3],
    [1150, 42, 3],
    // By more: one below the higher.
    [60, 66, 4],
    [60, 120, 3],
    [60, 210, 2],
    [20_000, 20, 3],
  ])("of %f ten thousand m³ and %f m is %i", (V, H, grade) => {
    const parameters = { V, H, upstream: 1, crest: 300, slope: 0.01, dh: 1 };
    const site = { id: "t", sector: "tailings", parameters, points: [{ code: "F", kind: "freeboard" }] };
    writeFileSync(join(dir, "plant", "t.yaml"), JSON.stringify({ sites: [site] }));
    expect(setpointsOf(pointOf(planOf(dir), "t/F"), "low")["red"]).toEqual([freeboards[grade - 1]]);
  });

  it("may be stated by the pond itself, raised where a town lies below it", () => {
    const parameters = { grade: 3, H: 42, upstream: 0, crest: 300, slope: 0.01, dh: 1 };
    const points = [
      { code: "F", kind: "freeboard" },
      { code: "B", kind: "dry_beach" },
    ];
    const site = { id: "t", sector: "tailings", parameters, points };
    writeFileSync(join(dir, "plant", "t.yaml"), JSON.stringify({ sites: [site] }));
    expect(setpointsOf(pointOf(planOf(dir), "t/F"), "low")["red"]).toEqual([0.7]);
    expect(setpointsOf(pointOf(planOf(dir), "t/B"), "low")["red"]).toEqual([50]);
  });

  it("is the one that the demo's ponds call their own", () => {
    const plan = planOf(join(root, "config"));
    const words = ["一等", "二等", "三等", "四等", "五等"];
    for (const site of plan.sites.filter(({ sector }) => sector === "tailings")) {
      const red = setpointsOf(pointOf(plan, `${site.id}/FB-01`), "low")["red"]?.[0] ?? 0;
      const fact = site.facts.find(({ name }) => name.zh === "等别");
      expect(fact?.value.zh, site.id).toBe(words[freeboards.indexOf(red)]);
    }
  });
});
