// The routes of the record: its newest signed head for whoever keeps one elsewhere, and a pack of evidence of one alarm.
import { type EvidenceQuery, evidenceQuerySchema, type SignedHead } from "../../../contract/evidence.ts";
import type { FaultCode } from "../../../contract/faults.ts";
import { isWhole } from "../../../contract/scope.ts";
import { type App, type Gate, type PersonOf, refuse } from "./guards.ts";
import type { Caller } from "./people.ts";

/** A pack's file, or why there is none. */
export type PackedFile =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly code: FaultCode; readonly detail: string };

/** Whoever has the record. */
export interface EvidenceDesk {
  readonly head: () => SignedHead | null;
  /** Null: another pack is being made. */
  readonly pack: (alarm: string, query: EvidenceQuery, caller: Caller) => Promise<PackedFile> | null;
}

/** Who asks, and what stands before a pack. */
export interface EvidenceRoutes {
  readonly evidence: EvidenceDesk;
  readonly personOf: PersonOf;
  readonly mustExport: Gate;
}

/** An old alarm lies deep in a long journal. */
const HANDLER_TIMEOUT_MS = 300_000;

/** Adds the routes. */
export function addEvidenceRoutes(app: App, { evidence, personOf, mustExport }: EvidenceRoutes): void {
  // Public, as `/health` is: it tells how far the record has come, and nothing of what is in it.
  app.get("/api/journal/head", async (_request, reply) => evidence.head() ?? refuse(reply, "NOT_FOUND"));

  const options = {
    onRequest: mustExport,
    schema: { querystring: evidenceQuerySchema },
    handlerTimeout: HANDLER_TIMEOUT_MS,
  };
  app.get<{ Params: { id: string }; Querystring: EvidenceQuery }>(
    "/api/alarms/:id/evidence",
    options,
    async (request, reply) => {
      const person = personOf(request);
      if (person === null) return refuse(reply, "NOT_LOGGED_IN");
      // The turns are whole, or they would prove nothing: other sites' messages lie in them too.
      if (!isWhole(person.scope)) return refuse(reply, "NOT_ALLOWED");
      const packed = await evidence.pack(request.params.id, request.query, { person, from: request.ip });
      if (packed === null) return refuse(reply, "OVERLOADED");
      if (!packed.ok) return refuse(reply, packed.code, { faults: [packed.detail] });
      return reply
        .type("application/json; charset=utf-8")
        .header("content-disposition", `attachment; filename="evidence.json"`)
        .send(packed.text);
    },
  );
}
