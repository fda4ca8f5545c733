// Broken bytes by the thousand from one seed: what a fuzz test sends, and the same again for whoever looks into a failure.

/** A source of numbers that is the same for the same seed (Marsaglia's xorshift32). */
export interface Random {
  /** A whole number from 0 up to, and without, the bound. */
  readonly below: (bound: number) => number;
  readonly pick: <T>(from: readonly T[]) => T;
}

/** Makes one from a seed. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0 || 1;
  const below = (bound: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
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

const changes: readonly Change[] = [
  (bytes, random) => {
    const flipped = Buffer.from(bytes);
    const place = random.below(Math.max(1, flipped.length));
    if (flipped.length > 0) flipped[place] = (flipped[place] as number) ^ (1 << random.below(8));
    return flipped;
  },
  (bytes, random) => bytes.subarray(0, random.below(bytes.length + 1)),
  (bytes, random) => bytes.subarray(random.below(bytes.length + 1)),
  (bytes, random, all) => {
    const other = random.pick(all);
    return Buffer.concat([
      bytes.subarray(0, random.below(bytes.length + 1)),
      other.subarray(random.below(other.length + 1)),
    ]);
  },
  (bytes, random) => {
    const place = random.below(bytes.length + 1);
    const noise = Buffer.from(Array.from({ length: 1 + random.below(8) }, () => random.below(256)));
    return Buffer.concat([bytes.subarray(0, place), noise, bytes.subarray(place)]);
  },
  (bytes, random) => {
    const place = random.below(bytes.length + 1);
    const part = bytes.subarray(place, place + random.below(32));
    return Buffer.concat([
      bytes.subarray(0, place),
      ...Array.from({ length: 1 + random.below(16) }, () => part),
      bytes.subarray(place),
    ]);
  },
  (bytes, random) => {
    const extreme = Buffer.from(bytes);
    const place = random.below(Math.max(1, extreme.length));
    if (extreme.length > 0) extreme[place] = random.pick([0, 1, 0x7f, 0x80, 0xff, 0x22, 0x5b, 0x7b, 0x2d]);
    return extreme;
  },
  (_bytes, random) => Buffer.from(Array.from({ length: random.below(64) }, () => random.below(256))),
];

/** One broken version of one of the samples, of at most 64 KiB. */
export function mutate(samples: readonly Buffer[], random: Random): Buffer {
  let bytes: Buffer = Buffer.from(random.pick(samples));
  for (let times = 1 + random.below(3); times > 0; times -= 1) bytes = random.pick(changes)(bytes, random, samples);
  return bytes.subarray(0, 65_536);
}
