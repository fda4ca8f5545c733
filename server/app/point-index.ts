// The place of each point in the plan of record, looked up once per plan.
import type { Restored } from "../restore.ts";

/** Gives a point's index, or undefined where there is no such point. */
export function indexOf({ monitor }: Restored): (id: string) => number | undefined {
  let plan = monitor.state().plan;
  let indexes = new Map(plan.points.map((point, index) => [point.id, index]));
  return (id) => {
    if (monitor.state().plan !== plan) {
      plan = monitor.state().plan;
      indexes = new Map(plan.points.map((point, index) => [point.id, index]));
    }
    return indexes.get(id);
  };
}
