// Scenario files: what is read, that every fault of a wrong one is named with its path, and the verdict on what came.
import { describe, expect, it } from "vitest";
import { unmet, type Expected, type Step } from "../../simulators/sites/expectation.ts";
import { parseScenario } from "../../simulators/sites/scenario.ts";

const good = {
  number: "S1",
  name: { zh: "演示", en: "demo" },
  site: "hc-05",
  speed: 2,
  durationMinutes: 3,
  watch: ["GD-201"],
  events: [
    { atMinutes: 1, do: "stopLeak" },
    { atMinutes: 0, do: "leak", point: "GD-201", target: 80, sourceTauS: 60, delayS: 20, t90S: 30 },
  ],
  expect: {
    alarms: [{ alarm: "GD-201~limit~high", level: "red", fromMinutes: 0.5, toMinutes: 1 }],
    never: [{ alarm: "*", level: "red" }],
    times: [{ alarm: "~ladder", atLeast: 0, atMost: 1 }],
  },
};

describe("reading", () => {
  it("gives minutes as milliseconds and events in the order of time", () => {
    const parsed = parseScenario(good);
    if (!parsed.ok) throw new Error(parsed.faults.join("\n"));
    expect(parsed.scenario.number).toBe("S1");
    expect(parsed.scenario.durationMs).toBe(180_000);
    expect(parsed.scenario.events.map(({ atMs, action }) => [atMs, action.do])).toEqual([
      [0, "leak"],
      [60_000, "stopLeak"],
    ]);
    expect(parsed.scenario.events[0]?.action).toMatchObject({ neighbours: {} });
  });

  it("puts the site in front of the alarms' names", () => {
    const parsed = parseScenario(good);
    expect(parsed.ok && parsed.scenario.expect).toEqual({
      alarms: [{ alarm: "hc-05/GD-201~limit~high", level: "red", fromMs: 30_000, toMs: 60_000, isFoundLate: false }],
      never: [
        { alarm: "hc-05/*", level: "red" },
        { alarm: "hc-05~*", level: "red" },
      ],
      times: [{ alarm: "hc-05~ladder", atLeast: 0, atMost: 1 }],
    });
  });

  it.each([
    [{ do: "loseCooling" }, { do: "loseCooling" }],
    [
      { do: "fill", point: "LT-101", flowM3h: 300 },
      { do: "fill", point: "LT-101", flowM3h: 300, fromPercent: null },
    ],
    [
      { do: "outage", forMinutes: 2 },
      { do: "outage", forMs: 120_000, isBackfilled: false },
    ],
    [
      { do: "outage", forMinutes: 2, backfill: true },
      { do: "outage", forMs: 120_000, isBackfilled: true },
    ],
    [
      { do: "break", point: "*", forMinutes: 1, breakage: "clockSkew", bySeconds: 300 },
      { do: "break", point: "*", forMs: 60_000, breakage: { kind: "clockSkew", byMs: 300_000 } },
    ],
    [
      { do: "break", point: "A", forMinutes: 1, breakage: "chatter", size: 30, onSeconds: 4, offSeconds: 8 },
      { do: "break", point: "A", forMs: 60_000, breakage: { kind: "chatter", size: 30, onMs: 4000, offMs: 8000 } },
    ],
    [
      { do: "creep", startMmPerDay: 0.5, failureDays: 20 },
      { do: "creep", startMmPerDay: 0.5, failureDays: 20, shares: {} },
    ],
  ])("knows the action %j", (written, action) => {
    const parsed = parseScenario({ ...good, events: [{ atMinutes: 0, ...written }] });
    expect(parsed).toMatchObject({ ok: true, scenario: { events: [{ atMs: 0, action }] } });
  });

  it("names every fault with its path", () => {
    const parsed = parseScenario({
      ...good,
      site: 7,
      speed: 0,
      watch: "GD-201",
      events: [
        { atMinutes: -1, do: "blockDecant", blockage: 2 },
        { atMinutes: 0, do: "explode" },
        { atMinutes: 0, do: "leak", point: "", target: 80, sourceTauS: 60, delayS: 20, t90S: 30, neighbours: { A: 3 } },
        { atMinutes: 0, do: "break", point: "A", breakage: "bent", forMinutes: 0 },
      ],
      expect: {
        alarms: [{ alarm: "GD-201~limit~high", level: "purple", fromMinutes: 0 }],
        times: [{ alarm: "*", atLeast: "some", atMost: 1 }],
      },
    });
    expect(parsed).toEqual({
      ok: false,
      faults: [
        "events[0].atMinutes: must be a number from 0 to 1000000",
        "events[0].blockage: must be a number from 0 to 1",
        "events[1].do: must be stopLeak, leak, plume, creep, rainStep, resurvey, piping, stopPiping, rain, blockDecant, fill, stopFill, loseCooling, quench, break, outage",
        "events[2].point: must be a text",
        "events[2].neighbours.A: must be a number from 0 to 1",
        "events[3].breakage: must be stuck, spike, chatter, drift, fixed, dropout, clockSkew, duplicates or late",
        "events[3].forMinutes: must be a number from 0.01 to 1000000",
        "site: must be a text",
        "speed: must be a number from 0.1 to 3600",
        "watch: must be a list",
        "expect.alarms[0].level: must be blue, yellow, orange, red",
        "expect.alarms[0].toMinutes: must be a number from 0 to 1000000",
        "expect.times[0].atLeast: must be a number from 0 to 1000000",
      ],
    });
  });

  it("refuses what nobody asks for: a misspelt word would be no word at all", () => {
    const parsed = parseScenario({
      ...good,
      wacth: [],
      events: [{ atMinutes: 0, do: "outage", forMinutes: 5, backfil: true }],
      expect: { alarms: [{ alarm: "A~silence", level: "blue", fromMinutes: 0, toMinutes: 1, late: true }] },
    });
    expect(parsed).toEqual({
      ok: false,
      faults: [
        "scenario.wacth: is not known here",
        "events[0].backfil: is not known here",
        "expect.alarms[0].late: is not known here",
      ],
    });
  });

  it.each([null, 3, "storm", []])("refuses %j, which is no mapping", (raw) => {
    const parsed = parseScenario(raw);
    expect(parsed.ok).toBe(false);
    expect(parsed.ok ? [] : parsed.faults).toContain("scenario: must be a mapping");
  });
});

