// The catalogue of hazardous-chemical sites and of device health, row by row, as the domain study gives it with its corrections.
import { limits, minute, second, type Row } from "./rows.ts";

const hour = 60 * minute;
const high = limits("limit", "high");
const low = limits("limit", "low");

/** Design numbers of the site that the rows are worked out on. */
export const chemicalParameters = {
  LL: 10,
  planRate: 10,
  tankHeight: 10_000,
  tankHot: 45,
  flowTolerance: 50,
  Pd: 2,
  Pw: 5,
  SP: 60,
  coolSP: 100,
  ratedA: 100,
  flowSP: 100,
  pipeSP: 5,
  townFrom: 90,
  townTo: 180,
};

const gasSilence = { blue: 30 * second, yellow: 2 * minute, orange: 10 * minute };

function toxic(key: string, OEL: number, resolution: number): Row {
  const AH = 2 * OEL;
  const deadband = Math.max(0.1 * OEL, 2 * resolution);
  return {
    kind: `gas_${key}`,
    unit: "mg/m³",
    sensor: [-0.15 * OEL, 3 * OEL],
    everyMs: 2 * second,
    silence: gasSilence,
    rules: [
      {
        ...high,
        set: [0.5 * OEL, OEL, AH, [AH, 3 * OEL, 1]],
        dead: [deadband, deadband, deadband, [deadband, deadband, 0]],
        on: [5 * second, 5 * second, 0, [30 * second, 0, 0]],
        off: minute,
        isLatched: true,
      },
    ],
  };
}

