// The monitor's memory as few large pieces, so that a checkpoint of 50,000 points takes milliseconds, and back again.
import { levelOfRank, levels, rankOf, type Level } from "../../contract/level.ts";
import type { Plan, Rule, RuleVersion } from "../../contract/plant.ts";
import { qualities } from "../../contract/sample.ts";
import { restingLimit, type LimitState } from "../domain/detect/limit.ts";
import { noRhythm, rhythmLength } from "../domain/learn-silence.ts";
import { historyLength, noHistory } from "../domain/quality.ts";
import { newRule } from "./findings.ts";
import { ledgerIn, type Ledger } from "./ledger.ts";
import { holdOn, isWhole, type Remembered } from "./memory.ts";
import { alarmId } from "./plant.ts";
import { sharePlan } from "./shared.ts";
import type { Loss, MonitorState, PointState, RuleState } from "./state.ts";

/**
 * A large column that is read bit by bit, while the monitor goes on: it gives what was when it was packed, or throws where
 * so much has come meanwhile that this is gone.
 */
export interface SlowColumn {
  readonly kind: "Uint32Array" | "Float64Array";
  readonly byteLength: number;
  /** Each slice holds until the next one is asked for. */
  readonly slices: () => Iterable<Uint32Array | Float64Array>;
}

/** The points' state, column by column, in the order of the plan's points. */
export type Columns = {
  /** `numberColumns` a point; NaN for null. */
  readonly numbers: Float64Array;
  /** Quality, loss, level of the loss, the two truths, how stuck, whether there is a history, and a rhythm, a byte each. */
  readonly marks: Uint8Array;
  /** Places in `devices`. */
  readonly device: Uint32Array;
  /** Per rule of each point: the version that its states belong to. */
  readonly versions: Float64Array;
  /** Per point the length of its ring of remembered samples, how many ever came, and how many of them it holds. */
  readonly rings: Uint32Array;
  /** Per point the length of its series. */
  readonly lengths: Uint32Array;
  /** What the quality tests remember, of the points that have such tests; those that have are marked. */
  readonly histories: Float64Array;
  /** How those speak whose silence is learned; they are marked. */
  readonly rhythms: Float64Array;
  /** The ledgers of all devices in the order of the plan, the length of the gaps of each, and all gaps. */
  readonly ledgers: Float64Array;
  readonly gapLengths: Uint32Array;
  readonly gaps: Float64Array;
};

/** All rings as they lie in memory, one behind the other, and all series. */
type Rings<Times, Values> = {
  readonly times: Times;
  readonly values: Values;
  readonly seriesTimes: Values;
  readonly seriesValues: Values;
};

/** What a checkpoint holds of a monitor, as it is packed and as it is read again. */
export interface PackedState<Slow = Rings<Uint32Array, Float64Array>> {
  readonly plan: Plan;
  /** Everything small, as it is. */
  readonly rest: {
    readonly state: Omit<MonitorState, "plan" | "points" | "ledgers">;
    readonly devices: readonly string[];
    /** The points whose rules are not at rest, or remember something, by their place. */
    readonly restless: ReadonlyMap<number, Pick<PointState, "rules" | "orphans">>;
  };
  readonly columns: Columns & Slow;
}

const losses: readonly (Loss | null)[] = [null, "silent", "neverHeard", "lagging"];
const numberColumns = 9;
const markColumns = 8;
const ringColumns = 3;

/** The levels of a version's conditions, in the order in which they are judged. */
function levelsOf(version: RuleVersion): readonly Level[] {
  return levels.flatMap((level) => (version.levels[level] ?? []).map(() => level));
}

/** A rule with nothing on and nothing running, in a version that the plan has; 0: in none yet. */
function restingRule(point: string, rule: Rule, version: number): RuleState {
  const known = rule.versions.find((one) => one.version === version);
  const its = known === undefined ? [] : levelsOf(known);
  const id = alarmId(point, rule.id, rule.direction);
  return { ...newRule(id, null), version, limits: its.map(() => restingLimit), levels: its };
}

function isResting({ isOn, violatedSince }: LimitState): boolean {
  return !isOn && violatedSince === null;
}

/** Asked of every point while nothing else is judged: it looks at as little memory as it can. */
function isAtRest({ orphans, rules }: PointState): boolean {
  if (orphans.length > 0) return false;
  for (const { limits, kinds, isOrphanOn, isPrimed } of rules) {
    if (isOrphanOn !== null || isPrimed || kinds !== null) return false;
    for (const limit of limits) if (limit !== restingLimit && !isResting(limit)) return false;
  }
  return true;
}

/** So many numbers are read of the rings at once, a megabyte: some tenths of a millisecond. */
const sliceLength = 128 * 1024;

