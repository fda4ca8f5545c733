// What calls for attention: the tones that are due, what is said after them, and the one shared blink; all without any screen.
import { inject, shallowRef, type InjectionKey, type ShallowRef } from "vue";
import type { Text } from "../../contract/faults.ts";
import type { SoundTest, VoiceReply, VoiceRequest } from "../../contract/receipt.ts";
import { spoken } from "../../contract/voice.ts";
import { createHorn, type Due } from "./horn.ts";
import type { Live } from "./live.ts";
import { createPhrases, type Phrase } from "./phrase.ts";
import { createRoomVoice } from "./room-voice.ts";
import { loudest, soundSettings, type SoundSettings, type SoundStore } from "./seat-settings.ts";
import { type AudioState, loudness, type Sound, toneMs } from "./sound.ts";
import type { Voice } from "./voice.ts";

/** What became of the sound test of this screen. */
export interface TestResult extends SoundTest {
  readonly at: number;
  /** False where the server could not write it down. */
  readonly isRecorded: boolean;
}

/** What the page may do about the noise. */
export interface Alert {
  readonly isRunning: Readonly<ShallowRef<boolean>>;
  readonly audio: Readonly<ShallowRef<AudioState>>;
  /** Who sounds for this screen's room in its place; null where it sounds itself. */
  readonly other: Readonly<ShallowRef<Pick<VoiceReply, "by"> | null>>;
  /** True where this screen would be heard: it can sound, and no other does in its place. */
  readonly isVoice: () => boolean;
  readonly settings: Readonly<ShallowRef<SoundSettings>>;
  readonly set: (settings: SoundSettings) => void;
  /** True while the sound test runs. */
  readonly isTesting: Readonly<ShallowRef<boolean>>;
  readonly tested: Readonly<ShallowRef<TestResult | null>>;
  /** Plays each tone and one clip, and has it written down. */
  readonly test: () => Promise<void>;
  readonly silencedUntil: Readonly<ShallowRef<number | null>>;
  /** Lets sound out; browsers allow it only from a key or a click. */
  readonly wake: () => Promise<void>;
  readonly silence: () => void;
  readonly stop: () => void;
}

/** What a screen has beside its loudspeaker; a test may do without. */
export interface AlertParts {
  /** @default tones only */
  readonly voice?: Voice;
  readonly language?: () => keyof Text;
  /** @default nobody else is in the room */
  readonly room?: {
    readonly claimVoice: (request: VoiceRequest) => Promise<unknown>;
    readonly soundTested: (test: SoundTest) => Promise<boolean>;
    readonly onVoice: (listener: (reply: VoiceReply) => void) => void;
  };
  /** @default as loud as it goes, and forgotten with the page */
  readonly store?: SoundStore;
}

const secondMs = 1000;
// The four tones of a test, each after the one before it and a pause; then what is said.
const testTones = [
  ["data", 0],
  ["yellow", 800],
  ["orange", 1700],
  ["red", 3300],
] as const;
const testSpeaksMs = 5600;
const testMs = 7000;

/** What sounds now, and until when. */
interface Current {
  readonly due: Due;
  readonly phrase: Phrase | null;
  readonly endsAt: number;
}

const monotonic = (): number => performance.now();
const silentVoice: Voice = { say: () => Promise.resolve(0), stop: () => {} };
const alone: Required<AlertParts>["room"] = {
  claimVoice: () => Promise.resolve(null),
  soundTested: () => Promise.resolve(false),
  onVoice: () => {},
};

