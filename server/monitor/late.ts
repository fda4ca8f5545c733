// What late samples have touched of a point, until an amendment has judged it in order (semantics §7).
import type { AmendmentInput } from "../../contract/input.ts";
import type { CompiledPoint } from "./plant.ts";
import type { MonitorState } from "./state.ts";
import type { Turn } from "./turn.ts";

/** The span of one point that late samples have touched. Never changed in place, so that another one tells of news. */
export interface LateSpan {
  /** The oldest late sample, event time. */
  readonly from: number;
  /** Since when it waits, and when the last late sample came, server time; and the number of the input that brought it. */
  readonly sinceAt: number;
  readonly lastAt: number;
  readonly lastNumber: number;
  /** Without a late sample for so long it is judged. */
  readonly restMs: number;
}

/** No late sample for so long: what was on its way has come (semantics §7). */
const restMs = 600_000;
/** Where late samples never end, the span is judged once a day all the same. */
const mostWaitMs = 86_400_000;
/** What is older than this is stored and no more (design): a journal of weeks is not read again for one sample. */
const mostAgeMs = 7 * 86_400_000;

/** Notes that a sample of the point was not judged in its place. */
export function noteLate({ state, at, number }: Turn, { point, rules }: CompiledPoint, sourceAt: number): void {
  if (rules.length === 0 || at - sourceAt > mostAgeMs) return;
  const known = state.late.get(point.id);
  state.late.set(point.id, {
    from: Math.min(known?.from ?? sourceAt, sourceAt),
    sinceAt: known?.sinceAt ?? at,
    lastAt: at,
    lastNumber: number,
    restMs,
  });
}

/** The points whose late samples wait for an amendment, with their spans. */
export function ripeSpans({ late }: Readonly<MonitorState>, now: number): readonly (readonly [string, LateSpan])[] {
  return [...late].filter(([, span]) => now >= Math.min(span.lastAt + span.restMs, span.sinceAt + mostWaitMs));
}

/** Takes note that a span was judged in order: it is done, or what came meanwhile, or still differs, is judged again. */
export function settleLate({ late }: MonitorState, input: AmendmentInput): void {
  const { point, at, readTo, isSettled } = input;
  const span = late.get(point);
  if (span === undefined) return;
  if (span.lastNumber > readTo) late.set(point, { ...span, sinceAt: at });
  else if (isSettled || at - span.from > mostAgeMs) late.delete(point);
  // A limit may stand otherwise for days, inside its deadband: it is looked at ever more seldom.
  else late.set(point, { ...span, sinceAt: at, lastAt: at, restMs: Math.min(2 * span.restMs, mostWaitMs) });
}
