// When a level goes on, in a sentence: one template per kind of condition and per part of an expression.
import type {
  Condition,
  Crossing,
  Expression,
  JointCondition,
  PairCondition,
  Vote,
} from "../../../contract/condition.ts";
import type { Level } from "../../../contract/level.ts";
import { en as english } from "./en.ts";
import { formatExact } from "./number.ts";
import { formatSpan, formatTimeOfDay } from "./time.ts";
import { fillParts, type Language } from "./words.ts";
import { zh as chinese } from "./zh.ts";

/** What a sentence needs to know beside the condition itself. */
export interface Told {
  /** What is judged, as people call it; null for a sentence about the condition alone. */
  readonly subject: string | null;
  /** Of the point that the rule is on; empty where it is on none. */
  readonly unit: string;
  readonly direction: "high" | "low" | "none";
  /** What goes on; null where that is shown beside the sentence. */
  readonly level: Level | null;
  readonly nameOf: (point: string) => string;
  readonly unitOf: (point: string) => string;
  /** An alarm's source with its rule (null: any of them), as people call it. */
  readonly alarmOf: (source: string, rule: string | null) => string;
}

const zh = {
  whole: "[当 {subject} ]{phrase}[ 持续 {delay}][ 连续 {samples} 次][ → {level}]",
  limit: "{bound}",
  state: "为 {values}",
  difference: "{window} 差值速率[{absolute}] {bound}",
  regression: "{window} 线性拟合速率[{absolute}] {bound}",
  absolute: "（绝对值）",
  sum: "{window} 累计 {bound}",
  deviation: "对 {window} 基线的偏离 {bound}",
  cusum: "对 {target} 的漂移（CUSUM，σ {sigma}，允差 {allowance}）{bound}",
  accumulate: "{window} 内 {while} 的累计时长 {bound}[，{reset} 时清零]",
  line: "{window} 直线外推到 {target} 的剩余时间 {bound}",
  inverseVelocity: "{window} 速度倒数法推算的剩余时间 {bound}",
  vote: "{total} 选 {need} {bound}（{within}）",
  within: "{window} 内",
  atOnce: "同时",
  pair: "{expression} {bound}（时差 {skew} 以内）",
  missingEvent: "到 {due} 仍无「{name}」",
  fence: { inside: "在围栏以内", outside: "在围栏以外" },
  corridor: { inside: "距线路不超过 {halfWidth}", outside: "偏离线路超过 {halfWidth}" },
  all: " 且 ",
  any: " 或 ",
  or: "、",
  not: "非（{part}）",
  group: "（{part}）",
  hold: "{part}（未知时保持 {forMs}）",
  named: "{name} {phrase}",
  atLeast: "{name} 达{level}及以上",
  silent: "{name} 中断",
  lagging: "{name} 滞后",
  nothing: "无",
};

const en: typeof zh = {
  whole: "[When {subject} ]{phrase}[ for {delay}][ in {samples} samples running][ → {level}]",
  limit: "{bound}",
  state: "is {values}",
  difference: "rate[ {absolute}] {bound} (difference over {window})",
  regression: "rate[ {absolute}] {bound} (line fitted over {window})",
  absolute: "either way",
  sum: "sum over {window} {bound}",
  deviation: "deviation from its baseline of {window} {bound}",
  cusum: "drift from {target} (CUSUM, σ {sigma}, allowance {allowance}) {bound}",
  accumulate: "time at {while} within {window} {bound}[, counted anew at {reset}]",
  line: "time until {target} {bound} (straight line over {window})",
  inverseVelocity: "time until failure {bound} (inverse velocity over {window})",
  vote: "{need} of {total} {bound} ({within})",
  within: "within {window}",
  atOnce: "at once",
  pair: "{expression} {bound} (measured within {skew})",
  missingEvent: "no {name} by {due}",
  fence: { inside: "inside the fence", outside: "outside the fence" },
  corridor: { inside: "within {halfWidth} of the line", outside: "more than {halfWidth} off the line" },
  all: " and ",
  any: " or ",
  or: " or ",
  not: "not ({part})",
  group: "({part})",
  hold: "{part} (held for {forMs} while unknown)",
  named: "{name} {phrase}",
  atLeast: "{name} at {level} or above",
  silent: "{name} silent",
  lagging: "{name} lagging",
  nothing: "nothing",
};

