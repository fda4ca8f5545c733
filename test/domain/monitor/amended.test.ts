// What an amendment does to the book: new numbered records, who is asked, and what stays as it is (semantics §7).
import { describe, expect, it } from "vitest";
import type { Transition } from "../../../contract/alarm.ts";
import type { AmendedStep, AmendmentInput } from "../../../contract/input.ts";
import type { Plan } from "../../../contract/plant.ts";
import { createKpiTally } from "../../../server/domain/kpi.ts";
import { viewOf } from "../../../server/monitor/book.ts";
import { createRecorder, toldBy, type Recorder } from "../../support/amending.ts";
import { condition, limit, minute, planOf, point, rule, second, version } from "../../support/plant.ts";
import { at, epoch, officer } from "../../support/room.ts";

const alarm = "s1/p~limit~high";
const high = (setpoint: number) => ({ direction: "high" as const, setpoint });
const rungs = { yellow: limit(60, { deadband: 2 }), red: limit(80, { deadband: 2 }) };
const plan: Plan = planOf([point("p", { rules: [rule("high", rungs)] }), point("bare")]);

/** Second of measurement, value, and second of receipt where that is another. */
type Told = readonly [measured: number, value: number, received?: number];

function send(recorder: Recorder, told: readonly Told[], code = "p"): void {
  recorder.send(told.map(([measured, value, received = measured]) => ({ code, value, measured, received })));
}

function viewAt(recorder: Recorder): ReturnType<typeof viewOf> | undefined {
  const standing = recorder.monitor().state().alarms.get(alarm);
  return standing === undefined ? undefined : viewOf(standing);
}

function amended(recorder: Recorder): readonly Transition[] {
  return recorder.transitions().filter(({ amends }) => amends !== undefined);
}

function enter(recorder: Recorder, seconds: number, rest: Partial<Omit<AmendmentInput, "kind">>): void {
  recorder.say(seconds, {
    kind: "amendment",
    point: "s1/p",
    from: epoch,
    until: epoch,
    samples: 0,
    readTo: recorder.monitor().state().number,
    isSettled: true,
    steps: [],
    ...rest,
  });
}

const missed: AmendedStep = {
  alarm,
  at: at(15),
  violatedSince: at(15),
  returnedSince: null,
  ruleVersion: 1,
  fromLevel: null,
  level: "red",
  value: 85,
  setpoint: 80,
  deadband: 2,
  quality: "good",
  why: { code: "limitViolated", values: { value: 85 } },
  amends: null,
};
const over: AmendedStep = { ...missed, at: at(20), fromLevel: "red", level: null, value: 50, returnedSince: at(20) };

function command(recorder: Recorder, seconds: number, act: "acknowledge" | "shelve", request: object): void {
  const said = { act, person: officer("enterprise"), request: { commandId: `${act} ${seconds}`, ...request } };
  recorder.say(seconds, { kind: "command", command: said as never });
}

const peakBetween: readonly Told[] = [
  [10, 50],
  [20, 50],
  [15, 85, 30],
  [30, 50],
];

