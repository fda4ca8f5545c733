// The book of standing alarms: leads each through the machine and writes down every step as a numbered change.
import type { Actor, AlarmView, Source, Why } from "../../contract/alarm.ts";
import { rankOf, type Level } from "../../contract/level.ts";
import type { Quality } from "../../contract/sample.ts";
import { annunciate, moveLevel, stateOf, restingAlarm, tierViews, type Alarm, type Duties } from "../domain/alarm.ts";
import { standAt } from "../domain/mark.ts";
import { chatteringUntil, isFleeting, longStandingAt, move, noActivity } from "../domain/nuisance.ts";
import { noteAnnunciation } from "./floods.ts";
import { joinGroup } from "./groups.ts";
import { hearStep } from "./incidents.ts";
import { alarmId } from "./plant.ts";
import { dutiesFor } from "./routing.ts";
import type { StandingAlarm } from "./state.ts";
import { addChange, type Turn } from "./turn.ts";

/** What an alarm is about; with its rule and direction it is the alarm's identity. */
export interface Identity {
  readonly source: Source;
  readonly site: string | null;
  readonly rule: string;
  readonly direction: "high" | "low" | "none";
  readonly isData: boolean;
  readonly isLatching: boolean;
}

/** What is written beside a step. */
export interface Evidence {
  /** Event time, epoch ms. */
  readonly at: number;
  /** Server time at which the step takes place: the input's, or the due instant of a deadline. */
  readonly now: number;
  readonly why: Why;
  readonly actor: Actor;
  readonly violatedSince?: number | null;
  readonly returnedSince?: number | null;
  readonly value?: number | null;
  readonly setpoint?: number | null;
  readonly deadband?: number | null;
  readonly quality?: Quality | null;
  readonly ruleVersion?: number;
  readonly isSaturated?: boolean;
  readonly foundLateMs?: number | null;
  readonly isCaughtUp?: boolean;
  readonly reason?: string | null;
  readonly followers?: readonly string[];
}

/** A standing alarm as a wall shows it. */
export function viewOf(standing: StandingAlarm): AlarmView {
  const { alarm, activity, isLatching, deadband: _, ...rest } = standing;
  return {
    ...rest,
    occurrence: alarm.occurrence,
    revision: alarm.revision,
    state: stateOf(alarm),
    level: alarm.level,
    latchedLevel: alarm.latchedLevel,
    foundLateMs: alarm.foundLateMs,
    needsMeasurement: alarm.needsMeasurement,
    tiers: tierViews(alarm, standing.marks.length > 0),
    chatteringUntil: chatteringUntil(activity, isLatching),
    isFleeting: isFleeting(activity),
    longStandingAt: longStandingAt(activity),
  };
}

/** An alarm that never was on. */
export function newStanding(identity: Identity, id: string, evidence: Evidence, level: Level): StandingAlarm {
  return {
    ...identity,
    id,
    alarm: restingAlarm,
    ruleVersion: evidence.ruleVersion ?? 1,
    openedAt: evidence.at,
    violatedSince: null,
    returnedAt: null,
    peakLevel: level,
    peakValue: null,
    peakAt: evidence.at,
    value: null,
    setpoint: null,
    deadband: null,
    quality: null,
    why: evidence.why,
    isRuleChanged: false,
    followers: [],
    marks: [],
    group: null,
    isFirstOut: false,
    activity: noActivity,
  };
}

/** Keeps the worst value of an open alarm, sample by sample. */
export function trackPeak(standing: StandingAlarm, value: number, at: number): void {
  const worst = standing.peakValue;
  const isWorse = worst === null || (standing.direction === "low" ? value < worst : value > worst);
  if (!isWorse) return;
  standing.peakValue = value;
  standing.peakAt = at;
}

function writeEvidence(standing: StandingAlarm, before: Alarm, evidence: Evidence): void {
  const { alarm } = standing;
  const isNew = alarm.occurrence !== before.occurrence;
  if (isNew) {
    standing.openedAt = evidence.at;
    standing.peakLevel = alarm.level as Level;
    standing.peakValue = evidence.value ?? null;
    standing.peakAt = evidence.at;
    standing.isRuleChanged = false;
    delete standing.isAmended;
  } else {
    standing.isRuleChanged ||= evidence.ruleVersion !== undefined && evidence.ruleVersion !== standing.ruleVersion;
    if (rankOf(alarm.level) > rankOf(standing.peakLevel)) standing.peakLevel = alarm.level as Level;
    if (alarm.level !== null && evidence.value != null) trackPeak(standing, evidence.value, evidence.at);
  }
  standing.ruleVersion = evidence.ruleVersion ?? standing.ruleVersion;
  standing.why = evidence.why;
  standing.followers = evidence.followers ?? standing.followers;
  if (evidence.value !== undefined) {
    standing.value = evidence.value;
    standing.setpoint = evidence.setpoint ?? null;
    standing.deadband = evidence.deadband ?? null;
    standing.quality = evidence.quality as Quality | null;
  }
  if (alarm.level !== null || alarm.occurrence === 0) standing.returnedAt = null;
  else standing.returnedAt = standing.returnedAt ?? evidence.at;
  if (alarm.level !== before.level || isNew) {
    standing.activity = move(standing.activity, alarm.level !== null, evidence.at);
  }
  if (alarm.level !== null && evidence.violatedSince != null) standing.violatedSince = evidence.violatedSince;
}

