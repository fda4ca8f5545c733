// Rules that look at several points: judged once an instant, after each point's own conditions (semantics §1, §4).
import type { Around, JointCondition, Member, Quantity } from "../../contract/condition.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";
import { inSteps } from "../../contract/numbers.ts";
import { countedLevel } from "../domain/alarm.ts";
import type { LimitSample, LimitState } from "../domain/detect/limit.ts";
import { judgeLevel, type Identity } from "./book.ts";
import { hearJoint, stepHeard, type Heard, type RuleStep } from "./conditions.ts";
import { enterVersion, findingOf, identityOf, returnedSinceOf, versionAt, whyCodeOf } from "./findings.ts";
import { isGone } from "./losses.ts";
import { isOutOfService } from "./marks.ts";
import type { CompiledJoint, CompiledPoint, CompiledVersion, Plant } from "./plant.ts";
import { codeOf, reportRule, spokesmanOf, type OwnStep } from "./report.ts";
import type { KindMemory, MonitorState, PointState, RuleState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Until a rule has been blind for so long nobody is told: points come one after the other. At the least, ms. */
const leastBlindMs = 60_000;
/** So long a point may take that was never heard (semantics §6). */
const neverHeardMs = 600_000;

/** Over range: the direction in which a point violates every limit; null while it is within. */
export function saturatedOf(point: CompiledPoint, { quality, value }: PointState): Member["saturated"] {
  if (quality !== "saturated") return null;
  const [low, high] = point.point.range.sensor;
  return value - low > high - value ? "high" : "low";
}

/** What a joint kind may know of a point. */
function memberOf(state: MonitorState, plant: Plant, id: string): Member {
  const point = plant.byId.get(id) as CompiledPoint;
  const live = state.points.get(id) as PointState;
  const isLost = live.judgedAt === 0 || live.lostAt > 0;
  return {
    value: !isLost ? inSteps(live.value, point.step) * point.step : null,
    sourceAt: live.judgedAt,
    step: point.step,
    quality: live.quality,
    saturated: saturatedOf(point, live),
    isSilent: isLost && (isGone(live) || live.quality !== "bad"),
    isLagging: live.loss === "lagging",
    isOutOfService: isOutOfService(state, point),
    lostAt: live.lostAt > 0 ? live.lostAt : null,
  };
}

function levelOfSource(
  state: MonitorState,
  plant: Plant,
  source: string,
  rule: string | null,
): Level | null | "unknown" {
  let level: Level | null = null;
  for (const standing of state.alarms.values()) {
    if (standing.source.id !== source || standing.isData || (rule !== null && standing.rule !== rule)) continue;
    level = higher(level, countedLevel(standing.alarm));
  }
  const isUnknown = level === null && plant.byId.has(source) && memberOf(state, plant, source).value === null;
  return isUnknown ? "unknown" : level;
}

function aroundAt(turn: Turn, at: number): Around {
  const { state, plant } = turn;
  return {
    at,
    member: (point) => memberOf(state, plant, point),
    levelOf: (source, rule) => levelOfSource(state, plant, source, rule),
  };
}

/** Event time does not go back for a joint rule: a member that fills in its past says nothing of what the others are now. */
function instantOf(turn: Turn, joint: CompiledJoint, at: number): number {
  const { limits, timeHeardAt } = jointStateOf(turn.state, joint);
  const heardAt = joint.members.map((id) => (turn.state.points.get(id) as PointState).judgedAt);
  // Nor before what time alone has brought: no return is older than its raise.
  return Math.max(at, timeHeardAt, ...heardAt, ...limits.map(({ violatedSince }) => violatedSince ?? 0));
}

/** Where a joint rule stands. */
export function jointStateOf(state: MonitorState, { point, place, site }: CompiledJoint): RuleState {
  const rules = point === null ? state.siteRules.get(site) : state.points.get(point.point.id)?.rules;
  return rules?.[place] as RuleState;
}

function identityOfJoint({ rule, point, site }: CompiledJoint): Identity {
  if (point !== null) return identityOf(point, rule);
  const { id, direction, latch } = rule.rule;
  return { source: { kind: "site", id: site }, site, rule: id, direction, isData: false, isLatching: latch };
}

/** Since when a rule has been blind, server time; null while it sees, or where it raises nothing that wants to be told. */
function noteBlindness(
  turn: Turn,
  joint: CompiledJoint,
  state: RuleState,
  { quantities, now }: { quantities: readonly (Quantity | null)[]; now: number },
): void {
  const isBlind = quantities.some((one) => one?.note === "blind" || one?.note === "noHealthyMember");
  const since = isBlind ? (state.blindSince ?? now) : null;
  // A member that was just heard for the first time is waited for less.
  if (since !== null) turn.touchedDue.add(`blind ${joint.rule.alarmId}`);
  if (since === state.blindSince) return;
  state.blindSince = since;
  if (since === null) tellBlindness(turn, joint, null, now);
}

/** True where an orange or red level hangs on other points alone: a level that the point's own value can give is not blind. */
function isGrave({ limits }: CompiledVersion): boolean {
  const grave = limits.filter(({ level }) => rankOf(level) >= rankOf("orange"));
  return grave.some(({ level }) => grave.every((one) => one.level !== level || one.joint !== null));
}

/** When a blind rule is told of, server time; null where it never is: below orange the silence of its points says enough. */
export function blindDueAt(state: MonitorState, plant: Plant, joint: CompiledJoint): number | null {
  const { blindSince, version } = jointStateOf(state, joint);
  const known = joint.rule.versions.find((one) => one.version === version);
  if (
    blindSince === null ||
    known === undefined ||
    !isGrave(known) ||
    state.alarms.get(blindId(joint))?.alarm.level != null
  )
    return null;
  const waits = joint.members.map((id) => {
    const isEverHeard = (state.points.get(id) as PointState).judgedAt > 0;
    return Math.max(isEverHeard ? 0 : neverHeardMs, (plant.byId.get(id) as CompiledPoint).point.silentAfterMs);
  });
  return blindSince + Math.max(leastBlindMs, ...waits);
}

function blindId(joint: CompiledJoint): string {
  return `${identityOfJoint(joint).source.id}~blind ${joint.rule.rule.id}`;
}

/** Tells the book that a rule cannot see, or can again. */
export function tellBlindness(turn: Turn, joint: CompiledJoint, level: Level | null, at: number): void {
  const { source, site } = identityOfJoint(joint);
  const lost = joint.members.filter((id) => memberOf(turn.state, turn.plant, id).value === null);
  judgeLevel(
    turn,
    { source, site, rule: `blind ${joint.rule.rule.id}`, direction: "none", isData: true, isLatching: false },
    level,
    {
      at,
      now: at,
      why: {
        code: level === null ? "ruleSeeing" : "ruleBlind",
        values: { rule: joint.rule.rule.id, lost: lost.join(", ") },
      },
      actor: { kind: "rule", id: joint.rule.rule.id, tier: null },
    },
  );
}

function reportJoint(
  turn: Turn,
  joint: CompiledJoint,
  of: { version: CompiledVersion; state: RuleState; step: RuleStep; sample: LimitSample },
): void {
  const { version, state, step, sample } = of;
  const finding = findingOf(version, state);
  const spokesman = spokesmanOf(version, step, finding);
  const before = turn.state.alarms.get(joint.rule.alarmId)?.alarm.level ?? null;
  const live = joint.point === null ? null : (turn.state.points.get(joint.point.point.id) as PointState);
  judgeLevel(turn, identityOfJoint(joint), finding.level, {
    at: sample.sourceAt,
    now: sample.receivedAt,
    why: {
      code: codeOf(spokesman.kind, whyCodeOf(finding.level, before, { isSaturated: false, isCaughtUp: false })),
      values: spokesman.values,
    },
    actor: { kind: "rule", id: joint.rule.rule.id, tier: null },
    violatedSince: state.limits[finding.place]?.violatedSince ?? null,
    returnedSince: finding.level === null ? (returnedSinceOf(step.before) ?? sample.sourceAt) : null,
    value: live === null || Number.isNaN(live.value) ? null : live.value,
    setpoint: spokesman.setpoint,
    deadband: spokesman.deadband,
    quality: live?.quality ?? null,
    ruleVersion: version.version,
    isSaturated: finding.level !== null && finding.isSaturated,
  });
}

/** When time alone would change what a joint rule finds, epoch ms; null for never. */
export function jointDueAt(state: MonitorState, joint: CompiledJoint): number | null {
  const { version, kinds, timeHeardAt } = jointStateOf(state, joint);
  const known = joint.rule.versions.find((one) => one.version === version);
  if (known === undefined || kinds === null) return null;
  const due = known.limits.map(({ joint: kind, limit }, place) => {
    const memory = kinds[place] as KindMemory;
    return kind?.dueAt(limit.limit as JointCondition, memory.state, timeHeardAt) ?? Infinity;
  });
  const at = Math.min(...due);
  return at === Infinity ? null : at;
}

function isAnyOn(limits: readonly LimitState[], state: RuleState): boolean {
  return state.isOrphanOn !== null || limits.some(({ isOn }) => isOn);
}

/** The step of the point's own sample and that of the other points as one: what was heard by either. */
function together(own: OwnStep, joint: RuleStep): RuleStep {
  const heard = joint.heard.map((one, place) => one ?? (own.step.heard[place] as Heard[number]));
  return { before: own.step.before, heard };
}

/** When rules over several points are judged. */
export interface Moment {
  /** Event time, and server time. */
  readonly at: number;
  readonly now: number;
  /** False where no sample has come: who was lost or found again returns nothing (semantics §1). */
  readonly isHeard: boolean;
}

/** Judges a joint rule because its time has come; time alone returns nothing (semantics §2). */
export function fireJoint(turn: Turn, joint: CompiledJoint, at: number): void {
  judgeJoint(turn, joint, { at, now: at, isHeard: false });
  jointStateOf(turn.state, joint).timeHeardAt = at;
}

/** Judges one joint rule at one instant. */
function judgeJoint(turn: Turn, joint: CompiledJoint, { at, now, isHeard }: Moment): void {
  turn.judgedJoints.add(joint);
  const sourceAt = instantOf(turn, joint, at);
  const own = turn.ownSteps.get(joint.rule.alarmId);
  turn.ownSteps.delete(joint.rule.alarmId);
  const version = own?.version ?? versionAt(joint.rule, sourceAt);
  if (version === undefined) return;
  const state = jointStateOf(turn.state, joint);
  if (state.version !== version.version) {
    enterVersion(state, version);
    // A member that lags may bring the version of its day back: the one in force is due again.
    if (joint.point !== null) turn.touchedDue.add(`exception ${joint.point.point.id}`);
  }
  if (state.timeHeardAt === 0) state.timeHeardAt = sourceAt;
  const sample: LimitSample = {
    sourceAt,
    receivedAt: now,
    steps: 0,
    quality: "good",
    isSaturated: false,
    mayReturn: true,
    isHeard,
    isAfterGap: false,
  };
  const heard = hearJoint(version, state, { around: aroundAt(turn, sourceAt), sample });
  const step = stepHeard(version, state, heard);
  const quantities = heard.map((one) => one?.quantity ?? null);
  noteBlindness(turn, joint, state, { quantities, now });
  turn.touchedDue.add(`joint ${joint.rule.alarmId}`);
  const whole = own === undefined ? step : together(own, step);
  if (!isAnyOn(whole.before, state) && !isAnyOn(state.limits, state)) return;
  if (own === undefined) reportJoint(turn, joint, { version, state, step, sample });
  else reportRule(turn, joint.rule, { ...own, step: whole });
}

/** Judges every rule that looks at a point or an alarm that this instant has touched, each once. */
export function judgeJoints(turn: Turn, moment: Moment): void {
  const { plant, touchedMembers, touchedSources } = turn;
  if (plant.joints.size === 0) {
    touchedMembers.clear();
    touchedSources.clear();
    return;
  }
  const waiting = new Set<CompiledJoint>();
  const gather = (): void => {
    for (const id of touchedMembers) for (const joint of plant.jointsOf.get(id) ?? []) waiting.add(joint);
    for (const id of touchedSources) {
      for (const joint of plant.jointsBySource.get(id) ?? []) waiting.add(joint);
      // A step of a member's own alarm may have put it out of service, or back.
      for (const joint of plant.jointsOf.get(id) ?? []) waiting.add(joint);
    }
    touchedMembers.clear();
    touchedSources.clear();
  };
  gather();
  // One that another raises comes behind it, and none comes twice: a circle of rules ends where it began.
  for (const joint of waiting) {
    judgeJoint(turn, joint, moment);
    gather();
  }
}
