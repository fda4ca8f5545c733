// A point's last value in words: the figure, and what must be said of it before it may be believed.
import type { Point } from "../../../contract/plant.ts";
import { reasonsOf } from "../../../contract/sample.ts";
import type { Freshness, Latest, ShownValue } from "../latest.ts";
import { formatNumber } from "../text/number.ts";
import { formatAge, formatTime } from "../text/time.ts";
import type { Words } from "../text/words.ts";

/** The figure without its unit; a dash where no figure may be shown. */
export function figureOf(point: Point, latest: Latest | null, freshness: Freshness): string {
  if (latest === null || latest.value === null || freshness === "bad") return "—";
  const text = formatNumber(latest.value, point.decimals);
  if (latest.quality !== "saturated") return text;
  // As the server judges which end is meant: where the number itself lies inside, the nearer one.
  const [low, high] = point.range.sensor;
  return `${latest.value - low > high - latest.value ? ">" : "<"}${text}`;
}

/** What is wrong with the value; empty where nothing is. */
export function noteOf(words: Words, { latest, freshness, offlineSince }: ShownValue, now: number): string {
  const { t } = words;
  if (freshness === "offline") {
    return offlineSince === null
      ? t("value.offline")
      : t("value.offlineSince", { time: formatTime(offlineSince, now) });
  }
  if (latest === null) return t("value.none");
  if (freshness === "bad") return t(latest.quality === "missing" ? "quality.missing" : "quality.bad");
  if (freshness === "stale") return t("value.stale", { duration: formatAge(now - latest.sourceAt) });
  if (freshness === "unverified") return t("value.unverified");
  if (latest.quality === "saturated") return t("value.over");
  return latest.quality === "suspect" ? suspectText(words, latest.reasons ?? 0) : "";
}

/** That a value is suspect, and why where the server says it. */
function suspectText({ t, language }: Words, bits: number): string {
  const reasons = reasonsOf(bits).map((reason) => t(`because.${reason}`));
  if (reasons.length === 0) return t("quality.suspect");
  return t("quality.because", {
    quality: t("quality.suspect"),
    because: reasons.join(language.value === "zh" ? "、" : ", "),
  });
}
