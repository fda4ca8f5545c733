// Points of one kind say the same in most things: kept once, a plan of thousands takes a third of the memory.
import type { Plan } from "../../contract/plant.ts";

/** The same plan; the rules, ranges, periods and tests that its points say in the very same words they share. */
export function sharePlan(plan: Plan): Plan {
  const known = new Map<string, unknown>();
  const share = <T>(value: T): T => {
    const text = JSON.stringify(value);
    const same = known.get(text);
    if (same !== undefined) return same as T;
    known.set(text, value);
    return value;
  };
  const points = plan.points.map((point) => ({
    ...point,
    rules: share(point.rules),
    range: share(point.range),
    report: share(point.report),
    silence: share(point.silence),
    ...(point.quality === undefined ? {} : { quality: share(point.quality) }),
  }));
  return { ...plan, points };
}
