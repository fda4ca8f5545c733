// Silence that is learned: stories of points that speak as they like, and what must hold whatever they do (semantics §6).
import { deserialize, serialize } from "node:v8";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Point } from "../../../contract/plant.ts";
import { createMonitor, type Outcome } from "../../../server/monitor.ts";
import { packState, unpackState, type PackedState } from "../../../server/monitor/pack.ts";
import { emptyState, type MonitorState } from "../../../server/monitor/state.ts";
import { wholeOf } from "../../support/packed.ts";
import { hour, limit, minute, planOf, point, rule, second } from "../../support/plant.ts";
import { at, createRoom, epoch, reading, telemetry, type Room, type Said } from "../../support/room.ts";

const learnSilence = { floorMs: 20 * second, ceilingMs: 30 * minute };
const every = (everyMs: number, rest: Partial<Point> = {}): Point =>
  point("p", {
    report: { everyMs },
    silentAfterMs: 3 * everyMs,
    silence: { yellow: hour, orange: 4 * hour },
    learnSilence,
    ...rest,
  });

function silenceOf(room: Room): number | undefined {
  return room.monitor().standing().devices[0]?.silentAfterMs?.["s1/p"];
}

/** Speaks so far apart, in seconds, from then on; returns the last second. */
function speak(room: Room, from: number, intervals: readonly number[]): number {
  let s = from;
  for (const interval of intervals) {
    s += interval;
    room.pass(s);
    room.value(s, "p", 1);
  }
  return s;
}

const same = (interval: number, count: number): number[] => Array.from({ length: count }, () => interval);
/** One to seven minutes, never twice the same way, over and over. */
const irregular = (count: number): number[] => Array.from({ length: count }, (_, nth) => 60 + ((nth * 97) % 361));

