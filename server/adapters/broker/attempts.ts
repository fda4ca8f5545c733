// Failed proofs, by address and by name: so that no secret is guessed by the thousand, and one bad device stops no other.

/** Who has failed too often to be looked at. */
export interface Attempts {
  mayTry(address: string, name: string): boolean;
  failed(address: string, name: string): void;
  succeeded(address: string, name: string): void;
}

/** Failures of one name from one address before it has to wait, and of one address whatever the names. */
const FREE_OF_NAME = 10;
const FREE_OF_ADDRESS = 100;
/** A failure is forgiven each so often: a name is tried 60 times an hour at most, an address 360 times. */
const FORGIVE_NAME_MS = 60_000;
const FORGIVE_ADDRESS_MS = 10_000;
/** Whoever was unused for longest is forgotten first. */
const MAX_KEYS = 10_000;

interface Failures {
  readonly count: number;
  readonly at: number;
}

/** Counts that run off with time, of a bounded number of keys. */
function createLeaks(
  now: () => number,
  forgiveMs: number,
): { of(key: string): number; add(key: string): void; clear(key: string): void } {
  const kept = new Map<string, Failures>();
  const of = (key: string): number => {
    const known = kept.get(key);
    return known === undefined ? 0 : Math.max(0, known.count - Math.max(0, now() - known.at) / forgiveMs);
  };
  return {
    of,
    add(key) {
      const count = of(key) + 1;
      // Taken out and put in again: the map's order is the order of last use.
      kept.delete(key);
      kept.set(key, { count, at: now() });
      const [oldest] = kept.keys();
      if (kept.size > MAX_KEYS && oldest !== undefined) kept.delete(oldest);
    },
    clear: (key) => void kept.delete(key),
  };
}

/** Makes the counter. */
export function createAttempts(now: () => number): Attempts {
  const names = createLeaks(now, FORGIVE_NAME_MS);
  const addresses = createLeaks(now, FORGIVE_ADDRESS_MS);
  /**
   * Who has come in from where: never made to wait there for what others do. Many sites reach us by one address, and a
   * gateway among them that guesses must not keep its neighbours out; nobody guesses 128 random bits however often he may.
   */
  const welcome = new Set<string>();
  const keyOf = (address: string, name: string): string => `${address} ${name}`;
  return {
    mayTry: (address, name) =>
      welcome.has(keyOf(address, name)) ||
      (names.of(keyOf(address, name)) <= FREE_OF_NAME - 1 && addresses.of(address) <= FREE_OF_ADDRESS - 1),
    failed(address, name) {
      names.add(keyOf(address, name));
      addresses.add(address);
    },
    succeeded(address, name) {
      const key = keyOf(address, name);
      names.clear(key);
      welcome.delete(key);
      welcome.add(key);
      const [oldest] = welcome;
      if (welcome.size > MAX_KEYS && oldest !== undefined) welcome.delete(oldest);
    },
  };
}
