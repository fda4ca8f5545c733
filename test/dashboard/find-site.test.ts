// A site found by a few letters, and the key points whose values are the oldest.
import { describe, expect, it } from "vitest";
import type { ShownValue } from "../../dashboard/src/latest.ts";
import { slowestOf } from "../../dashboard/src/parts/slowest.ts";
import { findSites } from "../../dashboard/src/screens/find-site.ts";
import { initialsOf } from "../../dashboard/src/screens/pinyin.ts";
import { planOf, pointOf } from "./support.ts";

const [first] = planOf().sites;
const siteOf = (id: string, zh: string, en: string): NonNullable<typeof first> => {
  if (first === undefined) throw new Error("the plan has no site");
  return { ...first, id, name: { zh: `（演示）${zh}有限公司`, en: `${en} Ltd (demo)` }, shortName: { zh, en } };
};
const sites = [
  siteOf("hc-05", "可塘晶石树脂", "Jingshi Resins"),
  siteOf("tp-01", "新田白石坑尾矿库", "Baishikeng Pond"),
  siteOf("hc-12", "湖东𬒗角LNG气化站", "Jiajiao LNG"),
];
const found = (typed: string): string[] => findSites(sites, typed, 8).map(({ id }) => id);

describe("the initials of a name", () => {
  it.each([
    ["可塘晶石", "ktjs"],
    ["红草蓝鹭精细化工", "hclljxhg"],
    ["尾矿库", "wkk"],
    ["安全阀", "aqf"],
    ["湖东LNG气化站", "hdlngqhz"],
    ["2# 储罐", "2# cg"],
  ])("of %s are %s", (name, expected) => {
    expect(initialsOf(name)).toBe(expected);
  });
});

describe("a site", () => {
  it("is found by its initials, its id and its name in either language, what begins so first", () => {
    expect(found("ktjs")).toEqual(["hc-05"]);
    expect(found("TP")).toEqual(["tp-01"]);
    expect(found("lng")).toEqual(["hc-12"]);
    expect(found("石")).toEqual(["hc-05", "tp-01"]);
    expect(found("resins l")).toEqual(["hc-05"]);
    expect(found("j")[0]).toBe("hc-05");
    expect(found("")).toEqual(["hc-05", "tp-01", "hc-12"]);
    expect(found("qqq")).toEqual([]);
  });
});

describe("the slowest key points", () => {
  it("are those with the oldest values, those never heard before all, and no others than key points", () => {
    const points = [pointOf("a/P1"), pointOf("a/P2"), pointOf("a/P3", { isKey: false }), pointOf("a/P4")];
    const at: Readonly<Record<string, number>> = { "a/P1": 500, "a/P2": 300, "a/P3": 100 };
    const latest = (id: string): ShownValue =>
      ({ latest: at[id] === undefined ? null : { sourceAt: at[id] } }) as unknown as ShownValue;
    expect(slowestOf(points, latest, 2).map(({ point, sourceAt }) => [point.id, sourceAt])).toEqual([
      ["a/P4", null],
      ["a/P2", 300],
    ]);
  });
});
