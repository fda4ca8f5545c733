// The rooms that are built after the loop, and how it tells them: in a fixed order, each as soon as it is there.
import type { Gateway } from "../adapters/gateway.ts";
import type { HistorianThread } from "../historian.ts";
import type { Listener } from "../loop/sinks.ts";
import type { Glass } from "./glass.ts";
import type { HeadKeeper } from "./heads.ts";
import type { Incidents } from "./incidents.ts";
import type { Past } from "./keep-past.ts";
import type { Keepers } from "./keepers.ts";
import type { Orders } from "./orders.ts";
import type { Shadows } from "./shadows.ts";

/** What is built after the loop, and heard of by it. */
export interface Rooms {
  gateway: Gateway | null;
  historian: HistorianThread | null;
  keepers: Keepers | null;
  incidents: Incidents | null;
  glass: Glass | null;
  past: Past | null;
}

/** Rooms that are not there yet. */
export function emptyRooms(): Rooms {
  return { gateway: null, historian: null, keepers: null, incidents: null, glass: null, past: null };
}

/** The rooms that are there before the loop. */
export interface FirstRooms {
  readonly heads: HeadKeeper;
  readonly orders: Orders;
  readonly shadows: Shadows;
  /** The end of a turn: what is on the disk may be read. */
  readonly readOn: () => void;
}

/** Tells every room; walls first. */
export function tellRooms(rooms: Rooms, { heads, orders, shadows, readOn }: FirstRooms): Listener {
  return {
    changed: (changes) => {
      rooms.gateway?.publish(changes);
      rooms.glass?.changed(changes);
      orders.changed(changes.items);
      heads.changed(changes.items);
      rooms.incidents?.changed(changes.items);
    },
    touched: (index) => rooms.gateway?.touch(index),
    replanned: () => {
      rooms.gateway?.replan();
      orders.replanned();
    },
    turned: readOn,
    judged: (...turn) => {
      shadows.heard(turn[0], turn[1]);
      rooms.glass?.judged(...turn);
    },
  };
}