describe("verdict", () => {
  const alarm = "s/A~limit~high";
  const step = (atS: number, level: Step["level"], rest: Partial<Step> = {}): Step => ({
    alarm,
    at: 5000 + atS * 1000,
    fromLevel: null,
    level,
    foundLateMs: null,
    ...rest,
  });
  const none: Expected = { alarms: [], never: [], times: [] };
  const orange = { alarm, level: "orange", fromMs: 60_000, toMs: 120_000, isFoundLate: false } as const;
  const verdict = (expected: Partial<Expected>, ...steps: Step[]): readonly string[] =>
    unmet({ ...none, ...expected }, steps, 5000);

  it("is content with the level or a higher one, for the first time in the window", () => {
    expect(verdict({ alarms: [orange] }, step(10, "blue"), step(60, "red"))).toEqual([]);
    expect(verdict({ alarms: [orange] }, step(120, "orange"))).toEqual([]);
  });

  it.each([
    ["too early", [step(59, "orange"), step(90, "orange")], "orange at 0.98 min, expected at 1.00 min to 2.00 min"],
    ["too late", [step(90, "yellow"), step(121, "red")], "orange at 2.02 min, expected at 1.00 min to 2.00 min"],
    ["never", [step(90, "yellow")], "never orange, expected at 1.00 min to 2.00 min"],
    ["another alarm", [step(90, "red", { alarm: "s/B~limit~high" })], "never orange, expected at 1.00 min to 2.00 min"],
    ["found late", [step(90, "red", { foundLateMs: 1 })], "orange found late"],
  ])("is not content with one that comes %s", (_, steps, text) => {
    expect(verdict({ alarms: [orange] }, ...steps)).toEqual([`${alarm}: ${text}`]);
  });

  it("tells what was found late from what came in time", () => {
    const late = { ...orange, isFoundLate: true };
    expect(verdict({ alarms: [late] }, step(90, "orange", { foundLateMs: 700_000 }))).toEqual([]);
    expect(verdict({ alarms: [late] }, step(90, "orange"))).toEqual([
      `${alarm}: orange in time, expected to be found late`,
    ]);
  });

  it("finds what must never be, by name and by the beginning of the name", () => {
    const red = step(30, "red");
    expect(verdict({ never: [{ alarm, level: "red" }] }, red)).toHaveLength(1);
    expect(verdict({ never: [{ alarm: "s/*", level: "orange" }] }, red)).toEqual([
      `${alarm}: red at 0.50 min, expected never orange`,
    ]);
    expect(verdict({ never: [{ alarm: "s~*", level: "blue" }] }, red)).toEqual([]);
    expect(verdict({ never: [{ alarm, level: "red" }] }, step(30, "orange"))).toEqual([]);
  });

  it("counts how often an alarm comes on, not how often it changes", () => {
    const steps = [step(1, "blue"), step(2, "red", { fromLevel: "blue" }), step(3, null), step(4, "blue")];
    expect(verdict({ times: [{ alarm, atLeast: 2, atMost: 2 }] }, ...steps)).toEqual([]);
    expect(verdict({ times: [{ alarm, atLeast: 3, atMost: 9 }] }, ...steps)).toEqual([
      `${alarm}: came on 2 times, expected 3 to 9`,
    ]);
    expect(verdict({ times: [{ alarm: "s/*", atLeast: 0, atMost: 1 }] }, ...steps)).toHaveLength(1);
  });
});
