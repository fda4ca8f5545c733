// The gas detectors of a site: which points they are, how they are scaled, and in which order they stand.
import type { AlarmView } from "../../../../contract/alarm.ts";
import { rankOf, type Level } from "../../../../contract/level.ts";
import type { Point, Tier } from "../../../../contract/plant.ts";
import { shownLevel } from "../../duty.ts";
import type { Freshness, ShownValue } from "../../latest.ts";
import { limitsInForce } from "../../plan-index.ts";

/** What is measured in these units is a concentration in air. */
const gasUnits = new Set(["%LEL", "ppm", "mg/m³", "%VOL"]);

/** True for a gas detector. */
export function isGas(point: Point): boolean {
  return gasUnits.has(point.unit);
}

/** What a full bar means: 50 %LEL, or the lowest red limit, else the operator's range. */
export function fullScale(point: Point, now: number): number {
  if (point.unit === "%LEL") return 50;
  const reds = limitsInForce(point, now).filter(({ level, direction }) => level === "red" && direction === "high");
  return reds.length === 0 ? point.range.operator[1] : Math.min(...reds.map(({ setpoint }) => setpoint));
}

/** One detector in the grid. */
export interface GasCell {
  readonly point: Point;
  readonly shown: ShownValue;
  /** The open process alarm on it. */
  readonly alarm: AlarmView | null;
  readonly level: Level | null;
  /** How much of the bar is full, 0 to 1; 0 where no value may be shown. */
  readonly share: number;
}

// At the same level what cannot be trusted comes before what is known to be quiet.
const doubtRank: Readonly<Record<Freshness, number>> = {
  live: 0,
  unverified: 1,
  stale: 2,
  none: 3,
  offline: 3,
  bad: 4,
};

/** The detectors, the worst first, then by code: values do not order them, or the grid would never stand still. */
export function gasCells(
  points: readonly Point[],
  alarms: readonly AlarmView[],
  latest: (pointId: string) => ShownValue,
  tier: Tier,
  now: number,
): readonly GasCell[] {
  const cells = points.filter(isGas).map((point): GasCell => {
    const alarm = alarms.find((each) => !each.isData && each.source.id === point.id) ?? null;
    const shown = latest(point.id);
    const value = shown.freshness === "bad" ? null : (shown.latest?.value ?? null);
    return {
      point,
      shown,
      alarm,
      level: alarm === null ? null : shownLevel(alarm, tier),
      share: value === null ? 0 : Math.min(1, Math.max(0, value / fullScale(point, now))),
    };
  });
  return cells.toSorted(
    (a, b) =>
      rankOf(b.level) - rankOf(a.level) ||
      doubtRank[b.shown.freshness] - doubtRank[a.shown.freshness] ||
      (a.point.code < b.point.code ? -1 : 1),
  );
}
