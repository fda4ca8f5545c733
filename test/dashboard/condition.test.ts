// Conditions in words: every kind, every part of an expression, in both languages.
import { describe, expect, it } from "vitest";
import type { Condition, Expression } from "../../contract/condition.ts";
import { sentenceOf, type Told } from "../../dashboard/src/text/condition.ts";
import { formatExact, thinSpace } from "../../dashboard/src/text/number.ts";
import { formatSpan, formatTimeOfDay } from "../../dashboard/src/text/time.ts";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const names: Readonly<Record<string, string>> = { a: "A-101", b: "B-102", c: "C-103", d: "阀 D" };
const told: Told = {
  subject: null,
  unit: "mm",
  direction: "high",
  level: null,
  nameOf: (point) => names[point] ?? point,
  unitOf: (point) => (point === "c" ? "kPa" : "mg/m³"),
  alarmOf: (source, rule) => (rule === null ? source : `${source}/${rule}`),
};
const timing = {
  setpoint: 1,
  deadband: 0,
  onDelayMs: 0,
  onSamples: 1,
  offDelayMs: 0,
  provenance: { from: "product-default" as const, clause: "test", isConfirmed: false },
};

/** Both sentences, with a plain space for the thin one. */
function both(condition: Condition, rest: Partial<Told> = {}): readonly [string, string] {
  const of = (language: "zh" | "en"): string =>
    sentenceOf(condition, { ...told, ...rest }, language).replaceAll(thinSpace, " ");
  return [of("zh"), of("en")];
}

const combine = (expression: Expression): readonly [string, string] => both({ kind: "combine", expression, ...timing });

