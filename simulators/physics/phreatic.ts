// The phreatic line in the dam: it follows the pond and the rain, days late.

/** What a piezometer stands in. */
export interface PhreaticOptions {
  /** Depth below the slope at the pond's usual level and without rain, m. */
  readonly usualDepthM: number;
  /** How much shallower the line lies in the long run per metre of pond rise. */
  readonly risePerPondM: number;
  /** How much shallower it lies in the long run per mm of rain in 24 h, m. */
  readonly risePerRainMm: number;
  /** 2 to 30 days near the toe of the beach, 0.5 to 3 near the crest. */
  readonly tauS: number;
}

/** The depth that the line tends to, m. */
export function steadyDepthM(options: PhreaticOptions, pondRiseM: number, rain24hMm: number): number {
  return options.usualDepthM - options.risePerPondM * pondRiseM - options.risePerRainMm * rain24hMm;
}

/** A phreatic line at one piezometer. */
export interface Phreatic {
  readonly depthM: () => number;
  readonly step: (dtS: number, pondRiseM: number, rain24hMm: number) => void;
}

/** Builds the line at its usual depth; `dz/dt = (z_steady − z)/τ`, exact for any step. */
export function createPhreatic(options: PhreaticOptions): Phreatic {
  let depth = options.usualDepthM;
  return {
    depthM: () => depth,
    step: (dtS, pondRiseM, rain24hMm) => {
      const steady = steadyDepthM(options, pondRiseM, rain24hMm);
      depth = steady + (depth - steady) * Math.exp(-dtS / options.tauS);
    },
  };
}
