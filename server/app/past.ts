// The desk of what was: values from the historian, everything else from the chronicle, and of both only what one may see.
import type { FaultCode } from "../../contract/faults.ts";
import type { Plan, Point, Tier } from "../../contract/plant.ts";
import {
  type Estimate,
  type FeedPage,
  type LoadAnswer,
  mostSeriesRows,
  type SeriesAnswer,
  type StepsQuery,
} from "../../contract/series.ts";
import type { Bucket } from "../../contract/wall.ts";
import type { Sites, StepsWanted } from "../adapters/chronicle.ts";
import type { PastDesk, Sight } from "../adapters/http/past.ts";
import type { ChronicleThread } from "../chronicle.ts";
import { gapsOf } from "../domain/absence.ts";
import { limitSpansOf } from "../domain/limit-history.ts";
import type { HistorianThread } from "../historian.ts";
import type { Owners } from "./owners.ts";

/** What the desk stands on. */
export interface PastOptions {
  readonly historian: Pick<HistorianThread, "history">;
  readonly chronicle: Pick<ChronicleThread, "ask" | "grown" | "seq">;
  readonly plan: () => Plan;
  readonly owners: Pick<Owners, "sitesOf" | "maySeePoint">;
  /** By which alarms go, epoch ms. */
  readonly now: () => number;
}

/** Questions about points that are answered at once: each may take seconds of the historian's thread. */
const mostAtOnce = 4;
/** A point that speaks by exception says this much, ms from value to value, as far as an estimate needs to know. */
const byExceptionMs = 60_000;
/** So long the load of the alarms is not counted again. */
const loadFreshMs = 60_000;
const mostLoads = 50;
/** Each reads every step that is kept; everything else that the chronicle is asked waits between its pages. */
const mostCounting = 3;

/** How many stored samples lie behind a question, by how often each point speaks. */
export function rowsOf(points: readonly Pick<Point, "report">[], spanMs: number): number {
  const each = points.map(({ report }) => spanMs / (report === "onChange" ? byExceptionMs : report.everyMs));
  return Math.ceil(each.reduce((sum, rows) => sum + rows, 0));
}

/** Why a question is too large; null where it is not. */
export function tooLarge(points: readonly Pick<Point, "report">[], spanMs: number): Estimate | null {
  const rows = rowsOf(points, spanMs);
  if (rows <= mostSeriesRows) return null;
  return { rows, most: mostSeriesRows, spanMs: Math.floor((spanMs * mostSeriesRows) / rows), bucketMs: null };
}

function coveredOf(buckets: readonly Bucket[], gaps: SeriesAnswer["points"][number]["gaps"], ofMs: number): number {
  if (buckets.length === 0) return 0;
  return Math.max(0, ofMs - gaps.reduce((sum, { from, to }) => sum + to - from, 0));
}