export const chemicalRows: readonly Row[] = [
  {
    kind: "tank_level",
    unit: "%",
    sensor: [0, 110],
    everyMs: 10 * second,
    rules: [
      {
        ...high,
        set: [80, 85, 90, [95, 1]],
        dead: [2, 2, 2, [2, 0]],
        on: [30 * second, 30 * second, 10 * second, 0],
        off: minute,
      },
      { ...low, set: [20, 15, 10, null], dead: 2, on: minute, off: minute },
      // mm/min of a plan of 10 in a tank of 10 m, as % of it a minute.
      {
        ...limits("rate", "high", "rate"),
        set: [0.12, 0.15, 0.2, null],
        dead: 0.01,
        on: 2 * minute,
        off: 2 * minute,
        windowMs: 5 * minute,
        perMs: minute,
      },
      { ...limits("eta", "low", "forecast"), set: [null, null, null, 0.083333], off: minute, windowMs: 5 * minute },
    ],
  },
  {
    kind: "tank_level_liquefied",
    unit: "%",
    sensor: [0, 110],
    everyMs: 10 * second,
    rules: [{ ...high, set: [70, 75, 78, [80, 1]], on: [30 * second, 30 * second, 10 * second, 0], off: minute }],
  },
  {
    kind: "tank_drift",
    unit: "1",
    sensor: [0, 1],
    everyMs: minute,
    rules: [{ ...limits("unexplained", "none", "state"), set: [null, null, null, 1], on: 5 * minute, off: 5 * minute }],
  },
  {
    kind: "tank_temp", // tank_temp_atm: below the substance's own value, here 45 °C
    unit: "°C",
    sensor: [-60, 150],
    everyMs: 30 * second,
    rules: [{ ...high, set: [35, 38, 40, 45], dead: 1, on: minute, off: minute }],
  },
  {
    kind: "tank_temp_lpg",
    unit: "°C",
    sensor: [-40, 80],
    everyMs: 30 * second,
    rules: [{ ...high, set: [36, 40, 45, 48], dead: 1, on: minute, off: minute }],
  },
  {
    kind: "tank_press",
    unit: "MPa",
    sensor: [0, 2.5],
    everyMs: 5 * second,
    rules: [
      {
        ...high,
        set: [1.5, 1.6, 1.8, 1.9],
        dead: 0.05,
        on: [15 * second, 15 * second, 15 * second, 2 * second],
        off: 30 * second,
      },
    ],
  },
  {
    kind: "tank_press_blanket",
    unit: "kPa",
    sensor: [-2, 6],
    everyMs: 5 * second,
    rules: [
      { ...high, set: [null, 1.5, 1.8, 2], dead: 0.1, on: 30 * second, off: minute },
      { ...low, set: [null, 0, -0.2, -0.3], dead: 0.1, on: 30 * second, off: minute },
    ],
  },
  {
    kind: "level_hh",
    unit: "1",
    sensor: [0, 1],
    everyMs: null,
    rules: [{ ...high, set: [null, null, 1, 1], dead: 0, on: [0, 0, 2 * second, 5 * minute], off: minute }],
  },
  {
    kind: "react_temp",
    unit: "°C",
    sensor: [-50, 400],
    everyMs: second,
    rules: [{ ...high, set: [63, 65, 70, [80, 1]], dead: [1, 1, 1, [1, 0]], on: 10 * second, off: minute }],
  },
  {
    kind: "react_temp_rate",
    unit: "°C/min",
    sensor: [-50, 50],
    everyMs: 10 * second,
    rules: [{ ...high, set: [0.3, 0.5, 1, 2], dead: [0.06, 0.1, 0.2, 0.4], on: 30 * second, off: minute }],
  },
  {
    kind: "react_press",
    unit: "MPa",
    sensor: [0, 10],
    everyMs: second,
    rules: [{ ...high, set: [4.25, 4.5, 4.75, 5], dead: 0.1, on: 5 * second, off: 30 * second }],
  },
  {
    kind: "cool_flow",
    unit: "m³/h",
    sensor: [0, 2000],
    everyMs: 5 * second,
    rules: [{ ...low, set: [85, 75, 60, 40], dead: 5, on: 15 * second, off: 15 * second }],
  },
  {
    kind: "agitator_i",
    unit: "A",
    sensor: [0, 1000],
    everyMs: 5 * second,
    rules: [{ ...low, set: [null, 60, 30, 5], dead: 5, on: 10 * second, off: 30 * second }],
  },
  {
    kind: "flow", // at most yellow
    unit: "m³/h",
    sensor: [0, 5000],
    everyMs: 5 * second,
    rules: [
      { ...high, set: [110, 115, null, null], dead: 5, on: 15 * second, off: 15 * second },
      { ...low, set: [90, 85, null, null], dead: 5, on: 15 * second, off: 15 * second },
    ],
  },
  {
    kind: "pipe_press",
    unit: "MPa",
    sensor: [0, 10],
    everyMs: second,
    rules: [
      { ...high, set: [5.25, 5.4, 5.6, null], dead: 0.1, on: 15 * second, off: 30 * second },
      { ...low, set: [4.75, 4.6, 4.4, null], dead: 0.1, on: 15 * second, off: 30 * second },
      {
        ...limits("drop", "low", "rate"),
        set: [null, null, null, -0.5],
        off: 30 * second,
        windowMs: minute,
        perMs: minute,
      },
    ],
  },
  {
    kind: "mass_imbalance", // at most yellow
    unit: "%",
    sensor: [-100, 100],
    everyMs: 5 * minute,
    rules: [{ ...high, set: [1, 2, null, null], dead: 0.3, on: 5 * minute, off: 10 * minute }],
  },
  {
    kind: "gas_lel",
    unit: "%LEL",
    sensor: [-5, 100],
    everyMs: 2 * second,
    silence: gasSilence,
    rules: [
      {
        ...high,
        set: [10, 25, 50, [50, 75, 1]],
        dead: [3, 3, 3, [3, 3, 0]],
        on: [2 * second, 2 * second, 0, [30 * second, 0, 0]],
        off: minute,
        isLatched: true,
      },
    ],
  },
  {
    kind: "gas_lel_path",
    unit: "LEL·m",
    sensor: [-0.2, 5],
    everyMs: 2 * second,
    silence: gasSilence,
    rules: [{ ...high, set: [0.5, 1, 2, 3], dead: 0.1, on: 5 * second, off: minute, isLatched: true }],
  },
  toxic("h2s", 10, 0.1),
  toxic("co", 20, 0.1),
  toxic("no2", 5, 0.01),
  toxic("hcho", 0.5, 0.01),
  toxic("cl2", 1, 0.01),
  toxic("h2o2", 1.5, 0.01),
  toxic("ch3oh", 25, 0.1),
  toxic("so2", 5, 0.01),
  toxic("nh3", 20, 0.1),
  toxic("co2", 9000, 1),
  toxic("c6h6", 6, 0.01),
  toxic("hf", 2, 0.01),
  toxic("hcn", 1, 0.01),
  toxic("hcl", 7.5, 0.05),
  toxic("cocl2", 0.5, 0.01),
  toxic("acn", 1, 0.01),
  toxic("toluene", 50, 0.1),
  toxic("o3", 0.3, 0.01),
  toxic("vcm", 10, 0.1),
  {
    kind: "gas_o2", // no blue
    unit: "%",
    sensor: [0, 30],
    everyMs: 5 * second,
    silence: gasSilence,
    rules: [
      { ...high, set: [null, 23.5, 25, 27], dead: 0.2, on: 5 * second, off: minute },
      { ...low, set: [null, 19.5, 18, 16], dead: 0.2, on: 5 * second, off: minute },
    ],
  },
  {
    kind: "flame",
    unit: "1",
    sensor: [0, 1],
    everyMs: 10 * second,
    silence: gasSilence,
    rules: [{ ...high, set: [null, null, 1, [1, 1]], dead: 0, on: 3 * second, off: minute, isLatched: true }],
  },
  {
    kind: "smoke",
    unit: "1",
    sensor: [0, 1],
    everyMs: 10 * second,
    silence: gasSilence,
    rules: [{ ...high, set: [null, 1, 1, 1], dead: 0, on: 5 * second, off: minute }],
  },
  {
    kind: "store_temp",
    unit: "°C",
    sensor: [-20, 80],
    everyMs: minute,
    rules: [{ ...high, set: [28, 30, 35, 40], dead: 1, on: 5 * minute, off: 5 * minute }],
  },
  {
    kind: "store_rh",
    unit: "%RH",
    sensor: [0, 100],
    everyMs: minute,
    rules: [{ ...high, set: [75, 80, 85, 90], dead: 3, on: 10 * minute, off: 10 * minute }],
  },
  {
    kind: "esd_valve",
    unit: "1",
    sensor: [0, 2],
    everyMs: null,
    rules: [{ ...limits("valve", "none"), set: [null, 1, 1, 1], dead: 0, on: 10 * second, off: 0 }],
  },
  {
    kind: "sis_bypass",
    unit: "1",
    sensor: [0, 2],
    everyMs: 10 * second,
    silence: gasSilence,
    rules: [{ ...limits("bypass", "none"), set: [1, 1, 1, 1], dead: 0, on: [0, 0, 8 * hour, 0], off: 0 }],
  },
  {
    kind: "power_ups",
    unit: "1",
    sensor: [0, 4],
    everyMs: null,
    rules: [{ ...limits("power", "none", "state"), set: [1, 1, 1, 1], dead: 0, on: 30 * second, off: minute }],
  },
  {
    kind: "tank_volume_flow",
    unit: "m³/h",
    sensor: [-5000, 5000],
    everyMs: minute,
    rules: [{ ...limits("balance", "high", "pair"), set: [null, 50, null, null], on: 5 * minute, off: 5 * minute }],
  },
  {
    kind: "commitment",
    unit: "1",
    sensor: [0, 1],
    everyMs: null,
    rules: [{ ...limits("missing", "none", "missingEvent"), set: [1, null, null, null] }],
  },
  {
    kind: "wind_speed",
    unit: "m/s",
    sensor: [0, 60],
    everyMs: 10 * second,
    rules: [{ ...high, set: [10.8, 17.2, 24.5, 32.7], dead: [1.1, 1.7, 2.5, 3.3], on: 10 * minute, off: 30 * minute }],
  },
  { kind: "wind_dir", unit: "°", sensor: [0, 360], everyMs: 10 * second, rules: [] },
  {
    kind: "air_temp",
    unit: "°C",
    sensor: [-20, 50],
    everyMs: minute,
    rules: [{ ...high, set: [35, 37, 40, null], dead: 0.5, on: 30 * minute, off: 30 * minute }],
  },
  { kind: "air_rh", unit: "%RH", sensor: [0, 100], everyMs: minute, rules: [] },
  { kind: "air_press", unit: "hPa", sensor: [900, 1050], everyMs: minute, rules: [] },
];

