// Between which values and times each point stays calm: what the short way (calm.ts) looks at before it takes a value in.
import type { Crossing } from "../../contract/condition.ts";
import { inSteps } from "../../contract/numbers.ts";
import { crossingsOf } from "./crossings.ts";
import { versionOf } from "./findings.ts";
import { jointStateOf } from "./joints.ts";
import type { CompiledJoint, CompiledPoint, CompiledRule, Plant } from "./plant.ts";
import { strictestSilence } from "./sampling.ts";
import type { MonitorState, PointState, RuleState } from "./state.ts";

/** By the place of the point in the plan: what every sample looks at, close together. */
export interface Bounds {
  /** From the one to the other no limit is violated and the quality is good; empty where the point is not calm. */
  readonly low: Float64Array;
  readonly high: Float64Array;
  /** From this `sourceAt` on, and before that one, the rules' versions are those of its state. */
  readonly from: Float64Array;
  readonly until: Float64Array;
  /** No sample may come later than this after the one before it, nor lie further behind the clock. */
  readonly silentAfterMs: Float64Array;
}

/** The bounds of all points, kept true. */
export interface BoundsBook extends Bounds {
  /** Works those of a point out anew where they may hold no longer. */
  readonly refresh: (place: number, live: PointState) => void;
  /** These points, and these rules over several points, were judged: what was known of them may hold no longer. */
  readonly judged: (places: readonly number[], joints: ReadonlySet<CompiledJoint>) => void;
  /** Anything may have changed. */
  readonly forget: () => void;
}

interface Room {
  readonly state: MonitorState;
  readonly plant: Plant;
  /** What rules over several points see of each point, by its place. */
  readonly crossings: readonly (readonly Crossing[] | null)[];
  /** Which of those rules were found calm when somebody last looked. */
  readonly calmJoints: Map<CompiledJoint, boolean>;
}

/** Narrows a point's bounds to where one rule stays at rest; false where it is not at rest. What looks back sets none. */
function narrow(bounds: Bounds, { index, step }: CompiledPoint, rule: CompiledRule, state: RuleState): boolean {
  const version = versionOf(rule, state);
  if (version === undefined || state.isOrphanOn !== null || state.isPrimed) return false;
  if (state.limits.some((limit) => limit.isOn || limit.violatedSince !== null)) return false;
  for (const { limit, own, joint } of version.limits) {
    if (joint !== null || own !== null) continue;
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
  for (const joint of joints) room.calmJoints.set(joint, isJointCalm(room.state, joint));
  const crossings = room.crossings[index] as readonly Crossing[] | null;
  if (crossings === null || !joints.every((joint) => room.calmJoints.get(joint) === true)) return false;
  for (const { direction, setpoint } of crossings) {
    const steps = inSteps(setpoint, step);
    if (direction === "high") bounds.high[index] = Math.min(bounds.high[index] as number, (steps - 1) * step);
    else bounds.low[index] = Math.max(bounds.low[index] as number, (steps + 1) * step);
  }
  return true;
}

function workOut(bounds: Bounds, point: CompiledPoint, state: PointState, room: Room): void {
  const { index } = point;
  const { range, report } = point.point;
  bounds.low[index] = Math.max(range.sensor[0], range.operator[0]);
  bounds.high[index] = Math.min(range.sensor[1], range.operator[1]);
  bounds.from[index] = -Infinity;
  bounds.until[index] = Infinity;
  bounds.silentAfterMs[index] = strictestSilence(room.state, point.point, state);
  const isCalm =
    report !== "onChange" &&
    !state.isFaulty &&
    state.lostAt === 0 &&
    narrowByJoints(bounds, point, room) &&
    point.rules.every((rule, place) => narrow(bounds, point, rule, state.rules[place] as RuleState));
  // A fall back into the bounds is news for whoever counts the others' crossings: the value that stands must lie in them too.
  const isInside = (): boolean =>
    state.quality === "good" &&
    state.value >= (bounds.low[index] as number) &&
    state.value <= (bounds.high[index] as number);
  const isWatched = room.plant.jointsOf.has(point.point.id);
  if (!isCalm || (isWatched && !isInside())) bounds.high[index] = -Infinity;
}

/** Keeps the bounds of a state and its compiled plan. */
export function createBounds(state: MonitorState, plant: Plant): BoundsBook {
  const numbers = (): Float64Array => new Float64Array(plant.points.length);
  const bounds: Bounds = {
    low: numbers(),
    high: numbers(),
    from: numbers(),
    until: numbers(),
    silentAfterMs: numbers(),
  };
  /** With which knowledge they were worked out; another than the newest means: work them out anew. */
  const ages = numbers();
  let age = 1;
  const crossings = plant.points.map(({ point }) => crossingsOf(plant.jointsOf.get(point.id) ?? [], point.id));
  const room: Room = { state, plant, crossings, calmJoints: new Map() };
  return {
    ...bounds,
    refresh: (place, live) => {
      if (ages[place] === age) return;
      ages[place] = age;
      workOut(bounds, plant.points[place] as CompiledPoint, live, room);
    },
    judged: (places, joints) => {
      for (const place of places) ages[place] = 0;
      for (const joint of joints) {
        // A rule over several points that wakes, or falls asleep, takes all of them along.
        const isAsleep = isJointCalm(state, joint);
        if (room.calmJoints.get(joint) === isAsleep) continue;
        room.calmJoints.set(joint, isAsleep);
        for (const member of joint.members) ages[(plant.byId.get(member) as CompiledPoint).index] = 0;
      }
    },
    forget: () => {
      age += 1;
    },
  };
}
