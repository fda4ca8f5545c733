// Which readings are judged: repeats, conflicts, late ones, units, faults, and messages without a time (semantics §1, §7).
import { describe, expect, it } from "vitest";
import { hour, limit, planOf, point, rule } from "../../support/plant.ts";
import { at, createRoom, reading } from "../../support/room.ts";

const red = [rule("high", { red: limit(90) })];
const plan = planOf([point("p", { rules: red, silentAfterMs: hour, range: { sensor: [0, 100], operator: [0, 95] } })]);
const id = "s1/p~limit~high";

describe("a sample", () => {
  it("that came before is counted, neither judged nor stored again", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10);
    room.value(1, "p", 10, { measured: 0 });
    expect(room.faults()).toEqual({ SAMPLE_DUPLICATE: 1 });
    expect(room.flags.at(-1)).toEqual([[0, 0, 0, 0, 0]]);
    expect(room.state().samples).toBe(1);
  });

  it("of a known time with another value is counted as a conflict, stored, and not judged; history keeps the last", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10);
    room.value(1, "p", 95, { measured: 0 });
    expect(room.alarm(id)).toBeUndefined();
    expect(room.faults()).toEqual({ SAMPLE_CONFLICT: 1 });
    expect(room.monitor().faults()[0]).toMatchObject({ example: `s1/p: ${at(0)}: 10 and 95`, lastAt: at(1) });
    expect(room.flags.at(-1)).toEqual([]);
  });

  it("older than the newest judged one is late: stored, counted, never judged live; known when it comes again", () => {
    const room = createRoom(plan);
    room.value(10, "p", 10);
    room.value(11, "p", 95, { measured: 5 });
    room.value(12, "p", 95, { measured: 5 });
    expect(room.alarm(id)).toBeUndefined();
    expect(room.faults()).toEqual({ SAMPLE_LATE: 1, SAMPLE_DUPLICATE: 1 });
    expect(room.monitor().latest(0)).toEqual([0, 10, 0, at(10), at(12)]);
  });

  it("is remembered for two hours or 4,096 samples: what is older is late again, and memory stays bounded", () => {
    const room = createRoom(plan);
    for (let s = 0; s < 5000; s += 1) room.value(s, "p", 1);
    expect(room.state().points.get("s1/p")?.memory.times).toHaveLength(8192);
    expect(room.state().points.get("s1/p")?.memory.count).toBe(4096);
    room.value(5000, "p", 1, { measured: 10 });
    room.value(5001, "p", 1, { measured: 4999 });
    expect(room.faults()).toEqual({ SAMPLE_LATE: 1, SAMPLE_DUPLICATE: 1 });
    const slow = createRoom(plan);
    for (let s = 0; s < 300; s += 1) slow.value(s * 100, "p", 1);
    // 72 of them within two hours: the ring does not grow for what is older.
    expect(slow.state().points.get("s1/p")?.memory.times).toHaveLength(256);
    slow.value(30_000, "p", 2, { measured: 29_900 });
    slow.value(30_001, "p", 1, { measured: 29_800 });
    slow.value(30_002, "p", 1, { measured: 22_000 });
    slow.value(30_003, "p", 1, { measured: 22_000 });
    expect(slow.faults()).toEqual({ SAMPLE_CONFLICT: 1, SAMPLE_DUPLICATE: 1, SAMPLE_LATE: 2 });
    slow.value(60_000, "p", 1);
    slow.value(60_001, "p", 1, { measured: 53_000 });
    slow.value(60_002, "p", 1, { measured: 53_000 });
    expect(slow.faults()).toEqual({ SAMPLE_AFTER_GAP: 1, SAMPLE_CONFLICT: 1, SAMPLE_DUPLICATE: 2, SAMPLE_LATE: 3 });
  });

  it("keeps both of its times: neither overwrites the other", () => {
    const room = createRoom(plan);
    room.value(100, "p", 10, { measured: 90 });
    expect(room.monitor().latest(0)).toEqual([0, 10, 0, at(90), at(100)]);
  });

  it("in another unit is converted before it is judged, and stored as such", () => {
    const room = createRoom(plan);
    room.value(0, "p", 9100, { unit: "cm" });
    expect(room.alarm(id)).toMatchObject({ level: "red", value: 91 });
    expect(room.flags.at(-1)).toEqual([[0, 1, 91, 0, at(0)]]);
  });

  it("in a unit that does not fit is refused, and is a fault of the sensor where red is possible", () => {
    const room = createRoom(planOf([...plan.points, point("q")]));
    room.message(0, [
      reading("p", 10, at(0), { unit: "kPa" }),
      reading("q", 10, at(0), { unit: "kPa" }),
      reading("p", 12, at(1)),
    ]);
    expect(room.faults()).toEqual({ UNIT_MISMATCH: 2 });
    expect(room.transitions("s1/p~fault").map(({ level, why }) => [level, why.code])).toEqual([
      ["yellow", "sensorFault"],
      [null, "faultEnded"],
    ]);
    expect(room.alarm("s1/q~fault")).toBeUndefined();
    expect(room.monitor().latest(0)).toEqual([0, 12, 0, at(1), at(0)]);
  });

  it("that a device flags bad without a value is a failed sensor, and what it showed is no longer believed", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10);
    expect(room.site().status).toBe("normal");
    room.message(1, [reading("p", null, at(1), { quality: "bad" })]);
    expect(room.transitions("s1/p~fault").map(({ level, value }) => [level, value])).toEqual([["yellow", null]]);
    expect(room.site().status).toBe("unknown");
    room.value(2, "p", 11);
    expect(room.alarm("s1/p~fault")).toMatchObject({ level: null });
    expect(room.site().status).toBe("normal");
  });

  it("that is bad raises a data alarm at once where red is possible, and only a good one ends it", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10);
    expect(room.site().status).toBe("normal");
    room.value(1, "p", -5);
    expect(room.alarm("s1/p~fault")).toMatchObject({ level: "yellow", isData: true, quality: "bad" });
    expect(room.faults()).toEqual({ SAMPLE_OUT_OF_RANGE: 1 });
    expect(room.flags.at(-1)).toEqual([[0, 1, -5, 4, at(1)]]);
    expect(room.site().status).toBe("unknown");
    room.value(2, "p", 96);
    expect(room.alarm("s1/p~fault")?.level).toBe("yellow");
    room.value(3, "p", 10, { quality: "unknown" });
    expect(room.alarm("s1/p~fault")?.level).toBeNull();
  });

  it("that is suspect raises, marked, and its value may be the peak", () => {
    const room = createRoom(plan);
    room.value(0, "p", 91);
    room.value(1, "p", 97);
    expect(room.transitions(id)).toHaveLength(1);
    expect(room.alarm(id)).toMatchObject({ peakValue: 97, peakAt: at(1), value: 91, quality: "good" });
    room.value(2, "p", 98, { quality: "bad" });
    room.value(3, "p", 92, { quality: "unknown" });
    expect(room.alarm(id)?.peakValue).toBe(97);
    room.value(4, "p", 10);
    room.value(5, "p", 96);
    expect(room.transitions(id).at(-1)).toMatchObject({ quality: "suspect", revision: 2 });
  });

  it("without a time takes the server's, and one millisecond more than the newest of its point", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10, { measured: null });
    room.value(0, "p", 11, { measured: null });
    expect(room.flags.slice(-2)).toEqual([[[0, 1, 10, 0, at(0)]], [[0, 1, 11, 0, at(0) + 1]]]);
  });

  it("without a time is known as a repeat by its device's sequence number", () => {
    const room = createRoom(plan);
    room.value(0, "p", 10, { measured: null, sequence: 7 });
    room.value(1, "p", 10, { measured: null, sequence: 7 });
    room.value(2, "p", 10, { measured: null, sequence: 8 });
    expect(room.faults()).toEqual({ MESSAGE_REPEATED: 1 });
    expect(room.state().samples).toBe(2);
  });

  it("missing from its sequence is counted; a device that begins anew is not billions of missing ones", () => {
    const room = createRoom(plan);
    room.value(0, "p", 1, { sequence: 7 });
    room.value(1, "p", 1, { sequence: 10 });
    expect(room.faults()).toEqual({ SEQUENCE_GAP: 2 });
    room.value(2, "p", 1, { sequence: 0 });
    room.value(3, "p", 1, { sequence: 1 });
    expect(room.faults()).toEqual({ SEQUENCE_GAP: 2 });
  });

  it("of an unknown point or a refused one is counted, and its neighbours in the message are kept", () => {
    const room = createRoom(plan);
    room.message(0, [reading("constructor", 1, at(0)), reading("p", 95, at(0))], {
      refused: [{ code: "SAMPLE_NOT_FINITE", example: "NaN" }],
    });
    expect(room.faults()).toEqual({ SAMPLE_NOT_FINITE: 1, SAMPLE_UNKNOWN_POINT: 1 });
    expect(room.alarm(id)?.level).toBe("red");
  });

  it("of a refused message is counted with where it came from, cut to a bounded example", () => {
    const room = createRoom(plan);
    room.say(0, { kind: "refused", code: "MESSAGE_BAD_JSON", topic: "t", hash: "", example: "x".repeat(999) });
    expect(room.monitor().faults()).toMatchObject([
      { code: "MESSAGE_BAD_JSON", count: 1, example: `t: ${"x".repeat(197)}` },
    ]);
  });
});

