// The short way for a message in which nothing happens, which nearly every message is: it changes values, and nothing else.
//
// It decides by what the long way (judge.ts) would do: only where that would raise nothing, return nothing, count nothing
// and start no run does it take the values in. In any doubt it takes nothing, and the long way judges the whole message.
// `verify` judges by the long way alone, so every verification of a record compares the two.
import type { TelemetryInput } from "../../contract/input.ts";
import { inSteps } from "../../contract/numbers.ts";
import type { Reading, Telemetry } from "../../contract/sample.ts";
import { crossingsOf } from "./crossings.ts";
import { isQuiet, stepTests, type CompiledTests } from "../domain/quality.ts";
import { earlyMs } from "./clocks.ts";
import { versionOf } from "./findings.ts";
import { jointStateOf } from "./joints.ts";
import { remember } from "./memory.ts";
import type { CompiledJoint, CompiledPoint, CompiledRule, Plant } from "./plant.ts";
import { strictestSilence } from "./sampling.ts";
import type { DeviceState, MonitorState, PointState, RuleState } from "./state.ts";

/** Takes calm messages in. */
export interface CalmWay {
  /** The places of the points whose values changed; null where the long way must judge. */
  readonly take: (input: TelemetryInput) => readonly number[] | null;
  /** The long way has judged this message: what was known of its points may hold no longer. */
  readonly judged: (message: Telemetry) => void;
  /** Something else was judged: nothing known of any point may hold any longer. */
  readonly forget: () => void;
}

/** Between which values and times each point stays calm, by its place in the plan: what every sample looks at, close together. */
interface Bounds {
  /** Strictly between them no limit is violated and the quality is good; empty where the point is not calm. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** From this `sourceAt` on, and before that one, the rules' versions are those of its state. */
  readonly from: Float64Array;
  readonly until: Float64Array;
  /** No sample may come later than this after the one before it, nor lie further behind the clock. */
  readonly silentAfterMs: Float64Array;
  /** With which knowledge they were worked out; another than the newest means: work them out anew. */
  readonly age: Float64Array;
}

/** Plain good values of one instant: what nearly every message holds. */
interface Columns {
  readonly codes: readonly string[];
  readonly values: readonly number[];
  readonly sourceAt: number;
}

/** The points of a message, in its order. */
interface Layout {
  readonly codes: readonly string[];
  readonly places: readonly number[];
}

/** A device, and what its messages looked like: devices say the same things in the same order. */
interface Sender {
  readonly id: string;
  readonly device: DeviceState;
  readonly codes: ReadonlyMap<string, CompiledPoint>;
  /** By the first code of the message; bounded by the codes of the site. */
  readonly layouts: Map<string, Layout>;
}

const emptyLayout: Layout = { codes: [], places: [] };
const noColumns: Columns = { codes: [], values: [], sourceAt: 0 };

/** Readings as columns; null where they are not all plain good values of one instant. */
function columnsOf(readings: readonly Reading[]): Columns | null {
  const [first] = readings;
  if (first === undefined) return noColumns;
  const { sourceAt } = first;
  const codes: string[] = [];
  const values: number[] = [];
  for (const reading of readings) {
    if (reading.value === null || reading.unit !== null || reading.quality !== "good") return null;
    if (reading.sourceAt !== sourceAt) return null;
    codes.push(reading.code);
    values.push(reading.value);
  }
  return sourceAt === null ? null : { codes, values, sourceAt };
}

/** Are these the points that the message names? The strings are nearly always the very same ones. */
function isOf({ codes }: Layout, named: readonly string[]): boolean {
  return codes.length === named.length && codes.every((code, nth) => code === named[nth]);
}

/** The points of a message; null where one of them is unknown or stands there twice. */
function layoutOf(sender: Sender, codes: readonly string[]): Layout | null {
  const [first] = codes;
  if (first === undefined) return emptyLayout;
  const known = sender.layouts.get(first);
  if (known !== undefined && isOf(known, codes)) return known;
  const places = codes.map((code) => sender.codes.get(code)?.index ?? -1);
  if (places.includes(-1) || new Set(places).size < places.length) return null;
  const layout = { codes, places };
  sender.layouts.set(first, layout);
  return layout;
}

