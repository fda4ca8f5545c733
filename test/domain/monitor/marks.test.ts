// Shelved, suppressed, out of service: told as stories, with everything that ends them (semantics §3).
import { describe, expect, it } from "vitest";
import type { Tier } from "../../../contract/plant.ts";
import { hour, ladder, limit, planOf, point, rule, second } from "../../support/plant.ts";
import { at, createRoom, officer, type Room } from "../../support/room.ts";
import { owedOf } from "../../support/story.ts";

const id = "s1/p~limit~high";
const rungs = { blue: limit(50), yellow: limit(60), orange: limit(70), red: limit(80) };
const points = [
  point("p", { rules: [rule("high", rungs)] }),
  point("q", { rules: [rule("high", rungs, { mayMark: false })] }),
  point("gas", { rules: [rule("high", rungs, { latch: true })] }),
];
const newRoom = (): Room => createRoom(planOf(points));
const work = { reason: "calibration", forMs: 24 * hour, order: "WO-7", measure: "portable gauge" };

function onAt(level: number): Room {
  const room = newRoom();
  room.value(1, "p", level);
  return room;
}
const shelve = (room: Room, seconds: number, rest: { forMs?: number; reason?: string; approver?: Tier } = {}) =>
  room.act(
    seconds,
    "shelve",
    {
      alarm: id,
      occurrence: room.alarm(id)?.occurrence ?? 0,
      reason: rest.reason ?? "valve work",
      forMs: rest.forMs ?? hour,
    },
    rest.approver === undefined ? {} : { approver: officer(rest.approver) },
  );

