// Rain: hyetographs, the tipping bucket, and the rolling sums that a station computes.

/** A storm: how much, how long, and where in it the peak lies. */
export interface Storm {
  readonly totalMm: number;
  readonly hours: number;
  /** Share of the duration before the peak, 0 to 1. */
  readonly peakAt: number;
}

/** The intensity of a triangular hyetograph, mm/h, `hours` after its start. */
export function intensityMmPerHour(storm: Storm, hours: number): number {
  if (hours < 0 || hours >= storm.hours) return 0;
  const share = hours / storm.hours;
  const peak = (2 * storm.totalMm) / storm.hours;
  return share < storm.peakAt ? (peak * share) / storm.peakAt : (peak * (1 - share)) / (1 - storm.peakAt);
}

/** A tipping bucket: gives only whole tips. */
export interface Gauge {
  /** Takes rain in; gives the mm that tipped during this step. */
  readonly catchRain: (mm: number) => number;
}

/** Builds a gauge; 0.2 and 0.5 mm are the usual tips. */
export function createGauge(tipMm: number): Gauge {
  let held = 0;
  return {
    catchRain: (mm) => {
      held += mm;
      // A hair below one tip is one tip: 0.1 + 0.1 must tip a bucket of 0.2.
      const tips = Math.floor(held / tipMm + 1e-9);
      held -= tips * tipMm;
      return tips * tipMm;
    },
  };
}

/** The sum over the last `windowMs`. */
export interface RollingSum {
  readonly add: (atMs: number, amount: number) => void;
  readonly sum: (atMs: number) => number;
}

/** Builds a rolling sum of minute bins, so that its size is bounded by the window whatever the rain does. */
export function createRollingSum(windowMs: number): RollingSum {
  const binMs = 60_000;
  const bins: { readonly at: number; amount: number }[] = [];
  // Kept beside the bins: a pond asks for its day of rain at every step.
  let total = 0;
  const forget = (atMs: number): void => {
    while (bins[0] !== undefined && bins[0].at <= atMs - windowMs) total -= bins.shift()?.amount ?? 0;
    // What rounding left over must not stay for ever.
    if (bins.length === 0) total = 0;
  };
  return {
    add: (atMs, amount) => {
      if (amount === 0) return;
      total += amount;
      // A bin is named by its end, so that rain leaves the window no sooner than it should.
      const at = Math.ceil(atMs / binMs) * binMs;
      const last = bins.at(-1);
      if (last !== undefined && last.at === at) last.amount += amount;
      else bins.push({ at, amount });
      forget(atMs);
    },
    sum: (atMs) => {
      forget(atMs);
      return total;
    },
  };
}
