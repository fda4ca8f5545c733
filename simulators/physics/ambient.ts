// Air temperature through day and year, and the slow wandering of wind and weather.

const DAY_MS = 86_400_000;
const YEAR_MS = 365.25 * DAY_MS;
/** China Standard Time; the hottest hour is 15:00 there. */
const ZONE_MS = 8 * 3_600_000;
const HOTTEST_MS = 15 * 3_600_000;

/** The season's mean air temperature in °C: about 16 in January and 28 in July at the coast of Shanwei. */
export function seasonalMeanC(atMs: number): number {
  // The coldest days lie near 15 January.
  return 22 - 6 * Math.cos((2 * Math.PI * (atMs - 15 * DAY_MS)) / YEAR_MS);
}

/** The day's swing around its mean: `a·cos(2π(t − 15 h)/24 h)`, local time. */
export function dailySwing(atMs: number, amplitude: number): number {
  return amplitude * Math.cos((2 * Math.PI * (atMs + ZONE_MS - HOTTEST_MS)) / DAY_MS);
}

/** A value that wanders around zero and comes back (Ornstein-Uhlenbeck). */
export interface Wander {
  readonly value: () => number;
  readonly step: (dtS: number) => void;
}

/** Starts a wander with standard deviation `sigma` and memory `tauS`; exact for any step length. */
export function createWander(tauS: number, sigma: number, gauss: () => number): Wander {
  let value = sigma * gauss();
  return {
    value: () => value,
    step: (dtS) => {
      const keep = Math.exp(-dtS / tauS);
      value = value * keep + sigma * Math.sqrt(1 - keep * keep) * gauss();
    },
  };
}
