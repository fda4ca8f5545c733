// What concerns a whole shift: the horn that is silenced, the hand-over, floods, and which alarm came first.
import { describe, expect, it } from "vitest";
import type { Scope } from "../../../contract/scope.ts";
import type { Person } from "../../../contract/wall.ts";
import { hour, limit, minute, planOf, point, rule } from "../../support/plant.ts";
import { at, createRoom, officer, reading, type Room } from "../../support/room.ts";
import { owedOf } from "../../support/story.ts";

const rungs = { blue: limit(50), yellow: limit(60), orange: limit(70), red: limit(80) };
const codes = Array.from({ length: 14 }, (_, nth) => `p${nth}`);
const plan = planOf([
  ...codes.map((code) => point(code, { rules: [rule("high", rungs)], silentAfterMs: 24 * hour })),
  point("gas", { rules: [rule("high", rungs, { latch: true })], silentAfterMs: 24 * hour }),
]);
const idOf = (code: string): string => `s1/${code}~limit~high`;

describe("silence", () => {
  it("is a change that every wall hears of, once for each tier, and touches no alarm", () => {
    const room = createRoom(plan);
    expect(room.act(1, "silence", {})).toEqual({ ok: false, code: "NOTHING_TO_SILENCE" });
    room.value(2, "p0", 65);
    const before = room.alarm(idOf("p0"));
    expect(room.act(3, "silence", {}, { person: officer("city") })).toEqual({ ok: false, code: "NOTHING_TO_SILENCE" });
    expect(room.act(3, "silence", {})).toMatchObject({ ok: true });
    const silence = { tier: "enterprise", at: at(3), by: "officer-enterprise" };
    expect(room.changes.at(-1)).toMatchObject({ type: "silence", silence });
    expect(room.monitor().standing().silences).toEqual([silence]);
    expect(room.alarm(idOf("p0"))).toEqual(before);
    // What asks after it sounds: its tier was asked later than it was silenced.
    room.value(4, "p1", 65);
    expect(room.alarm(idOf("p1"))?.tiers[0]?.askedAt).toBeGreaterThan(silence.at);
  });
});

describe("of those who have a part of the city", () => {
  const two = planOf(
    ["a", "b"].map((site) => point("p", { site, rules: [rule("high", rungs)], silentAfterMs: 24 * hour })),
  );
  const raise = (room: Room, site: string) => room.message(1, [reading("p", at(1), 65)], { site });
  const personOf = (scope: Scope, role: Person["role"] = "dutyOfficer"): Person => ({
    name: `officer-${scope.sites?.join("-") ?? "all"}`,
    role,
    tier: "county",
    scope,
  });
  const [ofA, ofB] = [personOf({ sites: ["a"] }), personOf({ sites: ["b"] })];
  const ofAll = personOf({});
  const silence = (room: Room, seconds: number, person: Person) => room.act(seconds, "silence", {}, { person });
  const both = (): Room => {
    const room = createRoom(two);
    raise(room, "a");
    raise(room, "b");
    return room;
  };

  it("a silence is for the walls of the same scope, beside that of the city and of other scopes", () => {
    const room = both();
    expect([silence(room, 2, ofA), silence(room, 3, ofB), silence(room, 4, ofAll)]).toMatchObject([
      { ok: true },
      { ok: true },
      { ok: true },
    ]);
    expect(room.monitor().standing().silences).toEqual([
      { tier: "county", scope: { sites: ["a"] }, at: at(2), by: "officer-a" },
      { tier: "county", scope: { sites: ["b"] }, at: at(3), by: "officer-b" },
      { tier: "county", at: at(4), by: "officer-all" },
    ]);
    expect(room.changes.at(-1)).toMatchObject({ silence: { at: at(4) } });
  });

  it("a silence of a scope is forgotten once it holds no longer, and that of the city stays", () => {
    const room = both();
    silence(room, 2, ofA);
    silence(room, 3, ofAll);
    silence(room, 100, ofB);
    expect(room.monitor().standing().silences).toHaveLength(3);
    silence(room, 122, ofB);
    expect(
      room
        .monitor()
        .standing()
        .silences.map(({ by }) => by),
    ).toEqual(["officer-all", "officer-b"]);
  });

  it("nothing is silenced where only what is not theirs sounds: another site, or the city's neighbour", () => {
    const room = createRoom(two);
    raise(room, "b");
    room.neighbour(2, "historian", "down");
    const places = room
      .monitor()
      .standing()
      .alarms.map(({ site }) => site);
    expect(new Set(places)).toEqual(new Set(["b", null]));
    expect(silence(room, 3, ofA)).toEqual({ ok: false, code: "NOTHING_TO_SILENCE" });
    expect(silence(room, 3, ofB)).toMatchObject({ ok: true });
  });

  it("a hand-over asks again for what is theirs, and for nothing else", () => {
    const room = both();
    room.neighbour(2, "broker", "down");
    const { length } = room.changes;
    expect(room.act(10, "handover", { tier: "county" }, { person: ofA })).toMatchObject({ ok: true });
    const asked = room.changes.slice(length).flatMap((one) => (one.type === "alarm" ? [one.alarm.site] : []));
    expect(asked).toEqual(["a"]);
  });

  it("a hand-over is of their own tier, also an administrator's", () => {
    const room = both();
    const administrator = personOf({ sites: ["a"] }, "administrator");
    expect(room.act(10, "handover", { tier: "city" }, { person: administrator })).toEqual({
      ok: false,
      code: "NOT_ALLOWED",
    });
  });
});

