// A data alarm in words: what is wrong with the data, by the engine's rule.
import { describe, expect, it } from "vitest";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import type { Provenance } from "../../contract/condition.ts";
import type { Rule } from "../../contract/plant.ts";
import { basisOf } from "../../dashboard/src/screens/alarms/basis.ts";
import { versionText } from "../../dashboard/src/screens/rule-version.ts";
import { cardText, lateText, subjectName, whyText } from "../../dashboard/src/screens/tell.ts";
import { downReason } from "../../dashboard/src/screens/written.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { alarmOf, planOf, pointOf } from "./support.ts";

describe("a data alarm in words", () => {
  const telling = { index: createPlanIndex(planOf()), words: createWords("zh") };

  it("says what is wrong with the data, so that its row is not taken for the point's own", () => {
    const data = (rule: string, kind: "point" | "device" | "neighbour", id: string): string =>
      subjectName(telling, alarmOf("a/P1", "yellow", { isData: true, rule, source: { kind, id } }));
    expect(subjectName(telling, alarmOf("a/P1", "yellow"))).toBe("测点P1");
    expect(data("fault", "point", "a/P1")).toBe("测点P1 传感器故障");
    expect(data("stuck", "point", "a/P1")).toBe("测点P1 读数卡滞");
    expect(data("silence", "point", "a/P1")).toBe("测点P1 数据中断");
    expect(data("link", "device", "a/box")).toBe("box 设备失联");
    expect(data("clock", "device", "a/box")).toBe("box 时钟异常");
    expect(data("down", "neighbour", "broker")).toBe("中断");
  });

  it("marks an alarm whose sample was doubtful, by every reason that is known", () => {
    const values = { value: 61, because: "spike serverTime tomorrow" };
    const marked = alarmOf("a/P1", "red", { why: { code: "limitViolated", values } });
    expect(whyText(telling, marked, 0)).toContain("（疑似跳变、按服务器时间）");
    const english = { ...telling, words: createWords("en") };
    expect(whyText(english, marked, 0)).toContain("(perhaps a spike, by server time)");
    expect(whyText(telling, alarmOf("a/P1", "red"), 0)).not.toContain("疑似");
  });
});

describe("an alarm that was found late", () => {
  it("says by how long, and that only judging late samples in their order has found it", () => {
    const [zh, en] = [createWords("zh"), createWords("en")];
    const late = alarmOf("a/P1", "red", { foundLateMs: 900_000 });
    expect(lateText(en, alarmOf("a/P1", "red"))).toBeNull();
    expect(lateText(en, late)).toBe("found 15:00 late");
    expect(lateText(en, { ...late, isAmended: true })).toBe("amended: late data judged in order, found 15:00 late");
    expect(lateText(zh, { ...late, isAmended: true })).toContain("补录");
    expect(lateText(en, { ...late, isAmended: true, foundLateMs: null })).toBe("amended: late data judged in order");
  });
});

describe("an alarm of a rule with a name", () => {
  const cited: Provenance = { from: "standard", clause: "GB 1 2.3", isConfirmed: true };
  const doubted: Provenance = { from: "design-doc", clause: "", isConfirmed: false };
  const timing = { setpoint: 1, deadband: 0, onDelayMs: 0, onSamples: 1, offDelayMs: 0 };
  const ruleOf = (direction: "high" | "none", part: Partial<Rule> = {}): Rule => ({
    id: "rate",
    name: { zh: "上升速率", en: "Rise" },
    direction,
    latch: false,
    versions: [
      {
        version: 1,
        validFrom: 0,
        approver: null,
        levels: {
          red: [
            { kind: "limit", ...timing, provenance: cited },
            { kind: "limit", ...timing, setpoint: 2, provenance: cited },
            { kind: "limit", ...timing, setpoint: 3, provenance: doubted },
          ],
        },
      },
    ],
    ...part,
  });
  const plan = planOf([pointOf("a/P1", { rules: [ruleOf("high")], actionCard: "point" })]);
  const [site] = plan.sites;
  const sites = site === undefined ? [] : [{ ...site, rules: [ruleOf("none", { actionCard: "site" })] }];
  const actionCards = { point: { red: { zh: "停", en: "Stop" } }, site: { red: { zh: "撤", en: "Withdraw" } } };
  const telling = { index: createPlanIndex({ ...plan, sites, actionCards }), words: createWords("zh") };
  const ofPoint = alarmOf("a/P1", "red", { rule: "rate" });
  const ofSite = alarmOf("a/P1", "red", { rule: "rate", direction: "none", source: { kind: "site", id: "a" } });

  it("is called by its point and its rule; one of the site by its rule alone", () => {
    expect(subjectName(telling, ofPoint)).toBe("测点P1 上升速率");
    expect(subjectName(telling, ofSite)).toBe("上升速率");
  });

  it("has the card of its rule, else that of its point", () => {
    expect(cardText(telling, ofPoint, "red")).toBe("停");
    expect(cardText(telling, ofSite, "red")).toBe("撤");
  });

  it("says who enabled its version at run time, in both languages; a configuration's version says nothing of it", () => {
    const enabled = { version: 2, validFrom: 0, author: "wen", approver: null, levels: {} };
    const versions = [...ruleOf("high").versions, enabled, { ...enabled, version: 3, approver: "lu", reason: "why" }];
    const changed = createPlanIndex(planOf([pointOf("a/P1", { rules: [ruleOf("high", { versions })] })]));
    const of = (language: "zh" | "en", ruleVersion: number): string =>
      versionText({ index: changed, words: createWords(language) }, { ...ofPoint, ruleVersion }, 0);
    expect(of("zh", 1)).toBe("");
    expect(of("zh", 2)).toBe("规则第 2 版 · 起草 wen · 未登记批准人 · 自 08:00:00 起生效");
    expect(of("en", 3)).toBe("rule version 3 · by wen · approved by lu · valid from 08:00:00 · reason: why");
    expect(of("en", 4)).toBe("");
  });

  it("says once what its numbers rest on, and which of them nobody has confirmed", () => {
    expect(basisOf(telling, ofPoint, "red")).toEqual([
      { text: "GB 1 2.3", isConfirmed: true },
      { text: "设计文件 · 未核实", isConfirmed: false },
    ]);
    // Which limit raised it is known by its setpoint: then that one alone answers.
    expect(basisOf(telling, { ...ofPoint, setpoint: 3 }, "red")).toEqual([
      { text: "设计文件 · 未核实", isConfirmed: false },
    ]);
    expect(basisOf(telling, ofPoint, "blue")).toEqual([]);
    expect(basisOf(telling, alarmOf("a/P1", "red", { rule: "silence" }), "red")).toEqual([]);
  });
});

describe("why a neighbour of the server is down", () => {
  it("names the slow hop of an alarm's way in words, and leaves every other reason as it was given", () => {
    const slow = { name: "latency" as const, reason: "17.46 s: pushed painted" };
    expect(downReason(createWords("zh"), slow)).toBe("17.46 s · 推送 → 显示");
    expect(downReason(createWords("en"), slow)).toBe("17.46 s · pushed → painted");
    expect(downReason(createWords("zh"), { name: "latency", reason: "" })).toBe("");
    expect(downReason(createWords("zh"), { name: "broker", reason: "refused: bad password" })).toBe(
      "refused: bad password",
    );
  });
});
