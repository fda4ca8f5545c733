// The shape of the files under config/: which keys there may be; what must be there is the builder's to say.
import { Type, type Static } from "typebox";
import { drawingSchema } from "../../contract/drawing.ts";
import { levels } from "../../contract/level.ts";
import { tiers } from "../../contract/plant.ts";
import { ruleSchema, type SelectionFile } from "./rule-schema.ts";
import {
  amount,
  duration,
  eachLevel,
  flag,
  identifier,
  label,
  parametersSchema,
  strict,
  string,
  text,
  whole,
} from "./written.ts";

/** `high` and `low` judge the value itself; any other name is a rule of its own. */
const rulesSchema = Type.Record(Type.String({ pattern: identifier }), ruleSchema, strict);
/** Rules as written, by name. */
export type RulesFile = Static<typeof rulesSchema>;

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

/** Within which bounds a silence is learned, as written. */
export interface LearnSilenceFile {
  readonly floorMs?: number | string;
  readonly ceilingMs?: number | string;
}

const interval = Type.Optional(Type.Array(amount, { minItems: 2, maxItems: 2 }));
const traits = {
  name: Type.Optional(text),
  unit: string,
  decimals: Type.Optional(Type.Integer({ minimum: 0, maximum: 6 })),
  resolution: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  range: Type.Optional(Type.Object({ sensor: interval, operator: interval }, strict)),
  overRange: Type.Optional(Type.Enum(["saturated", "fault"])),
  report: Type.Optional(
    Type.Unsafe<"onChange" | { readonly everyMs?: number | string }>({
      type: ["string", "object"],
      pattern: "^onChange$",
      properties: { everyMs: { type: ["number", "string"], exclusiveMinimum: 0 } },
      ...strict,
    }),
  ),
  /** `auto`, or its bounds: learned from how the point speaks. */
  silentAfterMs: Type.Optional(
    Type.Unsafe<number | string | LearnSilenceFile>({
      type: ["number", "string", "object"],
      minimum: 1,
      properties: { floorMs: duration, ceilingMs: duration },
      ...strict,
    }),
  ),
  silence: Type.Optional(eachLevel(duration)),
  quality: Type.Optional(
    Type.Unsafe<QualityFile | null>({ type: ["object", "null"], properties: qualityProperties, ...strict }),
  ),
  isKey: flag,
  /** How often it speaks while its site is in that profile. */
  sampling: Type.Optional(
    Type.Object(
      {
        alert: Type.Optional(Type.Object({ everyMs: Type.Optional(duration) }, strict)),
        storm: Type.Optional(
          Type.Object({ everyMs: Type.Optional(duration), onDelayMs: Type.Optional(duration) }, strict),
        ),
      },
      strict,
    ),
  ),
  /** True where its alarms are about devices, not about the process. */
  isData: flag,
  /** What it tells of its device. */
  health: Type.Optional(Type.Enum(["battery", "signal"])),
  zone: Type.Optional(Type.String({ pattern: identifier })),
  item: Type.Optional(Type.String({ pattern: identifier })),
  latch: Type.Optional(Type.Boolean()),
  actionCard: string,
  /** Of this kind or point alone; they win over the site's. */
  parameters: Type.Optional(parametersSchema),
  rules: Type.Optional(rulesSchema),
};
/** `like` names a kind whose words serve where this one has none. */
const kindSchema = Type.Object({ like: string, ...traits }, strict);
/** A kind of point as written. */
export type KindFile = Static<typeof kindSchema>;

const pointSchema = Type.Object(
  { code: Type.Optional(label), kind: string, device: Type.Optional(label), ...traits },
  strict,
);
/** A point as written. */
export type PointFile = Static<typeof pointSchema>;

const selectionSchema = Type.Unsafe<string | SelectionFile>({
  type: ["string", "object"],
  properties: { kind: string, zone: string },
  ...strict,
});
const occasionSchema = Type.Object(
  {
    when: Type.Optional(
      Type.Array(
        Type.Object(
          {
            of: Type.Optional(selectionSchema),
            rule: string,
            atLeast: Type.Optional(Type.Enum([...levels])),
          },
          strict,
        ),
        { minItems: 1 },
      ),
    ),
    holdMs: Type.Optional(duration),
  },
  strict,
);
/** What switches a profile on, as written; a cause without `of` is the site itself. */
export type OccasionFile = Static<typeof occasionSchema>;
const siteSamplingSchema = Type.Object(
  { alert: Type.Optional(occasionSchema), storm: Type.Optional(occasionSchema) },
  strict,
);
/** When a site is sampled more often, as written. */
export type SiteSamplingFile = Static<typeof siteSamplingSchema>;

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

