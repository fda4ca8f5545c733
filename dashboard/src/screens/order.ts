// In which order alarms stand in a list, which of them a page holds, and which ones a filter lets through.
import type { AlarmView } from "../../../contract/alarm.ts";
import { rankOf, type Level } from "../../../contract/level.ts";
import type { Tier } from "../../../contract/plant.ts";
import { owedBy, remainingMs, shownLevel } from "../duty.ts";

/** By level, then least time left, then oldest; at the same level process before data. */
export function inOrder(alarms: Iterable<AlarmView>, tier: Tier): readonly AlarmView[] {
  // Worked out once for each: thousands may stand.
  const keyed = Array.from(alarms, (alarm) => ({
    alarm,
    rank: rankOf(shownLevel(alarm, tier)),
    // At a fixed instant the order of the times left is the order of the due times.
    left: remainingMs(alarm, tier, 0) ?? (owedBy(alarm, tier) === null ? Infinity : Number.MAX_VALUE),
  }));
  return keyed
    .toSorted(
      (a, b) =>
        b.rank - a.rank ||
        Number(a.alarm.isData) - Number(b.alarm.isData) ||
        (a.left === b.left ? 0 : a.left - b.left) ||
        a.alarm.openedAt - b.alarm.openedAt ||
        (a.alarm.id < b.alarm.id ? -1 : 1),
    )
    .map(({ alarm }) => alarm);
}

/** Red, orange and unacknowledged alarms may never be cut from a list by its length. */
export function mustShow(alarm: AlarmView, tier: Tier): boolean {
  return rankOf(shownLevel(alarm, tier)) >= rankOf("orange") || owedBy(alarm, tier) !== null;
}

/** What a list with little room shows. */
export interface Page {
  readonly rows: readonly AlarmView[];
  readonly page: number;
  readonly pages: number;
  /** What stands on no page. */
  readonly hidden: readonly AlarmView[];
  /** What does not stand on this one. */
  readonly elsewhere: readonly AlarmView[];
}

/** The given page of an ordered list; as many pages as the alarms need that must be shown. */
export function pageOf(ordered: readonly AlarmView[], tier: Tier, size: number, wanted: number): Page {
  const must = ordered.filter((alarm) => mustShow(alarm, tier));
  // What need not be shown fills the rest of the last page.
  const may = ordered.filter((alarm) => !mustShow(alarm, tier));
  const pages = Math.max(1, Math.ceil(must.length / size));
  const paged = [...must, ...may.slice(0, pages * size - must.length)];
  const inPages = ordered.filter((alarm) => paged.includes(alarm));
  const page = ((wanted % pages) + pages) % pages;
  const rows = inPages.slice(page * size, (page + 1) * size);
  return {
    rows,
    page,
    pages,
    hidden: ordered.filter((alarm) => !paged.includes(alarm)),
    elsewhere: ordered.filter((alarm) => !rows.includes(alarm)),
  };
}

/**
 * Whether the pages may turn by themselves. They stand still while a red is unacknowledged (wall.md §6), but only if
 * every such red is on the first page: what must be answered is never left on a page that does not come.
 */
export function mayTurn(ordered: readonly AlarmView[], tier: Tier, size: number): boolean {
  const isOwedRed = (alarm: AlarmView): boolean => owedBy(alarm, tier)?.owedLevel === "red";
  const owed = ordered.filter(isOwedRed);
  return owed.length === 0 || owed.some((alarm) => ordered.indexOf(alarm) >= size);
}

/** How many of these alarms stand at each level. */
export function countLevels(alarms: Iterable<AlarmView>, tier: Tier): Readonly<Record<Level, number>> {
  const counts = { red: 0, orange: 0, yellow: 0, blue: 0 };
  for (const alarm of alarms) counts[shownLevel(alarm, tier)] += 1;
  return counts;
}

/** How an alarm may stand: each a question of its own, so that one alarm may answer several. */
export const standings = ["owed", "answered", "returned", "latched", "marked"] as const;
/** One of them. */
export type StandingFilter = (typeof standings)[number];

/** True where an alarm stands so for a tier. */
export function standsAs(alarm: AlarmView, tier: Tier, standing: StandingFilter): boolean {
  switch (standing) {
    case "owed":
      return owedBy(alarm, tier) !== null;
    case "answered":
      return owedBy(alarm, tier) === null && alarm.marks.length === 0;
    case "returned":
      return alarm.level === null && alarm.latchedLevel === null;
    case "latched":
      return alarm.latchedLevel !== null;
    case "marked":
      return alarm.marks.length > 0;
  }
}

/** What the alarm list is narrowed to. */
export interface Filter {
  readonly levels: ReadonlySet<Level>;
  readonly sector: string | null;
  readonly county: string | null;
  readonly standing: StandingFilter | null;
  /** Only alarms of incidents that this person answers for. */
  readonly isMine: boolean;
  readonly withData: boolean;
  readonly search: string;
}

/** Everything is let through. */
export const noFilter: Filter = {
  levels: new Set(),
  sector: null,
  county: null,
  standing: null,
  isMine: false,
  withData: true,
  search: "",
};

/** What the filter must know of an alarm beside the alarm itself. */
export interface FilterFacts {
  readonly sector: string | null;
  readonly county: string | null;
  readonly isMine: boolean;
  /** Everything that can be searched for, in one text. */
  readonly text: string;
}

/** The questions of a filter. */
export type FilterPart = keyof Filter;

/** The questions that keep an alarm out; no level chosen means all of them. */
export function heldBackBy(alarm: AlarmView, tier: Tier, filter: Filter, facts: FilterFacts): readonly FilterPart[] {
  const parts: FilterPart[] = [];
  if (filter.levels.size > 0 && !filter.levels.has(shownLevel(alarm, tier))) parts.push("levels");
  if (filter.sector !== null && facts.sector !== filter.sector) parts.push("sector");
  if (filter.county !== null && facts.county !== filter.county) parts.push("county");
  if (filter.standing !== null && !standsAs(alarm, tier, filter.standing)) parts.push("standing");
  if (filter.isMine && !facts.isMine) parts.push("isMine");
  if (!filter.withData && alarm.isData) parts.push("withData");
  const words = filter.search.toLowerCase().split(/\s+/);
  if (!words.every((word) => facts.text.toLowerCase().includes(word))) parts.push("search");
  return parts;
}

/** Whether an alarm passes the filter. */
export function passes(alarm: AlarmView, tier: Tier, filter: Filter, facts: FilterFacts): boolean {
  return heldBackBy(alarm, tier, filter, facts).length === 0;
}

/**
 * The list under a cursor: rows stay where they are, ended ones leave, and new ones wait outside.
 * Not held, the list is simply in order.
 */
export function holdStill(
  shown: readonly string[],
  ordered: readonly string[],
  isHeld: boolean,
): { readonly rows: readonly string[]; readonly waiting: number } {
  if (!isHeld) return { rows: ordered, waiting: 0 };
  const there = new Set(ordered);
  const rows = shown.filter((id) => there.has(id));
  return { rows, waiting: ordered.length - rows.length };
}
