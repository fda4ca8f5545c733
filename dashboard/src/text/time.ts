// How times and durations are written: Asia/Shanghai, 24 h, always.

/** How far the wall's clock is ahead of UTC, ms: China has kept UTC+8 without summer time since 1992, so a fixed shift is exact. */
export const shanghaiMs = 8 * 3_600_000;

function parts(at: number): { readonly date: string; readonly time: string } {
  const text = new Date(at + shanghaiMs).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 19) };
}

/** `2026-11-23 19:40:07`. */
export function formatDateTime(at: number): string {
  const { date, time } = parts(at);
  return `${date} ${time}`;
}

/** `19:40:07`. */
export function formatClock(at: number): string {
  return parts(at).time;
}

/** `19:40:07` today, `11-22 19:40` on other days of the year, `2014-01-28 13:50` in other years. */
export function formatTime(at: number, now: number): string {
  const { date, time } = parts(at);
  const today = parts(now).date;
  if (date === today) return time;
  return `${date.slice(0, 4) === today.slice(0, 4) ? date.slice(5) : date} ${time.slice(0, 5)}`;
}

const dayMs = 86_400_000;

/** Whole days, `4,736 d`: above two days nobody counts in hours. */
function formatDays(ms: number): string {
  return `${Math.floor(ms / dayMs).toLocaleString("en")} d`;
}

/** `mm:ss` below an hour, `h:mm` above, days above 48 h; negative with a true minus. */
export function formatDuration(ms: number): string {
  const sign = ms <= -1000 ? "\u2212" : "";
  if (Math.abs(ms) > 2 * dayMs) return `${sign}${formatDays(Math.abs(ms))}`;
  const seconds = Math.floor(Math.abs(ms) / 1000);
  const pad = (part: number): string => String(part).padStart(2, "0");
  const hours = Math.floor(seconds / 3600);
  if (hours > 0) return `${sign}${hours}:${pad(Math.floor(seconds / 60) % 60)}`;
  return `${sign}${pad(Math.floor(seconds / 60))}:${pad(seconds % 60)}`;
}

/** An age as short as it can be told: `1.2 s`, `45 s`, `12 min`, `3 h`, `5 d`. */
export function formatAge(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  return ms > 2 * dayMs ? formatDays(ms) : `${Math.floor(seconds / 3600)} h`;
}

const spans: readonly (readonly [string, number])[] = [
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
];

/** A span of a rule, exact, in the largest unit that divides it: `10 s`, `90 s`, `5 min`, `72 h`; above three days `30 d`. */
export function formatSpan(ms: number): string {
  if (ms > 3 * dayMs && ms % dayMs === 0) return `${ms / dayMs} d`;
  const [unit, length] = spans.find(([, each]) => ms >= each && ms % each === 0) ?? ["s", 1000];
  return `${ms / length} ${unit}`;
}

/** A time of day, from ms after midnight: `08:30`. */
export function formatTimeOfDay(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const pad = (part: number): string => String(part).padStart(2, "0");
  return `${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`;
}
