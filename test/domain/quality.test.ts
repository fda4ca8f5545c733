// What ranges and history make of a value: the table of qualities, and the causal tests sample by sample (semantics §1).
import { describe, expect, it } from "vitest";
import type { Point } from "../../contract/plant.ts";
import { reasonsOf, type Quality } from "../../contract/sample.ts";
import {
  carryHistory,
  compileTests,
  isQuiet,
  isRedCapable,
  judgeQuality,
  newHistory,
  stepTests,
  stuckOf,
  type CompiledTests,
} from "../../server/domain/quality.ts";
import { limit, minute, point, rule, second, version } from "../support/plant.ts";

const range = { sensor: [0, 100], operator: [10, 90] } satisfies Point["range"];
const high = point("h", { range, rules: [rule("high", { red: limit(80) })] });
const low = point("l", { range, rules: [rule("low", { red: limit(20) })] });
const both = point("b", { range, rules: [rule("high", { red: limit(80) }), rule("low", { red: limit(20) })] });
const neither = point("n", { range });
const around = point("z", { range: { sensor: [-100, 100], operator: [-90, 90] }, rules: high.rules });
const fault = point("f", { range, rules: high.rules, overRange: "fault" });

const table: readonly (readonly [string, Point, number, Quality, Quality, "high" | "low" | null, string])[] = [
  // what, point, value, what the device says, quality, side, reasons
  ["inside everything", high, 50, "good", "good", null, ""],
  ["inside everything, no test configured", high, 50, "unknown", "unknown", null, ""],
  ["at the operator's edge", high, 90, "good", "good", null, ""],
  ["at the operator's lower edge", high, 10, "good", "good", null, ""],
  ["outside the operator's range", high, 90.1, "good", "suspect", null, "operatorRange"],
  ["below the operator's range", high, 9.9, "unknown", "suspect", null, "operatorRange"],
  ["at the sensor's edge", high, 100, "good", "suspect", null, "operatorRange"],
  ["beyond the sensor's range on the dangerous side", high, 100.1, "good", "saturated", "high", "sensorRange"],
  ["beyond the sensor's range on the safe side", high, -0.1, "good", "bad", null, "sensorRange"],
  ["beyond the sensor's range on the dangerous low side", low, -0.1, "good", "saturated", "low", "sensorRange"],
  ["beyond the sensor's range on the safe high side", low, 100.1, "good", "bad", null, "sensorRange"],
  ["beyond either side of a point with two ladders", both, 101, "good", "saturated", "high", "sensorRange"],
  ["beyond the other side of a point with two ladders", both, -1, "good", "saturated", "low", "sensorRange"],
  ["beyond the range of a point without limits", neither, 101, "good", "bad", null, "sensorRange"],
  ["the device's over-range flag near the top", high, 99, "saturated", "saturated", "high", "deviceFlag"],
  ["the device's over-range flag at the very top", high, 100, "saturated", "saturated", "high", "deviceFlag"],
  ["the device's over-range flag near the bottom", low, 1, "saturated", "saturated", "low", "deviceFlag"],
  ["the device's over-range flag at the very bottom", low, 0, "saturated", "saturated", "low", "deviceFlag"],
  ["the device's over-range flag on the safe side", high, 1, "saturated", "bad", null, "deviceFlag"],
  ["a sensor that fails upscale by configuration", fault, 101, "good", "bad", null, "sensorRange"],
  ["a flag of the device is never improved: suspect", high, 50, "suspect", "suspect", null, "deviceFlag"],
  ["a flag of the device is never improved: bad", high, 50, "bad", "bad", null, "deviceFlag"],
  ["a flag of the device is never improved: bad, over range", high, 101, "bad", "bad", null, "deviceFlag"],
  ["a flag of the device is never improved: missing", high, 50, "missing", "missing", null, ""],
  ["a flag of the device is never improved: missing, over range", high, 101, "missing", "missing", null, ""],
  [
    "the device's over-range flag nearer to the top of a range around zero",
    around,
    1,
    "saturated",
    "saturated",
    "high",
    "deviceFlag",
  ],
  ["the device's over-range flag nearer to the bottom of it", around, -1, "saturated", "bad", null, "deviceFlag"],
  ["the device's over-range flag in the very middle of it", around, 0, "saturated", "bad", null, "deviceFlag"],
];

