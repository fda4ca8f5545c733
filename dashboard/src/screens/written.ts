// The values of a reason written out: times, counts, names of points, and numbers in the unit that each is in.
import { markKinds, type AlarmView } from "../../../contract/alarm.ts";
import type { Condition } from "../../../contract/condition.ts";
import { levels } from "../../../contract/level.ts";
import type { Stamp } from "../../../contract/receipt.ts";
import { qualityReasons } from "../../../contract/sample.ts";
import type { NeighbourStatus } from "../../../contract/wall.ts";
import { ruleOf } from "../plan-index.ts";
import { rateUnit, unitOfSetpoint } from "../text/condition.ts";
import { formatExact, formatPercent, formatQuantity } from "../text/number.ts";
import { formatDuration, formatSpan, formatTime } from "../text/time.ts";
import { noteText } from "../text/why.ts";
import type { Words } from "../text/words.ts";
import type { Telling } from "./tell.ts";
import { callingOf } from "./told.ts";

const instants = new Set(["violatedSince", "returnedSince", "since", "until"]);
const plainCounts = new Set(["lost", "known", "unknown"]);
/** What a vote was counted from: also none says something. */
const votes = new Set(["need", "healthy", "total"]);

const violated = "Violated";

/** The condition that the alarm's reason is about; null where the plan of now holds it no longer. */
function conditionOf({ index }: Telling, alarm: AlarmView): Condition | null {
  const { code, values } = alarm.why;
  const version = ruleOf(index, alarm)?.versions.find((each) => each.version === alarm.ruleVersion);
  const setpoint = values["setpoint"] ?? alarm.setpoint;
  const kind = code.endsWith(violated) ? code.slice(0, -violated.length) : null;
  const conditions = version?.levels[alarm.level ?? alarm.peakLevel] ?? [];
  return conditions.find((each) => each.setpoint === setpoint && (kind === null || each.kind === kind)) ?? null;
}

/** `high blue, low yellow`, as the engine names what is pending, in words. */
function pendingText(words: Words, pending: string): string {
  return pending
    .split(/\b/)
    .map((part) => {
      if (part === "high" || part === "low") return words.t(`limit.${part}`);
      const level = levels.find((each) => each === part);
      return level === undefined ? part : words.t(`level.${level}`);
    })
    .join("");
}

function listed({ language }: Words, parts: readonly string[]): string {
  return parts.join(language.value === "zh" ? "、" : ", ");
}

/** The marks that have ended, in words. */
function endedText(words: Words, ended: string): string {
  const kinds = markKinds.filter((kind) => ended.split(" ").includes(kind));
  return listed(
    words,
    kinds.map((kind) => words.t(`mark.${kind}`)),
  );
}

/** `site/LT-1, site/LT-2`, as the engine names points and alarms, by what people call them. */
function namesText({ index, words }: Telling, ids: string): string {
  return listed(words, ids.split(", ").map(callingOf(index, words).nameOf));
}

/** `spike gap`, as the engine names its reasons, in words; of an expression, what made it so. */
function becauseText(telling: Telling, because: string): string {
  const { words } = telling;
  const known = because.split(" ").flatMap((reason) => qualityReasons.filter((each) => each === reason));
  if (known.length === 0) return namesText(telling, because);
  return listed(
    words,
    known.map((reason) => words.t(`because.${reason}`)),
  );
}

// Not the contract's own list: that would bring the schema library into the page.
const stamps: readonly Stamp[] = ["measured", "received", "judged", "recorded", "pushed", "painted", "acknowledged"];

/** `judged recorded`, as the server names a hop of an alarm's way, in words. */
function hopText({ t }: Words, hop: string): string {
  return hop
    .split(" ")
    .map((name) => stamps.find((stamp) => stamp === name))
    .map((stamp) => (stamp === undefined ? hop : t(`stamp.${stamp}`)))
    .join(" → ");
}

