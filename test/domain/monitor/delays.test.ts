// On-delays, off-delays, gaps, lags and losses as stories: only a good sample ends an alarm (semantics §2, §6, §7).
import { describe, expect, it } from "vitest";
import type { Limit } from "../../../contract/condition.ts";
import type { Point } from "../../../contract/plant.ts";
import type { Level } from "../../../contract/level.ts";
import { hour, limit, minute, planOf, point, rule, second, version } from "../../support/plant.ts";
import { at, createRoom, reading, type Room } from "../../support/room.ts";
import { comesBack, goesAway, measures, passes, restarts, tell } from "../../support/story.ts";

const alarm = "s1/p~limit~high";

function story(limits: Partial<Record<Level, Limit>>, rest: Partial<Point> = {}, lateAfterMs = 10 * minute) {
  return { plan: planOf([point("p", { rules: [rule("high", limits)], ...rest })], { lateAfterMs }), alarm, code: "p" };
}
const all = "enterprise:red township:red county:red city:red";
const byException = { report: "onChange", silentAfterMs: 24 * hour } as const;

describe("an on-delay", () => {
  const slow = story({ red: limit(90, { onDelayMs: 20 * second }) });

  it("lets the alarm open at the sample that completes it, with since when beside", () => {
    const room = tell(slow, [
      [0, measures(95), "normal", null, 0, ""],
      [10, measures(91), "normal", null, 0, ""],
      [19.999, passes, "normal", null, 0, ""],
      [20, measures(99), "unacknowledged", "red", 1, all],
    ]);
    expect(room.transitions(alarm)).toMatchObject([
      {
        at: at(20),
        violatedSince: at(0),
        value: 99,
        setpoint: 90,
        deadband: 0,
        quality: "good",
        from: "normal",
        to: "unacknowledged",
      },
    ]);
    expect(room.transitions(alarm)[0]).toMatchObject({
      ruleVersion: 1,
      rule: "limit",
      actor: { kind: "rule" },
      drill: false,
      cause: 5,
    });
  });

  it("is never completed by a tick for a point that reports regularly", () => {
    tell(slow, [
      [0, measures(95), "normal", null, 0, ""],
      [29, passes, "normal", null, 0, ""],
    ]);
  });

  it("that runs out after the return raises nothing: sample times decide, not timers", () => {
    tell(slow, [
      [0, measures(95), "normal", null, 0, ""],
      [19, measures(10), "normal", null, 0, ""],
      [21, passes, "normal", null, 0, ""],
      [22, measures(95), "normal", null, 0, ""],
      [41, measures(95), "normal", null, 0, ""],
      [42, measures(95), "unacknowledged", "red", 1, all],
    ]);
  });

  it("goes on through a gap, through bad values, and through a restart", () => {
    tell(slow, [
      [0, measures(95), "normal", null, 0, ""],
      [10, measures(10, { quality: "bad" }), "normal", null, 0, ""],
      [15, restarts, "normal", null, 0, ""],
      [20, measures(95), "unacknowledged", "red", 1, all],
    ]);
  });

  it("catches a spike of one sample where there is no delay, whatever the ticks", () => {
    tell(story({ red: limit(90) }), [
      [0, measures(10), "normal", null, 0, ""],
      [0.1, measures(95), "unacknowledged", "red", 1, all],
      [0.2, measures(10), "returnedUnacknowledged", null, 1, all],
    ]);
  });
});

