// The tanks of a site: batches come in and go out, so that the levels move but stay inside their working band.
import type { Point } from "../../contract/plant.ts";
import { createRandom, seedOf, type Random } from "../physics/random.ts";
import { createTank, lag, type Tank } from "../physics/tank.ts";
import { seasonalMeanC } from "../physics/ambient.ts";
import { calmBand, type Part, type Weather } from "./part.ts";

/** Kept between a working level and the nearest limit, % of the critical height. */
const MARGIN_PERCENT = 8;
/** Kept between a tank's usual temperature and its nearest limit, °C: the daily swing with its noise is below 4. */
const MARGIN_C = 5;
const BULK_TAU_S = 12 * 3600;

interface Batch {
  readonly tank: Tank;
  readonly step: (dtS: number) => void;
  readonly isFilling: () => boolean;
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
  const tank = createTank({ diameterM: 20, heightM: 12, levelPercent: random.between(low, high) });
  let flowM3h = 0;
  let target = tank.levelPercent();
  let restS = random.between(0, 1800);
  const nextBatch = (): void => {
    target = random.between(low, high);
    // 100 to 200 m³/h is 5 to 11 mm/min in a tank of 20 m: an ordinary receipt.
    flowM3h = Math.sign(target - tank.levelPercent()) * random.between(100, 200);
  };
  return {
    tank,
    isFilling: () => flowM3h > 0,
    step: (dtS) => {
      if (restS > 0) {
        restS -= dtS;
        if (restS <= 0) nextBatch();
        return;
      }
      tank.step(dtS, flowM3h);
      const hasArrived = flowM3h >= 0 ? tank.levelPercent() >= target : tank.levelPercent() <= target;
      if (hasArrived) {
        flowM3h = 0;
        restS = random.between(1200, 5400);
      }
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

/** Builds the tanks of a site: one for each level point, and a bulk temperature for each temperature point. */
export function createTanks(points: readonly Point[], weather: Weather, seed: number, startMs: number): Part {
  const batches = new Map<string, Batch>();
  const kept = new Map<string, number | null>();
  for (const point of points) {
    if (point.kind === "tank_level") batches.set(point.id, createBatches(point, createRandom(seedOf(point.id, seed))));
    if (point.kind.startsWith("tank_temp")) kept.set(point.id, keptTemperatureC(point, startMs));
  }
  let bulkC = seasonalMeanC(startMs);
  return {
    step: (_atMs, dtS) => {
      for (const batch of batches.values()) batch.step(dtS);
      bulkC = lag(bulkC, weather.airC(), dtS, BULK_TAU_S);
    },
    read: (point, noise, atMs) => {
      const batch = batches.get(point.id);
      // σ 2 mm at rest; slosh of some 5 mm while filling, on 12 m of critical height.
      if (batch !== undefined) return batch.tank.levelPercent() + (batch.isFilling() ? 0.04 : 0.017) * noise.gauss();
      const keptC = kept.get(point.id);
      if (keptC === undefined) return undefined;
      // A kept tank feels the day but not the season.
      return (keptC === null ? bulkC : keptC + bulkC - seasonalMeanC(atMs)) + 0.05 * noise.gauss();
    },
    act: () => undefined,
  };
}
