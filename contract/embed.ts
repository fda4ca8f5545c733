// Read tokens: what shows a trend on another page, or feeds another system, until an end date and for exactly one thing.
import { Type, type Static } from "typebox";
import type { Point } from "./plant.ts";
import type { Scope } from "./scope.ts";
import type { SeriesAnswer } from "./series.ts";

const strict = { additionalProperties: false } as const;
const id = Type.String({ minLength: 1, maxLength: 130 });
const embedKind = Type.Union([Type.Literal("trend"), Type.Literal("feed")]);

/** Pages that may hold a trend: an origin each, with its scheme. */
const hosts = Type.Array(Type.String({ pattern: "^https?://[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?$", maxLength: 270 }), {
  maxItems: 20,
});

/** What is asked for to make one: a trend of a point or of any point of a site; a feed of a site, or of all that its maker may see. */
export const embedAddSchema = Type.Object(
  {
    kind: embedKind,
    point: Type.Optional(id),
    site: Type.Optional(id),
    hosts: Type.Optional(hosts),
    days: Type.Integer({ minimum: 1, maximum: 365 }),
  },
  strict,
);
/** What is asked for to end one. */
export const embedRevokeSchema = Type.Object({ id }, strict);
/** What an embedded page asks; the point only where the token is of a site. */
export const embedTrendSchema = Type.Object(
  { hours: Type.Integer({ minimum: 1, maximum: 744 }), point: Type.Optional(id) },
  strict,
);

/** One token, without what opens it. */
export interface Embed {
  readonly id: string;
  readonly kind: "trend" | "feed";
  readonly point: string | null;
  readonly site: string | null;
  /** What its maker could see when it was made; absent: the whole city. */
  readonly scope?: Scope;
  readonly hosts: readonly string[];
  readonly createdAt: number;
  readonly createdBy: string;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

/** A token as it is made: it is told this once. */
export interface MadeEmbed {
  readonly token: string;
  readonly embed: Embed;
}

/** What an embedded page shows: the point as far as it must be known to draw it, and its values. */
export interface EmbedTrend {
  readonly point: Pick<
    Point,
    "id" | "code" | "name" | "unit" | "decimals" | "range" | "report" | "silentAfterMs" | "site"
  >;
  readonly siteName: { readonly zh: string; readonly en: string };
  readonly series: SeriesAnswer;
}

/** A token as asked for. */
export type EmbedAdd = Static<typeof embedAddSchema>;
/** An end as asked for. */
export type EmbedRevoke = Static<typeof embedRevokeSchema>;
/** A trend as asked for. */
export type EmbedTrendQuery = Static<typeof embedTrendSchema>;
