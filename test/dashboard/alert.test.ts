// The alert over the live state: what sounds and is said, what cuts it off, the room, and the sound test.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AlarmView } from "../../contract/alarm.ts";
import type { SoundTest, VoiceReply, VoiceRequest } from "../../contract/receipt.ts";
import type { Person, Snapshot } from "../../contract/wall.ts";
import { type Alert, startAlert } from "../../dashboard/src/alert.ts";
import { createLink } from "../../dashboard/src/link.ts";
import { createLive, type Live } from "../../dashboard/src/live.ts";
import { createSoundStore } from "../../dashboard/src/seat-settings.ts";
import { createSound, type Playing, type Sound } from "../../dashboard/src/sound.ts";
import { createHandAudio, type HandAudio } from "./audio.ts";
import { alarmOf, answered, connect, createHandSocket, type HandSocket, snapshotOf } from "./support.ts";

const officer: Person = { name: "lin", role: "dutyOfficer", tier: "city" };
const hung: Person = { name: "大屏 B", role: "viewer", tier: "city", isWall: true };

let audio: HandAudio;
let sound: Sound;
let hand: HandSocket;
let live: Live;
let alert: Alert;
let seq: number;
/** Tones and phrases, in their order. */
let heard: string[];
let claims: VoiceRequest[];
let tests: SoundTest[];
let reply: unknown;
let pushVoice: (reply: VoiceReply) => void;
let saysMs: number;
let stored: Map<string, string>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] });
  vi.setSystemTime(Date.UTC(2026, 10, 23, 11, 40, 7));
  [seq, heard, claims, tests, reply, saysMs, stored] = [1, [], [], [], null, 5000, new Map()];
  audio = createHandAudio();
  const plain = createSound(() => audio.context);
  sound = {
    ...plain,
    play: (tone, how: Playing = {}) => {
      const isHeard = plain.play(tone, how);
      if (isHeard) heard.push(`${tone} ${how.volume ?? 1}`);
      return isHeard;
    },
    hush: (what) => void heard.push(`hush ${what}`),
  };
  hand = createHandSocket();
  const now = (): number => Date.now();
  const link = createLink({ socket: hand.socket, now, monotonic: () => performance.now() });
  live = createLive({ link, now, history: () => Promise.resolve(null), beforeRepaint: (run) => run() });
  alert = startAlert(live, sound, {
    voice: {
      say: (words) => {
        heard.push(words.map(({ text }) => text.zh).join("，"));
        return Promise.resolve(saysMs);
      },
      stop: () => {},
    },
    language: () => "zh",
    room: {
      claimVoice: (request) => {
        claims.push(request);
        return Promise.resolve(reply);
      },
      soundTested: (test) => {
        tests.push(test);
        return Promise.resolve(true);
      },
      onVoice: (listener) => (pushVoice = listener),
    },
    store: createSoundStore({
      getItem: (key) => stored.get(key) ?? null,
      setItem: (key, value) => void stored.set(key, value),
    }),
  });
  live.start();
  connect(hand);
});
afterEach(() => {
  alert.stop();
  live.stop();
  vi.useRealTimers();
});

const oldAlarm = (point: string, level: "red" | "orange" | "yellow", part: Partial<AlarmView> = {}): AlarmView =>
  alarmOf(point, level, { openedAt: Date.now() - 1000, ...part });
async function tell(alarms: readonly AlarmView[], part: Partial<Snapshot> = {}): Promise<void> {
  seq += 1;
  hand.hear("snapshot", snapshotOf(seq, { person: officer, alarms, at: Date.now(), ...part }));
  await vi.advanceTimersByTimeAsync(0);
}
/** Seconds go by, each with its beat. */
async function pass(seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second += 1) {
    hand.hear("beat", { at: Date.now(), seq, oldest: null, samplesPerSecond: 1 });
    await vi.advanceTimersByTimeAsync(1000);
  }
}
/** What was heard since last asked, without the hushing. */
function sounds(): readonly string[] {
  return heard.splice(0).filter((what) => !what.startsWith("hush"));
}

