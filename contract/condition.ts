// What a level judges: every kind of condition, with one shape for their delays, deadband and result (semantics §2, §4).
import { Type, type Static } from "typebox";
import type { Level } from "./level.ts";
import type { Quality } from "./sample.ts";

const duration = Type.Number({ minimum: 0 });
const window = Type.Number({ exclusiveMinimum: 0 });
const samples = Type.Integer({ minimum: 2 });
const pointId = Type.String();
const side = Type.Union([Type.Literal("high"), Type.Literal("low")]);

/** Who answers for a number, and where it can be looked up. */
export const provenanceSchema = Type.Object({
  /** `standard`: its clause; `design-doc`: the design institute's; `unstated`: nobody has accounted for it. */
  from: Type.Union([
    Type.Literal("standard"),
    Type.Literal("design-doc"),
    Type.Literal("manufacturer"),
    Type.Literal("product-default"),
    Type.Literal("unstated"),
  ]),
  /** Clause, document or reason in words; empty where there is none. */
  clause: Type.String(),
  /** The same in Chinese; absent where the clause reads alike in both languages, or nobody has worded it. */
  clauseZh: Type.Optional(Type.String()),
  /** False until somebody has held the number against what it is said to come from; every screen says so. */
  isConfirmed: Type.Boolean(),
});
/** Who answers for a number. */
export type Provenance = Static<typeof provenanceSchema>;

/** What every condition has: where it is violated, where it has returned, and how long each must last. */
const timing = {
  /** In the unit of the quantity that the kind judges; 1 where it is a truth. */
  setpoint: Type.Number(),
  deadband: Type.Number({ minimum: 0 }),
  onDelayMs: duration,
  onSamples: Type.Integer({ minimum: 1 }),
  offDelayMs: duration,
  provenance: provenanceSchema,
};

/** The value itself, in the point's unit (semantics §2). */
export const limitSchema = Type.Object({ kind: Type.Literal("limit"), ...timing });

/** 1 while the value is one of a set (valve fault, bypass, command mismatch), else 0. */
export const stateSchema = Type.Object({ kind: Type.Literal("state"), values: Type.Array(Type.Number()), ...timing });

/** How fast the value moves, in the point's unit per `perMs`. */
export const rateSchema = Type.Object({
  kind: Type.Literal("rate"),
  /** `difference`: v(t) − v(t−W). `regression`: the slope over (t−W, t]. */
  method: Type.Union([Type.Literal("difference"), Type.Literal("regression")]),
  windowMs: window,
  /** Of the regression. */
  minSamples: samples,
  perMs: window,
  /** True where the amount counts and not its sign. */
  isAbsolute: Type.Boolean(),
  ...timing,
});

/** The sum of the values over (t−W, t], in the point's unit (rain). */
export const sumSchema = Type.Object({ kind: Type.Literal("sum"), windowMs: window, ...timing });

/** |v − median| / MAD over a baseline of hourly medians (720: 30 days), renewed hourly; without a unit. */
export const deviationSchema = Type.Object({
  kind: Type.Literal("deviation"),
  hours: Type.Integer({ minimum: 2 }),
  ...timing,
});

/** The larger of the two sums of Page's CUSUM, in σ: S⁺ = max(0, S⁺ + z − k), S⁻ = max(0, S⁻ − z − k), z = (v − target) / σ. */
export const cusumSchema = Type.Object({
  kind: Type.Literal("cusum"),
  /** In the point's unit. */
  target: Type.Number(),
  sigma: Type.Number({ exclusiveMinimum: 0 }),
  /** The allowance, in σ; half of the shift that is to be found. */
  allowance: Type.Number({ minimum: 0 }),
  ...timing,
});

const crossing = Type.Object({ direction: side, setpoint: Type.Number() });

/** How long a condition on the value has held within (t−W, t], in ms, since the last sample that met `reset`. */
export const accumulateSchema = Type.Object({
  kind: Type.Literal("accumulate"),
  windowMs: window,
  while: crossing,
  reset: Type.Union([crossing, Type.Null()]),
  ...timing,
});

/** Time until something happens, in hours; undefined ("no forecast, because …") where the gates do not let it through. */
export const forecastSchema = Type.Object({
  kind: Type.Literal("forecast"),
  /** `line`: until the value reaches `target` on a straight line. `inverseVelocity`: until 1/v reaches 0 (Fukuzono 1985). */
  method: Type.Union([Type.Literal("line"), Type.Literal("inverseVelocity")]),
  windowMs: window,
  minSamples: samples,
  /** Of the straight line: in the point's unit. */
  target: Type.Union([Type.Number(), Type.Null()]),
  /** Noise of one sample (σ), in the point's unit: slower than three times what it feigns is no motion. */
  noise: Type.Number({ minimum: 0 }),
  /** Least coefficient of determination of the fit. */
  minR2: Type.Number({ minimum: 0, maximum: 1 }),
  /** Farther away than this is no forecast. */
  horizonMs: window,
  ...timing,
});

