// What was: points over any time in buckets, with their gaps, the limits of that time, and the steps of their alarms.
import { Type, type Static } from "typebox";
import type { Transition } from "./alarm.ts";
import type { IncidentEntry } from "./incident.ts";
import type { KpiReport } from "./kpi.ts";
import type { Level } from "./level.ts";
import { tierSchema } from "./plant.ts";
import type { Bucket } from "./wall.ts";

const strict = { additionalProperties: false } as const;
const id = Type.String({ minLength: 1, maxLength: 130 });
const period = { from: Type.Number(), to: Type.Number() };
const level = Type.Union([Type.Literal("blue"), Type.Literal("yellow"), Type.Literal("orange"), Type.Literal("red")]);

/** Points that one question may name. */
export const mostSeries = 8;
/** Buckets that one answer may have for each point. */
const mostSeriesBuckets = 2000;
/** Stored samples that one question may make the historian read; some seconds of its work. */
export const mostSeriesRows = 20_000_000;
/** Rows of a table that is streamed, and of a workbook, which has to be made as a whole. */
export const mostExportRows = { csv: 1_000_000, xlsx: 100_000 } as const;
/** Widths that are offered where a question is too large, ms. */
export const usualBuckets = [60_000, 600_000, 3_600_000, 86_400_000] as const;

/** A question about points: their ids with commas between, bounds in epoch ms, and how many buckets. */
export const seriesQuerySchema = Type.Object(
  {
    points: Type.String({ minLength: 1, maxLength: mostSeries * 131 }),
    ...period,
    buckets: Type.Integer({ minimum: 1, maximum: mostSeriesBuckets }),
  },
  strict,
);
/** A question about steps of alarms; `before` is the `seq` to go on from, newest first. */
export const stepsQuerySchema = Type.Object(
  {
    ...period,
    site: Type.Optional(id),
    source: Type.Optional(id),
    level: Type.Optional(level),
    before: Type.Optional(Type.Integer({ minimum: 1 })),
    limit: Type.Integer({ minimum: 1, maximum: 1000 }),
  },
  strict,
);
/** A question about the load of the alarms; without a tier, of all desks together. */
export const loadQuerySchema = Type.Object({ ...period, tier: Type.Optional(tierSchema) }, strict);
/** A table of the chart's data: in buckets of a width in ms, or every sample where it is 0. */
export const seriesExportSchema = Type.Object(
  {
    points: Type.String({ minLength: 1, maxLength: mostSeries * 131 }),
    ...period,
    bucketMs: Type.Integer({ minimum: 0, maximum: 31 * 86_400_000 }),
    format: Type.Union([Type.Literal("csv"), Type.Literal("xlsx")]),
    lang: Type.Optional(Type.Union([Type.Literal("zh"), Type.Literal("en")])),
  },
  strict,
);
/** A table of steps, or of the load of the alarms. */
export const recordExportSchema = Type.Object(
  {
    ...period,
    site: Type.Optional(id),
    source: Type.Optional(id),
    level: Type.Optional(level),
    tier: Type.Optional(tierSchema),
    format: Type.Union([Type.Literal("csv"), Type.Literal("xlsx")]),
    lang: Type.Optional(Type.Union([Type.Literal("zh"), Type.Literal("en")])),
  },
  strict,
);
/** The cursor feed: what came after a `seq`, waiting for it where there is nothing yet. */
export const feedQuerySchema = Type.Object(
  {
    after: Type.Integer({ minimum: 0 }),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    wait: Type.Optional(Type.Integer({ minimum: 0, maximum: 30_000 })),
  },
  strict,
);

/** What the record knows that can have kept a point's values away. */
export type AbsenceKind =
  | "beforeRecord"
  | "outOfService"
  | "serverAway"
  | "brokerDown"
  | "deviceOffline"
  | "deviceGoodbye"
  | "deviceSilent"
  | "silent"
  | "neverReported"
  | "historianDown";

