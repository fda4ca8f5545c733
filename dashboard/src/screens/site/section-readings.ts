// What the instruments of a section say now: value, level and freshness, and how badly a section stands.
import type { AlarmView } from "../../../../contract/alarm.ts";
import type { Section } from "../../../../contract/drawing.ts";
import { higher, rankOf, type Level } from "../../../../contract/level.ts";
import type { Point } from "../../../../contract/plant.ts";
import type { ShownValue } from "../../latest.ts";
import { limitsInForce } from "../../plan-index.ts";

/** A point as it stands now. */
export interface Reading {
  readonly point: Point;
  readonly shown: ShownValue;
  /** The highest level that it has on, by the server's judgement. */
  readonly level: Level | null;
  /** The last value that may be shown at all, fresh or not; none beyond the sensor's range. */
  readonly value: number | null;
  /** Of now, if perhaps suspect. */
  readonly isLive: boolean;
  /** Live and good: only then may a line be drawn through it as measured. */
  readonly isGood: boolean;
}

/** Reads a point; null where the plan names none. */
export type Read = (pointId: string | undefined) => Reading | null;

/** The highest process level that each point has on. */
export function levelsOn(alarms: Iterable<AlarmView>): ReadonlyMap<string, Level> {
  const levels = new Map<string, Level>();
  for (const { source, isData, level, latchedLevel } of alarms) {
    const on = higher(level, latchedLevel);
    if (source.kind !== "point" || isData || on === null) continue;
    levels.set(source.id, higher(on, levels.get(source.id) ?? null) ?? on);
  }
  return levels;
}

/** A point with what is known of it. */
export function readingOf(point: Point, shown: ShownValue, level: Level | null): Reading {
  const { latest, freshness } = shown;
  const isUsable = freshness !== "bad" && latest !== null && latest.value !== null && latest.quality !== "saturated";
  const isLive = isUsable && freshness === "live";
  const isGood = isLive && (latest.quality === "good" || latest.quality === "unknown");
  return { point, shown, level, value: isUsable ? latest.value : null, isLive, isGood };
}

/** The limits of a reading's point on one side, at one level. */
export function setpointOf(
  { point }: Reading,
  level: Level,
  direction: "high" | "low",
  now: number,
): number | undefined {
  const found = limitsInForce(point, now).filter((limit) => limit.level === level && limit.direction === direction);
  const setpoints = found.map(({ setpoint }) => setpoint);
  if (setpoints.length === 0) return undefined;
  return direction === "high" ? Math.min(...setpoints) : Math.max(...setpoints);
}

/** How far a value is from its nearest limit, as a share of the way from that limit to the middle of its range; less is worse. */
export function marginOf(reading: Reading, now: number): number {
  const { point, value } = reading;
  if (value === null) return Infinity;
  const [low, high] = point.range.operator;
  const margins = limitsInForce(point, now).map(({ setpoint, direction }) => {
    const room = Math.abs(setpoint) > 0 ? Math.abs(setpoint) : high - low;
    return (direction === "high" ? setpoint - value : value - setpoint) / room;
  });
  return Math.min(Infinity, ...margins);
}

/**
 * The sections of a dam, the worst first: by the highest level of its pipes and marks, then by the least margin of
 * its pipes. Rounded, so that the noise of an instrument does not shuffle them.
 */
export function worstFirst(sections: readonly Section[], read: Read, now: number): readonly Section[] {
  const badness = (section: Section): readonly [rank: number, margin: number] => {
    const pipes = section.piezometers.map(({ point }) => read(point));
    const marks = section.marks.flatMap(({ horizontal, vertical }) => [read(horizontal), read(vertical)]);
    const rank = Math.max(0, ...[...pipes, ...marks].map((reading) => rankOf(reading?.level ?? null)));
    const margin = Math.min(
      Infinity,
      ...pipes.map((reading) => (reading === null ? Infinity : marginOf(reading, now))),
    );
    return [rank, Math.round(margin * 10)];
  };
  const known = new Map(sections.map((section) => [section, badness(section)] as const));
  return sections.toSorted((a, b) => {
    const [rankA, marginA] = known.get(a) ?? [0, 0];
    const [rankB, marginB] = known.get(b) ?? [0, 0];
    return rankB - rankA || (marginA === marginB ? 0 : marginA - marginB);
  });
}

/** True where beach and freeboard tell of different water: they differ by more than 20 % (wall.md §14). */
export function isBeachAtOdds(slope: number, beach: number, freeboard: number): boolean {
  // Water over the crest leaves no beach; below half a decimetre a share says nothing.
  const free = Math.max(0, freeboard);
  return Math.abs(beach * slope - free) > 0.2 * Math.max(free, 0.05);
}
