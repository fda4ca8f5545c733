// From points to item to site: the ladder's own alarms, their followers, and what unknown members may hide (semantics §5).
import { describe, expect, it } from "vitest";
import { ladder, limit, minute, planOf, point, rule } from "../../support/plant.ts";
import { at, createRoom, reading, type Room } from "../../support/room.ts";

const rungs = { blue: limit(50), yellow: limit(70), orange: limit(80), red: limit(90) };
const codes = ["a", "b", "c", "d", "e"];
const plan = planOf(
  codes.map((code) => point(code, { rules: [rule("high", rungs)] })),
  { itemRollup: ladder("none"), siteRollup: ladder("one") },
);
const item = "s1/i1~ladder";

function measure(room: Room, seconds: number, values: readonly number[]): void {
  room.message(
    seconds,
    values.map((value, nth) => reading(codes[nth] as string, value, at(seconds))),
  );
}

describe("an item", () => {
  it("is lifted by four blue points: an alarm of the item with its followers, its clause and the count", () => {
    const room = createRoom(plan);
    measure(room, 0, [55, 55, 55, 10, 10]);
    expect(room.alarm(item)).toBeUndefined();
    measure(room, 1, [55, 55, 55, 55, 10]);
    expect(room.alarm(item)).toMatchObject({
      level: "yellow",
      source: { kind: "item", id: "s1/i1" },
      followers: ["s1/a", "s1/b", "s1/c", "s1/d"],
      why: { code: "ladder", values: { clause: "GB 39496-2020 5.5.4", blue: 4, unknown: 0 } },
    });
    expect(room.site()).toMatchObject({
      status: "yellow",
      rollup: { because: ["s1/i1"], clause: "GB 39496-2020 5.5.4" },
    });
    expect(room.alarm("s1~ladder")).toBeUndefined();
    measure(room, 2, [55, 55, 55, 10, 10]);
    expect(room.alarm(item)).toMatchObject({
      level: null,
      state: "returnedUnacknowledged",
      why: { code: "ladderReturned" },
    });
  });

  it("is judged once an instant: points that go on together make one step", () => {
    const room = createRoom(plan);
    measure(room, 0, [55, 55, 85, 85, 85]);
    expect(room.transitions(item).map(({ level, at: when }) => [level, when])).toEqual([["red", at(0)]]);
  });

  it("has its members acknowledged with it, for that tier, unless they are higher than it", () => {
    const room = createRoom(plan);
    measure(room, 0, [55, 55, 55, 55, 10]);
    room.value(1, "a", 95);
    room.value(2, "a", 55);
    expect(room.alarm(item)?.level).toBe("yellow");
    expect(room.acknowledge(3, "enterprise", item)).toMatchObject({ ok: true });
    const owes = (code: string): unknown =>
      room.alarm(`s1/${code}~limit~high`)?.tiers.find(({ tier }) => tier === "enterprise")?.owedLevel;
    expect(["a", "b", "c", "d"].map(owes)).toEqual(["red", null, null, null]);
    expect(room.alarm(item)?.state).toBe("unacknowledged");
    expect(room.acknowledge(4, "county", item)).toMatchObject({ ok: true });
    expect(room.alarm(item)?.state).toBe("acknowledged");
    const answer = room.transitions("s1/b~limit~high").at(-1);
    expect(answer).toMatchObject({
      why: { code: "acknowledged" },
      actor: { kind: "person", id: "officer-enterprise" },
      to: "acknowledged",
    });
  });

  it("has a member that went on after it was seen left to itself", () => {
    const room = createRoom(plan);
    measure(room, 0, [55, 55, 55, 55, 10]);
    room.value(1, "e", 55);
    room.acknowledge(2, "enterprise", item);
    expect(room.alarm("s1/e~limit~high")?.state).toBe("unacknowledged");
  });

  it("says what it may be at worst while members are unknown: bad, silent or never heard", () => {
    const room = createRoom(plan);
    measure(room, 0, [85, 10, 10]);
    const [view] = room.site().items;
    expect(view).toMatchObject({ level: "orange", worstIfUnknown: "red", unknown: 2 });
    expect(room.site()).toMatchObject({ goodKeyPoints: 3, keyPoints: 5, goodPoints: 3 });
    measure(room, 1, [85, 10, 10, 10, 10]);
    expect(room.site().items[0]).toMatchObject({ worstIfUnknown: "orange", unknown: 0 });
    room.value(2, "b", 10, { quality: "bad" });
    expect(room.site().items[0]).toMatchObject({ worstIfUnknown: "red", unknown: 1 });
  });

  it("counts silent members at the level that they had", () => {
    const room = createRoom(plan);
    measure(room, 0, [55, 55, 55, 55, 10]);
    room.pass(100);
    expect(room.alarm(item)?.level).toBe("yellow");
    expect(room.site()).toMatchObject({ status: "yellow", items: [{ unknown: 5, worstIfUnknown: "red" }] });
  });

  it("says where another reading would give more", () => {
    const many = ["f", "g", "h", "i"];
    const wide = planOf(
      [...codes, ...many].map((code) => point(code, { rules: [rule("high", rungs)] })),
      { itemRollup: ladder("none") },
    );
    const room = createRoom(wide);
    room.message(
      0,
      [...codes, ...many].map((code, nth) => reading(code, nth === 8 ? 10 : 55, at(0))),
    );
    room.value(1, "i", 75);
    expect(room.site().items[0]).toMatchObject({ level: "yellow", byCarry: "orange" });
    // A member that rose to the level of the whole must not look like a return of the whole.
    expect(room.alarm(item)?.level).toBe("yellow");
    room.value(2, "i", 10);
    room.value(2, "h", 75);
    expect(room.site().items[0]).toMatchObject({ level: "yellow", byCarry: null });
  });

  it("keeps its own deadlines by the instant that lifted it, not by the tick that found it", () => {
    const slow = planOf(
      ["a", "b"].map((code) =>
        point(code, { rules: [rule("high", { orange: limit(80, { onDelayMs: 10 * minute }) })] }),
      ),
      { itemRollup: ladder("none") },
    );
    const room = createRoom(slow);
    room.message(0, [reading("a", 85, at(0)), reading("b", 85, at(0))]);
    room.tick(45);
    expect(room.alarm(item)).toMatchObject({ level: "red", openedAt: at(30.001) });
    expect(room.alarm(item)?.tiers.map(({ owedSince }) => owedSince)).toEqual(Array(4).fill(at(30.001)));
  });

  it("whose pack turns to worst-of has its alarm returned by the next judgement, and none raised", () => {
    const room = createRoom(plan);
    measure(room, 0, [55, 55, 55, 55, 10]);
    room.plan(1, { ...plan, items: plan.items.map((one) => ({ ...one, rollup: { kind: "worstOf" } })) });
    expect(room.alarm(item)).toMatchObject({ level: null, why: { code: "ladderReturned", values: { clause: "" } } });
    measure(room, 2, [10, 10, 10, 10, 10]);
    measure(room, 3, [55, 55, 55, 55, 55]);
    expect(room.alarm(item)?.level).toBeNull();
  });
});

