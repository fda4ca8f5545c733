// The fleet: shape, numbering and due times of its messages, sameness by seed, and the calm of normal life.
import { describe, expect, it } from "vitest";
import type { Point } from "../../contract/plant.ts";
import { isPointCode, parseTopic } from "../../contract/topics.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { duplicates, late, type Fault } from "../../simulators/faults.ts";
import { createFleet, type FleetOptions } from "../../simulators/fleet.ts";
import type { Message } from "../../simulators/sites/reporter.ts";
import type { Scenario } from "../../simulators/sites/scenario.ts";
import { pondSettingOf } from "../../simulators/sites/tailings.ts";
import { chemicalPoints, levelsOn, planOf, point, tailingsPoints } from "./plan-double.ts";

const startAtMs = Date.UTC(2026, 6, 1);
const plan = planOf([...chemicalPoints("hc-01"), ...chemicalPoints("hc-02"), ...tailingsPoints("tp-01")]);
const HOUR = 3_600_000;

function fleetOf(changes: Partial<FleetOptions> = {}) {
  return createFleet({ plan, seed: 1, startAtMs, ...changes });
}

function valuesOf(messages: readonly Message[], of: Point): readonly { readonly ts: number; readonly value: number }[] {
  return messages
    .filter(({ site }) => site === of.site)
    .flatMap(({ payload }) => {
      const value = payload.values[of.code];
      if (value === undefined) return [];
      return [typeof value === "number" ? { ts: payload.ts, value } : { ts: value.ts, value: value.v }];
    });
}

const stormScenario: Scenario = {
  name: { zh: "演示", en: "demo" },
  site: "tp-01",
  speed: 60,
  durationMs: HOUR,
  watch: ["WL-01"],
  events: [
    { atMs: 0, action: { do: "blockDecant", blockage: 1 } },
    { atMs: 0, action: { do: "rain", totalMm: 100, hours: 1, peakAt: 0.4 } },
  ],
  expect: [],
};

describe("messages", () => {
  const messages = fleetOf().step(startAtMs + 10 * 60_000);

  it("follow the topic grammar and name points of their own site only", () => {
    for (const message of messages) {
      expect(parseTopic(message.topic)).toEqual({ site: message.site, device: message.device, kind: "telemetry" });
      for (const [code, value] of Object.entries(message.payload.values)) {
        expect(isPointCode(code)).toBe(true);
        expect(plan.points.some(({ id }) => id === `${message.site}/${code}`)).toBe(true);
        expect(Number.isFinite(value)).toBe(true);
      }
    }
  });

  it("are taken by the server's own decoder without a refusal", () => {
    for (const { topic, payload } of messages) {
      const decoded = decodeNative(topic, new TextEncoder().encode(JSON.stringify(payload)));
      if (!decoded.ok || decoded.message.kind !== "telemetry") throw new Error(JSON.stringify(decoded));
      expect(decoded.message.refused).toEqual([]);
      expect(decoded.message.readings.length).toBe(Object.keys(payload.values).length);
    }
  });

  it("number themselves one by one on each device, in order of time", () => {
    for (const site of ["hc-01", "hc-02", "tp-01"]) {
      const own = messages.filter((message) => message.site === site);
      expect(own.map(({ payload }) => payload.seq)).toEqual(own.map((_, index) => index));
    }
    const times = messages.map(({ payload }) => payload.ts);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times.every((ts) => ts >= startAtMs && ts <= startAtMs + 10 * 60_000)).toBe(true);
  });

  it("carry each point once per period, and points due together in one message", () => {
    for (const one of plan.points) {
      if (one.report === "onChange") continue;
      const times = valuesOf(messages, one).map(({ ts }) => ts);
      expect(times.length).toBe(Math.ceil((10 * 60_000 - ((times[0] ?? 0) - startAtMs)) / one.report.everyMs));
      expect(new Set(times.slice(1).map((ts, index) => ts - (times[index] ?? 0)))).toEqual(
        new Set(times.length > 1 ? [one.report.everyMs] : []),
      );
    }
    const first = messages.find(({ site }) => site === "hc-01");
    expect(Object.keys(first?.payload.values ?? {}).toSorted()).toEqual(
      chemicalPoints("hc-01")
        .map(({ code }) => code)
        .toSorted(),
    );
  });

  it("carry values of the point's resolution inside the sensor's range", () => {
    for (const one of plan.points) {
      const values = valuesOf(messages, one);
      expect(values.length).toBeGreaterThan(0);
      for (const { value } of values) {
        expect(value).toBe(Number(value.toFixed(one.decimals)));
        expect(value).toBeGreaterThanOrEqual(one.range.sensor[0]);
        expect(value).toBeLessThanOrEqual(one.range.sensor[1]);
      }
    }
  });

  it("say a point that reports on change at first and then no more while it rests", () => {
    const valve = plan.points.find(({ code }) => code === "XV-101");
    expect(valve && valuesOf(messages, valve).map(({ value }) => value)).toEqual([0]);
  });
});

