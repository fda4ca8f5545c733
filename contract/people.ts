// People, walls and what was done: what an administrator asks over HTTP, and what is answered.
import { Type, type Static } from "typebox";
import { approvalSchema } from "./command.ts";
import { type Tier, tierSchema } from "./plant.ts";
import { type Scope, scopeSchema } from "./scope.ts";
import { type Seat, seatSchema } from "./seat.ts";
import type { Person } from "./wall.ts";

const strict = { additionalProperties: false } as const;
const name = Type.String({ minLength: 1, maxLength: 64 });
const reason = Type.String({ minLength: 1, maxLength: 500 });
const password = Type.String({ minLength: 1, maxLength: 200 });
const approval = Type.Optional(approvalSchema);
const role = Type.Union([
  Type.Literal("viewer"),
  Type.Literal("dutyOfficer"),
  Type.Literal("supervisor"),
  Type.Literal("administrator"),
  Type.Literal("enterprise"),
]);
const duty = { name, role, tier: tierSchema, scope: Type.Optional(scopeSchema) };
const wallId = Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,63}$" });

/**
 * What takes two administrators: the second enters name and password at the same screen. To make an administrator; to take
 * an administrator's role, access or password; to free a wall from its browser; to open a device that passed no trial; to
 * keep less than is kept now.
 */
export const dangerousActs = [
  "administrator.make",
  "administrator.unmake",
  "administrator.reset",
  "wall.unbind",
  "device.openByReason",
  "retention.shorten",
] as const;
/** One of them. */
export type DangerousAct = (typeof dangerousActs)[number];

/** What an administrator may ask about people. */
export const personSchemas = {
  /** The password is made up, told once, and serves for one login. */
  add: Type.Object({ ...duty, approval }, strict),
  edit: Type.Object({ ...duty, approval }, strict),
  lock: Type.Object({ name, reason, approval }, strict),
  unlock: Type.Object({ name, reason, approval }, strict),
  reset: Type.Object({ name, reason, approval }, strict),
  remove: Type.Object({ name, reason, approval }, strict),
} as const;
/** What an administrator may ask about walls. */
export const wallSchemas = {
  /** `tier`: whose horn it sounds. */
  add: Type.Object({ id: wallId, name, tier: tierSchema, scope: Type.Optional(scopeSchema) }, strict),
  /** Its seat as a whole, with the reason of the change. */
  seat: Type.Object({ id: wallId, seat: seatSchema, reason }, strict),
  revoke: Type.Object({ id: wallId, reason }, strict),
  unbind: Type.Object({ id: wallId, reason, approval }, strict),
} as const;

/** The token that makes a browser a wall. */
export const wallSessionSchema = Type.Object({ token: Type.String({ minLength: 16, maxLength: 100 }) }, strict);
/** A person's own new password. */
export const ownPasswordSchema = Type.Object({ old: password, new: password }, strict);
/** One session by its short name; without it all of them. */
export const endSessionSchema = Type.Object({ id: Type.Optional(Type.String({ maxLength: 32 })) }, strict);
/** Entries from one instant to another, epoch ms, newest first. */
export const auditQuerySchema = Type.Object(
  {
    from: Type.Number(),
    to: Type.Number(),
    target: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })),
    limit: Type.Integer({ minimum: 1, maximum: 1000 }),
  },
  strict,
);

/** An act on people. */
export type PersonAct = keyof typeof personSchemas;
/** What each says. */
export type PersonRequests = { readonly [A in PersonAct]: Static<(typeof personSchemas)[A]> };
/** An act on walls. */
export type WallAct = keyof typeof wallSchemas;
/** What each says. */
export type WallRequests = { readonly [A in WallAct]: Static<(typeof wallSchemas)[A]> };
/** A wall as entered. */
export type WallEntry = WallRequests["add"];
/** Which entries are wanted. */
export type AuditQuery = Static<typeof auditQuerySchema>;

/** A person as administrators see one. Instants are epoch ms; null: never, or not. */
export interface Account extends Person {
  readonly createdAt: number;
  readonly seenAt: number | null;
  readonly lockedAt: number | null;
  readonly mustChange: boolean;
}

/** A session of one's own; `id` names it and opens nothing. */
export interface SessionView {
  readonly id: string;
  readonly createdAt: number;
  readonly seenAt: number;
  readonly address: string | null;
}

/** A wall as administrators see one, without its token. */
export interface WallView {
  readonly id: string;
  readonly name: string;
  readonly tier: Tier;
  readonly scope?: Scope;
  readonly createdAt: number;
  readonly createdBy: string;
  readonly revokedAt: number | null;
  readonly seenAt: number | null;
  readonly isBound: boolean;
  readonly seat: Seat;
}