/** The health of devices, in every sector: its alarms are data alarms. */
export const healthRows: readonly Row[] = [
  {
    kind: "batt_v",
    unit: "V",
    sensor: [0, 20],
    everyMs: 10 * minute,
    isData: true,
    rules: [{ ...low, set: [11.8, 11.5, 11, null] }],
  },
  {
    kind: "rssi_dbm",
    unit: "dBm",
    sensor: [-140, 0],
    everyMs: 10 * minute,
    isData: true,
    rules: [{ ...low, set: [-100, -108, -113, null] }],
  },
  {
    kind: "clock_skew",
    unit: "s",
    sensor: [-86_400, 86_400],
    everyMs: 10 * minute,
    isData: true,
    rules: [
      { ...high, set: [5, 60, null, null] },
      { ...low, set: [-5, -60, null, null] },
    ],
  },
  {
    kind: "cal_due",
    unit: "d",
    sensor: [-3650, 3650],
    everyMs: 24 * hour,
    isData: true,
    rules: [{ ...low, set: [30, 0, -30, null] }],
  },
  {
    kind: "camera",
    unit: "1",
    sensor: [0, 1],
    everyMs: null,
    isData: true,
    rules: [{ ...limits("offline", "none", "state"), set: [1, 1, 1, null], on: [10 * minute, 2 * hour, 24 * hour, 0] }],
  },
];
