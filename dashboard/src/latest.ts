// The last value of every point in typed arrays, and whether it may still be shown as live.
import type { Point } from "../../contract/plant.ts";
import { qualities, type Quality } from "../../contract/sample.ts";
import { cadenceOf, type SamplingStatus } from "../../contract/sampling.ts";
import type { DeviceStatus, ValueTuple } from "../../contract/wall.ts";

/** The last value of one point. */
export interface Latest {
  readonly value: number | null;
  readonly quality: Quality;
  readonly sourceAt: number;
  readonly receivedAt: number;
  /** The bits of why it has that quality, see `reasonsOf`; absent: nothing is said. */
  readonly reasons?: number;
  /** Where the value is bad: the last one that was not, as far as this screen has heard. */
  readonly lastGood?: { readonly value: number; readonly sourceAt: number };
}

/** The last values of all points of a plan, by their place in it. */
export interface LatestValues {
  readonly take: (values: readonly ValueTuple[]) => void;
  readonly at: (place: number) => Latest | null;
}

const unusable: ReadonlySet<Quality> = new Set<Quality>(["bad", "missing"]);

/** Room for the last values of `count` points. */
export function createLatestValues(count: number): LatestValues {
  const values = new Float64Array(count).fill(Number.NaN);
  const kinds = new Uint8Array(count);
  const sourceAts = new Float64Array(count);
  const receivedAts = new Float64Array(count);
  const reasons = new Uint16Array(count);
  const goodValues = new Float64Array(count).fill(Number.NaN);
  const goodAts = new Float64Array(count);
  return {
    take(tuples) {
      for (const [place, value, kind, sourceAt, receivedAt, because = 0] of tuples) {
        values[place] = value ?? Number.NaN;
        kinds[place] = kind;
        sourceAts[place] = sourceAt;
        receivedAts[place] = receivedAt;
        reasons[place] = because;
        if (value === null || unusable.has(qualities[kind] ?? "unknown")) continue;
        goodValues[place] = value;
        goodAts[place] = sourceAt;
      }
    },
    at(place) {
      const receivedAt = receivedAts[place] ?? 0;
      if (receivedAt === 0) return null;
      const value = values[place] ?? Number.NaN;
      const quality = qualities[kinds[place] ?? 0] ?? "unknown";
      const good = goodValues[place] ?? Number.NaN;
      const isOutdone = (Number.isNaN(value) || unusable.has(quality)) && !Number.isNaN(good);
      return {
        value: Number.isNaN(value) ? null : value,
        quality,
        sourceAt: sourceAts[place] ?? 0,
        receivedAt,
        reasons: reasons[place] ?? 0,
        ...(isOutdone ? { lastGood: { value: good, sourceAt: goodAts[place] ?? 0 } } : {}),
      };
    },
  };
}

/** How a value may be shown. */
export type Freshness = "live" | "stale" | "unverified" | "bad" | "offline" | "none";

/** The last value of a point, and how it may be shown. */
export interface ShownValue {
  readonly latest: Latest | null;
  readonly freshness: Freshness;
  /** Since when the point's device is gone; null while it is there or was never heard. */
  readonly offlineSince: number | null;
}

/** A point as it usually speaks: where the server has learned that, it is told with the point's device. */
export function learned(point: Point, device: DeviceStatus | undefined): Point {
  const silentAfterMs = device?.silentAfterMs?.[point.id];
  return silentAfterMs === undefined ? point : { ...point, silentAfterMs };
}

/**
 * A point as it is expected to speak while its site has this profile: as usual until its device has acknowledged it, and
 * never less often than usual.
 */
export function sampled(point: Point, sampling: SamplingStatus | undefined): Point {
  if (sampling === undefined || sampling.waiting.includes(point.device)) return point;
  const cadence = cadenceOf(point.sampling, sampling.profile);
  return cadence === undefined || cadence.silentAfterMs >= point.silentAfterMs
    ? point
    : { ...point, silentAfterMs: cadence.silentAfterMs };
}

/**
 * How a value may be shown at `now` (server time). A point that reports at intervals is stale by its own age; one that
 * reports by exception is as fresh as its device (semantics §6). While the broker is down nobody knows of anything.
 */
export function freshnessOf(
  point: Point,
  latest: Latest | null,
  device: DeviceStatus["state"] | undefined,
  now: number,
  isBrokerDown = false,
): Freshness {
  if (latest === null) return device === "online" ? "none" : "offline";
  if (latest.value === null || latest.quality === "bad" || latest.quality === "missing") return "bad";
  if (point.report === "onChange" && device !== "online") return "offline";
  const age = now - Math.min(latest.sourceAt, latest.receivedAt);
  if (point.report !== "onChange" && age > point.silentAfterMs) return "stale";
  return isBrokerDown ? "unverified" : "live";
}
