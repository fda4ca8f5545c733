// The door: how often a password may be tried, by whom for whom, by name and by network.
import { isIPv6 } from "node:net";
import { createThrottle, type Throttle } from "./throttle.ts";

/** The door of the login. */
export interface Doorman {
  /** How long this attempt has to wait, ms; 0: go on, and it counts as failed until `succeeded`. */
  attempt(address: string, name: string): number;
  succeeded(address: string, name: string): void;
}

/** A guess at many names from one network, or at one name from many, waits a minute at most: the rest is the pair's. */
const SPRAY_MS = 60_000;
/** Behind one address there may be an office whose people all mistype on a Monday. */
const FREE_BY_NETWORK = 60;
const FREE_BY_NAME = 30;
const MAX_KNOWN = 10_000;

/**
 * Makes the doorman. Nobody is locked out for good: waits end by themselves, and who has logged in from his network before is
 * never kept waiting for what others try under his name (ASVS 2.2.1).
 */
export function createDoorman(now: () => number): Doorman {
  const pairs = createThrottle({ now });
  const names = createThrottle({ now, freeFailures: FREE_BY_NAME, longestWaitMs: SPRAY_MS });
  const networks = createThrottle({ now, freeFailures: FREE_BY_NETWORK, longestWaitMs: SPRAY_MS });
  const known = new Set<string>();

  const keysOf = (address: string, name: string): readonly (readonly [Throttle, string])[] => {
    const network = networkOf(address);
    const pair = `${network} ${name}`;
    const all = [
      [pairs, pair],
      [networks, network],
    ] as const;
    return known.has(pair) ? all : [...all, [names, name]];
  };

  return {
    attempt(address, name) {
      const keys = keysOf(address, name);
      // All are looked at before any counts: an attempt that one of them stops is none for the others.
      const waitMs = Math.max(...keys.map(([throttle, key]) => throttle.waitMs(key)));
      if (waitMs > 0) return waitMs;
      for (const [throttle, key] of keys) throttle.attempt(key);
      return 0;
    },

    succeeded(address, name) {
      const network = networkOf(address);
      const pair = `${network} ${name}`;
      pairs.succeeded(pair);
      // One right password does not make the other guesses of its network good.
      networks.forgive(network);
      names.forgive(name);
      known.delete(pair);
      known.add(pair);
      const [oldest] = known;
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    },
  };
}

/** An IPv4 address as it is; of IPv6 the first 64 bits, since a single computer has all the rest for itself. */
export function networkOf(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = "", tail = ""] = (address.split("%")[0] ?? "").split("::");
  const groups = (text: string): readonly string[] => (text === "" ? [] : text.split(":"));
  const missing = 8 - groups(head).length - groups(tail).length;
  const zeros = address.includes("::") ? Array<string>(Math.max(0, missing)).fill("0") : [];
  return [...groups(head), ...zeros, ...groups(tail)]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":");
}
