// How numbers are written: tabular digits, a true minus, at most five significant digits.

/** The thin space before a unit. */
export const thinSpace = "\u2009";

const mostSignificant = 5;

/** A number with at most `decimals` decimals and five significant digits; whole numbers are never shortened. */
export function formatNumber(value: number, decimals: number): string {
  const whole = Math.max(1, Math.floor(Math.log10(Math.max(1, Math.abs(value)))) + 1);
  const text = value.toFixed(Math.max(0, Math.min(decimals, mostSignificant - whole)));
  // "-0.0" is a rounding of something just below zero: written without its sign.
  return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "\u2212");
}

/** A number and its unit; the unit "1" is not written. */
export function formatQuantity(value: number, decimals: number, unit: string): string {
  const number = formatNumber(value, decimals);
  return unit === "1" || unit === "" ? number : `${number}${thinSpace}${unit}`;
}

/** A number of a rule and its unit, with as many decimals as it has, six at most. */
export function formatExact(value: number, unit: string): string {
  // Setpoints are rounded to 1e-6 before they are compared: what lies below that is noise of the arithmetic.
  const text = String(Number(value.toFixed(6))).replace("-", "\u2212");
  return unit === "1" || unit === "" ? text : `${text}${thinSpace}${unit}`;
}

/** A share of a whole in percent, one decimal; a dash where there is no whole. Never rounded up to 100. */
export function formatPercent(part: number, whole: number): string {
  if (whole === 0) return "—";
  const percent = (part / whole) * 100;
  return `${(part < whole ? Math.min(99.9, percent) : percent).toFixed(1)}%`;
}

/** A signed number of seconds, two decimals. */
export function formatSigned(seconds: number): string {
  const text = formatNumber(seconds, 2);
  return seconds >= 0 ? `+${text}` : text;
}
