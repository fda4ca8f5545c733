// How an alarm did against what is known to have happened: what it found, and how often it cried for nothing.
import type { On } from "./own-kind.ts";

/** A time in which something happened, event time. */
export type Span = readonly [from: number, to: number];

/** What came of it. */
export interface Found {
  /** Spans in which the level was on at some time. */
  readonly on: number;
  /** Those among them in which it went on: not on already from something before. */
  readonly raised: number;
  readonly of: number;
  /** How often it was on and none of the spans touched it. */
  readonly false: number;
}

/** Holds the times at which a level was on against the spans. */
export function found(on: readonly On[], spans: readonly Span[]): Found {
  const touches = ({ from, to }: On, [begin, end]: Span): boolean => from <= end && to >= begin;
  const begins = ({ from }: On, [begin, end]: Span): boolean => from >= begin && from <= end;
  return {
    on: spans.filter((span) => on.some((one) => touches(one, span))).length,
    raised: spans.filter((span) => on.some((one) => begins(one, span))).length,
    of: spans.length,
    false: on.filter((one) => !spans.some((span) => touches(one, span))).length,
  };
}
