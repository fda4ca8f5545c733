// The short way takes in what is calm and nothing else; that it then does what the long way does is in properties.test.ts.
import { describe, expect, it } from "vitest";
import type { TelemetryInput } from "../../../contract/input.ts";
import { createCalmWay } from "../../../server/monitor/calm.ts";
import { rememberedOf } from "../../../server/monitor/memory.ts";
import { packState, unpackState } from "../../../server/monitor/pack.ts";
import { compilePlant } from "../../../server/monitor/plant.ts";
import type { MonitorState } from "../../../server/monitor/state.ts";
import { wholeOf } from "../../support/packed.ts";
import { condition, limit, planOf, point, rule, version } from "../../support/plant.ts";
import { at, createRoom, reading, telemetry, type Room } from "../../support/room.ts";

const high = rule("high", { yellow: limit(60, { deadband: 2, onDelayMs: 60_000 }), red: limit(80) });
const plan = planOf([
  point("p", { rules: [high, rule("low", { red: limit(-10) })] }),
  point("q"),
  point("dated", {
    rules: [
      rule("high", {}, { versions: [version(1, 0, { red: limit(90) }), version(2, at(30), { red: limit(50) })] }),
    ],
  }),
  point("tested", {
    quality: { spike: { suspect: 5 }, flatLine: [{ afterMs: 20_000, level: "blue" }], provenance: "test" },
  }),
  point("valve", { report: "onChange", silentAfterMs: 3_600_000 }),
]);

/** A room in which every point was heard at second 0, and the way over its state. */
function calmRoom(of = plan): {
  room: Room;
  take: (seconds: number, ...rest: Parameters<typeof telemetry>) => unknown;
} {
  const room = createRoom(of);
  room.message(
    0,
    of.points.map(({ code }) => reading(code, 10, at(0))),
  );
  const state = room.state() as MonitorState;
  let number = state.number;
  const way = createCalmWay(state, compilePlant(of));
  return {
    room,
    take: (seconds, ...rest) => {
      number += 1;
      return way.take({ ...telemetry(...rest), number, at: at(seconds) } as TelemetryInput)?.touchedPoints ?? null;
    },
  };
}

