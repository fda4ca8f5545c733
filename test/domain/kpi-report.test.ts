// The report on what was counted: each figure and each grade at its edge, worked by hand from the table of docs/kpi.md.
import { describe, expect, it } from "vitest";
import { kpiBinMs, type Grade, type Kpi, type KpiCounts, type KpiId } from "../../contract/kpi.ts";
import type { Level } from "../../contract/level.ts";
import { kpiReportOf } from "../../server/domain/kpi-report.ts";
import { hour, minute, second } from "../support/plant.ts";

const day = 24 * hour;
const from = 1000 * day;

/** Thirty days in which nothing happened. */
const quiet: KpiCounts = {
  from,
  to: from + 30 * day,
  tier: null,
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
  answers: [],
  answerToReturn: [],
};
const figure = (id: KpiId, counts: Partial<KpiCounts>): Kpi =>
  kpiReportOf({ ...quiet, ...counts }).kpis.find((one) => one.id === id) as Kpi;

/** A hundred intervals, of which the first so many are crowded. */
const crowded = (many: number): Partial<KpiCounts> => ({
  to: from + 100 * kpiBinMs,
  bins: new Map(Array.from({ length: many }, (_, bin) => [bin, 11])),
});
const answered = (level: Level, ...tookMs: readonly number[]): Partial<KpiCounts> => ({
  answers: [{ tier: "city", level, given: tookMs.length, tookMs }],
});
/** A hundred annunciations, so many of each level. */
const spread = (blue: number, yellow: number, orange: number, red: number): Partial<KpiCounts> => ({
  annunciations: 100,
  byLevel: { blue, yellow, orange, red },
});
const often = (annunciations: number): Partial<KpiCounts> => ({
  annunciations: 100,
  byAlarm: [{ alarm: "often", annunciations }],
});

describe("a grade", () => {
  it.each<readonly [KpiId, Grade | null, Partial<KpiCounts>]>([
    ["perHour", "green", { to: from + hour, annunciations: 6 }],
    ["perHour", "amber", { to: from + hour, annunciations: 12 }],
    ["perHour", "red", { to: from + hour, annunciations: 13 }],
    ["per10Min", "green", { to: from + 10 * minute, annunciations: 1 }],
    ["per10Min", "amber", { to: from + 10 * minute, annunciations: 2 }],
    ["per10Min", "red", { to: from + 10 * minute, annunciations: 3 }],
    ["perDay", null, { to: from + day, annunciations: 1000 }],
    ["peak", "green", crowded(0)],
    ["peak", "amber", crowded(1)],
    ["peak", "amber", crowded(5)],
    ["peak", "red", crowded(6)],
    ["flood", "green", crowded(0)],
    ["flood", "amber", crowded(1)],
    ["flood", "amber", crowded(5)],
    ["flood", "red", crowded(6)],
    ["topTen", "green", often(4)],
    ["topTen", "amber", often(5)],
    ["topTen", "amber", often(15)],
    ["topTen", "red", often(16)],
    ["chattering", "green", { chattering: 0 }],
    ["chattering", "amber", { chattering: 3 }],
    ["chattering", "red", { chattering: 4 }],
    ["fleeting", "green", { fleeting: 0 }],
    ["fleeting", null, { fleeting: 1 }],
    ["longStanding", "green", { longStanding: 0 }],
    ["longStanding", "amber", { longStanding: 5 }],
    ["longStanding", "red", { longStanding: 6 }],
    ["deviation", "green", spread(76, 19, 5, 0)],
    ["deviation", "amber", spread(75, 19, 5, 1)],
    ["deviation", "amber", spread(65, 30, 5, 0)],
    ["deviation", "red", spread(64, 30, 6, 0)],
    ["answerP95", "green", answered("red", 3 * minute - 1)],
    ["answerP95", "amber", answered("red", 3 * minute)],
    ["answerP95", "amber", answered("orange", 10 * minute)],
    ["answerP95", "red", answered("orange", 10 * minute + 1)],
    ["answerP95", null, answered("yellow", hour)],
    ["answerP95", null, answered("blue", second)],
    ["rubberStamp", "green", { acts: 100, stamps: 1 }],
    ["rubberStamp", "amber", { acts: 100, stamps: 2 }],
    ["rubberStamp", "amber", { acts: 100, stamps: 10 }],
    ["rubberStamp", "red", { acts: 100, stamps: 11 }],
    ["reAlarms", null, { reAlarms: 1000 }],
  ])("of %s is %s at %o", (id, grade, counts) => {
    expect(figure(id, counts).grade).toBe(grade);
  });
});

