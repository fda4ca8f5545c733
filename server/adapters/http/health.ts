// What the server says of itself: to whoever asks that it lives and counts, to those who have the whole city what and where.
import type { FaultCode, FaultCount } from "../../../contract/faults.ts";
import type { NeighbourStatus, Person, Weakness } from "../../../contract/wall.ts";
import { type App, type PersonOf, refuse } from "./guards.ts";

/** All that `/api/health` says: its examples are pieces of what was sent, and name sites, devices and alarms. */
export interface Health {
  readonly version: string;
  readonly isDemo: boolean;
  /** Epoch ms. */
  readonly startedAt: number;
  /** SHA-256 of the public key that the record is signed with, hex. */
  readonly recordKey?: string;
  /** The process works. */
  readonly live: boolean;
  /** The journal is restored and samples are taken in. */
  readonly ready: boolean;
  readonly neighbours: readonly NeighbourStatus[];
  /** Everything that was refused, by code. */
  readonly faults: readonly FaultCount[];
  /** What is weak in how the server is set up. */
  readonly weaknesses: readonly Weakness[];
  readonly devices: DeviceHealth;
}

/** Devices at the embedded broker, counted: it is told to everybody, so without a name. */
export interface DeviceHealth {
  readonly connected: number;
  /** Held back now because they send faster than they may. */
  readonly heldBack: number;
  /** Refused for a while because they connect again and again. */
  readonly flapping: number;
}

/** What `/health` says without a session: nothing of any site. */
export type PublicHealth = Omit<Health, "faults"> & { readonly faults: readonly Omit<FaultCount, "example">[] };

/** Whom these routes ask. */
export interface HealthRoutes {
  readonly isDemo: boolean;
  readonly health: () => Health;
  /** In Prometheus' text format. */
  readonly metrics: () => Promise<string>;
  readonly personOf: PersonOf;
  readonly mayDo: (
    person: Person,
    act: "view",
    context: { readonly isDemo: boolean; readonly site: null },
  ) => { readonly ok: true } | { readonly ok: false; readonly code: FaultCode };
}

/** Field by field: what is added to the health later is not public by that. */
function publicOf(health: Health): PublicHealth {
  const { version, isDemo, startedAt, recordKey, live, ready, neighbours, faults, weaknesses, devices } = health;
  const counts = faults.map(({ code, count, lastAt }) => ({ code, count, lastAt }));
  const key = recordKey === undefined ? {} : { recordKey };
  return { version, isDemo, startedAt, ...key, live, ready, neighbours, faults: counts, weaknesses, devices };
}

/** Adds the routes. */
export function addHealthRoutes(app: App, { isDemo, health, metrics, personOf, mayDo }: HealthRoutes): void {
  // Public, both: who watches the server has no session. They tell of the machine, not of the sites.
  app.get("/health", async (_request, reply) => {
    const state = health();
    return reply
      .code(state.live && state.ready ? 200 : 503)
      .header("cache-control", "no-store")
      .send(publicOf(state));
  });

  app.get("/metrics", async (_request, reply) =>
    reply.type("text/plain; version=0.0.4; charset=utf-8").send(await metrics()),
  );

  // Also of a demonstration, which anybody may look at: what was refused was sent by somebody.
  app.get("/api/health", async (request, reply) => {
    const person = personOf(request);
    if (person === null) return refuse(reply, "NOT_LOGGED_IN");
    const verdict = mayDo(person, "view", { isDemo, site: null });
    return verdict.ok ? health() : refuse(reply, verdict.code);
  });
}
