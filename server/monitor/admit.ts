// Which readings of a message are judged: known point, right unit, next in its point's time (semantics §1, §7).
import type { Actor } from "../../contract/alarm.ts";
import type { Flag } from "../../contract/input.ts";
import type { FaultCode } from "../../contract/faults.ts";
import {
  qualities,
  reasonBit,
  reasonsOf,
  type Quality,
  type QualityReason,
  type Reading,
} from "../../contract/sample.ts";
import { convert } from "../../contract/units.ts";
import {
  judgeQuality,
  stepTests,
  stuckOf,
  type Judged,
  type Side,
  type Stuck,
  type TestSample,
} from "../domain/quality.ts";
import { noteLate } from "./late.ts";
import { noteNoValue, noteValue, type Page } from "./ledger.ts";
import { forgetReturn, noteLost } from "./losses.ts";
import { isRemembered, remember } from "./memory.ts";
import type { CompiledPoint } from "./plant.ts";
import { heardPoint, judgeFault } from "./presence.ts";
import { expectedOf } from "./sampling.ts";
import { addSample } from "./series.ts";
import type { MonitorState, PointState } from "./state.ts";
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
  /** Why it has that quality, or what else must be known of it, as bits. */
  readonly reasons: number;
  /** How stuck its sensor was found with it; null where its signal lives. */
  readonly stuck: Stuck | null;
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
  /** What of the message is noted of its device. */
  readonly page: Page;
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
    state.reasons = reasonBit("deviceFlag");
    turn.touchedPoints.add(point.index);
    noteLost(turn, point, state, turn.at);
    turn.touchedSites.add(point.point.site);
  }
  judgeFault(turn, point, state, { quality: "bad", value, reasons: reasonBit(doubtfulBy[fails]) });
}

const doubtfulBy = { sensor: "deviceFlag", unit: "unit" } as const satisfies Record<string, QualityReason>;

/** A value of a known point, in the register's unit. */
export interface Recognised {
  readonly point: CompiledPoint;
  readonly state: PointState;
  readonly value: number;
}

/** Finds a reading's point and its value there; null where there is none, and what is wrong is counted. */
export function recognise(turn: Turn, { codes, deviceId }: Origin, reading: Reading): Recognised | null {
  const { code, value: raw, unit } = reading;
  const point = codes.get(code);
  if (point === undefined) {
    countFault(turn, "SAMPLE_UNKNOWN_POINT", `${deviceId}: ${code}`);
    return null;
  }
  if (raw === null) return null;
  const value = unit === null ? raw : convert(raw, unit, point.point.unit);
  if (value === undefined) {
    countFault(turn, "UNIT_MISMATCH", `${point.point.id}: ${unit}, wanted ${point.point.unit}`);
    return null;
  }
  return { point, state: turn.state.points.get(point.point.id) as PointState, value };
}

/** The age of a point's data is that of its newest judged sample: it lags where that is too old. */
export function isBehind(turn: Turn, { point }: CompiledPoint, state: PointState): boolean {
  const heardAt = state.judgedAt || state.clockFrom;
  return turn.at - heardAt > expectedOf(turn.state, point, state, heardAt).silentAfterMs;
}

