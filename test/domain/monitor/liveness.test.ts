// How each device is doing, as the monitor follows it: what came, what is missing, how late, by what clock, and why it went.
import { deserialize, serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import type { DeviceLiveness } from "../../../contract/liveness.ts";
import { createMonitor } from "../../../server/monitor.ts";
import { packState, unpackState, type PackedState } from "../../../server/monitor/pack.ts";
import { wholeOf } from "../../support/packed.ts";
import { planOf, point } from "../../support/plant.ts";
import { at, createRoom, reading, type Room } from "../../support/room.ts";

const plan = planOf(
  [
    point("p", { range: { sensor: [0, 100], operator: [0, 50] } }),
    point("q"),
    point("batt", { health: "battery", unit: "V", isData: true }),
    point("rssi", { health: "signal", unit: "dBm", device: "s1/d2" }),
  ],
  { devices: ["s2/idle"] },
);

function of(room: Room, id = "s1/d1"): DeviceLiveness {
  return room
    .monitor()
    .liveness()
    .find((one) => one.id === id) as DeviceLiveness;
}

describe("a device", () => {
  it("that was never heard is shown with nothing", () => {
    const room = createRoom(plan);
    expect(
      room
        .monitor()
        .liveness()
        .map(({ id, site }) => [id, site]),
    ).toEqual([
      ["s1/d1", "s1"],
      ["s1/d2", "s1"],
      ["s2/idle", "s2"],
    ]);
    expect(of(room)).toMatchObject({
      state: "unheard",
      since: at(0),
      heardAt: null,
      left: null,
      messages: 0,
      sequence: { newest: null, runs: 0, open: 0 },
      lag: null,
      clockAheadMs: null,
      backfill: null,
      badShare: null,
      battery: [{ point: "s1/batt", value: null, unit: "V", quality: "missing", sourceAt: 0 }],
      signal: [],
      silences: [],
    });
    expect(of(room, "s1/d2").signal).toMatchObject([{ point: "s1/rssi" }]);
  });

  it("has its messages counted, its values by quality, how late it speaks and how its clock stands", () => {
    const room = createRoom(plan);
    room.message(1, [reading("p", 10, at(0.7)), reading("batt", 12.5, at(0.7))]);
    room.message(11, [
      reading("p", 60, at(10.9)),
      reading("q", null, at(10.9)),
      reading("batt", null, at(10.9), { quality: "bad" }),
    ]);
    room.message(21, [reading("p", -5, at(19)), reading("stranger", 1, at(20.9))]);
    room.message(22, []);
    expect(of(room)).toMatchObject({
      state: "online",
      heardAt: at(22),
      messages: 4,
      values: 5,
      quality: { good: 2, suspect: 1, bad: 2, missing: 1 },
      badShare: 4 / 6,
      lag: { worstMs: 300 },
      clockAheadMs: -100,
      battery: [{ value: 12.5, quality: "bad" }],
    });
  });

  it("that is ahead is known to be, also where nothing of it can be judged by its own time", () => {
    const room = createRoom(plan);
    for (const s of [1, 2, 3, 4]) room.value(s, "p", 10, { measured: s + 100 });
    expect(of(room)).toMatchObject({ clockAheadMs: 100_000, lag: null });
    room.message(5, [reading("p", 10, null)]);
    expect(of(room)).toMatchObject({ clockAheadMs: 100_000, lag: null, messages: 5 });
  });

  it("whose numbers leave something out has a gap, which what comes later fills; and a new beginning is none", () => {
    const room = createRoom(plan);
    room.value(1, "p", 1, { sequence: 7 });
    room.value(2, "p", 1, { sequence: 12 });
    expect(of(room).sequence).toMatchObject({ gaps: [{ from: 8, to: 11, foundAt: at(2) }], open: 4 });
    expect(room.faults()).toEqual({ SEQUENCE_GAP: 4 });
    room.value(3, "p", 1, { sequence: 9, measured: 1.5 });
    expect(of(room).sequence).toMatchObject({
      gaps: [
        { from: 8, to: 8 },
        { from: 10, to: 11 },
      ],
      backfilled: 1,
    });
    // What filled a gap is no jump back, from which the next one would be a jump ahead.
    room.value(4, "p", 1, { sequence: 13 });
    room.value(4, "p", 1, { sequence: 13 });
    room.value(5, "p", 1, { sequence: 12, measured: 2 });
    expect(room.faults()).toMatchObject({ SEQUENCE_GAP: 4 });
    expect(of(room).sequence).toMatchObject({ newest: 13, duplicates: 2, runs: 1, open: 3 });
    expect(room.monitor().livenessTotals()).toEqual({ openNumbers: 3, duplicates: 2, backfilling: 1 });
    room.value(6, "p", 1, { sequence: 0 });
    expect(of(room).sequence).toMatchObject({ newest: 0, runs: 2, runSince: at(6), open: 0, forgotten: 3 });
  });

  it("whose clock is not trusted begins anew with a lower number, whatever its time says", () => {
    const room = createRoom(plan);
    for (const s of [1, 2, 3]) room.value(s, "p", 1, { sequence: 100 + s, measured: s + 100 });
    room.value(4, "p", 1, { sequence: 0, measured: 101 });
    expect(of(room).sequence).toMatchObject({ newest: 0, runs: 2 });
  });

  it("that tells of its past is followed until it has come to the present", () => {
    const room = createRoom(plan);
    room.value(1, "p", 1);
    for (const [nth, s] of [601, 602, 603].entries()) room.value(s, "p", 2, { measured: 10 + nth * 10 });
    expect(of(room).backfill).toMatchObject({
      since: at(601),
      lastAt: at(603),
      oldestAt: at(10),
      newestAt: at(30),
      values: 3,
      isDone: false,
    });
    // In order it is late, and says nothing of the clock.
    expect(of(room)).toMatchObject({ clockAheadMs: 0, lag: { worstMs: 591_000 } });
    room.value(604, "p", 2);
    room.value(605, "p", 2, { measured: 25 });
    expect(of(room)).toMatchObject({ backfill: { values: 4, newestAt: at(30) }, lag: { worstMs: 591_000 } });
    room.value(666, "p", 2);
    expect(of(room).backfill).toMatchObject({ isDone: true });
    expect(room.monitor().livenessTotals().backfilling).toBe(0);
  });

  it("tells why it is offline, on the wall as well, and a later word corrects the first", () => {
    const room = createRoom(plan);
    room.value(1, "p", 1);
    room.link(10, false, "s1/d1", true);
    expect(room.changes.findLast((one) => one.type === "device")).toMatchObject({
      device: { state: "offline", since: at(10), why: "goodbye" },
    });
    room.link(11, false, "s1/d1", true);
    room.link(12, false, "s1/d1", false);
    const told = room.changes.flatMap((one) => (one.type === "device" ? [one.device.why ?? one.device.state] : []));
    expect(told).toEqual(["online", "goodbye", "lost"]);
    expect(of(room)).toMatchObject({ state: "offline", since: at(10), left: { at: at(10), why: "lost" }, losses: 1 });
    room.link(20, true);
    room.link(21, true, "s1/d1", true);
    expect(room.monitor().standing().devices[0]).toEqual({ id: "s1/d1", state: "online", since: at(20) });
    expect(of(room)).toMatchObject({ state: "online", left: { at: at(10) } });
  });

  it("keeps its ledger under a new plan, and loses it with its place in the plan", () => {
    const room = createRoom(plan);
    room.value(1, "p", 1, { sequence: 7 });
    room.value(2, "p", 1, { sequence: 9 });
    room.plan(3, planOf([point("z", { device: "s1/d0" }), ...plan.points]));
    expect(of(room)).toMatchObject({ messages: 2, sequence: { open: 1 } });
    expect(of(room, "s1/d0")).toMatchObject({ messages: 0 });
    room.plan(4, planOf([point("z", { device: "s1/d0" })]));
    room.plan(5, plan);
    expect(of(room)).toMatchObject({ messages: 0, sequence: { runs: 0, open: 0 } });
  });

  it("is the same after a start from a checkpoint", () => {
    const room = createRoom(plan);
    for (const [nth, sequence] of [1, 2, 5, 9, 6].entries()) room.value(nth, "p", nth, { sequence });
    room.link(10, false, "s1/d2");
    const packed = deserialize(serialize(wholeOf(packState(room.state()))));
    const again = createMonitor(unpackState(packed as PackedState));
    expect(again.liveness()).toEqual(room.monitor().liveness());
    expect(again.livenessTotals()).toEqual(room.monitor().livenessTotals());
  });

  it("is counted the same by the short way as by the long one", () => {
    const rooms = [createRoom(plan), createRoom(plan, 0, { isShortWayOpen: false })] as const;
    for (const room of rooms) {
      for (let nth = 0; nth < 500; nth += 1) {
        const s = 10 * nth;
        const sequence = nth % 90 === 60 ? nth + 1 : nth;
        room.message(s, [reading("p", 10 + (nth % 3), at(s - 0.2)), reading("q", 1, at(s - 0.2))], { sequence });
      }
      expect(of(room)).toMatchObject({ messages: 500, values: 1000, lag: { worstMs: 200 } });
    }
    expect(rooms[0].state()).toEqual(rooms[1].state());
  });
});
