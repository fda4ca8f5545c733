// How these tests look into a plan.
import { Compile } from "typebox/compile";
import type { Condition } from "../../../contract/condition.ts";
import { planSchema, type Plan, type Point } from "../../../contract/plant.ts";
import { loadPlan } from "../../../server/config.ts";

/** The contract's own check of a plan. */
export const planCheck = Compile(planSchema);

/** The plan of a directory that has no fault. */
export function planOf(dir: string): Plan {
  const loaded = loadPlan(dir);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return loaded.plan;
}

/** The point of that id. */
export function pointOf(plan: Plan, id: string): Point {
  const point = plan.points.find((each) => each.id === id);
  if (point === undefined) throw new Error(`no point ${id}`);
  return point;
}

/** The setpoints of the newest version, by level. */
export function setpointsOf(point: Point, direction: "high" | "low"): Readonly<Record<string, readonly number[]>> {
  const version = point.rules.find((rule) => rule.id === "limit" && rule.direction === direction)?.versions.at(-1);
  return Object.fromEntries(
    Object.entries(version?.levels ?? {}).map(([level, conditions]) => [
      level,
      conditions.filter(({ kind }) => kind === "limit").map(({ setpoint }) => setpoint),
    ]),
  );
}

/** Every limit on the value itself in a direction, over all levels and versions. */
export function limitsOf(point: Point, direction: "high" | "low"): readonly Condition[] {
  const rules = point.rules.filter((rule) => rule.id === "limit" && rule.direction === direction);
  const all = rules.flatMap((rule) => rule.versions.flatMap((version) => Object.values(version.levels).flat()));
  return all.filter(({ kind }) => kind === "limit");
}
