// Who is there: silence, lag, lost devices, a lost link, clocks that lie (semantics §6).
import { describe, expect, it } from "vitest";
import { hour, limit, minute, planOf, point, rule } from "../../support/plant.ts";
import { at, createRoom, reading, type Room } from "../../support/room.ts";

const red = [rule("high", { red: limit(90) })];
const codes = ["a", "b", "c", "d", "e"];

/** Values for all of these points in one message. */
function speak(room: Room, seconds: number, of: readonly string[], device = "d1", site = "s1"): void {
  room.message(
    seconds,
    of.map((code) => reading(code, 1, at(seconds))),
    { device, site },
  );
}

describe("a silent point", () => {
  const plan = planOf([point("p", { rules: red, silence: { yellow: 2 * minute, orange: hour } }), point("q")]);

  it("has a data alarm past its own time, which climbs by its kind and returns with the next sample", () => {
    const room = createRoom(plan);
    room.value(0, "p", 1);
    room.pass(30);
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.pass(30.001);
    expect(room.alarm("s1/p~silence")).toMatchObject({ level: "blue", isData: true, why: { code: "silent" } });
    expect(room.site().status).toBe("unknown");
    room.pass(2 * 60 + 0.001);
    expect(room.alarm("s1/p~silence")?.level).toBe("yellow");
    room.pass(3600.001);
    expect(room.alarm("s1/p~silence")?.level).toBe("orange");
    room.value(3700, "p", 1);
    expect(room.alarm("s1/p~silence")).toMatchObject({
      level: null,
      state: "returnedUnacknowledged",
      why: { code: "heardAgain" },
    });
    expect(room.transitions("s1/p~silence").map((one) => one.at)).toContain(at(30.001));
  });

  it("leaves its process alarm as it is", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95);
    room.pass(100);
    expect(room.alarm("s1/p~limit~high")).toMatchObject({ level: "red", state: "unacknowledged" });
    expect(room.site()).toMatchObject({ status: "red", goodKeyPoints: 0 });
  });

  it("is never called normal because a value is missing, null or refused", () => {
    const room = createRoom(plan);
    room.value(0, "p", 1);
    room.value(20, "p", null);
    room.value(29, "p", 2, { unit: "kPa" });
    room.pass(31);
    expect(room.alarm("s1/p~silence")?.level).toBe("blue");
    expect(room.faults()).toEqual({ UNIT_MISMATCH: 1 });
  });

  it("that was never heard is told after ten minutes, as never heard", () => {
    const room = createRoom(plan);
    room.pass(600);
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.pass(600.001);
    expect(room.alarm("s1/p~silence")).toMatchObject({ level: "yellow", why: { code: "neverHeard" } });
    expect(room.site().status).toBe("offline");
  });

  it("starts its clock anew with the server, the broker, its device and the plan, not before", () => {
    const room = createRoom(plan);
    room.value(0, "p", 1);
    room.neighbour(29, "broker", "up");
    room.pass(59);
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.link(59, false);
    room.link(59, true);
    room.pass(89);
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.restart();
    room.neighbour(89, "server", "up");
    room.pass(119);
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.pass(119.001);
    expect(room.alarm("s1/p~silence")?.level).toBe("blue");
  });

  it("is not found silent by a server that was away itself, however long", () => {
    const room = createRoom(plan);
    room.value(0, "p", 1);
    room.neighbour(10, "server", "down");
    expect(room.monitor().nextDue(at(9999))).toBeNull();
    room.neighbour(9999, "server", "up");
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.pass(10_029.001);
    expect(room.alarm("s1/p~silence")?.level).toBe("blue");
  });

  it("does not become silent by the broker's absence, but its value is unverified at once", () => {
    const room = createRoom(plan);
    speak(room, 0, ["p", "q"]);
    expect(room.site().status).toBe("normal");
    room.neighbour(1, "broker", "down");
    expect(room.site()).toMatchObject({ status: "unknown", goodPoints: 0 });
    room.pass(1000);
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.neighbour(1001, "broker", "up");
    expect(room.site().status).toBe("unknown");
    speak(room, 1002, ["p", "q"]);
    expect(room.site().status).toBe("normal");
  });

  it("keeps the level that it had by lagging, and falls from it only when it is heard in time", () => {
    const slow = planOf([point("p", { silence: { yellow: minute, orange: 2 * hour } })]);
    const room = createRoom(slow);
    room.value(0, "p", 1);
    for (let s = 40; s <= 110; s += 10) room.value(s, "p", 1, { measured: s / 100 });
    expect(room.alarm("s1/p~silence")).toMatchObject({ level: "yellow", why: { code: "lagging" } });
    room.pass(141);
    expect(room.state().points.get("s1/p")).toMatchObject({ loss: "silent", lossLevel: "yellow" });
    expect(room.alarm("s1/p~silence")?.level).toBe("yellow");
  });
});

