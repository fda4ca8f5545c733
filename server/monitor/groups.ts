// Event groups: the process alarms of one site, or its data alarms, that opened within 10 min of each other, and which of them came first (first-out).
import type { MonitorState, StandingAlarm } from "./state.ts";

/** An alarm joins the group of its site whose last opening lies no further away (semantics §9). */
const togetherMs = 600_000;

/**
 * Puts an alarm that opens into the newest group of its site, or into one of its own. The earliest event time is
 * first-out (OPC UA Part 9 FirstInGroup); returns the alarm that was until now, where a late one came before it.
 */
export function joinGroup(state: MonitorState, standing: StandingAlarm, at: number): StandingAlarm | null {
  const { site, isData } = standing;
  if (site === null) return null;
  // A device that fell silent is not what a leak began with: what ails the data has groups of its own.
  const key = isData ? `${site} data` : site;
  const group = state.groups.get(key);
  const isTogether = group !== undefined && at >= group.firstAt - togetherMs && at <= group.lastAt + togetherMs;
  if (!isTogether) {
    // Numbered by the change that opens it, so that the name is used once.
    standing.group = `${site}#${state.seq + 1}`;
    standing.isFirstOut = true;
    // What was found long after it happened does not end the group of now.
    if (group === undefined || at > group.lastAt) {
      state.groups.set(key, { id: standing.group, firstAt: at, lastAt: at, firstOut: standing.id });
    }
    return null;
  }
  standing.group = group.id;
  standing.isFirstOut = at < group.firstAt;
  const before = state.alarms.get(group.firstOut);
  state.groups.set(key, {
    id: group.id,
    firstAt: Math.min(at, group.firstAt),
    lastAt: Math.max(at, group.lastAt),
    firstOut: standing.isFirstOut ? standing.id : group.firstOut,
  });
  const isDisplaced =
    standing.isFirstOut &&
    before !== undefined &&
    before !== standing &&
    before.group === group.id &&
    before.isFirstOut;
  if (!isDisplaced) return null;
  before.isFirstOut = false;
  return before.alarm.isOpen ? before : null;
}