describe("a shelved alarm", () => {
  it("asks nobody, is listed with who, why and until when, and asks everybody anew at its end", () => {
    const room = onAt(65);
    expect(owedOf(room, id)).toBe("enterprise:yellow county:yellow");
    expect(shelve(room, 10)).toMatchObject({ ok: true });
    expect(owedOf(room, id)).toBe("");
    expect(room.alarm(id)?.marks).toEqual([
      {
        kind: "shelved",
        setAt: at(10),
        until: at(10) + hour,
        level: "yellow",
        upTo: "yellow",
        by: { kind: "person", id: "officer-enterprise", tier: "enterprise" },
        reason: "valve work",
        approver: null,
        rule: null,
        order: null,
        measure: null,
      },
    ]);
    room.pass(3609);
    expect(room.transitions(id)).toHaveLength(2);
    room.pass(3610);
    const end = room.transitions(id)[2];
    expect(end).toMatchObject({ at: at(3610), why: { code: "markEnded", values: { ended: "shelved" } }, marks: [] });
    expect(end?.revision).toBe(2);
    expect(owedOf(room, id)).toBe("enterprise:yellow county:yellow");
    expect(room.alarm(id)?.tiers[0]).toMatchObject({ owedSince: at(3610), dueAt: at(3610) + 900 * second });
  });

  it("is judged and recorded all the while", () => {
    const room = onAt(65);
    shelve(room, 10);
    room.value(20, "p", 55);
    room.value(30, "p", 10);
    room.value(40, "p", 62);
    expect(room.transitions(id).map(({ why, level }) => `${why.code} ${level}`)).toEqual([
      "limitViolated yellow",
      "shelved yellow",
      "limitFell blue",
      "limitReturned null",
      "limitViolated yellow",
    ]);
    expect(room.transitions(id).at(-1)?.marks).toHaveLength(1);
    expect(owedOf(room, id)).toBe("");
  });

  it("ends with a rise above its level, in the very step of the rise, whoever knew of that level before", () => {
    const room = onAt(72);
    for (const tier of ["enterprise", "county", "city"] as const) room.acknowledge(2, tier, id);
    room.value(3, "p", 65);
    shelve(room, 10);
    room.value(20, "p", 75);
    expect(room.transitions(id).at(-1)).toMatchObject({ why: { code: "limitViolated" }, level: "orange", marks: [] });
    expect(owedOf(room, id)).toBe("enterprise:orange county:orange city:orange");
    expect(room.alarm(id)?.revision).toBe(2);
  });

  it("that was orange is approved by another person, and ends with red", () => {
    const room = onAt(75);
    expect(shelve(room, 2)).toMatchObject({ ok: false, code: "APPROVER_REQUIRED" });
    expect(shelve(room, 3, { approver: "enterprise" })).toMatchObject({ ok: false, code: "APPROVER_NOT_ALLOWED" });
    expect(shelve(room, 4, { approver: "county" })).toMatchObject({ ok: true });
    expect(room.alarm(id)?.marks[0]).toMatchObject({ approver: "officer-county", upTo: "orange" });
    room.value(5, "p", 85);
    expect(room.alarm(id)?.marks).toEqual([]);
    expect(owedOf(room, id)).toBe("enterprise:red county:red city:red township:red");
    expect(shelve(room, 6, { approver: "county" })).toMatchObject({ ok: false, code: "SHELVE_NOT_ALLOWED" });
  });

  it("wants a reason, an alarm that is known, the occurrence that was seen, and at most 8 h", () => {
    const room = onAt(65);
    expect(shelve(room, 2, { reason: "  " })).toMatchObject({ ok: false, code: "REASON_REQUIRED" });
    expect(shelve(room, 2, { forMs: 9 * hour })).toMatchObject({ ok: false, code: "MARK_TOO_LONG" });
    const seen = { reason: "x", forMs: hour };
    expect(room.act(2, "shelve", { ...seen, alarm: id, occurrence: 0 })).toMatchObject({ code: "ALARM_CHANGED" });
    expect(room.act(2, "shelve", { ...seen, alarm: "s1/p~none", occurrence: 0 })).toEqual({
      ok: false,
      code: "ALARM_NOT_FOUND",
    });
    expect(room.transitions(id)).toHaveLength(1);
  });

  it("does not re-alarm; a server that was away at its end asks once, at the end's own time", () => {
    const room = onAt(65);
    shelve(room, 10);
    room.pass(3000);
    room.neighbour(3001, "server", "down");
    room.restart();
    room.neighbour(7000, "server", "up");
    expect(
      room
        .transitions(id)
        .map(({ at: when, why }) => [when, why.code])
        .slice(2, 3),
    ).toEqual([[at(3610), "markEnded"]]);
  });

  it("cannot be acknowledged, not even through the roll-up that it lifted", () => {
    const room = onAt(65);
    shelve(room, 10);
    const revision = room.alarm(id)?.revision ?? 0;
    expect(room.acknowledge(20, "enterprise", id, { revision })).toMatchObject({ code: "ALARM_NOT_ACKNOWLEDGEABLE" });

    const four = ["a", "b", "c", "d"];
    const ponds = planOf(
      four.map((code) => point(code, { rules: [rule("high", rungs)] })),
      { itemRollup: ladder("none") },
    );
    const pond = createRoom(ponds);
    for (const code of four) pond.value(1, code, 55);
    const alarm = "s1/a~limit~high";
    pond.act(2, "shelve", { alarm, occurrence: 1, reason: "x", forMs: hour });
    pond.acknowledge(3, "enterprise", "s1/i1~ladder");
    expect(pond.transitions("s1/b~limit~high")).toHaveLength(2);
    expect(pond.transitions(alarm)).toHaveLength(2);
    pond.act(4, "unshelve", { alarm, occurrence: 1 });
    expect(owedOf(pond, alarm)).toBe("enterprise:blue");
  });

  it("gives no new time to a tier that the routing no longer asks, but asks it still", () => {
    const room = onAt(65);
    shelve(room, 2);
    const { process } = planOf(points).routing;
    const routing = { ...planOf(points).routing, process: { ...process, yellow: process.blue } };
    room.plan(3, planOf(points, { routing }));
    room.act(4, "unshelve", { alarm: id, occurrence: 1 });
    expect(room.alarm(id)?.tiers.map(({ tier, dueAt }) => [tier, dueAt])).toEqual([
      ["enterprise", at(4) + 1800 * second],
      ["county", at(1) + 900 * second],
    ]);
  });

  it("is the same act once, however often the command comes", () => {
    const room = onAt(65);
    const request = { alarm: id, occurrence: 1, reason: "valve work", forMs: hour };
    const first = room.act(2, "shelve", request, { commandId: "command-x" });
    expect(room.act(3, "shelve", request, { commandId: "command-x" })).toEqual(first);
    expect(room.transitions(id)).toHaveLength(2);
  });

  it("is ended by hand once, and says that there is nothing to end", () => {
    const room = onAt(65);
    shelve(room, 2);
    expect(room.act(3, "unshelve", { alarm: id, occurrence: 1, reason: "done" })).toMatchObject({ ok: true });
    expect(room.transitions(id).at(-1)).toMatchObject({ reason: "done", actor: { id: "officer-enterprise" } });
    expect(room.act(4, "unshelve", { alarm: id, occurrence: 1 })).toMatchObject({ code: "MARK_NOT_FOUND" });
    expect(room.act(4, "unshelve", { alarm: "s1/nowhere", occurrence: 1 })).toEqual({
      ok: false,
      code: "ALARM_NOT_FOUND",
    });
  });
});