describe("a peak that came late", () => {
  it("opens an alarm that is over, says how late it was found, and asks for an answer", () => {
    const recorder = createRecorder(plan);
    send(recorder, peakBetween);
    expect(recorder.amend(629)).toEqual([]);
    recorder.restart();
    expect(recorder.amend(630)).toMatchObject([
      { point: "s1/p", from: at(15), until: at(30), samples: 3, isSettled: true, steps: [{ amends: null }, {}] },
    ]);
    expect(amended(recorder)).toMatchObject([
      { at: at(15), fromLevel: null, level: "red", value: 85, from: "normal", to: "returnedUnacknowledged" },
      { at: at(20), fromLevel: "red", level: null, value: 50, returnedSince: at(20) },
    ]);
    expect(amended(recorder).map(({ foundLateMs }) => foundLateMs)).toEqual([615 * second, 610 * second]);
    expect(viewAt(recorder)).toMatchObject({
      state: "returnedUnacknowledged",
      level: null,
      peakLevel: "red",
      peakValue: 85,
      peakAt: at(15),
      openedAt: at(15),
      returnedAt: at(20),
      foundLateMs: 615 * second,
      isAmended: true,
      tiers: [{ owedLevel: "red" }, { owedLevel: "red" }, { owedLevel: "red" }, { owedLevel: "red" }],
    });
    expect(recorder.amend(100_000)).toEqual([]);
    expect(recorder.verify()).toMatchObject({ missing: 0, extra: 0 });
  });

  it("rises above an acknowledged level as news, while what is on stays as it is", () => {
    const recorder = createRecorder(plan);
    send(recorder, [
      [10, 65],
      [20, 65],
    ]);
    for (const tier of ["enterprise", "county"] as const) {
      recorder.say(21, {
        kind: "command",
        command: {
          act: "acknowledge",
          person: officer(tier),
          request: { commandId: tier, alarm, occurrence: 1, revision: 1 },
        },
      });
    }
    send(recorder, [[15, 85, 30]]);
    send(recorder, [[30, 65]]);
    const before = recorder.transitions();
    recorder.amend(700);
    expect(recorder.transitions().slice(0, before.length)).toEqual(before);
    expect(viewAt(recorder)).toMatchObject({
      state: "unacknowledged",
      level: "yellow",
      revision: 2,
      peakLevel: "red",
      peakValue: 85,
      value: 65,
      foundLateMs: null,
      isAmended: true,
    });
    expect(recorder.verify()).toMatchObject({ missing: 0, extra: 0 });
  });

  it("asks once, for the worst of several", () => {
    const recorder = createRecorder(planOf([...plan.points, point("far", { site: "s2" })]));
    send(recorder, [...peakBetween, [35, 65, 41], [36, 85, 41.5], [37, 50, 42], [40, 50]]);
    recorder.amend(700);
    expect(amended(recorder).map(({ fromLevel, level }) => `${fromLevel} ${level}`)).toEqual([
      "null red",
      "red null",
      "null yellow",
      "yellow red",
      "red null",
    ]);
    expect(viewAt(recorder)).toMatchObject({ occurrence: 1, revision: 1, peakLevel: "red", peakAt: at(15) });
    expect(viewAt(recorder)?.returnedAt).toBe(at(37));
  });

  it("begins where the record has its alarm, however long that has been on", () => {
    const recorder = createRecorder(plan);
    send(recorder, [
      [10, 65],
      [1000, 65],
      [1020, 65],
      [1010, 50, 1025],
      [1030, 65],
    ]);
    recorder.amend(1700);
    expect(toldBy(recorder.transitions())).toEqual([
      `10 s ${alarm} none → yellow at 65`,
      `1010 s ${alarm} yellow → none at 50`,
      `1020 s ${alarm} none → yellow at 65`,
    ]);
    expect(viewAt(recorder)).toMatchObject({ level: "yellow", openedAt: at(10) });
  });

  it("asks nobody again for what everybody knows", () => {
    const recorder = createRecorder(plan);
    send(recorder, [[10, 85]]);
    enter(recorder, 30, { steps: [missed, over] });
    expect(viewAt(recorder)).toMatchObject({ level: "red", revision: 1, openedAt: at(10) });
    expect(viewAt(recorder)?.isAmended).toBeUndefined();
    expect(amended(recorder)).toHaveLength(2);
  });

  it("asks again below the highest known, and leaves the peak where it was", () => {
    const recorder = createRecorder(plan);
    send(recorder, [
      [10, 85],
      [20, 50],
    ]);
    enter(recorder, 30, { steps: [{ ...missed, level: "yellow", value: 65 }] });
    expect(viewAt(recorder)).toMatchObject({ revision: 2, peakLevel: "red", peakValue: 85, isAmended: true });
  });

  it("latches what latches, and what was over range wants a measurement", () => {
    const gas = planOf([point("p", { rules: [rule("high", rungs, { latch: true })] })]);
    const recorder = createRecorder(gas);
    send(recorder, peakBetween);
    recorder.amend(700);
    expect(viewAt(recorder)).toMatchObject({ state: "latchedUnacknowledged", latchedLevel: "red" });
    const plain = createRecorder(plan);
    enter(plain, 700, { steps: [{ ...missed, quality: "saturated" }] });
    expect(viewAt(plain)).toMatchObject({ needsMeasurement: true, latchedLevel: "red", returnedAt: at(15) });
  });

  it("ends a mark that it has outgrown", () => {
    const recorder = createRecorder(plan);
    send(recorder, [[10, 65]]);
    command(recorder, 11, "shelve", { alarm, occurrence: 1, revision: 1, reason: "known", forMs: 60 * minute });
    expect(viewAt(recorder)?.marks).toHaveLength(1);
    enter(recorder, 700, { steps: [missed] });
    expect(viewAt(recorder)).toMatchObject({ marks: [], level: "yellow" });
    expect(viewAt(recorder)?.tiers.some(({ owedLevel }) => owedLevel === "red")).toBe(true);
  });

  it("opens the alarm anew once the next sample raises it, as any other", () => {
    const recorder = createRecorder(planOf([point("p", { rules: [rule("high", { blue: limit(60) })] })]));
    send(recorder, [[10, 50]]);
    enter(recorder, 700, { steps: [{ ...missed, level: "blue" }] });
    command(recorder, 701, "acknowledge", { alarm, occurrence: 1, revision: 1 });
    expect(viewAt(recorder)?.state).toBe("normal");
    send(recorder, [[710, 65]]);
    expect(viewAt(recorder)).toMatchObject({ occurrence: 2, level: "blue", foundLateMs: null });
    expect(viewAt(recorder)?.isAmended).toBeUndefined();
  });

  it("is first-out where it was the first of its site", () => {
    const recorder = createRecorder(planOf([...plan.points, point("q", { rules: [rule("high", rungs)] })]));
    send(recorder, [[40, 65]], "q");
    enter(recorder, 700, { steps: [missed, over] });
    expect(viewAt(recorder)?.isFirstOut).toBe(true);
    expect(recorder.monitor().state().alarms.get("s1/q~limit~high")?.isFirstOut).toBe(false);
  });

  it("is no annunciation of then for the key figures", () => {
    const recorder = createRecorder(plan);
    send(recorder, peakBetween);
    recorder.amend(700);
    const tally = createKpiTally({ from: epoch, tier: null, routeOf: () => ({ tiers: ["city"], isLatching: false }) });
    for (const step of recorder.transitions()) if (step.alarm === alarm) tally.count(step);
    expect(tally.counts(at(800))).toMatchObject({ annunciations: 0, standingMost: 0, fleeting: 0 });
  });
});

