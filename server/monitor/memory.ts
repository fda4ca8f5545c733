// Which samples of a point are remembered, so that a repeat is known as one (semantics §7).

/**
 * What is remembered of one point: a ring in order of arrival, a power of two long; it grows as it fills. An eighth of it
 * is room to spare, so that what was remembered a moment ago can still be read while samples come.
 */
export interface Memory {
  /** `sourceAt` modulo 2³² ms (49 days): what is asked for is at most two hours old. */
  times: Uint32Array;
  values: Float64Array;
  /** Samples that ever came, modulo 2³²: the next one's place in the ring. */
  written: number;
  /** The newest of them that are remembered. */
  count: number;
}

/** Older than this a sample is late, and cannot be told from a repeat. */
const rememberedMs = 2 * 3_600_000;
const mostRemembered = 4096;
const shortestShare = 128;
/** All points together; at 12 bytes a sample the memory of the largest plant stays below 100 MB. */
const mostOfAll = 2 ** 23;
/** A ring grows in few steps: what small ones leave behind in memory, thousands of large ones cannot use. */
const firstLength = 16;
const growth = 4;

/** Nothing remembered yet. */
export function newMemory(): Memory {
  return { times: new Uint32Array(0), values: new Float64Array(0), written: 0, count: 0 };
}

/** How many samples a ring of that length may hold. */
function roomOf(length: number): number {
  return length - (length >> 3);
}

/**
 * Samples remembered of each point: 4,096, as semantics §7 says, up to 1,024 points; of a larger plant fewer, down to
 * 112. What is forgotten early counts as late instead of as a repeat: it is stored over itself, and judged by neither.
 */
export function rememberedOf(points: number): number {
  const share = 2 ** Math.floor(Math.log2(mostOfAll / Math.max(1, points)));
  return Math.min(mostRemembered, roomOf(Math.max(shortestShare, share)));
}

/** The n-th newest sample's place in the ring, from 0. */
function placeOf({ times, written }: Memory, nth: number): number {
  return (written - 1 - nth) & (times.length - 1);
}

/** The shortest ring that holds so many samples. */
function lengthFor(samples: number): number {
  return 2 ** Math.ceil(Math.log2((samples * 8) / 7));
}

/** Goes on in longer arrays, with room for `most` at the most; whoever still reads the old ones finds them as they were. */
function grow(memory: Memory, most: number): void {
  const length = Math.min(Math.max(firstLength, memory.times.length * growth), lengthFor(most));
  const times = new Uint32Array(length);
  const values = new Float64Array(length);
  for (let nth = 0; nth < memory.count; nth += 1) {
    const from = placeOf(memory, nth);
    const to = (memory.written - 1 - nth) & (length - 1);
    times[to] = memory.times[from] as number;
    values[to] = memory.values[from] as number;
  }
  memory.times = times;
  memory.values = values;
}

/** Remembers a sample, at most `most` of the point; `judgedAt` is its newest judged time before this one, 0 for none. */
export function remember(memory: Memory, judgedAt: number, most: number, sourceAt: number, value: number): void {
  const newest = Math.max(judgedAt, sourceAt);
  if (newest - sourceAt > rememberedMs) return;
  if (sourceAt - judgedAt > rememberedMs) memory.count = 0;
  const room = roomOf(memory.times.length);
  if (memory.count >= Math.min(room, most)) {
    const age = ((newest >>> 0) - (memory.times[placeOf(memory, memory.count - 1)] as number)) >>> 0;
    if (memory.count === 0 || (memory.count < most && age <= rememberedMs)) grow(memory, most);
    else memory.count -= 1;
  }
  const place = memory.written & (memory.times.length - 1);
  memory.times[place] = sourceAt >>> 0;
  memory.values[place] = value;
  memory.written = (memory.written + 1) >>> 0;
  memory.count += 1;
}

/**
 * Remembers a sample that is never judged. One far ahead of the newest judged one is not, or all that came before it would be
 * forgotten for its sake.
 */
export function rememberPast(memory: Memory, judgedAt: number, most: number, sourceAt: number, value: number): void {
  if (sourceAt - judgedAt <= rememberedMs) remember(memory, judgedAt, most, sourceAt, value);
}

/** The value last remembered for that time, or undefined where none is. */
export function isRemembered(memory: Memory, judgedAt: number, sourceAt: number): number | undefined {
  if (judgedAt - sourceAt > rememberedMs) return undefined;
  const time = sourceAt >>> 0;
  for (let nth = 0; nth < memory.count; nth += 1) {
    const place = placeOf(memory, nth);
    if (memory.times[place] === time) return memory.values[place];
  }
  return undefined;
}

/** What was remembered at some time: how much, and the arrays to read it from later. */
export interface Remembered extends Readonly<Memory> {
  readonly memory: Readonly<Memory>;
}

/** Keeps hold of what is remembered now, without copying it. */
export function holdOn(memory: Memory): Remembered {
  const { times, values, written, count } = memory;
  return { times, values, written, count, memory };
}

/** True while nothing that was remembered then has been written over. */
export function isWhole({ memory, times, written, count }: Remembered): boolean {
  return memory.times !== times || ((memory.written - written) >>> 0) + count <= times.length;
}
