// What a new version of a rule would have changed: the report of a back-test, and what a shadow has seen so far.
import { Type, type Static } from "typebox";
import { levelSchema } from "./plant.ts";
import { ruleChangeSchema } from "./rule-change.ts";

/** How long a shift is, for the load of a shift (design: two shifts a day). */
export const shiftMs = 12 * 3_600_000;

const count = Type.Integer({ minimum: 0 });
const instant = Type.Number();
const levelOrNone = Type.Union([levelSchema, Type.Null()]);

/**
 * How the alarms of two rule sets differ, in raises: a raise is one time that an alarm went from no level to some and back.
 * A raise of each side is matched with at most one of the other, of the same alarm, that it overlaps in time.
 */
export const differencesSchema = Type.Object({
  /** Matched, at the same instant, and with the same highest level. */
  same: count,
  /** Only the candidate has it; only the active set has it. */
  new: count,
  lost: count,
  /** Matched, but raised at another instant. */
  earlier: count,
  later: count,
  /** Matched, but with another highest level. */
  higher: count,
  lower: count,
});

/** The ways in which a raise may differ. */
export const differenceKinds = ["new", "lost", "earlier", "later", "higher", "lower"] as const;
const kindSchema = Type.Union([
  Type.Literal("new"),
  Type.Literal("lost"),
  Type.Literal("earlier"),
  Type.Literal("later"),
  Type.Literal("higher"),
  Type.Literal("lower"),
]);

/** One raise that differs: when each side raised it, epoch ms, and how high it went there. */
export const exampleSchema = Type.Object({
  kind: kindSchema,
  alarm: Type.String(),
  activeAt: Type.Union([instant, Type.Null()]),
  candidateAt: Type.Union([instant, Type.Null()]),
  activeLevel: levelOrNone,
  candidateLevel: levelOrNone,
});

/** The differences of one alarm, and by how much it came earlier and later at most, ms. */
export const alarmDifferencesSchema = Type.Object({
  alarm: Type.String(),
  ...differencesSchema.properties,
  earlierByMs: Type.Number(),
  laterByMs: Type.Number(),
});

/** How one of the two rule sets would have kept its people busy: figures as `kpi` counts them. */
export const sideSchema = Type.Object({
  annunciations: count,
  /** Annunciations in 12 h, on average. */
  perShift: Type.Number(),
  chattering: count,
  floodMinutes: Type.Number(),
  /** The alarms that annunciated most. */
  top: Type.Array(Type.Object({ alarm: Type.String(), annunciations: count })),
});

/** Of the events that people have verified, so many true ones and so many false ones a side's rule gives an alarm of. */
export const knownFiguresSchema = Type.Object({ caught: count, caughtFalse: count });

/**
 * Incidents with a verdict of a person, held against the alarm of the rule on trial. Precision is caught of caught and falsely
 * caught, recall is caught of known: both are left to who shows them, since of none there is no share.
 */
export const knownEventsSchema = Type.Object({
  /** So far from an event a raise may lie and still be of it, ms. */
  withinMs: Type.Number(),
  /** Verified as true alarms, as false ones, and of the same kind but verified by nobody. */
  known: count,
  knownFalse: count,
  unverified: count,
  active: knownFiguresSchema,
  candidate: knownFiguresSchema,
  /** True ones that the candidate gives no alarm of, newest first; at most 50. */
  missed: Type.Array(
    Type.Object({
      incident: Type.String(),
      site: Type.Union([Type.String(), Type.Null()]),
      /** When its first alarm was, epoch ms, and which. */
      at: instant,
      firstOut: Type.String(),
      peakLevel: levelSchema,
      /** The version in force gives one. */
      byActive: Type.Boolean(),
    }),
  ),
});

/** The report of a back-test. */
export const backtestSchema = Type.Object({
  format: Type.Literal(1),
  /** Names the content of the change: what was drafted, not by whom and why. */
  hash: Type.String(),
  change: ruleChangeSchema,
  /** The version that it was held against; null where none was in force. */
  against: Type.Union([Type.Integer(), Type.Null()]),
  source: Type.Union([Type.Literal("journal"), Type.Literal("historian")]),
  /** What was compared, epoch ms; `to` is not part of it. Judging began at `judgedFrom`. */
  judgedFrom: instant,
  from: instant,
  to: instant,
  /** When it was run, and how long that took. */
  ranAt: instant,
  tookMs: Type.Number(),
  /** The sites that the change can touch: nothing else was judged. */
  sites: Type.Array(Type.String()),
  points: count,
  /** Samples, each judged by both sides. */
  samples: count,
  samplesPerSecond: Type.Number(),
  differences: differencesSchema,
  /** Alarms with differences, the most first; at most 200. */
  alarms: Type.Array(alarmDifferencesSchema),
  examples: Type.Array(exampleSchema),
  active: sideSchema,
  candidate: sideSchema,
  /** Absent where there was no table of incidents to hold it against. */
  known: Type.Optional(knownEventsSchema),
});

/** How the alarms of two rule sets differ. */
export type Differences = Static<typeof differencesSchema>;
/** One way in which a raise may differ. */
export type DifferenceKind = (typeof differenceKinds)[number];
/** One raise that differs. */
export type Example = Static<typeof exampleSchema>;
/** The differences of one alarm. */
export type AlarmDifferences = Static<typeof alarmDifferencesSchema>;
/** The load of one side. */
export type SideFigures = Static<typeof sideSchema>;
/** What one side gives an alarm of. */
export type KnownFigures = Static<typeof knownFiguresSchema>;
/** Verified events beside the alarm of a rule. */
export type KnownEvents = Static<typeof knownEventsSchema>;
/** The report of a back-test. */
export type BacktestReport = Static<typeof backtestSchema>;

/** What a shadow has seen: the candidate live, but silent. */
export interface ShadowStatus {
  readonly source: string;
  readonly rule: string;
  readonly direction: "high" | "low" | "none";
  readonly version: number;
  /** Server time from which on it compares, epoch ms: a start of the server starts it anew. */
  readonly since: number;
  readonly samples: number;
  readonly differences: Differences;
  /** The newest of each kind. */
  readonly examples: readonly Example[];
  /** The share of all time that the server spends on it. */
  readonly timeShare: number;
  /** Why it runs no more; null while it does. */
  readonly ended: { readonly at: number; readonly reason: string } | null;
}
