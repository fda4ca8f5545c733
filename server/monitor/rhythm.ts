// What is learned of how a point speaks, as its samples come: with it goes after how long it counts as silent (semantics §6).
import type { Point } from "../../contract/plant.ts";
import { hearInterval, learnedSilence, newRhythm, noRhythm, type Rhythm } from "../domain/learn-silence.ts";
import { isLearning, type CompiledPoint } from "./plant.ts";
import { isAsUsual } from "./sampling.ts";
import type { MonitorState, PointState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Hears a judged sample of a point whose silence is learned; what is lost when it comes has proven only that it was. */
export function hearInTime(
  state: MonitorState,
  point: Point,
  live: PointState,
  { at, isTimely }: { readonly at: number; readonly isTimely: boolean },
): boolean {
  const { rhythm, clockFrom, loss } = live;
  const isUsual = isTimely && isAsUsual(state, point, live);
  return hearInterval(rhythm, { at, isUsual, clockFrom, isLost: loss !== null });
}

/** The same where more may come of it: another limit is another deadline, and news for every wall. */
export function hearRhythm(turn: Turn, { point }: CompiledPoint, live: PointState, isTimely: boolean): void {
  const { rhythm } = live;
  if (rhythm.length === 0) return;
  const bounds = point.learnSilence as NonNullable<Point["learnSilence"]>;
  const before = learnedSilence(rhythm, bounds);
  if (!hearInTime(turn.state, point, live, { at: turn.at, isTimely })) return;
  if (learnedSilence(rhythm, bounds) === before) return;
  turn.touchedDue.add(`silence ${point.id}`);
  turn.learned.add(point.device);
}

/** The rhythm of a point under a new plan: what is known of it stays, unless nothing is learned any more. */
export function keepRhythm(point: Point, rhythm: Rhythm): Rhythm {
  if (!isLearning(point)) return noRhythm();
  return rhythm.length === 0 ? newRhythm() : rhythm;
}
