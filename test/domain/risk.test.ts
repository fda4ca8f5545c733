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

  // Alone, a term is the index: 100 · weight · degree. Work: 0.15, 0.08 and 0.08 each, of 0.25 at most.
  it.each<readonly [RiskTermId, Partial<RiskFacts>, number, number, number]>([
    ["hazardGrade", { hazardGrade: 1 }, 0.3, 1, 30],
    ["hazardGrade", { hazardGrade: 2 }, 0.22, 1, 22],
    ["hazardGrade", { hazardGrade: 4 }, 0.08, 1, 8],
    ["worstLevel", { level: "blue" }, 0.12, 1, 12],
    ["worstLevel", { level: "orange" }, 0.6, 1, 60],
    ["worstLevel", { level: "red" }, 0.9, 1, 90],
    ["worstLevel", { level: null }, 0.9, 0, 0],
    ["specialWork", { specialWork: { special: 1, first: 0, confined: 0 } }, 0.25, 0.6, 15],
    ["specialWork", { specialWork: { special: 0, first: 1, confined: 0 } }, 0.25, 0.32, 8],
    ["specialWork", { specialWork: { special: 0, first: 0, confined: 1 } }, 0.25, 0.32, 8],
    ["specialWork", { specialWork: { special: 1, first: 1, confined: 0 } }, 0.25, 0.92, 23],
    ["specialWork", { specialWork: { special: 0, first: 1, confined: 1 } }, 0.25, 0.64, 16],
    ["specialWork", { specialWork: { special: 1, first: 1, confined: 1 } }, 0.25, 1, 25],
    ["commitment", { isCommitted: false }, 0.1, 1, 10],
    ["commitment", { isCommitted: true }, 0.1, 0, 0],
    ["bypass", { bypasses: 0 }, 0.2, 0, 0],
    ["bypass", { bypasses: 1 }, 0.2, 1, 20],
    ["bypass", { bypasses: 3 }, 0.2, 1, 20],
    ["weather", { weather: "none" }, 0.2, 0, 0],
    ["weather", { weather: "blue" }, 0.05, 1, 5],
    ["weather", { weather: "yellow" }, 0.1, 1, 10],
    ["weather", { weather: "orange" }, 0.15, 1, 15],
    ["weather", { weather: "red" }, 0.2, 1, 20],
  ])("of %s with %o is its weight %f times its degree %f", (id, facts, weight, degree, index) => {
    expect(term({ ...calm, ...facts }, id)).toMatchObject({
      weight,
      degree: expect.closeTo(degree, 9) as number,
      share: index,
    });
    expect(riskOf({ ...calm, ...facts }).value).toBe(index);
  });

  it("says beside each term what it was worked out from", () => {
    const told = (facts: RiskFacts): readonly unknown[] => riskOf(facts).terms.map(({ id, values }) => [id, values]);
    expect(told(all)).toEqual([
      ["hazardGrade", { grade: 1 }],
      ["worstLevel", { level: "red" }],
      ["unanswered", { overdue: 9 }],
      ["blindness", { bad: 2, points: 10 }],
      ["specialWork", { special: 1, first: 0, confined: 1 }],
      ["commitment", { missing: 1 }],
      ["bypass", { bypasses: 2 }],
      ["weather", { level: "orange" }],
    ]);
    expect(told({ ...calm, isCommitted: true, weather: "none" })).toEqual([
      ["worstLevel", { level: "none" }],
      ["unanswered", { overdue: 0 }],
      ["blindness", { bad: 0, points: 10 }],
      ["commitment", { missing: 0 }],
      ["weather", { level: "none" }],
    ]);
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
