// How each device is doing: what it brought, what is missing of it, how late it speaks, and how its clock stands.
import type { Quality } from "./sample.ts";
import type { DeviceStatus, Leaving } from "./wall.ts";

/** Numbers of a device's sequence that never came, from the one to the other, both included. */
export interface OpenGap {
  readonly from: number;
  readonly to: number;
  /** When it was found, server time, epoch ms. */
  readonly foundAt: number;
}

/** What a device's sequence numbers tell. Counts are of numbers, since the device entered the plan. */
export interface SequenceLedger {
  /** The highest number of the present run; null where it never sent one. */
  readonly newest: number | null;
  /** How often its counter began, the first time included, and when last, server time; null before the first. */
  readonly runs: number;
  readonly runSince: number | null;
  /** Messages whose numbers had all come before. */
  readonly duplicates: number;
  /** Ever found missing: those still open, those that came later, and those that nobody waits for any more. */
  readonly missing: number;
  readonly backfilled: number;
  readonly forgotten: number;
  /** The newest 64 at the most, ascending. */
  readonly gaps: readonly OpenGap[];
  /** Numbers in them. */
  readonly open: number;
}

/** Received minus measured, of the newest sample of each message in order: half the weight is of the last ten minutes. */
export interface LagSpread {
  /** Not longer than this, ms, for half and for 95 % of the messages; exact to a quarter. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  /** The longest of the last hour, ms. */
  readonly worstMs: number;
}

/** Samples of the past that came late: older than what was judged, or than their point may be silent. */
export interface Backfill {
  /** Server time, epoch ms: from the first to the last that came. */
  readonly since: number;
  readonly lastAt: number;
  /** When they were measured, epoch ms: the oldest, and how near to the present it has come. */
  readonly oldestAt: number;
  readonly newestAt: number;
  readonly values: number;
  readonly perMinute: number;
  /** The device speaks of the present again, and nothing of the past has come for a minute. */
  readonly isDone: boolean;
}

/** The last value of a point that tells of the device itself. */
export interface HealthValue {
  readonly point: string;
  /** Null where none was heard. */
  readonly value: number | null;
  readonly unit: string;
  readonly quality: Quality;
  /** When it was measured, epoch ms; 0 where none was heard. */
  readonly sourceAt: number;
}

/** When a point whose silence is learned counts as silent now. */
export interface LearnedSilence {
  readonly point: string;
  readonly silentAfterMs: number;
  /** False while too little was heard of it: what the plan says holds meanwhile. */
  readonly isLearned: boolean;
  /** Within these the plan keeps it, ms. */
  readonly floorMs: number;
  readonly ceilingMs: number;
}

/** The last day of a device is told in so many pieces of so long: a quarter hour each. */
export const stripCells = 96;
export const stripCellMs = 900_000;

/** The last 24 h of a device. */
export interface DayStrip {
  /** When the last quarter hour ends, epoch ms: the present one. */
  readonly until: number;
  /**
   * 96 quarter hours, the oldest first, a letter each. `w`: all of its points were there, and none of its numbers is missing.
   * `p`: for some of the time, or some of it. `n`: nothing of it. `-`: nothing is known: the server did not hear, or not of it.
   */
  readonly cells: string;
}

/** Everything known of one device. */
export interface DeviceLiveness extends Pick<DeviceStatus, "id" | "state" | "since"> {
  readonly site: string;
  /** Server time of its last message, epoch ms; null where there was none. */
  readonly heardAt: number | null;
  /** How it went the last time, and when, server time; null where it never did. */
  readonly left: { readonly at: number; readonly why: Leaving } | null;
  /** How often it went without a goodbye. */
  readonly losses: number;
  readonly messages: number;
  /** Values that were stored. */
  readonly values: number;
  readonly sequence: SequenceLedger;
  /** Null where no message of the last hour had a time. */
  readonly lag: LagSpread | null;
  /**
   * Its clock against the server's, ms; positive: it is ahead. The median of the smallest lags of six times ten minutes, so
   * that what the way takes at least counts as being behind. Null where nothing timely was heard.
   */
  readonly clockAheadMs: number | null;
  /** The last or present one; null where nothing ever came late. */
  readonly backfill: Backfill | null;
  /** Values of the last hour by quality, and the share that is neither good nor untested; null where there were none. */
  readonly quality: Readonly<Record<Quality, number>>;
  readonly badShare: number | null;
  readonly battery: readonly HealthValue[];
  readonly signal: readonly HealthValue[];
  readonly silences: readonly LearnedSilence[];
  readonly day: DayStrip;
}

/** All devices together, for whoever watches the server. */
export interface LivenessTotals {
  readonly openNumbers: number;
  readonly duplicates: number;
  readonly backfilling: number;
}
