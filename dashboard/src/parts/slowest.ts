// Which key points' values are the oldest: what stands behind the one data age in the head.
import type { Point } from "../../../contract/plant.ts";
import type { ShownValue } from "../latest.ts";

/** A key point and when its last value was measured; null: never. */
export interface SlowPoint {
  readonly point: Point;
  readonly sourceAt: number | null;
}

/** The `count` key points whose values are the oldest; those never heard come first. */
export function slowestOf(
  points: readonly Point[],
  latest: (pointId: string) => ShownValue,
  count: number,
): readonly SlowPoint[] {
  return points
    .filter(({ isKey }) => isKey)
    .map((point) => ({ point, sourceAt: latest(point.id).latest?.sourceAt ?? null }))
    .toSorted((a, b) => (a.sourceAt ?? -Infinity) - (b.sourceAt ?? -Infinity))
    .slice(0, count);
}
