// Every kind of condition led through the monitor: what raises, what returns, what a rule over several points sees (semantics §4).
import { describe, expect, it } from "vitest";
import type { Expression } from "../../../contract/condition.ts";
import type { Rule } from "../../../contract/plant.ts";
import { condition, hour, limit, minute, planOf, point, rule, second, version } from "../../support/plant.ts";
import { packState, unpackState } from "../../../server/monitor/pack.ts";
import type { Series } from "../../../server/monitor/series.ts";
import { wholeOf } from "../../support/packed.ts";
import { at, createRoom, type Room } from "../../support/room.ts";

const high = (code: string, setpoint: number): Expression => ({
  violated: { point: `s1/${code}`, direction: "high", setpoint },
});
const ofSite = (expression: Expression, rest: Partial<Parameters<typeof limit>[1]> = {}): readonly Rule[] => [
  rule("none", { orange: condition("combine", { expression, ...rest }) }, { id: "compound" }),
];

/** A room whose points all stand at 10 since second 0. */
function calm(points: readonly string[], siteRules: readonly Rule[]): Room {
  const plan = planOf(
    points.map((code) => point(code)),
    { siteRules: { s1: siteRules } },
  );
  const room = createRoom(plan);
  for (const code of points) room.value(0, code, 10);
  return room;
}

const levelOf = (room: Room, id: string): unknown => room.alarm(id)?.level ?? null;

describe("a rule on a point's own samples", () => {
  it("raises by a rolling sum in the point's unit, and a late sample repairs its window", () => {
    const six = condition("sum", { windowMs: minute, setpoint: 50, deadband: 5 });
    const room = createRoom(
      planOf([point("rain", { unit: "mm", rules: [rule("high", { yellow: six }, { id: "hour" })] })]),
    );
    for (let s = 0; s <= 70; s += 10) if (s !== 60) room.value(s, "rain", 8);
    expect(levelOf(room, "s1/rain~hour~high")).toBeNull();
    // 20 … 70 without 60 are 40; the late one makes it 48, and the next one 56 within its minute.
    room.value(71, "rain", 8, { measured: 60 });
    expect(levelOf(room, "s1/rain~hour~high")).toBeNull();
    room.value(75, "rain", 8);
    expect(room.alarm("s1/rain~hour~high")).toMatchObject({
      level: "yellow",
      value: 56,
      setpoint: 50,
      why: { code: "sumViolated", values: { quantity: 56, setpoint: 50 } },
    });
    for (let s = 80; s <= 150; s += 10) room.value(s, "rain", 0);
    expect(room.transitions("s1/rain~hour~high").at(-1)).toMatchObject({ level: null, why: { code: "limitReturned" } });
  });

  it("raises by a rate, by exception too, and its setpoint is not one of the value", () => {
    const rate = condition("rate", {
      method: "difference",
      windowMs: minute,
      minSamples: 2,
      perMs: minute,
      isAbsolute: false,
      setpoint: 20,
    });
    const rules = [rule("high", { yellow: rate }, { id: "rise" })];
    const room = createRoom(
      planOf([point("p", { rules }), point("x", { rules, report: "onChange", silentAfterMs: hour })]),
    );
    for (const [code, from] of [
      ["p", 0],
      ["x", 100],
    ] as const) {
      for (let s = 0; s <= 60; s += 10) room.value(from + s, code, 10);
      room.value(from + 70, code, 31);
      expect(room.alarm(`s1/${code}~rise~high`)).toMatchObject({
        level: "yellow",
        value: 31,
        setpoint: null,
        why: { code: "rateViolated", values: { quantity: 21, setpoint: 20 } },
      });
    }
  });

  it("raises by a forecast, which is bad when it is near whatever the rule's direction", () => {
    const forecast = condition("forecast", {
      method: "line",
      windowMs: 10 * minute,
      minSamples: 5,
      target: 100,
      noise: 0,
      minR2: 0.8,
      horizonMs: 24 * hour,
      setpoint: 1,
    });
    const room = createRoom(planOf([point("p", { rules: [rule("high", { orange: forecast }, { id: "full" })] })]));
    for (let s = 0; s <= 600; s += 10) room.value(s, "p", 70 + s / 60);
    expect(room.alarm("s1/p~full~high")).toMatchObject({ level: "orange", why: { code: "forecastViolated" } });
    for (let s = 610; s <= 1300; s += 10) room.value(s, "p", 80);
    expect(levelOf(room, "s1/p~full~high")).toBeNull();
  });

  it("takes over-range for no more than a doubt in what it works out", () => {
    const state = condition("state", { values: [100] });
    const room = createRoom(
      planOf([
        point("p", {
          range: { sensor: [0, 100], operator: [0, 100] },
          rules: [rule("high", { yellow: state, red: limit(90) }, { id: "stuck" })],
        }),
      ]),
    );
    room.value(0, "p", 10);
    room.value(10, "p", 120);
    expect(room.alarm("s1/p~stuck~high")).toMatchObject({ level: "red", quality: "saturated" });
    expect(room.state().points.get("s1/p")?.rules[0]?.limits[0]).toMatchObject({ isSaturated: false });
  });

  it("keeps what a kind remembers where a new version changes its setpoint alone", () => {
    const drift = (setpoint: number) => condition("cusum", { target: 10, sigma: 1, allowance: 0.5, setpoint });
    const versions = [version(1, 0, { yellow: drift(50) }), version(2, at(100), { yellow: drift(4) })];
    const room = createRoom(planOf([point("p", { rules: [rule("high", {}, { id: "drift", versions })] })]));
    for (let s = 0; s < 100; s += 10) room.value(s, "p", 11);
    expect(levelOf(room, "s1/p~drift~high")).toBeNull();
    room.value(100, "p", 11);
    expect(room.alarm("s1/p~drift~high")).toMatchObject({ level: "yellow", ruleVersion: 2 });
  });

  it("hears nothing from a bad sample", () => {
    const state = condition("state", { values: [1] });
    const room = createRoom(planOf([point("p", { rules: [rule("high", { yellow: state }, { id: "fault" })] })]));
    room.value(0, "p", 0);
    room.value(10, "p", 1, { quality: "bad" });
    expect(levelOf(room, "s1/p~fault~high")).toBeNull();
  });
});

