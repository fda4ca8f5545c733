// How a site is sampled more often where something stands or a storm is on, and what is expected of whom meanwhile.
import { describe, expect, it } from "vitest";
import type { Plan, Point, Site } from "../../../contract/plant.ts";
import { heard } from "../../../server/monitor.ts";
import { hour, limit, minute, planOf, point, rule, second } from "../../support/plant.ts";
import { at, createRoom, reading, telemetry, type Room } from "../../support/room.ts";

const rungs = {
  yellow: limit(70, { onDelayMs: 20 * minute }),
  red: limit(90, { onDelayMs: 20 * minute }),
};
const usual = { report: { everyMs: 10 * minute }, silentAfterMs: 30 * minute, silence: { yellow: 60 * minute } };
const sampling: Point["sampling"] = {
  alert: { everyMs: 5 * minute, silentAfterMs: 15 * minute, silence: {} },
  storm: { everyMs: minute, silentAfterMs: 3 * minute, silence: { yellow: 10 * minute }, onDelayMs: 2 * minute },
};
const rain = point("rain", { ...usual, sampling, rules: [rule("high", { blue: limit(16), yellow: limit(30) })] });
const level = point("level", { ...usual, sampling, rules: [rule("high", rungs)] });
const still = point("still", { ...usual, rules: [rule("high", rungs)] });
const when: NonNullable<Site["sampling"]> = {
  alert: { when: [{ source: "s1", atLeast: "yellow" }], holdMs: hour },
  storm: { when: [{ source: "s1/rain", rule: "limit", atLeast: "yellow" }], holdMs: 6 * hour },
};

function planWith(points: readonly Point[], sampled: Site["sampling"] | null = when): Plan {
  const plan = planOf(points);
  if (sampled === null || sampled === undefined) return plan;
  return { ...plan, sites: plan.sites.map((site) => ({ ...site, sampling: sampled })) };
}
const plan = planWith([rain, level, still]);
const id = "s1/level~limit~high";
const min = (minutes: number): number => minutes * 60;

/** Every point says something. */
function all(room: Room, minutes: number, values: { rain?: number; level?: number } = {}): void {
  const { rain: mm = 0, level: m = 10 } = values;
  room.message(min(minutes), [
    reading("rain", mm, at(min(minutes))),
    reading("level", m, at(min(minutes))),
    reading("still", 10, at(min(minutes))),
  ]);
}

function ack(room: Room, minutes: number, order: number, device = "d1", site = "s1"): void {
  room.say(min(minutes), { kind: "ack", site, device, order });
}

describe("the profile of a site", () => {
  it("is not spoken of before it first leaves the normal one", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 29 });
    expect(room.site().sampling).toBeUndefined();
    expect(room.state().sampling.size).toBe(0);
  });

  it("is the storm's from the very sample on that raises its rule, and says whom it waits for", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    expect(room.site().sampling).toEqual({ profile: "storm", since: at(0), order: 1, waiting: ["s1/d1"] });
  });

  it("is told to the walls as a numbered change of the site", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    const told = room.changes.flatMap((change) => (change.type === "site" ? [change.site.sampling?.profile] : []));
    expect(told.at(-1)).toBe("storm");
  });

  it("holds so long after its rule is over, then becomes the calmer one and at last normal", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    all(room, 10);
    room.pass(min(10) + 6 * 3600 - 1);
    expect(room.site().sampling?.profile).toBe("storm");
    room.pass(min(10) + 6 * 3600);
    // The alarm of the rain has returned, and so the site's hour of alert has long passed.
    expect(room.site().sampling).toMatchObject({ profile: "normal", since: at(min(10) + 6 * 3600), order: 2 });
  });

  it("begins its hold anew where its rule comes on again", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    all(room, 10);
    all(room, 60, { rain: 30 });
    all(room, 70);
    room.pass(min(70) + 6 * 3600 - 1);
    expect(room.site().sampling).toMatchObject({ profile: "storm", order: 1 });
    room.pass(min(70) + 6 * 3600);
    expect(room.site().sampling?.profile).toBe("normal");
  });

  it("is that of an alert where anything on the site stands at yellow, and of a storm above it", () => {
    const room = createRoom(planWith([rain, level, point("gas", { rules: [rule("high", { yellow: limit(5) })] })]));
    room.value(0, "gas", 6);
    expect(room.site().sampling).toMatchObject({ profile: "alert", order: 1 });
    room.value(1, "rain", 30);
    expect(room.site().sampling).toMatchObject({ profile: "storm", order: 2 });
    room.value(2, "rain", 0);
    room.pass(2 + 6 * 3600);
    expect(room.site().sampling).toMatchObject({ profile: "alert", order: 3 });
  });

  it("hears only the rule that is named, or any where none is", () => {
    const other = rule("high", { yellow: limit(50) }, { id: "other" });
    const two = point("rain", { ...usual, sampling, rules: [rule("high", { yellow: limit(90) }), other] });
    const named = createRoom(planWith([two]));
    named.value(0, "rain", 60);
    expect(named.site().sampling?.profile).toBe("alert");
    const any = createRoom(
      planWith([two], { storm: { when: [{ source: "s1/rain", atLeast: "yellow" }], holdMs: hour } }),
    );
    any.value(0, "rain", 60);
    expect(any.site().sampling?.profile).toBe("storm");
  });

  it("ends where the plan has no occasion for it any more, and is forgotten with its site", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    room.plan(1, planWith([rain, level, still], null));
    expect(room.site().sampling).toMatchObject({ profile: "normal", order: 2 });
    room.plan(2, planOf([point("p", { site: "s2" })]));
    expect(room.state().sampling.size).toBe(0);
  });

  it("survives a restart, with its hold", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    ack(room, 1, 1);
    all(room, 10);
    room.restart();
    expect(room.site().sampling).toMatchObject({ profile: "storm", waiting: [] });
    room.pass(min(10) + 6 * 3600);
    expect(room.site().sampling?.profile).toBe("normal");
  });
});

