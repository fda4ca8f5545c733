// How numbers are rounded before they are compared, everywhere the same (semantics §1, Numbers).

/** Values and limits are never compared finer than this. */
const finestStep = 1e-6;

/** The step that a point's values, limits and deadband edges are rounded to before they are compared. */
export function stepOf(resolution: number): number {
  return Math.max(resolution, finestStep);
}

/** The value in whole steps: integers compare without surprises (`3.6 <= 1.2*3` is true here). */
export function inSteps(value: number, step: number): number {
  // The quotient itself carries noise in its last digits, so it is cut to 1e-6 of a step first.
  return Math.round(Math.round((value / step) * 1e6) / 1e6);
}

/** The value, or null where a calculation ran over or had nothing to divide by: NaN and infinity are judged by nobody. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
