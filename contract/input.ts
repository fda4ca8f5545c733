// The one ordered stream of inputs that the engine sees, as the journal keeps it and as the monitor hears it (semantics §1).
import type { Transition, Why } from "./alarm.ts";
import type { AuditEntry } from "./audit.ts";
import type { CommandAct, Requests } from "./command.ts";
import type { FaultCode } from "./faults.ts";
import type { Plan } from "./plant.ts";
import type { DialectName } from "./register.ts";
import type { Painted, ScreenHealth, WallReport } from "./receipt.ts";
import type { RuleChange } from "./rule-change.ts";
import type { Telemetry } from "./sample.ts";
import type { NeighbourStatus, Person } from "./wall.ts";

/** Every input has its number, without holes, and the server's time, epoch ms; time never goes back. */
interface Numbered {
  readonly number: number;
  readonly at: number;
}

/** A person's act, and the second person who approved it where one did. */
export type Command = {
  readonly [A in CommandAct]: {
    readonly act: A;
    readonly person: Person;
    readonly request: Requests[A];
    readonly approver?: Person;
  };
}[CommandAct];

/** A device came or went. */
export interface LinkInput extends Numbered {
  readonly kind: "link";
  readonly site: string;
  readonly device: string;
  readonly online: boolean;
  /** It said goodbye properly (MQTT DISCONNECT, no will): gone, but no alarm of its own until its points are missed. */
  readonly isGraceful?: boolean;
}

/** A person acted. */
export interface CommandInput extends Numbered {
  readonly kind: "command";
  readonly command: Command;
}

/** Time passed and something was due. */
export interface TickInput extends Numbered {
  readonly kind: "tick";
}

/** A neighbour, or the server itself, came up or went down. */
export interface NeighbourInput extends Numbered {
  readonly kind: "neighbour";
  readonly name: "server" | NeighbourStatus["name"];
  readonly state: "up" | "down";
  readonly reason: string;
  /** What the reason names, for whoever puts it into words; absent where the reason says it all. */
  readonly about?: Why["values"];
}

/**
 * A wall of the register has painted alarms: written down for whoever asks what was on the glass. Nothing is judged by it but
 * the canary, which it acknowledges.
 */
export interface ReceiptInput extends Numbered {
  readonly kind: "receipt";
  /** The wall's id. */
  readonly wall: string;
  readonly painted: Painted["alarms"];
}

/** A wall of the register is otherwise than before. Its reports of every minute are not written down. */
export interface WallInput extends Numbered {
  readonly kind: "wall";
  readonly id: string;
  readonly name: string;
  readonly state: ScreenHealth["state"];
  readonly isOnDuty: boolean;
  /** No other wall on duty was up when it went. */
  readonly isLast: boolean;
  /** Since when, server time. */
  readonly since: number;
  /** Null where it is not known: it has said nothing yet. */
  readonly audio: WallReport["audio"] | null;
}

/** A new version of the plan of record. */
export interface PlanInput extends Numbered {
  readonly kind: "plan";
  readonly plan: Plan;
  readonly by: string;
  readonly reason: string;
}

/** A new version of one rule, enabled by two persons while everything runs. */
export interface RuleChangeInput extends Numbered {
  readonly kind: "ruleChange";
  readonly change: RuleChange;
}

/** A message that was refused: its code and its first bytes are all that is kept. */
export interface RefusedInput extends Numbered {
  readonly kind: "refused";
  readonly code: FaultCode;
  readonly topic: string;
  /** SHA-256 of the payload, hex. */
  readonly hash: string;
  readonly example: string;
}

/** A step of an alarm that differs once its point's samples are judged in their order; its `at` is the event time. */
export interface AmendedStep extends Pick<
  Transition,
  | "alarm"
  | "at"
  | "violatedSince"
  | "returnedSince"
  | "ruleVersion"
  | "fromLevel"
  | "level"
  | "value"
  | "setpoint"
  | "deadband"
  | "quality"
  | "why"
> {
  /** The step of the record that it takes the place of, or does not confirm; null for one that was missed. */
  readonly amends: number | null;
}

/** What judging a point's late samples in their order makes different (semantics §7). */
export interface AmendmentInput extends Numbered {
  readonly kind: "amendment";
  readonly point: string;
  /** The span that was judged anew, event time, epoch ms, and how many samples it held. */
  readonly from: number;
  readonly until: number;
  readonly samples: number;
  /** Up to this input the record was read. */
  readonly readTo: number;
  /** False where the limits still stand otherwise than in order: the point is judged anew again. */
  readonly isSettled: boolean;
  /** Ascending by time. */
  readonly steps: readonly AmendedStep[];
}

/** What a gateway sent in a dialect of its own: kept beside what it was read as, for whoever doubts the reading. */
export interface Origin {
  readonly dialect: DialectName;
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** One MQTT message of the native dialect: as it came, or as a gateway's own dialect was read. */
export interface MessageInput extends Numbered {
  readonly kind: "message";
  readonly topic: string;
  readonly payload: Uint8Array;
  /** Absent where it came as it is. */
  readonly origin?: Origin;
}

/** A person's act on the register, people or settings: judged by nobody, written down for whoever asks. */
export interface AuditInput extends Numbered {
  readonly kind: "audit";
  readonly entry: AuditEntry;
}

/** One MQTT message, decoded. */
export interface TelemetryInput extends Numbered {
  readonly kind: "telemetry";
  readonly message: Telemetry;
}

/** A device acknowledged an order. */
export interface AckInput extends Numbered {
  readonly kind: "ack";
  readonly site: string;
  readonly device: string;
  readonly order: number;
}

type Plain =
  | LinkInput
  | CommandInput
  | TickInput
  | NeighbourInput
  | PlanInput
  | RuleChangeInput
  | RefusedInput
  | AmendmentInput
  | AuditInput
  | ReceiptInput
  | WallInput
  | AckInput;

/** What the journal keeps. */
export type RecordedInput = MessageInput | Plain;

/** What the monitor hears. */
export type Input = TelemetryInput | AckInput | Plain;

/**
 * What the judgement made of a reading, where that differs from what the message says: its place in the message, 1 if it
 * is stored, value in the register's unit, index into `qualities`, and `sourceAt`.
 */
export type Flag = readonly [reading: number, isStored: 0 | 1, value: number, quality: number, sourceAt: number];
