// What judging in order takes over as it was: rules that were others then, storms, clocks, absences (semantics §7).
import { describe, expect, it } from "vitest";
import type { Transition } from "../../../contract/alarm.ts";
import type { Plan } from "../../../contract/plant.ts";
import { createRecorder, toldBy, type Recorder } from "../../support/amending.ts";
import { changeOf, limit, minute, planOf, point, rule, second } from "../../support/plant.ts";
import { at } from "../../support/room.ts";

const alarm = "s1/p~limit~high";

/** Second of measurement, value, and second of receipt where that is another. */
type Told = readonly [measured: number, value: number, received?: number];

function send(recorder: Recorder, told: readonly Told[], code = "p"): void {
  recorder.send(told.map(([measured, value, received = measured]) => ({ code, value, measured, received })));
}

/** From one second to another, one every ten, at a value. */
function every(from: number, to: number, value: number): readonly Told[] {
  return Array.from({ length: (to - from) / 10 + 1 }, (_, nth) => [from + 10 * nth, value] as const);
}

function amended(recorder: Recorder): readonly Transition[] {
  return recorder.transitions().filter(({ amends }) => amends !== undefined);
}

function enter(recorder: Recorder, seconds: number, plan: Plan): void {
  recorder.say(seconds, { kind: "plan", plan, by: "test", reason: "test" });
}

const calm = [rule("high", { blue: limit(500) }, { id: "calm" })];
const peak = [...every(10, 190, 10), ...every(200, 240, 60), ...every(250, 300, 10)];

describe("a rule is judged from the instant on at which it was entered", () => {
  const before = planOf([point("p", { rules: calm })]);
  const after = planOf([point("p", { rules: [...calm, rule("high", { red: limit(50) })] })]);

  it.each([95, 205])("a new one is not judged over the past, whatever came late (%i s)", (late) => {
    const recorder = createRecorder(before);
    send(recorder, peak);
    enter(recorder, 301, after);
    send(recorder, [...every(310, 400, 10), [late, 60, 401]]);
    expect(recorder.amend(1100)).toMatchObject([{ isSettled: true, steps: [] }]);
    expect(recorder.monitor().state().alarms.has(alarm)).toBe(false);
  });

  it("and in its first instant", () => {
    const recorder = createRecorder(before);
    send(recorder, peak);
    enter(recorder, 310, after);
    send(recorder, [...every(310, 330, 60), ...every(340, 400, 10), [305, 10, 401]]);
    expect(toldBy(recorder.transitions())).toHaveLength(2);
    expect(recorder.amend(1100)).toMatchObject([{ isSettled: true, steps: [] }]);
  });

  it("a version from the change on that brought it, whatever it is valid from", () => {
    const recorder = createRecorder(planOf([point("p", { rules: [rule("high", { red: limit(80) })] })]));
    send(recorder, peak);
    recorder.say(301, { kind: "ruleChange", change: changeOf(2, 0, { red: limit(50) }) });
    send(recorder, [...every(310, 400, 10), [205, 90, 401], [365, 55, 402], [410, 10]]);
    recorder.amend(1100);
    expect(amended(recorder).map((step) => `${step.at - at(0)} ${step.level} ${step.ruleVersion}`)).toEqual([
      "205000 red 1",
      "210000 null 1",
      "365000 red 2",
      "370000 null 2",
    ]);
  });

  it("what was judged by one that was changed in place stays, and what had begun under it", () => {
    const slow = (setpoint: number): Plan =>
      planOf([point("p", { rules: [rule("high", { red: limit(setpoint, { onDelayMs: minute }) })] })]);
    const recorder = createRecorder(slow(50));
    send(recorder, [...every(10, 100, 60), ...every(110, 270, 10), ...every(280, 300, 90)]);
    enter(recorder, 301, slow(80));
    send(recorder, [...every(310, 400, 90), ...every(410, 500, 10), [95, 10, 501]]);
    const told = toldBy(recorder.transitions());
    expect(told).toHaveLength(4);
    recorder.amend(1200);
    expect(amended(recorder)).toEqual([]);
    expect(toldBy(recorder.transitions())).toEqual(told);
  });

  it("an import that leaves it as it is leaves its past open to judgement, where the plan before it is read", () => {
    const rules = [rule("high", { red: limit(50) })];
    const recorder = createRecorder(planOf([point("p", { rules })]));
    send(recorder, every(10, 300, 10));
    enter(recorder, 301, planOf([point("p", { rules }), point("q")]));
    enter(recorder, 302, planOf([point("q")]));
    enter(recorder, 303, planOf([point("p", { rules }), point("q")]));
    send(recorder, [...every(310, 400, 10), [205, 90, 401], [410, 10]]);
    expect(recorder.amend(1200)).toMatchObject([{ steps: [] }]);
    const other = createRecorder(planOf([point("p", { rules })]));
    send(other, every(10, 300, 10));
    enter(other, 301, planOf([point("p", { rules }), point("q")]));
    send(other, [...every(310, 400, 10), [205, 90, 401], [410, 10]]);
    expect(other.amend(1200)).toMatchObject([{ steps: [{ level: "red" }, { level: null }] }]);
  });
});

