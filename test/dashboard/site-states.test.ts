// What a site's screen says where it cannot show all: before the plan has come, outside of one's scope, and of a bad value.
import { mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it } from "vitest";
import type { ValueTuple } from "../../contract/wall.ts";
import { startAlert, type Alert } from "../../dashboard/src/alert.ts";
import { callKey } from "../../dashboard/src/api/call.ts";
import App from "../../dashboard/src/App.vue";
import { createLink } from "../../dashboard/src/link.ts";
import { createLive, liveKey, type Live } from "../../dashboard/src/live.ts";
import { createRegionMap } from "../../dashboard/src/screens/region-map.ts";
import { createSound } from "../../dashboard/src/sound.ts";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";
import {
  connect,
  createHandSocket,
  deafApi,
  deafCall,
  planOf,
  pointOf,
  snapshotOf,
  type HandSocket,
} from "./support.ts";

let hand: HandSocket;
let live: Live;
let alert: Alert;
let page: VueWrapper;

function open(path: string): void {
  history.replaceState(null, "", path);
  hand = createHandSocket();
  const api = deafApi;
  const now = (): number => Date.now();
  live = createLive({
    link: createLink({ socket: hand.socket, now, monotonic: () => performance.now() }),
    now,
    history: () => Promise.resolve(null),
    beforeRepaint: (run) => run(),
  });
  alert = startAlert(
    live,
    createSound(() => null),
  );
  page = mount(App, {
    attachTo: document.body,
    props: { api, map: createRegionMap(api, now), alert },
    global: {
      provide: { [liveKey as symbol]: live, [wordsKey as symbol]: createWords("zh"), [callKey as symbol]: deafCall },
    },
  });
  live.start();
  connect(hand);
}
afterEach(() => {
  page.unmount();
  alert.stop();
  live.stop();
});
const seen = (id: string): ReturnType<VueWrapper["find"]> => page.find(`[data-testid="${id}"]`);
async function hear(part: Parameters<typeof snapshotOf>[1]): Promise<void> {
  hand.hear("snapshot", snapshotOf(1, { plan: planOf([pointOf("a/P1")]), ...part }));
  hand.hear("beat", { at: Date.now(), seq: 1, oldest: null, samplesPerSecond: 1 });
  await page.vm.$nextTick();
}

describe("a site's screen", () => {
  it("is a frame with titles until the plan has come", () => {
    open("/site/a");
    expect(
      seen("site-loading")
        .findAll("h2")
        .map((title) => title.text()),
    ).toEqual(["本站", "处置卡", "趋势 (T)", "台账"]);
  });

  it("outside of the scope of who looks is not told apart from one that does not exist", async () => {
    open("/site/nowhere");
    await hear({ person: { name: "lin", role: "viewer", tier: "county", scope: { counties: ["1"] } } });
    expect(seen("site-unknown").text()).toContain("无权查看本县数据");
    expect(seen("site-unknown").text()).toContain("或登记中没有它");
  });

  it("shows where a value is bad the last good one, struck, with its age", async () => {
    open("/site/a");
    const at = Date.now() - 200_000;
    await hear({ devices: [{ id: "a/box", state: "online", since: 1 }], values: [[0, 5, 0, at, at]] });
    expect(seen("last-good").exists()).toBe(false);
    const bad: ValueTuple = [0, 99, 4, Date.now(), Date.now()];
    hand.hear("frame", { at: Date.now(), values: [bad], folded: 0 });
    // Values are painted twice a second.
    await expect.poll(() => seen("last-good").exists()).toBe(true);
    expect(page.find("s[data-testid=last-good]").exists()).toBe(true);
    expect(seen("last-good").text()).toMatch(/^5\.00$/u);
    expect(seen("last-good").element.parentElement?.textContent).toMatch(/5\.00\u2002\d min\u2002—/u);
  });
});
