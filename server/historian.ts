// The server's side of the historian's thread: says how far the journal may be read, asks for history.
import { Worker } from "node:worker_threads";
import type { History, HistoryQuery } from "../contract/wall.ts";
import type { FeedStatus } from "./adapters/historian/feed.ts";
import type { Refused, SamplesPage, SamplesQuery } from "./adapters/historian/historian.ts";
import type { Figures, FromHistorian, HistorianSetup, ToHistorian } from "./historian-worker.ts";
import type { Log } from "./log.ts";

/** The historian, as the server sees it. */
export interface HistorianThread {
  /** The journal is complete up to here. */
  readonly readable: (position: number) => void;
  readonly history: (query: HistoryQuery) => Promise<History>;
  readonly samples: (query: SamplesQuery) => Promise<SamplesPage>;
  /** Some seconds old; null before the store is open. */
  readonly figures: () => Figures | null;
  /** Of the embedded one: unlinks the days before an instant. */
  readonly dropBefore: (at: number) => void;
  readonly stop: () => Promise<void>;
}

/** How the thread is started. */
export interface HistorianThreadOptions {
  readonly setup: HistorianSetup;
  readonly log: Log;
  readonly onStatus: (status: FeedStatus) => void;
  /** Rows that the store will never take: they stay in the journal. */
  readonly onRefused: (refused: Refused) => void;
  /** The thread died of a bug: the server goes down with it and the journal restores both. */
  readonly onDeath: (error: Error) => void;
}

/** The journal is read at most this often while it grows. */
const wakeMs = 200;
const stopMs = 5000;

interface Asked {
  readonly resolve: (answer: History | SamplesPage) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread. */
export function startHistorian(options: HistorianThreadOptions): HistorianThread {
  const { log } = options;
  const worker = new Worker(new URL("./historian-worker.js", import.meta.url), {
    workerData: options.setup,
    // It reads on in small pieces: what is young there need not be much.
    resourceLimits: { maxYoungGenerationSizeMb: 12 },
  });
  const asked = new Map<number, Asked>();
  let figures: Figures | null = null;
  let nextId = 0;
  let position = 0;
  let timer: NodeJS.Timeout | null = null;
  let isStopping = false;
  const say = (message: ToHistorian): void => worker.postMessage(message);

  const ask = <T extends History | SamplesPage>(question: (id: number) => ToHistorian): Promise<T> =>
    new Promise((resolve, reject) => {
      nextId += 1;
      asked.set(nextId, { resolve: (answer) => resolve(answer as T), reject });
      say(question(nextId));
    });

  worker.on("message", (message: FromHistorian) => {
    if (message.type === "status") options.onStatus(message.status);
    else if (message.type === "figures") figures = message.figures;
    else if (message.type === "trouble") log.warn(message.what);
    else if (message.type === "refused") {
      log.warn("the historian refused rows", { ...message.refused });
      options.onRefused(message.refused);
    } else if (message.type === "history") asked.get(message.id)?.resolve(message.history);
    else if (message.type === "samples") asked.get(message.id)?.resolve(message.page);
    else if (message.type === "failed") asked.get(message.id)?.reject(new Error(message.reason));
    if (message.type === "history" || message.type === "samples" || message.type === "failed") asked.delete(message.id);
  });
  worker.on("error", (error: Error) => options.onDeath(error));
  worker.on("exit", () => {
    if (!isStopping) options.onDeath(new Error("the historian's thread ended"));
  });

  return {
    readable: (upTo) => {
      position = upTo;
      timer ??= setTimeout(() => {
        timer = null;
        say({ type: "readable", position });
      }, wakeMs);
    },
    history: (query) => ask<History>((id) => ({ type: "history", id, query })),
    samples: (query) => ask<SamplesPage>((id) => ({ type: "samples", id, query })),
    figures: () => figures,
    dropBefore: (at) => say({ type: "dropBefore", at }),
    stop: async () => {
      isStopping = true;
      if (timer !== null) clearTimeout(timer);
      say({ type: "readable", position });
      const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      say({ type: "stop" });
      const late = setTimeout(() => void worker.terminate(), stopMs);
      await ended;
      clearTimeout(late);
    },
  };
}