describe("a storm", () => {
  const storm = { everyMs: 10 * second, silentAfterMs: 30 * second, silence: {}, onDelayMs: 5 * second };
  const usual = planOf([
    point("p", { sampling: { storm }, rules: [rule("high", { red: limit(50, { onDelayMs: 2 * minute }) })] }),
    point("trip", { rules: [rule("high", { red: limit(50) })] }),
  ]);
  const when = [{ source: "s1/trip", atLeast: "red" as const }];
  const plan = {
    ...usual,
    sites: usual.sites.map((site) => ({ ...site, sampling: { storm: { when, holdMs: minute } } })),
  };

  it("has its shorter delays in order as well, each time that it came", () => {
    const recorder = createRecorder(plan);
    for (let seconds = 10; seconds <= 900; seconds += 10) {
      const isOn = (seconds >= 50 && seconds <= 150) || (seconds >= 500 && seconds <= 560);
      send(recorder, [[seconds, isOn ? 60 : 10]], "trip");
      const isHigh = [100, 300, 520, 700].some((from) => seconds >= from && seconds <= from + 50);
      if (seconds !== 90) send(recorder, [[seconds, isHigh ? 60 : 10]]);
    }
    send(recorder, [[90, 10, 901]]);
    const told = toldBy(recorder.transitions()).filter((text) => text.includes(alarm));
    expect(told).toEqual([
      `110 s ${alarm} none → red at 60`,
      `160 s ${alarm} red → none at 10`,
      `530 s ${alarm} none → red at 60`,
      `580 s ${alarm} red → none at 10`,
    ]);
    expect(recorder.amend(1600)).toMatchObject([{ steps: [], isSettled: true }]);
  });
});

describe("samples by the server's time", () => {
  it("end a run that has begun, and return nothing", () => {
    const slow = rule("high", { yellow: limit(60, { onDelayMs: minute, deadband: 2 }), red: limit(90) });
    const recorder = createRecorder(planOf([point("p", { rules: [slow] }), point("q")]));
    send(recorder, [
      [10, 50],
      [20, 50],
      [15, 50, 21],
    ]);
    const ahead = (told: readonly Told[]): readonly Told[] =>
      told.map(([received, value]) => [received + 120, value, received]);
    send(recorder, ahead(every(30, 50, 1)), "q");
    send(
      recorder,
      ahead([...every(60, 70, 65), [80, 50], ...every(90, 120, 65), [130, 50], [140, 95], ...every(150, 170, 50)]),
    );
    send(recorder, every(180, 300, 50));
    const told = toldBy(recorder.transitions());
    expect(told[0]).toBe(`140 s ${alarm} none → red at 95`);
    expect(told).toHaveLength(2);
    expect(recorder.transitions().find((step) => step.alarm === alarm)?.quality).toBe("good");
    expect(recorder.amend(1000)).toMatchObject([{ steps: [] }]);
    expect(toldBy(recorder.transitions())).toEqual(told);
  });
});

describe("a point that reports by exception", () => {
  const planWith = (onDelayMs: number): Plan =>
    planOf([
      point("p", {
        report: "onChange",
        rules: [rule("high", { blue: limit(80, { onDelayMs, offDelayMs: onDelayMs }) })],
      }),
    ]);
  const link = (recorder: Recorder, seconds: number, online: boolean, device = "d1"): void =>
    recorder.say(seconds, { kind: "link", site: "s1", device, online });
  const state = (recorder: Recorder, seconds: number, isOnline: boolean): void =>
    recorder.say(seconds, {
      kind: "message",
      topic: "skyground/v1/s1/d1/state",
      payload: Buffer.from(JSON.stringify({ online: isOnline })),
    });

  it.each([0, 60])("keeps what its standing value raised when a rule changed (delay %i s)", (delayS) => {
    const recorder = createRecorder(planWith(0));
    send(recorder, [[10, 60]]);
    recorder.say(20, {
      kind: "ruleChange",
      change: changeOf(2, at(20), { blue: limit(50, { onDelayMs: delayS * second }) }),
    });
    recorder.say(100, { kind: "tick" });
    send(recorder, [[5, 40, 110]]);
    const told = toldBy(recorder.transitions());
    expect(told).toEqual([`${20 + delayS} s ${alarm} none → blue at 60`]);
    expect(recorder.amend(1000)).toMatchObject([{ steps: [] }]);
    expect(toldBy(recorder.transitions())).toEqual(told);
  });

  it.each([
    ["by its link", link],
    ["by its last will", state],
  ])("completes no delay while its device is away: %s", (_, go) => {
    const recorder = createRecorder(planWith(minute));
    send(recorder, [
      [10, 50],
      [20, 85],
    ]);
    go(recorder, 30, false);
    link(recorder, 40, false, "other");
    go(recorder, 200, true);
    recorder.say(210, { kind: "tick" });
    const told = toldBy(recorder.transitions());
    expect(told).toEqual([`200 s ${alarm} none → blue at 85`]);
    send(recorder, [[5, 40, 220]]);
    expect(recorder.amend(1000)).toMatchObject([{ steps: [] }]);
    expect(toldBy(recorder.transitions())).toEqual(told);
  });

  it("begins its return anew where the server was away, also with what was sent later", () => {
    const recorder = createRecorder(planWith(minute));
    send(recorder, [[10, 85]]);
    recorder.say(80, { kind: "tick" });
    send(recorder, [[90, 50]]);
    recorder.say(100, { kind: "neighbour", name: "server", state: "up", reason: "test" });
    recorder.say(200, { kind: "tick" });
    send(recorder, [[5, 40, 220]]);
    const told = toldBy(recorder.transitions());
    expect(told).toEqual([`70 s ${alarm} none → blue at 85`]);
    recorder.amend(1000);
    expect(toldBy(recorder.transitions())).toEqual(told);
  });

  it("is back where it sends, and what it sends of its absence does not say that it was there", () => {
    const recorder = createRecorder(planWith(minute));
    send(recorder, [[10, 50]]);
    link(recorder, 20, false);
    send(recorder, [
      [300, 50],
      [30, 85, 300],
      [250, 50, 300],
    ]);
    recorder.amend(1000);
    expect(toldBy(recorder.transitions())).toEqual([]);
  });
});
