// The server's side of one back-test: a thread of its own, bounded in memory, that can be stopped at any moment.
import { Worker } from "node:worker_threads";
import type { BacktestReport } from "../../contract/backtest.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import type { BacktestFailure } from "../../contract/rule-draft.ts";

/** What a thread is started with. */
export interface BacktestWork {
  readonly dataDir: string;
  readonly change: RuleChange;
  /** Epoch ms; null: as far as the record reaches. */
  readonly from: number | null;
  readonly to: number | null;
  readonly source: BacktestReport["source"];
}

/** How a back-test ended: with a report that is kept, or without. */
export type BacktestEnd =
  | { readonly kind: "done"; readonly detail: string | null }
  | { readonly kind: "failed"; readonly failure: BacktestFailure; readonly detail: string };

/** What the thread says. */
export type FromBacktest = BacktestEnd | { readonly kind: "progress"; readonly share: number };

/** A back-test that runs. */
export interface RunningBacktest {
  /** Never rejects: whatever happens to the thread is an end. */
  readonly ended: Promise<BacktestEnd>;
  readonly stop: () => void;
}

/** Starts a back-test. */
export type StartBacktest = (work: BacktestWork, progress: (share: number) => void) => RunningBacktest;

/** 2,000 points took 438 MiB with their buffers (docs/backtest.md): twice that, and no more, beside the live server. */
const mostHeapMib = 900;

function endOf(error: Error & { readonly code?: string }): BacktestEnd {
  const failure = error.code === "ERR_WORKER_OUT_OF_MEMORY" ? "tooLarge" : "crashed";
  return { kind: "failed", failure, detail: error.message };
}

/** Starts threads of a program; another than the back-test's own only in tests. */
export function createBacktestThreads(
  program: URL = new URL("./backtest-worker.js", import.meta.url),
  heapMib = mostHeapMib,
): StartBacktest {
  return (work, progress) => {
    const worker = new Worker(program, { workerData: work, resourceLimits: { maxOldGenerationSizeMb: heapMib } });
    const ended = new Promise<BacktestEnd>((resolve) => {
      worker.on("message", (told: FromBacktest) => {
        if (told.kind === "progress") progress(told.share);
        else resolve(told);
      });
      worker.once("error", (error) => resolve(endOf(error)));
      worker.once("exit", () => resolve({ kind: "failed", failure: "crashed", detail: "it ended without an answer" }));
    });
    return { ended, stop: () => void worker.terminate() };
  };
}
