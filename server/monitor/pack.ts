// The monitor's memory as few large pieces, so that a checkpoint of 50,000 points takes milliseconds, and back again.
import { levelOfRank, levels, rankOf, type Level } from "../../contract/level.ts";
import type { Plan, Rule, RuleVersion } from "../../contract/plant.ts";
import { qualities } from "../../contract/sample.ts";
import { historyLength } from "../domain/quality.ts";
import { restingLimit } from "../domain/detect/limit.ts";
import { alarmId } from "./plant.ts";
import type { Loss, MonitorState, PointState, RuleState } from "./state.ts";

/** The points' state, column by column, in the order of the plan's points. */
export type Columns = {
  /** `numberColumns` a point; NaN for null. */
  readonly numbers: Float64Array;
  /** Quality, loss, level of the loss, the two truths, how stuck, and whether there is a history, a byte each. */
  readonly marks: Uint8Array;
  /** Places in `devices`. */
  readonly device: Uint32Array;
  /** Per rule of each point: the version that its states belong to. */
  readonly versions: Float64Array;
  /** Per point the length, start and count of its ring of remembered samples, and then all rings. */
  readonly rings: Uint32Array;
  /** What the quality tests remember, of the points that have such tests; those that have are marked. */
  readonly histories: Float64Array;
  readonly times: Uint32Array;
  readonly values: Float64Array;
};

/** What a checkpoint holds of a monitor. */
export interface PackedState {
  readonly plan: Plan;
  /** Everything small, as it is. */
  readonly rest: {
    readonly state: Omit<MonitorState, "plan" | "points">;
    readonly devices: readonly string[];
    /** The few points whose rules are not at rest, by their place. */
    readonly restless: ReadonlyMap<number, Pick<PointState, "rules" | "orphans">>;
  };
  readonly columns: Columns;
}

const losses: readonly (Loss | null)[] = [null, "silent", "neverHeard", "lagging"];
const numberColumns = 8;
const markColumns = 7;
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
  return { id, version, limits: its.map(() => restingLimit), levels: its, isOrphanOn: null };
}

function isAtRest(state: PointState, plan: Plan, place: number): boolean {
  const { rules } = plan.points[place] as Plan["points"][number];
  if (state.orphans.length > 0) return false;
  return state.rules.every(({ limits, isOrphanOn, version }, nth) => {
    const isKnown = version === 0 || (rules[nth] as Rule).versions.some((one) => one.version === version);
    return isKnown && isOrphanOn === null && limits.every((one) => !one.isOn && one.violatedSince === null);
  });
}

/** The rings as they lie in memory, one behind the other: one copy of each is far cheaper than putting it in order. */
function packMemories(states: readonly PointState[]): Pick<Columns, "rings" | "times" | "values"> {
  const rings = new Uint32Array(states.length * ringColumns);
  let total = 0;
  for (const [place, { memory }] of states.entries()) {
    rings[place * ringColumns] = memory.times.length;
    rings[place * ringColumns + 1] = memory.start;
    rings[place * ringColumns + 2] = memory.count;
    total += memory.times.length;
  }
  const times = new Uint32Array(total);
  const values = new Float64Array(total);
  let end = 0;
  for (const { memory } of states) {
    times.set(memory.times, end);
    values.set(memory.values, end);
    end += memory.times.length;
  }
  return { rings, times, values };
}

function packHistories(states: readonly PointState[]): Pick<Columns, "histories"> {
  const tested = states.filter(({ history }) => history.length > 0);
  const histories = new Float64Array(tested.length * historyLength);
  for (const [nth, { history }] of tested.entries()) histories.set(history, nth * historyLength);
  return { histories };
}

/** Packs the memory of a monitor. Its columns are copies; `rest` is the living state, to be copied before the next input. */
export function packState(state: MonitorState): PackedState {
  const { plan, points, ...others } = state;
  const states = plan.points.map((point) => points.get(point.id) as PointState);
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
    numbers[number + 7] = one.reasons;
    const mark = place * markColumns;
    marks[mark] = qualities.indexOf(one.quality);
    marks[mark + 1] = losses.indexOf(one.loss);
    marks[mark + 2] = rankOf(one.lossLevel);
    marks[mark + 3] = Number(one.isVerified);
    marks[mark + 4] = Number(one.isFaulty);
    marks[mark + 5] = rankOf(one.stuckLevel);
    marks[mark + 6] = Number(one.history.length > 0);
    if (!devices.has(one.device)) devices.set(one.device, devices.size);
    device[place] = devices.get(one.device) as number;
    for (const { version } of one.rules) versions.push(version);
    if (!isAtRest(one, plan, place)) restless.set(place, { rules: one.rules, orphans: one.orphans });
    place += 1;
  }
  const columns = {
    numbers,
    marks,
    device,
    versions: Float64Array.from(versions),
    ...packHistories(states),
    ...packMemories(states),
  };
  return { plan, rest: { state: others, devices: [...devices.keys()], restless }, columns };
}

/** The memory of a monitor as it was packed. */
export function unpackState({ plan, rest, columns: packed }: PackedState): MonitorState {
  const { devices, restless } = rest;
  const { numbers, marks } = packed;
  const points = new Map<string, PointState>();
  let [rule, samples, tested] = [0, 0, 0];
  for (const [place, point] of plan.points.entries()) {
    const numberAt = (nth: number): number => numbers[place * numberColumns + nth] as number;
    const markAt = (nth: number): number => marks[place * markColumns + nth] as number;
    const ringAt = (nth: number): number => packed.rings[place * ringColumns + nth] as number;
    const ring = [samples, samples + ringAt(0)] as const;
    samples += ringAt(0);
    const history = packed.histories.slice(tested, tested + markAt(6) * historyLength);
    tested += history.length;
    const memory = {
      times: packed.times.slice(...ring),
      values: packed.values.slice(...ring),
      start: ringAt(1),
      count: ringAt(2),
    };
    const resting = point.rules.map((one, nth) => restingRule(point.id, one, packed.versions[rule + nth] as number));
    rule += point.rules.length;
    const kept = restless.get(place) ?? { rules: resting, orphans: [] };
    points.set(point.id, {
      value: numberAt(0),
      quality: qualities[markAt(0)] as PointState["quality"],
      reasons: numberAt(7),
      sourceAt: numberAt(1),
      receivedAt: numberAt(2),
      goodAt: numberAt(3),
      judgedAt: numberAt(4),
      clockFrom: numberAt(5),
      loss: losses[markAt(1)] as Loss | null,
      lossLevel: levelOfRank(markAt(2)),
      laggingSince: Number.isNaN(numberAt(6)) ? null : numberAt(6),
      isVerified: markAt(3) === 1,
      isFaulty: markAt(4) === 1,
      stuckLevel: levelOfRank(markAt(5)),
      history,
      rules: kept.rules,
      orphans: kept.orphans,
      memory,
      device: devices[packed.device[place] as number] as string,
    });
  }
  return { ...rest.state, plan, points };
}