describe("silence in a storm", () => {
  it("calls nobody silent who was not told: without an acknowledgement the usual period holds", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    room.pass(min(30));
    expect(room.alarm("s1/level~silence")).toBeUndefined();
    room.pass(min(30) + 1);
    expect(room.state().points.get("s1/level")?.loss).toBe("silent");
  });

  it("expects the shorter period from the acknowledgement on, and not from the last sample before it", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    ack(room, 9, 1);
    room.pass(min(12));
    expect(room.alarm("s1/level~silence")).toBeUndefined();
    room.pass(min(12) + 0.001);
    expect(room.alarm("s1/level~silence")).toMatchObject({ level: "blue" });
    // What has no cadence of its own in a storm speaks as it always did.
    expect(room.alarm("s1/still~silence")).toBeUndefined();
    room.pass(min(19) + 0.001);
    expect(room.alarm("s1/level~silence")).toMatchObject({ level: "yellow" });
  });

  it("expects the longer period at once when the storm is over", () => {
    const room = createRoom(planWith([rain, level], { storm: { ...when.storm!, holdMs: 0 } }));
    all(room, 0, { rain: 30 });
    ack(room, 1, 1);
    all(room, 2);
    expect(room.site().sampling?.profile).toBe("normal");
    room.pass(min(32));
    expect(room.alarm("s1/level~silence")).toBeUndefined();
  });

  it("keeps the calmer promise until a sharper order is acknowledged", () => {
    const gas = point("gas", { rules: [rule("high", { yellow: limit(5) })], device: "s1/d2" });
    const room = createRoom(planWith([rain, level, gas]));
    all(room, 0);
    room.value(0, "gas", 6, { device: "d2" });
    ack(room, 1, 1);
    all(room, 2, { rain: 30 });
    room.pass(min(10));
    expect(room.alarm("s1/level~silence")).toBeUndefined();
    room.pass(min(17) + 0.001);
    expect(room.alarm("s1/level~silence")).toMatchObject({ level: "blue" });
  });

  it("falls back to the alert's cadence where a point has none for a storm", () => {
    const { alert } = sampling;
    const room = createRoom(planWith([rain, point("slow", { ...usual, sampling: { alert: alert! } })]));
    room.message(0, [reading("rain", 30, at(0)), reading("slow", 1, at(0))]);
    ack(room, 0, 1);
    room.value(1, "slow", 1);
    room.pass(min(15) + 1.001);
    expect(room.alarm("s1/slow~silence")).toMatchObject({ level: "blue" });
  });

  it("takes a gap that began before the promise for none, and one after it for one", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    ack(room, 9, 1);
    all(room, 10, { rain: 30 });
    expect(room.faults()["SAMPLE_AFTER_GAP"]).toBeUndefined();
    all(room, 14, { rain: 30 });
    expect(room.faults()["SAMPLE_AFTER_GAP"]).toBe(2);
  });

  it("calls late what lags by the shorter period", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    ack(room, 0, 1);
    room.value(min(5), "level", 10, { measured: min(1) });
    expect(room.state().points.get("s1/level")?.loss).toBe("lagging");
  });

  it("is at least orange where the whole site is lost, also after the rain's alarm has returned", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    all(room, 10);
    for (const tier of ["enterprise", "county"] as const) room.acknowledge(min(10), tier, "s1/rain~limit~high");
    expect(room.alarm("s1/rain~limit~high")?.state).toBe("normal");
    room.link(min(11), false);
    room.pass(min(13));
    expect(room.alarm("s1/d1~link")).toMatchObject({ level: "orange" });
  });
});