describe("an amendment that does not fit the book", () => {
  const fell = { ...over, why: { code: "limitReturned" as const, values: {} } };
  const unconfirmed = { ...missed, amends: 7, why: { code: "notConfirmed" as const, values: {} } };
  it.each([
    ["the end of what never was on", [fell], 1],
    ["a rise that was none, of what never was on", [unconfirmed, fell], 2],
    ["an alarm that no rule speaks for", [{ ...missed, alarm: "s1/p~gone~high" }], 1],
    ["a level that does not exist", [{ ...missed, level: "purple" as never }], 1],
  ])("is counted and throws nothing: %s", (_, steps, count) => {
    const recorder = createRecorder(plan);
    enter(recorder, 700, { steps });
    expect(viewAt(recorder)).toBeUndefined();
    expect(recorder.monitor().faults()).toMatchObject([{ code: "AMENDMENT_UNFIT", count }]);
    expect(recorder.verify()).toMatchObject({ missing: 0, extra: 0 });
  });

  it("enters what fits of it", () => {
    const recorder = createRecorder(plan);
    enter(recorder, 700, { steps: [{ ...fell, alarm: "s1/p~gone~high" }, missed, over] });
    expect(viewAt(recorder)).toMatchObject({ state: "returnedUnacknowledged", peakLevel: "red" });
    expect(recorder.monitor().faults()).toMatchObject([{ code: "AMENDMENT_UNFIT", count: 1 }]);
  });
});

describe("a step that judging in order does not confirm", () => {
  const slow = planOf([
    point("p", { rules: [rule("high", { yellow: limit(60, { onDelayMs: minute, deadband: 2 }) })] }),
  ]);

  it("gives way to the one that took place at another time", () => {
    const recorder = createRecorder(slow);
    const told: readonly Told[] = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100].map((seconds) => [seconds, 65]);
    send(recorder, told);
    send(recorder, [[35, 50, 105]]);
    send(recorder, [[110, 50]]);
    const [live] = recorder.transitions();
    expect(live).toMatchObject({ at: at(70), level: "yellow" });
    recorder.amend(800);
    expect(amended(recorder)).toMatchObject([{ at: at(100), level: "yellow", amends: live?.seq }]);
    expect(toldBy(recorder.transitions())).toEqual([
      `100 s ${alarm} none → yellow at 65`,
      `110 s ${alarm} yellow → none at 50`,
    ]);
    expect(viewAt(recorder)).toMatchObject({ revision: 1, state: "returnedUnacknowledged" });
  });

  it("is marked, never taken out, where nothing takes its place", () => {
    const recorder = createRecorder(slow);
    send(
      recorder,
      [10, 20, 30, 40, 50, 60, 70].map((seconds) => [seconds, 65] as const),
    );
    send(recorder, [[35, 50, 75]]);
    send(recorder, [[80, 50]]);
    recorder.amend(800);
    const live = recorder.transitions().filter((step) => step.alarm === alarm && step.amends === undefined);
    expect(live).toHaveLength(2);
    expect(amended(recorder)).toMatchObject([
      { at: at(70), level: "yellow", why: { code: "notConfirmed" } },
      { at: at(80), level: null, why: { code: "notConfirmed" } },
    ]);
    expect(toldBy(recorder.transitions())).toEqual([]);
  });
});

