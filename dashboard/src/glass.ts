// What is on the glass right now: the alarms whose revision stands in a row or the banner, and those that a counter counts.
import type { AlarmView } from "../../contract/alarm.ts";
import { rankOf } from "../../contract/level.ts";
import type { Tier } from "../../contract/plant.ts";
import { owedBy, shownLevel } from "./duty.ts";

/** An alarm as it stands on the glass. */
export interface OnGlass {
  readonly alarm: string;
  readonly occurrence: number;
  readonly revision: number;
}

/** True where the middle of an element is what somebody sees there: not hidden, not scrolled away, nothing over it. */
function isSeen(element: Element): boolean {
  const { left, top, width, height } = element.getBoundingClientRect();
  if (width === 0 || height === 0) return false;
  const hit = document.elementFromPoint(left + width / 2, top + height / 2);
  return hit !== null && element.contains(hit);
}

/** What an element's `data-alarm` and `data-revision` say; null where they say nothing. */
function named(element: Element): OnGlass | null {
  const { alarm, revision } = (element as HTMLElement).dataset;
  const [, occurrence = "", of = ""] = /^(\d+)\.(\d+)$/.exec(revision ?? "") ?? [];
  return alarm === undefined || occurrence === ""
    ? null
    : { alarm, occurrence: Number(occurrence), revision: Number(of) };
}

/** What the banner counts: all that the tier owes, else what stands at orange and red (see screens/banner.ts). */
function countedBy(alarms: readonly AlarmView[], tier: Tier): readonly AlarmView[] {
  const owed = alarms.filter((alarm) => owedBy(alarm, tier) !== null);
  return owed.length > 0 ? owed : alarms.filter(isHigh(tier));
}

/** True for an alarm that the tier is shown at orange or red. */
export function isHigh(tier: Tier): (alarm: AlarmView) => boolean {
  return (alarm) => rankOf(shownLevel(alarm, tier)) >= rankOf("orange");
}

/**
 * Everything that can be seen of these alarms. Where many stand, most are seen in the banner's counter alone: it tells of the
 * orange and red ones that it counts, where the number on the glass is that of now.
 */
export function seenOf(alarms: readonly AlarmView[], tier: Tier): readonly OnGlass[] {
  const seen = [...document.querySelectorAll("[data-revision]")]
    .filter(isSeen)
    .flatMap((element) => named(element) ?? []);
  const counted = countedBy(alarms, tier);
  const counters = [...document.querySelectorAll<HTMLElement>("[data-counted]")].filter(isSeen);
  const isCounted = counters.some((counter) => counter.dataset["counted"] === String(counted.length));
  if (!isCounted) return seen;
  const rows = new Set(seen.map(({ alarm }) => alarm));
  const rest = counted.filter((alarm) => !rows.has(alarm.id)).filter(isHigh(tier));
  return [...seen, ...rest.map(({ id, occurrence, revision }) => ({ alarm: id, occurrence, revision }))];
}
