// The catalogue of tailings ponds, row by row, as the domain study gives it with its corrections.
import { limits, minute, second, type Row } from "./rows.ts";

const hour = 60 * minute;
const day = 24 * hour;
const high = limits("limit", "high");
const low = limits("limit", "low");

/** A grade-4 upstream pond: by the tables L0 50 m, F0 0.5 m, D0 2.8 m; Lc 150 m, Fc 1.5 m; 119.5, 118.5 and 118.2 m. */
export const pondParameters = {
  V: 260,
  H: 42,
  upstream: 1,
  crest: 120,
  slope: 0.01,
  dh: 1,
  dispH: 200,
  dispV: 100,
  porePress: 500,
  landslideRed: 100,
  damRise: 10,
  seepBase: 4,
  turbBase: 8,
  vSteady: 1,
};

/** Blue and yellow 20 min, orange 10 min, red two samples in a row. */
const water = { on: [20 * minute, 20 * minute, 10 * minute, 0], samples: [1, 1, 1, 2] } as const;
const twoSamples = { samples: [2, 2, 2, 2], off: day } as const;

export const pondRows: readonly Row[] = [
  {
    kind: "disp_h_cum",
    unit: "mm",
    sensor: [-5000, 5000],
    everyMs: hour,
    rules: [
      { ...high, set: [100, 140, 170, 200], dead: 4, ...twoSamples },
      {
        ...limits("rate", "high", "rate"), // disp_h_rate, mm/d; the second red is 5 mm/h over 6 samples
        set: [1, 2, 5, [10, 5]],
        dead: [0.2, 0.4, 1, [2, 1]],
        windowMs: [7 * day, 3 * day, 2 * day, [day, 6 * hour]],
        perMs: [day, day, day, [day, hour]],
        samples: [2, 2, 2, [2, 2]],
        off: day,
      },
      {
        // tangent_angle: the steady stage's speed times the tangent of 45°, 80° and 85°; deadbands down to 43°, 78° and 83°.
        ...limits("tangent", "high", "rate"),
        set: [null, 1, 5.6713, 11.4301],
        dead: [null, 0.0675, 0.9667, 3.2858],
        samples: [3, 3, 3, 3],
        off: day,
      },
      {
        ...limits("failure", "low", "forecast"), // inv_vel_tf, h
        set: [null, 168, 72, 24],
        dead: [null, 33.6, 14.4, 4.8],
        ...twoSamples,
      },
    ],
  },
  {
    kind: "disp_v_cum",
    unit: "mm",
    sensor: [-5000, 5000],
    everyMs: hour,
    rules: [
      { ...high, set: [50, 70, 85, 100], dead: 2, ...twoSamples },
      {
        ...limits("rate", "high", "rate"), // disp_v_rate
        set: [1.5, 3, 6, 10],
        dead: [0.3, 0.6, 1.2, 2],
        windowMs: [7 * day, 3 * day, 2 * day, day],
        perMs: day,
        ...twoSamples,
      },
    ],
  },
  {
    kind: "incl_disp",
    unit: "mm",
    sensor: [-500, 500],
    everyMs: hour,
    rules: [
      { ...limits("rate", "high", "rate"), set: [1, 2, 4, 8], dead: [0.2, 0.4, 0.8, 1.6], perMs: day, ...twoSamples },
    ],
  },
  {
    kind: "phreatic_depth",
    unit: "m",
    sensor: [-5, 60],
    everyMs: 10 * minute,
    rules: [{ ...low, set: [3.64, 3.36, 3.08, 2.8], dead: 0.05, ...water, off: 2 * hour }],
  },
  {
    kind: "pore_press",
    unit: "kPa",
    sensor: [-50, 1000],
    everyMs: 10 * minute,
    rules: [{ ...high, set: [400, 450, 475, 500], dead: 10, ...water, off: 2 * hour }],
  },
  {
    kind: "pond_level",
    unit: "m",
    sensor: [90, 122],
    everyMs: 10 * minute,
    rules: [
      { ...high, set: [118, 118.2, 118.5, 119.5], dead: 0.02, ...water, off: hour },
      {
        ...limits("rise", "high", "rate"), // pond_level_rate, m/h
        set: [0.05, 0.1, 0.2, 0.4],
        dead: [0.01, 0.02, 0.04, 0.08],
        windowMs: hour,
        perMs: hour,
        ...water,
        off: hour,
      },
    ],
  },
  {
    kind: "dry_beach",
    unit: "m",
    sensor: [0, 2000],
    everyMs: 10 * minute,
    rules: [{ ...low, set: [180, 165, 150, 50], dead: 2, ...water, off: hour }],
  },
  { kind: "beach_slope", unit: "%", sensor: [0.1, 5], everyMs: day, rules: [] },
  {
    kind: "freeboard",
    unit: "m",
    sensor: [-2, 30],
    everyMs: 10 * minute,
    rules: [
      { ...low, set: [1.8, 1.65, 1.5, 0.5], dead: 0.02, ...water, off: hour },
      {
        ...limits("overtop", "low", "forecast"), // time_to_overtop, h
        set: [48, 24, 12, 6],
        dead: [7.2, 3.6, 1.8, 0.9],
        ...water,
        off: hour,
      },
    ],
  },
  {
    kind: "flood_margin",
    unit: "%",
    sensor: [0, 500],
    everyMs: 10 * minute,
    rules: [{ ...low, set: [130, 115, 105, 100], dead: 3, ...water, off: hour }],
  },
  {
    kind: "seepage_flow",
    unit: "L/s",
    sensor: [0, 200],
    everyMs: 10 * minute,
    rules: [
      {
        ...high,
        set: [4.8, 6, 8, [12, 1]],
        dead: [0.2, 0.2, 0.2, [0.2, 0]],
        on: water.on,
        samples: [1, 1, 1, [2, 2]],
        off: 2 * hour,
      },
      { ...low, set: [null, 2, null, null], dead: 0.2, on: 20 * minute, off: 2 * hour },
    ],
  },
  {
    kind: "turbidity",
    unit: "NTU",
    sensor: [0, 4000],
    everyMs: 10 * minute,
    rules: [{ ...high, set: [16, 24, 40, 1], dead: [0.8, 0.8, 0.8, 0], ...water, off: 2 * hour }],
  },
  {
    kind: "decant_flow",
    unit: "m³/s",
    sensor: [0, 50],
    everyMs: 10 * minute,
    rules: [{ ...limits("blocked", "low", "pair"), set: [0.85, 0.75, 0.6, 0.4], dead: 0.05, ...water, off: hour }],
  },
  {
    kind: "landslide_disp",
    unit: "mm",
    sensor: [0, 5000],
    everyMs: hour,
    rules: [{ ...high, set: [40, 60, 80, 100], dead: 2, ...twoSamples }],
  },
  {
    kind: "rain",
    unit: "mm",
    sensor: [0, 60],
    everyMs: 5 * minute,
    rules: [
      {
        ...limits("signal", "high", "sum"),
        set: [50, 50, 50, 100],
        windowMs: [12 * hour, 6 * hour, 3 * hour, 3 * hour],
        dead: 5,
        on: 0,
        off: 6 * hour,
      },
      { ...limits("day", "high", "sum"), set: [25, 50, 100, 250], windowMs: day, dead: 5, on: 0, off: 6 * hour },
      {
        ...limits("hour", "high", "sum"),
        set: [16, 30, 50, 80],
        windowMs: hour,
        dead: [1.6, 3, 5, 8],
        on: 0,
        off: hour,
      },
    ],
  },
  {
    kind: "rain_24h",
    unit: "mm",
    sensor: [0, 1500],
    everyMs: 5 * minute,
    rules: [{ ...high, set: [25, 50, 100, 250], dead: 5, on: 0, off: 6 * hour }],
  },
  {
    kind: "rain_1h",
    unit: "mm",
    sensor: [0, 250],
    everyMs: 5 * minute,
    rules: [{ ...high, set: [16, 30, 50, 80], dead: [1.6, 3, 5, 8], on: 0, off: hour }],
  },
  {
    kind: "rise_rate_dam",
    unit: "m/a",
    sensor: [0, 30],
    everyMs: 30 * day,
    rules: [{ ...high, set: [8, 9, 10, 12] }],
  },
  {
    kind: "insar_vel", // red never: it is too slow
    unit: "mm/a",
    sensor: [-500, 500],
    everyMs: 12 * day,
    rules: [
      { ...high, set: [10, 25, 50, null], dead: 2, samples: [2, 2, 2, 2] },
      { ...low, set: [-10, -25, -50, null], dead: 2, samples: [2, 2, 2, 2] },
    ],
  },
  {
    kind: "pond_area",
    unit: "m²",
    sensor: [0, 10_000_000],
    everyMs: 12 * day,
    rules: [{ ...limits("curve", "high", "pair"), set: [1.1, 1.2, 1.35, null] }],
  },
  {
    kind: "patrol_overdue",
    unit: "h",
    sensor: [0, 720],
    everyMs: hour,
    rules: [{ ...high, set: [2, 6, 12, 1] }],
  },
  { kind: "wind_dir", unit: "°", sensor: [0, 360], everyMs: 10 * second, rules: [] },
];
