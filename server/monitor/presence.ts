// Who is there: points that fall silent or lag, devices that go and come, sensors that fail (semantics §2, §6).
import type { Why } from "../../contract/alarm.ts";
import { higher, type Level } from "../../contract/level.ts";
import type { Device } from "../../contract/plant.ts";
import type { Quality } from "../../contract/sample.ts";
import { silenceLevel } from "../domain/detect/silence.ts";
import type { CompiledTests, Stuck } from "../domain/quality.ts";
import { judgeLevel } from "./book.ts";
import { judgeDevice } from "./devices.ts";
import { becauseOf } from "./findings.ts";
import { correctLeft, noteLeft } from "../domain/liveness.ts";
import { statusOf, type Ledger } from "./ledger.ts";
import { dataIdentity, forgetReturns, isGone, isToldAlone, loseRuns, noteLost, tellLoss } from "./losses.ts";
import { ladderOf, type CompiledPoint, type CompiledSite } from "./plant.ts";
import { expectedOf, forgetPromise } from "./sampling.ts";
import type { DeviceState, Loss, PointState } from "./state.ts";
import { addChange, type Turn } from "./turn.ts";

/** Since when a point's silence counts, server time. */
export function silenceStart(state: PointState): number {
  return Math.max(state.receivedAt, state.clockFrom);
}

/** Marks a point as lost, or as there again; returns what it had pending below orange when it was lost. */
export function setLoss(
  turn: Turn,
  point: CompiledPoint,
  state: PointState,
  loss: Loss | null,
  level: Level | null,
  at: number,
): string {
  const wasGone = isGone(state);
  if (state.loss !== loss) turn.touchedSites.add(point.point.site);
  if (state.loss !== loss) turn.touchedMembers.add(point.point.id);
  state.loss = loss;
  state.lossLevel = level;
  noteLost(turn, point, state, at);
  if (loss !== null) state.isVerified = false;
  turn.touchedDue.add(`silence ${point.point.id}`);
  return isGone(state) && !wasGone ? loseRuns(turn, point, state, at) : "";
}

/** A message named this point: its link lives, and its data are fresh or lag behind. */
export function heardPoint(turn: Turn, point: CompiledPoint, state: PointState, isLagging: boolean): void {
  const wasLost = state.loss !== null;
  const isFirst = state.receivedAt === 0;
  state.receivedAt = turn.at;
  if (isFirst) turn.touchedDue.add(`silence ${point.point.id}`);
  if (isLagging) {
    state.laggingSince ??= turn.at;
    const expected = expectedOf(turn.state, point.point, state, state.laggingSince);
    const level = higher("blue", silenceLevel(ladderOf(point, expected, true), turn.at - state.laggingSince));
    if (state.loss === "lagging" && state.lossLevel === level) return;
    setLoss(turn, point, state, "lagging", level, turn.at);
    tellLoss(turn, point, state, turn.at, "");
    return;
  }
  state.laggingSince = null;
  if (!state.isVerified) turn.touchedSites.add(point.point.site);
  state.isVerified = true;
  if (!wasLost) return;
  setLoss(turn, point, state, null, null, turn.at);
  state.isVerified = true;
  tellLoss(turn, point, state, turn.at, "");
  judgeDevice(turn, state.device, turn.at, "");
}

/** What a reading says of its sensor. */
interface Seen {
  readonly quality: Quality;
  readonly value: number | null;
  readonly reasons: number;
}

/** A bad value on a point that may raise red is a data alarm at once; a good one ends it. */
export function judgeFault(turn: Turn, point: CompiledPoint, state: PointState, seen: Seen): void {
  const { quality, value, reasons } = seen;
  const isBad = quality === "bad";
  if (!point.isRedCapable || isBad === state.isFaulty) return;
  if (!isBad && quality !== "good" && quality !== "unknown") return;
  state.isFaulty = isBad;
  judgeLevel(turn, dataIdentity(point, "fault"), isBad ? "yellow" : null, {
    at: turn.at,
    now: turn.at,
    why: {
      code: isBad ? "sensorFault" : "faultEnded",
      values: { ...(value === null ? {} : { value }), ...(isBad ? becauseOf(reasons) : {}) },
    },
    actor: { kind: "device", id: state.device, tier: null },
    value,
    quality,
  });
}

/**
 * A value that has not moved, or hardly moves, for longer than its kind allows is a data alarm of the point: its sensor is
 * stuck. Only a value that moves again ends it: what is bad or over range moves nothing.
 */