describe("the load", () => {
  it("is divided by the period: an hour, ten minutes, a day", () => {
    const counts = { to: from + 2 * day, annunciations: 96 };
    expect(figure("perHour", counts)).toMatchObject({ numerator: 96, denominator: 48, value: 2 });
    expect(figure("per10Min", counts)).toMatchObject({ numerator: 96, denominator: 288, value: 96 / 288 });
    expect(figure("perDay", counts)).toEqual({
      id: "perDay",
      level: null,
      tier: null,
      numerator: 96,
      denominator: 2,
      value: 48,
      grade: null,
    });
  });

  it("counts an interval that was begun as one", () => {
    expect(figure("peak", { to: from + 10 * kpiBinMs }).denominator).toBe(10);
    expect(figure("peak", { to: from + 10 * kpiBinMs + 1 }).denominator).toBe(11);
  });

  it.each<readonly [number, readonly number[], number, number, number]>([
    [10, [], 0, 0, 0],
    [10, [10], 0, 0, 10],
    [10, [11], 1, 1, 11],
    [10, [11, 5], 1, 2, 11],
    [10, [11, 4], 1, 1, 11],
    [10, [9, 10, 12, 5, 10, 4, 10], 1, 3, 12],
    // What fell into the very end of the period prolongs no flood.
    [4, [0, 0, 0, 11, 5], 1, 1, 11],
  ])(
    "of %i intervals with %o has %i peaks, %i in flood and %i at most",
    (intervals, perInterval, peaks, floods, most) => {
      const counts = { to: from + intervals * kpiBinMs, bins: new Map(perInterval.entries()) };
      expect(figure("peak", counts).numerator).toBe(peaks);
      expect(figure("flood", counts).numerator).toBe(floods);
      expect(figure("peakMost", counts).value).toBe(most);
    },
  );

  it("is made by its ten most frequent alarms, the most frequent first, of equals in the order of their names", () => {
    const names = ["m", "c", "l", "a", "k", "b", "j", "d", "i", "e", "h"];
    const byAlarm = [
      ...names.map((alarm) => ({ alarm, annunciations: 2 })),
      { alarm: "z", annunciations: 9 },
      { alarm: "y", annunciations: 1 },
    ];
    const counts = { ...quiet, annunciations: 32, byAlarm };
    expect(
      kpiReportOf(counts)
        .top.map(({ alarm }) => alarm)
        .join(""),
    ).toBe("zabcdehijk");
    // 9 + 9 · 2 of 32.
    expect(figure("topTen", counts)).toMatchObject({ numerator: 27, denominator: 32 });
  });
});

describe("the spread over the levels", () => {
  it.each<readonly [readonly [number, number, number, number], number]>([
    [[80, 15, 5, 0], 0],
    [[80, 14, 5, 1], 0.01],
    [[80, 13, 5, 2], 0.02],
    [[78, 22, 0, 0], 0.07],
    [[80, 8, 12, 0], 0.07],
    [[62, 15, 3, 20], 0.19],
    [[0, 0, 0, 100], 0.99],
    [[100, 0, 0, 0], 0.2],
  ])("of %o deviates by %f", (perLevel, value) => {
    expect(figure("deviation", spread(...perLevel)).value).toBeCloseTo(value, 9);
  });
});

describe("a percentile", () => {
  const took = [9, 1, 10, 2, 8, 3, 7, 4, 6, 5].map((minutes) => minutes * minute);

  it("is the nearest rank of the answers, in whatever order they came: a time that was really taken", () => {
    expect(figure("answerP50", answered("orange", ...took))).toMatchObject({ value: 5 * minute, denominator: 10 });
    expect(figure("answerP95", answered("orange", ...took)).value).toBe(10 * minute);
    const twenty = [...took, ...took.map((ms) => ms + 10 * minute)];
    expect(figure("answerP95", answered("orange", ...twenty)).value).toBe(19 * minute);
  });

  it("is of the returns too, and is null of none", () => {
    expect(figure("answerToReturnP50", { answerToReturn: took, returns: 12 })).toMatchObject({
      numerator: 10,
      denominator: 12,
      value: 5 * minute,
    });
    expect(figure("answerToReturnP95", { answerToReturn: took }).value).toBe(10 * minute);
    expect(figure("answerToReturnP50", {}).value).toBeNull();
    expect(figure("answerP95", answered("red"))).toMatchObject({ value: null, grade: null });
  });
});

describe("the whole", () => {
  it("is short below thirty days", () => {
    expect(kpiReportOf(quiet).isShort).toBe(false);
    expect(kpiReportOf({ ...quiet, to: from + 30 * day - 1 }).isShort).toBe(true);
  });

  it("has the worst grade of any figure", () => {
    expect(kpiReportOf(quiet).grade).toBe("green");
    expect(kpiReportOf({ ...quiet, chattering: 1 }).grade).toBe("amber");
    expect(kpiReportOf({ ...quiet, chattering: 1, longStanding: 6 }).grade).toBe("red");
  });
});