const templates: Readonly<Record<Language, typeof zh>> = { zh, en };
const catalogues = { zh: chinese, en: english };
const hourMs = 3_600_000;
const perUnits: Readonly<Record<number, string>> = { 1000: "s", 60_000: "min", [hourMs]: "h", [24 * hourMs]: "d" };

/** A rate's unit, `m/h`; without a unit `1/h`. */
export function rateUnit(unit: string, perMs: number): string {
  return `${unit === "" ? "1" : unit}/${perUnits[perMs] ?? formatSpan(perMs)}`;
}

/** The unit of a condition's setpoint and of what is held against it: `ms` for a time that adds up; null for a truth. */
export function unitOfSetpoint(condition: Condition, about: Pick<Told, "unit" | "unitOf">): string | null {
  switch (condition.kind) {
    case "limit":
    case "sum":
      return about.unit;
    case "rate":
      return rateUnit(about.unit, condition.perMs);
    case "deviation":
      return "MAD";
    case "cusum":
      return "σ";
    case "accumulate":
      return "ms";
    case "forecast":
      return "h";
    case "pair":
      return condition.method === "ratio" ? "" : about.unitOf(condition.of);
    case "state":
    case "vote":
    case "combine":
    case "missingEvent":
    case "geofence":
      return null;
  }
}

/** What the parts of a sentence share. */
interface Speech {
  readonly told: Told;
  readonly language: Language;
  readonly words: typeof zh;
}

function sign(direction: Told["direction"]): string {
  return direction === "low" ? "≤" : "≥";
}

function crossingText({ direction, setpoint }: Crossing, unit: string): string {
  return `${sign(direction)} ${formatExact(setpoint, unit)}`;
}

function voteText({ members, violated, need, windowMs }: Vote, { told, words }: Speech): string {
  const within = windowMs === 0 ? words.atOnce : fillParts(words.within, { window: formatSpan(windowMs) });
  const bound = crossingText(violated, told.unitOf(members[0] ?? ""));
  return fillParts(words.vote, { need: String(need), total: String(members.length), bound, within });
}

function stateText(values: readonly number[], { words }: Speech): string {
  return fillParts(words.state, { values: values.map((value) => formatExact(value, "")).join(words.or) });
}

type Leaf = Exclude<Expression, { all: unknown } | { any: unknown } | { not: unknown } | { hold: unknown }>;

function leafText(leaf: Leaf, speech: Speech): string {
  const { told, words, language } = speech;
  const named = (point: string, phrase: string): string => fillParts(words.named, { name: told.nameOf(point), phrase });
  if ("vote" in leaf) return voteText(leaf.vote, speech);
  if ("violated" in leaf) {
    return named(leaf.violated.point, crossingText(leaf.violated, told.unitOf(leaf.violated.point)));
  }
  if ("state" in leaf) return named(leaf.state.point, stateText(leaf.state.values, speech));
  if ("level" in leaf) {
    const { source, rule, atLeast } = leaf.level;
    const level = catalogues[language][`level.${atLeast}`];
    return fillParts(words.atLeast, { name: told.alarmOf(source, rule), level });
  }
  if ("silent" in leaf) return fillParts(words.silent, { name: told.nameOf(leaf.silent) });
  return fillParts(words.lagging, { name: told.nameOf(leaf.lagging) });
}

function expressionText(expression: Expression, speech: Speech): string {
  const { words } = speech;
  const join = (parts: readonly Expression[], by: string): string =>
    parts.length === 0 ? words.nothing : parts.map((part) => partText(part, parts.length, speech)).join(by);
  if ("all" in expression) return join(expression.all, words.all);
  if ("any" in expression) return join(expression.any, words.any);
  if ("not" in expression) return fillParts(words.not, { part: expressionText(expression.not, speech) });
  if ("hold" in expression) {
    const part = partText(expression.hold, 2, speech);
    return fillParts(words.hold, { part, forMs: formatSpan(expression.forMs) });
  }
  return leafText(expression, speech);
}

