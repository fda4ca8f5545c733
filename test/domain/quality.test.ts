// The table of qualities: what the ranges make of a value, and what no range may improve (semantics §1).
import { describe, expect, it } from "vitest";
import type { Point } from "../../contract/plant.ts";
import type { Quality } from "../../contract/sample.ts";
import { isRedCapable, judgeQuality } from "../../server/domain/quality.ts";
import { limit, point, rule } from "../support/plant.ts";

const range = { sensor: [0, 100], operator: [10, 90] } satisfies Point["range"];
const high = point("h", { range, rules: [rule("high", { red: limit(80) })] });
const low = point("l", { range, rules: [rule("low", { red: limit(20) })] });
const both = point("b", { range, rules: [rule("high", { red: limit(80) }), rule("low", { red: limit(20) })] });
const neither = point("n", { range });
const fault = point("f", { range, rules: high.rules, overRange: "fault" });

const table: readonly (readonly [string, Point, number, Quality, Quality, "high" | "low" | null])[] = [
  // what, point, value, what the device says, quality, side
  ["inside everything", high, 50, "good", "good", null],
  ["inside everything, no test configured", high, 50, "unknown", "unknown", null],
  ["at the operator's edge", high, 90, "good", "good", null],
  ["at the operator's lower edge", high, 10, "good", "good", null],
  ["outside the operator's range", high, 90.1, "good", "suspect", null],
  ["below the operator's range", high, 9.9, "unknown", "suspect", null],
  ["at the sensor's edge", high, 100, "good", "suspect", null],
  ["beyond the sensor's range on the dangerous side", high, 100.1, "good", "saturated", "high"],
  ["beyond the sensor's range on the safe side", high, -0.1, "good", "bad", null],
  ["beyond the sensor's range on the dangerous low side", low, -0.1, "good", "saturated", "low"],
  ["beyond the sensor's range on the safe high side", low, 100.1, "good", "bad", null],
  ["beyond either side of a point with two ladders", both, 101, "good", "saturated", "high"],
  ["beyond the other side of a point with two ladders", both, -1, "good", "saturated", "low"],
  ["beyond the range of a point without limits", neither, 101, "good", "bad", null],
  ["the device's over-range flag near the top", high, 99, "saturated", "saturated", "high"],
  ["the device's over-range flag at the very top", high, 100, "saturated", "saturated", "high"],
  ["the device's over-range flag near the bottom", low, 1, "saturated", "saturated", "low"],
  ["the device's over-range flag at the very bottom", low, 0, "saturated", "saturated", "low"],
  ["the device's over-range flag on the safe side", high, 1, "saturated", "bad", null],
  ["a sensor that fails upscale by configuration", fault, 101, "good", "bad", null],
  ["a flag of the device is never improved: suspect", high, 50, "suspect", "suspect", null],
  ["a flag of the device is never improved: bad", high, 50, "bad", "bad", null],
  ["a flag of the device is never improved: bad, over range", high, 101, "bad", "bad", null],
  ["a flag of the device is never improved: missing", high, 50, "missing", "missing", null],
];

describe("quality", () => {
  for (const [what, of, value, device, quality, side] of table) {
    it(`makes ${quality} of a value ${what}`, () => {
      expect(judgeQuality(of, value, device)).toEqual({ quality, side });
    });
  }

  it("knows which points may raise red", () => {
    expect(isRedCapable(high)).toBe(true);
    expect(isRedCapable(point("y", { rules: [rule("high", { yellow: limit(1) })] }))).toBe(false);
    expect(isRedCapable(neither)).toBe(false);
  });
});
