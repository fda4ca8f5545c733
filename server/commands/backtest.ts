// The command `backtest`: a drafted change of a rule over what was recorded, beside the rule in force; the report is kept.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { shiftMs, type BacktestReport, type SideFigures } from "../../contract/backtest.ts";
import { kpiBinMs } from "../../contract/kpi.ts";
import type { Plan } from "../../contract/plant.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import { decodeNative } from "../adapters/dialects/native.ts";
import { openStoredSamples, type StoredSamples } from "../adapters/historian/embedded-read.ts";
import { listKept } from "../adapters/journal/kept.ts";
import { isJournalDamage, listSegments, readRecords } from "../adapters/journal/read.ts";
import { hashOfChange, saveBacktest } from "../adapters/trials.ts";
import { exitCodes } from "../app/exit-codes.ts";
import type { Output } from "../commands.ts";
import { readRuleChange } from "../config/rule-change.ts";
import { createKpiTally, type KpiTally } from "../domain/kpi.ts";
import { kpiReportOf } from "../domain/kpi-report.ts";
import { compilePlant } from "../monitor/plant.ts";
import { createBacktest, type Backtest } from "../replay/backtest.ts";
import type { SideName } from "../replay/compare.ts";
import { trialOf, type Trial } from "../replay/trial.ts";
import { backtestLines } from "./backtest-text.ts";
import { routeIn } from "../chronicle/route.ts";
import { instantOf, timeText } from "./kpi.ts";
import { planOfRecord } from "./plan-of-record.ts";

/** What to try, as it was typed. */
export interface BacktestWords {
  /** ISO 8601 with a zone; left out: everything that was recorded. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** `journal` or `historian`. @default journal */
  readonly source?: string | undefined;
  /** Where to write the report as JSON as well. */
  readonly json?: string | undefined;
}

interface Period {
  readonly from: number;
  readonly to: number;
}

/** Something that stops a back-test, in words that say what to do, and the code that the process ends with. */
interface Refusal {
  readonly code: number;
  readonly says: readonly string[];
}

interface Work {
  readonly dataDir: string;
  readonly change: RuleChange;
  readonly trial: Trial;
  readonly period: Period;
  readonly say: Output["say"];
}

/** A recording that is ready to be judged: what of the period it has, and how a back-test is led through it. */
interface Recording extends Period {
  readonly lead: (backtest: Backtest) => void;
  readonly close: () => void;
}

const dayMs = 86_400_000;
const tellEveryMs = 5000;
/** A span of the historian has about so many samples: 50 MB, and enough that each file is read few times. */
const samplesOfSpan = 1_000_000;
const firstSpanMs = 600_000;

function isRefusal(one: object): one is Refusal {
  return "says" in one;
}

function refuse(code: number, ...says: readonly string[]): Refusal {
  return { code, says };
}

function periodOf({ from, to }: BacktestWords): Period | Refusal {
  const period = {
    from: from === undefined ? -Infinity : instantOf(from),
    to: to === undefined ? Infinity : instantOf(to),
  };
  if (period.from === null || period.to === null)
    return refuse(exitCodes.usage, "--from and --to are instants with a zone, such as 2026-11-01T00:00:00+08:00");
  if (period.from >= period.to) return refuse(exitCodes.usage, "--from must lie before --to");
  return { from: period.from, to: period.to };
}

/** The change of a file on trial against a plan; or why it cannot be. */
export function readTrial(file: string, plan: Plan): { readonly change: RuleChange; readonly trial: Trial } | Refusal {
  const read = readRuleChange(file);
  if (!read.ok) return refuse(exitCodes.config, ...read.faults);
  const { change } = read;
  const trial = trialOf(plan, change);
  if (trial !== null) return { change, trial };
  const { source, rule, direction, version } = change;
  return refuse(
    exitCodes.config,
    `${file}: the plan of record has no rule ${rule} ${direction} of ${source}, or that has version ${version.version} already: take the next number`,
  );
}

