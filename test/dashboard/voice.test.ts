// The voice: clips put together, what is missing left out, what comes too late or is cut off not said at all.
import { describe, expect, it } from "vitest";
import type { VoiceManifest } from "../../contract/voice.ts";
import { createSound } from "../../dashboard/src/sound.ts";
import { createVoice, type VoiceFiles } from "../../dashboard/src/voice.ts";
import { createHandAudio } from "./audio.ts";

const word = (zh: string, spare = 0) => ({ text: { zh, en: `${zh}-en` }, spare });
const words = [word("红色预警"), word("海丰县", 2), word("请确认")];
const clipOf = (name: string) => ({ file: `zh/${name}.wav`, sha256: "", ms: 1000 });
const manifest: VoiceManifest = {
  engine: "test",
  bytes: 0,
  clips: { zh: { 红色预警: clipOf("red"), 海丰县: clipOf("county"), 请确认: clipOf("verb") }, en: {} },
};

function voiceOf(part: Partial<VoiceFiles> = {}) {
  const audio = createHandAudio();
  const sound = createSound(() => audio.context);
  const asked: string[] = [];
  const clock = { at: 0 };
  const files: VoiceFiles = {
    manifest: () => Promise.resolve(manifest),
    clip: (file) => {
      asked.push(file);
      return Promise.resolve(new ArrayBuffer(8));
    },
    ...part,
  };
  return { audio, sound, asked, clock, voice: createVoice(sound, files, () => clock.at) };
}
const zh = { language: "zh" as const, afterMs: 2000 };

describe("the voice", () => {
  it("says the clips of a phrase after the tone, fetched when first wanted and then kept", async () => {
    const { audio, asked, voice } = voiceOf();
    expect(await voice.say(words, zh)).toBeCloseTo(2000 + 3 * 1090);
    expect(audio.sources.map(({ from }) => from)).toEqual([2, 3.09, 4.18]);
    await voice.say(words, zh);
    expect(asked).toEqual(["zh/red.wav", "zh/county.wav", "zh/verb.wav"]);
  });

  it("leaves out a word that has no clip, or whose clip does not come, and asks for the list again", async () => {
    let lists = 0;
    const { audio, voice } = voiceOf({
      manifest: () => {
        lists += 1;
        return Promise.resolve(manifest);
      },
      clip: (file) => Promise.resolve(file.includes("county") ? null : new ArrayBuffer(8)),
    });
    expect(await voice.say([...words, word("没有的词")], zh)).toBeGreaterThan(0);
    expect(audio.sources).toHaveLength(2);
    await voice.say(words, zh);
    expect(lists).toBe(2);
  });

  it("says nothing, and breaks nothing, where there are no clips at all", async () => {
    expect(await voiceOf({ manifest: () => Promise.resolve(null) }).voice.say(words, zh)).toBe(0);
    expect(await voiceOf().voice.say(words, { language: "en" })).toBe(0);
  });

  it("does not begin what was cut off while its clips were on their way", async () => {
    const { audio, voice } = voiceOf();
    const first = voice.say(words, zh);
    voice.stop();
    expect(await first).toBe(0);
    const second = voice.say(words, zh);
    const third = voice.say([word("红色预警")], zh);
    expect(await second).toBe(0);
    expect(await third).toBeGreaterThan(0);
    expect(audio.sources).toHaveLength(1);
  });

  it("does not say what comes more than 3 s after its tone", async () => {
    const { audio, clock, voice } = voiceOf({
      clip: () => {
        clock.at = 5001;
        return Promise.resolve(new ArrayBuffer(8));
      },
    });
    expect(await voice.say(words, zh)).toBe(0);
    expect(audio.sources).toEqual([]);
  });

  it("keeps so many clips, and lets go of those that were not wanted for longest", async () => {
    const names = Array.from({ length: 50 }, (_, n) => `名${n}`);
    const clips = Object.fromEntries(names.map((name) => [name, clipOf(name)]));
    const { asked, voice } = voiceOf({
      manifest: () => Promise.resolve({ ...manifest, clips: { zh: clips, en: {} } }),
    });
    for (const name of names) await voice.say([word(name)], zh);
    await voice.say([word("名49")], zh);
    await voice.say([word("名10")], zh);
    expect(asked).toHaveLength(50);
    await voice.say([word("名0")], zh);
    expect(asked).toHaveLength(51);
  });
});
