// Why an alarm is on, by every kind of condition: its numbers in their own units, its points by their names.
import { describe, expect, it } from "vitest";
import type { AlarmView, Why, WhyCode } from "../../contract/alarm.ts";
import type { Condition } from "../../contract/condition.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import { callingOf } from "../../dashboard/src/screens/told.ts";
import { subjectName, whyText } from "../../dashboard/src/screens/tell.ts";
import { thinSpace } from "../../dashboard/src/text/number.ts";
import { noteText } from "../../dashboard/src/text/why.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { alarmOf, limitOf, planOf, pointOf, ruleOf, versionOf } from "./support.ts";

const hour = 3_600_000;
const timing = limitOf(0.5);
const crossing = { direction: "high" as const, setpoint: 10 };

/** The reason of an alarm whose red level is this condition, in both languages, with a plain space for the thin one. */
function both(
  condition: Condition,
  { code, values }: Why,
  part: Partial<AlarmView> = {},
): { readonly zh: string; readonly en: string } {
  const rule = ruleOf({ direction: part.direction ?? "high", versions: [versionOf({ levels: { red: [condition] } })] });
  const points = [pointOf("a/P1", { rules: [rule] }), pointOf("a/P2")];
  const index = createPlanIndex(planOf(points));
  const about = { value: 12.5, setpoint: null, violatedSince: null, ...part };
  const alarm = alarmOf("a/P1", "red", { ...about, why: { code, values } });
  const of = (language: "zh" | "en"): string =>
    whyText({ index, words: createWords(language) }, alarm, 0).replaceAll(thinSpace, " ");
  return { zh: of("zh"), en: of("en") };
}

describe("the reason of a kind of condition", () => {
  it("tells a rate in the unit of a rate, beside the two values that it lies between", () => {
    const rate: Condition = {
      ...timing,
      kind: "rate",
      method: "difference",
      windowMs: hour,
      minSamples: 2,
      perMs: hour,
      isAbsolute: false,
    };
    const values = { value: 12.5, is: 12.5, was: 11.9, wasAt: hour, setpoint: 0.5, quantity: 0.6 };
    expect(both(rate, { code: "rateViolated", values })).toEqual({
      zh: "1 h 变化速率 0.600 m/h 越过红限值 ≥0.500 m/h：09:00:00 为 11.90 m，现 12.50 m",
      en: "The rate over 1 h of 0.600 m/h passed the red limit ≥0.500 m/h: 11.90 m at 09:00:00, now 12.50 m",
    });
    // Fallen to this level, its limit is told in the same unit.
    expect(both(rate, { code: "limitFell", values: { value: 12.5, setpoint: 0.5, quantity: 0.6 } }).zh).toBe(
      "已降为红，现 12.50 m（限值 ≥0.500 m/h）",
    );
  });

  it("tells no number whose unit is not known any more", () => {
    const values = { value: 12.5, setpoint: 0.7, quantity: 0.8 };
    expect(both(timing, { code: "rateViolated", values }).zh).toBe("变化速率 — 越过红限值");
  });

  it("tells a sum in the unit of its point, and that more may have come", () => {
    const sum: Condition = { ...timing, setpoint: 50, kind: "sum", windowMs: hour };
    const values = { value: 12.5, setpoint: 50, quantity: 61.5, note: "lowerBound", coverage: 0.5, samples: 3 };
    expect(both(sum, { code: "sumViolated", values }, { setpoint: 50 })).toEqual({
      zh: "1 h 累计 61.50 m 越过红限值 ≥50.00 m（数据不全，至少为此值）",
      en: "The sum over 1 h of 61.50 m passed the red limit ≥50.00 m (data are missing: at least this much)",
    });
  });

  it("tells deviations, drifts and times that add up, each in its own unit", () => {
    const reason = (code: WhyCode, condition: Condition, values: Why["values"]): string =>
      both(condition, { code, values: { value: 12.5, setpoint: 0.5, ...values } }).zh;
    expect(
      reason("deviationViolated", { ...timing, kind: "deviation", hours: 720 }, { quantity: 7, median: 4, mad: 1 }),
    ).toBe("偏离基线 7.000 MAD，越过红限值 ≥0.500 MAD，基线中位数 4.00 m，现 12.50 m");
    expect(
      reason(
        "cusumViolated",
        { ...timing, kind: "cusum", target: 12, sigma: 1, allowance: 0.5 },
        { quantity: 6, up: 6, down: 0 },
      ),
    ).toBe("缓慢漂移累积到 6.000 σ，越过红限值 ≥0.500 σ，现 12.50 m");
    expect(
      reason(
        "accumulateViolated",
        { ...timing, kind: "accumulate", windowMs: 24 * hour, while: crossing, reset: null, setpoint: hour },
        { setpoint: hour, quantity: 1.5 * hour },
      ),
    ).toBe("24 h 内累计时长 90 min，越过红限值 ≥1 h");
  });

  it("tells a forecast in hours, with what it aims at and how sure it is", () => {
    const forecast: Condition = {
      ...timing,
      kind: "forecast",
      method: "line",
      windowMs: hour,
      minSamples: 2,
      target: 20,
      noise: 0.1,
      minR2: 0.8,
      horizonMs: 24 * hour,
    };
    const values = { value: 12.5, setpoint: 0.5, quantity: 0.4, velocity: 2, plusMinusHours: 0.1, r2: 0.9 };
    expect(both(forecast, { code: "forecastViolated", values }, { direction: "low" })).toEqual({
      zh: "预计 0.400 h ± 0.1 h后到达 20 m，红限值 ≤0.500 h，速度 2.000 m/h",
      en: "Forecast in 0.400 h ± 0.1 h at 20 m, red limit ≤0.500 h, moving at 2.000 m/h",
    });
    const failure: Condition = { ...forecast, method: "inverseVelocity", target: null };
    expect(both(failure, { code: "forecastViolated", values: { setpoint: 0.5, quantity: 0.4 } }).zh).toContain(
      "预计 0.400 h后，红限值",
    );
  });

  it("names the members of a vote, and what was lost among them", () => {
    const vote: Condition = {
      ...timing,
      setpoint: 1,
      kind: "vote",
      members: ["a/P1", "a/P2"],
      violated: crossing,
      need: 2,
      windowMs: 0,
    };
    const values = {
      setpoint: 1,
      quantity: 1,
      violated: "a/P1, a/P2",
      need: 1,
      healthy: 0,
      total: 2,
      note: "byLoss",
    };
    expect(both(vote, { code: "voteViolated", values })).toEqual({
      zh: "表决成立：2 个测点须 1 个越限，越限 测点P1、测点P2，可用 0 个（失联成员按越限计）",
      en: "The vote is carried: 1 of 2 points needed, violated Point P1, Point P2, 0 healthy (a lost member counts as violated)",
    });
  });

  it("tells a pair by both of its points; a ratio has no unit", () => {
    const pair: Condition = {
      ...timing,
      kind: "pair",
      method: "difference",
      of: "a/P1",
      to: "a/P2",
      skewMs: 0,
      isAbsolute: false,
    };
    const values = { setpoint: 0.5, quantity: 0.7, of: 4, to: 3.3, apartMs: 0 };
    expect(both(pair, { code: "pairViolated", values }).zh).toBe(
      "比对值 测点P1 − 测点P2 为 0.700 m，越过红限值 ≥0.500 m",
    );
    expect(both({ ...pair, method: "ratio" }, { code: "pairViolated", values }).zh).toBe(
      "比对值 测点P1 ÷ 测点P2 为 0.700，越过红限值 ≥0.500",
    );
  });

  it("names what made an expression true, and still tells the reasons of a doubtful sample", () => {
    const combine: Condition = { ...timing, setpoint: 1, kind: "combine", expression: { all: [] } };
    const values = { setpoint: 1, quantity: 1, because: "a/P1, b", note: "held" };
    expect(both(combine, { code: "combineViolated", values })).toEqual({
      zh: "组合条件成立：测点P1、b（数据中断，沿用此前判断）",
      en: "The conditions are met: Point P1, b (held from before the data were lost)",
    });
    expect(both(combine, { code: "combineViolated", values: { ...values, because: "spike" } }).zh).toContain(
      "：疑似跳变",
    );
    // A truth has no limit to be told.
    expect(both(combine, { code: "limitFell", values: { value: 12.5, setpoint: 1 } }).zh).toBe("已降为红，现 12.50 m");
  });

  it("tells states, what did not come, and positions", () => {
    const state: Condition = { ...timing, setpoint: 1, kind: "state", values: [2] };
    expect(both(state, { code: "stateViolated", values: { is: 2, setpoint: 1, quantity: 1 } }).zh).toBe(
      "状态为 2.00 m，属红报警状态",
    );
    const late = { dueAt: hour, cameAt: 0, setpoint: 1, quantity: 1 };
    expect(both(timing, { code: "missingEventViolated", values: late }).zh).toBe("到 09:00:00 仍未发生");
    const place = { lng: 115, lat: 23, distanceM: 42, setpoint: 1, quantity: 1 };
    expect(both(timing, { code: "geofenceViolated", values: place }).zh).toBe("位置越界，距界线 42 m");
  });
});

