// The samples of one point as the journal gives them, in columns, and in the order in which they were measured.
import { qualities, type Reading } from "../../contract/sample.ts";

/** One sample that was stored, and when it would have been heard had nothing been late. */
export interface OrderedSample {
  readonly sourceAt: number;
  readonly heardAt: number;
  readonly value: number;
  readonly quality: Reading["quality"];
  readonly unit: string | null;
  /** The server's time had to serve: it may raise, and not return. */
  readonly isServerTime: boolean;
}

/** What is kept of a sample: 27 bytes. */
export interface StoredSample extends Omit<OrderedSample, "heardAt"> {
  readonly receivedAt: number;
}

/** Samples in the order of their times, each time once. */
export interface OrderedSamples {
  readonly length: number;
  readonly at: (nth: number) => OrderedSample;
  readonly timeAt: (nth: number) => number;
  readonly has: (sourceAt: number) => boolean;
}

/** Samples as they come. */
export interface Samples {
  readonly add: (sample: StoredSample) => void;
  /** Yields now and then, to let others go first. Of several at one time the first that came counts, as live. */
  readonly inOrder: (silentAfterMs: number) => Generator<null, OrderedSamples>;
}

/** So many are sorted or looked at at once: less than a millisecond. */
const sliceSteps = 16_384;
const firstLength = 64;
const serverTime = 8;

interface Columns {
  readonly times: Float64Array;
  readonly received: Float64Array;
  readonly values: Float64Array;
  /** Index of the quality, and whether the server's time served. */
  readonly marks: Uint8Array;
  readonly units: Uint16Array;
}

function newColumns(length: number, old: Columns | null): Columns {
  const columns = {
    times: new Float64Array(length),
    received: new Float64Array(length),
    values: new Float64Array(length),
    marks: new Uint8Array(length),
    units: new Uint16Array(length),
  };
  if (old !== null) {
    columns.times.set(old.times);
    columns.received.set(old.received);
    columns.values.set(old.values);
    columns.marks.set(old.marks);
    columns.units.set(old.units);
  }
  return columns;
}

/** The places of times in ascending order, equal ones as they came; runs that are in order already cost next to nothing. */
function* placesInOrder(times: Float64Array, length: number): Generator<null, Uint32Array> {
  let places = Uint32Array.from({ length }, (_, place) => place);
  let next = new Uint32Array(length);
  let steps = 0;
  for (let width = 1; width < length; width *= 2) {
    for (let start = 0; start < length; start += 2 * width) {
      const middle = Math.min(start + width, length);
      const end = Math.min(middle + width, length);
      const timeOf = (nth: number): number => times[places[nth] as number] as number;
      if (middle === end || timeOf(middle - 1) <= timeOf(middle)) {
        next.set(places.subarray(start, end), start);
        steps += 1;
      } else {
        let [left, right] = [start, middle];
        for (let nth = start; nth < end; nth += 1) {
          const isLeft = right >= end || (left < middle && timeOf(left) <= timeOf(right));
          next[nth] = places[isLeft ? left++ : right++] as number;
          if ((steps += 1) % sliceSteps === 0) yield null;
        }
      }
      if (steps % sliceSteps === 0) yield null;
    }
    [places, next] = [next, places];
    yield null;
  }
  return places;
}

/** Begins a collection. */
export function createSamples(): Samples {
  let columns: Columns | null = null;
  let length = 0;
  const units: (string | null)[] = [null];

  function* inOrder(silentAfterMs: number): Generator<null, OrderedSamples> {
    const { times, received, values, marks, units: unitOf } = columns ?? newColumns(0, null);
    const all = yield* placesInOrder(times, length);
    let count = 0;
    for (let nth = 0; nth < all.length; nth += 1) {
      const place = all[nth] as number;
      if (count === 0 || times[place] !== times[all[count - 1] as number]) all[count++] = place;
      if (nth % sliceSteps === 0) yield null;
    }
    const places = all.subarray(0, count);
    const timeAt = (nth: number): number => times[places[nth] as number] as number;
    const isServerTimeAt = (place: number): boolean => (marks[place] as number) >= serverTime;
    // Each is heard no later than what was measured after it.
    const heard = new Float64Array(count);
    let soonest = Infinity;
    for (let nth = count - 1; nth >= 0; nth -= 1) {
      const place = places[nth] as number;
      const time = times[place] as number;
      soonest = Math.min(soonest, isServerTimeAt(place) ? time : (received[place] as number));
      // What has the server's time was heard just then.
      heard[nth] = isServerTimeAt(place) ? time : Math.min(soonest, time + silentAfterMs);
      if (nth % sliceSteps === 0) yield null;
    }
    return {
      length: count,
      timeAt,
      at: (nth) => {
        const place = places[nth] as number;
        return {
          sourceAt: timeAt(nth),
          heardAt: heard[nth] as number,
          value: values[place] as number,
          quality: qualities[(marks[place] as number) % serverTime] as Reading["quality"],
          unit: units[unitOf[place] as number] as string | null,
          isServerTime: isServerTimeAt(place),
        };
      },
      has: (sourceAt) => {
        let [low, high] = [0, count];
        while (low < high) {
          const middle = (low + high) >> 1;
          if (timeAt(middle) < sourceAt) low = middle + 1;
          else high = middle;
        }
        return low < count && timeAt(low) === sourceAt;
      },
    };
  }

  return {
    add: ({ sourceAt, receivedAt, value, quality, unit, isServerTime }) => {
      if (columns === null || length === columns.times.length)
        columns = newColumns(Math.max(firstLength, 2 * length), columns);
      if (!units.includes(unit)) units.push(unit);
      columns.times[length] = sourceAt;
      columns.received[length] = receivedAt;
      columns.values[length] = value;
      columns.marks[length] = qualities.indexOf(quality) + (isServerTime ? serverTime : 0);
      columns.units[length] = units.indexOf(unit);
      length += 1;
    },
    inOrder,
  };
}