/** Puts the alarm's next state into the book and writes the step down. */
export function writeStep(turn: Turn, standing: StandingAlarm, after: Alarm, evidence: Evidence): void {
  const before = standing.alarm;
  standing.alarm = after;
  writeEvidence(standing, before, evidence);
  const transition = {
    seq: turn.state.seq + 1,
    at: evidence.at,
    violatedSince: standing.violatedSince,
    returnedSince: evidence.returnedSince ?? null,
    recordedAt: turn.at,
    alarm: standing.id,
    occurrence: after.occurrence,
    revision: after.revision,
    source: standing.source,
    rule: standing.rule,
    ruleVersion: standing.ruleVersion,
    from: stateOf(before),
    to: stateOf(after),
    fromLevel: before.level,
    level: after.level,
    value: standing.value,
    setpoint: standing.setpoint,
    deadband: standing.deadband,
    quality: standing.quality,
    why: evidence.why,
    actor: evidence.actor,
    reason: evidence.reason ?? null,
    foundLateMs: evidence.foundLateMs ?? null,
    marks: standing.marks,
    cause: turn.number,
    drill: false,
  };
  addChange(turn, { type: "alarm", transition, alarm: viewOf(standing) });
  turn.touchedDue.add(`reAlarm ${standing.id}`);
  turn.touchedSources.add(standing.source.id);
  if (standing.site !== null) turn.touchedSites.add(standing.site);
  hearStep(turn, standing, transition, evidence.now);
}

/** True where a step is worth a record: a level, a revision, a latch, what its reset needs, or the occurrence itself has changed. */
function isStep(before: Alarm, after: Alarm): boolean {
  return (
    before.level !== after.level ||
    before.revision !== after.revision ||
    before.latchedLevel !== after.latchedLevel ||
    before.needsMeasurement !== after.needsMeasurement ||
    before.occurrence !== after.occurrence ||
    before.isOpen !== after.isOpen
  );
}

/** Ends the marks that the alarm has outgrown; where none is left it asks everybody, whoever knew of that level before. */
export function outgrow(standing: StandingAlarm, moved: Alarm, now: number, duties: Duties): Alarm {
  const { alarm: before, marks } = standing;
  standing.marks = standAt(marks, moved.level);
  const isEnded = marks.length > 0 && standing.marks.length === 0;
  const since = moved.occurrence === before.occurrence ? before.revision : 0;
  return isEnded ? annunciate(moved, since, now, duties) : moved;
}

/** Joins the event group of the alarm's opening; an alarm that was taken for the first of it until now says so. */
export function openInGroup(turn: Turn, standing: StandingAlarm, at: number): () => void {
  const displaced = joinGroup(turn.state, standing, at);
  return () => {
    if (displaced === null) return;
    writeStep(turn, displaced, displaced.alarm, {
      at,
      now: turn.at,
      why: { code: "firstOutMoved", values: { group: displaced.group as string } },
      actor: { kind: "rule", id: "firstOut", tier: null },
    });
  };
}

/** Tells the book what level a detector finds on now; the book writes a step only where something changes. */
export function judgeLevel(turn: Turn, identity: Identity, level: Level | null, evidence: Evidence): void {
  const id = alarmId(identity.source.id, identity.rule, identity.direction);
  let standing = turn.state.alarms.get(id);
  if (standing === undefined) {
    if (level === null) return;
    standing = newStanding(identity, id, evidence, level);
    turn.state.alarms.set(id, standing);
  }
  const step = {
    level,
    now: evidence.now,
    isLatching: identity.isLatching,
    isSaturated: evidence.isSaturated ?? false,
    foundLateMs: evidence.foundLateMs ?? null,
    isCaughtUp: evidence.isCaughtUp ?? false,
  };
  const before = standing.alarm;
  const duties = dutiesFor(turn.plant.routing, identity);
  const after = outgrow(standing, moveLevel(before, step, duties), evidence.now, duties);
  if (!isStep(before, after)) return;
  const isOpening = after.occurrence !== before.occurrence;
  const tellDisplaced = isOpening ? openInGroup(turn, standing, evidence.at) : null;
  writeStep(turn, standing, after, evidence);
  tellDisplaced?.();
  if (standing.marks.length === 0) noteAnnunciation(turn, before, after, evidence.now);
}