/** Why a neighbour of the server is down: of the way of an alarm, `17.46 s: pushed painted`, in words. */
export function downReason(words: Words, { name, reason }: Pick<NeighbourStatus, "name" | "reason">): string {
  const [took, hop] = name === "latency" ? reason.split(": ") : [];
  return took === undefined || hop === undefined ? reason : `${took} · ${hopText(words, hop)}`;
}

function writtenWord(telling: Telling, alarm: AlarmView, name: string, value: string): string | undefined {
  const { words, index } = telling;
  if (value === "") return undefined;
  if (name === "alarm") return callingOf(index, words).nameOf(value.split("~")[0] as string);
  if (name === "hop") return hopText(words, value);
  if (name === "ended") return endedText(words, value);
  if (name === "because") return becauseText(telling, value);
  if (name === "note") return noteText(value, words.language.value);
  if (name === "rule") return callingOf(index, words).alarmOf(alarm.source.id, value);
  if (name === "violated" || name === "lost") return namesText(telling, value);
  return pendingText(words, value);
}

/** A number in the unit of the alarm's point. */
export function quantity({ index }: Telling, alarm: AlarmView, value: number): string {
  const point = index.points.get(alarm.source.id);
  return formatQuantity(value, point?.decimals ?? 3, point?.unit ?? "");
}

/** A condition's setpoint, or what was held against it; undefined where that is a truth, which is no number. */
function measured(telling: Telling, alarm: AlarmView, value: number): string | undefined {
  // The alarm itself has a setpoint only where that is in the unit of its point.
  if (alarm.setpoint !== null) return quantity(telling, alarm, value);
  const condition = conditionOf(telling, alarm);
  if (condition === null) return undefined;
  const { unitOf } = callingOf(telling.index, telling.words);
  const unit = unitOfSetpoint(condition, { unit: unitOf(alarm.source.id), unitOf });
  if (unit === null) return undefined;
  return unit === "ms" ? formatSpan(Math.round(value / 1000) * 1000) : formatQuantity(value, 3, unit);
}

function writtenNumber(telling: Telling, alarm: AlarmView, name: string, value: number): string | undefined {
  const unit = telling.index.points.get(alarm.source.id)?.unit ?? "";
  if (name.endsWith("Ms")) return formatDuration(value);
  if (plainCounts.has(name)) return value === 0 ? undefined : String(value);
  if (votes.has(name)) return String(value);
  if (name === "coverage") return formatPercent(value, 1);
  if (name === "plusMinusHours") return formatQuantity(value, 1, "h");
  if (name === "distanceM") return formatQuantity(value, 0, "m");
  if (name === "velocity") return formatQuantity(value, 3, rateUnit(unit, 3_600_000));
  return quantity(telling, alarm, value);
}

/** One value of a reason, written out; undefined where there is nothing to say. */
export function written(
  telling: Telling,
  alarm: AlarmView,
  { name, value, now }: { readonly name: string; readonly value: string | number; readonly now: number },
): string | undefined {
  if (typeof value === "string") return writtenWord(telling, alarm, name, value);
  // Zero is no instant and no count worth a word.
  if (instants.has(name) || name.endsWith("At")) return value === 0 ? undefined : formatTime(value, now);
  if (name === "setpoint" || name === "quantity") return measured(telling, alarm, value);
  return writtenNumber(telling, alarm, name, value);
}

/** What the condition itself adds to its reason: its window, what a forecast aims at, which two points are held together. */
export function conditionWords(telling: Telling, alarm: AlarmView): Readonly<Record<string, string>> {
  const condition = conditionOf(telling, alarm);
  const { nameOf, unitOf } = callingOf(telling.index, telling.words);
  if (condition === null) return {};
  const between = (one: string, sign: string, other: string): string => `${nameOf(one)} ${sign} ${nameOf(other)}`;
  const target = condition.kind === "forecast" ? condition.target : null;
  return {
    ...("windowMs" in condition ? { window: formatSpan(condition.windowMs) } : {}),
    ...(target === null ? {} : { target: formatExact(target, unitOf(alarm.source.id)) }),
    ...(condition.kind === "pair"
      ? { pair: between(condition.of, condition.method === "ratio" ? "÷" : "−", condition.to) }
      : {}),
  };
}
