// The last day of a gateway as it is drawn and as it is said: quarter hours by height, and how many of them were whole.
import type { DayStrip } from "../../../../contract/liveness.ts";
import { stripCellMs } from "../../../../contract/liveness.ts";
import { formatPercent } from "../../text/number.ts";
import { formatDateTime } from "../../text/time.ts";
import type { Words } from "../../text/words.ts";

/** Of a gateway that has just gone. */
export const noDay: DayStrip = { until: 0, cells: "" };

const heights: Readonly<Record<string, number>> = { w: 12, p: 6, n: 2 };

/** A run of quarter hours of one height; of what is unknown there is none. */
export interface Bar {
  readonly from: number;
  readonly count: number;
  readonly height: number;
}

/** The bars of a day, left to right: one element for a run of equals, so that a thousand rows stay light. */
export function barsOf({ cells }: DayStrip): readonly Bar[] {
  const runs = [...cells.matchAll(/(.)\1*/gu)];
  return runs.flatMap(({ index, 0: run }) => {
    const height = heights[run.charAt(0)];
    return height === undefined ? [] : [{ from: index, count: run.length, height }];
  });
}

/** Quarter hours by what they were. */
export interface DayCount {
  readonly whole: number;
  readonly partial: number;
  readonly none: number;
  readonly known: number;
}

/** Counts them. */
export function countDay({ cells }: DayStrip): DayCount {
  const of = (letter: string): number => cells.split(letter).length - 1;
  const [whole, partial, none] = [of("w"), of("p"), of("n")];
  return { whole, partial, none, known: whole + partial + none };
}

/** The share of whole quarter hours, for the eye and for who cannot see the strip. */
export function dayText({ t }: Pick<Words, "t">, day: DayStrip): string {
  const { whole, partial, none, known } = countDay(day);
  if (known === 0) return t("gateways.day.unknown");
  return t("gateways.day.text", { share: formatPercent(whole, known), whole, known, partial, none });
}

/** When a quarter hour began and ended, and what it was: by its place from the oldest, 0 to 95. */
export function cellText({ t }: Pick<Words, "t">, { cells, until }: DayStrip, nth: number): string {
  const from = until - (cells.length - nth) * stripCellMs;
  const names: Readonly<Record<string, "whole" | "partial" | "none">> = { w: "whole", p: "partial", n: "none" };
  return `${formatDateTime(from)} · ${t(`gateways.day.${names[cells.charAt(nth)] ?? "unheard"}`)}`;
}
