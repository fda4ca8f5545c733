// The fleet: shape, numbering and due times of its messages, sameness by seed, and the calm of normal life.
import { describe, expect, it } from "vitest";
import type { Point } from "../../contract/plant.ts";
import { isPointCode, parseTopic } from "../../contract/topics.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { createFleet, type FleetOptions } from "../../simulators/fleet.ts";
import type { Message } from "../../simulators/sites/reporter.ts";
import type { Scenario } from "../../simulators/sites/scenario.ts";
import { pondSettingOf } from "../../simulators/sites/tailings.ts";
import { chemicalPoints, ladder, levelsOn, planOf, point, tailingsPoints } from "./plan-double.ts";

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
  number: null,
  name: { zh: "演示", en: "demo" },
  site: "tp-01",
  speed: 60,
  durationMs: HOUR,
  watch: ["WL-01"],
  events: [
    { atMs: 0, action: { do: "blockDecant", blockage: 1 } },
    { atMs: 0, action: { do: "rain", totalMm: 100, hours: 1, peakAt: 0.4 } },
  ],
  expect: { alarms: [], never: [], times: [] },
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
});

describe("scenario", () => {
  it("runs on its site and ends there, while all others go on as usual", () => {
    const fleet = fleetOf();
    fleet.step(startAtMs);
    expect(fleet.play(stormScenario, startAtMs)).toBe(true);
    expect(fleet.play(stormScenario, startAtMs)).toBe(false);
    fleet.step(startAtMs + HOUR / 2);
    const [progress] = fleet.progress(startAtMs + HOUR / 2);
    expect(progress?.share).toBeCloseTo(0.5, 2);
    expect(progress?.simulatedMs).toBe(HOUR / 2);
    expect(progress?.values["WL-01"]).toBeGreaterThan(117.4);
    const during = fleet.step(startAtMs + HOUR / 2 + 60_000).filter(({ site }) => site === "hc-01");
    expect(during.length).toBe(30);
    fleet.step(startAtMs + HOUR + 1);
    expect(fleet.progress(startAtMs + HOUR + 1)).toEqual([]);
    expect(fleet.play(stormScenario, startAtMs + HOUR + 1)).toBe(true);
  });

  it("runs the same on a clock that is turned in wide steps", () => {
    const turn = (stepMs: number): readonly Message[] => {
      const fleet = fleetOf({ sites: ["tp-01"] });
      fleet.play(stormScenario, startAtMs);
      return Array.from({ length: (2 * HOUR) / stepMs + 1 }, (_, index) =>
        fleet.step(startAtMs + index * stepMs),
      ).flat();
    };
    expect(turn(HOUR)).toEqual(turn(100_000));
  });

  it("refuses a site that is not in the fleet", () => {
    expect(fleetOf({ sites: ["hc-01"] }).play(stormScenario, startAtMs)).toBe(false);
  });

  it("lets a slope creep until its marks pass their limits", () => {
    const fleet = fleetOf({ sites: ["tp-01"] });
    const days = 24 * HOUR;
    const action = { do: "creep", startMmPerDay: 2, failureDays: 10, shares: {} } as const;
    fleet.play({ ...stormScenario, durationMs: 10 * days, events: [{ atMs: 0, action }] }, startAtMs);
    const messages = fleet.step(startAtMs + 10 * days);
    const mark = plan.points.find(({ code }) => code === "GN-01");
    const levels = mark === undefined ? [] : valuesOf(messages, mark).flatMap(({ value }) => levelsOn(mark, value));
    expect(levels).toContain("blue");
    expect(levels).toContain("red");
  });
});

/** An hour on a chemical site of the double. */
function chemicalScenario(...events: Scenario["events"]): Scenario {
  return { ...stormScenario, site: "hc-01", durationMs: HOUR, watch: [], events };
}

function playOut(scenario: Scenario, untilMs: number) {
  const fleet = fleetOf({ sites: [scenario.site] });
  fleet.play(scenario, startAtMs);
  const messages: Message[] = [];
  for (let at = startAtMs; at <= startAtMs + untilMs; at += 1000) messages.push(...fleet.step(at));
  const of = (code: string) => {
    const found = plan.points.find((one) => one.site === scenario.site && one.code === code);
    return found === undefined ? [] : valuesOf(messages, found);
  };
  return { fleet, messages, of };
}

