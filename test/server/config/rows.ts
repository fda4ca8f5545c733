// What a row of the catalogues says, for the tests that hold the packs to it.
import type { Condition } from "../../../contract/condition.ts";
import { levels } from "../../../contract/level.ts";
import type { Point } from "../../../contract/plant.ts";

export const second = 1000;
export const minute = 60 * second;

/** Blue to red; null where the row has no such level, a list where any one of several will do. */
type PerLevel<T> = readonly [T, T, T, T];
type Cell = number | readonly number[] | null;

/** One rule of a row; a number alone stands for every level. */
export interface RowRule {
  readonly id: string;
  readonly direction: Point["rules"][number]["direction"];
  /** Of every condition; null where they differ. */
  readonly kind: Condition["kind"] | null;
  readonly set: PerLevel<Cell>;
  readonly dead?: number | PerLevel<Cell>;
  readonly on?: number | PerLevel<Cell>;
  readonly off?: number;
  readonly samples?: PerLevel<Cell>;
  readonly windowMs?: number | PerLevel<Cell>;
  readonly perMs?: number | PerLevel<Cell>;
  readonly isLatched?: boolean;
}

/** One row: a kind with all its rules. */
export interface Row {
  readonly kind: string;
  readonly unit: string;
  readonly sensor: readonly [number, number];
  /** Null: by exception. */
  readonly everyMs: number | null;
  readonly silence?: Point["silence"];
  readonly isData?: boolean;
  readonly rules: readonly RowRule[];
}

/** The head of a rule. */
export function limits(
  id: string,
  direction: RowRule["direction"],
  kind: RowRule["kind"] = null,
): Pick<RowRule, "id" | "direction" | "kind"> {
  return { id, direction, kind };
}

function rounded(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}

type Numbers = Readonly<Record<string, readonly (readonly number[])[]>>;

function spread(cells: number | PerLevel<Cell>, like: PerLevel<Cell>): readonly (readonly number[])[] {
  return like.map((setpoints, nth) => {
    const count = setpoints === null ? 0 : typeof setpoints === "number" ? 1 : setpoints.length;
    const cell = typeof cells === "number" ? cells : cells[nth];
    const list = typeof cell === "object" && cell !== null ? cell : Array.from({ length: count }, () => cell ?? 0);
    return list.map(rounded);
  });
}

/** What the row says of a rule, level by level and condition by condition. */
export function saidOf(rule: RowRule): Numbers {
  const said: Record<string, readonly (readonly number[])[]> = { set: spread(rule.set, rule.set) };
  for (const key of ["dead", "on", "off", "samples", "windowMs", "perMs"] as const) {
    const cells = rule[key];
    if (cells !== undefined) said[key] = spread(cells, rule.set);
  }
  return said;
}

/** The same of a rule of the plan, for the columns that the row has. */
export function foundIn(rule: Point["rules"][number], like: RowRule): Numbers {
  const version = rule.versions.at(-1);
  const read = (of: (condition: Condition) => number): readonly (readonly number[])[] =>
    levels.map((level) => (version?.levels[level] ?? []).map((each) => rounded(of(each))));
  const found: Record<string, readonly (readonly number[])[]> = { set: read(({ setpoint }) => setpoint) };
  if (like.dead !== undefined) found["dead"] = read(({ deadband }) => deadband);
  if (like.on !== undefined) found["on"] = read(({ onDelayMs }) => onDelayMs);
  if (like.off !== undefined) found["off"] = read(({ offDelayMs }) => offDelayMs);
  if (like.samples !== undefined) found["samples"] = read(({ onSamples }) => onSamples);
  if (like.windowMs !== undefined) found["windowMs"] = read((each) => ("windowMs" in each ? each.windowMs : 0));
  if (like.perMs !== undefined) found["perMs"] = read((each) => ("perMs" in each ? each.perMs : 0));
  return found;
}
