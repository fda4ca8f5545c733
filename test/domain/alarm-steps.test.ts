// The machine's steps that leave it as it is, and what a reading of it says (semantics §3).
import { describe, expect, it } from "vitest";
import type { Tier } from "../../contract/plant.ts";
import {
  acknowledge,
  annunciate,
  askTier,
  countedLevel,
  moveLevel,
  reAlarm,
  reAlarmAt,
  reset,
  restingAlarm,
  stateOf,
  tierViews,
  type Alarm,
  type Duties,
  type LevelMove,
  type TierDuty,
} from "../../server/domain/alarm.ts";
import { hour, minute, routing } from "../support/plant.ts";

const duties: Duties = { ...routing, owed: routing.process };

function move(level: LevelMove["level"], now: number, rest: Partial<LevelMove> = {}): LevelMove {
  return { level, now, isLatching: false, isSaturated: false, foundLateMs: null, isCaughtUp: false, ...rest };
}

describe("the alarm machine", () => {
  it("stays at rest while nothing is on: the very same alarm", () => {
    expect(moveLevel(restingAlarm, move(null, 1), duties)).toBe(restingAlarm);
    expect(stateOf(restingAlarm)).toBe("normal");
    expect(tierViews(restingAlarm)).toEqual([]);
    expect(reAlarmAt(restingAlarm, duties)).toBeNull();
  });

  it("never changes the alarm that it was given", () => {
    const open = Object.freeze(moveLevel(restingAlarm, move("red", 1), duties));
    const copy = structuredClone(open);
    moveLevel(open, move(null, 2), duties);
    reAlarm(open, 6 * minute, duties);
    acknowledge(open, { occurrence: 1, revision: 1, tier: "city", by: "lin", now: 3 });
    expect(open).toEqual(copy);
  });

  it("counts an occurrence for each opening, and begins each with a clean sheet", () => {
    let alarm: Alarm = moveLevel(restingAlarm, move("blue", 1, { foundLateMs: 5 }), duties);
    alarm = moveLevel(alarm, move(null, 2), duties);
    const answered = acknowledge(alarm, { occurrence: 1, revision: 1, tier: "enterprise", by: "lin", now: 3 });
    expect(answered).toMatchObject({ ok: true, alarm: { isOpen: false, foundLateMs: null } });
    if (!answered.ok) return;
    const again = moveLevel(answered.alarm, move("blue", 4), duties);
    expect(again).toMatchObject({ occurrence: 2, revision: 1, foundLateMs: null });
    expect(again.tiers).toMatchObject([{ tier: "enterprise", acknowledgedAt: null, owedSince: 4 }]);
  });

  it("counts in roll-ups at the latched level where that is higher than the live one", () => {
    let alarm = moveLevel(restingAlarm, move("orange", 1, { isLatching: true }), duties);
    expect(countedLevel(alarm)).toBe("orange");
    alarm = moveLevel(alarm, move("blue", 2, { isLatching: true }), duties);
    expect([alarm.level, countedLevel(alarm)]).toEqual(["blue", "orange"]);
    alarm = moveLevel(alarm, move(null, 3, { isLatching: true }), duties);
    expect([alarm.level, countedLevel(alarm)]).toEqual([null, "orange"]);
  });

  it("keeps a latch that was set, also where its kind no longer latches", () => {
    const latched = moveLevel(
      moveLevel(restingAlarm, move("red", 1, { isLatching: true }), duties),
      move(null, 2),
      duties,
    );
    expect(latched.latchedLevel).toBe("red");
    expect(stateOf(latched)).toBe("latchedUnacknowledged");
  });

  it("starts the clock of a rise at the rise, and never puts an earlier deadline off by it", () => {
    let alarm = moveLevel(restingAlarm, move("yellow", 0), duties);
    alarm = moveLevel(alarm, move("red", 12 * minute), duties);
    expect(alarm.tiers[0]).toMatchObject({ tier: "enterprise", owedSince: 12 * minute, dueAt: 15 * minute });
    expect(alarm.tiers.find(({ tier }) => tier === "city")).toMatchObject({
      owedSince: 12 * minute,
      dueAt: 17 * minute,
    });
  });

  it("asks again none but those whose time has come", () => {
    let alarm = moveLevel(restingAlarm, move("yellow", 0), duties);
    const answered = acknowledge(alarm, { occurrence: 1, revision: 1, tier: "county", by: "lin", now: minute });
    expect(answered.ok).toBe(true);
    if (!answered.ok) return;
    alarm = answered.alarm;
    expect(reAlarmAt(alarm, duties)).toBe(15 * minute);
    const after = reAlarm(alarm, 15 * minute, duties);
    expect(after.revision).toBe(2);
    expect(after.tiers.map(({ tier, owedLevel, askedAt }) => [tier, owedLevel, askedAt])).toEqual([
      ["enterprise", "yellow", 15 * minute],
      ["county", null, minute],
    ]);
  });

  it("refuses a reset of another occurrence, of what is not latched, and of what needs a measurement without one", () => {
    const saturated = moveLevel(restingAlarm, move("blue", 0, { isSaturated: true }), duties);
    expect(reset(saturated, 2, true)).toEqual({ ok: false, code: "ALARM_CHANGED" });
    expect(reset(saturated, 1, true)).toEqual({ ok: false, code: "ALARM_NOT_RESETTABLE" });
    const returned = moveLevel(saturated, move(null, 1), duties);
    const answered = acknowledge(returned, { occurrence: 1, revision: 1, tier: "enterprise", by: "lin", now: 2 });
    if (!answered.ok) throw new Error(answered.code);
    expect(reset(answered.alarm, 1, false)).toEqual({ ok: false, code: "MEASUREMENT_REQUIRED" });
    expect(reset(answered.alarm, 1, true)).toMatchObject({
      ok: true,
      alarm: { isOpen: false, needsMeasurement: false },
    });
  });
});

