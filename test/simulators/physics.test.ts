// The physics of the simulators against the tables of the domain study (section 7).
import { describe, expect, it } from "vitest";
import { createWander, dailySwing, seasonalMeanC } from "../../simulators/physics/ambient.ts";
import { creepDisplacement, creepRate, gnssError } from "../../simulators/physics/displacement.ts";
import { concentration, createDetector, roomConcentration } from "../../simulators/physics/gas.ts";
import { createPhreatic } from "../../simulators/physics/phreatic.ts";
import {
  createPond,
  decantFlowM3s,
  dryBeachM,
  equilibriumLevelM,
  freeboardM,
  type PondGeometry,
} from "../../simulators/physics/pond.ts";
import { createGauge, createRollingSum, intensityMmPerHour } from "../../simulators/physics/rain.ts";
import { createRandom, seedOf } from "../../simulators/physics/random.ts";
import { createTank, levelRateMmPerMin } from "../../simulators/physics/tank.ts";

describe("random", () => {
  const take = (seed: number): readonly number[] => {
    const random = createRandom(seed);
    return Array.from({ length: 50 }, () => random.next());
  };

  it("gives the same numbers for the same seed and others for the next", () => {
    expect(take(7)).toEqual(take(7));
    expect(take(7)).not.toEqual(take(8));
  });

  it("gives each name a seed of its own", () => {
    expect(seedOf("hc-01/GD-201", 1)).not.toBe(seedOf("hc-01/GD-202", 1));
    expect(seedOf("hc-01/GD-201", 1)).not.toBe(seedOf("hc-01/GD-201", 2));
  });

  it("is uniform and normal as far as 20,000 numbers can tell", () => {
    const random = createRandom(3);
    const uniform = Array.from({ length: 20_000 }, () => random.next());
    const normal = Array.from({ length: 20_000 }, () => random.gauss());
    const mean = (values: readonly number[]): number => values.reduce((sum, one) => sum + one, 0) / values.length;
    expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...uniform)).toBeLessThan(1);
    expect(mean(uniform)).toBeCloseTo(0.5, 1);
    expect(mean(normal)).toBeCloseTo(0, 1);
    expect(Math.sqrt(mean(normal.map((one) => one * one)))).toBeCloseTo(1, 1);
  });
});

describe("ambient", () => {
  it("is about 28 °C in July and 16 °C in January, hottest at 15:00 local time", () => {
    expect(seasonalMeanC(Date.UTC(2026, 6, 15))).toBeCloseTo(28, 0);
    expect(seasonalMeanC(Date.UTC(2026, 0, 15))).toBeCloseTo(16, 0);
    expect(dailySwing(Date.UTC(2026, 6, 15, 7), 4)).toBeCloseTo(4, 6);
    expect(dailySwing(Date.UTC(2026, 6, 15, 19), 4)).toBeCloseTo(-4, 6);
  });

  it("wanders with the asked spread and forgets with its time constant", () => {
    const random = createRandom(5);
    const wander = createWander(60, 2, random.gauss);
    const values = Array.from({ length: 20_000 }, () => {
      wander.step(600);
      return wander.value();
    });
    const spread = Math.sqrt(values.reduce((sum, one) => sum + one * one, 0) / values.length);
    expect(spread).toBeGreaterThan(1.9);
    expect(spread).toBeLessThan(2.1);
  });
});

describe("tank", () => {
  it.each([
    [100, 5.3, 14],
    [200, 10.6, 7],
    [300, 15.9, 4.7],
  ])("rises at %d m³/h by %d mm/min at 20 m diameter, 75 mm in %d min", (flow, rate, minutes) => {
    expect(levelRateMmPerMin(flow, 20)).toBeCloseTo(rate, 1);
    const tank = createTank({ diameterM: 20, heightM: 10, levelPercent: 50 });
    let seconds = 0;
    while (tank.levelPercent() < 50.75) {
      tank.step(1, flow);
      seconds += 1;
    }
    expect(Math.abs(seconds / 60 - minutes)).toBeLessThan(0.2);
  });

  it("neither runs below its floor nor above 10 % over the critical height", () => {
    const tank = createTank({ diameterM: 20, heightM: 10, levelPercent: 5 });
    tank.step(1e6, -100);
    expect(tank.levelPercent()).toBe(0);
    tank.step(1e7, 100);
    expect(tank.levelPercent()).toBeCloseTo(110, 9);
  });
});

