// What people have verified, beside the two versions of a rule: shares with their counts, and the missed ones by name.
import { mount } from "@vue/test-utils";
import { describe, expect, it } from "vitest";
import type { KnownEvents } from "../../contract/backtest.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import KnownResult from "../../dashboard/src/screens/rules/KnownResult.vue";
import { createWords, wordsKey, type Language } from "../../dashboard/src/text/words.ts";
import { planOf, pointOf } from "./support.ts";

const at = Date.parse("2026-11-20T03:04:05+08:00");
const none: KnownEvents = {
  withinMs: 600_000,
  known: 0,
  knownFalse: 0,
  unverified: 2,
  active: { caught: 0, caughtFalse: 0 },
  candidate: { caught: 0, caughtFalse: 0 },
  missed: [],
};

function show(known: KnownEvents, language: Language = "zh") {
  const index = createPlanIndex(planOf([pointOf("a/P1")]));
  const page = mount(KnownResult, {
    props: { known, index },
    global: { provide: { [wordsKey as symbol]: createWords(language) } },
  });
  return { cells: page.findAll("td").map((cell) => cell.text()), text: page.text(), page };
}

describe("verified events beside a back-test", () => {
  it("tells recall and precision of both versions with their counts", () => {
    const known = { ...none, known: 4, knownFalse: 3, active: { caught: 3, caughtFalse: 2 } };
    const { cells, text } = show({ ...known, candidate: { caught: 4, caughtFalse: 0 } });
    expect(cells).toEqual(["75.0% 3/4", "100.0% 4/4", "60.0% 3/5", "100.0% 4/4"]);
    expect(text).toContain("未核实 2 起");
  });

  it("says that there are none, and makes no share of nothing", () => {
    expect(show(none)).toMatchObject({ cells: [], text: expect.stringContaining("无已核实事件") as string });
    expect(show({ ...none, knownFalse: 1 }).cells).toEqual(["无可计算", "无可计算", "无可计算", "无可计算"]);
  });

  it("names what the new version misses by time and site, whether the old one caught it, and how many more there are", () => {
    const missed = [true, false].map((byActive) => ({
      incident: `a#${byActive}`,
      site: byActive ? "a" : "gone",
      at,
      firstOut: "a/P1~high~high",
      peakLevel: "red" as const,
      byActive,
    }));
    const { page, text } = show({ ...none, known: 60, active: { caught: 1, caughtFalse: 0 }, missed });
    const lines = page.findAll("li").map((line) => line.text());
    expect(lines[0]).toContain("2026-11-20 03:04:05");
    expect(lines[0]).toContain("a厂 · ");
    expect(lines[0]).toContain("修改前能报出");
    expect(lines[1]).toContain("gone · ");
    expect(lines[1]).toContain("修改前也漏报");
    expect(text).toContain("另有 58 起");
    expect(show({ ...none, known: 1, missed: missed.slice(0, 1) }, "en").text).toContain("caught by the old one");
  });
});
