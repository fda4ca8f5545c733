// What people measure: manual readings, and the return of an alarm that no instrument can prove (semantics §1, §3).
import { deserialize, serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import type { Level } from "../../../contract/level.ts";
import { packState, unpackState, type PackedState } from "../../../server/monitor/pack.ts";
import { wholeOf } from "../../support/packed.ts";
import { limit, minute, planOf, point, rule, second } from "../../support/plant.ts";
import { at, createRoom, type Room } from "../../support/room.ts";

const id = "s1/p~limit~high";
const slow = { onDelayMs: 60 * second, onSamples: 3 };
const rungs = { yellow: limit(60, slow), red: limit(80) };
const planWith = (limits: Partial<Record<Level, ReturnType<typeof limit>>>, rest = {}) =>
  planOf([
    point("p", { rules: [rule("high", limits)], range: { sensor: [0, 100], operator: [0, 90] }, ...rest }),
    point("q"),
  ]);

/** The point is yellow, and then silent or bad. */
function blind(by: "silence" | "bad" = "silence"): Room {
  const room = createRoom(planWith(rungs));
  for (const seconds of [0, 30, 60]) room.value(seconds, "p", 65);
  if (by === "bad") room.value(70, "p", 65, { quality: "bad" });
  else room.pass(120);
  expect(room.alarm(id)).toMatchObject({ level: "yellow" });
  return room;
}
const giveBack = (
  room: Room,
  seconds: number,
  rest: { measurement?: number; reason?: string; occurrence?: number } = {},
) => room.act(seconds, "returnByHand", { alarm: id, occurrence: 1, reason: "measured by hand", ...rest });

describe("a return by hand", () => {
  it("ends what a silent or bad point cannot prove, by a named person with a reason and a measurement", () => {
    for (const by of ["silence", "bad"] as const) {
      const room = blind(by);
      expect(giveBack(room, 200, { measurement: 40 })).toMatchObject({ ok: true });
      expect(room.alarm(id)).toMatchObject({ level: null, state: "returnedUnacknowledged" });
      expect(room.transitions(id).at(-1)).toMatchObject({
        why: { code: "returnedByHand", values: { measurement: 40 } },
        actor: { kind: "person", id: "officer-enterprise", tier: "enterprise" },
        reason: "measured by hand",
      });
    }
  });

  it("lets the next violating sample raise without delay, once", () => {
    const room = blind();
    giveBack(room, 200, { measurement: 40 });
    const kept = unpackState(deserialize(serialize(wholeOf(packState(room.state())))) as PackedState);
    expect(kept.points.get("s1/p")?.rules).toMatchObject([{ isPrimed: true }]);
    room.restart();
    room.value(210, "p", 65);
    expect(room.alarm(id)).toMatchObject({ level: "yellow", revision: 2 });
    room.value(220, "p", 10);
    room.value(230, "p", 65);
    expect(room.alarm(id)).toMatchObject({ level: null });
  });

  it("asks for the usual delay again once a good value beyond the deadband has proven it; a bad one proves nothing", () => {
    for (const [value, quality, level] of [
      [40, "good", null],
      [40, "suspect", "yellow"],
      [40, "bad", "yellow"],
    ] as const) {
      const room = blind();
      giveBack(room, 200, { measurement: 40 });
      room.value(210, "p", value, { quality });
      room.value(220, "p", 65);
      expect([quality, room.alarm(id)?.level]).toEqual([quality, level]);
    }
  });

  it("is refused at red, on a healthy point, without reason or measurement, and where the measurement violates", () => {
    const room = blind();
    expect(giveBack(room, 200)).toMatchObject({ code: "MEASUREMENT_REQUIRED" });
    expect(giveBack(room, 200, { measurement: 40, reason: " " })).toMatchObject({ code: "REASON_REQUIRED" });
    expect(giveBack(room, 200, { measurement: 60 })).toMatchObject({ code: "ALARM_NOT_RETURNABLE" });
    expect(giveBack(room, 200, { measurement: 40, occurrence: 2 })).toMatchObject({ code: "ALARM_CHANGED" });
    expect(room.act(200, "returnByHand", { alarm: "none", occurrence: 1, reason: "x" })).toEqual({
      ok: false,
      code: "ALARM_NOT_FOUND",
    });
    room.value(210, "p", 65);
    expect(giveBack(room, 211, { measurement: 40 })).toMatchObject({ code: "ALARM_NOT_RETURNABLE" });
    room.value(220, "p", 85);
    room.pass(300);
    expect(giveBack(room, 301, { measurement: 40 })).toMatchObject({ code: "ALARM_NOT_RETURNABLE" });
    const silence = { alarm: "s1/p~silence", occurrence: 1, reason: "x", measurement: 1 };
    expect(room.act(302, "returnByHand", silence)).toMatchObject({ code: "ALARM_NOT_RETURNABLE" });
  });

  it("returns an alarm whose rule has changed without a measurement, but not against the value that is there", () => {
    const room = createRoom(planWith({ red: limit(80) }));
    room.value(0, "p", 85);
    room.plan(1, planWith({ red: limit(82) }));
    expect(room.alarm(id)).toMatchObject({ isRuleChanged: true });
    expect(giveBack(room, 2)).toMatchObject({ code: "ALARM_NOT_RETURNABLE" });
    room.plan(3, planWith({ red: limit(90) }));
    expect(giveBack(room, 4)).toMatchObject({ ok: true });
    expect(room.alarm(id)?.level).toBeNull();
  });

  it("returns an alarm whose rule, or whose very point, is gone", () => {
    const room = createRoom(planWith({ red: limit(80) }));
    room.value(0, "p", 85);
    room.plan(1, planWith({}));
    expect(giveBack(room, 2)).toMatchObject({ ok: true });
    expect(room.site().rollup.level).toBeNull();

    const other = createRoom(planWith({ yellow: limit(60) }));
    other.value(0, "p", 65);
    other.plan(1, planOf([point("q")]));
    expect(giveBack(other, 2, { measurement: 65 })).toMatchObject({ ok: true });
    expect(other.alarm(id)?.level).toBeNull();
  });

  it("returns a point that is out of service, or whose device is lost as a whole", () => {
    const room = createRoom(planWith(rungs));
    for (const seconds of [0, 30, 60]) room.value(seconds, "p", 65);
    room.link(61, false);
    room.pass(100);
    expect(giveBack(room, 101, { measurement: 40 })).toMatchObject({ ok: true });
  });
});

describe("a manual reading", () => {
  const read = (room: Room, seconds: number, value: number, measured?: number, of = "s1/p") =>
    room.act(seconds, "reading", {
      point: of,
      value,
      reason: "dip tape",
      ...(measured === undefined ? {} : { measuredAt: at(measured) }),
    });

  it("is judged like any other, names its person, and is handed on to be stored", () => {
    const room = createRoom(planWith({ yellow: limit(60) }));
    expect(read(room, 10, 65)).toMatchObject({ ok: true });
    expect(room.alarm(id)).toMatchObject({ level: "yellow", value: 65 });
    expect(room.transitions(id)[0]).toMatchObject({
      at: at(10),
      actor: { kind: "person", id: "officer-enterprise", tier: "enterprise" },
    });
    expect(room.flags.at(-1)).toEqual([[0, 1, 65, 0, at(10)]]);
    read(room, 20, 95);
    expect(room.flags.at(-1)).toEqual([[0, 1, 95, 2, at(20)]]);
    read(room, 30, 40);
    expect(room.alarm(id)?.level).toBeNull();
    expect(room.site().items[0]).toMatchObject({ level: null });
  });

  it("says nothing of the instrument: a silent one stays silent, a failed one failed", () => {
    const room = createRoom(planWith({ red: limit(80) }));
    room.value(0, "p", 40, { quality: "bad" });
    room.pass(100);
    read(room, 101, 40);
    const open = room
      .monitor()
      .standing()
      .alarms.map(({ rule: of }) => of);
    expect(open).toEqual(expect.arrayContaining(["fault", "silence"]));
    expect(room.site().status).not.toBe("normal");
  });

  it("is refused where it is older than what was judged, of the future, without reason, or of no known point", () => {
    const room = createRoom(planWith({ red: limit(80) }));
    room.value(10, "p", 40);
    expect(read(room, 20, 50, 10)).toEqual({ ok: false, code: "SAMPLE_LATE" });
    expect(read(room, 20, 50, 21)).toEqual({ ok: false, code: "SAMPLE_IN_FUTURE" });
    expect(read(room, 20, 50, 15)).toMatchObject({ ok: true });
    expect(read(room, 21, 50, 15, "s1/none")).toEqual({ ok: false, code: "NOT_FOUND" });
    expect(room.act(21, "reading", { point: "s1/p", value: 1, reason: " " })).toEqual({
      ok: false,
      code: "REASON_REQUIRED",
    });
    expect(room.flags.at(-1)).toEqual([]);
  });

  it("starts no return that a tick would complete while the device of its point is away", () => {
    const onChange = { report: "onChange", silentAfterMs: 60 * minute } as const;
    const room = createRoom(planWith({ yellow: limit(60, { offDelayMs: 5 * second }) }, onChange));
    room.value(0, "p", 65);
    room.link(1, false);
    read(room, 2, 40);
    room.link(3, true);
    room.pass(60);
    expect(room.alarm(id)?.level).toBe("yellow");
    read(room, 61, 40);
    room.pass(70);
    expect(room.alarm(id)?.level).toBeNull();
  });
});
