// What an empty list says of the last 24 h: how often alarms asked, by the record, and whether all of it is closed.
import type { IncidentView } from "../../../../contract/incident.ts";
import type { LoadAnswer } from "../../../../contract/series.ts";

const dayMs = 86_400_000;
const minuteMs = 60_000;
/** How often it is asked anew. */
export const dayEveryMs = 300_000;

/** The last 24 h in whole minutes, so that the same question of many is counted once. */
export function dayBefore(now: number): { readonly from: number; readonly to: number } {
  const to = Math.ceil(now / minuteMs) * minuteMs;
  return { from: to - dayMs, to };
}

/** The day as it is told. */
export interface Day {
  /** Nothing asked; all of it is closed; it has ended, but incidents are still open. */
  readonly kind: "quiet" | "closed" | "ended";
  readonly count: number;
  readonly incidents: number;
  /** False where the record begins later: then since when. */
  readonly isWhole: boolean;
  readonly from: number;
}

/** What is to be said while no alarm is open. An alarm is closed when its incident is put away (semantics §3), not when it ends. */
export function dayOf({ report, hours }: Pick<LoadAnswer, "report" | "hours">, incidents: Iterable<IncidentView>): Day {
  const count = hours.reduce((sum, [, annunciations]) => sum + annunciations, 0);
  const open = [...incidents].filter(({ step }) => step !== "archived").length;
  return {
    kind: open > 0 ? "ended" : count === 0 ? "quiet" : "closed",
    count,
    incidents: open,
    isWhole: report.to - report.from >= dayMs - 2 * minuteMs,
    from: report.from,
  };
}
