// The limits of a time gone by: each version from its valid-from until the next one, and no line for what has none.
import { describe, expect, it } from "vitest";
import { limitSpansOf } from "../../server/domain/limit-history.ts";
import { condition, limit, point, rule, version } from "../support/plant.ts";

describe("limits of that time", () => {
  it("are steps at each valid-from, cut to what was asked for", () => {
    const versions = [
      version(1, 0, { red: limit(90) }),
      version(2, 50, { red: limit(80), blue: limit(40) }),
      version(3, 900, { red: limit(70) }),
    ];
    const spans = limitSpansOf(point("a", { rules: [rule("high", {}, { versions })] }), 10, 100);
    expect(spans.map(({ version: number, level, setpoint, from, to }) => [number, level, setpoint, from, to])).toEqual([
      [1, "red", 90, 10, 50],
      [2, "red", 80, 50, 100],
      [2, "blue", 40, 50, 100],
    ]);
    expect(spans[0]).toMatchObject({ rule: "limit", direction: "high" });
  });

  it("are in order of time however the versions stand, and begin before the end of what was asked for", () => {
    const versions = [
      version(3, 60, { red: limit(70) }),
      version(1, 0, { red: limit(90) }),
      version(4, 100, { red: limit(60) }),
      version(2, 30, { red: limit(80) }),
    ];
    const spans = limitSpansOf(point("a", { rules: [rule("high", {}, { versions })] }), 0, 100);
    expect(spans.map(({ setpoint, from, to }) => [setpoint, from, to])).toEqual([
      [90, 0, 30],
      [80, 30, 60],
      [70, 60, 100],
    ]);
  });

  it("are those of the later version where two are valid from the same instant", () => {
    const versions = [version(1, 0, { red: limit(90) }), version(2, 0, { red: limit(80) })];
    const spans = limitSpansOf(point("a", { rules: [rule("low", {}, { versions })] }), 0, 10);
    expect(spans.map(({ setpoint }) => setpoint)).toEqual([80]);
  });

  it("leave out truths, and what is judged on another axis than the value", () => {
    const rate = condition("sum", { windowMs: 1000 });
    const rules = [rule("none", { red: limit(1) }), rule("high", { red: [rate, limit(9)] })];
    expect(limitSpansOf(point("a", { rules }), 0, 10).map(({ setpoint }) => setpoint)).toEqual([9]);
  });
});
