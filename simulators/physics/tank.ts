// A storage tank: level by mass balance, temperature by a first-order lag.

/** The cross-section of an upright tank, m². */
export function tankAreaM2(diameterM: number): number {
  return (Math.PI * diameterM * diameterM) / 4;
}

/** How fast the level rises, mm/min, for a net inflow in m³/h: `dh/dt = (Qin − Qout)/A`. */
export function levelRateMmPerMin(netInflowM3h: number, diameterM: number): number {
  return (netInflowM3h / 60 / tankAreaM2(diameterM)) * 1000;
}

/** A first-order lag, exact for any step: where `value` is after `dtS` on its way to `target`. */
export function lag(value: number, target: number, dtS: number, tauS: number): number {
  return target + (value - target) * Math.exp(-dtS / tauS);
}

/** What a tank is. */
export interface TankOptions {
  readonly diameterM: number;
  /** The critical height; 100 % of the level. */
  readonly heightM: number;
  readonly levelPercent: number;
}

/** A tank with its level. */
export interface Tank {
  readonly levelPercent: () => number;
  readonly step: (dtS: number, netInflowM3h: number) => void;
}

/** Builds a tank; its level stays between the floor and 10 % above the critical height. */
export function createTank(options: TankOptions): Tank {
  const maximumM = options.heightM * 1.1;
  let heightM = (options.levelPercent / 100) * options.heightM;
  return {
    levelPercent: () => (heightM / options.heightM) * 100,
    step: (dtS, netInflowM3h) => {
      const riseM = (levelRateMmPerMin(netInflowM3h, options.diameterM) / 1000 / 60) * dtS;
      heightM = Math.min(maximumM, Math.max(0, heightM + riseM));
    },
  };
}