describe("a rule over several points", () => {
  it("of a site raises once for an instant, with what made it so, and returns by a sample", () => {
    const room = calm(["a", "b"], ofSite({ all: [high("a", 60), high("b", 60)] }));
    room.value(10, "a", 65);
    expect(levelOf(room, "s1~compound")).toBeNull();
    room.value(11, "b", 65);
    expect(room.alarm("s1~compound")).toMatchObject({
      level: "orange",
      source: { kind: "site", id: "s1" },
      why: { code: "combineViolated" },
    });
    expect(room.site().rollup.level).toBe("orange");
    room.value(20, "a", 10);
    expect(levelOf(room, "s1~compound")).toBeNull();
    expect(room.site().rollup.level).toBeNull();
  });

  it("of a detector makes red of two in a zone, in one transition with its own level", () => {
    const zoned = rule("high", {
      yellow: limit(25),
      orange: limit(50),
      red: condition("combine", { expression: { all: [high("a", 50), high("b", 25)] } }),
    });
    const room = createRoom(planOf([point("a", { rules: [zoned] }), point("b")]));
    room.value(0, "a", 0);
    room.value(0, "b", 0);
    room.value(10, "b", 30);
    room.value(11, "a", 55);
    expect(room.transitions("s1/a~limit~high").map(({ level }) => level)).toEqual(["red"]);
    room.value(20, "b", 0);
    expect(levelOf(room, "s1/a~limit~high")).toBe("orange");
    room.value(21, "a", 0);
    expect(levelOf(room, "s1/a~limit~high")).toBeNull();
  });

  it("of a detector lets go of a level that a new version no longer has, by the detector's own good value", () => {
    const both = condition("combine", { expression: { all: [high("a", 50), high("b", 25)] } });
    const versions = [
      version(1, 0, { yellow: limit(25), red: both }),
      version(2, at(100), { orange: limit(50), red: both }),
    ];
    const room = createRoom(planOf([point("a", { rules: [rule("high", {}, { versions })] }), point("b")]));
    room.value(0, "b", 0);
    room.value(10, "a", 30);
    expect(levelOf(room, "s1/a~limit~high")).toBe("yellow");
    room.value(100, "b", 0);
    expect(levelOf(room, "s1/a~limit~high")).toBe("yellow");
    room.value(101, "a", 60);
    room.value(102, "b", 30);
    expect(levelOf(room, "s1/a~limit~high")).toBe("red");
    room.value(110, "b", 0);
    room.value(111, "a", 10);
    expect(levelOf(room, "s1/a~limit~high")).toBeNull();
  });

  it("looks at alarms of points, items and sites, and waits for nothing where those are unknown", () => {
    const source = (id: string): Expression => ({ level: { source: id, rule: null, atLeast: "yellow" } });
    const points = [point("a", { rules: [rule("high", { yellow: limit(60) })] }), point("b")];
    const rules = ofSite({ any: [source("s1/a"), { all: [source("s1/i1"), high("b", 0)] }] });
    const room = createRoom(planOf(points, { siteRules: { s1: rules } }));
    room.value(0, "b", 10);
    expect(room.alarm("s1~compound")).toBeUndefined();
    room.value(1, "a", 70);
    expect(levelOf(room, "s1~compound")).toBe("orange");
  });

  it("is told blind once its points have had their time, where an orange hangs on them alone; and seeing again", () => {
    const room = calm(["a", "b"], ofSite({ all: [high("a", 60), high("b", 60)] }));
    room.value(10, "a", 65);
    room.value(10, "b", 10, { quality: "bad" });
    room.pass(69);
    expect(room.alarm("s1~blind compound")).toBeUndefined();
    room.value(69, "a", 65);
    room.pass(71);
    expect(room.alarm("s1~blind compound")).toMatchObject({
      level: "yellow",
      isData: true,
      why: { code: "ruleBlind" },
    });
    room.value(80, "b", 10);
    expect(levelOf(room, "s1~blind compound")).toBeNull();
  });

  it("counts a member that was lost after another's violation, until it is heard again", () => {
    const vote = condition("vote", {
      members: ["s1/a", "s1/b", "s1/c"],
      violated: { direction: "high", setpoint: 60 },
      need: 2,
      windowMs: minute,
    });
    const room = calm(["a", "b", "c"], [rule("none", { red: vote }, { id: "vote" })]);
    room.value(10, "a", 65);
    room.value(10, "c", 10);
    room.value(20, "b", 10, { quality: "bad" });
    expect(room.alarm("s1~vote")).toMatchObject({
      level: "red",
      why: { code: "voteViolated", values: { note: "byLoss" } },
    });
  });

  it("holds two points against each other", () => {
    const pair = condition("pair", {
      method: "difference",
      of: "s1/a",
      to: "s1/b",
      skewMs: 20_000,
      isAbsolute: true,
      setpoint: 30,
    });
    const room = createRoom(
      planOf([point("a", { rules: [rule("high", { yellow: limit(90) })] }), point("b")], {
        siteRules: { s1: [rule("high", { yellow: pair }, { id: "apart" })] },
      }),
    );
    room.value(0, "a", 10);
    room.value(0, "b", 50);
    expect(room.alarm("s1~apart~high")).toMatchObject({ level: "yellow", why: { code: "pairViolated" } });
  });

  it("hears what time alone brings: what was due and did not come, and a hold that ends returns nothing by itself", () => {
    const day = 24 * hour;
    const due = condition("missingEvent", { point: "s1/round", dueMs: (at(100) % day) + 0, zoneMs: 0 });
    const room = createRoom(
      planOf([point("round", { report: "onChange", silentAfterMs: 2 * hour }), point("a")], {
        siteRules: { s1: [rule("none", { yellow: due }, { id: "round" })] },
      }),
    );
    room.value(0, "a", 1);
    room.pass(99);
    expect(levelOf(room, "s1~round")).toBeNull();
    room.pass(101);
    expect(room.alarm("s1~round")).toMatchObject({ level: "yellow", why: { code: "missingEventViolated" } });
    room.value(120, "round", 1);
    expect(levelOf(room, "s1~round")).toBeNull();
  });

  it("that is not in force yet judges nothing", () => {
    const versions = [version(1, at(1000), { orange: condition("combine", { expression: high("a", 60) }) })];
    const room = calm(["a"], [rule("none", {}, { id: "compound", versions })]);
    room.value(10, "a", 65);
    expect(room.alarm("s1~compound")).toBeUndefined();
    room.value(1000, "a", 65);
    expect(levelOf(room, "s1~compound")).toBe("orange");
  });

  it("keeps its alarm when the plan takes it away: nothing but a person ends it, and it still counts", () => {
    const room = calm(["a"], ofSite(high("a", 60)));
    room.value(10, "a", 65);
    room.plan(20, planOf([point("a")]));
    expect(room.alarm("s1~compound")).toMatchObject({ level: "orange", isRuleChanged: true });
    room.value(30, "a", 10);
    expect(levelOf(room, "s1~compound")).toBe("orange");
    expect(room.site().rollup.level).toBe("orange");
  });
});

