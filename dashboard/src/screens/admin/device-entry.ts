// A device's entry as a form shows it: its names a line each, its options as the JSON that its dialect takes.
import type { DialectName } from "../../../../contract/register.ts";

/** Every dialect, in the order of the contract; a dialect that is missing here does not compile. */
export const dialects = Object.keys({
  native: true,
  thingsboard: true,
  sparkplug: true,
  influx: true,
  hj212: true,
  json: true,
} satisfies Record<DialectName, true>) as readonly DialectName[];

/** The device's own names and the points that they stand for, a line each. */
export function namesText(names: Readonly<Record<string, string>>): string {
  return Object.entries(names)
    .map(([own, code]) => `${own}=${code}`)
    .join("\n");
}

/** The names of such lines; null where a line is none. A point's code has no equals sign, a device's own name may. */
export function namesOf(text: string): Readonly<Record<string, string>> | null {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const pairs = lines.map((line) => {
    const at = line.lastIndexOf("=");
    return [line.slice(0, Math.max(0, at)).trim(), line.slice(at + 1).trim()] as const;
  });
  return pairs.every(([own, code]) => own !== "" && code !== "") ? Object.fromEntries(pairs) : null;
}

/** The options that a text of JSON stands for; null where it is no object. An empty text: none. */
export function optionsOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = text.trim() === "" ? {} : JSON.parse(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? (value as Readonly<Record<string, unknown>>) : null;
  } catch {
    return null;
  }
}

/** The options as a text of JSON; none: an empty one. */
export function optionsText(options: Readonly<Record<string, unknown>>): string {
  return Object.keys(options).length === 0 ? "" : JSON.stringify(options, null, 2);
}
