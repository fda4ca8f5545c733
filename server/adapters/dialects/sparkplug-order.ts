// The order in which an edge node has spoken: what is missing, and when it must be asked for its births anew.

/** Sparkplug 3.0 leaves the time to the host (tck-id-operational-behavior-host-reordering-param). */
export const defaultReorderMs = 3000;
/** Asked in vain, it is asked ever more seldom; after a quiet time as soon as at first. */
const mostWaitMs = 60_000;
const quietMs = 2 * mostWaitMs;

/** The numbers of one edge node's messages, over all its devices. */
export interface Order {
  /** A birth of the edge node: a new count, and nothing is missing any more. */
  readonly begin: (seq: number | null) => void;
  readonly hear: (seq: number | null, at: number) => void;
  /** Something cannot be read without another birth. */
  readonly wantRebirth: () => void;
  /** The session has ended: nothing is missing, for nothing is to come. */
  readonly end: () => void;
  /** True where the rebirth must be asked for now; then it counts as asked for. */
  readonly isRebirthDue: (at: number) => boolean;
}

/** Begins without a number: after a restart the first one that comes is right. */
export function createOrder(reorderMs: number): Order {
  let last: number | null = null;
  /** Numbers that were jumped over, and since when each is missed. */
  const missing = new Map<number, number>();
  let isWanted = false;
  let askedAt = -Infinity;
  let waitMs = reorderMs;

  const begin: Order["begin"] = (seq) => {
    last = seq;
    missing.clear();
    isWanted = false;
  };

  return {
    begin,
    // tck-id-payloads-sequence-num-incrementing: one more than the last, 0 after 255.
    hear: (seq, at) => {
      if (seq === null || seq > 255) return;
      const ahead = last === null ? 0 : (seq - last - 1) & 0xff;
      // What is far ahead is one that was overtaken: it was missed, or it comes again.
      if (ahead >= 128) {
        missing.delete(seq);
        return;
      }
      for (let nth = 1; nth <= ahead; nth += 1) missing.set(((last as number) + nth) & 0xff, at);
      missing.delete(seq);
      last = seq;
    },
    wantRebirth: () => {
      isWanted = true;
    },
    end: () => begin(null),
    isRebirthDue: (at) => {
      // tck-id-operational-behavior-host-reordering-rebirth: they did not come in time.
      if ([...missing.values()].some((since) => at - since >= reorderMs)) {
        missing.clear();
        isWanted = true;
      }
      const agoMs = Math.abs(at - askedAt);
      if (!isWanted || agoMs < waitMs) return false;
      waitMs = agoMs < quietMs ? Math.min(2 * waitMs, mostWaitMs) : reorderMs;
      askedAt = at;
      return true;
    },
  };
}
