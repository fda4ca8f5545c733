// The key figures of the alarms, worked by hand: what counts and what does not, each limit at its edge, periods that add up.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Transition, WhyCode } from "../../contract/alarm.ts";
import { kpiTable, type Kpi, type KpiCounts } from "../../contract/kpi.ts";
import { levels, type Level } from "../../contract/level.ts";
import { tiers, type Tier } from "../../contract/plant.ts";
import { createKpiTally, type KpiOptions } from "../../server/domain/kpi.ts";
import { kpiReportOf } from "../../server/domain/kpi-report.ts";
import { createDesk, month, owedAt, type Desk } from "../support/desk.ts";
import { hour, limit, minute, planOf, point, rule, second } from "../support/plant.ts";
import { at, createRoom, epoch, type Room } from "../support/room.ts";

const day = 24 * hour;

describe("an annunciation", () => {
  it("is an opening, a rise or a re-trip; never an answer, a fall, a return, a mark or a re-alarm", () => {
    const desk = createDesk();
    desk.raise(0, "a", "blue");
    desk.raise(minute, "a", "red");
    desk.fall(2 * minute, "a", "blue");
    desk.answer(3 * minute, "a", "enterprise");
    desk.fall(4 * minute, "a");
    desk.raise(30 * minute, "a", "yellow");
    const again = (code: WhyCode, revision: number): void =>
      desk.step(40 * minute, "a", "yellow", { revision, why: { code, values: {} } });
    again("reAlarmUnacknowledged", 4);
    again("reAlarmAcknowledged", 5);
    again("reset", 5);
    expect(desk.counts()).toMatchObject({
      annunciations: 3,
      byLevel: { blue: 1, yellow: 1, orange: 0, red: 1 },
      reAlarms: 2,
      byAlarm: [{ alarm: "a", annunciations: 3 }],
    });
  });

  it("belongs to the desk that is asked: not to a tier that owes nothing at that level, nor to one that knows it", () => {
    const desk = createDesk("city");
    desk.raise(0, "a", "yellow");
    expect(desk.counts()).toMatchObject({ annunciations: 0, standing: 0 });
    desk.raise(minute, "a", "orange");
    desk.answer(2 * minute, "a", "city");
    desk.fall(3 * minute, "a", "yellow");
    // The county never answered and is asked anew; the city knows orange from its answer.
    desk.raise(4 * minute, "a", "orange");
    expect(desk.counts()).toMatchObject({ annunciations: 1, standing: 1 });
    desk.fall(5 * minute, "a");
    desk.raise(6 * minute, "a", "orange");
    expect(desk.counts()).toMatchObject({ annunciations: 2, returns: 1 });
  });

  it("asks everybody again once what was found late is still on", () => {
    const desk = createDesk("city");
    desk.raise(0, "a", "red");
    desk.answer(minute, "a", "city");
    desk.step(2 * minute, "a", "red", { revision: 2, why: { code: "caughtUp", values: {} } });
    expect(desk.counts().annunciations).toBe(2);
  });

  it("before the period only sets the stage", () => {
    const desk = createDesk(null, false, epoch + hour);
    desk.raise(0, "a", "red");
    desk.raise(minute, "b", "red");
    desk.answer(2 * minute, "b", "city");
    desk.fall(3 * minute, "b");
    desk.step(4 * minute, "a", "red", { revision: 2, why: { code: "reAlarmUnacknowledged", values: {} } });
    desk.answer(2 * hour, "a", "city");
    expect(desk.counts()).toMatchObject({
      annunciations: 0,
      reAlarms: 0,
      returns: 0,
      acts: 1,
      standing: 1,
      standingMost: 1,
    });
    // What was asked before it is measured by the period in which it was asked.
    expect(desk.counts().answers.every(({ tookMs }) => tookMs.length === 0)).toBe(true);
  });
});

