// Deadlines: which are due, in due order, each at its own instant; a tick's phase changes nothing (semantics §1).
import { rankOf, type Level } from "../../contract/level.ts";
import type { Device, Tier } from "../../contract/plant.ts";
import { reAlarm, reAlarmAt } from "../domain/alarm.ts";
import { completeByException, dueByException, type LimitState } from "../domain/detect/limit.ts";
import { nextSilenceAge, type SilenceLadder } from "../domain/detect/silence.ts";
import { endOf } from "../domain/mark.ts";
import { floodEndsAt, type Flood } from "../domain/nuisance.ts";
import { judgeLevel, writeStep } from "./book.ts";
import { deviceDueAt, judgeDevice } from "./devices.ts";
import { findingOf, identityOf, returnedSinceOf, versionOf, whyCodeOf } from "./findings.ts";
import { endFlood } from "./floods.ts";
import { hearVersions, versionDueAt } from "./hear-again.ts";
import { blindDueAt, fireJoint, jointDueAt, tellBlindness } from "./joints.ts";
import { isGone } from "./losses.ts";
import { endMarksByTime } from "./marks.ts";
import { ladderOf, type CompiledJoint, type CompiledPoint, type CompiledVersion, type Plant } from "./plant.ts";
import { silencePoints, silenceStart } from "./presence.ts";
import { ageResponse, responseDueAt } from "./responses.ts";
import { dutiesFor, type CompiledRouting } from "./routing.ts";
import { expectedOf, orderDueAt, samplingDueAt, tellOrder } from "./sampling.ts";
import { settle } from "./settle.ts";
import type { MonitorState, PointState, RuleState, StandingAlarm } from "./state.ts";
import type { Turn } from "./turn.ts";

/** The kinds of deadline, in the order in which those of one instant fire. */
const kinds = [
  "version",
  "exception",
  "silence",
  "device",
  "joint",
  "blind",
  "sampling",
  "order",
  "mark",
  "reAlarm",
  "flood",
  "response",
] as const;
type Kind = (typeof kinds)[number];

interface Entry {
  at: number;
  /** `kind id`. */
  readonly key: string;
  readonly kind: Kind;
  readonly id: string;
}

/** The schedule: a heap of the earliest known instants. Entries may be too early, never too late. */
export interface Schedule {
  readonly heap: Entry[];
  /** The valid entry of each key. */
  readonly planned: Map<string, Entry>;
}

function kindOf(key: string): Kind {
  return key.slice(0, key.indexOf(" ")) as Kind;
}

function idOf(key: string): string {
  return key.slice(key.indexOf(" ") + 1);
}

function exceptionDueAt(state: MonitorState, point: CompiledPoint): number | null {
  const live = state.points.get(point.point.id) as PointState;
  const device = state.devices.get(live.device);
  if (point.point.report !== "onChange" || device?.status !== "online" || device.lossLevel !== null) return null;
  let due = Infinity;
  for (const [place, rule] of point.rules.entries()) {
    const runs = live.rules[place] as RuleState;
    for (const [nth, { limit }] of (versionOf(rule, runs)?.limits ?? []).entries()) {
      due = Math.min(due, dueByException(limit, runs.limits[nth] as LimitState) ?? Infinity);
    }
  }
  // Not before the samples that it rests on were here, nor before the device was there again.
  return due === Infinity ? null : Math.max(due, live.receivedAt, device.since, device.lossJudgedAt);
}

/** When a version comes into force against which a point that reports by exception was never held; null while its device is away. */
function newVersionDueAt(state: MonitorState, point: CompiledPoint): number | null {
  const live = state.points.get(point.point.id) as PointState;
  const device = state.devices.get(live.device);
  if (point.point.report !== "onChange" || device?.status !== "online") return null;
  return versionDueAt(point, live, Math.max(live.receivedAt, device.since));
}

function silenceDueAt(state: MonitorState, point: CompiledPoint): number | null {
  const isSuspended = !state.isServerUp || state.neighbours.get("broker")?.state === "down";
  const live = state.points.get(point.point.id) as PointState;
  // Once heard, a point that reports by exception is silent when its device is; never heard is never heard.
  if (isSuspended || (point.point.report === "onChange" && live.receivedAt > 0)) return null;
  const start = silenceStart(live);
  const ladder = ladderOf(point, expectedOf(state, point.point, live, start), live.receivedAt > 0);
  const isReached = (level: Level): boolean => rankOf(level) <= rankOf(live.lossLevel);
  const reached = isGone(live)
    ? (ladder.findLast(({ level }) => isReached(level)) as SilenceLadder[number]).afterMs + 1
    : 0;
  const age = nextSilenceAge(ladder, reached);
  return age === null ? null : start + age;
}

/** When an alarm asks again, server time; null where it does not, as under a mark. */
export function reAlarmDueAt(standing: StandingAlarm, of: CompiledRouting): number | null {
  return standing.marks.length > 0 ? null : reAlarmAt(standing.alarm, dutiesFor(of, standing));
}

