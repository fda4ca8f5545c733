// May this value be believed: its ranges, its history, and what each flag is allowed to do (QARTOD; semantics §1).
//
// The test numbers are those of the IOOS manuals for real-time quality control (QARTOD). Every test is causal: it looks at
// this sample and at earlier ones, holds nothing back, and makes a sample suspect at most.
import { higher, type Level } from "../../contract/level.ts";
import type { Point } from "../../contract/plant.ts";
import { reasonBit, type Quality } from "../../contract/sample.ts";

/** On which side of the sensor's range a value lies. */
export type Side = "high" | "low" | null;

/** What the ranges and the device's own flag make of a value. */
export interface Judged {
  readonly quality: Quality;
  /** For a saturated value: the direction in which it violates every level. */
  readonly side: Side;
  /** The bits of the reasons, see `reasonBit`. */
  readonly reasons: number;
}

const flagged = reasonBit("deviceFlag");
const beyondSensor = reasonBit("sensorRange");
const beyondOperator = reasonBit("operatorRange");

const plain: Readonly<Record<"good" | "unknown" | "bad" | "missing", Judged>> = {
  good: { quality: "good", side: null, reasons: 0 },
  unknown: { quality: "unknown", side: null, reasons: 0 },
  bad: { quality: "bad", side: null, reasons: flagged },
  missing: { quality: "missing", side: null, reasons: 0 },
};

function sideOf(point: Point, value: number): Exclude<Side, null> {
  const [low, high] = point.range.sensor;
  // Also where the device flags it over range while the number itself lies inside: the nearer end is meant.
  return value - low > high - value ? "high" : "low";
}

/**
 * The quality of a value, in the point's unit, by its ranges. Gross range (QARTOD test 4): beyond the sensor's span on a
 * side that has limits is `saturated`, on a side without limits `bad`; beyond the operator's span `suspect`. The device's
 * own flag is never improved.
 */
export function judgeQuality(point: Point, value: number, device: Quality): Judged {
  if (device === "bad" || device === "missing") return plain[device];
  const [low, high] = point.range.sensor;
  const isBeyond = value < low || value > high;
  if (device === "saturated" || isBeyond) {
    const side = sideOf(point, value);
    const reasons = (device === "saturated" ? flagged : 0) | (isBeyond ? beyondSensor : 0);
    const isDangerous = point.rules.some((rule) => rule.direction === side);
    if (isDangerous && point.overRange === "saturated") return { quality: "saturated", side, reasons };
    return { quality: "bad", side: null, reasons };
  }
  const [least, most] = point.range.operator;
  const reasons = (device === "suspect" ? flagged : 0) | (value < least || value > most ? beyondOperator : 0);
  return reasons === 0 ? plain[device as "good" | "unknown"] : { quality: "suspect", side: null, reasons };
}

/** True where a point may raise red: then a fault of its sensor is an alarm at once. */
export function isRedCapable(point: Point): boolean {
  return point.rules.some((rule) => rule.versions.some((version) => version.levels.red !== undefined));
}

/** The tests of a point that look at its history, ready for judging; a test that is not made passes every value. */
export interface CompiledTests {
  /** Test 6, in the point's unit. */
  readonly spike: number;
  /** Test 7, in the point's unit a millisecond; a shorter step than the period counts as a whole one. */
  readonly ratePerMs: number;
  readonly periodMs: number;
  /** So far from the accepted value neither test can fail, however soon the sample comes. */
  readonly reach: number;
  /** Test 8: not farther than this from where it stands is not moved. */
  readonly within: number;
  readonly stages: readonly { readonly afterMs: number; readonly level: Level }[];
  readonly flatAfterMs: number;
  /** Test 9. */
  readonly windowMs: number;
  readonly least: number;
  /** Fewer samples than this say nothing of a window: nine tenths of it must be covered (semantics §4, coverage). */
  readonly fewest: number;
  readonly attenuatedLevel: Level;
}

const coverage = 0.9;

