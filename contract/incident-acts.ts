// What a person may ask of an incident: one schema for each act (semantics §9).
import { Type, type Static } from "typebox";

const strict = { additionalProperties: false } as const;
const commandId = Type.String({ minLength: 8, maxLength: 64 });
const text = Type.String({ minLength: 1, maxLength: 2000 });
const hash = Type.String({ pattern: "^[0-9a-f]{64}$" });

/** The incident and the revision of it that the person saw: where it has moved on since, nothing is done. */
const seen = {
  commandId,
  incident: Type.String({ minLength: 1, maxLength: 300 }),
  revision: Type.Integer({ minimum: 1 }),
};
/** What only adds to an incident needs no revision: two officers may write at once. */
const beside = { commandId, incident: seen.incident };

/** Each act on an incident with what it says. `received` has none of its own: acknowledging an alarm of it receives it. */
export const incidentSchemas = {
  /** Looked at (核实): a true alarm, or a false one and why. */
  verify: Type.Object(
    { ...seen, verdict: Type.Union([Type.Literal("trueAlarm"), Type.Literal("falseAlarm")]), note: text },
    strict,
  ),
  /** What is being done about it (处置). */
  dispose: Type.Object({ ...seen, note: text }, strict),
  /** Reported upwards or to the public authority (上报): to whom, and how. */
  report: Type.Object({ ...seen, to: Type.String({ minLength: 1, maxLength: 200 }), note: text }, strict),
  /** Looked back at (复核): the cause and what is to change. */
  review: Type.Object({ ...seen, cause: Type.String({ minLength: 1, maxLength: 200 }), note: text }, strict),
  /** Put away (归档); orange and red want evidence, and no alarm of it may be active at orange or red. */
  archive: Type.Object({ ...seen, note: text }, strict),
  /** Who answers for it from now on: a person's name. */
  assign: Type.Object({ ...beside, owner: Type.String({ minLength: 1, maxLength: 64 }) }, strict),
  /** A line in its book. */
  note: Type.Object({ ...beside, text }, strict),
  /** A file that was uploaded before, by its SHA-256: a picture, a measurement, a report. */
  attach: Type.Object(
    {
      ...beside,
      hash,
      name: Type.String({ minLength: 1, maxLength: 200 }),
      mediaType: Type.String({ pattern: "^[a-z]+/[A-Za-z0-9.+-]{1,100}$" }),
      bytes: Type.Integer({ minimum: 1 }),
    },
    strict,
  ),
  /** A step of an alarm's action card was done, by its place on the card, from 0. */
  cardStep: Type.Object(
    { ...beside, card: Type.String({ minLength: 1, maxLength: 200 }), step: Type.Integer({ minimum: 0, maximum: 99 }) },
    strict,
  ),
} as const;

/** The name of an act on an incident. */
export type IncidentAct = keyof typeof incidentSchemas;
/** What each act says. */
export type IncidentRequests = { readonly [A in IncidentAct]: Static<(typeof incidentSchemas)[A]> };
/** The acts in one order. */
export const incidentActs = Object.keys(incidentSchemas) as readonly IncidentAct[];
