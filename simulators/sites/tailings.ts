// A tailings pond with its dam: the geometry is read off the point's own limits, so that normal life is normal there.
import type { Level } from "../../contract/level.ts";
import type { Point } from "../../contract/plant.ts";
import { createPond, dryBeachM, equilibriumLevelM, freeboardM, type PondGeometry } from "../physics/pond.ts";
import { createDam } from "./dam.ts";
import { calmBand, setpointOf, type Part, type Weather } from "./part.ts";

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

/** Builds the pond and the dam of a site. */
export function createTailings(points: readonly Point[], weather: Weather, startMs: number): Part {
  const { geometry, usualLevelM, feedM3s } = pondSettingOf(points);
  const pond = createPond(geometry, usualLevelM);
  const dam = createDam(points, weather, startMs);
  let blockage = 0;
  return {
    step: (atMs, dtS) => {
      pond.step(dtS, { rainMmPerHour: weather.rainMmPerHour(), netFeedM3s: feedM3s, blockage });
      dam.step(atMs, dtS, pond.levelM() - usualLevelM);
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
        default:
          return dam.read(point, random, atMs);
      }
    },
    act: (action, atMs) => {
      if (action.do === "blockDecant") blockage = action.blockage;
      dam.act(action, atMs);
    },
  };
}
