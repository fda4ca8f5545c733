// Has a point stopped reporting, and how bad is that by now: link age against the point's ladder (semantics §6).
import { levels, type Level } from "../../../contract/level.ts";
import type { Point } from "../../../contract/plant.ts";

/** A point never heard becomes silent after this at the earliest. */
const neverHeardMs = 600_000;

/** After how long without a message (ms, exclusive) which level holds; lowest first. */
export type SilenceLadder = readonly { readonly level: Level; readonly afterMs: number }[];

/** When a point that speaks so rarely counts as silent. */
export type Expected = Pick<Point, "silentAfterMs" | "silence">;

/** The ladder of a point: silent after `silentAfterMs` at the lowest level, higher ones as its kind says. */
export function silenceLadder(point: Expected, isEverHeard: boolean): SilenceLadder {
  const atLeast = isEverHeard ? point.silentAfterMs : Math.max(point.silentAfterMs, neverHeardMs);
  const named = levels.flatMap((level) => {
    const afterMs = level === "blue" ? point.silentAfterMs : point.silence[level];
    return afterMs === undefined ? [] : [{ level, afterMs: Math.max(afterMs, atLeast) }];
  });
  return named;
}

/** The level after so long without a message; null while that is still usual. */
export function silenceLevel(ladder: SilenceLadder, ageMs: number): Level | null {
  return ladder.findLast(({ afterMs }) => ageMs > afterMs)?.level ?? null;
}

/** The first age, in whole ms, at which the level would be another than after `ageMs`; null when none is left. */
export function nextSilenceAge(ladder: SilenceLadder, ageMs: number): number | null {
  const next = ladder.find(({ afterMs }) => ageMs <= afterMs);
  return next === undefined ? null : next.afterMs + 1;
}
