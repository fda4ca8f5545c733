// Numbers as people type them: with another unit that can be converted, or refused with the reason.
import { convert } from "../../../../contract/units.ts";

/** What was typed, in the field's own unit; or why it is not taken. */
export type Typed =
  | { readonly ok: true; readonly value: number }
  | { readonly ok: false; readonly fault: "number" | "unit" | "spanUnit"; readonly unit: string };

const amount = /^(?<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)\s*(?<unit>.*)$/iu;

/** Full-width signs, a true minus and signs such as ℃ become what tables hold; `m3` is how people type `m³`. */
function plain(text: string): string {
  return text.normalize("NFKC").replaceAll("\u2212", "-").replaceAll("3/", "³/").trim();
}

function rounded(value: number): number {
  return Number(value.toFixed(6));
}

/** An amount in a unit; nothing typed behind the number is that unit. */
export function parseAmount(text: string, unit: string): Typed {
  const parts = amount.exec(plain(text))?.groups;
  if (parts === undefined) return { ok: false, fault: "number", unit };
  const { number = "", unit: typed = "" } = parts;
  const value = Number(number);
  if (typed === "" || typed.toLowerCase() === plain(unit).toLowerCase()) return { ok: true, value };
  const converted = convert(value, typed, plain(unit)) ?? convert(value, typed, unit);
  return converted === undefined ? { ok: false, fault: "unit", unit } : { ok: true, value: rounded(converted) };
}

const spans: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  秒: 1000,
  min: 60_000,
  分: 60_000,
  分钟: 60_000,
  h: 3_600_000,
  小时: 3_600_000,
  d: 86_400_000,
  天: 86_400_000,
};

/** A span of time in ms: its unit must be said, but for nothing at all. */
export function parseSpan(text: string): Typed {
  const parts = amount.exec(plain(text))?.groups;
  if (parts === undefined || Number(parts["number"]) < 0) return { ok: false, fault: "number", unit: "s" };
  const value = Number(parts["number"]);
  const each = spans[(parts["unit"] ?? "").toLowerCase()];
  if (value === 0) return { ok: true, value: 0 };
  return each === undefined ? { ok: false, fault: "spanUnit", unit: "s" } : { ok: true, value: rounded(value * each) };
}

/** Numbers with spaces or commas between them: the values of a state. */
export function parseValues(text: string): readonly number[] | null {
  const parts = plain(text)
    .split(/[\s,、;]+/u)
    .filter((part) => part !== "");
  const values = parts.map(Number);
  return parts.length > 0 && values.every(Number.isFinite) ? values : null;
}
