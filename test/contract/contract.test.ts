// What crosses a border: topics, units, numbers, levels and the catalogue of refusals in both languages.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Value } from "typebox/value";
import { alarmStates, markKinds, whyCodes } from "../../contract/alarm.ts";
import { faults } from "../../contract/faults.ts";
import { higher, levelOfRank, levels, rankOf, type Level } from "../../contract/level.ts";
import { inSteps, stepOf } from "../../contract/numbers.ts";
import { planSchema } from "../../contract/plant.ts";
import { protocol } from "../../contract/protocol.ts";
import { qualities } from "../../contract/sample.ts";
import {
  commandTopicOf,
  isName,
  isPointCode,
  covers,
  parseTopic,
  topicOf,
  topicRoot,
  userNameOf,
} from "../../contract/topics.ts";
import { convert } from "../../contract/units.ts";
import { commandActs, commandSchemas } from "../../contract/command.ts";
import { historyQuerySchema, watchSchema } from "../../contract/wall.ts";
import { planOf, point, rule, limit } from "../support/plant.ts";

describe("a topic", () => {
  const kinds = ["telemetry", "state", "event", "sky", "command/ack"] as const;

  it("is taken apart into what it was made of", () => {
    for (const kind of kinds) {
      const topic = topicOf("pond-2", "rtu1", kind);
      expect(topic).toBe(`skyground/v1/pond-2/rtu1/${kind}`);
      expect(parseTopic(topic)).toEqual({ site: "pond-2", device: "rtu1", kind });
    }
    expect(topicRoot).toBe("skyground/v1");
    expect(commandTopicOf("pond-2", "rtu1")).toBe("skyground/v1/pond-2/rtu1/command");
    expect(userNameOf("pond-2", "rtu1")).toBe("pond-2.rtu1");
  });

  const wrong = [
    "",
    "skyground/v1",
    "skyground/v1/a/b",
    "skyground/v1/a/b/telemetry/more",
    "skyground/v1/a/b/telemetry/",
    "skyground/v2/a/b/telemetry",
    "skyground-drill/v1/a/b/telemetry",
    "Skyground/v1/a/b/telemetry",
    "skyground/v1/a/b/command",
    "skyground/v1/a/b/command/ack/more",
    "skyground/v1/a/b/Telemetry",
    "skyground/v1//b/telemetry",
    "skyground/v1/a//telemetry",
    "skyground/v1/A/b/telemetry",
    "skyground/v1/-a/b/telemetry",
    "skyground/v1/a/b_c/telemetry",
    "skyground/v1/+/b/telemetry",
    "skyground/v1/a/#/telemetry",
    "/skyground/v1/a/b/telemetry",
    `skyground/v1/${"a".repeat(65)}/b/telemetry`,
  ];
  for (const topic of wrong)
    it(`is refused where it is ${JSON.stringify(topic.slice(0, 60))}`, () => expect(parseTopic(topic)).toBeNull());

  it("names sites and devices by up to 64 small letters, digits and hyphens", () => {
    expect(["a", "0", "a-b", "a".repeat(64)].map(isName)).toEqual([true, true, true, true]);
    expect(["", "-a", "A", "a.b", "a b", "ä", "a\n", "a".repeat(65)].map(isName)).toEqual(Array(8).fill(false));
  });

  it("names points by a code, never by a name that an object already has", () => {
    expect(["LT-101", "a.b_c", "9", "P".repeat(64)].map(isPointCode)).toEqual([true, true, true, true]);
    const refused = [
      "__proto__",
      "constructor",
      "prototype",
      "toString",
      "valueOf",
      "hasOwnProperty",
      "",
      ".a",
      "-a",
      "a/b",
      "a b",
      "P".repeat(65),
    ];
    expect(refused.filter(isPointCode)).toEqual([]);
  });
});

describe("a filter", () => {
  it.each([
    ["a/b", "a/b", true],
    ["a/b", "a/b/c", false],
    ["a/b/c", "a/b", false],
    ["a/+", "a/b", true],
    ["a/+", "a/", true],
    ["a/+", "a", false],
    ["a/+/c", "a/b/c", true],
    ["a/+/c", "a/b/d", false],
    ["a/#", "a", true],
    ["a/#", "a/b/c", true],
    ["a/#", "b/a", false],
    ["#", "a/b", true],
    ["+/b", "/b", true],
    ["/a", "a", false],
    ["#", "$oc/a", false],
    ["+/a", "$oc/a", false],
    ["$oc/#", "$oc/a", true],
  ])("%s takes %s: %j", (filter, topic, isMatch) => {
    expect(covers(filter, topic)).toBe(isMatch);
  });
});