describe("a point whose silence is learned", () => {
  it("counts as silent by its plan until fifty intervals were heard, then by its own rhythm: ten seconds", () => {
    const room = createRoom(planOf([every(minute)]));
    const last = speak(room, 0, same(10, 51));
    expect(room.monitor().liveness()[0]?.silences).toEqual([
      { point: "s1/p", silentAfterMs: 31 * second, isLearned: true, ...learnSilence },
    ]);
    expect(silenceOf(room)).toBe(31 * second);
    expect(room.changes.filter((one) => one.type === "device")).toHaveLength(2);
    expect(room.monitor().nextDue(at(last + hour))).toBe(at(last + 31) + 1);
    room.pass(last + 31.001);
    expect(room.alarm("s1/p~silence")).toMatchObject({ level: "blue" });
    const early = createRoom(planOf([every(minute)]));
    const then = speak(early, 0, same(10, 50));
    expect(silenceOf(early)).toBeUndefined();
    expect(early.monitor().liveness()[0]?.silences).toMatchObject([{ silentAfterMs: 180_000, isLearned: false }]);
    expect(early.monitor().nextDue(at(then + hour))).toBe(at(then + 180) + 1);
  });

  it("that speaks every one to seven minutes cries wolf no more, and its higher levels come as the plan says", () => {
    const room = createRoom(planOf([every(minute, { silentAfterMs: 8 * minute })]));
    const last = speak(room, 0, irregular(200));
    const told = room.transitions("s1/p~silence").length;
    expect(told).toBe(0);
    const silentMs = silenceOf(room) as number;
    expect([silentMs > 20 * minute, silentMs <= 27 * minute]).toEqual([true, true]);
    room.pass(last + silentMs / 1000);
    expect(room.alarm("s1/p~silence")).toBeUndefined();
    room.pass(last + silentMs / 1000 + 0.001);
    expect(room.alarm("s1/p~silence")?.level).toBe("blue");
    room.pass(last + 3600.001);
    expect(room.alarm("s1/p~silence")?.level).toBe("yellow");
  });

  it("that is silent at night is missed every night: what ended in an alarm teaches nothing", () => {
    const room = createRoom(planOf([every(minute)]));
    let s = 0;
    for (let day = 1; day <= 10; day += 1) {
      s = speak(room, s, same(60, 960));
      s = speak(room, s, [8 * 3600]);
      for (const tier of ["enterprise", "county", "city"] as const) room.acknowledge(s, tier, "s1/p~silence");
      expect(room.alarm("s1/p~silence")).toMatchObject({ occurrence: day, level: null, state: "normal" });
      expect(silenceOf(room)).toBe(197 * second);
    }
  });

  it("that dies slowly does not teach anybody to wait for ever: the ceiling stands", () => {
    const room = createRoom(planOf([every(minute, { learnSilence: { floorMs: 20_000, ceilingMs: 10 * minute } })]));
    const slower = Array.from({ length: 1500 }, (_, nth) => Math.round(30 * 1.003 ** nth));
    let s = 0;
    for (const interval of slower) {
      s = speak(room, s, [interval]);
      if (room.transitions("s1/p~silence").length > 0) break;
    }
    expect(room.transitions("s1/p~silence")).not.toEqual([]);
    expect(silenceOf(room)).toBe(10 * minute);
  });

  it("learns nothing while its site is in a storm, and is not waited for longer there than it ever was", () => {
    const sampling = {
      storm: { everyMs: 5 * second, silentAfterMs: 40 * second, silence: { yellow: 10 * minute }, onDelayMs: 0 },
    };
    const rain = point("rain", { rules: [rule("high", { yellow: limit(50) })], silentAfterMs: 10 * hour });
    const base = planOf([every(minute, { sampling }), rain]);
    const storm = { when: [{ source: "s1/rain", rule: "limit", atLeast: "yellow" as const }], holdMs: hour };
    const stormy = { ...base, sites: base.sites.map((site) => ({ ...site, sampling: { storm } })) };
    const room = createRoom(stormy);
    let s = speak(room, 0, same(20, 55));
    expect(silenceOf(room)).toBe(62 * second);
    room.value(s, "rain", 60);
    room.say(s, { kind: "ack", site: "s1", device: "d1", order: 1 });
    s = speak(room, s, same(5, 400));
    expect(silenceOf(room)).toBe(62 * second);
    expect(room.monitor().nextDue(at(s + 40) + 1)).toBe(at(s + 40) + 1);
    // One that speaks so often anyway is expected to in a storm, however generous that is.
    const quick = createRoom(stormy);
    s = speak(quick, 0, same(7, 55));
    const learned = 22 * second;
    expect(silenceOf(quick)).toBe(learned);
    quick.value(s, "rain", 60);
    quick.say(s, { kind: "ack", site: "s1", device: "d1", order: 1 });
    s = speak(quick, s, [5]);
    expect(quick.monitor().nextDue(at(s + 60))).toBe(at(s) + learned + 1);
    quick.pass(s + 600.001);
    expect(quick.alarm("s1/p~silence")?.level).toBe("yellow");
  });

  it("learns nothing from what comes late, from an absence of server or link, nor from what a person reads", () => {
    const room = createRoom(planOf([every(minute)]));
    let s = speak(room, 0, same(60, 60));
    const before = room.state().points.get("s1/p")?.rhythm.slice(1);
    room.act(s + 10, "reading", { point: "s1/p", value: 1, reason: "looked" });
    room.link(s + 20, false);
    room.link(s + 100, true);
    for (let nth = 0; nth < 100; nth += 1) room.value(s + 2000 + nth, "p", 1, { measured: s + 101 + nth });
    s += 2200;
    room.value(s, "p", 1);
    room.restart();
    room.neighbour(s + 5, "server", "up");
    room.value(s + 6, "p", 1);
    expect(room.state().points.get("s1/p")?.rhythm.slice(1)).toEqual(before);
  });

  it("by exception never learns: it is silent when its device is", () => {
    const room = createRoom(planOf([every(minute, { report: "onChange", silentAfterMs: 24 * hour })]));
    speak(room, 0, same(10, 200));
    expect(silenceOf(room)).toBeUndefined();
    expect(room.monitor().liveness()[0]?.silences).toEqual([]);
  });

  it("keeps what it knows under a new plan, within the new bounds, and forgets it where nothing is learned any more", () => {
    const room = createRoom(planOf([every(minute)]));
    let s = speak(room, 0, same(20, 55));
    room.plan(s, planOf([every(minute, { learnSilence: { floorMs: 90 * second, ceilingMs: 5 * minute } })]));
    expect(silenceOf(room)).toBe(90 * second);
    s = speak(room, s, [20]);
    expect(room.monitor().nextDue(at(s + 3600))).toBe(at(s + 90) + 1);
    // Another rhythm, but below the floor all the same: nothing to tell.
    const told = room.changes.length;
    speak(room, s, same(5, 1200));
    expect(room.changes.length).toBe(told);
    const { learnSilence: _, ...fixed } = every(minute);
    room.plan(s + 7000, planOf([fixed]));
    expect(silenceOf(room)).toBeUndefined();
    room.plan(s + 7001, planOf([every(minute)]));
    expect(silenceOf(room)).toBeUndefined();
  });
});

