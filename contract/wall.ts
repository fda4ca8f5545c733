// The socket between server and walls: both event maps, and everything that they carry.
import { Type, type Static } from "typebox";
import type { AlarmView, Transition, Why } from "./alarm.ts";
import type { CommandAct, WireRequests } from "./command.ts";
import type { FaultCode } from "./faults.ts";
import type { IncidentChange, IncidentView } from "./incident.ts";
import type { Level } from "./level.ts";
import type { Plan, Tier } from "./plant.ts";
import type { protocol } from "./protocol.ts";
import type { RiskView } from "./risk.ts";
import type { Quality } from "./sample.ts";
import type { Scope } from "./scope.ts";
import type { Painted, ReportReply, SoundTest, VoiceReply, VoiceRequest, WallReport } from "./receipt.ts";
import type { Seat } from "./seat.ts";
import type { SamplingStatus } from "./sampling.ts";

/** What a person may do; a person answers for one tier. An enterprise's person acts for the enterprise tier, on its own sites. */
export const roles = ["viewer", "dutyOfficer", "supervisor", "administrator", "enterprise"] as const;
/** One of the roles. */
export type Role = (typeof roles)[number];

/** Who sits before the wall. */
export interface Person {
  readonly name: string;
  readonly role: Role;
  readonly tier: Tier;
  /** Absent: the whole city. */
  readonly scope?: Scope;
  /** A screen that somebody has hung up, and nobody who could act: it looks, sounds and paints. */
  readonly isWall?: true;
}

/** The roll-up of one item or site: level, worst case, and the tree of why. */
export interface RollupView {
  /** Item or site id. */
  readonly id: string;
  readonly level: Level | null;
  /** The level if every unknown member were at its worst. */
  readonly worstIfUnknown: Level | null;
  /** Members per level that they have on, and unknown ones. */
  readonly counts: Readonly<Record<Level, number>>;
  readonly unknown: number;
  /** Points that are out of service; they keep counting at the level that they had (semantics §3). */
  readonly outOfService: number;
  /** The level by the carrying reading, where it gives more (semantics §5). */
  readonly byCarry: Level | null;
  readonly clause: string | null;
  /** Item or point ids that are on, highest first. */
  readonly because: readonly string[];
}

/** The state of one site. */
export interface SiteStatus {
  readonly id: string;
  /** `unknown`: some key point is not fresh and good; `offline`: no device is there. */
  readonly status: Level | "normal" | "unknown" | "offline";
  readonly rollup: RollupView;
  readonly items: readonly RollupView[];
  readonly points: number;
  readonly goodPoints: number;
  readonly keyPoints: number;
  readonly goodKeyPoints: number;
  /** Worked out whenever the site is rolled up; absent in what was written before there was one. */
  readonly risk?: RiskView;
  /** Absent until the site leaves its normal profile for the first time. */
  readonly sampling?: SamplingStatus;
}

/** How a device went: with a proper goodbye, or by its last will and without a word. */
export type Leaving = "goodbye" | "lost";

/** Whether a device is there. */
export interface DeviceStatus {
  readonly id: string;
  /** `unheard`: never connected since it entered the plan. */
  readonly state: "online" | "offline" | "unheard";
  readonly since: number;
  /** Why it is offline; absent where it is not. */
  readonly why?: Leaving;
  /** After how long those of its points count as silent whose silence is learned and known, ms, by point; absent where none is. */
  readonly silentAfterMs?: Readonly<Record<string, number>>;
}

/** Something weak in how the server is set up: it runs, and its health says so. */
export interface Weakness {
  readonly code: "MQTT_PLAIN_PUBLIC" | "MQTT_BROKER_PLAIN" | "HTTP_PLAIN_PUBLIC" | "HISTORIAN_PLAIN";
  readonly zh: string;
  readonly en: string;
}

/**
 * A neighbour of the server, as the wall must know it. `space`: room on the disk, down while it is nearly full. `walls`: down
 * while an orange or red is painted by no wall on duty. `latency`: down while alarms take too long from measured to painted.
 * `canary`: down while what is sent to prove the path does not come back.
 */
export interface NeighbourStatus {
  readonly name: "broker" | "historian" | "disk" | "space" | "walls" | "latency" | "canary";
  readonly state: "up" | "down";
  readonly since: number;
  readonly reason: string;
}

