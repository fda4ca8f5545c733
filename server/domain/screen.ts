// How a screen is doing, from when it was last heard and what it said: up, silent or frozen (wall.md §9).

/** What is known of a screen. Instants are real time, epoch ms; null: never, or not now. */
export interface ScreenSigns {
  /** Since when this is the screen that is watched: its silence counts from there. */
  readonly watchedFrom: number;
  readonly isConnected: boolean;
  /** When its last connection ended. */
  readonly leftAt: number | null;
  readonly reportedAt: number | null;
  /** How old its last frame was at that report, ms. */
  readonly frameAgeMs: number;
  /** When the page's own watchdog last told that its script does not feed it. */
  readonly hungAt: number | null;
}

/** A wall comes back within 15 s of a cut, and reloads in 3 s. */
const goneAfterMs = 30_000;
/** It reports every minute. */
const silentAfterMs = 90_000;
/** Older than this, the last frame is no frame of a living page. */
const frozenAfterMs = 10_000;
/** The watchdog tells again every 10 s while the page hangs. */
const hungForMs = 30_000;

/** How a screen is doing now. */
export function stateOfScreen(signs: ScreenSigns, now: number): "up" | "silent" | "frozen" {
  const { watchedFrom, isConnected, leftAt, reportedAt, frameAgeMs, hungAt } = signs;
  // A page that hangs loses its socket too: the watchdog is what knows why.
  if (hungAt !== null && now - hungAt < hungForMs && hungAt > (reportedAt ?? 0)) return "frozen";
  if (!isConnected) return now - Math.max(watchedFrom, leftAt ?? 0) > goneAfterMs ? "silent" : "up";
  if (now - Math.max(watchedFrom, reportedAt ?? 0) > silentAfterMs) return "silent";
  return frameAgeMs > frozenAfterMs ? "frozen" : "up";
}
