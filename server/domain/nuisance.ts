// Alarms that wear people out (ISA-18.2 / IEC 62682): chattering, fleeting, long-standing, and floods. Said, never hidden.

const minuteMs = 60_000;
const fleetingMs = 10_000;
const longStandingMs = 24 * 3_600_000;

/** How often an alarm moved lately. Times are event times, epoch ms. */
export interface Activity {
  /** The newest moves between levels, oldest first; no more than the rule needs. */
  readonly moves: readonly number[];
  /** Since when it has been on without a break; null while it is off. */
  readonly onSince: number | null;
  /** When it last went off; null before. */
  readonly offAt: number | null;
  /** It went on again within a minute of having gone off. */
  readonly isRepeat: boolean;
  /** It was on for less than 10 s. */
  readonly isBrief: boolean;
}

/** An alarm that never moved. */
export const noActivity: Activity = { moves: [], onSince: null, offAt: null, isRepeat: false, isBrief: false };

/** So many moves within such a time are chattering: more than 5 in 5 min; of gas and other latched kinds 3 in 60 s. */
const chatter = { count: 6, withinMs: 5 * minuteMs } as const;
const chatterOfLatching = { count: 3, withinMs: minuteMs } as const;

/** The activity after a move to another level, or to none. */
export function move(activity: Activity, isOn: boolean, at: number): Activity {
  const moves = [...activity.moves, at].slice(-chatter.count);
  if (!isOn) {
    const isBrief = activity.onSince !== null && at - activity.onSince < fleetingMs;
    return { ...activity, moves, onSince: null, offAt: at, isBrief };
  }
  if (activity.onSince !== null) return { ...activity, moves };
  const isRepeat = activity.offAt !== null && at - activity.offAt <= minuteMs;
  return { ...activity, moves, onSince: at, isRepeat, isBrief: false };
}

/** Until when it counts as chattering if it does not move again, epoch ms; null where it does not chatter. */
export function chatteringUntil({ moves }: Activity, isLatching: boolean): number | null {
  const { count, withinMs } = isLatching ? chatterOfLatching : chatter;
  const first = moves.at(-count);
  if (first === undefined || (moves.at(-1) as number) - first > withinMs) return null;
  return first + withinMs;
}

/** True where it was on for less than 10 s and is not one of a row: not repeated within 60 s. */
export function isFleeting(activity: Activity): boolean {
  return activity.isBrief && !activity.isRepeat;
}

/** From when on it is long-standing, epoch ms (ISA-18.2 calls it stale: on for more than 24 h); null while it is off. */
export function longStandingAt({ onSince }: Activity): number | null {
  return onSince === null ? null : onSince + longStandingMs;
}

/** What is annunciated to one tier. Times are server times, epoch ms. */
export interface Flood {
  /** The newest annunciations, oldest first; no more than the rule needs. */
  readonly told: readonly number[];
  readonly since: number | null;
}

/** Nothing was annunciated yet. */
export const noFlood: Flood = { told: [], since: null };

/** A flood begins with more than 10 annunciations in 10 min and ends with fewer than 5 (ISA-18.2 / EEMUA 191). */
const floodMs = 10 * minuteMs;
const floodStart = 11;
const floodEnd = 5;

/** The tier's flood after one more annunciation. */
export function annunciated(flood: Flood, at: number): Flood {
  const told = [...flood.told, at].slice(-floodStart);
  const isStart = told.length === floodStart && at - (told[0] as number) < floodMs;
  return { told, since: flood.since ?? (isStart ? at : null) };
}

/** When the flood ends if nothing more is annunciated, server time; null where there is none. */
export function floodEndsAt({ told, since }: Flood): number | null {
  return since === null ? null : (told.at(-floodEnd) as number) + floodMs;
}

/** The flood is over. */
export function withoutFlood(flood: Flood): Flood {
  return { ...flood, since: null };
}
