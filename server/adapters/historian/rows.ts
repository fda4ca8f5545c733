// Rows in columns: what the journal's reader fills and every store takes, without an object for each value.

/** The points that a reader has met; a row names its point by the place in this list, which only grows. */
export interface PointNames {
  readonly list: readonly string[];
  /** The place of a point's id, which is given one if it has none. */
  readonly placeOf: (id: string) => number;
}

/** Rows of many points, in the order in which they came. */
export interface Rows {
  readonly count: number;
  readonly names: PointNames;
  /** Place of the point in `names`. */
  readonly point: Uint32Array;
  /** When it was measured, epoch ms; with the point it is the key of a row. */
  readonly sourceAt: Float64Array;
  /** When the server got it, epoch ms. */
  readonly receivedAt: Float64Array;
  readonly value: Float64Array;
  /** Index into `qualities`. */
  readonly quality: Uint8Array;
}

/** Rows that can be added to. */
export interface RowBuffer extends Rows {
  readonly add: (point: number, sourceAt: number, receivedAt: number, value: number, quality: number) => void;
  readonly clear: () => void;
}

/** An empty list of points. */
export function createPointNames(): PointNames {
  const list: string[] = [];
  const places = new Map<string, number>();
  return {
    list,
    placeOf: (id) => {
      const known = places.get(id);
      if (known !== undefined) return known;
      places.set(id, list.length);
      return list.push(id) - 1;
    },
  };
}

/** An empty buffer that grows by doubling. */
export function createRows(names: PointNames, capacity: number): RowBuffer {
  let room = Math.max(1, capacity);
  const rows = {
    count: 0,
    names,
    point: new Uint32Array(room),
    sourceAt: new Float64Array(room),
    receivedAt: new Float64Array(room),
    value: new Float64Array(room),
    quality: new Uint8Array(room),
    add: (point: number, sourceAt: number, receivedAt: number, value: number, quality: number): void => {
      if (rows.count === room) grow();
      const place = rows.count;
      rows.point[place] = point;
      rows.sourceAt[place] = sourceAt;
      rows.receivedAt[place] = receivedAt;
      rows.value[place] = value;
      rows.quality[place] = quality;
      rows.count += 1;
    },
    clear: (): void => {
      rows.count = 0;
    },
  };
  const grow = (): void => {
    room *= 2;
    rows.point = copied(rows.point, new Uint32Array(room));
    rows.sourceAt = copied(rows.sourceAt, new Float64Array(room));
    rows.receivedAt = copied(rows.receivedAt, new Float64Array(room));
    rows.value = copied(rows.value, new Float64Array(room));
    rows.quality = copied(rows.quality, new Uint8Array(room));
  };
  return rows;
}

function copied<T extends Float64Array | Uint32Array | Uint8Array>(from: T, into: T): T {
  into.set(from);
  return into;
}

/** Rows of one point; in order of time, and one for each instant, once it is settled. */
export interface Series {
  readonly count: number;
  readonly sourceAt: Float64Array;
  readonly receivedAt: Float64Array;
  readonly value: Float64Array;
  readonly quality: Uint8Array;
}

/** A series that is filled in the order of writing, and settled by the rule of the key: the last write wins. */
export interface SeriesBuffer extends Series {
  readonly add: (sourceAt: number, receivedAt: number, value: number, quality: number) => void;
  /** Turns round what was added from a place on: for a source that can only be walked from its end. */
  readonly reverseFrom: (place: number) => void;
  readonly settle: () => void;
  readonly clear: () => void;
}

/** An empty series. */
export function createSeries(): SeriesBuffer {
  let room = 1024;
  const series = {
    count: 0,
    sourceAt: new Float64Array(room),
    receivedAt: new Float64Array(room),
    value: new Float64Array(room),
    quality: new Uint8Array(room),
    add: (sourceAt: number, receivedAt: number, value: number, quality: number): void => {
      if (series.count === room) grow();
      const place = series.count;
      series.sourceAt[place] = sourceAt;
      series.receivedAt[place] = receivedAt;
      series.value[place] = value;
      series.quality[place] = quality;
      series.count += 1;
    },
    reverseFrom: (place: number): void => {
      for (const column of [series.sourceAt, series.receivedAt, series.value, series.quality]) {
        column.subarray(place, series.count).reverse();
      }
    },
    settle: (): void => {
      if (!isStrictlyRising(series.sourceAt, series.count)) pick(lastOfEach(series.sourceAt, series.count));
    },
    clear: (): void => {
      series.count = 0;
    },
  };
  const grow = (): void => {
    room *= 2;
    series.sourceAt = copied(series.sourceAt, new Float64Array(room));
    series.receivedAt = copied(series.receivedAt, new Float64Array(room));
    series.value = copied(series.value, new Float64Array(room));
    series.quality = copied(series.quality, new Uint8Array(room));
  };
  const pick = (places: readonly number[]): void => {
    for (const column of [series.sourceAt, series.receivedAt, series.value, series.quality]) {
      column.set(places.map((place) => column[place] ?? 0));
    }
    series.count = places.length;
  };
  return series;
}

function isStrictlyRising(times: Float64Array, count: number): boolean {
  for (let place = 1; place < count; place += 1) {
    if ((times[place] ?? 0) <= (times[place - 1] ?? 0)) return false;
  }
  return true;
}

/** Places in order of time; of several rows for one instant, the one that was added last. */
function lastOfEach(times: Float64Array, count: number): readonly number[] {
  const at = (place: number | undefined): number => (place === undefined ? Number.NaN : (times[place] ?? 0));
  return Array.from({ length: count }, (_, place) => place)
    .toSorted((a, b) => at(a) - at(b) || a - b)
    .filter((place, rank, all) => at(place) !== at(all[rank + 1]));
}
