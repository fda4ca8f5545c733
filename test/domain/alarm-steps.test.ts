// The machine's steps that leave it as it is, and what a reading of it says (semantics §3).
import { describe, expect, it } from "vitest";
import {
  acknowledge,
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
} from "../../server/domain/alarm.ts";
import { minute, routing } from "../support/plant.ts";

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
