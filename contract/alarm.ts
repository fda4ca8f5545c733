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

/** What may stand beside an alarm's state: an operator's, by design, for maintenance (ISA-18.2 states G, H, I). */
export const markKinds = ["shelved", "suppressed", "outOfService"] as const;
/** One of the three marks. */
export type MarkKind = (typeof markKinds)[number];

/** A mark beside the state: it stops annunciation, never evaluation or recording (semantics §3). */
export interface Mark {
  readonly kind: MarkKind;
  /** Server time, epoch ms; only a suppression by design has no end of its own. */
  readonly setAt: number;
  readonly until: number | null;
  /** The level that the alarm counted at when it was set: an alarm that is out of service keeps counting at it. */
  readonly level: Level | null;
  /** A level above this one ends the mark; null: any level does. */
  readonly upTo: Level | null;
  /** The person, or the rule of the design. */
  readonly by: Actor;
  readonly reason: string;
  readonly approver: string | null;
  /** Suppressed: the rule that says so. Out of service: the work order, and what is done instead. */
  readonly rule: string | null;
  readonly order: string | null;
  readonly measure: string | null;
}

/** For how long a silence stops the horn, ms, by the level that sounds (semantics §3: red 1 min, orange 2 min). */
export const silenceMs: Readonly<Record<Level, number>> = {
  blue: 120_000,
  yellow: 120_000,
  orange: 120_000,
  red: 60_000,
};

/** What an alarm is about. */
export interface Source {
  readonly kind: "point" | "item" | "site" | "device" | "neighbour" | "wall";
  readonly id: string;
}

/** True for what is of the server and no site's: its neighbours, and its walls. */
export function isOfServer({ kind }: Source): boolean {
  return kind === "neighbour" || kind === "wall";
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
  "stateViolated",
  "rateViolated",
  "sumViolated",
  "deviationViolated",
  "cusumViolated",
  "accumulateViolated",
  "forecastViolated",
  "voteViolated",
  "pairViolated",
  "combineViolated",
  "missingEventViolated",
  "geofenceViolated",
  "ruleBlind",
  "ruleSeeing",
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
  "orderUnanswered",
  "orderAnswered",
  "neighbourDown",
  "neighbourUp",
  "spaceLow",
  "spaceBack",
  "unpainted",
  "paintedAgain",
  "wallSilent",
  "wallFrozen",
  "wallBack",
  "wallOffDuty",
  "latencyHigh",
  "latencyBack",
  "canaryLost",
  "canaryBack",
  "acknowledged",
  "reset",
  "reAlarmUnacknowledged",
  "reAlarmAcknowledged",
  "caughtUp",
  "shelved",
  "suppressed",
  "outOfService",
  "markEnded",
  "returnedByHand",
  "handover",
  "firstOutMoved",
  "notConfirmed",
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
  /** The marks that stand after this step, in full: who, why, until when. */
  readonly marks: readonly Mark[];
  /** The number of the input that caused it. */
  readonly cause: number;
  readonly drill: boolean;
  /**
   * Only where an amendment wrote it (semantics §7): the number of the step that it takes the place of, or does not confirm;
   * null for one that was missed. What was judged live does not have it.
   */
  readonly amends?: number | null;
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
  /** When it was last asked, server time: what was silenced before then sounds again. */
  readonly askedAt: number;
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
  /** True where an amendment found what nobody was told of live; absent where none did. */
  readonly isAmended?: boolean;
  readonly tiers: readonly TierView[];
  /** Members that this roll-up alarm was lifted by. */
  readonly followers: readonly string[];
  /** What stands beside the state, oldest first. While one does, no tier owes an answer. */
  readonly marks: readonly Mark[];
  /** Alarms of one site that opened within 10 min of each other; null where there is no site. */
  readonly group: string | null;
  /** The earliest of its group (OPC UA Part 9 FirstInGroupFlag). */
  readonly isFirstOut: boolean;
  /** Chattering until then unless it moves again, epoch ms; null where it does not (ISA-18.2). */
  readonly chatteringUntil: number | null;
  /** Was on for less than 10 s, and not again within a minute. */
  readonly isFleeting: boolean;
  /** On without a break: long-standing from then on, epoch ms; null where nothing is on. */
  readonly longStandingAt: number | null;
}
