// Starts what the address names, the wall the bench for gateways, or the page of an enterprise on a telephone: builds its parts, hands them over, and mounts it.
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
import { createLive, type Live, liveKey } from "./live.ts";
import { applyTokens } from "./screens/paint.ts";
import { createRegionMap } from "./screens/region-map.ts";
import { createSound } from "./sound.ts";
import { createWords, wordsKey, type Language } from "./text/words.ts";

const languageKey = "skyground.language";

function firstLanguage(): Language {
  const wanted = new URLSearchParams(location.search).get("lang") ?? localStorage.getItem(languageKey);
  return wanted === "en" ? "en" : "zh";
}

/** What every page with a socket stands on. */
function createStream(): Live {
  const now = (): number => Date.now();
  return createLive({
    link: createLink({ socket: openSocket(), now, monotonic: () => performance.now() }),
    now,
    history: async (point, from, to, buckets) => {
      const answer = await api.history({ point, from, to, buckets });
      return answer.ok ? answer.value : null;
    },
  });
}

function startWall(): void {
  const live = createStream();
  const map = createRegionMap(api, () => Date.now());
  const alert = startAlert(live, createSound());
  createApp(App, { api, map, alert })
    .provide(liveKey, live)
    .provide(wordsKey, words)
    .provide(callKey, call)
    .mount("#app");
  live.start();
  void map.load();
}

/** The page of an enterprise on a telephone: the same stream and the same horn, without stage and map. */
async function startPhone(): Promise<void> {
  const { default: Phone } = await import("./screens/phone/Phone.vue");
  const live = createStream();
  const alert = startAlert(live, createSound());
  createApp(Phone, { api, alert }).provide(liveKey, live).provide(wordsKey, words).provide(callKey, call).mount("#app");
  live.start();
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
else if (location.pathname === "/my") void startPhone();
else startWall();
