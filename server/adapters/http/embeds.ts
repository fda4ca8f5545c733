// The routes of read tokens: making and ending them, the page that another page may hold, and the feed for other systems.
import type { FastifyReply, FastifyRequest } from "fastify";
import {
  type Embed,
  type EmbedAdd,
  embedAddSchema,
  type EmbedRevoke,
  embedRevokeSchema,
  type EmbedTrend,
  type EmbedTrendQuery,
  embedTrendSchema,
  type MadeEmbed,
} from "../../../contract/embed.ts";
import { type FeedQuery, feedQuerySchema } from "../../../contract/series.ts";
import type { Person } from "../../../contract/wall.ts";
import { createPlaces, createTurnstile } from "./bounds.ts";
import { type App, type Gate, headers, refuse } from "./guards.ts";
import { type Answered, answerOf, type PastRoutes, type Sight } from "./past.ts";
import type { Caller } from "./people.ts";

/** Whoever keeps the tokens. */
export interface EmbedDesk {
  readonly add: (wanted: EmbedAdd, caller: Caller) => Answered<MadeEmbed>;
  readonly list: (person: Person) => readonly Embed[];
  readonly revoke: (wanted: EmbedRevoke, caller: Caller) => Answered<{ readonly id: string }>;
  /** Null: the token stands for nothing now. */
  readonly find: (token: string) => Embed | null;
  readonly sightOf: (embed: Embed) => Sight;
  readonly trend: (embed: Embed, query: EmbedTrendQuery) => Promise<Answered<EmbedTrend>>;
}

/** Who asks, and what stands before the making of a token. */
export interface EmbedRoutes extends PastRoutes {
  readonly embeds: EmbedDesk;
  readonly mustChange: Gate;
  /** Null: no page is built. */
  readonly page: string | null;
  readonly now: () => number;
}

const HANDLER_TIMEOUT_MS = 30_000;
/** A page asks every ten seconds; a hundred pages of one token may. */
const MOST_A_MINUTE = 600;
/** Long polls that wait at once, of all tokens and persons. */
const MOST_WAITING = 100;
/** Of one token, or of one person: nobody keeps the others from their feed. */
const MOST_WAITING_OF_ONE = 10;

function bearerOf({ headers: sent }: FastifyRequest): string | null {
  return /^Bearer ([\w-]{1,100})$/u.exec(sent.authorization ?? "")?.[1] ?? null;
}

/** Adds the routes. */
export function addEmbedRoutes(app: App, routes: EmbedRoutes): void {
  const { embeds, past, page, now } = routes;
  const mayAsk = createTurnstile(now, MOST_A_MINUTE);
  addDesk(app, routes);

  const trend = { schema: { querystring: embedTrendSchema }, handlerTimeout: HANDLER_TIMEOUT_MS };
  app.get<{ Querystring: EmbedTrendQuery }>("/api/embed/trend", trend, async (request, reply) => {
    const embed = embeds.find(bearerOf(request) ?? "");
    if (embed?.kind !== "trend") return refuse(reply, "EMBED_UNKNOWN");
    if (!mayAsk(embed.id)) return refuse(reply, "TOO_MANY_ATTEMPTS");
    return answerOf(reply, await embeds.trend(embed, request.query));
  });

  const places = createPlaces(MOST_WAITING, MOST_WAITING_OF_ONE);
  const feed = { schema: { querystring: feedQuerySchema }, handlerTimeout: HANDLER_TIMEOUT_MS + 10_000 };
  app.get<{ Querystring: FeedQuery }>("/api/feed", feed, async (request, reply) => {
    const token = bearerOf(request);
    const sight = token === null ? await sightOfPerson(routes, request, reply) : sightOfToken(token);
    if (sight === null) return reply.sent ? reply : refuse(reply, "EMBED_UNKNOWN");
    const who = token ?? `person ${routes.personOf(request)?.name}`;
    if (sight === "tooMany" || !places.take(who)) return refuse(reply, "TOO_MANY_ATTEMPTS");
    try {
      return answerOf(reply, await past.feed(request.query, sight));
    } finally {
      places.leave(who);
    }
  });
  function sightOfToken(token: string): Sight | "tooMany" | null {
    const embed = embeds.find(token);
    if (embed?.kind !== "feed") return null;
    return mayAsk(embed.id) ? embeds.sightOf(embed) : "tooMany";
  }

  if (page === null) return;
  app.get<{ Querystring: { token?: string } }>("/embed/trend", async (request, reply) => {
    const { token } = request.query;
    const embed = typeof token === "string" ? embeds.find(token) : null;
    // Only the pages that the token names may hold it; without a token that holds, nobody may.
    const ancestors = embed?.kind === "trend" ? embed.hosts.join(" ") : "'none'";
    const policy = (headers["content-security-policy"] ?? "").replace(
      "frame-ancestors 'none'",
      `frame-ancestors ${ancestors}`,
    );
    // The older header knows no list, and every browser that knows the newer one passes it over.
    return reply.removeHeader("x-frame-options").header("content-security-policy", policy).sendFile(page);
  });
}

async function sightOfPerson(
  { past, personOf, mustView }: EmbedRoutes,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<Sight | null> {
  // A demonstration's strangers look at walls; a feed is somebody's.
  if (personOf(request) === null) return null;
  return (await mustView(request, reply)) === undefined ? past.sightOf(personOf(request)) : null;
}

function addDesk(app: App, { embeds, personOf, mustChange }: EmbedRoutes): void {
  const callerOf = (request: FastifyRequest): Caller | null => {
    const person = personOf(request);
    return person === null ? null : { person, from: request.ip };
  };
  app.get("/api/embeds", { onRequest: mustChange }, async (request, reply) => {
    const person = personOf(request);
    return person === null ? refuse(reply, "NOT_LOGGED_IN") : embeds.list(person);
  });
  const add = { onRequest: mustChange, schema: { body: embedAddSchema } };
  app.post<{ Body: EmbedAdd }>("/api/embeds", add, async (request, reply) => {
    const caller = callerOf(request);
    return caller === null ? refuse(reply, "NOT_LOGGED_IN") : answerOf(reply, embeds.add(request.body, caller));
  });
  const revoke = { onRequest: mustChange, schema: { body: embedRevokeSchema } };
  app.post<{ Body: EmbedRevoke }>("/api/embeds/revoke", revoke, async (request, reply) => {
    const caller = callerOf(request);
    return caller === null ? refuse(reply, "NOT_LOGGED_IN") : answerOf(reply, embeds.revoke(request.body, caller));
  });
}
