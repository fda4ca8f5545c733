// When will it happen: a straight line to a target, or inverse velocity to failure, each with its gates (semantics §4).
import type { ForecastCondition, OwnKind, OwnSample, Quantity, Window } from "../../../contract/condition.ts";
import { coverageOf, firstAfter, leastCoverage, lineThrough, type Line } from "../../../contract/window.ts";

const hourMs = 3_600_000;

/** Motion slower than this many times what noise feigns is none (domain table 8.1, m = 3). */
const noiseGate = 3;

type Heard = { readonly sample: OwnSample; readonly window: Window };
type Values = Quantity["values"];

/** No forecast, because a gate stopped it. */
function stopped({ sample }: Heard, note: string, values: Values): Quantity {
  return { value: null, quality: sample.quality, mayReturn: false, note, values };
}

function forecasted({ sample }: Heard, hours: number, rest: Pick<Quantity, "note" | "values">): Quantity {
  return { value: hours, quality: sample.quality, mayReturn: true, ...rest };
}

/**
 * No forecast, because good samples show no motion, or none that ends before the horizon: as far away as the horizon at
 * the least. That is a value and no gap in knowledge, so it returns what an earlier forecast has raised.
 */
function beyond(condition: ForecastCondition, heard: Heard, because: Pick<Quantity, "note" | "values">): Quantity {
  return forecasted(heard, condition.horizonMs / hourMs, because);
}

/** The velocity, per ms, that noise of one sample feigns in a slope, times the gate: 3 σ / √Σ(t − t̄)². */
function gateOf(condition: ForecastCondition, line: Line): number {
  return (noiseGate * condition.noise) / Math.sqrt(line.spread);
}

/** Where the line meets a level, epoch ms, and by how much that may be wrong (1 σ of the fit, to first order). */
function meet(line: Line, level: number): { readonly at: number; readonly plusMinusMs: number } {
  const away = (level - line.meanValue) / line.slope;
  const plusMinusMs = (line.scatter / Math.abs(line.slope)) * Math.sqrt(1 / line.length + away ** 2 / line.spread);
  return { at: line.meanAt + away, plusMinusMs: Math.min(Number.MAX_VALUE, plusMinusMs) };
}

/** Enough good samples, over enough of the window: asked of both methods first. Null where it is. */
function lacking(condition: ForecastCondition, heard: Heard, first: number): Quantity | null {
  const { sample, window } = heard;
  const samples = window.length - first;
  if (samples < condition.minSamples)
    return stopped(heard, "samples", { samples, neededSamples: condition.minSamples });
  const coverage = coverageOf(window, sample.sourceAt - condition.windowMs, sample.sourceAt);
  return coverage < leastCoverage ? stopped(heard, "coverage", { samples, coverage }) : null;
}

/** Velocities are told per hour, as the forecast is told in hours; held at the largest number, never infinite. */
function perHour(velocity: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, velocity * hourMs));
}

/** Until the value reaches the target on the straight line through the window. */
function toTarget(condition: ForecastCondition, heard: Heard): Quantity {
  const { sample, window } = heard;
  if (condition.target === null) return stopped(heard, "noTarget", {});
  const first = firstAfter(window, sample.sourceAt - condition.windowMs);
  const lack = lacking(condition, heard, first);
  if (lack !== null) return lack;
  const fit = lineThrough(window, first, window.length);
  if (fit === null) return stopped(heard, "noLine", {});
  const velocity = perHour(fit.slope);
  const gate = gateOf(condition, fit);
  if (Math.abs(fit.slope) <= gate) {
    return beyond(condition, heard, { note: "still", values: { velocity, needed: perHour(gate) } });
  }
  if (fit.r2 < condition.minR2) return stopped(heard, "fit", { velocity, r2: fit.r2, neededR2: condition.minR2 });
  const { at, plusMinusMs } = meet(fit, condition.target);
  const leadMs = at - sample.sourceAt;
  // It leads away, or has passed: which of the two is said by the limit on the value itself.
  if (leadMs <= 0) return beyond(condition, heard, { note: "away", values: { velocity } });
  if (leadMs > condition.horizonMs) {
    const needed = perHour((fit.slope * leadMs) / condition.horizonMs);
    return beyond(condition, heard, { note: "far", values: { velocity, needed } });
  }
  const values = { velocity, r2: fit.r2, plusMinusHours: plusMinusMs / hourMs };
  return forecasted(heard, leadMs / hourMs, { note: null, values });
}