describe("a hand-over", () => {
  const handOver = (room: Room, seconds: number) =>
    room.act(seconds, "handover", { tier: "county", note: "night shift" }, { person: officer("county") });

  it("asks the tier again for all that stands: answered, owed, and latched", () => {
    const room = createRoom(plan);
    room.value(1, "p0", 65);
    room.acknowledge(2, "county", idOf("p0"));
    room.value(3, "p1", 65);
    room.value(4, "gas", 65);
    room.acknowledge(5, "county", idOf("gas"));
    room.acknowledge(5, "enterprise", idOf("gas"));
    room.value(6, "gas", 10);
    expect(handOver(room, 100)).toMatchObject({ ok: true });
    for (const code of ["p0", "p1", "gas"]) {
      expect([code, owedOf(room, idOf(code)).includes("county:yellow")]).toEqual([code, true]);
      expect(room.alarm(idOf(code))).toMatchObject({ revision: 2 });
    }
    expect(room.alarm(idOf("p1"))?.tiers[1]).toMatchObject({ owedSince: at(3), askedAt: at(100) });
    expect(room.alarm(idOf("gas"))?.state).toBe("latchedUnacknowledged");
    expect(room.transitions(idOf("p0")).at(-1)).toMatchObject({
      why: { code: "handover", values: { tier: "county" } },
      actor: { id: "officer-county" },
      reason: "night shift",
    });
  });

  it("asks for nothing that is over, marked, or not this tier's", () => {
    const room = createRoom(plan);
    room.value(1, "p0", 55);
    room.value(1, "p1", 65);
    room.act(2, "shelve", { alarm: idOf("p1"), occurrence: 1, reason: "x", forMs: hour });
    room.value(3, "p2", 65);
    for (const tier of ["enterprise", "county"] as const) room.acknowledge(4, tier, idOf("p2"));
    room.value(5, "p2", 10);
    const { length } = room.changes;
    handOver(room, 100);
    expect(room.changes.slice(length)).toMatchObject([{ type: "handover", handover: { asked: 0 } }]);
  });

  it("asks a tier that was not asked before, where the level now is its own", () => {
    const room = createRoom(plan);
    room.value(1, "p0", 55);
    const duties = plan.routing.process;
    room.plan(2, { ...plan, routing: { ...plan.routing, process: { ...duties, blue: duties.yellow } } });
    handOver(room, 3);
    expect(owedOf(room, idOf("p0"))).toBe("enterprise:blue county:blue");
  });

  it("is kept with who took over, what he wrote and how much asked him, until the next, also over a restart", () => {
    const room = createRoom(plan);
    room.value(1, "p0", 65);
    room.value(1, "p1", 65);
    handOver(room, 100);
    const taken = { tier: "county", at: at(100), by: "officer-county", note: "night shift", asked: 2 };
    expect(room.changes.at(-1)).toMatchObject({ type: "handover", handover: taken });
    room.restart();
    expect(room.monitor().standing().handovers).toEqual([taken]);
    const by = { person: officer("county", "administrator") };
    room.act(200, "handover", { tier: "county" }, by);
    room.act(300, "handover", { tier: "city" }, by);
    expect(room.monitor().standing().handovers).toMatchObject([
      { tier: "county", at: at(200), note: null },
      { tier: "city", at: at(300), by: by.person.name },
    ]);
  });

  it("of a part of the city stands beside that of the whole, and is forgotten after a week without another", () => {
    const room = createRoom(plan);
    const ofPart = { ...officer("county"), name: "part", scope: { sites: ["s1"] } };
    const week = (7 * 24 * hour) / 1000;
    handOver(room, 1);
    room.act(2, "handover", { tier: "county" }, { person: ofPart });
    const scopes = () =>
      room
        .monitor()
        .standing()
        .handovers.map(({ scope }) => scope);
    expect(scopes()).toEqual([undefined, { sites: ["s1"] }]);
    handOver(room, 1 + week);
    expect(scopes()).toHaveLength(2);
    handOver(room, 2 + week);
    expect(scopes()).toEqual([undefined]);
  });

  it("is each tier's own, and the administrator's", () => {
    const room = createRoom(plan);
    expect(room.act(1, "handover", { tier: "city" })).toEqual({ ok: false, code: "NOT_ALLOWED" });
    const by = { person: officer("county", "administrator") };
    expect(room.act(1, "handover", { tier: "city" }, by)).toMatchObject({ ok: true });
  });
});

