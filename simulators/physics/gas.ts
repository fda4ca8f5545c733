// A gas leak and the detector that feels it late: transport delay, source build-up, sensor lag.

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
