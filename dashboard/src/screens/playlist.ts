// The round of an unattended wall: which screen it shows, until when, and what holds it; the clock comes in.
import type { AlarmView } from "../../../contract/alarm.ts";
import type { Tier } from "../../../contract/plant.ts";
import type { Seat } from "../../../contract/seat.ts";
import { owedBy } from "../duty.ts";

/** A screen of the round and its time. */
export type Stop = Seat["playlist"][number];
/** A screen of the round. */
export type RoundScreen = Stop["screen"];

/** Where the round stands; only while it runs or is pinned does it say what has to be shown. */
export type Round =
  | { readonly kind: "running"; readonly screen: RoundScreen; readonly until: number }
  /** A red holds the overview. */
  | { readonly kind: "pinned"; readonly screen: "s1" }
  /** Somebody uses the wall. */
  | { readonly kind: "byHand"; readonly until: number; readonly isPinned: boolean }
  | { readonly kind: "paused"; readonly isPinned: boolean }
  /** There is nothing to turn through. */
  | { readonly kind: "still" };

/** What the round looks at. */
export interface RoundSights {
  readonly now: number;
  /** Only what can be shown now. */
  readonly stops: readonly Stop[];
  /** The screen that stands there; null: one that is no part of the round, somebody has gone there. */
  readonly shown: RoundScreen | null;
  /** A red waits for its answer. */
  readonly isPinned: boolean;
  readonly isPaused: boolean;
  /** When somebody last used a key or the pointer, epoch ms. */
  readonly touchedAt: number;
}

/** The round of wall.md S1, for a wall whose seat the server does not name. */
export const usualRound: readonly Stop[] = [
  { screen: "s1", forMs: 60_000 },
  { screen: "worst", forMs: 30_000 },
  { screen: "figures", forMs: 20_000 },
];

/** Whoever uses the wall by hand has it this long to himself. */
export const handMs = 120_000;

/** With what stands there already, so that a reload goes on with the same screen; else with the first. */
function begin(stops: readonly Stop[], shown: RoundScreen | null, now: number): Round {
  const stop = stops.find(({ screen }) => screen === shown) ?? stops[0];
  return stop === undefined ? { kind: "still" } : { kind: "running", screen: stop.screen, until: now + stop.forMs };
}

/** The stop that comes after a screen. */
export function stopAfter(stops: readonly Stop[], screen: RoundScreen): Stop | undefined {
  return stops[(stops.findIndex((stop) => stop.screen === screen) + 1) % stops.length];
}

/**
 * The round after a look. A new red shows the overview whoever is there and whatever was paused, and pins it until it is
 * acknowledged (wall.md §11); whoever goes elsewhere by hand after that is not pulled back before his time is over.
 */
export function turned(round: Round | null, { now, stops, shown, isPinned, ...held }: RoundSights): Round {
  if (stops.length < 2) return { kind: "still" };
  const wasPinned =
    round?.kind === "pinned" || ((round?.kind === "byHand" || round?.kind === "paused") && round.isPinned);
  if (isPinned && !wasPinned) return { kind: "pinned", screen: "s1" };
  if (held.isPaused) return { kind: "paused", isPinned };
  if (now - held.touchedAt < handMs) return { kind: "byHand", until: held.touchedAt + handMs, isPinned };
  if (isPinned) return { kind: "pinned", screen: "s1" };
  if (round?.kind !== "running") return begin(stops, shown, now);
  // A screen that has gone out of the round meanwhile.
  if (!stops.some(({ screen }) => screen === round.screen)) return begin(stops, null, now);
  if (now < round.until) return round;
  const next = stopAfter(stops, round.screen);
  return next === undefined ? round : { kind: "running", screen: next.screen, until: now + next.forMs };
}

/** Whether a red waits for this tier's answer. */
export function hasOwedRed(alarms: Iterable<AlarmView>, tier: Tier): boolean {
  for (const alarm of alarms) if (owedBy(alarm, tier)?.owedLevel === "red") return true;
  return false;
}
