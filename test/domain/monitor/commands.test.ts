// What people do: answered once, refused with the truth, and how fast a county answers (semantics §3, §8).
import { describe, expect, it } from "vitest";
import type { Plan } from "../../../contract/plant.ts";
import { limit, planOf, point, rule, version } from "../../support/plant.ts";
import { at, createRoom, type Room } from "../../support/room.ts";

const plan = planOf([point("p", { rules: [rule("high", { yellow: limit(70) })], silentAfterMs: 10 * 86_400_000 })]);
const id = "s1/p~limit~high";
/** What the table gives a county at yellow. */
const limitMs = 900_000;

describe("a command", () => {
  it("sent twice under one id is carried out once, and answered the same", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    const first = room.acknowledge(1, "enterprise", id, { commandId: "the-same-id", note: "on my way" });
    const seq = room.state().seq;
    expect(first).toEqual({ ok: true, seq });
    expect(room.acknowledge(2, "enterprise", id, { commandId: "the-same-id" })).toEqual(first);
    room.restart();
    expect(room.acknowledge(3, "enterprise", id, { commandId: "the-same-id" })).toEqual(first);
    expect(room.state().seq).toBe(seq);
    expect(room.transitions(id).at(-1)).toMatchObject({
      reason: "on my way",
      actor: { kind: "person", id: "officer-enterprise", tier: "enterprise" },
    });
  });

  it("delayed until the alarm has changed answers nothing", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.value(1, "p", 10);
    room.value(2, "p", 75);
    expect(room.acknowledge(3, "enterprise", id, { occurrence: 1, revision: 1 })).toMatchObject({
      ok: false,
      code: "ALARM_CHANGED",
      alarm: { revision: 2 },
    });
    expect(room.alarm(id)?.tiers.every(({ owedLevel }) => owedLevel === "yellow")).toBe(true);
  });

  it("is remembered under the person who gave it: another's under the same id is another command", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    expect(room.acknowledge(1, "enterprise", id, { commandId: "the-same-id" })).toMatchObject({ ok: true });
    expect(room.acknowledge(2, "county", id, { commandId: "the-same-id" })).toMatchObject({ ok: true });
    expect(room.alarm(id)?.tiers.map(({ acknowledgedBy }) => acknowledgedBy)).toEqual([
      "officer-enterprise",
      "officer-county",
    ]);
  });

  it("is remembered among the last 2,000 only", () => {
    const room = createRoom(plan);
    for (let nth = 0; nth < 2001; nth += 1)
      room.acknowledge(0, "enterprise", "nothing", { commandId: `command-${nth}-x` });
    expect(room.state().replies.size).toBe(2000);
    expect(room.state().replies.has("officer-enterprise command-0-x")).toBe(false);
    expect(room.state().replies.has("officer-enterprise command-1-x")).toBe(true);
  });
});

describe("a reset with a second measurement", () => {
  const latch = { latch: true } as const;
  const latched = (rules: Plan["points"][number]["rules"]): Plan =>
    planOf([point("p", { rules, silentAfterMs: 86_400_000 })]);
  const before = latched([
    rule("high", { yellow: limit(70) }, latch),
    rule("low", { yellow: limit(30) }, { ...latch, id: "other" }),
  ]);

  function returned(): Room {
    const room = createRoom(before);
    room.value(0, "p", 75);
    room.value(1, "p", 50);
    for (const tier of ["enterprise", "county"] as const) room.acknowledge(2, tier, id);
    return room;
  }

  it("that is beyond a limit of the rule proves the opposite; another rule's limits do not count", () => {
    const room = returned();
    expect(room.reset(3, id, { measurement: 70 })).toMatchObject({
      ok: false,
      code: "ALARM_NOT_RESETTABLE",
      alarm: { state: "latchedAcknowledged" },
    });
    expect(room.reset(4, id, { measurement: 20 })).toMatchObject({ ok: true });
    expect(room.alarm(id)?.state).toBe("normal");
  });

  it.each([
    ["whose point the plan no longer has", planOf([])],
    ["whose rule the plan no longer has", latched([])],
    [
      "whose rule is not in force yet",
      latched([rule("high", {}, { ...latch, versions: [version(2, at(99), { yellow: limit(60) })] })]),
    ],
  ])("%s has no limit to be beyond", (_, next) => {
    const room = returned();
    room.plan(3, next);
    expect(room.reset(4, id, { measurement: 75 })).toMatchObject({ ok: true });
  });
});

