// Back-tests as jobs of the server: one at a time, each with an id, bounded in time, and told of whatever became of it.
import { randomBytes } from "node:crypto";
import type { BacktestJob, StoredDraft } from "../../contract/rule-draft.ts";
import type { Log } from "../log.ts";
import type { BacktestEnd, BacktestWork, RunningBacktest, StartBacktest } from "./backtest-thread.ts";

/** How they are run. */
export interface BacktestsOptions {
  readonly start: StartBacktest;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
  /** No back-test runs longer, ms. @default half an hour */
  readonly mostMs?: number;
}

/** The jobs. */
export interface Backtests {
  /** Null: another one runs. */
  readonly start: (draft: Pick<StoredDraft, "id" | "revision">, by: string, work: BacktestWork) => BacktestJob | null;
  readonly find: (id: string) => BacktestJob | null;
  readonly running: () => BacktestJob | null;
  /** The one that runs, or was the last to run, of a draft. */
  readonly lastOf: (draft: string) => BacktestJob | null;
  /** False where it does not run. */
  readonly cancel: (id: string) => boolean;
  readonly stop: () => Promise<void>;
}

/** So many are remembered; a report is kept by itself. */
const mostJobs = 50;
/** 30 days of 2,000 points at 10 s take 9 minutes on two idle cores (docs/backtest.md). */
const usualMostMs = 30 * 60_000;

interface Entry {
  job: BacktestJob;
  readonly running: RunningBacktest;
  /** Why it was stopped from here; null where it was not. */
  stopped: "cancelled" | "tooLong" | null;
}

function endedJob(job: BacktestJob, end: BacktestEnd, { stopped }: Entry): BacktestJob {
  // What was done before it could be stopped is done.
  if (end.kind === "done") return { ...job, state: "done", progress: 1, detail: end.detail };
  if (stopped === "cancelled") return { ...job, state: "cancelled" };
  if (stopped === "tooLong") return { ...job, state: "failed", failure: "tooLong" };
  return { ...job, state: "failed", failure: end.failure, detail: end.detail };
}

/** Keeps them; a restart forgets the jobs, and what a stopped one has judged so far is nobody's report. */
export function keepBacktests({ start, log, now, mostMs = usualMostMs }: BacktestsOptions): Backtests {
  const entries = new Map<string, Entry>();
  const running = (): Entry | null => [...entries.values()].find(({ job }) => job.state === "running") ?? null;
  const stopIt = (entry: Entry, why: NonNullable<Entry["stopped"]>): void => {
    entry.stopped ??= why;
    entry.running.stop();
  };

  const watch = async (entry: Entry): Promise<void> => {
    const timer = setTimeout(() => stopIt(entry, "tooLong"), mostMs);
    const end = await entry.running.ended;
    clearTimeout(timer);
    entry.job = { ...endedJob(entry.job, end, entry), endedAt: now() };
    const { draft, state, failure, detail } = entry.job;
    if (state === "failed") log.warn("a back-test failed", { draft, failure, detail });
  };

  return {
    start: (draft, by, work) => {
      if (running() !== null) return null;
      const id = randomBytes(9).toString("base64url");
      const job: BacktestJob = {
        id,
        draft: draft.id,
        revision: draft.revision,
        by,
        state: "running",
        progress: 0,
        startedAt: now(),
        endedAt: null,
        failure: null,
        detail: null,
      };
      const progress = (share: number): void => {
        const known = entries.get(id);
        if (known !== undefined && known.job.state === "running") known.job = { ...known.job, progress: share };
      };
      const entry: Entry = { job, running: start(work, progress), stopped: null };
      entries.set(id, entry);
      for (const old of [...entries.keys()].slice(0, -mostJobs)) entries.delete(old);
      void watch(entry);
      return job;
    },
    find: (id) => entries.get(id)?.job ?? null,
    running: () => running()?.job ?? null,
    lastOf: (draft) => [...entries.values()].findLast(({ job }) => job.draft === draft)?.job ?? null,
    cancel: (id) => {
      const entry = entries.get(id);
      if (entry === undefined || entry.job.state !== "running") return false;
      stopIt(entry, "cancelled");
      return true;
    },
    stop: async () => {
      const entry = running();
      if (entry === null) return;
      stopIt(entry, "cancelled");
      await entry.running.ended;
    },
  };
}
