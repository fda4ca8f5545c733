// Marks as people and rules set and end them: who may, up to which level, and what the alarm does when the last one goes.
import type { Actor, Mark, MarkKind, Why } from "../../contract/alarm.ts";
import type { Command } from "../../contract/input.ts";
import type { FaultCode } from "../../contract/faults.ts";
import { higher, type Level } from "../../contract/level.ts";
import type { Reply } from "../../contract/wall.ts";
import { annunciate, countedLevel } from "../domain/alarm.ts";
import { approvalOf, coverageOf, refusalOf, standAfter, type Bearer, type Wanted } from "../domain/mark.ts";
import { newStanding, viewOf, writeStep } from "./book.ts";
import { identityOf } from "./findings.ts";
import type { CompiledPoint } from "./plant.ts";
import { dutiesFor } from "./routing.ts";
import type { MonitorState, PointState, StandingAlarm } from "./state.ts";
import type { Turn } from "./turn.ts";

type Act<Kind extends Command["act"]> = Extract<Command, { act: Kind }>;
/** The acts that set a mark. */
export type Setting = Act<"shelve" | "suppress" | "outOfService">;
/** The acts that end one. */
export type Ending = Act<"unshelve" | "unsuppress" | "returnToService">;

const kindOfSetting: Readonly<Record<Setting["act"], MarkKind>> = {
  shelve: "shelved",
  suppress: "suppressed",
  outOfService: "outOfService",
};
const kindOfEnding: Readonly<Record<Ending["act"], MarkKind>> = {
  unshelve: "shelved",
  unsuppress: "suppressed",
  returnToService: "outOfService",
};

/** A person as the record names him. */
export function actorOf({ person }: Command): Actor {
  return { kind: "person", id: person.name, tier: person.tier };
}

/** The alarm in the book; a rule's that never was on is entered at rest, so that maintenance may begin before it alarms. */
function bearerOf(turn: Turn, id: string): StandingAlarm | null {
  const known = turn.state.alarms.get(id);
  if (known !== undefined) return known;
  for (const point of turn.plant.points) {
    const rule = point.rules.find(({ alarmId }) => alarmId === id);
    if (rule === undefined) continue;
    const why: Why = { code: "limitReturned", values: {} };
    const actor: Actor = { kind: "rule", id: rule.rule.id, tier: null };
    return newStanding(identityOf(point, rule), id, { at: turn.at, now: turn.at, why, actor }, "blue");
  }
  return null;
}

function weigh(turn: Turn, standing: StandingAlarm): Bearer {
  const { alarm, marks, source, isLatching } = standing;
  const rule = turn.plant.byId.get(source.id)?.rules.find(({ alarmId }) => alarmId === standing.id);
  return {
    isOpen: alarm.isOpen,
    level: alarm.level,
    latchedLevel: alarm.latchedLevel,
    owedLevel: alarm.tiers.reduce<Level | null>((level, duty) => higher(level, duty.owedLevel), null),
    mayMark: !isLatching && rule?.rule.mayMark !== false,
    marks,
  };
}

function wantedOf({ act, request }: Setting): Wanted {
  return { kind: kindOfSetting[act], forMs: "forMs" in request ? request.forMs : null, upTo: request.upTo ?? null };
}

function put(turn: Turn, standing: StandingAlarm, mark: Mark): void {
  turn.state.alarms.set(standing.id, standing);
  standing.marks = [...standing.marks, mark];
  turn.touchedDue.add(`mark ${standing.id}`);
  writeStep(turn, standing, standing.alarm, {
    at: turn.at,
    now: turn.at,
    why: { code: mark.kind, values: mark.until === null ? {} : { until: mark.until } },
    actor: mark.by,
    reason: mark.reason,
  });
}

/** Leaves these marks; where none is left, an alarm that stands asks everybody anew. */
function leave(
  turn: Turn,
  standing: StandingAlarm,
  kept: readonly Mark[],
  by: { readonly at: number; readonly actor: Actor; readonly reason: string | null },
): void {
  const ended = standing.marks.filter((mark) => !kept.includes(mark)).map(({ kind }) => kind);
  standing.marks = kept;
  turn.touchedDue.add(`mark ${standing.id}`);
  const { alarm } = standing;
  const duties = dutiesFor(turn.plant.routing, standing);
  const after = kept.length === 0 ? annunciate(alarm, alarm.revision, by.at, duties) : alarm;
  writeStep(turn, standing, after, {
    at: by.at,
    now: by.at,
    why: { code: "markEnded", values: { ended: ended.join(" ") } },
    actor: by.actor,
    reason: by.reason,
  });
}

/** Sets a mark for a person, or says why not. */
export function carryOutSetting(turn: Turn, command: Setting): Reply {
  const { request, person, approver } = command;
  const standing = bearerOf(turn, request.alarm);
  if (standing === null) return { ok: false, code: "ALARM_NOT_FOUND" };
  const refuse = (code: FaultCode): Reply => ({ ok: false, code, alarm: viewOf(standing) });
  if (standing.alarm.occurrence !== request.occurrence) return refuse("ALARM_CHANGED");
  if (request.reason.trim() === "") return refuse("REASON_REQUIRED");
  const bearer = weigh(turn, standing);
  const wanted = wantedOf(command);
  const refusal = refusalOf(bearer, wanted) ?? approvalOf(bearer, wanted, person, approver);
  if (refusal !== null) return refuse(refusal);
  put(turn, standing, {
    kind: wanted.kind,
    setAt: turn.at,
    until: wanted.forMs === null ? null : turn.at + wanted.forMs,
    level: countedLevel(standing.alarm),
    upTo: coverageOf(bearer, wanted.upTo),
    by: actorOf(command),
    reason: request.reason,
    approver: approver?.name ?? null,
    rule: "rule" in request ? request.rule : null,
    order: "order" in request ? request.order : null,
    measure: "measure" in request ? request.measure : null,
  });
  return { ok: true, seq: turn.state.seq };
}

/** Ends a mark for a person, or says why not. */
export function carryOutEnding(turn: Turn, command: Ending): Reply {
  const { request } = command;
  const standing = turn.state.alarms.get(request.alarm);
  if (standing === undefined) return { ok: false, code: "ALARM_NOT_FOUND" };
  const kept = standing.marks.filter(({ kind }) => kind !== kindOfEnding[command.act]);
  if (kept.length === standing.marks.length) return { ok: false, code: "MARK_NOT_FOUND", alarm: viewOf(standing) };
  leave(turn, standing, kept, { at: turn.at, actor: actorOf(command), reason: request.reason ?? null });
  return { ok: true, seq: turn.state.seq };
}

/** Ends the marks of an alarm whose time has come. */
export function endMarksByTime(turn: Turn, id: string, at: number): void {
  const standing = turn.state.alarms.get(id) as StandingAlarm;
  const actor: Actor = { kind: "rule", id: "markEnd", tier: null };
  leave(turn, standing, standAfter(standing.marks, at), { at, actor, reason: null });
}

/** True where an instrument is being worked on: one of its alarms is out of service. */
export function isOutOfService(state: MonitorState, point: CompiledPoint): boolean {
  const { orphans } = state.points.get(point.point.id) as PointState;
  const isOut = (id: string): boolean =>
    state.alarms.get(id)?.marks.some(({ kind }) => kind === "outOfService") === true;
  return point.rules.some((rule) => isOut(rule.alarmId)) || orphans.some(isOut);
}
