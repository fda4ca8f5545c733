// From points to item to site: the statutory ladder or worst-of, with the tree of why (GB 39496-2020 5.5.4; semantics §5).
import { higher, levelOfRank, levels, rankOf, type Level } from "../../contract/level.ts";
import type { Rollup } from "../../contract/plant.ts";

/** One member of a roll-up: a point of an item, or an item of a site. */
export interface Member {
  readonly id: string;
  /** The highest level that it has on; null for none. */
  readonly level: Level | null;
  /** The level that it may have where it is unknown (silent, bad, never heard); else its level. */
  readonly worst: Level | null;
  readonly isUnknown: boolean;
}

/** What the members make of the whole. */
export interface RolledUp {
  readonly level: Level | null;
  readonly worstIfUnknown: Level | null;
  /** The level where every full group counts again and again, if that is more than `level`. */
  readonly byCarry: Level | null;
  /** Members by the level that they have on. */
  readonly counts: Readonly<Record<Level, number>>;
  readonly unknown: number;
  /** The members that are on, highest first. */
  readonly because: readonly string[];
  /** True where the ladder made more of it than its highest member. */
  readonly isLifted: boolean;
}

type Ladder = Extract<Rollup, { kind: "ladder" }>;

/** Members that have exactly this rank, by rank 0 to 4. */
function countRanks(of: readonly (Level | null)[]): number[] {
  const counts = [0, 0, 0, 0, 0];
  for (const level of of) counts[rankOf(level)] = (counts[rankOf(level)] as number) + 1;
  return counts;
}

/**
 * The level by the ladder: 4 members at blue or higher make at least yellow, 3 at yellow or higher at least orange, 2 at
 * orange or higher red. `carry` adds full groups of exactly one level to the next: none, at most one, or each.
 */
function climb(ladder: Ladder, carry: Ladder["carry"], of: readonly (Level | null)[]): Level | null {
  const exact = countRanks(of);
  const needs = [ladder.need.yellow, ladder.need.orange, ladder.need.red];
  let rank = rankOf(of.reduce(higher, null));
  let carried = 0;
  for (const [step, need] of needs.entries()) {
    const from = step + 1;
    const atLeast = exact.slice(from).reduce((sum, count) => sum + count, 0) + carried;
    if (atLeast >= need) rank = Math.max(rank, from + 1);
    const groups = Math.floor(((exact[from] as number) + carried) / need);
    carried = carry === "none" ? 0 : carry === "one" ? Math.min(groups, 1) : groups;
  }
  return levelOfRank(rank);
}

function levelOf(rollup: Rollup, of: readonly (Level | null)[]): Level | null {
  return rollup.kind === "worstOf" ? of.reduce(higher, null) : climb(rollup, rollup.carry, of);
}

/** Rolls members up; every member counts once, at its highest level on. */
export function rollUp(rollup: Rollup, members: readonly Member[]): RolledUp {
  const own = members.map((member) => member.level);
  const level = levelOf(rollup, own);
  const generous = rollup.kind === "worstOf" ? level : climb(rollup, "each", own);
  const exact = countRanks(own);
  const on = members.filter((member) => member.level !== null);
  return {
    level,
    worstIfUnknown: levelOf(
      rollup,
      members.map((member) => higher(member.level, member.worst)),
    ),
    byCarry: rankOf(generous) > rankOf(level) ? generous : null,
    counts: Object.fromEntries(levels.map((name) => [name, exact[rankOf(name)]])) as Record<Level, number>,
    unknown: members.filter((member) => member.isUnknown).length,
    because: on.toSorted((a, b) => rankOf(b.level) - rankOf(a.level)).map((member) => member.id),
    isLifted: rankOf(level) > rankOf(own.reduce(higher, null)),
  };
}
