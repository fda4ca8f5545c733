// What people do to alarms: each command judged once, answered once, and never ahead of what the person saw.
import type { Command, Flag } from "../../contract/input.ts";
import { rankOf } from "../../contract/level.ts";
import type { Reply } from "../../contract/wall.ts";
import { acknowledge, reset, type TierDuty } from "../domain/alarm.ts";
import { viewOf, writeStep } from "./book.ts";
import { carryOutReading, carryOutReturnByHand, isStillViolated } from "./by-hand.ts";
import { carryOutIncident } from "./incidents.ts";
import { carryOutEnding, carryOutSetting } from "./marks.ts";
import { noteAnswer } from "./responses.ts";
import { carryOutHandover, carryOutSilence } from "./shifts.ts";
import type { StandingAlarm } from "./state.ts";
import type { Turn } from "./turn.ts";

/** Answers are remembered so that a command sent twice is carried out once; more than this many are forgotten. */
const rememberedReplies = 2000;

type Act<Kind extends Command["act"]> = Extract<Command, { act: Kind }>;

function answer(turn: Turn, standing: StandingAlarm, command: Act<"acknowledge">, revision: number): Reply {
  const { person, request } = command;
  // Under a mark no tier is asked, so nobody has anything to answer.
  if (standing.marks.length > 0) return { ok: false, code: "ALARM_NOT_ACKNOWLEDGEABLE", alarm: viewOf(standing) };
  const duty = standing.alarm.tiers.find(({ tier }) => tier === person.tier);
  const result = acknowledge(standing.alarm, {
    occurrence: standing.alarm.occurrence,
    revision,
    tier: person.tier,
    by: person.name,
    now: turn.at,
  });
  if (!result.ok) return { ok: false, code: result.code, alarm: viewOf(standing) };
  writeStep(turn, standing, result.alarm, {
    at: turn.at,
    now: turn.at,
    why: { code: "acknowledged", values: {} },
    actor: { kind: "person", id: person.name, tier: person.tier },
    reason: request.note ?? null,
  });
  if (person.tier === "county") noteAnswer(turn, standing, duty as TierDuty);
  return { ok: true, seq: turn.state.seq };
}

/** The members that the person saw under a roll-up alarm are answered with it, unless higher than it (semantics §5). */
function answerFollowers(turn: Turn, lifted: StandingAlarm, command: Act<"acknowledge">, level: number): void {
  const seen = new Set(lifted.followers);
  for (const standing of turn.state.alarms.values()) {
    if (standing === lifted || standing.isData || standing.marks.length > 0 || !seen.has(standing.source.id)) continue;
    const owed = standing.alarm.tiers.find(({ tier }) => tier === command.person.tier)?.owedLevel ?? null;
    if (owed === null || rankOf(owed) > level) continue;
    answer(turn, standing, command, standing.alarm.revision);
    answerFollowers(turn, standing, command, level);
  }
}

function carryOutAcknowledge(turn: Turn, command: Act<"acknowledge">): Reply {
  const { request, person } = command;
  const standing = turn.state.alarms.get(request.alarm);
  if (standing === undefined) return { ok: false, code: "ALARM_NOT_FOUND" };
  if (standing.alarm.occurrence !== request.occurrence) {
    return { ok: false, code: "ALARM_CHANGED", alarm: viewOf(standing) };
  }
  const owed = standing.alarm.tiers.find(({ tier }) => tier === person.tier)?.owedLevel ?? null;
  const reply = answer(turn, standing, command, request.revision);
  if (!reply.ok) return reply;
  answerFollowers(turn, standing, command, rankOf(owed));
  return { ok: true, seq: turn.state.seq };
}

function carryOutReset(turn: Turn, command: Act<"reset">): Reply {
  const { request, person } = command;
  const standing = turn.state.alarms.get(request.alarm);
  if (standing === undefined) return { ok: false, code: "ALARM_NOT_FOUND" };
  if (request.reason.trim() === "") return { ok: false, code: "REASON_REQUIRED" };
  // A second measurement that is itself beyond a limit proves the opposite of what a reset says.
  if (request.measurement !== undefined && isStillViolated(turn, standing, request.measurement)) {
    return { ok: false, code: "ALARM_NOT_RESETTABLE", alarm: viewOf(standing) };
  }
  const result = reset(standing.alarm, request.occurrence, request.measurement !== undefined);
  if (!result.ok) return { ok: false, code: result.code, alarm: viewOf(standing) };
  writeStep(turn, standing, result.alarm, {
    at: turn.at,
    now: turn.at,
    why: { code: "reset", values: request.measurement === undefined ? {} : { measurement: request.measurement } },
    actor: { kind: "person", id: person.name, tier: person.tier },
    reason: request.reason,
  });
  return { ok: true, seq: turn.state.seq };
}

/** What a command has brought about beside its changes: its answer, and what the historian must store. */
export interface Carried {
  readonly reply: Reply;
  readonly flags: readonly Flag[];
}

function carryOutAct(turn: Turn, command: Command): Carried {
  const replied = (reply: Reply): Carried => ({ reply, flags: [] });
  switch (command.act) {
    case "acknowledge":
      return replied(carryOutAcknowledge(turn, command));
    case "reset":
      return replied(carryOutReset(turn, command));
    case "shelve":
    case "suppress":
    case "outOfService":
      return replied(carryOutSetting(turn, command));
    case "unshelve":
    case "unsuppress":
    case "returnToService":
      return replied(carryOutEnding(turn, command));
    case "silence":
      return replied(carryOutSilence(turn, command));
    case "handover":
      return replied(carryOutHandover(turn, command));
    case "returnByHand":
      return replied(carryOutReturnByHand(turn, command));
    case "reading":
      return carryOutReading(turn, command);
    case "verify":
    case "dispose":
    case "report":
    case "review":
    case "archive":
    case "assign":
    case "note":
    case "attach":
    case "cardStep":
      return replied(carryOutIncident(turn, command));
  }
}

/** Carries a command out, or says why not; the same command id gives the same answer and nothing else. */
export function carryOut(turn: Turn, command: Command): Carried {
  const { replies } = turn.state;
  const id = `${command.person.name} ${command.request.commandId}`;
  const known = replies.get(id);
  if (known !== undefined) return { reply: known, flags: [] };
  const carried = carryOutAct(turn, command);
  replies.set(id, carried.reply);
  if (replies.size > rememberedReplies) replies.delete(replies.keys().next().value as string);
  return carried;
}
