// A small plan for the simulators' tests: limits of the catalogue, handed in as numbers.
import type { Level } from "../../contract/level.ts";
import type { Plan, Point, Rule } from "../../contract/plant.ts";

type Ladder = Partial<Record<Level, number>>;

/** A rule with one setpoint per level. */
export function ladder(id: string, direction: "high" | "low", setpoints: Ladder, deadband: number): Rule {
  const levels = Object.fromEntries(
    Object.entries(setpoints).map(([level, setpoint]) => [
      level,
      [
        {
          kind: "limit",
          setpoint,
          deadband,
          onDelayMs: 0,
          onSamples: 1,
          offDelayMs: 0,
          provenance: { from: "product-default", clause: "test", isConfirmed: false },
        } as const,
      ],
    ]),
  );
  return {
    id,
    direction,
    latch: false,
    versions: [{ version: 1, validFrom: 0, approver: null, levels }],
  };
}

/** A point on `site/gw-1`. */
export function point(site: string, code: string, kind: string, unit: string, changes: Partial<Point> = {}): Point {
  return {
    id: `${site}/${code}`,
    code,
    site,
    item: `${site}/${kind}`,
    device: `${site}/gw-1`,
    kind,
    name: { zh: code, en: code },
    unit,
    resolution: 0.1,
    decimals: 1,
    range: { sensor: [-1000, 5000], operator: [-1000, 5000] },
    overRange: "saturated",
    report: { everyMs: 10_000 },
    silentAfterMs: 60_000,
    silence: {},
    isKey: true,
    rules: [],
    actionCard: null,
    ...changes,
  };
}

const gasPeriod = { everyMs: 2000 } as const;

/** domain.md 3.6 with the corrections of 10b: the chemical points of one site. */
export function chemicalPoints(site: string): readonly Point[] {
  const level = [
    ladder("high", "high", { blue: 80, yellow: 85, orange: 90, red: 95 }, 2),
    ladder("low", "low", { blue: 20, yellow: 15 }, 2),
  ];
  const liquefied = [ladder("high", "high", { blue: 70, yellow: 75, orange: 78, red: 80 }, 2)];
  const lel = [ladder("high", "high", { blue: 10, yellow: 25, orange: 50, red: 75 }, 3)];
  const ammonia = [ladder("high", "high", { blue: 10, yellow: 20, orange: 40, red: 60 }, 2)];
  const chlorine = [ladder("high", "high", { blue: 0.5, yellow: 1, orange: 2, red: 3 }, 0.1)];
  const heat = [ladder("high", "high", { blue: 35, yellow: 38, orange: 40, red: 45 }, 1)];
  const wind = [ladder("high", "high", { blue: 10.8, yellow: 17.2, orange: 24.5, red: 32.7 }, 1)];
  return [
    point(site, "LT-101", "tank_level", "%", { rules: level }),
    point(site, "LS-101", "level_hh", "1", {
      report: "onChange",
      resolution: 1,
      decimals: 0,
      range: { sensor: [0, 1], operator: [0, 1] },
      rules: [ladder("high", "high", { orange: 1 }, 0)],
    }),
    point(site, "LT-102", "tank_level", "%", { rules: liquefied }),
    point(site, "TT-101", "tank_temp", "°C", { rules: heat, report: { everyMs: 30_000 } }),
    point(site, "GD-201", "gas_lel", "%LEL", { rules: lel, report: gasPeriod }),
    point(site, "GD-202", "gas_lel", "%LEL", { rules: lel, report: gasPeriod }),
    point(site, "GD-301", "gas_nh3", "mg/m³", { rules: ammonia, report: gasPeriod }),
    point(site, "GD-302", "gas_cl2", "mg/m³", { rules: chlorine, report: gasPeriod, resolution: 0.01, decimals: 2 }),
    point(site, "WS-401", "wind_speed", "m/s", { rules: wind }),
    point(site, "WD-401", "wind_dir", "°", {
      resolution: 1,
      decimals: 0,
      range: { sensor: [0, 360], operator: [0, 360] },
    }),
    point(site, "XV-101", "esd_valve", "1", {
      report: "onChange",
      range: { sensor: [0, 1], operator: [0, 1] },
      rules: [ladder("high", "high", { orange: 1 }, 0)],
    }),
  ];
}

