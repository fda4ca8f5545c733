// The shape of rules: levels, their conditions of every kind, and the expressions of compound ones.
import { Type, type Static } from "typebox";
import { amount, duration, eachLevel, flag, string, strict, text, whole, type AmountFile } from "./written.ts";

/** Points of the site: those of a kind, of a zone, of both; all of them where neither is said. */
export interface SelectionFile {
  /** `own`: that of the point whose rule it is; `gas_*`: every kind that begins so. */
  readonly kind?: string;
  /** `own`: that of the point whose rule it is. */
  readonly zone?: string;
  /** True where the point whose rule it is does not count. */
  readonly isOthers?: boolean;
  /** True where what is said must hold for all of them; else for any. */
  readonly isAll?: boolean;
}
/** A point by its code, `self`, a selection, or several of these. */
export type MembersFile = string | SelectionFile | readonly (string | SelectionFile)[];

const selection = {
  properties: {
    kind: { type: "string" },
    zone: { type: "string" },
    isOthers: { type: "boolean" },
    isAll: { type: "boolean" },
  },
  ...strict,
} as const;
const membersSchema = Type.Unsafe<MembersFile>({
  type: ["string", "object", "array"],
  ...selection,
  items: { type: ["string", "object"], ...selection },
  minItems: 1,
});

// What follows is named where it stands in others and compiled once for all of them: with copies the check starts slowly.
const members = Type.Unsafe<MembersFile>(Type.Ref("members"));

const side = { high: Type.Optional(amount), low: Type.Optional(amount) };
const crossingSchema = Type.Object(side, strict);
/** Where a value is violated: at or above `high`, or at or below `low`. */
export type CrossingFile = Static<typeof crossingSchema>;

const voteSchema = Type.Object(
  {
    of: Type.Optional(members),
    violated: Type.Optional(crossingSchema),
    need: whole,
    windowMs: Type.Optional(duration),
  },
  strict,
);
/** A vote as written. */
export type VoteFile = Static<typeof voteSchema>;

/** One expression: exactly one of these words, and `forMs` beside `hold`. */
export interface ExpressionFile {
  readonly all?: readonly ExpressionFile[];
  readonly any?: readonly ExpressionFile[];
  readonly not?: ExpressionFile;
  readonly hold?: ExpressionFile;
  readonly forMs?: AmountFile;
  readonly violated?: { readonly of?: MembersFile } & CrossingFile;
  readonly state?: { readonly of?: MembersFile; readonly values?: readonly number[] };
  readonly vote?: VoteFile;
  readonly level?: {
    readonly of?: MembersFile;
    readonly item?: string;
    readonly rule?: string;
    readonly atLeast?: "blue" | "yellow" | "orange" | "red";
  };
  readonly silent?: MembersFile;
  readonly lagging?: MembersFile;
}

const numbers = Type.Array(Type.Number(), { minItems: 1 });
const expression = Type.Unsafe<ExpressionFile>(Type.Ref("expression"));
const expressionSchema = Type.Object(
  {
    all: Type.Optional(Type.Array(expression, { minItems: 1 })),
    any: Type.Optional(Type.Array(expression, { minItems: 1 })),
    not: Type.Optional(expression),
    hold: Type.Optional(expression),
    forMs: Type.Optional(duration),
    violated: Type.Optional(Type.Object({ of: Type.Optional(members), ...side }, strict)),
    state: Type.Optional(Type.Object({ of: Type.Optional(members), values: Type.Optional(numbers) }, strict)),
    vote: Type.Optional(voteSchema),
    level: Type.Optional(
      Type.Object(
        {
          of: Type.Optional(members),
          item: string,
          rule: string,
          atLeast: Type.Optional(Type.Enum(["blue", "yellow", "orange", "red"])),
        },
        strict,
      ),
    ),
    silent: Type.Optional(members),
    lagging: Type.Optional(members),
  },
  strict,
);

const ownKinds = ["limit", "state", "rate", "sum", "deviation", "cusum", "accumulate", "forecast"] as const;
const jointKinds = ["vote", "pair", "combine", "missingEvent", "geofence"] as const;
/** A kind on a point's own samples. */
export type OwnKindName = (typeof ownKinds)[number];
/** A kind on several points. */
export type JointKindName = (typeof jointKinds)[number];
/** One of the kinds of condition (semantics §4). */
export type ConditionKind = OwnKindName | JointKindName;

/** True where the kind looks at several points. */
export function isJoint(kind: ConditionKind): kind is JointKindName {
  return jointKinds.some((each) => each === kind);
}

/** A condition without the words that all kinds share. */
export type Untimed<T> = T extends unknown
  ? Omit<T, "setpoint" | "deadband" | "onDelayMs" | "onSamples" | "offDelayMs" | "provenance">
  : never;