describe("a point lost while it violates", () => {
  const rungs = { blue: limit(50, { onDelayMs: minute }), red: limit(90, { onDelayMs: minute }) };

  it("goes on at red at once when its device's last will comes, marked as unconfirmed", () => {
    const room = tell(story(rungs), [
      [0, measures(95), "normal", null, 0, ""],
      [5, goesAway, "unacknowledged", "red", 1, all],
      [6, comesBack, "unacknowledged", "red", 1, all],
      [7, passes, "unacknowledged", "red", 1, all],
    ]);
    expect(room.transitions(alarm)[0]).toMatchObject({
      at: at(5),
      violatedSince: at(0),
      why: { code: "lostWhileViolating", values: { lastValue: 95 } },
    });
  });

  it("goes on at red at once when the point falls silent", () => {
    const room = tell(story(rungs), [
      [0, measures(95), "normal", null, 0, ""],
      [30, passes, "normal", null, 0, ""],
      [30.001, passes, "unacknowledged", "red", 1, all],
    ]);
    expect(room.alarm("s1/p~silence")).toMatchObject({ level: "yellow", why: { values: { pending: "p: high blue" } } });
  });

  it("has a pending blue named in the data alarm, which is then at least yellow and stays so", () => {
    const room = createRoom(story(rungs).plan);
    room.value(0, "p", 60);
    room.pass(30.001);
    expect(room.alarm(alarm)).toBeUndefined();
    expect(room.alarm("s1/p~silence")).toMatchObject({
      level: "yellow",
      why: { code: "silent", values: { pending: "p: high blue" } },
    });
    room.pass(3600);
    expect(room.alarm("s1/p~silence")?.level).toBe("yellow");
    expect(room.transitions("s1/p~silence").map(({ level }) => level)).toEqual(Array(4).fill("yellow"));
  });

  it("has a pending blue named in its device's alarm too, when the last will came before", () => {
    const room = createRoom(story(rungs).plan);
    room.value(0, "p", 60);
    room.link(1, false);
    expect(room.alarm("s1/d1~link")).toBeUndefined();
    room.pass(31.001);
    expect(room.alarm("s1/d1~link")).toMatchObject({
      level: "yellow",
      why: { code: "deviceOffline", values: { pending: "p: high blue" } },
    });
    room.link(40, true);
    expect(room.alarm("s1/d1~link")).toMatchObject({ level: null, why: { code: "heardAgain" } });
    room.link(50, false);
    room.pass(81);
    expect(room.alarm("s1/d1~link")?.why.values["pending"]).toBe("p: high blue");
  });
});

describe("an off-delay", () => {
  const rungs = { red: limit(90, { deadband: 5, offDelayMs: 20 * second }) };
  const slow = story(rungs);

  it("returns the alarm at the first good sample beyond the deadband that is old enough, never by a tick", () => {
    const room = tell(slow, [
      [0, measures(95), "unacknowledged", "red", 1, all],
      [10, measures(87), "unacknowledged", "red", 1, all],
      [20, measures(84.99), "unacknowledged", "red", 1, all],
      [39, measures(80), "unacknowledged", "red", 1, all],
      [45, passes, "unacknowledged", "red", 1, all],
      [46, measures(80), "returnedUnacknowledged", null, 1, all],
    ]);
    expect(room.transitions(alarm).at(-1)).toMatchObject({
      at: at(46),
      returnedSince: at(20),
      why: { code: "limitReturned" },
    });
    expect(room.alarm(alarm)?.returnedAt).toBe(at(46));
  });

  it("begins anew after a gap longer than the point's silence", () => {
    tell(slow, [
      [0, measures(95), "unacknowledged", "red", 1, all],
      [10, measures(80), "unacknowledged", "red", 1, all],
      [41, measures(80), "unacknowledged", "red", 1, all],
      [60, measures(80), "unacknowledged", "red", 1, all],
      [61, measures(80), "returnedUnacknowledged", null, 1, all],
    ]);
  });

  it("counts a gap from good sample to good sample: bad and suspect ones between prove nothing", () => {
    tell(slow, [
      [0, measures(95), "unacknowledged", "red", 1, all],
      [10, measures(80), "unacknowledged", "red", 1, all],
      [20, measures(80, { quality: "bad" }), "unacknowledged", "red", 1, all],
      [30, measures(80, { quality: "suspect" }), "unacknowledged", "red", 1, all],
      [40, measures(80, { quality: "bad" }), "unacknowledged", "red", 1, all],
      [41, measures(80), "unacknowledged", "red", 1, all],
      [61, measures(80), "returnedUnacknowledged", null, 1, all],
    ]);
  });

  it("begins anew after a lagging sample, which may raise but not return", () => {
    tell(slow, [
      [0, measures(95), "unacknowledged", "red", 1, all],
      [10, measures(80), "unacknowledged", "red", 1, all],
      [50, measures(80, { measured: 15 }), "unacknowledged", "red", 1, all],
      [51, measures(80), "unacknowledged", "red", 1, all],
      [70, measures(80), "unacknowledged", "red", 1, all],
      [71, measures(80), "returnedUnacknowledged", null, 1, all],
    ]);
  });

  it("is not served by a value over range on the safe side", () => {
    const low = {
      plan: planOf([
        point("p", {
          rules: [rule("low", { red: limit(10) }), rule("high", { red: limit(90) })],
          range: { sensor: [0, 100], operator: [0, 100] },
        }),
      ]),
      alarm: "s1/p~limit~low",
      code: "p",
    };
    tell(low, [
      [0, measures(5), "unacknowledged", "red", 1, all],
      [10, measures(120), "unacknowledged", "red", 1, all],
      [20, measures(50), "returnedUnacknowledged", null, 1, all],
    ]);
  });

  it("lets a level fall by itself, each with its own delay", () => {
    const room = tell(story({ blue: limit(50), red: limit(90, { offDelayMs: 20 * second }) }), [
      [0, measures(95), "unacknowledged", "red", 1, all],
      [10, measures(60), "unacknowledged", "red", 1, all],
      [30, measures(60), "unacknowledged", "blue", 1, all],
      [31, measures(10), "returnedUnacknowledged", null, 1, all],
    ]);
    expect(room.transitions(alarm)[1]).toMatchObject({ fromLevel: "red", level: "blue", why: { code: "limitFell" } });
  });
});

