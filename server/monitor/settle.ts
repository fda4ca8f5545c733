// The end of an instant: what several points make together, and then the roll-ups (semantics §1, Instants).
import { judgeJoints, type Moment } from "./joints.ts";
import { rollUpTouched } from "./rollups.ts";
import type { Turn } from "./turn.ts";

/** Brings an instant to its end. */
export function settle(turn: Turn, moment: Moment): void {
  const { at, now } = moment;
  judgeJoints(turn, moment);
  rollUpTouched(turn, at, now);
  // A lifted item or site may be what a rule of several points looks at.
  if (turn.touchedSources.size > 0) {
    judgeJoints(turn, moment);
    rollUpTouched(turn, at, now);
  }
  turn.touchedSources.clear();
}
