// The walls that somebody relies on: one that falls silent or paints no more is an alarm of the city (wall.md §9).
import type { WhyCode } from "../../contract/alarm.ts";
import type { WallInput } from "../../contract/input.ts";
import { judgeLevel } from "./book.ts";
import type { Turn } from "./turn.ts";

/** The alarm of a wall: its id must not be that of a neighbour or a site. */
export function wallSource(id: string): { readonly kind: "wall"; readonly id: string } {
  return { kind: "wall", id: `wall:${id}` };
}

function codeOf({ state, isOnDuty }: WallInput): WhyCode {
  if (!isOnDuty) return "wallOffDuty";
  if (state === "silent") return "wallSilent";
  return state === "frozen" ? "wallFrozen" : "wallBack";
}

/** A wall is otherwise than before: missed only while it is on duty, and the more where it was the last one. */
export function judgeWall(turn: Turn, input: WallInput): void {
  const { id, name, state, isOnDuty, isLast, since } = input;
  const isMissed = isOnDuty && state !== "up";
  judgeLevel(
    turn,
    { source: wallSource(id), site: null, rule: "screen", direction: "none", isData: true, isLatching: false },
    isMissed ? (isLast ? "orange" : "yellow") : null,
    {
      at: turn.at,
      now: turn.at,
      why: { code: codeOf(input), values: { name, ...(isMissed ? { since } : {}) } },
      actor: { kind: "rule", id: "wall", tier: null },
    },
  );
}