describe("a rule that cannot see", () => {
  const name = { zh: "联锁失效", en: "Trip failed" };
  const plan = planOf([pointOf("a/P1", { rules: [ruleOf({ id: "trip", name })] })]);
  const sites = plan.sites.map((site) => ({ ...site, rules: [ruleOf({ id: "flood", name, direction: "none" })] }));
  const index = createPlanIndex({ ...plan, sites });
  const words = createWords("zh");

  it("is a data alarm that names the rule and what nobody hears of", () => {
    const blind = alarmOf("a/P1", "orange", {
      rule: "blind trip",
      isData: true,
      why: { code: "ruleBlind", values: { rule: "trip", lost: "a/P1" } },
    });
    expect(subjectName({ index, words }, blind)).toBe("测点P1 规则无法判断");
    expect(whyText({ index, words }, blind, 0)).toBe(
      "规则「测点P1 联锁失效」无法判断：测点P1 无可信数据，不得视为正常",
    );
  });

  it("is called by its own name alone where it is the site's", () => {
    const { alarmOf: called } = callingOf(index, words);
    expect([called("a", "flood"), called("a", null), called("a/P1", null)]).toEqual(["联锁失效", "a厂", "测点P1"]);
  });
});

describe("the notes of the kinds", () => {
  const known =
    "byLoss reduced noHealthyMember skew lost outOfService zeroDenominator notFinite blind held coverage lowerBound " +
    "noPast samples noLine overflow noTarget still reversed steady fit away far overdue";

  it.each(known.split(" "))("are in words: %s", (note) => {
    expect([noteText(note, "zh"), noteText(note, "en")]).not.toContain(undefined);
  });

  it("are left out where nobody has put them into words", () => {
    expect(noteText("tomorrow", "zh")).toBeUndefined();
  });
});
