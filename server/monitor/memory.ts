// Which samples of a point are remembered, so that a repeat is known as one (semantics §7).

/** What is remembered of one point: a ring in order of arrival, a power of two long; it grows as it fills. */
export interface Memory {
  /** `sourceAt` modulo 2³² ms (49 days): what is asked for is at most two hours old. */
  times: Uint32Array;
  values: Float64Array;
  start: number;
  count: number;
}

/** Older than this a sample is late, and cannot be told from a repeat. */
const rememberedMs = 2 * 3_600_000;
const mostRemembered = 4096;
const fewestRemembered = 128;
/** All points together; at 12 bytes a sample the memory of the largest plant stays below 100 MB. */
const mostOfAll = 2 ** 23;
const firstLength = 16;

/** Nothing remembered yet. */
export function newMemory(): Memory {
  return { times: new Uint32Array(0), values: new Float64Array(0), start: 0, count: 0 };
}

/**
 * Samples remembered of each point: 4,096, as semantics §7 says, up to 2,048 points; of a larger plant fewer, down to
 * 128. What is forgotten early counts as late instead of as a repeat: it is stored over itself, and judged by neither.
 */
export function rememberedOf(points: number): number {
  const share = 2 ** Math.floor(Math.log2(mostOfAll / Math.max(1, points)));
  return Math.min(mostRemembered, Math.max(fewestRemembered, share));
}

function grow(memory: Memory): void {
  const length = Math.max(firstLength, memory.times.length * 2);
  const times = new Uint32Array(length);
  const values = new Float64Array(length);
  for (let place = 0; place < memory.count; place += 1) {
    const from = (memory.start + place) & (memory.times.length - 1);
    times[place] = memory.times[from] as number;
    values[place] = memory.values[from] as number;
  }
  memory.times = times;
  memory.values = values;
  memory.start = 0;
}

/** Remembers a sample, at most `most` of the point; `judgedAt` is its newest judged time before this one, 0 for none. */
export function remember(memory: Memory, judgedAt: number, most: number, sourceAt: number, value: number): void {
  const newest = Math.max(judgedAt, sourceAt);
  if (newest - sourceAt > rememberedMs) return;
  if (sourceAt - judgedAt > rememberedMs) memory.count = 0;
  const time = sourceAt >>> 0;
  let mask = memory.times.length - 1;
  if (memory.count > mask) {
    const age = memory.count === 0 ? 0 : ((newest >>> 0) - (memory.times[memory.start] as number)) >>> 0;
    if (memory.count < most && age <= rememberedMs) {
      grow(memory);
      mask = memory.times.length - 1;
    } else {
      memory.start = (memory.start + 1) & mask;
      memory.count -= 1;
    }
  }
  const place = (memory.start + memory.count) & mask;
  memory.times[place] = time;
  memory.values[place] = value;
  memory.count += 1;
}

/** The value last remembered for that time, or undefined where none is. */
export function isRemembered(memory: Memory, judgedAt: number, sourceAt: number): number | undefined {
  if (judgedAt - sourceAt > rememberedMs) return undefined;
  const time = sourceAt >>> 0;
  const mask = memory.times.length - 1;
  for (let nth = memory.count - 1; nth >= 0; nth -= 1) {
    const place = (memory.start + nth) & mask;
    if (memory.times[place] === time) return memory.values[place];
  }
  return undefined;
}
