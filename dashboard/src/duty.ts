// What a tier owes: who must answer an alarm, at which level it is shown, and how long is left.
import type { AlarmView, TierView } from "../../contract/alarm.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";
import type { Tier } from "../../contract/plant.ts";

/** What one tier owes on an alarm; null where it owes nothing. */
export function owedBy(alarm: AlarmView, tier: Tier): TierView | null {
  const view = alarm.tiers.find((each) => each.tier === tier);
  return view !== undefined && view.owedLevel !== null ? view : null;
}

/** True while the alarm belongs on a screen: also where nothing is on, but a mark stands. */
export function isOpen(alarm: AlarmView): boolean {
  return alarm.state !== "normal" || alarm.marks.length > 0;
}

/**
 * The level at which a tier sees the alarm: until acknowledged at its highest level since the last answer, then at the
 * latched or the live one (semantics §3); after both have gone, at what other tiers still owe.
 */
export function shownLevel(alarm: AlarmView, tier: Tier): Level {
  const own = higher(owedBy(alarm, tier)?.owedLevel ?? null, higher(alarm.latchedLevel, alarm.level));
  if (own !== null) return own;
  return alarm.tiers.reduce<Level | null>((level, view) => higher(level, view.owedLevel), null) ?? alarm.peakLevel;
}

/** How the owed level stands to the live one: the same, fallen, or returned. */
export function fallOf(alarm: AlarmView, tier: Tier): "none" | "fallen" | "returned" {
  if (alarm.level === null) return "returned";
  return rankOf(shownLevel(alarm, tier)) > rankOf(alarm.level) ? "fallen" : "none";
}

/** How long this tier has left to answer, ms; negative when over; null where it owes nothing or has no limit. */
export function remainingMs(alarm: AlarmView, tier: Tier, now: number): number | null {
  const dueAt = owedBy(alarm, tier)?.dueAt ?? null;
  return dueAt === null ? null : dueAt - now;
}

/** How urgently an answer is owed. */
export type Urgency = "running" | "near" | "over";

/** Running, near due (less than a quarter left) or over; null where nothing with a limit is owed. */
export function urgencyOf(alarm: AlarmView, tier: Tier, now: number): Urgency | null {
  const owed = owedBy(alarm, tier);
  if (owed === null || owed.dueAt === null || owed.owedSince === null) return null;
  const left = owed.dueAt - now;
  if (left < 0) return "over";
  return left < (owed.dueAt - owed.owedSince) / 4 ? "near" : "running";
}

/** How the chip of an alarm blinks for a tier: red and orange at 1 Hz, yellow at 0.5 Hz, while it owes an answer. */
export function blinkOf(alarm: AlarmView, tier: Tier): "fast" | "slow" | null {
  const owed = owedBy(alarm, tier)?.owedLevel ?? null;
  if (owed === "red" || owed === "orange") return "fast";
  return owed === "yellow" && !alarm.isData ? "slow" : null;
}