/** Plays what is due, and cuts off what is answered; `root` tells a test of the page what has sounded. */
function createMouth(live: Live, sound: Sound, voice: Voice, language: () => keyof Text) {
  const phrases = createPhrases();
  const { dataset } = document.documentElement;
  let current: Current | null = null;
  let sounded = 0;

  function finish(): void {
    if (current === null || monotonic() < current.endsAt) return;
    if (current.phrase !== null) phrases.said(current.phrase);
    current = null;
  }
  async function speak(due: Due, volume: number): Promise<void> {
    const index = live.index.value;
    const phrase = index === null ? null : phrases.after(due, index, live.clockSpeed.value !== null);
    if (phrase === null) return;
    const playsMs = await voice.say(phrase.words, { language: language(), afterMs: toneMs(due.tone), volume });
    if (playsMs === 0 || current?.due !== due) return;
    current = { due, phrase, endsAt: monotonic() + playsMs };
    dataset["said"] = phrase.words.map(({ text }) => text[language()]).join(" ");
  }
  return {
    tick: finish,
    isBusy: () => current !== null,
    play(due: Due, volume: number): void {
      finish();
      // A lower tone sounds over what is being said; one of the same level or a higher one cuts it off.
      const isOver = current === null || due.rank >= current.due.rank;
      if (isOver) {
        voice.stop();
        sound.hush("all");
      }
      if (!sound.play(due.tone, { volume: loudness(volume, due.tone) })) return;
      sounded += 1;
      dataset["sounded"] = `${sounded} ${due.tone}`;
      phrases.keep(live.alarms.value);
      if (!isOver) return;
      current = { due, phrase: null, endsAt: monotonic() + toneMs(due.tone) };
      void speak(due, loudness(volume, due.tone));
    },
    /** Ends what nobody asks for any more. */
    cutOff(isAsking: (due: Due) => boolean): void {
      if (current === null || isAsking(current.due)) return;
      current = null;
      voice.stop();
      sound.hush("all");
    },
  };
}

/** The one shared blink: a step every half second, none where motion is not wanted. */
function startBlink(): () => void {
  // Half of a 1 Hz blink; four steps make a whole period of the slow one.
  const blinkStepMs = 500;
  const blinkSteps = 4;
  const root = document.documentElement;
  const isStill = typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;
  let step = 0;
  root.dataset["blink"] = isStill ? "still" : "0";
  if (isStill) return () => {};
  const blink = setInterval(() => {
    step = (step + 1) % blinkSteps;
    root.dataset["blink"] = String(step);
  }, blinkStepMs);
  return () => clearInterval(blink);
}

/** The sound test: what has to be heard at the start of a shift. */
function createTest(
  live: Live,
  sound: Sound,
  { voice = silentVoice, language = () => "zh", room = alone }: AlertParts,
) {
  const isTesting = shallowRef(false);
  const tested = shallowRef<TestResult | null>(null);
  let turn = 0;
  function cancel(): void {
    turn += 1;
    isTesting.value = false;
  }
  async function run(volume: number, roomName: string | null): Promise<void> {
    turn += 1;
    const mine = turn;
    isTesting.value = true;
    const heard = testTones.map(([tone, afterMs]) => sound.play(tone, { afterMs, volume: loudness(volume, tone) }));
    const words = [{ text: spoken.soundTest, spare: 0 }];
    const said = voice.say(words, { language: language(), afterMs: testSpeaksMs, volume: loudness(volume, "red") });
    const hasVoice = (await said) > 0;
    await new Promise((resolve) => setTimeout(resolve, testMs));
    // An alarm has cut it off: what was not played to its end is no test.
    if (turn !== mine) return;
    isTesting.value = false;
    const test = { room: roomName, tones: heard.filter((isHeard) => isHeard).length, hasVoice };
    const isRecorded = await room.soundTested(test);
    tested.value = { ...test, at: live.now.value, isRecorded };
  }
  return { isTesting, tested, cancel, run };
}

