// Acknowledging a whole event at once: only alarms of one group, and never a red one (wall.md S4).
import type { AlarmView } from "../../../../contract/alarm.ts";
import type { Tier } from "../../../../contract/plant.ts";
import { owedBy, shownLevel } from "../../duty.ts";

/** What may be acknowledged together, and what may not. */
export interface Batch {
  readonly together: readonly AlarmView[];
  /** Red, or owed at red: each is acknowledged by itself. */
  readonly reds: readonly AlarmView[];
}

/** The owed alarms of the chosen one's event; an alarm of no event is an event of its own. */
export function batchOf(alarms: Iterable<AlarmView>, chosen: AlarmView, tier: Tier): Batch {
  const isOfEvent = ({ id, group }: AlarmView): boolean =>
    chosen.group === null ? id === chosen.id : group === chosen.group;
  const owed = [...alarms].filter((alarm) => isOfEvent(alarm) && owedBy(alarm, tier) !== null);
  const isRed = (alarm: AlarmView): boolean => shownLevel(alarm, tier) === "red" || alarm.level === "red";
  return { together: owed.filter((alarm) => !isRed(alarm)), reds: owed.filter(isRed) };
}
