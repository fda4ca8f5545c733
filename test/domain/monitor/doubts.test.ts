// What is not a good sample casts doubt: it ends nothing, and what it has raised wants proof (semantics §1, §2, §6).
import { describe, expect, it } from "vitest";
import type { Point } from "../../../contract/plant.ts";
import { hour, limit, minute, planOf, point, rule, second } from "../../support/plant.ts";
import { at, createRoom, reading, type Room } from "../../support/room.ts";
import { goesAway, measures, passes, tell } from "../../support/story.ts";

const id = "s1/p~limit~high";
const all = "enterprise:red township:red county:red city:red";
const byException = { report: "onChange", silentAfterMs: 24 * hour } as const;
const tiers = ["enterprise", "township", "county", "city"] as const;
const range: Point["range"] = { sensor: [0, 100], operator: [0, 96] };

describe("an alarm of a point that reports by exception, once it has begun to end", () => {
  const ends = planOf([
    point("p", { ...byException, range, rules: [rule("high", { red: limit(90, { offDelayMs: minute }) })] }),
  ]);
  const doubts: [string, (room: Room) => unknown][] = [
    ["bad", (room) => room.value(20, "p", 10, { quality: "bad" })],
    ["suspect", (room) => room.value(20, "p", 10, { quality: "suspect" })],
    ["over range on the other side", (room) => room.value(20, "p", -5, { quality: "saturated" })],
    ["missing", (room) => room.value(20, "p", null)],
    ["a failed sensor without a value", (room) => room.value(20, "p", null, { quality: "bad" })],
    ["in a unit that nobody can read", (room) => room.value(20, "p", 10, { unit: "kPa" })],
    ["far ahead of the clock", (room) => room.value(20, "p", 10, { measured: 100 })],
    ["late", (room) => room.value(20, "p", 95, { measured: 5 })],
    ["a duplicate", (room) => room.value(20, "p", 10, { measured: 10 })],
  ];

  it.each(doubts)("is not ended by a tick when the next reading is %s: a good one begins its end anew", (_, doubt) => {
    const room = createRoom(ends);
    room.value(0, "p", 95);
    room.value(10, "p", 10);
    doubt(room);
    room.pass(120);
    expect(room.alarm(id)).toMatchObject({ level: "red", state: "unacknowledged" });
    room.value(130, "p", 11);
    room.pass(200);
    expect(room.transitions(id).at(-1)).toMatchObject({ at: at(190), level: null, returnedSince: at(130) });
  });

  it("is not ended either when the doubt came behind the good reading of the same message", () => {
    const room = createRoom(ends);
    room.value(0, "p", 95);
    room.message(20, [reading("p", 10, at(10)), reading("p", null, at(11)), reading("p", 10, at(12), { unit: "kPa" })]);
    room.pass(200);
    expect(room.alarm(id)?.level).toBe("red");
    room.message(210, [reading("p", null, at(205)), reading("p", 10, at(206))]);
    room.pass(280);
    expect(room.transitions(id).at(-1)).toMatchObject({ level: null, returnedSince: at(206) });
  });

  it("ends by the tick where only an unknown name came beside it", () => {
    const room = createRoom(ends);
    room.value(0, "p", 95);
    room.value(10, "p", 10);
    room.value(20, "nobody", 10);
    room.pass(80);
    expect(room.transitions(id).at(-1)).toMatchObject({ at: at(70), level: null });
  });
});

describe("a sensor that has failed", () => {
  const plan = planOf([point("p", { silentAfterMs: hour, rules: [rule("high", { red: limit(90) })] })]);

  it("stays failed when its failure is the newest of one message, and is well again when its value is", () => {
    const room = createRoom(plan);
    room.message(10, [reading("p", null, at(2), { quality: "bad" }), reading("p", 10, at(1))]);
    expect(room.alarm("s1/p~fault")).toMatchObject({ level: "yellow", isData: true });
    expect(room.site().status).toBe("unknown");
    room.message(20, [reading("p", null, at(11), { quality: "bad" }), reading("p", 10, at(12))]);
    expect(room.alarm("s1/p~fault")?.level).toBeNull();
    expect(room.site().status).toBe("normal");
  });

  it("is not found in what is older than its newest value, where the clock can be trusted", () => {
    const room = createRoom(plan);
    room.value(10, "p", 10);
    room.message(11, [reading("p", null, at(5), { quality: "bad" }), reading("p", 7, at(6), { unit: "kPa" })]);
    expect(room.alarm("s1/p~fault")).toBeUndefined();
    room.message(12, [reading("p", null, null, { quality: "bad" })]);
    expect(room.alarm("s1/p~fault")?.level).toBe("yellow");
  });

  it("is told also by a device whose clock cannot be trusted, whatever time it names", () => {
    const room = createRoom(plan);
    for (let s = 0; s < 3; s += 1) room.value(s, "p", 10, { measured: s - 100_000 });
    for (let s = 3; s < 6; s += 1) room.value(s, "p", 10, { measured: s + 100 });
    expect(room.alarm("s1/d1~clock")?.level).toBe("orange");
    room.message(7, [reading("p", null, at(-100_000), { quality: "bad" })]);
    expect(room.alarm("s1/p~fault")?.level).toBe("yellow");
  });
});

