// The physics of the simulators against the tables of the domain study (section 7).
import { describe, expect, it } from "vitest";
import { createWander, dailySwing, seasonalMeanC } from "../../simulators/physics/ambient.ts";
import { creepDisplacement, creepRate, gnssError, pulseDisplacement } from "../../simulators/physics/displacement.ts";
import {
  chokedReleaseKgS,
  concentration,
  createDetector,
  plumePercentLel,
  roomConcentration,
} from "../../simulators/physics/gas.ts";
import { createTankHeat, lag, propanePressureMPa } from "../../simulators/physics/heat.ts";
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
import { createReactor } from "../../simulators/physics/reactor.ts";
import { notchFlowLs, notchHeadM, pipingDropM, pipingGrowth } from "../../simulators/physics/seepage.ts";
import { createWind } from "../../simulators/physics/wind.ts";
import { createSlosh, createTank, levelRateMmPerMin, swellPercent } from "../../simulators/physics/tank.ts";

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

describe("heat", () => {
  it("covers 63 % of a step in its time constant, whatever the step length", () => {
    for (const dt of [60, 3600, 21_600]) {
      let value = 20;
      for (let at = 0; at < 21_600; at += dt) value = lag(value, 30, dt, 21_600);
      expect(value).toBeCloseTo(30 - 10 / Math.E, 9);
    }
  });

  it("lets a tank's skin and bulk follow the day flatter and later, as two lags in a row do", () => {
    const tank = createTankHeat({ skinTauS: 6 * 3600, bulkTauS: 24 * 3600, startC: 20 });
    const highest = { skin: -Infinity, bulk: -Infinity };
    const omega = (2 * Math.PI) / 86_400;
    for (let at = 0; at < 20 * 86_400; at += 60) {
      tank.step(60, 20 + 4 * Math.cos(omega * at));
      if (at < 10 * 86_400) continue;
      highest.skin = Math.max(highest.skin, tank.skinC() - 20);
      highest.bulk = Math.max(highest.bulk, tank.bulkC() - 20);
    }
    const skin = 4 / Math.hypot(1, omega * 6 * 3600);
    expect(highest.skin).toBeCloseTo(skin, 2);
    expect(highest.bulk).toBeCloseTo(skin / Math.hypot(1, omega * 24 * 3600), 2);
  });

  it.each([
    [0, 0.37],
    [20, 0.74],
    [40, 1.27],
  ])("puts propane at %d °C under some %d MPa", (celsius, megapascal) => {
    expect(Math.abs(propanePressureMPa(celsius) / megapascal - 1)).toBeLessThan(0.06);
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

describe("surface of a tank", () => {
  it("sloshes by its amplitude and with its period while it fills, and comes to rest", () => {
    const slosh = createSlosh(5, 12);
    const heights: number[] = [];
    for (let at = 0; at < 1200; at += 1) {
      slosh.step(1, true);
      heights.push(slosh.heightMm());
    }
    const late = heights.slice(600);
    expect(Math.max(...late)).toBeGreaterThan(4.9);
    expect(Math.max(...late)).toBeLessThanOrEqual(5);
    const crossings = late.filter((height, index) => index > 0 && height > 0 && (late[index - 1] ?? 0) <= 0).length;
    expect(crossings).toBe(50);
    for (let at = 0; at < 600; at += 1) slosh.step(1, false);
    expect(Math.abs(slosh.heightMm())).toBeLessThan(0.01);
  });

  it("swells by a thousandth of its level for each degree", () => {
    expect(swellPercent(80, 30, 20)).toBeCloseTo(0.8, 9);
    expect(swellPercent(80, 10, 20)).toBeCloseTo(-0.8, 9);
  });
});

describe("gas", () => {
  const leak = { target: 80, sourceTauS: 60, delayS: 20 };

  it.each([
    [10, 10, 32],
    [10, 25, 46],
    [10, 50, 83],
    [30, 10, 38],
    [30, 25, 55],
    [30, 50, 93],
    [60, 10, 44],
    [60, 25, 66],
    [60, 50, 109],
  ])("with T90 %d s reaches %d %%LEL after %d s", (t90, limit, seconds) => {
    const detector = createDetector(t90);
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

describe("plume", () => {
  const spot = { downwindM: 10, crosswindM: 0, windMs: 2 };

  it("lets 5.7 g/s of propane out of 2 mm at 0.9 MPa, as the formula says by hand", () => {
    // 0.75 · π · 1e-6 m² · 9e5 Pa · √(1.13 · 0.0441 / (8.314 · 300)) · (2/2.13)^(2.13/0.26)
    expect(chokedReleaseKgS(2, 0.9)).toBeCloseTo(0.005658, 6);
    expect(chokedReleaseKgS(4, 0.9)).toBeCloseTo(4 * chokedReleaseKgS(2, 0.9), 12);
  });

  it("thins out with distance, wind and distance from its axis, and is nowhere upwind", () => {
    const onAxis = plumePercentLel(0.005, spot);
    // 0.005 / (π · 2 · 0.8 · 0.6) kg/m³ of a lower limit of 0.038 kg/m³.
    expect(onAxis).toBeCloseTo((100 * 0.005) / (Math.PI * 2 * 0.8 * 0.6) / 0.038, 9);
    expect(plumePercentLel(0.005, { ...spot, downwindM: 20 })).toBeCloseTo(onAxis / 4, 9);
    expect(plumePercentLel(0.005, { ...spot, windMs: 4 })).toBeCloseTo(onAxis / 2, 9);
    expect(plumePercentLel(0.005, { ...spot, crosswindM: 0.8 })).toBeCloseTo(onAxis * Math.exp(-0.5), 9);
    expect(plumePercentLel(0.005, { ...spot, downwindM: -1 })).toBe(0);
  });
});

describe("wind", () => {
  it("gusts log-normally around 1 and meanders around its axis", () => {
    const wind = createWind({ gustSigma: 0.4, meanderDeg: 8 }, createRandom(13).gauss);
    const samples = Array.from({ length: 20_000 }, () => {
      wind.step(300);
      return { gust: wind.gust(), deg: wind.offAxisDeg() };
    });
    const mean = (of: (sample: (typeof samples)[number]) => number): number =>
      samples.reduce((sum, sample) => sum + of(sample), 0) / samples.length;
    expect(mean(({ gust }) => gust)).toBeCloseTo(1, 1);
    const logMean = mean(({ gust }) => Math.log(gust));
    expect(Math.sqrt(mean(({ gust }) => (Math.log(gust) - logMean) ** 2))).toBeCloseTo(0.4, 1);
    expect(Math.abs(Math.sqrt(mean(({ deg }) => deg * deg)) - 8)).toBeLessThan(0.2);
  });

  it("does neither within a second what it does within minutes", () => {
    const wind = createWind({ gustSigma: 0.4, meanderDeg: 8 }, createRandom(14).gauss);
    const turns = Array.from({ length: 2000 }, () => {
      const before = wind.offAxisDeg();
      wind.step(1);
      return Math.abs(wind.offAxisDeg() - before);
    });
    // σ·√(1 − e^(−2/60)) is 1.45°, its mean size 0.8 of that.
    expect(turns.reduce((sum, turn) => sum + turn, 0) / turns.length).toBeCloseTo(1.16, 1);
  });
});

describe("reactor", () => {
  const options = { setPointC: 60, activationJPerMol: 95_000, startKPerMin: 0.05, adiabaticRiseK: 150 };

  /** The minutes after loss of cooling at which it first reaches each temperature. */
  function runAway(stepS: number): ReadonlyMap<number, number> {
    const reactor = createReactor(options);
    reactor.loseCooling();
    const reached = new Map<number, number>();
    for (let at = stepS; at <= 4 * 3600; at += stepS) {
      reactor.step(stepS);
      for (const limit of [65, 70, 80, 90, 100, 150]) {
        if (reactor.tempC() >= limit && !reached.has(limit)) reached.set(limit, at / 60);
      }
    }
    return reached;
  }

  it.each([
    [65, 80],
    [70, 130],
    [80, 182],
    [90, 205],
    [100, 215],
    [150, 225],
  ])("without cooling is at %d °C after %d min", (celsius, minutes) => {
    expect(Math.abs((runAway(1).get(celsius) ?? 0) - minutes)).toBeLessThan(0.6);
    expect(Math.abs((runAway(10).get(celsius) ?? 0) - minutes)).toBeLessThan(0.6);
  });

  it("doubles its rate about every ten degrees, burns no more than there is, and cools down when quenched", () => {
    const reactor = createReactor(options);
    expect([reactor.tempC(), reactor.ratePerMin()]).toEqual([60, 0]);
    reactor.loseCooling();
    reactor.step(1);
    const start = reactor.ratePerMin();
    expect(start).toBeCloseTo(0.05, 3);
    while (reactor.tempC() < 70) reactor.step(1);
    expect(reactor.ratePerMin() / start).toBeGreaterThan(2);
    expect(reactor.ratePerMin() / start).toBeLessThan(3);
    reactor.step(6 * 3600);
    expect(reactor.tempC()).toBeCloseTo(210, 0);
    reactor.quench();
    reactor.step(600);
    expect(reactor.tempC()).toBeCloseTo(60 + 150 / Math.E, 0);
    expect(reactor.ratePerMin()).toBeLessThan(0);
  });

  it("stays at its set point while it is cooled", () => {
    const reactor = createReactor(options);
    reactor.quench();
    reactor.step(86_400);
    expect(reactor.tempC()).toBe(60);
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
  const levels: number[] = [];
  let peakM = 0;
  for (let minute = 0; minute < (hours + 18) * 60; minute += 1) {
    const rainMmPerHour = intensityMmPerHour({ totalMm, hours, peakAt: 0.4 }, minute / 60);
    pond.step(60, { rainMmPerHour, netFeedM3s: 0, blockage });
    peakM = Math.max(peakM, pond.levelM());
    levels.push(pond.levelM());
    for (const beach of [100, 75, 60, 50, 0]) {
      if (dryBeachM(tableGeometry, pond.levelM()) <= beach && !reached.has(beach)) reached.set(beach, minute / 60);
    }
  }
  const hourly = levels.slice(60).map((level, index) => level - (levels[index] ?? level));
  return { peakM, reached, fastestMPerHour: Math.max(...hourly) };
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

  it.each([
    [100, 6, 0, 0.189],
    [100, 6, 1, 0.212],
    [300, 6, 0, 0.446],
    [300, 6, 1, 0.545],
    [614, 24, 0, 0.145],
    [614, 24, 1, 0.288],
  ])("rises in %d mm in %d h with blockage %d by at most %d m in an hour", (mm, hours, blockage, rise) => {
    expect(playStorm(mm, hours, blockage).fastestMPerHour).toBeCloseTo(rise, 2);
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

describe("seepage", () => {
  it("flows over a V-notch as 1.4 times the head to the power of 2.5, there and back", () => {
    expect(notchFlowLs(0.1)).toBeCloseTo(4.427, 3);
    expect(notchHeadM(notchFlowLs(0.137))).toBeCloseTo(0.137, 9);
    expect(notchFlowLs(-0.01)).toBe(0);
  });

  it("grows e-fold in each time constant of piping, while the phreatic line loses its depth", () => {
    const piping = { tauS: 12 * 3600, depthDropM: 2 };
    expect(pipingGrowth(piping, 0)).toBe(1);
    expect(pipingGrowth(piping, 12 * 3600)).toBeCloseTo(Math.E, 9);
    // Three times the base, where seepage is red, after ln 3 time constants.
    expect(pipingGrowth(piping, Math.log(3) * 12 * 3600)).toBeCloseTo(3, 9);
    expect(pipingDropM(piping, 12 * 3600)).toBeCloseTo(2 - 2 / Math.E, 9);
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

  it("creeps on after rain until the pulse has died away", () => {
    expect(pulseDisplacement(6, 1.5, 1.5)).toBeCloseTo(9 - 9 / Math.E, 9);
    expect(pulseDisplacement(6, 1.5, 30)).toBeCloseTo(9, 6);
  });

  it.each([
    [1, 1.41],
    [3, 0.272],
    [7, 0.076],
  ])("fits a rate over %d d of hourly solutions with a spread of %d mm/d", (days, sigma) => {
    const random = createRandom(11);
    const hours = Array.from({ length: days * 24 }, (_, hour) => hour / 24);
    const mean = (hours.length - 1) / 48;
    const square = hours.reduce((sum, at) => sum + (at - mean) ** 2, 0);
    const rates = Array.from(
      { length: 2000 },
      () => hours.reduce((sum, at) => sum + (at - mean) * gnssError(0, 2, 0, random.gauss), 0) / square,
    );
    const spread = Math.sqrt(rates.reduce((sum, rate) => sum + rate * rate, 0) / rates.length);
    expect(Math.abs(spread / sigma - 1)).toBeLessThan(0.06);
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
