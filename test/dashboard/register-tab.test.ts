// The register of a site: why a device is gone, and after how long its points count as silent.
import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { ref } from "vue";
import type { DeviceStatus } from "../../contract/wall.ts";
import { liveKey, type Live } from "../../dashboard/src/live.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import RegisterTab from "../../dashboard/src/screens/site/RegisterTab.vue";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";
import { planOf, pointOf } from "./support.ts";

const learnSilence = { floorMs: 20_000, ceilingMs: 600_000 };
const plan = planOf([pointOf("a/LT", { learnSilence }), pointOf("a/L2", { learnSilence }), pointOf("a/L3")]);

function open(status: Partial<DeviceStatus>): { readonly text: string; readonly silences: readonly string[] } {
  const device: DeviceStatus = { id: "a/box", state: "offline", since: 1_790_000_000_000, ...status };
  const [site] = plan.sites;
  if (site === undefined) throw new Error("the plan has no site");
  const live = {
    index: ref(createPlanIndex(plan)),
    devices: ref(new Map([[device.id, device]])),
    now: ref(1_790_000_060_000),
  };
  const tab = mount(RegisterTab, {
    props: { site, points: plan.points },
    global: {
      provide: { [liveKey as symbol]: live as unknown as Live, [wordsKey as symbol]: createWords("zh") },
      stubs: { SiteTabs: true },
    },
  });
  const rows = tab.findAll('[data-testid="register-row"]');
  return { text: tab.text(), silences: rows.map((row) => row.findAll("td")[7]?.text() ?? "") };
}

describe("the register of a site", () => {
  it("says since when a device is there, or gone and why", () => {
    expect(open({ why: "lost" }).text).toMatch(/设备 box离线 自 .+，异常断开/u);
    expect(open({ why: "goodbye" }).text).toMatch(/设备 box离线 自 .+，正常下线/u);
    expect(open({ state: "online" }).text).toMatch(/设备 box在线 自 /u);
    expect(open({ state: "unheard" }).text).toContain("设备 box未上报");
    expect(open({ id: "a/other" }).text).toContain("设备 box未上报");
  });

  it("shows which silence was learned, and which is still to be", () => {
    expect(open({ silentAfterMs: { "a/LT": 62_000 } }).silences).toEqual(["62 s 自学", "30 s 学习中", "30 s"]);
  });
});
