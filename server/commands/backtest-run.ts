// One back-test, for the command and for the server's thread alike: the recording, led through both sides, and the report.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { shiftMs, type BacktestReport, type SideFigures } from "../../contract/backtest.ts";
import { kpiBinMs } from "../../contract/kpi.ts";
import type { Plan } from "../../contract/plant.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import type { BacktestFailure } from "../../contract/rule-draft.ts";
import { decodeNative } from "../adapters/dialects/native.ts";
import { openStoredSamples, type StoredSamples } from "../adapters/historian/embedded-read.ts";
import { readIncidents } from "../adapters/incidents.ts";
import { listKept } from "../adapters/journal/kept.ts";
import { listSegments, readRecords } from "../adapters/journal/read.ts";
import { hashOfChange } from "../adapters/trials.ts";
import { exitCodes } from "../app/exit-codes.ts";
import { createKpiTally, type KpiTally } from "../domain/kpi.ts";
import { kpiReportOf } from "../domain/kpi-report.ts";
import { createRaises, knownEvents, type Raises } from "../domain/known.ts";
import { alarmId, compilePlant } from "../monitor/plant.ts";
import { createBacktest, type Backtest } from "../replay/backtest.ts";
import type { SideName } from "../replay/compare.ts";
import type { Trial } from "../replay/trial.ts";
import { routeIn } from "../chronicle/route.ts";
import { timeText } from "./kpi.ts";

/** From when to when, epoch ms; `to` is not part of it. Infinite ends reach as far as the record does. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** Something that stops a back-test: its kind, words that say what to do, and the code that a command ends with. */
export interface Refusal {
  readonly failure: BacktestFailure;
  readonly code: number;
  readonly says: readonly string[];
}

/** What is to be judged, over what, and who hears of it. */
export interface Work {
  readonly dataDir: string;
  readonly change: RuleChange;
  readonly trial: Trial;
  readonly period: Period;
  readonly source: BacktestReport["source"];
  /** Words about the recording. */
  readonly say: (line: string) => void;
  /** The share that is judged, 0 to 1, now and then. */
  readonly progress: (share: number) => void;
}

/** A recording that is ready to be judged: what of the period it has, and how a back-test is led through it. */
interface Recording extends Period {
  readonly lead: (backtest: Backtest) => void;
  readonly close: () => void;
}

const dayMs = 86_400_000;
const tellEveryMs = 500;
/** A span of the historian has about so many samples: 50 MB, and enough that each file is read few times. */
const samplesOfSpan = 1_000_000;
const firstSpanMs = 600_000;

/** True where something stands in the way. */
export function isRefusal(one: object): one is Refusal {
  return "says" in one;
}

/** A refusal in one or more lines. */
export function refuse(failure: BacktestFailure, code: number, ...says: readonly string[]): Refusal {
  return { failure, code, says };
}

/** Says how far it is, now and then: nobody wonders about what is soon done. */
function createProgress(progress: Work["progress"], { from, to }: Period): (at: number) => void {
  let toldAt = performance.now();
  return (at) => {
    if (performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    progress(Math.min(1, Math.max(0, (at - from) / (to - from))));
  };
}

function openJournal({ dataDir, period, say, progress }: Work): Recording | Refusal {
  const dir = join(dataDir, "journal");
  const [start] = listSegments(dir);
  if (start === undefined) return refuse("noRecord", exitCodes.usage, `there is no journal in ${dataDir}`);
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
        "empty",
        exitCodes.found,
        `the journal has no messages of this period any more: they were condensed, and begin at ${since}; take --source historian`,
      );
    say(`messages from before ${since} were condensed: what is judged begins there`);
  }
  return {
    ...known,
    lead: (backtest) => {
      const tell = createProgress(progress, { from: first, to: known.to });
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

function openHistorian({ dataDir, trial, period, say, progress }: Work): Recording | Refusal {
  const dir = join(dataDir, "historian");
  const stored = openStoredSamples(dir, say);
  const extent = stored?.extent() ?? null;
  if (stored === null || extent === null) {
    stored?.close();
    return refuse(
      "noRecord",
      exitCodes.usage,
      `there are no samples of the embedded historian in ${dir}: take --source journal, which needs no historian`,
    );
  }
  const known = { from: Math.max(period.from, extent.from), to: Math.min(period.to, extent.to) };
  const from = Math.max(extent.from, known.from - warmUpOf(trial));
  return {
    ...known,
    lead: (backtest) =>
      leadThroughSpans(stored, backtest, { from, to: known.to }, createProgress(progress, { from, to: known.to })),
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

/** What people have verified of what the rule watches; undefined where no table of incidents tells it. */
function knownOf({ dataDir, trial }: Work, { from, to }: Period, raises: Record<SideName, Raises>) {
  const incidents = readIncidents(join(dataDir, "incidents.db"), [...trial.sites], from);
  if (incidents === null) return undefined;
  const alarm = raises.candidate.alarm;
  const members = compilePlant(trial.candidate).joints.get(alarm)?.members ?? [];
  const [active, candidate] = [raises.active.list(), raises.candidate.list()];
  return knownEvents(incidents, { alarm, members, from, to }, { active, candidate });
}

/** Leads both sides through a recording and makes the report. */
function judge(work: Work, recording: Recording): BacktestReport {
  const { change, trial, source } = work;
  const { from, to } = recording;
  const startedAt = performance.now();
  const tallyOf = (plan: Plan): KpiTally => {
    const plant = compilePlant(plan);
    return createKpiTally({ from, tier: null, routeOf: (step) => routeIn(plant, step) });
  };
  const tallies: Record<SideName, KpiTally> = { active: tallyOf(trial.active), candidate: tallyOf(trial.candidate) };
  const alarm = alarmId(change.source, change.rule, change.direction);
  const raises: Record<SideName, Raises> = { active: createRaises(alarm), candidate: createRaises(alarm) };
  const onStep = (side: SideName, step: Parameters<KpiTally["count"]>[0]): void => {
    tallies[side].count(step);
    raises[side].count(step);
  };
  const backtest = createBacktest({ trial, from, decode: decodeNative, onStep });
  recording.lead(backtest);
  const { judgedFrom, samples, ...found } = backtest.finish(to - 1);
  const tookMs = performance.now() - startedAt;
  const known = knownOf(work, recording, raises);
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
    ...(known === undefined ? {} : { known }),
  };
}

/** Leads both sides through what is recorded; throws where the journal is damaged. */
export function backtestOver(work: Work): BacktestReport | Refusal {
  const { dataDir, source } = work;
  if (!existsSync(join(dataDir, "journal"))) {
    return refuse("noRecord", exitCodes.usage, `there is no journal in ${dataDir}`);
  }
  const recording = source === "journal" ? openJournal(work) : openHistorian(work);
  if (isRefusal(recording)) return recording;
  try {
    if (recording.from >= recording.to) {
      return refuse("empty", exitCodes.found, `the ${source} has nothing in this period`);
    }
    return judge(work, recording);
  } finally {
    recording.close();
  }
}
