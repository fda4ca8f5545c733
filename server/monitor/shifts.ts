// What a shift does for its tier: silences the horn, and hands over what still stands.
import type { Command } from "../../contract/input.ts";
import { isWhole, isWithin, scopeKey } from "../../contract/scope.ts";
import { silenceMs } from "../../contract/alarm.ts";
import type { Person, Reply } from "../../contract/wall.ts";
import { askTier } from "../domain/alarm.ts";
import { writeStep } from "./book.ts";
import { actorOf } from "./marks.ts";
import { dutiesFor } from "./routing.ts";
import type { StandingAlarm } from "./state.ts";
import { addChange, type Turn } from "./turn.ts";

type Act<Kind extends Command["act"]> = Extract<Command, { act: Kind }>;

/** True where an alarm is this person's business; one of no site is the whole city's. */
function isTheirs(turn: Turn, { scope }: Person, { site }: StandingAlarm): boolean {
  if (isWhole(scope)) return true;
  const where = site === null ? undefined : turn.plant.sites.get(site)?.site;
  return where !== undefined && isWithin(scope, where);
}

/** By tier, and by scope where it is not the whole city. */
function keyOf({ tier, scope }: Pick<Person, "tier" | "scope">): string {
  return isWhole(scope) ? tier : `${tier} ${scopeKey(scope)}`;
}

function partOf({ scope }: Person): Pick<Person, "scope"> {
  return scope === undefined || isWhole(scope) ? {} : { scope };
}

/**
 * Stops the horn of the person's tier for what sounds now, on the walls of those who have the very same scope; nothing of any
 * alarm changes (semantics §3). No wall becomes quiet by somebody who sees less, or other, than it shows.
 */
export function carryOutSilence(turn: Turn, { person }: Act<"silence">): Reply {
  const { tier, name } = person;
  const isSounding = [...turn.state.alarms.values()].some(
    (standing) =>
      standing.marks.length === 0 &&
      standing.alarm.tiers.some((duty) => duty.tier === tier && duty.owedLevel !== null) &&
      isTheirs(turn, person, standing),
  );
  if (!isSounding) return { ok: false, code: "NOTHING_TO_SILENCE" };
  const { silences } = turn.state;
  // Those of scopes are as many as there are scopes: what holds no longer goes.
  for (const [key, { at, scope: of }] of silences) {
    if (of !== undefined && at + silenceMs.orange <= turn.at) silences.delete(key);
  }
  const silence = { tier, ...partOf(person), at: turn.at, by: name };
  silences.set(keyOf(person), silence);
  addChange(turn, { type: "silence", silence });
  return { ok: true, seq: turn.state.seq };
}

/**
 * Asks the tier again for everything that stands, so that the next shift has seen it (semantics §3: re-alarm). Who has a part
 * of the city hands over that part, of his own tier: nobody else's alarms ask again because of him.
 */
export function carryOutHandover(turn: Turn, command: Act<"handover">): Reply {
  const { person, request } = command;
  // Each shift hands over its own; who runs the installation, all of it, may do it for a seat that stands empty.
  const isForOthers = person.role === "administrator" && isWhole(person.scope);
  if (person.tier !== request.tier && !isForOthers) return { ok: false, code: "NOT_ALLOWED" };
  let asked = 0;
  for (const standing of turn.state.alarms.values()) {
    if (standing.marks.length > 0 || !isTheirs(turn, person, standing)) continue;
    const after = askTier(standing.alarm, request.tier, turn.at, dutiesFor(turn.plant.routing, standing));
    if (after === null) continue;
    asked += 1;
    writeStep(turn, standing, after, {
      at: turn.at,
      now: turn.at,
      why: { code: "handover", values: { tier: request.tier } },
      actor: actorOf(command),
      reason: request.note ?? null,
    });
  }
  noteHandover(turn, command, asked);
  return { ok: true, seq: turn.state.seq };
}

/** The last shift of a scope is told for a week: as many are kept as scopes hand over in it. */
const toldForMs = 7 * 86_400_000;

/** Keeps who has taken over, until the next one does. */
function noteHandover(turn: Turn, { person, request }: Act<"handover">, asked: number): void {
  const { handovers } = turn.state;
  for (const [key, { at, scope }] of handovers) {
    if (scope !== undefined && at + toldForMs <= turn.at) handovers.delete(key);
  }
  const note = request.note ?? null;
  const handover = { tier: request.tier, ...partOf(person), at: turn.at, by: person.name, note, asked };
  handovers.set(keyOf({ ...person, tier: request.tier }), handover);
  addChange(turn, { type: "handover", handover });
}