/** Narrows a point's bounds to where one rule stays at rest; false where it is not at rest. */
function narrow(bounds: Bounds, { index, step }: CompiledPoint, rule: CompiledRule, state: RuleState): boolean {
  const version = versionOf(rule, state);
  if (version === undefined || state.isOrphanOn !== null || state.isPrimed) return false;
  if (state.limits.some((limit) => limit.isOn || limit.violatedSince !== null)) return false;
  for (const { limit, own, joint } of version.limits) {
    if (joint !== null) continue;
    if (own !== null) return false;
    // A whole step away from the setpoint no rounding can reach it.
    if (limit.isHigh) bounds.high[index] = Math.min(bounds.high[index] as number, (limit.setpoint - 1) * step);
    else bounds.low[index] = Math.max(bounds.low[index] as number, (limit.setpoint + 1) * step);
  }
  const newer = rule.versions[rule.versions.indexOf(version) - 1];
  bounds.from[index] = Math.max(bounds.from[index] as number, version.validFrom);
  bounds.until[index] = Math.min(bounds.until[index] as number, newer?.validFrom ?? Infinity);
  return true;
}

/** True where a rule over several points is at rest, and nothing but its members' values can wake it. */
function isJointCalm(state: MonitorState, joint: CompiledJoint): boolean {
  const { version, isOrphanOn, blindSince, limits } = jointStateOf(state, joint);
  if (version === 0 || joint.rule.versions.length > 1 || isOrphanOn !== null || blindSince !== null) return false;
  return !limits.some((limit) => limit.isOn || limit.violatedSince !== null);
}

/** Narrows a point's bounds to where rules over several points see no difference; false where they would. */
function narrowByJoints(bounds: Bounds, { point, index, step }: CompiledPoint, room: Room): boolean {
  const joints = room.plant.jointsOf.get(point.id) ?? [];
  if (joints.length === 0) return true;
  const crossings = crossingsOf(joints, point.id);
  if (crossings === null || !joints.every((joint) => isJointCalm(room.state, joint))) return false;
  for (const { direction, setpoint } of crossings) {
    const steps = inSteps(setpoint, step);
    if (direction === "high") bounds.high[index] = Math.min(bounds.high[index] as number, (steps - 1) * step);
    else bounds.low[index] = Math.max(bounds.low[index] as number, (steps + 1) * step);
  }
  return true;
}

interface Room {
  readonly state: MonitorState;
  readonly plant: Plant;
}

function workOut(
  bounds: Bounds,
  point: CompiledPoint,
  state: PointState,
  { room, age }: { room: Room; age: number },
): void {
  const { index } = point;
  const { range, report } = point.point;
  bounds.age[index] = age;
  // The ends themselves are good; leaving them to the long way costs nothing.
  bounds.low[index] = Math.max(range.sensor[0], range.operator[0]);
  bounds.high[index] = Math.min(range.sensor[1], range.operator[1]);
  bounds.from[index] = -Infinity;
  bounds.until[index] = Infinity;
  bounds.silentAfterMs[index] = strictestSilence(room.state, point.point);
  const isCalm =
    report !== "onChange" &&
    !state.isFaulty &&
    state.lostAt === 0 &&
    point.windowMs === 0 &&
    narrowByJoints(bounds, point, room) &&
    point.rules.every((rule, place) => narrow(bounds, point, rule, state.rules[place] as RuleState));
  if (!isCalm) bounds.high[index] = -Infinity;
}

/** Nothing about the device itself would be told or counted. */
function isDeviceCalm({ sequence, refused }: Telemetry, device: DeviceState): boolean {
  if (device.status !== "online" || device.lossLevel !== null || device.isUntrusted || device.isEarly) return false;
  if (refused.length > 0) return false;
  const last = device.lastSequence;
  if (sequence === null || last === null || sequence.last === last) return true;
  return sequence.first <= last || sequence.first === last + 1;
}

/** What the long way would do about the time of the message and the state of its point: nothing. */
function isPointCalm(live: PointState, silentAfterMs: number, lateMs: number, sourceAt: number): boolean {
  if (live.judgedAt === 0 || sourceAt <= live.judgedAt || lateMs > silentAfterMs || lateMs < -earlyMs) return false;
  if (sourceAt - live.judgedAt > silentAfterMs) return false;
  return (
    live.loss === null &&
    live.laggingSince === null &&
    live.isVerified &&
    live.stuckLevel === null &&
    live.quality !== "bad"
  );
}

