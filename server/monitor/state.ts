// What the monitor remembers: plain data only, so that a checkpoint is a copy of it and nothing else.
import type { Mark, Source, Why } from "../../contract/alarm.ts";
import type { FaultCode, FaultCount } from "../../contract/faults.ts";
import type { Level } from "../../contract/level.ts";
import type { Plan, Tier } from "../../contract/plant.ts";
import type { Quality } from "../../contract/sample.ts";
import type { SamplingProfile } from "../../contract/sampling.ts";
import type {
  DeviceStatus,
  HandoverStatus,
  NeighbourStatus,
  Reply,
  SilenceStatus,
  SiteStatus,
} from "../../contract/wall.ts";
import type { Alarm } from "../domain/alarm.ts";
import type { LimitState } from "../domain/detect/limit.ts";
import type { Incident } from "../domain/incident.ts";
import type { Activity, Flood } from "../domain/nuisance.ts";
import { noRhythm, type Rhythm } from "../domain/learn-silence.ts";
import { noHistory, type History } from "../domain/quality.ts";
import type { LateSpan } from "./late.ts";
import type { Ledger } from "./ledger.ts";
import { newMemory, type Memory } from "./memory.ts";
import { newSeries, type Series } from "./series.ts";

/** What one kind of condition remembers: plain data whose shape only the kind knows. */
export interface KindMemory {
  readonly about: string;
  readonly state: unknown;
}

/** Where one rule of a point or a site stands. */
export interface RuleState {
  /** The alarm that the rule speaks for. */
  readonly id: string;
  /** The version that was in force at the last judged sample; 0 before the first. */
  version: number;
  /** One per condition of that version, lowest level first, and the level that each belongs to. */
  limits: readonly LimitState[];
  levels: readonly Level[];
  /** What the kinds of those conditions remember, and about what; null for all of them where no kind remembers anything. */
  kinds: readonly KindMemory[] | null;
  /** True while a level is on that the version in force no longer has. */
  isOrphanOn: Level | null;
  /** Since when a rule over several points cannot tell, server time; null while it can. */
  blindSince: number | null;
  /** Up to here time alone has been heard by a rule over several points, epoch ms; 0 before its first judgement. */
  timeHeardAt: number;
  /** A person returned it: the next violating sample raises without delay (semantics §1). */
  isPrimed: boolean;
}

/** Why a point counts as lost. */
export type Loss = "silent" | "neverHeard" | "lagging";

/** One point's live state. Server times unless named `source`. */
export interface PointState {
  /** NaN before the first sample. What changes with every sample is a plain number: a null would cost an object each time. */
  value: number;
  quality: Quality;
  /** Why it has that quality, or what else must be known of it, as bits. */
  reasons: number;
  sourceAt: number;
  receivedAt: number;
  /** `sourceAt` of the newest judged good sample; 0 before the first. */
  goodAt: number;
  /** The newest judged `sourceAt`; 0 before the first sample. */
  judgedAt: number;
  /** Start of the silence clock where nothing newer was heard: server ready, broker up, plan entry, link restored. */
  clockFrom: number;
  loss: Loss | null;
  lossLevel: Level | null;
  /** When it was found silent or bad, event time; 0 while it is neither. */
  lostAt: number;
  /** Since when messages arrive with old data; null when they are fresh. */
  laggingSince: number | null;
  /** False from a loss until the next fresh sample, and before the first. */
  isVerified: boolean;
  /** True from a bad value until a good one, where the point may raise red. */
  isFaulty: boolean;
  /** How stuck its sensor is; null while its value lives. */
  stuckLevel: Level | null;
  /** What its quality tests remember; empty where it has none. */
  history: History;
  /** How it speaks, where its silence is learned from that; else empty. */
  rhythm: Rhythm;
  rules: RuleState[];
  /** Open alarms of rules that the plan no longer has: no change of the plan ends them, so they still count. */
  orphans: readonly string[];
  /** Samples that are remembered to know repeats (semantics §7). */
  readonly memory: Memory;
  /** Its good samples of late, where a condition looks back. */
  readonly series: Series;
  /** `site/device` that reported it last, or is expected to. */
  device: string;
}

