// The day of a device in two bits a quarter hour: what is written of it, what is combined, and what is forgotten.
import { describe, expect, it } from "vitest";
import { stripCellMs as cell, stripCells } from "../../contract/liveness.ts";
import {
  noteMissing,
  notePresence,
  readStrip,
  resetStrip,
  stripLength,
  type Presence,
} from "../../server/domain/strip.ts";

const epoch = 1_790_000_100_000;

function newStrip(): Float64Array {
  const strip = new Float64Array(stripLength).fill(7);
  resetStrip(strip);
  return strip;
}

/** The newest letters of a strip, the present one last. */
function newest(strip: Float64Array, now: number, count = 6): string {
  return readStrip(strip, now).cells.slice(-count);
}

describe("a strip", () => {
  it("knows nothing before anything is noted, and ends with the present quarter hour", () => {
    const { until, cells } = readStrip(newStrip(), epoch + 1);
    expect(cells).toBe("-".repeat(stripCells));
    expect(until).toBe(epoch + cell);
  });

  it("has a quarter hour whole or empty where all of it was, and partial where it differed", () => {
    const strip = newStrip();
    const note = (from: number, to: number, presence: Presence): void =>
      notePresence(strip, epoch + from * cell, epoch + to * cell, presence);
    note(0, 1, "whole");
    note(1, 1.5, "whole");
    note(1.5, 2, "none");
    note(2, 3, "none");
    note(3, 4, "partial");
    note(4, 4.2, "partial");
    note(4.2, 5, "whole");
    expect(newest(strip, epoch + 4.9 * cell)).toBe("-wpnpp");
  });

  it("spans quarter hours without a border of its own: the end is not part of it", () => {
    const strip = newStrip();
    notePresence(strip, epoch, epoch + 2 * cell, "none");
    expect(newest(strip, epoch + 2 * cell)).toBe("---nn-");
    notePresence(strip, epoch + 2 * cell, epoch + 2 * cell + 1, "whole");
    expect(newest(strip, epoch + 2 * cell)).toBe("---nnw");
  });

  it("leaves unknown what nobody has noted in between", () => {
    const strip = newStrip();
    notePresence(strip, epoch, epoch + cell, "whole");
    notePresence(strip, epoch + 3 * cell, epoch + 4 * cell, "whole");
    expect(newest(strip, epoch + 5 * cell)).toBe("w--w--");
  });

  it("keeps each of 96 apart, and forgets each after a day", () => {
    const strip = newStrip();
    const of = (nth: number): Presence => (["none", "partial", "whole"] as const)[nth % 3] as Presence;
    const letter = (nth: number): string => "npw"[nth % 3] as string;
    for (let nth = 0; nth < 250; nth += 1) notePresence(strip, epoch + nth * cell, epoch + (nth + 1) * cell, of(nth));
    const expected = Array.from({ length: stripCells }, (_, nth) => letter(250 - stripCells + nth)).join("");
    expect(readStrip(strip, epoch + 249 * cell).cells).toBe(expected);
    expect(readStrip(strip, epoch + 252 * cell).cells).toBe(`${expected.slice(3)}---`);
    expect(readStrip(strip, epoch + 1000 * cell).cells).toBe("-".repeat(stripCells));
    notePresence(strip, epoch + 1000 * cell, epoch + 1001 * cell, "none");
    expect(readStrip(strip, epoch + 1000 * cell).cells).toBe(`${"-".repeat(stripCells - 1)}n`);
  });

  it("takes more than a day at once as the last day of it", () => {
    const strip = newStrip();
    notePresence(strip, epoch, epoch + 500 * cell, "whole");
    expect(readStrip(strip, epoch + 499 * cell).cells).toBe("w".repeat(stripCells));
  });

  it("tells whether more numbers are missing than the last time", () => {
    const strip = newStrip();
    expect([0, 3, 3, 5, 0].map((missing) => noteMissing(strip, missing))).toEqual([false, true, false, true, false]);
  });
});
