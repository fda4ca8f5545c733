// When late samples are judged in their order: once no more of them come, from the journal, a slice at a time (semantics §7).
import { setImmediate as breathe } from "node:timers/promises";
import type { Decode } from "../../contract/sample.ts";
import { positionBefore, readRecords } from "../adapters/journal/read.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import { ripeSpans, type LateSpan } from "../monitor/late.ts";
import { createRejudgement, touchedOf } from "../replay/rejudge.ts";
import type { Restored } from "../restore.ts";

/** So many points are judged in one reading of the journal; the others wait for the next. */
const mostPoints = 64;
/** Between so many records everything else has its turn: a millisecond or so. */
const sliceRecords = 64;
/** What could not be judged is tried again after so long, and then ever more seldom, up to a day. */
const firstRestMs = 60_000;
const mostRestMs = 86_400_000;

/** The amendments of a running server. */
export interface AmendmentKeeper {
  /** Something may be ripe; one reading of the journal at a time. */
  readonly look: () => void;
  /** What is not done by then is asked again after the next start. */
  readonly stop: () => Promise<void>;
  /** How often a point could not be judged in order since the start. */
  readonly failures: () => number;
}

/** Until when a point that could not be judged is left alone, and how long that is. */
interface Rest {
  readonly until: number;
  readonly restMs: number;
}

/** Begins to amend. */
export function keepAmendments(options: {
  readonly restored: Pick<Restored, "monitor" | "journal">;
  readonly loop: Pick<Loop, "amend">;
  readonly decode: Decode;
  readonly now: () => number;
  readonly log: Log;
}): AmendmentKeeper {
  const { loop, decode, now, log } = options;
  const { monitor, journal } = options.restored;
  /** What was amended for each point, as long as the loop has not taken it. */
  const asked = new Map<string, LateSpan>();
  const rests = new Map<string, Rest>();
  let failures = 0;
  let isStopped = false;
  let running: Promise<void> | null = null;

  /** The point is asked again, later each time; the others have not to wait for it. */
  const fail = (point: string, error: unknown): void => {
    const restMs = Math.min(2 * (rests.get(point)?.restMs ?? firstRestMs / 2), mostRestMs);
    rests.set(point, { until: now() + restMs, restMs });
    failures += 1;
    log.error("late samples could not be judged in order", { point, error });
  };

  const amend = async (ripe: ReturnType<typeof ripeSpans>): Promise<void> => {
    const state = monitor.state();
    const { now: readAt, number: readTo } = state;
    const end = journal.mark().position;
    const touched = ripe.map(([point, span]) => touchedOf(state, point, span));
    const rejudgement = createRejudgement(state.plan, touched, decode);
    let taken = 0;
    for (const { record } of readRecords(journal.dir, positionBefore(journal.dir, rejudgement.readFrom), end)) {
      rejudgement.take(record);
      taken += 1;
      if (taken % sliceRecords === 0) await breathe();
      if (isStopped) return;
    }
    const spans = new Map(ripe);
    for (const amendment of rejudgement.amendments(readAt, readTo)) {
      if (amendment?.kind === "failed") fail(amendment.point, amendment.error);
      else if (amendment !== null) {
        asked.set(amendment.point, spans.get(amendment.point) as LateSpan);
        rests.delete(amendment.point);
        loop.amend(amendment);
      }
      await breathe();
      if (isStopped) return;
    }
  };

  return {
    look: () => {
      const state = monitor.state();
      // In the middle of a turn that the disk has refused, the record is not whole.
      if (isStopped || running !== null || state.late.size === 0 || journal.mark().upTo !== state.number) return;
      for (const [point, span] of asked) if (state.late.get(point) !== span) asked.delete(point);
      const ripe = ripeSpans(state, now())
        .filter(([point, span]) => asked.get(point) !== span && now() >= (rests.get(point)?.until ?? 0))
        .slice(0, mostPoints);
      if (ripe.length === 0) return;
      running = amend(ripe)
        .catch((error: unknown) => {
          // The record itself could not be read: none of them is judged.
          for (const [point, span] of ripe) if (asked.get(point) !== span) fail(point, error);
        })
        .finally(() => {
          running = null;
        });
    },
    stop: async () => {
      isStopped = true;
      await running;
    },
    failures: () => failures,
  };
}
