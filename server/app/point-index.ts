// Where a point stands in the plan in force: worked out once a plan.
import type { Restored } from "../restore.ts";

/** The places of the points, by their ids, in whatever plan is in force when it is asked. */
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
