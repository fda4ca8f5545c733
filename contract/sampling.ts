// How often a site is asked to speak: its sampling profile, and the order that its devices get and acknowledge.
import { Type, type Static } from "typebox";

/** The sampling profiles, calmest first; each asks for at least what the one before it does. */
export const samplingProfiles = ["normal", "alert", "storm"] as const;
/** One of the sampling profiles. */
export type SamplingProfile = (typeof samplingProfiles)[number];

const cadence = {
  /** The larger of measuring and sending interval. */
  everyMs: Type.Number({ exclusiveMinimum: 0 }),
  silentAfterMs: Type.Number({ minimum: 1 }),
  /** After how long without a message the data alarm has which level. */
  silence: Type.Object({
    blue: Type.Optional(Type.Number({ minimum: 0 })),
    yellow: Type.Optional(Type.Number({ minimum: 0 })),
    orange: Type.Optional(Type.Number({ minimum: 0 })),
    red: Type.Optional(Type.Number({ minimum: 0 })),
  }),
};

/** How often a point speaks in each heightened profile; one that it does not have is the calmer one. */
export const pointSamplingSchema = Type.Object({
  alert: Type.Optional(Type.Object(cadence)),
  storm: Type.Optional(
    Type.Object({
      ...cadence,
      /** No on-delay of the point's own conditions is longer while it holds. Absent: they stay as they are. */
      onDelayMs: Type.Optional(Type.Number({ minimum: 0 })),
    }),
  ),
});

const occasionSchema = Type.Object({
  /** Any of them switches it on: a rule of a point of the site (any, where none is named), or the site's own level. */
  when: Type.Array(
    Type.Object({
      source: Type.String(),
      rule: Type.Optional(Type.String()),
      atLeast: Type.Union([Type.Literal("blue"), Type.Literal("yellow"), Type.Literal("orange"), Type.Literal("red")]),
    }),
    { minItems: 1 },
  ),
  /** So long it stays after all of them are over. */
  holdMs: Type.Number({ minimum: 0 }),
});

/** When a site is sampled more often than in normal life. */
export const siteSamplingSchema = Type.Object({
  alert: Type.Optional(occasionSchema),
  storm: Type.Optional(occasionSchema),
});

/** The cadence of a point in one heightened profile. */
export type Cadence = NonNullable<Static<typeof pointSamplingSchema>["storm"]>;
/** When a profile holds. */
export type Occasion = Static<typeof occasionSchema>;

/** The profile of a site, as a wall shows it. */
export interface SamplingStatus {
  readonly profile: SamplingProfile;
  /** Server time, epoch ms. */
  readonly since: number;
  /** Counts the profiles of the site: what its devices acknowledge. */
  readonly order: number;
  /** Devices that have not acknowledged it yet. */
  readonly waiting: readonly string[];
}

/** What a device is told on its command topic. */
export interface SamplingOrder {
  readonly v: 1;
  readonly id: number;
  readonly samplingProfile: SamplingProfile;
  /** By point code; points that report by exception are not in it. */
  readonly everyMs: Readonly<Record<string, number>>;
}

/** The cadence that a point has in a profile; undefined where that is its usual one. */
export function cadenceOf(
  sampling: Static<typeof pointSamplingSchema> | undefined,
  profile: SamplingProfile,
): Cadence | undefined {
  if (profile === "normal") return undefined;
  return (profile === "storm" ? sampling?.storm : undefined) ?? sampling?.alert;
}