describe("the on-delay in a storm", () => {
  it("is at most the one of the storm, and ends nothing", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30, level: 75 });
    all(room, 1, { rain: 30, level: 75 });
    expect(room.transitions(id)).toEqual([]);
    all(room, 2, { rain: 30, level: 75 });
    expect(room.transitions(id)[0]).toMatchObject({ at: at(min(2)), violatedSince: at(0), level: "yellow" });
  });

  it("serves a run that began before it: nothing is hidden for 20 minutes in a storm", () => {
    const room = createRoom(plan);
    all(room, 0, { level: 75 });
    all(room, 9, { level: 75 });
    all(room, 10, { rain: 30, level: 75 });
    // The level of the storm's own instant was judged before it.
    expect(room.transitions(id)).toEqual([]);
    all(room, 11, { rain: 30, level: 75 });
    expect(room.transitions(id)[0]).toMatchObject({ at: at(min(11)), level: "yellow" });
  });

  it("is never lengthened for a run that began in the storm, and holds again for the next", () => {
    const room = createRoom(planWith([rain, level], { storm: { ...when.storm!, holdMs: 0 } }));
    all(room, 0, { rain: 30 });
    all(room, 1, { rain: 30, level: 75 });
    all(room, 2, { level: 75 });
    expect(room.site().sampling?.profile).toBe("normal");
    all(room, 3, { level: 75 });
    expect(room.transitions(id)[0]).toMatchObject({ at: at(min(3)), violatedSince: at(min(1)) });
    all(room, 4);
    all(room, 5, { level: 75 });
    all(room, 24, { level: 75 });
    expect(room.alarm(id)?.level).toBeNull();
    all(room, 25, { level: 75 });
    expect(room.alarm(id)).toMatchObject({ level: "yellow", violatedSince: at(min(5)) });
  });

  it("stays as it is for a point that has none for storms, and for what was measured before the storm", () => {
    const room = createRoom(plan);
    room.value(min(10), "rain", 30);
    for (const minutes of [1, 5]) room.value(min(10), "level", 75, { measured: min(minutes) });
    for (const minutes of [11, 15]) room.value(min(minutes), "still", 75);
    expect(room.alarm(id)).toBeUndefined();
    expect(room.alarm("s1/still~limit~high")).toBeUndefined();
  });
});