describe("a county's answers", () => {
  it("make a median over the last day, of its own tier alone", () => {
    const room = createRoom(plan);
    const answered: (number | null)[] = [];
    for (const [start, tookSeconds] of [
      [0, 10],
      [100, 40],
      [200, 20],
    ] as const) {
      room.value(start, "p", 75);
      room.acknowledge(start + 1, "enterprise", id);
      room.acknowledge(start + tookSeconds, "county", id);
      answered.push(room.monitor().standing().responses[0]?.medianMs ?? null);
      room.value(start + 50, "p", 10);
    }
    expect(answered).toEqual([10_000, 25_000, 20_000]);
    const told = (): readonly unknown[] =>
      room.changes.flatMap((change) => (change.type === "response" ? [change.response] : []));
    const whole = { county: "county-s1", medianMs: 20_000, answers: 3, limitMs, over: 0 };
    expect(told()).toHaveLength(3);
    expect(told().at(-1)).toEqual(whole);
    expect(room.monitor().standing().responses).toEqual([whole]);
    // Walls count no time themselves: what is a day old leaves at its own instant, whenever the tick comes.
    room.tick(86_409.999);
    expect(told()).toHaveLength(3);
    room.tick(86_500);
    expect(told().slice(3)).toEqual([{ ...whole, medianMs: 30_000, answers: 2 }]);
    expect(room.monitor().standing().responses).toEqual(told().slice(-1));
    room.tick(90_000);
    expect(told().slice(-1)).toEqual([{ county: "county-s1", medianMs: null, answers: 0, limitMs: null, over: 0 }]);
    expect(room.monitor().standing().responses).toEqual(told().slice(-1));
    expect(room.state().answers).toEqual([]);
  });

  it("are held against the limit of the routing table that each had, and counted where they were over it", () => {
    const room = createRoom(plan);
    room.value(0, "p", 75);
    room.tick(1 + limitMs / 1000);
    room.acknowledge(1 + limitMs / 1000, "county", id);
    expect(room.monitor().standing().responses).toMatchObject([{ limitMs, over: 1 }]);
    room.value(2000, "p", 10);
    room.acknowledge(2000, "enterprise", id);
    room.value(3000, "p", 75);
    room.tick(3000 + limitMs / 1000);
    room.acknowledge(3000 + limitMs / 1000, "county", id);
    expect(room.monitor().standing().responses).toMatchObject([{ answers: 2, over: 1 }]);
  });

  it("have no time left where a rise comes after the deadline of what was owed before", () => {
    const room = createRoom(planOf([point("p", { rules: [rule("high", { yellow: limit(70), red: limit(90) })] })]));
    room.value(0, "p", 75);
    room.value(2000, "p", 95);
    room.acknowledge(2010, "county", id);
    expect(room.monitor().standing().responses).toMatchObject([{ medianMs: 10_000, limitMs: 0, over: 1 }]);
  });

  it("are remembered up to a bound, and not counted for what belongs to no county", () => {
    const room = createRoom(plan);
    const { answers } = room.state();
    for (let nth = 0; nth < 5000; nth += 1) answers.push({ county: "county-s1", at: at(0), tookMs: nth, withinMs: 0 });
    room.value(1, "p", 75);
    room.acknowledge(2, "county", id);
    expect(room.state().answers).toHaveLength(5000);
    expect(room.state().answers.at(-1)?.tookMs).toBe(1000);
  });

  it("are not counted for a site that the plan no longer has", () => {
    const room = createRoom(plan);
    room.value(1, "p", 75);
    room.plan(2, planOf([]));
    expect(room.acknowledge(3, "county", id)).toMatchObject({ ok: true });
    expect(room.state().answers).toEqual([]);
  });

  it("do not count the city's own troubles", () => {
    const room = createRoom({
      ...plan,
      routing: { ...plan.routing, data: { ...plan.routing.data, yellow: [{ tier: "county", withinMs: 1000 }] } },
    });
    room.neighbour(1, "historian", "down");
    expect(room.acknowledge(2, "city", "historian~down")).toMatchObject({ ok: true });
    expect(room.acknowledge(2, "county", "historian~down")).toMatchObject({
      ok: false,
      code: "ALARM_NOT_ACKNOWLEDGEABLE",
    });
    expect(room.monitor().standing().responses[0]?.answers).toBe(0);
  });
});
