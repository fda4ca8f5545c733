// What screens tell of themselves: which alarms they have painted, and how they are doing; and how fast alarms travel.
import { Type, type Static } from "typebox";

const strict = { additionalProperties: false } as const;
const ms = Type.Number({ minimum: 0, maximum: 86_400_000 });

/** Alarms that this screen has painted since it last said so, with the revision that was on the glass. */
export const paintedSchema = Type.Object(
  {
    alarms: Type.Array(
      Type.Object(
        {
          alarm: Type.String({ minLength: 1, maxLength: 300 }),
          occurrence: Type.Integer({ minimum: 1 }),
          revision: Type.Integer({ minimum: 1 }),
          /** Server time as this screen knows it, epoch ms. */
          paintedAt: Type.Number({ minimum: 0 }),
        },
        strict,
      ),
      { minItems: 1, maxItems: 200 },
    ),
  },
  strict,
);

/** How a screen is doing. */
export const wallReportSchema = Type.Object(
  {
    /** The path that it shows. */
    screen: Type.String({ maxLength: 200 }),
    /** Whether sound comes out: the audio context's state. */
    audio: Type.Union([Type.Literal("running"), Type.Literal("suspended"), Type.Literal("none")]),
    /** It is this screen that sounds for its room. */
    isVoice: Type.Boolean(),
    /** JavaScript heap, MiB; null where the browser does not tell. */
    heapMb: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    nodes: Type.Integer({ minimum: 0 }),
    /** The 95th percentile of the time between frames since the last report. */
    frameMs: ms,
    /** Since the last frame was painted. */
    frameAgeMs: ms,
    /** Server clock minus its own, ms. */
    offsetMs: Type.Union([Type.Number(), Type.Null()]),
    /** How often it missed something and asked for a snapshot. */
    gaps: Type.Integer({ minimum: 0 }),
    /** The build of the page. */
    version: Type.String({ maxLength: 64 }),
  },
  strict,
);

/** The answer to a screen's report. */
export interface ReportReply {
  readonly ok: true;
  readonly seq: number;
  /** Its room keeps a picture while it loads itself anew: another wall of it is up, or it has no other. */
  readonly isCovered: boolean;
}

/** Painted, as sent. */
export type Painted = Static<typeof paintedSchema>;
/** A screen's report, as sent. */
export type WallReport = Static<typeof wallReportSchema>;

/** A screen as health shows it: a wall of the register, or somebody's browser. */
export interface ScreenHealth {
  /** A wall's id; a browser has one made up for its connection. */
  readonly id: string;
  readonly name: string;
  readonly isWall: boolean;
  readonly isOnDuty: boolean;
  readonly room: string | null;
  /** `silent`: not connected, or says nothing; `frozen`: it speaks, and paints no more. */
  readonly state: "up" | "frozen" | "silent";
  readonly since: number;
  readonly reportedAt: number | null;
  readonly report: WallReport | null;
  readonly paintedAt: number | null;
}

/** The seven stamps of an alarm in their order (semantics §8). */
export const stamps = ["measured", "received", "judged", "recorded", "pushed", "painted", "acknowledged"] as const;
/** One of them. */
export type Stamp = (typeof stamps)[number];

/** How long one hop takes, ms, over the alarms of the window. */
export interface HopFigures {
  readonly from: Stamp;
  readonly to: Stamp;
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
}

/** By this name a wall's own code acknowledges a canary that it has painted; its occurrence is the canary's. */
export const canaryAlarm = "skyground-canary";

/** A sample that nobody has to answer for, sent through the whole real path every few minutes to prove the path. */
export interface CanaryView {
  readonly state: "ok" | "missing" | "waiting" | "off";
  readonly everyMs: number;
  readonly lastAt: number | null;
  readonly lastTookMs: number | null;
  /** Where it was lost: the first stamp that it did not get; null where it was not lost. */
  readonly brokenAt: Stamp | null;
}

/** How fast alarms travel, from the server's start or over the last so many. */
export interface LatencyView {
  readonly alarms: number;
  /** The limit of measured to painted at p99, ms. */
  readonly limitMs: number;
  readonly hops: readonly HopFigures[];
  /** Measured to painted. */
  readonly whole: HopFigures;
  readonly slowest: Pick<HopFigures, "from" | "to"> | null;
  readonly canary: CanaryView;
}

/** The stamps of one occurrence of an alarm, epoch ms; painted by each screen that said so. */
export interface AlarmStamps {
  readonly alarm: string;
  readonly occurrence: number;
  readonly revision: number;
  readonly at: Readonly<Record<Exclude<Stamp, "painted">, number | null>>;
  readonly painted: readonly { readonly screen: string; readonly at: number }[];
  readonly slowest: Pick<HopFigures, "from" | "to"> | null;
}

/** A screen asks to be the voice of its room: one wall and one console of a room sound (wall.md §7). */
export const voiceRequestSchema = Type.Object(
  {
    room: Type.String({ minLength: 1, maxLength: 64 }),
    kind: Type.Union([Type.Literal("wall"), Type.Literal("console")]),
    /** False where the browser holds sound back, or this seat alone was silenced: then it is never the voice. */
    isAble: Type.Boolean(),
  },
  strict,
);

/** A sound test has been played to its end on this screen. */
export const soundTestSchema = Type.Object(
  {
    room: Type.Union([Type.String({ minLength: 1, maxLength: 64 }), Type.Null()]),
    /** Tones that were put out. */
    tones: Type.Integer({ minimum: 0, maximum: 10 }),
    /** A clip was put out too. */
    hasVoice: Type.Boolean(),
  },
  strict,
);

/** A request for the voice, as sent. */
export type VoiceRequest = Static<typeof voiceRequestSchema>;
/** A sound test, as sent. */
export type SoundTest = Static<typeof soundTestSchema>;

/** Whether this screen is the voice of its room. */
export interface VoiceReply {
  readonly isVoice: boolean;
  /** Where it is not: whose screen is; null where nobody is logged in there. */
  readonly by: string | null;
}

/** The last sound test of one screen. */
export interface SoundTestView extends SoundTest {
  /** The wall or the person. */
  readonly screen: string;
  readonly at: number;
}