describe("the load", () => {
  it("is averaged over the period, and graded at the edges of the table", () => {
    const rates = (count: number): readonly unknown[] => {
      const desk = createDesk();
      for (let nth = 0; nth < count; nth += 1) desk.raise(nth * minute, `a${nth}`, "blue");
      return (["perHour", "per10Min", "perDay"] as const).map((id) => {
        const { numerator, denominator, value, grade } = desk.kpi(id, { to: 10 * hour });
        return [numerator, denominator, value, grade];
      });
    };
    expect(rates(60)).toEqual([
      [60, 10, 6, "green"],
      [60, 60, 1, "green"],
      [60, 10 / 24, 144, null],
    ]);
    expect(rates(61).map((rate) => (rate as unknown[])[3])).toEqual(["amber", "amber", null]);
    expect(rates(120).map((rate) => (rate as unknown[])[3])).toEqual(["amber", "amber", null]);
    expect(rates(121).map((rate) => (rate as unknown[])[3])).toEqual(["red", "red", null]);
  });

  it("has a peak in an interval with more than ten, and is in flood until one with fewer than five", () => {
    const desk = createDesk();
    // Ten intervals: 10, 11, 5, 4, 6, 12, and nothing more.
    for (const [interval, count] of [10, 11, 5, 4, 6, 12].entries())
      for (let nth = 0; nth < count; nth += 1)
        desk.raise(interval * 10 * minute + nth * second, `${interval}-${nth}`, "blue");
    const to = 100 * minute;
    expect(desk.kpi("peak", { to })).toMatchObject({ numerator: 2, denominator: 10, value: 0.2, grade: "red" });
    expect(desk.kpi("peakMost", { to })).toMatchObject({ value: 12, grade: null });
    expect(desk.kpi("flood", { to })).toMatchObject({ numerator: 3, denominator: 10, grade: "red" });
  });

  it("says which ten make how much of it", () => {
    const desk = createDesk();
    for (let nth = 0; nth < 30; nth += 1) desk.raise(nth * minute, `once-${String(nth).padStart(2, "0")}`, "blue");
    for (let nth = 0; nth < 10; nth += 1) {
      desk.raise(hour + nth * minute, "often", "blue");
      desk.fall(hour + nth * minute + 30 * second, "often");
    }
    const report = kpiReportOf(desk.counts());
    expect(report.top.slice(0, 2)).toEqual([
      { alarm: "often", annunciations: 10 },
      { alarm: "once-00", annunciations: 1 },
    ]);
    expect(report.top).toHaveLength(10);
    expect(desk.kpi("topTen")).toMatchObject({ numerator: 19, denominator: 40, value: 0.475, grade: "red" });
  });
});

describe("the behaviour of alarms", () => {
  it("chatters with six steps in five minutes; one that latches, with three annunciations in one", () => {
    const flip = (desk: Desk, everyMs: number, times: number): Kpi => {
      for (let nth = 0; nth < times; nth += 1) {
        desk.raise(2 * nth * everyMs, "a", "yellow");
        desk.fall((2 * nth + 1) * everyMs, "a");
      }
      return desk.kpi("chattering");
    };
    expect(flip(createDesk(), minute, 3)).toMatchObject({ numerator: 1, denominator: 1, value: 1, grade: "amber" });
    expect(flip(createDesk(), minute + second, 3)).toMatchObject({ value: 0, grade: "green" });
    expect(flip(createDesk(null, true), 15 * second, 3)).toMatchObject({ value: 1 });
    expect(flip(createDesk(null, true), 16 * second, 3)).toMatchObject({ value: 0 });
  });

  it("is fleeting below ten seconds, unless it comes back within a minute", () => {
    const desk = createDesk();
    const flicker = (from: number, ms: number): void => {
      desk.raise(from, "a", "blue");
      desk.fall(from + ms, "a");
    };
    flicker(0, 9999);
    expect(desk.kpi("fleeting")).toMatchObject({ value: 1, grade: null });
    flicker(9999 + minute, 9999);
    expect(desk.kpi("fleeting")).toMatchObject({ value: 0, grade: "green" });
    flicker(hour, 10_000);
    flicker(2 * hour, 5000);
    expect(desk.kpi("fleeting").value).toBe(1);
  });

  it("is long-standing after more than a day on, whether it has returned or not", () => {
    const desk = createDesk();
    desk.raise(0, "returned", "blue");
    desk.raise(0, "exact", "blue");
    desk.raise(0, "stands", "blue");
    desk.fall(day, "exact");
    desk.fall(day + 1, "returned");
    expect(desk.kpi("longStanding", { to: day + 1 })).toMatchObject({ value: 2, denominator: 3, grade: "amber" });
    expect(desk.kpi("standing", { to: day + 1 })).toMatchObject({ value: 1 });
    expect(desk.kpi("standingMost", { to: day + 1 })).toMatchObject({ value: 3 });
  });

  it("is spread over the levels: 80/15/5 deviates by nothing, the farthest level counts, red only above 1 %", () => {
    const spread = (counts: readonly number[]): Kpi => {
      const desk = createDesk();
      for (const [rank, count] of counts.entries())
        for (let nth = 0; nth < count; nth += 1) desk.raise(0, `${rank}-${nth}`, levels[rank] as Level);
      expect(desk.kpi("levelShare", { level: "blue" }).numerator).toBe(counts[0]);
      return desk.kpi("deviation");
    };
    expect(spread([80, 15, 5, 0])).toMatchObject({ value: 0, grade: "green" });
    // Blue 74, aimed at 80; yellow 20, aimed at 15; red 1, which is allowed.
    expect(spread([74, 20, 5, 1])).toMatchObject({ value: 0.06, grade: "amber" });
    // Red 20, allowed 1: 19 too many; blue 64.
    expect(spread([64, 13, 3, 20])).toMatchObject({ value: 0.19, grade: "red" });
  });
});