describe("a checkpoint", () => {
  it("holds the series of a point that looks back", () => {
    const rate = condition("rate", {
      method: "difference",
      windowMs: minute,
      minSamples: 2,
      perMs: minute,
      isAbsolute: false,
      setpoint: 20,
    });
    const room = createRoom(
      planOf([point("a"), point("p", { rules: [rule("high", { yellow: rate }, { id: "rise" })] })]),
    );
    for (let s = 0; s <= 30; s += 10) room.value(s, "p", s);
    const { series } = unpackState(wholeOf(packState(room.state()))).points.get("s1/p") as { series: Series };
    expect([series.from, series.to, [...series.times], [...series.values]]).toEqual([
      0,
      4,
      [0, 10, 20, 30].map(at),
      [0, 10, 20, 30],
    ]);
  });
});

describe("a plan", () => {
  it("that keeps one rule of a site, ends another at rest and adds a third goes on with the first", () => {
    const named = (id: string, code: string): Rule =>
      rule("none", { orange: condition("combine", { expression: high(code, 60) }) }, { id });
    const room = calm(["a", "b", "c"], [named("first", "a"), named("second", "b")]);
    room.value(10, "a", 65);
    const codes = ["a", "b", "c"].map((code) => point(code));
    room.plan(20, planOf(codes, { siteRules: { s1: [named("third", "c"), named("first", "a")] } }));
    expect(
      room
        .state()
        .siteRules.get("s1")
        ?.map(({ id }) => id),
    ).toEqual(["s1~third", "s1~first"]);
    expect(room.alarm("s1~first")).toMatchObject({ level: "orange", isRuleChanged: false });
    room.value(30, "a", 10);
    expect(levelOf(room, "s1~first")).toBeNull();
    room.value(31, "c", 65);
    expect(levelOf(room, "s1~third")).toBe("orange");
  });
});

