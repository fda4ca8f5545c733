// The demo as it ships: the scenarios on the demo's own plan, and a calm day at all of its sites.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { rankOf } from "../../contract/level.ts";
import type { Plan } from "../../contract/plant.ts";
import { loadPlan } from "../../server/config.ts";
import { createFleet } from "../../simulators/fleet.ts";
import { parseScenario, type Scenario } from "../../simulators/sites/scenario.ts";
import { levelsOn } from "./plan-double.ts";

const configDir = join(import.meta.dirname, "../../config");
const startAtMs = Date.UTC(2026, 6, 1);
const HOUR = 3_600_000;

function demoPlan(): Plan {
  const loaded = loadPlan(configDir);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return loaded.plan;
}

const plan = demoPlan();
const byId = new Map(plan.points.map((point) => [point.id, point]));

function scenarioOf(name: string): Scenario {
  const parsed = parseScenario(parse(readFileSync(join(configDir, "scenarios", `${name}.yaml`), "utf8")));
  if (!parsed.ok) throw new Error(parsed.faults.join("\n"));
  return parsed.scenario;
}

/** Plays a scenario in real time; when each point first reached each level, and which levels it had at the end. */
function play(scenario: Scenario, seed: number) {
  const fleet = createFleet({ plan, seed, startAtMs, sites: [scenario.site] });
  fleet.play(scenario, 1, startAtMs);
  const reachedMs = new Map<string, number>();
  const last = new Map<string, number>();
  for (const { site, payload } of fleet.step(startAtMs + scenario.durationMs)) {
    for (const [code, value] of Object.entries(payload.values)) {
      const point = byId.get(`${site}/${code}`);
      if (point === undefined || typeof value !== "number") throw new Error(`${site}/${code} is not in the plan`);
      const levels = levelsOn(point, value);
      last.set(code, Math.max(0, ...levels.map(rankOf)));
      for (const level of levels) {
        const key = `${code} ${level}`;
        if (!reachedMs.has(key)) reachedMs.set(key, payload.ts - startAtMs);
      }
    }
  }
  return { reachedMs, last };
}

describe.each(["gas-leak", "storm-blocked-decant"])("%s", (name) => {
  const scenario = scenarioOf(name);

  it.each([1, 2, 3])("reaches its levels when it says, seed %d", (seed) => {
    const { reachedMs } = play(scenario, seed);
    for (const { point, level, afterMs } of scenario.expect) {
      const atMs = reachedMs.get(`${point} ${level}`) ?? Number.NaN;
      // Noise and the period of the reports: 6 %, and at least five seconds.
      const isInTime = Math.abs(atMs - afterMs) <= Math.max(5000, 0.06 * afterMs);
      expect({ point, level, saidMs: afterMs, atMs, isInTime }).toMatchObject({ isInTime: true });
    }
  });

  it("climbs level by level at each point", () => {
    const { reachedMs } = play(scenario, 1);
    for (const point of new Set(scenario.expect.map((one) => one.point))) {
      const times = (["blue", "yellow", "orange", "red"] as const).map((level) => reachedMs.get(`${point} ${level}`));
      const known = times.filter((at) => at !== undefined);
      expect(known.length).toBeGreaterThan(0);
      expect(known).toEqual(known.toSorted((a, b) => a - b));
      // Never a higher level without the ones below it.
      expect(times.slice(0, known.length)).toEqual(known);
    }
  });

  it("expects alarms of points that are on its site, in the order of time", () => {
    for (const { point } of scenario.expect) expect(byId.has(`${scenario.site}/${point}`)).toBe(true);
    for (const code of scenario.watch) expect(byId.has(`${scenario.site}/${code}`)).toBe(true);
    const times = scenario.expect.map(({ afterMs }) => afterMs);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("leaves every point below its limits at its end", () => {
    const { last } = play(scenario, 1);
    expect([...last].filter(([, rank]) => rank > 0)).toEqual([]);
  });
});

describe("normal life", () => {
  // The plan has no limits for some kinds; where it has them, a day is calm at every site.
  it("raises no alarm at any of the demo's sites in 24 hours", () => {
    const fleet = createFleet({ plan, seed: 1, startAtMs });
    const alarmed = new Set<string>();
    const heard = new Set<string>();
    const doubtful = new Set<string>();
    for (let hour = 1; hour <= 24; hour += 1) {
      for (const { site, payload } of fleet.step(startAtMs + hour * HOUR)) {
        for (const [code, value] of Object.entries(payload.values)) {
          const point = byId.get(`${site}/${code}`);
          if (point === undefined || typeof value !== "number") throw new Error(`${site}/${code} is not in the plan`);
          heard.add(point.id);
          if (levelsOn(point, value).length > 0) alarmed.add(`${point.id} ${value}`);
          const [low, high] = point.range.operator;
          if (value < low || value > high) doubtful.add(`${point.id} ${value}`);
        }
      }
    }
    expect(alarmed).toEqual(new Set());
    // Outside the operator's range a value is suspect, and a site with a suspect key point is not called normal.
    expect(doubtful).toEqual(new Set());
    // Every point but the trial devices': those are for whoever tries the demo with a value of their own.
    const simulated = plan.points.filter(({ device }) => !device.includes("/try-"));
    expect(simulated.length).toBeLessThan(plan.points.length);
    expect(heard).toEqual(new Set(simulated.map(({ id }) => id)));
  }, 60_000);
});
