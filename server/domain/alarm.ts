// The ISA-18.2 / IEC 62682 machine: one pure step from an alarm and what happened to the alarm after it.
import type { AlarmState, TierView } from "../../contract/alarm.ts";
import type { FaultCode } from "../../contract/faults.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";
import type { Routing, Tier } from "../../contract/plant.ts";

/** Who owes an answer at each level, and after how long an alarm asks again. */
export interface Duties {
  readonly owed: Routing["process"];
  readonly reAlarmUnacknowledgedMs: Routing["reAlarmUnacknowledgedMs"];
  readonly reAlarmAcknowledgedMs: Routing["reAlarmAcknowledgedMs"];
}

/** What one tier owes, and what it has answered. Times are server time, epoch ms. */
export interface TierDuty {
  readonly tier: Tier;
  /** Until acknowledged: the highest level since this tier's last answer. */
  readonly owedLevel: Level | null;
  readonly owedSince: number | null;
  readonly dueAt: number | null;
  /** The highest level since the last answer, that answer's own level included: only above it is news. */
  readonly knownLevel: Level | null;
  /** When it was last asked, for the re-alarm. */
  readonly askedAt: number;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
}

/** The process side of an alarm, and the answers to it. */
export interface Alarm {
  readonly occurrence: number;
  readonly revision: number;
  /** True while an occurrence is open. */
  readonly isOpen: boolean;
  /** The highest level on now; null when none is. */
  readonly level: Level | null;
  /** Since when it is that level, server time: nothing asks again for a time before it. */
  readonly levelAt: number;
  /** Latched kinds: the worst level until acknowledged, returned and reset. */
  readonly latchedLevel: Level | null;
  /** A saturated value was seen: only a reset with a second measurement returns it (semantics §1). */
  readonly needsMeasurement: boolean;
  /** Opened by samples far behind the clock and not caught up since, ms; else null. */
  readonly foundLateMs: number | null;
  readonly tiers: readonly TierDuty[];
}

/** An alarm that never was on. */
export const restingAlarm: Alarm = {
  occurrence: 0,
  revision: 0,
  isOpen: false,
  level: null,
  levelAt: 0,
  latchedLevel: null,
  needsMeasurement: false,
  foundLateMs: null,
  tiers: [],
};

function stateFor(alarm: Alarm, isUnacknowledged: boolean): AlarmState {
  if (!alarm.isOpen) return "normal";
  if (alarm.level !== null) return isUnacknowledged ? "unacknowledged" : "acknowledged";
  if (alarm.latchedLevel !== null) return isUnacknowledged ? "latchedUnacknowledged" : "latchedAcknowledged";
  return isUnacknowledged ? "returnedUnacknowledged" : "normal";
}

/** The alarm's state: unacknowledged as long as any tier owes its answer. */
export function stateOf(alarm: Alarm): AlarmState {
  return stateFor(
    alarm,
    alarm.tiers.some((duty) => duty.owedLevel !== null),
  );
}

/** The level that counts in roll-ups: the live one, or the latched one where that is higher. */
export function countedLevel(alarm: Alarm): Level | null {
  return higher(alarm.level, alarm.latchedLevel);
}

/** Each tier's own state and answer; under a mark the state stays what it is, but none is asked for any answer. */
export function tierViews(alarm: Alarm, isQuiet = false): readonly TierView[] {
  return alarm.tiers.map((duty) => ({
    tier: duty.tier,
    state: stateFor(alarm, duty.owedLevel !== null),
    owedLevel: isQuiet ? null : duty.owedLevel,
    owedSince: isQuiet ? null : duty.owedSince,
    dueAt: isQuiet ? null : duty.dueAt,
    askedAt: duty.askedAt,
    acknowledgedAt: duty.acknowledgedAt,
    acknowledgedBy: duty.acknowledgedBy,
  }));
}

function asked(duty: TierDuty | undefined, tier: Tier, level: Level, withinMs: number, now: number): TierDuty {
  const owedLevel = higher(duty?.owedLevel ?? null, level);
  const isHigher = rankOf(owedLevel) > rankOf(duty?.owedLevel ?? null);
  const dueAt = Math.min(duty?.dueAt ?? Infinity, now + withinMs);
  return {
    tier,
    owedLevel,
    // The clock starts at the rise, but an earlier deadline is never put off by it.
    owedSince: isHigher ? now : (duty as TierDuty).owedSince,
    dueAt,
    // Whoever answered earlier starts to know anew: after a re-trip at orange, red is news again.
    knownLevel: higher(duty === undefined || duty.owedLevel === null ? null : duty.knownLevel, level),
    askedAt: now,
    acknowledgedAt: duty?.acknowledgedAt ?? null,
    acknowledgedBy: duty?.acknowledgedBy ?? null,
  };
}

