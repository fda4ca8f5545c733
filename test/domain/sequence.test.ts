// What the numbers of a device tell: gaps that open, shrink, split and fill, repeats, new beginnings, the end of 32 bits.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  duplicatesOf,
  goOn,
  hearNumbers,
  isNext,
  noGaps,
  numbersLength,
  openNumbers,
  readNumbers,
  resetNumbers,
  type Sequences,
} from "../../server/domain/sequence.ts";

const most = 2 ** 32 - 1;

function ledger(): Sequences {
  const numbers = new Float64Array(numbersLength);
  resetNumbers(numbers);
  return { numbers, gaps: noGaps };
}

/** Hears single numbers in this order; `past` says that they are of the past. */
function hear(
  of: Sequences,
  numbers: readonly (number | readonly [number, number])[],
  isPast: boolean | null = false,
): number {
  let missing = 0;
  for (const one of numbers) {
    const [first, last] = typeof one === "number" ? [one, one] : one;
    missing += hearNumbers(of, { first, last }, { at: 1000, isPast });
  }
  return missing;
}

function gapsOf(of: Sequences): string {
  return readNumbers(of)
    .gaps.map(({ from, to }) => `${from}-${to}`)
    .join(" ");
}

describe("the numbers of a device", () => {
  it("tell nothing before the first, and begin a run with it", () => {
    const of = ledger();
    expect(readNumbers(of)).toMatchObject({ newest: null, runs: 0, runSince: null, gaps: [] });
    expect(isNext(of.numbers, { first: 0, last: 0 })).toBe(false);
    expect(hear(of, [7])).toBe(0);
    expect(readNumbers(of)).toMatchObject({ newest: 7, runs: 1, runSince: 1000, missing: 0 });
  });

  it("open a gap where one is left out, with the time when that was found", () => {
    const of = ledger();
    expect(hear(of, [7, 10, [11, 14], 20])).toBe(2 + 5);
    expect(readNumbers(of)).toMatchObject({ missing: 7, open: 7, newest: 20 });
    expect(readNumbers(of).gaps).toEqual([
      { from: 8, to: 9, foundAt: 1000 },
      { from: 15, to: 19, foundAt: 1000 },
    ]);
  });

  it("fill a gap that they belong to: it shrinks, splits, and is gone", () => {
    const of = ledger();
    hear(of, [0, 10]);
    hear(of, [5], true);
    expect(gapsOf(of)).toBe("1-4 6-9");
    hear(of, [1, [8, 12]], true);
    expect([gapsOf(of), readNumbers(of).newest]).toEqual(["2-4 6-7", 12]);
    hear(of, [[0, 12]], null);
    expect(readNumbers(of)).toMatchObject({ open: 0, backfilled: 9, missing: 9, duplicates: 0, newest: 12, runs: 1 });
  });

  it("count a repeat, the newest once more and an older one alike", () => {
    const of = ledger();
    hear(of, [3, 4, 5]);
    hear(of, [5], null);
    hear(of, [5, 5]);
    hear(of, [4], true);
    expect(readNumbers(of)).toMatchObject({ duplicates: 4, runs: 1, newest: 5 });
    expect(duplicatesOf(of)).toBe(4);
  });

  it("are no repeat where they are older than all that is known", () => {
    const of = ledger();
    hear(of, [100, 101]);
    hear(of, [50], true);
    expect(readNumbers(of)).toMatchObject({ duplicates: 0, runs: 1, newest: 101 });
  });

  it("begin anew where a lower one is of the present: no gap, and nobody waits for those of before", () => {
    const of = ledger();
    hear(of, [100, 110]);
    expect(hear(of, [0])).toBe(0);
    expect(readNumbers(of)).toMatchObject({ runs: 2, newest: 0, open: 0, forgotten: 9 });
    expect(hear(of, [1, 3])).toBe(1);
    expect(gapsOf(of)).toBe("2-2");
    hear(of, [105], true);
    expect(readNumbers(of)).toMatchObject({ runs: 2 });
    // One without a time that can be believed is taken for a new beginning, as nothing of it must be lost.
    hear(of, [1], null);
    expect(readNumbers(of)).toMatchObject({ runs: 3, newest: 1 });
  });

  it("go on over the end of 32 bits, with and without a gap there", () => {
    const of = ledger();
    expect(hear(of, [most - 1, most, 0])).toBe(0);
    expect(readNumbers(of)).toMatchObject({ newest: 0, runs: 1 });
    const gapped = ledger();
    expect(hear(gapped, [most - 1, 2])).toBe(3);
    expect(gapsOf(gapped)).toBe(`${most}-1`);
    hear(gapped, [most, 0], true);
    expect(gapsOf(gapped)).toBe("1-1");
    expect(hear(gapped, [[3, 3]])).toBe(0);
    expect(hear(ledger(), [[most, 1], 2])).toBe(0);
  });

  it("are understood where a message holds its objects newest first", () => {
    const of = ledger();
    hear(of, [
      [3, 1],
      [6, 4],
    ]);
    expect(readNumbers(of)).toMatchObject({ newest: 6, open: 0, missing: 0 });
  });

  it("keep 64 gaps: of more, nobody waits for the oldest, and what comes of it is no repeat", () => {
    const of = ledger();
    hear(
      of,
      Array.from({ length: 70 }, (_, nth) => nth * 3),
    );
    expect(readNumbers(of).gaps).toHaveLength(64);
    expect(readNumbers(of)).toMatchObject({ forgotten: 10, missing: 138, open: 128 });
    hear(of, [1, 14], true);
    expect(readNumbers(of)).toMatchObject({ backfilled: 0, duplicates: 0, runs: 1 });
    hear(of, [15], true);
    expect(readNumbers(of)).toMatchObject({ duplicates: 1 });
  });

  it("split into 65 gaps are 64 as well", () => {
    const of = ledger();
    hear(
      of,
      Array.from({ length: 65 }, (_, nth) => nth * 4),
    );
    hear(of, [254], true);
    expect(readNumbers(of).gaps).toHaveLength(64);
    expect(readNumbers(of)).toMatchObject({ backfilled: 1, forgotten: 3, open: 188 });
  });

  it("say that one is next only right behind the newest, and then go on as if it was heard", () => {
    fc.assert(
      fc.property(fc.nat(most), fc.integer({ min: -3, max: 3 }), fc.nat(5), (start, step, more) => {
        const [short, long] = [ledger(), ledger()];
        hear(short, [start]);
        hear(long, [start]);
        const first = (start + step) >>> 0;
        const message = { first, last: (first + more) >>> 0 };
        expect(isNext(short.numbers, message)).toBe(step === 1);
        if (step !== 1) return;
        goOn(short.numbers, message);
        expect(hearNumbers(long, message, { at: 1, isPast: false })).toBe(0);
        expect(short).toEqual(long);
      }),
    );
  });

  it("miss nothing and wait for nothing, in whatever order all of a run come", () => {
    fc.assert(
      fc.property(fc.nat(most), fc.shuffledSubarray([...Array(40).keys()], { minLength: 40 }), (start, order) => {
        const of = ledger();
        hear(of, [start]);
        for (const nth of order) hear(of, [(start + 1 + nth) >>> 0], true);
        expect(openNumbers(of)).toBe(0);
        const { missing, backfilled, duplicates } = readNumbers(of);
        expect([missing, duplicates]).toEqual([backfilled, 0]);
      }),
    );
  });
});
