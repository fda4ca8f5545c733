// One telemetry message: cut into instants, each limit judged, each finding told to the book (semantics §1, §2, §6).
import type { Flag, TelemetryInput } from "../../contract/input.ts";
import { inSteps } from "../../contract/numbers.ts";
import type { Reading, Telemetry } from "../../contract/sample.ts";
import type { LimitSample } from "../domain/detect/limit.ts";
import { admit, judgeDoubt, type Candidate, type Doubt } from "./admit.ts";
import { checkClock, heardDevice } from "./clocks.ts";
import { hearOwn, stepHeard, type RuleStep } from "./conditions.ts";
import { enterVersion, versionAt } from "./findings.ts";
import { noteLate } from "./late.ts";
import { closePage, newPage, statusOf, type Ledger } from "./ledger.ts";
import { forgetReturn, noteLost } from "./losses.ts";
import { hearPast } from "./past.ts";
import type { CompiledRule, CompiledVersion } from "./plant.ts";
import { heardPoint, judgeFault, judgeStuck } from "./presence.ts";
import { reportRule } from "./report.ts";
import { hearRhythm } from "./rhythm.ts";
import { expectedOf, hasteOf } from "./sampling.ts";
import { addSample } from "./series.ts";
import { settle } from "./settle.ts";
import type { RuleState } from "./state.ts";
import { addChange, countFault, type Turn } from "./turn.ts";

/** What the readings that are not judged say of the sample of their point that came ahead of them in the message. */
type Doubts = Map<Candidate, readonly Doubt[]>;

/** The historian stores none of these readings. */
export function unstored({ readings }: Telemetry): readonly Flag[] {
  return readings.map((_, place) => [place, 0, 0, 0, 0]);
}

/** Judges one message; returns what the historian must know beside it, in the order of the readings. */
export function judgeMessage(turn: Turn, input: TelemetryInput): readonly Flag[] {
  const { message } = input;
  const deviceId = `${message.site}/${message.device}`;
  for (const refusal of message.refused) countFault(turn, refusal.code, refusal.example);
  const codes = turn.plant.codes.get(message.site);
  const device = turn.state.devices.get(deviceId);
  if (codes === undefined || device === undefined) {
    countFault(turn, codes === undefined ? "SITE_UNKNOWN" : "DEVICE_UNKNOWN", deviceId);
    return unstored(message);
  }
  const flags: Flag[] = [];
  const isRepeated = heardDevice(turn, device, deviceId, message);
  const past = message.readings.flatMap((one, place) => (isPast(one) ? [place] : []));
  // What is of the past says nothing of what the clock shows now.
  const ofNow = past.length === 0 ? message.readings : message.readings.filter((one) => !isPast(one));
  checkClock(turn, device, deviceId, ofNow);
  const candidates: Candidate[] = [];
  const doubts: Doubts = new Map();
  const page = newPage(turn.state.ledgers.get(deviceId) as Ledger, turn.at);
  const from = { codes, deviceId, isUntrusted: device.isUntrusted, isRepeated, page };
  for (const place of inTime(turn.at, message.readings)) {
    const reading = message.readings[place] as Reading;
    if (isPast(reading)) continue;
    const admitted = admit(turn, from, reading, place, flags);
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
  // After what is of now: a point whose present value is in the same message does not lag.
  for (const place of past) hearPast(turn, from, message.readings[place] as Reading, { place, flags });
  closePage(page, ofNow, device.isUntrusted);
  tellLearned(turn);
  return flags.toSorted((a, b) => a[0] - b[0]);
}

function isPast({ isHistorical }: Reading): boolean {
  return isHistorical === true;
}

/** What was learned of how points speak is news for every wall: by it they know what is stale. */
function tellLearned(turn: Turn): void {
  for (const id of turn.learned) addChange(turn, { type: "device", device: statusOf(turn.state, turn.plant, id) });
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
    if (ordered[place + 1]?.sourceAt !== candidate.sourceAt)
      settle(turn, { at: candidate.sourceAt, now: turn.at, isHeard: true });
  }
}