describe("gas", () => {
  const leak = { target: 80, sourceTauS: 60, delayS: 20 };

  it.each([
    [10, 38],
    [25, 55],
    [50, 93],
  ])("reaches %d %%LEL after %d s with T90 30 s", (limit, seconds) => {
    const detector = createDetector(30);
    let at = 0;
    while (detector.value() < limit) {
      detector.step(1, concentration(leak, at, null));
      at += 1;
    }
    expect(Math.abs(at - 1 - seconds)).toBeLessThanOrEqual(1);
  });

  it("shows 90 % of a step after T90, whatever the step length", () => {
    for (const dt of [0.1, 1, 10, 30]) {
      const detector = createDetector(30);
      for (let at = 0; at < 30 - 1e-6; at += dt) detector.step(dt, 100);
      expect(detector.value()).toBeCloseTo(90, 6);
    }
  });

  it("thins out once stopped, without a jump", () => {
    const before = concentration(leak, 620, null);
    expect(concentration(leak, 620, 600)).toBeCloseTo(before, 9);
    expect(concentration(leak, 680, 600)).toBeCloseTo(before / Math.E, 6);
    expect(concentration(leak, 610, 600)).toBeLessThan(before);
  });

  it("fills a well-mixed room towards Q/(N·V)", () => {
    expect(roomConcentration(10, 2, 500, 0)).toBe(0);
    expect(roomConcentration(10, 2, 500, 100)).toBeCloseTo(0.01, 9);
    expect(roomConcentration(10, 2, 500, 0.5)).toBeCloseTo(0.01 * (1 - 1 / Math.E), 9);
  });
});

const tableGeometry: PondGeometry = {
  crestM: 120,
  sillM: 117.6,
  surveyM: 117.5,
  areaM2: 60_000,
  widthM: 250,
  slope: 0.01,
  catchmentM2: 600_000,
  runoffCoefficient: 0.85,
  runoffLagS: 3600,
  weirWidthM: 3,
  weirCoefficient: 0.4,
};

/** Plays one storm of the table; the hours at which the beach falls below each length. */
function playStorm(totalMm: number, hours: number, blockage: number) {
  const pond = createPond(tableGeometry, 117.5);
  const reached = new Map<number, number>();
  let peakM = 0;
  for (let minute = 0; minute < (hours + 18) * 60; minute += 1) {
    const rainMmPerHour = intensityMmPerHour({ totalMm, hours, peakAt: 0.4 }, minute / 60);
    pond.step(60, { rainMmPerHour, netFeedM3s: 0, blockage });
    peakM = Math.max(peakM, pond.levelM());
    for (const beach of [100, 75, 60, 50, 0]) {
      if (dryBeachM(tableGeometry, pond.levelM()) <= beach && !reached.has(beach)) reached.set(beach, minute / 60);
    }
  }
  return { peakM, reached };
}