/** One device's live state. */
export interface DeviceState {
  status: DeviceStatus["state"];
  since: number;
  receivedAt: number;
  clockFrom: number;
  lastSequence: number | null;
  /** Consecutive messages more than 5 s ahead, more than 60 s ahead, and consecutive ones that agree within 5 s. */
  early: number;
  ahead: number;
  agreeing: number;
  /** Since when every message is older than what was judged already; null when newer ones come. */
  behindSince: number | null;
  isUntrusted: boolean;
  /** Its clock is ahead by more than 5 s: told, but still believed. */
  isEarly: boolean;
  /** It left with a proper goodbye: its absence speaks through its points alone. */
  isGraceful: boolean;
  /** Up to which instant its loss was judged. */
  lossJudgedAt: number;
  lossLevel: Level | null;
  /** What its points had pending below orange when it was lost; empty for nothing, and once it is there again. */
  pending: string;
}

/** An alarm identity with its machine and the evidence of its last step. */
export interface StandingAlarm {
  readonly id: string;
  readonly source: Source;
  readonly site: string | null;
  readonly rule: string;
  readonly direction: "high" | "low" | "none";
  readonly isData: boolean;
  readonly isLatching: boolean;
  alarm: Alarm;
  ruleVersion: number;
  openedAt: number;
  violatedSince: number | null;
  returnedAt: number | null;
  peakLevel: Level;
  peakValue: number | null;
  peakAt: number;
  value: number | null;
  setpoint: number | null;
  deadband: number | null;
  quality: Quality | null;
  why: Why;
  isRuleChanged: boolean;
  /** An amendment found what nobody was told of; absent where none did. */
  isAmended?: boolean;
  followers: readonly string[];
  /** What stands beside the state, oldest first. */
  marks: readonly Mark[];
  /** Its event group, and whether it is the earliest of it. */
  group: string | null;
  isFirstOut: boolean;
  activity: Activity;
}

/** The newest event group of a site: alarms that opened within 10 min of each other. */
export interface EventGroup {
  readonly id: string;
  readonly firstAt: number;
  readonly lastAt: number;
  /** The alarm that opened first. */
  readonly firstOut: string;
}

/** How long one answer took, and for how long the routing table had given, for the county's medians. */
export interface Answer {
  readonly county: string;
  readonly at: number;
  readonly tookMs: number;
  readonly withinMs: number;
}

/** What a device has acknowledged: how often it speaks, and from when on. */
export interface Promised {
  profile: SamplingProfile;
  readonly order: number;
  readonly since: number;
}

/** How often a site is asked to speak. Server times unless named otherwise. */
export interface SiteSampling {
  profile: SamplingProfile;
  since: number;
  /** Counts its profiles; 0 before the first that was not normal. */
  order: number;
  /** Until when each heightened profile holds: infinite while its occasion stands, 0 where it does not hold. */
  readonly until: { alert: number; storm: number };
  /** Between these event times storm's delays serve; `stormTo` is infinite while it holds, `stormFrom` before the first. */
  stormFrom: number;
  stormTo: number;
  readonly promised: Map<string, Promised>;
}