/** Makes the desk. */
export function createPast(options: PastOptions): PastDesk {
  const { historian, chronicle, plan, owners, now } = options;
  let running = 0;

  const seriesOf = async (
    points: readonly Point[],
    { from, to, buckets: count }: { readonly from: number; readonly to: number; readonly buckets: number },
  ): Promise<SeriesAnswer> => {
    const at = now();
    const until = Math.max(from, Math.min(to, at));
    const known = await chronicle.ask({
      ask: "points",
      points: points.map(({ id, device }) => ({ id, device })),
      from,
      to,
    });
    const answers: SeriesAnswer["points"][number][] = [];
    let bucketMs = 1;
    // One after another: together they would hold all their rows in memory at once.
    for (const [place, point] of points.entries()) {
      const history = await historian.history({ point: point.id, from, to, buckets: count });
      const { buckets } = history;
      bucketMs = history.bucketMs;
      const { absences = [], steps = [], hasMoreSteps = false } = known[place] ?? {};
      const gapMs = point.report === "onChange" ? null : point.silentAfterMs;
      const gaps = gapsOf({ from, to: until, bucketMs, buckets, gapMs, absences });
      const ofMs = until - from;
      const limits = limitSpansOf(point, from, to);
      const coveredMs = coveredOf(buckets, gaps, ofMs);
      answers.push({ point: point.id, buckets, gaps, limits, steps, hasMoreSteps, coveredMs, ofMs });
    }
    return { from, to, bucketMs, points: answers, at };
  };

  return {
    sightOf: (person) => ({
      sites: owners.sitesOf(person),
      seesPoint: (id) => owners.maySeePoint(person, id),
    }),
    async series(ids, query, sight) {
      const byId = new Map(plan().points.map((point) => [point.id, point]));
      const points = ids.flatMap((id) => (sight.seesPoint(id) ? (byId.get(id) ?? []) : []));
      if (points.length < ids.length) return { ok: false, code: "NOT_FOUND" };
      const estimate = tooLarge(points, Math.max(0, Math.min(query.to, now()) - query.from));
      if (estimate !== null) return { ok: false, code: "QUERY_TOO_LARGE", estimate };
      if (running >= mostAtOnce) return { ok: false, code: "OVERLOADED" };
      running += 1;
      try {
        return { ok: true, value: await seriesOf(points, query) };
      } finally {
        running -= 1;
      }
    },
    async steps(query, sight) {
      const wanted = wantedOf(query, sight.sites);
      if (wanted === null) return { ok: false, code: "NOT_FOUND" };
      const { before = null, limit } = query;
      return { ok: true, value: await chronicle.ask({ ask: "steps", wanted, before, limit }) };
    },
    load: createLoads(chronicle, now),
    async feed({ after, limit = 1000, wait = 0 }, sight) {
      const until = performance.now() + wait;
      const ask = (): Promise<FeedPage | null> => chronicle.ask({ ask: "feed", after, limit, sites: sight.sites });
      let page = await ask();
      // What grew may be none of theirs: then it is waited on.
      const isEmpty = ({ steps, incidents }: FeedPage): boolean => steps.length === 0 && incidents.length === 0;
      while (page !== null && isEmpty(page) && performance.now() < until) {
        await chronicle.grown(Math.max(page.next, chronicle.seq()), until - performance.now());
        page = await ask();
      }
      return page === null ? { ok: false, code: "FEED_TOO_OLD" } : { ok: true, value: page };
    },
  };
}

/** Which steps are meant; null: of a site that is none of theirs. */
export function wantedOf(
  { from, to, site, source, level }: Pick<StepsQuery, "from" | "to" | "site" | "source" | "level">,
  sites: Sites,
): StepsWanted | null {
  if (site !== undefined && sites !== null && !sites.includes(site)) return null;
  return { from, to, sites: site === undefined ? sites : [site], source, level };
}

type Loads = (
  query: { readonly from: number; readonly to: number; readonly tier?: Tier },
  sight: Sight,
) => Promise<{ readonly ok: true; readonly value: LoadAnswer } | { readonly ok: false; readonly code: FaultCode }>;

/** Counts the load, and the same one once a minute however many ask. */
function createLoads(chronicle: Pick<ChronicleThread, "ask">, now: () => number): Loads {
  const known = new Map<string, { readonly at: number; readonly answer: Promise<LoadAnswer | null> }>();
  let counting = 0;
  return async ({ from, to, tier = null }, { sites }) => {
    const key = JSON.stringify([from, to, tier, sites]);
    const fresh = known.get(key);
    const isFresh = fresh !== undefined && now() - fresh.at < loadFreshMs;
    if (!isFresh && counting >= mostCounting) return { ok: false, code: "OVERLOADED" };
    const answer = isFresh ? fresh.answer : chronicle.ask({ ask: "load", from, to, tier, sites });
    if (!isFresh) {
      counting += 1;
      const end = (): void => void (counting -= 1);
      answer.then(end, end);
      known.set(key, { at: now(), answer });
      answer.catch(() => known.delete(key));
      const [oldest] = known.keys();
      if (known.size > mostLoads && oldest !== undefined) known.delete(oldest);
    }
    const value = await answer;
    return value === null ? { ok: false, code: "NOT_FOUND" } : { ok: true, value };
  };
}
