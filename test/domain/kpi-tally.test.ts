// What the tally of the key figures counts and what it leaves alone, step by step and by hand (ISA-18.2-2016 16.4).
import { describe, expect, it } from "vitest";
import { levels } from "../../contract/level.ts";
import { createDesk, type Desk } from "../support/desk.ts";
import { hour, minute, second } from "../support/plant.ts";
import { epoch } from "../support/room.ts";

const day = 24 * hour;
const tookOf = (desk: Desk) => desk.counts().answers.filter(({ tookMs }) => tookMs.length > 0);

/** On from the first to the second of these times, from the third to the fourth … */
function flicker(desk: Desk, ...times: readonly number[]): void {
  for (const [nth, at] of times.entries())
    if (nth % 2 === 0) desk.raise(at, "a", "orange");
    else desk.fall(at, "a");
}

describe("a tally", () => {
  it("of nothing is nothing, of the desk and the period that it was asked for", () => {
    expect(createDesk("city").counts(hour)).toEqual({
      from: epoch,
      to: epoch + hour,
      tier: "city",
      annunciations: 0,
      byLevel: { blue: 0, yellow: 0, orange: 0, red: 0 },
      byAlarm: [],
      bins: new Map(),
      reAlarms: 0,
      chattering: 0,
      fleeting: 0,
      longStanding: 0,
      standing: 0,
      standingMost: 0,
      returns: 0,
      returnedUnanswered: 0,
      acts: 0,
      stamps: 0,
      answers: levels.map((level) => ({ tier: "city", level, given: 0, tookMs: [] })),
      answerToReturn: [],
    });
  });

  it("of a desk leaves alone whatever never asked it: neither standing nor chattering, long nor asked again", () => {
    const desk = createDesk("city");
    for (const nth of [0, 1, 2]) {
      desk.raise(2 * nth * second, "a", "yellow");
      desk.fall((2 * nth + 1) * second, "a");
    }
    desk.raise(minute, "a", "yellow");
    desk.step(hour, "a", "yellow", { revision: 5, why: { code: "reAlarmUnacknowledged", values: {} } });
    expect(desk.counts(3 * day)).toMatchObject({
      annunciations: 0,
      byAlarm: [],
      reAlarms: 0,
      chattering: 0,
      fleeting: 0,
      returns: 0,
      standing: 0,
      longStanding: 0,
    });
  });

  it("takes what an amendment found for no load, and knows it from then on", () => {
    const desk = createDesk();
    desk.step(0, "a", "red", { revision: 1, amends: 1 });
    desk.step(minute, "a", "red", { why: { code: "reset", values: {} } });
    expect(desk.counts().annunciations).toBe(0);
    desk.fall(2 * minute, "a");
    desk.raise(3 * minute, "a", "red");
    expect(desk.counts().annunciations).toBe(1);
  });

  it("counts no question where no level is on", () => {
    const desk = createDesk();
    desk.step(0, "a", null, { revision: 1 });
    expect(desk.counts()).toMatchObject({ annunciations: 0, standing: 0 });
  });
});

describe("what stands", () => {
  it("is one alarm, however often it rises", () => {
    const desk = createDesk();
    desk.raise(0, "a", "blue");
    desk.raise(minute, "a", "red");
    expect(desk.counts()).toMatchObject({ standing: 1, standingMost: 1 });
  });

  it("is most just before something returns, in the period alone", () => {
    const desk = createDesk(null, false, epoch + hour);
    for (const alarm of ["a", "b", "c"]) desk.raise(0, alarm, "blue");
    desk.fall(minute, "c");
    expect(desk.counts(day)).toMatchObject({ standing: 2, standingMost: 2 });
    desk.fall(2 * hour, "a");
    desk.fall(2 * hour, "b");
    expect(desk.counts(day)).toMatchObject({ standing: 0, standingMost: 2 });
  });

  it("is long-standing only after more than a day: neither at it, nor where it returned in time", () => {
    const desk = createDesk();
    desk.raise(0, "stands", "blue");
    desk.raise(0, "returned", "blue");
    desk.fall(minute, "returned");
    expect(desk.counts(day)).toMatchObject({ longStanding: 0 });
    expect(desk.counts(day + 1)).toMatchObject({ longStanding: 1 });
  });

  it("has stood since it went on, not since it last rose", () => {
    const desk = createDesk();
    desk.raise(0, "a", "blue");
    desk.raise(12 * hour, "a", "red");
    desk.fall(day + 1, "a");
    expect(desk.counts()).toMatchObject({ longStanding: 1 });
  });
});