describe("what no sample made", () => {
  const pending = planOf([
    point("p", { rules: [rule("high", { orange: limit(70, { onDelayMs: 5 * minute }), red: limit(90) })] }),
  ]);

  it("is taken over by judging in order: lost while violating stays in the record", () => {
    const recorder = createRecorder(pending);
    send(recorder, [
      [10, 50],
      [20, 75],
      [30, 75],
    ]);
    for (let due = recorder.monitor().nextDue(at(100)); due !== null; due = recorder.monitor().nextDue(at(100)))
      recorder.say((due - epoch) / 1000, { kind: "tick" });
    const [lost] = recorder.transitions().filter((one) => one.alarm === alarm);
    expect(lost).toMatchObject({ why: { code: "lostWhileViolating" }, level: "orange" });
    send(recorder, [[200, 50]]);
    send(recorder, [
      [205, 50],
      [50, 95, 205],
    ]);
    recorder.amend(900);
    expect(toldBy(recorder.transitions())).toEqual([
      `200 s ${alarm} red → none at 50`,
      `50 s ${alarm} none → red at 95`,
      `${((lost?.at ?? 0) - epoch) / 1000} s ${alarm} none → orange at 75`,
    ]);
    expect(recorder.verify()).toMatchObject({ missing: 0, extra: 0 });
  });

  it("includes what a person read, and what a person returned", () => {
    const recorder = createRecorder(plan);
    const person = officer("enterprise");
    send(recorder, [[10, 65]]);
    for (let due = recorder.monitor().nextDue(at(100)); due !== null; due = recorder.monitor().nextDue(at(100)))
      recorder.say((due - epoch) / 1000, { kind: "tick" });
    recorder.say(110, {
      kind: "command",
      command: {
        act: "returnByHand",
        person,
        request: { commandId: "back", alarm, occurrence: 1, reason: "measured", measurement: 50 },
      },
    });
    recorder.say(120, {
      kind: "command",
      command: {
        act: "reading",
        person,
        request: { commandId: "read", point: "s1/p", value: 85, reason: "by hand" },
      },
    });
    send(recorder, [[130, 50]]);
    send(recorder, [
      [135, 50],
      [5, 65, 135],
    ]);
    recorder.amend(900);
    expect(toldBy(recorder.transitions())).toEqual([
      `110 s ${alarm} yellow → none at 65`,
      `120 s ${alarm} none → red at 85`,
      `130 s ${alarm} red → none at 50`,
      `5 s ${alarm} none → yellow at 65`,
    ]);
  });
});