describe("fleet", () => {
  it("gives the same messages for the same seed, however often it is asked", () => {
    const inOne = fleetOf().step(startAtMs + HOUR);
    const other = fleetOf();
    const bitByBit: Message[] = [];
    for (let at = startAtMs; at <= startAtMs + HOUR; at += 777) bitByBit.push(...other.step(at));
    bitByBit.push(...other.step(startAtMs + HOUR));
    for (const site of ["hc-01", "tp-01"]) {
      expect(bitByBit.filter((one) => one.site === site)).toEqual(inOne.filter((one) => one.site === site));
    }
    expect(fleetOf({ seed: 2 }).step(startAtMs + HOUR)).not.toEqual(inOne);
  });

  it("raises no alarm in 24 hours of normal life", () => {
    const fleet = fleetOf({ seed: 4 });
    const byId = new Map(plan.points.map((one) => [one.id, one]));
    const alarmed = new Set<string>();
    const heard = new Set<string>();
    // Hour by hour, so that a day of messages need not be held at once.
    for (let hour = 1; hour <= 24; hour += 1) {
      for (const { site, payload } of fleet.step(startAtMs + hour * HOUR)) {
        for (const [code, value] of Object.entries(payload.values)) {
          const one = byId.get(`${site}/${code}`);
          if (one === undefined || typeof value !== "number") throw new Error(`${site}/${code} is not in the plan`);
          heard.add(one.id);
          if (levelsOn(one, value).length > 0) alarmed.add(`${one.id} ${value}`);
        }
      }
    }
    expect(alarmed).toEqual(new Set());
    expect(heard).toEqual(new Set(byId.keys()));
  });

  it("lives: levels move, wind turns, no point that has noise stands still", () => {
    const messages = fleetOf().step(startAtMs + 3 * HOUR);
    const different = (code: string): number => {
      const found = plan.points.find((one) => one.code === code);
      return found === undefined ? 0 : new Set(valuesOf(messages, found).map(({ value }) => value)).size;
    };
    for (const code of ["LT-101", "WD-401", "WS-401", "GN-01", "GD-201", "DB-01"])
      expect(different(code)).toBeGreaterThan(5);
  });

  it("says every point at birth, at the time of birth, with the next number", () => {
    const fleet = fleetOf();
    const before = fleet.step(startAtMs + 5000).filter(({ site }) => site === "hc-01");
    const [birth, ...more] = fleet.birth("hc-01", "gw-1", startAtMs + 5000);
    expect(more).toEqual([]);
    expect(birth?.payload.ts).toBe(startAtMs + 5000);
    expect(birth?.payload.seq).toBe(before.length);
    expect(Object.keys(birth?.payload.values ?? {}).toSorted()).toEqual(
      chemicalPoints("hc-01")
        .map(({ code }) => code)
        .toSorted(),
    );
  });

  it("never gives one point two values for one time, also where a birth falls on a report", () => {
    const fleet = fleetOf();
    const [due] = fleet.step(startAtMs + 999).filter(({ site }) => site === "hc-01");
    const ts = due?.payload.ts ?? 0;
    expect(ts).toBeGreaterThan(0);
    const again = fleetOf();
    const reported = again.step(ts).find(({ site }) => site === "hc-01");
    const [birth] = again.birth("hc-01", "gw-1", ts);
    expect(birth?.payload.values).toEqual(reported?.payload.values);
  });

  it("plays the chosen sites only", () => {
    const fleet = fleetOf({ sites: ["tp-01"] });
    expect(fleet.devices.map(({ site }) => site)).toEqual(["tp-01"]);
    expect(new Set(fleet.step(startAtMs + HOUR).map(({ site }) => site))).toEqual(new Set(["tp-01"]));
  });

  it("leaves a long sleep of the machine out instead of sending its backlog", () => {
    const fleet = fleetOf({ longestPauseMs: 60_000 });
    fleet.step(startAtMs + 10_000);
    const sleptUntil = startAtMs + 8 * HOUR;
    expect(fleet.step(sleptUntil)).toEqual([]);
    const after = fleet.step(sleptUntil + 10_000);
    expect(after.length).toBeGreaterThan(0);
    expect(after.every(({ payload }) => payload.ts > sleptUntil)).toBe(true);
  });

  it("lays repeats and backlogs of a broken instrument out in further numbered messages", () => {
    const gas = "hc-01/GD-201";
    const level = "hc-01/LT-101";
    const faults = new Map<string, Fault>([
      [gas, duplicates(1)],
      [level, late({ fromMs: startAtMs, untilMs: startAtMs + 60_000 })],
    ]);
    const messages = fleetOf({ faults, sites: ["hc-01"] }).step(startAtMs + 90_000);
    expect(messages.map(({ payload }) => payload.seq)).toEqual(messages.map((_, index) => index));
    const find = (id: string): Point => plan.points.find((one) => one.id === id) ?? point("x", "x", "x", "x");
    const twice = valuesOf(messages, find(gas));
    expect(twice.length).toBe(2 * new Set(twice.map(({ ts }) => ts)).size);
    const times = valuesOf(messages, find(level)).map(({ ts }) => ts);
    expect(new Set(times).size).toBe(9);
    // The backlog keeps the times at which it was measured.
    expect(times.filter((ts) => ts < startAtMs + 60_000).length).toBe(6);
    const carrier = messages.find(({ payload }) => typeof payload.values["LT-101"] === "object");
    expect(carrier?.payload.ts).toBeGreaterThanOrEqual(startAtMs + 60_000);
  });
});

