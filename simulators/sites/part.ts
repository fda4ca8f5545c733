// What the parts of a simulated site share: how they are moved, read and disturbed, and where a value is calm.
import type { Level } from "../../contract/level.ts";
import type { Point } from "../../contract/plant.ts";
import type { Breakage } from "../faults.ts";
import type { Random } from "../physics/random.ts";

/** Something that happens to a site. Points are named by their codes. */
export type Action =
  | {
      readonly do: "leak";
      /** The detector nearest to the leak, and the concentration there in its unit. */
      readonly point: string;
      readonly target: number;
      readonly sourceTauS: number;
      readonly delayS: number;
      readonly t90S: number;
      /** What other detectors get of it, as a share of the target. */
      readonly neighbours: Readonly<Record<string, number>>;
    }
  | {
      /** Propane from a small hole into the open air, blown over the detectors by a gusty wind. */
      readonly do: "plume";
      readonly holeMm: number;
      /** Absolute pressure behind the hole. */
      readonly pressureMPa: number;
      readonly windMs: number;
      /** Standard deviation of the logarithm of the gusts. */
      readonly gustSigma: number;
      readonly meanderDeg: number;
      readonly t90S: number;
      /** How far downwind of the hole each detector stands, m. */
      readonly downwindM: Readonly<Record<string, number>>;
    }
  | { readonly do: "stopLeak" }
  | { readonly do: "rain"; readonly totalMm: number; readonly hours: number; readonly peakAt: number }
  | { readonly do: "blockDecant"; readonly blockage: number }
  | {
      readonly do: "creep";
      readonly startMmPerDay: number;
      readonly failureDays: number;
      /** How much of it each mark moves; empty: all of them move all of it. */
      readonly shares: Readonly<Record<string, number>>;
    }
  | { readonly do: "rainStep"; readonly startMmPerDay: number; readonly recessionDays: number }
  /** The marks are set anew after they moved: what they show begins again. */
  | { readonly do: "resurvey" }
  | { readonly do: "piping"; readonly tauHours: number; readonly depthDropM: number }
  | { readonly do: "stopPiping" }
  | {
      /** A receipt (or, below zero, a delivery) at one tank, from `fromPercent` on where that is told. */
      readonly do: "fill";
      readonly point: string;
      readonly flowM3h: number;
      readonly fromPercent: number | null;
    }
  | { readonly do: "stopFill" }
  | { readonly do: "loseCooling" }
  | { readonly do: "quench" }
  | {
      readonly do: "break";
      /** A point code, or `*` for every point of the site. */
      readonly point: string;
      readonly breakage: Breakage;
      readonly forMs: number;
    }
  | {
      /** The whole site is off the air; what it measures meanwhile is sent afterwards, or lost. */
      readonly do: "outage";
      readonly forMs: number;
      readonly isBackfilled: boolean;
    };

/** The weather as the other parts feel it. */
export interface Weather {
  readonly airC: () => number;
  readonly rainMmPerHour: () => number;
  /** Rain of the last so many hours, mm. */
  readonly rainSumMm: (hours: number) => number;
}

/** One part of a site: some physics and the points that look at it. Times are simulated epoch ms. */
export interface Part {
  readonly step: (atMs: number, dtS: number) => void;
  /** What the instrument shows, unrounded; undefined where the point is none of this part's. */
  readonly read: (point: Point, random: Random, atMs: number) => number | undefined;
  readonly act: (action: Action, atMs: number) => void;
}

/** Rounds to a step and drops the tail that binary fractions leave. */
export function roundTo(value: number, resolution: number, decimals: number): number {
  return Number((Math.round(value / resolution) * resolution).toFixed(decimals));
}

/** Between these a point is in nobody's alarm; null where no limit stands on that side. */
export interface Band {
  readonly low: number | null;
  readonly high: number | null;
}

/** The setpoint of one level in one direction, newest version, on the value itself; undefined where there is none. */
export function setpointOf(point: Point, direction: "high" | "low", level: Level): number | undefined {
  const conditions = point.rules
    .filter((rule) => rule.direction === direction)
    .flatMap((rule) => rule.versions.at(-1)?.levels[level] ?? []);
  const setpoints = conditions.filter(({ kind }) => kind === "limit").map((limit) => limit.setpoint);
  if (setpoints.length === 0) return undefined;
  return direction === "high" ? Math.min(...setpoints) : Math.max(...setpoints);
}

function extremes(point: Point, direction: "high" | "low"): readonly number[] {
  const sign = direction === "high" ? -1 : 1;
  return (
    point.rules
      .filter((rule) => rule.direction === direction)
      .flatMap((rule) => rule.versions.flatMap((version) => Object.values(version.levels).flat()))
      // A rate, a sum or a combination says nothing of where the value may rest.
      .filter(({ kind }) => kind === "limit")
      .map((limit) => limit.setpoint + sign * limit.deadband)
  );
}

/** The band in which no level of any version of the point's rules is on, deadbands kept clear of. */
export function calmBand(point: Point): Band {
  const high = extremes(point, "high");
  const low = extremes(point, "low");
  return { low: low.length === 0 ? null : Math.max(...low), high: high.length === 0 ? null : Math.min(...high) };
}