describe("a point that reports by exception", () => {
  const rungs = { red: limit(90, { onDelayMs: 20 * second, offDelayMs: 30 * second }) };
  const valve = story(rungs, byException);

  it("has its delays completed by ticks, each at its own due time, since it will not speak again", () => {
    const room = tell(valve, [
      [0, measures(95), "normal", null, 0, ""],
      [19.999, passes, "normal", null, 0, ""],
      [25, passes, "unacknowledged", "red", 1, all],
      [40, measures(10), "unacknowledged", "red", 1, all],
      [70, passes, "returnedUnacknowledged", null, 1, all],
    ]);
    expect(room.transitions(alarm)).toMatchObject([
      { at: at(20), violatedSince: at(0), value: 95 },
      { at: at(70), returnedSince: at(40), value: 10 },
    ]);
  });

  it("has nothing completed while its device is away, and its on-delay once it is back", () => {
    const blue = story({ blue: limit(50, { onDelayMs: 20 * second }) }, byException);
    tell(blue, [
      [0, measures(60), "normal", null, 0, ""],
      [10, goesAway, "normal", null, 0, ""],
      [25, passes, "normal", null, 0, ""],
      [30, comesBack, "normal", null, 0, ""],
      [30, passes, "unacknowledged", "blue", 1, "enterprise:blue"],
    ]);
  });

  for (const [what, lose, find] of [
    ["its device was away", goesAway, comesBack],
    ["the broker was down", broker("down"), broker("up")],
    ["the server was away", restarts, server],
  ] as const) {
    it(`returns by no off-delay that ${what} in: the next good sample begins it anew`, () => {
      tell(valve, [
        [0, measures(95), "normal", null, 0, ""],
        [20, passes, "unacknowledged", "red", 1, all],
        [30, measures(10), "unacknowledged", "red", 1, all],
        [40, lose, "unacknowledged", "red", 1, all],
        [45, find, "unacknowledged", "red", 1, all],
        [200, passes, "unacknowledged", "red", 1, all],
        [210, measures(10), "unacknowledged", "red", 1, all],
        [240, passes, "returnedUnacknowledged", null, 1, all],
      ]);
    });
  }

  it("is silent when its device is: nothing returns meanwhile, what is pending goes on, its value is unknown", () => {
    const others = ["a", "b", "c", "d"].map((code) => point(code));
    const plan = planOf([
      point("p", {
        ...byException,
        rules: [rule("high", { blue: limit(50, { onDelayMs: hour }), red: limit(90, { onDelayMs: hour }) })],
      }),
      point("q", { ...byException, rules: [rule("high", { red: limit(90, { offDelayMs: minute }) })] }),
      ...others,
    ]);
    const room = createRoom(plan);
    room.message(0, [
      reading("p", 95, at(0)),
      reading("q", 95, at(0)),
      ...others.map(({ code }) => reading(code, 1, at(0))),
    ]);
    room.value(1, "q", 10);
    room.pass(31);
    expect(room.alarm("s1/d1~link")).toMatchObject({
      level: "yellow",
      why: { code: "deviceSilent", values: { pending: "p: high blue" } },
    });
    expect(room.alarm("s1/p~limit~high")).toMatchObject({ level: "red", why: { code: "lostWhileViolating" } });
    expect(room.site()).toMatchObject({ goodPoints: 0, status: "red" });
    room.pass(100);
    expect(room.alarm("s1/q~limit~high")?.level).toBe("red");
    room.message(
      110,
      others.map(({ code }) => reading(code, 1, at(110))),
    );
    room.pass(300);
    expect(room.alarm("s1/q~limit~high")?.level).toBe("red");
    room.value(301, "q", 10);
    for (const s of [302, 330, 360])
      room.message(
        s,
        others.map(({ code }) => reading(code, 1, at(s))),
      );
    room.pass(361);
    expect(room.alarm("s1/q~limit~high")?.state).toBe("returnedUnacknowledged");
  });

  it("has each level completed at its own time", () => {
    const two = story(
      { blue: limit(50, { onDelayMs: 5 * second }), red: limit(90, { onDelayMs: 10 * second }) },
      byException,
    );
    tell(two, [
      [0, measures(95), "normal", null, 0, ""],
      [5, passes, "unacknowledged", "blue", 1, "enterprise:blue"],
      [10, passes, "unacknowledged", "red", 2, all],
    ]);
  });

  it("does not go on before the second sample that its level wants was here, whatever the delay", () => {
    const room = createRoom(story({ red: limit(90, { onDelayMs: 10 * second, onSamples: 2 }) }, byException).plan);
    room.value(0, "p", 95);
    room.pass(99);
    room.value(100, "p", 95, { measured: 1 });
    room.pass(101);
    expect(room.transitions(alarm)).toMatchObject([{ at: at(100) }]);
  });
});