describe("a saturated sample inside a pending run", () => {
  const limits = { red: limit(90, { onDelayMs: 20 * second }) };
  const story = (rest: Parameters<typeof point>[1]) => ({
    plan: planOf([
      point("p", { range: { sensor: [0, 100], operator: [0, 100] }, rules: [rule("high", limits)], ...rest }),
    ]),
    alarm: id,
    code: "p",
  });

  it("makes the alarm want a second measurement when a later sample raises it", () => {
    const room = tell(story({}), [
      [0, measures(120), "normal", null, 0, ""],
      [20, measures(95), "unacknowledged", "red", 1, all],
      [30, measures(10), "latchedUnacknowledged", null, 1, all],
    ]);
    expect(room.alarm(id)?.needsMeasurement).toBe(true);
  });

  it("does so when the loss of the device raises it", () => {
    const room = tell(story({}), [
      [0, measures(120), "normal", null, 0, ""],
      [1, measures(95), "normal", null, 0, ""],
      [5, goesAway, "unacknowledged", "red", 1, all],
    ]);
    expect(room.alarm(id)?.needsMeasurement).toBe(true);
  });

  it("does so when a tick raises it", () => {
    const room = tell(story(byException), [
      [0, measures(120), "normal", null, 0, ""],
      [1, measures(95), "normal", null, 0, ""],
      [20, passes, "unacknowledged", "red", 1, all],
    ]);
    expect(room.alarm(id)?.needsMeasurement).toBe(true);
  });

  it("is forgotten with the run when a good sample ends that", () => {
    const room = tell(story({}), [
      [0, measures(120), "normal", null, 0, ""],
      [1, measures(10), "normal", null, 0, ""],
      [2, measures(95), "normal", null, 0, ""],
      [22, measures(95), "unacknowledged", "red", 1, all],
    ]);
    expect(room.alarm(id)?.needsMeasurement).toBe(false);
  });
});

describe("an acknowledged red that fell and rises again hours later", () => {
  it("asks once at the rise, not once for every half hour that it was not red", () => {
    const room = createRoom(
      planOf([point("p", { silentAfterMs: 100 * hour, rules: [rule("high", { blue: limit(50), red: limit(90) })] })]),
    );
    room.value(0, "p", 95);
    for (const tier of tiers) room.acknowledge(1, tier, id);
    room.value(10, "p", 55);
    const rise = 27 * 3600;
    room.pass(rise - 1);
    expect(room.alarm(id)?.revision).toBe(1);
    room.value(rise, "p", 95);
    room.pass(rise + 299);
    const asked = room.transitions(id).filter(({ why }) => why.code === "reAlarmAcknowledged");
    expect(asked.map((one) => [one.at, one.revision])).toEqual([[at(rise), 2]]);
    expect(room.alarm(id)?.tiers.map(({ owedSince }) => owedSince)).toEqual(Array(4).fill(at(rise)));
  });
});

describe("the device of a point", () => {
  const plan = planOf([point("p", { silentAfterMs: hour })], { devices: ["s1/d2"] });
  const deviceOf = (room: Room) => room.state().points.get("s1/p")?.device;

  it("is that of the newest judged sample, whoever else sends nothing, late values or another unit", () => {
    const room = createRoom(plan);
    room.value(10, "p", 1);
    room.value(11, "p", null, { device: "d2" });
    room.value(12, "p", 1, { device: "d2", measured: 5 });
    room.value(13, "p", 1, { device: "d2", unit: "kPa" });
    expect(deviceOf(room)).toBe("s1/d1");
    room.value(14, "p", 1, { device: "d2" });
    expect(deviceOf(room)).toBe("s1/d2");
  });
});

describe("a point by exception", () => {
  it.each([
    [minute, 600],
    [hour, 3600],
  ])("that was never heard is so after its %i ms, ten minutes at least", (silentAfterMs, seconds) => {
    const room = createRoom(planOf([point("p", { report: "onChange", silentAfterMs })]));
    room.pass(seconds);
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.pass(seconds + 0.001);
    expect(room.transitions("s1/p~silence")).toMatchObject([{ level: "blue", why: { code: "neverHeard" } }]);
  });

  it("is never silent by itself once it was heard", () => {
    const room = createRoom(planOf([point("p", { report: "onChange", silentAfterMs: minute })]));
    room.value(0, "p", 1);
    room.link(0, true);
    room.pass(9999);
    expect(room.alarm("s1/p~silence")).toBeUndefined();
  });

  it("is unknown while its device is not there, and known again with it", () => {
    const room = createRoom(
      planOf([point("p", byException), point("q", { device: "s1/d2", silentAfterMs: 24 * hour })]),
    );
    room.value(0, "p", 1);
    room.value(0, "q", 1, { device: "d2" });
    room.link(1, true);
    expect(room.site()).toMatchObject({ status: "normal", goodPoints: 2 });
    room.link(2, false);
    expect(room.site()).toMatchObject({ status: "unknown", goodPoints: 1, items: [{ unknown: 1 }] });
    room.link(3, true);
    expect(room.site()).toMatchObject({ status: "normal", goodPoints: 2 });
  });
});
