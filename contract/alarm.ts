// The process side: what an alarm is, its states, and the record of each of its steps (semantics §3, §8).
import type { Level } from "./level.ts";
import type { Tier } from "./plant.ts";
import type { Quality } from "./sample.ts";

/** ISA-18.2 / IEC 62682 states; per tier where they concern acknowledgement. */
export const alarmStates = [
  "normal",
  "unacknowledged",
  "acknowledged",
  "returnedUnacknowledged",
  "latchedUnacknowledged",
  "latchedAcknowledged",
] as const;
/** One of the six alarm states. */
export type AlarmState = (typeof alarmStates)[number];

/** What an alarm is about. */
export interface Source {
  readonly kind: "point" | "item" | "site" | "device" | "neighbour";
  readonly id: string;
}

/** Why something was judged so: a code of the catalogue with its numbers. */
export interface Why {
  readonly code: WhyCode;
  readonly values: Readonly<Record<string, string | number>>;
}

/** Every reason that the engine can give. */
export const whyCodes = [
  "limitViolated",
  "limitFell",
  "limitReturned",
  "saturated",
  "lostWhileViolating",
  "ladder",
  "ladderReturned",
  "silent",
  "neverHeard",
  "lagging",
  "deviceSilent",
  "deviceOffline",
  "linkLost",
  "heardAgain",
  "sensorFault",
  "faultEnded",
  "flatLine",
  "signalAttenuated",
  "sensorMoves",
  "clockAhead",
  "clockUntrusted",
  "clockTrusted",
  "neighbourDown",
  "neighbourUp",
  "acknowledged",
  "reset",
  "reAlarmUnacknowledged",
  "reAlarmAcknowledged",
  "caughtUp",
] as const;
/** One reason of the engine. */
export type WhyCode = (typeof whyCodes)[number];

/** Who did it: a person in a tier, a rule, or a device. */
export interface Actor {
  readonly kind: "person" | "rule" | "device";
  readonly id: string;
  readonly tier: Tier | null;
}

/** One step of an alarm: the record that may end up in court (semantics §8). */
export interface Transition {
  /** Numbered without holes over all changes; never reused. */
  readonly seq: number;
  /** Event time, epoch ms: the sample's `sourceAt`, the due instant, or the moment of the act. */
  readonly at: number;
  readonly violatedSince: number | null;
  readonly returnedSince: number | null;
  /** Server time of the input that caused it, epoch ms. */
  readonly recordedAt: number;
  readonly alarm: string;
  readonly occurrence: number;
  readonly revision: number;
  readonly source: Source;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly from: AlarmState;
  readonly to: AlarmState;
  readonly fromLevel: Level | null;
  /** The highest level on after this step; null when none is. */
  readonly level: Level | null;
  readonly value: number | null;
  readonly setpoint: number | null;
  readonly deadband: number | null;
  readonly quality: Quality | null;
  readonly why: Why;
  readonly actor: Actor;
  /** The person's words, where the act carries some. */
  readonly reason: string | null;
  /** How far behind the clock it was found, ms; null when in time. */
  readonly foundLateMs: number | null;
  /** The number of the input that caused it. */
  readonly cause: number;
  readonly drill: boolean;
}

/** What one tier owes or has answered. */
export interface TierView {
  readonly tier: Tier;
  readonly state: AlarmState;
  /** Until acknowledged: the highest level since this tier's last answer. */
  readonly owedLevel: Level | null;
  /** When this answer began to be owed, and until when it is due; epoch ms, server time. */
  readonly owedSince: number | null;
  readonly dueAt: number | null;
  readonly acknowledgedAt: number | null;
  readonly acknowledgedBy: string | null;
}

/** An alarm as a wall shows it. */
export interface AlarmView {
  readonly id: string;
  readonly source: Source;
  readonly site: string | null;
  readonly rule: string;
  readonly ruleVersion: number;
  readonly direction: "high" | "low" | "none";
  /** True for alarms about data, devices and neighbours; they never count in a roll-up. */
  readonly isData: boolean;
  readonly occurrence: number;
  readonly revision: number;
  readonly state: AlarmState;
  /** The highest level on now; null when none is. */
  readonly level: Level | null;
  /** The worst level of a latched kind, until reset; null where nothing is latched. */
  readonly latchedLevel: Level | null;
  readonly openedAt: number;
  readonly violatedSince: number | null;
  readonly returnedAt: number | null;
  readonly peakLevel: Level;
  readonly peakValue: number | null;
  readonly peakAt: number;
  readonly value: number | null;
  readonly setpoint: number | null;
  readonly quality: Quality | null;
  readonly why: Why;
  readonly foundLateMs: number | null;
  /** True when the return needs a second measurement by a person (saturated, semantics §1). */
  readonly needsMeasurement: boolean;
  readonly isRuleChanged: boolean;
  readonly tiers: readonly TierView[];
  /** Members that this roll-up alarm was lifted by. */
  readonly followers: readonly string[];
}
