// Which span a chart shows, how it is called, and how far apart its ticks stand.
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** The spans of the water in the dam, of the pool, and of the marks; the last of each is what is wanted. */
export const phreaticSpans = [10 * minuteMs, hourMs, 6 * hourMs, dayMs];
export const poolSpans = [hourMs, 6 * hourMs, dayMs, 3 * dayMs];
export const markSpans = [hourMs, 6 * hourMs, 2 * dayMs, 7 * dayMs, 30 * dayMs];

const splits = [2, 5, 10, 30, 60, 120, 360, 720]
  .map((minutes) => minutes * minuteMs)
  .concat([1, 2, 5, 10].map((days) => days * dayMs));
/** How far apart the ticks of a span stand: more than four have no room in a third of the screen's width. */
export function splitOf(spanMs: number, mostTicks = 4): number {
  return splits.find((split) => spanMs / split <= mostTicks) ?? 10 * dayMs;
}

/** `10 min`, `6 h`, `30 d`; hours up to three days. */
export function spanText(spanMs: number): string {
  if (spanMs < hourMs) return `${spanMs / minuteMs} min`;
  return spanMs <= 3 * dayMs ? `${spanMs / hourMs} h` : `${spanMs / dayMs} d`;
}
