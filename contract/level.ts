// The four colours, their one order, and how to compare them.

/** The four warning levels, lowest first (GB 39496-2020 5.5.4: 蓝 < 黄 < 橙 < 红). */
export const levels = ["blue", "yellow", "orange", "red"] as const;

/** One of the four warning levels. */
export type Level = (typeof levels)[number];

/** The rank of a level: 0 for none, 1 for blue, up to 4 for red. */
export function rankOf(level: Level | null): number {
  return level === null ? 0 : levels.indexOf(level) + 1;
}

/** The level of a rank: null for 0, blue for 1, up to red for 4. */
export function levelOfRank(rank: number): Level | null {
  return levels[rank - 1] ?? null;
}

/** The higher of two levels; null is lower than blue. */
export function higher(a: Level | null, b: Level | null): Level | null {
  return rankOf(a) >= rankOf(b) ? a : b;
}
