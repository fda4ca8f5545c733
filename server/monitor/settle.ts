// The end of an instant: what several points make together, and then the roll-ups (semantics §1, Instants).
import { judgeJoints } from "./joints.ts";
import { rollUpTouched } from "./rollups.ts";
import type { Turn } from "./turn.ts";

/** Brings an instant to its end: `at` in event time, `now` the server time at which that takes place. */
export function settle(turn: Turn, at: number, now: number): void {
  judgeJoints(turn, at, now);
  rollUpTouched(turn, at, now);
  // A lifted item or site may be what a rule of several points looks at.
  if (turn.touchedSources.size > 0) {
    judgeJoints(turn, at, now);
    rollUpTouched(turn, at, now);
  }
  turn.touchedSources.clear();
}
