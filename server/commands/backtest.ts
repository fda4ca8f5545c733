// The command `backtest`: a drafted change of a rule over what was recorded, beside the rule in force; the report is kept.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plan } from "../../contract/plant.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import { isJournalDamage } from "../adapters/journal/read.ts";
import { saveBacktest } from "../adapters/trials.ts";
import { exitCodes } from "../app/exit-codes.ts";
import type { Output } from "../commands.ts";
import { readRuleChange } from "../config/rule-change.ts";
import { trialOf, type Trial } from "../replay/trial.ts";
import { backtestOver, isRefusal, refuse, type Period, type Refusal } from "./backtest-run.ts";
import { backtestLines } from "./backtest-text.ts";
import { instantOf } from "./kpi.ts";
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

/** Nobody wonders about what is soon done. */
const tellEveryMs = 5000;

function periodOf({ from, to }: BacktestWords): Period | Refusal {
  const period = {
    from: from === undefined ? -Infinity : instantOf(from),
    to: to === undefined ? Infinity : instantOf(to),
  };
  if (period.from === null || period.to === null)
    return refuse(
      "unfit",
      exitCodes.usage,
      "--from and --to are instants with a zone, such as 2026-11-01T00:00:00+08:00",
    );
  if (period.from >= period.to) return refuse("unfit", exitCodes.usage, "--from must lie before --to");
  return { from: period.from, to: period.to };
}

/** The change of a file on trial against a plan; or why it cannot be. */
export function readTrial(file: string, plan: Plan): { readonly change: RuleChange; readonly trial: Trial } | Refusal {
  const read = readRuleChange(file);
  if (!read.ok) return refuse("unfit", exitCodes.config, ...read.faults);
  const { change } = read;
  const trial = trialOf(plan, change);
  if (trial !== null) return { change, trial };
  const { source, rule, direction, version } = change;
  return refuse(
    "unfit",
    exitCodes.config,
    `${file}: the plan of record has no rule ${rule} ${direction} of ${source}, or that has version ${version.version} already: take the next number`,
  );
}

function createTeller(say: Output["say"]): (share: number) => void {
  let toldAt = performance.now();
  return (share) => {
    if (performance.now() - toldAt < tellEveryMs) return;
    toldAt = performance.now();
    say(`judged ${Math.floor(100 * share)} %`);
  };
}

function run(dataDir: string, file: string, words: BacktestWords, { out, say }: Output): Refusal | null {
  const period = periodOf(words);
  if (isRefusal(period)) return period;
  const { source = "journal" } = words;
  if (source !== "journal" && source !== "historian")
    return refuse("unfit", exitCodes.usage, "--source is journal or historian");
  if (!existsSync(join(dataDir, "journal")))
    return refuse("noRecord", exitCodes.usage, `there is no journal in ${dataDir}`);
  const plan = planOfRecord(dataDir);
  if (plan === null)
    return refuse("noRecord", exitCodes.usage, `there is no plan of record in ${dataDir}: start the server once`);
  const tried = readTrial(file, plan);
  if (isRefusal(tried)) return tried;
  const report = backtestOver({ dataDir, ...tried, period, source, say, progress: createTeller(say) });
  if (isRefusal(report)) return report;
  for (const line of backtestLines(report)) out(line);
  say(`kept as ${saveBacktest(dataDir, report)}`);
  if (words.json !== undefined) writeFileSync(words.json, `${JSON.stringify(report, null, 2)}\n`);
  return null;
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
