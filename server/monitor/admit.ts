// Which readings of a message are judged: known point, right unit, next in its point's time (semantics §1, §7).
import type { Flag } from "../../contract/input.ts";
import { qualities, type Quality, type Reading } from "../../contract/sample.ts";
import { convert } from "../../contract/units.ts";
import { judgeQuality, type Side } from "../domain/quality.ts";
import { forgetReturn } from "./losses.ts";
import { isRemembered, remember } from "./memory.ts";
import type { CompiledPoint } from "./plant.ts";
import { heardPoint, judgeFault } from "./presence.ts";
import type { PointState } from "./state.ts";
import { countFault, type Turn } from "./turn.ts";

/** Ahead of the server by more than this: the sample is set aside, not judged. */
const futureMs = 60_000;

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
}

/** The device that a message came from, as far as its readings need to know. */
export interface Origin {
  readonly codes: ReadonlyMap<string, CompiledPoint>;
  readonly deviceId: string;
  readonly isUntrusted: boolean;
  /** True where the message's sequence number came again. */
  readonly isRepeated: boolean;
}

/** Decides whether a reading is judged at all; writes a flag where it is stored otherwise than it came. */
export function admit(turn: Turn, from: Origin, reading: Reading, place: number, flags: Flag[]): Candidate | null {
  const candidate = weigh(turn, from, reading, place, flags);
  const isGood = candidate !== null && (candidate.quality === "good" || candidate.quality === "unknown");
  const point = from.codes.get(reading.code);
  // A tick ends the alarm of a point that reports by exception: whatever is not good casts doubt on what has begun to end.
  if (!isGood && point?.point.report === "onChange") forgetReturn(turn.state.points.get(point.point.id) as PointState);
  return candidate;
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
  if (raw === null) {
    if (reading.quality === "bad") failSensor(turn, point, state);
    return refuse();
  }
  const value = reading.unit === null ? raw : convert(raw, reading.unit, point.point.unit);
  if (value === undefined) {
    countFault(turn, "UNIT_MISMATCH", `${point.point.id}: ${reading.unit}, wanted ${point.point.unit}`);
    judgeFault(turn, point, state, "bad", raw);
    return refuse();
  }
  const { quality, side } = judgeQuality(point.point, value, reading.quality);
  const isServerTime = reading.sourceAt === null || isUntrusted;
  if (isServerTime && isRepeated) {
    countFault(turn, "MESSAGE_REPEATED", `${deviceId}: ${reading.code}`);
    return refuse();
  }
  const sourceAt = isServerTime ? Math.max(turn.at, (state.judgedAt ?? 0) + 1) : reading.sourceAt;
  const isPlain = value === raw && quality === reading.quality && sourceAt === reading.sourceAt;
  const isInTime = admitTime(turn, point, state, sourceAt, value);
  // What is set aside still shows that the link lives; the age of the data is that of the newest judged sample.
  const isLagging = turn.at - (state.judgedAt ?? state.clockFrom) > point.point.silentAfterMs;
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

/** The device says that a sensor has failed and sends no value: what was shown last can no longer be believed. */
function failSensor(turn: Turn, point: CompiledPoint, state: PointState): void {
  state.quality = "bad";
  turn.touchedPoints.add(point.index);
  turn.touchedSites.add(point.point.site);
  judgeFault(turn, point, state, "bad", null);
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
  if (state.judgedAt === null || sourceAt > state.judgedAt) {
    remember(state, sourceAt, value);
    state.judgedAt = sourceAt;
    return "next";
  }
  const known = isRemembered(state, sourceAt);
  if (known !== undefined) {
    if (known === value) {
      countFault(turn, "SAMPLE_DUPLICATE", example);
      return "duplicate";
    }
    countFault(turn, "SAMPLE_CONFLICT", `${example}: ${known} and ${value}`);
    return "late";
  }
  remember(state, sourceAt, value);
  countFault(turn, "SAMPLE_LATE", example);
  return "late";
}
