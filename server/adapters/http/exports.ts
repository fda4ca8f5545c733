// The routes of tables: streamed where they may be long, with a name that says what they are; for persons alone.
import type { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import {
  type RecordExport,
  recordExportSchema,
  type SeriesExport,
  seriesExportSchema,
} from "../../../contract/series.ts";
import { type App, refuse } from "./guards.ts";
import { type Answered, answerOf, type PastRoutes, pointsOf, type Sight } from "./past.ts";
import type { Caller } from "./people.ts";

/** A file on its way. */
export interface ExportedFile {
  readonly name: string;
  readonly body: Readable | Buffer;
}

/** Who takes it, and what he may see. */
export interface Taker {
  readonly caller: Caller;
  readonly sight: Sight;
}

/** Whoever makes tables. */
export interface ExportDesk {
  readonly series: (points: readonly string[], query: SeriesExport, taker: Taker) => Promise<Answered<ExportedFile>>;
  readonly steps: (query: RecordExport, taker: Taker) => Promise<Answered<ExportedFile>>;
  readonly load: (query: RecordExport, taker: Taker) => Promise<Answered<ExportedFile>>;
}

/** Until the first byte; a workbook has to be made as a whole. */
const HANDLER_TIMEOUT_MS = 120_000;
const types = {
  csv: "text/csv; charset=utf-8",
  xlsx: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
} as const;

/** Adds the routes. */
export function addExportRoutes(
  app: App,
  { exports: desk, past, personOf, mustView }: PastRoutes & { readonly exports: ExportDesk },
): void {
  const takerOf = (request: FastifyRequest): Taker | null => {
    const person = personOf(request);
    return person === null ? null : { caller: { person, from: request.ip }, sight: past.sightOf(person) };
  };
  const send = (reply: FastifyReply, format: "csv" | "xlsx", made: Answered<ExportedFile>): FastifyReply => {
    if (!made.ok) return answerOf(reply, made) as FastifyReply;
    const { name, body } = made.value;
    return reply.type(types[format]).header("content-disposition", `attachment; filename="${name}"`).send(body);
  };
  const options = { onRequest: mustView, handlerTimeout: HANDLER_TIMEOUT_MS };

  const series = { ...options, schema: { querystring: seriesExportSchema } };
  app.get<{ Querystring: SeriesExport }>("/api/export/series", series, async (request, reply) => {
    const { query } = request;
    const [taker, points] = [takerOf(request), pointsOf(query.points)];
    if (taker === null) return refuse(reply, "NOT_LOGGED_IN");
    const isNarrow = query.bucketMs !== 0 && query.bucketMs < 1000;
    if (points === null || query.from >= query.to || isNarrow) return refuse(reply, "QUERY_INVALID");
    return send(reply, query.format, await desk.series(points, query, taker));
  });

  for (const kind of ["steps", "load"] as const) {
    const record = { ...options, schema: { querystring: recordExportSchema } };
    app.get<{ Querystring: RecordExport }>(`/api/export/${kind}`, record, async (request, reply) => {
      const { query } = request;
      const taker = takerOf(request);
      if (taker === null) return refuse(reply, "NOT_LOGGED_IN");
      if (query.from >= query.to) return refuse(reply, "QUERY_INVALID");
      return send(reply, query.format, await desk[kind](query, taker));
    });
  }
}
