// The register of enterprises, sites and devices: who may connect, in which dialect, and how far they have come.
import { Type, type Static } from "typebox";
import { approvalSchema } from "./command.ts";

/** The formats that a gateway may speak; one decoder each. The journal writes their places: only ever append. */
export const dialectNames = ["native", "thingsboard", "sparkplug", "influx", "hj212", "json"] as const;
/** One of them. */
export type DialectName = (typeof dialectNames)[number];

/** `trial`: heard by the conformance bench alone; `open`: its values count; `retired`: refused. */
export const stages = ["trial", "open", "retired"] as const;
/** How far a device has come. */
export type Stage = (typeof stages)[number];

const strict = { additionalProperties: false } as const;
const name = Type.String({ pattern: "^[a-z0-9][a-z0-9-]{0,63}$" });
const text = Type.String({ minLength: 1, maxLength: 100 });
const bothTexts = Type.Object({ zh: text, en: text }, strict);

/** An enterprise as it is entered; whom to call there stands in no register of this system. */
export const enterpriseSchema = Type.Object({ id: name, name: bothTexts }, strict);
/** A site as it is entered. What is measured there says the plan of record. */
export const registeredSiteSchema = Type.Object(
  {
    id: name,
    enterprise: name,
    name: bothTexts,
    county: name,
    town: text,
    sector: Type.String({ minLength: 1, maxLength: 64 }),
    /** WGS-84 degrees. */
    lng: Type.Number({ minimum: -180, maximum: 180 }),
    lat: Type.Number({ minimum: -90, maximum: 90 }),
  },
  strict,
);
/** A device as it is entered; its credentials are made, never entered. */
export const deviceEntrySchema = Type.Object(
  {
    site: name,
    device: name,
    dialect: Type.Union([
      Type.Literal("native"),
      Type.Literal("thingsboard"),
      Type.Literal("sparkplug"),
      Type.Literal("influx"),
      Type.Literal("hj212"),
      Type.Literal("json"),
    ]),
    /** What its dialect must know: see docs/dialects.md. */
    options: Type.Record(Type.String({ maxLength: 64 }), Type.Unknown()),
    /** The device's own names, and the point codes that they stand for; without an entry the name is the code. */
    names: Type.Record(Type.String({ maxLength: 200 }), Type.String({ maxLength: 64 })),
    /** Messages a second that are taken from it; more is held back. */
    maxPerSecond: Type.Integer({ minimum: 1, maximum: 100_000 }),
  },
  strict,
);

/** What the register has lists of. */
export const registerKinds = ["enterprises", "sites", "devices"] as const;
/** One of them. */
export type RegisterKind = (typeof registerKinds)[number];

const reason = Type.Optional(Type.String({ minLength: 1, maxLength: 500 }));
/** What an act without further words says. */
export const reasonSchema = Type.Object({ reason }, strict);
/** Opens a device; without a trial that it passed, for a reason and with a second administrator. */
export const openSchema = Type.Object({ reason, approval: Type.Optional(approvalSchema) }, strict);
/** A new secret: the old ones end after so many hours, 0 at once. */
export const rotateSchema = Type.Object(
  { overlapHours: Type.Optional(Type.Integer({ minimum: 0, maximum: 720 })), reason },
  strict,
);
/** A client certificate, by the SHA-256 of its DER form: 64 hexadecimal digits, colons allowed. */
export const pinSchema = Type.Object(
  { fingerprint: Type.String({ pattern: "^[0-9A-Fa-f]{2}(:?[0-9A-Fa-f]{2}){31}$" }), reason },
  strict,
);

/** An enterprise as entered. */
export type EnterpriseEntry = Static<typeof enterpriseSchema>;
/** A site as entered. */
export type SiteEntry = Static<typeof registeredSiteSchema>;
/** A device as entered. */
export type DeviceEntry = Static<typeof deviceEntrySchema>;

/** What the register knows beside what was entered. Instants are epoch ms; `retiredAt` null: not retired. */
interface Kept {
  readonly createdAt: number;
  readonly retiredAt: number | null;
}
/** An enterprise of the register. */
export type Enterprise = EnterpriseEntry & Kept;
/** A site of the register. */
export type RegisteredSite = SiteEntry & Kept;
/** A device of the register: never its secret. */
export interface RegisteredDevice extends DeviceEntry, Kept {
  /** Its user name at the broker. */
  readonly userName: string;
  readonly stage: Stage;
  /** Why its real topics are open: the trial that it passed, or an administrator's reason; null while they are not. */
  readonly openedBecause: string | null;
}

/** How a device proves who it is. */
export interface Credential {
  readonly id: number;
  readonly kind: "secret" | "certificate";
  readonly createdAt: number;
  /** Not valid from here on, epoch ms; null: until it is revoked. */
  readonly expiresAt: number | null;
}

/** What the broker sees of one device. Instants are epoch ms. */
export interface DeviceTraffic {
  readonly connections: number;
  /** How often it was held back because it sent faster than it may; and since when it is, or null. */
  readonly heldBack: number;
  readonly heldBackSince: number | null;
  /** Refused until then because it connected again and again; null: welcome. */
  readonly flappingUntil: number | null;
}