/** Starts the horn and the blink over the live state. */
export function startAlert(live: Live, sound: Sound, parts: AlertParts = {}): Alert {
  const { voice = silentVoice, language = () => "zh", room = alone, store } = parts;
  const horn = createHorn();
  const mouth = createMouth(live, sound, voice, language);
  const selfTest = createTest(live, sound, parts);
  const roomVoice = createRoomVoice(room.claimVoice, monotonic);
  const isRunning = shallowRef(sound.isRunning());
  const audio = shallowRef(sound.audio());
  const other = shallowRef<Pick<VoiceReply, "by"> | null>(null);
  const settings = shallowRef(store?.read() ?? soundSettings(loudest, null));
  const silencedUntil = shallowRef<number | null>(null);
  /** This seat alone was silenced: it must not be the voice of a room that was not. */
  let silencedHereUntil = 0;

  const roomName = (): string | null =>
    live.person.value?.isWall === true ? (live.seat.value?.room ?? null) : settings.value.room;

  function sounded(): void {
    const now = live.now.value;
    const tier = live.person.value?.tier ?? "city";
    horn.heed(live.silences.value.get(tier));
    horn.hear(live.alarms.value.values(), tier);
    mouth.cutOff(({ asking }) => horn.isAsking(asking, now));
    if (!sound.isRunning() || other.value !== null || roomVoice.isWaiting()) return;
    const due = horn.due(now, monotonic());
    if (due === null) return;
    if (selfTest.isTesting.value) {
      selfTest.cancel();
      voice.stop();
      sound.hush("all");
    }
    mouth.play(due, settings.value.volume / loudest);
  }
  function seated(): void {
    // Nor may one that is turned down to nothing: of an orange the whole room would hear nothing.
    const isAble = sound.isRunning() && settings.value.volume > 0 && live.now.value >= silencedHereUntil;
    const kind = live.person.value?.isWall === true ? "wall" : "console";
    roomVoice.look({ room: roomName(), kind, isAble, isLinked: live.link.value.state === "live" });
    const now = roomVoice.other();
    if (now?.by !== other.value?.by || (now === null) !== (other.value === null)) other.value = now;
    document.documentElement.dataset["voice"] = now === null ? "own" : "other";
  }
  function look(): void {
    isRunning.value = sound.isRunning();
    audio.value = sound.audio();
    mouth.tick();
    seated();
    sounded();
    silencedUntil.value = horn.silencedUntil(live.now.value);
  }
  room.onVoice((reply) => {
    roomVoice.hear(reply);
    look();
  });
  // From the socket, not from a frame: a hidden tab must be heard too.
  live.onAlarms(() => {
    seated();
    sounded();
  });
  const second = setInterval(look, secondMs);
  const stopBlink = startBlink();

  async function wake(): Promise<void> {
    if (sound.isRunning()) return;
    await sound.resume();
    look();
  }
  return {
    isRunning,
    audio,
    other,
    isVoice: () => sound.isRunning() && roomVoice.other() === null,
    settings,
    set(wanted) {
      settings.value = soundSettings(wanted.volume, wanted.room);
      store?.write(settings.value);
      look();
    },
    isTesting: selfTest.isTesting,
    tested: selfTest.tested,
    async test() {
      await wake();
      if (mouth.isBusy() || selfTest.isTesting.value) return;
      await selfTest.run(settings.value.volume / loudest, roomName());
    },
    silencedUntil,
    wake,
    silence() {
      const { value: person } = live.person;
      const silenceHere = (): void => {
        horn.silence(live.now.value);
        silencedHereUntil = horn.silencedUntil(live.now.value) ?? 0;
        look();
      };
      // Whoever may not speak for a tier, or cannot reach the server, still has a seat of his own.
      if (person === null || person.role === "viewer") silenceHere();
      else void live.commands.silence().then((isDone) => isDone || silenceHere());
    },
    stop() {
      clearInterval(second);
      stopBlink();
    },
  };
}

/** Where the app hands its alert to its components. */
export const alertKey: InjectionKey<Alert> = Symbol("alert");

/** The app's alert. */
export function useAlert(): Alert {
  const alert = inject(alertKey);
  if (alert === undefined) throw new Error("the app provides no alert");
  return alert;
}