export function judgeStuck(
  turn: Turn,
  point: CompiledPoint,
  state: PointState,
  { stuck, quality, value }: Seen & { readonly stuck: Stuck | null; readonly value: number },
): void {
  const level = stuck?.level ?? null;
  const provesNothing = quality === "bad" || quality === "saturated" || quality === "missing";
  if (level === state.stuckLevel || provesNothing) return;
  state.stuckLevel = level;
  turn.touchedSites.add(point.point.site);
  judgeLevel(turn, dataIdentity(point, "stuck"), level, {
    at: turn.at,
    now: turn.at,
    why: whyStuck(point, stuck, value),
    actor: { kind: "rule", id: "stuck", tier: null },
    value,
    quality,
  });
}

function whyStuck({ tests }: CompiledPoint, stuck: Stuck | null, value: number): Why {
  if (stuck === null) return { code: "sensorMoves", values: { value } };
  if (stuck.test === "flatLine") return { code: "flatLine", values: { value, since: stuck.since } };
  return { code: "signalAttenuated", values: { value, windowMs: (tests as CompiledTests).windowMs } };
}

/**
 * The points whose silence has come to its next level at one instant, judged together: more than three of one device
 * are one device alarm, else each speaks for itself.
 */
export function silencePoints(turn: Turn, points: readonly CompiledPoint[], at: number): void {
  const pending = new Map<string, string>();
  const devices = new Map<string, string[]>();
  for (const point of points) {
    const state = turn.state.points.get(point.point.id) as PointState;
    const isEverHeard = state.receivedAt > 0;
    const start = silenceStart(state);
    const expected = expectedOf(turn.state, point.point, state, start);
    const level = silenceLevel(ladderOf(point, expected, isEverHeard), at - start);
    // A loss never looks better before the point was heard: not after it lagged, nor with something pending.
    const kept = higher(level, state.lossLevel);
    const named = setLoss(turn, point, state, isEverHeard ? "silent" : "neverHeard", kept, at);
    pending.set(point.point.id, named);
    devices.set(state.device, [...(devices.get(state.device) ?? []), named]);
  }
  for (const [device, named] of devices) judgeDevice(turn, device, at, named.join("; "));
  for (const point of points) {
    const state = turn.state.points.get(point.point.id) as PointState;
    const isCovered = (turn.state.devices.get(state.device)?.lossLevel ?? null) !== null;
    if (isCovered && !isToldAlone(turn, point)) continue;
    const own = pending.get(point.point.id) as string;
    if (own !== "") state.lossLevel = higher(state.lossLevel, "yellow");
    tellLoss(turn, point, state, at, own);
  }
}

/** A device came or went, and how it went: a last word of that corrects the first. */
export function hearLink(
  turn: Turn,
  id: string,
  device: DeviceState,
  { online, isGraceful }: { readonly online: boolean; readonly isGraceful: boolean },
): void {
  const status = online ? "online" : "offline";
  const isOther = isGraceful !== device.isGraceful;
  device.isGraceful = isGraceful;
  turn.touchedDue.add(`device ${id}`);
  if (device.status !== status) return setDeviceStatus(turn, id, device, status);
  if (online || !isOther) return undefined;
  correctLeft((turn.state.ledgers.get(id) as Ledger).tally, isGraceful);
  return addChange(turn, { type: "device", device: statusOf(turn.state, turn.plant, id) });
}

/** Changes whether a device is there, and everything that follows from it. */
export function setDeviceStatus(turn: Turn, id: string, device: DeviceState, status: "online" | "offline"): void {
  device.status = status;
  device.since = turn.at;
  device.lossJudgedAt = turn.at;
  const { site } = turn.plant.devices.get(id) as Device;
  turn.touchedSites.add(site);
  turn.touchedDue.add(`device ${id}`);
  turn.touchedDue.add(`order ${id}`);
  if (status === "offline") noteLeft((turn.state.ledgers.get(id) as Ledger).tally, turn.at, device.isGraceful);
  addChange(turn, { type: "device", device: statusOf(turn.state, turn.plant, id) });
  const named: string[] = [];
  for (const point of (turn.plant.sites.get(site) as CompiledSite).points) {
    const state = turn.state.points.get(point.point.id) as PointState;
    if (state.device !== id) continue;
    noteLost(turn, point, state, turn.at);
    if (status === "offline") {
      named.push(loseRuns(turn, point, state, turn.at));
      continue;
    }
    restartSilence(turn, point, state);
    turn.touchedDue.add(`exception ${point.point.id}`);
  }
  if (status === "online") {
    device.clockFrom = turn.at;
    device.pending = "";
    forgetPromise(turn.state, site, id);
  } else forgetReturns(turn, id);
  judgeDevice(turn, id, turn.at, named.join("; "));
}

/** The link is back: the silence clock of the point starts anew, but its value stays unverified until a fresh one. */
export function restartSilence(turn: Turn, point: CompiledPoint, state: PointState): void {
  state.clockFrom = turn.at;
  turn.touchedDue.add(`silence ${point.point.id}`);
  if (!isGone(state)) return;
  setLoss(turn, point, state, null, null, turn.at);
  tellLoss(turn, point, state, turn.at, "");
}
