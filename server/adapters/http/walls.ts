// The routes about screens: how they are doing, for who runs the city's; alive or not, for the watchdog beside a wall; and hung.
import type { ScreenHealth } from "../../../contract/receipt.ts";
import { isWhole } from "../../../contract/scope.ts";
import type { SeatedWall } from "../../../contract/seat.ts";
import type { Person } from "../../../contract/wall.ts";
import { createTurnstile } from "./bounds.ts";
import { type App, type Gate, type PersonOf, refuse } from "./guards.ts";

/** Whoever watches the screens. */
export interface WallDesk {
  readonly health: () => readonly ScreenHealth[];
  /** True while that wall of the register is up. */
  readonly isAlive: (id: string) => boolean;
  /** The wall that a Cookie header stands for. */
  readonly wallOf: (cookieHeader: string | undefined) => SeatedWall | null;
  /** False where there is no such wall. */
  readonly hung: (id: string) => boolean;
}

/** What the routes stand on. */
export interface WallRoutes {
  readonly desk: WallDesk;
  readonly now: () => number;
  readonly personOf: PersonOf;
  readonly mustView: Gate;
}

/** The watchdog asks every 20 s; a room behind one address may have ten walls. */
const MOST_A_MINUTE = 60;

/** Names, rooms and builds of the whole city's screens: of who looks after all of it, and not of who only looks. */
export function mayKnowScreens(person: Person | null): boolean {
  return person !== null && isWhole(person.scope) && person.role !== "viewer" && person.role !== "enterprise";
}

/** Adds the routes. */
export function addWallRoutes(app: App, { desk, now, personOf, mustView }: WallRoutes): void {
  const mayPass = createTurnstile(now, MOST_A_MINUTE);

  app.get("/api/walls/health", { onRequest: mustView }, async (request, reply) =>
    mayKnowScreens(personOf(request)) ? desk.health() : refuse(reply, "NOT_ALLOWED"),
  );

  // Public: what restarts a wall's browser has no session. A wall that nobody knows is as dead as one that is.
  app.get<{ Params: { readonly id: string } }>("/api/walls/:id/alive", async (request, reply) => {
    if (!mayPass(request.ip)) return refuse(reply, "TOO_MANY_ATTEMPTS");
    const isAlive = desk.isAlive(request.params.id);
    return reply
      .code(isAlive ? 200 : 503)
      .type("text/plain; charset=utf-8")
      .send(isAlive ? "alive\n" : "not alive\n");
  });

  app.post("/api/walls/hung", async (request, reply) => {
    if (!mayPass(request.ip)) return refuse(reply, "TOO_MANY_ATTEMPTS");
    const wall = desk.wallOf(request.headers.cookie);
    return wall !== null && desk.hung(wall.id) ? { ok: true } : refuse(reply, "NOT_FOUND");
  });
}