describe("the answers", () => {
  it("are measured from the question to the tier's own answer, by tier and level, high ones graded", () => {
    const desk = createDesk();
    desk.raise(0, "a", "orange");
    desk.raise(0, "b", "orange");
    desk.answer(2 * minute, "a", "city");
    desk.answer(10 * minute, "b", "city");
    desk.answer(minute, "a", "enterprise");
    const orange = { level: "orange", tier: "city" } as const;
    expect(desk.kpi("answerP50", orange)).toMatchObject({
      numerator: 2,
      denominator: 2,
      value: 2 * minute,
      grade: null,
    });
    expect(desk.kpi("answerP95", orange)).toMatchObject({ value: 10 * minute, grade: "amber" });
    // The county owes both answers still: they count with their age, and nobody looks fast by silence.
    expect(desk.kpi("answerP95", { level: "orange", tier: "county", to: hour })).toMatchObject({
      numerator: 0,
      denominator: 2,
      value: hour,
      grade: "red",
    });
    expect(desk.kpi("answerP95", { level: "blue", tier: "city" })).toMatchObject({ denominator: 0, value: null });
  });

  it("start anew at a rise, stand under the level owed, and are not measured after a re-alarm", () => {
    const desk = createDesk("enterprise");
    desk.raise(0, "a", "yellow");
    desk.raise(10 * minute, "a", "red");
    desk.fall(11 * minute, "a", "yellow");
    desk.answer(12 * minute, "a", "enterprise");
    desk.step(hour, "a", "yellow", { revision: 3, why: { code: "reAlarmAcknowledged", values: {} } });
    desk.answer(2 * hour, "a", "enterprise");
    expect(desk.counts().answers.filter(({ tookMs }) => tookMs.length > 0)).toEqual([
      { tier: "enterprise", level: "red", given: 1, tookMs: [2 * minute] },
    ]);
    expect(desk.counts()).toMatchObject({ acts: 2, stamps: 0 });
    expect(desk.kpi("answerP95", { level: "red", tier: "enterprise" }).grade).toBe("green");
    expect(desk.counts().answers.map(({ tier }) => tier)).toEqual(Array(4).fill("enterprise"));
  });

  it("are rubber stamps where one person's acts follow within three seconds; the members of one act are one", () => {
    const desk = createDesk();
    for (const alarm of ["a", "b", "c", "d"]) desk.raise(0, alarm, "red");
    desk.answer(minute, "a", "city", { cause: 900 });
    desk.answer(minute, "b", "city", { cause: 900 });
    desk.answer(minute + 2999, "c", "city");
    desk.answer(minute + 3000, "d", "city", { by: "another" });
    desk.answer(minute + 2999 + 3000, "d", "county");
    desk.answer(minute + 2999 + 3000, "d", "city");
    expect(desk.kpi("rubberStamp")).toMatchObject({ numerator: 1, denominator: 5, value: 0.2, grade: "red" });
    const city = createDesk("city");
    city.raise(0, "a", "red");
    city.answer(minute, "a", "county");
    expect(city.counts().acts).toBe(0);
  });

  it("come before the return or after it: the first answer counts, of this occurrence", () => {
    const desk = createDesk();
    desk.raise(0, "a", "red");
    desk.answer(minute, "a", "city");
    desk.answer(2 * minute, "a", "county");
    desk.fall(11 * minute, "a");
    desk.raise(hour, "a", "red");
    desk.fall(hour + minute, "a");
    desk.answer(hour + 2 * minute, "a", "city");
    desk.step(2 * hour, "a", "red", { occurrence: 2, revision: 1 });
    desk.fall(2 * hour + minute, "a");
    desk.step(3 * hour, "a", "red", { occurrence: 3, revision: 1 });
    desk.answer(3 * hour + minute, "a", "city");
    desk.fall(3 * hour + 4 * minute, "a");
    expect(desk.kpi("returnedUnanswered")).toMatchObject({ numerator: 2, denominator: 4 });
    expect(desk.kpi("answerToReturnP50")).toMatchObject({ numerator: 2, denominator: 4, value: 3 * minute });
    expect(desk.kpi("answerToReturnP95").value).toBe(10 * minute);
  });

  it("of nobody is no person's: what a rule acknowledges is not counted", () => {
    const desk = createDesk();
    desk.raise(0, "a", "red");
    desk.step(minute, "a", "red", { why: { code: "acknowledged", values: {} } });
    expect(desk.counts()).toMatchObject({ acts: 0 });
  });
});

