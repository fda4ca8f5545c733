// The gas detectors of a site: near zero in normal life, and a leak that each of them feels in its own way.
import type { Point } from "../../contract/plant.ts";
import {
  chokedReleaseKgS,
  concentration,
  createDetector,
  plumePercentLel,
  type Detector,
  type Leak,
} from "../physics/gas.ts";
import type { Random } from "../physics/random.ts";
import { createWind, type Wind } from "../physics/wind.ts";
import { calmBand, type Action, type Part } from "./part.ts";

const OXYGEN_PERCENT = 20.9;

interface Felt {
  readonly detector: Detector;
  /** The true concentration around it, so long after the leak began; `stoppedAfterS` is null while it goes on. */
  readonly around: (sinceS: number, stoppedAfterS: number | null) => number;
  readonly startMs: number;
  stoppedMs: number | null;
}

/** A thirtieth of the way to the first limit: at a reading every 2 s not even a year of noise gets there. */
function noiseOf(point: Point): number {
  const band = calmBand(point);
  return (band.high ?? point.range.sensor[1]) / 30;
}

/** What a detector so far downwind has around it, %LEL. */
function aroundIn(plume: Extract<Action, { do: "plume" }>, wind: Wind, downwindM: number): Felt["around"] {
  const releaseKgS = chokedReleaseKgS(plume.holeMm, plume.pressureMPa);
  return (sinceS, stoppedAfterS) => {
    // The plume needs its time to get there, and as long to be gone.
    const agoS = sinceS - downwindM / plume.windMs;
    if (agoS < 0 || (stoppedAfterS !== null && agoS >= stoppedAfterS)) return 0;
    const crosswindM = downwindM * Math.tan((wind.offAxisDeg() * Math.PI) / 180);
    return wind.gust() * plumePercentLel(releaseKgS, { downwindM, crosswindM, windMs: plume.windMs });
  };
}

/** Builds the detectors of a site. */
export function createDetectors(points: readonly Point[], random: Random): Part {
  const gas = points.filter((point) => point.kind.startsWith("gas_"));
  /** The noise of each detector, by its code. */
  const own = new Map(gas.map((point) => [point.code, noiseOf(point)] as const));
  const felt = new Map<string, Felt>();
  /** The wind of the plume that blows; null where none does. */
  let wind: Wind | null = null;
  const feel = (code: string, around: Felt["around"], t90S: number, atMs: number): void => {
    if (own.has(code)) felt.set(code, { around, detector: createDetector(t90S), startMs: atMs, stoppedMs: null });
  };
  const feelLeak = (code: string, leak: Leak, t90S: number, atMs: number): void =>
    feel(code, (sinceS, stoppedAfterS) => concentration(leak, sinceS, stoppedAfterS), t90S, atMs);
  return {
    step: (atMs, dtS) => {
      wind?.step(dtS);
      for (const { around, detector, startMs, stoppedMs } of felt.values()) {
        const stoppedAfterS = stoppedMs === null ? null : (stoppedMs - startMs) / 1000;
        detector.step(dtS, around((atMs - startMs) / 1000, stoppedAfterS));
      }
    },
    read: (point, noise) => {
      const sigma = own.get(point.code);
      if (sigma === undefined) return undefined;
      if (point.kind === "gas_o2") return OXYGEN_PERCENT + 0.02 * noise.gauss();
      return Math.max(0, sigma * noise.gauss()) + (felt.get(point.code)?.detector.value() ?? 0);
    },
    act: (action, atMs) => {
      if (action.do === "stopLeak") {
        for (const one of felt.values()) one.stoppedMs ??= atMs;
      }
      if (action.do === "plume") {
        const blowing = createWind(action, random.gauss);
        wind = blowing;
        for (const [code, downwindM] of Object.entries(action.downwindM)) {
          feel(code, aroundIn(action, blowing, downwindM), action.t90S, atMs);
        }
      }
      if (action.do !== "leak") return;
      feelLeak(action.point, action, action.t90S, atMs);
      for (const [code, share] of Object.entries(action.neighbours)) {
        // What reaches the neighbours less also reaches them later.
        const leak = { target: action.target * share, sourceTauS: action.sourceTauS, delayS: action.delayS * 1.5 };
        feelLeak(code, leak, action.t90S, atMs);
      }
    },
  };
}