/** Copies arrays one behind the other into a stage, which is given out each time that it is full. */
function* slicesOf<One, T extends Uint32Array | Float64Array>(
  stage: T,
  held: readonly One[],
  { arrayOf, isStill }: { readonly arrayOf: (one: One) => T; readonly isStill: (one: One) => boolean },
): Generator<T> {
  let filled = 0;
  for (const one of held) {
    const array = arrayOf(one);
    for (let from = 0; from < array.length;) {
      const part = array.subarray(from, from + stage.length - filled) as T;
      stage.set(part, filled);
      if (!isStill(one)) throw new Error("more has come than can be put aside while a checkpoint is written");
      filled += part.length;
      from += part.length;
      if (filled < stage.length) continue;
      yield stage;
      filled = 0;
    }
  }
  if (filled > 0) yield stage.subarray(0, filled) as T;
}

/** The rings are held rather than copied: a hundred megabytes at once would hold up every alarm. */
function packMemories(
  states: readonly PointState[],
): Pick<Columns, "rings"> & Pick<Rings<SlowColumn, SlowColumn>, "times" | "values"> {
  const rings = new Uint32Array(states.length * ringColumns);
  const held: Remembered[] = [];
  let total = 0;
  let next = 0;
  for (const { memory } of states) {
    const one = holdOn(memory);
    held.push(one);
    rings[next] = one.times.length;
    rings[next + 1] = one.written;
    rings[next + 2] = one.count;
    total += one.times.length;
    next += ringColumns;
  }
  const most = Math.min(total, sliceLength);
  const isStill = isWhole;
  const times = (): Iterable<Uint32Array> =>
    slicesOf(new Uint32Array(most), held, { arrayOf: (one) => one.times, isStill });
  const values = (): Iterable<Float64Array> =>
    slicesOf(new Float64Array(most), held, { arrayOf: (one) => one.values, isStill });
  return {
    rings,
    times: { kind: "Uint32Array", byteLength: total * 4, slices: times },
    values: { kind: "Float64Array", byteLength: total * 8, slices: values },
  };
}

/** Series are held as well: what they hold is never written over. */
function packSeries(
  states: readonly PointState[],
): Pick<Columns, "lengths"> & Pick<Rings<SlowColumn, SlowColumn>, "seriesTimes" | "seriesValues"> {
  const held = states.flatMap(({ series: { times, values, from, to } }) =>
    to === from ? [] : [{ times: times.subarray(from, to), values: values.subarray(from, to) }],
  );
  const byteLength = held.reduce((sum, { times }) => sum + times.byteLength, 0);
  const columnOf = (arrayOf: (one: (typeof held)[number]) => Float64Array): SlowColumn => ({
    kind: "Float64Array",
    byteLength,
    slices: () =>
      slicesOf(new Float64Array(Math.min(byteLength / 8, sliceLength)), held, { arrayOf, isStill: () => true }),
  });
  return {
    lengths: Uint32Array.from(states, ({ series }) => series.to - series.from),
    seriesTimes: columnOf((one) => one.times),
    seriesValues: columnOf((one) => one.values),
  };
}

function packHistories(states: readonly PointState[]): Pick<Columns, "histories"> {
  const tested = states.filter(({ history }) => history.length > 0);
  const histories = new Float64Array(tested.length * historyLength);
  for (const [nth, { history }] of tested.entries()) histories.set(history, nth * historyLength);
  return { histories };
}

function joined(arrays: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let next = 0;
  for (const array of arrays) {
    all.set(array, next);
    next += array.length;
  }
  return all;
}

function packLedgers(ledgers: MonitorState["ledgers"]): Pick<Columns, "ledgers" | "gapLengths" | "gaps"> {
  const all = [...ledgers.values()];
  return {
    ledgers: joined(all.flatMap(({ tally, numbers, strip }) => [tally, numbers, strip])),
    gapLengths: Uint32Array.from(all, ({ gaps }) => gaps.length),
    gaps: joined(all.map(({ gaps }) => gaps)),
  };
}

function unpackLedgers(plan: Plan, packed: Columns): Map<string, Ledger> {
  const numbers = packed.ledgers.slice();
  let next = 0;
  return new Map(
    plan.devices.map(({ id }, nth) => {
      const gaps = packed.gaps.slice(next, (next += packed.gapLengths[nth] as number));
      return [id, ledgerIn(numbers, nth, gaps)] as const;
    }),
  );
}

