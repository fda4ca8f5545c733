// Every dialect, the native one too, under mutated and random payloads: none throws, all answer within bounds and read on as before.
import { describe, expect, it } from "vitest";
import type { Translation } from "../../server/adapters/dialects/dialect.ts";
import { encodeNative } from "../../server/adapters/dialects/encode.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { bytesOf, everySpoken, type Spoken } from "../support/dialects.ts";
import { createRandom, fuzzRuns, fuzzSeed, mutate } from "../support/mutation.ts";

/** Payloads for each dialect. */
const runs = fuzzRuns(20_000);
const lookEvery = 50;
/** A value of two bytes may be given a code, a time and a quality; nothing may be given more. */
const mostBytesPerByte = 256;
const at = 1_700_000_000_000;
const telemetry = "skyground/v1/plant-1/gw-1/telemetry";
const mostPayloadBytes = 256 * 1024;

type Vector = Spoken["vectors"][number];

/** A decoder with what it remembers: the bytes of its answer to a message, and all of that answer where it is wanted. */
interface Reader {
  readonly sizeOf: (vector: Vector, readAt: number) => number;
  readonly answerTo: (vector: Vector) => unknown;
  /** Bytes of the longest message that is due to be sent by now. */
  readonly dueBytes: (now: number) => number;
}

interface Fuzzed {
  readonly name: string;
  readonly vectors: readonly Vector[];
  readonly open: () => Reader;
}

function sizeOfTranslation(translation: Translation): number {
  if (!translation.ok) return translation.example.length;
  const replies = (translation.replies ?? []).reduce((sum, { payload }) => sum + payload.length, 0);
  return encodeNative(translation.objects, translation.unread).reduce((sum, payload) => {
    expect(decodeNative(telemetry, payload).ok).toBe(true);
    return sum + payload.length;
  }, replies);
}

const foreign = everySpoken.map(({ name, dialect, device, vectors }): Fuzzed => ({
  name,
  vectors,
  open() {
    const reader = dialect.open(device, undefined);
    return {
      sizeOf: (vector, readAt) => sizeOfTranslation(reader.translate({ ...vector, at: readAt })),
      answerTo(vector) {
        const translation = reader.translate({ ...vector, at });
        return translation.ok ? { objects: translation.objects, unread: translation.unread } : translation;
      },
      dueBytes: (now) => Math.max(0, ...(reader.due?.(now) ?? []).map(({ payload }) => payload.length)),
    };
  },
}));

/** Both forms of telemetry, and what else a device says. */
const native: Fuzzed = {
  name: "native",
  vectors: [
    [telemetry, { ts: at, seq: 7, values: { "T-1": 21.5, "P-1": -3e2, "S-1": true } }],
    [telemetry, { ts: at, samples: [{ c: "T-1", v: 1, t: at - 5, q: "good", u: "mm" }, { c: "P-1" }] }],
    [
      telemetry,
      [
        { ts: at, values: { a: 1 } },
        { ts: at - 1, h: true, values: { a: null } },
      ],
    ],
    ["skyground/v1/plant-1/gw-1/state", { online: true, reason: "start" }],
    ["skyground/v1/plant-1/gw-1/command/ack", { id: "x", ok: true }],
  ].map(([topic, payload]) => ({ topic: topic as string, payload: bytesOf(payload) })),
  open: () => ({
    sizeOf: ({ topic, payload }) => JSON.stringify(decodeNative(topic, payload)).length,
    answerTo: ({ topic, payload }) => decodeNative(topic, payload),
    dueBytes: () => 0,
  }),
};

const everybody = [native, ...foreign];

/** What all vectors are read as, once they were played before: whoever remembers, remembers those by then. */
function playAll(reader: Reader, { vectors }: Fuzzed): unknown[] {
  for (const vector of vectors) reader.answerTo(vector);
  return vectors.map(reader.answerTo);
}

describe("under any payload", () => {
  it.each(everybody)(
    "$name never throws, answers within bounds, and reads on",
    { timeout: 60_000 + runs * 4 },
    (fuzzed) => {
      const seed = fuzzSeed();
      const random = createRandom(seed);
      const samples = fuzzed.vectors.map(({ payload }) => Buffer.from(payload));
      const expected = playAll(fuzzed.open(), fuzzed);
      const reader = fuzzed.open();
      for (let run = 0; run < runs; run++) {
        const payload = mutate(samples, random, 16 * 1024);
        const { topic } = random.pick(fuzzed.vectors);
        const told = `seed ${seed}, run ${run}: ${payload.toString("latin1").slice(0, 2000)}`;
        try {
          const size = reader.sizeOf({ topic, payload }, at + run);
          if (size > 4096 + mostBytesPerByte * payload.length) throw new Error(`an answer of ${size} bytes`);
          if (reader.dueBytes(at + run) > 4096) throw new Error("too much is due");
        } catch (error) {
          throw new Error(told, { cause: error });
        }
        if (run % lookEvery === 0) expect(playAll(reader, fuzzed), told).toEqual(expected);
      }
      expect(playAll(reader, fuzzed)).toEqual(expected);
    },
  );
});

/** What has made parsers slow: depth, many of a kind, separators without an end, and what is nearly a message again and again. */
const pieces = [
  "[",
  '{"a":',
  '"',
  "\\",
  ",",
  "=",
  " ",
  ";",
  "&",
  "\n",
  "##0012",
  "a=1,",
  "a=1;",
  '{"a":1},',
  "9",
  "\0",
];
const bytePieces = [[0x0a, 0x02], [0x12, 0x00], [0xff], [0x80]].map((bytes) => Uint8Array.from(bytes));

function filled(bytes: number, filler: string | Uint8Array, head: Uint8Array): Buffer {
  return Buffer.concat([head, Buffer.alloc(bytes - head.length, filler)]);
}

/** Of the processor, not of the clock: what else the machine does is not counted. */
function msOf(work: () => void): number {
  const since = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

describe("the time for a payload", () => {
  /** Quadratic would be 64 for eight times as much; linear is 8, and caches and collections may double it. */
  const mostRatio = 24;
  /** What is quicker holds nobody up. */
  const leastMs = 10;
  /** Collections and cold caches only ever make a time longer: the shortest of a few counts. */
  const rounds = 30;
  const mostMs = 5000;

  /** Large against small, each in its shortest time; measured on only while it looks bad. */
  function ratioOf(readLarge: () => void, readSmall: () => void): number {
    let [large, small] = [Infinity, Infinity];
    const since = performance.now();
    for (let round = 0; round < rounds && performance.now() - since < mostMs; round++) {
      large = Math.min(large, msOf(readLarge));
      if (large < leastMs) return 0;
      small = Math.min(small, msOf(readSmall));
      if (round > 2 && large / small < mostRatio) break;
    }
    return large / small;
  }

  it.each(everybody)("$name grows with its size, not with the square of it", (fuzzed) => {
    const [vector] = fuzzed.vectors;
    if (vector === undefined) throw new Error("no vector");
    const heads = [new Uint8Array(), vector.payload.subarray(0, vector.payload.length / 2), vector.payload];
    for (const filler of [...pieces, ...bytePieces, vector.payload]) {
      for (const head of heads) {
        const reading = (bytes: number): (() => void) => {
          const payload = filled(bytes, filler, head);
          return () => void fuzzed.open().sizeOf({ topic: vector.topic, payload }, at);
        };
        const ratio = ratioOf(reading(mostPayloadBytes), reading(mostPayloadBytes / 8));
        expect(ratio, `${String(filler).slice(0, 40)} behind ${head.length} bytes`).toBeLessThan(mostRatio);
      }
    }
  });
});
