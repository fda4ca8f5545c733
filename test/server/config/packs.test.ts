// The example of docs/packs.md: it loads, it shows every kind of condition, and it says what the document says of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Compile } from "typebox/compile";
import { describe, expect, it } from "vitest";
import { conditionSchema, type Condition } from "../../../contract/condition.ts";
import type { Rule } from "../../../contract/plant.ts";
import { planCheck, planOf, pointOf, setpointsOf } from "./plan-of.ts";

const docs = fileURLToPath(new URL("../../../docs", import.meta.url));
const plan = planOf(join(docs, "example-pack"));
const minute = 60_000;

function conditionsIn(rules: readonly Rule[]): readonly Condition[] {
  return rules.flatMap(({ versions }) => versions.flatMap((version) => Object.values(version.levels).flat()));
}

function ruleAt(id: string, rule: string): Rule | undefined {
  return pointOf(plan, id).rules.find((each) => each.id === rule);
}

function conditionAt(id: string, rule: string): Condition | undefined {
  return conditionsIn(pointOf(plan, id).rules.filter((each) => each.id === rule))[0];
}

describe("the example of a pack", () => {
  it("makes a plan that the contract knows", () => {
    expect(planCheck.Errors(plan)).toEqual([]);
  });

  it("has every kind of condition, and the document names them all", () => {
    const rules = [...plan.points.flatMap((point) => point.rules), ...plan.sites.flatMap((site) => site.rules ?? [])];
    const shown = new Set(conditionsIn(rules).map(({ kind }) => kind));
    const text = readFileSync(join(docs, "packs.md"), "utf8");
    const check = Compile(conditionSchema);
    for (const condition of conditionsIn(rules)) expect(check.Check(condition)).toBe(true);
    expect(shown.size).toBe(13);
    for (const kind of shown) expect(text).toContain(`| \`${kind}\``);
  });

  it("reads each with its words, and with the usual where it says none", () => {
    const timing = { deadband: 0, onDelayMs: 0, onSamples: 1, offDelayMs: 0 };
    expect(conditionAt("plant-1/LT-1", "rise")).toMatchObject({
      kind: "rate",
      method: "regression",
      windowMs: 5 * minute,
      perMs: minute,
      minSamples: 6,
      isAbsolute: false,
      setpoint: 0.3,
      deadband: 0.02,
    });
    expect(conditionAt("plant-1/LT-1", "full")).toMatchObject({
      ...timing,
      kind: "forecast",
      method: "line",
      target: 9.5,
      noise: 0.01,
      minR2: 0.8,
      minSamples: 5,
      horizonMs: 30 * 24 * 60 * minute,
    });
    expect(conditionAt("plant-1/LT-1", "long")).toMatchObject({
      kind: "accumulate",
      while: { direction: "high", setpoint: 6 },
      reset: { direction: "low", setpoint: 2 },
      setpoint: 8 * 60 * minute,
    });
    expect(conditionAt("plant-1/LT-1", "differ")).toMatchObject({
      kind: "pair",
      of: "plant-1/LT-1",
      to: "plant-1/LT-2",
      isAbsolute: true,
    });
    expect(conditionAt("plant-1/SF-1", "drift")).toMatchObject({
      kind: "cusum",
      target: 6,
      sigma: 0.6,
      allowance: 0.5,
    });
    expect(conditionAt("plant-1/DR-1", "missing")).toMatchObject({
      ...timing,
      point: "plant-1/DR-1",
      dueMs: 600 * minute,
      zoneMs: 480 * minute,
      setpoint: 1,
    });
    expect(conditionAt("plant-1/BOAT-Y", "away")).toMatchObject({
      lng: "plant-1/BOAT-X",
      lat: "plant-1/BOAT-Y",
      wrong: "outside",
      skewMs: minute,
    });
  });

  it("lays a point over its kind: all of its levels, one of them, or none of a rule", () => {
    const own = pointOf(plan, "plant-1/LT-3");
    expect(setpointsOf(own, "high")).toEqual({ yellow: [5.5], red: [8, 7] });
    expect(conditionsIn(own.rules.slice(0, 1)).map(({ onDelayMs }) => onDelayMs)).toEqual([0, 0, 0]);
    expect(own.rules.map(({ id }) => id)).toEqual(["limit", "full", "long"]);
    // Its own setpoint does not keep the kind's provenance, which spoke of another number.
    expect(conditionsIn(own.rules)[0]?.provenance.from).toBe("unstated");
  });

  it("leaves out what a site has not: a second gauge, a second detector of the same gas, another tank's", () => {
    expect(ruleAt("plant-1/LT-1", "differ")).toBeDefined();
    expect(ruleAt("plant-1/LT-3", "differ")).toBeUndefined();
    expect(conditionAt("plant-1/GD-1", "limit")).toBeDefined();
    const red = (id: string): unknown => pointOf(plan, id).rules[0]?.versions[0]?.levels.red?.[0];
    expect(red("plant-1/GD-1")).toMatchObject({ kind: "vote", members: ["plant-1/GD-1", "plant-1/GD-2"], need: 2 });
    expect(red("plant-1/GD-3")).toBeUndefined();
  });

  it("gives each kind of a template its own numbers", () => {
    expect(pointOf(plan, "plant-1/GD-1").range.sensor).toEqual([-3, 60]);
    expect(pointOf(plan, "plant-1/GD-3")).toMatchObject({ range: { sensor: [-0.15, 3] }, resolution: 0.01 });
    expect(setpointsOf(pointOf(plan, "plant-1/GD-3"), "high")).toEqual({ yellow: [1], orange: [2] });
  });

  it("says of a point that waits for a number which one it is, and never takes it for one without limits", () => {
    const freeboard = pointOf(plan, "plant-1/FB-1");
    expect(freeboard.notConfigured).toEqual(["dh"]);
    expect(freeboard.isKey).toBe(true);
    expect(setpointsOf(freeboard, "low")).toEqual({ red: [1] });
    expect(plan.points.filter(({ notConfigured }) => notConfigured !== undefined)).toHaveLength(1);
  });

  it("marks whose alarms are about devices, and which points belong together", () => {
    expect(plan.points.filter(({ isData }) => isData === true).map(({ code }) => code)).toEqual(["BV-1"]);
    expect(plan.points.filter(({ zone }) => zone === "pumps").map(({ code }) => code)).toEqual([
      "GD-1",
      "GD-2",
      "GD-3",
    ]);
  });

  it("makes the site's rules of its pack and of its own", () => {
    const rules = plan.sites[0]?.rules ?? [];
    expect(rules.map(({ id, direction, actionCard }) => [id, direction, actionCard])).toEqual([
      ["storm", "none", "water"],
      ["unwatched", "none", undefined],
    ]);
    expect(conditionsIn(rules.slice(1))).toMatchObject([
      {
        kind: "combine",
        expression: { all: [{ silent: "plant-1/GD-1" }, { silent: "plant-1/GD-2" }, { silent: "plant-1/GD-3" }] },
        setpoint: 1,
        onDelayMs: 2 * minute,
      },
    ]);
  });
});
