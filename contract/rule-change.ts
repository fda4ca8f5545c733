// A new version of one rule, as a person drafts it and as the plan of record takes it (semantics §2, §3).
import { Type, type Static } from "typebox";
import { ruleVersionSchema } from "./plant.ts";

/** What is to change: a version that the rule does not have yet. A version without levels disables the rule. */
export const ruleChangeSchema = Type.Object(
  {
    /** The point or the site whose rule it is. */
    source: Type.String({ minLength: 1, maxLength: 300 }),
    rule: Type.String({ minLength: 1, maxLength: 200 }),
    direction: Type.Union([Type.Literal("high"), Type.Literal("low"), Type.Literal("none")]),
    /** Its number, valid-from (epoch ms), approver and levels. */
    version: ruleVersionSchema,
    /** Who wrote it. */
    author: Type.String({ minLength: 1, maxLength: 64 }),
    reason: Type.String({ minLength: 1, maxLength: 500 }),
  },
  { additionalProperties: false },
);
/** A new version of one rule. */
export type RuleChange = Static<typeof ruleChangeSchema>;
