// One telemetry message: cut into instants, each limit judged, each finding told to the book (semantics §1, §2, §6).
import type { Why } from "../../contract/alarm.ts";
import type { Flag, TelemetryInput } from "../../contract/input.ts";
import { inSteps } from "../../contract/numbers.ts";
import type { Reading } from "../../contract/sample.ts";
import { isBeyond, stepLimit, type LimitSample, type LimitState } from "../domain/detect/limit.ts";
import { admit, judgeDoubt, type Candidate, type Doubt } from "./admit.ts";
import { judgeLevel, trackPeak } from "./book.ts";
import { checkClock, heardDevice } from "./clocks.ts";
import { becauseOf, enterVersion, findingOf, identityOf, returnedSinceOf, versionAt, whyCodeOf } from "./findings.ts";
import { forgetReturn } from "./losses.ts";
import type { CompiledRule, CompiledVersion } from "./plant.ts";
import { heardPoint, judgeFault, judgeStuck } from "./presence.ts";
import { rollUpTouched } from "./rollups.ts";
import type { RuleState } from "./state.ts";
import { countFault, type Turn } from "./turn.ts";

/** What the readings that are not judged say of the sample of their point that came ahead of them in the message. */
type Doubts = Map<Candidate, readonly Doubt[]>;

/** Judges one message; returns what the historian must know beside it, in the order of the readings. */
export function judgeMessage(turn: Turn, input: TelemetryInput): readonly Flag[] {
  const { message } = input;
  const deviceId = `${message.site}/${message.device}`;
  for (const refusal of message.refused) countFault(turn, refusal.code, refusal.example);
  const codes = turn.plant.codes.get(message.site);
  const device = turn.state.devices.get(deviceId);
  if (codes === undefined || device === undefined) {
    countFault(turn, codes === undefined ? "SITE_UNKNOWN" : "DEVICE_UNKNOWN", deviceId);
    return message.readings.map((_, place) => [place, 0, 0, 0, 0]);
  }
  const flags: Flag[] = [];
  const isRepeated = heardDevice(turn, device, deviceId, message);
  checkClock(turn, device, deviceId, message.readings);
  const candidates: Candidate[] = [];
  const doubts: Doubts = new Map();
  const from = { codes, deviceId, isUntrusted: device.isUntrusted, isRepeated };
  for (const place of inTime(turn.at, message.readings)) {
    const admitted = admit(turn, from, message.readings[place] as Reading, place, flags);
    if (admitted === null) continue;
    if ("quality" in admitted) {
      candidates.push(admitted);
      continue;
    }
    const before = candidates.findLast(({ point }) => point === admitted.point);
    if (before === undefined) judgeDoubt(turn, admitted);
    else doubts.set(before, [...(doubts.get(before) ?? []), admitted]);
  }
  judgeInstants(turn, candidates, doubts);
  return flags.toSorted((a, b) => a[0] - b[0]);
}

/** The places of the readings in order of their times: a device may write a message newest first (semantics §1, Instants). */
function inTime(now: number, readings: readonly Reading[]): readonly number[] {
  const places = readings.map((_, place) => place);
  const timeOf = (place: number): number => readings[place]?.sourceAt ?? now;
  const isAscending = places.every((place) => place === 0 || timeOf(place - 1) <= timeOf(place));
  return isAscending ? places : places.toSorted((a, b) => timeOf(a) - timeOf(b));
}

/** Judges instant by instant, ascending over all points of the message; roll-ups once an instant. */
function judgeInstants(turn: Turn, candidates: readonly Candidate[], doubts: Doubts): void {
  const isOneInstant = candidates.every((one) => one.sourceAt === candidates[0]?.sourceAt);
  const ordered = isOneInstant ? candidates : candidates.toSorted((a, b) => a.sourceAt - b.sourceAt);
  for (const [place, candidate] of ordered.entries()) {
    judgeSample(turn, candidate);
    for (const doubt of doubts.get(candidate) ?? []) judgeDoubt(turn, doubt);
    if (ordered[place + 1]?.sourceAt !== candidate.sourceAt) rollUpTouched(turn, candidate.sourceAt, turn.at);
  }
}