/** 1 while k of n members are violated within `windowMs` before t, else 0. */
export const voteSchema = Type.Object({
  kind: Type.Literal("vote"),
  members: Type.Array(pointId, { minItems: 1 }),
  violated: crossing,
  need: Type.Integer({ minimum: 1 }),
  windowMs: duration,
  ...timing,
});

/** Difference or ratio of two points whose samples lie within `skewMs` of each other. */
export const pairSchema = Type.Object({
  kind: Type.Literal("pair"),
  method: Type.Union([Type.Literal("difference"), Type.Literal("ratio")]),
  of: pointId,
  to: pointId,
  skewMs: duration,
  isAbsolute: Type.Boolean(),
  ...timing,
});

/** A three-valued expression over points and alarms. */
export type Expression =
  | { readonly all: readonly Expression[] }
  | { readonly any: readonly Expression[] }
  | { readonly not: Expression }
  /** What was last known holds for so long, ms, once it is unknown. */
  | { readonly hold: Expression; readonly forMs: number }
  /** The point's latest value violates a limit. */
  | { readonly violated: { readonly point: string; readonly direction: "high" | "low"; readonly setpoint: number } }
  /** The point's latest value is one of these. */
  | { readonly state: { readonly point: string; readonly values: readonly number[] } }
  /** k of n members were violated within `windowMs` before t; by the rules of the kind `vote`. */
  | { readonly vote: Vote }
  /** An alarm of the source (point, item or site; of this rule, or of any) is on at this level or higher. */
  | { readonly level: { readonly source: string; readonly rule: string | null; readonly atLeast: Level } }
  /** Never unknown. */
  | { readonly silent: string }
  /** Never unknown. */
  | { readonly lagging: string };

/** 1 while an expression is true, 0 while it is false, undefined while it is unknown. */
export const combineSchema = Type.Object({
  kind: Type.Literal("combine"),
  expression: Type.Unsafe<Expression>({ type: "object" }),
  ...timing,
});

/** 1 from the time of day at which nothing has come since the day began, until it comes or the next day begins. */
export const missingEventSchema = Type.Object({
  kind: Type.Literal("missingEvent"),
  point: pointId,
  /** Time of day by which it is due, ms after midnight of the site's clock. */
  dueMs: Type.Number({ minimum: 0, maximum: 86_400_000 }),
  /** The site's clock, ms ahead of UTC. */
  zoneMs: Type.Number(),
  ...timing,
});

/** 1 while a position lies on the wrong side of a polygon's edge or a corridor's, else 0. */
export const geofenceSchema = Type.Object({
  kind: Type.Literal("geofence"),
  /** The points that hold longitude and latitude, WGS-84 degrees. */
  lng: pointId,
  lat: pointId,
  /** Corners of a polygon, or the line of a corridor with its half width in m. */
  shape: Type.Union([
    Type.Object({ polygon: Type.Array(Type.Tuple([Type.Number(), Type.Number()]), { minItems: 3 }) }),
    Type.Object({
      corridor: Type.Array(Type.Tuple([Type.Number(), Type.Number()]), { minItems: 2 }),
      halfWidthM: Type.Number({ exclusiveMinimum: 0 }),
    }),
  ]),
  wrong: Type.Union([Type.Literal("inside"), Type.Literal("outside")]),
  /** The two coordinates belong together when their samples lie within this of each other. */
  skewMs: duration,
  ...timing,
});

/** Conditions on the point's own samples. */
export const ownConditionSchema = Type.Union([
  limitSchema,
  stateSchema,
  rateSchema,
  sumSchema,
  deviationSchema,
  cusumSchema,
  accumulateSchema,
  forecastSchema,
]);
/** Conditions on several points, judged once an instant after each point's own (semantics §1, Instants). */
export const jointConditionSchema = Type.Union([
  voteSchema,
  pairSchema,
  combineSchema,
  missingEventSchema,
  geofenceSchema,
]);
/** One condition of a level. */
export const conditionSchema = Type.Union([ownConditionSchema, jointConditionSchema]);

/** A limit on a value. */
export type Limit = Static<typeof limitSchema>;
/** A value in a set. */
export type StateCondition = Static<typeof stateSchema>;
/** A rate of change. */
export type RateCondition = Static<typeof rateSchema>;
/** A rolling sum. */
export type SumCondition = Static<typeof sumSchema>;
/** A deviation from a baseline. */
export type DeviationCondition = Static<typeof deviationSchema>;
/** A drift found by CUSUM. */
export type CusumCondition = Static<typeof cusumSchema>;
/** A time that adds up. */
export type AccumulateCondition = Static<typeof accumulateSchema>;
/** A forecast. */
export type ForecastCondition = Static<typeof forecastSchema>;
/** A vote of members. */
export type VoteCondition = Static<typeof voteSchema>;
/** What a vote is about, whether it is a condition of its own or part of an expression. */
export type Vote = Pick<VoteCondition, "members" | "violated" | "need" | "windowMs">;
/** A value on the wrong side of a setpoint, inclusive. */
export type Crossing = Static<typeof crossing>;
/** Two points held against each other. */
export type PairCondition = Static<typeof pairSchema>;
/** An expression over points and alarms. */
export type CombineCondition = Static<typeof combineSchema>;
/** Something that was due and did not come. */
export type MissingEventCondition = Static<typeof missingEventSchema>;
/** A position on the wrong side. */
export type GeofenceCondition = Static<typeof geofenceSchema>;
/** A condition on the point's own samples. */
export type OwnCondition = Static<typeof ownConditionSchema>;
/** A condition on several points. */
export type JointCondition = Static<typeof jointConditionSchema>;
/** One condition of a level. */
export type Condition = OwnCondition | JointCondition;

