// The routes of the seven stamps: how fast alarms travel, for who runs the city's; and those of one alarm.
import type { AlarmStamps, LatencyView } from "../../../contract/receipt.ts";
import type { Person } from "../../../contract/wall.ts";
import { type App, type Gate, type PersonOf, refuse } from "./guards.ts";
import { mayKnowScreens } from "./walls.ts";

/** Whoever stamps. */
export interface LatencyDesk {
  readonly view: () => LatencyView;
  /** Null: not remembered, or none of this person's business. */
  readonly stampsOf: (alarm: string, person: Person | null) => AlarmStamps | null;
}

/** What the routes stand on. */
export interface LatencyRoutes {
  readonly desk: LatencyDesk;
  readonly personOf: PersonOf;
  readonly mustView: Gate;
}

/** Adds the routes. */
export function addLatencyRoutes(app: App, { desk, personOf, mustView }: LatencyRoutes): void {
  app.get("/api/latency", { onRequest: mustView }, async (request, reply) =>
    mayKnowScreens(personOf(request)) ? desk.view() : refuse(reply, "NOT_ALLOWED"),
  );
  app.get<{ Params: { readonly id: string } }>(
    "/api/alarms/:id/stamps",
    { onRequest: mustView },
    async (request, reply) => desk.stampsOf(request.params.id, personOf(request)) ?? refuse(reply, "ALARM_NOT_FOUND"),
  );
}
