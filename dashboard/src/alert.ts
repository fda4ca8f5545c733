// What calls for attention: the tones that are due, and the one shared blink; both run without any screen.
import { shallowRef, type ShallowRef } from "vue";
import { createHorn } from "./horn.ts";
import type { Live } from "./live.ts";
import type { Sound } from "./sound.ts";

/** What the page may do about the noise. */
export interface Alert {
  readonly isRunning: Readonly<ShallowRef<boolean>>;
  readonly silencedUntil: Readonly<ShallowRef<number | null>>;
  /** Lets sound out; browsers allow it only from a key or a click. */
  readonly wake: () => Promise<void>;
  readonly silence: () => void;
  readonly stop: () => void;
}

const secondMs = 1000;
// Half of a 1 Hz blink; four steps make a whole period of the slow one.
const blinkStepMs = 500;
const blinkSteps = 4;

/** Starts the horn and the blink over the live state. */
export function startAlert(live: Live, sound: Sound): Alert {
  const horn = createHorn();
  const isRunning = shallowRef(sound.isRunning());
  const silencedUntil = shallowRef<number | null>(null);
  function sounded(): void {
    const tier = live.person.value?.tier ?? "city";
    const now = live.now.value;
    horn.heed(live.silences.value.get(tier));
    const tone = isRunning.value ? horn.due(live.alarms.value.values(), tier, now) : null;
    if (tone !== null) sound.play(tone);
  }
  function look(): void {
    isRunning.value = sound.isRunning();
    silencedUntil.value = horn.silencedUntil(live.now.value);
    sounded();
  }
  // From the socket, not from a frame: a hidden tab must be heard too.
  live.onAlarms(sounded);
  const second = setInterval(look, secondMs);

  const root = document.documentElement;
  const isStill = typeof matchMedia === "function" && matchMedia("(prefers-reduced-motion: reduce)").matches;
  let step = 0;
  root.dataset["blink"] = isStill ? "still" : "0";
  const blink = isStill
    ? undefined
    : setInterval(() => {
        step = (step + 1) % blinkSteps;
        root.dataset["blink"] = String(step);
      }, blinkStepMs);
  return {
    isRunning,
    silencedUntil,
    async wake() {
      if (sound.isRunning()) return;
      await sound.resume();
      look();
    },
    silence() {
      const { value: person } = live.person;
      const silenceHere = (): void => {
        horn.silence(live.now.value);
        look();
      };
      // Whoever may not speak for a tier, or cannot reach the server, still has a seat of his own.
      if (person === null || person.role === "viewer") silenceHere();
      else void live.commands.silence().then((isDone) => isDone || silenceHere());
    },
    stop() {
      clearInterval(second);
      clearInterval(blink);
    },
  };
}