/** What a kind makes of its inputs at one instant; the limit's delays and deadband then judge `value` (semantics §2). */
export interface Quantity {
  /** In the condition's own unit; null where it is undefined: then nothing is raised and nothing returned. */
  readonly value: number | null;
  /** The worst quality among what it was made of, as far as that may matter: good, suspect or saturated. */
  readonly quality: Quality;
  /** False where it may raise but not return: too little of the window is covered, or a member is not to be trusted. */
  readonly mayReturn: boolean;
  /** Why there is no value, or what stands beside it ("reduced", "by loss", "lower bound"): a code for the texts; null for nothing. */
  readonly note: string | null;
  /** The numbers that explain it. */
  readonly values: Readonly<Record<string, string | number>>;
}

/** One believable sample of the point, as the kinds on its own samples hear it: good, unknown, suspect or saturated. */
export interface OwnSample {
  /** Event time, epoch ms. */
  readonly sourceAt: number;
  /** In the point's unit. */
  readonly value: number;
  readonly quality: Quality;
}

/** The point's good samples of the last `windowMs`, ascending by time, late ones in their place; this sample's own is the last. */
export interface Window {
  readonly length: number;
  /** `sourceAt` of the n-th, epoch ms. */
  readonly timeAt: (nth: number) => number;
  readonly valueAt: (nth: number) => number;
  /** The interval at which the point should report, ms; null where it reports by exception. */
  readonly everyMs: number | null;
  /** The point's step: sums are kept in whole steps (semantics §1, Numbers). */
  readonly step: number;
}

/** A kind of condition on the point's own samples: pure, its memory `S` is plain data that a checkpoint can copy. */
export interface OwnKind<C extends OwnCondition, S> {
  /** Before the first sample. */
  readonly initial: (condition: C) => S;
  /** How much of the past it wants to see, ms; 0 for nothing but the sample itself. */
  readonly windowMs: (condition: C) => number;
  /** Takes the next sample in; the state that it was given stays as it is. */
  readonly step: (
    condition: C,
    state: S,
    heard: { readonly sample: OwnSample; readonly window: Window },
  ) => { readonly state: S; readonly quantity: Quantity };
}

/** What a joint kind may know of one member at the instant that it judges. */
export interface Member {
  /** The newest value, rounded to the step; null where there is none to believe: never heard, silent, or newest is bad. */
  readonly value: number | null;
  /** Event time of the newest judged sample, epoch ms; 0 before the first. */
  readonly sourceAt: number;
  /** The member's step: values and the limits that they are held against are rounded to it. */
  readonly step: number;
  readonly quality: Quality;
  /** Over range: the direction in which it violates every limit, whatever the number; null while it is within. */
  readonly saturated: "high" | "low" | null;
  /** Silent, never heard, or of a device that is not there. */
  readonly isSilent: boolean;
  readonly isLagging: boolean;
  readonly isOutOfService: boolean;
  /** The instant at which it was found silent or bad, event time; null while it is neither, and where it was never heard. */
  readonly lostAt: number | null;
}

/** What a joint kind may look at. */
export interface Around {
  /** The instant, event time. */
  readonly at: number;
  readonly member: (point: string) => Member;
  /** The highest level on of the source's alarms (of one rule, or of any); `unknown` where nothing believable is known. */
  readonly levelOf: (source: string, rule: string | null) => Level | null | "unknown";
}

/** A kind of condition on several points: pure, its memory `S` is plain data that a checkpoint can copy. */
export interface JointKind<C extends JointCondition | Vote, S> {
  readonly initial: (condition: C) => S;
  /** The points whose instants make it judge anew; alarms that it looks at are named by `sources`. */
  readonly members: (condition: C) => readonly string[];
  readonly sources: (condition: C) => readonly string[];
  /** Judges one instant; the state that it was given stays as it is, and is returned itself where nothing changes. */
  readonly step: (condition: C, state: S, around: Around) => { readonly state: S; readonly quantity: Quantity };
  /** When time alone would change its result after that instant, epoch ms (a hold that ends, a time of day that comes); null for never. */
  readonly dueAt: (condition: C, state: S, at: number) => number | null;
}