describe("a lagging point", () => {
  it("has the same data alarm while messages arrive with old data, and loses it with the first fresh one", () => {
    const room = createRoom(planOf([point("p", { rules: red })]));
    room.value(100, "p", 1, { measured: 69.9 });
    expect(room.alarm("s1/p~silence")).toMatchObject({ level: "blue", why: { code: "lagging" } });
    expect(room.site().status).toBe("unknown");
    room.value(110, "p", 1, { measured: 79 });
    expect(room.transitions("s1/p~silence")).toHaveLength(1);
    room.value(120, "p", 1);
    expect(room.alarm("s1/p~silence")?.level).toBeNull();
    expect(room.site().status).toBe("normal");
  });

  it("is told by the age of its newest judged data: repeats of old data prove that the link lives, nothing more", () => {
    const room = createRoom(planOf([point("p", { rules: red })]));
    room.value(0, "p", 1);
    for (const s of [10, 20, 30]) room.value(s, "p", 1, { measured: 0 });
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.value(31, "p", 1, { measured: 0 });
    expect(room.alarm("s1/p~silence")).toMatchObject({ why: { code: "lagging" } });
    expect(room.monitor().oldest()).toEqual({ point: "s1/p", sourceAt: at(0) });
  });

  it("does not lag because an old sample came again while fresh ones are here", () => {
    const room = createRoom(planOf([point("p", { rules: red })]));
    for (const s of [0, 10, 20, 30, 40, 50]) room.value(s, "p", s);
    room.value(51, "p", 0, { measured: 0 });
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    expect(room.faults()).toEqual({ SAMPLE_DUPLICATE: 1 });
  });
});

