// Every point that no physics of ours feeds: it rests in the middle of its calm band, so that a new kind needs no code here.
import type { Point } from "../../contract/plant.ts";
import { calmBand, type Part } from "./part.ts";

/** Where such a point rests, and how much it sways. */
export function restOf(point: Point): { readonly value: number; readonly sigma: number } {
  const band = calmBand(point);
  const [operatorLow, operatorHigh] = point.range.operator;
  // Contacts and states: quiet is the side away from the limit, and they never sway.
  if (point.report === "onChange") return { value: band.low === null ? operatorLow : operatorHigh, sigma: 0 };
  const low = band.low ?? operatorLow;
  const high = band.high ?? operatorHigh;
  const sigma = (high - low) / 200;
  // A rate rests at zero.
  if (point.kind.endsWith("_rate") && low < 0 && high > 0) return { value: 0, sigma: Math.min(-low, high) / 50 };
  const floor = band.low === null && high > 0 ? Math.max(low, 0) : low;
  return { value: (floor + high) / 2, sigma: Math.min(sigma, (high - floor) / 50) };
}

/** Builds the last resort of a site: it reads every point. */
export function createSteady(): Part {
  const rests = new Map<string, ReturnType<typeof restOf>>();
  return {
    step: () => undefined,
    read: (point, random) => {
      const { value, sigma } = rests.get(point.id) ?? restOf(point);
      rests.set(point.id, { value, sigma });
      return sigma === 0 ? value : value + sigma * random.gauss();
    },
    act: () => undefined,
  };
}
