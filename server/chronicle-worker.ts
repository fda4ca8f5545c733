// The chronicle's own thread: follows the journal behind the loop, and answers what was.
import { parentPort, workerData } from "node:worker_threads";
import { setImmediate as breathe } from "node:timers/promises";
import { createAnswers, type Answers, type Question } from "./chronicle/answers.ts";
import { createFollower } from "./chronicle/follow.ts";
import { createChronicle } from "./adapters/chronicle.ts";

/** What the thread is started with. */
export interface ChronicleSetup {
  readonly journalDir: string;
  readonly file: string;
  /** Days that steps are kept; 0: for ever. */
  readonly keepDays: number;
}

/** What the server says to the thread. */
export type ToChronicle =
  | { readonly type: "readable"; readonly position: number }
  | { readonly type: "ask"; readonly id: number; readonly question: Question }
  | { readonly type: "stop" };

/** What the thread says to the server. */
export type FromChronicle =
  | { readonly type: "followed"; readonly position: number; readonly seq: number }
  | { readonly type: "trouble"; readonly what: string }
  | { readonly type: "answer"; readonly id: number; readonly answer: Answers[keyof Answers] }
  | { readonly type: "failed"; readonly id: number; readonly reason: string }
  | { readonly type: "stopped" };

function run(setup: ChronicleSetup, tell: (message: FromChronicle) => void): (message: ToChronicle) => void {
  const chronicle = createChronicle(setup.file);
  const follower = createFollower(chronicle, setup);
  const answer = createAnswers(chronicle);
  let readable = 0;
  const stopping = new AbortController();
  let following: Promise<void> | null = null;

  const follow = async (): Promise<void> => {
    while (!stopping.signal.aborted && follower.step(readable)) await breathe();
    const { position, seq } = chronicle.place();
    tell({ type: "followed", position, seq });
  };
  const followSoon = (): void => {
    following ??= follow()
      .catch((error: unknown) => tell({ type: "trouble", what: (error as Error).message }))
      .finally(() => {
        following = null;
      });
  };

  return (message) => {
    if (message.type === "readable") {
      readable = message.position;
      followSoon();
      return;
    }
    if (message.type === "ask") {
      const { id, question } = message;
      answer(question).then(
        (said) => tell({ type: "answer", id, answer: said }),
        (error: unknown) => tell({ type: "failed", id, reason: (error as Error).message }),
      );
      return;
    }
    stopping.abort();
    void Promise.resolve(following).finally(() => {
      chronicle.close();
      tell({ type: "stopped" });
    });
  };
}

if (parentPort !== null) {
  const port = parentPort;
  const hear = run(workerData as ChronicleSetup, (message) => {
    port.postMessage(message);
    if (message.type === "stopped") port.close();
  });
  port.on("message", hear);
}