/** How fast a county answers: the median of the last 24 h, of the county's own tier. */
export interface ResponseStatus {
  readonly county: string;
  readonly medianMs: number | null;
  readonly answers: number;
  /** The median of the limits that the routing table gave these same answers; an older server does not tell, nor how many were over. */
  readonly limitMs?: number | null;
  /** How many of them took longer than their own limit. */
  readonly over?: number;
}

/**
 * The horn of one tier was stopped for what sounded then: what has asked since sounds (OPC UA Part 9 5.8: SilenceState). It
 * holds at the walls of persons of the very same scope: nobody makes a wall quiet that shows more, or other, than his own.
 */
export interface SilenceStatus {
  readonly tier: Tier;
  /** Absent: of those who have the whole city. */
  readonly scope?: Scope;
  readonly at: number;
  readonly by: string;
}

/** The last change of shift of one tier, or of a part of the city: who took over, what he wrote, and how much asked him again. */
export interface HandoverStatus {
  readonly tier: Tier;
  /** Absent: of those who have the whole city. */
  readonly scope?: Scope;
  readonly at: number;
  readonly by: string;
  readonly note: string | null;
  readonly asked: number;
}

/** Whether more is annunciated to a tier than one person can answer (ISA-18.2 flood): since when; null where not. */
export interface FloodStatus {
  readonly tier: Tier;
  readonly since: number | null;
}

/** One step that every wall hears of, in order. */
export type ChangeItem =
  | { readonly type: "alarm"; readonly seq: number; readonly transition: Transition; readonly alarm: AlarmView }
  | { readonly type: "site"; readonly seq: number; readonly site: SiteStatus }
  | { readonly type: "device"; readonly seq: number; readonly device: DeviceStatus }
  | { readonly type: "neighbour"; readonly seq: number; readonly neighbour: NeighbourStatus }
  | { readonly type: "response"; readonly seq: number; readonly response: ResponseStatus }
  | { readonly type: "silence"; readonly seq: number; readonly silence: SilenceStatus }
  | { readonly type: "flood"; readonly seq: number; readonly flood: FloodStatus }
  | { readonly type: "handover"; readonly seq: number; readonly handover: HandoverStatus }
  | ({ readonly type: "incident"; readonly seq: number; readonly id: string } & IncidentChange);

/** Consecutive changes: `after` must be the last `upTo` that this wall has seen. */
export interface Changes {
  readonly after: number;
  readonly upTo: number;
  readonly items: readonly ChangeItem[];
}

/**
 * A latest value: [index in the plan's points, value, quality index, sourceAt, receivedAt], and the bits of its reasons
 * (see `reasonsOf`) where it has any.
 */
export type ValueTuple = readonly [number, number | null, number, number, number, number?];

/** The latest watched values that changed since the last frame. */
export interface Frame {
  readonly at: number;
  readonly values: readonly ValueTuple[];
  /** Frames that this slow client did not get; their values are folded into this one. */
  readonly folded: number;
}

/** Once a second: the server's clock, and the worst data age over key points. */
export interface Beat {
  readonly at: number;
  /** The newest `seq`, so that a wall finds out that it missed something even in silence. */
  readonly seq: number;
  readonly oldest: { readonly point: string; readonly sourceAt: number } | null;
  /** Samples taken in during the last second. */
  readonly samplesPerSecond: number;
  /** Set while the journal cannot be written: nothing is taken in, and nothing that was acknowledged is lost. */
  readonly journalDown?: { readonly since: number; readonly reason: string };
  /** Set while the historian is more than 10 s behind: trends end earlier than they should, and nothing is lost. */
  readonly historianBehind?: HistorianBehind;
}

/** How far the historian is behind the journal. */
export interface HistorianBehind {
  /** Bytes of the journal that wait. */
  readonly bytes: number;
  /** When the server got the oldest sample that waits, epoch ms. */
  readonly sinceAt: number;
  /** About when it will have caught up, epoch ms; absent while it does not come closer. */
  readonly doneAt?: number;
}