const hazardSchema = Type.Object(
  {
    clause: string,
    isConfirmed: flag,
    /** β by hazard class, for substances that have none of their own. */
    classes: Type.Optional(Type.Record(Type.String(), Type.Number({ exclusiveMinimum: 0 }))),
    /** Q in t and β, or a class. */
    substances: Type.Optional(
      Type.Record(
        Type.String({ pattern: identifier }),
        Type.Object(
          {
            name: Type.Optional(text),
            Q: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
            beta: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
            class: string,
          },
          strict,
        ),
        strict,
      ),
    ),
    /** α by the least number of people within 500 m that it holds for. */
    people: Type.Optional(Type.Record(Type.String(), Type.Number())),
    /** Grade by the least R that it holds for. */
    grades: Type.Optional(Type.Record(Type.String(), Type.Integer({ minimum: 1, maximum: 4 }))),
  },
  strict,
);
/** The tables of the major-hazard grade as written. */
export type HazardFile = Static<typeof hazardSchema>;

const actionCardsSchema = Type.Record(Type.String({ pattern: identifier }), eachLevel(text), strict);

/** A file of packs/: one sector's catalogue, or with `isCommon` what all of them share. */
export const packFileSchema = Type.Object(
  {
    isCommon: flag,
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
    /** What a site need not know: `optional` rules are left out; `owed` ones too, and their points say "not configured". */
    mayLack: Type.Optional(Type.Record(Type.String({ pattern: identifier }), Type.Enum(["optional", "owed"]), strict)),
    hazard: Type.Optional(hazardSchema),
    actionCards: Type.Optional(actionCardsSchema),
    kinds: Type.Optional(Type.Record(Type.String({ pattern: identifier }), kindSchema, strict)),
    /** Compound rules, made for each site that has what they look at. */
    siteRules: Type.Optional(rulesSchema),
    /** When its sites are sampled more often. */
    sampling: Type.Optional(siteSamplingSchema),
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
    /** What it holds, for the major-hazard grade. */
    inventory: Type.Optional(
      Type.Array(Type.Object({ substance: string, t: Type.Optional(Type.Number({ minimum: 0 })) }, strict)),
    ),
    /** Outside the fence. */
    peopleWithin500m: Type.Optional(Type.Integer({ minimum: 0 })),
    /** Laid over the pack's `siteRules`; null takes one away. */
    rules: Type.Optional(rulesSchema),
    /** Instead of the pack's, profile by profile. */
    sampling: Type.Optional(siteSamplingSchema),
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
const step = Type.Optional(Type.Object({ tier: Type.Enum([...tiers]), withinMs: Type.Number({ minimum: 1 }) }, strict));
const steps = Type.Optional(
  Type.Object({ verified: step, disposing: step, reported: step, reviewed: step, archived: step }, strict),
);
/** An incident begins at yellow: blue owes no step. */
const incidentSchema = Type.Object({ yellow: steps, orange: steps, red: steps }, strict);
/** routing.yaml: who owes an answer, by when. */
export const routingFileSchema = Type.Object(
  {
    departments: Type.Optional(departmentsSchema),
    process: Type.Optional(dutiesSchema),
    data: Type.Optional(dutiesSchema),
    overlays: Type.Optional(Type.Array(overlaySchema)),
    incident: Type.Optional(incidentSchema),
    reAlarmUnacknowledgedMs: Type.Optional(againSchema),
    reAlarmAcknowledgedMs: Type.Optional(againSchema),
    lateAfterMs: Type.Optional(Type.Number({ minimum: 0 })),
  },
  strict,
);
/** routing.yaml as written. */
export type RoutingFile = Static<typeof routingFileSchema>;

/** Action cards as written. */
export type ActionCardsFile = Static<typeof actionCardsSchema>;
