// The rows of the risk index: every term in words, in the order of the contract, those that nothing feeds included.
import type { Level } from "../../../../contract/level.ts";
import { riskTerms, type RiskTerm, type RiskTermId, type RiskView } from "../../../../contract/risk.ts";
import { formatNumber } from "../../text/number.ts";
import type { Words } from "../../text/words.ts";

/** One row; null where nothing feeds the term. */
export interface RiskRow {
  readonly id: RiskTermId;
  readonly name: string;
  readonly term: {
    readonly what: string;
    readonly weight: string;
    readonly degree: string;
    readonly share: string;
  } | null;
}

function whatOf({ t }: Words, { id, values }: RiskTerm): string {
  const number = (key: string): number => Number(values[key] ?? 0);
  switch (id) {
    case "hazardGrade":
      return t("risk.value.grade", { grade: number("grade") });
    case "worstLevel":
    case "weather":
      return values["level"] === "none" ? t("risk.value.level") : t(`levelFull.${values["level"] as Level}`);
    case "unanswered":
      return t("risk.value.count", { count: number("overdue") });
    case "bypass":
      return t("risk.value.count", { count: number("bypasses") });
    case "blindness":
      return t("risk.value.points", { bad: number("bad"), points: number("points") });
    case "specialWork":
      return t("risk.value.work", {
        special: number("special"),
        first: number("first"),
        confined: number("confined"),
      });
    case "commitment":
      return t(number("missing") > 0 ? "risk.value.missing" : "risk.value.made");
  }
}

/** All terms of an index. Where it cannot be said, no term has a share. */
export function riskRows(words: Words, { value, terms }: RiskView): readonly RiskRow[] {
  const known = new Map(terms.map((term) => [term.id, term]));
  return riskTerms.map((id) => {
    const term = known.get(id);
    const name = words.t(`risk.${id}`);
    if (term === undefined) return { id, name, term: null };
    return {
      id,
      name,
      term: {
        what: whatOf(words, term),
        weight: formatNumber(term.weight, 2),
        degree: formatNumber(term.degree, 2),
        share: value === null ? "—" : String(term.share),
      },
    };
  });
}
