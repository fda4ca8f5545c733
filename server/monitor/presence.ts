// Who is there: points that fall silent or lag, devices that go and come, sensors that fail (semantics §2, §6).
import type { Why, WhyCode } from "../../contract/alarm.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";
import type { Quality } from "../../contract/sample.ts";
import { loseWhileViolating } from "../domain/detect/limit.ts";
import { silenceLadder, silenceLevel } from "../domain/detect/silence.ts";
import { judgeLevel, type Identity } from "./book.ts";
import { judgeDevice } from "./devices.ts";
import { findingOf, identityOf, versionOf } from "./findings.ts";
import type { CompiledPoint } from "./plant.ts";
import type { DeviceState, Loss, PointState } from "./state.ts";
import { addChange, type Turn } from "./turn.ts";

function dataIdentity(point: CompiledPoint, rule: string): Identity {
  return {
    source: { kind: "point", id: point.point.id },
    site: point.point.site,
    rule,
    direction: "none",
    isData: true,
    isLatching: false,
  };
}

/** Since when a point's silence counts, server time. */
export function silenceStart(state: PointState): number {
  return Math.max(state.receivedAt, state.clockFrom);
}

function tellLoss(turn: Turn, point: CompiledPoint, state: PointState, at: number, pending: string): void {
  const code: WhyCode = state.loss ?? "heardAgain";
  const why: Why = { code, values: { lastHeardAt: state.receivedAt, ...(pending === "" ? {} : { pending }) } };
  judgeLevel(turn, dataIdentity(point, "silence"), state.lossLevel, {
    at,
    now: at,
    why,
    actor: { kind: "device", id: state.device, tier: null },
  });
}

/** What every rule of a lost point has pending: orange and red go on at once, blue and yellow are named. */
export function loseRuns(turn: Turn, point: CompiledPoint, state: PointState, at: number): string {
  const named: string[] = [];
  for (const [place, rule] of point.rules.entries()) {
    const runs = state.rules[place];
    const version = runs === undefined ? undefined : versionOf(rule, runs);
    if (runs === undefined || version === undefined) continue;
    const isPending = runs.limits.map((limit) => !limit.isOn && limit.violatedSince !== null);
    for (const [nth, { level }] of version.limits.entries()) {
      if (isPending[nth] === true && rankOf(level) < rankOf("orange")) named.push(`${rule.rule.direction} ${level}`);
    }
    const before = findingOf(version, runs).level;
    runs.limits = runs.limits.map((limit, nth) =>
      rankOf(version.limits[nth]?.level ?? null) >= rankOf("orange") ? loseWhileViolating(limit) : limit,
    );
    const finding = findingOf(version, runs);
    if (finding.level === before) continue;
    const limit = version.limits[finding.place]?.limit.limit;
    judgeLevel(turn, identityOf(point, rule), finding.level, {
      at,
      now: at,
      why: { code: "lostWhileViolating", values: { lastValue: state.value ?? 0 } },
      actor: { kind: "rule", id: rule.rule.id, tier: null },
      violatedSince: runs.limits[finding.place]?.violatedSince ?? null,
      value: state.value,
      setpoint: limit?.setpoint ?? null,
      deadband: limit?.deadband ?? null,
      quality: state.quality,
      ruleVersion: version.version,
    });
  }
  return named.join(", ");
}

/** Marks a point as lost, or as there again; returns what it had pending below orange when it was lost. */
export function setLoss(turn: Turn, point: CompiledPoint, state: PointState, loss: Loss | null, level: Level | null, at: number): string {
  const wasGone = state.loss === "silent" || state.loss === "neverHeard";
  const isGone = loss === "silent" || loss === "neverHeard";
  if (state.loss !== loss) turn.touchedSites.add(point.point.site);
  state.loss = loss;
  state.lossLevel = level;
  if (loss !== null) state.isVerified = false;
  turn.touchedDue.add(`silence ${point.point.id}`);
  return isGone && !wasGone ? loseRuns(turn, point, state, at) : "";
}