describe("the monitor", () => {
  it("refuses an input out of turn or back in time: that would be a bug", () => {
    const room = createRoom(plan);
    const { apply } = room.monitor();
    expect(() => apply({ kind: "tick", number: 9, at: at(0) })).toThrow("input 9 after input 2");
    expect(() => apply({ kind: "tick", number: 3, at: at(-1) })).toThrow("goes back in time");
  });

  it("shows a point that was never heard, or is not in the plan, as missing", () => {
    const room = createRoom(plan);
    expect(room.monitor().latest(0)).toEqual([0, null, 5, 0, 0]);
    expect(room.monitor().latest(99)).toEqual([99, null, 5, 0, 0]);
    expect(room.monitor().oldest()).toBeNull();
  });

  it("names the oldest data among key points that were ever heard", () => {
    const room = createRoom(planOf([point("a"), point("b"), point("c", { isKey: false }), point("d")]));
    room.value(5, "a", 1);
    room.value(5, "b", 1, { measured: 3 });
    room.value(6, "c", 1, { measured: 1 });
    expect(room.monitor().oldest()).toEqual({ point: "s1/b", sourceAt: at(3) });
    expect(room.monitor().oldest((key) => key !== "s1/b")).toEqual({ point: "s1/a", sourceAt: at(5) });
  });
});