/** The alarm after an answer that must be taken. */
function afterAnswer(alarm: Alarm, tier: Tier, now: number): Alarm {
  const { occurrence, revision } = alarm;
  const result = acknowledge(alarm, { occurrence, revision, tier, by: "lin", now });
  if (!result.ok) throw new Error(result.code);
  return result.alarm;
}

/** Leads an alarm through levels, a minute each, beginning at minute 0. */
function through(levels: readonly LevelMove["level"][], rest: Partial<LevelMove> = {}): Alarm {
  return levels.reduce<Alarm>(
    (alarm, level, nth) => moveLevel(alarm, move(level, nth * minute, rest), duties),
    restingAlarm,
  );
}

const dutyOf = (alarm: Alarm | null, tier: Tier): TierDuty | undefined =>
  alarm?.tiers.find((duty) => duty.tier === tier);

describe("what is owed", () => {
  it("is owed since it was first asked: a re-trip at the same level gives nobody more time", () => {
    const alarm = through(["yellow", null, "yellow"]);
    expect(alarm).toMatchObject({ revision: 2, levelAt: 2 * minute });
    expect(dutyOf(alarm, "county")).toMatchObject({ owedSince: 0, dueAt: 15 * minute, askedAt: 2 * minute });
  });

  it("at red stays known over a return: red again is no news to who still owes its answer to red", () => {
    const alarm = through(["red", null, "yellow"]);
    expect(alarm.revision).toBe(2);
    expect(moveLevel(alarm, move("red", 3 * minute), duties)).toMatchObject({ revision: 2, level: "red" });
  });

  it("is shown with the answer before it", () => {
    const once = afterAnswer(through(["yellow"]), "county", 1);
    expect(dutyOf(once, "county")).toMatchObject({ owedLevel: null, owedSince: null, dueAt: null });
    const again = moveLevel(once, move("red", minute), duties);
    expect(dutyOf(again, "county")).toMatchObject({ owedLevel: "red", acknowledgedAt: 1, acknowledgedBy: "lin" });
    expect(dutyOf(again, "city")).toMatchObject({ owedLevel: "red", acknowledgedAt: null, acknowledgedBy: null });
  });

  it("is asked of nobody under a mark, and the state stays what it is", () => {
    const quiet = tierViews(through(["orange"]), true);
    const nothing = { state: "unacknowledged", owedLevel: null, owedSince: null, dueAt: null };
    expect(quiet).toMatchObject([nothing, nothing, nothing]);
  });

  it("is not answered by who saw another occurrence, be it of the same revision", () => {
    const act = { occurrence: 2, revision: 1, tier: "city", by: "lin", now: 1 } as const;
    expect(acknowledge(through(["red"]), act)).toEqual({ ok: false, code: "ALARM_CHANGED" });
  });

  it("is asked again never where the routing names no time for it", () => {
    expect(reAlarmAt(through(["blue"]), duties)).toBeNull();
  });

  it("is asked again of who has answered, with its own time to answer", () => {
    const data: Duties = { ...duties, owed: routing.data };
    const open = moveLevel(restingAlarm, move("yellow", 0), data);
    const both = afterAnswer(afterAnswer(open, "enterprise", 1), "county", 1);
    expect(reAlarmAt(both, data)).toBe(8 * hour + 1);
    const after = reAlarm(both, 9 * hour, data);
    expect(dutyOf(after, "enterprise")?.dueAt).toBe(9 * hour + 15 * minute);
    expect(dutyOf(after, "county")?.dueAt).toBe(9 * hour + 30 * minute);
  });
});

