// The server's clock: the computer's own, or that of an exercise, which is turned by hand; and which data belong to which.
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The one clock by which samples are received, deadlines fall due and walls are told the time. */
export interface Clock {
  /** Epoch ms. */
  readonly now: () => number;
  /** By how far this goes on between two looks, the process was away; ms. */
  readonly alive: () => number;
  /** Seconds of this clock in a real one, as walls are told. */
  readonly speed: number;
  /** Calls back whenever something may have fallen due; returns the way to end that. */
  readonly onTick: (tick: () => void) => () => void;
}

/** A clock that stands still until it is turned. */
export interface HandClock extends Clock {
  /** Goes on to an instant, never back; everything that is due by then is looked at at once. */
  readonly turnTo: (at: number) => void;
}

const tickMs = 1000;

/** The computer's own clock. */
export const liveClock: Clock = {
  now: Date.now,
  alive: Date.now,
  speed: 1,
  onTick: (tick) => {
    const timer = setInterval(tick, tickMs);
    return () => clearInterval(timer);
  },
};

/** The clock of an exercise. `speed` is only what walls are told: how fast it goes is for whoever turns it to keep. */
export function createHandClock(startAt: number, speed: number): HandClock {
  const listeners = new Set<() => void>();
  let now = startAt;
  return {
    now: () => now,
    // A clock that is turned stands still while nobody turns it: in its time nothing was ever away.
    alive: () => 0,
    speed,
    onTick: (tick) => {
      listeners.add(tick);
      return () => void listeners.delete(tick);
    },
    turnTo: (at) => {
      now = Math.max(now, at);
      for (const tick of listeners) tick();
    },
  };
}

/** Lies in a data directory whose journal is in the time of an exercise. */
const exerciseFile = "exercise.json";

/**
 * Keeps the times apart: a journal from another time would freeze a server's clock, or let years fall due at once. An
 * exercise begins with no data, and what it leaves behind is read by nothing that watches real sites.
 */
export function claimData(dataDir: string, clock: Clock, hasJournal: boolean): void {
  const file = join(dataDir, exerciseFile);
  if (clock === liveClock) {
    if (!existsSync(file)) return;
    throw new Error(
      `${dataDir} holds an exercise, in another time than now: set SKYGROUND_DATA_DIR to another directory`,
    );
  }
  if (hasJournal || existsSync(file)) {
    throw new Error(
      `an exercise begins with no data, and ${dataDir} has some: set SKYGROUND_DATA_DIR to a new directory`,
    );
  }
  writeFileSync(file, `${JSON.stringify({ startAt: clock.now(), speed: clock.speed })}\n`);
}