describe("the alert", () => {
  it("sounds red every 10 s, and says twice what it is about", async () => {
    await tell([oldAlarm("a/P1", "red")]);
    await pass(31);
    const said = "红色预警，a县，行业，测点P1，请确认";
    expect(sounds()).toEqual(["red 1", said, "red 1", said, "red 1", "red 1"]);
    expect(document.documentElement.dataset["sounded"]).toMatch(/ red$/u);
    expect(document.documentElement.dataset["said"]).toBe("红色预警 a县 行业 测点P1 请确认");
  });

  it("cuts a phrase off for a higher alarm, and says it again after its own next tone", async () => {
    const orange = oldAlarm("a/P1", "orange");
    await tell([orange]);
    await pass(4);
    expect(sounds()).toEqual(["orange 1", "橙色预警，a县，行业，测点P1，请确认"]);
    await tell([orange, oldAlarm("b/P1", "red")]);
    expect(heard).toContain("hush all");
    expect(sounds()).toEqual(["red 1", "红色预警，b县，行业，测点P1，请确认"]);
    await tell([orange]);
    await pass(60);
    // Cut off once, it is still said twice.
    expect(sounds().filter((what) => what.startsWith("橙色"))).toHaveLength(2);
  });

  it("does not cut a phrase off for a lower tone, which sounds over it", async () => {
    const red = oldAlarm("a/P1", "red");
    await tell([red]);
    await pass(3);
    heard.splice(0);
    await tell([red, oldAlarm("b/P1", "yellow")]);
    expect(heard).toEqual(["yellow 1"]);
  });

  it("ends with the answer, in the middle of what is being said", async () => {
    const red = oldAlarm("a/P1", "red");
    await tell([red]);
    await pass(2);
    heard.splice(0);
    await tell([{ ...red, tiers: [answered("city")] }]);
    expect(heard).toEqual(["hush all"]);
    await pass(30);
    expect(sounds()).toEqual([]);
  });

  it("begins every phrase with the drill while the server's clock is an exercise's", async () => {
    await tell([oldAlarm("a/P1", "red")], { clockSpeed: 1 });
    expect(sounds()[1]).toMatch(/^演练，演练，红色预警/u);
  });

  it("keeps red audible at a volume of nothing, remembers the volume, and takes what is no number for the loudest", async () => {
    alert.set({ volume: 0, room: null });
    expect(stored.get("skyground.volume")).toBe("0");
    await tell([oldAlarm("a/P1", "red")]);
    expect(sounds()[0]).toBe("red 0.2");
    await tell([]);
    await pass(3);
    await tell([oldAlarm("b/P1", "yellow")]);
    expect(sounds()).toEqual(["yellow 0"]);
    alert.set({ volume: Number.NaN, room: " " });
    expect(alert.settings.value).toEqual({ volume: 10, room: null });
  });

  it("sounds at once for what came while the browser held sound back", async () => {
    audio.state = "suspended";
    await tell([oldAlarm("a/P1", "yellow")]);
    await pass(20);
    expect(alert.audio.value).toBe("suspended");
    expect(sounds()).toEqual([]);
    await alert.wake();
    expect(alert.audio.value).toBe("running");
    expect(sounds()).toEqual(["yellow 1"]);
  });
});

describe("a screen of a room", () => {
  const quiet: VoiceReply = { isVoice: false, by: "大屏 A" };
  const seat = { ...({} as NonNullable<Snapshot["seat"]>), room: "7" };

  it("is quiet where another sounds, and sounds for all that is owed when that one is gone", async () => {
    reply = quiet;
    await pass(1);
    await tell([], { person: hung, seat });
    await pass(1);
    expect(claims.at(-1)).toEqual({ room: "7", kind: "wall", isAble: true });
    expect(alert.other.value).toEqual({ by: "大屏 A" });
    expect(alert.isVoice()).toBe(false);
    await tell([oldAlarm("a/P1", "red"), oldAlarm("b/P1", "yellow")], { person: hung, seat });
    await pass(5);
    expect(sounds()).toEqual([]);
    pushVoice({ isVoice: true, by: null });
    expect(alert.isVoice()).toBe(true);
    expect(heard[0]).toBe("hush all");
    expect(sounds()[0]).toBe("red 1");
  });

  it("sounds where its link is down, and where no answer comes", async () => {
    reply = quiet;
    await pass(1);
    await tell([oldAlarm("a/P1", "red")], { person: hung, seat });
    await pass(2);
    expect(sounds()).toEqual([]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(live.link.value.state).toBe("delayed");
    expect(sounds()[0]).toBe("red 1");
    reply = null;
    await pass(12);
    expect(alert.other.value).toBeNull();
  });

  it("asks nobody where a person has named no room, and can never be the voice while it alone is silenced", async () => {
    await pass(1);
    await tell([oldAlarm("a/P1", "red")], { person: { ...officer, role: "viewer" } });
    await pass(2);
    expect(claims).toEqual([]);
    alert.set({ volume: 10, room: "值班室" });
    expect(claims.at(-1)).toEqual({ room: "值班室", kind: "console", isAble: true });
    alert.silence();
    expect(claims.at(-1)).toMatchObject({ isAble: false });
    await pass(61);
    expect(claims.at(-1)).toMatchObject({ isAble: true });
  });

  it("leaves the room to another while it is turned down to nothing", async () => {
    await tell([]);
    await pass(2);
    alert.set({ volume: 0, room: "值班室" });
    expect(claims.at(-1)).toMatchObject({ room: "值班室", isAble: false });
    alert.set({ volume: 1, room: "值班室" });
    expect(claims.at(-1)).toMatchObject({ isAble: true });
  });
});

describe("the sound test", () => {
  it("plays the four tones and a clip once, and has it written down", async () => {
    await tell([]);
    void alert.test();
    await pass(1);
    expect(alert.isTesting.value).toBe(true);
    expect(sounds()).toEqual(["data 1", "yellow 1", "orange 1", "red 1", "试音"]);
    await pass(7);
    expect(tests).toEqual([{ room: null, tones: 4, hasVoice: true }]);
    expect(alert.tested.value).toMatchObject({ tones: 4, isRecorded: true });
    expect(alert.isTesting.value).toBe(false);
  });

  it("tells honestly that there was no clip, or no sound at all", async () => {
    await tell([]);
    saysMs = 0;
    void alert.test();
    await pass(8);
    expect(tests.at(-1)).toEqual({ room: null, tones: 4, hasVoice: false });
  });

  it("gives way to an alarm, and is then no test", async () => {
    await tell([]);
    void alert.test();
    await pass(2);
    heard.splice(0);
    await tell([oldAlarm("a/P1", "red")]);
    expect(heard.slice(0, 1)).toEqual(["hush all"]);
    expect(sounds()[0]).toBe("red 1");
    await pass(10);
    expect(tests).toEqual([]);
  });
});
