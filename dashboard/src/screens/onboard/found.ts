// What a check has found, in words: each number with its unit, each instant with its date.
import type { CheckResult } from "../../../../contract/conformance.ts";
import { type FaultCode, faults } from "../../../../contract/faults.ts";
import { formatAge, formatDateTime } from "../../text/time.ts";
import type { TextKey, Words } from "../../text/words.ts";

/** The findings of a check as `name: value`, in the language that is on. */
export function foundText({ found }: CheckResult, words: Pick<Words, "t" | "of">): string {
  const parts = Object.entries(found)
    .filter(([, value]) => value !== "")
    .map(
      ([name, value]) =>
        `${words.t(`onboard.found.${name}` as TextKey & "onboard.found.count")} ${textOf(name, value, words)}`,
    );
  return parts.join(" · ");
}

function textOf(name: string, value: number | string, { t, of }: Pick<Words, "t" | "of">): string {
  if (name === "security") return t(`onboard.security.${value as "plain"}`);
  if (name === "codes" && typeof value === "string")
    return value
      .split(", ")
      .map((code) => of(faults[code as FaultCode]))
      .join(", ");
  if (typeof value === "string") return value;
  if (name === "endsAt") return formatDateTime(value);
  if (!name.endsWith("Ms")) return String(value);
  const isNegative = value < 0;
  const size = Math.abs(value);
  return `${isNegative ? "−" : ""}${size < 1000 ? `${size} ms` : formatAge(size)}`;
}