/** Makes the short way for a state and its compiled plan. */
export function createCalmWay(state: MonitorState, plant: Plant): CalmWay {
  const senders = new Map<string, Map<string, Sender>>();
  const lives = plant.points.map((point) => state.points.get(point.point.id) as PointState);
  const numbers = (): Float64Array => new Float64Array(lives.length);
  const bounds: Bounds = {
    low: numbers(),
    high: numbers(),
    from: numbers(),
    until: numbers(),
    silentAfterMs: numbers(),
    age: numbers(),
  };
  const tests = plant.points.map((point) => point.tests);
  // One object for all samples: this way makes none of its own.
  const sample = { value: 0, sourceAt: 0, isAfterGap: false };
  const room: Room = { state, plant };
  let age = 1;

  const senderOf = (site: string, code: string): Sender | null => {
    const known = senders.get(site)?.get(code);
    if (known !== undefined) return known;
    const id = `${site}/${code}`;
    const device = state.devices.get(id);
    const codes = plant.codes.get(site);
    if (device === undefined || codes === undefined) return null;
    const sender: Sender = { id, device, codes, layouts: new Map() };
    senders.set(site, (senders.get(site) ?? new Map<string, Sender>()).set(code, sender));
    return sender;
  };

  const isCalm = (places: readonly number[], { values, sourceAt }: Columns, at: number): boolean => {
    const { low, high, from, until, silentAfterMs } = bounds;
    sample.sourceAt = sourceAt;
    for (let nth = 0; nth < places.length; nth += 1) {
      const place = places[nth] as number;
      const value = values[nth] as number;
      const live = lives[place] as PointState;
      if (bounds.age[place] !== age) workOut(bounds, plant.points[place] as CompiledPoint, live, { room, age });
      if (!(value > (low[place] as number) && value < (high[place] as number))) return false;
      if (sourceAt < (from[place] as number) || sourceAt >= (until[place] as number)) return false;
      if (!isPointCalm(live, silentAfterMs[place] as number, at - sourceAt, sourceAt)) return false;
      const tested = tests[place] as CompiledTests | null;
      if (tested === null) continue;
      sample.value = value;
      if (!isQuiet(tested, live.history, sample)) return false;
    }
    return true;
  };

  const takeIn = (sender: Sender, places: readonly number[], { values, sourceAt }: Columns, at: number): void => {
    const { id, device } = sender;
    device.early = 0;
    device.ahead = 0;
    device.behindSince = null;
    sample.sourceAt = sourceAt;
    for (let nth = 0; nth < places.length; nth += 1) {
      const value = values[nth] as number;
      const place = places[nth] as number;
      const live = lives[place] as PointState;
      const tested = tests[place] as CompiledTests | null;
      sample.value = value;
      if (tested !== null) stepTests(tested, live.history, sample);
      remember(live.memory, live.judgedAt, plant.remembered, sourceAt, value);
      live.judgedAt = sourceAt;
      live.goodAt = sourceAt;
      live.sourceAt = sourceAt;
      live.receivedAt = at;
      live.value = value;
      live.quality = "good";
      live.reasons = 0;
      live.device = id;
    }
    state.samples += places.length;
  };

  return {
    take: ({ at, message }) => {
      const { site, device, sequence } = message;
      const sender = senderOf(site, device);
      if (sender === null || !isDeviceCalm(message, sender.device)) return null;
      const columns = columnsOf(message.readings);
      const layout = columns === null ? null : layoutOf(sender, columns.codes);
      if (columns === null || layout === null || !isCalm(layout.places, columns, at)) return null;
      sender.device.receivedAt = at;
      if (sequence !== null) sender.device.lastSequence = sequence.last;
      if (layout.places.length > 0) takeIn(sender, layout.places, columns, at);
      return layout.places;
    },
    judged: ({ site, readings }) => {
      const codes = plant.codes.get(site);
      for (const { code } of readings) {
        const point = codes?.get(code);
        if (point === undefined) continue;
        bounds.age[point.index] = 0;
        // A rule over several points may have woken: none of them is calm for as long.
        for (const { members } of plant.jointsOf.get(point.point.id) ?? []) {
          for (const member of members) bounds.age[plant.byId.get(member)?.index as number] = 0;
        }
      }
    },
    forget: () => {
      age += 1;
    },
  };
}
