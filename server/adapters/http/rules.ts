// The routes of the rules: what a new version would do, enabling it with a second person, and every version there was.
import type { FastifyReply } from "fastify";
import type { FaultCode } from "../../../contract/faults.ts";
import {
  type Announcement,
  type RuleDraft,
  ruleDraftSchema,
  type RuleEnable,
  ruleEnableSchema,
  type RuleHistory,
} from "../../../contract/rule-change.ts";
import type { Person } from "../../../contract/wall.ts";
import { type App, type Gate, type PersonOf, refuse } from "./guards.ts";

/** A change that is not taken, and where it is the version itself, every fault of it. */
export interface RefusedRule {
  readonly ok: false;
  readonly code: FaultCode;
  readonly faults?: readonly string[];
}
/** What a change would do, and the word by which one says that this was seen. */
export type Previewed = { readonly ok: true; readonly announcement: Announcement; readonly seen: string } | RefusedRule;
/** A change that is in the plan of record. */
export type Enabled = { readonly ok: true; readonly seq: number; readonly version: number } | RefusedRule;

/** Whoever knows the rules. */
export interface RuleDesk {
  readonly preview: (person: Person, draft: RuleDraft) => Promise<Previewed>;
  readonly enable: (person: Person, wanted: RuleEnable) => Promise<Enabled>;
  /** Null: there is no such point or site, or it is none of this person's business. */
  readonly versionsOf: (source: string, person: Person | null) => RuleHistory | null;
}

/** Who asks, and what stands before each route. */
export interface RuleRoutes {
  readonly rules: RuleDesk;
  readonly personOf: PersonOf;
  readonly mustView: Gate;
  readonly mustChange: Gate;
}

/** Adds the routes. */
export function addRuleRoutes(app: App, { rules, personOf, mustView, mustChange }: RuleRoutes): void {
  const preview = { onRequest: mustChange, schema: { body: ruleDraftSchema } };
  app.post("/api/rules/preview", preview, async (request, reply) => {
    const person = personOf(request);
    if (person === null) return refuse(reply, "NOT_LOGGED_IN");
    const previewed = await rules.preview(person, request.body);
    return previewed.ok ? previewed : refuseRule(reply, previewed);
  });

  const enable = { onRequest: mustChange, schema: { body: ruleEnableSchema } };
  app.post("/api/rules/enable", enable, async (request, reply) => {
    const person = personOf(request);
    if (person === null) return refuse(reply, "NOT_LOGGED_IN");
    const enabled = await rules.enable(person, request.body);
    return enabled.ok ? enabled : refuseRule(reply, enabled);
  });

  app.get<{ Params: { source: string } }>("/api/rules/:source", { onRequest: mustView }, async (request, reply) => {
    return rules.versionsOf(request.params.source, personOf(request)) ?? refuse(reply, "NOT_FOUND");
  });
}

function refuseRule(reply: FastifyReply, { code, faults }: RefusedRule): FastifyReply {
  return refuse(reply, code, faults === undefined ? {} : { faults });
}
