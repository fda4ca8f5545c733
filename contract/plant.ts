// What is watched: regions, sites, items, points and their limits, with every number already worked out.
import { Type, type Static } from "typebox";
import { conditionSchema, provenanceSchema } from "./condition.ts";
import { drawingSchema } from "./drawing.ts";
import { pointSamplingSchema, siteSamplingSchema } from "./sampling-schema.ts";

const textSchema = Type.Object({ zh: Type.String(), en: Type.String() });
const levelSchema = Type.Union([
  Type.Literal("blue"),
  Type.Literal("yellow"),
  Type.Literal("orange"),
  Type.Literal("red"),
]);
const durationSchema = Type.Number({ minimum: 0 });
const perLevel = <T extends Type.TSchema>(schema: T) =>
  Type.Object({
    blue: Type.Optional(schema),
    yellow: Type.Optional(schema),
    orange: Type.Optional(schema),
    red: Type.Optional(schema),
  });

/** A version of a rule; in force from `validFrom` (epoch ms) until a newer one is. */
export const ruleVersionSchema = Type.Object({
  version: Type.Integer({ minimum: 1 }),
  validFrom: Type.Number(),
  approver: Type.Union([Type.String(), Type.Null()]),
  /** Who wrote it, and why; absent in versions that came with a configuration. */
  author: Type.Optional(Type.String()),
  reason: Type.Optional(Type.String()),
  /** Each level is on when any one of its conditions is. */
  levels: perLevel(Type.Array(conditionSchema, { minItems: 1 })),
});

/** A rule on a point, an item or a site: levels in one direction; none where what is judged is a truth. */
export const ruleSchema = Type.Object({
  /** `limit` for the two rules on the value itself; else a name of its own, which never changes. */
  id: Type.String(),
  /** What a person calls it; absent where the point's name says enough. */
  name: Type.Optional(textSchema),
  direction: Type.Union([Type.Literal("high"), Type.Literal("low"), Type.Literal("none")]),
  /** Latched kinds (gas, flame, trips) stay at their worst level until reset. */
  latch: Type.Boolean(),
  /** False where no mark may stand while it is abnormal: overfill, overtopping. @default true */
  mayMark: Type.Optional(Type.Boolean()),
  /** What to do, where that is another card than the point's; rules of a site have none but this. */
  actionCard: Type.Optional(Type.String()),
  versions: Type.Array(ruleVersionSchema, { minItems: 1 }),
});

const stuckLevelSchema = Type.Union([Type.Literal("blue"), Type.Literal("yellow"), Type.Literal("orange")]);

/** The quality tests that look at more than one sample (IOOS QARTOD); a test that is absent is not made. */
export const qualityTestsSchema = Type.Object({
  /** Test 6: so far from the value before, in the point's unit, is suspect until the next one confirms it. */
  spike: Type.Optional(Type.Object({ suspect: Type.Number({ exclusiveMinimum: 0 }) })),
  /** Test 7: faster than this, in the point's unit a second, likewise. */
  rateOfChange: Type.Optional(Type.Object({ perSecond: Type.Number({ exclusiveMinimum: 0 }) })),
  /** Test 8: not moved by one step of its resolution for so long; later stages have higher levels. */
  flatLine: Type.Optional(
    Type.Array(Type.Object({ afterMs: Type.Number({ exclusiveMinimum: 0 }), level: stuckLevelSchema }), {
      minItems: 1,
    }),
  ),
  /** Test 9: over a window of this length the standard deviation was less than `least`. */
  attenuated: Type.Optional(
    Type.Object({
      windowMs: Type.Number({ exclusiveMinimum: 0 }),
      least: Type.Number({ exclusiveMinimum: 0 }),
      level: stuckLevelSchema,
    }),
  ),
  /** Where the numbers come from. */
  provenance: Type.String(),
});

const interval = Type.Tuple([Type.Number(), Type.Number()]);

