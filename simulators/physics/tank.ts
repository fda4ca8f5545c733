// A storage tank: level by mass balance, slosh while it fills, and the swelling of a warm liquid.

/** The cross-section of an upright tank, m². */
export function tankAreaM2(diameterM: number): number {
  return (Math.PI * diameterM * diameterM) / 4;
}

/** How fast the level rises, mm/min, for a net inflow in m³/h: `dh/dt = (Qin − Qout)/A`. */
export function levelRateMmPerMin(netInflowM3h: number, diameterM: number): number {
  return (netInflowM3h / 60 / tankAreaM2(diameterM)) * 1000;
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

/** How much higher a liquid stands for being warmer than `usualC`: 0.1 %/°C of its level. */
export function swellPercent(levelPercent: number, tempC: number, usualC: number): number {
  return levelPercent * 0.001 * (tempC - usualC);
}

/** The surface of a tank: it sloshes while liquid comes in, and rests some minutes later. */
export interface Slosh {
  readonly heightMm: () => number;
  readonly step: (dtS: number, isFilling: boolean) => void;
}

/** Builds a surface at rest; amplitude some mm, period 8 to 20 s. */
export function createSlosh(amplitudeMm: number, periodS: number): Slosh {
  const settleS = 60;
  let swing = 0;
  let phase = 0;
  return {
    heightMm: () => swing * Math.sin(phase),
    step: (dtS, isFilling) => {
      phase = (phase + (2 * Math.PI * dtS) / periodS) % (2 * Math.PI);
      const target = isFilling ? amplitudeMm : 0;
      swing = target + (swing - target) * Math.exp(-dtS / settleS);
    },
  };
}