/** Judges one sample of a point by every rule that the point has. */
export function judgeSample(turn: Turn, one: Candidate): void {
  const { state, point } = one;
  const lateMs = turn.at - one.sourceAt;
  const silentAfterMs = (fromAt: number): number => expectedOf(turn.state, point.point, state, fromAt).silentAfterMs;
  const isLagging = lateMs > silentAfterMs(one.sourceAt);
  // What came between two good samples proves nothing: a gap is measured from good to good.
  const isAfterGap = state.goodAt > 0 && one.sourceAt - state.goodAt > silentAfterMs(state.goodAt);
  const isGood = one.quality === "good" || one.quality === "unknown";
  if (isGood) state.goodAt = one.sourceAt;
  if (isGood && point.windowMs > 0) addSample(state.series, point.windowMs, one.sourceAt, one.value);
  const wasBad = state.quality === "bad";
  // Another device has other promises, and perhaps another clock.
  if (state.device !== one.device) turn.touchedDue.add(`silence ${point.point.id}`);
  state.device = one.device;
  state.value = one.value;
  state.quality = one.quality;
  state.reasons = one.reasons;
  state.sourceAt = one.sourceAt;
  turn.state.samples += 1;
  turn.touchedPoints.add(point.index);
  turn.touchedMembers.add(point.point.id);
  if ((one.quality === "bad") !== wasBad) turn.touchedSites.add(point.point.site);
  // What a person reads proves nothing of the instrument: neither that it is there nor that it works.
  if (one.by === undefined) {
    hearRhythm(turn, point, state, !isLagging);
    heardPoint(turn, point, state, isLagging);
    noteLost(turn, point, state, one.sourceAt);
    judgeFault(turn, point, state, one);
    judgeStuck(turn, point, state, one);
  }
  const haste = hasteOf(turn.state, point.point, one.sourceAt);
  const sample: Omit<LimitSample, "isSaturated"> = {
    sourceAt: one.sourceAt,
    receivedAt: turn.at,
    steps: inSteps(one.value, point.step),
    quality: one.quality,
    mayReturn: !isLagging && !one.isServerTime,
    isHeard: true,
    isAfterGap,
    ...(haste === undefined ? {} : { haste }),
  };
  for (const [place, rule] of point.rules.entries()) {
    judgeRule(turn, one, rule, state.rules[place] as RuleState, sample);
  }
  if (point.point.report !== "onChange") return;
  // A tick must not return an alarm on top of a sample that is not good.
  if (!isGood) forgetReturn(state);
  turn.touchedDue.add(`exception ${point.point.id}`);
}

/** Judges one sample by one rule of its point. */
export function judgeRule(
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
  const wasOn = isAnyOn(state);
  // What lag alone keeps on, judging in order will end at its own time: back-fill first or live first, the record is one.
  if (wasOn && !mayReturn && !one.isServerTime) noteLate(turn, one.point, one.sourceAt);
  const step = version.isPlain ? stepPlain(version, state, whole) : stepKinds(one, version, state, whole);
  const own = { version, state, step, sample: whole, one };
  // What other points have to say comes first: one instant makes one transition at most.
  if (rule.isJoint) turn.ownSteps.set(rule.alarmId, own);
  else if (wasOn || isAnyOn(state)) reportRule(turn, rule, own);
}

function isAnyOn(state: RuleState): boolean {
  return state.isOrphanOn !== null || state.limits.some(({ isOn }) => isOn);
}

/** The usual rule: every limit is held against the value itself. */
function stepPlain(version: CompiledVersion, state: RuleState, sample: LimitSample): RuleStep {
  const heard = { sample, quantity: null };
  return stepHeard(
    version,
    state,
    version.limits.map(() => heard),
  );
}

function stepKinds(one: Candidate, version: CompiledVersion, state: RuleState, sample: LimitSample): RuleStep {
  const own = { sourceAt: one.sourceAt, value: one.value, quality: one.quality };
  return stepHeard(version, state, hearOwn(one.point, { version, state, series: one.state.series }, { own, sample }));
}

/**
 * Samples far behind the clock may open an alarm and, where it was they that opened it, also end it again; they never
 * return one that was raised in time (semantics §6, §7). An untrusted clock returns nothing.
 */
function mayReturnHistorically(turn: Turn, one: Candidate, rule: CompiledRule, state: RuleState): boolean {
  if (one.isServerTime || !state.limits.some((limit) => limit.isOn)) return false;
  return (turn.state.alarms.get(rule.alarmId)?.alarm.foundLateMs ?? null) !== null;
}
