// The shape of the files under config/: which keys there may be; what must be there is the builder's to say.
import { Type, type Static } from "typebox";
import { drawingSchema } from "../../contract/drawing.ts";
import type { Level } from "../../contract/level.ts";
import { tiers } from "../../contract/plant.ts";

// Every key is optional here, so that a file with one broken value can still be cross-checked everywhere else.
// Where two types are allowed, JSON Schema's `type: [a, b]` gives one plain fault where a union would give three.
const strict = { additionalProperties: false } as const;
const identifier = "^[A-Za-z][A-Za-z0-9_]*$";
const whole = Type.Optional(Type.Integer({ minimum: 1 }));
const duration = Type.Optional(Type.Number({ minimum: 0 }));
const string = Type.Optional(Type.String());

const label = Type.Unsafe<string | number>({ type: ["string", "integer"] });
const text = Type.Unsafe<string | { readonly zh?: string; readonly en?: string }>({
  type: ["string", "object"],
  properties: { zh: { type: "string" }, en: { type: "string" } },
  ...strict,
});
const amount = Type.Unsafe<number | string>({ type: ["number", "string"] });

const eachLevel = <T extends Type.TSchema>(schema: T) =>
  Type.Object(
    {
      blue: Type.Optional(schema),
      yellow: Type.Optional(schema),
      orange: Type.Optional(schema),
      red: Type.Optional(schema),
    },
    strict,
  );

const conditionSchema = Type.Object(
  {
    setpoint: Type.Optional(amount),
    deadband: Type.Optional(amount),
    onDelayMs: duration,
    offDelayMs: duration,
    onSamples: whole,
    provenance: string,
  },
  strict,
);
/** One condition as written. */
export type ConditionFile = Static<typeof conditionSchema>;

/** One condition, several of which any one will do, or null: this level is taken away from the kind's rule. */
const levelSchema = Type.Unsafe<ConditionFile | readonly ConditionFile[] | null>({
  type: ["object", "array", "null"],
  properties: conditionSchema.properties,
  ...strict,
  items: conditionSchema,
  minItems: 1,
});
const levelsSchema = eachLevel(levelSchema);
/** The levels of a rule as written. */
export type LevelsFile = Static<typeof levelsSchema>;

const versionSchema = Type.Object(
  {
    version: whole,
    validFrom: Type.Optional(amount),
    approver: Type.Optional(Type.Unsafe<string | null>({ type: ["string", "null"] })),
    levels: Type.Optional(levelsSchema),
  },
  strict,
);
/** A version of a rule as written. */
export type VersionFile = Static<typeof versionSchema>;

/** A rule as written: its levels, or its versions; null on a point takes the kind's rule away. */
export type RuleFile = LevelsFile & {
  readonly versions?: readonly VersionFile[];
  /** False: no mark may stand while it is abnormal (overfill, overtopping). */
  readonly mayMark?: boolean;
};
const ruleSchema = Type.Unsafe<RuleFile | null>({
  type: ["object", "null"],
  properties: {
    ...levelsSchema.properties,
    versions: Type.Array(versionSchema, { minItems: 1 }),
    mayMark: { type: "boolean" },
  },
  ...strict,
});

const stuckLevel = Type.Optional(Type.Enum(["blue", "yellow", "orange"]));
const orNone = <T>(properties: Record<string, Type.TSchema>) =>
  Type.Optional(Type.Unsafe<T | null>({ type: ["object", "null"], properties, ...strict }));
