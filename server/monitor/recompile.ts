// The plan compiled once more, because a rule of it is another one now: everything else stays the very same.
import type { Plan, Point, Site } from "../../contract/plant.ts";
import {
  compilePlant,
  compilePoint,
  jointsOfPlan,
  type CompiledPoint,
  type CompiledSite,
  type Plant,
} from "./plant.ts";

/** True where two plans differ by nothing but the rules of their points and sites. */
function isAlike(a: Plan, b: Plan): boolean {
  const { points: pointsOfA, sites: sitesOfA, ...restOfA } = a;
  const { points: pointsOfB, sites: sitesOfB, ...restOfB } = b;
  const isSame = <T extends object>(one: T, other: T): boolean => {
    if (one === other) return true;
    const keys = Object.keys({ ...one, ...other }) as (keyof T)[];
    return keys.every((key) => key === "rules" || one[key] === other[key]);
  };
  return (
    pointsOfA.length === pointsOfB.length &&
    sitesOfA.length === sitesOfB.length &&
    isSame(restOfA, restOfB) &&
    sitesOfA.every((site, place) => isSame(site, sitesOfB[place] as Site)) &&
    pointsOfA.every((point, place) => isSame(point, pointsOfB[place] as Point))
  );
}

/**
 * Compiles a plan that comes after another. Where nothing but rules differ, what is the very same is not compiled anew: a
 * change of one rule costs little, however many points there are.
 */
export function recompilePlant(plan: Plan, before: Plant): Plant {
  if (!isAlike(plan, before.plan)) return compilePlant(plan);
  const changed = new Map<CompiledPoint, CompiledPoint>();
  const points = before.points.map((known, index) => {
    const point = plan.points[index] as Point;
    if (known.point === point) return known;
    const compiled = compilePoint(point, index, new Map());
    changed.set(known, compiled);
    return compiled;
  });
  const nowOf = (known: CompiledPoint): CompiledPoint => changed.get(known) ?? known;
  const [byId, codes, sites] = [new Map(before.byId), new Map(before.codes), new Map(before.sites)];
  for (const { point } of changed.keys()) codes.set(point.site, new Map(before.codes.get(point.site)));
  for (const one of changed.values()) {
    byId.set(one.point.id, one);
    (codes.get(one.point.site) as Map<string, CompiledPoint>).set(one.point.code, one);
  }
  const touched = new Set([...changed.keys()].map(({ point }) => point.site));
  for (const site of plan.sites) {
    const known = before.sites.get(site.id) as CompiledSite;
    if (!touched.has(site.id)) {
      if (known.site !== site) sites.set(site.id, { ...known, site });
      continue;
    }
    const items = known.items.map(({ item, points: its }) => ({ item, points: its.map(nowOf) }));
    sites.set(site.id, { ...known, site, items, points: known.points.map(nowOf) });
  }
  const isOfOne = [...changed].every((pair) => pair.every(({ rules }) => !rules.some(({ isJoint }) => isJoint)));
  const isOfPoints = plan.sites.every((site, place) => site === before.plan.sites[place]);
  const byException = before.byException.map(nowOf);
  const joints = isOfOne && isOfPoints ? {} : jointsOfPlan(plan, points, (id) => byId.has(id));
  return { ...before, plan, points, byId, byException, codes, sites, ...joints };
}