describe("a transition found late", () => {
  const plain = story({ blue: limit(50), red: limit(90) });

  it("that is over when found opens as returned, unacknowledged, and says how late", () => {
    const room = tell(plain, [
      [3600, measures(95, { measured: 10 }), "unacknowledged", "red", 1, all],
      [3600, measures(10, { measured: 20 }), "returnedUnacknowledged", null, 1, all],
      [3601, measures(10), "returnedUnacknowledged", null, 1, all],
    ]);
    expect(room.transitions(alarm).map(({ foundLateMs }) => foundLateMs)).toEqual([3_590_000, 3_580_000]);
    expect(room.alarm(alarm)?.foundLateMs).toBe(3_590_000);
  });

  it("that is still on once the point has caught up annunciates then, with both times", () => {
    const room = tell(plain, [
      [3600, measures(95, { measured: 10 }), "unacknowledged", "red", 1, all],
      [3600, measures(95, { measured: 20 }), "unacknowledged", "red", 1, all],
      [3601, measures(95), "unacknowledged", "red", 2, all],
      [3602, measures(96), "unacknowledged", "red", 2, all],
    ]);
    expect(room.transitions(alarm)[1]).toMatchObject({
      at: at(3601),
      why: { code: "caughtUp", values: { lateMs: 3_590_000 } },
    });
    expect(room.alarm(alarm)).toMatchObject({ openedAt: at(10), foundLateMs: null });
  });

  it("makes one step of it where the sample that catches up also rises, or trips again", () => {
    const room = tell(plain, [
      [3600, measures(60, { measured: 10 }), "unacknowledged", "blue", 1, "enterprise:blue"],
      [3601, measures(95), "unacknowledged", "red", 2, all],
    ]);
    expect(room.transitions(alarm)[1]).toMatchObject({ why: { code: "limitViolated", values: { lateMs: 3_590_000 } } });
    tell(plain, [
      [3600, measures(60, { measured: 10 }), "unacknowledged", "blue", 1, "enterprise:blue"],
      [3600, measures(10, { measured: 11 }), "returnedUnacknowledged", null, 1, "enterprise:blue"],
      [3601, measures(60), "unacknowledged", "blue", 2, "enterprise:blue"],
    ]);
  });

  it("never ends an alarm that was raised in time", () => {
    tell(plain, [
      [0, measures(60), "unacknowledged", "blue", 1, "enterprise:blue"],
      [3600, measures(10, { measured: 10 }), "unacknowledged", "blue", 1, "enterprise:blue"],
      [3601, measures(10), "returnedUnacknowledged", null, 1, "enterprise:blue"],
    ]);
  });

  it("comes from one message as well, instant by instant, in whatever order the device wrote it", () => {
    const room = createRoom(plain.plan);
    room.message(3600, [reading("p", 10, at(30)), reading("p", 95, at(20)), reading("p", 60, at(10))]);
    expect(room.transitions(alarm).map(({ at: when, level }) => [when, level])).toEqual([
      [at(10), "blue"],
      [at(20), "red"],
      [at(30), null],
    ]);
    expect(room.faults()).toEqual({});
    expect(room.flags.at(-1)).toEqual([]);
  });
});

