// The loudspeaker of this seat, by Web Audio: tones that are made here and cannot fail to load, and clips that are handed in.
import type { Tone } from "./horn.ts";

/** Whether sound comes out: held back by the browser until a key or a click, or not there at all. */
export type AudioState = "running" | "suspended" | "none";

/** When and how loud; the volume is from 0 to 1. */
export interface Playing {
  readonly volume?: number;
  readonly afterMs?: number;
}

/** The loudspeaker of this seat. */
export interface Sound {
  readonly audio: () => AudioState;
  /** True once the browser lets sound out. */
  readonly isRunning: () => boolean;
  /** Plays a tone; false where the browser has not let sound start yet. */
  readonly play: (tone: Tone, how?: Playing) => boolean;
  /** A clip made ready; null where it is none. */
  readonly decode: (bytes: ArrayBuffer) => Promise<AudioBuffer | null>;
  /** Plays clips one after the other; gives how long it takes until the last is over, ms. */
  readonly say: (clips: readonly AudioBuffer[], how?: Playing) => number;
  /** Ends what is playing, without a click; the voice alone, or the tones with it. */
  readonly hush: (what: "voice" | "all") => void;
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

/** How long a tone takes, ms. */
export function toneMs(tone: Tone): number {
  return Math.max(...tones[tone].map(({ atMs, ms }) => atMs + ms));
}

/** Between two words, ms. */
export const gapMs = 90;
// Shorter ramps click.
const rampS = 0.01;
const voiceGain = 0.9;
// wall.md §7: the volume of red cannot be turned down to nothing.
const leastRed = 0.2;

/** How loud a tone is at a volume of the seat, both from 0 to 1. */
export function loudness(volume: number, tone: Tone): number {
  return tone === "red" ? Math.max(volume, leastRed) : volume;
}

/** Something that plays, and the one knob that ends all of it. */
interface Utterance {
  readonly kind: "voice" | "tone";
  readonly knob: GainNode;
  readonly sources: readonly AudioScheduledSourceNode[];
  readonly endsAt: number;
}

function knobOf(context: AudioContext, volume: number): GainNode {
  const knob = context.createGain();
  knob.gain.value = volume;
  knob.connect(context.destination);
  return knob;
}

function beep(context: AudioContext, knob: GainNode, { hertz, gain, from, to }: Beep & { from: number; to: number }) {
  const oscillator = context.createOscillator();
  const shape = context.createGain();
  oscillator.frequency.value = hertz;
  shape.gain.setValueAtTime(0, from);
  shape.gain.linearRampToValueAtTime(gain, from + rampS);
  shape.gain.setValueAtTime(gain, to - rampS);
  shape.gain.linearRampToValueAtTime(0, to);
  oscillator.connect(shape).connect(knob);
  oscillator.start(from);
  oscillator.stop(to);
  return oscillator;
}

function toneUtterance(context: AudioContext, tone: Tone, { volume = 1, afterMs = 0 }: Playing): Utterance {
  const knob = knobOf(context, volume);
  const startAt = context.currentTime + afterMs / 1000;
  const sources = tones[tone].map((each) => {
    const from = startAt + each.atMs / 1000;
    return beep(context, knob, { ...each, from, to: from + each.ms / 1000 });
  });
  return { kind: "tone", knob, sources, endsAt: startAt + toneMs(tone) / 1000 };
}

function voiceUtterance(context: AudioContext, clips: readonly AudioBuffer[], { volume = 1, afterMs = 0 }: Playing) {
  const knob = knobOf(context, volume * voiceGain);
  let at = context.currentTime + afterMs / 1000;
  const sources = clips.map((clip) => {
    const source = context.createBufferSource();
    source.buffer = clip;
    source.connect(knob);
    source.start(at);
    at += clip.duration + gapMs / 1000;
    return source;
  });
  return { kind: "voice", knob, sources, endsAt: at } as const;
}

/** Also what has not begun is stopped: a source that is stopped before its start never sounds. */
function end(context: AudioContext, { knob, sources }: Utterance): void {
  const now = context.currentTime;
  knob.gain.setValueAtTime(knob.gain.value, now);
  knob.gain.linearRampToValueAtTime(0, now + rampS);
  for (const source of sources) source.stop(now + rampS);
}

/** A loudspeaker; `open` makes the audio context, null where the browser has none. */
export function createSound(
  open: () => AudioContext | null = () => (typeof AudioContext === "undefined" ? null : new AudioContext()),
): Sound {
  const context = open();
  let playing: readonly Utterance[] = [];
  const isRunning = (): boolean => context?.state === "running";
  function note(utterance: Utterance, now: number): void {
    playing = [...playing.filter(({ endsAt }) => endsAt > now), utterance];
  }
  return {
    isRunning,
    audio() {
      if (context === null || context.state === "closed") return "none";
      return isRunning() ? "running" : "suspended";
    },
    play(tone, how = {}) {
      if (context === null || !isRunning()) return false;
      note(toneUtterance(context, tone, how), context.currentTime);
      return true;
    },
    // What is no sound at all is a clip that is missing: its word is left out.
    decode: async (bytes) => (context === null ? null : context.decodeAudioData(bytes).catch(() => null)),
    say(clips, how = {}) {
      if (context === null || !isRunning() || clips.length === 0) return 0;
      const utterance = voiceUtterance(context, clips, how);
      note(utterance, context.currentTime);
      return (utterance.endsAt - context.currentTime) * 1000;
    },
    hush(what) {
      if (context === null) return;
      const isMeant = ({ kind }: Utterance): boolean => what === "all" || kind === "voice";
      for (const each of playing) if (isMeant(each) && each.endsAt > context.currentTime) end(context, each);
      playing = playing.filter((each) => !isMeant(each));
    },
    async resume() {
      await context?.resume();
    },
  };
}
