// One simulated site: its parts, moved together on a fixed grid so that the same seed gives the same values however often it is asked.
import type { Point } from "../../contract/plant.ts";
import { createRandom, seedOf, type Random } from "../physics/random.ts";
import { createDetectors } from "./detectors.ts";
import { roundTo, type Action, type Part } from "./part.ts";
import { createReactorPart } from "./reactor.ts";
import { createSteady } from "./steady.ts";
import { createTailings } from "./tailings.ts";
import { createTanks } from "./tanks.ts";
import { createWeather } from "./weather.ts";

/** A simulated site; times are simulated epoch ms and never go back. */
export interface SimulatedSite {
  readonly advanceTo: (atMs: number) => void;
  /** The point's value as its instrument sends it: clipped to the sensor's range, rounded to its resolution. */
  readonly read: (point: Point) => number;
  readonly act: (action: Action) => void;
}

/** Builds a site from its points; the kind of each point decides which physics feeds it. */
export function createSite(points: readonly Point[], seed: number, startMs: number, name: string): SimulatedSite {
  const chance = (part: string): Random => createRandom(seedOf(`${name}/${part}`, seed));
  const weather = createWeather(points, chance("weather"), startMs);
  const parts: readonly Part[] = [
    weather,
    createTanks(points, weather, seed, startMs),
    createReactorPart(points, chance("reactor")),
    createDetectors(points, chance("gas")),
    createTailings(points, weather, startMs),
    createSteady(),
  ];
  // Gas moves within seconds; water and ground do not.
  const gridMs = points.some((point) => point.kind.startsWith("gas_")) ? 1000 : 10_000;
  const noise = new Map<string, Random>();
  const noiseOf = (point: Point): Random => {
    const known = noise.get(point.id) ?? createRandom(seedOf(`${point.id}/noise`, seed));
    noise.set(point.id, known);
    return known;
  };
  let now = startMs;
  return {
    advanceTo: (atMs) => {
      while (now + gridMs <= atMs) {
        now += gridMs;
        for (const part of parts) part.step(now, gridMs / 1000);
      }
    },
    read: (point) => {
      const random = noiseOf(point);
      for (const part of parts) {
        const value = part.read(point, random, now);
        if (value === undefined) continue;
        const [low, high] = point.range.sensor;
        return roundTo(Math.min(high, Math.max(low, value)), point.resolution, point.decimals);
      }
      throw new Error(`no part of the site reads point ${point.id}`);
    },
    act: (action) => {
      for (const part of parts) part.act(action, now);
    },
  };
}