describe("a device", () => {
  const plan = planOf(codes.map((code) => point(code, { rules: red })));

  it("has one alarm for more than three silent points, and each point its own for three", () => {
    const room = createRoom(plan);
    speak(room, 0, codes);
    speak(room, 10, ["a", "b"]);
    room.pass(30.001);
    expect(
      room
        .monitor()
        .standing()
        .alarms.map(({ id }) => id),
    ).toEqual(["s1/c~silence", "s1/d~silence", "s1/e~silence"]);
    const other = createRoom(plan);
    speak(other, 0, codes);
    speak(other, 10, ["a"]);
    other.pass(30.001);
    expect(
      other
        .monitor()
        .standing()
        .alarms.map(({ id }) => id),
    ).toEqual(["s1/d1~link"]);
    expect(other.alarm("s1/d1~link")).toMatchObject({ level: "blue", why: { code: "deviceSilent" } });
  });

  it("gives its silent points back their voice when it no longer speaks for them", () => {
    const room = createRoom(plan);
    speak(room, 0, codes);
    speak(room, 10, ["a"]);
    room.pass(30.001);
    speak(room, 31, ["b"]);
    expect(room.alarm("s1/d1~link")?.level).toBeNull();
    expect(["c", "d", "e"].map((code) => room.alarm(`s1/${code}~silence`)?.level)).toEqual(["blue", "blue", "blue"]);
    expect(room.alarm("s1/a~silence")).toBeUndefined();
  });

  it("speaks for its points also where one of them had an alarm once that is over", () => {
    const room = createRoom(plan);
    speak(room, 0, codes);
    speak(room, 20, codes.slice(1));
    room.pass(30.001);
    expect(room.alarm("s1/a~silence")?.level).toBe("blue");
    speak(room, 35, codes);
    room.acknowledge(36, "enterprise", "s1/a~silence");
    expect(room.alarm("s1/a~silence")?.state).toBe("normal");
    room.pass(65.001);
    expect(
      room
        .monitor()
        .standing()
        .alarms.map(({ id }) => id),
    ).toEqual(["s1/d1~link"]);
  });

  it("that said goodbye is lost after half a minute, and worse after half an hour and after four", () => {
    const room = createRoom(
      planOf([point("p", { silentAfterMs: 24 * hour, report: { everyMs: 8 * hour } })], { devices: ["s1/d2"] }),
    );
    room.link(0, true, "s1/d2");
    room.value(0, "p", 1);
    room.link(1, false);
    const levels = [31, 31.001, 61.001, 1801, 1801.001, 14_401, 14_401.001].map((s) => {
      room.pass(s);
      return room.alarm("s1/d1~link")?.level ?? null;
    });
    expect(levels).toEqual([null, "blue", "blue", "blue", "yellow", "yellow", "orange"]);
    expect(room.site()).toMatchObject({ goodPoints: 0 });
    room.link(15_000, true);
    expect(room.alarm("s1/d1~link")).toMatchObject({ level: null, why: { code: "heardAgain" } });
    expect(room.site()).toMatchObject({ goodPoints: 0 });
    room.value(15_001, "p", 1);
    expect(room.site()).toMatchObject({ goodPoints: 1, status: "normal" });
  });

  it("that said goodbye by itself is only away: no alarm, until its points are silent", () => {
    const room = createRoom(plan);
    speak(room, 0, codes);
    room.link(1, false, "s1/d1", true);
    room.pass(29);
    expect(room.monitor().standing().alarms).toEqual([]);
    room.pass(31.001);
    expect(room.alarm("s1/d1~link")?.level).toBe("blue");
  });

  it("that first said goodbye and then broke off is lost all the same", () => {
    const room = createRoom(plan);
    speak(room, 0, codes);
    room.link(1, false, "s1/d1", true);
    room.say(2, { kind: "link", site: "s1", device: "d1", online: false });
    expect(room.monitor().nextDue(at(9999))).toBe(at(30) + 1);
    room.pass(31.001);
    expect(room.alarm("s1/d1~link")?.why.code).toBe("deviceOffline");
  });

  it("makes the loss of a whole site at least yellow, and orange while an alarm of it is open", () => {
    const room = createRoom(plan);
    speak(room, 0, codes);
    room.link(1, false);
    room.pass(61.002);
    expect(room.alarm("s1/d1~link")?.level).toBe("yellow");
    const other = createRoom(plan);
    speak(other, 0, codes);
    other.value(0.5, "a", 95);
    other.value(0.6, "a", 1);
    other.link(1, false);
    other.pass(61.002);
    expect(other.alarm("s1/a~limit~high")?.state).toBe("returnedUnacknowledged");
    expect(other.alarm("s1/d1~link")?.level).toBe("orange");
  });

  it("is counted where nobody knows it", () => {
    const room = createRoom(plan);
    room.link(0, true, "s1/d9");
    room.message(0, [reading("a", 1, at(0))], { device: "d9" });
    room.message(0, [reading("a", 1, at(0))], { site: "s9" });
    expect(room.faults()).toEqual({ DEVICE_UNKNOWN: 2, SITE_UNKNOWN: 1 });
    expect(room.flags.slice(-2)).toEqual([[[0, 0, 0, 0, 0]], [[0, 0, 0, 0, 0]]]);
  });

  it("is there as soon as it speaks, whatever its state says", () => {
    const room = createRoom(plan);
    room.link(0, false);
    speak(room, 1, ["a"]);
    expect(room.monitor().standing().devices).toEqual([{ id: "s1/d1", state: "online", since: at(1) }]);
    room.link(2, true);
    expect(room.monitor().standing().devices[0]?.since).toBe(at(1));
  });
});