/** A part among several: what is itself joined stands in brackets. */
function partText(part: Expression, among: number, speech: Speech): string {
  const text = expressionText(part, speech);
  const joined = "all" in part ? part.all.length : "any" in part ? part.any.length : 1;
  return joined > 1 && among > 1 ? fillParts(speech.words.group, { part: text }) : text;
}

function pairText({ method, of, to, isAbsolute, setpoint, skewMs }: PairCondition, { told, words }: Speech): string {
  const both = [told.nameOf(of), told.nameOf(to)].join(method === "ratio" ? " ÷ " : " − ");
  const unit = method === "ratio" ? "" : told.unitOf(of);
  return fillParts(words.pair, {
    expression: isAbsolute ? `|${both}|` : both,
    bound: `${sign(told.direction)} ${formatExact(setpoint, unit)}`,
    skew: formatSpan(skewMs),
  });
}

function jointText(condition: JointCondition, speech: Speech): string {
  const { told, words } = speech;
  switch (condition.kind) {
    case "vote":
      return voteText(condition, speech);
    case "pair":
      return pairText(condition, speech);
    case "combine":
      return expressionText(condition.expression, speech);
    case "missingEvent":
      return fillParts(words.missingEvent, {
        name: told.nameOf(condition.point),
        due: formatTimeOfDay(condition.dueMs),
      });
    case "geofence": {
      const { shape, wrong } = condition;
      if ("polygon" in shape) return words.fence[wrong];
      return fillParts(words.corridor[wrong], { halfWidth: formatExact(shape.halfWidthM, "m") });
    }
  }
}

function phraseOf(condition: Condition, speech: Speech): string {
  const { told, words } = speech;
  const bound = (unit: string): string => `${sign(told.direction)} ${formatExact(condition.setpoint, unit)}`;
  switch (condition.kind) {
    case "limit":
      return fillParts(words.limit, { bound: bound(told.unit) });
    case "state":
      return stateText(condition.values, speech);
    case "rate": {
      const absolute: Readonly<Record<string, string>> = condition.isAbsolute ? { absolute: words.absolute } : {};
      return fillParts(words[condition.method], {
        window: formatSpan(condition.windowMs),
        bound: bound(rateUnit(told.unit, condition.perMs)),
        ...absolute,
      });
    }
    case "sum":
      return fillParts(words.sum, { window: formatSpan(condition.windowMs), bound: bound(told.unit) });
    case "deviation":
      return fillParts(words.deviation, { window: formatSpan(condition.hours * hourMs), bound: bound("MAD") });
    case "cusum":
      return fillParts(words.cusum, {
        target: formatExact(condition.target, told.unit),
        sigma: formatExact(condition.sigma, told.unit),
        allowance: formatExact(condition.allowance, "σ"),
        bound: bound("σ"),
      });
    case "accumulate":
      return fillParts(words.accumulate, {
        window: formatSpan(condition.windowMs),
        while: crossingText(condition.while, told.unit),
        bound: `${sign(told.direction)} ${formatSpan(condition.setpoint)}`,
        ...(condition.reset === null ? {} : { reset: crossingText(condition.reset, told.unit) }),
      });
    case "forecast":
      return fillParts(words[condition.method], {
        window: formatSpan(condition.windowMs),
        // In the largest unit that is whole: five minutes are nobody's 0.083333 h.
        bound: `${sign(told.direction)} ${formatSpan(Math.round(condition.setpoint * 3600) * 1000)}`,
        ...(condition.target === null ? {} : { target: formatExact(condition.target, told.unit) }),
      });
    case "vote":
    case "pair":
    case "combine":
    case "missingEvent":
    case "geofence":
      return jointText(condition, speech);
  }
}

/** When a level goes on by this condition, in a sentence; its way back is told by the deadband and the off-delay beside it. */
export function sentenceOf(condition: Condition, told: Told, language: Language): string {
  const words = templates[language];
  return fillParts(words.whole, {
    ...(told.subject === null ? {} : { subject: told.subject }),
    phrase: phraseOf(condition, { told, language, words }),
    ...(condition.onDelayMs === 0 ? {} : { delay: formatSpan(condition.onDelayMs) }),
    ...(condition.onSamples === 1 ? {} : { samples: String(condition.onSamples) }),
    ...(told.level === null ? {} : { level: catalogues[language][`level.${told.level}`] }),
  });
}