/** One measured quantity. */
export const pointSchema = Type.Object({
  /** `site/code`, stable when the device is replaced. */
  id: Type.String(),
  code: Type.String(),
  site: Type.String(),
  /** `site/item`: points of one kind are one statutory item (监测项目). */
  item: Type.String(),
  /** `site/device` that is expected to report it. */
  device: Type.String(),
  kind: Type.String(),
  /** A part of the site whose points are judged together, such as a bund; absent where the site is one. */
  zone: Type.Optional(Type.String()),
  /** True where its alarms are about devices and not about the process (battery, signal, calibration). Absent: false. */
  isData: Type.Optional(Type.Boolean()),
  /** What it tells of its device; absent where it tells of something else. */
  health: Type.Optional(Type.Union([Type.Literal("battery"), Type.Literal("signal")])),
  name: textSchema,
  unit: Type.String(),
  /** Values and limits are rounded to this step before they are compared. */
  resolution: Type.Number({ exclusiveMinimum: 0 }),
  decimals: Type.Integer({ minimum: 0, maximum: 6 }),
  /** Beyond the sensor's range a value is saturated or bad; beyond the operator's it is suspect. */
  range: Type.Object({ sensor: interval, operator: interval }),
  overRange: Type.Union([Type.Literal("saturated"), Type.Literal("fault")]),
  report: Type.Union([Type.Object({ everyMs: Type.Number({ exclusiveMinimum: 0 }) }), Type.Literal("onChange")]),
  /** Where this is learned, it holds until enough was heard. */
  silentAfterMs: Type.Number({ minimum: 1 }),
  /** `silentAfterMs` is learned from how the point speaks, within these bounds; absent where it is as it stands. */
  learnSilence: Type.Optional(
    Type.Object({ floorMs: Type.Number({ minimum: 1 }), ceilingMs: Type.Number({ minimum: 1 }) }),
  ),
  /** After how long without a message the data alarm has which level. */
  silence: perLevel(durationSchema),
  /** Absent where the point speaks as often in every profile of its site. */
  sampling: Type.Optional(pointSamplingSchema),
  /** Absent where nothing but the ranges is tested, as of switches and states. */
  quality: Type.Optional(qualityTestsSchema),
  /** Key points decide whether a site may be called normal. */
  isKey: Type.Boolean(),
  rules: Type.Array(ruleSchema),
  /** Design parameters that limits of this point still wait for: until they are entered it is "not configured", never normal. */
  notConfigured: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
  /** What to do at each level: a key of the plan's `actionCards`. */
  actionCard: Type.Union([Type.String(), Type.Null()]),
});

/** How members make the level of the whole (GB 39496-2020 5.5.4, or worst-of). */
export const rollupSchema = Type.Union([
  Type.Object({ kind: Type.Literal("worstOf") }),
  Type.Object({
    kind: Type.Literal("ladder"),
    /** Members needed to lift to that level: 4 blue → yellow, 3 yellow → orange, 2 orange → red. */
    need: Type.Object({ yellow: Type.Integer(), orange: Type.Integer(), red: Type.Integer() }),
    carry: Type.Union([Type.Literal("none"), Type.Literal("one"), Type.Literal("each")]),
    clause: Type.String(),
  }),
]);

/** The points of one kind on one site. */
export const itemSchema = Type.Object({
  id: Type.String(),
  site: Type.String(),
  name: textSchema,
  rollup: rollupSchema,
  points: Type.Array(Type.String()),
});

/** The major-hazard grade of a site, worked out from what it holds (GB 18218-2018). */
export const hazardSchema = Type.Object({
  /** S = Σ q/Q; null where a substance is not in the tables. */
  sum: Type.Union([Type.Number(), Type.Null()]),
  /** R = α · Σ β·q/Q; null likewise. */
  index: Type.Union([Type.Number(), Type.Null()]),
  /** 1 is the worst; null where it is no major hazard, or not to be known. */
  grade: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3), Type.Literal(4), Type.Null()]),
  /** Why there is no grade; null where there is one. */
  reason: Type.Union([Type.Literal("belowCritical"), Type.Literal("unknownSubstance"), Type.Null()]),
  /** Substances that the tables do not know. */
  unknown: Type.Array(Type.String()),
  provenance: provenanceSchema,
});

/** A place that is watched. */
export const siteSchema = Type.Object({
  id: Type.String(),
  name: textSchema,
  shortName: textSchema,
  county: Type.String(),
  town: textSchema,
  sector: Type.String(),
  /** WGS-84 degrees. */
  lng: Type.Number(),
  lat: Type.Number(),
  /** The class of its major hazard, 1 the gravest (GB 18218-2018), and where that stands; absent where nobody has said. */
  risk: Type.Optional(
    Type.Object({
      grade: Type.Union([Type.Literal(1), Type.Literal(2), Type.Literal(3), Type.Literal(4)]),
      provenance: Type.String(),
    }),
  ),
  rollup: rollupSchema,
  items: Type.Array(Type.String()),
  devices: Type.Array(Type.String()),
  facts: Type.Array(Type.Object({ name: textSchema, value: textSchema })),
  /** Absent where nobody has stated what the site holds. */
  hazard: Type.Optional(hazardSchema),
  /** Compound rules over its points and alarms: joint conditions only. Absent: none. */
  rules: Type.Optional(Type.Array(ruleSchema)),
  /** Absent where it is never sampled more often than usual. */
  sampling: Type.Optional(siteSamplingSchema),
  /** What the site looks like; absent where nobody has drawn it. */
  drawing: Type.Optional(drawingSchema),
});

