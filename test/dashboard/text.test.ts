// The words: both languages whole, numbers and times as the wall writes them, and every reason in a sentence.
import { describe, expect, it } from "vitest";
import { whyCodes } from "../../contract/alarm.ts";
import { en } from "../../dashboard/src/text/en.ts";
import { formatNumber, formatPercent, formatQuantity, formatSigned } from "../../dashboard/src/text/number.ts";
import { formatAge, formatClock, formatDateTime, formatDuration, formatTime } from "../../dashboard/src/text/time.ts";
import { whySentence } from "../../dashboard/src/text/why.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { zh } from "../../dashboard/src/text/zh.ts";

const slotsOf = (text: string): readonly string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([slot]) => slot).toSorted();

describe("the catalogue", () => {
  it("has the same keys in both languages, none empty, with the same slots", () => {
    expect(Object.keys(en).toSorted()).toEqual(Object.keys(zh).toSorted());
    for (const [key, text] of Object.entries(zh)) {
      const other = en[key as keyof typeof zh];
      expect(text.trim(), key).not.toBe("");
      expect(other.trim(), key).not.toBe("");
      expect(slotsOf(other), key).toEqual(slotsOf(text));
    }
  });

  it("has no Chinese in English but the name of the other language", () => {
    const chinese = Object.entries(en).filter(([, text]) => /\p{Script=Han}/u.test(text));
    expect(chinese.map(([key]) => key)).toEqual(["app.language"]);
  });

  it("fills its slots and switches the language for everybody", () => {
    const kept: string[] = [];
    const words = createWords("zh", (language) => void kept.push(language));
    expect(words.t("banner.followers", { count: 3 })).toBe("随后 3 条");
    words.toggle();
    expect(words.t("banner.followers", { count: 3 })).toBe("then 3 more");
    expect(words.of({ zh: "甲", en: "A" })).toBe("A");
    expect(kept).toEqual(["en"]);
  });
});

describe("the reasons", () => {
  it("make a sentence in both languages whether their values are known or not", () => {
    for (const code of whyCodes) {
      for (const language of ["zh", "en"] as const) {
        const bare = whySentence(code, {}, language);
        expect(bare.length, code).toBeGreaterThan(2);
        expect(bare, code).not.toMatch(/[{}[\]]/);
      }
    }
  });

  it("leave out what is not known, and say what is", () => {
    expect(whySentence("limitViolated", { value: "52 %LEL", level: "红", setpoint: "50", comparison: "≥" }, "zh")).toBe(
      "52 %LEL 越过红限值 ≥50",
    );
    expect(whySentence("deviceOffline", {}, "en")).toBe("The device is offline");
  });
});

describe("numbers", () => {
  it("have at most five significant digits, a true minus, and a thin space before the unit", () => {
    expect(formatNumber(12.3456, 3)).toBe("12.346");
    expect(formatNumber(1234.5678, 3)).toBe("1234.6");
    expect(formatNumber(123_456, 2)).toBe("123456");
    expect(formatNumber(-2.4, 1)).toBe("\u22122.4");
    expect(formatNumber(-0.001, 1)).toBe("0.0");
    expect(formatQuantity(5, 1, "m")).toBe("5.0\u2009m");
    expect(formatQuantity(5, 0, "1")).toBe("5");
    expect(formatSigned(0.03)).toBe("+0.03");
  });

  it("never round a share up to all of it", () => {
    expect(formatPercent(9999, 10_000)).toBe("99.9%");
    expect(formatPercent(10, 10)).toBe("100.0%");
    expect(formatPercent(0, 0)).toBe("—");
  });
});

describe("times", () => {
  const at = Date.UTC(2026, 10, 23, 18, 5, 9);
  it("are told in Shanghai, with the date when it is another day", () => {
    expect(formatDateTime(at)).toBe("2026-11-24 02:05:09");
    expect(formatClock(at)).toBe("02:05:09");
    expect(formatTime(at, at + 3_600_000)).toBe("02:05:09");
    expect(formatTime(at, at + 86_400_000)).toBe("11-24 02:05");
    expect(formatTime(at, at + 60 * 86_400_000)).toBe("2026-11-24 02:05");
  });

  it("last mm:ss below an hour and h:mm above, with a minus when over", () => {
    expect(formatDuration(86_000)).toBe("01:26");
    expect(formatDuration(-65_000)).toBe("\u221201:05");
    expect(formatDuration(3 * 3_600_000 + 12 * 60_000)).toBe("3:12");
    expect(formatDuration(-4736.5 * 86_400_000)).toBe("\u22124,736 d");
  });

  it("are as old as they are, in the unit that fits", () => {
    expect([1234, 45_000, 720_000, 3 * 3_600_000, 5 * 86_400_000].map(formatAge)).toEqual([
      "1.2 s",
      "45 s",
      "12 min",
      "3 h",
      "5 d",
    ]);
  });
});