describe("a site", () => {
  const items = ["i1", "i2", "i3", "i4"];
  const wide = planOf(
    items.map((one) => point(`p-${one}`, { item: `s1/${one}`, rules: [rule("high", rungs)] })),
    { itemRollup: ladder("none"), siteRollup: ladder("one") },
  );

  it("is lifted by its items, and answers for those whose own ladder lifted them", () => {
    const two = planOf(
      ["a", "b", "c", "d", "e", "f"].map((code, nth) =>
        point(code, { item: nth < 3 ? "s1/i1" : "s1/i2", rules: [rule("high", rungs)] }),
      ),
      { itemRollup: ladder("none"), siteRollup: ladder("one") },
    );
    const room = createRoom(two);
    room.message(
      0,
      ["a", "b", "c", "d", "e", "f"].map((code) => reading(code, 75, at(0))),
    );
    expect(room.alarm("s1~ladder")).toMatchObject({ level: "red", followers: ["s1/i1", "s1/i2"] });
    expect(room.acknowledge(1, "county", "s1~ladder")).toMatchObject({ ok: true });
    const owed = room
      .monitor()
      .standing()
      .alarms.filter((one) => one.tiers.some(({ tier, owedLevel }) => tier === "county" && owedLevel !== null));
    expect(owed).toEqual([]);
  });

  it("is yellow by four blue items and returns to normal when all its points do", () => {
    const room = createRoom(wide);
    room.message(
      0,
      items.map((one) => reading(`p-${one}`, 55, at(0))),
    );
    expect(room.site().status).toBe("yellow");
    expect(room.alarm("s1~ladder")?.source).toEqual({ kind: "site", id: "s1" });
    room.message(
      1,
      items.map((one) => reading(`p-${one}`, 5, at(1))),
    );
    expect(room.site().status).toBe("normal");
  });

  it("is told to the walls only where it looks different", () => {
    const room = createRoom(wide);
    room.message(
      0,
      items.map((one) => reading(`p-${one}`, 5, at(0))),
    );
    expect(
      room.message(
        1,
        items.map((one) => reading(`p-${one}`, 6, at(1))),
      ),
    ).toEqual([]);
  });

  it("is offline while none of its devices is there, whatever its points last said", () => {
    const room = createRoom(wide);
    expect(room.site().status).toBe("offline");
    room.link(0, true);
    expect(room.site().status).toBe("unknown");
    room.message(
      1,
      items.map((one) => reading(`p-${one}`, 5, at(1))),
    );
    expect(room.site().status).toBe("normal");
    room.link(2, false);
    expect(room.site().status).toBe("offline");
  });
});