describe("quality", () => {
  for (const [what, of, value, device, quality, side, reasons] of table) {
    it(`makes ${quality} of a value ${what}`, () => {
      const judged = judgeQuality(of, value, device);
      expect({ ...judged, reasons: reasonsOf(judged.reasons).join(" ") }).toEqual({ quality, side, reasons });
    });
  }

  it("knows which points may raise red", () => {
    expect(isRedCapable(high)).toBe(true);
    expect(isRedCapable(point("y", { rules: [rule("high", { yellow: limit(1) })] }))).toBe(false);
    expect(isRedCapable(neither)).toBe(false);
    const versions = [version(1, 0, { yellow: limit(1) }), version(2, 9, { red: limit(2) })];
    expect(isRedCapable(point("v", { rules: [rule("high", {}, { versions })] }))).toBe(true);
  });
});

/** A point every 10 s with these tests; its resolution is 0.01. */
function testsOf(quality: Omit<NonNullable<Point["quality"]>, "provenance">): CompiledTests {
  return compileTests(point("p", { quality: { ...quality, provenance: "test" } }), 0.01) as CompiledTests;
}

/** Leads values, each after so many seconds, through the tests; what each was suspect for. */
function play(
  tests: CompiledTests,
  samples: readonly (readonly [afterS: number, value: number, isAfterGap?: true])[],
  history = newHistory(),
) {
  let sourceAt = 1_000_000;
  return samples.map(([afterS, value, isAfterGap = false]) => {
    sourceAt += afterS * second;
    const sample = { value, sourceAt, isAfterGap };
    const isSurelyQuiet = !isAfterGap && isQuiet(tests, history, sample);
    const reasons = reasonsOf(stepTests(tests, history, sample)).join(" ");
    // The short way may take only what the tests pass and what leaves nothing standing.
    if (isSurelyQuiet) expect([reasons, stuckOf(tests, history)]).toEqual(["", null]);
    const stuck = stuckOf(tests, history);
    return stuck === null ? reasons : `${reasons} → ${stuck.level}`;
  });
}

const every10 = (...values: readonly number[]) => values.map((value) => [10, value] as const);

describe("the spike test", () => {
  const tests = testsOf({ spike: { suspect: 20 } });

  it("makes a value that stands alone suspect, and the one that is back good", () => {
    expect(play(tests, every10(1, 60, 1, 2))).toEqual(["", "spike", "", ""]);
  });

  it("makes a step suspect once: the next value confirms it, and the fall after it is a step again", () => {
    expect(play(tests, every10(0, 60, 62, 61, 0, 1))).toEqual(["", "spike", "", "", "spike", ""]);
  });

  it("lets a rise that goes on pass from its second value on, and doubts one that turns round", () => {
    expect(play(tests, every10(0, 30, 60, 90, 120, 20))).toEqual(["", "spike", "", "", "", "spike"]);
    expect(play(tests, every10(0, 60, -60, 60))).toEqual(["", "spike", "spike", "spike"]);
  });

  it("takes exactly as much as it may, and begins anew after a gap", () => {
    expect(play(tests, every10(0, 20, 40.5))).toEqual(["", "", "spike"]);
    expect(
      play(tests, [
        [10, 0],
        [100, 60, true],
        [10, 61],
      ]),
    ).toEqual(["", "", ""]);
  });
});