function judgeSample(turn: Turn, one: Candidate): void {
  const { state, point } = one;
  const lateMs = turn.at - one.sourceAt;
  const isLagging = lateMs > point.point.silentAfterMs;
  // What came between two good samples proves nothing: a gap is measured from good to good.
  const isAfterGap = state.goodAt > 0 && one.sourceAt - state.goodAt > point.point.silentAfterMs;
  const isGood = one.quality === "good" || one.quality === "unknown";
  if (isGood) state.goodAt = one.sourceAt;
  const wasBad = state.quality === "bad";
  state.device = one.device;
  state.value = one.value;
  state.quality = one.quality;
  state.reasons = one.reasons;
  state.sourceAt = one.sourceAt;
  turn.state.samples += 1;
  turn.touchedPoints.add(point.index);
  if ((one.quality === "bad") !== wasBad) turn.touchedSites.add(point.point.site);
  heardPoint(turn, point, state, isLagging);
  judgeFault(turn, point, state, one);
  judgeStuck(turn, point, state, one);
  const sample: Omit<LimitSample, "isSaturated"> = {
    sourceAt: one.sourceAt,
    receivedAt: turn.at,
    steps: inSteps(one.value, point.step),
    quality: one.quality,
    mayReturn: !isLagging && !one.isServerTime,
    isAfterGap,
  };
  for (const [place, rule] of point.rules.entries()) {
    judgeRule(turn, one, rule, state.rules[place] as RuleState, sample);
  }
  if (point.point.report !== "onChange") return;
  // A tick must not return an alarm on top of a sample that is not good.
  if (!isGood) forgetReturn(state);
  turn.touchedDue.add(`exception ${point.point.id}`);
}

function judgeRule(
  turn: Turn,
  one: Candidate,
  rule: CompiledRule,
  state: RuleState,
  sample: Omit<LimitSample, "isSaturated">,
): void {
  const version = versionAt(rule, one.sourceAt);
  if (version === undefined) return;
  if (state.version !== version.version) enterVersion(state, version);
  const isSaturated = one.side === rule.rule.direction && one.quality === "saturated";
  const mayReturn = sample.mayReturn || mayReturnHistorically(turn, one, rule, state);
  const whole: LimitSample = { ...sample, isSaturated, mayReturn };
  const before = state.limits;
  let isAnyOn = state.isOrphanOn !== null;
  let isChanged = false;
  const after = before.map((limit, place) => {
    const next = stepLimit((version.limits[place] as CompiledVersion["limits"][number]).limit, limit, whole);
    isAnyOn ||= next.isOn || limit.isOn;
    isChanged ||= next !== limit;
    return next;
  });
  if (isChanged) state.limits = after;
  if (!isAnyOn) return;
  // What the version in force no longer has ends by a good sample beyond every deadband that it has.
  const isGood = one.quality === "good" || one.quality === "unknown";
  const isOrphanDone = isGood && mayReturn && version.limits.every(({ limit }) => isBeyond(limit, sample.steps));
  if (isOrphanDone) state.isOrphanOn = null;
  reportRule(turn, one, rule, version, state, before, whole);
}

/**
 * Samples far behind the clock may open an alarm and, where it was they that opened it, also end it again; they never
 * return one that was raised in time (semantics §6, §7). An untrusted clock returns nothing.
 */
function mayReturnHistorically(turn: Turn, one: Candidate, rule: CompiledRule, state: RuleState): boolean {
  if (one.isServerTime || !state.limits.some((limit) => limit.isOn)) return false;
  return (turn.state.alarms.get(rule.alarmId)?.alarm.foundLateMs ?? null) !== null;
}

function reportRule(
  turn: Turn,
  one: Candidate,
  rule: CompiledRule,
  version: CompiledVersion,
  state: RuleState,
  before: readonly LimitState[],
  sample: LimitSample,
): void {
  const finding = findingOf(version, state);
  const limit = version.limits[finding.place]?.limit.limit;
  const lateMs = turn.at - one.sourceAt;
  const foundLateMs = lateMs > turn.plant.plan.lateAfterMs ? lateMs : null;
  const standing = turn.state.alarms.get(rule.alarmId);
  const wasFoundLateMs = standing?.alarm.foundLateMs ?? null;
  const isCaughtUp = foundLateMs === null && wasFoundLateMs !== null && finding.level !== null;
  const why: Why = {
    code: whyCodeOf(finding.level, standing?.alarm.level ?? null, { ...sample, isCaughtUp }),
    values: {
      value: one.value,
      ...(limit === undefined ? {} : { setpoint: limit.setpoint }),
      ...(isCaughtUp ? { lateMs: wasFoundLateMs } : {}),
      ...becauseOf(one.reasons),
    },
  };
  judgeLevel(turn, identityOf(one.point, rule), finding.level, {
    at: one.sourceAt,
    now: turn.at,
    why,
    actor: { kind: "rule", id: rule.rule.id, tier: null },
    violatedSince: state.limits[finding.place]?.violatedSince ?? null,
    returnedSince: finding.level === null ? (returnedSinceOf(before) ?? one.sourceAt) : null,
    value: one.value,
    setpoint: limit?.setpoint ?? null,
    deadband: limit?.deadband ?? null,
    quality: one.quality,
    ruleVersion: version.version,
    isSaturated: finding.level !== null && (sample.isSaturated || finding.isSaturated),
    foundLateMs,
    // What was found late and is still on now that its point has caught up annunciates with this very step.
    isCaughtUp,
  });
  if (standing === undefined || finding.level === null || one.quality === "bad") return;
  trackPeak(standing, one.value, one.sourceAt);
}
