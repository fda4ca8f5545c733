// What lets a wall hang for months: when it loads itself anew, what keeps its panel from burning in, and that it stays awake.
import type { Live } from "./live.ts";
import { owedBy } from "./duty.ts";
import { shanghaiMs } from "./text/time.ts";

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

/** wall.md §9: daily at 04:10, each wall some minutes apart, so that a room is never without one. */
const reloadAtMs = (4 * 60 + 10) * minuteMs;
const seatSpreadMs = 10 * minuteMs;
/** More heap than this for so long, and the page begins anew. */
const heavyMb = 300;
const heavyForMs = 5 * minuteMs;
/** A page that still does not fit after it was loaded anew does not try again at once. */
const againAfterMs = minuteMs;
const shiftEveryMs = 3 * minuteMs;
const shiftSteps = 5;
const night = { fromMs: 23 * 60 * minuteMs, toMs: 6 * 60 * minuteMs } as const;

const timeOfDay = (at: number): number => (at + shanghaiMs) % dayMs;

/** A wall's place in the hour, ms, the same on every day: from its name, within ten minutes either way. */
export function seatOffsetMs(name: string): number {
  let sum = 0;
  for (const glyph of name) sum = (sum * 31 + (glyph.codePointAt(0) ?? 0)) % 10_007;
  return Math.round((sum / 10_006) * 2 * seatSpreadMs) - seatSpreadMs;
}

/** What the decision to load anew looks at. */
export interface ReloadSights {
  /** Server time, epoch ms. */
  readonly now: number;
  readonly loadedAt: number;
  readonly name: string;
  /** The server speaks another protocol: the page cannot show what is, whatever is owed. */
  readonly mustReload: boolean;
  readonly isNewBuild: boolean;
  /** Since when the heap is too large; null while it is not. */
  readonly heavySince: number | null;
  /** A red or orange waits for its answer. */
  readonly isOwed: boolean;
  readonly isLive: boolean;
  /** Another wall of its room shows what is meanwhile, or the room has no other. */
  readonly isCovered: boolean;
}
/** Why a page loads itself anew. */
export type ReloadReason = "protocol" | "build" | "heap" | "daily";

/**
 * Why the page loads itself anew now; null: it does not. Never while a red or orange waits, nor without a server to load
 * from. What can wait waits for another wall of the room; a heap that grows on cannot: it would end the page itself.
 */
export function reloadReason(sights: ReloadSights): ReloadReason | null {
  const { now, loadedAt, name, mustReload, isNewBuild, heavySince, isOwed, isLive, isCovered } = sights;
  if (mustReload) return now - loadedAt >= againAfterMs ? "protocol" : null;
  if (isOwed || !isLive || now - loadedAt < againAfterMs) return null;
  if (heavySince !== null && now - heavySince >= heavyForMs) return "heap";
  if (!isCovered) return null;
  if (isNewBuild) return "build";
  const lastDue = now - ((timeOfDay(now) - reloadAtMs - seatOffsetMs(name) + dayMs) % dayMs);
  return loadedAt < lastDue ? "daily" : null;
}

/** How far everything stands from its place, px: a path through all 25 places of 0 to 4 each way, one in three minutes. */
export function shiftAt(now: number): readonly [right: number, down: number] {
  const step = Math.floor(now / shiftEveryMs) % (shiftSteps * shiftSteps);
  const [down, along] = [Math.floor(step / shiftSteps), step % shiftSteps];
  // There and back, so that a step is one pixel.
  return [down % 2 === 0 ? along : shiftSteps - 1 - along, down];
}

/** Whether it is the time in which a wall is dimmed, 23:00 to 06:00. */
export function isNight(now: number): boolean {
  const at = timeOfDay(now);
  return at >= night.fromMs || at < night.toMs;
}

/** What the runner stands on; the browser's parts are handed in so that a test can turn them. */
export interface MonthsOptions {
  readonly live: Pick<Live, "alarms" | "clockSpeed" | "link" | "mustReload" | "now" | "person" | "version">;
  readonly root: HTMLElement;
  /** MiB; null where the browser does not tell. */
  readonly heapMb: () => number | null;
  /** Since the page was loaded, ms. */
  readonly ageMs: () => number;
  /** As the server told last; false before it has. */
  readonly isCovered: () => boolean;
  readonly keepAwake: () => void;
  readonly reload: (reason: ReloadReason) => void;
}

const lookEveryMs = 2000;

/** Looks after the page for as long as it hangs. Only a wall is loaded anew for its own good: a person may be writing. */
export function startMonths(options: MonthsOptions): { readonly stop: () => void } {
  const { live, root, heapMb, ageMs, isCovered, keepAwake, reload } = options;
  let firstVersion = "";
  let heavySince: number | null = null;

  function isOwed(tier: string): boolean {
    for (const alarm of live.alarms.value.values()) {
      const owed = alarm.tiers.find((view) => view.tier === tier);
      if (owed !== undefined && ["red", "orange"].includes(owedBy(alarm, owed.tier)?.owedLevel ?? "")) return true;
    }
    return false;
  }
  function look(): void {
    const person = live.person.value;
    const isWall = person?.isWall === true;
    const now = live.now.value;
    // The time of an exercise is none of a panel's.
    const isReal = live.clockSpeed.value === null;
    const [right, down] = isWall ? shiftAt(now) : [0, 0];
    root.style.setProperty("--shift", `${right}px ${down}px`);
    root.dataset["dim"] = isWall && isReal && isNight(now) ? "on" : "off";
    if (isWall) keepAwake();
    firstVersion ||= live.version.value;
    heavySince = (heapMb() ?? 0) > heavyMb ? (heavySince ?? now) : null;
    const reason = reloadReason({
      now,
      // By the server's clock, whatever this computer's said when the page began.
      loadedAt: now - ageMs(),
      name: person?.name ?? "",
      mustReload: live.mustReload.value,
      isNewBuild: live.version.value !== firstVersion,
      heavySince,
      isOwed: isOwed(person?.tier ?? "city"),
      isLive: live.link.value.state === "live",
      isCovered: isCovered(),
    });
    if (reason !== "protocol" && !(isWall && isReal && reason !== null)) return;
    // The page ends with it: there is nothing more to look after.
    clearInterval(timer);
    reload(reason);
  }
  const timer = setInterval(look, lookEveryMs);
  look();
  return { stop: () => clearInterval(timer) };
}