describe("the sentence of a condition", () => {
  it("says what, how long and at which level", () => {
    const limit: Condition = { kind: "limit", ...timing, setpoint: 25, onDelayMs: 10_000 };
    expect(both(limit, { subject: "可燃气体", unit: "%LEL", level: "yellow" })).toEqual([
      "当 可燃气体 ≥ 25 %LEL 持续 10 s → 黄",
      "When 可燃气体 ≥ 25 %LEL for 10 s → yellow",
    ]);
    expect(both(limit, { direction: "low" })).toEqual(["≤ 25 mm 持续 10 s", "≤ 25 mm for 10 s"]);
    expect(both({ ...limit, onDelayMs: 0, onSamples: 3 })).toEqual([
      "≥ 25 mm 连续 3 次",
      "≥ 25 mm in 3 samples running",
    ]);
  });

  it("names the values of a state", () => {
    const state: Condition = { kind: "state", values: [2, 3], ...timing };
    expect(both(state, { subject: "阀", direction: "none" })).toEqual(["当 阀 为 2、3", "When 阀 is 2 or 3"]);
  });

  it("tells a rate with its window, its method and its own unit", () => {
    const rate: Condition = {
      kind: "rate",
      method: "regression",
      windowMs: 72 * hour,
      minSamples: 10,
      perMs: day,
      isAbsolute: false,
      ...timing,
      setpoint: 2,
    };
    expect(both(rate)).toEqual(["72 h 线性拟合速率 ≥ 2 mm/d", "rate ≥ 2 mm/d (line fitted over 72 h)"]);
    expect(both({ ...rate, method: "difference", perMs: hour, isAbsolute: true })).toEqual([
      "72 h 差值速率（绝对值） ≥ 2 mm/h",
      "rate either way ≥ 2 mm/h (difference over 72 h)",
    ]);
    expect(both({ ...rate, perMs: 10 * minute })[1]).toContain("≥ 2 mm/10 min");
  });

  it("tells sums, deviations and drifts", () => {
    expect(both({ kind: "sum", windowMs: 6 * hour, ...timing, setpoint: 50 })).toEqual([
      "6 h 累计 ≥ 50 mm",
      "sum over 6 h ≥ 50 mm",
    ]);
    expect(both({ kind: "deviation", hours: 720, ...timing, setpoint: 6 })).toEqual([
      "对 30 d 基线的偏离 ≥ 6 MAD",
      "deviation from its baseline of 30 d ≥ 6 MAD",
    ]);
    expect(both({ kind: "cusum", target: 12, sigma: 0.5, allowance: 0.5, ...timing, setpoint: 5 })).toEqual([
      "对 12 mm 的漂移（CUSUM，σ 0.5 mm，允差 0.5 σ）≥ 5 σ",
      "drift from 12 mm (CUSUM, σ 0.5 mm, allowance 0.5 σ) ≥ 5 σ",
    ]);
  });

  it("tells a time that adds up, and what clears it", () => {
    const accumulate: Condition = {
      kind: "accumulate",
      windowMs: day,
      while: { direction: "high", setpoint: 10 },
      reset: { direction: "low", setpoint: 8 },
      ...timing,
      setpoint: 30 * minute,
    };
    expect(both(accumulate)).toEqual([
      "24 h 内 ≥ 10 mm 的累计时长 ≥ 30 min，≤ 8 mm 时清零",
      "time at ≥ 10 mm within 24 h ≥ 30 min, counted anew at ≤ 8 mm",
    ]);
    expect(both({ ...accumulate, reset: null })[0]).toBe("24 h 内 ≥ 10 mm 的累计时长 ≥ 30 min");
  });

  it("tells a forecast by its method", () => {
    const forecast: Condition = {
      kind: "forecast",
      method: "line",
      windowMs: 72 * hour,
      minSamples: 10,
      target: 100,
      noise: 0.1,
      minR2: 0.8,
      horizonMs: 30 * day,
      ...timing,
      setpoint: 24,
    };
    expect(both(forecast, { direction: "low" })).toEqual([
      "72 h 直线外推到 100 mm 的剩余时间 ≤ 24 h",
      "time until 100 mm ≤ 24 h (straight line over 72 h)",
    ]);
    expect(both({ ...forecast, method: "inverseVelocity", target: null }, { direction: "low" })).toEqual([
      "72 h 速度倒数法推算的剩余时间 ≤ 24 h",
      "time until failure ≤ 24 h (inverse velocity over 72 h)",
    ]);
  });

  it("tells a vote in the unit of its members", () => {
    const vote: Condition = {
      kind: "vote",
      members: ["a", "b", "x"],
      violated: { direction: "high", setpoint: 20 },
      need: 2,
      windowMs: minute,
      ...timing,
    };
    expect(both(vote)).toEqual(["3 选 2 ≥ 20 mg/m³（1 min 内）", "2 of 3 ≥ 20 mg/m³ (within 1 min)"]);
    expect(both({ ...vote, windowMs: 0 })).toEqual(["3 选 2 ≥ 20 mg/m³（同时）", "2 of 3 ≥ 20 mg/m³ (at once)"]);
    expect(both({ ...vote, members: [] })[1]).toContain("2 of 0");
  });

  it("tells a pair", () => {
    const pair: Condition = {
      kind: "pair",
      method: "difference",
      of: "c",
      to: "b",
      skewMs: 5000,
      isAbsolute: true,
      ...timing,
      setpoint: 3.5,
    };
    expect(both(pair)).toEqual([
      "|C-103 − B-102| ≥ 3.5 kPa（时差 5 s 以内）",
      "|C-103 − B-102| ≥ 3.5 kPa (measured within 5 s)",
    ]);
    expect(both({ ...pair, method: "ratio", isAbsolute: false }, { direction: "low" })[1]).toBe(
      "C-103 ÷ B-102 ≤ 3.5 (measured within 5 s)",
    );
  });

  it("tells what did not come, and where something must not be", () => {
    expect(both({ kind: "missingEvent", point: "a", dueMs: 8.5 * hour, zoneMs: 8 * hour, ...timing })).toEqual([
      "到 08:30 仍无「A-101」",
      "no A-101 by 08:30",
    ]);
    const fence = { kind: "geofence", lng: "a", lat: "b", skewMs: 1000, ...timing } as const;
    const polygon: [number, number][] = [
      [0, 0],
      [1, 0],
      [1, 1],
    ];
    const wrongs = ["inside", "outside"] as const;
    expect(wrongs.map((wrong) => both({ ...fence, wrong, shape: { polygon } }))).toEqual([
      ["在围栏以内", "inside the fence"],
      ["在围栏以外", "outside the fence"],
    ]);
    const shape = { corridor: polygon, halfWidthM: 50 };
    expect(wrongs.map((wrong) => both({ ...fence, wrong, shape }))).toEqual([
      ["距线路不超过 50 m", "within 50 m of the line"],
      ["偏离线路超过 50 m", "more than 50 m off the line"],
    ]);
  });
});

