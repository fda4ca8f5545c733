// Can a level be reached, can it return, and is it harder to reach than the one below: the checks of a rule's numbers.
import type { Condition } from "../../contract/condition.ts";
import type { Level } from "../../contract/level.ts";
import type { Reader } from "./amount.ts";
import { isTruth, type Found } from "./condition.ts";
import { below } from "./fault-list.ts";

/** What a condition is checked against. */
export interface Gauge {
  readonly unit: string;
  readonly resolution: number;
  readonly sensor: readonly [number, number] | undefined;
  /** The period; null where it reports by exception, or is not known yet. */
  readonly everyMs: number | null;
  /** True where a site's point differs from its kind in one of the above. */
  readonly isOwn: boolean;
  /** True where it is the period that is the point's own. */
  readonly isOwnPeriod: boolean;
}

/** A rule's direction, what it is checked against, and where the faults go. */
export interface Judged {
  readonly direction: "high" | "low" | "none";
  readonly gauge: Gauge;
  readonly reader: Pick<Reader, "faults" | "site">;
}

function suffixOf(isSame: boolean, { direction, gauge, reader }: Judged, isOwn = gauge.isOwn): string {
  const whose = reader.site === null || (isSame && !isOwn) ? "" : `, site ${reader.site}`;
  return `(direction ${direction}${whose})`;
}

const units = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
] as const;

/** The unit of what a condition judges, with a space before it; empty for truths and pure numbers. */
function unitOf(condition: Condition, { unit }: Gauge): string {
  if (condition.kind === "forecast") return " h";
  if (condition.kind === "accumulate") return " ms";
  if (condition.kind === "rate") {
    const { perMs } = condition;
    const [name, ms] = units.find(([, each]) => perMs % each === 0) ?? (["ms", 1] as const);
    return perMs === ms ? ` ${unit}/${name}` : ` ${unit}/${perMs / ms} ${name}`;
  }
  return ["limit", "sum", "pair"].includes(condition.kind) ? ` ${unit}` : "";
}

/** Checks one condition against its gauge. */
export function checkCondition(found: Found, judged: Judged): void {
  const { condition, place, isConstant } = found;
  const { gauge, reader } = judged;
  const unit = unitOf(condition, gauge);
  const suffix = suffixOf(isConstant, judged);
  if (condition.deadband < 0) {
    reader.faults.add(below(place, "deadband"), `${condition.deadband}${unit} must not be negative ${suffix}`);
    return;
  }
  if (condition.kind === "limit") checkLimit(found, judged);
  else if (condition.kind === "state") checkState(found, judged);
  else if ("windowMs" in condition && condition.kind !== "vote") {
    const { everyMs } = gauge;
    if (everyMs !== null && condition.windowMs < 2 * everyMs) {
      const text = `${condition.windowMs} ms is shorter than two periods of ${everyMs} ms ${suffixOf(true, judged, gauge.isOwnPeriod)}`;
      reader.faults.add(below(place, "windowMs"), text);
      return;
    }
    const most = mostOf(condition, gauge);
    if (most !== null && condition.setpoint > most) {
      const text = `${condition.setpoint}${unit} can never be reached: at most ${most}${unit} ${suffix}`;
      reader.faults.add(below(place, "setpoint"), text);
    }
  }
}

/** The most that can come of the sensor's range within the window; null where there is no such bound. */
function mostOf(condition: Condition, { sensor, everyMs }: Gauge): number | null {
  if (condition.kind === "accumulate") return condition.windowMs;
  if (sensor === undefined) return null;
  const [low, high] = sensor;
  if (condition.kind === "sum") return everyMs === null ? null : (high * condition.windowMs) / everyMs;
  if (condition.kind === "rate") return ((high - low) / condition.windowMs) * condition.perMs;
  return null;
}

