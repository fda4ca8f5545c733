// Sites of one town that would cover one another on the map: one sign in their place, of the worst of them, with their number.

/** What is joined: where it lies, px, and how bad it is. */
export interface Clustered {
  readonly id: string;
  readonly town: string;
  readonly rank: number;
  readonly at: readonly [number, number];
}

/** wall.md S1: nearer than this, two signs of a town are one. */
export const clusterPx = 24;

/**
 * The groups, the worst of each first; a site alone is a group of its own. What touches what touches is one group, whatever
 * its order.
 */
export function clustersOf<T extends Clustered>(sites: readonly T[]): readonly (readonly T[])[] {
  const isNear = (a: T, b: T): boolean =>
    a.town === b.town && Math.hypot(a.at[0] - b.at[0], a.at[1] - b.at[1]) < clusterPx;
  let groups: T[][] = [];
  for (const site of sites) {
    const touched = groups.filter((group) => group.some((other) => isNear(site, other)));
    groups = [...groups.filter((group) => !touched.includes(group)), [...touched.flat(), site]];
  }
  return groups.map((group) => group.toSorted((a, b) => b.rank - a.rank || (a.id < b.id ? -1 : 1)));
}
