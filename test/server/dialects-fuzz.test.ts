// Every dialect under mutated and random payloads: it never throws, answers within bounds, and reads on as before.
import { describe, expect, it } from "vitest";
import type { Translation, Translator } from "../../server/adapters/dialects/dialect.ts";
import { encodeNative } from "../../server/adapters/dialects/encode.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { everySpoken, type Spoken } from "../support/dialects.ts";

/** Payloads for each dialect; `FUZZ_RUNS` asks for more, `FUZZ_SEED` for those of an earlier run. */
const runs = Number(process.env["FUZZ_RUNS"] ?? 20_000);
const seed = Number(process.env["FUZZ_SEED"] ?? Date.now() % 0x1_0000_0000);
const lookEvery = 50;
/** A value of two bytes may be given a code, a time and a quality; nothing may be given more. */
const mostBytesPerByte = 256;
const at = 1_700_000_000_000;
const topic = "skyground/v1/plant-1/gw-1/telemetry";

/** Mulberry32: the same numbers from the same seed. */
function createRandom(from: number): (below: number) => number {
  let state = from;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000) * below);
  };
}

type Random = ReturnType<typeof createRandom>;

function insertedAt(bytes: Buffer, place: number, text: string | Uint8Array): Buffer {
  return Buffer.concat([bytes.subarray(0, place), Buffer.from(text), bytes.subarray(place)]);
}

/** Puts something else in the place of a piece of text, at a place where there is one. */
function replaced(bytes: Buffer, piece: RegExp, by: string, random: Random): Buffer {
  const text = bytes.toString("latin1");
  const found = [...text.matchAll(piece)];
  const one = found[random(Math.max(1, found.length))];
  if (one === undefined) return insertedAt(bytes, random(bytes.length + 1), by);
  return Buffer.from(text.slice(0, one.index) + by + text.slice(one.index + one[0].length), "latin1");
}

const hugeNumbers = [
  "9".repeat(400),
  "1e999",
  "-1e308",
  "1e-400",
  "18446744073709551616",
  "NaN",
  "-Infinity",
  "0.".padEnd(300, "3"),
];
const badKeys = ['"__proto__"', '"constructor"', '"toString"', '""', `"${"k".repeat(3000)}"`];

const mutations: readonly ((bytes: Buffer, other: Buffer, random: Random) => Buffer)[] = [
  (bytes, _, random) => {
    const copy = Buffer.from(bytes);
    for (let flips = random(4); flips >= 0 && copy.length > 0; flips--) {
      const place = random(copy.length);
      copy[place] = (copy[place] ?? 0) ^ (1 << random(8));
    }
    return copy;
  },
  (bytes, _, random) => bytes.subarray(random(bytes.length + 1), random(bytes.length + 1)),
  (bytes, _, random) => bytes.subarray(0, random(bytes.length + 1)),
  (bytes, other, random) =>
    Buffer.concat([bytes.subarray(0, random(bytes.length + 1)), other.subarray(random(other.length + 1))]),
  (bytes, _, random) => replaced(bytes, /-?\d+(?:\.\d+)?/gu, hugeNumbers[random(hugeNumbers.length)] ?? "", random),
  (bytes, _, random) => replaced(bytes, /"[^"]*"/gu, badKeys[random(badKeys.length)] ?? "", random),
  (bytes, _, random) =>
    replaced(bytes, /"[^"]*"|-?\d+/gu, ["null", "{}", "[]", "[[]]", "true", '""', " "][random(7)] ?? "", random),
  (bytes, _, random) => {
    const depth = 1 + random(2000);
    const nested =
      random(2) === 0 ? "[".repeat(depth) + "]".repeat(depth) : '{"a":'.repeat(depth) + "1" + "}".repeat(depth);
    return replaced(bytes, /-?\d+(?:\.\d+)?/gu, nested, random);
  },
  (bytes, _, random) => insertedAt(bytes, random(bytes.length + 1), bytes.subarray(random(bytes.length + 1))),
  (_, __, random) => Buffer.from(Array.from({ length: random(200) }, () => random(256))),
];

function sizeOf(translation: Translation): number {
  if (!translation.ok) return translation.example.length;
  const replies = (translation.replies ?? []).reduce((sum, { payload }) => sum + payload.length, 0);
  return encodeNative(translation.objects, translation.unread).reduce((sum, payload) => {
    expect(decodeNative(topic, payload).ok).toBe(true);
    return sum + payload.length;
  }, replies);
}

/** What all vectors are read as, once they were played before: whoever remembers, remembers those by then. */
function playAll(reader: Translator, { vectors }: Spoken): unknown[] {
  const play = (): unknown[] =>
    vectors.map((vector) => {
      const translation = reader.translate({ ...vector, at });
      return translation.ok ? { objects: translation.objects, unread: translation.unread } : translation;
    });
  play();
  return play();
}

describe("under any payload", () => {
  it.each(everySpoken)(
    "$name never throws, answers within bounds, and reads on",
    (spoken) => {
      const { dialect, device, vectors } = spoken;
      const random = createRandom(seed);
      const expected = playAll(dialect.open(device, undefined), spoken);
      const reader = dialect.open(device, undefined);
      const any = (): Spoken["vectors"][number] => vectors[random(vectors.length)] as Spoken["vectors"][number];
      for (let run = 0; run < runs; run++) {
        let payload: Buffer = Buffer.from(any().payload);
        for (let times = random(3); times >= 0; times--) {
          const mutate = mutations[random(mutations.length)] as (typeof mutations)[number];
          payload = mutate(payload, Buffer.from(any().payload), random).subarray(0, 16 * 1024);
        }
        const told = `seed ${seed}, run ${run}: ${payload.toString("latin1").slice(0, 2000)}`;
        try {
          const size = sizeOf(reader.translate({ topic: any().topic, payload, at: at + run }));
          if (size > 4096 + mostBytesPerByte * payload.length) throw new Error(`an answer of ${size} bytes`);
          for (const { payload: due } of reader.due?.(at + run) ?? [])
            if (due.length > 4096) throw new Error("too much is due");
        } catch (error) {
          throw new Error(told, { cause: error });
        }
        if (run % lookEvery === 0) expect(playAll(reader, spoken), told).toEqual(expected);
      }
      expect(playAll(reader, spoken)).toEqual(expected);
    },
    60_000 + runs * 2,
  );
});