describe("units", () => {
  it("turn into one another within their dimension", () => {
    const table: readonly (readonly [number, string, string, number])[] = [
      [1, "m", "mm", 1000],
      [120, "cm", "m", 1.2],
      [1, "MPa", "kPa", 1000],
      [1, "bar", "kPa", 100],
      [212, "°F", "°C", 100],
      [0, "°C", "K", 273.15],
      [50, "%", "1", 0.5],
      [3600, "m³/h", "L/s", 1000],
    ];
    for (const [value, from, to, expected] of table) expect(convert(value, from, to)).toBeCloseTo(expected, 9);
  });

  it("of two dimensions do not belong together, nor does one that nobody knows; the same one always does", () => {
    expect(convert(1, "m", "kPa")).toBeUndefined();
    expect(convert(1, "furlong", "m")).toBeUndefined();
    expect(convert(1, "m", "furlong")).toBeUndefined();
    expect(convert(1, "toString", "constructor")).toBeUndefined();
    expect(convert(7, "%LEL", "%LEL")).toBe(7);
  });
});

describe("numbers", () => {
  it("are compared in whole steps of 1e-6, or of the point's resolution where that is coarser", () => {
    expect(stepOf(1e-9)).toBe(1e-6);
    expect(stepOf(0.01)).toBe(0.01);
    expect(inSteps(3.6, stepOf(1e-9))).toBe(inSteps(1.2 * 3, stepOf(1e-9)));
    expect(inSteps(0.1 + 0.2, 1e-6)).toBe(300_000);
    expect(inSteps(1.005, 0.01)).toBe(101);
    expect(inSteps(-3.6, 0.1)).toBe(-36);
  });

  it("keep their order when they are rounded, whatever the step", () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(value, value, fc.constantFrom(1e-6, 0.001, 0.01, 0.1, 1), (a, b, step) => {
        if (a <= b) expect(inSteps(a, step)).toBeLessThanOrEqual(inSteps(b, step));
        expect(Math.abs(inSteps(a, step) * step - a)).toBeLessThanOrEqual(step * 0.51 + Math.abs(a) * 1e-12);
      }),
    );
  });
});

describe("the four levels", () => {
  const all: readonly (Level | null)[] = [null, ...levels];

  it("have one order, and null below them", () => {
    expect(all.map(rankOf)).toEqual([0, 1, 2, 3, 4]);
    expect([0, 1, 2, 3, 4, 5, -1].map(levelOfRank)).toEqual([null, "blue", "yellow", "orange", "red", null, null]);
    for (const a of all) for (const b of all) expect(rankOf(higher(a, b))).toBe(Math.max(rankOf(a), rankOf(b)));
  });
});

describe("the catalogue of refusals", () => {
  for (const [code, text] of Object.entries(faults)) {
    it(`has words for ${code} in both languages`, () => {
      expect(text.zh).toMatch(/[\u4e00-\u9fff]/);
      expect(text.en).toMatch(/^[A-Z][\x20-\x7e]+$/);
      expect(code).toMatch(/^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
    });
  }

  it("has every code that the style names", () => {
    const named = [
      "SAMPLE_UNKNOWN_POINT",
      "SAMPLE_OUT_OF_RANGE",
      "COMMAND_INVALID",
      "ALARM_NOT_FOUND",
      "ALARM_CHANGED",
      "ALARM_NOT_ACKNOWLEDGEABLE",
      "REASON_REQUIRED",
      "NOT_ALLOWED",
      "SAMPLE_CONFLICT",
      "UNIT_MISMATCH",
    ];
    expect(named.filter((code) => !Object.hasOwn(faults, code))).toEqual([]);
  });
});

describe("the schemas", () => {
  it("take a plan, and refuse one whose numbers make no sense", () => {
    const plan = planOf([point("p", { rules: [rule("high", { red: limit(1) })] })]);
    expect(Value.Check(planSchema, plan)).toBe(true);
    expect(Value.Check(planSchema, planOf([point("p", { resolution: 0 })]))).toBe(false);
    expect(
      Value.Check(planSchema, planOf([point("p", { rules: [rule("high", { red: limit(1, { deadband: -1 }) })] })])),
    ).toBe(false);
  });

  it("refuse a command with a field that they do not know, or without what it must name", () => {
    const seen = { commandId: "12345678", alarm: "a", occurrence: 1, revision: 1 };
    expect(Value.Check(commandSchemas.acknowledge, seen)).toBe(true);
    expect(Value.Check(commandSchemas.acknowledge, { ...seen, force: true })).toBe(false);
    expect(Value.Check(commandSchemas.acknowledge, { ...seen, revision: 0 })).toBe(false);
    expect(Value.Check(commandSchemas.reset, { commandId: "12345678", alarm: "a", occurrence: 1, reason: "" })).toBe(
      false,
    );
    expect(Value.Check(watchSchema, { points: "some" })).toBe(false);
    expect(Value.Check(historyQuerySchema, { point: "p", from: 0, to: 1, buckets: 5001 })).toBe(false);
  });

  it("have no word twice", () => {
    for (const words of [alarmStates, whyCodes, qualities, levels, markKinds, commandActs])
      expect(new Set<string>(words).size).toBe(words.length);
    expect(protocol).toBe(2);
  });
});
