// The chips of a site's head: its sampling, in both languages.
import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import { shallowRef } from "vue";
import type { Site } from "../../contract/plant.ts";
import type { SamplingStatus } from "../../contract/sampling.ts";
import type { SiteStatus } from "../../contract/wall.ts";
import { liveKey, type Live } from "../../dashboard/src/live.ts";
import SamplingChip from "../../dashboard/src/screens/site/SamplingChip.vue";
import { createWords, wordsKey, type Language } from "../../dashboard/src/text/words.ts";

const at = Date.UTC(2026, 10, 23, 11, 40, 7);
const storm: SamplingStatus = { profile: "storm", since: at, order: 1, waiting: ["a/box"] };

/** The chip's text and title; null where there is none. */
function chipOf(sampling: SamplingStatus | undefined, language: Language = "zh"): readonly [string, string] | null {
  const site = { id: "a", devices: [] } as unknown as Site;
  const live = {
    index: shallowRef(null),
    devices: shallowRef(new Map()),
    now: shallowRef(at),
    sites: shallowRef(new Map([["a", { id: "a", sampling } as unknown as SiteStatus]])),
    latest: () => ({ latest: null, freshness: "none", offlineSince: null }),
  } as unknown as Live;
  const provide = { [liveKey as symbol]: live, [wordsKey as symbol]: createWords(language) };
  const chip = mount(SamplingChip, { props: { site }, global: { provide } }).find('[data-testid="site-sampling"]');
  return chip.exists() ? [chip.text(), chip.attributes("title") ?? ""] : null;
}

describe("the sampling of a site", () => {
  it("is shown since when it is a storm's, and how many devices have not said that they do as they were told", () => {
    expect(chipOf(storm)?.[0]).toBe("暴雨模式 19:40 起 · 1 台未确认");
    expect(chipOf({ ...storm, waiting: [] })).toEqual(["暴雨模式 19:40 起", "采样指令已确认"]);
    expect(chipOf({ ...storm, waiting: [] }, "en")?.[0]).toBe("Storm mode 19:40");
    expect(chipOf({ ...storm, profile: "alert", waiting: [] })?.[0]).toBe("加密监测 19:40 起");
  });

  it("is not spoken of in normal life", () => {
    expect(chipOf(undefined)).toBeNull();
    expect(chipOf({ ...storm, profile: "normal" })).toBeNull();
  });
});
