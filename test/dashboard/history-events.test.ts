// The steps of alarms on the screen of history: page by page, and never under a question that they do not answer.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, describe, expect, it } from "vitest";
import { ref, shallowRef } from "vue";
import type { AlarmStep, StepsPage } from "../../contract/series.ts";
import type { Answer } from "../../dashboard/src/api/call.ts";
import type { HistoryApi, Range, StepsFilter } from "../../dashboard/src/api/history.ts";
import { liveKey } from "../../dashboard/src/live.ts";
import EventsTab from "../../dashboard/src/screens/history/EventsTab.vue";
import { routeKey } from "../../dashboard/src/screens/route.ts";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";

const now = Date.UTC(2026, 9, 1);
const stepOf = (seq: number): AlarmStep =>
  ({
    seq,
    at: now - seq * 1000,
    site: "a",
    source: { kind: "point", id: "a/P1" },
    fromLevel: null,
    level: "red",
    to: "unacknowledged",
    value: 1,
    setpoint: null,
    why: { code: "limitViolated", values: {} },
    actor: { kind: "rule", id: "r", tier: null },
  }) satisfies Partial<AlarmStep> as unknown as AlarmStep;
const pageOf = (steps: readonly AlarmStep[], before: number | null): Answer<StepsPage> => ({
  ok: true,
  value: { steps, before, total: 2, byLevel: [], bySite: [], bySource: [] },
});

interface Asked {
  readonly range: Range;
  readonly filter: StepsFilter;
  readonly before: number | null;
  readonly answer: (answer: Answer<StepsPage>) => Promise<void>;
}
let page: VueWrapper;
let asked: Asked[];
const query = shallowRef<Readonly<Record<string, string>>>({});

async function open(): Promise<void> {
  asked = [];
  query.value = {};
  const api = {
    steps: (range: Range, filter: StepsFilter, before: number | null) =>
      new Promise((resolve) => {
        const answer = async (said: Answer<StepsPage>): Promise<void> => {
          resolve(said);
          await flushPromises();
        };
        asked.push({ range, filter, before, answer });
      }),
  } as unknown as HistoryApi;
  const set = (name: string, value: string | null): void => {
    query.value = Object.fromEntries(
      Object.entries({ ...query.value, [name]: value ?? "" }).filter(([, one]) => one !== ""),
    );
  };
  page = mount(EventsTab, {
    props: { api },
    global: {
      stubs: { ExportPanel: { name: "ExportPanel", props: ["filter", "range"], template: "<i></i>" } },
      provide: {
        [liveKey as symbol]: { index: ref(null), now: ref(now) },
        [wordsKey as symbol]: createWords("zh"),
        [routeKey as symbol]: { query, set },
      },
    },
  });
  await asked[0]?.answer(pageOf([stepOf(9)], 9));
}
const rows = (): number => page.findAll("[data-testid=history-steps] tbody tr").length;
const more = () => page.find("[data-testid=history-more]");
const level = () => page.find("[data-testid=history-level]");
afterEach(() => page.unmount());

describe("the steps of alarms", () => {
  it("come a page further once for each press, however fast", async () => {
    await open();
    await more().trigger("click");
    await more().trigger("click");
    expect(asked.map(({ before }) => before)).toEqual([null, 9]);
    await asked[1]?.answer(pageOf([stepOf(8)], null));
    expect(rows()).toBe(2);
    expect(more().exists()).toBe(false);
  });

  it("say why a further page did not come, and let it be asked for again", async () => {
    await open();
    await more().trigger("click");
    await asked[1]?.answer({ ok: false, code: null });
    expect(page.find("[data-testid=history-more-said]").text()).toBe("服务器无法连接");
    await more().trigger("click");
    await asked[2]?.answer(pageOf([stepOf(8)], null));
    expect(page.find("[data-testid=history-more-said]").exists()).toBe(false);
    expect(rows()).toBe(2);
  });

  it("are exported, and gone on with, by the question that they answer until another is answered", async () => {
    await open();
    const exported = () => page.findComponent({ name: "ExportPanel" }).props("filter") as StepsFilter;
    await level().setValue("red");
    expect(asked[1]?.filter.level).toBe("red");
    expect(page.find("[role=status]").text()).toBe("正在读取…");
    expect(exported().level).toBeUndefined();
    expect(more().attributes("aria-disabled")).toBe("true");
    await asked[1]?.answer(pageOf([], null));
    expect(exported().level).toBe("red");
    expect(rows()).toBe(0);
  });
});
