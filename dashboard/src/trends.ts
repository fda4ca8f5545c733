// The open trends: each a ring that is filled from history first, then from frames, and healed from history again.
import { shallowRef, type ShallowRef } from "vue";
import type { History, ValueTuple } from "../../contract/wall.ts";
import { qualities } from "../../contract/sample.ts";
import type { Failed } from "./api.ts";
import type { Latest } from "./latest.ts";
import type { PlanIndex } from "./plan-index.ts";
import { createRing, type Ring } from "./ring.ts";

/** One trend on a screen. */
export interface Trend {
  readonly ring: Ring;
  readonly spanMs: number;
  /** Counts repaints: at most one a second. */
  readonly tick: Readonly<ShallowRef<number>>;
  /** The history cannot be read since; it is tried again. Null while it can. */
  readonly failed: Readonly<ShallowRef<Failed | null>>;
  /** The history has come: what is missing now is not in the store. */
  readonly isFilled: Readonly<ShallowRef<boolean>>;
  readonly close: () => void;
}

/** All open trends. */
export interface Trends {
  /** `latest` is what is known already: it is drawn even where there is no history. */
  readonly open: (pointId: string, spanMs: number, buckets: number, latest: Latest | null) => Trend;
  readonly take: (values: readonly ValueTuple[], index: PlanIndex | null) => void;
  /** After a snapshot: what came meanwhile is only in the history. */
  readonly refill: () => void;
  /** Once a second. */
  readonly tick: () => void;
}

interface Entry {
  readonly pointId: string;
  readonly ring: Ring;
  readonly spanMs: number;
  readonly buckets: number;
  readonly tick: ShallowRef<number>;
  readonly failed: ShallowRef<Failed | null>;
  readonly isFilled: ShallowRef<boolean>;
  nextFillAt: number;
}

// A frame carries only the newest of its values: history brings the peaks in between back within this time.
const refillEveryMs = 5 * 60_000;
const retryMs = 10_000;

const unusable = new Set(["bad", "missing"]);

/** The open trends over a history. */
export function createTrends(options: {
  readonly history: (point: string, from: number, to: number, buckets: number) => Promise<History | null>;
  readonly now: () => number;
}): Trends {
  const { history, now } = options;
  const entries = new Set<Entry>();

  async function fill(entry: Entry): Promise<void> {
    const to = now();
    entry.nextFillAt = to + refillEveryMs;
    const answer = await history(entry.pointId, to - entry.spanMs, to, entry.buckets);
    if (answer === null) {
      entry.failed.value = { at: entry.failed.value?.at ?? to, tries: (entry.failed.value?.tries ?? 0) + 1 };
      entry.nextFillAt = now() + retryMs;
      return;
    }
    entry.failed.value = null;
    entry.ring.fill(answer.buckets.filter((bucket) => !unusable.has(bucket.quality)));
    entry.isFilled.value = true;
    entry.tick.value += 1;
  }

  return {
    open(pointId, spanMs, buckets, latest) {
      const entry: Entry = {
        pointId,
        ring: createRing(spanMs, buckets),
        spanMs,
        buckets,
        tick: shallowRef(0),
        failed: shallowRef(null),
        isFilled: shallowRef(false),
        nextFillAt: 0,
      };
      entries.add(entry);
      if (latest !== null && latest.value !== null && !unusable.has(latest.quality)) {
        entry.ring.push(latest.sourceAt, latest.value);
      }
      void fill(entry);
      const { ring, tick, failed, isFilled } = entry;
      return { ring, spanMs, tick, failed, isFilled, close: () => void entries.delete(entry) };
    },
    take(values, index) {
      if (index === null || entries.size === 0) return;
      for (const entry of entries) {
        const place = index.places.get(entry.pointId);
        const tuple = values.find(([at]) => at === place);
        if (tuple === undefined || tuple[1] === null) continue;
        if (!unusable.has(qualities[tuple[2]] ?? "unknown")) entry.ring.push(tuple[3], tuple[1]);
      }
    },
    refill() {
      for (const entry of entries) void fill(entry);
    },
    tick() {
      for (const entry of entries) {
        entry.tick.value += 1;
        if (now() >= entry.nextFillAt) void fill(entry);
      }
    },
  };
}
