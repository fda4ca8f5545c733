// What is wrong with a draft, at the field and in words, before the server is asked: the server asks all of it again.
import type { Condition } from "../../../../contract/condition.ts";
import { levels, type Level } from "../../../../contract/level.ts";
import type { Point, RuleVersion } from "../../../../contract/plant.ts";
import { formatExact } from "../../text/number.ts";
import type { Words } from "../../text/words.ts";
import { placeOf } from "./fields.ts";

/** The levels of a version. */
export type Levels = RuleVersion["levels"];
/** Faults by the place of their field, such as `yellow.0.setpoint`. */
export type Faults = ReadonlyMap<string, string>;

interface Placed {
  readonly level: Level;
  readonly place: string;
  readonly condition: Condition;
}

function placedOf(all: Levels): readonly Placed[] {
  return levels.flatMap((level) =>
    (all[level] ?? []).map((condition, nth) => ({ level, place: placeOf(level, nth), condition })),
  );
}

/** What a condition measures: only the same can be compared. */
function measureOf(condition: Condition): string {
  const timing = new Set(["setpoint", "deadband", "onDelayMs", "onSamples", "offDelayMs", "provenance"]);
  return JSON.stringify(Object.entries(condition).filter(([key]) => !timing.has(key)));
}

function waitOf({ condition: { onDelayMs, onSamples } }: Placed): number {
  return onDelayMs + onSamples - 1;
}

interface About {
  readonly direction: "high" | "low" | "none";
  readonly point: Point | null;
  readonly words: Words;
}

function rangeFaults({ condition, place }: Placed, { direction, point, words }: About): [string, string][] {
  if (point === null || condition.kind !== "limit") return [];
  const [low, high] = point.range.sensor;
  const { setpoint, deadband } = condition;
  const range = { low: formatExact(low, ""), high: formatExact(high, point.unit) };
  if (setpoint < low || setpoint > high) return [[`${place}.setpoint`, words.t("rules.fault.range", range)]];
  const isStuck = direction === "high" ? setpoint - deadband <= low : setpoint + deadband >= high;
  return isStuck ? [[`${place}.deadband`, words.t("rules.fault.deadband", range)]] : [];
}

/** A higher level must be harder to reach: by its setpoint, or at the same one by a longer wait. */
function orderFaults(placed: readonly Placed[], { direction, words, point }: About): [string, string][] {
  const sign = direction === "low" ? -1 : 1;
  const found: [string, string][] = [];
  for (const measure of new Set(placed.map(({ condition }) => measureOf(condition)))) {
    const same = placed.filter(({ condition }) => measureOf(condition) === measure);
    for (const [nth, lower] of same.entries()) {
      const upper = same.slice(nth + 1).find(({ level }) => level !== lower.level);
      if (upper === undefined) continue;
      const step = sign * (upper.condition.setpoint - lower.condition.setpoint);
      if (step > 0 || (step === 0 && waitOf(upper) > waitOf(lower))) continue;
      const key = direction === "low" ? "rules.fault.orderLow" : "rules.fault.orderHigh";
      const values = {
        level: words.t(`level.${upper.level}`),
        setpoint: formatExact(upper.condition.setpoint, upper.condition.kind === "limit" ? (point?.unit ?? "") : ""),
      };
      found.push([
        `${lower.place}.${direction === "none" ? "onDelayMs" : "setpoint"}`,
        direction === "none" ? words.t("rules.fault.orderNone", values) : words.t(key, values),
      ]);
    }
  }
  return found;
}

/** Every fault that can be told without the server. */
export function faultsOfLevels(all: Levels, about: About): Faults {
  const placed = placedOf(all);
  return new Map([...orderFaults(placed, about), ...placed.flatMap((one) => rangeFaults(one, about))]);
}

/** A fault of the server, `limit version 2: yellow[1].setpoint: text`, by the place of its field; the whole form's at "". */
export function placedFault(line: string): readonly [place: string, text: string] {
  const parts =
    /^[^:]*: (?<level>blue|yellow|orange|red)(?:\[(?<nth>\d+)\])?(?:\.(?<field>[\w.]+))?: (?<text>.*)$/su.exec(
      line,
    )?.groups;
  if (parts !== undefined) {
    const { level = "", nth = "0", field = "setpoint", text = "" } = parts;
    return [`${level}.${nth}.${field}`, text];
  }
  const whole = /^[^:]*: validFrom: (?<text>.*)$/su.exec(line)?.groups?.["text"];
  return whole === undefined ? ["", line] : ["validFrom", whole];
}