function checkState({ condition, place }: Found, { gauge, reader }: Judged): void {
  if (condition.kind !== "state" || gauge.sensor === undefined) return;
  const [low, high] = gauge.sensor;
  const strange = condition.values.filter((value) => value < low || value > high);
  if (strange.length === 0) return;
  const text = `${strange.join(", ")} can never be reached: the sensor's range is ${low} to ${high}`;
  reader.faults.add(below(place, "values"), text);
}

function checkLimit({ condition, place, isConstant }: Found, judged: Judged): void {
  const { gauge, reader, direction } = judged;
  if (gauge.sensor === undefined) return;
  const { setpoint, deadband } = condition;
  const { unit } = gauge;
  const suffix = suffixOf(isConstant, judged);
  const [low, high] = gauge.sensor;
  if (setpoint < low || setpoint > high) {
    reader.faults.add(
      below(place, "setpoint"),
      `${setpoint} ${unit} lies outside the sensor's range ${low} to ${high} ${unit} ${suffix}`,
    );
    return;
  }
  // Beyond the deadband is strict (semantics §2): an edge on the range's end leaves no value that could return it.
  if (direction === "high" ? setpoint - deadband <= low : setpoint + deadband >= high) {
    reader.faults.add(
      below(place, "deadband"),
      `${deadband} ${unit} leaves no value within the sensor's range ${low} to ${high} ${unit} that returns the alarm ${suffix}`,
    );
  }
}

/** What a condition measures, its setpoint and delays left aside: only the same can be compared. */
export function measureOf(condition: Condition): string {
  const {
    setpoint: _s,
    deadband: _d,
    onDelayMs: _on,
    onSamples: _n,
    offDelayMs: _off,
    provenance: _p,
    ...measure
  } = condition;
  return JSON.stringify(measure);
}

/** A higher level must be harder to reach: by its setpoint, or at the same setpoint by a longer wait. */
export function checkOrder(found: ReadonlyMap<Level, readonly Found[]>, judged: Judged): void {
  const measures = new Set([...found.values()].flat().map(({ condition }) => measureOf(condition)));
  for (const measure of measures) {
    const ladder = [...found].flatMap(([level, all]) => {
      const same = all.filter(({ condition }) => measureOf(condition) === measure);
      return same.length === 0 ? [] : [[level, same] as const];
    });
    checkLadder(ladder, judged);
  }
}

function checkLadder(ladder: readonly (readonly [Level, readonly Found[]])[], judged: Judged): void {
  const { gauge, reader, direction } = judged;
  const sign = direction === "low" ? -1 : 1;
  const reach = ({ condition }: Found): number =>
    sign * Math.round(condition.setpoint / (condition.kind === "limit" ? gauge.resolution : 1e-6));
  for (const [index, [, lower]] of ladder.entries()) {
    const next = ladder[index + 1];
    if (next === undefined) return;
    const [nextLevel, upper] = next;
    const easiest = lower.toSorted((a, b) => reach(a) - reach(b) || waitOf(a) - waitOf(b))[0];
    if (easiest === undefined) continue;
    const wrong = upper.find(
      (each) => reach(each) < reach(easiest) || (reach(each) === reach(easiest) && waitOf(each) <= waitOf(easiest)),
    );
    if (wrong === undefined) continue;
    const suffix = suffixOf(easiest.isConstant && wrong.isConstant, judged);
    const text = isTruth(easiest.condition.kind)
      ? `must not wait as long as ${nextLevel}, which is the same thing`
      : `${easiest.condition.setpoint}${unitOf(easiest.condition, gauge)} must lie ${direction === "low" ? "above" : "below"} ${nextLevel} ${wrong.condition.setpoint}${unitOf(wrong.condition, gauge)}`;
    reader.faults.add(easiest.place, `${text} ${suffix}`);
  }
}

function waitOf({ condition }: Found): number {
  // Either word makes a level wait; a sample more is counted as one millisecond, only to break ties.
  return condition.onDelayMs + condition.onSamples - 1;
}