describe("a flood", () => {
  it("is a change of the city with its eleventh alarm, and another when fewer than five came in ten minutes", () => {
    const room = createRoom(plan);
    for (const [nth, code] of codes.entries()) room.value(nth + 1, code, 55);
    const floods = () => room.changes.filter((change) => change.type === "flood");
    expect(floods()).toMatchObject([{ flood: { tier: "enterprise", since: at(11) } }]);
    expect(room.monitor().standing().floods).toEqual([{ tier: "enterprise", since: at(11) }]);
    room.restart();
    room.pass(609);
    expect(floods()).toHaveLength(1);
    room.pass(610);
    expect(floods()[1]).toMatchObject({ flood: { tier: "enterprise", since: null } });
  });

  it("counts neither what asks again nor what stands under a mark", () => {
    const room = createRoom(plan);
    for (const [nth, code] of codes.entries()) {
      const mark = { alarm: idOf(code), occurrence: 0, reason: "trial run", forMs: hour, upTo: "blue" as const };
      expect(room.act(nth, "shelve", mark)).toMatchObject({ ok: true });
      room.value(nth, code, 55);
    }
    expect(room.changes.filter((change) => change.type === "flood")).toEqual([]);
  });
});

describe("an event group", () => {
  const groupOf = (room: Room, code: string): readonly [string | null | undefined, boolean | undefined] => [
    room.alarm(idOf(code))?.group,
    room.alarm(idOf(code))?.isFirstOut,
  ];

  it("holds the alarms of a site that open within 10 min of its last; the earliest is first-out", () => {
    const room = createRoom(plan);
    room.value(1, "p0", 65);
    room.value(500, "p1", 65);
    room.restart();
    room.value(1100, "p2", 65);
    room.value(1701, "p3", 65);
    const [first] = groupOf(room, "p0");
    expect(groupOf(room, "p0")).toEqual([first, true]);
    expect(groupOf(room, "p1")).toEqual([first, false]);
    expect(groupOf(room, "p2")).toEqual([first, false]);
    expect(groupOf(room, "p3")[0]).not.toBe(first);
    expect(groupOf(room, "p3")[1]).toBe(true);
  });

  it("gives the place to what began earlier and was heard of later, and the walls are told", () => {
    const room = createRoom(plan);
    room.value(100, "p0", 65);
    room.value(110, "p1", 65, { measured: 90 });
    expect(groupOf(room, "p1")[1]).toBe(true);
    expect(groupOf(room, "p0")[1]).toBe(false);
    const [group] = groupOf(room, "p0");
    expect(room.transitions(idOf("p0")).at(-1)).toMatchObject({ why: { code: "firstOutMoved", values: { group } } });
    expect(room.transitions(idOf("p0")).at(-1)?.revision).toBe(1);
  });

  it("does not speak of a first alarm that is over, and is not ended by what was found long after", () => {
    const room = createRoom(plan);
    room.value(4000, "p0", 55);
    room.value(4001, "p0", 10);
    room.acknowledge(4002, "enterprise", idOf("p0"));
    room.value(4003, "p1", 65, { measured: 3990 });
    expect(room.transitions(idOf("p0")).at(-1)?.why.code).toBe("acknowledged");
    room.value(4004, "p2", 65, { measured: 1 });
    expect(groupOf(room, "p2")[1]).toBe(true);
    room.value(4005, "p3", 65);
    expect(groupOf(room, "p3")).toEqual([groupOf(room, "p1")[0], false]);
    // An alarm that comes again in the same group is not its first anew.
    room.value(4006, "p0", 55, { measured: 4006 });
    expect(groupOf(room, "p0")).toEqual([groupOf(room, "p1")[0], false]);
  });

  it("is a site's matter: what belongs to none has none", () => {
    const room = createRoom(plan);
    room.neighbour(1, "broker", "down");
    expect(room.monitor().standing().alarms[0]).toMatchObject({ site: null, group: null, isFirstOut: false });
  });
});

describe("what wears people out", () => {
  it("is shown on the alarm and hides nothing", () => {
    const room = createRoom(plan);
    for (let nth = 0; nth < 6; nth += 1) room.value(nth * 20, "p0", nth % 2 === 0 ? 65 : 10);
    const view = room.alarm(idOf("p0"));
    expect(view).toMatchObject({ chatteringUntil: at(0) + 5 * minute, isFleeting: false, longStandingAt: null });
    expect(owedOf(room, idOf("p0"))).toBe("enterprise:yellow county:yellow");
    room.value(200, "p1", 65);
    expect(room.alarm(idOf("p1"))?.longStandingAt).toBe(at(200) + 24 * hour);
    room.value(205, "p1", 10);
    expect(room.alarm(idOf("p1"))?.isFleeting).toBe(true);
  });
});