describe("the short way", () => {
  it("takes plain good values of known points, in whatever order, and says which points they are", () => {
    const { room, take } = calmRoom();
    expect(take(1, [reading("p", 11, at(1)), reading("q", 12, at(1))])).toEqual([0, 1]);
    expect(take(2, [reading("q", 13, at(2)), reading("p", 14, at(2))])).toEqual([1, 0]);
    expect(take(3, [reading("q", 15, at(3))])).toEqual([1]);
    expect(take(4, [])).toEqual([]);
    expect(room.monitor().latest(0)).toEqual([0, 14, 0, at(2), at(2)]);
    expect(room.monitor().latest(1)).toEqual([1, 15, 0, at(3), at(3)]);
    expect(room.state().samples).toBe(5 + 5);
  });

  it.each<[string, Parameters<typeof telemetry>]>([
    ["an unknown site", [[], { site: "nowhere" }]],
    ["an unknown device", [[], { device: "stranger" }]],
    ["an unknown point", [[reading("strange", 1, at(1))]]],
    ["no value", [[reading("p", null, at(1))]]],
    ["no time", [[reading("p", 1, null)]]],
    ["a unit of its own", [[reading("p", 1, at(1), { unit: "m" })]]],
    ["a value of the past", [[reading("p", 1, at(1), { isHistorical: true })]]],
    ["a quality that is not good", [[reading("p", 1, at(1), { quality: "suspect" })]]],
    ["a value that violates a limit above", [[reading("p", 60, at(1))]]],
    ["a value that violates a limit below", [[reading("p", -10, at(1))]]],
    ["a time that was judged already", [[reading("p", 1, at(0))]]],
    ["a time from the future", [[reading("p", 1, at(62))]]],
    ["a point that stands there twice", [[reading("p", 1, at(1)), reading("p", 2, at(1.5))]]],
    ["a point that reports by exception", [[reading("valve", 1, at(1))]]],
    ["something refused", [[reading("p", 1, at(1))], { refused: [{ code: "SAMPLE_BAD_NAME", example: "" }] }]],
  ])("leaves to the long way %s", (_, message) => {
    const { room, take } = calmRoom();
    const before = room.monitor().latest(0);
    expect(take(1, ...message)).toBeNull();
    expect(room.monitor().latest(0)).toEqual(before);
  });

  it("leaves old data, a gap in the numbers and another version of a rule to the long way", () => {
    const { room, take } = calmRoom();
    expect(take(1, [reading("q", 1, at(1))], { sequence: 7 })).toBeNull();
    room.value(1, "q", 1, { sequence: 7 });
    expect(take(2, [reading("q", 1, at(2))], { sequence: 7 })).toBeNull();
    expect(take(3, [reading("q", 1, at(3))], { sequence: 8 })).toEqual([1]);
    expect(take(4, [reading("q", 1, at(4))], { sequence: 10 })).toBeNull();
    expect(take(4, [reading("q", 1, at(4))], { sequence: 2 })).toBeNull();
    expect(take(4, [reading("q", 1, at(4))], { sequence: 9 })).toEqual([1]);
    expect(take(9000, [reading("q", 1, at(5))])).toBeNull();
    expect(take(29, [reading("dated", 1, at(29))])).toEqual([2]);
    expect(take(30, [reading("dated", 1, at(30))])).toBeNull();
  });

  it("takes what passes its point's tests, and leaves what fails them, follows a gap or is early to the long way", () => {
    const { take } = calmRoom();
    expect(take(5, [reading("tested", 14, at(5))])).toEqual([3]);
    expect(take(10, [reading("tested", 20, at(10))])).toBeNull();
    expect(take(10, [reading("tested", 14, at(10))])).toEqual([3]);
    expect(take(25, [reading("tested", 14, at(25))])).toBeNull();
    expect(take(25, [reading("tested", 15, at(25))])).toEqual([3]);
    expect(take(56, [reading("tested", 15.1, at(56))])).toBeNull();
    expect(take(20, [reading("q", 1, at(25))])).toEqual([1]);
    expect(take(21, [reading("q", 1, at(26.001))])).toBeNull();
  });

  it("leaves a point to the long way whose sensor is stuck, and a device whose clock is early", () => {
    const stuck = calmRoom();
    for (const s of [10, 20]) stuck.room.value(s, "tested", 10);
    expect(stuck.take(21, [reading("tested", 11, at(21))])).toBeNull();
    const early = calmRoom();
    for (const s of [1, 2, 3]) early.room.value(s, "q", 10, { measured: s + 6 });
    expect(early.take(10, [reading("q", 10, at(10))])).toBeNull();
  });

  it("leaves a point to the long way while a limit runs or is on, and a device that is not there or has a wrong clock", () => {
    const running = calmRoom();
    running.room.value(1, "p", 65);
    expect(running.take(2, [reading("p", 10, at(2))])).toBeNull();
    const gone = calmRoom();
    gone.room.link(1, false);
    expect(gone.take(2, [reading("q", 10, at(2))])).toBeNull();
    const wrong = calmRoom();
    for (let s = 1; s <= 3; s += 1) wrong.room.value(s, "q", 10, { measured: s + 100 });
    expect(wrong.take(4, [reading("q", 10, at(4))])).toBeNull();
  });

  it("leaves a point to the long way that is faulty, lost, lagging or was never verified", () => {
    const faulty = calmRoom();
    faulty.room.value(1, "p", 10, { quality: "bad" });
    expect(faulty.take(2, [reading("p", 10, at(2))])).toBeNull();
    const bad = calmRoom();
    bad.room.value(1, "q", 10, { quality: "bad" });
    expect(bad.take(2, [reading("q", 10, at(2))])).toBeNull();
    const silent = calmRoom();
    silent.room.pass(86_400);
    expect(silent.take(86_400, [reading("q", 10, at(86_400))])).toBeNull();
    const lagging = calmRoom();
    lagging.room.value(3600, "q", 10, { measured: 1 });
    expect(lagging.take(3601, [reading("q", 10, at(3601))])).toBeNull();
    const fresh = createRoom(plan);
    fresh.value(0, "p", 10);
    const way = createCalmWay(fresh.state(), compilePlant(plan));
    const input = { ...telemetry([reading("q", 1, at(1))]), number: 9, at: at(1) } as TelemetryInput;
    expect(way.take(input)).toBeNull();
  });
});

