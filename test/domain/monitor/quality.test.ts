// What becomes of a doubtful value: what it may raise and return, how it is marked and counted, and when a sensor is stuck.
import { describe, expect, it } from "vitest";
import type { Point } from "../../../contract/plant.ts";
import { reasonBit } from "../../../contract/sample.ts";
import { limit, minute, planOf, point, rule, second } from "../../support/plant.ts";
import { at, createRoom, reading, type Room } from "../../support/room.ts";

const ladder = [rule("high", { yellow: limit(25, { deadband: 2 }), red: limit(50, { deadband: 2 }) })];
const quality: NonNullable<Point["quality"]> = {
  spike: { suspect: 20 },
  flatLine: [
    { afterMs: 30 * second, level: "blue" },
    { afterMs: minute, level: "yellow" },
  ],
  provenance: "test",
};
const plan = planOf([
  point("gas", { rules: ladder, quality, range: { sensor: [0, 100], operator: [0, 95] } }),
  point("quiet", { quality: { attenuated: { windowMs: minute, least: 1, level: "orange" }, provenance: "test" } }),
  point("plain"),
]);
const alarm = "s1/gas~limit~high";
const stuck = "s1/gas~stuck";

/** The values of one point, ten seconds apart. */
function tell(room: Room, code: string, from: number, values: readonly number[]): void {
  for (const [nth, value] of values.entries()) room.value(from + nth * 10, code, value);
}

describe("a jump", () => {
  it("to a real release raises with its very first sample, marked; the next one is simply good", () => {
    const room = createRoom(plan);
    tell(room, "gas", 0, [0, 60]);
    expect(room.transitions(alarm)).toMatchObject([
      { level: "red", at: at(10), quality: "suspect", why: { code: "limitViolated", values: { because: "spike" } } },
    ]);
    expect(room.flags.at(-1)).toEqual([[0, 1, 60, 2, at(10)]]);
    expect(room.monitor().latest(0)).toEqual([0, 60, 2, at(10), at(10), reasonBit("spike")]);
    tell(room, "gas", 20, [61]);
    expect(room.monitor().latest(0)).toEqual([0, 61, 0, at(20), at(20)]);
    expect(room.flags.at(-1)).toEqual([]);
    expect(room.faults()).toEqual({ SAMPLE_SPIKE: 1 });
  });

  it("back from a release returns nothing with its first sample: the second one does", () => {
    const room = createRoom(plan);
    tell(room, "gas", 0, [0, 60, 61, 1]);
    expect(room.alarm(alarm)?.level).toBe("red");
    tell(room, "gas", 40, [1.1]);
    expect(room.alarm(alarm)).toMatchObject({ level: null, returnedAt: at(40), why: { values: { value: 1.1 } } });
    expect(room.alarm(alarm)?.why.values).not.toHaveProperty("because");
  });

  it("of a single sample is back with a value that returns what it raised", () => {
    const room = createRoom(plan);
    tell(room, "gas", 0, [0, 60, 1]);
    expect(room.transitions(alarm).map(({ level, quality: of }) => [level, of])).toEqual([
      ["red", "suspect"],
      [null, "good"],
    ]);
  });

  it("is not looked for in what is bad or over range, nor in what comes late", () => {
    const room = createRoom(plan);
    tell(room, "gas", 0, [0, -5, 101, 1]);
    room.value(31, "gas", 90, { measured: 25 });
    expect(room.faults()).toEqual({ SAMPLE_OUT_OF_RANGE: 1, SAMPLE_SATURATED: 1, SAMPLE_LATE: 1 });
  });
});

describe("a mark", () => {
  it("names every reason of its sample: by the device, by the operator's range, by a gap", () => {
    const room = createRoom(plan);
    room.value(0, "gas", 1);
    room.value(100, "gas", 96, { quality: "suspect" });
    expect(room.alarm(alarm)?.why.values).toMatchObject({ because: "deviceFlag operatorRange gap" });
    expect(room.faults()).toEqual({ SAMPLE_FLAGGED: 1, SAMPLE_OUTSIDE_OPERATOR: 1, SAMPLE_AFTER_GAP: 1 });
  });

  it("says by whose clock a sample was judged, and over which range it went", () => {
    const room = createRoom(plan);
    for (const s of [0, 10, 20]) room.value(s, "gas", 1, { measured: s + 100 });
    room.value(30, "gas", 102, { measured: 130 });
    expect(room.alarm(alarm)?.why).toMatchObject({ code: "saturated", values: { because: "sensorRange serverTime" } });
  });

  it("tells a wrong unit from a broken sensor, and stays with the value that is no longer believed", () => {
    const room = createRoom(plan);
    room.value(0, "gas", 1);
    room.message(1, [reading("gas", 1, at(1), { unit: "kPa" })]);
    expect(room.alarm("s1/gas~fault")?.why).toEqual({ code: "sensorFault", values: { value: 1, because: "unit" } });
    room.value(10, "gas", 1.1);
    expect(room.alarm("s1/gas~fault")?.why).toEqual({ code: "faultEnded", values: { value: 1.1 } });
    room.message(11, [reading("gas", null, at(11), { quality: "bad" })]);
    expect(room.alarm("s1/gas~fault")?.why.values).toEqual({ because: "deviceFlag" });
    expect(room.monitor().latest(0)[5]).toBe(reasonBit("deviceFlag"));
  });
});