/** Works the tests of a point out once; null where it has none. `step` is its resolution. */
export function compileTests({ quality, report }: Point, step: number): CompiledTests | null {
  // Between two reports by exception nothing is known to have stood still.
  if (quality === undefined || report === "onChange") return null;
  const spike = quality.spike?.suspect ?? Infinity;
  const ratePerMs = (quality.rateOfChange?.perSecond ?? Infinity) / 1000;
  const { flatLine: stages = [], attenuated } = quality;
  return {
    spike,
    ratePerMs,
    periodMs: report.everyMs,
    reach: Math.min(spike, ratePerMs * report.everyMs),
    // Less than one step is no movement; half a step keeps binary fractions out of it.
    within: stages.length === 0 ? -1 : step / 2,
    stages,
    flatAfterMs: stages[0]?.afterMs ?? Infinity,
    windowMs: attenuated?.windowMs ?? Infinity,
    least: attenuated?.least ?? 0,
    fewest: attenuated === undefined ? Infinity : (coverage * attenuated.windowMs) / report.everyMs,
    attenuatedLevel: attenuated?.level ?? "blue",
  };
}

/**
 * What the tests remember of a point, as plain numbers: the last accepted value, its time, and to which side it is being
 * left; where the value stands, since when, and how many stages of the flat line are reached; the running window with its
 * count, mean and sum of squared deviations, and whether the last whole one was attenuated.
 */
export type History = Float64Array;

/** Numbers in a history. */
export const historyLength = 11;
const [base, baseAt, leaving, stand, standSince, stage, from, count, mean, squares, isDead] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
] as const;

/** Nothing remembered yet. */
export function newHistory(): History {
  const history = new Float64Array(historyLength);
  for (const place of [base, baseAt, stand, standSince, from]) history[place] = Number.NaN;
  return history;
}

const none = new Float64Array(0);

/** Of a point without such tests. */
export function noHistory(): History {
  return none;
}

/** Room for the histories of many points in one piece of memory, which costs a collection of the heap nothing; each is copied in. */
export function newHistories(points: number): (history: History) => History {
  const all = new Float64Array(points * historyLength);
  let next = 0;
  return (history) => {
    const own = all.subarray(next, (next += historyLength));
    own.set(history);
    return own;
  };
}

/**
 * What is remembered of a point whose tests a new plan may have changed: what stands still goes on standing still, but a
 * window is judged only by the numbers that it began with.
 */
export function carryHistory(before: CompiledTests | null, after: CompiledTests | null, history: History): History {
  if (after === null) return noHistory();
  if (before === null) return newHistory();
  if (before.windowMs === after.windowMs && before.least === after.least) return history;
  const carried = history.slice();
  carried[from] = Number.NaN;
  carried[count] = carried[mean] = carried[squares] = carried[isDead] = 0;
  return carried;
}

/** What the tests need to know of a sample whose ranges let it be judged. */
export interface TestSample {
  readonly value: number;
  readonly sourceAt: number;
  /** True after a gap: what was before proves nothing of how the value came here. */
  readonly isAfterGap: boolean;
}

const spiked = reasonBit("spike");
const tooFast = reasonBit("rateOfChange");
const flat = reasonBit("flatLine");
const attenuated = reasonBit("attenuated");

/**
 * Spike (QARTOD test 6), |x_n − x_a| > suspect, and rate of change (test 7), |x_n − x_a| > r · max(t_n − t_a, period),
 * both against the last accepted sample x_a. QARTOD's spike test is centred and would have to wait for x_(n+1).
 */
function jumpOf(tests: CompiledTests, history: History, { value, sourceAt }: TestSample): number {
  const distance = Math.abs(value - (history[base] as number));
  const afterMs = Math.max(sourceAt - (history[baseAt] as number), tests.periodMs);
  return (distance > tests.spike ? spiked : 0) | (distance > tests.ratePerMs * afterMs ? tooFast : 0);
}

/**
 * Flat line (QARTOD test 8): |x_n − x_s| below one step of the resolution for `afterMs`, x_s being the value at which it
 * came to stand. A gap proves nothing of a line that is not yet flat; one that is flat stays so until it moves.
 */