describe("what is on for less than ten seconds", () => {
  it.each<readonly [number, string, readonly number[]]>([
    [1, "once", [0, 5]],
    [2, "twice, more than a minute apart", [0, 5, 65.001, 70]],
    [0, "twice, a minute apart", [0, 5, 65, 70]],
    [1, "once, and an hour later for long", [0, 5, 3600, 3700]],
    [0, "just after it was on for long", [0, 20, 50, 55]],
    [0, "three times in a row", [0, 5, 10, 15, 20, 25]],
  ])("is fleeting %i times where it came %s", (times, _, seconds) => {
    const desk = createDesk();
    flicker(desk, ...seconds.map((at) => at * second));
    expect(desk.counts().fleeting).toBe(times);
  });

  it("stays fleeting when it is answered after its return", () => {
    const desk = createDesk();
    flicker(desk, 0, 5 * second);
    desk.answer(10 * second, "a", "city");
    expect(desk.counts().fleeting).toBe(1);
  });

  it("stops being fleeting once, by whatever comes after it, and only what asked the desk returns to it", () => {
    const desk = createDesk("city");
    flicker(desk, 0, 5 * second);
    for (const at of [10, 20]) {
      desk.raise(at * second, "a", "yellow");
      desk.fall((at + 5) * second, "a");
    }
    expect(desk.counts()).toMatchObject({ fleeting: 0, returns: 1, standing: 0 });
  });
});

describe("what chatters", () => {
  it("goes on and off: rises and answers are no steps of it", () => {
    const desk = createDesk();
    desk.raise(0, "a", "blue");
    for (const [nth, level] of levels.slice(1).entries()) desk.raise((nth + 1) * second, "a", level);
    for (const tier of ["enterprise", "county", "city"] as const) desk.answer(10 * second, "a", tier);
    expect(desk.counts().chattering).toBe(0);
  });

  it("chatters in the period, not before it", () => {
    const desk = createDesk(null, false, epoch + hour);
    flicker(desk, 0, second, minute, minute + second, 2 * minute, 2 * minute + second);
    desk.raise(2 * hour, "a", "orange");
    expect(desk.counts().chattering).toBe(0);
  });
});

describe("what is owed", () => {
  it("runs from the first question, though all are asked again", () => {
    const desk = createDesk("city");
    desk.raise(0, "a", "red");
    desk.step(10 * minute, "a", "red", { revision: 2, why: { code: "caughtUp", values: {} } });
    desk.answer(12 * minute, "a", "city");
    expect(desk.counts().annunciations).toBe(2);
    expect(tookOf(desk)).toEqual([{ tier: "city", level: "red", given: 1, tookMs: [12 * minute] }]);
  });

  it("starts anew with the next occurrence, of which nothing is owed yet", () => {
    const desk = createDesk("city");
    desk.raise(0, "a", "red");
    desk.fall(minute, "a");
    desk.step(hour, "a", "orange", { occurrence: 2, revision: 1 });
    desk.answer(hour + 2 * minute, "a", "city");
    expect(tookOf(desk)).toEqual([{ tier: "city", level: "orange", given: 1, tookMs: [2 * minute] }]);
  });
});

describe("a rise", () => {
  it("is news to a desk that answered red, and was asked anew at orange", () => {
    const desk = createDesk("city");
    desk.raise(0, "a", "red");
    desk.answer(minute, "a", "city");
    desk.fall(2 * minute, "a");
    desk.raise(3 * minute, "a", "orange");
    desk.raise(4 * minute, "a", "red");
    expect(desk.counts().annunciations).toBe(3);
  });

  it("is no news to a desk that never answered red", () => {
    const desk = createDesk("city");
    desk.raise(0, "a", "red");
    desk.fall(2 * minute, "a");
    desk.raise(3 * minute, "a", "orange");
    desk.raise(4 * minute, "a", "red");
    expect(desk.counts().annunciations).toBe(2);
  });

  it("is news to a desk that answered what was left of it, and none while the higher level is known", () => {
    const desk = createDesk("enterprise");
    desk.raise(0, "a", "red");
    desk.fall(minute, "a", "yellow");
    desk.raise(2 * minute, "a", "orange");
    expect(desk.counts().annunciations).toBe(1);
    desk.fall(3 * minute, "a", "yellow");
    desk.answer(4 * minute, "a", "enterprise");
    desk.raise(5 * minute, "a", "orange");
    expect(desk.counts().annunciations).toBe(2);
  });
});

describe("an act", () => {
  it("is an answer: what else a person does to an alarm is none", () => {
    const desk = createDesk();
    desk.raise(0, "a", "red");
    const actor = { kind: "person", id: "officer", tier: "city" } as const;
    desk.step(minute, "a", "red", { why: { code: "reset", values: {} }, actor });
    expect(desk.counts().acts).toBe(0);
    expect(desk.counts().answers.every(({ given }) => given === 0)).toBe(true);
  });

  it("before the period is no rubber stamp of it", () => {
    const desk = createDesk(null, false, epoch + hour);
    for (const alarm of ["a", "b"]) desk.raise(0, alarm, "red");
    desk.answer(minute, "a", "city");
    desk.answer(minute + second, "b", "city");
    expect(desk.counts()).toMatchObject({ acts: 0, stamps: 0 });
  });

  it("after the return does not answer the next round", () => {
    const desk = createDesk();
    flicker(desk, 0, minute);
    desk.answer(2 * minute, "a", "city");
    flicker(desk, hour, hour + minute);
    expect(desk.counts()).toMatchObject({ returns: 2, returnedUnanswered: 2, answerToReturn: [] });
  });
});
