// The server's side of the chronicle's thread: says how far the journal may be read, and asks what was.
import { Worker } from "node:worker_threads";
import type { Answers, Question } from "./chronicle/answers.ts";
import type { ChronicleSetup, FromChronicle, ToChronicle } from "./chronicle-worker.ts";
import type { Log } from "./log.ts";

/** The chronicle, as the server sees it. */
export interface ChronicleThread {
  /** The journal is complete up to here. */
  readonly readable: (position: number) => void;
  readonly ask: <Q extends Question>(question: Q) => Promise<Answers[Q["ask"]]>;
  /** Up to which change the journal is in it. */
  readonly seq: () => number;
  /** Up to which position. */
  readonly position: () => number;
  /** Resolves when it has followed further than a change, or when the time is over. */
  readonly grown: (seq: number, withinMs: number) => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** How the thread is started. */
export interface ChronicleOptions {
  readonly setup: ChronicleSetup;
  readonly log: Log;
  /** The thread died of a bug: the server goes down with it and the journal restores both. */
  readonly onDeath: (error: Error) => void;
}

/** The journal is read at most this often while it grows. */
const wakeMs = 200;
const stopMs = 5000;
/** Questions at once; more would only wait for one another. */
const mostAsked = 200;

interface Asked {
  readonly resolve: (answer: Answers[keyof Answers]) => void;
  readonly reject: (error: Error) => void;
}

/** Starts the thread; another program than the chronicle's own only in tests. */
export function startChronicle(
  { setup, log, onDeath }: ChronicleOptions,
  program: URL = new URL("./chronicle-worker.js", import.meta.url),
): ChronicleThread {
  const worker = new Worker(program, { workerData: setup });
  const asked = new Map<number, Asked>();
  const waiting = new Set<() => void>();
  let [nextId, readable, seq, followed] = [0, 0, 0, 0];
  let timer: NodeJS.Timeout | null = null;
  let isStopping = false;
  const say = (message: ToChronicle): void => worker.postMessage(message);

  worker.on("message", (message: FromChronicle) => {
    if (message.type === "trouble") log.warn("the chronicle cannot follow the journal", { reason: message.what });
    else if (message.type === "followed") {
      [seq, followed] = [message.seq, message.position];
      for (const look of waiting) look();
    } else if (message.type === "answer") asked.get(message.id)?.resolve(message.answer);
    else if (message.type === "failed") asked.get(message.id)?.reject(new Error(message.reason));
    if (message.type === "answer" || message.type === "failed") asked.delete(message.id);
  });
  worker.on("error", (error: Error) => onDeath(error));
  worker.on("exit", () => {
    for (const { reject } of asked.values()) reject(new Error("the chronicle has stopped"));
    if (!isStopping) onDeath(new Error("the chronicle's thread ended"));
  });

  return {
    readable: (upTo) => {
      if (upTo === readable) return;
      readable = upTo;
      timer ??= setTimeout(() => {
        timer = null;
        say({ type: "readable", position: readable });
      }, wakeMs);
    },
    ask: <Q extends Question>(question: Q) =>
      new Promise<Answers[Q["ask"]]>((resolve, reject) => {
        if (isStopping) return reject(new Error("the chronicle has stopped"));
        if (asked.size >= mostAsked) return reject(new Error("too many questions at once"));
        nextId += 1;
        asked.set(nextId, { resolve: (answer) => resolve(answer as Answers[Q["ask"]]), reject });
        say({ type: "ask", id: nextId, question });
      }),
    seq: () => seq,
    position: () => followed,
    grown: (after, withinMs) =>
      new Promise((resolve) => {
        if (seq > after || isStopping) return resolve();
        const end = (): void => {
          clearTimeout(late);
          waiting.delete(look);
          resolve();
        };
        const look = (): void => (seq > after || isStopping ? end() : undefined);
        const late = setTimeout(end, withinMs);
        waiting.add(look);
      }),
    stop: async () => {
      isStopping = true;
      if (timer !== null) clearTimeout(timer);
      for (const look of waiting) look();
      const ended = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
      say({ type: "stop" });
      const late = setTimeout(() => void worker.terminate(), stopMs);
      await ended;
      clearTimeout(late);
    },
  };
}
