// The load of this seat: what was annunciated to its tier, counted from the stream of changes since this page joined it.
import type { AlarmView, Transition, WhyCode } from "../../contract/alarm.ts";
import { rankOf } from "../../contract/level.ts";
import type { Tier } from "../../contract/plant.ts";
import { owedBy } from "./duty.ts";

/** One annunciation. */
interface Annunciation {
  /** Server time, epoch ms. */
  readonly at: number;
  readonly alarm: string;
}

/** What this page has heard of its load. */
export interface Load {
  readonly tier: Tier;
  /** Since when every annunciation is counted, server time. */
  readonly since: number;
  /** The `seq` up to which nothing was missed. */
  readonly seq: number;
  readonly heard: readonly Annunciation[];
}

/** The load as a meter shows it. */
export interface LoadView {
  readonly last10Min: number;
  /** Since when it is counted: not before the window. */
  readonly since: number;
  /** True where less than the interval was heard: more may have come before. */
  readonly isShort: boolean;
  /** The alarms that asked more than once, most first. */
  readonly repeating: readonly { readonly alarm: string; readonly count: number }[];
}

/** The regular interval of the load figures; about one in it is what a person can answer (ISA-18.2-2016 16.5, EEMUA 191). */
export const intervalMs = 600_000;
/** What repeats is counted over a shift at most. */
export const shiftMs = 8 * 3_600_000;
/** More than a flood of a whole shift brings: above this the oldest go. */
const mostHeard = 5000;

/** That an answer is asked for again by time or by the shift says nothing of the plant. */
const again: readonly WhyCode[] = ["reAlarmUnacknowledged", "reAlarmAcknowledged", "handover"];

/** Nothing heard yet. */
export function noLoad(at: number): Load {
  return { tier: "city", since: at, seq: -1, heard: [] };
}

/**
 * A snapshot has come. Where nothing was missed and the seat is of the same tier, the count goes on; else it begins anew,
 * with the open alarms that came within the interval before.
 */
export function joined(
  load: Load,
  snapshot: { readonly seq: number; readonly at: number; readonly alarms: readonly AlarmView[] },
  tier: Tier,
): Load {
  if (snapshot.seq === load.seq && tier === load.tier) return load;
  const known = snapshot.alarms
    .filter((alarm) => owedBy(alarm, tier) !== null && alarm.openedAt > snapshot.at - intervalMs)
    .map(({ id, openedAt }) => ({ at: openedAt, alarm: id }))
    .toSorted((a, b) => a.at - b.at);
  return { tier, since: snapshot.at, seq: snapshot.seq, heard: known };
}

/** A step was told: counted where the tier is newly asked, or at a higher level, as the server counts its floods. */
export function heard(
  load: Load,
  before: AlarmView | undefined,
  { transition, alarm }: { readonly transition: Pick<Transition, "recordedAt" | "why">; readonly alarm: AlarmView },
): Load {
  const known = before === undefined ? null : (owedBy(before, load.tier)?.owedLevel ?? null);
  const owed = owedBy(alarm, load.tier)?.owedLevel ?? null;
  if (rankOf(owed) <= rankOf(known) || again.includes(transition.why.code)) return load;
  const from = transition.recordedAt - shiftMs;
  const kept = [...load.heard, { at: transition.recordedAt, alarm: alarm.id }].filter(({ at }) => at > from);
  return { ...load, heard: kept.slice(-mostHeard) };
}

/** Everything up to this `seq` was heard. */
export function upToDate(load: Load, seq: number): Load {
  return seq > load.seq ? { ...load, seq } : load;
}

/** The load at an instant. */
export function viewOf(load: Load, now: number, most = 5): LoadView {
  const counts = new Map<string, number>();
  for (const { at, alarm } of load.heard) {
    if (at > now - shiftMs) counts.set(alarm, (counts.get(alarm) ?? 0) + 1);
  }
  const repeating = [...counts]
    .filter(([, count]) => count > 1)
    .map(([alarm, count]) => ({ alarm, count }))
    .toSorted((a, b) => b.count - a.count || (a.alarm < b.alarm ? -1 : 1));
  return {
    last10Min: load.heard.filter(({ at }) => at > now - intervalMs).length,
    since: Math.max(load.since, now - shiftMs),
    isShort: now - load.since < intervalMs,
    repeating: repeating.slice(0, most),
  };
}