/** Velocities over the stretches of a window, newest first, per ms. */
interface Velocities {
  readonly at: readonly number[];
  readonly velocity: readonly number[];
}

/**
 * The window in `minSamples` stretches of equal time, and the velocity of each by its own line. The difference of two
 * neighbours would drown slow creep in noise: filter before taking the inverse (Dick et al. 2015; Carlà et al. 2017).
 */
function velocitiesOf(condition: ForecastCondition, heard: Heard): Velocities | Quantity {
  const { sample, window } = heard;
  const at: number[] = [];
  const velocity: number[] = [];
  let end = window.length;
  for (let stretch = 1; stretch <= condition.minSamples; stretch += 1) {
    const since = sample.sourceAt - (condition.windowMs * stretch) / condition.minSamples;
    const begin = firstAfter(window, since);
    const fit = lineThrough(window, begin, end);
    if (fit === null) return stopped(heard, "samples", { samples: end - begin, neededSamples: 2 });
    const gate = gateOf(condition, fit);
    const values = { velocity: perHour(fit.slope), needed: perHour(gate) };
    // Still now is an end of motion; still long ago is too little of it for a fit.
    if (Math.abs(fit.slope) <= gate) {
      return stretch === 1 ? beyond(condition, heard, { note: "still", values }) : stopped(heard, "still", values);
    }
    // A slope that fails does not reverse.
    if (Math.sign(fit.slope) !== Math.sign(velocity[0] ?? fit.slope)) return stopped(heard, "reversed", values);
    at.push(fit.meanAt);
    velocity.push(fit.slope);
    end = begin;
  }
  return { at, velocity };
}

/**
 * Until failure: 1/v falls to 0 on a straight line, v = 1 / (A (t_f − t)) (Fukuzono 1985; Voight 1988, α = 2). It wants
 * motion in one direction in every stretch, faster than noise, a falling 1/v, the fit and the horizon; where a gate stops
 * it, `needed` is the velocity, per hour, that would have let it through. "Two fits in a row" are the level's `onSamples`.
 */
function toFailure(condition: ForecastCondition, heard: Heard): Quantity {
  const { sourceAt } = heard.sample;
  const first = firstAfter(heard.window, sourceAt - condition.windowMs);
  const lack = lacking(condition, heard, first);
  if (lack !== null) return lack;
  const found = velocitiesOf(condition, heard);
  if ("note" in found) return found;
  const { at, velocity } = found;
  const timeAt = (nth: number): number => at[nth] as number;
  const valueAt = (nth: number): number => 1 / Math.abs(velocity[nth] as number);
  const fit = lineThrough({ timeAt, valueAt }, 0, at.length);
  if (fit === null) return stopped(heard, "noLine", {});
  const newest = perHour(velocity[0] as number);
  // The oldest velocity, on a line of 1/v that ends at the horizon from now.
  const last = at.length - 1;
  const needed = perHour((velocity[last] as number) * (1 + (timeAt(0) - timeAt(last)) / condition.horizonMs));
  if (fit.slope >= 0) return beyond(condition, heard, { note: "steady", values: { velocity: newest, needed } });
  if (fit.r2 < condition.minR2)
    return stopped(heard, "fit", { velocity: newest, r2: fit.r2, neededR2: condition.minR2 });
  const { at: failsAt, plusMinusMs } = meet(fit, 0);
  const leadMs = failsAt - sourceAt;
  if (leadMs > condition.horizonMs) {
    return beyond(condition, heard, { note: "far", values: { velocity: newest, needed } });
  }
  const values = { velocity: newest, r2: fit.r2, plusMinusHours: plusMinusMs / hourMs };
  // Past its own forecast and still moving: that is no reason to fall silent.
  return forecasted(heard, Math.max(0, leadMs) / hourMs, { note: leadMs <= 0 ? "overdue" : null, values });
}

/**
 * Hours until the line meets its target, or until failure; undefined, with the code of the gate, where it cannot be told,
 * and the horizon where it can be told that it is not near. The less the nearer: it is judged `low`, whatever the direction of the value. Only good samples are fitted.
 */
export const forecast: OwnKind<ForecastCondition, null> = {
  initial: () => null,
  windowMs: (condition) => condition.windowMs,
  step: (condition, _, heard) => ({
    state: null,
    quantity: condition.method === "line" ? toTarget(condition, heard) : toFailure(condition, heard),
  }),
};