/** When a deadline is really due, by the state as it is now; null when it is not running. */
function dueAt(state: MonitorState, plant: Plant, { kind, id }: Pick<Entry, "kind" | "id">): number | null {
  switch (kind) {
    case "version":
      return newVersionDueAt(state, plant.byId.get(id) as CompiledPoint);
    case "exception":
      return exceptionDueAt(state, plant.byId.get(id) as CompiledPoint);
    case "silence":
      return silenceDueAt(state, plant.byId.get(id) as CompiledPoint);
    case "device": {
      const device = state.devices.get(id);
      return device === undefined || !state.isServerUp ? null : deviceDueAt(device);
    }
    case "joint":
    case "blind": {
      const joint = plant.joints.get(id) as CompiledJoint;
      return kind === "joint" ? jointDueAt(state, joint) : blindDueAt(state, plant, joint);
    }
    case "sampling":
      return samplingDueAt(state, id);
    case "order":
      return orderDueAt(state, (plant.devices.get(id) as Device).site, id);
    case "mark":
      return endOf((state.alarms.get(id) as StandingAlarm).marks);
    case "reAlarm":
      return reAlarmDueAt(state.alarms.get(id) as StandingAlarm, plant.routing);
    case "flood":
      return floodEndsAt(state.floods.get(id as Tier) as Flood);
    case "response":
      return responseDueAt(state, id);
  }
}

function push(schedule: Schedule, entry: Entry): void {
  const { heap } = schedule;
  let place = heap.push(entry) - 1;
  while (place > 0) {
    const parent = (place - 1) >> 1;
    if ((heap[parent] as Entry).at <= entry.at) break;
    heap[place] = heap[parent] as Entry;
    place = parent;
  }
  heap[place] = entry;
}

function pop(schedule: Schedule): Entry {
  const { heap } = schedule;
  const top = heap[0] as Entry;
  const last = heap.pop() as Entry;
  if (heap.length === 0) return top;
  let place = 0;
  for (;;) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && (heap[child + 1] as Entry).at < (heap[child] as Entry).at) child += 1;
    if ((heap[child] as Entry).at >= last.at) break;
    heap[place] = heap[child] as Entry;
    place = child;
  }
  heap[place] = last;
  return top;
}

/** Notes that a deadline may have come nearer. */
export function plan(schedule: Schedule, state: MonitorState, plant: Plant, key: string): void {
  const known = schedule.planned.get(key);
  const { kind, id } = known ?? { kind: kindOf(key), id: idOf(key) };
  // What brings the one nearer (a sample, a device that is back, a change of the rule) brings the other nearer too.
  if (kind === "exception") plan(schedule, state, plant, `version ${id}`);
  const at = dueAt(state, plant, { kind, id });
  if (at === null || at >= (known?.at ?? Infinity)) return;
  const entry = { at, key, kind, id };
  schedule.planned.set(key, entry);
  push(schedule, entry);
}

/** A schedule of everything that is running. */
export function createSchedule(state: MonitorState, plant: Plant): Schedule {
  const schedule: Schedule = { heap: [], planned: new Map() };
  for (const { point } of plant.points) {
    plan(schedule, state, plant, `silence ${point.id}`);
    if (point.report === "onChange") plan(schedule, state, plant, `exception ${point.id}`);
  }
  for (const id of state.devices.keys()) {
    plan(schedule, state, plant, `device ${id}`);
    plan(schedule, state, plant, `order ${id}`);
  }
  for (const id of state.sampling.keys()) plan(schedule, state, plant, `sampling ${id}`);
  for (const id of state.alarms.keys()) {
    plan(schedule, state, plant, `mark ${id}`);
    plan(schedule, state, plant, `reAlarm ${id}`);
  }
  for (const id of plant.joints.keys()) {
    plan(schedule, state, plant, `joint ${id}`);
    plan(schedule, state, plant, `blind ${id}`);
  }
  for (const tier of state.floods.keys()) plan(schedule, state, plant, `flood ${tier}`);
  for (const { id } of state.plan.counties) plan(schedule, state, plant, `response ${id}`);
  return schedule;
}

/** The earliest deadline that is really due by `until`, brought to the top of the heap; null when none is. */
function earliest(schedule: Schedule, state: MonitorState, plant: Plant, until: number): Entry | null {
  for (;;) {
    const top = schedule.heap[0];
    if (top === undefined || top.at > until) return null;
    const isValid = schedule.planned.get(top.key) === top;
    const at = isValid ? dueAt(state, plant, top) : null;
    // Later than it should have been told, where it came nearer unnoticed; never to be put off for ever.
    if (at !== null && at <= top.at) return top;
    pop(schedule);
    if (!isValid) continue;
    if (at === null) {
      schedule.planned.delete(top.key);
      continue;
    }
    top.at = at;
    push(schedule, top);
  }
}

