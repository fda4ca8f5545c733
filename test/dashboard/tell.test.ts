// A data alarm in words: what is wrong with the data, by the engine's rule.
import { describe, expect, it } from "vitest";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import { subjectName, whyText } from "../../dashboard/src/screens/tell.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { alarmOf, planOf } from "./support.ts";

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
