// Seepage through a dam, the weir that measures it, and piping: water that carries the dam's grains away, ever faster.

/** The discharge over a 90° V-notch weir, L/s, for a head in m: `Q = 1.4·H^2.5` m³/s. */
export function notchFlowLs(headM: number): number {
  return 1400 * Math.max(0, headM) ** 2.5;
}

/** The head over the notch at a discharge, m. */
export function notchHeadM(flowLs: number): number {
  return (Math.max(0, flowLs) / 1400) ** 0.4;
}

/** A pipe that has begun to grow in a dam. */
export interface Piping {
  /** 6 to 48 h. */
  readonly tauS: number;
  /** How much shallower the phreatic line lies in the long run, m. */
  readonly depthDropM: number;
}

/** How many times the base the seepage and its turbidity have become after `sinceS`: `e^(t/τ)`. */
export function pipingGrowth(piping: Piping, sinceS: number): number {
  return Math.exp(Math.max(0, sinceS) / piping.tauS);
}

/** How much of its depth the phreatic line has lost after `sinceS`, m. */
export function pipingDropM(piping: Piping, sinceS: number): number {
  return piping.depthDropM * (1 - Math.exp(-Math.max(0, sinceS) / piping.tauS));
}
