// Whether this seat may press a button, and if not, why: a disabled button always says it.
import type { AlarmView } from "../../../../contract/alarm.ts";
import type { Tier } from "../../../../contract/plant.ts";
import type { Person } from "../../../../contract/wall.ts";
import { owedBy } from "../../duty.ts";

/** Who sits here, and whether a command could be sent. */
export interface Seat {
  readonly person: Person | null;
  readonly tier: Tier;
  readonly isLinked: boolean;
}

function seatBar({ person, isLinked }: Seat): "act.linkDown" | "act.needLogin" | "act.viewer" | null {
  if (!isLinked) return "act.linkDown";
  if (person === null) return "act.needLogin";
  return person.role === "viewer" ? "act.viewer" : null;
}

/** Why this seat cannot acknowledge; null where it can. The server has the last word. */
export function acknowledgeBar(
  alarm: AlarmView,
  seat: Seat,
): ReturnType<typeof seatBar> | "act.nothingOwed" | "act.answered" {
  if (owedBy(alarm, seat.tier) === null) {
    const hasAnswered = alarm.tiers.some(({ tier, acknowledgedAt }) => tier === seat.tier && acknowledgedAt !== null);
    return hasAnswered ? "act.answered" : "act.nothingOwed";
  }
  return seatBar(seat);
}

/** Why this seat cannot reset; null where it can. A latched alarm must have returned and be answered by every tier. */
export function resetBar(
  alarm: AlarmView,
  seat: Seat,
): ReturnType<typeof seatBar> | "act.notLatched" | "act.stillOn" | "act.acknowledgeFirst" {
  if (alarm.latchedLevel === null) return "act.notLatched";
  if (alarm.level !== null) return "act.stillOn";
  if (alarm.state !== "latchedAcknowledged") return "act.acknowledgeFirst";
  return seatBar(seat);
}
