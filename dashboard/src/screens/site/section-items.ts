// The items of a pond as rows: the worst point of each, how many are on at which level, and why the whole is what it is.
import type { Level } from "../../../../contract/level.ts";
import { rankOf } from "../../../../contract/level.ts";
import type { Item } from "../../../../contract/plant.ts";
import type { RollupView } from "../../../../contract/wall.ts";
import type { Words } from "../../text/words.ts";
import { countsText } from "../tell.ts";
import { marginOf, type Read, type Reading } from "./section-readings.ts";

/** One item of a pond. */
export interface ItemRow {
  readonly item: Item;
  readonly view: RollupView | null;
  /** The point that stands worst; null where none has a value. */
  readonly worst: Reading | null;
  /** Why it is so: the ladder with its clause, what is unknown; empty where there is nothing to say. */
  readonly why: string;
}

/** The point at the highest level, then the one with the least margin to a limit; without a limit the first. */
export function worstReading(item: Item, read: Read, now: number): Reading | null {
  const readings = item.points.flatMap((id) => read(id) ?? []).filter(({ value }) => value !== null);
  return readings.reduce<Reading | null>((worst, next) => {
    if (worst === null || rankOf(next.level) > rankOf(worst.level)) return next;
    if (rankOf(next.level) < rankOf(worst.level)) return worst;
    return marginOf(next, now) < marginOf(worst, now) ? next : worst;
  }, null);
}

function highestOf({ counts }: RollupView): Level | null {
  return (["red", "orange", "yellow", "blue"] as const).find((level) => counts[level] > 0) ?? null;
}

/** Why a roll-up gives its level, with the clause where the ladder made more of it than its highest member. */
export function rollupWhy(words: Words, view: RollupView, points: number): string {
  const { t, language } = words;
  const parts: string[] = [];
  const { level, clause, byCarry, unknown, worstIfUnknown } = view;
  if (level !== null && rankOf(level) > rankOf(highestOf(view))) {
    const counts = countsText(words, view.counts);
    parts.push(t("section.lifted", { counts, level: t(`level.${level}`), clause: clause ?? "" }));
  }
  if (byCarry !== null) parts.push(t("section.byCarry", { level: t(`level.${byCarry}`) }));
  if (unknown > 0) {
    const worst = worstIfUnknown === null ? "" : t("section.worstIf", { level: t(`level.${worstIfUnknown}`) });
    parts.push(t("section.unknown", { count: unknown }) + worst);
  }
  if (view.outOfService > 0) parts.push(t("site.outOfService", { count: view.outOfService, points }));
  return parts.join(language.value === "zh" ? "；" : "; ");
}

/** The rows of a pond's items, in the plan's order. */
export function itemRows(
  items: readonly Item[],
  views: ReadonlyMap<string, RollupView>,
  read: Read,
  words: Words,
  now: number,
): readonly ItemRow[] {
  return items.map((item) => {
    const view = views.get(item.id) ?? null;
    return {
      item,
      view,
      worst: worstReading(item, read, now),
      why: view === null ? "" : rollupWhy(words, view, item.points.length),
    };
  });
}