describe("a stuck sensor", () => {
  it("is a data alarm of its point that rises with time, and ends when the value moves", () => {
    const room = createRoom(plan);
    tell(room, "gas", 0, [7, 7, 7, 7, 7, 7, 7]);
    expect(room.transitions(stuck).map(({ at: when, level, why }) => [when, level, why])).toEqual([
      [at(30), "blue", { code: "flatLine", values: { value: 7, since: at(0) } }],
      [at(60), "yellow", { code: "flatLine", values: { value: 7, since: at(0) } }],
    ]);
    expect(room.alarm(stuck)).toMatchObject({ isData: true, quality: "suspect", revision: 2 });
    expect(room.faults()).toEqual({ SAMPLE_FLAT: 4 });
    tell(room, "gas", 70, [7.5]);
    expect(room.alarm(stuck)).toMatchObject({ level: null, why: { code: "sensorMoves", values: { value: 7.5 } } });
  });

  it("at a violating value keeps its alarm on: what does not move returns nothing", () => {
    const room = createRoom(plan);
    tell(room, "gas", 0, [60, 60, 60, 60, 60]);
    expect(room.alarm(alarm)?.level).toBe("red");
    expect(room.alarm(stuck)?.level).toBe("blue");
  });

  it("stays stuck over values that prove nothing, a restart and a loss", () => {
    const room = createRoom(plan);
    tell(room, "gas", 0, [7, 7, 7, 7, -5, 101]);
    room.restart();
    room.pass(400);
    room.value(400, "gas", 7);
    expect(room.transitions(stuck).map(({ level }) => level)).toEqual(["blue", "yellow"]);
    room.value(410, "gas", 8);
    expect(room.alarm(stuck)?.level).toBeNull();
  });

  it("is also one whose signal hardly moves over a whole window", () => {
    const room = createRoom(plan);
    tell(room, "quiet", 0, [5, 5.1, 5, 5.1, 5, 5.1, 5]);
    expect(room.alarm("s1/quiet~stuck")).toMatchObject({
      level: "orange",
      why: { code: "signalAttenuated", values: { value: 5, windowMs: minute } },
    });
    tell(room, "quiet", 70, [9, 1, 9, 1, 9, 1]);
    expect(room.alarm("s1/quiet~stuck")?.level).toBeNull();
  });

  it("is none of which anybody may say that all is normal", () => {
    const room = createRoom(planOf(plan.points.slice(0, 1)));
    tell(room, "gas", 0, [7, 7]);
    expect(room.site()).toMatchObject({ status: "normal", goodKeyPoints: 1 });
    tell(room, "gas", 20, [7, 7]);
    expect(room.site()).toMatchObject({ status: "unknown", goodKeyPoints: 0, rollup: { worstIfUnknown: "red" } });
    tell(room, "gas", 40, [8]);
    expect(room.site().status).toBe("normal");
  });

  it("stays stuck under tests that changed, and is ended by the next good sample where there are none any more", () => {
    const room = createRoom(plan);
    tell(room, "gas", 0, [7, 7, 7, 7]);
    const [gas, ...others] = plan.points as [Point, Point, Point];
    const { quality: _, ...untested } = gas;
    room.plan(31, planOf([{ ...gas, quality: { ...quality, spike: { suspect: 30 } } }, ...others]));
    tell(room, "gas", 40, [7]);
    expect(room.alarm(stuck)?.level).toBe("blue");
    room.plan(41, planOf([untested, ...others]));
    room.value(50, "gas", -5);
    expect(room.alarm(stuck)?.level).toBe("blue");
    room.value(60, "gas", 7);
    expect(room.alarm(stuck)?.level).toBeNull();
  });

  it("is not called so by a window that another plan began to look at otherwise", () => {
    const room = createRoom(plan);
    tell(room, "quiet", 0, [5, 5, 5, 5, 5, 5, 5]);
    expect(room.alarm("s1/quiet~stuck")?.level).toBe("orange");
    const [gas, quiet, plain] = plan.points as [Point, Point, Point];
    const attenuated = { windowMs: minute, least: 0.1, level: "orange" as const };
    room.plan(61, planOf([gas, { ...quiet, quality: { attenuated, provenance: "test" } }, plain]));
    tell(room, "quiet", 70, [5]);
    expect(room.alarm("s1/quiet~stuck")?.level).toBeNull();
  });

  it("is never found in a point that has no such test", () => {
    const room = createRoom(plan);
    tell(room, "plain", 0, [7, 7, 7, 7, 7, 7, 7, 7]);
    expect(room.alarm("s1/plain~stuck")).toBeUndefined();
    expect(room.faults()).toEqual({});
  });
});