describe("the short way", () => {
  const at = (value: number, sourceAt: number) => ({ value, sourceAt, isAfterGap: false });

  /** Whether a value, an interval after the value 5, is surely quiet. */
  function isQuietAfter5(quality: Parameters<typeof testsOf>[0], value: number, afterS = 10): boolean {
    const tests = testsOf(quality);
    const history = newHistory();
    stepTests(tests, history, at(5, minute));
    return isQuiet(tests, history, at(value, minute + afterS * second));
  }

  it("takes a value within reach of the last one, inclusive, whichever single test there is", () => {
    expect([25, 25.01, -15, -15.01].map((value) => isQuietAfter5({ spike: { suspect: 20 } }, value))).toEqual([
      true,
      false,
      true,
      false,
    ]);
    const slow = { rateOfChange: { perSecond: 1 } };
    expect([15, 15.01, -5, -5.01].map((value) => isQuietAfter5(slow, value))).toEqual([true, false, true, false]);
  });

  it("takes what stands still until it is flat, and what moved by a step either way", () => {
    const flat = { flatLine: [{ afterMs: 20 * second, level: "blue" as const }] };
    expect([10, 19.999, 20].map((afterS) => isQuietAfter5(flat, 5, afterS))).toEqual([true, true, false]);
    expect([5.01, 4.99].map((value) => isQuietAfter5(flat, value, 20))).toEqual([true, true]);
  });

  it("leaves it to the long way to judge a window", () => {
    const window = { attenuated: { windowMs: minute, least: 0.5, level: "blue" as const } };
    expect([59.999, 60].map((afterS) => isQuietAfter5(window, 5, afterS))).toEqual([true, false]);
  });

  it("reaches as far as the stricter of two tests", () => {
    const two = { spike: { suspect: 3 }, rateOfChange: { perSecond: 1 } };
    expect([8, 9].map((value) => isQuietAfter5(two, value))).toEqual([true, false]);
  });
});

describe("the test of the rate of change", () => {
  const tests = testsOf({ rateOfChange: { perSecond: 1 } });

  it("allows what the time allows, and no less than a whole period", () => {
    expect(
      play(tests, [
        [10, 0],
        [20, 20],
        [20, 40.5],
        [1, 41],
        [1, 50],
      ]),
    ).toEqual(["", "", "rateOfChange", "", ""]);
  });

  it("says both where both fail", () => {
    expect(play(testsOf({ spike: { suspect: 5 }, rateOfChange: { perSecond: 1 } }), every10(0, 50))).toEqual([
      "",
      "spike rateOfChange",
    ]);
  });
});

describe("the test for a flat line", () => {
  const tests = testsOf({
    spike: { suspect: 20 },
    flatLine: [
      { afterMs: 20 * second, level: "blue" },
      { afterMs: 40 * second, level: "yellow" },
    ],
  });

  it("finds a value stuck at each of its times, and living as soon as it moves by one step", () => {
    expect(play(tests, every10(5, 5, 5, 5, 5, 5.01, 5.01))).toEqual([
      "",
      "",
      "flatLine → blue",
      "flatLine → blue",
      "flatLine → yellow",
      "",
      "",
    ]);
  });

  it("is ended by a fall as by a rise, and by a creep of less than a step a time", () => {
    expect(play(tests, every10(5, 5, 5, 4.99))).toEqual(["", "", "flatLine → blue", ""]);
    expect(play(tests, every10(5, 5.004, 5.008, 5.012, 5.016, 5.02)).join("")).toBe("");
  });

  it("is not ended by a spike, which moves nothing until it is confirmed", () => {
    expect(play(tests, every10(5, 5, 5, 90, 5, 90, 90))).toEqual([
      "",
      "",
      "flatLine → blue",
      "spike flatLine → blue",
      "flatLine → yellow",
      "spike flatLine → yellow",
      "",
    ]);
  });

  it("counts no gap in which nobody knows what the value did, but a stuck one stays stuck over it", () => {
    const rest = every10(5, 5);
    expect(play(tests, [[10, 5], [10, 5], [100, 5, true], ...rest])).toEqual(["", "", "", "", "flatLine → blue"]);
    expect(play(tests, [...every10(5, 5, 5), [100, 5, true]]).at(-1)).toBe("flatLine → yellow");
  });
});