const provenance = Type.Unsafe<
  | string
  | {
      readonly from?: string;
      readonly clause?: string;
      readonly clauseZh?: string;
      readonly isConfirmed?: boolean;
    }
>({
  type: ["string", "object"],
  properties: {
    from: { type: "string" },
    clause: { type: "string" },
    clauseZh: { type: "string" },
    isConfirmed: { type: "boolean" },
  },
  ...strict,
});
const corner = Type.Array(Type.Number(), { minItems: 2, maxItems: 2 });

/** The words of every kind; which of them a kind wants is the builder's to say. */
const conditionSchema = Type.Object(
  {
    kind: Type.Optional(Type.Enum([...ownKinds, ...jointKinds])),
    setpoint: Type.Optional(amount),
    deadband: Type.Optional(amount),
    onDelayMs: Type.Optional(duration),
    offDelayMs: Type.Optional(duration),
    onSamples: whole,
    provenance: Type.Optional(provenance),
    /** True where it is left out on a site that has not what it looks at. */
    isOptional: flag,
    values: Type.Optional(numbers),
    method: string,
    windowMs: Type.Optional(duration),
    perMs: Type.Optional(duration),
    minSamples: whole,
    isAbsolute: flag,
    hours: whole,
    target: Type.Optional(amount),
    sigma: Type.Optional(amount),
    allowance: Type.Optional(amount),
    noise: Type.Optional(amount),
    minR2: Type.Optional(amount),
    horizonMs: Type.Optional(duration),
    while: Type.Optional(crossingSchema),
    reset: Type.Optional(crossingSchema),
    of: Type.Optional(members),
    to: Type.Optional(members),
    violated: Type.Optional(crossingSchema),
    need: whole,
    skewMs: Type.Optional(duration),
    when: Type.Optional(expression),
    dueMs: Type.Optional(duration),
    zoneMs: Type.Optional(amount),
    lng: string,
    lat: string,
    polygon: Type.Optional(Type.Array(corner, { minItems: 3 })),
    corridor: Type.Optional(Type.Array(corner, { minItems: 2 })),
    halfWidthM: Type.Optional(amount),
    wrong: Type.Optional(Type.Enum(["inside", "outside"])),
  },
  strict,
);
/** One condition as written. */
export type ConditionFile = Static<typeof conditionSchema>;

/** One condition, several of which any one will do, or null: this level is taken away from the kind's rule. */
const levelSchema = Type.Unsafe<ConditionFile | readonly ConditionFile[] | null>({
  type: ["object", "array", "null"],
  // Words are looked at where there is a mapping; a list is no mapping.
  allOf: [Type.Ref("words")],
  items: Type.Ref("condition"),
  minItems: 1,
});
const level = Type.Unsafe<Static<typeof levelSchema>>(Type.Ref("level"));
const levelsSchema = eachLevel(level);
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

/** What a rule says of itself beside its levels. */
export interface RuleHeadFile {
  readonly name?: Static<typeof text>;
  readonly direction?: "high" | "low" | "none";
  readonly latch?: boolean;
  /** False: no mark may stand while it is abnormal (overfill, overtopping). */
  readonly mayMark?: boolean;
  readonly actionCard?: string;
  /** True where a site that has not what it looks at goes without it. */
  readonly isOptional?: boolean;
  /** Words that every condition begins with. */
  readonly each?: ConditionFile;
}
/** A rule as written: its levels, or its versions; null on a point takes the kind's rule away. */
export type RuleFile = RuleHeadFile & LevelsFile & { readonly versions?: readonly VersionFile[] };
const ruleAlone = Type.Unsafe<RuleFile | null>({
  type: ["object", "null"],
  properties: {
    name: text,
    direction: Type.Enum(["high", "low", "none"]),
    latch: Type.Boolean(),
    mayMark: Type.Boolean(),
    actionCard: Type.String(),
    isOptional: Type.Boolean(),
    each: Type.Ref("condition"),
    blue: level,
    yellow: level,
    orange: level,
    red: level,
    versions: Type.Array(versionSchema, { minItems: 1 }),
  },
  ...strict,
});

/** A rule as written, or null. */
export const ruleSchema = Type.Unsafe<RuleFile | null>(
  Type.Cyclic(
    {
      members: membersSchema,
      expression: expressionSchema,
      words: Type.Unsafe({ properties: conditionSchema.properties, ...strict }),
      condition: Type.Unsafe({ type: "object", allOf: [Type.Ref("words")] }),
      level: levelSchema,
      rule: ruleAlone,
    },
    "rule",
  ),
);
