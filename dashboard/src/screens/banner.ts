// What stands in the banner: the one alarm that must be answered first, else what still stands, else nothing.
import type { AlarmView, TierView } from "../../../contract/alarm.ts";
import { rankOf } from "../../../contract/level.ts";
import type { Tier } from "../../../contract/plant.ts";
import { owedBy, shownLevel } from "../duty.ts";

/** What the banner says. */
export type Banner =
  | {
      readonly kind: "unacknowledged";
      readonly alarm: AlarmView;
      readonly owed: TierView;
      /** All that this tier owes an answer to. */
      readonly all: readonly AlarmView[];
      /** The first alarm of the same event group. */
      readonly firstOut: AlarmView;
      /** How many other alarms of that group there are. */
      readonly followers: number;
    }
  | {
      readonly kind: "standing";
      readonly alarm: AlarmView;
      /** Red and orange that are on, latched, or owed by another tier. */
      readonly all: readonly AlarmView[];
      readonly longestSince: number;
    }
  | { readonly kind: "none"; readonly open: number };

/** Highest level first, process before data, then the one that waits longest. */
function isBefore(a: AlarmView, b: AlarmView, tier: Tier): boolean {
  const rank = rankOf(shownLevel(a, tier)) - rankOf(shownLevel(b, tier));
  if (rank !== 0) return rank > 0;
  if (a.isData !== b.isData) return !a.isData;
  const since = (alarm: AlarmView): number => owedBy(alarm, tier)?.owedSince ?? alarm.openedAt;
  return since(a) < since(b);
}

function firstOf(alarms: readonly AlarmView[], tier: Tier): AlarmView | undefined {
  return alarms.reduce<AlarmView | undefined>(
    (first, alarm) => (first === undefined || isBefore(alarm, first, tier) ? alarm : first),
    undefined,
  );
}

/** The banner of a tier (wall.md §2 and §14). */
export function chooseBanner(alarms: readonly AlarmView[], tier: Tier): Banner {
  const owedAlarms = alarms.filter((alarm) => owedBy(alarm, tier) !== null);
  const first = firstOf(owedAlarms, tier);
  const owed = first === undefined ? null : owedBy(first, tier);
  if (first !== undefined && owed !== null) {
    // First-out (ISA-18.1) is the server's word; where it has ended already, the earliest of its group that still stands.
    const group = first.group === null ? [first] : alarms.filter((alarm) => alarm.group === first.group);
    const earliest = group.reduce((before, alarm) => (alarm.openedAt < before.openedAt ? alarm : before), first);
    const firstOut = group.find(({ isFirstOut }) => isFirstOut) ?? earliest;
    return { kind: "unacknowledged", alarm: first, owed, all: owedAlarms, firstOut, followers: group.length - 1 };
  }
  const standing = alarms.filter((alarm) => rankOf(shownLevel(alarm, tier)) >= rankOf("orange"));
  const worst = firstOf(standing, tier);
  if (worst === undefined) return { kind: "none", open: alarms.length };
  return {
    kind: "standing",
    alarm: worst,
    all: standing,
    longestSince: Math.min(...standing.map(({ openedAt }) => openedAt)),
  };
}
