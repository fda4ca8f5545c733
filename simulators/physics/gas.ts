// A gas leak and the detector that feels it late: a room that fills, a plume in the wind, transport delay, sensor lag.

/** A leak as one detector's surroundings feel it; concentrations in the detector's unit. */
export interface Leak {
  /** The concentration that the leak tends to. */
  readonly target: number;
  /** How fast the cloud builds up and, once stopped, thins out. */
  readonly sourceTauS: number;
  /** How long the gas travels to the detector. */
  readonly delayS: number;
}

function builtUp(leak: Leak, sinceS: number): number {
  return leak.target * (1 - Math.exp(-Math.max(0, sinceS - leak.delayS) / leak.sourceTauS));
}

/** The true concentration at the detector, `sinceS` after the start; `stoppedAfterS` null while it goes on. */
export function concentration(leak: Leak, sinceS: number, stoppedAfterS: number | null): number {
  if (stoppedAfterS === null || sinceS <= stoppedAfterS + leak.delayS) return builtUp(leak, sinceS);
  const reached = builtUp(leak, stoppedAfterS + leak.delayS);
  return reached * Math.exp(-(sinceS - stoppedAfterS - leak.delayS) / leak.sourceTauS);
}

/** The well-mixed room: `C = Q/(N·V)·(1 − e^{−N·t})`, release m³/h, air changes per hour, room m³, hours; a volume fraction. */
export function roomConcentration(releaseM3h: number, changesPerHour: number, roomM3: number, hours: number): number {
  return (releaseM3h / (changesPerHour * roomM3)) * (1 - Math.exp(-changesPerHour * hours));
}

/** Propane: what a leak into the open air needs to know of it. */
const PROPANE = { molarKg: 0.0441, gamma: 1.13, lelKgPerM3: 0.038 } as const;
const GAS_J_PER_MOL_K = 8.314;
const AIR_K = 300;
/** Of a sharp-edged hole, 0.6 to 0.85. */
const DISCHARGE = 0.75;

/**
 * The choked flow of propane through a hole, kg/s:
 * `Q = Cd·A·P·√(γM/RT)·(2/(γ+1))^((γ+1)/2(γ−1))`; choked above some 0.18 MPa (absolute).
 */
export function chokedReleaseKgS(holeMm: number, pressureMPa: number): number {
  const { molarKg, gamma } = PROPANE;
  const areaM2 = (Math.PI / 4) * (holeMm / 1000) ** 2;
  const speed = Math.sqrt((gamma * molarKg) / (GAS_J_PER_MOL_K * AIR_K));
  return DISCHARGE * areaM2 * pressureMPa * 1e6 * speed * (2 / (gamma + 1)) ** ((gamma + 1) / (2 * (gamma - 1)));
}

/** Where a detector stands as a plume sees it, and in what wind. */
export interface PlumeSpot {
  readonly downwindM: number;
  readonly crosswindM: number;
  readonly windMs: number;
}

/**
 * A Gaussian plume at the ground, %LEL of propane: `C = Q/(π·u·σy·σz)·exp(−y²/2σy²)`, the ground reflecting. The widths
 * are those of neutral weather close to the source: 8 and 6 % of the way.
 */
export function plumePercentLel(releaseKgS: number, { downwindM, crosswindM, windMs }: PlumeSpot): number {
  if (downwindM <= 0) return 0;
  const sigmaY = 0.08 * downwindM;
  const sigmaZ = 0.06 * downwindM;
  const onAxis = releaseKgS / (Math.PI * windMs * sigmaY * sigmaZ);
  const share = Math.exp(-(crosswindM ** 2) / (2 * sigmaY ** 2));
  return (100 * onAxis * share) / PROPANE.lelKgPerM3;
}

/** A detector head. */
export interface Detector {
  readonly value: () => number;
  readonly step: (dtS: number, trueConcentration: number) => void;
}

/** A first-order detector: `τ·dy/dt = C − y` with τ = T90/ln 10, exact for any step. */
export function createDetector(t90S: number): Detector {
  const tauS = t90S / Math.LN10;
  let value = 0;
  return {
    value: () => value,
    step: (dtS, trueConcentration) => {
      value = trueConcentration + (value - trueConcentration) * Math.exp(-dtS / tauS);
    },
  };
}
