// The wind that carries a plume: gusts of log-normal strength, and a direction that meanders.
import { createWander } from "./ambient.ts";

/** How unsteady a wind is. */
export interface WindOptions {
  /** Standard deviation of the logarithm of the gusts, 0.3 to 0.6 in the open. */
  readonly gustSigma: number;
  readonly meanderDeg: number;
}

/** An unsteady wind. */
export interface Wind {
  /** What a gust makes of a concentration; 1 on average. */
  readonly gust: () => number;
  /** How far the plume's axis has turned away, °. */
  readonly offAxisDeg: () => number;
  readonly step: (dtS: number) => void;
}

const GUST_TAU_S = 10;
const MEANDER_TAU_S = 60;

/** Starts a wind. */
export function createWind({ gustSigma, meanderDeg }: WindOptions, gauss: () => number): Wind {
  const gust = createWander(GUST_TAU_S, gustSigma, gauss);
  const meander = createWander(MEANDER_TAU_S, meanderDeg, gauss);
  return {
    gust: () => Math.exp(gust.value() - gustSigma ** 2 / 2),
    offAxisDeg: meander.value,
    step: (dtS) => {
      gust.step(dtS);
      meander.step(dtS);
    },
  };
}
