// An amendment enters the book: what judging in order found, as new numbered records, never as a rewrite (semantics §7).
import type { AmendedStep, AmendmentInput } from "../../contract/input.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";
import { moveLevel, stateOf, type Alarm } from "../domain/alarm.ts";
import { newStanding, openInGroup, outgrow, viewOf, type Evidence, type Identity } from "./book.ts";
import { identityOf } from "./findings.ts";
import { hearStep } from "./incidents.ts";
import { settleLate } from "./late.ts";
import type { CompiledPoint } from "./plant.ts";
import { dutiesFor } from "./routing.ts";
import type { StandingAlarm } from "./state.ts";
import { addChange, countFault, type Turn } from "./turn.ts";

/** A rise that nobody was told of; one that only takes the place of another was told, at another time. */
function isMissed({ amends, fromLevel, level }: AmendedStep): boolean {
  return amends === null && rankOf(level) > rankOf(fromLevel);
}

/**
 * Takes the result of judging in order in. What is on now stays as the point's newest samples have it. It is in the journal
 * already: whatever it says, what does not fit the book is counted and left out, and nothing is thrown.
 */
export function enterAmendment(turn: Turn, input: AmendmentInput): void {
  settleLate(turn.state, input);
  const point = turn.plant.byId.get(input.point);
  const rules = point?.rules ?? [];
  const unknown = input.steps.filter(({ alarm }) => !rules.some(({ alarmId }) => alarmId === alarm));
  if (unknown.length > 0) countFault(turn, "AMENDMENT_UNFIT", input.point, unknown.length);
  for (const rule of rules) {
    const steps = input.steps.filter(({ alarm }) => alarm === rule.alarmId);
    if (steps.length > 0) amendAlarm(turn, identityOf(point as CompiledPoint, rule), rule.alarmId, steps);
  }
}

function amendAlarm(turn: Turn, identity: Identity, id: string, steps: readonly AmendedStep[]): void {
  const worst = steps.filter(isMissed).reduce<AmendedStep | null>(worse, null);
  let standing = turn.state.alarms.get(id);
  if (standing === undefined) {
    // What never was on cannot have ended, and holds no step that another could take the place of.
    if (worst === null) return countFault(turn, "AMENDMENT_UNFIT", id, steps.length);
    standing = newStanding(identity, id, evidenceOf(turn, identity, worst), worst.level as Level);
    turn.state.alarms.set(id, standing);
  }
  let before = standing.alarm;
  const tellDisplaced = worst === null ? null : tellMissed(turn, standing, worst, steps);
  for (const step of steps) {
    record(turn, standing, before, step);
    before = standing.alarm;
  }
  tellDisplaced?.();
  return undefined;
}

function worse(a: AmendedStep | null, b: AmendedStep): AmendedStep {
  return a !== null && rankOf(a.level) >= rankOf(b.level) ? a : b;
}

function lateMsOf(turn: Turn, { at }: AmendedStep): number {
  return Math.max(0, turn.at - at);
}

function evidenceOf(turn: Turn, { rule }: Identity, step: AmendedStep): Evidence {
  const { at, why, ruleVersion } = step;
  return { at, now: turn.at, why, ruleVersion, actor: { kind: "rule", id: rule, tier: null } };
}

/**
 * The alarm after it was on at a level that nobody knew of: everybody who has to is asked, and then it stands where it did.
 * One that rested opens, returned and found late.
 */
function tellMissed(
  turn: Turn,
  standing: StandingAlarm,
  worst: AmendedStep,
  steps: readonly AmendedStep[],
): (() => void) | null {
  const before = standing.alarm;
  const { isLatching } = standing;
  const duties = dutiesFor(turn.plant.routing, standing);
  const to = (level: Level | null): Parameters<typeof moveLevel>[1] => ({
    level,
    now: turn.at,
    isLatching,
    isSaturated: level !== null && worst.quality === "saturated",
    foundLateMs: lateMsOf(turn, worst),
    isCaughtUp: false,
  });
  const told = outgrow(standing, moveLevel(before, to(higher(before.level, worst.level)), duties), turn.at, duties);
  const after = before.level === null ? moveLevel(told, to(null), duties) : { ...told, level: before.level };
  standing.alarm = { ...after, levelAt: before.isOpen ? before.levelAt : after.levelAt };
  const isOpening = after.occurrence !== before.occurrence;
  if (!isOpening && after.revision === before.revision) return null;
  standing.isAmended = true;
  if (isOpening) open(standing, worst, steps);
  else if (rankOf(worst.level) > rankOf(standing.peakLevel)) peak(standing, worst);
  return isOpening ? openInGroup(turn, standing, standing.openedAt) : null;
}

function peak(standing: StandingAlarm, { at, level, value }: AmendedStep): void {
  standing.peakLevel = level as Level;
  standing.peakValue = value;
  standing.peakAt = at;
}

function open(standing: StandingAlarm, worst: AmendedStep, steps: readonly AmendedStep[]): void {
  const first = steps.find(isMissed) as AmendedStep;
  peak(standing, worst);
  standing.openedAt = first.at;
  standing.violatedSince = first.violatedSince;
  standing.returnedAt = (steps.findLast(({ level, amends }) => level === null && amends === null) ?? worst).at;
  standing.value = worst.value;
  standing.setpoint = worst.setpoint;
  standing.deadband = worst.deadband;
  standing.quality = worst.quality;
  standing.ruleVersion = worst.ruleVersion;
  standing.why = worst.why;
  standing.isRuleChanged = false;
}

/** Writes one step down as it was found; the alarm's own last evidence stays that of its newest sample. */
function record(turn: Turn, standing: StandingAlarm, before: Alarm, step: AmendedStep): void {
  const { alarm, marks } = standing;
  const transition = {
    ...step,
    seq: turn.state.seq + 1,
    recordedAt: turn.at,
    occurrence: alarm.occurrence,
    revision: alarm.revision,
    source: standing.source,
    rule: standing.rule,
    from: stateOf(before),
    to: stateOf(alarm),
    actor: { kind: "rule", id: "amendment", tier: null },
    reason: null,
    foundLateMs: lateMsOf(turn, step),
    marks,
    cause: turn.number,
    drill: false,
  } as const;
  addChange(turn, { type: "alarm", transition, alarm: viewOf(standing) });
  turn.touchedDue.add(`reAlarm ${standing.id}`);
  turn.touchedSources.add(standing.source.id);
  turn.touchedSites.add(standing.site as string);
  hearStep(turn, standing, transition, turn.at);
}
