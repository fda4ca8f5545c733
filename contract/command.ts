// What a person may ask of an alarm, a point or a tier: one schema for each act (ISA-18.2 / IEC 62682; semantics §3).
import { Type, type Static } from "typebox";
import { incidentSchemas } from "./incident-acts.ts";
import { tierSchema } from "./plant.ts";

const commandId = Type.String({ minLength: 8, maxLength: 64 });
const id = Type.String({ minLength: 1, maxLength: 300 });
const reason = Type.String({ minLength: 1, maxLength: 500 });
const word = Type.String({ minLength: 1, maxLength: 200 });
const strict = { additionalProperties: false } as const;

/** The alarm and the occurrence that the person saw; 0 where it never was on. */
const alarm = { commandId, alarm: id, occurrence: Type.Integer({ minimum: 0 }) };

/** The level that a mark set at rest goes up to; an alarm that is on has its own. Red takes none. */
const upTo = Type.Optional(Type.Union([Type.Literal("blue"), Type.Literal("yellow"), Type.Literal("orange")]));

/** How long a mark holds, ms; how much is too much the domain says, with its own refusal. */
const forMs = Type.Integer({ minimum: 60_000, maximum: 31 * 86_400_000 });

/** Each act with what it says. */
export const commandSchemas = {
  /** Acknowledge (接警): names what the person saw. */
  acknowledge: Type.Object(
    {
      commandId,
      alarm: id,
      occurrence: Type.Integer({ minimum: 1 }),
      revision: Type.Integer({ minimum: 1 }),
      note: Type.Optional(Type.String({ maxLength: 500 })),
    },
    strict,
  ),
  /** Reset a latched alarm; a saturated one wants a second measurement (value in the point's unit). */
  reset: Type.Object({ ...alarm, reason, measurement: Type.Optional(Type.Number()) }, strict),
  /** Shelve (搁置): the alarm stops asking for a time, for a reason. */
  shelve: Type.Object({ ...alarm, reason, forMs, upTo }, strict),
  /** Ends a shelving before its time. */
  unshelve: Type.Object({ ...alarm, reason: Type.Optional(reason) }, strict),
  /** Suppress by design (设计抑制): names the rule that says so. */
  suppress: Type.Object({ ...alarm, reason, rule: word, upTo }, strict),
  /** Ends a suppression by design. */
  unsuppress: Type.Object({ ...alarm, reason: Type.Optional(reason) }, strict),
  /** Take out of service (停用) for maintenance: work order and what is done instead. */
  outOfService: Type.Object({ ...alarm, reason, forMs, order: word, measure: reason, upTo }, strict),
  /** Ends an out-of-service before its time. */
  returnToService: Type.Object({ ...alarm, reason: Type.Optional(reason) }, strict),
  /** Stops the horn of the person's tier for what sounds now; nothing else (消音). */
  silence: Type.Object({ commandId }, strict),
  /** Returns an alarm that no good sample can return; the second measurement may lack where only the rule has changed. */
  returnByHand: Type.Object({ ...alarm, reason, measurement: Type.Optional(Type.Number()) }, strict),
  /** A value that a person read (人工读数), in the point's unit; `measuredAt` is epoch ms, else now. */
  reading: Type.Object(
    { commandId, point: id, value: Type.Number(), measuredAt: Type.Optional(Type.Number({ minimum: 0 })), reason },
    strict,
  ),
  /** The next shift takes over (交接班): everything that stands asks this tier again. */
  handover: Type.Object({ commandId, tier: tierSchema, note: Type.Optional(Type.String({ maxLength: 500 })) }, strict),
  ...incidentSchemas,
} as const;

/** The name of an act. */
export type CommandAct = keyof typeof commandSchemas;
/** What each act says. */
export type Requests = { readonly [A in CommandAct]: Static<(typeof commandSchemas)[A]> };

/** The acts in one order. */
export const commandActs = Object.keys(commandSchemas) as readonly CommandAct[];

/** A second person at the same screen: his password proves that he is there, and is never written down. */
export const approvalSchema = Type.Object(
  { name: Type.String({ minLength: 1, maxLength: 64 }), password: Type.String({ minLength: 1, maxLength: 200 }) },
  strict,
);
/** Who approves, as sent. */
export type Approval = Static<typeof approvalSchema>;

/** The acts that a second person may have to approve. */
export const approvedActs = ["shelve", "outOfService"] as const satisfies readonly CommandAct[];
/** What a wall sends for each act: the request, and where one may be wanted, the approval. */
export type WireRequests = {
  readonly [A in CommandAct]: A extends (typeof approvedActs)[number]
    ? Requests[A] & { readonly approval?: Approval }
    : Requests[A];
};