/** Asks every tier that owes an answer at this level and has not known it; or all of them where `isForced`. */
function ask(alarm: Alarm, level: Level, now: number, duties: Duties, isForced: boolean): Alarm {
  let isNews = false;
  const tiers = [...alarm.tiers];
  for (const { tier, withinMs } of duties.owed[level]) {
    const place = tiers.findIndex((duty) => duty.tier === tier);
    const duty = tiers[place];
    if (!isForced && duty !== undefined && rankOf(level) <= rankOf(duty.knownLevel)) continue;
    isNews = true;
    tiers[place < 0 ? tiers.length : place] = asked(duty, tier, level, withinMs, now);
  }
  return isNews ? { ...alarm, tiers, revision: alarm.revision + 1 } : alarm;
}

/** What the detectors say now. */
export interface LevelMove {
  /** The highest level on; null when none is. */
  readonly level: Level | null;
  /** Server time, epoch ms. */
  readonly now: number;
  readonly isLatching: boolean;
  readonly isSaturated: boolean;
  readonly foundLateMs: number | null;
  /** True where the point's data are in time: what was found late and is still on annunciates now. */
  readonly isCaughtUp: boolean;
}

function open(alarm: Alarm, level: Level, move: LevelMove, duties: Duties): Alarm {
  const opened: Alarm = {
    ...restingAlarm,
    occurrence: alarm.occurrence + 1,
    isOpen: true,
    level,
    levelAt: move.now,
    latchedLevel: move.isLatching || move.isSaturated ? level : null,
    needsMeasurement: move.isSaturated,
    foundLateMs: move.foundLateMs,
  };
  return ask(opened, level, move.now, duties, true);
}

/** The occurrence ends when nothing is on, latched or owed. */
function closedWhenDone(alarm: Alarm): Alarm {
  return stateOf(alarm) === "normal" ? { ...alarm, isOpen: false, foundLateMs: null } : alarm;
}

/**
 * The alarm after its level was judged anew. Opens an occurrence, moves its level, returns it or trips it again.
 * A fall or a return is never a new revision; a rise above what a tier knows, and a re-trip, always are.
 */
export function moveLevel(alarm: Alarm, move: LevelMove, duties: Duties): Alarm {
  const { level } = move;
  if (!alarm.isOpen) return level === null ? alarm : open(alarm, level, move, duties);
  const isHeld = move.isLatching || move.isSaturated || alarm.needsMeasurement;
  const latchedLevel = isHeld ? higher(alarm.latchedLevel, level) : alarm.latchedLevel;
  const needsMeasurement = alarm.needsMeasurement || (move.isSaturated && level !== null);
  const levelAt = level === alarm.level ? alarm.levelAt : move.now;
  const moved: Alarm = { ...alarm, level, levelAt, latchedLevel, needsMeasurement };
  if (level === null) return closedWhenDone(moved);
  const isReTrip = alarm.level === null;
  const isCatchingUp = move.isCaughtUp && alarm.foundLateMs !== null;
  const told = isCatchingUp ? { ...moved, foundLateMs: null } : moved;
  return ask(told, level, move.now, duties, isReTrip || isCatchingUp);
}

/** The answer of one tier, as the person saw the alarm. */
export interface Acknowledgement {
  readonly occurrence: number;
  readonly revision: number;
  readonly tier: Tier;
  readonly by: string;
  readonly now: number;
}

/** An act on an alarm: the alarm after it, or why it was refused. */
export type ActResult = { readonly ok: true; readonly alarm: Alarm } | { readonly ok: false; readonly code: FaultCode };

/**
 * Acknowledges (接警) for one tier. Never touches the process state. What has changed since the person looked is
 * `ALARM_CHANGED` (OPC UA Part 9 5.7.3: the EventId names what was seen); a tier that owes nothing is
 * `ALARM_NOT_ACKNOWLEDGEABLE`.
 */
export function acknowledge(alarm: Alarm, act: Acknowledgement): ActResult {
  if (alarm.occurrence !== act.occurrence || alarm.revision !== act.revision)
    return { ok: false, code: "ALARM_CHANGED" };
  const place = alarm.tiers.findIndex((duty) => duty.tier === act.tier);
  const duty = alarm.tiers[place];
  if (duty === undefined || duty.owedLevel === null) return { ok: false, code: "ALARM_NOT_ACKNOWLEDGEABLE" };
  const answered: TierDuty = {
    ...duty,
    owedLevel: null,
    owedSince: null,
    dueAt: null,
    knownLevel: alarm.level,
    askedAt: act.now,
    acknowledgedAt: act.now,
    acknowledgedBy: act.by,
  };
  return { ok: true, alarm: closedWhenDone({ ...alarm, tiers: alarm.tiers.with(place, answered) }) };
}

