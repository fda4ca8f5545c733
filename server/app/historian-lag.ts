// How far the historian is behind the journal, and about when it will have caught up: for the wall and for /metrics.
import type { HistorianBehind } from "../../contract/wall.ts";
import type { Figures } from "../historian-worker.ts";

/** The historian's distance from the journal. */
export interface Lag {
  /** Null while it is not worth telling. */
  readonly behind: () => HistorianBehind | null;
  /** Age of the oldest row that waits; 0 where none does. */
  readonly behindMs: () => number;
}

/** Nobody sees a trend that ends so much earlier than it could. */
const worthTellingMs = 10_000;
/** The estimate looks back over so many figures: a minute. */
const mostFigures = 12;

/** Watches figures that are told every few seconds; `position` is the journal's end. */
export function createLag(options: {
  readonly figures: () => Figures | null;
  readonly position: () => number;
  readonly now: () => number;
}): Lag {
  const { figures, position, now } = options;
  let seen: Figures | null = null;
  let trail: readonly { readonly at: number; readonly waiting: number }[] = [];

  const look = (): Figures | null => {
    const known = figures();
    if (known === null || known === seen) return known;
    seen = known;
    const step = { at: now(), waiting: position() - known.cursor };
    trail = known.behindSince === null ? [] : [...trail.slice(1 - mostFigures), step];
    return known;
  };
  const behindMs = (): number => Math.max(0, now() - (look()?.behindSince ?? Infinity));
  /** By a straight line from the first to the last of the trail; null where it does not lead down. */
  const doneAt = (bytes: number): number | null => {
    const [first, last] = [trail[0], trail.at(-1)];
    if (first === undefined || last === undefined || last.waiting >= first.waiting) return null;
    return Math.round(now() + (bytes * (last.at - first.at)) / (first.waiting - last.waiting));
  };

  return {
    behindMs,
    behind: () => {
      const known = look();
      if (known === null || known.behindSince === null || behindMs() <= worthTellingMs) return null;
      const bytes = Math.max(0, position() - known.cursor);
      const done = doneAt(bytes);
      return { bytes, sinceAt: known.behindSince, ...(done === null ? {} : { doneAt: done }) };
    },
  };
}