/** The box at the site that speaks MQTT. */
export const deviceSchema = Type.Object({ id: Type.String(), site: Type.String(), code: Type.String() });

/** Who answers: from the enterprise that owns the hazard up to the city. */
export const tiers = ["enterprise", "township", "county", "city"] as const;
/** One of the four answering tiers. */
export type Tier = (typeof tiers)[number];
const tierSchema = Type.Union([
  Type.Literal("enterprise"),
  Type.Literal("township"),
  Type.Literal("county"),
  Type.Literal("city"),
]);

const dutySchema = Type.Array(
  Type.Object({
    tier: tierSchema,
    withinMs: Type.Number({ minimum: 1 }),
    /** The department that answers for this tier; absent in plans of record that are older than departments. */
    department: Type.Optional(textSchema),
  }),
  { minItems: 1 },
);
const dutiesSchema = Type.Object({ blue: dutySchema, yellow: dutySchema, orange: dutySchema, red: dutySchema });

/** The steps of an incident that are owed by one tier; `received` is owed by whoever owes the answer to the alarm. */
export const owedSteps = ["verified", "disposing", "reported", "reviewed", "archived"] as const;
const owedStepSchema = Type.Object({ tier: tierSchema, withinMs: Type.Number({ minimum: 1 }) });
/** Which tier owes which step of an incident, within how long of its opening; a step that is absent has no time. */
const stepDutiesSchema = Type.Object({
  verified: Type.Optional(owedStepSchema),
  disposing: Type.Optional(owedStepSchema),
  reported: Type.Optional(owedStepSchema),
  reviewed: Type.Optional(owedStepSchema),
  archived: Type.Optional(owedStepSchema),
});

/** Which tiers owe an answer at which level, by when, and when an alarm asks again. */
export const routingSchema = Type.Object({
  process: dutiesSchema,
  data: dutiesSchema,
  /** Sectors of counties that are routed otherwise, each as a whole: what is not here is as above. */
  routes: Type.Optional(
    Type.Array(
      Type.Object({ sector: Type.String(), county: Type.String(), process: dutiesSchema, data: dutiesSchema }),
    ),
  ),
  /** What an incident owes by the level of its alarms; absent in plans of record that are older than incidents. */
  incident: Type.Optional(perLevel(stepDutiesSchema)),
  /** Unacknowledged this long: asks again. */
  reAlarmUnacknowledgedMs: perLevel(Type.Number({ minimum: 1000 })),
  /** Acknowledged but still abnormal this long: asks again. */
  reAlarmAcknowledgedMs: perLevel(Type.Number({ minimum: 1000 })),
});

/** Everything that the monitor needs to know of the plant: the plan of record. */
export const planSchema = Type.Object({
  city: Type.Object({ id: Type.String(), name: textSchema }),
  counties: Type.Array(Type.Object({ id: Type.String(), name: textSchema })),
  sectors: Type.Array(
    Type.Object({
      id: Type.String(),
      name: textSchema,
      /** The outline of a normal site on the map. */
      outline: Type.Union([Type.Literal("square"), Type.Literal("trapezoid"), Type.Literal("circle")]),
    }),
  ),
  sites: Type.Array(siteSchema),
  items: Type.Array(itemSchema),
  points: Type.Array(pointSchema),
  devices: Type.Array(deviceSchema),
  routing: routingSchema,
  /** Action cards by id: what to do at each level. */
  actionCards: Type.Record(Type.String(), perLevel(textSchema)),
  /** A transition this far behind the clock is "found late". */
  lateAfterMs: durationSchema,
});

export { levelSchema, textSchema, tierSchema };
/** A version of a rule. */
export type RuleVersion = Static<typeof ruleVersionSchema>;
/** A rule on a point. */
export type Rule = Static<typeof ruleSchema>;
/** The quality tests of a point that look at more than one sample. */
export type QualityTests = Static<typeof qualityTestsSchema>;
/** One measured quantity. */
export type Point = Static<typeof pointSchema>;
/** How members make the level of the whole. */
export type Rollup = Static<typeof rollupSchema>;
/** The points of one kind on one site. */
export type Item = Static<typeof itemSchema>;
/** The major-hazard grade of a site. */
export type Hazard = Static<typeof hazardSchema>;
/** A place that is watched. */
export type Site = Static<typeof siteSchema>;
/** The box at the site that speaks MQTT. */
export type Device = Static<typeof deviceSchema>;
/** Who owes an answer, by when. */
export type Routing = Static<typeof routingSchema>;
/** Which tier owes which step of an incident, by when. */
export type StepDuties = Static<typeof stepDutiesSchema>;
/** The plan of record. */
export type Plan = Static<typeof planSchema>;
