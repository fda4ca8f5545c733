// The plan that the shipped configuration makes, and its numbers checked by hand.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { levels } from "../../../contract/level.ts";
import type { Point } from "../../../contract/plant.ts";
import { isName, isPointCode } from "../../../contract/topics.ts";
import { defaultRouting } from "../../../server/config/routing.ts";
import { limitsOf, planCheck, planOf, pointOf, setpointsOf } from "./plan-of.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));

describe("the shipped configuration", () => {
  const plan = planOf(join(root, "config"));

  it("makes a plan that the contract knows", () => {
    expect(planCheck.Errors(plan)).toEqual([]);
    expect(planCheck.Check(plan)).toBe(true);
  });

  it("has the city, its four counties and the 18 sites", () => {
    expect(plan.city).toEqual({ id: "441500", name: { zh: "汕尾市", en: "Shanwei" } });
    expect(plan.counties.map(({ id }) => id)).toEqual(["441502", "441521", "441523", "441581"]);
    expect(plan.sectors.map(({ id, outline }) => [id, outline])).toEqual([
      ["hazchem", "square"],
      ["tailings", "trapezoid"],
    ]);
    expect(plan.sites.filter(({ sector }) => sector === "hazchem")).toHaveLength(12);
    expect(plan.sites.filter(({ sector }) => sector === "tailings")).toHaveLength(6);
    // One a site, and the two trial devices of hc-03.
    expect(plan.devices).toHaveLength(20);
  });

  it("calls every site a demonstration in full and leaves the mark out of the short name", () => {
    for (const site of plan.sites) {
      expect(site.name.zh).toContain("（演示）");
      expect(site.name.en).toContain("demo)");
      expect(site.shortName.zh).not.toContain("演示");
      expect(isName(site.id)).toBe(true);
    }
  });

  it("has the points that each kind of site reports", () => {
    // Chemical: 2 levels, 1 temperature, 2 of wind each, and 18 + 2 (trial) + 6 + 2 + 1 + 1 detectors. Ponds: 16 each.
    // And one of each: high-high switch, tank pressure, reactor temperature and rate; seepage and turbidity.
    expect(plan.points).toHaveLength(12 * 5 + 30 + 4 + 6 * 16 + 2);
    const counts = new Map<string, number>();
    for (const { kind } of plan.points) counts.set(kind, (counts.get(kind) ?? 0) + 1);
    expect(Object.fromEntries(counts)).toEqual({
      tank_level: 24,
      tank_temp: 12,
      tank_press: 1,
      level_hh: 1,
      react_temp: 1,
      react_temp_rate: 1,
      wind_speed: 12,
      wind_dir: 12,
      gas_lel: 20,
      gas_nh3: 6,
      gas_cl2: 2,
      gas_hcn: 1,
      gas_hcl: 1,
      pond_level: 6,
      dry_beach: 6,
      freeboard: 6,
      phreatic_depth: 24,
      rain_1h: 6,
      rain_24h: 6,
      disp_h_cum: 18,
      disp_v_cum: 18,
      decant_flow: 6,
      seepage_flow: 1,
      turbidity: 1,
    });
    for (const point of plan.points) expect(isPointCode(point.code)).toBe(true);
    expect(new Set(plan.points.map(({ id }) => id)).size).toBe(plan.points.length);
  });

  it("refers to nothing that is not there", () => {
    const ids = (list: readonly { readonly id: string }[]): ReadonlySet<string> => new Set(list.map(({ id }) => id));
    const [counties, sites, items, points, devices] = [
      plan.counties,
      plan.sites,
      plan.items,
      plan.points,
      plan.devices,
    ].map(ids);
    for (const site of plan.sites) {
      expect(counties).toContain(site.county);
      for (const item of site.items) expect(items).toContain(item);
      for (const device of site.devices) expect(devices).toContain(device);
    }
    for (const item of plan.items) {
      expect(sites).toContain(item.site);
      expect(item.points.length).toBeGreaterThan(0);
      for (const point of item.points) {
        expect(points).toContain(point);
        expect(pointOf(plan, point).item).toBe(item.id);
      }
    }
    for (const point of plan.points) {
      expect(devices).toContain(point.device);
      if (point.actionCard !== null) expect(Object.keys(plan.actionCards)).toContain(point.actionCard);
    }
  });

  it("works the limits of a grade-3 pond out as one does by hand", () => {
    // tp-04: upstream, H 66 m, crest 185 m, slope 1 %, dh 1.2 m. By the tables L0 70 m and F0 0.7 m.
    // Lc = 70 + 1.2/0.01 = 190 m; Fc = 0.7 + 1.2 = 1.9 m; D0 = 4 + (66 − 60)/(100 − 60) · (6 − 4) = 4.3 m.
    // maxFlood = 185 − max(0.7, 0.01·70) = 184.3 m; preFlood = 184.3 − 1.2 = 183.1 m; operating = 183.1 − 0.3 = 182.8 m.
    expect(setpointsOf(pointOf(plan, "tp-04/DB-01"), "low")).toEqual({
      blue: [228],
      yellow: [209],
      orange: [190],
      red: [70],
    });
    expect(setpointsOf(pointOf(plan, "tp-04/FB-01"), "low")).toEqual({
      blue: [2.28],
      yellow: [2.09],
      orange: [1.9],
      red: [0.7],
    });
    expect(setpointsOf(pointOf(plan, "tp-04/P-01"), "low")).toEqual({
      blue: [5.59],
      yellow: [5.16],
      orange: [4.73],
      red: [4.3],
    });
    expect(setpointsOf(pointOf(plan, "tp-04/WL-01"), "high")).toEqual({
      blue: [182.6],
      yellow: [182.8],
      orange: [183.1],
      red: [184.3],
    });
    expect(setpointsOf(pointOf(plan, "tp-04/GN-02"), "high")).toEqual({
      blue: [150],
      yellow: [210],
      orange: [255],
      red: [300],
    });
    expect(limitsOf(pointOf(plan, "tp-04/GN-02"), "high").map(({ deadband }) => deadband)).toEqual([6, 6, 6, 6]);
    expect(pointOf(plan, "tp-04/WL-01").range).toEqual({ sensor: [155, 187], operator: [160, 185] });
  });

  it("keeps the catalogue's delays for ponds", () => {
    const waits = (id: string, direction: "high" | "low"): readonly (readonly number[])[] =>
      limitsOf(pointOf(plan, id), direction).map((limit) => [limit.onDelayMs, limit.onSamples, limit.offDelayMs]);
    const minute = 60_000;
    const water = [
      [20, 1, 60],
      [20, 1, 60],
      [10, 1, 60],
      [0, 2, 60],
    ];
    for (const [id, direction] of [
      ["tp-01/WL-01", "high"],
      ["tp-01/DB-01", "low"],
      ["tp-01/FB-01", "low"],
    ] as const) {
      expect(waits(id, direction)).toEqual(
        water.map(([on = 0, samples, off = 0]) => [on * minute, samples, off * minute]),
      );
    }
  });

  it("gives liquefied gas a lower ladder with the catalogue's delays, and its own provenance", () => {
    const [sphere, tank] = [pointOf(plan, "hc-07/LT-102"), pointOf(plan, "hc-01/LT-101")];
    expect(setpointsOf(sphere, "high")).toEqual({ blue: [70], yellow: [75], orange: [78], red: [80] });
    expect(setpointsOf(tank, "high")).toEqual({ blue: [80], yellow: [85], orange: [90], red: [95] });
    expect(setpointsOf(sphere, "low")).toEqual(setpointsOf(tank, "low"));
    const delays = (point: Point): readonly number[] => limitsOf(point, "high").map(({ onDelayMs }) => onDelayMs);
    expect(delays(sphere)).toEqual(delays(tank));
    for (const { provenance } of limitsOf(sphere, "high")) expect(provenance.clause).toContain("liquefied gas");
  });

  it("latches every gas kind, at the statutory two levels", () => {
    const gases = plan.points.filter(({ kind, code }) => kind.startsWith("gas_") && !code.startsWith("GD-9"));
    expect(gases).toHaveLength(28);
    const statutory: Readonly<Record<string, readonly [number, number]>> = {
      gas_lel: [25, 50],
      gas_nh3: [20, 40],
      gas_cl2: [1, 2],
      gas_hcn: [1, 2],
      gas_hcl: [7.5, 15],
    };
    for (const point of gases) {
      const setpoints = setpointsOf(point, "high");
      expect([setpoints["yellow"]?.[0], setpoints["orange"]?.[0]]).toEqual(statutory[point.kind]);
      expect(point.rules.every(({ latch }) => latch)).toBe(true);
      expect(point.silence).toEqual({ blue: 30_000, yellow: 120_000, orange: 600_000 });
      expect(point.isKey).toBe(true);
    }
  });

  it("lets no mark stand beside an overfill or an overtopping, and beside everything else", () => {
    const unmarked = plan.points.flatMap(({ kind, rules }) =>
      rules.filter(({ mayMark }) => mayMark === false).map(({ direction }) => `${kind} ${direction}`),
    );
    expect([...new Set(unmarked)].toSorted()).toEqual([
      "dry_beach low",
      "freeboard low",
      "level_hh high",
      "pond_level high",
      "tank_level high",
    ]);
  });

  it("rolls ponds up by the ladder, without carry to items and with carry to the pond", () => {
    const pond = plan.sites.find(({ id }) => id === "tp-01");
    const need = { yellow: 4, orange: 3, red: 2 };
    expect(pond?.rollup).toEqual({ kind: "ladder", need, carry: "one", clause: "GB 39496-2020 5.5.4" });
    const item = plan.items.find(({ id }) => id === "tp-01/phreatic_depth");
    expect(item?.rollup).toEqual({ kind: "ladder", need, carry: "none", clause: "GB 39496-2020 5.5.4" });
    expect(item?.points).toHaveLength(4);
    expect(plan.sites.find(({ id }) => id === "hc-01")?.rollup).toEqual({ kind: "worstOf" });
  });

  it("accounts for every limit, and says what to do at each colour that a point can show", () => {
    for (const point of plan.points) {
      for (const limit of [...limitsOf(point, "high"), ...limitsOf(point, "low")]) {
        expect(limit.provenance.from, point.id).not.toBe("unstated");
      }
      if (point.rules.length === 0) continue;
      const card = plan.actionCards[point.actionCard ?? ""];
      for (const level of levels) expect(card?.[level]?.zh, `${point.id} ${level}`).toBeTruthy();
    }
  });

  it("tests the quality of whatever is measured all the time and moves by itself, and accounts for each test", () => {
    const untested = new Set(plan.points.filter((point) => point.quality === undefined).map((point) => point.kind));
    expect([...untested].toSorted()).toEqual([
      "decant_flow",
      "gas_lel",
      "level_hh",
      "rain_1h",
      "rain_24h",
      "react_temp_rate",
    ]);
    expect(pointOf(plan, "hc-03/GD-901")).toMatchObject({ report: "onChange" });
    expect(pointOf(plan, "hc-03/GD-901").quality).toBeUndefined();
    for (const { id, kind, quality } of plan.points) {
      if (quality === undefined) continue;
      expect(quality.provenance, id).toMatch(/^product-default/u);
      // A release is a step by nature: no gas head may ever doubt one.
      if (kind.startsWith("gas_")) expect(Object.keys(quality).toSorted(), id).toEqual(["flatLine", "provenance"]);
    }
    expect(pointOf(plan, "hc-01/LT-101").quality).toMatchObject({
      spike: { suspect: 2 },
      flatLine: [
        { afterMs: 1_800_000, level: "blue" },
        { afterMs: 7_200_000, level: "yellow" },
      ],
    });
  });

  it("leaves every point room to be normal", () => {
    for (const point of plan.points) {
      const ceiling = Math.min(...limitsOf(point, "high").map(({ setpoint, deadband }) => setpoint - deadband));
      const floor = Math.max(...limitsOf(point, "low").map(({ setpoint, deadband }) => setpoint + deadband));
      expect(Math.max(floor, point.range.operator[0]), point.id).toBeLessThan(
        Math.min(ceiling, point.range.operator[1]),
      );
    }
  });

  it("has a level for every pond at which level, freeboard and beach are all calm", () => {
    for (const site of plan.sites.filter(({ sector }) => sector === "tailings")) {
      const level = pointOf(plan, `${site.id}/WL-01`);
      // The pack lets the gauge reach 2 m above the crest.
      const crest = level.range.sensor[1] - 2;
      const calm = Math.min(...limitsOf(level, "high").map(({ setpoint, deadband }) => setpoint - deadband)) - 0.01;
      const freeboard = crest - calm;
      const beach = freeboard / 0.01;
      for (const { setpoint, deadband } of limitsOf(pointOf(plan, `${site.id}/FB-01`), "low")) {
        expect(freeboard, site.id).toBeGreaterThan(setpoint + deadband);
      }
      for (const { setpoint, deadband } of limitsOf(pointOf(plan, `${site.id}/DB-01`), "low")) {
        expect(beach, site.id).toBeGreaterThan(setpoint + deadband);
      }
    }
  });

  it("routes as the built-in table does, and reminds a duty room of what it has not answered", () => {
    const { reAlarmUnacknowledgedMs, routes, ...routing } = plan.routing;
    expect({ ...routing, reAlarmUnacknowledgedMs: {} }).toEqual(defaultRouting);
    expect(routes).toHaveLength(8);
    expect(reAlarmUnacknowledgedMs).toEqual({ yellow: 900_000, orange: 600_000, red: 300_000 });
    expect(plan.lateAfterMs).toBe(600_000);
  });
});
