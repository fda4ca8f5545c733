// The whole page for a test: mounted over a socket that is turned by hand, seen and pressed as a person would.
import { mount, type VueWrapper } from "@vue/test-utils";
import { vi } from "vitest";
import type { Snapshot } from "../../contract/wall.ts";
import { startAlert, type Alert } from "../../dashboard/src/alert.ts";
import type { Api } from "../../dashboard/src/api.ts";
import { type Call, callKey, type Send, sendKey } from "../../dashboard/src/api/call.ts";
import App from "../../dashboard/src/App.vue";
import { createLink } from "../../dashboard/src/link.ts";
import { createLive, liveKey, type Live } from "../../dashboard/src/live.ts";
import { createRegionMap } from "../../dashboard/src/screens/region-map.ts";
import { createSound } from "../../dashboard/src/sound.ts";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";
import { connect, createHandSocket, deafApi, deafCall, deafSend, type HandSocket } from "./support.ts";

/** What answers the page beside its socket. */
export interface MountOptions {
  /** @default deafApi */
  readonly api?: Api;
  /** @default deafCall */
  readonly call?: Call;
  /** @default deafSend */
  readonly send?: Send;
}

/** The page at a path. */
export interface Mounted {
  readonly page: VueWrapper;
  readonly hand: HandSocket;
  readonly live: Live;
  readonly alert: Alert;
  readonly seen: (id: string) => ReturnType<VueWrapper["find"]>;
  readonly press: (key: string, part?: KeyboardEventInit) => Promise<void>;
  /** Hears an event of the server, and paints. */
  readonly hear: (event: string, value: unknown) => Promise<void>;
  /** Hears a snapshot and the beat behind it, and paints. */
  readonly look: (snapshot: Snapshot) => Promise<void>;
  readonly end: () => void;
}

/** The time of day stands still at 19:40:07 until a test moves it. */
export function holdTime(): void {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] });
  vi.setSystemTime(Date.UTC(2026, 10, 23, 11, 40, 7));
}

/** Mounts the page at a path; its server has just been reached. */
export function mountApp(
  path: string,
  { api = deafApi, call = deafCall, send = deafSend }: MountOptions = {},
): Mounted {
  history.replaceState(null, "", path);
  const hand = createHandSocket();
  const now = (): number => Date.now();
  const live = createLive({
    link: createLink({ socket: hand.socket, now, monotonic: () => performance.now() }),
    now,
    history: () => Promise.resolve(null),
    beforeRepaint: (run) => run(),
  });
  const alert = startAlert(
    live,
    createSound(() => null),
  );
  const page = mount(App, {
    attachTo: document.body,
    props: { api, map: createRegionMap(api, now), alert },
    global: {
      provide: {
        [liveKey as symbol]: live,
        [wordsKey as symbol]: createWords("zh"),
        [callKey as symbol]: call,
        [sendKey as symbol]: send,
      },
    },
  });
  live.start();
  connect(hand);
  return {
    page,
    hand,
    live,
    alert,
    seen: (id) => page.find(`[data-testid="${id}"]`),
    press: async (key, part = {}) => {
      window.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, ...part }));
      await page.vm.$nextTick();
    },
    hear: async (event, value) => {
      hand.hear(event, value);
      await page.vm.$nextTick();
    },
    look: async (snapshot) => {
      hand.hear("snapshot", snapshot);
      hand.hear("beat", { at: Date.now(), seq: snapshot.seq, oldest: null, samplesPerSecond: 1 });
      await page.vm.$nextTick();
      await page.vm.$nextTick();
    },
    end: () => {
      page.unmount();
      alert.stop();
      live.stop();
    },
  };
}
