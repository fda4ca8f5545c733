// The loudspeaker: what it puts out, how loud, and how it is cut off; over an audio context that only takes notes.
import { describe, expect, it } from "vitest";
import { createSound, gapMs, loudness, toneMs, tones } from "../../dashboard/src/sound.ts";
import { createHandAudio } from "./audio.ts";

describe("the tones", () => {
  it("differ from their neighbours by at least a fifth", () => {
    const pitches = [tones.data[0], tones.yellow[0], tones.orange[0], tones.red[0]].map((beep) => beep?.hertz ?? 0);
    pitches.slice(1).forEach((pitch, place) => expect(pitch / (pitches[place] ?? 1)).toBeGreaterThanOrEqual(1.2));
  });

  it("are those of the specification: 800 and 1000 Hz four times, 660 Hz three times, 520 and 390 Hz once", () => {
    const pitches = (tone: keyof typeof tones): readonly number[] => tones[tone].map(({ hertz }) => hertz);
    expect(pitches("red")).toEqual([800, 1000, 800, 1000, 800, 1000, 800, 1000]);
    expect(tones.red.every(({ ms }) => ms === 250)).toBe(true);
    expect(pitches("orange")).toEqual([660, 660, 660]);
    expect(pitches("yellow")).toEqual([520]);
    expect(pitches("data")).toEqual([390]);
    expect(toneMs("red")).toBe(2000);
  });

  it("say that they could not be heard where the browser holds sound back", () => {
    const sound = createSound(() => createHandAudio("suspended").context);
    expect(sound.isRunning()).toBe(false);
    expect(sound.audio()).toBe("suspended");
    expect(sound.play("red")).toBe(false);
    expect(createSound(() => null).play("red")).toBe(false);
    expect(createSound(() => null).audio()).toBe("none");
  });

  it("rise and fall within 10 ms each, so that nothing clicks", () => {
    const audio = createHandAudio();
    createSound(() => audio.context).play("yellow");
    const [source] = audio.sources;
    expect(source).toMatchObject({ hertz: 520, from: 0, to: 0.3 });
    expect(source?.ramps).toEqual([
      ["set", 0, 0],
      ["ramp", 0.35, 0.01],
      ["set", 0.35, 0.29],
      ["ramp", 0, 0.3],
    ]);
  });
});

describe("the volume", () => {
  it("goes down to nothing for every tone but red", () => {
    expect(loudness(0, "red")).toBe(0.2);
    expect(loudness(0.1, "red")).toBe(0.2);
    expect(loudness(0.7, "red")).toBe(0.7);
    expect(loudness(0, "orange")).toBe(0);
  });

  it("is that of the whole tone", () => {
    const audio = createHandAudio();
    createSound(() => audio.context).play("orange", { volume: 0.5, afterMs: 1000 });
    expect(audio.sources.map(({ knob, from }) => [knob, from])).toEqual([
      [0.5, 1],
      [0.5, 1.4],
      [0.5, 1.8],
    ]);
  });
});

describe("the clips", () => {
  it("follow each other with a short gap", () => {
    const audio = createHandAudio();
    const takesMs = createSound(() => audio.context).say([audio.clip(1), audio.clip(0.5)], { afterMs: 2000 });
    expect(audio.sources.map(({ from }) => from)).toEqual([2, 3 + gapMs / 1000]);
    expect(takesMs).toBeCloseTo(3500 + 2 * gapMs);
  });

  it("are cut off alone, or with the tones, also those that have not begun", () => {
    const audio = createHandAudio();
    const sound = createSound(() => audio.context);
    sound.play("red");
    sound.say([audio.clip(1), audio.clip(1)], { afterMs: 2000 });
    audio.turn(1);
    sound.hush("voice");
    expect(audio.sources.filter(({ to }) => to === 1.01)).toHaveLength(2);
    sound.hush("all");
    // Four of the eight beeps were over.
    expect(audio.sources.filter(({ to }) => to === 1.01)).toHaveLength(6);
  });

  it("are none where the bytes are no sound", async () => {
    const audio = createHandAudio();
    const sound = createSound(() => audio.context);
    expect(await sound.decode(new ArrayBuffer(0))).toBeNull();
    expect(await sound.decode(new ArrayBuffer(8))).not.toBeNull();
  });
});
