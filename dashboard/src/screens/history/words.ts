// How the screen of history words times without data, limits, steps of alarms and refusals.
import { faults } from "../../../../contract/faults.ts";
import type { Absence, AlarmStep, Gap, LimitSpan } from "../../../../contract/series.ts";
import type { Answer } from "../../api/call.ts";
import { formatDateTime, formatSpan } from "../../text/time.ts";
import type { Words } from "../../text/words.ts";

function shortTime(at: number, day: string): string {
  const text = formatDateTime(at);
  return text.slice(0, 10) === day ? text.slice(11, 16) : text.slice(5, 16);
}

/** Since when, and until when: `02:10–05:40`, with the date where it is another day than the gap's. */
export function absenceText({ kind, from, to }: Absence, day: number, { t }: Pick<Words, "t">): string {
  const date = formatDateTime(day).slice(0, 10);
  const until = to === null ? t("history.gapNow") : shortTime(to, date);
  return `${t(`history.absence.${kind}`)} ${shortTime(from, date)}–${until}`;
}

/** Everything that the record has of a gap, in one line. */
export function gapText({ from, reasons }: Gap, words: Pick<Words, "t">): string {
  if (reasons.length === 0) return words.t("history.absence.none");
  return reasons.map((one) => absenceText(one, from, words)).join("；");
}

/** A span in whole minutes, hours or days, as short as it can be told. */
export function spanText(ms: number): string {
  const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
  if (ms < minute) return formatSpan(Math.max(1000, Math.round(ms / 1000) * 1000));
  if (ms < 2 * hour) return `${Math.round(ms / minute)} min`;
  if (ms < 3 * day) return `${Number((ms / hour).toFixed(1))} h`;
  return `${Number((ms / day).toFixed(1))} d`;
}

/** The width of a bucket: exact where it is a round one. */
export function widthText(ms: number): string {
  return ms % 1000 === 0 ? formatSpan(ms) : `${Number((ms / 1000).toFixed(1))} s`;
}

/** A limit's sign. */
export function signOf({ direction }: Pick<LimitSpan, "direction">): string {
  return direction === "high" ? "≥" : "≤";
}

/** Why there is no answer. */
export function refusalText(refused: Extract<Answer<unknown>, { ok: false }>, { t, of }: Words): string {
  return refused.code === null ? t("history.unreachable") : of(faults[refused.code]);
}

/** What has changed with a step: its level, or who did what. */
export function stepText({ fromLevel, level, to }: AlarmStep, { t }: Pick<Words, "t">): string {
  const levelText = (one: AlarmStep["level"]): string => (one === null ? "—" : t(`level.${one}`));
  if (fromLevel !== level) return `${levelText(fromLevel)} → ${levelText(level)} · ${t(`state.${to}`)}`;
  return `${levelText(level)} · ${t(`state.${to}`)}`;
}

/** A size of a file. */
export function sizeText(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.ceil(bytes / 1000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
