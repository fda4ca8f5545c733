// A trend's memory: a fixed number of time buckets in typed arrays, each with its least, greatest and last value.
import type { Bucket } from "../../contract/wall.ts";

/** One bucket as a trend draws it. */
export interface RingBucket {
  readonly at: number;
  readonly min: number;
  readonly max: number;
  readonly last: number;
}

/** A trend's memory. */
export interface Ring {
  readonly bucketMs: number;
  /** Takes a value in; older than the ring is dropped, as a history refill brings it. */
  readonly push: (at: number, value: number) => void;
  /** Merges history below what has come live since. */
  readonly fill: (buckets: readonly Bucket[]) => void;
  /** The filled buckets, oldest first. */
  readonly buckets: () => readonly RingBucket[];
  /** The newest sample; null while there is none. */
  readonly newest: () => { readonly at: number; readonly value: number } | null;
}

/** A ring over `spanMs` in `count` buckets. */
export function createRing(spanMs: number, count: number): Ring {
  const bucketMs = spanMs / count;
  // One more than shown, so that the oldest visible bucket is whole.
  const capacity = count + 1;
  const numbers = new Float64Array(capacity);
  const mins = new Float64Array(capacity);
  const maxs = new Float64Array(capacity);
  const lasts = new Float64Array(capacity);
  const lastAts = new Float64Array(capacity);
  numbers.fill(-1);
  let newestNumber = -1;
  let newestSample: { at: number; value: number } | null = null;

  function fold(at: number, low: number, high: number, last: number): void {
    const number = Math.floor(at / bucketMs);
    if (number <= newestNumber - capacity) return;
    // A bucket has its fixed place, so that an out-of-order sample finds it without a search.
    const place = number % capacity;
    if (numbers[place] !== number) {
      numbers[place] = number;
      mins[place] = low;
      maxs[place] = high;
      lasts[place] = last;
      lastAts[place] = at;
    } else {
      mins[place] = Math.min(mins[place] ?? low, low);
      maxs[place] = Math.max(maxs[place] ?? high, high);
      if (at >= (lastAts[place] ?? 0)) {
        lasts[place] = last;
        lastAts[place] = at;
      }
    }
    newestNumber = Math.max(newestNumber, number);
    if (newestSample === null || at >= newestSample.at) newestSample = { at, value: last };
  }

  return {
    bucketMs,
    push: (at, value) => fold(at, value, value, value),
    fill(buckets) {
      for (const bucket of buckets) fold(bucket.at, bucket.min, bucket.max, bucket.last);
    },
    buckets() {
      const found: RingBucket[] = [];
      for (let number = Math.max(0, newestNumber - capacity + 1); number <= newestNumber; number += 1) {
        const place = number % capacity;
        if (numbers[place] !== number) continue;
        found.push({
          at: number * bucketMs,
          min: mins[place] ?? 0,
          max: maxs[place] ?? 0,
          last: lasts[place] ?? 0,
        });
      }
      return found;
    },
    newest: () => newestSample,
  };
}
