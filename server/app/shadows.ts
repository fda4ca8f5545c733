// The shadows of a running server: started and stopped by files of the data directory, looked at now and then.
import type { ShadowStatus } from "../../contract/backtest.ts";
import type { Input } from "../../contract/input.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import { mostShadows, type Kept } from "../adapters/trials.ts";
import type { Log } from "../log.ts";
import type { Monitor, Outcome } from "../monitor.ts";
import { createShadow, type Shadow } from "../replay/shadow.ts";

/** The shadows, as the loop feeds them and `/api/health` shows them. */
export interface Shadows {
  /** Starts what has been asked for since, ends what is asked for no more. */
  readonly look: () => void;
  readonly heard: (inputs: readonly Input[], outcomes: readonly Outcome[]) => void;
  readonly passTo: (at: number) => void;
  readonly status: () => readonly ShadowStatus[];
  /** Null: none of this hash was taken up. */
  readonly statusOf: (hash: string) => ShadowStatus | null;
}

/** How they are kept. */
export interface ShadowsOptions {
  readonly live: Monitor;
  /** The changes that shall run, as they are now. */
  readonly list: () => readonly Kept<RuleChange>[];
  readonly log: Log;
  /** Goes on while the process does, ms. */
  readonly stopwatch: () => number;
}

/** Keeps at most four shadows; a start of the server starts each anew from the live state. */
export function keepShadows({ live, list, log, stopwatch }: ShadowsOptions): Shadows {
  const running = new Map<string, Shadow>();
  /** Told once, not at every look. */
  const refused = new Set<string>();

  const start = ({ hash, content: change }: Kept<RuleChange>): void => {
    const { source, rule, direction } = change;
    const about = { source, rule, direction, version: change.version?.version };
    const refuse = (reason: string): void => {
      if (!refused.has(hash)) log.warn("a shadow was not started", { ...about, reason });
      refused.add(hash);
    };
    if (running.size >= mostShadows) return refuse(`${mostShadows} run already`);
    try {
      const shadow = createShadow({ live, change, stopwatch });
      if (shadow === null) return refuse("the plan of record has no such rule, or it has this version already");
      running.set(hash, shadow);
      refused.delete(hash);
      log.info("a shadow runs", about);
    } catch (error) {
      refuse((error as Error).message);
    }
  };

  return {
    look: () => {
      let asked: readonly Kept<RuleChange>[];
      try {
        asked = list();
      } catch (error) {
        log.warn("the shadows cannot be read", { error });
        return;
      }
      const hashes = new Set(asked.map(({ hash }) => hash));
      for (const hash of running.keys()) if (!hashes.has(hash)) running.delete(hash);
      for (const one of asked) if (!running.has(one.hash)) start(one);
    },
    heard: (inputs, outcomes) => {
      for (const shadow of running.values()) shadow.heard(inputs, outcomes);
    },
    passTo: (at) => {
      for (const shadow of running.values()) shadow.passTo(at);
    },
    statusOf: (hash) => running.get(hash)?.status() ?? null,
    status: () => [...running.values()].map((shadow) => shadow.status()),
  };
}
