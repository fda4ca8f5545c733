// What the members of a condition are worth: which violates, which is doubtful, which two belong together (semantics §1, §4).
import type { Crossing, Member, Quantity } from "./condition.ts";
import { inSteps } from "./numbers.ts";
import type { Quality } from "./sample.ts";

/** Does a member violate a limit, inclusive and in whole steps; null where there is nothing to believe (semantics §1, §2). */
export function violates(member: Member, { direction, setpoint }: Crossing): boolean | null {
  if (member.value === null || member.isOutOfService) return null;
  // Over range it violates every level of its own direction and none of the other (semantics §1, table).
  if (member.saturated !== null) return member.saturated === direction;
  const value = inSteps(member.value, member.step);
  const limit = inSteps(setpoint, member.step);
  return direction === "high" ? value >= limit : value <= limit;
}

/** True where the newest sample is less than good: it ends no run of violations (semantics §1, table). */
export function isLessThanGood({ quality }: Member): boolean {
  return quality === "suspect" || quality === "saturated";
}

/** True where a member may raise but not return: suspect, over range or lagging (semantics §1, §6). */
export function isDoubtful(member: Member): boolean {
  return isLessThanGood(member) || member.isLagging;
}

/** The worst of some qualities, in the three grades that matter to a result: good, suspect, saturated. */
export function worstOf(qualities: readonly Quality[]): Quality {
  if (qualities.includes("saturated")) return "saturated";
  return qualities.includes("suspect") ? "suspect" : "good";
}

/** How far a result that rests on all of these members is to be trusted. */
export function trustIn(members: readonly Member[]): Pick<Quantity, "quality" | "mayReturn"> {
  return { quality: worstOf(members.map((member) => member.quality)), mayReturn: !members.some(isDoubtful) };
}

/** Why two members make no pair (semantics §4); null where they do: believable both, and measured within `skewMs`. */
export function apartBecause(one: Member, other: Member, skewMs: number): "outOfService" | "lost" | "skew" | null {
  if (one.isOutOfService || other.isOutOfService) return "outOfService";
  if (one.value === null || other.value === null) return "lost";
  return Math.abs(one.sourceAt - other.sourceAt) > skewMs ? "skew" : null;
}

/** The quantity that there is none, and why. */
export function undefinedBecause(note: string, values: Quantity["values"] = {}): Quantity {
  return { value: null, quality: "good", mayReturn: false, note, values };
}