describe("the order to a device", () => {
  const told = "s1/d1~sampling";

  it("is waited for until it is acknowledged, once", () => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    ack(room, 1, 1);
    const { seq } = room.state();
    expect(room.site().sampling?.waiting).toEqual([]);
    ack(room, 2, 1);
    expect(room.state().seq).toBe(seq);
    expect(room.state().sampling.get("s1")?.promised.get("s1/d1")?.since).toBe(at(min(1)));
  });

  it("is a data alarm where nobody acknowledges it within two minutes, until somebody does", () => {
    const room = createRoom(plan);
    room.link(0, true);
    all(room, 0, { rain: 30 });
    room.pass(119);
    expect(room.alarm(told)).toBeUndefined();
    room.pass(120);
    expect(room.alarm(told)).toMatchObject({ level: "blue", isData: true, why: { code: "orderUnanswered" } });
    ack(room, 3, 1);
    expect(room.alarm(told)).toMatchObject({ level: null, why: { code: "orderAnswered" } });
  });

  it("is no alarm of a device that is not there; once it is back it has two minutes again", () => {
    const room = createRoom(plan);
    room.link(0, true);
    all(room, 0, { rain: 30 });
    room.link(60, false);
    room.pass(150);
    expect(room.alarm(told)).toBeUndefined();
    room.link(200, true);
    room.pass(319);
    expect(room.alarm(told)).toBeUndefined();
    room.pass(320);
    expect(room.alarm(told)).toMatchObject({ level: "blue" });
  });

  it("is not owed any more in normal life", () => {
    const room = createRoom(planWith([rain, level], { storm: { ...when.storm!, holdMs: 0 } }));
    room.link(0, true);
    all(room, 0, { rain: 30 });
    room.pass(120);
    all(room, 3);
    expect(room.alarm(told)).toMatchObject({ level: null });
    room.pass(min(20));
    expect(room.transitions(told)).toHaveLength(2);
  });

  it("is given anew to a device that was away: it may have forgotten what it was told", () => {
    const room = createRoom(plan);
    room.link(0, true);
    all(room, 0, { rain: 30 });
    ack(room, 0, 1);
    room.link(min(1), false);
    room.link(min(2), true);
    expect(room.site().sampling?.waiting).toEqual(["s1/d1"]);
    room.pass(min(2) + 29 * 60);
    expect(room.alarm("s1/level~silence")).toBeUndefined();
  });

  it("touches no point that another device reports", () => {
    const other = point("other", { ...usual, sampling, device: "s1/d2" });
    const room = createRoom(planWith([rain, other]));
    room.value(0, "rain", 30);
    room.value(0, "other", 1, { device: "d2" });
    ack(room, 1, 1);
    room.pass(min(5));
    expect(room.alarm("s1/rain~silence")).toMatchObject({ level: "blue" });
    expect(room.alarm("s1/other~silence")).toBeUndefined();
  });

  it.each([
    ["an order that does not stand", 2, "d1", "s1", "ACK_UNEXPECTED"],
    ["an unknown device", 1, "nobody", "s1", "DEVICE_UNKNOWN"],
    ["an unknown site", 1, "d1", "nowhere", "DEVICE_UNKNOWN"],
  ] as const)("counts an acknowledgement of %s, and believes it nothing", (_, order, device, site, code) => {
    const room = createRoom(plan);
    all(room, 0, { rain: 30 });
    ack(room, 1, order, device, site);
    expect(room.faults()[code]).toBe(1);
    expect(room.site().sampling?.waiting).toEqual(["s1/d1"]);
  });

  it("is unexpected where the site never had one", () => {
    const room = createRoom(plan);
    ack(room, 1, 1);
    expect(room.faults()["ACK_UNEXPECTED"]).toBe(1);
  });
});

it("leaves the short way to whoever the shorter period would call late", () => {
  const ways = [true, false].map((isShortWayOpen) => {
    const room = createRoom(plan, 0, { isShortWayOpen });
    room.link(0, true);
    all(room, 0, { rain: 30 });
    ack(room, 0, 1);
    for (const minutes of [1, 2, 6, 7, 11]) {
      room.say(min(minutes), telemetry([reading("level", 10, at(min(minutes) - second / 1000))]));
    }
    return [room.changes, room.faults()];
  });
  expect(ways[0]).toEqual(ways[1]);
});

describe("a point that two devices report", () => {
  it("is silent by what the last of them has promised, and no deadline is put off for ever", () => {
    const quick: Point["sampling"] = { storm: { everyMs: 5 * second, silentAfterMs: 15 * second, silence: {} } };
    const two = planOf(
      [
        point("p", { silentAfterMs: minute, sampling: quick }),
        point("trip", { device: "s1/d3", silentAfterMs: 10 * minute, rules: [rule("high", { red: limit(50) })] }),
      ],
      { devices: ["s1/d2"] },
    );
    const stormy = { storm: { when: [{ source: "s1/trip", atLeast: "red" as const }], holdMs: hour } };
    const room = createRoom({ ...two, sites: two.sites.map((site) => ({ ...site, sampling: stormy })) });
    room.value(1, "p", 1);
    room.message(2, [], { device: "d2" });
    room.message(3, [reading("trip", 60, at(3))], { device: "d3" });
    room.say(4, { kind: "ack", site: "s1", device: "d2", order: 1 });
    room.value(5, "p", 1);
    room.message(10, [reading("p", 2, at(10))], { device: "d2" });
    expect(room.monitor().nextDue(at(3600))).toBe(at(25) + 1);
    room.pass(62);
    expect(room.alarm("s1/p~silence")).toMatchObject({ level: "blue" });
  });
});

it("is told of an acknowledgement by the message that carried it", () => {
  const message = { kind: "message", number: 7, at: 5, topic: "t", payload: new Uint8Array() } as const;
  const acknowledged = { kind: "ack", site: "s1", device: "d1", order: 3 } as const;
  expect(heard(message, { ok: true, message: acknowledged })).toEqual({ ...acknowledged, number: 7, at: 5 });
});
