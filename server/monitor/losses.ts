// What the loss of a point means for its rules and its data alarm (semantics §2, §6): lost is never normal.
import type { Why, WhyCode } from "../../contract/alarm.ts";
import { rankOf } from "../../contract/level.ts";
import { loseWhileViolating, withoutOffRun } from "../domain/detect/limit.ts";
import { judgeLevel, type Identity } from "./book.ts";
import { findingOf, identityOf, versionOf } from "./findings.ts";
import type { CompiledPoint, CompiledVersion } from "./plant.ts";
import type { PointState, RuleState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** The identity of a point's data alarm. */
export function dataIdentity(point: CompiledPoint, rule: string): Identity {
  return {
    source: { kind: "point", id: point.point.id },
    site: point.point.site,
    rule,
    direction: "none",
    isData: true,
    isLatching: false,
  };
}

/** True where nothing comes from the point any more, or never did. */
export function isGone(state: PointState): boolean {
  return state.loss === "silent" || state.loss === "neverHeard";
}

/** True where nothing believable comes from a point that was heard: it is gone, its newest value is bad, or its device is not there. */
function isLost(turn: Turn, point: CompiledPoint, live: PointState): boolean {
  if (live.receivedAt === 0) return false;
  const isByException = point.point.report === "onChange";
  const isDeviceGone = isByException && turn.state.devices.get(live.device)?.status !== "online";
  return isGone(live) || live.quality === "bad" || isDeviceGone;
}

/** Keeps since when a point has been lost, and tells the rules of several points where that changes. */
export function noteLost(turn: Turn, point: CompiledPoint, live: PointState, at: number): void {
  if (isLost(turn, point, live) === live.lostAt > 0) return;
  live.lostAt = live.lostAt > 0 ? 0 : at;
  turn.touchedMembers.add(point.point.id);
}

/** True where the point's loss is told by an alarm of its own. */
export function isToldAlone(turn: Turn, point: CompiledPoint): boolean {
  return turn.state.alarms.get(`${point.point.id}~silence`)?.alarm.isOpen === true;
}

/** Tells the book how much of the point is lost now. */
export function tellLoss(turn: Turn, point: CompiledPoint, state: PointState, at: number, pending: string): void {
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
    const runs = state.rules[place] as RuleState;
    const version = versionOf(rule, runs);
    if (version === undefined) continue;
    const levelAt = (nth: number): CompiledVersion["limits"][number]["level"] =>
      (version.limits[nth] as CompiledVersion["limits"][number]).level;
    for (const [nth, limit] of runs.limits.entries()) {
      const isPending = !limit.isOn && limit.violatedSince !== null;
      if (isPending && rankOf(levelAt(nth)) < rankOf("orange")) named.push(`${rule.rule.direction} ${levelAt(nth)}`);
    }
    const before = findingOf(version, runs).level;
    runs.limits = runs.limits.map((limit, nth) =>
      rankOf(levelAt(nth)) >= rankOf("orange") ? loseWhileViolating(limit) : limit,
    );
    const finding = findingOf(version, runs);
    if (finding.level === before) continue;
    const limit = (version.limits[finding.place] as CompiledVersion["limits"][number]).limit.limit;
    judgeLevel(turn, identityOf(point, rule), finding.level, {
      at,
      now: at,
      why: { code: "lostWhileViolating", values: { lastValue: state.value } },
      actor: { kind: "rule", id: rule.rule.id, tier: null },
      violatedSince: (runs.limits[finding.place] as RuleState["limits"][number]).violatedSince,
      value: state.value,
      setpoint: limit.setpoint,
      deadband: limit.deadband,
      quality: state.quality,
      ruleVersion: version.version,
      isSaturated: finding.isSaturated,
    });
  }
  return named.length === 0 ? "" : `${point.point.code}: ${named.join(", ")}`;
}

/**
 * Points that report by exception have their off-delays completed by ticks. Where nobody can know whether a change was
 * missed (device or broker gone, server away, clock not to be trusted), what has begun to end begins anew with the next
 * good sample. `device` null means every device.
 */
export function forgetReturns(turn: Turn, device: string | null): void {
  for (const point of turn.plant.byException) {
    const state = turn.state.points.get(point.point.id) as PointState;
    if (device === null || state.device === device) forgetReturn(state);
  }
}

/** What has begun to end at this point begins anew with its next good sample. */
export function forgetReturn(state: PointState): void {
  for (const runs of state.rules) runs.limits = runs.limits.map(withoutOffRun);
}
