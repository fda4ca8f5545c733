// The gas detectors of a site: near zero in normal life, and a leak that each of them feels in its own way.
import type { Point } from "../../contract/plant.ts";
import { concentration, createDetector, type Detector, type Leak } from "../physics/gas.ts";
import { calmBand, type Part } from "./part.ts";

const OXYGEN_PERCENT = 20.9;

interface Felt {
  readonly leak: Leak;
  readonly detector: Detector;
  readonly startMs: number;
  stoppedMs: number | null;
}

/** A thirtieth of the way to the first limit: at a reading every 2 s not even a year of noise gets there. */
function noiseOf(point: Point): number {
  const band = calmBand(point);
  return (band.high ?? point.range.sensor[1]) / 30;
}

/** Builds the detectors of a site. */
export function createDetectors(points: readonly Point[]): Part {
  const gas = points.filter((point) => point.kind.startsWith("gas_"));
  /** The noise of each detector, by its code. */
  const own = new Map(gas.map((point) => [point.code, noiseOf(point)] as const));
  const felt = new Map<string, Felt>();
  const startLeak = (code: string, leak: Leak, t90S: number, atMs: number): void => {
    if (own.has(code)) felt.set(code, { leak, detector: createDetector(t90S), startMs: atMs, stoppedMs: null });
  };
  return {
    step: (atMs, dtS) => {
      for (const { leak, detector, startMs, stoppedMs } of felt.values()) {
        const stoppedAfterS = stoppedMs === null ? null : (stoppedMs - startMs) / 1000;
        detector.step(dtS, concentration(leak, (atMs - startMs) / 1000, stoppedAfterS));
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
      if (action.do !== "leak") return;
      startLeak(action.point, action, action.t90S, atMs);
      for (const [code, share] of Object.entries(action.neighbours)) {
        // What reaches the neighbours less also reaches them later.
        const leak = { target: action.target * share, sourceTauS: action.sourceTauS, delayS: action.delayS * 1.5 };
        startLeak(code, leak, action.t90S, atMs);
      }
    },
  };
}
