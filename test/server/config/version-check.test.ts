// A new version of a rule is checked like one that is written in a configuration: one test a fault.
import { describe, expect, it } from "vitest";
import type { Point, Rule } from "../../../contract/plant.ts";
import { faultsOfVersion } from "../../../server/config/version-check.ts";
import { condition, limit, point, rule, second, version } from "../../support/plant.ts";

const range: Point["range"] = { sensor: [0, 100], operator: [0, 100] };
const gauge = point("p", { range });
const high = rule("high", { yellow: limit(50, { deadband: 2 }), red: limit(90, { deadband: 2 }) });

function faultsOf(
  limits: Parameters<typeof version>[2],
  of: Partial<{ rule: Rule; point: Point | null; from: number }> = {},
) {
  return faultsOfVersion({
    rule: of.rule ?? high,
    version: version(2, of.from ?? 5, limits),
    point: of.point ?? gauge,
  });
}

describe("a new version", () => {
  it("that is in order, or that disables its rule, has no fault", () => {
    expect(faultsOf({ yellow: limit(40), orange: [limit(60), limit(60, { onDelayMs: 5 })], red: limit(80) })).toEqual(
      [],
    );
    expect(faultsOf({})).toEqual([]);
  });

  it("whose levels are out of order is told which, and in which direction", () => {
    expect(faultsOf({ yellow: limit(80), red: limit(60) })).toEqual([
      "limit version 2: yellow: 80 m must lie below red 60 m (direction high, site s1)",
    ]);
    const low = rule("low", { red: limit(5) });
    expect(faultsOf({ yellow: limit(5), red: limit(10) }, { rule: low })).toEqual([
      "limit version 2: yellow: 5 m must lie above red 10 m (direction low, site s1)",
    ]);
  });

  it("with a setpoint that cannot be measured, or a deadband from which nothing returns, is told so", () => {
    expect(faultsOf({ red: limit(101) })[0]).toContain(
      "red.setpoint: 101 m lies outside the sensor's range 0 to 100 m",
    );
    const [first] = faultsOf({ red: [limit(50), limit(80, { deadband: 80 })] });
    expect(first).toContain("red[1].deadband: 80 m leaves no value within the sensor's range");
  });

  it("with a window shorter than two periods is told so; by exception there is no period", () => {
    const sum = condition("sum", { windowMs: 15 * second, setpoint: 50 });
    expect(faultsOf({ red: sum })[0]).toContain("red.windowMs: 15000 ms is shorter than two periods of 10000 ms");
    expect(faultsOf({ red: sum }, { point: point("p", { range, report: "onChange" }) })).toEqual([]);
  });

  it("must be valid from later than every other one", () => {
    const two = rule("high", {}, { versions: [version(1, 7, { red: limit(90) }), version(0, 3, {})] });
    expect(faultsOf({ red: limit(80) }, { rule: two, from: 7 })).toEqual([
      "limit version 2: validFrom: must be later than that of version 1",
    ]);
  });

  it("takes no kind that does not fit its direction", () => {
    const set = condition("state", { values: [1] });
    const low = rule("low", { red: limit(5) });
    const none = rule("none", { red: set }, { id: "open" });
    expect(faultsOf({ red: set }, { rule: low })).toEqual(["limit version 2: red: state does not fit direction low"]);
    expect(faultsOf({ red: limit(9) }, { rule: none })).toEqual([
      "open version 2: red: limit does not fit direction none",
    ]);
    expect(faultsOf({ orange: set }, { rule: none })).toEqual([]);
  });

  it("of a rule over several points changes numbers, never what it looks at", () => {
    const members = ["s1/p", "s1/q"];
    const vote = (need: number, onDelayMs = 0) =>
      condition("vote", { members, violated: { direction: "high", setpoint: 6 }, need, windowMs: 0, onDelayMs });
    const both = rule("none", { red: vote(2) }, { id: "both" });
    const ofSite = { rule: both, point: null };
    const check = (limits: Parameters<typeof version>[2]) =>
      faultsOfVersion({ ...ofSite, version: version(2, 5, limits) });
    expect(check({ orange: vote(2, 60 * second) })).toEqual([]);
    expect(check({ red: vote(1) })).toEqual([
      "both version 2: red: what a vote looks at is changed in the configuration, not here",
    ]);
    expect(check({ red: limit(1) })).toEqual([
      "both version 2: red: limit judges a point's own samples: a rule of a site has none",
    ]);
  });
});
