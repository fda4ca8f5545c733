// Heat that comes late: first-order lags, and a tank whose skin follows the air within hours and whose bulk follows the skin.

/** A first-order lag, exact for any step: where `value` is after `dtS` on its way to `target`. */
export function lag(value: number, target: number, dtS: number, tauS: number): number {
  return target + (value - target) * Math.exp(-dtS / tauS);
}

/** The time constants of a storage tank; 6 to 48 h. */
export interface TankHeatOptions {
  readonly skinTauS: number;
  readonly bulkTauS: number;
  readonly startC: number;
}

/** A tank's two temperatures. */
export interface TankHeat {
  readonly skinC: () => number;
  readonly bulkC: () => number;
  readonly step: (dtS: number, airC: number) => void;
}

/** Builds a tank that has stood at `startC` for long. */
export function createTankHeat({ skinTauS, bulkTauS, startC }: TankHeatOptions): TankHeat {
  let skin = startC;
  let bulk = startC;
  return {
    skinC: () => skin,
    bulkC: () => bulk,
    step: (dtS, airC) => {
      skin = lag(skin, airC, dtS, skinTauS);
      bulk = lag(bulk, skin, dtS, bulkTauS);
    },
  };
}

const GAS_J_PER_MOL_K = 8.314;

/**
 * The gauge pressure over liquid propane, MPa, by Clausius-Clapeyron through its boiling point: 231.1 K at 0.1013 MPa,
 * 18.8 kJ/mol. Within 6 % of the tables from 0 to 50 °C: 0.70 MPa at 20 °C, 1.21 MPa at 40 °C.
 */
export function propanePressureMPa(tempC: number): number {
  const inverse = 1 / 231.1 - 1 / (tempC + 273.15);
  return 0.1013 * (Math.exp((18_800 / GAS_J_PER_MOL_K) * inverse) - 1);
}
