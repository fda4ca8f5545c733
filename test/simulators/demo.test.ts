// The demo as it ships: every scenario judged by the server's own monitor, and a calm day at all of its sites.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Plan } from "../../contract/plant.ts";
import { createFleet } from "../../simulators/fleet.ts";
import { unmet } from "../../simulators/sites/expectation.ts";
import type { Scenario } from "../../simulators/sites/scenario.ts";
import { configDir, demoPlan, judge, scenarioOf, startAtMs } from "./judged.ts";
import { levelsOn } from "./plan-double.ts";

const HOUR = 3_600_000;
const plan = demoPlan();
const byId = new Map(plan.points.map((point) => [point.id, point]));
const names = readdirSync(join(configDir, "scenarios")).map((file) => file.replace(/\.yaml$/u, ""));

/** Every id that an alarm of one site can have. */
function alarmIdsOf(site: string): readonly string[] {
  const points = plan.points.filter((point) => point.site === site);
  return [
    ...points.flatMap(({ id, rules }) => rules.map((rule) => `${id}~${rule.id}~${rule.direction}`)),
    ...points.flatMap(({ id }) => [`${id}~silence`, `${id}~fault`, `${id}~stuck`]),
    ...plan.devices
      .filter((device) => device.site === site)
      .flatMap(({ id }) => [`${id}~link`, `${id}~clock`, `${id}~sampling`]),
    ...plan.items.filter((item) => item.site === site).map(({ id }) => `${id}~ladder`),
    ...(plan.sites.find(({ id }) => id === site)?.rules ?? []).map((rule) => `${site}~${rule.id}`),
    `${site}~ladder`,
  ];
}

function isKnown(ids: readonly string[], name: string): boolean {
  return name.endsWith("*") ? ids.some((id) => id.startsWith(name.slice(0, -1))) : ids.includes(name);
}

/** How long after its end a scenario may still be told of. */
function echoMs({ site, events }: Scenario): number {
  if (!site.startsWith("tp")) return HOUR;
  // A rate over seven days forgets a movement after seven, and waits a day; other limits of a dam return after a day below them.
  return events.some(({ action }) => action.do === "creep" || action.do === "rainStep") ? 8 * 24 * HOUR : 26 * HOUR;
}

/** The plan with every on-delay longer and every setpoint moved. */
function misread(changes: { readonly delayMs: number; readonly share: number }): Plan {
  const points = plan.points.map((point) => ({
    ...point,
    rules: point.rules.map((rule) => ({
      ...rule,
      versions: rule.versions.map((version) => ({
        ...version,
        levels: Object.fromEntries(
          Object.entries(version.levels).map(([level, limits]) => [
            level,
            limits.map((limit) => ({
              ...limit,
              setpoint: limit.setpoint * changes.share,
              onDelayMs: limit.onDelayMs + changes.delayMs,
            })),
          ]),
        ),
      })),
    })),
  }));
  return { ...plan, points };
}

describe("scenarios", () => {
  it("are the twelve of the domain study, each once", () => {
    const numbers = names.map((name) => scenarioOf(name).number);
    expect(numbers).toHaveLength(12);
    expect(new Set(numbers)).toEqual(new Set(Array.from({ length: 12 }, (_, index) => `S${index + 1}`)));
  });

  it.each(names)("%s says that it is a demonstration and names points and alarms of its own site", (name) => {
    const scenario = scenarioOf(name);
    expect(scenario.name.zh).toContain("（演示）");
    expect(scenario.name.en).toContain("(demo)");
    const { alarms, never, times } = scenario.expect;
    expect(alarms.length).toBeGreaterThan(0);
    const ids = alarmIdsOf(scenario.site);
    const named = [...alarms, ...times, ...never.filter(({ alarm }) => !alarm.endsWith("~*"))];
    expect(named.map(({ alarm }) => alarm).filter((alarm) => !isKnown(ids, alarm))).toEqual([]);
    const touched = scenario.events.flatMap(({ action }) => {
      if (action.do === "leak") return [action.point, ...Object.keys(action.neighbours)];
      if (action.do === "plume") return Object.keys(action.downwindM);
      if (action.do === "creep") return Object.keys(action.shares);
      return "point" in action && action.point !== "*" ? [action.point] : [];
    });
    for (const code of [...scenario.watch, ...touched]) expect(byId.has(`${scenario.site}/${code}`), code).toBe(true);
    for (const { fromMs, toMs } of alarms) {
      expect(fromMs).toBeLessThan(toMs);
      expect(toMs).toBeLessThanOrEqual(scenario.durationMs);
    }
    for (const { atMs } of scenario.events) expect(atMs).toBeLessThan(scenario.durationMs);
  });

  it.each(names)(
    "%s brings the alarms that it says, and the site is calm again when its windows have passed",
    (name) => {
      const scenario = scenarioOf(name);
      const { steps, standing } = judge(plan, scenario, 2, echoMs(scenario));
      expect(unmet(scenario.expect, steps, startAtMs)).toEqual([]);
      expect(standing.alarms.filter(({ level }) => level !== null).map(({ id }) => id)).toEqual([]);
    },
    180_000,
  );

  it.each([2, 3, 4])(
    "leave room for the chance of seed %d",
    (seed) => {
      for (const name of ["gas-leak", "unloading-leak", "chattering-head", "sensor-zoo"]) {
        const scenario = scenarioOf(name);
        expect(unmet(scenario.expect, judge(plan, scenario, seed).steps, startAtMs)).toEqual([]);
      }
    },
    60_000,
  );

  it.each<[string, Parameters<typeof misread>[0]]>([
    ["a limit that is a tenth too high", { delayMs: 0, share: 1.1 }],
    ["a limit that is a tenth too low", { delayMs: 0, share: 0.9 }],
    ["a delay that is ten seconds too long", { delayMs: 10_000, share: 1 }],
  ])("notice %s", (_, changes) => {
    const scenario = scenarioOf("gas-leak");
    expect(unmet(scenario.expect, judge(misread(changes), scenario, 1).steps, startAtMs)).not.toEqual([]);
  });

  it("differ by the decant alone: the same storm is red on a blocked pond and not on an open one", () => {
    const rainOf = (scenario: Scenario) => scenario.events.filter(({ action }) => action.do === "rain");
    const [blocked, open] = [scenarioOf("storm-blocked-decant"), scenarioOf("storm-open-decant")];
    expect(rainOf(blocked)).toEqual(rainOf(open));
    const red = (scenario: Scenario) => scenario.expect.alarms.filter(({ level }) => level === "red").length;
    // Level, freeboard and beach; the forecast of overtopping; rain while the pond rises.
    expect(red(blocked) - red(open)).toBe(5);
  });
});

describe("normal life", () => {
  it("is calm for the monitor at every site, for a day", () => {
    const points = plan.points.filter(({ device }) => !device.includes("/try-"));
    const devices = plan.devices.filter(({ id }) => !id.includes("/try-"));
    const nothing = { ...scenarioOf("gas-leak"), events: [], durationMs: 24 * HOUR };
    for (const { id } of plan.sites) {
      const { steps } = judge({ ...plan, points, devices }, { ...nothing, site: id }, 1);
      expect(steps.map(({ alarm, level }) => `${alarm} ${level}`)).toEqual([]);
    }
  }, 120_000);

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
