// Says phrases aloud from clips that our own server has: fetched when wanted, kept in a bounded memory, left out where missing.
import type { Text } from "../../contract/faults.ts";
import type { Clip, VoiceManifest } from "../../contract/voice.ts";
import { fitting, type Word } from "./phrase.ts";
import { gapMs, type Playing, type Sound } from "./sound.ts";

/** Where the clips are. */
export interface VoiceFiles {
  /** Null where the server cannot be reached, or has none. */
  readonly manifest: () => Promise<VoiceManifest | null>;
  readonly clip: (file: string) => Promise<ArrayBuffer | null>;
}

/** How a phrase is said. */
export interface Saying extends Playing {
  readonly language: keyof Text;
}

/** The voice of this seat. */
export interface Voice {
  /** Says these words; gives when they end, ms from now, or 0 where nothing is said: cut off meanwhile, or no clip. */
  readonly say: (words: readonly Word[], how: Saying) => Promise<number>;
  /** Ends what is said, and what is on its way to be. */
  readonly stop: () => void;
}

/** A buffer of a second takes some 200 kB: so many are kept. */
const mostKept = 40;
/** Words that come later than this after their tone are no longer about it. */
const mostLateMs = 3000;

/** The voice; `monotonic` is a clock that never jumps, ms. */
export function createVoice(sound: Sound, files: VoiceFiles, monotonic: () => number): Voice {
  const kept = new Map<string, AudioBuffer>();
  let manifest: VoiceManifest | null = null;
  let turn = 0;

  async function bufferOf({ file }: Clip): Promise<AudioBuffer | null> {
    const known = kept.get(file);
    if (known !== undefined) {
      // To the end of the line: the first is the one that was not wanted for longest.
      kept.delete(file);
      kept.set(file, known);
      return known;
    }
    const bytes = await files.clip(file);
    const buffer = bytes === null ? null : await sound.decode(bytes);
    if (buffer === null) {
      // Perhaps the clips have been rendered anew since: the list is asked for again.
      manifest = null;
      return null;
    }
    kept.set(file, buffer);
    const [oldest] = kept.keys();
    if (kept.size > mostKept && oldest !== undefined) kept.delete(oldest);
    return buffer;
  }

  return {
    async say(words, { language, afterMs = 0, volume = 1 }) {
      turn += 1;
      const mine = turn;
      const wantedAt = monotonic() + afterMs;
      manifest ??= await files.manifest();
      const clips = manifest?.clips[language] ?? {};
      const there = words.filter(({ text }) => Object.hasOwn(clips, text[language]));
      const msOf = ({ text }: Word): number => (clips[text[language]]?.ms ?? 0) + gapMs;
      const chosen = fitting(there, msOf).flatMap(({ text }) => clips[text[language]] ?? []);
      const buffers = await Promise.all(chosen.map(bufferOf));
      const lateMs = monotonic() - wantedAt;
      if (turn !== mine || lateMs > mostLateMs) return 0;
      return sound.say(
        buffers.filter((buffer) => buffer !== null),
        { volume, afterMs: Math.max(0, -lateMs) },
      );
    },
    stop() {
      turn += 1;
      sound.hush("voice");
    },
  };
}
