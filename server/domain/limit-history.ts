// The limits of a time gone by: which version of a rule was in force when, and what it said then (semantics §2).
import type { Level } from "../../contract/level.ts";
import type { Point, Rule, RuleVersion } from "../../contract/plant.ts";
import type { LimitSpan } from "../../contract/series.ts";

/** Versions with the times that they were in force: the newest whose valid-from is not after; of two at once, the later one. */
function spansOf({ versions }: Rule, from: number, to: number) {
  const starts = [...new Set(versions.map(({ validFrom }) => validFrom))].toSorted((a, b) => a - b);
  return starts.flatMap((start, place) => {
    const version = versions.findLast(({ validFrom }) => validFrom === start) as RuleVersion;
    const [begin, end] = [Math.max(from, start), Math.min(to, starts[place + 1] ?? to)];
    return begin >= end ? [] : [{ version, from: begin, to: end }];
  });
}

/** The limits on the value of a point in a time, each for as long as it held; rates and sums have no line on its axis. */
export function limitSpansOf(point: Pick<Point, "rules">, from: number, to: number): readonly LimitSpan[] {
  return point.rules.flatMap((rule) => {
    const { direction, id } = rule;
    if (direction === "none") return [];
    return spansOf(rule, from, to).flatMap((span) =>
      Object.entries(span.version.levels).flatMap(([level, conditions]) =>
        conditions
          .filter(({ kind }) => kind === "limit")
          .map(({ setpoint }) => ({
            rule: id,
            version: span.version.version,
            level: level as Level,
            direction,
            setpoint,
            from: span.from,
            to: span.to,
          })),
      ),
    );
  });
}