describe("a version of a rule", () => {
  const versions = [version(1, 0, { red: limit(90) }), version(2, at(100), { blue: limit(50), red: limit(60) })];
  const plan = planOf([point("p", { rules: [rule("high", {}, { versions })] })]);
  const versioned = { plan, alarm, code: "p" };

  it("is in force for samples from its valid-from on, by when they were measured", () => {
    const room = tell(versioned, [
      [99, measures(70), "normal", null, 0, ""],
      [105, measures(70, { measured: 99.5 }), "normal", null, 0, ""],
      [106, measures(70, { measured: 100 }), "unacknowledged", "red", 1, all],
    ]);
    expect(room.transitions(alarm)[0]).toMatchObject({ ruleVersion: 2, setpoint: 60 });
  });

  it("before the first one judges nothing", () => {
    const later = planOf([
      point("p", { rules: [rule("high", {}, { versions: [version(1, at(100), { red: limit(1) })] })] }),
    ]);
    tell({ ...versioned, plan: later }, [
      [10, measures(95), "normal", null, 0, ""],
      [100, measures(95), "unacknowledged", "red", 1, all],
    ]);
  });

  it("never ends an alarm by coming into force: it is marked, and only a good sample beyond all its deadbands returns it", () => {
    const gone = [
      version(1, 0, { blue: limit(10), orange: limit(70), red: limit(90) }),
      version(2, at(100), { blue: limit(10) }),
    ];
    const orange = "enterprise:red township:red county:red city:red";
    const room = tell({ ...versioned, plan: planOf([point("p", { rules: [rule("high", {}, { versions: gone })] })]) }, [
      [95, measures(95), "unacknowledged", "red", 1, orange],
      [101, measures(95, { quality: "suspect" }), "unacknowledged", "red", 1, orange],
      [102, measures(95), "unacknowledged", "red", 1, orange],
      [103, measures(10), "unacknowledged", "red", 1, orange],
      [104, measures(5, { quality: "suspect" }), "unacknowledged", "red", 1, orange],
      [105, measures(5), "returnedUnacknowledged", null, 1, orange],
    ]);
    expect(room.transitions(alarm)[1]).toMatchObject({ ruleVersion: 2, level: null });
    expect(room.alarm(alarm)?.isRuleChanged).toBe(true);
  });
});

function broker(state: "up" | "down") {
  return (room: Room, seconds: number): void => void room.neighbour(seconds, "broker", state);
}

function server(room: Room, seconds: number): void {
  room.neighbour(seconds, "server", "up");
}
