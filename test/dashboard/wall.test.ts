// The panels of the overview: how fast counties answer against their limits, an empty list, and alarms under a mark.
import { flushPromises, mount, type VueWrapper } from "@vue/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Component } from "vue";
import type { LoadAnswer } from "../../contract/series.ts";
import type { ResponseStatus, Snapshot } from "../../contract/wall.ts";
import { callKey, type Call } from "../../dashboard/src/api/call.ts";
import { createLink } from "../../dashboard/src/link.ts";
import { createLive, liveKey, type Live } from "../../dashboard/src/live.ts";
import LevelChip from "../../dashboard/src/parts/LevelChip.vue";
import { createRoute, routeKey } from "../../dashboard/src/screens/route.ts";
import { dayBefore, dayOf } from "../../dashboard/src/screens/wall/day.ts";
import OpenAlarms from "../../dashboard/src/screens/wall/OpenAlarms.vue";
import ResponsePanel from "../../dashboard/src/screens/wall/ResponsePanel.vue";
import { responseRows, type ResponseSources } from "../../dashboard/src/screens/wall/responses.ts";
import { createWords, wordsKey } from "../../dashboard/src/text/words.ts";
import {
  alarmOf,
  answered,
  connect,
  createHandSocket,
  deafCall,
  incidentOf,
  markOf,
  owes,
  snapshotOf,
} from "./support.ts";

const dayMs = 86_400_000;
const noon = Date.UTC(2026, 10, 23, 4);
const response = (county: string, part: Partial<ResponseStatus> = {}): ResponseStatus => ({
  county,
  medianMs: 60_000,
  answers: 3,
  limitMs: 300_000,
  over: 0,
  ...part,
});
const load = (counts: readonly number[], from = noon - dayMs): LoadAnswer =>
  ({ report: { from, to: noon }, hours: counts.map((count, hour) => [hour, count]) }) as unknown as LoadAnswer;

describe("the counties' answers", () => {
  const sources = (responses: readonly ResponseStatus[], part: Partial<ResponseSources> = {}): ResponseSources => ({
    counties: [{ id: "one" }, { id: "two" }],
    responses: new Map(responses.map((each) => [each.county, each])),
    alarms: [],
    countyOf: (site) => (site === "a" ? "one" : undefined),
    now: noon,
    ...part,
  });

  it("are bars on one scale, each with its own limit", () => {
    const [one, two] = responseRows(
      sources([response("one"), response("two", { medianMs: 330_000, limitMs: 600_000 })]),
    );
    expect(one?.bar?.length).toBeCloseTo(60 / 660, 9);
    expect(one?.bar?.tick).toBeCloseTo(300 / 660, 9);
    expect(two?.bar?.length).toBeCloseTo(330 / 660, 9);
  });

  it("end the scale at twice the longest limit: a night without an answer leaves the others readable", () => {
    const [one, two] = responseRows(sources([response("one"), response("two", { medianMs: 9 * 3_600_000 })]));
    expect(two?.bar).toEqual({ length: 1, tick: 0.5 });
    expect(one?.bar?.length).toBeCloseTo(0.1, 9);
  });

  it("have no bar without a limit, and no figure without an answer", () => {
    const { limitMs: _, over: __, ...older } = response("one");
    const [one, two] = responseRows(sources([older]));
    expect(one).toMatchObject({ medianMs: 60_000, limitMs: null, over: 0, bar: null });
    expect(two).toMatchObject({ medianMs: null, answers: 0, bar: null });
  });

  it("say with the worst level what the county itself has not answered in time", () => {
    const alarms = [
      alarmOf("a/P1", "orange", { tiers: [owes("county", "orange", noon - 2000, 1000)] }),
      alarmOf("a/P2", "yellow", { tiers: [owes("county", "yellow", noon - 2000, 1000)] }),
      alarmOf("a/P3", "red", { tiers: [owes("county", "red", noon - 2000, 5000), owes("city", "red", 0, 1)] }),
      alarmOf("b/P1", "red", { tiers: [owes("county", "red", 0, 1)] }),
    ];
    const [one, two] = responseRows(sources([], { alarms }));
    expect(one).toMatchObject({ overdue: 2, overdueLevel: "orange" });
    expect(two).toMatchObject({ overdue: 0, overdueLevel: null });
  });
});

describe("the last day behind an empty list", () => {
  const alarm = alarmOf("a/P1", "red");

  it("is closed only when every incident is put away", () => {
    expect(dayOf(load([2, 1]), [incidentOf(alarm, { step: "archived" })])).toMatchObject({ kind: "closed", count: 3 });
    expect(dayOf(load([2, 1]), [incidentOf(alarm)])).toMatchObject({ kind: "ended", count: 3, incidents: 1 });
    expect(dayOf(load([]), [])).toMatchObject({ kind: "quiet", count: 0 });
  });

  it("is no whole day where the record begins later", () => {
    expect(dayOf(load([1]), []).isWhole).toBe(true);
    expect(dayOf(load([1], noon - 3_600_000), [])).toMatchObject({ isWhole: false, from: noon - 3_600_000 });
  });

  it("is asked in whole minutes, so that walls ask the same", () => {
    expect(dayBefore(noon - 1)).toEqual({ from: noon - dayMs, to: noon });
    expect(dayBefore(noon - 59_999)).toEqual(dayBefore(noon));
  });
});