describe("speed", () => {
  it("runs physics and periods faster while the times of messages stay those of the wall", () => {
    const fleet = fleetOf({ speed: 60, sites: ["tp-01"] });
    const messages = fleet.step(startAtMs + 60_000);
    const level = plan.points.find(({ id }) => id === "tp-01/WL-01");
    // Its period of a minute is a second now.
    expect(level && valuesOf(messages, level).length).toBe(60);
    expect(messages.every(({ payload }) => payload.ts <= startAtMs + 60_000)).toBe(true);
  });

  it("never reports a point more than four times a second", () => {
    const fleet = fleetOf({ speed: 600, sites: ["hc-01"] });
    const times = fleet.step(startAtMs + 10_000).map(({ payload }) => payload.ts);
    expect(times.length).toBeLessThanOrEqual(41);
    expect(Math.min(...times.slice(1).map((ts, index) => ts - (times[index] ?? 0)))).toBeGreaterThanOrEqual(249);
  });
});

describe("scenario", () => {
  it("runs on its site at its speed, and lets the site go back to normal speed", () => {
    const fleet = fleetOf();
    fleet.step(startAtMs);
    expect(fleet.play(stormScenario, 60, startAtMs)).toBe(true);
    expect(fleet.play(stormScenario, 60, startAtMs)).toBe(false);
    fleet.step(startAtMs + 30_000);
    const [progress] = fleet.progress(startAtMs + 30_000);
    expect(progress?.share).toBeCloseTo(0.5, 2);
    expect(progress?.simulatedMs).toBe(HOUR / 2);
    expect(progress?.values["WL-01"]).toBeGreaterThan(117.4);
    const during = fleet.step(startAtMs + 60_000).filter(({ site }) => site === "hc-01");
    expect(during.length).toBe(15);
    expect(fleet.progress(startAtMs + 60_001)).toEqual([]);
    const afterwards = fleet.step(startAtMs + 10 * 60_000).filter(({ site }) => site === "tp-01");
    expect(afterwards.length).toBeLessThanOrEqual(11);
  });

  it("refuses a site that is not in the fleet", () => {
    expect(fleetOf({ sites: ["hc-01"] }).play(stormScenario, 1, startAtMs)).toBe(false);
  });

  it("mends at once when told to and still runs to its end", () => {
    const played = fleetOf({ sites: ["tp-01"] });
    const mended = fleetOf({ sites: ["tp-01"] });
    for (const fleet of [played, mended]) {
      fleet.play({ ...stormScenario, durationMs: 12 * HOUR }, 60, startAtMs);
      fleet.step(startAtMs + 60_000);
    }
    mended.mend("tp-01");
    const level = (fleet: typeof played): number => {
      fleet.step(startAtMs + 5 * 60_000);
      return fleet.progress(startAtMs + 5 * 60_000)[0]?.values["WL-01"] ?? Number.NaN;
    };
    expect(level(mended)).toBeLessThan(level(played) - 0.2);
  });

  it("lets a slope creep until its marks pass their limits", () => {
    const fleet = fleetOf({ sites: ["tp-01"] });
    const days = 24 * HOUR;
    const action = { do: "creep", startMmPerDay: 2, failureDays: 10 } as const;
    fleet.play({ ...stormScenario, durationMs: 10 * days, events: [{ atMs: 0, action }] }, 3600, startAtMs);
    const messages = fleet.step(startAtMs + (10 * days) / 3600);
    const mark = plan.points.find(({ code }) => code === "GN-01");
    const levels = mark === undefined ? [] : valuesOf(messages, mark).flatMap(({ value }) => levelsOn(mark, value));
    expect(levels).toContain("blue");
    expect(levels).toContain("red");
  });
});

describe("pond setting", () => {
  it("reads the crest and the usual level off the limits", () => {
    const { geometry, usualLevelM } = pondSettingOf(tailingsPoints("tp-01"));
    expect(geometry.crestM).toBeCloseTo(120, 9);
    expect(usualLevelM).toBeCloseTo(117.5, 9);
  });

  it("lifts the crest where the limits alone would put normal life into blue", () => {
    const points = tailingsPoints("tp-01").map((one) => (one.kind === "pond_level" ? { ...one, rules: [] } : one));
    const { geometry, usualLevelM } = pondSettingOf(points);
    expect((geometry.crestM - usualLevelM) / geometry.slope).toBeGreaterThan(180);
    expect(geometry.crestM - usualLevelM).toBeGreaterThan(1.8);
  });
});
