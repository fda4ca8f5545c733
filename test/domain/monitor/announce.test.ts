// What a new version of a rule says it will do, before it is enabled; and that saying so does nothing.
import { deserialize, serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import type { Announcement, RuleChange } from "../../../contract/rule-change.ts";
import { copyOf } from "../../../server/monitor/copy.ts";
import { changeOf, condition, hour, ladder, limit, planOf, point, rule, second } from "../../support/plant.ts";
import { at, createRoom, type Room } from "../../support/room.ts";

const id = "s1/p~limit~high";
const slow = { silentAfterMs: hour } as const;
const range = { sensor: [0, 100], operator: [0, 100] } as Record<"sensor" | "operator", [number, number]>;
const plan = planOf([
  point("p", { ...slow, range, rules: [rule("high", { blue: limit(50), red: limit(90) })] }),
  point("q", { ...slow, rules: [] }),
]);
const none: Announcement = { steps: [], pending: [], marked: [], unknown: [] };

/** The announcement of a change by a room that must not notice it. */
function announced(room: Room, seconds: number, change: RuleChange): Announcement | null {
  const before: unknown = deserialize(serialize(room.state()));
  const told = room.monitor().announce(change, at(seconds));
  expect(room.state()).toEqual(before);
  return told;
}

describe("an announcement", () => {
  it("names the alarms that would go on at once, and that is what happens", () => {
    const room = createRoom(plan);
    room.value(0, "p", 70);
    const change = changeOf(2, at(1), { blue: limit(50), red: limit(60) });
    expect(announced(room, 1, change)).toEqual({
      ...none,
      steps: [{ alarm: id, from: "blue", to: "red" }],
      marked: [id],
    });
    room.change(1, change);
    expect(room.alarm(id)).toMatchObject({ level: "blue", isRuleChanged: true });
    room.value(2, "p", 70);
    expect(room.alarm(id)?.level).toBe("red");
  });

  it("says of a version that is valid from later on what it would do with the values of now", () => {
    const room = createRoom(plan);
    room.value(0, "p", 30);
    const later = changeOf(2, at(9999), { red: limit(20) });
    expect(announced(room, 1, later)).toEqual({ ...none, steps: [{ alarm: id, from: null, to: "red" }] });
  });

  it("names the alarms that would fall or return with the next sample like the last one", () => {
    const room = createRoom(plan);
    room.value(0, "p", 92);
    expect(announced(room, 1, changeOf(2, at(1), { red: limit(95) }))).toEqual({
      ...none,
      steps: [{ alarm: id, from: "red", to: null }],
      marked: [id],
    });
  });

  it("says what waits for its delay or for more samples, less what has passed of it, above what is on", () => {
    const room = createRoom(plan);
    room.value(0, "p", 70);
    const limits = {
      blue: limit(40, { onDelayMs: 5 * second }),
      yellow: limit(45, { onDelayMs: 60 * second }),
      red: limit(60, { onSamples: 3 }),
      orange: limit(80),
    };
    expect(announced(room, 1, changeOf(2, at(1), limits))).toEqual({
      ...none,
      pending: [
        { level: "yellow", afterMs: 60 * second, samples: 0 },
        { level: "red", afterMs: 0, samples: 2 },
      ],
      marked: [id],
    });
  });

  it("cannot say anything of a point that was never heard, is silent or bad; a doubtful value may raise", () => {
    const change = changeOf(2, at(1), { red: limit(20) });
    const unheard = createRoom(plan);
    expect(announced(unheard, 1, change)).toEqual({ ...none, unknown: [{ point: "s1/p", because: "neverHeard" }] });
    const silent = createRoom(plan);
    silent.value(0, "p", 30);
    silent.pass(4000);
    expect(announced(silent, 4000, change)).toEqual({ ...none, unknown: [{ point: "s1/p", because: "silent" }] });
    const bad = createRoom(plan);
    bad.value(0, "p", 30, { quality: "bad" });
    expect(announced(bad, 1, change)).toMatchObject({ steps: [], unknown: [{ point: "s1/p", because: "bad" }] });
    const suspect = createRoom(plan);
    suspect.value(0, "p", 30, { quality: "suspect" });
    expect(announced(suspect, 1, change)).toEqual({ ...none, steps: [{ alarm: id, from: null, to: "red" }] });
  });

  it("takes a saturated value for what it is: beyond every limit of its side", () => {
    const room = createRoom(planOf([point("p", { ...slow, range, rules: [rule("high", { red: limit(500) })] })]));
    room.value(0, "p", 120);
    expect(announced(room, 1, changeOf(2, at(1), { blue: limit(400), red: limit(500) }))?.marked).toEqual([id]);
    const low = createRoom(planOf([point("p", { ...slow, range, rules: [rule("low", { red: limit(-9) })] })]));
    low.value(0, "p", 30);
    const change = changeOf(2, at(1), { red: limit(40) }, { direction: "low" });
    expect(announced(low, 1, change)?.steps).toEqual([{ alarm: "s1/p~limit~low", from: null, to: "red" }]);
  });

  it("does not promise a return by a value that lags: such a one returns nothing", () => {
    const quick = planOf([point("p", { rules: [rule("high", { red: limit(90) })] })]);
    const room = createRoom(quick);
    room.value(0, "p", 95);
    room.value(100, "p", 95, { measured: 10 });
    room.pass(140);
    const told = announced(room, 140, changeOf(2, at(140), { red: limit(99) }));
    expect(told?.steps).toEqual([]);
    expect(told?.marked).toEqual([id]);
  });

  it("judges a window as it stands in memory", () => {
    const sum = (setpoint: number) => condition("sum", { windowMs: 60 * second, setpoint });
    const rain = planOf([point("p", { ...slow, rules: [rule("high", { yellow: sum(100) }, { id: "rain" })] })]);
    const room = createRoom(rain);
    for (const seconds of [10, 20, 30]) room.value(seconds, "p", 10);
    const rule2 = { rule: "rain" };
    expect(announced(room, 31, changeOf(2, at(31), { yellow: sum(31) }, rule2))?.steps).toEqual([]);
    expect(announced(room, 31, changeOf(2, at(31), { yellow: sum(30) }, rule2))?.steps).toEqual([
      { alarm: "s1/p~rain~high", from: null, to: "yellow" },
    ]);
  });

  it("follows what comes of it: a rule of the site that looks at the alarm, and the ladder of the item", () => {
    const source = { level: { source: "s1/p", rule: null, atLeast: "orange" as const } };
    const looking = rule("none", { red: condition("combine", { expression: source }) }, { id: "looks" });
    const high = (code: string) => point(code, { ...slow, rules: [rule("high", { orange: limit(90) })] });
    const whole = planOf(["p", "q", "r"].map(high), { siteRules: { s1: [looking] }, itemRollup: ladder("none") });
    const room = createRoom(whole);
    room.value(0, "p", 70);
    room.value(0, "q", 95);
    expect(announced(room, 1, changeOf(2, at(1), { orange: limit(60) }))?.steps).toEqual([
      { alarm: id, from: null, to: "orange" },
      { alarm: "s1~looks", from: null, to: "red" },
      { alarm: "s1/i1~ladder", from: null, to: "red" },
    ]);
  });

  it("names the members of a rule of a site of which nothing can be said", () => {
    const vote = (need: number) =>
      condition("vote", {
        members: ["s1/p", "s1/q"],
        violated: { direction: "high", setpoint: 60 },
        need,
        windowMs: 60 * second,
      });
    const both = rule("none", { orange: vote(2) }, { id: "both" });
    const room = createRoom(planOf(plan.points, { siteRules: { s1: [both] } }));
    room.value(0, "p", 70);
    const change = changeOf(2, at(1), { yellow: vote(1) }, { source: "s1", rule: "both", direction: "none" });
    expect(announced(room, 1, change)).toMatchObject({ unknown: [{ point: "s1/q", because: "neverHeard" }] });
  });

  it("is none where the plan has no such rule, or that version already", () => {
    const room = createRoom(plan);
    expect(announced(room, 1, changeOf(1, at(1), {}))).toBeNull();
    expect(announced(room, 1, changeOf(2, at(1), {}, { source: "nowhere" }))).toBeNull();
  });
});

describe("a copy of plain data", () => {
  it("has every part of it, and shares none", () => {
    const data = { list: [1, { a: null }], map: new Map([["k", { n: 1 }]]), column: Float64Array.of(1, 2), word: "w" };
    const copy = copyOf(data);
    expect(copy).toEqual(data);
    copy.column[0] = 9;
    copy.list.push(2);
    (copy.map.get("k") as { n: number }).n = 7;
    expect([data.column[0], data.list.length, data.map.get("k")]).toEqual([1, 2, { n: 1 }]);
  });
});
