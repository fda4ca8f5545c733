// What may be said aloud: every word and every name once, in each language.
import { describe, expect, it } from "vitest";
import type { Plan } from "../../contract/plant.ts";
import { spoken, spokenCount, spokenTexts } from "../../contract/voice.ts";

const name = (zh: string) => ({ name: { zh, en: `${zh}-en` } });
const plan = {
  counties: [name("海丰县")],
  sectors: [name("危险化学品")],
  sites: [{ shortName: { zh: "某厂", en: "Some plant" } }],
  items: [name("可燃气体浓度"), name("可燃气体浓度"), name("储罐液位")],
} as unknown as Plan;

describe("the spoken texts", () => {
  it("hold the words of the product and the names of the plan, each once", () => {
    const texts = spokenTexts(plan, "zh");
    expect(new Set(texts).size).toBe(texts.length);
    for (const text of ["红色预警", "数据报警", "十条", "多条", "请确认", "已恢复", "已升级", "演练，演练", "试音"]) {
      expect(texts).toContain(text);
    }
    expect(texts.slice(-5)).toEqual(["海丰县", "危险化学品", "某厂", "可燃气体浓度", "储罐液位"]);
    expect(spokenTexts(plan, "en")).toContain("Some plant");
  });
});

describe("a count", () => {
  it("is said up to ten, and as many above", () => {
    expect(spokenCount(1).zh).toBe("一条");
    expect(spokenCount(10).zh).toBe("十条");
    expect(spokenCount(11)).toBe(spoken.many);
    expect(spokenCount(0)).toBe(spoken.many);
  });
});