const qualityProperties = {
  spike: orNone<{ readonly suspect?: number | string }>({ suspect: amount }),
  rateOfChange: orNone<{ readonly perSecond?: number | string }>({ perSecond: amount }),
  flatLine: Type.Optional(
    Type.Unsafe<readonly FlatLineFile[] | null>({
      type: ["array", "null"],
      items: Type.Object({ afterMs: Type.Optional(Type.Number({ exclusiveMinimum: 0 })), level: stuckLevel }, strict),
      minItems: 1,
    }),
  ),
  attenuated: orNone<AttenuatedFile>({
    windowMs: Type.Number({ exclusiveMinimum: 0 }),
    least: amount,
    level: stuckLevel,
  }),
  provenance: string,
};
/** A stage of the flat-line test as written. */
export interface FlatLineFile {
  readonly afterMs?: number;
  readonly level?: "blue" | "yellow" | "orange";
}
/** The test for an attenuated signal as written. */
export interface AttenuatedFile {
  readonly windowMs?: number;
  readonly least?: number | string;
  readonly level?: "blue" | "yellow" | "orange";
}
/** Quality tests as written: a point's lie over its kind's test by test; null takes one away, or all of them. */
export type QualityFile = Static<Type.TObject<typeof qualityProperties>>;

const interval = Type.Optional(Type.Array(amount, { minItems: 2, maxItems: 2 }));
const traits = {
  name: Type.Optional(text),
  unit: string,
  decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
  resolution: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  range: Type.Optional(Type.Object({ sensor: interval, operator: interval }, strict)),
  overRange: Type.Optional(Type.Enum(["saturated", "fault"])),
  report: Type.Optional(
    Type.Unsafe<"onChange" | { readonly everyMs?: number }>({
      type: ["string", "object"],
      pattern: "^onChange$",
      properties: { everyMs: { type: "number", exclusiveMinimum: 0 } },
      ...strict,
    }),
  ),
  silentAfterMs: Type.Optional(Type.Number({ minimum: 1 })),
  silence: Type.Optional(eachLevel(Type.Number({ minimum: 0 }))),
  quality: Type.Optional(
    Type.Unsafe<QualityFile | null>({ type: ["object", "null"], properties: qualityProperties, ...strict }),
  ),
  isKey: Type.Optional(Type.Boolean()),
  item: Type.Optional(Type.String({ pattern: identifier })),
  latch: Type.Optional(Type.Boolean()),
  actionCard: string,
  rules: Type.Optional(Type.Object({ high: Type.Optional(ruleSchema), low: Type.Optional(ruleSchema) }, strict)),
};
const kindSchema = Type.Object(traits, strict);
/** A kind of point as written. */
export type KindFile = Static<typeof kindSchema>;

const pointSchema = Type.Object(
  { code: Type.Optional(label), kind: string, device: Type.Optional(label), ...traits },
  strict,
);
/** A point as written. */
export type PointFile = Static<typeof pointSchema>;

const ladderSchema = Type.Object(
  {
    need: Type.Optional(Type.Object({ yellow: whole, orange: whole, red: whole }, strict)),
    carry: Type.Optional(Type.Enum(["none", "one", "each"])),
    clause: string,
  },
  strict,
);
/** A roll-up as written. */
export type RollupFile = string | { readonly ladder?: Static<typeof ladderSchema> };
const rollupSchema = Type.Unsafe<RollupFile>({
  type: ["string", "object"],
  pattern: "^worstOf$",
  properties: { ladder: ladderSchema },
  ...strict,
});

const parametersSchema = Type.Record(Type.String({ pattern: identifier }), amount, strict);
const actionCardsSchema = Type.Record(Type.String({ pattern: identifier }), eachLevel(text), strict);

/** A file of packs/: one sector's catalogue. */
export const packFileSchema = Type.Object(
  {
    sector: string,
    name: Type.Optional(text),
    outline: Type.Optional(Type.Enum(["square", "trapezoid", "circle"])),
    rollup: Type.Optional(
      Type.Object({ site: Type.Optional(rollupSchema), item: Type.Optional(rollupSchema) }, strict),
    ),
    tables: Type.Optional(
      Type.Record(Type.String({ pattern: identifier }), Type.Record(Type.String(), Type.Number()), strict),
    ),
    parameters: Type.Optional(parametersSchema),
    actionCards: Type.Optional(actionCardsSchema),
    kinds: Type.Optional(Type.Record(Type.String({ pattern: identifier }), kindSchema, strict)),
  },
  strict,
);
/** A pack as written. */
export type PackFile = Static<typeof packFileSchema>;

