// Who is there to look: every wall of the register and every browser, how each is doing, and what of it the record must know.
import type { WallView } from "../../contract/people.ts";
import type { ScreenHealth, WallReport } from "../../contract/receipt.ts";
import type { Screen } from "../adapters/gateway/wall.ts";
import type { Register } from "../adapters/register.ts";
import { stateOfScreen, type ScreenSigns } from "../domain/screen.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import type { Monitor } from "../monitor.ts";
import { wallSource } from "../monitor/screens.ts";

/** What the watch over screens stands on. */
export interface ScreensOptions {
  readonly register: Pick<Register, "listWalls">;
  readonly loop: Pick<Loop, "wall">;
  readonly monitor: Pick<Monitor, "state">;
  /** Real time, epoch ms: walls live in it, also in an exercise. */
  readonly now: () => number;
  /** The server's clock, as the record has it. */
  readonly clock: () => number;
  readonly log: Log;
}

/** The watch over screens. */
export interface Screens {
  readonly seated: (screen: Screen) => void;
  readonly left: (connection: string) => void;
  readonly reported: (screen: Screen, report: WallReport) => boolean;
  readonly painted: (screen: Screen) => void;
  /** The watchdog of a wall's page tells that its script hangs; false where there is no such wall. */
  readonly hung: (wall: string) => boolean;
  readonly onDuty: () => readonly WallView[];
  /** How many walls are there and well. */
  readonly upWalls: () => number;
  readonly health: () => readonly ScreenHealth[];
  /** True while a wall of the register is up. */
  readonly isAlive: (wall: string) => boolean;
  /** Looks at the register and at every wall; called every second, and whenever the register has changed. */
  readonly look: () => void;
}

interface Watched {
  readonly id: string;
  name: string;
  wall: WallView | null;
  readonly connections: Set<string>;
  signs: ScreenSigns;
  state: ScreenHealth["state"];
  /** Real time. */
  since: number;
  report: WallReport | null;
  paintedAt: number | null;
  /** No other wall on duty was up when it went. */
  isLast: boolean;
  /** What the record was told last; null: nothing yet. */
  told: string | null;
}

