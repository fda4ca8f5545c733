// Receipts of what screens have painted: written down, and held against what a wall on duty must have painted (semantics §1, §8).
import type { Painted } from "../../contract/receipt.ts";
import { isWhole, isWithin, type Scope } from "../../contract/scope.ts";
import type { Changes } from "../../contract/wall.ts";
import type { Screen } from "../adapters/gateway/wall.ts";
import { annunciated, type Annunciations, painted, type ToldAt, unpainted } from "../domain/painted.ts";
import type { Loop } from "../loop.ts";
import type { Monitor } from "../monitor.ts";
import type { Screens } from "./screens.ts";

/** What receipts stand on. */
export interface ReceiptsOptions {
  readonly loop: Pick<Loop, "receipt" | "neighbour">;
  readonly monitor: Pick<Monitor, "state" | "standing">;
  readonly screens: Pick<Screens, "onDuty" | "painted">;
  /** Real time, epoch ms. */
  readonly now: () => number;
  readonly clock: () => number;
  /** What a screen has painted of what it may see. @default nobody */
  readonly onPainted?: (screen: Screen, alarms: Painted["alarms"]) => void;
}

/** Receipts of a running server. */
export interface Receipts {
  /** What walls are told now. */
  readonly changed: (changes: Changes) => void;
  readonly painted: (screen: Screen, painted: Painted) => void;
  /** Every second: what is overdue, and what no longer is. */
  readonly look: () => void;
}

/** Walls come back within 15 s of a restart, and then paint what stands. */
const graceMs = 25_000;
/** So many receipts of a wall are remembered: what it tells again after a reconnect is written down once. */
const mostRemembered = 5000;

/** Begins to hold receipts against annunciations, those that stand among them. */
export function createReceipts(options: ReceiptsOptions): Receipts {
  const { loop, monitor, screens, now, clock, onPainted = () => {} } = options;
  const annunciations: Annunciations = new Map();
  const remembered = new Map<string, Set<string>>();
  const startedAt = now();
  const told = (): ToldAt => ({ toldAt: Math.max(now(), startedAt + graceMs), since: clock() });
  for (const alarm of monitor.standing().alarms) annunciated(annunciations, alarm, told());

  /** True where a scope shows what is of this site; null: of the city. */
  const isShown = (scope: Scope | undefined, site: string | null): boolean => {
    // Whoever has the whole city sees what is of no site too, or of one that is in no plan any more.
    if (isWhole(scope)) return true;
    if (site === null) return false;
    const placed = monitor.state().plan.sites.find(({ id }) => id === site);
    return placed !== undefined && isWithin(scope, placed);
  };
  const isExpected = (site: string | null): boolean => screens.onDuty().some(({ scope }) => isShown(scope, site));

  /** What stands, or stood, as this screen says, and is its person's to see: all else is no receipt. */
  const isTrue = ({ person }: Screen, { alarm, occurrence, revision }: Painted["alarms"][number]): boolean => {
    const standing = monitor.state().alarms.get(alarm);
    if (standing === undefined || !isShown(person?.scope, standing.site)) return false;
    return standing.alarm.occurrence === occurrence && revision <= standing.alarm.revision;
  };

  const isNew = (wall: string, { alarm, occurrence, revision }: Painted["alarms"][number]): boolean => {
    const known = remembered.get(wall) ?? new Set();
    const key = `${occurrence} ${revision} ${alarm}`;
    if (known.has(key)) return false;
    if (known.size >= mostRemembered) known.clear();
    remembered.set(wall, known.add(key));
    return true;
  };

  return {
    changed({ items }) {
      for (const item of items) if (item.type === "alarm") annunciated(annunciations, item.alarm, told());
    },

    painted(screen, { alarms }) {
      const own = alarms.filter((one) => isTrue(screen, one));
      if (own.length === 0) return;
      screens.painted(screen);
      onPainted(screen, own);
      const { wall } = screen;
      // Only walls are evidence: anybody's browser may be in any hand, and there may be a thousand of them.
      if (wall === null) return;
      if (wall.seat.isOnDuty) for (const one of own) painted(annunciations, one);
      const fresh = own.filter((one) => isNew(wall.id, one));
      if (fresh.length > 0) void loop.receipt({ wall: wall.id, painted: fresh });
    },

    look() {
      const { overdue, isWaiting } = unpainted(annunciations, isExpected, now());
      const isDown = monitor.state().neighbours.get("walls")?.state === "down";
      const [first] = overdue;
      if (first !== undefined && !isDown) {
        const { alarm, since } = first;
        loop.neighbour("walls", "down", alarm, { alarm, since });
      } else if (first === undefined && !isWaiting && isDown) loop.neighbour("walls", "up", "painted or answered");
    },
  };
}