/** Says how far it is, now and then: nobody wonders about what is soon done. */
function createProgress(say: Output["say"], { from, to }: Period): (at: number) => void {
  let toldAt = performance.now();
  return (at) => {
    if (performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    say(`judged ${Math.floor((100 * (at - from)) / (to - from))} %`);
  };
}

function openJournal({ dataDir, period, say }: Work): Recording | Refusal {
  const dir = join(dataDir, "journal");
  const [start] = listSegments(dir);
  if (start === undefined) return refuse(exitCodes.usage, `there is no journal in ${dataDir}`);
  let [first, last] = [Infinity, -Infinity];
  for (const { record } of readRecords(dir, start.start)) {
    if (record.type !== "input") continue;
    first = Math.min(first, record.input.at);
    last = record.input.at;
  }
  const known = { from: Math.max(period.from, first), to: Math.min(period.to, last + 1) };
  if (listKept(dir).length > 0 && period.from < first) {
    const since = timeText(first);
    if (period.to <= first)
      return refuse(
        exitCodes.found,
        `the journal has no messages of this period any more: they were condensed, and begin at ${since}; take --source historian`,
      );
    say(`messages from before ${since} were condensed: what is judged begins there`);
  }
  return {
    ...known,
    lead: (backtest) => {
      const tell = createProgress(say, { from: first, to: known.to });
      for (const { record } of readRecords(dir, start.start)) {
        if (record.type !== "input") continue;
        if (record.input.at >= known.to) return;
        tell(record.input.at);
        backtest.takeInput(record.input);
      }
    },
    close: () => undefined,
  };
}

/** Before the period begins its rules must have seen what they look back at, and a day at least. */
function warmUpOf({ active, candidate }: Trial): number {
  const windows = [active, candidate].flatMap((plan) => compilePlant(plan).points.map(({ windowMs }) => windowMs));
  return Math.max(dayMs, ...windows);
}

function leadThroughSpans(stored: StoredSamples, backtest: Backtest, { from, to }: Period, tell: (at: number) => void) {
  const ids = backtest.points.map(({ id }) => id);
  let spanMs = firstSpanMs;
  for (let at = from; at < to;) {
    const end = Math.min(to, at + spanMs);
    const series = stored.read(ids, at, end);
    tell(at);
    backtest.takeSpan({ from: at, to: end, series });
    const samples = series.reduce((sum, { count }) => sum + count, 0);
    // Memory stays bounded whatever the points' rates: a span that was large makes the next one shorter.
    if (samples > samplesOfSpan) spanMs = Math.max(1000, Math.floor(spanMs / 2));
    else if (samples < samplesOfSpan / 4) spanMs = Math.min(dayMs, spanMs * 2);
    at = end;
  }
}

function openHistorian({ dataDir, trial, period, say }: Work): Recording | Refusal {
  const dir = join(dataDir, "historian");
  const stored = openStoredSamples(dir, say);
  const extent = stored?.extent() ?? null;
  if (stored === null || extent === null) {
    stored?.close();
    return refuse(
      exitCodes.usage,
      `there are no samples of the embedded historian in ${dir}: take --source journal, which needs no historian`,
    );
  }
  const known = { from: Math.max(period.from, extent.from), to: Math.min(period.to, extent.to) };
  const from = Math.max(extent.from, known.from - warmUpOf(trial));
  return {
    ...known,
    lead: (backtest) =>
      leadThroughSpans(stored, backtest, { from, to: known.to }, createProgress(say, { from, to: known.to })),
    close: stored.close,
  };
}

function figuresOf(tally: KpiTally, to: number): SideFigures {
  const counts = tally.counts(to);
  const { kpis, top } = kpiReportOf(counts);
  const flood = kpis.find(({ id }) => id === "flood")?.numerator ?? 0;
  return {
    annunciations: counts.annunciations,
    perShift: (counts.annunciations * shiftMs) / (to - counts.from),
    chattering: counts.chattering,
    floodMinutes: (flood * kpiBinMs) / 60_000,
    top: [...top],
  };
}

/** Leads both sides through a recording and makes the report. */
function judge({ change, trial }: Work, recording: Recording, source: BacktestReport["source"]): BacktestReport {
  const { from, to } = recording;
  const startedAt = performance.now();
  const tallyOf = (plan: Plan): KpiTally => {
    const plant = compilePlant(plan);
    return createKpiTally({ from, tier: null, routeOf: (step) => routeIn(plant, step) });
  };
  const tallies: Record<SideName, KpiTally> = { active: tallyOf(trial.active), candidate: tallyOf(trial.candidate) };
  const onStep = (side: SideName, step: Parameters<KpiTally["count"]>[0]): void => tallies[side].count(step);
  const backtest = createBacktest({ trial, from, decode: decodeNative, onStep });
  recording.lead(backtest);
  const { judgedFrom, samples, ...found } = backtest.finish(to - 1);
  const tookMs = performance.now() - startedAt;
  return {
    format: 1,
    hash: hashOfChange(change),
    change,
    against: trial.against,
    source,
    judgedFrom: judgedFrom ?? from,
    from,
    to,
    ranAt: Date.now(),
    tookMs: Math.round(tookMs),
    sites: [...trial.sites],
    points: trial.active.points.length,
    samples,
    samplesPerSecond: Math.round((samples * 1000) / Math.max(1, tookMs)),
    differences: found.differences,
    alarms: [...found.alarms],
    examples: [...found.examples],
    active: figuresOf(tallies.active, to),
    candidate: figuresOf(tallies.candidate, to),
  };
}

function run(dataDir: string, file: string, words: BacktestWords, { out, say }: Output): Refusal | null {
  const period = periodOf(words);
  if (isRefusal(period)) return period;
  const { source = "journal" } = words;
  if (source !== "journal" && source !== "historian")
    return refuse(exitCodes.usage, "--source is journal or historian");
  if (!existsSync(join(dataDir, "journal"))) return refuse(exitCodes.usage, `there is no journal in ${dataDir}`);
  const plan = planOfRecord(dataDir);
  if (plan === null) return refuse(exitCodes.usage, `there is no plan of record in ${dataDir}: start the server once`);
  const tried = readTrial(file, plan);
  if (isRefusal(tried)) return tried;
  const work: Work = { dataDir, ...tried, period, say };
  const recording = source === "journal" ? openJournal(work) : openHistorian(work);
  if (isRefusal(recording)) return recording;
  try {
    if (recording.from >= recording.to) return refuse(exitCodes.found, `the ${source} has nothing in this period`);
    const report = judge(work, recording, source);
    for (const line of backtestLines(report)) out(line);
    say(`kept as ${saveBacktest(dataDir, report)}`);
    if (words.json !== undefined) writeFileSync(words.json, `${JSON.stringify(report, null, 2)}\n`);
    return null;
  } finally {
    recording.close();
  }
}

/** `backtest CHANGE.json`: a table to the result, progress to the person; the report is kept in the data directory. */
export function runBacktest(dataDir: string, file: string, words: BacktestWords, output: Output): number {
  try {
    const refusal = run(dataDir, file, words, output);
    for (const line of refusal?.says ?? []) output.say(line);
    return refusal?.code ?? exitCodes.done;
  } catch (error) {
    if (!isJournalDamage(error)) throw error;
    output.say(`the journal cannot be read to its end: ${error.message}`);
    return exitCodes.found;
  }
}