/** Rhythms that change, with lags, silences, restarts of the link, and messages of two points. */
const rhythms = fc.array(
  fc.record({
    everyMs: fc.constantFrom(2000, 10_000, 25_000, 60_000, 200_000),
    jitter: fc.integer({ min: 0, max: 40 }),
    count: fc.integer({ min: 1, max: 70 }),
    ending: fc.constantFrom("nothing", "nothing", "silence", "late", "link"),
  }),
  { minLength: 1, maxLength: 6 },
);

/** What is said at which instants. */
function* saidIn(steps: readonly { everyMs: number; jitter: number; count: number; ending: string }[]): Generator<{
  at: number;
  said: Said;
}> {
  let now = epoch;
  let sequence = 0;
  const values = (sourceAt: number): Said =>
    telemetry([reading("p", 1, sourceAt), reading("q", 2, sourceAt)], { sequence: (sequence += 1) });
  for (const { everyMs, jitter, count, ending } of steps) {
    for (let nth = 0; nth < count; nth += 1) {
      now += everyMs + ((nth * 37) % 11) * jitter * 10;
      yield { at: now, said: values(now) };
    }
    if (ending === "silence") now += 2 * hour;
    if (ending === "late") yield { at: (now += 300_000), said: values(now - 290_000) };
    if (ending === "link") {
      for (const online of [false, true])
        yield { at: (now += 20_000), said: { kind: "link", site: "s1", device: "d1", online } };
    }
  }
}

describe("for every rhythm the monitor", () => {
  const plan = planOf([every(10 * second), every(minute, { id: "s1/q", code: "q" })]);
  /** Leads monitors through the same, ticks at due instants; after each step the monitor may be another one. */
  const lead = (
    steps: Parameters<typeof saidIn>[0],
    next: (state: MonitorState) => MonitorState,
    isShortWayOpen = true,
  ): { outcomes: Outcome[]; state: MonitorState; seen: number[] } => {
    let monitor = createMonitor(emptyState(), { isShortWayOpen });
    const outcomes: Outcome[] = [];
    const seen: number[] = [];
    const give = (instant: number, said: Said): void => {
      const { number } = monitor.state();
      const outcome = monitor.apply({ ...said, number: number + 1, at: instant });
      outcomes.push({ ...outcome, touchedPoints: outcome.touchedPoints.toSorted((a, b) => a - b) });
      monitor = createMonitor(next(monitor.state()), { isShortWayOpen });
      for (const { silences } of monitor.liveness())
        seen.push(...silences.flatMap(({ silentAfterMs, isLearned }) => (isLearned ? [silentAfterMs] : [])));
    };
    give(epoch, { kind: "plan", plan, by: "test", reason: "test" });
    give(epoch, { kind: "neighbour", name: "server", state: "up", reason: "test" });
    for (const { at: instant, said } of saidIn(steps)) {
      for (let due = monitor.nextDue(instant); due !== null; due = monitor.nextDue(instant))
        give(due, { kind: "tick" });
      give(instant, said);
    }
    return { outcomes, state: monitor.state(), seen };
  };

  it("learns the same whether it was restored at every step or never, by the short way or the long one", () => {
    let learned = 0;
    fc.assert(
      fc.property(rhythms, (steps) => {
        const whole = lead(steps, (state) => state);
        const restored = lead(steps, (state) =>
          unpackState(deserialize(serialize(wholeOf(packState(state)))) as PackedState),
        );
        const long = lead(steps, (state) => state, false);
        expect(restored.outcomes).toEqual(whole.outcomes);
        expect(restored.state.points).toEqual(whole.state.points);
        expect(restored.state.ledgers).toEqual(whole.state.ledgers);
        expect(long.outcomes).toEqual(whole.outcomes);
        expect(long.state).toEqual(whole.state);
        expect(whole.seen.filter((ms) => ms < learnSilence.floorMs || ms > learnSilence.ceilingMs)).toEqual([]);
        learned += whole.seen.length;
      }),
      { numRuns: 12, endOnFailure: true },
    );
    // A limit that is never learned would agree with everything.
    expect(learned).toBeGreaterThan(0);
  }, 120_000);
});