/** domain.md 4.7 with the corrections of 10b for a grade-4 pond with its crest at 120 m and a design flood of 1 m. */
export function tailingsPoints(site: string): readonly Point[] {
  const water = { report: { everyMs: 60_000 } } as const;
  const fine = { resolution: 0.01, decimals: 2 } as const;
  const rain1 = [ladder("high", "high", { blue: 16, yellow: 30, orange: 50, red: 80 }, 1.6)];
  const rain24 = [ladder("high", "high", { blue: 25, yellow: 50, orange: 100, red: 250 }, 5)];
  const phreatic = [ladder("low", "low", { blue: 3.64, yellow: 3.36, orange: 3.08, red: 2.8 }, 0.05)];
  const displacement = [ladder("high", "high", { blue: 50, yellow: 70, orange: 85, red: 100 }, 2)];
  return [
    point(site, "WL-01", "pond_level", "m", {
      ...water,
      ...fine,
      rules: [ladder("high", "high", { blue: 118, yellow: 118.2, orange: 118.5, red: 119.5 }, 0.02)],
    }),
    point(site, "DB-01", "dry_beach", "m", {
      ...water,
      rules: [ladder("low", "low", { blue: 180, yellow: 165, orange: 150, red: 50 }, 2)],
    }),
    point(site, "FB-01", "freeboard", "m", {
      ...water,
      ...fine,
      rules: [ladder("low", "low", { blue: 1.8, yellow: 1.65, orange: 1.5, red: 0.5 }, 0.02)],
    }),
    point(site, "P-01", "phreatic_depth", "m", { ...water, ...fine, rules: phreatic }),
    point(site, "P-02", "phreatic_depth", "m", { ...water, ...fine, rules: phreatic }),
    point(site, "RG-01H", "rain_1h", "mm", { ...water, rules: rain1 }),
    point(site, "RG-01D", "rain_24h", "mm", { ...water, rules: rain24 }),
    point(site, "GN-01", "disp_h_cum", "mm", { report: { everyMs: 300_000 }, rules: displacement }),
    point(site, "GN-01V", "disp_v_cum", "mm", { report: { everyMs: 300_000 }, rules: displacement }),
    point(site, "DF-01", "decant_flow", "m³/s", { ...water, ...fine }),
  ];
}

/** A plan of these points; sites and devices follow from them. */
export function planOf(points: readonly Point[]): Plan {
  const text = { zh: "（演示）", en: "(demo)" };
  const duty = [{ tier: "enterprise", withinMs: 60_000 }] as const;
  const duties = { blue: [...duty], yellow: [...duty], orange: [...duty], red: [...duty] };
  const sites = [...new Set(points.map(({ site }) => site))];
  return {
    city: { id: "c", name: text },
    counties: [{ id: "k", name: text }],
    sectors: [{ id: "s", name: text, outline: "square" }],
    sites: sites.map((id) => ({
      id,
      name: text,
      shortName: text,
      county: "k",
      town: text,
      sector: "s",
      lng: 115,
      lat: 23,
      rollup: { kind: "worstOf" },
      items: [],
      devices: [`${id}/gw-1`],
      facts: [],
    })),
    items: [],
    points: [...points],
    devices: sites.map((site) => ({ id: `${site}/gw-1`, site, code: "gw-1" })),
    routing: { process: duties, data: duties, reAlarmUnacknowledgedMs: {}, reAlarmAcknowledgedMs: {} },
    actionCards: {},
    lateAfterMs: 60_000,
  };
}

/** Every level that a value violates, deadband not counted. */
export function levelsOn(of: Point, value: number): readonly Level[] {
  return of.rules.flatMap((rule) =>
    Object.entries(rule.versions.at(-1)?.levels ?? {})
      .filter(([, conditions]) => {
        // Where a level has several limits, the last needs no delay: it alone is a matter of the value.
        const setpoint = conditions.findLast(({ kind }) => kind === "limit")?.setpoint ?? Number.NaN;
        return rule.direction === "high" ? value >= setpoint : value <= setpoint;
      })
      .map(([level]) => level as Level),
  );
}
