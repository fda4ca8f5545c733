// The shape of a sampling profile as the configuration writes it; apart from its use, so that no page carries a schema library.
import { Type } from "typebox";

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
