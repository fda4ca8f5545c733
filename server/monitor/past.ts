// A value that its device calls one of the past: stored, never judged as what is now, and judged in order like a late one.
import type { Flag } from "../../contract/input.ts";
import { qualities, type Reading } from "../../contract/sample.ts";
import { judgeQuality } from "../domain/quality.ts";
import { futureMs, isBehind, recognise, suspected, type Origin, type Recognised } from "./admit.ts";
import { noteLate } from "./late.ts";
import { noteValue } from "./ledger.ts";
import { isRemembered, rememberPast } from "./memory.ts";
import { heardPoint } from "./presence.ts";
import { countFault, type Turn } from "./turn.ts";

/** Where a reading stands in its message, and the flags of those that are stored otherwise than they came. */
interface Place {
  readonly place: number;
  readonly flags: Flag[];
}

/**
 * Takes such a reading in, be it older or newer than the newest judged one of its point: the link lives, and nothing else of
 * the point is other than without it, neither its value nor its windows, runs, tests and the time up to which it was judged.
 * What it tells of the past the amendment pass finds (semantics §7): what was missed while the link was down is missed no less
 * because the gateway kept it and says so.
 */
export function hearPast(turn: Turn, from: Origin, reading: Reading, { place, flags }: Place): void {
  const known = recognise(turn, from, reading);
  const { sourceAt } = reading;
  const isNew = known !== null && sourceAt !== null && isNews(turn, known, sourceAt, from.isUntrusted);
  if (known !== null) heardPoint(turn, known.point, known.state, isBehind(turn, known.point, known.state));
  if (!isNew) {
    flags.push([place, 0, 0, 0, 0]);
    return;
  }
  const { point, value } = known;
  const ranged = judgeQuality(point.point, value, reading.quality);
  const { quality } = sourceAt - turn.at > futureMs ? suspected(ranged, 0) : ranged;
  noteValue(from.page, { sourceAt, quality }, { isNextInTime: false, isPast: true });
  if (quality === "bad") countFault(turn, "SAMPLE_OUT_OF_RANGE", `${point.point.id}: ${value}`);
  if (value !== reading.value || quality !== reading.quality)
    flags.push([place, 1, value, qualities.indexOf(quality), sourceAt]);
}

/** Counts the value by what is known of its time; false where it came before. */
function isNews(turn: Turn, { point, state, value }: Recognised, sourceAt: number, isUntrusted: boolean): boolean {
  const example = `${point.point.id}: ${sourceAt}`;
  if (sourceAt - turn.at > futureMs) {
    countFault(turn, "SAMPLE_IN_FUTURE", example);
    return true;
  }
  const before = isRemembered(state.memory, state.judgedAt, sourceAt);
  if (before === value) {
    countFault(turn, "SAMPLE_DUPLICATE", example);
    return false;
  }
  if (before !== undefined) {
    countFault(turn, "SAMPLE_CONFLICT", `${example}: ${before} and ${value}`);
    return true;
  }
  countFault(turn, "SAMPLE_HISTORICAL", example);
  rememberPast(state.memory, state.judgedAt, turn.plant.remembered, sourceAt, value);
  // By a clock that is not trusted nobody knows when that was.
  if (!isUntrusted) noteLate(turn, point, sourceAt);
  return true;
}