describe("the test for an attenuated signal", () => {
  const tests = testsOf({ attenuated: { windowMs: minute, least: 0.5, level: "orange" } });
  const lively = [1, 3, 1, 3, 1, 3];
  const dead = [2, 2.1, 2, 2.1, 2, 2.1];

  it("judges a window when it is over: by its deviation, not by its mean, until a livelier one is whole", () => {
    const found = play(tests, every10(...lively, ...dead, ...lively, 9));
    expect(found.slice(0, 12)).toEqual(Array.from({ length: 12 }, () => ""));
    expect(found.slice(12)).toEqual([...Array.from({ length: 6 }, () => "attenuated → orange"), ""]);
  });

  it("takes a deviation below its least for dead, strictly", () => {
    const verdictOn = (one: number, other: number): string | undefined =>
      play(tests, every10(one, other, one, other, one, other, one)).at(-1);
    // Two values in turn deviate by half their distance.
    expect([0.8, 0.98, 1.02, 1.4].map((distance) => verdictOn(2, 2 + distance))).toEqual([
      "attenuated → orange",
      "attenuated → orange",
      "",
      "",
    ]);
  });

  it("wants nine tenths of its window, inclusive", () => {
    const ten = testsOf({ attenuated: { windowMs: 100 * second, least: 0.5, level: "blue" } });
    expect(play(ten, [...every10(...Array<number>(9).fill(2)), [20, 2]]).at(-1)).toBe("attenuated → blue");
    expect(play(ten, [...every10(...Array<number>(8).fill(2)), [30, 2]]).at(-1)).toBe("");
  });

  it("begins its window anew after a gap, however short", () => {
    expect(play(tests, [...every10(2, 2, 2), [10, 2, true], ...every10(2, 2, 2, 2)]).join("")).toBe("");
  });

  it("says nothing of a window that has too few samples or a gap in it", () => {
    expect(play(tests, [...every10(2, 2, 2), [30, 2], [10, 2]])).toEqual(["", "", "", "", ""]);
    expect(play(tests, [...every10(...dead), [10, 2, true], [50, 2]]).join("")).toBe("");
  });

  it("speaks beside a flat line with the higher of both levels", () => {
    const pair = testsOf({
      flatLine: [{ afterMs: 70 * second, level: "blue" }],
      attenuated: { windowMs: minute, least: 0.5, level: "yellow" },
    });
    expect(play(pair, every10(2, 2, 2, 2, 2, 2, 2, 2)).slice(6)).toEqual([
      "attenuated → yellow",
      "flatLine attenuated → yellow",
    ]);
    const stuck = testsOf({
      flatLine: [{ afterMs: 10 * second, level: "blue" }],
      attenuated: { windowMs: minute, least: 0.5, level: "blue" },
    });
    const history = newHistory();
    for (let nth = 1; nth <= 8; nth += 1)
      stepTests(stuck, history, { value: 2, sourceAt: nth * 10_000, isAfterGap: false });
    expect(stuckOf(stuck, history)).toEqual({ level: "blue", test: "flatLine", since: 10_000 });
  });
});

describe("what is remembered over a new plan", () => {
  const window = (windowMs: number, least: number): CompiledTests =>
    testsOf({
      flatLine: [{ afterMs: 20 * second, level: "blue" }],
      attenuated: { windowMs, least, level: "blue" },
    });
  const old = window(minute, 0.5);
  /** Of a value that has stood still for 20 s. */
  function flatHistory(): ReturnType<typeof newHistory> {
    const history = newHistory();
    play(old, every10(2, 2, 2), history);
    return history;
  }

  it("is all of it where the window is the same one", () => {
    const history = flatHistory();
    expect(carryHistory(old, window(minute, 0.5), history)).toBe(history);
  });

  it("is what stands still", () => {
    const after = window(minute, 0.6);
    const still = flatHistory();
    expect(stuckOf(after, carryHistory(old, after, still))).toEqual({
      level: "blue",
      test: "flatLine",
      since: 1_010_000,
    });
    expect(still).toEqual(flatHistory());
  });

  it("is no part of a window that is another one now: that begins with the next value", () => {
    const begun = newHistory();
    play(old, every10(2), begun);
    const after = window(2 * minute, 0.5);
    const carried = carryHistory(old, after, begun);
    let sourceAt = 1_010_000;
    const found = Array.from({ length: 13 }, () => {
      sourceAt += 10 * second;
      return reasonsOf(stepTests(after, carried, { value: 2, sourceAt, isAfterGap: false }));
    });
    expect(found.slice(11)).toEqual([["flatLine"], ["flatLine", "attenuated"]]);
  });

  it("is nothing where there are no tests before or after", () => {
    expect(carryHistory(old, null, flatHistory())).toHaveLength(0);
    expect(carryHistory(null, old, flatHistory())).toEqual(newHistory());
  });
});

describe("the causal tests", () => {
  it("are none where a point reports by exception, or is told none", () => {
    const quality = { spike: { suspect: 1 }, provenance: "test" };
    expect(compileTests(point("v", { quality, report: "onChange" }), 1)).toBeNull();
    expect(compileTests(point("p"), 1)).toBeNull();
  });
});
