// Whether this seat may press a button, and if not, why: a disabled button always says it.
import type { AlarmView, Mark } from "../../../../contract/alarm.ts";
import type { Point, Tier } from "../../../../contract/plant.ts";
import type { Person } from "../../../../contract/wall.ts";
import { owedBy } from "../../duty.ts";

/** Who sits here, and whether a command could be sent. */
export interface Seat {
  readonly person: Person | null;
  readonly tier: Tier;
  readonly isLinked: boolean;
}

/** Why nothing can be done from this seat; null where something can. */
export function seatBar({ person, isLinked }: Seat): "act.linkDown" | "act.needLogin" | "act.viewer" | null {
  if (!isLinked) return "act.linkDown";
  // Nobody sits at a wall: whoever comes to it logs in over it.
  if (person === null || person.isWall === true) return "act.needLogin";
  return person.role === "viewer" ? "act.viewer" : null;
}

/** What an enterprise leaves to those on duty: it answers for its own tier, and ends, marks and resets nothing. */
function dutyBar(seat: Seat): ReturnType<typeof seatBar> | "act.enterprise" {
  return seatBar(seat) ?? (seat.person?.role === "enterprise" ? "act.enterprise" : null);
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
): ReturnType<typeof dutyBar> | "act.notLatched" | "act.stillOn" | "act.acknowledgeFirst" {
  if (alarm.latchedLevel === null) return "act.notLatched";
  if (alarm.level !== null) return "act.stillOn";
  if (alarm.state !== "latchedAcknowledged") return "act.acknowledgeFirst";
  return dutyBar(seat);
}

/** The acts that ask for words before they are sent. */
export type FormAct = "shelve" | "outOfService" | "suppress" | "returnByHand";

/** Why no mark may be set here; null where one may. The server has the last word. */
export function markBar(
  alarm: AlarmView,
  point: Point | undefined,
  seat: Seat,
): ReturnType<typeof dutyBar> | "act.noMark" {
  const rule = point?.rules.find(({ id, direction }) => id === alarm.rule && direction === alarm.direction);
  const isOpen = alarm.state !== "normal";
  const isRed = alarm.level === "red" || alarm.tiers.some(({ owedLevel }) => owedLevel === "red");
  if (isOpen && (isRed || alarm.latchedLevel !== null || rule?.mayMark === false)) return "act.noMark";
  return dutyBar(seat);
}

/** Why this seat cannot return the alarm by hand; null where it may try. */
export function returnBar(alarm: AlarmView, seat: Seat): ReturnType<typeof dutyBar> | "act.noReturn" {
  return alarm.level === "red" && !alarm.isRuleChanged ? "act.noReturn" : dutyBar(seat);
}

/** Whether a second person must approve: orange is shelved by two, out of service is the tier above's to allow. */
export function needsApproval(alarm: AlarmView, act: FormAct): boolean {
  if (act === "outOfService") return true;
  const isOrange = alarm.level === "orange" || alarm.tiers.some(({ owedLevel }) => owedLevel === "orange");
  return act === "shelve" && isOrange;
}

/** What the design suppresses is not for the shift to say. */
export function maySuppress(person: Person | null): boolean {
  return person?.role === "administrator" || person?.role === "supervisor";
}

const enders = { shelved: "unshelve", suppressed: "unsuppress", outOfService: "returnToService" } as const;

/** The acts that end the marks of an alarm, as far as this person may. */
export function endersOf(alarm: AlarmView, person: Person | null): readonly (typeof enders)[Mark["kind"]][] {
  if (person === null || person.role === "viewer" || person.role === "enterprise") return [];
  const mine = alarm.marks.filter(({ kind }) => kind !== "suppressed" || maySuppress(person));
  return mine.map(({ kind }) => enders[kind]);
}
