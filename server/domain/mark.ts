// Marks beside an alarm's state: shelved, suppressed by design, out of service; they stop the asking and nothing else.
import type { Mark, MarkKind } from "../../contract/alarm.ts";
import type { FaultCode } from "../../contract/faults.ts";
import { higher, rankOf, type Level } from "../../contract/level.ts";
import { tiers } from "../../contract/plant.ts";
import type { Person } from "../../contract/wall.ts";

/** For how long each mark may hold, ms (semantics §3); a suppression by design ends when its rule says so. */
export const longestMs: Readonly<Record<MarkKind, number>> = {
  shelved: 8 * 3_600_000,
  suppressed: Infinity,
  outOfService: 7 * 86_400_000,
};

/** What a mark must know of the alarm that it shall stand beside. */
export interface Bearer {
  readonly isOpen: boolean;
  readonly level: Level | null;
  readonly latchedLevel: Level | null;
  /** The highest level that any tier still owes an answer to. */
  readonly owedLevel: Level | null;
  /** False for overfill, overtopping and latched kinds: while they are abnormal they take none. */
  readonly mayMark: boolean;
  readonly marks: readonly Mark[];
}

/** A mark that somebody asks for. */
export interface Wanted {
  readonly kind: MarkKind;
  readonly forMs: number | null;
  /** The level up to which it shall hold where nothing is on now. */
  readonly upTo: Level | null;
}

/** The level above which a mark ends: the one that is on; at rest the one that was asked for. */
export function coverageOf(bearer: Bearer, upTo: Level | null): Level | null {
  return bearer.level ?? (bearer.mayMark ? upTo : null);
}

/** Why this mark may not be set; null where it may. Nothing red, latched or about to run over is ever made quiet. */
export function refusalOf(bearer: Bearer, wanted: Wanted): FaultCode | null {
  const highest = higher(bearer.level, bearer.owedLevel);
  if (bearer.isOpen && (!bearer.mayMark || bearer.latchedLevel !== null)) return "SHELVE_NOT_ALLOWED";
  if (highest === "red") return "SHELVE_NOT_ALLOWED";
  if (bearer.marks.some(({ kind }) => kind === wanted.kind)) return "MARK_STANDS";
  return wanted.forMs !== null && wanted.forMs > longestMs[wanted.kind] ? "MARK_TOO_LONG" : null;
}

/**
 * Why the approval does not do; null where it does. Orange is shelved by two; out of service is approved by the tier
 * above, and at the top by another person.
 */
export function approvalOf(
  bearer: Bearer,
  wanted: Wanted,
  person: Person,
  approver: Person | undefined,
): FaultCode | null {
  const highest = higher(bearer.owedLevel, coverageOf(bearer, wanted.upTo));
  const isWanted = wanted.kind === "outOfService" || (wanted.kind === "shelved" && highest === "orange");
  if (!isWanted) return null;
  if (approver === undefined) return "APPROVER_REQUIRED";
  const above = Math.min(tiers.indexOf(person.tier) + 1, tiers.length - 1);
  const isHighEnough = wanted.kind === "shelved" || tiers.indexOf(approver.tier) >= above;
  return approver.name === person.name || !isHighEnough ? "APPROVER_NOT_ALLOWED" : null;
}

/** The marks that still stand at this level: a rise above a mark's own ends it, and red ends every one. */
export function standAt(marks: readonly Mark[], level: Level | null): readonly Mark[] {
  const kept = marks.filter(({ upTo }) => level !== "red" && rankOf(level) <= rankOf(upTo));
  return kept.length === marks.length ? marks : kept;
}

/** The marks whose time has not come yet. */
export function standAfter(marks: readonly Mark[], now: number): readonly Mark[] {
  return marks.filter(({ until }) => until === null || until > now);
}

/** When the next mark ends by its time, server time; null where none does. */
export function endOf(marks: readonly Mark[]): number | null {
  const at = Math.min(...marks.map(({ until }) => until ?? Infinity));
  return at === Infinity ? null : at;
}

/** The level that an alarm out of service keeps counting at, whatever its instrument says meanwhile. */
export function heldLevel(marks: readonly Mark[]): Level | null {
  return marks.find(({ kind }) => kind === "outOfService")?.level ?? null;
}
