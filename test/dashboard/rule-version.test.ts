// A rule that was enabled at run time, on the wall: its site's rules and events and its alarm's detail say who answers for it.
import { mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { startAlert, type Alert } from "../../dashboard/src/alert.ts";
import { callKey } from "../../dashboard/src/api/call.ts";
import App from "../../dashboard/src/App.vue";
import { createLink } from "../../dashboard/src/link.ts";
import { createLive, liveKey, type Live } from "../../dashboard/src/live.ts";
import { createRegionMap } from "../../dashboard/src/screens/region-map.ts";
import { createSound } from "../../dashboard/src/sound.ts";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";
import {
  alarmOf,
  connect,
  createHandSocket,
  limitOf,
  planOf,
  pointOf,
  ruleOf,
  snapshotOf,
  versionOf,
  type HandSocket,
  deafApi,
  deafCall,
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
const seen = (id: string): ReturnType<VueWrapper["find"]> => page.find(`[data-testid="${id}"]`);
async function hear(part: Parameters<typeof snapshotOf>[1]): Promise<void> {
  hand.hear("snapshot", snapshotOf(1, part));
  await page.vm.$nextTick();
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] });
  vi.setSystemTime(Date.UTC(2026, 10, 23, 11, 40, 7));
});
afterEach(() => {
  page.unmount();
  alert.stop();
  live.stop();
  vi.useRealTimers();
});

it("says of a rule that was enabled at run time who wrote and approved it, since when and why, and so does its alarm", async () => {
  open("/site/a?tab=rules");
  const enabled = { version: 2, validFrom: 1, author: "wen", approver: "lu", reason: "新设计" };
  const versions = [
    versionOf({ levels: { red: [limitOf(40)] } }),
    versionOf({ ...enabled, levels: { red: [limitOf(30)] } }),
  ];
  const plan = planOf([pointOf("a/LT", { rules: [ruleOf({ versions })] })]);
  const { id, direction } = ruleOf({ versions });
  const alarm = alarmOf("a/LT", "red", { rule: id, direction, ruleVersion: 2 });
  await hear({ plan, alarms: [alarm] });
  const told = "起草 wen · 批准 lu · 自 1970-01-01 08:00 起生效 · 理由：新设计";
  expect(seen("rules-head").text()).toBe(`高限 · v2 · ${told}`);
  await seen("site-tab-events").trigger("click");
  expect(seen("events-row").text()).toContain(`规则第 2 版 · ${told}`);
  await seen("events-row").trigger("click");
  await seen("alarm-tab-basis").trigger("click");
  expect(seen("rule-version").text()).toContain(`v2 · ${told}`);
});
