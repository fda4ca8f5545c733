// The routes of drafts: kept for others to see, tested against the past by a job of the server, and run as shadows.
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FaultCode } from "../../../contract/faults.ts";
import {
  type BacktestAsk,
  backtestAskSchema,
  type BacktestJob,
  type DraftList,
  type DraftSave,
  draftSaveSchema,
  type DraftView,
  type StoredDraft,
} from "../../../contract/rule-draft.ts";
import type { Person } from "../../../contract/wall.ts";
import { type App, type Gate, type PersonOf, refuse } from "./guards.ts";
import type { Caller } from "./people.ts";

/** Not done, and why. */
export interface NotDrafted {
  readonly ok: false;
  readonly code: FaultCode;
}
/** A draft that was saved. */
export type Saved = { readonly ok: true; readonly draft: StoredDraft } | NotDrafted;
/** A back-test that was begun. */
export type Begun = { readonly ok: true; readonly job: BacktestJob } | NotDrafted;
/** Done, or why not. */
export type DraftDone = { readonly ok: true } | NotDrafted;

/** Whoever keeps the drafts. What is not this person's business is answered like what does not exist. */
export interface DraftDesk {
  readonly list: (person: Person) => DraftList;
  readonly view: (person: Person, id: string) => DraftView | null;
  readonly save: (caller: Caller, id: string, wanted: DraftSave) => Saved;
  readonly remove: (caller: Caller, id: string) => DraftDone;
  readonly startBacktest: (caller: Caller, asked: BacktestAsk) => Begun;
  readonly findBacktest: (person: Person, id: string) => BacktestJob | null;
  readonly cancelBacktest: (caller: Caller, id: string) => DraftDone;
  readonly startShadow: (caller: Caller, id: string) => DraftDone;
  readonly stopShadow: (caller: Caller, id: string) => DraftDone;
}

/** Who asks, and what stands before each route. */
export interface DraftRoutes {
  readonly drafts: DraftDesk;
  readonly personOf: PersonOf;
  readonly mustChange: Gate;
}

interface Named {
  readonly Params: { readonly id: string };
}

/** A version of a rule with many conditions on several levels, and a corridor of many corners among them. */
const BODY_LIMIT_BYTES = 131_072;

/** Adds the routes. */
export function addDraftRoutes(app: App, { drafts, personOf, mustChange }: DraftRoutes): void {
  const onRequest = mustChange;
  /** The guard has let a person through: there is one. */
  const callerOf = (request: FastifyRequest): Caller => ({ person: personOf(request) as Person, from: request.ip });
  const answer = <T extends object>(reply: FastifyReply, done: T & { readonly ok: boolean }): T | FastifyReply =>
    "code" in done ? refuse(reply, done.code as FaultCode) : done;

  app.get("/api/rules/drafts", { onRequest }, (request, reply) => reply.send(drafts.list(callerOf(request).person)));
  app.get<Named>(
    "/api/rules/drafts/:id",
    { onRequest },
    async (request, reply) => drafts.view(callerOf(request).person, request.params.id) ?? refuse(reply, "NOT_FOUND"),
  );
  const saving = { onRequest, schema: { body: draftSaveSchema }, bodyLimit: BODY_LIMIT_BYTES };
  app.put<Named & { readonly Body: DraftSave }>("/api/rules/drafts/:id", saving, async (request, reply) =>
    answer(reply, drafts.save(callerOf(request), request.params.id, request.body)),
  );
  app.delete<Named>("/api/rules/drafts/:id", { onRequest }, async (request, reply) =>
    answer(reply, drafts.remove(callerOf(request), request.params.id)),
  );
  app.post<Named>("/api/rules/drafts/:id/shadow", { onRequest }, async (request, reply) =>
    answer(reply, drafts.startShadow(callerOf(request), request.params.id)),
  );
  app.delete<Named>("/api/rules/drafts/:id/shadow", { onRequest }, async (request, reply) =>
    answer(reply, drafts.stopShadow(callerOf(request), request.params.id)),
  );

  const asking = { onRequest, schema: { body: backtestAskSchema } };
  app.post("/api/rules/backtests", asking, async (request, reply) =>
    answer(reply, drafts.startBacktest(callerOf(request), request.body)),
  );
  app.get<Named>(
    "/api/rules/backtests/:id",
    { onRequest },
    async (request, reply) =>
      drafts.findBacktest(callerOf(request).person, request.params.id) ?? refuse(reply, "NOT_FOUND"),
  );
  app.delete<Named>("/api/rules/backtests/:id", { onRequest }, async (request, reply) =>
    answer(reply, drafts.cancelBacktest(callerOf(request), request.params.id)),
  );
}
