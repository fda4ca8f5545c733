// A tailings pond: water balance, decant weir with blockage, and the beach and freeboard that the level leaves.

const GRAVITY = 9.81;

/** What a pond is; the set of domain study §7.5 describes a grade-4 pond. */
export interface PondGeometry {
  /** Lowest beach crest, m. */
  readonly crestM: number;
  /** Sill of the decant inlet, m. */
  readonly sillM: number;
  /** The level at which `areaM2` was surveyed, m. */
  readonly surveyM: number;
  readonly areaM2: number;
  /** Width of the waterline along the dam: how much area a metre of beach is. */
  readonly widthM: number;
  /** Beach slope, rise over run. */
  readonly slope: number;
  readonly catchmentM2: number;
  readonly runoffCoefficient: number;
  /** Time constant of the linear reservoir between rain and inflow. */
  readonly runoffLagS: number;
  readonly weirWidthM: number;
  /** Weir coefficient m in `Q = m·b·√(2g)·H^1.5`. */
  readonly weirCoefficient: number;
}

/** What acts on the pond during one step. */
export interface PondInput {
  readonly rainMmPerHour: number;
  /** Slurry water minus seepage and evaporation, m³/s. */
  readonly netFeedM3s: number;
  /** 0 open, 1 wholly blocked. */
  readonly blockage: number;
}

/** The free discharge of the decant at a level, m³/s. */
export function decantFlowM3s(geometry: PondGeometry, levelM: number, blockage: number): number {
  const head = Math.max(0, levelM - geometry.sillM);
  return (1 - blockage) * geometry.weirCoefficient * geometry.weirWidthM * Math.sqrt(2 * GRAVITY) * head ** 1.5;
}

/** The level at which the open decant carries just this flow, m. */
export function equilibriumLevelM(geometry: PondGeometry, flowM3s: number): number {
  const factor = geometry.weirCoefficient * geometry.weirWidthM * Math.sqrt(2 * GRAVITY);
  return geometry.sillM + (Math.max(0, flowM3s) / factor) ** (2 / 3);
}

/** Free height between water and crest, m; below zero the pond overtops. */
export function freeboardM(geometry: PondGeometry, levelM: number): number {
  return geometry.crestM - levelM;
}

/** Dry beach, m: a tenth of a metre of water takes ten metres of beach at a slope of 1 %. */
export function dryBeachM(geometry: PondGeometry, levelM: number): number {
  return freeboardM(geometry, levelM) / geometry.slope;
}

/** A pond with its level. */
export interface Pond {
  readonly levelM: () => number;
  /** Discharge of the decant during the last step, m³/s. */
  readonly decantM3s: () => number;
  readonly runoffM3s: () => number;
  readonly step: (dtS: number, input: PondInput) => void;
}

/** Builds a pond; explicit Euler, so steps of a minute or less. */
export function createPond(geometry: PondGeometry, startLevelM: number): Pond {
  let level = startLevelM;
  let runoff = 0;
  let decant = 0;
  return {
    levelM: () => level,
    decantM3s: () => decant,
    runoffM3s: () => runoff,
    step: (dtS, input) => {
      const rainMs = input.rainMmPerHour / 1000 / 3600;
      const target = geometry.runoffCoefficient * rainMs * geometry.catchmentM2;
      runoff += ((target - runoff) * dtS) / geometry.runoffLagS;
      // Never below a tenth of the surveyed area: the far end of the pond is steep ground, not beach.
      const wet = geometry.areaM2 + (geometry.widthM * (level - geometry.surveyM)) / geometry.slope;
      const area = Math.max(geometry.areaM2 / 10, wet);
      decant = decantFlowM3s(geometry, level, input.blockage);
      level += ((runoff + rainMs * area + input.netFeedM3s - decant) * dtS) / area;
    },
  };
}