describe("a member", () => {
  it("over range on either side violates that side, and one that nobody heard is unknown to a rule on its alarms", () => {
    const wide = { range: { sensor: [0, 100], operator: [0, 100] } } as Pick<ReturnType<typeof point>, "range">;
    const both = [rule("high", { yellow: limit(90) }), rule("low", { yellow: limit(5) })];
    const points = [point("a", { ...wide, rules: both }), point("b", { rules: [rule("high", { yellow: limit(60) })] })];
    const low: Expression = { violated: { point: "s1/a", direction: "low", setpoint: 5 } };
    const quiet: Expression = { not: { level: { source: "s1/b", rule: "limit", atLeast: "yellow" } } };
    const rules = ofSite({ any: [{ all: [low, quiet] }, high("a", 95)] });
    const room = createRoom(planOf(points, { siteRules: { s1: rules } }));
    room.value(0, "a", -1);
    expect(levelOf(room, "s1~compound")).toBeNull();
    room.value(1, "b", 10);
    expect(levelOf(room, "s1~compound")).toBe("orange");
    room.value(2, "b", 70);
    expect(levelOf(room, "s1/b~limit~high")).toBe("yellow");
    const other = createRoom(planOf(points, { siteRules: { s1: rules } }));
    other.value(0, "a", 101);
    expect(levelOf(other, "s1~compound")).toBe("orange");
  });
});

