// Which readings of a message are judged: known point, right unit, next in its point's time (semantics §1, §7).
import type { Actor } from "../../contract/alarm.ts";
import type { Flag } from "../../contract/input.ts";
import { qualities, type Quality, type Reading } from "../../contract/sample.ts";
import { convert } from "../../contract/units.ts";
import { judgeQuality, type Side } from "../domain/quality.ts";
import { forgetReturn, noteLost } from "./losses.ts";
import { isRemembered, remember } from "./memory.ts";
import type { CompiledPoint } from "./plant.ts";
import { heardPoint, judgeFault } from "./presence.ts";
import type { PointState } from "./state.ts";
import { countFault, type Turn } from "./turn.ts";

/** Ahead of the server by more than this: the sample is set aside, not judged. */
export const futureMs = 60_000;

/** A value on its way to its rules. */
export interface Candidate {
  /** `site/device` that sent it. */
  readonly device: string;
  readonly point: CompiledPoint;
  readonly state: PointState;
  readonly sourceAt: number;
  readonly value: number;
  readonly quality: Quality;
  readonly side: Side;
  /** True where the server's time had to serve because the device's clock cannot be trusted. */
  readonly isServerTime: boolean;
  /** The person who read it; absent where a device sent it. */
  readonly by?: Actor;
}

/** The device that a message came from, as far as its readings need to know. */
export interface Origin {
  readonly codes: ReadonlyMap<string, CompiledPoint>;
  readonly deviceId: string;
  readonly isUntrusted: boolean;
  /** True where the message's sequence number came again. */
  readonly isRepeated: boolean;
}

/** A reading of a known point that is not judged, and what it nevertheless says of what was judged before it. */
export interface Doubt {
  readonly point: CompiledPoint;
  readonly state: PointState;
  /** The value that could not be read, where there was one. */
  readonly value: number | null;
  /** Its sensor has failed, or speaks in a unit that nobody can read; null where it is merely not judged. */
  readonly fails: "sensor" | "unit" | null;
}

/**
 * Decides whether a reading is judged at all; writes a flag where it is stored otherwise than it came. A doubt must not
 * take effect before what came ahead of it in the same message was judged.
 */
export function admit(
  turn: Turn,
  from: Origin,
  reading: Reading,
  place: number,
  flags: Flag[],
): Candidate | Doubt | null {
  const candidate = weigh(turn, from, reading, place, flags);
  if (candidate !== null) return candidate;
  const point = from.codes.get(reading.code);
  if (point === undefined) return null;
  const state = turn.state.points.get(point.point.id) as PointState;
  // What is older than the newest judged sample says nothing of how the sensor is now.
  const isOld = !from.isUntrusted && reading.sourceAt !== null && reading.sourceAt < state.judgedAt;
  return { point, state, value: reading.value, fails: isOld ? null : failureOf(point, reading) };
}

function failureOf(point: CompiledPoint, { value, unit, quality }: Reading): Doubt["fails"] {
  if (value === null) return quality === "bad" ? "sensor" : null;
  return unit !== null && convert(value, unit, point.point.unit) === undefined ? "unit" : null;
}

/** Lets a reading that is not judged cast its doubt on what was judged before it. */
export function judgeDoubt(turn: Turn, { point, state, value, fails }: Doubt): void {
  // A tick ends the alarm of a point that reports by exception, so that what has begun to end begins anew.
  if (point.point.report === "onChange") forgetReturn(state);
  if (fails === null) return;
  if (fails === "sensor") {
    // What was shown last can no longer be believed.
    state.quality = "bad";
    turn.touchedPoints.add(point.index);
    noteLost(turn, point, state, turn.at);
    turn.touchedSites.add(point.point.site);
  }
  judgeFault(turn, point, state, "bad", value);
}

function weigh(turn: Turn, from: Origin, reading: Reading, place: number, flags: Flag[]): Candidate | null {
  const { codes, deviceId, isUntrusted, isRepeated } = from;
  const refuse = (): null => {
    flags.push([place, 0, 0, 0, 0]);
    return null;
  };
  const point = codes.get(reading.code);
  if (point === undefined) {
    countFault(turn, "SAMPLE_UNKNOWN_POINT", `${deviceId}: ${reading.code}`);
    return refuse();
  }
  const state = turn.state.points.get(point.point.id) as PointState;
  const raw = reading.value;
  if (raw === null) return refuse();
  const value = reading.unit === null ? raw : convert(raw, reading.unit, point.point.unit);
  if (value === undefined) {
    countFault(turn, "UNIT_MISMATCH", `${point.point.id}: ${reading.unit}, wanted ${point.point.unit}`);
    return refuse();
  }
  const { quality, side } = judgeQuality(point.point, value, reading.quality);
  const isServerTime = reading.sourceAt === null || isUntrusted;
  if (isServerTime && isRepeated) {
    countFault(turn, "MESSAGE_REPEATED", `${deviceId}: ${reading.code}`);
    return refuse();
  }
  const sourceAt = isServerTime ? Math.max(turn.at, state.judgedAt + 1) : reading.sourceAt;
  const isPlain = value === raw && quality === reading.quality && sourceAt === reading.sourceAt;
  const isInTime = admitTime(turn, point, state, sourceAt, value);
  // What is set aside still shows that the link lives; the age of the data is that of the newest judged sample.
  const isLagging = turn.at - (state.judgedAt || state.clockFrom) > point.point.silentAfterMs;
  if (isInTime === "duplicate") {
    heardPoint(turn, point, state, isLagging);
    return refuse();
  }
  const stored: Quality = isInTime === "future" && (quality === "good" || quality === "unknown") ? "suspect" : quality;
  if (!isPlain || stored !== quality) flags.push([place, 1, value, qualities.indexOf(stored), sourceAt]);
  if (quality === "bad") countFault(turn, "SAMPLE_OUT_OF_RANGE", `${point.point.id}: ${value}`);
  if (isInTime !== "next") {
    heardPoint(turn, point, state, isLagging);
    return null;
  }
  return { device: deviceId, point, state, sourceAt, value, quality, side, isServerTime: isUntrusted };
}

/** Where a sample stands in its point's time: next in order, set aside as ahead, late, or known already. */
function admitTime(
  turn: Turn,
  point: CompiledPoint,
  state: PointState,
  sourceAt: number,
  value: number,
): "next" | "future" | "late" | "duplicate" {
  const example = `${point.point.id}: ${sourceAt}`;
  if (sourceAt - turn.at > futureMs) {
    countFault(turn, "SAMPLE_IN_FUTURE", example);
    return "future";
  }
  if (sourceAt > state.judgedAt) {
    remember(state.memory, state.judgedAt, turn.plant.remembered, sourceAt, value);
    state.judgedAt = sourceAt;
    return "next";
  }
  const known = isRemembered(state.memory, state.judgedAt, sourceAt);
  if (known !== undefined) {
    if (known === value) {
      countFault(turn, "SAMPLE_DUPLICATE", example);
      return "duplicate";
    }
    countFault(turn, "SAMPLE_CONFLICT", `${example}: ${known} and ${value}`);
    return "late";
  }
  remember(state.memory, state.judgedAt, turn.plant.remembered, sourceAt, value);
  countFault(turn, "SAMPLE_LATE", example);
  return "late";
}
