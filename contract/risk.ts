// The live risk index of a site: a number beside its level, with every term of it told.

/** Everything that the index is made of, in the order in which it is told. */
export const riskTerms = [
  "hazardGrade",
  "worstLevel",
  "unanswered",
  "blindness",
  "specialWork",
  "commitment",
  "bypass",
  "weather",
] as const;
/** One term of the index. */
export type RiskTermId = (typeof riskTerms)[number];

/** What one term says. */
export interface RiskTerm {
  readonly id: RiskTermId;
  /** The most that this term may say, 0 to 1. */
  readonly weight: number;
  /** How much of it is so, 0 to 1: the term multiplies what is left by 1 − weight · degree. */
  readonly degree: number;
  /** Its part of the index, in whole points; rounded each for itself. */
  readonly share: number;
  /** The numbers that it rests on. */
  readonly values: Readonly<Record<string, string | number>>;
}

/** The index of a site; it never colours, and it never lowers anything (semantics §5). */
export interface RiskView {
  /** 0 to 100 in whole points; null where it cannot be said (不可评估). */
  readonly value: number | null;
  /** Why it cannot be said: no key point at all, or fewer than 80 % of them fresh and good. */
  readonly why: "noKeyPoints" | "blind" | null;
  readonly terms: readonly RiskTerm[];
  /** Terms whose source does not exist (未接入): they count as nothing, and are said so. */
  readonly notConnected: readonly RiskTermId[];
}
