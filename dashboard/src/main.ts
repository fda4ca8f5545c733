// Starts what the address names, the wall or the bench for gateways: builds its parts, hands them over, and mounts it.
import "@fontsource/noto-sans-sc/400.css";
import "@fontsource/noto-sans-sc/600.css";
import "@fontsource/noto-sans-sc/700.css";
import "./base.css";
import { createApp } from "vue";
import { startAlert } from "./alert.ts";
import { createApi } from "./api.ts";
import { callKey, createCall } from "./api/call.ts";
import App from "./App.vue";
import { createLink, openSocket } from "./link.ts";
import { createLive, liveKey } from "./live.ts";
import { startMonths } from "./months.ts";
import { applyTokens } from "./screens/paint.ts";
import { createRegionMap } from "./screens/region-map.ts";
import { createSound } from "./sound.ts";
import { createWords, wordsKey, type Language } from "./text/words.ts";

const languageKey = "skyground.language";

function firstLanguage(): Language {
  const wanted = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(languageKey);
  return wanted === "en" ? "en" : "zh";
}

function startWall(): void {
  const now = (): number => Date.now();
  const live = createLive({
    link: createLink({ socket: openSocket(), now, monotonic: () => performance.now() }),
    now,
    history: async (point, from, to, buckets) => {
      const answer = await api.history({ point, from, to, buckets });
      return answer.ok ? answer.value : null;
    },
  });
  const map = createRegionMap(api, now);
  const alert = startAlert(live, createSound());
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

/** The bench is a page for enterprises: no socket, no sound, no stage; walls do not load it. */
async function startBench(): Promise<void> {
  const { default: Onboard } = await import("./screens/onboard/Onboard.vue");
  createApp(Onboard, { api }).provide(wordsKey, words).provide(callKey, call).mount("#app");
}

const call = createCall();
const api = createApi(call);
const words = createWords(firstLanguage(), (language) => localStorage.setItem(languageKey, language));
applyTokens(document.documentElement);
if (location.pathname.startsWith("/onboard")) void startBench();
else startWall();