describe("the level of an alarm", () => {
  it("is that old as it has been the same", () => {
    expect(through(["yellow"]).levelAt).toBe(0);
    expect(through(["yellow", "yellow"]).levelAt).toBe(0);
    expect(through([null, "yellow", "yellow"]).levelAt).toBe(minute);
    expect(through(["yellow", "yellow", "orange"]).levelAt).toBe(2 * minute);
  });

  it("is held from the first value over range on, at the worst that came, until a second measurement", () => {
    const over = moveLevel(through(["blue"]), move("yellow", minute, { isSaturated: true }), duties);
    expect(over).toMatchObject({ latchedLevel: "yellow", needsMeasurement: true });
    const worse = moveLevel(over, move("red", 2 * minute), duties);
    expect(worse).toMatchObject({ latchedLevel: "red", needsMeasurement: true });
    // Over range on no level of this alarm holds nothing.
    const other = moveLevel(through(["blue"]), move(null, minute, { isSaturated: true }), duties);
    expect(other).toMatchObject({ latchedLevel: null, needsMeasurement: false });
  });

  it("is no news where its data were never late", () => {
    const open = through(["yellow"]);
    expect(moveLevel(open, move("yellow", minute, { isCaughtUp: true }), duties).revision).toBe(1);
  });
});

describe("asking anew", () => {
  it("after a mark leaves in peace who has answered at a higher level and owes nothing at this one", () => {
    const city = afterAnswer(through(["red"]), "city", 1);
    const fallen = moveLevel(city, move("blue", minute), duties);
    const after = annunciate(fallen, 4, 2 * minute, duties);
    expect(after.revision).toBe(5);
    expect(dutyOf(after, "city")).toEqual(dutyOf(fallen, "city"));
    expect(dutyOf(after, "county")).toMatchObject({ owedLevel: "red", owedSince: 2 * minute, dueAt: 7 * minute });
  });

  it("at a change of shift tells who owes it no more than that: its time runs on", () => {
    const open = through(["red"]);
    const after = askTier(open, "county", minute, duties);
    expect(after).toEqual({
      ...open,
      revision: 2,
      tiers: open.tiers.map((duty) => (duty.tier === "county" ? { ...duty, askedAt: minute } : duty)),
    });
  });

  it("at a change of shift tells also who owes for a height that is over, and nothing at the level now", () => {
    const fallen = through(["red", "blue"]);
    expect(dutyOf(askTier(fallen, "city", 2 * minute, duties), "city")).toMatchObject({
      owedLevel: "red",
      dueAt: 5 * minute,
    });
  });

  it("at a change of shift asks who has answered once, in its own place", () => {
    const city = afterAnswer(through(["red"]), "city", 1);
    const after = askTier(city, "city", minute, duties);
    expect(after?.tiers.map(({ tier }) => tier)).toEqual(city.tiers.map(({ tier }) => tier));
    expect(dutyOf(after, "city")).toMatchObject({ owedLevel: "red", owedSince: minute, dueAt: 6 * minute });
    const first = afterAnswer(through(["red"]), "enterprise", 1);
    expect(askTier(first, "enterprise", minute, duties)?.tiers).toHaveLength(4);
    expect(askTier(through(["blue"]), "city", minute, duties)).toBeNull();
    expect(askTier(restingAlarm, "city", minute, duties)).toBeNull();
  });
});