describe("the chip of an alarm", () => {
  it("is a hollow circle with a bar under a mark, without a hue and without a blink", () => {
    const provide = { [wordsKey as symbol]: createWords("zh") };
    const chip = mount(LevelChip, { props: { level: "orange", isMarked: true, blink: "fast" }, global: { provide } });
    expect(chip.find("circle").exists() && chip.find("path").attributes("d")).toBe("M5.5 10H14.5");
    expect(chip.classes()).toContain("marked");
    expect(chip.classes()).not.toContain("blink-fast");
    expect(chip.text()).toContain("橙");
  });
});

describe("a panel of the overview", () => {
  let live: Live;
  let shown: VueWrapper | undefined;
  let hand: ReturnType<typeof createHandSocket>;
  const asked: string[] = [];
  let answer: Awaited<ReturnType<Call["ask"]>>;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"] });
    vi.setSystemTime(noon);
    asked.length = 0;
    answer = { ok: true, value: load([4, 8]) };
    hand = createHandSocket();
    const now = (): number => Date.now();
    live = createLive({
      link: createLink({ socket: hand.socket, now, monotonic: () => performance.now() }),
      now,
      history: () => Promise.resolve(null),
      beforeRepaint: (run) => run(),
    });
  });
  afterEach(() => {
    shown?.unmount();
    live.stop();
    vi.useRealTimers();
  });
  function show(panel: Component, snapshot: Partial<Snapshot>, language: "zh" | "en" = "zh"): VueWrapper {
    const ask = (path: string): Promise<never> => {
      asked.push(path);
      return Promise.resolve(answer as never);
    };
    shown = mount(panel, {
      global: {
        provide: {
          [liveKey as symbol]: live,
          [wordsKey as symbol]: createWords(language),
          [routeKey as symbol]: createRoute(),
          [callKey as symbol]: { ...deafCall, ask },
        },
      },
    });
    live.start();
    connect(hand);
    hand.hear("snapshot", snapshotOf(1, { at: noon, ...snapshot }));
    hand.hear("beat", { at: noon, seq: 1, oldest: null, samplesPerSecond: 0 });
    return shown;
  }

  it("says what the empty list has behind it, from the record", async () => {
    const panel = show(OpenAlarms, {});
    await flushPromises();
    expect(asked).toHaveLength(1);
    expect(asked[0]).toContain(`from=${noon - dayMs}&to=${noon}`);
    expect(panel.get('[data-testid="open-none"]').text()).toBe("当前无未结预警。近 24 h 共报警 12 次，均已关闭。");
  });

  it("leaves the sentence out where nobody can tell the number", async () => {
    answer = { ok: false, code: "NOT_FOUND" };
    const panel = show(OpenAlarms, {});
    await flushPromises();
    expect(panel.get('[data-testid="open-none"]').text()).toBe("当前无未结预警。");
  });

  it("asks for no count while alarms are open", async () => {
    show(OpenAlarms, { alarms: [alarmOf("a/P1", "red")] });
    await flushPromises();
    expect(asked).toEqual([]);
  });

  it("shows a shelved alarm as one, with its end and who set it", async () => {
    const until = noon + 3_600_000;
    const marks = [markOf("shelved", { until })];
    const panel = show(OpenAlarms, { alarms: [alarmOf("a/P1", "orange", { marks, tiers: [answered("city")] })] });
    await flushPromises();
    const row = panel.get('[data-testid="alarm-row"]');
    expect(row.find(".chip.marked").exists()).toBe(true);
    expect(row.get(".answers").text()).toBe(`搁置 至 13:00 · ${marks[0]?.by.id}`);
  });

  it.each([
    ["zh", "3 次 · 超限 1", "24 h 内无应答"],
    ["en", "n = 3 · 1 over", "No answer in 24 h"],
  ] as const)("tells a county's median, its limit and how many were over, in %s", async (language, note, none) => {
    const panel = show(ResponsePanel, { responses: [response("county-a", { over: 1 })] }, language);
    await flushPromises();
    const row = panel.get('[data-testid="response-county-a"]');
    expect(row.get(".note").text()).toBe(note);
    expect(row.get("b").text()).toBe("01:00");
    expect(row.get(".limit").text()).toBe("/ 05:00");
    expect(row.find(".tick").exists()).toBe(true);
    const silent = panel.get('[data-testid="response-county-b"]');
    expect(silent.text()).toContain(none);
    expect(silent.find(".figure, .bar").exists()).toBe(false);
    expect(panel.find(".late").exists()).toBe(false);
  });
});
