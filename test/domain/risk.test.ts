// The live risk index: worked by hand, monotone, told term by term, and silent where too little is seen.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { levels } from "../../contract/level.ts";
import { riskTerms, type RiskTermId } from "../../contract/risk.ts";
import { riskOf, type RiskFacts } from "../../server/domain/risk.ts";

const calm: RiskFacts = {
  hazardGrade: null,
  level: null,
  overdue: 0,
  points: 10,
  goodPoints: 10,
  keyPoints: 5,
  goodKeyPoints: 5,
  specialWork: null,
  isCommitted: null,
  bypasses: null,
  weather: null,
};
const all: RiskFacts = {
  ...calm,
  hazardGrade: 1,
  level: "red",
  overdue: 9,
  goodPoints: 8,
  specialWork: { special: 1, first: 0, confined: 1 },
  isCommitted: false,
  bypasses: 2,
  weather: "orange",
};
const term = (facts: RiskFacts, id: RiskTermId) => riskOf(facts).terms.find((one) => one.id === id);

describe("the risk index", () => {
  it("is nothing where nothing is known to be wrong, and names what is not connected", () => {
    expect(riskOf(calm)).toMatchObject({
      value: 0,
      why: null,
      notConnected: ["hazardGrade", "specialWork", "commitment", "bypass", "weather"],
    });
    expect(riskOf(calm).terms.map(({ id, share }) => [id, share])).toEqual([
      ["worstLevel", 0],
      ["unanswered", 0],
      ["blindness", 0],
    ]);
  });

  it("is 100·(1 − Π(1 − w·s)): class 3 with a yellow level, one answer late, a fifth of the points bad", () => {
    // 1 − 0.85 · 0.65 · (1 − 0.05) · (1 − 0.20 · 0.2) = 1 − 0.85 · 0.65 · 0.95 · 0.96 = 0.49612
    const facts: RiskFacts = { ...calm, hazardGrade: 3, level: "yellow", overdue: 1, goodPoints: 8 };
    expect(riskOf(facts).value).toBe(50);
    // 0.15, 0.35, 0.05 and 0.04 of 0.59; of 49.612 points: 12.6, 29.4, 4.2 and 3.4.
    expect(riskOf(facts).terms.map(({ share }) => share)).toEqual([13, 29, 4, 3]);
    expect(term(facts, "worstLevel")).toEqual({
      id: "worstLevel",
      weight: 0.35,
      degree: 1,
      share: 29,
      values: { level: "yellow" },
    });
  });

  it("holds every term at its most", () => {
    // 0.70 · 0.10 · 0.85 · 0.96 · (1 − 0.23) · 0.90 · 0.80 · 0.85 = 0.026918
    expect(riskOf(all).value).toBe(97);
    expect(riskOf(all).notConnected).toEqual([]);
    expect(term(all, "unanswered")).toMatchObject({ weight: expect.closeTo(0.15, 9) as number, degree: 1 });
    expect(term({ ...all, specialWork: { special: 2, first: 1, confined: 0 } }, "specialWork")).toMatchObject({
      weight: 0.25,
      degree: 1,
    });
  });

  it("tells what is connected and calm with nothing in it", () => {
    const facts: RiskFacts = {
      ...calm,
      specialWork: { special: 0, first: 0, confined: 0 },
      isCommitted: true,
      bypasses: 0,
      weather: "none",
    };
    expect(riskOf(facts)).toMatchObject({ value: 0, notConnected: ["hazardGrade"] });
    expect(term({ ...facts, weather: "blue" }, "weather")).toMatchObject({ weight: 0.05, degree: 1, share: 5 });
  });

  it("cannot be said below 80 % fresh and good key points, nor without any; the terms are told all the same", () => {
    expect(riskOf({ ...all, goodKeyPoints: 4 })).toMatchObject({ value: 97, why: null });
    expect(riskOf({ ...all, goodKeyPoints: 3 })).toMatchObject({ value: null, why: "blind" });
    expect(riskOf({ ...all, goodKeyPoints: 3 }).terms.every(({ share }) => share === 0)).toBe(true);
    expect(riskOf({ ...all, keyPoints: 0, goodKeyPoints: 0 })).toMatchObject({ value: null, why: "noKeyPoints" });
    expect(term({ ...calm, points: 0, goodPoints: 0 }, "blindness")).toMatchObject({ degree: 0 });
  });

  it("never falls as anything gets worse, stays within 0 and 100, and its shares add up but for rounding", () => {
    const level = fc.constantFrom(null, ...levels);
    const facts = fc.record({
      hazardGrade: fc.constantFrom(null, 1, 2, 3, 4),
      level,
      overdue: fc.nat(5),
      goodPoints: fc.nat(10),
      bypasses: fc.constantFrom(null, 0, 1),
    });
    const rank = (one: (typeof levels)[number] | null): number => (one === null ? -1 : levels.indexOf(one));
    fc.assert(
      fc.property(facts, fc.nat(3), level, (some, more, other) => {
        const before = { ...calm, ...some };
        const { value, terms } = riskOf(before);
        const worse = {
          ...before,
          overdue: some.overdue + more,
          goodPoints: Math.max(0, some.goodPoints - more),
          level: rank(other) > rank(some.level) ? other : some.level,
        };
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(100);
        expect(riskOf(worse).value).toBeGreaterThanOrEqual(value as number);
        const sum = terms.reduce((a, { share }) => a + share, 0);
        expect(Math.abs(sum - (value as number))).toBeLessThanOrEqual(riskTerms.length / 2);
      }),
    );
  });
});
