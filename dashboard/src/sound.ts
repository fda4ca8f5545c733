// The tones of the wall, made by Web Audio: no clip, no voice, nothing that could fail to load.
import type { Tone } from "./horn.ts";

/** The loudspeaker of this seat. */
export interface Sound {
  /** Plays a tone; false where the browser has not let sound start yet. */
  readonly play: (tone: Tone) => boolean;
  /** True once the browser lets sound out. */
  readonly isRunning: () => boolean;
  /** Must be called from a key or a click: browsers let sound start only then. */
  readonly resume: () => Promise<void>;
}

interface Beep {
  readonly hertz: number;
  readonly atMs: number;
  readonly ms: number;
  readonly gain: number;
}

/** The beeps of each tone (wall.md §7): neighbours differ by at least 20 % in frequency. */
export const tones: Readonly<Record<Tone, readonly Beep[]>> = {
  red: [0, 1, 2, 3, 4, 5, 6, 7].map((n) => ({ hertz: n % 2 === 0 ? 800 : 1000, atMs: n * 250, ms: 250, gain: 0.5 })),
  orange: [0, 1, 2].map((n) => ({ hertz: 660, atMs: n * 400, ms: 250, gain: 0.4 })),
  yellow: [{ hertz: 520, atMs: 0, ms: 300, gain: 0.35 }],
  data: [{ hertz: 390, atMs: 0, ms: 250, gain: 0.15 }],
};

// Shorter ramps click.
const rampS = 0.01;

function beep(context: AudioContext, { hertz, atMs, ms, gain }: Beep): void {
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  const from = context.currentTime + atMs / 1000;
  const to = from + ms / 1000;
  oscillator.frequency.value = hertz;
  volume.gain.setValueAtTime(0, from);
  volume.gain.linearRampToValueAtTime(gain, from + rampS);
  volume.gain.setValueAtTime(gain, to - rampS);
  volume.gain.linearRampToValueAtTime(0, to);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(from);
  oscillator.stop(to);
}

/** A loudspeaker; `open` makes the audio context, null where the browser has none. */
export function createSound(
  open: () => AudioContext | null = () => (typeof AudioContext === "undefined" ? null : new AudioContext()),
): Sound {
  const context = open();
  const isRunning = (): boolean => context?.state === "running";
  return {
    isRunning,
    play(tone) {
      if (context === null || !isRunning()) return false;
      for (const each of tones[tone]) beep(context, each);
      return true;
    },
    async resume() {
      await context?.resume();
    },
  };
}
