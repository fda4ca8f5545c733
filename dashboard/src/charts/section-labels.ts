// The fixed rows of labels above the crest: each stands clear of every other, tied by a line to what it tells of.
import type { Level } from "../../../contract/level.ts";

/** What a label says, in one or two lines. */
export interface LabelText {
  readonly lines: readonly string[];
  /** The level that the point has on: drawn as its shape before the text. */
  readonly level: Level | null;
  /** The value may not be shown as live. */
  readonly isOld: boolean;
  /** How the value may be shown; the worst one where there are two, none where there is no value. */
  readonly freshness?: string | undefined;
}

/** A label on the drawing. */
export interface Label extends LabelText {
  readonly key: string;
  /** The upper left corner, and the size. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** The line from the label to its place, as an SVG path. */
  readonly leader: string;
}

/** Height of a line of text. */
export const lineHeightPx = 22;
/** Room for a level's shape before the text. */
export const shapePx = 22;
const gapPx = 10;
const wide = /[\u2190-\u21ff\u2e80-\u9fff\uff00-\uffef\u00b7]/u;
const broad = /[mwMW%@]/u;
const narrow = /[\s.,:;'|ijltI\u2009]/u;

/** How wide a text is at 18 px, a little more rather than less: the layout must not wait for a browser. */
export function textWidth(text: string): number {
  let width = 0;
  for (const sign of text) width += wide.test(sign) ? 18.5 : broad.test(sign) ? 17 : narrow.test(sign) ? 6 : 11;
  return width;
}

/** How wide a label is. */
export function labelWidth({ lines, level }: LabelText): number {
  return Math.ceil(Math.max(...lines.map(textWidth))) + (level === null ? 0 : shapePx);
}

/** What is to stand in a row: as near to `at` as its neighbours allow. */
export interface RowEntry {
  readonly at: number;
  readonly width: number;
}

/** The left edges of the entries of a row between two bounds, in their order; null where they cannot all stand there. */
export function placeRow(entries: readonly RowEntry[], from: number, to: number): readonly number[] | null {
  const total = entries.reduce((sum, { width }) => sum + width, 0) + gapPx * Math.max(0, entries.length - 1);
  if (total > to - from) return null;
  const lefts: number[] = [];
  let free = from;
  for (const { at, width } of entries) {
    const left = Math.max(free, at - width / 2);
    lefts.push(left);
    free = left + width + gapPx;
  }
  // What was pushed beyond the right bound is pushed back, from the last to the first.
  let bound = to;
  for (let nth = entries.length - 1; nth >= 0; nth -= 1) {
    const width = entries[nth]?.width ?? 0;
    lefts[nth] = Math.min(lefts[nth] ?? 0, bound - width);
    bound = (lefts[nth] ?? 0) - gapPx;
  }
  return lefts;
}

/** A label that is wanted over a place; `short` where the text has no room. */
export interface WantedLabel {
  readonly key: string;
  readonly text: LabelText;
  readonly short: LabelText;
  readonly at: number;
  /** Where the leader ends. */
  readonly downTo: number;
}

/** The labels of a row: in full, else all short, else without the last ones. */
export function rowOf(wanted: readonly WantedLabel[], from: number, to: number, y: number): readonly Label[] {
  if (wanted.length === 0) return [];
  for (const choice of ["text", "short"] as const) {
    const placed = placeRow(
      wanted.map((label) => ({ at: label.at, width: labelWidth(label[choice]) })),
      from,
      to,
    );
    if (placed === null) continue;
    return wanted.map((label, nth) => {
      const text = label[choice];
      const x = placed[nth] ?? from;
      const width = labelWidth(text);
      const height = lineHeightPx * text.lines.length;
      const foot = Math.min(Math.max(label.at, x + 4), x + width - 4);
      const bottom = y + height + 2;
      const leader = `M${foot.toFixed(1)},${bottom}L${label.at.toFixed(1)},${bottom + 8}V${label.downTo.toFixed(1)}`;
      return { ...text, key: label.key, x, y, width, height, leader };
    });
  }
  return rowOf(wanted.slice(0, -1), from, to, y);
}

/** True where two labels cover one another. */
export function isOverlap(a: Label, b: Label): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