const siteSchema = Type.Object(
  {
    id: string,
    name: Type.Optional(text),
    shortName: Type.Optional(text),
    county: Type.Optional(label),
    town: Type.Optional(text),
    sector: string,
    lng: Type.Optional(Type.Number({ minimum: -180, maximum: 180 })),
    lat: Type.Optional(Type.Number({ minimum: -90, maximum: 90 })),
    risk: Type.Optional(
      Type.Object({ grade: Type.Optional(Type.Integer({ minimum: 1, maximum: 4 })), provenance: string }, strict),
    ),
    facts: Type.Optional(Type.Array(Type.Object({ name: Type.Optional(text), value: Type.Optional(text) }, strict))),
    parameters: Type.Optional(parametersSchema),
    devices: Type.Optional(Type.Array(label, { minItems: 1 })),
    points: Type.Optional(Type.Array(pointSchema)),
  },
  strict,
);
/** A site as written. */
export type SiteFile = Static<typeof siteSchema>;

const regionSchema = Type.Object({ id: Type.Optional(label), name: Type.Optional(text) }, strict);
/** A file of plant/: the city, its counties and sites, or some of them. */
export const plantFileSchema = Type.Object(
  {
    city: Type.Optional(regionSchema),
    counties: Type.Optional(Type.Array(regionSchema)),
    sites: Type.Optional(Type.Array(siteSchema)),
    /** By site id: often a file of its own, since it comes from the surveyor. */
    drawings: Type.Optional(Type.Record(Type.String(), drawingSchema)),
    /** Cards that belong to no sector, such as the one for silent devices. */
    actionCards: Type.Optional(actionCardsSchema),
  },
  strict,
);
/** A plant file as written. */
export type PlantFile = Static<typeof plantFileSchema>;

const dutySchema = Type.Object(
  {
    tier: Type.Optional(Type.Enum([...tiers])),
    withinMs: Type.Optional(Type.Number({ minimum: 1 })),
    department: Type.Optional(text),
  },
  strict,
);
const dutiesSchema = eachLevel(Type.Array(dutySchema));
const departmentsSchema = Type.Object(
  {
    enterprise: Type.Optional(text),
    township: Type.Optional(text),
    county: Type.Optional(text),
    city: Type.Optional(text),
  },
  strict,
);
const overlaySchema = Type.Object(
  {
    sector: string,
    county: Type.Optional(label),
    departments: Type.Optional(departmentsSchema),
    process: Type.Optional(dutiesSchema),
    data: Type.Optional(dutiesSchema),
  },
  strict,
);
/** What one sector, one county, or one sector of one county has otherwise, as written. */
export type OverlayFile = Static<typeof overlaySchema>;
const againSchema = eachLevel(Type.Number({ minimum: 1000 }));
/** routing.yaml: who owes an answer, by when. */
export const routingFileSchema = Type.Object(
  {
    departments: Type.Optional(departmentsSchema),
    process: Type.Optional(dutiesSchema),
    data: Type.Optional(dutiesSchema),
    overlays: Type.Optional(Type.Array(overlaySchema)),
    reAlarmUnacknowledgedMs: Type.Optional(againSchema),
    reAlarmAcknowledgedMs: Type.Optional(againSchema),
    lateAfterMs: duration,
  },
  strict,
);
/** routing.yaml as written. */
export type RoutingFile = Static<typeof routingFileSchema>;

/** Texts as written. */
export type TextFile = Static<typeof text>;
/** Action cards as written. */
export type ActionCardsFile = Static<typeof actionCardsSchema>;
/** Something written for each level. */
export type EachLevel<T> = { readonly [level in Level]?: T };
