// Alarm stories: rise, fall, answers, latches and repeats, one line a beat (semantics §2, §3).
import { describe, expect, it } from "vitest";
import { hour, limit, minute, planOf, point, rule } from "../../support/plant.ts";
import { at } from "../../support/room.ts";
import { acknowledges, measures, passes, refused, resets, restarts, tell, type Act } from "../../support/story.ts";

const all = "enterprise:red township:red county:red city:red";
const rungs = { blue: limit(50), yellow: limit(70), orange: limit(80), red: limit(90) };
const plain = {
  plan: planOf([point("p", { rules: [rule("high", rungs)], silentAfterMs: 10 * hour })]),
  alarm: "s1/p~limit~high",
  code: "p",
};
const latching = {
  ...plain,
  plan: planOf([point("p", { rules: [rule("high", rungs, { latch: true })], silentAfterMs: 10 * hour })]),
};

const answersTheFirst: Act = (room, seconds, { alarm }) =>
  room.acknowledge(seconds, "enterprise", alarm, { occurrence: 1 });

describe("an alarm's story", () => {
  it("opens at the first level, rises with news, falls without, and ends when all have answered", () => {
    const room = tell(plain, [
      [0, measures(10), "normal", null, 0, ""],
      [10, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
      [20, measures(75), "unacknowledged", "yellow", 2, "enterprise:yellow county:yellow"],
      [30, measures(60), "unacknowledged", "blue", 2, "enterprise:yellow county:yellow"],
      [40, acknowledges("enterprise"), "unacknowledged", "blue", 2, "county:yellow"],
      [50, acknowledges("county"), "acknowledged", "blue", 2, ""],
      [60, measures(40), "normal", null, 2, ""],
    ]);
    const view = room.alarm(plain.alarm);
    expect(view).toMatchObject({ peakLevel: "yellow", peakValue: 75, peakAt: at(20), openedAt: at(10), occurrence: 1 });
    expect(room.monitor().standing().alarms).toEqual([]);
  });

  it("is shown and owed at its highest level since the last answer also after it fell (红 → 现黄) or returned (红 → 已恢复)", () => {
    tell(plain, [
      [10, measures(95), "unacknowledged", "red", 1, all],
      [20, measures(72), "unacknowledged", "yellow", 1, all],
      [30, measures(10), "returnedUnacknowledged", null, 1, all],
      [40, acknowledges("city"), "returnedUnacknowledged", null, 1, "enterprise:red township:red county:red"],
      [50, acknowledges("county"), "returnedUnacknowledged", null, 1, "enterprise:red township:red"],
      [60, acknowledges("enterprise"), "returnedUnacknowledged", null, 1, "township:red"],
      [70, acknowledges("township"), "normal", null, 1, ""],
      [80, measures(95), "unacknowledged", "red", 1, all],
    ]);
  });

  it("refuses an answer to an old revision with the truth, and changes nothing by it", () => {
    const room = tell(plain, [
      [10, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
      [20, measures(95), "unacknowledged", "red", 2, all],
      [21, refused(acknowledges("enterprise", 1), "ALARM_CHANGED"), "unacknowledged", "red", 2, all],
      [22, refused(acknowledges("enterprise", 3), "ALARM_CHANGED"), "unacknowledged", "red", 2, all],
    ]);
    const reply = room.acknowledge(23, "enterprise", plain.alarm, { revision: 1 });
    expect(reply).toMatchObject({ ok: false, code: "ALARM_CHANGED", alarm: { revision: 2, level: "red" } });
  });

  it("refuses an answer to the occurrence before", () => {
    tell(plain, [
      [10, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
      [20, acknowledges("enterprise"), "acknowledged", "blue", 1, ""],
      [30, measures(10), "normal", null, 1, ""],
      [40, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
      [50, refused(answersTheFirst, "ALARM_CHANGED"), "unacknowledged", "blue", 1, "enterprise:blue"],
      [60, acknowledges("enterprise"), "acknowledged", "blue", 1, ""],
    ]);
  });

  it("lets each tier answer for itself alone, and tells who owes nothing so", () => {
    const room = tell(plain, [
      [10, measures(75), "unacknowledged", "yellow", 1, "enterprise:yellow county:yellow"],
      [
        20,
        refused(acknowledges("city"), "ALARM_NOT_ACKNOWLEDGEABLE"),
        "unacknowledged",
        "yellow",
        1,
        "enterprise:yellow county:yellow",
      ],
      [30, acknowledges("county"), "unacknowledged", "yellow", 1, "enterprise:yellow"],
      [
        40,
        refused(acknowledges("county"), "ALARM_NOT_ACKNOWLEDGEABLE"),
        "unacknowledged",
        "yellow",
        1,
        "enterprise:yellow",
      ],
    ]);
    const [enterprise, county] = room.alarm(plain.alarm)?.tiers ?? [];
    expect(enterprise).toMatchObject({ state: "unacknowledged", owedSince: at(10), dueAt: at(10) + 15 * minute });
    expect(county).toMatchObject({
      state: "acknowledged",
      acknowledgedAt: at(30),
      acknowledgedBy: "officer-county",
      dueAt: null,
    });
  });

  it("asks anew for a level above any since the last answer, and only for that", () => {
    tell(plain, [
      [10, measures(85), "unacknowledged", "orange", 1, "enterprise:orange county:orange city:orange"],
      [20, measures(55), "unacknowledged", "blue", 1, "enterprise:orange county:orange city:orange"],
      [30, measures(85), "unacknowledged", "orange", 1, "enterprise:orange county:orange city:orange"],
      [31, acknowledges("enterprise"), "unacknowledged", "orange", 1, "county:orange city:orange"],
      [32, acknowledges("county"), "unacknowledged", "orange", 1, "city:orange"],
      [33, acknowledges("city"), "acknowledged", "orange", 1, ""],
      [40, measures(55), "acknowledged", "blue", 1, ""],
      [50, measures(85), "acknowledged", "orange", 1, ""],
      [60, measures(95), "unacknowledged", "red", 2, "enterprise:red county:red city:red township:red"],
    ]);
  });

  it("asks for a level that it had before the answer, when the answer came at a lower one", () => {
    tell(plain, [
      [10, measures(75), "unacknowledged", "yellow", 1, "enterprise:yellow county:yellow"],
      [20, measures(55), "unacknowledged", "blue", 1, "enterprise:yellow county:yellow"],
      [30, acknowledges("enterprise"), "unacknowledged", "blue", 1, "county:yellow"],
      [
        40,
        measures(75),
        "unacknowledged",
        "yellow",
        2,
        "county:yellow enterprise:yellow".split(" ").toSorted().toReversed().join(" "),
      ],
    ]);
  });

  it("asks again when it trips again while returned and unanswered", () => {
    tell(plain, [
      [10, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
      [20, measures(10), "returnedUnacknowledged", null, 1, "enterprise:blue"],
      [30, measures(55), "unacknowledged", "blue", 2, "enterprise:blue"],
      [40, refused(acknowledges("enterprise", 1), "ALARM_CHANGED"), "unacknowledged", "blue", 2, "enterprise:blue"],
      [50, acknowledges("enterprise"), "acknowledged", "blue", 2, ""],
    ]);
  });

  it("latches at its worst level until acknowledged, returned and reset, with the live level beside", () => {
    const room = tell(latching, [
      [10, measures(75), "unacknowledged", "yellow", 1, "enterprise:yellow county:yellow"],
      [20, measures(95), "unacknowledged", "red", 2, "enterprise:red county:red township:red city:red"],
      [30, measures(55), "unacknowledged", "blue", 2, "enterprise:red county:red township:red city:red"],
      [
        31,
        refused(resets(), "ALARM_NOT_RESETTABLE"),
        "unacknowledged",
        "blue",
        2,
        "enterprise:red county:red township:red city:red",
      ],
      [40, measures(10), "latchedUnacknowledged", null, 2, "enterprise:red county:red township:red city:red"],
      [
        41,
        refused(resets(), "ALARM_NOT_RESETTABLE"),
        "latchedUnacknowledged",
        null,
        2,
        "enterprise:red county:red township:red city:red",
      ],
      [50, acknowledges("enterprise"), "latchedUnacknowledged", null, 2, "county:red township:red city:red"],
      [51, acknowledges("county"), "latchedUnacknowledged", null, 2, "township:red city:red"],
      [52, acknowledges("township"), "latchedUnacknowledged", null, 2, "city:red"],
      [53, acknowledges("city"), "latchedAcknowledged", null, 2, ""],
      [60, restarts, "latchedAcknowledged", null, 2, ""],
    ]);
    expect(room.alarm(plain.alarm)?.latchedLevel).toBe("red");
    expect(room.site().status).toBe("red");
    expect(room.reset(70, plain.alarm, { reason: "  " })).toMatchObject({ ok: false, code: "REASON_REQUIRED" });
    expect(room.reset(70, plain.alarm, { occurrence: 2 })).toMatchObject({ ok: false, code: "ALARM_CHANGED" });
    expect(room.reset(71, plain.alarm)).toMatchObject({ ok: true });
    expect(room.alarm(plain.alarm)).toMatchObject({ state: "normal", latchedLevel: null });
    expect(room.site().status).toBe("normal");
    expect(room.transitions().at(-1)).toMatchObject({
      from: "latchedAcknowledged",
      to: "normal",
      why: { code: "reset" },
      reason: "checked on site",
      actor: { kind: "person", id: "officer-enterprise", tier: "enterprise" },
    });
  });

  it("refuses a reset while a latched alarm is still abnormal, acknowledged or not", () => {
    tell(latching, [
      [10, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
      [20, acknowledges("enterprise"), "acknowledged", "blue", 1, ""],
      [30, refused(resets(), "ALARM_NOT_RESETTABLE"), "acknowledged", "blue", 1, ""],
    ]);
  });

  it("asks again when it trips again while latched, even at the very same level", () => {
    tell(latching, [
      [10, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
      [20, acknowledges("enterprise"), "acknowledged", "blue", 1, ""],
      [30, measures(10), "latchedAcknowledged", null, 1, ""],
      [40, measures(55), "unacknowledged", "blue", 2, "enterprise:blue"],
      [50, measures(10), "latchedUnacknowledged", null, 2, "enterprise:blue"],
      [60, measures(55), "unacknowledged", "blue", 3, "enterprise:blue"],
    ]);
  });

  it("wants a second measurement for the reset of what was over range, and shows its live level meanwhile", () => {
    const ranged = {
      ...plain,
      plan: planOf([
        point("p", {
          rules: [rule("high", rungs)],
          range: { sensor: [0, 100], operator: [0, 100] },
          silentAfterMs: hour,
        }),
      ]),
    };
    const room = tell(ranged, [
      [10, measures(120), "unacknowledged", "red", 1, all],
      [20, measures(10), "latchedUnacknowledged", null, 1, all],
      [30, acknowledges("enterprise"), "latchedUnacknowledged", null, 1, "township:red county:red city:red"],
      [31, acknowledges("township"), "latchedUnacknowledged", null, 1, "county:red city:red"],
      [32, acknowledges("county"), "latchedUnacknowledged", null, 1, "city:red"],
      [33, acknowledges("city"), "latchedAcknowledged", null, 1, ""],
      [40, refused(resets(), "MEASUREMENT_REQUIRED"), "latchedAcknowledged", null, 1, ""],
      [45, refused(resets(95), "ALARM_NOT_RESETTABLE"), "latchedAcknowledged", null, 1, ""],
      [50, resets(12), "normal", null, 1, ""],
      [60, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
    ]);
    expect(room.transitions()[0]).toMatchObject({ why: { code: "saturated" }, quality: "saturated", level: "red" });
    expect(room.alarm(plain.alarm)?.needsMeasurement).toBe(false);
  });

  it("wants the second measurement also where it was latched at that level before it went over range", () => {
    const ranged = {
      ...plain,
      plan: planOf([
        point("p", {
          rules: [rule("high", rungs, { latch: true })],
          range: { sensor: [0, 100], operator: [0, 100] },
          silentAfterMs: hour,
        }),
      ]),
    };
    const room = tell(ranged, [
      [10, measures(95), "unacknowledged", "red", 1, all],
      [20, measures(120), "unacknowledged", "red", 1, all],
      [30, restarts, "unacknowledged", "red", 1, all],
      [40, measures(10), "latchedUnacknowledged", null, 1, all],
    ]);
    expect(room.alarm(plain.alarm)).toMatchObject({ needsMeasurement: true, peakValue: 120 });
    for (const tier of ["enterprise", "township", "county", "city"] as const) room.acknowledge(50, tier, plain.alarm);
    expect(room.reset(60, plain.alarm)).toMatchObject({ ok: false, code: "MEASUREMENT_REQUIRED" });
    expect(room.reset(61, plain.alarm, { measurement: 10 })).toMatchObject({ ok: true });
  });

  it("asks again when nobody answered in time, and again after that; blue asks once", () => {
    tell(plain, [
      [0, measures(95), "unacknowledged", "red", 1, all],
      [299, passes, "unacknowledged", "red", 1, all],
      [300, passes, "unacknowledged", "red", 2, all],
      [599, passes, "unacknowledged", "red", 2, all],
      [600, passes, "unacknowledged", "red", 3, all],
      [601, refused(acknowledges("enterprise", 2), "ALARM_CHANGED"), "unacknowledged", "red", 3, all],
    ]);
    tell(plain, [
      [0, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
      [9 * 3600, passes, "unacknowledged", "blue", 1, "enterprise:blue"],
    ]);
  });

  it("never moves a deadline by asking again", () => {
    const room = tell(plain, [
      [0, measures(95), "unacknowledged", "red", 1, all],
      [600, passes, "unacknowledged", "red", 3, all],
    ]);
    expect(room.alarm(plain.alarm)?.tiers.map(({ dueAt }) => dueAt)).toEqual(Array(4).fill(at(300)));
    expect(room.alarm(plain.alarm)?.tiers.map(({ owedSince }) => owedSince)).toEqual(Array(4).fill(at(0)));
  });

  it("asks again when it was answered but is still abnormal after the long time (red 30 min)", () => {
    const room = tell(plain, [
      [0, measures(95), "unacknowledged", "red", 1, all],
      [10, acknowledges("enterprise"), "unacknowledged", "red", 1, "township:red county:red city:red"],
      [20, acknowledges("township"), "unacknowledged", "red", 1, "county:red city:red"],
      [20, acknowledges("county"), "unacknowledged", "red", 1, "city:red"],
      [20, acknowledges("city"), "acknowledged", "red", 1, ""],
      [1809, passes, "acknowledged", "red", 1, ""],
      [1810, passes, "unacknowledged", "red", 2, "enterprise:red"],
      [1819, passes, "unacknowledged", "red", 2, "enterprise:red"],
      [1820, passes, "unacknowledged", "red", 3, all],
    ]);
    const [enterprise] = room.alarm(plain.alarm)?.tiers ?? [];
    expect(enterprise).toMatchObject({ owedSince: at(1810), dueAt: at(1810) + 5 * minute });
    expect(room.transitions().at(-1)?.why.code).toBe("reAlarmUnacknowledged");
    expect(room.transitions().find(({ at: when }) => when === at(1810))?.why.code).toBe("reAlarmAcknowledged");
  });

  it("leaves a tier in peace that answered at red and owes nothing at yellow, however long that stays", () => {
    tell(plain, [
      [0, measures(85), "unacknowledged", "orange", 1, "enterprise:orange county:orange city:orange"],
      [1, measures(75), "unacknowledged", "yellow", 1, "enterprise:orange county:orange city:orange"],
      [2, acknowledges("city"), "unacknowledged", "yellow", 1, "enterprise:orange county:orange"],
      [3, acknowledges("enterprise"), "unacknowledged", "yellow", 1, "county:orange"],
      [4, acknowledges("county"), "acknowledged", "yellow", 1, ""],
      [8 * 3600 + 2.5, passes, "acknowledged", "yellow", 1, ""],
      [8 * 3600 + 3, passes, "unacknowledged", "yellow", 2, "enterprise:yellow"],
      [8 * 3600 + 4, passes, "unacknowledged", "yellow", 3, "enterprise:yellow county:yellow"],
    ]);
  });

  it("does not ask again once it has returned, answered or not latched", () => {
    tell(plain, [
      [0, measures(55), "unacknowledged", "blue", 1, "enterprise:blue"],
      [1, acknowledges("enterprise"), "acknowledged", "blue", 1, ""],
      [2, measures(10), "normal", null, 1, ""],
      [9 * 3600, passes, "normal", null, 1, ""],
    ]);
  });

  it("has one identity whatever the point is called, and never two for four ranges", () => {
    const room = tell(plain, [[10, measures(95), "unacknowledged", "red", 1, all]]);
    const renamed = planOf([
      point("p", { rules: [rule("high", rungs)], silentAfterMs: 10 * hour, name: { zh: "新名", en: "renamed" } }),
    ]);
    room.plan(20, renamed);
    room.value(30, "p", 96);
    expect(
      room
        .monitor()
        .standing()
        .alarms.map(({ id, occurrence }) => [id, occurrence]),
    ).toEqual([[plain.alarm, 1]]);
  });
});