describe("pond", () => {
  it.each([
    [100, 6, 0, 118.07],
    [200, 6, 1, 118.99],
    [300, 6, 0, 118.78],
    [300, 6, 1, 119.57],
    [614, 24, 0, 118.77],
  ])("peaks after %d mm in %d h with blockage %d at %d m", (mm, hours, blockage, peak) => {
    expect(Math.abs(playStorm(mm, hours, blockage).peakM - peak)).toBeLessThanOrEqual(0.0101);
  });

  it("loses its beach hour by hour in 300 mm with a blocked decant", () => {
    const { reached } = playStorm(300, 6, 1);
    const hours = [100, 75, 60, 50].map((beach) => Number(reached.get(beach)?.toFixed(1)));
    expect(hours).toEqual([4.3, 5.0, 5.7, 6.6]);
  });

  it("overtops after 13.4 h in 614 mm with a blocked decant, and never with an open one", () => {
    const { reached } = playStorm(614, 24, 1);
    const hours = [100, 75, 60, 50, 0].map((beach) => Number(reached.get(beach)?.toFixed(1)));
    expect(hours).toEqual([9.5, 10.3, 10.9, 11.3, 13.4]);
    expect(playStorm(614, 24, 0).reached.size).toBe(0);
  });

  it("keeps beach and freeboard on one slope: a tenth of a metre of water takes ten of beach", () => {
    expect(dryBeachM(tableGeometry, 118) - dryBeachM(tableGeometry, 118.1)).toBeCloseTo(10, 9);
    expect(freeboardM(tableGeometry, 119.5)).toBeCloseTo(0.5, 9);
  });

  it("discharges nothing below the sill or through a blocked inlet, and just the feed in equilibrium", () => {
    expect(decantFlowM3s(tableGeometry, 117.6, 0)).toBe(0);
    expect(decantFlowM3s(tableGeometry, 119, 1)).toBe(0);
    expect(decantFlowM3s(tableGeometry, 119, 0.5)).toBeCloseTo(decantFlowM3s(tableGeometry, 119, 0) / 2, 9);
    expect(decantFlowM3s(tableGeometry, equilibriumLevelM(tableGeometry, 0.02), 0)).toBeCloseTo(0.02, 9);
  });
});

describe("phreatic", () => {
  it("covers 63 % of a step in its time constant, whatever the step length", () => {
    const options = { usualDepthM: 5, risePerPondM: 0.5, risePerRainMm: 0.01, tauS: 86_400 };
    for (const dt of [60, 3600, 86_400]) {
      const line = createPhreatic(options);
      for (let at = 0; at < 86_400; at += dt) line.step(dt, 1, 50);
      expect(line.depthM()).toBeCloseTo(5 - (1 - 1 / Math.E), 6);
    }
  });
});

describe("displacement", () => {
  const creep = { startMmPerDay: 0.5, failureDays: 20 };

  it.each([
    [10, 1],
    [15, 2],
    [18, 5],
    [19, 10],
    [19.5, 20],
    [19.8, 50],
  ])("creeps on day %d at %d mm/d", (day, rate) => {
    expect(creepRate(creep, day)).toBeCloseTo(rate, 6);
  });

  it("has moved 37 mm half a day before it fails", () => {
    expect(Math.round(creepDisplacement(creep, 19.5))).toBe(37);
  });

  it("measures with the asked noise and a daily multipath", () => {
    const random = createRandom(9);
    const values = Array.from({ length: 5000 }, () => gnssError(0, 2, 1, random.gauss));
    const spread = Math.sqrt(values.reduce((sum, one) => sum + one * one, 0) / values.length);
    expect(spread).toBeGreaterThan(1.9);
    expect(spread).toBeLessThan(2.1);
    expect(gnssError(21_600_000, 0, 1, random.gauss)).toBeCloseTo(1, 9);
  });
});

describe("rain", () => {
  it("lets just the storm's amount fall, with its peak where it belongs", () => {
    const storm = { totalMm: 300, hours: 6, peakAt: 0.4 };
    let total = 0;
    for (let minute = 0; minute < 480; minute += 1) total += intensityMmPerHour(storm, (minute + 0.5) / 60) / 60;
    expect(total).toBeCloseTo(300, 1);
    expect(intensityMmPerHour(storm, 2.4)).toBeCloseTo(100, 9);
    expect(intensityMmPerHour(storm, 6)).toBe(0);
    expect(intensityMmPerHour(storm, -1)).toBe(0);
  });

  it("tips whole tips and loses no water", () => {
    const gauge = createGauge(0.2);
    const tips = Array.from({ length: 25 }, () => gauge.catchRain(0.1));
    expect(tips.slice(0, 4)).toEqual([0, 0.2, 0, 0.2]);
    expect(tips.reduce((sum, tip) => sum + tip, 0)).toBeCloseTo(2.4, 9);
  });

  it("forgets rain when it leaves the window, and not before", () => {
    const sum = createRollingSum(3_600_000);
    sum.add(60_000, 5);
    sum.add(1_800_000, 3);
    expect(sum.sum(3_600_000)).toBe(8);
    expect(sum.sum(3_659_000)).toBe(8);
    expect(sum.sum(3_660_000)).toBe(3);
    expect(sum.sum(5_400_000)).toBe(0);
  });
});
