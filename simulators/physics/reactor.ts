// A batch reactor that heats itself: cooled it stays at its set point, without cooling it runs away (Semenov).

const GAS_J_PER_MOL_K = 8.314;
const KELVIN = 273.15;

/** What a reactor is; the set of domain study §7.4 is 60 °C, 95 kJ/mol, 0.05 K/min and 150 K. */
export interface ReactorOptions {
  readonly setPointC: number;
  readonly activationJPerMol: number;
  /** Self-heating at the set point with nothing converted yet. */
  readonly startKPerMin: number;
  readonly adiabaticRiseK: number;
}

/** A reactor with its temperature. */
export interface Reactor {
  readonly tempC: () => number;
  /** How fast it heats itself up (or is cooled down) now, °C/min. */
  readonly ratePerMin: () => number;
  readonly step: (dtS: number) => void;
  readonly loseCooling: () => void;
  /** Stops the reaction and cools it down to the set point, where the next batch is run. */
  readonly quench: () => void;
}

/** Steps are never longer than this: a runaway doubles its rate within a minute. */
const LONGEST_STEP_S = 1;
const QUENCH_TAU_S = 600;

/** Builds a reactor that runs at its set point. */
export function createReactor(options: ReactorOptions): Reactor {
  const { setPointC, activationJPerMol, startKPerMin, adiabaticRiseK } = options;
  const inverse0 = 1 / (setPointC + KELVIN);
  let mode: "cooled" | "adiabatic" | "quenched" = "cooled";
  let temp = setPointC;
  let converted = 0;
  let rate = 0;
  const heat = (dtS: number): void => {
    const exponent = (activationJPerMol / GAS_J_PER_MOL_K) * (inverse0 - 1 / (temp + KELVIN));
    const perMin = startKPerMin * Math.exp(exponent) * (1 - converted);
    // What is left to react bounds the step: the last of the charge goes within seconds.
    const riseK = Math.min((perMin * dtS) / 60, adiabaticRiseK * (1 - converted));
    converted += riseK / adiabaticRiseK;
    temp += riseK;
    rate = (riseK * 60) / dtS;
  };
  const cool = (dtS: number): void => {
    const before = temp;
    temp = setPointC + (temp - setPointC) * Math.exp(-dtS / QUENCH_TAU_S);
    rate = ((temp - before) * 60) / dtS;
  };
  return {
    tempC: () => temp,
    ratePerMin: () => rate,
    step: (dtS) => {
      if (mode === "cooled") return;
      for (let left = dtS; left > 0; left -= LONGEST_STEP_S) {
        const step = Math.min(left, LONGEST_STEP_S);
        if (mode === "adiabatic") heat(step);
        else cool(step);
      }
    },
    loseCooling: () => {
      if (mode === "adiabatic") return;
      mode = "adiabatic";
      converted = 0;
    },
    quench: () => {
      if (mode === "adiabatic") mode = "quenched";
    },
  };
}