describe("the risk index of a site", () => {
  const red = point("a", { rules: [rule("high", { red: limit(90), yellow: limit(70) })] });
  const graded = planOf([red, point("b", { isKey: false })]);
  const known = {
    ...graded,
    sites: graded.sites.map((site) => ({ ...site, risk: { grade: 3 as const, provenance: "register" } })),
  };
  const risk = (room: Room): unknown => room.site().risk?.value;

  it("stands beside the level: the class alone, then the alarm, and it colours nothing", () => {
    const room = createRoom(known);
    expect(room.site().risk).toMatchObject({ value: null, why: "blind" });
    measure(room, 0, [10, 10]);
    expect(risk(room)).toBe(15);
    expect(room.site().status).toBe("normal");
    room.value(1, "a", 75);
    // 1 − 0.85 · 0.65
    expect(risk(room)).toBe(45);
    expect(room.site().status).toBe("yellow");
    expect(room.site().risk?.notConnected).toEqual(["specialWork", "commitment", "bypass", "weather"]);
  });

  it("counts answers that are late when the site is next rolled up, and not by itself", () => {
    const room = createRoom(known);
    measure(room, 0, [75, 10]);
    const before = room.changes.length;
    // The limit of 15 min passes: that is when yellow asks again, so the site is rolled up at this very instant.
    for (let seconds = 20; seconds <= 880; seconds += 20) measure(room, seconds, [75, 10]);
    expect(room.changes.length).toBe(before);
    room.tick(900);
    // 1 − 0.85 · 0.65 · (1 − 2 · 0.05)
    expect(risk(room)).toBe(50);
    room.restart();
    expect(risk(room)).toBe(50);
    room.acknowledge(901, "county", "s1/a~limit~high");
    room.acknowledge(901, "enterprise", "s1/a~limit~high");
    expect(risk(room)).toBe(45);
  });

  it("is told with a site only when something whole has changed", () => {
    const room = createRoom(known);
    measure(room, 0, [10, 10]);
    const before = room.changes.length;
    for (let seconds = 10; seconds < 600; seconds += 10) measure(room, seconds, [10 + seconds / 100, 10]);
    expect(room.changes.length).toBe(before);
  });

  it("cannot be said while a key point is not seen, though its alarm stands", () => {
    const room = createRoom(known);
    measure(room, 0, [95, 10]);
    room.value(1, "a", null, { quality: "bad" });
    room.value(2, "a", 5000, { quality: "bad" });
    expect(room.site()).toMatchObject({ status: "red", risk: { value: null, why: "blind" } });
  });
});