describe("the short way", () => {
  const shapes: readonly [string, readonly Rule[]][] = [
    [
      "a pair",
      [
        rule(
          "high",
          {
            yellow: condition("pair", {
              method: "ratio",
              of: "s1/a",
              to: "s1/b",
              skewMs: minute,
              isAbsolute: false,
              setpoint: 5,
            }),
          },
          { id: "x" },
        ),
      ],
    ],
    [
      "a fence",
      [
        rule(
          "none",
          {
            yellow: condition("geofence", {
              lng: "s1/a",
              lat: "s1/b",
              shape: {
                polygon: [
                  [0, 0],
                  [90, 0],
                  [90, 80],
                ],
              },
              wrong: "outside",
              skewMs: minute,
            }),
          },
          { id: "x" },
        ),
      ],
    ],
    [
      "a missing event",
      [
        rule(
          "none",
          { yellow: condition("missingEvent", { point: "s1/a", dueMs: 86_400_000, zoneMs: 0 }) },
          { id: "x" },
        ),
      ],
    ],
    ["a state", ofSite({ state: { point: "s1/a", values: [7] } })],
    ["a hold", ofSite({ hold: high("a", 60), forMs: minute })],
    [
      "a low limit, a vote and an alarm",
      ofSite({
        all: [
          { not: { violated: { point: "s1/a", direction: "low", setpoint: 2 } } },
          {
            vote: { members: ["s1/a", "s1/b"], violated: { direction: "low", setpoint: 3 }, need: 2, windowMs: second },
          },
          { level: { source: "s1/b", rule: null, atLeast: "red" } },
          { hold: high("b", 60), forMs: minute },
          { not: { state: { point: "s1/b", values: [7] } } },
        ],
      }),
    ],
    [
      "kinds that look at other points",
      [
        rule(
          "none",
          {
            blue: [
              condition("missingEvent", { point: "s1/d", dueMs: 86_400_000, zoneMs: 0 }),
              condition("vote", {
                members: ["s1/d"],
                violated: { direction: "high", setpoint: 90 },
                need: 1,
                windowMs: 0,
              }),
            ],
            yellow: condition("pair", {
              method: "difference",
              of: "s1/d",
              to: "s1/e",
              skewMs: minute,
              isAbsolute: false,
              setpoint: 5,
            }),
            orange: condition("geofence", {
              lng: "s1/d",
              lat: "s1/e",
              shape: {
                polygon: [
                  [0, 0],
                  [90, 0],
                  [90, 80],
                ],
              },
              wrong: "inside",
              skewMs: minute,
            }),
            red: condition("combine", {
              expression: {
                any: [
                  high("a", 60),
                  { silent: "s1/b" },
                  { lagging: "s1/b" },
                  { vote: { members: ["s1/d"], violated: { direction: "high", setpoint: 60 }, need: 1, windowMs: 0 } },
                ],
              },
            }),
          },
          { id: "x" },
        ),
      ],
    ],
  ];

  it.each(shapes)("is not taken past %s that would see a difference", (_, rules) => {
    const plan = planOf(
      ["a", "b", "c", "d", "e"].map((code) => point(code)),
      { siteRules: { s1: rules } },
    );
    const rooms = [createRoom(plan), createRoom(plan)] as const;
    const values = [10, 12, 70, 70, 7, 1, 2, 10, 95];
    for (const [nth, value] of values.entries()) {
      for (const code of ["a", "b", "c"])
        for (const room of rooms) room.value(nth * 10, code, code === "c" ? 5 : value);
      // A restart makes everything known anew: what the short way passed over would be seen now.
      rooms[1].restart();
    }
    expect(rooms[0].changes).toEqual(rooms[1].changes);
  });
});
