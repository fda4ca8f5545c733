// A data alarm in words: what is wrong with the data, by the engine's rule.
import { describe, expect, it } from "vitest";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import { subjectName } from "../../dashboard/src/screens/tell.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { alarmOf, planOf } from "./support.ts";

describe("a data alarm in words", () => {
  const telling = { index: createPlanIndex(planOf()), words: createWords("zh") };

  it("says what is wrong with the data, so that its row is not taken for the point's own", () => {
    const data = (rule: string, kind: "point" | "device" | "neighbour", id: string): string =>
      subjectName(telling, alarmOf("a/P1", "yellow", { isData: true, rule, source: { kind, id } }));
    expect(subjectName(telling, alarmOf("a/P1", "yellow"))).toBe("测点P1");
    expect(data("fault", "point", "a/P1")).toBe("测点P1 传感器故障");
    expect(data("silence", "point", "a/P1")).toBe("测点P1 数据中断");
    expect(data("link", "device", "a/box")).toBe("box 设备失联");
    expect(data("clock", "device", "a/box")).toBe("box 时钟不可信");
    expect(data("down", "neighbour", "broker")).toBe("中断");
  });
});
