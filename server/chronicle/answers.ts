// What the chronicle is asked, and what it answers: off the loop, in small pieces, so that no question waits for a long one.
import { setImmediate as breathe } from "node:timers/promises";
import { kpiBinMs } from "../../contract/kpi.ts";
import type { Tier } from "../../contract/plant.ts";
import type { Absence, AlarmStep, FeedPage, LoadAnswer, StepsPage } from "../../contract/series.ts";
import type { Chronicle, Sites, StepsWanted } from "../adapters/chronicle.ts";
import { absencesOf } from "../domain/absence.ts";
import { createKpiTally, type KpiRoute } from "../domain/kpi.ts";
import { kpiReportOf } from "../domain/kpi-report.ts";

/** What the record has about one point. */
export interface PointRecord {
  readonly absences: readonly Absence[];
  readonly steps: readonly AlarmStep[];
  readonly hasMoreSteps: boolean;
}

/** Every question with its answer. */
export interface Answers {
  readonly points: readonly PointRecord[];
  readonly steps: StepsPage;
  readonly page: readonly AlarmStep[];
  /** Null: the record has nothing of that time. */
  readonly load: LoadAnswer | null;
  /** Null: what comes next after that `seq` is kept no more. */
  readonly feed: FeedPage | null;
}

/** One question. */
export type Question =
  | {
      readonly ask: "points";
      readonly points: readonly { readonly id: string; readonly device: string }[];
      readonly from: number;
      readonly to: number;
    }
  | { readonly ask: "steps"; readonly wanted: StepsWanted; readonly before: number | null; readonly limit: number }
  | { readonly ask: "page"; readonly wanted: StepsWanted; readonly before: number; readonly limit: number }
  | {
      readonly ask: "load";
      readonly from: number;
      readonly to: number;
      readonly tier: Tier | null;
      readonly sites: Sites;
    }
  | { readonly ask: "feed"; readonly after: number; readonly limit: number; readonly sites: Sites };

/** Steps that a chart may mark; more of them are a smear, and the list has them all. */
const mostMarked = 500;
/** Steps that are looked through for what kept a point's values away. */
const mostLookedAt = 5000;
const pageSteps = 2000;
const hourMs = 3_600_000;
const neighbours = ["server", "broker", "historian"] as const;

/** Makes the answerer of a chronicle. */
export function createAnswers(chronicle: Chronicle): (question: Question) => Promise<Answers[keyof Answers]> {
  return async (question) => {
    if (question.ask === "points") return pointsOf(chronicle, question);
    if (question.ask === "steps") return stepsOf(chronicle, question);
    if (question.ask === "page") return chronicle.page(question.wanted, question.before, question.limit);
    if (question.ask === "load") return loadOf(chronicle, question);
    return feedOf(chronicle, question);
  };
}

function pointsOf(
  chronicle: Chronicle,
  { points, from, to }: Extract<Question, { ask: "points" }>,
): readonly PointRecord[] {
  const away = chronicle.comingsOf(neighbours, from, to);
  const { firstAt } = chronicle.place();
  const before: readonly Absence[] =
    firstAt === null || firstAt <= from ? [] : [{ kind: "beforeRecord", from, to: firstAt }];
  return points.map(({ id, device }) => {
    const steps = chronicle.stepsOf([id, device], to, mostLookedAt);
    const marked = steps.filter(({ source, at }) => source.id === id && at >= from);
    return {
      absences: [...before, ...absencesOf({ comings: [...away, ...chronicle.comingsOf([device], from, to)], steps })],
      steps: marked.slice(-mostMarked),
      hasMoreSteps: marked.length > mostMarked || steps.length === mostLookedAt,
    };
  });
}

function stepsOf(chronicle: Chronicle, { wanted, before, limit }: Extract<Question, { ask: "steps" }>): StepsPage {
  const steps = chronicle.page(wanted, before ?? Number.MAX_SAFE_INTEGER, limit);
  return {
    steps,
    before: steps.length < limit ? null : (steps.at(-1)?.seq ?? null),
    total: chronicle.count(wanted),
    byLevel: chronicle.countBy(wanted, "raised"),
    bySite: chronicle.countBy(wanted, "site"),
    bySource: chronicle.countBy(wanted, "source"),
  };
}

/** The same count as the command `kpi` makes of the journal, from the same steps in the same order. */
async function loadOf(
  chronicle: Chronicle,
  { from, to, tier, sites }: Extract<Question, { ask: "load" }>,
): Promise<LoadAnswer | null> {
  const { firstAt, lastAt } = chronicle.place();
  if (firstAt === null || lastAt === null) return null;
  const [begin, end] = [Math.max(from, firstAt), Math.min(to, lastAt + 1)];
  if (begin >= end) return null;
  let route: KpiRoute = { tiers: [], isLatching: false };
  const tally = createKpiTally({ from: begin, tier, routeOf: () => route });
  // Steps before the time only set the stage: who owed what, what stood.
  for (let after = 0; ;) {
    const page = chronicle.after(after, pageSteps, sites);
    for (const one of page) {
      route = one.route;
      if (one.step.recordedAt < end) tally.count(one.step);
    }
    after = page.at(-1)?.step.seq ?? after;
    if (page.length < pageSteps) break;
    await breathe();
  }
  const counts = tally.counts(end);
  const hours = new Map<number, number>();
  for (const [bin, count] of counts.bins) {
    const hour = Math.floor((bin * kpiBinMs) / hourMs);
    hours.set(hour, (hours.get(hour) ?? 0) + count);
  }
  return {
    report: kpiReportOf(counts),
    hours: [...hours].toSorted(([a], [b]) => a - b),
    mostPer10Min: Math.max(0, ...counts.bins.values()),
  };
}

function feedOf(chronicle: Chronicle, { after, limit, sites }: Extract<Question, { ask: "feed" }>): FeedPage | null {
  const { seq, droppedUpTo } = chronicle.place();
  if (after < droppedUpTo) return null;
  const steps = chronicle.after(after, limit, sites).map(({ step }) => step);
  const incidents = chronicle.incidentsAfter(after, limit, sites);
  const seqs = [...steps, ...incidents].map((one) => one.seq).toSorted((a, b) => a - b);
  const last = seqs[limit - 1];
  // At the end everything up to the newest change has been looked at; it has nothing more of theirs.
  if (last === undefined) return { steps, incidents, next: Math.max(after, seq), isEnd: true };
  const isIn = (one: { readonly seq: number }): boolean => one.seq <= last;
  return { steps: steps.filter(isIn), incidents: incidents.filter(isIn), next: last, isEnd: false };
}
