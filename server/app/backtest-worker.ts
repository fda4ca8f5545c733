// The thread of one back-test: reads the record beside the loop, keeps its report, tells how far it is, and ends.
import { constants, platform, setPriority } from "node:os";
import { parentPort, workerData } from "node:worker_threads";
import { isJournalDamage } from "../adapters/journal/read.ts";
import { saveBacktest } from "../adapters/trials.ts";
import { backtestOver, isRefusal } from "../commands/backtest-run.ts";
import { planOfRecord } from "../commands/plan-of-record.ts";
import { trialOf } from "../replay/trial.ts";
import type { BacktestWork, FromBacktest } from "./backtest-thread.ts";

function run({ dataDir, change, from, to, source }: BacktestWork, progress: (share: number) => void): FromBacktest {
  const plan = planOfRecord(dataDir);
  const trial = plan === null ? null : trialOf(plan, change);
  if (trial === null) return { kind: "failed", failure: "unfit", detail: "the plan of record has no such rule" };
  const said: string[] = [];
  const period = { from: from ?? -Infinity, to: to ?? Infinity };
  const say = (line: string): void => void said.push(line);
  const report = backtestOver({ dataDir, change, trial, period, source, say, progress });
  if (isRefusal(report)) return { kind: "failed", failure: report.failure, detail: report.says.join("; ") };
  saveBacktest(dataDir, report);
  return { kind: "done", detail: said.length === 0 ? null : said.join("; ") };
}

const port = parentPort;
if (port !== null) {
  // The loop goes first where there is one core too few. On Linux a priority is a thread's own (setpriority(2), bugs); elsewhere
  // it would be the whole server's.
  if (platform() === "linux") setPriority(constants.priority.PRIORITY_LOW);
  const tell = (told: FromBacktest): void => port.postMessage(told);
  try {
    tell(run(workerData as BacktestWork, (share) => tell({ kind: "progress", share })));
  } catch (error) {
    if (!isJournalDamage(error)) throw error;
    tell({ kind: "failed", failure: "damaged", detail: error.message });
  }
}
