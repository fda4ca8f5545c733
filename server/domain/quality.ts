// May this value be believed: the point's ranges, and what each flag is allowed to do (QARTOD; semantics §1).
import type { Point } from "../../contract/plant.ts";
import type { Quality } from "../../contract/sample.ts";

/** On which side of the sensor's range a value lies. */
export type Side = "high" | "low" | null;

/** What the ranges and the device's own flag make of a value. */
export interface Judged {
  readonly quality: Quality;
  /** For a saturated value: the direction in which it violates every level. */
  readonly side: Side;
}

const plain: Readonly<Record<Exclude<Quality, "saturated">, Judged>> = {
  good: { quality: "good", side: null },
  unknown: { quality: "unknown", side: null },
  suspect: { quality: "suspect", side: null },
  bad: { quality: "bad", side: null },
  missing: { quality: "missing", side: null },
};

function sideOf(point: Point, value: number): Exclude<Side, null> {
  const [low, high] = point.range.sensor;
  if (value >= high) return "high";
  if (value <= low) return "low";
  // Flagged over range by the device while the number itself lies inside: the nearer end is meant.
  return value - low > high - value ? "high" : "low";
}

/**
 * The quality of a value, in the point's unit. Gross range (QARTOD test 4): beyond the sensor's span on a side that
 * has limits is `saturated`, on a side without limits `bad`; beyond the operator's span `suspect`. The device's own
 * flag is never improved.
 */
export function judgeQuality(point: Point, value: number, device: Quality): Judged {
  if (device === "bad" || device === "missing") return plain[device];
  const [low, high] = point.range.sensor;
  if (device === "saturated" || value < low || value > high) {
    const side = sideOf(point, value);
    const isDangerous = point.rules.some((rule) => rule.direction === side);
    return isDangerous && point.overRange === "saturated" ? { quality: "saturated", side } : plain.bad;
  }
  const [least, most] = point.range.operator;
  if (device === "suspect" || value < least || value > most) return plain.suspect;
  return plain[device];
}

/** True where a point may raise red: then a fault of its sensor is an alarm at once. */
export function isRedCapable(point: Point): boolean {
  return point.rules.some((rule) => rule.versions.some((version) => version.levels.red !== undefined));
}
