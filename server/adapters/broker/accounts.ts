// What the broker remembers of a device beyond one connection: its connections, its rate, and how restless it is.
import type { Duplex } from "node:stream";
import type { Client } from "aedes";
import type { DeviceTraffic } from "../../../contract/register.ts";
import type { Account, Admission } from "./rules.ts";
import { nameOf } from "./rules.ts";

/** More connections than this within a minute is flapping. */
const FLAPPING_CONNECTS = 60;
const FLAPPING_WITHIN_MS = 60_000;
/** How long it is refused then: doubled each time, until it has been quiet for an hour. */
const FIRST_BAN_MS = 30_000;
const LONGEST_BAN_MS = 600_000;
const FORGIVE_MS = 3_600_000;
/** A device may send so many seconds' worth at once. */
const BURST_S = 2;
/** A connection that is held back is looked at again at least so often, so that its keep-alive does not run out. */
const LONGEST_WAIT_MS = 1000;
/** Devices without a connection that are remembered: the one that came first is forgotten first. */
const MAX_IDLE = 10_000;

/** One device's traffic. */
export interface Traffic {
  /** Counts a connection; false where the device connects again and again and has to wait. */
  mayConnect(): boolean;
  /** It was cut off by us, for no fault of its own: that it comes again at once is what it should. */
  excuse(): void;
  /** The connection is there; it takes itself out when it closes. */
  hold(client: Client): void;
  /** One message was taken. */
  spend(): void;
  /** False while the device has sent more than it may: the connection is woken when it may go on. */
  mayRead(client: Client): boolean;
  status(): DeviceTraffic;
}

/** All devices that are connected, or have been lately. */
export interface Accounts {
  of(admission: Admission): Traffic;
  /** By user name. */
  list(): ReadonlyMap<string, DeviceTraffic>;
  /** Connections of one device, or of all. */
  clients(account?: Account): Client[];
}

/** What is told of a device, once each time that it begins. */
export interface AccountsOptions {
  readonly now: () => number;
  readonly onHeldBack: (account: Account, perSecond: number) => void;
}

interface Kept {
  readonly traffic: Traffic & { limit(perSecond: number): void };
  readonly clients: ReadonlySet<Client>;
}

/** Makes the memory of all devices. */
export function createAccounts(options: AccountsOptions): Accounts {
  const kept = new Map<string, Kept>();
  const forgetIdle = (): void => {
    if (kept.size < MAX_IDLE) return;
    for (const [key, { clients }] of kept) {
      if (clients.size > 0) continue;
      kept.delete(key);
      return;
    }
  };
  return {
    of(admission) {
      const key = nameOf(admission);
      let known = kept.get(key);
      if (known === undefined) {
        forgetIdle();
        known = createTraffic(options, { site: admission.site, device: admission.device });
        kept.set(key, known);
      }
      known.traffic.limit(admission.maxPerSecond);
      return known.traffic;
    },
    list: () => new Map([...kept].map(([key, { traffic }]) => [key, traffic.status()])),
    clients: (account) =>
      account === undefined
        ? [...kept.values()].flatMap(({ clients }) => [...clients])
        : [...(kept.get(nameOf(account))?.clients ?? [])],
  };
}

function createTraffic({ now, onHeldBack }: AccountsOptions, account: Account): Kept {
  const clients = new Set<Client>();
  const waiting = new Map<Client, NodeJS.Timeout>();
  const restless = createRestlessness(now);
  let perSecond = 1;
  let tokens = 0;
  let filledAt = now();
  let isFirst = true;
  let heldBack = 0;
  let heldBackSince: number | null = null;

  const fill = (): void => {
    const at = now();
    tokens = Math.min(perSecond * BURST_S, tokens + (Math.max(0, at - filledAt) * perSecond) / 1000);
    filledAt = at;
  };
  const wait = (client: Client): void => {
    if (waiting.has(client)) return;
    const ms = Math.min(LONGEST_WAIT_MS, Math.max(1, ((1 - tokens) * 1000) / perSecond));
    waiting.set(
      client,
      setTimeout(() => {
        waiting.delete(client);
        // It speaks, only unheard: its keep-alive must not run out meanwhile.
        keepAlive(client);
        client.conn.emit("readable");
      }, ms),
    );
  };

  const traffic: Kept["traffic"] = {
    limit(most) {
      perSecond = most;
      if (isFirst) tokens = most * BURST_S;
      isFirst = false;
    },
    mayConnect: () => restless.mayConnect(),
    excuse: restless.excuse,
    hold(client) {
      clients.add(client);
      client.conn.once("close", () => {
        clients.delete(client);
        clearTimeout(waiting.get(client));
        waiting.delete(client);
        if (waiting.size === 0) heldBackSince = null;
      });
    },
    spend() {
      tokens -= 1;
    },
    mayRead(client) {
      // The clock is asked only where the tokens run out: this is passed for every chunk.
      if (tokens < 1) fill();
      // Where nothing has come there is nothing to hold back: what comes next asks again.
      if (tokens >= 1 || (client.conn as Duplex).readableLength === 0) {
        if (waiting.size === 0) heldBackSince = null;
        return true;
      }
      if (heldBackSince === null) {
        heldBackSince = now();
        heldBack += 1;
        onHeldBack(account, perSecond);
      }
      wait(client);
      return false;
    },
    status: () => ({ connections: clients.size, heldBack, heldBackSince, flappingUntil: restless.until() }),
  };
  return { traffic, clients };
}

function keepAlive(client: Client): void {
  const inside = client as unknown as Readonly<Record<string, { refresh(): void } | null>>;
  inside["_keepaliveTimer"]?.refresh();
}

function createRestlessness(now: () => number): {
  mayConnect(): boolean;
  excuse(): void;
  until(): number | null;
} {
  let connects: number[] = [];
  let bannedUntil = 0;
  let banMs = 0;
  // A clock that was set back must not make a ban of seconds one of days.
  const isBanned = (at: number): boolean => at < bannedUntil && bannedUntil - at <= LONGEST_BAN_MS;
  return {
    mayConnect() {
      const at = now();
      if (isBanned(at)) return false;
      connects = [...connects.filter((one) => Math.abs(at - one) < FLAPPING_WITHIN_MS), at];
      if (connects.length <= FLAPPING_CONNECTS) return true;
      banMs = at - bannedUntil > FORGIVE_MS || banMs === 0 ? FIRST_BAN_MS : Math.min(banMs * 2, LONGEST_BAN_MS);
      bannedUntil = at + banMs;
      connects = [];
      return false;
    },
    excuse() {
      connects = [];
    },
    until: () => (isBanned(now()) ? bannedUntil : null),
  };
}
