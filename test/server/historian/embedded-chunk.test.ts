// The embedded historian's codec: whatever goes in comes out bit for bit, and damage is never taken for rows.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createEncoder, decodeChunk } from "../../../server/adapters/historian/embedded-chunk.ts";
import { createSeries } from "../../../server/adapters/historian/rows.ts";

type Cells = readonly [sourceAt: number, receivedAt: number, value: number, quality: number];

const encode = createEncoder();

function chunkOf(rows: readonly Cells[]): Buffer {
  const series = createSeries();
  for (const row of rows) series.add(...row);
  return encode(series);
}

function rowsOf(chunk: Uint8Array, from = 0, to = Infinity): Cells[] {
  const series = createSeries();
  decodeChunk(chunk, from, to, series);
  return Array.from({ length: series.count }, (_, place) => [
    series.sourceAt[place] ?? Number.NaN,
    series.receivedAt[place] ?? Number.NaN,
    series.value[place] ?? Number.NaN,
    series.quality[place] ?? Number.NaN,
  ]);
}

const start = 1_790_000_000_000;

/** What a sensor sends: every 10 s ± 20 ms, a walk in steps of 0.01. */
function measured(count: number): Cells[] {
  let value = 5000;
  return Array.from({ length: count }, (_, index) => {
    value += ((index * 7919) % 41) - 20;
    const at = start + index * 10_000 + ((index * 104_729) % 41);
    return [at, at + 20 + ((index * 31) % 80), value / 100, index % 500 === 3 ? 2 : 0] as const;
  });
}

describe("the embedded historian's codec", () => {
  it("gives back what a sensor measured, in less than five bytes a row", () => {
    const rows = measured(8640);
    const chunk = chunkOf(rows);
    expect(rowsOf(chunk)).toEqual(rows);
    expect(chunk.length / rows.length).toBeLessThan(5);
  });

  it("gives back any rows bit for bit", () => {
    const latest = 9_223_372_036_853;
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.integer().map((whole) => whole / 1000),
      fc.float({ noNaN: true, noDefaultInfinity: true }),
      fc.constantFrom(0, -0, 5e-324, -1.5e308, 2 ** 53, 2 ** 51, 0.1 + 0.2, 1e21, 1e-7, 123_456_789.123_456_7),
    );
    const cells = fc.tuple(fc.integer({ min: 0, max: latest }), fc.integer({ min: 0, max: latest }), value);
    const row = fc.tuple(cells, fc.integer({ min: 0, max: 5 }));
    fc.assert(
      fc.property(fc.uniqueArray(row, { selector: ([[at]]) => at, minLength: 1, maxLength: 60 }), (list) => {
        const rows = list
          .map(([[at, by, one], quality]): Cells => [at, by, one, quality])
          .toSorted(([a], [b]) => a - b);
        const found = rowsOf(chunkOf(rows));
        expect(found.length).toBe(rows.length);
        // Object.is, because a zero that has lost its sign is not what was written.
        expect(found.every((cell, at) => cell.every((number, place) => Object.is(number, rows[at]?.[place])))).toBe(
          true,
        );
      }),
      { numRuns: 500, seed: 20_260_922, endOnFailure: true },
    );
  });

  it("gives back a span only, over the borders of its pieces too", () => {
    const rows = measured(10_000);
    const chunk = chunkOf(rows);
    for (const [from, to] of [
      [0, 1],
      [4090, 4100],
      [4095, 4096],
      [4096, 8193],
      [9999, 10_000],
    ] as const) {
      expect(rowsOf(chunk, rows[from]?.[0], (rows[to - 1]?.[0] ?? 0) + 1)).toEqual(rows.slice(from, to));
    }
    expect(rowsOf(chunk, 0, start - 100)).toEqual([]);
  });

  it("finds every flipped bit and every cut", () => {
    const chunk = chunkOf(measured(40));
    for (let bit = 0; bit < chunk.length * 8; bit += 1) {
      const damaged = Uint8Array.from(chunk);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(() => rowsOf(damaged), `bit ${bit}`).toThrow("checksum");
    }
    for (let length = 1; length < chunk.length; length += 1) {
      expect(() => rowsOf(chunk.subarray(0, length)), `${length} bytes`).toThrow("checksum");
    }
  });
});
