// Broken bytes by the thousand from one seed: what a fuzz test sends, and the same again for whoever looks into a failure.

/** A source of numbers that is the same for the same seed. */
export interface Random {
  /** A whole number from 0 up to, and without, the bound; 0 where the bound is 0. */
  readonly below: (bound: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
}

/** Makes one from a seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed;
  const below = (bound: number): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * bound);
  };
  return { below, pick: (from) => from[below(from.length)] as (typeof from)[number] };
}

/** The seed of this run: from the environment where somebody repeats one. */
export function fuzzSeed(): number {
  return Number(process.env["FUZZ_SEED"] ?? Date.now() % 2 ** 31);
}

/** How many broken things are tried: few in CI, many by `npm run faults`. */
export function fuzzRuns(usual: number): number {
  return Number(process.env["FUZZ_RUNS"] ?? usual);
}

type Change = (bytes: Buffer, random: Random, all: readonly Buffer[]) => Buffer;

const numbers = /-?\d+(?:\.\d+)?/gu;
const strings = /"[^"]*"/gu;
const hugeNumbers = ["9".repeat(400), "1e999", "-1e308", "1e-400", "18446744073709551616", "NaN", "-Infinity"];
const longFractions = ["0.".padEnd(300, "3"), `-${"0".repeat(300)}`];
const badKeys = ['"__proto__"', '"constructor"', '"toString"', '""', `"${"k".repeat(3000)}"`];
const otherKinds = ["null", "{}", "[]", "[[]]", "true", '""', " "];
const edges = [0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5b, 0x7b, 0x2d];

function anyBytes(count: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length: count }, () => random.below(256)));
}

function inserted(bytes: Buffer, parts: readonly Uint8Array[], random: Random): Buffer {
  const place = random.below(bytes.length + 1);
  return Buffer.concat([bytes.subarray(0, place), ...parts, bytes.subarray(place)]);
}

function withByte(bytes: Buffer, change: (byte: number) => number, random: Random): Buffer {
  const changed = Buffer.from(bytes);
  const place = random.below(changed.length);
  if (changed.length > 0) changed[place] = change(changed[place] ?? 0);
  return changed;
}

/** Puts something else in the place of a piece of text; anywhere, where there is no such piece. */
function replaced(bytes: Buffer, piece: RegExp, by: string, random: Random): Buffer {
  const text = bytes.toString("latin1");
  const one = random.pick([...text.matchAll(piece)]) as RegExpExecArray | undefined;
  if (one === undefined) return inserted(bytes, [Buffer.from(by)], random);
  return Buffer.from(text.slice(0, one.index) + by + text.slice(one.index + one[0].length), "latin1");
}

function nested(random: Random): string {
  const depth = 1 + random.below(2000);
  if (random.below(2) === 0) return "[".repeat(depth) + "]".repeat(depth);
  return `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
}

/** Of bytes: flipped, cut, spliced, noise, repetition, edges. */
const byteChanges: readonly Change[] = [
  (bytes, random) => withByte(bytes, (byte) => byte ^ (1 << random.below(8)), random),
  (bytes, random) => withByte(bytes, () => random.pick(edges), random),
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.below(bytes.length + 1), random.below(bytes.length + 1)),
  (bytes, random, all) => {
    const other = random.pick(all);
    const [head, tail] = [random.below(bytes.length + 1), random.below(other.length + 1)];
    return Buffer.concat([bytes.subarray(0, head), other.subarray(tail)]);
  },
  (bytes, random) => inserted(bytes, [anyBytes(1 + random.below(8), random)], random),
  (bytes, random) => inserted(bytes, [bytes.subarray(random.below(bytes.length + 1))], random),
  (bytes, random) => {
    const place = random.below(bytes.length + 1);
    const part = bytes.subarray(place, place + random.below(32));
    const parts = Array.from({ length: 1 + random.below(16) }, () => part);
    return Buffer.concat([bytes.subarray(0, place), ...parts, bytes.subarray(place)]);
  },
  (_bytes, random) => anyBytes(random.below(200), random),
];

/** Of what reads as text: numbers beyond all bounds, keys that objects have of themselves, other kinds, depth. */
const textChanges: readonly Change[] = [
  (bytes, random) => replaced(bytes, numbers, random.pick([...hugeNumbers, ...longFractions]), random),
  (bytes, random) => replaced(bytes, strings, random.pick(badKeys), random),
  (bytes, random) => replaced(bytes, random.pick([numbers, strings]), random.pick(otherKinds), random),
  (bytes, random) => replaced(bytes, numbers, nested(random), random),
];

const changes: readonly Change[] = [...byteChanges, ...textChanges];

/** One broken version of one of the samples, of at most so many bytes. */
export function mutate(samples: readonly Buffer[], random: Random, mostBytes = 65_536): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(samples));
  for (let times = 1 + random.below(3); times > 0; times -= 1) {
    bytes = random.pick(changes)(bytes, random, samples).subarray(0, mostBytes);
  }
  return bytes;
}