/** Packs the memory of a monitor. Its columns are its own; `rest` is the living state, to be copied before the next input. */
export function packState(state: MonitorState): PackedState<Rings<SlowColumn, SlowColumn>> {
  const { plan, points, ledgers, ...others } = state;
  // In the order of the plan, in which they were entered.
  const states = [...points.values()];
  const numbers = new Float64Array(states.length * numberColumns);
  const marks = new Uint8Array(states.length * markColumns);
  const device = new Uint32Array(states.length);
  const versions: number[] = [];
  const devices = new Map<string, number>();
  const restless = new Map<number, Pick<PointState, "rules" | "orphans">>();
  let place = 0;
  for (const one of states) {
    const number = place * numberColumns;
    numbers[number] = one.value;
    numbers[number + 1] = one.sourceAt;
    numbers[number + 2] = one.receivedAt;
    numbers[number + 3] = one.goodAt;
    numbers[number + 4] = one.judgedAt;
    numbers[number + 5] = one.clockFrom;
    numbers[number + 6] = one.laggingSince ?? Number.NaN;
    numbers[number + 7] = one.lostAt;
    numbers[number + 8] = one.reasons;
    const mark = place * markColumns;
    marks[mark] = qualities.indexOf(one.quality);
    marks[mark + 1] = losses.indexOf(one.loss);
    marks[mark + 2] = rankOf(one.lossLevel);
    marks[mark + 3] = Number(one.isVerified);
    marks[mark + 4] = Number(one.isFaulty);
    marks[mark + 5] = rankOf(one.stuckLevel);
    marks[mark + 6] = Number(one.history.length > 0);
    marks[mark + 7] = Number(one.rhythm.length > 0);
    if (!devices.has(one.device)) devices.set(one.device, devices.size);
    device[place] = devices.get(one.device) as number;
    for (const { version } of one.rules) versions.push(version);
    if (!isAtRest(one)) restless.set(place, { rules: one.rules, orphans: one.orphans });
    place += 1;
  }
  const columns = {
    numbers,
    marks,
    device,
    versions: Float64Array.from(versions),
    ...packHistories(states),
    rhythms: joined(states.map(({ rhythm }) => rhythm)),
    ...packLedgers(ledgers),
    ...packMemories(states),
    ...packSeries(states),
  };
  return { plan, rest: { state: others, devices: [...devices.keys()], restless }, columns };
}

/** The memory of a monitor as it was packed. */
export function unpackState({ plan: read, rest, columns: packed }: PackedState): MonitorState {
  const plan = sharePlan(read);
  const { devices, restless } = rest;
  const { numbers, marks } = packed;
  const points = new Map<string, PointState>();
  // One piece of memory for all: thousands of small ones would hold up every collection of the heap.
  const histories = packed.histories.slice();
  const rhythms = packed.rhythms.slice();
  let [rule, samples, series, tested, heard] = [0, 0, 0, 0, 0];
  for (const [place, point] of plan.points.entries()) {
    const numberAt = (nth: number): number => numbers[place * numberColumns + nth] as number;
    const markAt = (nth: number): number => marks[place * markColumns + nth] as number;
    const ringAt = (nth: number): number => packed.rings[place * ringColumns + nth] as number;
    const ring = [samples, samples + ringAt(0)] as const;
    samples += ringAt(0);
    const length = packed.lengths[place] as number;
    const its = [series, series + length] as const;
    series += length;
    const history = markAt(6) === 0 ? noHistory() : histories.subarray(tested, tested + historyLength);
    tested += history.length;
    const rhythm = markAt(7) === 0 ? noRhythm() : rhythms.subarray(heard, heard + rhythmLength);
    heard += rhythm.length;
    const memory = {
      times: packed.times.slice(...ring),
      values: packed.values.slice(...ring),
      written: ringAt(1),
      count: ringAt(2),
    };
    const resting = point.rules.map((one, nth) => restingRule(point.id, one, packed.versions[rule + nth] as number));
    rule += point.rules.length;
    const kept = restless.get(place) ?? { rules: resting, orphans: [] };
    points.set(point.id, {
      value: numberAt(0),
      quality: qualities[markAt(0)] as PointState["quality"],
      reasons: numberAt(8),
      sourceAt: numberAt(1),
      receivedAt: numberAt(2),
      goodAt: numberAt(3),
      judgedAt: numberAt(4),
      clockFrom: numberAt(5),
      loss: losses[markAt(1)] as Loss | null,
      lossLevel: levelOfRank(markAt(2)),
      laggingSince: Number.isNaN(numberAt(6)) ? null : numberAt(6),
      lostAt: numberAt(7),
      isVerified: markAt(3) === 1,
      isFaulty: markAt(4) === 1,
      stuckLevel: levelOfRank(markAt(5)),
      history,
      rhythm,
      rules: kept.rules,
      orphans: kept.orphans,
      memory,
      series: {
        times: packed.seriesTimes.slice(...its),
        values: packed.seriesValues.slice(...its),
        from: 0,
        to: length,
      },
      device: devices[packed.device[place] as number] as string,
    });
  }
  return { ...rest.state, plan, points, ledgers: unpackLedgers(plan, packed) };
}