describe("the link", () => {
  const sites = ["s1", "s2", "s3", "s4"];
  const plan = planOf(sites.map((site) => point("p", { site, item: `${site}/i1`, device: `${site}/d1`, rules: red })));

  function lose(room: Room, seconds: number, of: readonly string[]): void {
    for (const site of of) room.link(seconds, false, `${site}/d1`);
    room.pass(seconds + 30.001);
  }

  it("has one alarm for more than half of the devices, the city's to answer", () => {
    const room = createRoom(plan);
    for (const site of sites) speak(room, 0, ["p"], "d1", site);
    lose(room, 1, ["s1", "s2"]);
    expect(room.alarm("link~link")).toBeUndefined();
    lose(room, 40, ["s3"]);
    expect(room.alarm("link~link")).toMatchObject({ level: "orange", why: { code: "linkLost" } });
    expect(room.alarm("link~link")?.tiers.map(({ tier }) => tier)).toEqual(["city"]);
    expect(room.alarm("s3/d1~link")).toBeUndefined();
  });

  it("gives lost devices back their voice when it no longer speaks for them", () => {
    const room = createRoom(plan);
    for (const site of sites) speak(room, 0, ["p"], "d1", site);
    lose(room, 1, ["s1", "s2", "s3"]);
    expect(room.alarm("s3/d1~link")).toBeUndefined();
    speak(room, 50, ["p"], "d1", "s1");
    expect(room.alarm("link~link")?.level).toBeNull();
    expect(room.alarm("s3/d1~link")).toMatchObject({ level: "blue", why: { code: "deviceOffline" } });
  });

  it("is told by the broker's own alarm while the broker is down, and by the devices once it is up", () => {
    const room = createRoom(plan);
    for (const site of sites) speak(room, 0, ["p"], "d1", site);
    room.link(1, false, "s1/d1");
    room.neighbour(2, "broker", "down");
    room.pass(40);
    expect(room.alarm("broker~down")).toMatchObject({ level: "orange", why: { code: "neighbourDown" } });
    expect(room.alarm("s1/d1~link")).toBeUndefined();
    room.neighbour(41, "broker", "up");
    expect(room.alarm("broker~down")?.level).toBeNull();
    expect(room.alarm("s1/d1~link")?.level).toBe("blue");
  });

  it("keeps the devices covered by its alarm when the broker comes back first", () => {
    const room = createRoom(plan);
    for (const site of sites) speak(room, 0, ["p"], "d1", site);
    lose(room, 1, ["s1", "s2", "s3"]);
    room.neighbour(50, "broker", "down");
    room.neighbour(51, "broker", "up");
    expect(room.alarm("s3/d1~link")).toBeUndefined();
    room.neighbour(52, "broker", "down");
    speak(room, 53, ["p"], "d1", "s2");
    speak(room, 53, ["p"], "d1", "s3");
    expect(room.alarm("link~link")?.level).toBeNull();
    expect(room.alarm("s1/d1~link")).toMatchObject({ level: "blue" });
  });

  it("counts a device's absence anew from the server's return, and tells the walls so", () => {
    const room = createRoom(plan);
    speak(room, 0, ["p"]);
    room.link(1, false, "s1/d1");
    room.restart();
    room.neighbour(1000, "server", "up");
    expect(room.monitor().standing().devices[0]).toEqual({
      id: "s1/d1",
      state: "offline",
      since: at(1000),
      why: "lost",
    });
    expect(room.changes.at(-1)).toMatchObject({ type: "device", device: { since: at(1000) } });
    room.pass(1030.001);
    expect(room.alarm("s1/d1~link")?.level).toBe("blue");
  });
});