/** True where something is due by `until`. */
export function isDue(schedule: Schedule, state: MonitorState, plant: Plant, until: number): boolean {
  return earliest(schedule, state, plant, until) !== null;
}

/** The instant of the next deadline by `until`, or null: a tick at which nothing is due need not be recorded. */
export function nextDue(schedule: Schedule, state: MonitorState, plant: Plant, until: number): number | null {
  return earliest(schedule, state, plant, until)?.at ?? null;
}

function fireException(turn: Turn, point: CompiledPoint, at: number): void {
  const live = turn.state.points.get(point.point.id) as PointState;
  for (const [place, rule] of point.rules.entries()) {
    const runs = live.rules[place] as RuleState;
    const version = versionOf(rule, runs);
    if (version === undefined) continue;
    const before = runs.limits;
    const levelBefore = findingOf(version, runs).level;
    runs.limits = before.map((limitState, nth) => {
      const due = dueByException((version.limits[nth] as CompiledVersion["limits"][number]).limit, limitState);
      return due !== null && due <= at ? completeByException(limitState) : limitState;
    });
    const finding = findingOf(version, runs);
    const limit = version.limits[finding.place]?.limit.limit;
    judgeLevel(turn, identityOf(point, rule), finding.level, {
      at,
      now: at,
      why: {
        code: whyCodeOf(finding.level, levelBefore, { isSaturated: false, isCaughtUp: false }),
        values: { value: live.value },
      },
      actor: { kind: "rule", id: rule.rule.id, tier: null },
      violatedSince: runs.limits[finding.place]?.violatedSince ?? null,
      returnedSince: finding.level === null ? returnedSinceOf(before) : null,
      value: live.value,
      setpoint: limit?.setpoint ?? null,
      deadband: limit?.deadband ?? null,
      quality: live.quality,
      ruleVersion: version.version,
      isSaturated: finding.level !== null && finding.isSaturated,
    });
  }
}

/** Asks again for an alarm whose re-alarm time has come. */
export function fireReAlarm(turn: Turn, id: string, at: number): void {
  const standing = turn.state.alarms.get(id) as StandingAlarm;
  const duties = dutiesFor(turn.plant.routing, standing);
  const isOwed = standing.alarm.tiers.some((duty) => duty.owedLevel !== null);
  writeStep(turn, standing, reAlarm(standing.alarm, at, duties), {
    at,
    now: at,
    why: { code: isOwed ? "reAlarmUnacknowledged" : "reAlarmAcknowledged", values: {} },
    actor: { kind: "rule", id: "reAlarm", tier: null },
  });
}

function fire(turn: Turn, keys: readonly string[], at: number): void {
  const { plant } = turn;
  const of = (kind: Kind): string[] =>
    keys
      .filter((key) => kindOf(key) === kind)
      .map(idOf)
      .toSorted();
  const pointsOf = (kind: Kind): CompiledPoint[] => of(kind).map((id) => turn.plant.byId.get(id) as CompiledPoint);
  for (const point of pointsOf("version")) hearVersions(turn, point, at);
  for (const point of pointsOf("exception")) fireException(turn, point, at);
  const silent = pointsOf("silence");
  if (silent.length > 0) silencePoints(turn, silent, at);
  for (const id of of("device")) judgeDevice(turn, id, at, "");
  for (const id of of("joint")) fireJoint(turn, plant.joints.get(id) as CompiledJoint, at);
  for (const id of of("blind")) tellBlindness(turn, plant.joints.get(id) as CompiledJoint, "yellow", at);
  for (const id of of("sampling")) turn.touchedSites.add(id);
  for (const id of of("order")) tellOrder(turn, (plant.devices.get(id) as Device).site, id, "blue", at);
  for (const id of of("mark")) endMarksByTime(turn, id, at);
  for (const id of of("reAlarm")) fireReAlarm(turn, id, at);
  for (const tier of of("flood")) endFlood(turn, tier as Tier);
  for (const county of of("response")) ageResponse(turn, county, at);
  settle(turn, { at, now: at, isHeard: false });
}

/** Fires everything that is due by `until`, instant by instant, each at its own time. */
export function fireDue(turn: Turn, schedule: Schedule, until: number): void {
  for (;;) {
    const first = earliest(schedule, turn.state, turn.plant, until);
    if (first === null) return;
    const keys: string[] = [];
    for (let top: Entry | null = first; top !== null && top.at === first.at;) {
      keys.push(top.key);
      pop(schedule);
      schedule.planned.delete(top.key);
      top = earliest(schedule, turn.state, turn.plant, first.at);
    }
    fire(turn, keys, first.at);
    for (const key of [...keys, ...turn.touchedDue]) plan(schedule, turn.state, turn.plant, key);
    turn.touchedDue.clear();
  }
}
