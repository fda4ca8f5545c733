// The login throttle: after some failures every further attempt has to wait longer.

/** What the throttle needs. */
export interface ThrottleOptions {
  /** Epoch ms. */
  readonly now: () => number;
  /** Failures before the first wait. @default 5 */
  readonly freeFailures?: number;
  /** The first wait; each further failure doubles it. @default 5 s */
  readonly firstWaitMs?: number;
  /** @default 15 min */
  readonly longestWaitMs?: number;
  /** How many keys are remembered; the one unused for longest is forgotten first. @default 10,000 */
  readonly maxKeys?: number;
}

/** Counts failures by key. */
export interface Throttle {
  /**
   * How long this key has to wait, in ms. 0: go on, and the attempt counts as failed until `succeeded` says otherwise,
   * so that a hundred guesses at once are no way around the limit.
   */
  attempt(key: string): number;
  /** How long this key would have to wait, without trying. */
  waitMs(key: string): number;
  succeeded(key: string): void;
  /** Takes the last attempt back, and nothing that failed before it. */
  forgive(key: string): void;
}

/** A key that rested this long starts from nothing. */
const FORGET_MS = 3_600_000;

/** Makes a throttle. */
export function createThrottle(options: ThrottleOptions): Throttle {
  const { now, freeFailures = 5, firstWaitMs = 5000, longestWaitMs = 900_000, maxKeys = 10_000 } = options;
  const entries = new Map<string, { readonly failures: number; readonly lastAt: number; readonly nextAt: number }>();
  const waitMs = (key: string): number => Math.max(0, (entries.get(key)?.nextAt ?? 0) - now());

  return {
    waitMs,

    attempt(key) {
      const at = now();
      const entry = entries.get(key);
      const leftMs = waitMs(key);
      if (leftMs > 0) return leftMs;
      const failures = entry === undefined || at - entry.lastAt > FORGET_MS ? 1 : entry.failures + 1;
      const nextMs =
        failures < freeFailures ? 0 : Math.min(firstWaitMs * 2 ** (failures - freeFailures), longestWaitMs);
      // Taken out and put in again: the map's order is the order of last use.
      entries.delete(key);
      entries.set(key, { failures, lastAt: at, nextAt: at + nextMs });
      const [oldest] = entries.keys();
      if (entries.size > maxKeys && oldest !== undefined) entries.delete(oldest);
      return 0;
    },

    succeeded(key) {
      entries.delete(key);
    },

    forgive(key) {
      const entry = entries.get(key);
      if (entry !== undefined) entries.set(key, { ...entry, failures: entry.failures - 1, nextAt: now() });
    },
  };
}