describe("conditions that look back, on the short way", () => {
  const sum = { windowMs: 60_000, deadband: 5 };
  const rate = { method: "difference", windowMs: 60_000, minSamples: 2, perMs: 60_000, isAbsolute: false } as const;
  const looking = planOf([
    point("rain", {
      rules: [
        rule(
          "high",
          { blue: condition("sum", { ...sum, setpoint: 50 }), red: condition("sum", { ...sum, setpoint: 90 }) },
          { id: "hour" },
        ),
      ],
    }),
    point("rise", { rules: [rule("high", { yellow: condition("rate", { ...rate, setpoint: 20 }) }, { id: "rise" })] }),
    point("drift", {
      rules: [
        rule(
          "high",
          { blue: condition("cusum", { target: 10, sigma: 1, allowance: 0.5, setpoint: 4 }) },
          { id: "drift" },
        ),
      ],
    }),
    point("mode", { rules: [rule("none", { blue: condition("state", { values: [3] }) }, { id: "mode" })] }),
  ]);

  it("are taken while what they see violates nothing, and judged the long way once it does", () => {
    const { room, take } = calmRoom(looking);
    // 10 at second 0, then 8 every 10 s: 10, 18, 26, 34, 42, and at 50 the sum of the minute is 50.
    for (let s = 10; s <= 40; s += 10) expect(take(s, [reading("rain", 8, at(s))])).toEqual([0]);
    expect(take(50, [reading("rain", 8, at(50))])).toBeNull();
    // It was left as it had been, but for its place in the window, which the long way takes as well.
    expect(room.monitor().latest(0)).toEqual([0, 8, 0, at(40), at(40)]);
    expect(room.state().points.get("s1/rain")?.series.to).toBe(6);
  });

  it("are taken while they cannot see far enough to tell, and where a difference stays below its limit", () => {
    const { take } = calmRoom(looking);
    for (let s = 10; s <= 60; s += 10) expect(take(s, [reading("rise", 10, at(s))])).toEqual([1]);
    expect(take(70, [reading("rise", 29, at(70))])).toEqual([1]);
    expect(take(80, [reading("rise", 30, at(80))])).toBeNull();
  });

  it("are judged the long way where they remember something new, and taken where the value is all that they see", () => {
    const { take } = calmRoom(looking);
    expect(take(10, [reading("drift", 10, at(10))])).toBeNull();
    expect(take(20, [reading("drift", 12, at(20))])).toBeNull();
    expect(take(30, [reading("mode", 2, at(30))])).toEqual([3]);
    expect(take(40, [reading("mode", 3, at(40))])).toBeNull();
  });

  it("knows a device that sends some values more often by each of its messages", () => {
    const { take } = calmRoom();
    for (let s = 1; s <= 20; s += 1) {
      const codes = s % 2 === 0 ? ["p", "q"] : s % 3 === 0 ? ["p", "q", "dated"] : ["p"];
      expect(
        take(
          s,
          codes.map((code) => reading(code, 10, at(s))),
        ),
      ).toHaveLength(codes.length);
    }
  });
});

