// A condition in sentences: when it goes on, and what its way back asks for.
import type { Condition } from "../../../contract/condition.ts";
import { sentenceOf, unitOfSetpoint, type Told } from "../text/condition.ts";
import { formatExact } from "../text/number.ts";
import { formatAge, formatSpan } from "../text/time.ts";
import type { Words } from "../text/words.ts";

/** How long a delay is; none is "at once". */
export function spanText({ t }: Words, ms: number): string {
  if (ms === 0) return t("site.rules.atOnce");
  return ms % 1000 === 0 && ms < 120_000 ? `${ms / 1000} s` : formatAge(ms);
}

/** A condition that is no plain limit: when it goes on, and what its way back asks for. */
export function conditionSentences(
  words: Words,
  condition: Condition,
  told: Omit<Told, "subject" | "level">,
): readonly string[] {
  const { t, language } = words;
  const { deadband, offDelayMs } = condition;
  const unit = unitOfSetpoint(condition, told);
  const spans: Readonly<Record<string, number>> = { ms: 1, h: 3_600_000 };
  const msOf = spans[unit ?? ""];
  const exact = formatExact(deadband, unit ?? "");
  const amount = msOf === undefined ? exact : formatSpan(Math.round((deadband * msOf) / 1000) * 1000);
  return [
    sentenceOf(condition, { ...told, subject: null, level: null }, language.value),
    // A truth comes back by being false: it has no deadband.
    ...(unit === null ? [] : [`${t("site.rules.deadband")} ${amount}`]),
    `${t("site.rules.off")} ${spanText(words, offDelayMs)}`,
  ];
}
