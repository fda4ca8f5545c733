// Scenario files: what is read, and that every fault of a wrong one is named with its path.
import { expect, it } from "vitest";
import { parseScenario } from "../../simulators/sites/scenario.ts";

const good = {
  name: { zh: "演示", en: "demo" },
  site: "hc-05",
  speed: 2,
  durationMinutes: 3,
  watch: ["GD-201"],
  events: [
    { atMinutes: 1, do: "stopLeak" },
    { atMinutes: 0, do: "leak", point: "GD-201", target: 80, sourceTauS: 60, delayS: 20, t90S: 30 },
  ],
  expect: [{ point: "GD-201", level: "red", afterMinutes: 0.5 }],
};

it("reads a scenario, minutes as milliseconds and events in the order of time", () => {
  const parsed = parseScenario(good);
  if (!parsed.ok) throw new Error(parsed.faults.join("\n"));
  expect(parsed.scenario.durationMs).toBe(180_000);
  expect(parsed.scenario.events.map(({ atMs, action }) => [atMs, action.do])).toEqual([
    [0, "leak"],
    [60_000, "stopLeak"],
  ]);
  expect(parsed.scenario.events[0]?.action).toMatchObject({ neighbours: {} });
  expect(parsed.scenario.expect).toEqual([{ point: "GD-201", level: "red", afterMs: 30_000 }]);
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
    ],
    expect: [{ point: "GD-201", level: "purple", afterMinutes: 0 }],
  });
  expect(parsed).toEqual({
    ok: false,
    faults: [
      "events[0].atMinutes: must be a number from 0 to 1000000",
      "events[0].blockage: must be a number from 0 to 1",
      "events[1].do: must be leak, stopLeak, rain, blockDecant or creep",
      "events[2].point: must be a text",
      "events[2].neighbours.A: must be a number from 0 to 1",
      "site: must be a text",
      "speed: must be a number from 0.1 to 3600",
      "watch: must be a list",
      "expect[0].level: must be blue, yellow, orange, red",
    ],
  });
});

it.each([null, 3, "storm", []])("refuses %j, which is no mapping", (raw) => {
  const parsed = parseScenario(raw);
  expect(parsed.ok).toBe(false);
  expect(parsed.ok ? [] : parsed.faults).toContain("scenario: must be a mapping");
});