describe("overfill, overtopping and latched kinds", () => {
  it("take no mark while abnormal; one that was set at rest ends with whatever comes on", () => {
    for (const [code, alarm] of [
      ["q", "s1/q~limit~high"],
      ["gas", "s1/gas~limit~high"],
    ] as const) {
      const room = newRoom();
      const request = { alarm, occurrence: 0, ...work };
      expect(room.act(1, "outOfService", request, { approver: officer("township") })).toMatchObject({ ok: true });
      expect(room.alarm(alarm)).toMatchObject({ occurrence: 0, state: "normal", marks: [{ upTo: null }] });
      room.value(2, code, 55);
      expect(room.alarm(alarm)?.marks).toEqual([]);
      expect(owedOf(room, alarm)).toBe("enterprise:blue");
      const again = { alarm, occurrence: 1, reason: "x", forMs: hour };
      expect(room.act(3, "shelve", again)).toMatchObject({ code: "SHELVE_NOT_ALLOWED" });
    }
  });
});

describe("a point out of service", () => {
  const out = (room: Room, seconds: number, upTo?: "orange") =>
    room.act(
      seconds,
      "outOfService",
      { alarm: id, occurrence: room.alarm(id)?.occurrence ?? 0, ...work, ...(upTo === undefined ? {} : { upTo }) },
      { approver: officer("township") },
    );

  it("is returned by hand below red: no good value is to be expected of it", () => {
    const room = onAt(65);
    const back = { alarm: id, occurrence: 1, reason: "measured", measurement: 10 };
    expect(room.act(1, "returnByHand", back)).toMatchObject({ code: "ALARM_NOT_RETURNABLE" });
    expect(out(room, 2)).toMatchObject({ ok: true });
    expect(room.act(3, "returnByHand", back)).toMatchObject({ ok: true });
    expect(room.alarm(id)).toMatchObject({ level: null });
  });

  it("keeps counting at the level that it had, is unknown, and is shown as so many of so many", () => {
    const room = onAt(65);
    room.message(1, []);
    expect(out(room, 2)).toMatchObject({ ok: true });
    room.value(3, "p", 10);
    expect(room.alarm(id)).toMatchObject({ level: null, state: "returnedUnacknowledged" });
    expect(room.site()).toMatchObject({ status: "yellow", rollup: { outOfService: 1, level: "yellow" } });
    expect(room.site().items[0]).toMatchObject({ outOfService: 1, level: "yellow", worstIfUnknown: "red" });
    expect(room.alarm(id)?.marks[0]).toMatchObject({
      order: "WO-7",
      measure: "portable gauge",
      approver: "officer-township",
    });
    room.act(4, "returnToService", { alarm: id, occurrence: 1 });
    expect(room.site()).toMatchObject({ rollup: { outOfService: 0, level: null } });
    expect(owedOf(room, id)).toBe("enterprise:yellow county:yellow");
  });

  it("may be taken out before it alarms, up to a level that is named; red ends it", () => {
    const room = newRoom();
    room.value(1, "p", 10);
    expect(out(room, 2, "orange")).toMatchObject({ ok: true });
    expect(room.monitor().standing().alarms).toMatchObject([{ id, state: "normal", level: null, returnedAt: null }]);
    room.value(3, "p", 75);
    expect(owedOf(room, id)).toBe("");
    room.value(4, "p", 85);
    expect(room.alarm(id)).toMatchObject({ revision: 1 + 1, marks: [] });
    expect(owedOf(room, id)).toBe("enterprise:red county:red city:red township:red");
  });

  it("is approved by the tier above", () => {
    const room = onAt(65);
    const request = { alarm: id, occurrence: 1, ...work };
    expect(room.act(2, "outOfService", request)).toMatchObject({ code: "APPROVER_REQUIRED" });
    const by = { person: officer("county"), approver: officer("township") };
    expect(room.act(2, "outOfService", request, by)).toMatchObject({ code: "APPROVER_NOT_ALLOWED" });
  });
});

describe("a suppression by design", () => {
  it("names its rule, has no end of its own, and stands beside a shelving: the last mark to go asks", () => {
    const room = onAt(65);
    shelve(room, 2);
    const by = { person: officer("city", "administrator") };
    room.act(3, "suppress", { alarm: id, occurrence: 1, reason: "unit is down", rule: "unit-down" }, by);
    expect(room.alarm(id)?.marks.map(({ kind, until, rule: named }) => [kind, until, named])).toEqual([
      ["shelved", at(2) + hour, null],
      ["suppressed", null, "unit-down"],
    ]);
    room.pass(4000);
    expect(room.transitions(id).at(-1)).toMatchObject({ why: { values: { ended: "shelved" } }, revision: 1 });
    expect(owedOf(room, id)).toBe("");
    room.act(4001, "unsuppress", { alarm: id, occurrence: 1 }, by);
    expect(owedOf(room, id)).toBe("enterprise:yellow county:yellow");
  });
});
