// The tables that leave the house: of the chart's data, of steps of alarms, of their load; their rows come page by page.
import { kpiTable } from "../../contract/kpi.ts";
import type { Point } from "../../contract/plant.ts";
import type { AlarmStep, LoadAnswer } from "../../contract/series.ts";
import { zoneMs } from "../../contract/zone.ts";
import type { StepsWanted } from "../adapters/chronicle.ts";
import type { ChronicleThread } from "../chronicle.ts";
import type { HistorianThread } from "../historian.ts";
import { type TableLanguage, word } from "./export-words.ts";

/** A cell: a text, a number, nothing, or an instant, epoch ms. */
export type Cell = string | number | null | { readonly at: number };
/** Rows as they come. */
export type Pages = AsyncIterable<readonly (readonly Cell[])[]>;

/** A table without its head. */
export interface Table {
  readonly columns: readonly string[];
  readonly pages: Pages;
}

/** Rows of one page: some milliseconds of the loop's time. */
const pageRows = 1000;
const pageBuckets = 1000;
const hourMs = 3_600_000;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** The time of a question widened to whole buckets of the clock in Beijing, so that rows of two tables fit together. */
export function alignedTo(bucketMs: number, { from, to }: Span): Span {
  if (bucketMs === 0) return { from, to };
  const floor = (at: number): number => Math.floor((at + zoneMs) / bucketMs) * bucketMs - zoneMs;
  return { from: floor(from), to: floor(to + bucketMs - 1) };
}

interface SeriesWanted {
  readonly points: readonly Point[];
  readonly from: number;
  readonly to: number;
  readonly bucketMs: number;
  readonly language: TableLanguage;
}

const nameOf = ({ name }: Pick<Point, "name">, language: TableLanguage): string => name[language];

/** The chart's data in buckets. */
export function bucketTable(historian: Pick<HistorianThread, "history">, wanted: SeriesWanted): Table {
  const { points, from, to, bucketMs, language } = wanted;
  const keys = ["time", "point", "name", "unit", "min", "max", "mean", "last", "count", "quality"] as const;
  async function* pages(): Pages {
    for (const point of points) {
      for (let start = from; start < to; start += pageBuckets * bucketMs) {
        const end = Math.min(to, start + pageBuckets * bucketMs);
        const query = { point: point.id, from: start, to: end, buckets: Math.round((end - start) / bucketMs) };
        const { buckets } = await historian.history(query);
        yield buckets.map((bucket): readonly Cell[] => [
          { at: bucket.at },
          point.id,
          nameOf(point, language),
          point.unit,
          bucket.min,
          bucket.max,
          bucket.mean,
          bucket.last,
          bucket.count,
          bucket.quality,
        ]);
      }
    }
  }
  return { columns: keys.map((key) => word(key, language)), pages: pages() };
}

/** Every sample as it is stored. */
export function sampleTable(historian: Pick<HistorianThread, "samples">, wanted: SeriesWanted): Table {
  const { points, from, to, language } = wanted;
  const keys = ["time", "received", "point", "name", "unit", "value", "quality"] as const;
  async function* pages(): Pages {
    for (const point of points) {
      for (let start: number | null = from; start !== null;) {
        const page: Awaited<ReturnType<typeof historian.samples>> = await historian.samples({
          point: point.id,
          from: start,
          to,
          limit: pageRows,
        });
        yield page.samples.map(({ sourceAt, receivedAt, value, quality }): readonly Cell[] => [
          { at: sourceAt },
          { at: receivedAt },
          point.id,
          nameOf(point, language),
          point.unit,
          value,
          quality,
        ]);
        start = page.next;
      }
    }
  }
  return { columns: keys.map((key) => word(key, language)), pages: pages() };
}

const stepKeys = [
  "seq",
  "time",
  "recorded",
  "site",
  "source",
  "alarm",
  "occurrence",
  "version",
  "fromState",
  "toState",
  "fromLevel",
  "toLevel",
  "value",
  "setpoint",
  "why",
  "actor",
  "reason",
] as const;

function stepRow(step: AlarmStep): readonly Cell[] {
  const { actor } = step;
  return [
    step.seq,
    { at: step.at },
    { at: step.recordedAt },
    step.site,
    step.source.id,
    step.alarm,
    step.occurrence,
    step.ruleVersion,
    step.from,
    step.to,
    step.fromLevel,
    step.level,
    step.value,
    step.setpoint,
    step.why.code,
    actor.tier === null ? actor.id : `${actor.id} (${actor.tier})`,
    step.reason,
  ];
}

/** Steps of alarms, newest first. */
export function stepTable(
  chronicle: Pick<ChronicleThread, "ask">,
  wanted: StepsWanted,
  language: TableLanguage,
): Table {
  async function* pages(): Pages {
    for (let before = Number.MAX_SAFE_INTEGER; ;) {
      const page: readonly AlarmStep[] = await chronicle.ask({ ask: "page", wanted, before, limit: pageRows });
      yield page.map(stepRow);
      before = page.at(-1)?.seq ?? 0;
      if (page.length < pageRows) return;
    }
  }
  return { columns: stepKeys.map((key) => word(key, language)), pages: pages() };
}

/** The key figures, and below them each hour. */
export function loadTable({ report, hours }: LoadAnswer, language: TableLanguage): Table {
  const keys = ["figure", "time", "level", "tier", "value", "unit", "numerator", "denominator", "grade"] as const;
  const kpis = report.kpis.map((kpi): readonly Cell[] => [
    kpiTable[kpi.id].name[language],
    null,
    kpi.level,
    kpi.tier,
    kpi.value,
    kpiTable[kpi.id].unit,
    kpi.numerator,
    kpi.denominator,
    kpi.grade === null ? null : word(kpi.grade, language),
  ]);
  const perHour = hours.map(([hour, count]): readonly Cell[] => [
    word("perHour", language),
    { at: report.from + hour * hourMs },
    null,
    report.tier,
    count,
    "count",
    null,
    null,
    null,
  ]);
  async function* pages(): Pages {
    yield [...kpis, ...perHour];
  }
  return { columns: keys.map((key) => word(key, language)), pages: pages() };
}

/** How many rows a table of buckets has at most. */
export function bucketRows(points: number, spanMs: number, bucketMs: number): number {
  return points * Math.ceil(spanMs / bucketMs);
}