describe("a neighbour of the server", () => {
  it("is also the room on the disk: low is yellow, and says so in words of its own", () => {
    const room = createRoom(planOf([point("p")]));
    room.neighbour(1, "space", "down");
    expect(room.alarm("space~down")).toMatchObject({ level: "yellow", why: { code: "spaceLow" } });
    room.neighbour(2, "space", "up");
    expect(room.alarm("space~down")).toMatchObject({ level: null, why: { code: "spaceBack" } });
  });

  it("is a state that walls show, and an alarm of the city; the same news twice is none", () => {
    const room = createRoom(planOf([point("p")]));
    room.neighbour(1, "historian", "down");
    room.neighbour(2, "historian", "down");
    room.neighbour(3, "disk", "down");
    expect(room.monitor().standing().neighbours).toEqual([
      { name: "historian", state: "down", since: at(1), reason: "historian is down" },
      { name: "disk", state: "down", since: at(3), reason: "disk is down" },
    ]);
    expect(room.alarm("historian~down")?.level).toBe("yellow");
    expect(room.alarm("historian~down")?.why.code).toBe("neighbourDown");
    expect(room.alarm("disk~down")).toMatchObject({
      level: "orange",
      site: null,
      tiers: [{ tier: "city", dueAt: at(3) + 10 * minute }],
    });
    room.neighbour(4, "disk", "up");
    expect(room.alarm("disk~down")).toMatchObject({ level: null, why: { code: "neighbourUp" } });
    room.acknowledge(5, "city", "disk~down");
    expect(room.alarm("disk~down")?.state).toBe("normal");
  });

  it("asks once for what fell due while the server was away, at its return", () => {
    const room = createRoom(planOf([point("p", { rules: red })]));
    room.value(0, "p", 95);
    room.restart();
    room.neighbour(2000, "server", "up");
    expect(room.transitions("s1/p~limit~high").map((one) => [one.at, one.revision])).toEqual([
      [at(0), 1],
      [at(2000), 2],
    ]);
    room.pass(2299);
    expect(room.alarm("s1/p~limit~high")?.revision).toBe(2);
    room.pass(2300);
    expect(room.alarm("s1/p~limit~high")?.revision).toBe(3);
  });
});