describe("rules over several points, on the short way", () => {
  const above = (code: string) => ({ violated: { point: `s1/${code}`, direction: "high", setpoint: 60 } }) as const;
  const both = condition("combine", { expression: { all: [above("p"), above("q")] }, onDelayMs: 60_000 });
  const joined = planOf([point("p"), point("q"), point("r")], {
    siteRules: { s1: [rule("none", { orange: both }, { id: "both" })] },
  });

  it("take their members along when they wake, and let them go when they sleep again", () => {
    const room = createRoom(joined);
    const shortOf = (s: number, code: string, value: number): boolean => {
      const copy = structuredClone(room.state()) as MonitorState;
      const input = {
        ...telemetry([reading(code, value, at(s))]),
        number: copy.number + 1,
        at: at(s),
      } as TelemetryInput;
      return createCalmWay(copy, compilePlant(joined)).take(input) !== null;
    };
    for (const code of ["p", "q", "r"]) room.value(0, code, 10);
    expect(shortOf(1, "q", 10)).toBe(true);
    expect(shortOf(1, "q", 60)).toBe(false);
    room.value(1, "p", 70);
    room.value(2, "q", 70);
    // The rule counts its delay: every sample of its members is judged.
    expect([shortOf(3, "p", 10), shortOf(3, "q", 10), shortOf(3, "r", 10)]).toEqual([false, false, true]);
    room.value(3, "p", 10);
    // The other one still stands beyond: its fall back is news.
    expect([shortOf(4, "p", 10), shortOf(4, "q", 10)]).toEqual([true, false]);
    room.value(4, "q", 10);
    expect([shortOf(5, "p", 10), shortOf(5, "q", 10)]).toEqual([true, true]);
  });

  it("have their members judged from the very next message on, where one and the same monitor goes on", () => {
    const room = createRoom(joined);
    for (const code of ["p", "q", "p", "q"]) room.value(room.state().number, code, 10);
    const from = room.state().number;
    room.value(from, "p", 70);
    room.value(from + 1, "q", 70);
    for (let s = 2; s <= 62; s += 1) room.value(from + s, s % 2 === 0 ? "p" : "q", 70);
    expect(room.alarm("s1~both")?.level).toBe("orange");
    // Below the limit of the one the rule is over; it was the other's sample that was never looked at before.
    room.value(from + 63, "q", 10);
    expect(room.alarm("s1~both")?.level).toBeNull();
  });
});

describe("what a rule over several points counts, on the short way", () => {
  const over = (code: string) => ({ violated: { point: `s1/${code}`, direction: "high", setpoint: 10 } }) as const;
  const of = (red: ReturnType<typeof condition>) =>
    planOf([point("a"), point("b"), point("c")], { siteRules: { s1: [rule("none", { red }, { id: "r" })] } });

  it("is over for a vote when a member has fallen back, however long ago that was", () => {
    const members = ["s1/a", "s1/b", "s1/c"];
    const violated = { direction: "high", setpoint: 10 } as const;
    const room = createRoom(of(condition("vote", { members, violated, need: 2, windowMs: 30_000 })));
    const say = (s: number, a: number, b: number): void => {
      room.value(s, "a", a);
      room.value(s, "b", b);
      room.value(s, "c", 1);
    };
    say(1, 1, 1);
    say(10, 12, 1);
    for (let s = 15; s <= 300; s += 5) say(s, 5, 1);
    say(305, 5, 12);
    expect(room.alarm("s1~r")).toBeUndefined();
  });

  it("is told at once where the fall of one member makes it true", () => {
    const room = createRoom(of(condition("combine", { expression: { all: [{ not: over("a") }, over("b")] } })));
    for (const s of [1, 10]) room.value(s, "a", 12);
    room.value(10, "b", 12);
    room.value(20, "a", 5);
    expect(room.transitions("s1~r").map(({ at: when, level }) => [when, level])).toEqual([[at(20), "red"]]);
  });

  it("is held for its time from when it was lost, whether the others were heard shortly or at length", () => {
    const held = condition("combine", { expression: { all: [over("a"), { hold: over("b"), forMs: 60_000 }] } });
    const room = createRoom(
      planOf([point("a", { silentAfterMs: 60_000 }), point("b", { device: "s1/d2", silentAfterMs: 30_000 })], {
        siteRules: { s1: [rule("none", { red: held }, { id: "r" })] },
      }),
    );
    room.message(1, [reading("b", 12, at(1))], { device: "d2" });
    for (let s = 1; s <= 80; s += 1) room.value(s, "a", s >= 80 ? 12 : 1);
    // Lost at 31 s, and held until 91 s.
    expect(room.alarm("s1~r")?.level).toBe("red");
  });
});

