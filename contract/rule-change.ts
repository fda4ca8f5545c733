// A new version of one rule: as a person drafts it, as the plan of record takes it, and what it says it will do (semantics §2, §3).
import { Type, type Static } from "typebox";
import { approvalSchema } from "./command.ts";
import { jointConditionSchema, ownConditionSchema, type Condition } from "./condition.ts";
import type { Text } from "./faults.ts";
import type { Level } from "./level.ts";
import { ruleVersionSchema, type RuleVersion } from "./plant.ts";

const strict = { additionalProperties: false } as const;
/** No ladder has more conditions at one level. */
const mostConditions = 16;

const head = {
  /** The point or the site whose rule it is. */
  source: Type.String({ minLength: 1, maxLength: 300 }),
  rule: Type.String({ minLength: 1, maxLength: 200 }),
  direction: Type.Union([Type.Literal("high"), Type.Literal("low"), Type.Literal("none")]),
};
const reason = Type.String({ minLength: 1, maxLength: 500 });

/** What is to change: a version that the rule does not have yet. A version without levels disables the rule. */
export const ruleChangeSchema = Type.Object(
  {
    ...head,
    /** Its number, valid-from (epoch ms), approver and levels. */
    version: ruleVersionSchema,
    /** Who wrote it. */
    author: Type.String({ minLength: 1, maxLength: 64 }),
    reason,
  },
  strict,
);

// What a person sends goes into the plan of record: unlike in a plan, words that no condition has are refused.
const strictConditions = [...ownConditionSchema.anyOf, ...jointConditionSchema.anyOf].map(({ properties }) =>
  Type.Object(properties, strict),
);
const conditions = Type.Optional(
  Type.Array(Type.Unsafe<Condition>(Type.Union(strictConditions)), { minItems: 1, maxItems: mostConditions }),
);

/** A change as a person sends it: author and approver are who is logged in and who is beside him, never what a text says. */
export const ruleDraftSchema = Type.Object(
  {
    ...head,
    version: Type.Object(
      {
        version: ruleVersionSchema.properties.version,
        validFrom: ruleVersionSchema.properties.validFrom,
        levels: Type.Object({ blue: conditions, yellow: conditions, orange: conditions, red: conditions }, strict),
      },
      strict,
    ),
    reason,
  },
  strict,
);

/** A change to be enabled: the second person, and which announcement of it was seen. */
export const ruleEnableSchema = Type.Object(
  { change: ruleDraftSchema, approval: approvalSchema, seen: Type.String({ minLength: 1, maxLength: 200 }) },
  strict,
);

/** A new version of one rule. */
export type RuleChange = Static<typeof ruleChangeSchema>;
/** A new version of one rule, as sent. */
export type RuleDraft = Static<typeof ruleDraftSchema>;
/** A new version of one rule that is to be enabled, as sent. */
export type RuleEnable = Static<typeof ruleEnableSchema>;

/** Why nothing can be said of a point: it was never heard, nothing comes from it now, or its newest value is bad. */
export type Unknown = "neverHeard" | "silent" | "bad";

/** What a new version of a rule would do, were the last known values its next samples. */
export interface Announcement {
  /** Alarms that would go to another level at once; null: none on. */
  readonly steps: readonly { readonly alarm: string; readonly from: Level | null; readonly to: Level | null }[];
  /** Levels of the rule that are violated and go on once their delay, ms, and so many more samples have passed. */
  readonly pending: readonly { readonly level: Level; readonly afterMs: number; readonly samples: number }[];
  /** Open alarms that would be marked "rule changed". */
  readonly marked: readonly string[];
  /** Points that the rule judges and of which nothing can be said. */
  readonly unknown: readonly { readonly point: string; readonly because: Unknown }[];
}

/** All versions of the rules of one source, each newest first. */
export interface RuleHistory {
  readonly source: string;
  readonly rules: readonly {
    readonly rule: string;
    readonly direction: RuleChange["direction"];
    readonly name?: Text;
    readonly versions: readonly RuleVersion[];
  }[];
}