/** A message named this point: its link lives, and its data are fresh or lag behind. */
export function heardPoint(turn: Turn, point: CompiledPoint, state: PointState, isLagging: boolean): void {
  const wasLost = state.loss !== null;
  const isFirst = state.receivedAt === 0;
  state.receivedAt = turn.at;
  if (isFirst) turn.touchedDue.add(`silence ${point.point.id}`);
  if (isLagging) {
    state.laggingSince ??= turn.at;
    const level = higher("blue", silenceLevel(silenceLadder(point.point, true), turn.at - state.laggingSince));
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

/** A bad value on a point that may raise red is a data alarm at once; a good one ends it. */
export function judgeFault(turn: Turn, point: CompiledPoint, state: PointState, quality: Quality, value: number): void {
  const isBad = quality === "bad";
  if (!point.isRedCapable || isBad === state.isFaulty) return;
  if (!isBad && quality !== "good" && quality !== "unknown") return;
  state.isFaulty = isBad;
  judgeLevel(turn, dataIdentity(point, "fault"), isBad ? "yellow" : null, {
    at: turn.at,
    now: turn.at,
    why: { code: isBad ? "sensorFault" : "faultEnded", values: { value } },
    actor: { kind: "device", id: state.device, tier: null },
    value,
    quality,
  });
}

/**
 * The points whose silence has come to its next level at one instant, judged together: more than three of one device
 * are one device alarm, else each speaks for itself.
 */
export function silencePoints(turn: Turn, points: readonly CompiledPoint[], at: number): void {
  const pending = new Map<string, string[]>();
  for (const point of points) {
    const state = turn.state.points.get(point.point.id) as PointState;
    const isEverHeard = state.receivedAt > 0;
    const level = silenceLevel(silenceLadder(point.point, isEverHeard), at - silenceStart(state));
    const kept = state.loss === "lagging" ? higher(level, state.lossLevel) : level;
    const named = setLoss(turn, point, state, isEverHeard ? "silent" : "neverHeard", kept, at);
    const ofDevice = pending.get(state.device) ?? [];
    if (named !== "") ofDevice.push(`${point.point.code}: ${named}`);
    pending.set(state.device, ofDevice);
  }
  for (const [device, named] of pending) judgeDevice(turn, device, at, named.join("; "));
  for (const point of points) {
    const state = turn.state.points.get(point.point.id) as PointState;
    const isCovered = (turn.state.devices.get(state.device)?.lossLevel ?? null) !== null;
    if (isCovered && !turn.state.alarms.has(`${point.point.id}~silence`)) continue;
    const own = (pending.get(state.device) ?? []).filter((text) => text.startsWith(`${point.point.code}: `)).join("; ");
    if (own !== "") state.lossLevel = higher(state.lossLevel, "yellow");
    tellLoss(turn, point, state, at, own);
  }
}

/** Changes whether a device is there, and everything that follows from it. */
export function setDeviceStatus(turn: Turn, id: string, device: DeviceState, status: "online" | "offline"): void {
  device.status = status;
  device.since = turn.at;
  device.lossJudgedAt = turn.at;
  const site = turn.plant.devices.get(id)?.site ?? "";
  turn.touchedSites.add(site);
  turn.touchedDue.add(`device ${id}`);
  addChange(turn, { type: "device", device: { id, state: status, since: turn.at } });
  const named: string[] = [];
  for (const point of turn.plant.sites.get(site)?.points ?? []) {
    const state = turn.state.points.get(point.point.id) as PointState;
    if (state.device !== id) continue;
    if (status === "offline") {
      const pending = loseRuns(turn, point, state, turn.at);
      if (pending !== "") named.push(`${point.point.code}: ${pending}`);
    } else restartSilence(turn, point, state);
  }
  if (status === "online") device.clockFrom = turn.at;
  judgeDevice(turn, id, turn.at, named.join("; "));
}

/** The link is back: the silence clock of the point starts anew, but its value stays unverified until a fresh one. */
export function restartSilence(turn: Turn, point: CompiledPoint, state: PointState): void {
  state.clockFrom = turn.at;
  turn.touchedDue.add(`silence ${point.point.id}`);
  if (state.loss !== "silent" && state.loss !== "neverHeard") return;
  setLoss(turn, point, state, null, null, turn.at);
  tellLoss(turn, point, state, turn.at, "");
}