describe("the span that late samples have touched", () => {
  it("waits for ten minutes without any, and a day at most", () => {
    const recorder = createRecorder(plan);
    send(recorder, [[10, 50]]);
    const isRipe: number[] = [];
    for (let seconds = 300; seconds < 90_000; seconds += 300) {
      send(recorder, [[seconds, 50]]);
      send(recorder, [[seconds - 5, 50, seconds + 1]]);
      if (recorder.amend(seconds).length > 0) isRipe.push(seconds);
    }
    expect(isRipe).toEqual([87_000]);
  });

  it("is not noted for a point without rules, nor for what is a week old", () => {
    const recorder = createRecorder(plan);
    send(recorder, [[700_000, 50]], "bare");
    send(recorder, [[699_990, 50, 700_001]], "bare");
    send(recorder, [[700_010, 50]]);
    send(recorder, [[100, 50, 700_011]]);
    expect(recorder.monitor().state().late.size).toBe(0);
  });

  it("stays where more came while it was judged, and goes with its point", () => {
    const recorder = createRecorder(plan);
    send(recorder, peakBetween);
    const readTo = recorder.monitor().state().number;
    send(recorder, [
      [40, 50],
      [35, 50, 41],
    ]);
    enter(recorder, 700, { readTo });
    expect(recorder.monitor().state().late.get("s1/p")).toMatchObject({ from: at(15), sinceAt: at(700) });
    recorder.say(790, { kind: "plan", plan, by: "test", reason: "test" });
    expect(recorder.monitor().state().late.size).toBe(1);
    recorder.say(800, { kind: "plan", plan: planOf([point("bare")]), by: "test", reason: "test" });
    expect(recorder.monitor().state().late.size).toBe(0);
    enter(recorder, 900, { steps: [missed] });
    expect(amended(recorder)).toEqual([]);
  });

  it("is judged again, ever more seldom and no longer than a week, while a limit stands otherwise than in order", () => {
    const recorder = createRecorder(plan);
    send(recorder, peakBetween);
    const waits: number[] = [];
    for (let seconds = 630; seconds < 700_000 && recorder.monitor().state().late.size > 0; seconds += 600) {
      const span = recorder.monitor().state().late.get("s1/p");
      if (span === undefined || at(seconds) < span.lastAt + span.restMs) continue;
      waits.push(span.restMs / minute);
      enter(recorder, seconds, { isSettled: false });
    }
    expect(waits.slice(0, 9)).toEqual([10, 20, 40, 80, 160, 320, 640, 1280, 1440]);
    expect(recorder.monitor().state().late.size).toBe(0);
  });
});

describe("back-fill and live", () => {
  const held = planOf([
    point("p", { rules: [rule("high", { red: limit(80, { deadband: 2, offDelayMs: 20 * second }) })] }),
  ]);
  const before: readonly Told[] = [
    [10, 85],
    [20, 85],
  ];
  const gap: readonly Told[] = [30, 40, 50, 60, 70].map((seconds) => [seconds, 50, 200 + seconds / 10] as const);
  const after = (received: number): readonly Told[] =>
    [200, 210, 220, 230, 240].map((seconds) => [seconds, 50, Math.max(seconds, received)] as const);

  it.each([
    ["back-fill first", [...before, ...gap, ...after(210)]],
    ["live first", [...before, ...after(0), ...gap.map(([measured, value]) => [measured, value, 250] as const)]],
  ])("end in the same record: %s", (_, told) => {
    const recorder = createRecorder(held);
    send(recorder, [...told, [250, 50]]);
    for (let seconds = 900; recorder.monitor().state().late.size > 0 && seconds < 90_000; seconds += 600)
      recorder.amend(seconds);
    expect(toldBy(recorder.transitions())).toEqual([
      `10 s ${alarm} none → red at 85`,
      `50 s ${alarm} red → none at 50`,
    ]);
    expect(recorder.verify()).toMatchObject({ missing: 0, extra: 0 });
  });
});

describe("a rule of which no version was in force yet, or whose point is tested", () => {
  it("is judged in order from its version on", () => {
    const versions = [version(1, at(12), rungs)];
    const quality = { flatLine: [{ afterMs: 5 * minute, level: "yellow" as const }], provenance: "test" };
    const recorder = createRecorder(planOf([point("p", { rules: [rule("high", {}, { versions })], quality })]));
    send(recorder, [...peakBetween, [8, 90, 30]]);
    recorder.amend(700);
    expect(toldBy(recorder.transitions())).toEqual([
      `15 s ${alarm} none → red at 85`,
      `20 s ${alarm} red → none at 50`,
    ]);
  });
});

describe("rules that judging in order leaves alone", () => {
  it("are those over several points, and those whose memory has no beginning", () => {
    const others = [
      rule(
        "none",
        { red: condition("vote", { members: ["s1/p"], violated: high(80), need: 1, windowMs: 0 }) },
        { id: "vote" },
      ),
      rule("high", { red: condition("cusum", { target: 50, sigma: 5, allowance: 0.5, setpoint: 3 }) }, { id: "drift" }),
    ];
    const recorder = createRecorder(planOf([point("p", { rules: [rule("high", rungs), ...others] })]));
    send(recorder, peakBetween);
    expect(recorder.amend(700)).toMatchObject([{ isSettled: true }]);
    expect(new Set(amended(recorder).map((step) => step.alarm))).toEqual(new Set([alarm]));
  });
});
