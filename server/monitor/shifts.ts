// What a shift does for its tier: silences the horn, and hands over what still stands.
import type { Command } from "../../contract/input.ts";
import type { Reply } from "../../contract/wall.ts";
import { askTier } from "../domain/alarm.ts";
import { writeStep } from "./book.ts";
import { actorOf } from "./marks.ts";
import { dutiesFor } from "./routing.ts";
import { addChange, type Turn } from "./turn.ts";

type Act<Kind extends Command["act"]> = Extract<Command, { act: Kind }>;

/** Stops the horn of the person's tier for what sounds now; nothing of any alarm changes (semantics §3). */
export function carryOutSilence(turn: Turn, { person }: Act<"silence">): Reply {
  const { tier, name } = person;
  const isSounding = [...turn.state.alarms.values()].some(
    ({ marks, alarm }) =>
      marks.length === 0 && alarm.tiers.some((duty) => duty.tier === tier && duty.owedLevel !== null),
  );
  if (!isSounding) return { ok: false, code: "NOTHING_TO_SILENCE" };
  const silence = { tier, at: turn.at, by: name };
  turn.state.silences.set(tier, silence);
  addChange(turn, { type: "silence", silence });
  return { ok: true, seq: turn.state.seq };
}

/** Asks the tier again for everything that stands, so that the next shift has seen it (semantics §3: re-alarm). */
export function carryOutHandover(turn: Turn, command: Act<"handover">): Reply {
  const { person, request } = command;
  // Each shift hands over its own; who runs the installation may do it for a seat that stands empty.
  if (person.tier !== request.tier && person.role !== "administrator") return { ok: false, code: "NOT_ALLOWED" };
  for (const standing of turn.state.alarms.values()) {
    if (standing.marks.length > 0) continue;
    const after = askTier(standing.alarm, request.tier, turn.at, dutiesFor(turn.plant.routing, standing));
    if (after === null) continue;
    writeStep(turn, standing, after, {
      at: turn.at,
      now: turn.at,
      why: { code: "handover", values: { tier: request.tier } },
      actor: actorOf(command),
      reason: request.note ?? null,
    });
  }
  return { ok: true, seq: turn.state.seq };
}
