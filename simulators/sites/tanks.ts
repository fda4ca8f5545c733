// The tanks of a site: batches come in and go out, so that the levels move but stay inside their working band; a scenario
// may overfill one. Instruments of one tank bear one number: LT-101, its high-high switch LS-101, its pressure PT-101.
import type { Point } from "../../contract/plant.ts";
import { createRandom, seedOf, type Random } from "../physics/random.ts";
import { createTankHeat, propanePressureMPa, type TankHeat } from "../physics/heat.ts";
import { createSlosh, createTank, swellPercent } from "../physics/tank.ts";
import { seasonalMeanC } from "../physics/ambient.ts";
import { calmBand, setpointOf, type Part, type Weather } from "./part.ts";

/** Kept between a working level and the nearest limit, % of the critical height. */
const MARGIN_PERCENT = 8;
/** Kept between a tank's usual temperature and its nearest limit, °C: the daily swing with its noise is below 4. */
const MARGIN_C = 5;
const HEIGHT_M = 12;
const SLOSH_MM = 5;
const NOISE_MM = 2;
/** The high-high switch lets go this far below where it trips, % of the critical height. */
const SWITCH_GAP_PERCENT = 1;
const USUAL_HIGH_HIGH_PERCENT = 90;

interface Batch {
  readonly levelPercent: () => number;
  readonly sloshMm: () => number;
  /** The high-high switch: 1 while the level is there, whatever the gauge shows. */
  readonly switched: () => 0 | 1;
  readonly step: (dtS: number) => void;
  /** A receipt of a scenario instead of the usual batches, until `resume`. */
  readonly receive: (flowM3h: number, fromPercent: number | null) => void;
  readonly resume: () => void;
}

function clampInto(value: number, low: number, high: number): number {
  return low > high ? (low + high) / 2 : Math.min(high, Math.max(low, value));
}

/** Where a tank is worked: clear of its limits, and never more than 25 to 70 %. */
function workingBand(point: Point): readonly [number, number] {
  const band = calmBand(point);
  const low = Math.max(25, (band.low ?? 0) + MARGIN_PERCENT);
  const high = Math.min(70, (band.high ?? 100) - MARGIN_PERCENT);
  return low > high ? [(low + high) / 2, (low + high) / 2] : [low, high];
}

function createBatches(point: Point, random: Random): Batch {
  const [low, high] = workingBand(point);
  const tripPercent = setpointOf(point, "high", "orange") ?? USUAL_HIGH_HIGH_PERCENT;
  const build = (levelPercent: number) => createTank({ diameterM: 20, heightM: HEIGHT_M, levelPercent });
  let tank = build(random.between(low, high));
  const slosh = createSlosh(SLOSH_MM, random.between(8, 20));
  let flowM3h = 0;
  let target: number | null = tank.levelPercent();
  let restS = random.between(0, 1800);
  let switched: 0 | 1 = 0;
  const nextBatch = (): void => {
    target = random.between(low, high);
    // 100 to 200 m³/h is 5 to 11 mm/min in a tank of 20 m: an ordinary receipt.
    flowM3h = Math.sign(target - tank.levelPercent()) * random.between(100, 200);
  };
  const rest = (): void => {
    flowM3h = 0;
    restS = random.between(1200, 5400);
  };
  const move = (dtS: number): void => {
    if (restS > 0) {
      restS -= dtS;
      if (restS <= 0) nextBatch();
      return;
    }
    tank.step(dtS, flowM3h);
    if (target === null) return;
    const hasArrived = flowM3h >= 0 ? tank.levelPercent() >= target : tank.levelPercent() <= target;
    if (hasArrived) rest();
  };
  return {
    levelPercent: () => tank.levelPercent(),
    sloshMm: slosh.heightMm,
    switched: () => switched,
    step: (dtS) => {
      move(dtS);
      slosh.step(dtS, flowM3h > 0);
      if (tank.levelPercent() >= tripPercent) switched = 1;
      else if (tank.levelPercent() < tripPercent - SWITCH_GAP_PERCENT) switched = 0;
    },
    receive: (flow, fromPercent) => {
      if (fromPercent !== null) tank = build(fromPercent);
      flowM3h = flow;
      target = null;
      restS = 0;
    },
    resume: () => {
      if (target !== null) return;
      target = tank.levelPercent();
      rest();
    },
  };
}

/**
 * The usual temperature of a tank that is kept cold or warm, °C, clear of its limits and its operator's range; null
 * where the tank simply follows the air.
 */
function keptTemperatureC(point: Point, startMs: number): number | null {
  const band = calmBand(point);
  const [operatorLow, operatorHigh] = point.range.operator;
  const usual = seasonalMeanC(startMs);
  const low = Math.max(band.low ?? operatorLow, operatorLow) + MARGIN_C;
  const high = Math.min(band.high ?? operatorHigh, operatorHigh) - MARGIN_C;
  const kept = clampInto(usual, low, high);
  return kept === usual ? null : kept;
}

/** The digits of a code: `101` for LT-101, LS-101 and PT-101. */
function numberOf(code: string): string {
  return code.replace(/\D/gu, "");
}

/** Builds the tanks of a site: one for each level point, and one warmth for all of them. */
export function createTanks(points: readonly Point[], weather: Weather, seed: number, startMs: number): Part {
  const batches = new Map<string, Batch>();
  const kept = new Map<string, number | null>();
  for (const point of points) {
    const random = (): Random => createRandom(seedOf(point.id, seed));
    if (point.kind === "tank_level") batches.set(numberOf(point.code), createBatches(point, random()));
    if (point.kind.startsWith("tank_temp")) kept.set(point.id, keptTemperatureC(point, startMs));
  }
  const startC = seasonalMeanC(startMs);
  const heat: TankHeat = createTankHeat({ skinTauS: 6 * 3600, bulkTauS: 24 * 3600, startC });
  const levelOf = (batch: Batch, noise: Random): number => {
    const level = batch.levelPercent();
    const surfaceMm = batch.sloshMm() + NOISE_MM * noise.gauss();
    return level + swellPercent(level, heat.bulkC(), startC) + surfaceMm / (HEIGHT_M * 10);
  };
  return {
    step: (_atMs, dtS) => {
      for (const batch of batches.values()) batch.step(dtS);
      heat.step(dtS, weather.airC());
    },
    read: (point, noise, atMs) => {
      switch (point.kind) {
        case "tank_level": {
          const batch = batches.get(numberOf(point.code));
          return batch === undefined ? undefined : levelOf(batch, noise);
        }
        case "level_hh":
          return batches.get(numberOf(point.code))?.switched();
        case "tank_press":
          return propanePressureMPa(heat.bulkC()) + 0.002 * noise.gauss();
        default: {
          const keptC = kept.get(point.id);
          if (keptC === undefined) return undefined;
          // A kept tank feels the day but not the season.
          return (keptC === null ? heat.bulkC() : keptC + heat.bulkC() - seasonalMeanC(atMs)) + 0.05 * noise.gauss();
        }
      }
    },
    act: (action) => {
      if (action.do === "fill") batches.get(numberOf(action.point))?.receive(action.flowM3h, action.fromPercent);
      if (action.do === "stopFill") for (const batch of batches.values()) batch.resume();
    },
  };
}