describe("the report", () => {
  it("has every figure of the table, and is as bad as its worst", () => {
    const desk = createDesk();
    desk.raise(0, "a", "blue");
    const report = kpiReportOf(desk.counts());
    expect(new Set(report.kpis.map(({ id }) => id))).toEqual(new Set(Object.keys(kpiTable)));
    // One alarm is all of them: the top ten are 100 %.
    expect(report).toMatchObject({ grade: "red", isShort: false, notConnected: ["unauthorisedSuppression"] });
  });

  it("says where there are fewer than thirty days, and divides nothing by nothing", () => {
    const desk = createDesk();
    const report = kpiReportOf(desk.counts(month - 1));
    expect(report.isShort).toBe(true);
    expect(report.grade).toBe("green");
    expect(desk.kpi("topTen")).toMatchObject({ denominator: 0, value: null, grade: null });
    expect(kpiReportOf(createDesk("city").counts(0)).kpis.find(({ id }) => id === "perHour")?.value).toBeNull();
    expect(kpiReportOf({ ...desk.counts(0), chattering: 0 }).grade).toBe("green");
  });
});

/** A story of two points that come and go and are answered for, by the monitor itself. */
function tell(beats: readonly (readonly [what: number, value: number])[]): Room {
  const high = { blue: limit(50), yellow: limit(70), orange: limit(80), red: limit(90) };
  const room = createRoom(planOf(["a", "b"].map((code) => point(code, { rules: [rule("high", high)] }))));
  for (const [nth, [what, value]] of beats.entries()) {
    const seconds = 60 * (nth + 1);
    room.pass(seconds);
    const code = what % 2 === 0 ? "a" : "b";
    if (what < 6) room.value(seconds, code, value);
    else room.acknowledge(seconds, tiers[value % 4] as Tier, `s1/${code}~limit~high`);
  }
  return room;
}

const beats = fc.array(fc.tuple(fc.nat(9), fc.nat(100)), { maxLength: 60 });
const routeOf: KpiOptions["routeOf"] = ({ level }) => ({ tiers: owedAt(level), isLatching: false });
const processOf = (room: Room): readonly Transition[] => room.transitions().filter(({ rule: id }) => id === "limit");

function tallyOf(steps: readonly Transition[], from: number, to: number, tier: Tier | null = null): KpiCounts {
  const tally = createKpiTally({ from, tier, routeOf });
  for (const step of steps) if (step.recordedAt < to) tally.count(step);
  return tally.counts(to);
}

describe("over any story of the monitor", () => {
  it("two periods add up to the whole", () => {
    fc.assert(
      fc.property(beats, fc.nat(3600), fc.constantFrom(null, ...tiers), (story, middle, tier) => {
        const steps = processOf(tell(story));
        const [from, to] = [at(0), at(4000)];
        const [one, two, all] = [
          tallyOf(steps, from, at(middle), tier),
          tallyOf(steps, at(middle), to, tier),
          tallyOf(steps, from, to, tier),
        ];
        for (const key of ["annunciations", "reAlarms", "returns", "returnedUnanswered", "acts", "stamps"] as const)
          expect([key, one[key] + two[key]]).toEqual([key, all[key]]);
        for (const level of levels) expect(one.byLevel[level] + two.byLevel[level]).toBe(all.byLevel[level]);
        expect(two.standing).toBe(all.standing);
        expect(Math.max(one.standingMost, two.standingMost)).toBe(all.standingMost);
      }),
      { numRuns: 60 },
    );
  });

  it("what every desk owes is what the alarms say, where nothing has asked again", () => {
    fc.assert(
      fc.property(beats, (story) => {
        const room = tell(story);
        const steps = processOf(room);
        fc.pre(!steps.some(({ why }) => why.code.startsWith("reAlarm")));
        const owed = tallyOf(steps, at(0), at(4000)).answers.flatMap(({ tier, level, given, tookMs }) =>
          Array<string>(tookMs.length - given).fill(`${tier} ${level}`),
        );
        const open = room
          .monitor()
          .standing()
          .alarms.filter(({ rule: id }) => id === "limit");
        const said = open.flatMap((alarm) =>
          alarm.tiers.flatMap(({ tier, owedLevel }) => (owedLevel === null ? [] : [`${tier} ${owedLevel}`])),
        );
        expect(owed.toSorted()).toEqual(said.toSorted());
      }),
      { numRuns: 200 },
    );
  });
});
