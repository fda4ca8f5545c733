// Two points held against each other: difference and ratio, what makes no pair, and what doubt may do (semantics §4).
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Member, PairCondition, Quantity } from "../../../contract/condition.ts";
import { pair } from "../../../server/domain/detect/pair.ts";
import { around, atOnce, badSince, lead, member, silentSince } from "../../support/around.ts";

const difference: PairCondition = {
  kind: "pair",
  method: "difference",
  of: "a",
  to: "b",
  skewMs: 2000,
  isAbsolute: false,
  ...atOnce,
};
const ratio: PairCondition = { ...difference, method: "ratio" };

const of = (condition: PairCondition, a: Member, b: Member): Quantity =>
  lead(pair, condition, [around(10_000, { a, b })]).quantities[0] as Quantity;

describe("a pair", () => {
  it("is the difference or the ratio of the first to the second, with its sign or without", () => {
    const [a, b] = [member(3, 9000), member(12, 10_000)];
    expect(of(difference, a, b)).toEqual({
      value: -9,
      quality: "good",
      mayReturn: true,
      note: null,
      values: { of: 3, to: 12, apartMs: 1000 },
    });
    expect(of({ ...difference, isAbsolute: true }, a, b).value).toBe(9);
    expect(of(ratio, a, b).value).toBe(0.25);
    expect(of({ ...ratio, isAbsolute: true }, member(-3, 9000), b).value).toBe(0.25);
  });

  it("is none where the two were not measured within the skew, inclusive", () => {
    expect(of(difference, member(3, 8000), member(12, 10_000)).value).toBe(-9);
    expect(of(difference, member(3, 7999), member(12, 10_000))).toEqual({
      value: null,
      quality: "good",
      mayReturn: false,
      note: "skew",
      values: { apartMs: 2001 },
    });
  });

  it("is none while one of them is lost or out of service", () => {
    const good = member(3, 10_000);
    for (const lost of [silentSince(9000, 9000), badSince(10_000)]) {
      const none = { value: null, quality: "good", mayReturn: false, note: "lost" };
      expect(of(difference, good, lost)).toEqual({ ...none, values: {} });
    }
    const out = member(3, 10_000, { isOutOfService: true });
    expect(of(difference, out, good)).toMatchObject({ value: null, note: "outOfService" });
  });

  it("has no ratio to nothing, and no number that is none", () => {
    expect(of(ratio, member(3, 0), member(0, 0))).toMatchObject({ value: null, note: "zeroDenominator" });
    expect(of(difference, member(3, 0), member(0, 0)).value).toBe(3);
    expect(of(difference, member(1e308, 0), member(-1e308, 0))).toMatchObject({ value: null, note: "notFinite" });
    expect(of(ratio, member(1e308, 0), member(1e-6, 0))).toMatchObject({ value: null, note: "notFinite" });
  });

  it("may raise but not return on what is doubtful", () => {
    const good = member(3, 0);
    const suspect = member(9, 0, { quality: "suspect" });
    const over = member(9, 0, { quality: "saturated", saturated: "high" });
    const lagging = member(9, 0, { isLagging: true });
    expect(of(difference, suspect, good)).toMatchObject({ value: 6, quality: "suspect", mayReturn: false });
    expect(of(difference, good, over)).toMatchObject({ value: -6, quality: "saturated", mayReturn: false });
    expect(of(difference, lagging, good)).toMatchObject({ value: 6, quality: "good", mayReturn: false });
  });

  it("looks at its two points, remembers nothing, and waits for nothing", () => {
    expect(pair.members(difference)).toEqual(["a", "b"]);
    expect(pair.sources(difference)).toEqual([]);
    expect(pair.initial(difference)).toBeNull();
    expect(pair.dueAt(difference, null, 0)).toBeNull();
  });

  it("is antisymmetric as a difference, and never not a number", () => {
    const value = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(value, value, (x, y) => {
        const [a, b] = [member(x, 0), member(y, 0)];
        const there = of(difference, a, b).value;
        const back = of(difference, b, a).value;
        expect(there === null ? null : there + 0).toBe(back === null ? null : 0 - back);
        for (const { value: one } of [of(ratio, a, b), of(difference, a, b)]) {
          expect(one === null || Number.isFinite(one)).toBe(true);
        }
      }),
    );
  });
});
