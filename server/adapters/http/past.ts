// The routes of what was: points in buckets with all that is known of their time, steps of alarms, and the alarms' load.
import type { FastifyReply } from "fastify";
import type { FaultCode } from "../../../contract/faults.ts";
import {
  type Estimate,
  type FeedPage,
  type FeedQuery,
  type LoadAnswer,
  type LoadQuery,
  loadQuerySchema,
  mostSeries,
  type SeriesAnswer,
  type SeriesQuery,
  seriesQuerySchema,
  type StepsPage,
  type StepsQuery,
  stepsQuerySchema,
} from "../../../contract/series.ts";
import type { Person } from "../../../contract/wall.ts";
import { type App, type Gate, type PersonOf, refuse } from "./guards.ts";

/** What somebody may see, be it a person or a token. */
export interface Sight {
  /** Null: all sites, and what is the city's own. */
  readonly sites: readonly string[] | null;
  readonly seesPoint: (id: string) => boolean;
}

/** An answer, or why there is none. */
export type Answered<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: FaultCode; readonly estimate?: Estimate };

/** Whoever knows what was. */
export interface PastDesk {
  readonly sightOf: (person: Person | null) => Sight;
  readonly series: (
    points: readonly string[],
    query: Pick<SeriesQuery, "from" | "to" | "buckets">,
    sight: Sight,
  ) => Promise<Answered<SeriesAnswer>>;
  readonly steps: (query: StepsQuery, sight: Sight) => Promise<Answered<StepsPage>>;
  readonly load: (query: LoadQuery, sight: Sight) => Promise<Answered<LoadAnswer>>;
  readonly feed: (query: FeedQuery, sight: Sight) => Promise<Answered<FeedPage>>;
}

/** Who asks, and what stands before each route. */
export interface PastRoutes {
  readonly past: PastDesk;
  readonly personOf: PersonOf;
  readonly mustView: Gate;
}

/** A year of eight points may take the historian some seconds. */
const HANDLER_TIMEOUT_MS = 30_000;

/** The points of a question, each once; null where there are none or too many. */
export function pointsOf(text: string): readonly string[] | null {
  const points = [...new Set(text.split(",").filter((id) => id !== ""))];
  return points.length === 0 || points.length > mostSeries ? null : points;
}

/** The answer, or the refusal with its estimate. */
export function answerOf<T>(reply: FastifyReply, answered: Answered<T>): T | FastifyReply {
  if (answered.ok) return answered.value;
  return refuse(reply, answered.code, answered.estimate === undefined ? {} : { estimate: answered.estimate });
}

/** Adds the routes. */
export function addPastRoutes(app: App, { past, personOf, mustView }: PastRoutes): void {
  const options = { onRequest: mustView, handlerTimeout: HANDLER_TIMEOUT_MS };
  const series = { ...options, schema: { querystring: seriesQuerySchema } };
  app.get<{ Querystring: SeriesQuery }>("/api/series", series, async (request, reply) => {
    const { query } = request;
    const points = pointsOf(query.points);
    if (points === null || query.from >= query.to) return refuse(reply, "QUERY_INVALID");
    return answerOf(reply, await past.series(points, query, past.sightOf(personOf(request))));
  });

  const steps = { ...options, schema: { querystring: stepsQuerySchema } };
  app.get<{ Querystring: StepsQuery }>("/api/steps", steps, async (request, reply) => {
    const { query } = request;
    if (query.from >= query.to) return refuse(reply, "QUERY_INVALID");
    return answerOf(reply, await past.steps(query, past.sightOf(personOf(request))));
  });

  const load = { ...options, schema: { querystring: loadQuerySchema } };
  app.get<{ Querystring: LoadQuery }>("/api/kpi", load, async (request, reply) => {
    const { query } = request;
    if (query.from >= query.to) return refuse(reply, "QUERY_INVALID");
    return answerOf(reply, await past.load(query, past.sightOf(personOf(request))));
  });
}
