// A tailings pond with its dam: the geometry is read off the point's own limits, so that normal life is normal there.
import type { Level } from "../../contract/level.ts";
import type { Point } from "../../contract/plant.ts";
import { creepDisplacement, gnssError, type Creep } from "../physics/displacement.ts";
import { createPhreatic, type Phreatic } from "../physics/phreatic.ts";
import { createPond, dryBeachM, equilibriumLevelM, freeboardM, type PondGeometry } from "../physics/pond.ts";
import { calmBand, setpointOf, type Part, type Weather } from "./part.ts";

const DAY_MS = 86_400_000;
/**
 * The pond's usual water lies this far below its blue level: ten times what a shower of normal life adds, and on the
 * demo's grade-4 pond just the 2.5 m below the crest that domain study §7.5 starts its storms from.
 */
const USUAL_BELOW_BLUE_M = 0.5;
const SLOPE = 0.01;

/** A pond in normal life. */
export interface PondSetting {
  readonly geometry: PondGeometry;
  readonly usualLevelM: number;
  /** Slurry water that the decant carries away day by day, m³/s. */
  readonly feedM3s: number;
}

function setpoints(points: readonly Point[], kind: string, direction: "high" | "low", level: Level): readonly number[] {
  return points
    .filter((point) => point.kind === kind)
    .map((point) => setpointOf(point, direction, level))
    .filter((value) => value !== undefined);
}

/**
 * The setting that fits a site's limits. The crest is where the red limits of level, freeboard and beach meet, or
 * higher where else normal life would violate a blue one. Area, catchment and weir are the grade-4 set of domain
 * study §7.5: the plan does not name them.
 */
export function pondSettingOf(points: readonly Point[]): PondSetting {
  const [blueLevel = 118] = setpoints(points, "pond_level", "high", "blue");
  const usual = blueLevel - USUAL_BELOW_BLUE_M;
  const redLevel = setpoints(points, "pond_level", "high", "red");
  const redFree = [
    ...setpoints(points, "freeboard", "low", "red"),
    ...setpoints(points, "dry_beach", "low", "red").map((beach) => beach * SLOPE),
  ];
  const calmFree = [
    ...setpoints(points, "freeboard", "low", "blue"),
    ...setpoints(points, "dry_beach", "low", "blue").map((beach) => beach * SLOPE),
  ];
  const crestM = Math.max(
    redLevel.length === 0 ? usual + 2.5 : Math.max(...redLevel) + Math.max(0.5, ...redFree),
    ...calmFree.map((free) => usual + free * 1.05 + 0.2),
  );
  const lowFlow = points.filter((point) => point.kind === "decant_flow").map((point) => calmBand(point).low ?? 0);
  const feedM3s = Math.max(0.02, ...lowFlow.map((flow) => flow * 1.5));
  const shape: PondGeometry = {
    crestM,
    sillM: 0,
    surveyM: usual,
    areaM2: 60_000,
    widthM: 250,
    slope: SLOPE,
    catchmentM2: 600_000,
    runoffCoefficient: 0.85,
    runoffLagS: 3600,
    weirWidthM: 3,
    weirCoefficient: 0.4,
  };
  // The sill lies just so low that the open decant carries the slurry water at the usual level.
  return { geometry: { ...shape, sillM: usual - equilibriumLevelM(shape, feedM3s) }, usualLevelM: usual, feedM3s };
}

function createLines(points: readonly Point[]): ReadonlyMap<string, Phreatic> {
  return new Map(
    points
      .filter((point) => point.kind === "phreatic_depth")
      .map((point, index) => {
        const floor = calmBand(point).low ?? 3;
        // 15 % and 0.6 m clear of blue; the piezometers nearer to the crest lie deeper and answer sooner.
        const usualDepthM = floor * 1.15 + 0.6 + 0.25 * index;
        const tauS = (10 - 2 * Math.min(index, 4)) * 86_400;
        return [point.id, createPhreatic({ usualDepthM, risePerPondM: 0.3, risePerRainMm: 0.002, tauS })];
      }),
  );
}

/** Where a GNSS mark stands and how much it sways, by point id; scaled down where its limits are tight. */
function createMarks(
  points: readonly Point[],
): ReadonlyMap<string, { readonly atMm: number; readonly sigmaMm: number }> {
  const marks = points.filter((point) => point.kind.startsWith("disp_"));
  return new Map(
    marks.map((point) => {
      const first = calmBand(point).high ?? 50;
      const sigmaMm = Math.min(point.kind.startsWith("disp_v") ? 3 : 2, first / 20);
      return [point.id, { atMm: first * 0.3, sigmaMm }] as const;
    }),
  );
}

/** Builds the pond and the dam of a site. */
export function createTailings(points: readonly Point[], weather: Weather, startMs: number): Part {
  const { geometry, usualLevelM, feedM3s } = pondSettingOf(points);
  const pond = createPond(geometry, usualLevelM);
  const lines = createLines(points);
  const marks = createMarks(points);
  let blockage = 0;
  let creep: { readonly law: Creep; readonly startMs: number } | null = null;
  const crept = (atMs: number): number => {
    // Steady creep of 0.01 mm/d; a failing slope stops being measured shortly before it fails.
    const steady = ((atMs - startMs) / DAY_MS) * 0.01;
    if (creep === null) return steady;
    const days = Math.min((atMs - creep.startMs) / DAY_MS, creep.law.failureDays * 0.999);
    return steady + creepDisplacement(creep.law, days);
  };
  return {
    step: (_atMs, dtS) => {
      pond.step(dtS, { rainMmPerHour: weather.rainMmPerHour(), netFeedM3s: feedM3s, blockage });
      const rise = pond.levelM() - usualLevelM;
      const rain = lines.size === 0 ? 0 : weather.rainSumMm(24);
      for (const line of lines.values()) line.step(dtS, rise, rain);
    },
    read: (point, random, atMs) => {
      switch (point.kind) {
        case "pond_level":
          return pond.levelM() + 0.003 * random.gauss();
        case "freeboard":
          return freeboardM(geometry, pond.levelM()) + 0.003 * random.gauss();
        case "dry_beach":
          return dryBeachM(geometry, pond.levelM()) + 0.3 * random.gauss();
        case "decant_flow":
          return Math.max(0, pond.decantM3s() * (1 + 0.01 * random.gauss()));
        case "phreatic_depth":
          return (lines.get(point.id)?.depthM() ?? 0) + 0.005 * random.gauss();
        case "disp_h_cum":
        case "disp_v_cum": {
          const { atMm, sigmaMm } = marks.get(point.id) ?? { atMm: 0, sigmaMm: 2 };
          // A slope that slides settles half as much as it moves out.
          const moved = crept(atMs) * (point.kind === "disp_h_cum" ? 1 : 0.5);
          return atMm + moved + gnssError(atMs, sigmaMm, sigmaMm / 2, random.gauss);
        }
        default:
          return undefined;
      }
    },
    act: (action, atMs) => {
      if (action.do === "blockDecant") blockage = action.blockage;
      if (action.do === "creep") creep = { law: action, startMs: atMs };
    },
  };
}