/** Since when, and until when, something of that kind held; null: it still does. Epoch ms, as the record has it. */
export interface Absence {
  readonly kind: AbsenceKind;
  readonly from: number;
  readonly to: number | null;
}

/** A time without values, and all that the record has of that time; empty: the record has nothing. */
export interface Gap {
  readonly from: number;
  readonly to: number;
  readonly reasons: readonly Absence[];
}

/** A limit for as long as its version was in force, cut to the time asked for. */
export interface LimitSpan {
  readonly rule: string;
  readonly version: number;
  readonly level: Level;
  readonly direction: "high" | "low";
  readonly setpoint: number;
  readonly from: number;
  readonly to: number;
}

/** A step of an alarm with the site that it belongs to; null: the city's own. */
export type AlarmStep = Transition & { readonly site: string | null };

/** One point over the time asked for. */
export interface PointSeries {
  readonly point: string;
  readonly buckets: readonly Bucket[];
  readonly gaps: readonly Gap[];
  readonly limits: readonly LimitSpan[];
  /** The newest steps of its alarms, oldest first. */
  readonly steps: readonly AlarmStep[];
  /** True where there are more steps than are here. */
  readonly hasMoreSteps: boolean;
  /** Time with values, of the time that has passed of what was asked for, ms. */
  readonly coveredMs: number;
  readonly ofMs: number;
}

/** The answer to a question about points. */
export interface SeriesAnswer {
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly points: readonly PointSeries[];
  /** When the server answered, epoch ms. */
  readonly at: number;
}

/** How large a question is, and what would fit: refused before anything is read. */
export interface Estimate {
  readonly rows: number;
  readonly most: number;
  /** The longest time that fits as it was asked; null where a coarser table is the better offer. */
  readonly spanMs: number | null;
  /** The narrowest usual bucket whose table fits; null where none does, or where it would make no difference. */
  readonly bucketMs: number | null;
}

/** How many times something stands in the record. */
export interface StepCount {
  readonly of: string;
  readonly count: number;
}

/** A page of steps, newest first, and how many there are in all of what was asked for. */
export interface StepsPage {
  readonly steps: readonly AlarmStep[];
  /** Where the next page begins; null at the end. */
  readonly before: number | null;
  readonly total: number;
  /** Openings and rises by what they rose to, by site and by source, most first, the first twenty. */
  readonly byLevel: readonly StepCount[];
  readonly bySite: readonly StepCount[];
  readonly bySource: readonly StepCount[];
}

/** The load of the alarms over a time. */
export interface LoadAnswer {
  readonly report: KpiReport;
  /** Annunciations per hour since `report.from`: how many hours after it, how many; empty hours are left out. */
  readonly hours: readonly (readonly [hour: number, annunciations: number])[];
  /** Annunciations per ten minutes, most of all. */
  readonly mostPer10Min: number;
}

/** What happened to an incident, as the record has it, with the site that it belongs to; null: the city's own. */
export interface IncidentNews {
  readonly seq: number;
  readonly incident: string;
  readonly site: string | null;
  readonly entry: IncidentEntry;
}

/** A page of the feed: both lists in order of the one `seq` that they share, without holes of what the token may see. */
export interface FeedPage {
  readonly steps: readonly AlarmStep[];
  readonly incidents: readonly IncidentNews[];
  /** What to ask for next: nothing of what may be seen lies between. */
  readonly next: number;
  /** Nothing more is there now. */
  readonly isEnd: boolean;
}

/** A question about points, as sent. */
export type SeriesQuery = Static<typeof seriesQuerySchema>;
/** A question about steps, as sent. */
export type StepsQuery = Static<typeof stepsQuerySchema>;
/** A question about the load, as sent. */
export type LoadQuery = Static<typeof loadQuerySchema>;
/** A table of the chart's data, as asked for. */
export type SeriesExport = Static<typeof seriesExportSchema>;
/** A table of the record, as asked for. */
export type RecordExport = Static<typeof recordExportSchema>;
/** A question to the feed, as sent. */
export type FeedQuery = Static<typeof feedQuerySchema>;
