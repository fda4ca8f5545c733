// Does a position lie on the wrong side of a polygon or a corridor, reckoned on a small flat map around it (semantics §4).
import type { GeofenceCondition, JointKind } from "../../../contract/condition.ts";
import { apartBecause, trustIn, undefinedBecause } from "../../../contract/member.ts";

type Spot = readonly [number, number];

/** The mean radius of the earth, m (IUGG R₁, Moritz 2000). */
const EARTH_RADIUS_M = 6_371_008.8;
/** This near to an edge is on it, m: finer than any receiver, coarser than the arithmetic. */
const ON_EDGE_M = 1e-3;

/**
 * Degrees to metres around a position, which becomes the origin: x = R·Δλ·cos φ, y = R·Δφ, the equirectangular map
 * (Snyder 1987, USGS Professional Paper 1395, ch. 12). Lines stay straight, so sides are exact; distances are true near
 * the origin, where they decide.
 */
function around([lng, lat]: Spot, corners: readonly Spot[]): readonly Spot[] {
  const radian = Math.PI / 180;
  const east = EARTH_RADIUS_M * radian * Math.cos(lat * radian);
  // Whole turns are taken off, so that a shape across the 180th meridian stays in one piece, and the position beside it.
  const [first] = corners[0] as Spot;
  const near = (degrees: number): number => degrees - 360 * Math.round((degrees - first) / 360);
  return corners.map((corner) => [(near(corner[0]) - near(lng)) * east, (corner[1] - lat) * EARTH_RADIUS_M * radian]);
}

/** How far the origin is from the line between two spots: the foot of the perpendicular, or the nearer end. */
function distanceTo(a: Spot, b: Spot): number {
  const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
  const squared = dx * dx + dy * dy;
  const along = squared === 0 ? 0 : Math.min(1, Math.max(0, -(a[0] * dx + a[1] * dy) / squared));
  return Math.hypot(a[0] + along * dx, a[1] + along * dy);
}

/** True where the ray from the origin to the east crosses the line; its lower end belongs to it, its upper does not. */
function isCrossed(a: Spot, b: Spot): boolean {
  if (a[1] > 0 === b[1] > 0) return false;
  // The sign of the cross product says on which side of the upward line the origin lies.
  const cross = a[0] * b[1] - b[0] * a[1];
  return b[1] > a[1] ? cross > 0 : cross < 0;
}

/** Inside, and how far from the edge or the corridor's line, m. */
function place(
  shape: GeofenceCondition["shape"],
  spot: Spot,
): { readonly isInside: boolean; readonly distanceM: number } {
  const corners = around(spot, "polygon" in shape ? shape.polygon : shape.corridor);
  const lines = corners.map((corner, nth) => [corners.at(nth - 1) as Spot, corner] as const);
  // The line of a corridor does not close; a polygon does.
  const drawn = "polygon" in shape ? lines : lines.slice(1);
  const distanceM = Math.min(...drawn.map(([a, b]) => distanceTo(a, b)));
  if ("corridor" in shape) return { isInside: distanceM <= shape.halfWidthM + ON_EDGE_M, distanceM };
  // Even-odd rule: a ray crosses the edge an odd number of times from inside (Shimrat 1962, Algorithm 112).
  const crossings = drawn.filter(([a, b]) => isCrossed(a, b)).length;
  return { isInside: distanceM <= ON_EDGE_M || crossings % 2 === 1, distanceM };
}

/** The kind `geofence`; it remembers nothing. The edge is inside. */
export const geofence: JointKind<GeofenceCondition, null> = {
  initial: () => null,
  members: ({ lng, lat }) => [lng, lat],
  sources: () => [],
  step(condition, state, { member }) {
    const [lng, lat] = [member(condition.lng), member(condition.lat)];
    const apart = apartBecause(lng, lat, condition.skewMs);
    if (apart !== null) return { state, quantity: undefinedBecause(apart) };
    const spot: Spot = [lng.value as number, lat.value as number];
    const { isInside, distanceM } = place(condition.shape, spot);
    const isWrong = isInside === (condition.wrong === "inside");
    const values = { lng: spot[0], lat: spot[1], distanceM: Math.round(distanceM) };
    return { state, quantity: { value: isWrong ? 1 : 0, ...trustIn([lng, lat]), note: null, values } };
  },
  dueAt: () => null,
};
