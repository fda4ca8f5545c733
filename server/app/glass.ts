// What is on the glass, put together: the screens that are there, what they have painted, and how fast it came to them.
import type { Painted } from "../../contract/receipt.ts";
import type { Person } from "../../contract/wall.ts";
import type { GatewayOptions } from "../adapters/gateway.ts";
import type { Screen } from "../adapters/gateway/wall.ts";
import type { LatencyDesk } from "../adapters/http/latency.ts";
import type { WallDesk } from "../adapters/http/walls.ts";
import { credentialsOfCookies } from "../adapters/http/session.ts";
import type { Register } from "../adapters/register.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import type { Listener } from "../loop/sinks.ts";
import type { Monitor } from "../monitor.ts";
import type { Accounts } from "./accounts.ts";
import type { Owners } from "./owners.ts";
import { type Canary, createCanary } from "./canary.ts";
import { createLatency } from "./latency.ts";
import { createReceipts } from "./receipts.ts";
import { createScreens } from "./screens.ts";
import type { Undo } from "./undo.ts";

/** What it stands on. */
export interface GlassOptions {
  readonly register: Register;
  readonly loop: Loop;
  readonly monitor: Monitor;
  readonly people: Pick<Accounts, "wallOf">;
  readonly maySeeOf: Owners["maySeeOf"];
  /** Null: no alarm is made of it. */
  readonly latencyLimitMs: number | null;
  /** 0: no canary flies. */
  readonly canaryEveryMs: number;
  /** Tells the walls of a canary. */
  readonly push: (occurrence: number) => void;
  readonly clock: () => number;
  readonly log: Log;
}

/** What of it the house hands on. */
export interface Glass {
  readonly gateway: Pick<GatewayOptions, "wall" | "screens">;
  readonly walls: WallDesk;
  readonly latency: LatencyDesk;
  readonly canary: Canary;
  readonly changed: Listener["changed"];
  readonly judged: NonNullable<Listener["judged"]>;
  /** Somebody's account, or a wall, has changed. */
  readonly look: () => void;
}

const lookEveryMs = 1000;

/** Puts it together, and looks every second at what is overdue. */
export function keepGlass(options: GlassOptions, undo: Undo): Glass {
  const { register, loop, monitor, people, maySeeOf, clock, log } = options;
  const own = { loop, monitor, now: Date.now, clock, log };
  const screens = createScreens({ ...own, register });
  const { canaryEveryMs: everyMs, latencyLimitMs: limitMs, push } = options;
  const canary = createCanary({ ...own, everyMs, push, walls: screens.upWalls });
  const latency = createLatency({ ...own, limitMs, canary: canary.view });
  const receipts = createReceipts({ ...own, screens, onPainted: latency.painted });
  const painted = (screen: Screen, { alarms }: Painted): void => {
    const rest = canary.painted(screen, alarms);
    if (rest.length > 0) receipts.painted(screen, { alarms: rest });
  };
  const seated = (screen: Screen): void => {
    screens.seated(screen);
    latency.seated(screen);
  };
  const left = (connection: string): void => {
    screens.left(connection);
    latency.left(connection);
  };
  const wallOf = (cookies: string | undefined) => people.wallOf(credentialsOfCookies(cookies));

  screens.look();
  const looking = setInterval(() => {
    screens.look();
    receipts.look();
    latency.look();
  }, lookEveryMs);
  undo.add("glass", () => {
    canary.stop();
    clearInterval(looking);
  });

  const maySee = (person: Person | null, alarm: string): boolean =>
    maySeeOf(person, monitor.state().alarms.get(alarm)?.site ?? null);
  return {
    gateway: { wall: wallOf, screens: { ...screens, seated, left, painted } },
    walls: { health: screens.health, isAlive: screens.isAlive, hung: screens.hung, wallOf },
    latency: {
      view: latency.view,
      stampsOf: (alarm, person) => (maySee(person, alarm) ? latency.stampsOf(alarm) : null),
    },
    canary,
    changed: receipts.changed,
    judged: (inputs, outcomes, times) => {
      latency.judged(inputs, outcomes, times);
      canary.judged(inputs, outcomes, times);
    },
    look: screens.look,
  };
}