describe("the memory of repeats", () => {
  it("holds 4,096 samples a point up to 1,024 points, and no more than a bounded whole beyond", () => {
    expect([0, 1, 1024, 2048, 2049, 10_000, 50_000, 440_000].map(rememberedOf)).toEqual([
      4096, 4096, 4096, 3584, 1792, 448, 112, 112,
    ]);
  });
});

/** A state as plain values: rings newest first, wherever they begin. */
function plainOf({ points, ...rest }: MonitorState): unknown {
  return {
    ...rest,
    points: [...points].map(([id, { memory, ...one }]) => {
      const samples = Array.from({ length: memory.count }, (_, nth) => {
        const place = (memory.written - 1 - nth) & (memory.times.length - 1);
        return [memory.times[place], memory.values[place]];
      });
      return [id, one, samples];
    }),
  };
}

describe("a packed state", () => {
  it("is the same when it is unpacked: points at rest and not, remembered samples over the end of their ring, strangers", () => {
    const room = createRoom(plan);
    for (let s = 0; s < 40; s += 1) room.value(s * 300, "p", s);
    room.value(12_000, "p", 85);
    room.value(12_001, "q", 10, { quality: "suspect" });
    room.value(12_001, "dated", 95);
    for (let s = 0; s < 4; s += 1) room.value(12_002 + s * 10, "tested", 3);
    room.value(12_040, "tested", 30);
    room.plan(
      12_050,
      planOf([
        plan.points[3] as (typeof plan.points)[number],
        point("q"),
        point("dated"),
        point("p", { rules: [high] }),
      ]),
    );
    const state = room.state() as MonitorState;
    const again = unpackState(wholeOf(packState(state)));
    expect(plainOf(again)).toEqual(plainOf(state));
  });

  it("is as it was when it was packed, however late it is read and whatever has come meanwhile", () => {
    const room = createRoom(plan);
    const state = room.state() as MonitorState;
    let s = 0;
    const come = (samples: number): void => {
      for (const end = s + samples; s < end; s += 1) for (const code of ["p", "q"]) room.value(s * 10, code, s % 70);
    };
    // At 20 samples a ring has room for 64, at 57 for 256; within the last lap every place is written anew.
    for (const samples of [20, 20, 5, 0, 3, 4096, 4096, 4096]) {
      come(samples);
      const then = structuredClone({ ...state, plan: null });
      const packed = packState(state);
      const { rest } = structuredClone({ rest: packed.rest });
      come(samples === 0 ? 0 : 25);
      const again = unpackState({ ...wholeOf({ ...packed, rest }) });
      expect(plainOf({ ...again, plan })).toEqual(plainOf({ ...then, plan }));
    }
    // A ring of 1,024 holds 896.
    const packed = packState(state);
    come(128);
    expect(() => wholeOf(packed)).not.toThrow();
    come(1);
    expect(() => wholeOf(packed)).toThrow("more has come than can be put aside");
  });

  it("of many points is read in slices, each to its end", () => {
    const many = planOf(Array.from({ length: 20 }, (_, nth) => point(`p${nth}`)));
    const room = createRoom(many);
    const codes = many.points.map(({ code }) => code);
    for (let s = 0; s < 3700; s += 1)
      room.message(
        s,
        codes.map((code) => reading(code, s % 70, at(s))),
      );
    const packed = packState(room.state());
    const sizes = [...packed.columns.times.slices()].map(({ length }) => length);
    expect(sizes).toEqual([131_072, 20 * 8192 - 131_072]);
  });
});