/** Everything that the monitor knows. */
export interface MonitorState {
  plan: Plan;
  /** Server time and number of the last input. */
  now: number;
  number: number;
  /** The last change's number. */
  seq: number;
  isServerUp: boolean;
  points: Map<string, PointState>;
  devices: Map<string, DeviceState>;
  /** How each of them is doing, in the same order: nothing is judged by it but what its numbers say. */
  ledgers: Map<string, Ledger>;
  alarms: Map<string, StandingAlarm>;
  sites: Map<string, SiteStatus>;
  /** Where the rules of each site stand; a rule that is gone stays while its alarm is open. */
  siteRules: Map<string, readonly RuleState[]>;
  /** Sites that have ever left their normal profile. */
  sampling: Map<string, SiteSampling>;
  neighbours: Map<NeighbourStatus["name"], NeighbourStatus>;
  faults: Map<FaultCode, FaultCount>;
  /** Answers to commands by their id, newest last, bounded: the same command twice gives the same answer. */
  replies: Map<string, Reply>;
  answers: Answer[];
  /** The last silence of each tier's horn: by tier, and by scope where it is not the whole city. */
  silences: Map<string, SilenceStatus>;
  floods: Map<Tier, Flood>;
  /** The last change of shift of each tier, under the same keys as the silences. */
  handovers: Map<string, HandoverStatus>;
  /** By site, those of its data apart. */
  groups: Map<string, EventGroup>;
  /** Those that are open or were put away not long ago, by id; each is replaced whole. */
  incidents: Map<string, Incident>;
  /** By alarm, where its newest occurrence in any incident belongs. */
  incidentOf: Map<string, { readonly incident: string; readonly occurrence: number }>;
  /** By site, its data apart, and `city`: the incident that an alarm may join. */
  newestIncidents: Map<string, string>;
  /** By point, what late samples have touched and no amendment has judged yet. */
  late: Map<string, LateSpan>;
  samples: number;
  /** Up to here it is known of each device how much of it was there, server time; 0 before the first input. */
  stripsTo: number;
}

const noPlan: Plan = {
  city: { id: "", name: { zh: "", en: "" } },
  counties: [],
  sectors: [],
  sites: [],
  items: [],
  points: [],
  devices: [],
  routing: {
    process: { blue: [], yellow: [], orange: [], red: [] },
    data: { blue: [], yellow: [], orange: [], red: [] },
    reAlarmUnacknowledgedMs: {},
    reAlarmAcknowledgedMs: {},
  },
  actionCards: {},
  lateAfterMs: 600_000,
};

/** A monitor's memory before the first input. */
export function emptyState(): MonitorState {
  return {
    plan: noPlan,
    now: 0,
    number: 0,
    seq: 0,
    isServerUp: false,
    points: new Map(),
    devices: new Map(),
    ledgers: new Map(),
    alarms: new Map(),
    sites: new Map(),
    siteRules: new Map(),
    sampling: new Map(),
    neighbours: new Map(),
    faults: new Map(),
    replies: new Map(),
    answers: [],
    silences: new Map(),
    floods: new Map(),
    handovers: new Map(),
    groups: new Map(),
    incidents: new Map(),
    incidentOf: new Map(),
    newestIncidents: new Map(),
    late: new Map(),
    samples: 0,
    stripsTo: 0,
  };
}

/** A point that was never heard. */
export function newPoint(device: string, now: number): PointState {
  return {
    value: Number.NaN,
    quality: "missing",
    reasons: 0,
    sourceAt: 0,
    receivedAt: 0,
    goodAt: 0,
    judgedAt: 0,
    clockFrom: now,
    loss: null,
    lossLevel: null,
    lostAt: 0,
    laggingSince: null,
    isVerified: false,
    isFaulty: false,
    stuckLevel: null,
    history: noHistory(),
    rhythm: noRhythm(),
    rules: [],
    orphans: [],
    memory: newMemory(),
    series: newSeries(),
    device,
  };
}

/** A device that was never heard. */
export function newDevice(now: number): DeviceState {
  return {
    status: "unheard",
    since: now,
    receivedAt: 0,
    clockFrom: now,
    lastSequence: null,
    early: 0,
    ahead: 0,
    agreeing: 0,
    behindSince: null,
    isUntrusted: false,
    isEarly: false,
    isGraceful: false,
    lossJudgedAt: now,
    lossLevel: null,
    pending: "",
  };
}