describe("an untrusted clock", () => {
  const plan = planOf([
    point("p", { rules: red }),
    point("v", {
      report: "onChange",
      silentAfterMs: 24 * hour,
      rules: [rule("high", { red: limit(90, { offDelayMs: minute }) })],
    }),
  ]);

  function ahead(room: Room, from: number, times: number): void {
    for (let nth = 0; nth < times; nth += 1) room.value(from + nth, "p", 1, { measured: from + nth + 100 });
  }

  it("is not made by a single sample ahead: that is set aside, counted, stored as suspect, and not judged", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95, { measured: 60.001 });
    expect(room.faults()).toEqual({ SAMPLE_IN_FUTURE: 1 });
    expect(room.alarm("s1/p~limit~high")).toBeUndefined();
    expect(room.flags.at(-1)).toEqual([[0, 1, 95, 2, at(60.001)]]);
    room.value(1, "p", 95, { measured: 61 });
    expect(room.alarm("s1/p~limit~high")?.level).toBe("red");
  });

  it("does not make better what its device calls bad when that is set aside", () => {
    const room = createRoom(plan);
    room.value(0, "p", 95, { measured: 100, quality: "bad" });
    expect(room.flags.at(-1)).toEqual([]);
  });

  it("is found by three messages ahead in a row, orange where red is possible; they are judged by the server's time", () => {
    const room = createRoom(plan);
    ahead(room, 0, 2);
    room.value(2, "p", 95, { measured: 102 });
    expect(room.alarm("s1/d1~clock")).toMatchObject({
      level: "orange",
      why: { code: "clockUntrusted", values: { skewMs: 100_000 } },
    });
    expect(room.transitions("s1/p~limit~high")).toMatchObject([{ at: at(2) }]);
    expect(room.flags.at(-1)).toEqual([[0, 1, 95, 0, at(2)]]);
  });

  it("is told first where it is only early: blue from five seconds on, believed, and right again after ten in a row", () => {
    const room = createRoom(plan);
    for (let s = 0; s < 2; s += 1) room.value(s, "p", 95, { measured: s + 5.001 });
    room.value(2, "p", 95, { measured: 7 });
    for (let s = 3; s < 6; s += 1) room.value(s, "p", 95, { measured: s + 5.001 });
    expect(room.transitions("s1/d1~clock")).toMatchObject([
      { at: at(5), level: "blue", why: { code: "clockAhead", values: { skewMs: 5001 } } },
    ]);
    expect(room.monitor().latest(0)[3]).toBe(at(10.001));
    for (let s = 11; s < 20; s += 1) room.value(s, "p", 1, { measured: s });
    expect(room.alarm("s1/p~limit~high")?.level).toBeNull();
    room.value(20, "p", 1, { measured: 26 });
    for (let s = 27; s < 36; s += 1) room.value(s, "p", 1, { measured: s - 20 });
    expect(room.alarm("s1/d1~clock")?.level).toBe("blue");
    room.value(36, "p", 1, { measured: 30 });
    expect(room.alarm("s1/d1~clock")).toMatchObject({ level: null, why: { code: "clockTrusted" } });
  });

  it("rises from blue where it goes on running away", () => {
    const room = createRoom(plan);
    for (let s = 0; s < 3; s += 1) room.value(s, "p", 1, { measured: s + 10 });
    ahead(room, 3, 3);
    expect(room.transitions("s1/d1~clock").map(({ level }) => level)).toEqual(["blue", "orange"]);
  });

  it("may raise, not return, until ten in a row agree within five seconds", () => {
    const room = createRoom(plan);
    ahead(room, 0, 2);
    room.value(2, "p", 95, { measured: 102 });
    for (let s = 10; s < 18; s += 1) room.value(s, "p", 1, { measured: s + 5 });
    room.value(18, "p", 1, { measured: 24 });
    for (let s = 20; s < 29; s += 1) room.value(s, "p", 1, { measured: s - 5 });
    expect(room.alarm("s1/p~limit~high")?.level).toBe("red");
    expect(room.alarm("s1/d1~clock")?.level).toBe("orange");
    room.value(29, "p", 1, { measured: 29 });
    expect(room.alarm("s1/d1~clock")).toMatchObject({ level: null, why: { code: "clockTrusted" } });
    expect(room.alarm("s1/p~limit~high")?.state).toBe("returnedUnacknowledged");
  });

  it("ends no off-delay of a point that reports by exception", () => {
    const room = createRoom(plan);
    room.value(0, "v", 95);
    room.value(1, "v", 1);
    ahead(room, 2, 3);
    room.pass(29);
    speakOn(room);
    room.pass(70);
    expect(room.alarm("s1/v~limit~high")?.level).toBe("red");
  });

  function speakOn(room: Room): void {
    for (let s = 29; s < 70; s += 10) room.value(s, "p", 1, { measured: s + 100 });
  }

  it("is found by nothing newer than what was judged for three periods, and not by a back-fill beside live data", () => {
    const room = createRoom(plan);
    room.value(0, "p", 1);
    for (const s of [10, 20, 30]) room.value(s, "p", 1, { measured: s - 50 });
    expect(room.alarm("s1/d1~clock")).toBeUndefined();
    room.value(40, "p", 1, { measured: -10 });
    expect(room.alarm("s1/d1~clock")).toMatchObject({ level: "orange" });
    const live = createRoom(plan);
    live.value(0, "p", 1);
    for (const s of [10, 20, 30, 40, 50]) {
      live.value(s, "p", 1, { measured: s - 5000 });
      live.value(s, "p", 1);
    }
    expect(live.alarm("s1/d1~clock")).toBeUndefined();
  });

  it("is only yellow where no red is possible, and is not judged by messages without any time", () => {
    const room = createRoom(planOf([point("p")]));
    ahead(room, 0, 2);
    room.value(2, "p", 1, { measured: null });
    expect(room.alarm("s1/d1~clock")).toBeUndefined();
    ahead(room, 3, 1);
    expect(room.alarm("s1/d1~clock")?.level).toBe("yellow");
  });

  it("is judged by the newest time of a message, also among points that nobody knows", () => {
    const room = createRoom(plan);
    for (const s of [0, 1, 2])
      room.message(s, [reading("x", 1, at(s + 90)), reading("p", 1, at(s)), reading("y", 1, null)]);
    expect(room.alarm("s1/d1~clock")?.level).toBe("orange");
    expect(room.faults()["SAMPLE_UNKNOWN_POINT"]).toBe(6);
  });
});