function weigh(turn: Turn, from: Origin, reading: Reading, place: number, flags: Flag[]): Candidate | null {
  const { deviceId, isUntrusted, isRepeated, page } = from;
  const refuse = (): null => {
    flags.push([place, 0, 0, 0, 0]);
    return null;
  };
  const known = recognise(turn, from, reading);
  if (known === null) {
    if (reading.value === null && from.codes.has(reading.code)) noteNoValue(page, reading.quality);
    return refuse();
  }
  const { point, state, value } = known;
  const ranged = judgeQuality(point.point, value, reading.quality);
  const isServerTime = reading.sourceAt === null || isUntrusted;
  if (isServerTime && isRepeated) {
    countFault(turn, "MESSAGE_REPEATED", `${deviceId}: ${reading.code}`);
    return refuse();
  }
  const sourceAt = isServerTime ? Math.max(turn.at, state.judgedAt + 1) : reading.sourceAt;
  const isAfterGap = isGap(turn.state, point, state, sourceAt);
  const isInTime = admitTime(turn, point, state, sourceAt, value);
  // What is set aside still shows that the link lives.
  const isLagging = isBehind(turn, point, state);
  if (isInTime === "duplicate") {
    heardPoint(turn, point, state, isLagging);
    return refuse();
  }
  const tested = isInTime === "next" ? testHistory(point, state, ranged, { value, sourceAt, isAfterGap }) : ranged;
  const { quality } = isInTime === "future" ? suspected(tested, 0) : tested;
  const ageMs = turn.at - sourceAt;
  const isPast =
    sourceAt < state.judgedAt || ageMs > expectedOf(turn.state, point.point, state, sourceAt).silentAfterMs;
  noteValue(page, { sourceAt, quality }, { isNextInTime: isInTime === "next", isPast });
  const isPlain = value === reading.value && quality === reading.quality && sourceAt === reading.sourceAt;
  if (!isPlain) flags.push([place, 1, value, qualities.indexOf(quality), sourceAt]);
  if (quality === "bad") countFault(turn, "SAMPLE_OUT_OF_RANGE", `${point.point.id}: ${value}`);
  // What comes late is not judged, but it repairs the windows of what comes next (semantics §7).
  const isGood = quality === "good" || quality === "unknown";
  if (isInTime === "late" && isGood && point.windowMs > 0) addSample(state.series, point.windowMs, sourceAt, value);
  if (isInTime !== "next") {
    heardPoint(turn, point, state, isLagging);
    return null;
  }
  const reasons = tested.reasons | (isAfterGap ? afterGap : 0) | (isUntrusted ? byServerTime : 0);
  countReasons(turn, point, quality, reasons, value);
  const stuck = point.tests === null ? null : stuckOf(point.tests, state.history);
  const { side } = tested;
  return { device: deviceId, point, state, sourceAt, value, quality, side, reasons, stuck, isServerTime: isUntrusted };
}

const afterGap = reasonBit("gap");
const byServerTime = reasonBit("serverTime");

/** Gap (QARTOD test 1): t_n − t_(n−1) longer than the point may be silent; by exception there is no gap. */
function isGap(state: MonitorState, { point }: CompiledPoint, live: PointState, sourceAt: number): boolean {
  const { judgedAt } = live;
  if (point.report === "onChange" || judgedAt === 0) return false;
  return sourceAt - judgedAt > expectedOf(state, point, live, judgedAt).silentAfterMs;
}

/** Good or unknown becomes suspect; what is worse already stays as it is. */
export function suspected({ quality, side, reasons }: Judged, more: number): Judged {
  const isBetter = quality === "good" || quality === "unknown";
  return { quality: isBetter ? "suspect" : quality, side, reasons: reasons | more };
}

/** Leads the sample past its point's tests; what is bad or over range tells nothing of how the signal moves. */
function testHistory({ tests }: CompiledPoint, state: PointState, ranged: Judged, sample: TestSample): Judged {
  const isTold = ranged.quality === "good" || ranged.quality === "unknown" || ranged.quality === "suspect";
  if (tests === null || !isTold) return ranged;
  const found = stepTests(tests, state.history, sample);
  return found === 0 ? ranged : suspected(ranged, found);
}

/** How a reason is counted; those of a bad value and of a wrong clock are counted as such. */
const codes: Readonly<Partial<Record<QualityReason, FaultCode>>> = {
  operatorRange: "SAMPLE_OUTSIDE_OPERATOR",
  spike: "SAMPLE_SPIKE",
  rateOfChange: "SAMPLE_TOO_FAST",
  flatLine: "SAMPLE_FLAT",
  attenuated: "SAMPLE_ATTENUATED",
  gap: "SAMPLE_AFTER_GAP",
};

function countReasons(turn: Turn, { point }: CompiledPoint, quality: Quality, reasons: number, value: number): void {
  if (reasons === 0) return;
  const example = `${point.id}: ${value}`;
  if (quality === "saturated") countFault(turn, "SAMPLE_SATURATED", example);
  for (const reason of reasonsOf(reasons)) {
    const code = reason === "deviceFlag" && quality === "suspect" ? "SAMPLE_FLAGGED" : codes[reason];
    if (code !== undefined) countFault(turn, code, example);
  }
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
  noteLate(turn, point, sourceAt);
  return "late";
}