/**
 * Resets a latched alarm: it must have returned, every owed answer given, and where a saturated value was seen a second
 * measurement named.
 */
export function reset(alarm: Alarm, occurrence: number, hasMeasurement: boolean): ActResult {
  if (alarm.occurrence !== occurrence) return { ok: false, code: "ALARM_CHANGED" };
  if (stateOf(alarm) !== "latchedAcknowledged") return { ok: false, code: "ALARM_NOT_RESETTABLE" };
  if (alarm.needsMeasurement && !hasMeasurement) return { ok: false, code: "MEASUREMENT_REQUIRED" };
  return { ok: true, alarm: closedWhenDone({ ...alarm, latchedLevel: null, needsMeasurement: false }) };
}

function askAgainAt(alarm: Alarm, duty: TierDuty, duties: Duties): number {
  if (duty.owedLevel !== null) {
    return duty.askedAt + (duties.reAlarmUnacknowledgedMs[duty.owedLevel] ?? Infinity);
  }
  // A tier that answered at a higher level and owes nothing at this one is left in peace.
  const { level } = alarm;
  if (level === null || !duties.owed[level].some(({ tier }) => tier === duty.tier)) return Infinity;
  return duty.askedAt + (duties.reAlarmAcknowledgedMs[level] ?? Infinity);
}

/** When this alarm asks again, server time; null when it does not. */
export function reAlarmAt(alarm: Alarm, duties: Duties): number | null {
  if (!alarm.isOpen) return null;
  const at = Math.min(...alarm.tiers.map((duty) => askAgainAt(alarm, duty, duties)));
  return at === Infinity ? null : Math.max(at, alarm.levelAt);
}

/** Asks again every tier whose time has come: unacknowledged too long, or acknowledged and still abnormal. */
export function reAlarm(alarm: Alarm, now: number, duties: Duties): Alarm {
  const tiers = alarm.tiers.map((duty) => {
    if (askAgainAt(alarm, duty, duties) > now) return duty;
    if (duty.owedLevel !== null) return { ...duty, askedAt: now };
    // Only a tier that owes an answer at the level that is on has a time to be asked again.
    const level = alarm.level as Level;
    const owed = duties.owed[level].find(({ tier }) => tier === duty.tier) as Routing["process"]["red"][number];
    return asked(duty, duty.tier, level, owed.withinMs, now);
  });
  return { ...alarm, tiers, revision: alarm.revision + 1 };
}

function withinMsOf(duties: Duties, level: Level | null, tier: Tier): number | null {
  if (level === null) return null;
  return duties.owed[level].find((duty) => duty.tier === tier)?.withinMs ?? null;
}

/**
 * Asks every tier anew: those that owe an answer, with their whole time again, and those that would owe one at the level
 * that counts now. The revision becomes one more than `since`, whatever was asked in between.
 */
export function annunciate(alarm: Alarm, since: number, now: number, duties: Duties): Alarm {
  if (!alarm.isOpen) return alarm;
  const owing = alarm.tiers.map((duty) => {
    if (duty.owedLevel === null) return duty;
    const withinMs = withinMsOf(duties, duty.owedLevel, duty.tier);
    return { ...duty, owedSince: now, dueAt: withinMs === null ? duty.dueAt : now + withinMs, askedAt: now };
  });
  const level = countedLevel(alarm);
  const anew: Alarm = { ...alarm, tiers: owing };
  const told = level === null ? anew : ask(anew, level, now, duties, true);
  return { ...told, revision: Math.max(alarm.revision, since + 1) };
}

/** Asks one tier again, at a change of shift; null where the alarm is nothing that this tier has to know of. */
export function askTier(alarm: Alarm, tier: Tier, now: number, duties: Duties): Alarm | null {
  const place = alarm.tiers.findIndex((duty) => duty.tier === tier);
  const duty = alarm.tiers[place];
  const level = countedLevel(alarm);
  const withinMs = withinMsOf(duties, level, tier);
  const revision = alarm.revision + 1;
  if (duty !== undefined && duty.owedLevel !== null) {
    return { ...alarm, tiers: alarm.tiers.with(place, { ...duty, askedAt: now }), revision };
  }
  if (level === null || withinMs === null) return null;
  const told = asked(duty, tier, level, withinMs, now);
  return { ...alarm, tiers: place < 0 ? [...alarm.tiers, told] : alarm.tiers.with(place, told), revision };
}
