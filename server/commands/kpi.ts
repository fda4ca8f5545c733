// The command `kpi`: the key figures of the alarms of a period, from the journal, in one pass and in bounded memory.
import { existsSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kpiTable, type Kpi, type KpiReport } from "../../contract/kpi.ts";
import { tiers, type Tier } from "../../contract/plant.ts";
import { zoneMs } from "../../contract/zone.ts";
import { readAll } from "../adapters/journal/kept.ts";
import { isJournalDamage, listSegments } from "../adapters/journal/read.ts";
import type { JournalRecord } from "../../contract/journal.ts";
import { exitCodes } from "../app/exit-codes.ts";
import type { Output } from "../commands.ts";
import { routeIn } from "../chronicle/route.ts";
import { createKpiTally, type KpiTally } from "../domain/kpi.ts";
import { kpiReportOf } from "../domain/kpi-report.ts";
import { compilePlant } from "../monitor/plant.ts";
import { emptyState } from "../monitor/state.ts";

/** What to count, as it was typed. */
export interface KpiWords {
  /** ISO 8601 with a zone; left out: from the journal's beginning, to its end. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly tier?: string | undefined;
  /** Where to write the report as JSON. */
  readonly json?: string | undefined;
}

interface Period {
  readonly from: number;
  readonly to: number;
  readonly tier: Tier | null;
}

const mebibyte = 1 << 20;
/** A journal shorter than this is read before anybody wonders. */
const progressBytes = 128 * mebibyte;
const dayMs = 86_400_000;
const zone = "+08:00";

/** An instant with its zone; null where it is none, or says none: two officers must not mean two nights. */
export function instantOf(text: string): number | null {
  if (!/T.*(?:Z|[+-]\d\d:\d\d)$/u.test(text)) return null;
  const at = Date.parse(text);
  return Number.isNaN(at) ? null : at;
}

function periodOf({ from, to, tier }: KpiWords): Period | string {
  const period = {
    from: from === undefined ? -Infinity : instantOf(from),
    to: to === undefined ? Infinity : instantOf(to),
  };
  if (period.from === null || period.to === null)
    return "--from and --to are instants with a zone, such as 2026-11-01T00:00:00+08:00";
  if (period.from >= period.to) return "--from must lie before --to";
  const known = tiers.find((one) => one === tier);
  if (tier !== undefined && known === undefined) return `--tier is one of ${tiers.join(", ")}`;
  return { from: period.from, to: period.to, tier: known ?? null };
}

interface Counted {
  readonly tally: KpiTally;
  readonly from: number;
  /** Right behind the newest input that was counted. */
  readonly to: number;
}

/** Leads a tally through the records up to the end of the period; null where nothing lies in it. */
function countRecords(
  records: Iterable<{ readonly record: JournalRecord; readonly end: number }>,
  period: Period,
  passed: (position: number) => void,
): Counted | null {
  let plant = compilePlant(emptyState().plan);
  let tally: KpiTally | null = null;
  let [from, to] = [period.from, 0];
  let isOver = false;
  for (const { record, end } of records) {
    passed(end);
    if (record.type === "input") {
      const { input } = record;
      if (input.kind === "plan") plant = compilePlant(input.plan);
      from = tally === null ? Math.max(from, input.at) : from;
      tally ??= createKpiTally({ from, tier: period.tier, routeOf: (step) => routeIn(plant, step) });
      to = Math.min(period.to, input.at + 1);
      isOver = input.at >= period.to;
    } else if (record.type === "change") {
      const { change } = record;
      if (change.type === "alarm" && change.transition.recordedAt < period.to) tally?.count(change.transition);
      // The changes of a turn stand behind all of its inputs: only at its end is everything before `to` told.
    } else if (isOver) break;
  }
  return tally === null || to <= from ? null : { tally, from, to };
}

/** An instant as the desks of the city read it. */
export function timeText(at: number): string {
  return `${new Date(at + zoneMs).toISOString().slice(0, 19).replace("T", " ")} ${zone}`;
}

/** A duration as hours, minutes and seconds. */
export function durationText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = `${String(minutes).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
  return hours === 0 ? rest : `${hours}:${rest}`;
}

function amountText({ id, value }: Kpi): string {
  if (value === null) return "-";
  const { unit } = kpiTable[id];
  if (unit === "share") return `${(100 * value).toFixed(1)} %`;
  if (unit === "ms") return durationText(value);
  return unit === "count" ? String(value) : value.toFixed(2);
}

function rowOf(kpi: Kpi): string {
  const { id, tier, level, grade, numerator, denominator } = kpi;
  const of = [tier, level].filter((one) => one !== null).join(" ");
  const counted = [numerator, denominator].map((one) => one.toFixed(Number.isInteger(one) ? 0 : 1)).join(" / ");
  const name = `${kpiTable[id].name.en}${of === "" ? "" : `, ${of}`}`;
  return `  ${name.padEnd(46)} ${amountText(kpi).padStart(10)}  ${(grade ?? "").padEnd(6)}  ${counted}`;
}

/** The report as a person reads it. */
function linesOf(report: KpiReport): readonly string[] {
  const days = (report.to - report.from) / dayMs;
  // Levels at which nobody was asked anything are left out here; the JSON has them.
  const isSaid = ({ id, denominator }: Kpi): boolean => !id.startsWith("answerP") || denominator > 0;
  return [
    `alarm key figures, ${timeText(report.from)} to ${timeText(report.to)} (${days.toFixed(1)} days), ${report.tier ?? "all desks"}`,
    ...(report.isShort ? ["fewer than 30 days: ISA-18.2 wants 30 at least, so take the grades with care"] : []),
    `overall (the worst single grade): ${report.grade}`,
    "",
    `  ${"figure".padEnd(46)} ${"value".padStart(10)}  grade   counted`,
    ...report.kpis.filter(isSaid).map(rowOf),
    `  not connected: ${report.notConnected.join(", ")}`,
    ...(report.top.length === 0 ? [] : ["", "  most frequent alarms"]),
    ...report.top.map(({ alarm, annunciations }) => `  ${String(annunciations).padStart(8)}  ${alarm}`),
  ];
}

/** `kpi`: a table to the result, progress to the person, and the whole report as JSON where that is asked for. */
export function runKpi(dataDir: string, words: KpiWords, { out, say }: Output): number {
  const period = periodOf(words);
  if (typeof period === "string") {
    say(period);
    return exitCodes.usage;
  }
  const dir = join(dataDir, "journal");
  const segments = existsSync(dir) ? listSegments(dir) : [];
  const [first, last] = [segments[0], segments.at(-1)];
  if (first === undefined || last === undefined) {
    say(`there is no journal in ${dataDir}`);
    return exitCodes.usage;
  }
  const size = last.start + statSync(last.file).size - first.start;
  let told = 0;
  const passed = (position: number): void => {
    const done = position - first.start;
    if (done - told < progressBytes) return;
    told = done;
    say(`read ${Math.floor(done / mebibyte)} of ${Math.ceil(size / mebibyte)} MiB`);
  };
  try {
    const counted = countRecords(readAll(dir), period, passed);
    if (counted === null) {
      say("the journal has nothing in this period");
      return exitCodes.found;
    }
    const report = kpiReportOf(counted.tally.counts(counted.to));
    for (const line of linesOf(report)) out(line);
    if (words.json !== undefined) writeFileSync(words.json, `${JSON.stringify(report, null, 2)}\n`);
    return exitCodes.done;
  } catch (error) {
    if (!isJournalDamage(error)) throw error;
    say(`the journal cannot be read to its end: ${error.message}`);
    return exitCodes.found;
  }
}