describe("an expression in words", () => {
  const over: Expression = { violated: { point: "a", direction: "high", setpoint: 20 } };
  const shut: Expression = { state: { point: "d", values: [0] } };

  it("names every leaf", () => {
    const vote = { members: ["a", "b"], violated: { direction: "low" as const, setpoint: 1.5 }, need: 1, windowMs: 0 };
    const leaves: readonly Expression[] = [
      over,
      shut,
      { vote },
      { level: { source: "b 区", rule: null, atLeast: "orange" } },
      { level: { source: "b 区", rule: "vote", atLeast: "red" } },
      { silent: "b" },
      { lagging: "b" },
    ];
    expect(leaves.map(combine)).toEqual([
      ["A-101 ≥ 20 mg/m³", "A-101 ≥ 20 mg/m³"],
      ["阀 D 为 0", "阀 D is 0"],
      ["2 选 1 ≤ 1.5 mg/m³（同时）", "1 of 2 ≤ 1.5 mg/m³ (at once)"],
      ["b 区 达橙及以上", "b 区 at orange or above"],
      ["b 区/vote 达红及以上", "b 区/vote at red or above"],
      ["B-102 中断", "B-102 silent"],
      ["B-102 滞后", "B-102 lagging"],
    ]);
  });

  it("sets in brackets what is joined within what is joined, and nothing else", () => {
    const silent: Expression = { silent: "b" };
    expect(combine({ all: [over, { any: [shut, { not: silent }] }] })).toEqual([
      "A-101 ≥ 20 mg/m³ 且 （阀 D 为 0 或 非（B-102 中断））",
      "A-101 ≥ 20 mg/m³ and (阀 D is 0 or not (B-102 silent))",
    ]);
    expect(combine({ any: [{ all: [silent] }] })[1]).toBe("B-102 silent");
    expect(combine({ any: [{ all: [silent, shut] }] })[1]).toBe("B-102 silent and 阀 D is 0");
    expect(combine({ all: [] })).toEqual(["无", "nothing"]);
  });

  it("says for how long something holds while it is unknown", () => {
    expect(combine({ hold: over, forMs: minute })).toEqual([
      "A-101 ≥ 20 mg/m³（未知时保持 1 min）",
      "A-101 ≥ 20 mg/m³ (held for 1 min while unknown)",
    ]);
    expect(combine({ hold: { any: [over, shut] }, forMs: minute })[1]).toBe(
      "(A-101 ≥ 20 mg/m³ or 阀 D is 0) (held for 1 min while unknown)",
    );
  });
});

describe("the numbers of a rule", () => {
  it("are exact, without the noise of the arithmetic", () => {
    const written = [1.2 * 3, -0.5, 1e-6, 100_000].map((value) => formatExact(value, ""));
    expect(written).toEqual(["3.6", "\u22120.5", "0.000001", "100000"]);
    expect(formatExact(5, "1")).toBe("5");
  });

  it("are spans in the largest unit that divides them, and times of day", () => {
    const written = [500, 10_000, 90_000, 5 * minute, 72 * hour, 30 * day, 0].map(formatSpan);
    expect(written).toEqual(["0.5 s", "10 s", "90 s", "5 min", "72 h", "30 d", "0 s"]);
    expect([0, 8.5 * hour, day].map(formatTimeOfDay)).toEqual(["00:00", "08:30", "24:00"]);
  });
});
