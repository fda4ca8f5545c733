// The alarm machine by itself: what a tier knows, and what is news to it.
import { expect, it } from "vitest";
import type { Level } from "../../contract/level.ts";
import { acknowledge, moveLevel, restingAlarm, tierViews, type Alarm, type Duties } from "../../server/domain/alarm.ts";

const owed = [{ tier: "city" as const, withinMs: 60_000 }];
const duties: Duties = {
  owed: { blue: owed, yellow: owed, orange: owed, red: owed },
  reAlarmUnacknowledgedMs: {},
  reAlarmAcknowledgedMs: {},
};

function move(alarm: Alarm, level: Level | null, now: number): Alarm {
  return moveLevel(
    alarm,
    { level, now, isLatching: false, isSaturated: false, foundLateMs: null, isCaughtUp: false },
    duties,
  );
}

it("makes a rise news again after a re-trip below the level that was once acknowledged", () => {
  const open = move(restingAlarm, "red", 1);
  const acknowledged = acknowledge(open, { occurrence: 1, revision: 1, tier: "city", by: "a", now: 2 });
  expect(acknowledged.ok).toBe(true);
  if (!acknowledged.ok) return;
  // Another tier still owes, so the occurrence stays open over the return.
  const waiting: Alarm = { ...acknowledged.alarm, tiers: [...acknowledged.alarm.tiers, ...county(open)] };
  const reTripped = move(move(waiting, null, 3), "orange", 4);
  expect([reTripped.revision, tierViews(reTripped)[0]?.owedLevel]).toEqual([2, "orange"]);
  const risen = move(reTripped, "red", 5);
  expect([risen.revision, tierViews(risen)[0]?.owedLevel]).toEqual([3, "red"]);
  const late = acknowledge(risen, { occurrence: 1, revision: 2, tier: "city", by: "a", now: 6 });
  expect(late).toEqual({ ok: false, code: "ALARM_CHANGED" });
});

function county(alarm: Alarm): Alarm["tiers"] {
  return alarm.tiers.map((duty) => ({ ...duty, tier: "county" }));
}
