// The dam of a pond: marks that creep, a phreatic line that follows the pond days late, seepage and its turbidity.
import type { Point } from "../../contract/plant.ts";
import { creepDisplacement, gnssError, pulseDisplacement } from "../physics/displacement.ts";
import { createPhreatic, type Phreatic } from "../physics/phreatic.ts";
import type { Random } from "../physics/random.ts";
import { notchFlowLs, notchHeadM, pipingDropM, pipingGrowth } from "../physics/seepage.ts";
import { calmBand, setpointOf, type Action, type Weather } from "./part.ts";

const DAY_MS = 86_400_000;
/** Stopped piping takes its seepage back within so long. */
const HEALING_TAU_S = 4 * 3600;
/** Rain seeps too, and little of it reaches the toe: share of the base for each mm in 24 h. */
const SEEPAGE_PER_RAIN_MM = 0.0004;

/** A dam; `pondRiseM` is how far the pond stands above its usual level. */
export interface Dam {
  readonly step: (atMs: number, dtS: number, pondRiseM: number) => void;
  readonly read: (point: Point, random: Random, atMs: number) => number | undefined;
  readonly act: (action: Action, atMs: number) => void;
}

function createLines(points: readonly Point[]): ReadonlyMap<string, Phreatic> {
  return new Map(
    points
      .filter((point) => point.kind === "phreatic_depth")
      .map((point, index) => {
        const floor = calmBand(point).low ?? 3;
        // 15 % and 0.6 m clear of blue; the piezometers nearer to the crest lie deeper and answer sooner.
        const usualDepthM = floor * 1.15 + 0.6 + 0.25 * index;
        const tauS = (10 - 2 * Math.min(index, 4)) * 86_400;
        return [point.id, createPhreatic({ usualDepthM, risePerPondM: 0.3, risePerRainMm: 0.002, tauS })];
      }),
  );
}

/** Where a GNSS mark stands and how much it sways, by point id; scaled down where its limits are tight. */
function createMarks(
  points: readonly Point[],
): ReadonlyMap<string, { readonly atMm: number; readonly sigmaMm: number }> {
  const marks = points.filter((point) => point.kind.startsWith("disp_"));
  return new Map(
    marks.map((point) => {
      const first = calmBand(point).high ?? 50;
      const sigmaMm = Math.min(point.kind.startsWith("disp_v") ? 3 : 2, first / 20);
      return [point.id, { atMm: first * 0.3, sigmaMm }] as const;
    }),
  );
}

interface Since<T> {
  readonly law: T;
  readonly startMs: number;
}

/** How far a mark has moved, mm. */
function createSlope(startMs: number) {
  let creep: Since<Extract<Action, { do: "creep" }>> | null = null;
  let pulse: Since<Extract<Action, { do: "rainStep" }>> | null = null;
  const crept = (code: string, atMs: number): number => {
    if (creep === null) return 0;
    // A failing slope stops being measured shortly before it fails.
    const days = Math.min((atMs - creep.startMs) / DAY_MS, creep.law.failureDays * 0.999);
    const { shares } = creep.law;
    // GN-01V, the height of a mark, is a matter of GN-01.
    const share = Object.keys(shares).length === 0 ? 1 : (shares[code.replace(/V$/u, "")] ?? 0);
    return share * creepDisplacement(creep.law, days);
  };
  const stepped = (atMs: number): number => {
    if (pulse === null) return 0;
    return pulseDisplacement(pulse.law.startMmPerDay, pulse.law.recessionDays, (atMs - pulse.startMs) / DAY_MS);
  };
  return {
    // A dam at rest creeps by 0.01 mm/d.
    movedMm: (code: string, atMs: number): number =>
      ((atMs - startMs) / DAY_MS) * 0.01 + crept(code, atMs) + stepped(atMs),
    act: (action: Action, atMs: number): void => {
      if (action.do === "creep") creep = { law: action, startMs: atMs };
      if (action.do === "rainStep") pulse = { law: action, startMs: atMs };
      if (action.do === "resurvey") {
        creep = null;
        pulse = null;
      }
    },
  };
}

/** How many times its base the seepage has become, and how much of their depth the piezometers have lost. */
function createPipe() {
  let growth = 1;
  let dropM = 0;
  let piping: (Since<{ readonly tauS: number; readonly depthDropM: number }> & { isStopped: boolean }) | null = null;
  return {
    growth: () => growth,
    dropM: () => dropM,
    step: (atMs: number, dtS: number): void => {
      if (piping === null) return;
      if (piping.isStopped) {
        const keep = Math.exp(-dtS / HEALING_TAU_S);
        growth = 1 + (growth - 1) * keep;
        dropM *= keep;
        return;
      }
      const sinceS = (atMs - piping.startMs) / 1000;
      growth = pipingGrowth(piping.law, sinceS);
      dropM = pipingDropM(piping.law, sinceS);
    },
    act: (action: Action, atMs: number): void => {
      if (action.do === "piping") {
        const law = { tauS: action.tauHours * 3600, depthDropM: action.depthDropM };
        piping = { law, startMs: atMs, isStopped: false };
      }
      if (action.do === "stopPiping" && piping !== null) piping.isStopped = true;
    },
  };
}

/** What a point shows in normal life, read off its first limit, which stands at so many times of it. */
function baseOf(point: Point, blueTimes: number, usual: number): number {
  const blue = setpointOf(point, "high", "blue");
  return blue === undefined ? usual : blue / blueTimes;
}

/** Builds the dam of a site. */
export function createDam(points: readonly Point[], weather: Weather, startMs: number): Dam {
  const lines = createLines(points);
  const marks = createMarks(points);
  const slope = createSlope(startMs);
  const pipe = createPipe();
  return {
    step: (atMs, dtS, pondRiseM) => {
      pipe.step(atMs, dtS);
      const rain = lines.size === 0 ? 0 : weather.rainSumMm(24);
      for (const line of lines.values()) line.step(dtS, pondRiseM, rain);
    },
    read: (point, random, atMs) => {
      switch (point.kind) {
        case "phreatic_depth":
          return (lines.get(point.id)?.depthM() ?? 0) - pipe.dropM() + 0.005 * random.gauss();
        case "disp_h_cum":
        case "disp_v_cum": {
          const { atMm, sigmaMm } = marks.get(point.id) ?? { atMm: 0, sigmaMm: 2 };
          // A slope that slides settles half as much as it moves out.
          const moved = slope.movedMm(point.code, atMs) * (point.kind === "disp_h_cum" ? 1 : 0.5);
          return atMm + moved + gnssError(atMs, sigmaMm, sigmaMm / 2, random.gauss);
        }
        case "seepage_flow": {
          const rained = 1 + SEEPAGE_PER_RAIN_MM * weather.rainSumMm(24);
          const flowLs = baseOf(point, 1.2, 4) * rained * pipe.growth();
          // The weir's gauge reads its head to half a millimetre.
          return notchFlowLs(notchHeadM(flowLs) + 0.0005 * random.gauss());
        }
        case "turbidity":
          return baseOf(point, 2, 8) * pipe.growth() * Math.exp(0.06 * random.gauss());
        default:
          return undefined;
      }
    },
    act: (action, atMs) => {
      slope.act(action, atMs);
      pipe.act(action, atMs);
    },
  };
}
