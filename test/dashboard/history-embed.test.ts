// The panel that makes pieces of other pages: what it hands out is whole, of the chosen point, and copied where it says so.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, expect, it, vi } from "vitest";
import { ref } from "vue";
import type { HistoryApi } from "../../dashboard/src/api/history.ts";
import { liveKey } from "../../dashboard/src/live.ts";
import EmbedPanel from "../../dashboard/src/screens/history/EmbedPanel.vue";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";
import { pointOf } from "./support.ts";

let panel: VueWrapper;
afterEach(() => {
  panel.unmount();
  vi.unstubAllGlobals();
});

const name = { zh: '液位 "高" & 低', en: "Level" };
const snippet = () => panel.find("[data-testid=history-embed-snippet]");
async function make(): Promise<void> {
  const api = {
    embeds: async () => ({ ok: true, value: [] }),
    addEmbed: async () => ({ ok: true, value: { token: "t&1" } }),
  } as unknown as HistoryApi;
  panel = mount(EmbedPanel, {
    props: { api, point: pointOf("a/P1", { name }) },
    global: {
      provide: {
        [liveKey as symbol]: { now: ref(0), index: ref(null) },
        [wordsKey as symbol]: createWords("zh"),
      },
    },
  });
  await panel.find("[data-testid=history-embed-open]").trigger("click");
  await panel.find("[data-testid=history-embed-hosts]").setValue("https://a.example");
  await panel.find("form").trigger("submit");
  await flushPromises();
}

it("escapes what it writes into a page, whatever a point is called", async () => {
  await make();
  // Of a template nothing is loaded.
  const page = document.createElement("template");
  page.innerHTML = (snippet().element as HTMLTextAreaElement).value;
  const frame = page.content.querySelector("iframe");
  expect(frame?.getAttribute("title")).toBe(name.zh);
  expect(new URL(frame?.getAttribute("src") ?? "").searchParams.get("token")).toBe("t&1");
});

it("shows no piece of one point under the name of another", async () => {
  await make();
  await panel.setProps({ point: pointOf("a/P2") });
  expect(snippet().exists()).toBe(false);
});

it("says that nothing was copied where the browser has no clipboard", async () => {
  vi.stubGlobal("navigator", { clipboard: undefined });
  await make();
  await panel
    .findAll("button")
    .find((one) => one.text() === "复制")
    ?.trigger("click");
  await flushPromises();
  expect(panel.text()).toContain("浏览器不允许复制");
});
