// The histogram of lengths of time: every length in its bin, every bin a quarter of an octave.
import { describe, expect, it } from "vitest";
import { binOf, binOfShare, endOfBin, spreadBins } from "../../contract/spread.ts";

describe("a spread", () => {
  it("puts every length into a bin that ends behind it, and no more than a quarter behind", () => {
    for (const ms of [0, 1, 3, 4, 5, 7, 8, 9, 15, 16, 999, 1000, 10_000, 59_999, 60_000, 3_600_000, 86_400_000]) {
      const end = endOfBin(binOf(ms));
      expect([ms, end > ms, end <= Math.max(ms + 1, ms * 1.25 + 1)]).toEqual([ms, true, true]);
      expect(binOf(end)).toBe(binOf(ms) + 1);
    }
  });

  it("keeps what is negative in the first bin, and what is longer than 37 hours in the last", () => {
    expect([-1, -5e9, 0].map(binOf)).toEqual([0, 0, 0]);
    expect([2 ** 27 - 1, 2 ** 27, 1e12].map(binOf)).toEqual([spreadBins - 1, spreadBins - 1, spreadBins - 1]);
    expect(endOfBin(spreadBins - 1)).toBe(2 ** 27);
  });

  it("says up to which bin a share of all weight lies, and nothing where there is none", () => {
    const weights = new Float64Array(spreadBins + 1);
    expect(binOfShare(weights, 1, 0.5)).toBeNull();
    weights[1 + 10] = 98;
    weights[1 + 20] = 1;
    weights[1 + spreadBins - 1] = 1;
    expect([0.5, 0.98, 0.99, 1].map((share) => binOfShare(weights, 1, share))).toEqual([10, 10, 20, spreadBins - 1]);
  });
});
