// The phreatic line between piezometers: a monotone spline, which overshoots no measured water (Fritsch and Carlson 1980).
import type { Spot } from "./section-frame.ts";

/** The slope at each place; between two places the curve never leaves their heights. Places ascend in x. */
export function monotoneSlopes(spots: readonly Spot[]): readonly number[] {
  const secants = spots.slice(1).map(([x, z], nth) => {
    const [fromX, fromZ] = spots[nth] ?? [0, 0];
    return (z - fromZ) / (x - fromX);
  });
  const slopes = spots.map((_, nth) => {
    const before = secants[nth - 1];
    const after = secants[nth];
    if (before === undefined || after === undefined) return before ?? after ?? 0;
    // A turn or a level stretch is an extremum: flat there.
    return before * after <= 0 ? 0 : (before + after) / 2;
  });
  for (const [nth, secant] of secants.entries()) {
    if (secant === 0) {
      slopes[nth] = 0;
      slopes[nth + 1] = 0;
      continue;
    }
    const a = (slopes[nth] ?? 0) / secant;
    const b = (slopes[nth + 1] ?? 0) / secant;
    const length = Math.hypot(a, b);
    // Inside this circle the cubic is monotone.
    if (length <= 3) continue;
    slopes[nth] = (3 / length) * a * secant;
    slopes[nth + 1] = (3 / length) * b * secant;
  }
  return slopes;
}

/** The spline as an SVG path, by a mapping of places to the drawing. */
export function splinePath(spots: readonly Spot[], map: (spot: Spot) => Spot): string {
  const slopes = monotoneSlopes(spots);
  const text = (spot: Spot): string =>
    map(spot)
      .map((part) => part.toFixed(1))
      .join(",");
  return spots
    .map((spot, nth) => {
      const from = spots[nth - 1];
      if (from === undefined) return `M${text(spot)}`;
      // A cubic's inner handles lie a third of the way along the slopes at its ends.
      const third = (spot[0] - from[0]) / 3;
      const leaving: Spot = [from[0] + third, from[1] + third * (slopes[nth - 1] ?? 0)];
      const arriving: Spot = [spot[0] - third, spot[1] - third * (slopes[nth] ?? 0)];
      return `C${text(leaving)} ${text(arriving)} ${text(spot)}`;
    })
    .join("");
}