function stepFlat(tests: CompiledTests, history: History, { value, sourceAt, isAfterGap }: TestSample): void {
  const hasMoved = !(Math.abs(value - (history[stand] as number)) <= tests.within);
  if (hasMoved) history[stand] = value;
  if (hasMoved || (isAfterGap && history[stage] === 0)) history[standSince] = sourceAt;
  const flatMs = sourceAt - (history[standSince] as number);
  let reached = 0;
  while (reached < tests.stages.length && flatMs >= (tests.stages[reached] as { afterMs: number }).afterMs)
    reached += 1;
  history[stage] = reached;
}

/**
 * Attenuated signal (QARTOD test 9): Σ(x − x̄)² / n < least² over a tumbling window, by Welford's running sums. The verdict
 * of a window holds until the next whole one is judged.
 */
function stepWindow(tests: CompiledTests, history: History, { value, sourceAt, isAfterGap }: TestSample): void {
  if (isAfterGap || !(sourceAt - (history[from] as number) < tests.windowMs)) {
    const samples = history[count] as number;
    const isDeadNow = (history[squares] as number) < tests.least ** 2 * samples;
    if (!isAfterGap && samples >= tests.fewest) history[isDead] = Number(isDeadNow);
    history[from] = sourceAt;
    history[count] = history[mean] = history[squares] = 0;
  }
  const samples = (history[count] as number) + 1;
  const before = value - (history[mean] as number);
  const middle = (history[mean] as number) + before / samples;
  history[count] = samples;
  history[mean] = middle;
  history[squares] = (history[squares] as number) + before * (value - middle);
}

function standing(history: History): number {
  return (history[stage] === 0 ? 0 : flat) | (history[isDead] === 0 ? 0 : attenuated);
}

/**
 * Takes a sample into a point's history; returns the bits of the reasons for which it is suspect, 0 where it passes.
 *
 * A sample that jumps is suspect, and may raise. If the next one lies on the same side, the value has really gone there:
 * that one is accepted, and so is whatever follows in that direction, so that a step or a long steep rise is suspect for
 * one sample only. If it is back, it is compared with what was accepted before the jump, and passes: a spike leaves no
 * second suspect behind. A sample that is not accepted moves neither the flat line nor the window.
 */
export function stepTests(tests: CompiledTests, history: History, sample: TestSample): number {
  const jump = sample.isAfterGap ? 0 : jumpOf(tests, history, sample);
  const side = jump === 0 ? 0 : Math.sign(sample.value - (history[base] as number));
  const isConfirmed = side === history[leaving];
  history[leaving] = side;
  if (side !== 0 && !isConfirmed) return jump | standing(history);
  history[base] = sample.value;
  history[baseAt] = sample.sourceAt;
  stepFlat(tests, history, sample);
  stepWindow(tests, history, sample);
  return standing(history);
}

/**
 * True where a sample, not after a gap, surely passes every test, and nothing that stands changes by it: what the short
 * way may take. It may be false where the long way finds nothing either.
 */
export function isQuiet(tests: CompiledTests, history: History, { value, sourceAt }: TestSample): boolean {
  if (!(Math.abs(value - (history[base] as number)) <= tests.reach) || standing(history) !== 0) return false;
  const hasMoved = Math.abs(value - (history[stand] as number)) > tests.within;
  const isFlat = !hasMoved && sourceAt - (history[standSince] as number) >= tests.flatAfterMs;
  // A whole window is for the long way to judge.
  return !isFlat && !(sourceAt - (history[from] as number) >= tests.windowMs);
}

/** How stuck a sensor is by now, and by which test. */
export interface Stuck {
  readonly level: Level;
  readonly test: "flatLine" | "attenuated";
  /** Of a flat line: when the value came to stand, event time. */
  readonly since: number;
}

/** Whether the tests find the sensor stuck, null where its signal lives; of equal levels the flat line speaks. */
export function stuckOf(tests: CompiledTests, history: History): Stuck | null {
  const reached = tests.stages[(history[stage] as number) - 1]?.level ?? null;
  const dead = history[isDead] === 0 ? null : tests.attenuatedLevel;
  const level = higher(reached, dead);
  if (level === null) return null;
  return { level, test: level === reached ? "flatLine" : "attenuated", since: history[standSince] as number };
}