/** Begins to watch; walls have as long to come back after a start as after a cut. */
export function createScreens(options: ScreensOptions): Screens {
  const { register, loop, monitor, now, clock, log } = options;
  const walls = new Map<string, Watched>();
  const browsers = new Map<string, Watched>();

  const watch = (id: string, name: string): Watched => ({
    id,
    name,
    wall: null,
    connections: new Set(),
    signs: { watchedFrom: now(), isConnected: false, leftAt: null, reportedAt: null, frameAgeMs: 0, hungAt: null },
    state: "up",
    since: now(),
    report: null,
    paintedAt: null,
    isLast: false,
    told: null,
  });

  const screenOf = ({ connection, wall }: Screen): Watched | undefined =>
    wall === null ? browsers.get(connection) : walls.get(wall.id);

  const leave = (watched: Watched, connection: string): void => {
    if (!watched.connections.delete(connection) || watched.connections.size > 0) return;
    watched.signs = { ...watched.signs, isConnected: false, leftAt: now() };
  };

  const isUpOnDuty = ({ state, wall }: Watched): boolean => state === "up" && wall?.seat.isOnDuty === true;

  const isSeen = ({ state, signs }: Watched): boolean =>
    state === "up" && signs.isConnected && signs.reportedAt !== null;

  /** A room of one wall has nobody to wait for. */
  const isCovered = ({ id, wall }: Watched): boolean => {
    const others = [...walls.values()].filter((other) => other.id !== id && other.wall?.seat.room === wall?.seat.room);
    return others.length === 0 || others.some(isSeen);
  };

  /** Works out how it is doing; tells the record where that, its duty or its sound has changed. */
  const judge = (watched: Watched): void => {
    const { signs, wall, report } = watched;
    const state = stateOfScreen(signs, now());
    if (state !== watched.state) {
      log.info("a screen is otherwise", { screen: watched.id, state });
      watched.state = state;
      // Silent since it was last heard, not since that was noticed.
      watched.since = state === "silent" ? Math.max(signs.watchedFrom, signs.leftAt ?? signs.reportedAt ?? 0) : now();
    }
    if (wall === null) return;
    // It has had no time to come yet: neither up nor silent is known of it.
    if (watched.told === null && signs.reportedAt === null && state === "up") return;
    const { isOnDuty } = wall.seat;
    const audio = report?.audio ?? null;
    const told = JSON.stringify([state, isOnDuty, audio]);
    if (told === watched.told) return;
    watched.told = told;
    if (state === "up" || !isOnDuty) watched.isLast = false;
    else watched.isLast ||= ![...walls.values()].some(isUpOnDuty);
    const { id, name, isLast, since } = watched;
    loop.wall({ id, name, state, isOnDuty, isLast, since: clock() - (now() - since), audio });
  };

  /** A wall that is no more, or that somebody no longer relies on, keeps no alarm of its absence. */
  const dismiss = (id: string, name: string): void =>
    loop.wall({ id, name, state: "silent", isOnDuty: false, isLast: false, since: clock(), audio: null });

  const dismissUnknown = (known: ReadonlyMap<string, WallView>): void => {
    for (const { alarm, source, why } of monitor.state().alarms.values()) {
      if (source.kind !== "wall" || alarm.level === null) continue;
      const id = source.id.slice(wallSource("").id.length);
      if (known.get(id)?.seat.isOnDuty !== true) dismiss(id, String(why.values["name"] ?? id));
    }
  };

  let isFirst = true;
  const look = (): void => {
    const known = new Map(register.listWalls().flatMap((wall) => (wall.revokedAt === null ? [[wall.id, wall]] : [])));
    if (isFirst) dismissUnknown(known);
    isFirst = false;
    for (const [id, watched] of walls) {
      if (known.has(id)) continue;
      walls.delete(id);
      if (watched.told !== null) dismiss(id, watched.name);
    }
    for (const wall of known.values()) {
      const watched = walls.get(wall.id) ?? watch(wall.id, wall.name);
      watched.wall = wall;
      watched.name = wall.name;
      walls.set(wall.id, watched);
    }
    for (const watched of [...walls.values(), ...browsers.values()]) judge(watched);
  };

  return {
    look,

    seated(screen) {
      const { connection, person, wall } = screen;
      for (const other of walls.values()) if (other.id !== wall?.id) leave(other, connection);
      if (wall === null) {
        const browser = browsers.get(connection) ?? watch(connection, "");
        browser.name = person?.name ?? "";
        browser.connections.add(connection);
        browser.signs = { ...browser.signs, isConnected: true };
        browsers.set(connection, browser);
        return;
      }
      browsers.delete(connection);
      if (!walls.has(wall.id)) look();
      const watched = walls.get(wall.id);
      if (watched === undefined) return;
      watched.connections.add(connection);
      watched.signs = { ...watched.signs, isConnected: true };
    },

    left(connection) {
      browsers.delete(connection);
      for (const watched of walls.values()) leave(watched, connection);
    },

    reported(screen, report) {
      const watched = screenOf(screen);
      if (watched === undefined) return true;
      watched.report = report;
      watched.signs = { ...watched.signs, reportedAt: now(), frameAgeMs: report.frameAgeMs };
      judge(watched);
      return isCovered(watched);
    },

    painted(screen) {
      const watched = screenOf(screen);
      if (watched !== undefined) watched.paintedAt = now();
    },

    hung(id) {
      const watched = walls.get(id);
      if (watched === undefined) return false;
      watched.signs = { ...watched.signs, hungAt: now() };
      judge(watched);
      return true;
    },

    onDuty: () => [...walls.values()].flatMap(({ wall }) => (wall?.seat.isOnDuty === true ? [wall] : [])),
    upWalls: () => [...walls.values()].filter(isSeen).length,
    health: () => [...walls.values(), ...browsers.values()].map(healthOf),
    isAlive: (id) => walls.get(id)?.state === "up",
  };
}

function healthOf({ id, name, wall, state, since, signs, report, paintedAt }: Watched): ScreenHealth {
  return {
    id,
    name,
    isWall: wall !== null,
    isOnDuty: wall?.seat.isOnDuty ?? false,
    room: wall?.seat.room ?? null,
    state,
    since,
    reportedAt: signs.reportedAt,
    report,
    paintedAt,
  };
}