/** The whole state at one `seq`. */
export interface Snapshot {
  readonly protocol: typeof protocol;
  readonly version: string;
  readonly isDemo: boolean;
  readonly seq: number;
  readonly at: number;
  /** In an exercise only, whose time is not the real one: about so many seconds of its clock pass in a real one. */
  readonly clockSpeed?: number;
  readonly person: Person | null;
  /** Where this screen is a wall of the register: its seat. */
  readonly seat?: Seat;
  readonly plan: Plan;
  readonly alarms: readonly AlarmView[];
  readonly sites: readonly SiteStatus[];
  readonly devices: readonly DeviceStatus[];
  readonly neighbours: readonly NeighbourStatus[];
  readonly responses: readonly ResponseStatus[];
  readonly silences: readonly SilenceStatus[];
  readonly floods: readonly FloodStatus[];
  readonly handovers: readonly HandoverStatus[];
  /** Those that are not archived, and those archived within the last 24 h. */
  readonly incidents: readonly IncidentView[];
  readonly values: readonly ValueTuple[];
}

/** The answer to a command. */
export type Reply =
  | { readonly ok: true; readonly seq: number }
  | { readonly ok: false; readonly code: FaultCode; readonly alarm?: AlarmView; readonly incident?: IncidentView };

const strict = { additionalProperties: false } as const;

/** The points whose values a wall wants in its frames; "all" for every point of the plan. */
export const watchSchema = Type.Object(
  { points: Type.Union([Type.Literal("all"), Type.Array(Type.String({ maxLength: 130 }), { maxItems: 20_000 })]) },
  strict,
);

/** Name and password of a person. */
export const loginSchema = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 64 }), password: Type.String({ minLength: 1, maxLength: 200 }) },
  strict,
);

/** History of one point: bounds in epoch ms, and how many buckets. */
export const historyQuerySchema = Type.Object(
  {
    point: Type.String({ maxLength: 130 }),
    from: Type.Number(),
    to: Type.Number(),
    buckets: Type.Integer({ minimum: 1, maximum: 5000 }),
  },
  strict,
);

/** One bucket of history: never a thinned line that hides a peak. Empty buckets are left out. */
export interface Bucket {
  /** Start of the bucket, epoch ms. */
  readonly at: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly last: number;
  readonly count: number;
  /** The worst quality in the bucket. */
  readonly quality: Quality;
}

/** The answer of the history endpoint. */
export interface History {
  readonly point: string;
  readonly bucketMs: number;
  readonly buckets: readonly Bucket[];
}

/** Watch, as sent. */
export type WatchRequest = Static<typeof watchSchema>;
/** Login, as sent. */
export type LoginRequest = Static<typeof loginSchema>;
/** History query, as sent. */
export type HistoryQuery = Static<typeof historyQuerySchema>;

/** What the server sends. */
export interface ServerToWall {
  snapshot: (snapshot: Snapshot) => void;
  changes: (changes: Changes) => void;
  frame: (frame: Frame) => void;
  beat: (beat: Beat) => void;
  /** Who sounds in this screen's room has changed. */
  voice: (reply: VoiceReply) => void;
  /** To walls alone: the canary has come so far; they say when the frame that came after it was painted. */
  canary: (canary: { readonly occurrence: number }) => void;
}

/** What a person asks for, each with an acknowledgement callback. */
type Asked = {
  [A in CommandAct]: (request: WireRequests[A], reply: (reply: Reply) => void) => void;
};

/** What a wall sends; each with an acknowledgement callback. */
export interface WallToServer extends Asked {
  watch: (request: WatchRequest, reply: (reply: Reply) => void) => void;
  resync: (reply: (reply: Reply) => void) => void;
  /** What of the alarms this screen has painted: asks for no right but to look. */
  painted: (request: Painted, reply: (reply: Reply) => void) => void;
  /** How this screen is doing, once a minute and whenever its sound changes. */
  wallReport: (request: WallReport, reply: (reply: ReportReply | Reply) => void) => void;
  /** Asks to be the voice of a room; whoever gets no answer, or another one, sounds. */
  voice: (request: VoiceRequest, reply: (reply: VoiceReply | Reply) => void) => void;
  /** A sound test is over: goes into the audit. */
  soundTest: (request: SoundTest, reply: (reply: Reply) => void) => void;
  /** For the clock offset: answers the server's time. */
  time: (reply: (at: number) => void) => void;
}

export type { Why };