describe("actions", () => {
  const minutes = 60_000;

  it("fill a tank at the rate of its receipt, trip its own high-high switch and let go of it when drawn down", () => {
    const receipt = { do: "fill", point: "LT-101", flowM3h: 1500, fromPercent: 85 } as const;
    const draw = { do: "fill", point: "LT-101", flowM3h: -1500, fromPercent: null } as const;
    const stuck = { do: "break", point: "LT-101", breakage: { kind: "stuck" }, forMs: HOUR } as const;
    const scenario = chemicalScenario(
      { atMs: 0, action: receipt },
      { atMs: minutes, action: stuck },
      { atMs: 20 * minutes, action: draw },
    );
    const { of } = playOut(scenario, 40 * minutes);
    // 1,500 m³/h is 79.6 mm/min: the 5 % of 12 m up to high-high take seven and a half minutes.
    const [off, on, offAgain, ...more] = of("LS-101");
    expect([off?.value, on?.value, offAgain?.value, more.length]).toEqual([0, 1, 0, 0]);
    expect(((on?.ts ?? 0) - startAtMs) / minutes).toBeCloseTo(7.5, 0);
    expect((offAgain?.ts ?? 0) - startAtMs).toBeGreaterThan(20 * minutes);
    // The gauge itself shows nothing of it.
    expect(of("LT-101").every(({ value }) => value < 87)).toBe(true);
  });

  it("break one instrument, all of them, or none of the others", () => {
    const silent = { do: "break", point: "GD-201", breakage: { kind: "dropout" }, forMs: 5 * minutes } as const;
    const skewed = { kind: "clockSkew", byMs: 300_000 } as const;
    const scenario = chemicalScenario(
      { atMs: 0, action: silent },
      { atMs: 20 * minutes, action: { do: "break", point: "*", breakage: skewed, forMs: minutes } },
    );
    const { messages, of } = playOut(scenario, 30 * minutes);
    expect(of("GD-201").every(({ ts }) => ts >= startAtMs + 5 * minutes)).toBe(true);
    expect(of("GD-202")[0]?.ts).toBeLessThan(startAtMs + minutes);
    const ahead = messages.filter(({ payload }) =>
      Object.values(payload.values).some((value) => typeof value === "object" && value.ts === payload.ts + 300_000),
    );
    expect(ahead.length).toBeGreaterThanOrEqual(30);
    for (const { payload } of ahead) expect(payload.ts - startAtMs).toBeLessThanOrEqual(21 * minutes);
  });

  it.each([true, false])(
    "take a site off the air; what it measured meanwhile is sent afterwards: %s",
    (isBackfilled) => {
      const outage = { do: "outage", forMs: 10 * minutes, isBackfilled } as const;
      const { fleet, messages } = playOut(chemicalScenario({ atMs: 5 * minutes, action: outage }), 14 * minutes);
      expect(messages.every(({ payload }) => payload.ts <= startAtMs + 5 * minutes)).toBe(true);
      expect(fleet.birth("hc-01", "gw-1", startAtMs + 14 * minutes)).toEqual([]);
      const after = fleet.step(startAtMs + 16 * minutes);
      const meanwhile = after.filter(({ payload }) => payload.ts < startAtMs + 15 * minutes);
      expect(meanwhile.length > 0).toBe(isBackfilled);
      expect(after.length - meanwhile.length).toBeGreaterThan(10);
      // In the order in which they were measured, each with its number: what was lost shows as a gap.
      const numbers = [...messages, ...after].map(({ payload }) => payload.seq);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      expect(numbers.length === (numbers.at(-1) ?? 0) + 1).toBe(isBackfilled);
    },
  );

  it("end with their scenario: instruments whole, and back on the air with what was held", () => {
    const stuck = { do: "break", point: "GD-201", breakage: { kind: "fixed", value: 50 }, forMs: 2 * HOUR } as const;
    const outage = { do: "outage", forMs: 2 * HOUR, isBackfilled: true } as const;
    const { fleet } = playOut(chemicalScenario({ atMs: 0, action: stuck }, { atMs: 0, action: outage }), 5 * minutes);
    const messages = fleet.step(startAtMs + HOUR + minutes);
    expect(messages[0]?.payload.ts).toBeLessThan(startAtMs + minutes);
    const gas = messages.flatMap(({ payload }) =>
      payload.ts > startAtMs + HOUR ? (payload.values["GD-201"] ?? []) : [],
    );
    expect(gas.length).toBeGreaterThan(20);
    expect(gas.every((value) => typeof value === "number" && value < 10)).toBe(true);
  });

  it("let a reactor run away and a dam leak, and both come back when it is over", () => {
    const dam = planOf([
      ...tailingsPoints("tp-01"),
      point("tp-01", "SF-01", "seepage_flow", "L/s", { rules: [ladder("high", "high", { blue: 4.8 }, 0.2)] }),
      point("tp-01", "TB-01", "turbidity", "NTU", { rules: [ladder("high", "high", { blue: 16 }, 1)] }),
      point("tp-01", "TT-301", "react_temp", "°C", { rules: [ladder("high", "high", { blue: 63 }, 1)] }),
      point("tp-01", "TR-301", "react_temp_rate", "°C/min", { resolution: 0.01, decimals: 2 }),
    ]);
    const fleet = createFleet({ plan: dam, seed: 1, startAtMs });
    const events = [
      { atMs: 0, action: { do: "piping", tauHours: 6, depthDropM: 1 } },
      { atMs: 0, action: { do: "loseCooling" } },
    ] as const;
    fleet.play({ ...stormScenario, durationMs: 4 * HOUR, events }, startAtMs);
    const last: Record<string, number> = {};
    const at = (ms: number): Readonly<Record<string, number>> => {
      for (const { payload } of fleet.step(startAtMs + ms)) Object.assign(last, payload.values);
      return { ...last };
    };
    const calm = at(60_000);
    expect(calm["SF-01"]).toBeCloseTo(4, 0);
    expect(calm["TT-301"]).toBeCloseTo(60, -1);
    const wild = at(3.7 * HOUR);
    expect(wild["SF-01"]).toBeCloseTo(4 * Math.exp(3.7 / 6), 0);
    expect(wild["TB-01"]).toBeGreaterThan(12);
    expect(wild["TT-301"]).toBeGreaterThan(100);
    expect(wild["TR-301"]).toBeGreaterThan(1);
    expect((calm["P-01"] ?? 0) - (wild["P-01"] ?? 0)).toBeCloseTo(1 - Math.exp(-3.7 / 6), 1);
    const mended = at(20 * HOUR);
    expect(mended["SF-01"]).toBeLessThan(4.8);
    expect(mended["TT-301"]).toBeLessThan(62);
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
