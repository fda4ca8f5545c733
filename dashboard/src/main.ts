// Starts what the address names, the wall the bench for gateways, or the page of an enterprise on a telephone: builds its parts, hands them over, and mounts it.
import "@fontsource/noto-sans-sc/400.css";
import "@fontsource/noto-sans-sc/600.css";
import "@fontsource/noto-sans-sc/700.css";
import "./base.css";
import { createApp } from "vue";
import { type Alert, startAlert } from "./alert.ts";
import { createApi } from "./api.ts";
import { callKey, createCall } from "./api/call.ts";
import { createVoiceFiles } from "./api/voice.ts";
import App from "./App.vue";
import { createLink, openSocket } from "./link.ts";
import { createLive, type Live, liveKey } from "./live.ts";
import { startMonths } from "./months.ts";
import { startReceipts } from "./receipts.ts";
import { applyTokens } from "./screens/paint.ts";
import { createRegionMap } from "./screens/region-map.ts";
import { createSoundStore } from "./seat-settings.ts";
import { createSound } from "./sound.ts";
import { createWords, wordsKey, type Language } from "./text/words.ts";
import { createVoice } from "./voice.ts";

const languageKey = "skyground.language";

/** Within another page's frame a browser may keep its storage shut. */
function remembered(): string | null {
  try {
    return localStorage.getItem(languageKey);
  } catch {
    return null;
  }
}

function firstLanguage(): Language {
  const wanted = new URLSearchParams(location.search).get("lang") ?? remembered();
  return wanted === "en" ? "en" : "zh";
}

/** What every page with a socket stands on: the stream, the horn, and what it tells of itself. */
function startStream(): { readonly live: Live; readonly alert: Alert; readonly isCovered: () => boolean } {
  const now = (): number => Date.now();
  const monotonic = (): number => performance.now();
  const link = createLink({ socket: openSocket(), now, monotonic });
  const live = createLive({
    link,
    now,
    history: async (point, from, to, buckets) => {
      const answer = await api.history({ point, from, to, buckets });
      return answer.ok ? answer.value : null;
    },
  });
  const sound = createSound();
  const alert = startAlert(live, sound, {
    voice: createVoice(sound, createVoiceFiles(call), monotonic),
    language: () => words.language.value,
    room: link,
    store: createSoundStore(localStorage),
  });
  let isCovered = false;
  startReceipts({
    live,
    link,
    sound: () => ({ audio: alert.audio.value, isVoice: alert.isVoice() }),
    openWatchdog: () => new Worker(new URL("./watchdog.ts", import.meta.url), { type: "module" }),
    covered: (is) => (isCovered = is),
  });
  return { live, alert, isCovered: () => isCovered };
}

function startWall(): void {
  const { live, alert, isCovered } = startStream();
  const map = createRegionMap(api, () => Date.now());
  createApp(App, { api, map, alert })
    .provide(liveKey, live)
    .provide(wordsKey, words)
    .provide(callKey, call)
    .mount("#app");
  live.start();
  void map.load();
  startMonths({
    live,
    root: document.documentElement,
    heapMb: () => {
      const { memory } = performance as unknown as { readonly memory?: { readonly usedJSHeapSize: number } };
      return memory === undefined ? null : memory.usedJSHeapSize / 1_048_576;
    },
    ageMs: () => performance.now(),
    isCovered,
    keepAwake,
    reload: () => location.reload(),
  });
}

let isAwake = false;
/** Asks the screen to stay on, again wherever the browser has let go of it; a browser that cannot has its own settings. */
function keepAwake(): void {
  if (isAwake || document.visibilityState !== "visible" || !("wakeLock" in navigator)) return;
  isAwake = true;
  const letGo = (): boolean => (isAwake = false);
  navigator.wakeLock.request("screen").then((lock) => lock.addEventListener("release", letGo), letGo);
}

/** The page of an enterprise on a telephone: the same stream and the same horn, without stage and map. */
async function startPhone(): Promise<void> {
  const { default: Phone } = await import("./screens/phone/Phone.vue");
  const { live, alert } = startStream();
  createApp(Phone, { api, alert }).provide(liveKey, live).provide(wordsKey, words).provide(callKey, call).mount("#app");
  live.start();
}

/** The bench is a page for enterprises: no socket, no sound, no stage; walls do not load it. */
async function startBench(): Promise<void> {
  const { default: Onboard } = await import("./screens/onboard/Onboard.vue");
  createApp(Onboard, { api }).provide(wordsKey, words).provide(callKey, call).mount("#app");
}

/** A trend within another page: nothing else of the dashboard is loaded, and no cookie is needed. */
async function startEmbed(): Promise<void> {
  const { default: Embed } = await import("./screens/history/Embed.vue");
  createApp(Embed).provide(wordsKey, words).provide(callKey, call).mount("#app");
}

const call = createCall();
const api = createApi(call);
const words = createWords(firstLanguage(), (language) => localStorage.setItem(languageKey, language));
applyTokens(document.documentElement);
if (location.pathname.startsWith("/onboard")) void startBench();
else if (location.pathname.startsWith("/embed/")) void startEmbed();
else if (location.pathname === "/my") void startPhone();
else startWall();
