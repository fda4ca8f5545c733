// What a person measured himself: a value in the place of an instrument's, and the return of an alarm that none can prove.
import type { Command } from "../../contract/input.ts";
import type { Flag } from "../../contract/input.ts";
import { inSteps } from "../../contract/numbers.ts";
import { qualities } from "../../contract/sample.ts";
import type { Reply } from "../../contract/wall.ts";
import { restingLimit, violates } from "../domain/detect/limit.ts";
import { judgeQuality } from "../domain/quality.ts";
import { judgeLevel, viewOf } from "./book.ts";
import { versionAt } from "./findings.ts";
import { judgeSample } from "./judge.ts";
import { forgetReturn, isGone } from "./losses.ts";
import { actorOf } from "./marks.ts";
import { remember } from "./memory.ts";
import type { CompiledPoint } from "./plant.ts";
import { settle } from "./settle.ts";
import type { PointState, StandingAlarm } from "./state.ts";
import type { Turn } from "./turn.ts";

type Act<Kind extends Command["act"]> = Extract<Command, { act: Kind }>;

/** True where a measurement violates what the alarm's rule says now: it proves the opposite of a return. */
export function isStillViolated(turn: Turn, standing: StandingAlarm, measurement: number): boolean {
  const point = turn.plant.byId.get(standing.source.id);
  if (point === undefined) return false;
  const steps = inSteps(measurement, point.step);
  const rules = point.rules.filter(({ alarmId }) => alarmId === standing.id);
  const limits = rules.flatMap((rule) => versionAt(rule, turn.at)?.limits ?? []);
  return limits.some(({ limit }) => violates(limit, steps));
}

/** True where no good sample is to be expected: the point is bad, silent, gone with its device, or out of service. */
function isBlind(turn: Turn, standing: StandingAlarm, live: PointState): boolean {
  const isDeviceLost = (turn.state.devices.get(live.device)?.lossLevel ?? null) !== null;
  const isOut = standing.marks.some(({ kind }) => kind === "outOfService");
  return isGone(live) || live.quality === "bad" || live.isFaulty || isDeviceLost || isOut;
}

function mayReturn(turn: Turn, standing: StandingAlarm): boolean {
  const { alarm, source, isData, isRuleChanged } = standing;
  if (alarm.level === null || source.kind !== "point" || isData) return false;
  const live = turn.state.points.get(source.id);
  // A point that the plan no longer has will never prove anything.
  if (live === undefined) return true;
  const isUnproven = isBlind(turn, standing, live);
  // A healthy point whose value violates the new rule as well is no matter of the rule's change.
  if (isRuleChanged && (isUnproven || !isStillViolated(turn, standing, live.value))) return true;
  return isUnproven && alarm.level !== "red";
}

/** Nothing of the rule is on or on its way; its next violating sample raises without delay. */
function restRule(turn: Turn, standing: StandingAlarm): void {
  const runs = turn.state.points.get(standing.source.id)?.rules.find(({ id }) => id === standing.id);
  if (runs === undefined) return;
  runs.limits = runs.limits.map(() => restingLimit);
  runs.isOrphanOn = null;
  runs.isPrimed = true;
}

/** Returns an alarm for a person who has measured (semantics §1), or whose rule is no longer what raised it (§3). */
export function carryOutReturnByHand(turn: Turn, command: Act<"returnByHand">): Reply {
  const { request } = command;
  const standing = turn.state.alarms.get(request.alarm);
  if (standing === undefined) return { ok: false, code: "ALARM_NOT_FOUND" };
  const refuse = (code: Extract<Reply, { ok: false }>["code"]): Reply => ({ ok: false, code, alarm: viewOf(standing) });
  if (standing.alarm.occurrence !== request.occurrence) return refuse("ALARM_CHANGED");
  if (request.reason.trim() === "") return refuse("REASON_REQUIRED");
  const { measurement } = request;
  if (!mayReturn(turn, standing)) return refuse("ALARM_NOT_RETURNABLE");
  if (measurement === undefined && !standing.isRuleChanged) return refuse("MEASUREMENT_REQUIRED");
  if (measurement !== undefined && isStillViolated(turn, standing, measurement)) return refuse("ALARM_NOT_RETURNABLE");
  restRule(turn, standing);
  judgeLevel(turn, standing, null, {
    at: turn.at,
    now: turn.at,
    why: { code: "returnedByHand", values: measurement === undefined ? {} : { measurement } },
    actor: actorOf(command),
    reason: request.reason,
  });
  return { ok: true, seq: turn.state.seq };
}

function timeOf(
  turn: Turn,
  live: PointState,
  measuredAt: number | undefined,
): number | "SAMPLE_LATE" | "SAMPLE_IN_FUTURE" {
  if (measuredAt === undefined) return Math.max(turn.at, live.judgedAt + 1);
  if (measuredAt > turn.at) return "SAMPLE_IN_FUTURE";
  return measuredAt > live.judgedAt ? measuredAt : "SAMPLE_LATE";
}

/** Takes a manual reading in: judged by the point's rules like any other sample, and stored; returns the flag to store it by. */
export function carryOutReading(
  turn: Turn,
  command: Act<"reading">,
): { readonly reply: Reply; readonly flags: readonly Flag[] } {
  const { request } = command;
  const refuse = (code: Extract<Reply, { ok: false }>["code"]): ReturnType<typeof carryOutReading> => ({
    reply: { ok: false, code },
    flags: [],
  });
  const point = turn.plant.byId.get(request.point);
  if (point === undefined) return refuse("NOT_FOUND");
  if (request.reason.trim() === "") return refuse("REASON_REQUIRED");
  const live = turn.state.points.get(request.point) as PointState;
  const sourceAt = timeOf(turn, live, request.measuredAt);
  if (typeof sourceAt === "string") return refuse(sourceAt);
  takeIn(turn, point, live, sourceAt, command);
  const quality = qualities.indexOf(live.quality);
  return { reply: { ok: true, seq: turn.state.seq }, flags: [[0, 1, request.value, quality, sourceAt]] };
}

function takeIn(turn: Turn, point: CompiledPoint, live: PointState, sourceAt: number, command: Act<"reading">): void {
  const { value } = command.request;
  remember(live.memory, live.judgedAt, turn.plant.remembered, sourceAt, value);
  live.judgedAt = sourceAt;
  const judged = judgeQuality(point.point, value, "good");
  const by = actorOf(command);
  judgeSample(turn, {
    ...judged,
    device: live.device,
    point,
    state: live,
    sourceAt,
    value,
    isServerTime: false,
    stuck: null,
    by,
  });
  // A tick completes a return only where no change can have been missed since: the device must be there.
  const isThere = turn.state.devices.get(live.device)?.status === "online";
  if (point.point.report === "onChange" && !isThere) forgetReturn(live);
  settle(turn, { at: sourceAt, now: turn.at, isHeard: true });
}
