// What is said after a tone: the words, how often, and what is left out where they take too long.
import { describe, expect, it } from "vitest";
import type { AlarmView } from "../../contract/alarm.ts";
import { createHorn, type Due } from "../../dashboard/src/horn.ts";
import { createPhrases, fitting, type Phrase } from "../../dashboard/src/phrase.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import { alarmOf, planOf } from "./support.ts";

const plan = planOf();
const item = { id: "a/item", site: "a", name: { zh: "可燃气体浓度", en: "Combustible gas" }, points: ["a/P1"] };
const index = createPlanIndex({ ...plan, items: [{ ...item, rollup: { kind: "worstOf" } }] });

function dueOf(alarms: readonly AlarmView[]): Due {
  const horn = createHorn();
  horn.hear(alarms, "city");
  const due = horn.due(0);
  if (due === null) throw new Error("nothing is due");
  return due;
}
const textOf = (phrase: Phrase | null): string | undefined => phrase?.words.map(({ text }) => text.zh).join("，");

describe("the phrase", () => {
  const red = alarmOf("a/P1", "red");

  it("names level, county, sector and item of one alarm, and what to do", () => {
    const phrases = createPhrases();
    expect(textOf(phrases.after(dueOf([red]), index, false))).toBe("红色预警，a县，行业，可燃气体浓度，请确认");
    const orange = phrases.after(dueOf([alarmOf("a/P1", "orange")]), index, false);
    expect(orange?.words.map(({ text }) => text.en).join(", ")).toBe(
      "Orange alarm, County a, Sector, Combustible gas, please acknowledge",
    );
  });

  it("names the site of an alarm of a whole site, and the point where the plan knows no item", () => {
    const site = alarmOf("a/P1", "red", { source: { kind: "site", id: "a" } });
    expect(textOf(createPhrases().after(dueOf([site]), index, false))).toBe("红色预警，a县，行业，a厂，请确认");
    const bare = createPlanIndex(plan);
    expect(textOf(createPhrases().after(dueOf([red]), bare, false))).toBe("红色预警，a县，行业，测点P1，请确认");
  });

  it("says how many where there are several, and more than ten as many", () => {
    const several = (count: number): AlarmView[] => Array.from({ length: count }, (_, n) => alarmOf(`a/P${n}`, "red"));
    const said = (count: number): string | undefined =>
      textOf(createPhrases().after(dueOf(several(count)), index, false));
    expect(said(3)).toBe("红色预警，三条");
    expect(said(10)).toBe("红色预警，十条");
    expect(said(11)).toBe("红色预警，多条");
  });

  it("counts only the level of the tone", () => {
    const alarms = [red, alarmOf("a/P2", "orange"), alarmOf("a/P3", "yellow")];
    expect(textOf(createPhrases().after(dueOf(alarms), index, false))).toContain("可燃气体浓度");
  });

  it("is said twice at most, and again once the alarm asks again", () => {
    const phrases = createPhrases();
    for (let time = 0; time < 2; time += 1) {
      const phrase = phrases.after(dueOf([red]), index, false);
      if (phrase !== null) phrases.said(phrase);
    }
    expect(phrases.after(dueOf([red]), index, false)).toBeNull();
    // Beside one that has been said twice the new one is said in full.
    expect(textOf(phrases.after(dueOf([red, alarmOf("b/P1", "red")]), index, false))).toContain("b县");
    expect(phrases.after(dueOf([{ ...red, revision: 2 }]), index, false)).not.toBeNull();
  });

  it("does not count what was cut off", () => {
    const phrases = createPhrases();
    for (let time = 0; time < 5; time += 1) expect(phrases.after(dueOf([red]), index, false)).not.toBeNull();
  });

  it("says that an alarm has risen since it was said, and that it is over though nobody has answered", () => {
    const phrases = createPhrases();
    const phrase = phrases.after(dueOf([alarmOf("a/P1", "orange")]), index, false);
    if (phrase !== null) phrases.said(phrase);
    expect(textOf(phrases.after(dueOf([{ ...red, revision: 2 }]), index, false))).toContain("已升级，请确认");
    const over = { ...red, level: null, state: "returnedUnacknowledged" as const };
    expect(textOf(createPhrases().after(dueOf([over]), index, false))).toContain("已恢复，请确认");
  });

  it("begins with the drill in an exercise", () => {
    expect(textOf(createPhrases().after(dueOf([red]), index, true))).toMatch(/^演练，演练，红色预警/u);
  });

  it("is none after yellow and data", () => {
    expect(createPhrases().after(dueOf([alarmOf("a/P1", "yellow")]), index, false)).toBeNull();
    expect(createPhrases().after(dueOf([alarmOf("a/P1", "red", { isData: true })]), index, false)).toBeNull();
  });

  it("forgets an alarm that is closed: its next occurrence is said like the first", () => {
    const phrases = createPhrases();
    for (let time = 0; time < 2; time += 1) {
      const phrase = phrases.after(dueOf([red]), index, false);
      if (phrase !== null) phrases.said(phrase);
    }
    phrases.keep(new Map([[red.id, red]]));
    expect(phrases.after(dueOf([red]), index, false)).toBeNull();
    phrases.keep(new Map());
    expect(phrases.after(dueOf([red]), index, false)).not.toBeNull();
  });
});

describe("what takes too long", () => {
  const word = (zh: string, spare: number) => ({ text: { zh, en: zh }, spare });
  const words = [word("level", 0), word("county", 2), word("sector", 3), word("item", 1), word("verb", 0)];
  const left = (ms: number): string =>
    fitting(words, () => ms)
      .map(({ text }) => text.en)
      .join(" ");

  it("loses its most spare words first, and never the level and the verb", () => {
    expect(left(1500)).toBe("level county sector item verb");
    expect(left(1900)).toBe("level county item verb");
    expect(left(2500)).toBe("level item verb");
    expect(left(9000)).toBe("level verb");
  });
});
