// The live risk index of a site: 100·(1 − Π(1 − w·s)) over all terms whose source is there. Every weight is a (design) default.
import type { Level } from "../../contract/level.ts";
import { riskTerms, type RiskTerm, type RiskTermId, type RiskView } from "../../contract/risk.ts";

/** Hot work of the highest class and of the first, and entries into confined spaces (GB 30871-2022), under way now. */
export interface SpecialWork {
  readonly special: number;
  readonly first: number;
  readonly confined: number;
}

/** What is known of a site; null where nothing feeds it. */
export interface RiskFacts {
  /** The class of the major hazard, 1 the gravest (GB 18218-2018). */
  readonly hazardGrade: 1 | 2 | 3 | 4 | null;
  /** The level of the site's roll-up. */
  readonly level: Level | null;
  /** Answers to its process alarms that are owed past their limit. */
  readonly overdue: number;
  readonly points: number;
  readonly goodPoints: number;
  readonly keyPoints: number;
  readonly goodKeyPoints: number;
  readonly specialWork: SpecialWork | null;
  /** False where today's safety commitment (安全承诺) was not made. */
  readonly isCommitted: boolean | null;
  /** Interlocks of safety systems that are bypassed. */
  readonly bypasses: number | null;
  /** The weather warning in force; "none" where there is none. */
  readonly weather: Level | "none" | null;
}

const gradeWeights = { 1: 0.3, 2: 0.22, 3: 0.15, 4: 0.08 } as const;
const levelWeights: Readonly<Record<Level, number>> = { blue: 0.12, yellow: 0.35, orange: 0.6, red: 0.9 };
/** Each answer that is owed past its limit, up to three of them. */
const overdueWeight = 0.05;
const mostOverdue = 3;
const blindWeight = 0.2;
const workWeights = { special: 0.15, first: 0.08, confined: 0.08 } as const;
const mostWork = 0.25;
const commitmentWeight = 0.1;
const bypassWeight = 0.2;
const weatherWeights: Readonly<Record<Level, number>> = { blue: 0.05, yellow: 0.1, orange: 0.15, red: 0.2 };
/** Below this share of fresh and good key points no index is given (semantics §5). */
const enoughKeys = 0.8;

type Said = Omit<RiskTerm, "id" | "share">;

function said(weight: number, degree: number, values: RiskTerm["values"]): Said {
  return { weight, degree, values };
}

function workOf(work: SpecialWork): Said {
  const sum =
    work.special * workWeights.special + work.first * workWeights.first + work.confined * workWeights.confined;
  return said(mostWork, Math.min(1, sum / mostWork), { ...work });
}

/** What each term says; null where its source is not there. */
function termsOf(facts: RiskFacts): Readonly<Record<RiskTermId, Said | null>> {
  const { hazardGrade, level, overdue, points, goodPoints, specialWork, isCommitted, bypasses, weather } = facts;
  const bad = points - goodPoints;
  return {
    hazardGrade: hazardGrade === null ? null : said(gradeWeights[hazardGrade], 1, { grade: hazardGrade }),
    worstLevel: level === null ? said(levelWeights.red, 0, { level: "none" }) : said(levelWeights[level], 1, { level }),
    unanswered: said(mostOverdue * overdueWeight, Math.min(overdue, mostOverdue) / mostOverdue, { overdue }),
    blindness: said(blindWeight, points === 0 ? 0 : bad / points, { bad, points }),
    specialWork: specialWork === null ? null : workOf(specialWork),
    commitment:
      isCommitted === null ? null : said(commitmentWeight, isCommitted ? 0 : 1, { missing: isCommitted ? 0 : 1 }),
    bypass: bypasses === null ? null : said(bypassWeight, bypasses > 0 ? 1 : 0, { bypasses }),
    weather:
      weather === null
        ? null
        : weather === "none"
          ? said(weatherWeights.red, 0, { level: "none" })
          : said(weatherWeights[weather], 1, { level: weather }),
  };
}

/** The index of a site. In whole points, so that a flicker of one instrument is no news. */
export function riskOf(facts: RiskFacts): RiskView {
  const terms = termsOf(facts);
  const connected = riskTerms.flatMap((id) => {
    const term = terms[id];
    return term === null ? [] : [{ id, ...term }];
  });
  const notConnected = riskTerms.filter((id) => terms[id] === null);
  const index = 100 * (1 - connected.reduce((left, { weight, degree }) => left * (1 - weight * degree), 1));
  const sum = connected.reduce((all, { weight, degree }) => all + weight * degree, 0);
  const why =
    facts.keyPoints === 0 ? "noKeyPoints" : facts.goodKeyPoints < enoughKeys * facts.keyPoints ? "blind" : null;
  return {
    value: why === null ? Math.round(index) : null,
    why,
    // A product has no parts of its own: the index is shared out by weight · degree. No logarithm, which machines may round apart.
    terms: connected.map((term) => ({
      ...term,
      share: why !== null || sum === 0 ? 0 : Math.round((index * term.weight * term.degree) / sum),
    })),
    notConnected,
  };
}
