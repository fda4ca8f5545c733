// Which units can be turned into which, so that a device may speak another unit than the register.

/** Unit → [dimension, factor to the dimension's base, offset in the base]. Base: m, Pa, °C, 1, m³/s. */
const table: Readonly<Record<string, readonly [string, number, number]>> = {
  mm: ["length", 0.001, 0],
  cm: ["length", 0.01, 0],
  m: ["length", 1, 0],
  Pa: ["pressure", 1, 0],
  hPa: ["pressure", 100, 0],
  kPa: ["pressure", 1000, 0],
  bar: ["pressure", 100_000, 0],
  MPa: ["pressure", 1_000_000, 0],
  "°C": ["temperature", 1, 0],
  "°F": ["temperature", 5 / 9, -160 / 9],
  K: ["temperature", 1, -273.15],
  "%": ["ratio", 0.01, 0],
  "1": ["ratio", 1, 0],
  "L/s": ["flow", 0.001, 0],
  "m³/h": ["flow", 1 / 3600, 0],
  "m³/s": ["flow", 1, 0],
};

/**
 * The value in another unit of the same dimension, or undefined where the two do not belong together.
 * The same unit is always accepted, known or not.
 */
export function convert(value: number, from: string, to: string): number | undefined {
  if (from === to) return value;
  const source = Object.hasOwn(table, from) ? table[from] : undefined;
  const target = Object.hasOwn(table, to) ? table[to] : undefined;
  if (source === undefined || target === undefined || source[0] !== target[0]) return undefined;
  return (value * source[1] + source[2] - target[2]) / target[1];
}
