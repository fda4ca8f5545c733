// What is known of one site as a whole: how old its data are, whether its devices are there, and which alarms it has.
import type { AlarmView } from "../../../../contract/alarm.ts";
import type { Point, Site, Tier } from "../../../../contract/plant.ts";
import type { DeviceStatus } from "../../../../contract/wall.ts";
import type { ShownValue } from "../../latest.ts";
import { candidates, type Candidate } from "../pinning.ts";

/** The points of a site, in the plan's order. */
export function pointsOf(points: readonly Point[], site: string): readonly Point[] {
  return points.filter((point) => point.site === site);
}

/** The open alarms of a site. */
export function alarmsOf(alarms: ReadonlyMap<string, AlarmView>, site: string): readonly AlarmView[] {
  return [...alarms.values()].filter((alarm) => alarm.site === site);
}

/** The former list where the next one holds the very same things: what depends on it then rests. */
export function unlessSame<T>(former: readonly T[] | undefined, next: readonly T[]): readonly T[] {
  const isSame = former?.length === next.length && next.every((each, nth) => each === former[nth]);
  return former !== undefined && isSame ? former : next;
}

/** The key point whose value is the oldest; null where no key point has brought any. A point that never spoke is its device's shame. */
export function oldestOf(
  points: readonly Point[],
  latest: (pointId: string) => ShownValue,
): { readonly point: Point; readonly sourceAt: number } | null {
  let oldest: { readonly point: Point; readonly sourceAt: number } | null = null;
  for (const point of points) {
    // A point that reports by exception is as fresh as its device, however long ago it changed.
    if (!point.isKey || point.report === "onChange") continue;
    const sourceAt = latest(point.id).latest?.sourceAt;
    if (sourceAt !== undefined && (oldest === null || sourceAt < oldest.sourceAt)) oldest = { point, sourceAt };
  }
  return oldest;
}

/** How a site's devices stand: how many are online, and the one to name, gone ones before those never heard. */
export interface DevicesView {
  readonly online: number;
  readonly all: number;
  readonly missing: DeviceStatus | null;
}

/** How a site's devices stand. */
export function devicesOf(site: Pick<Site, "devices">, devices: ReadonlyMap<string, DeviceStatus>): DevicesView {
  const statuses = site.devices.map((id): DeviceStatus => devices.get(id) ?? { id, state: "unheard", since: 0 });
  const missing = statuses
    .filter(({ state }) => state !== "online")
    .toSorted((a, b) => Number(a.state === "unheard") - Number(b.state === "unheard") || a.since - b.since);
  return {
    online: statuses.length - missing.length,
    all: statuses.length,
    missing: missing[0] ?? null,
  };
}

/** The points that a site's trends want: the worst ones of its alarms, then key points, of each item one before its second. */
export function siteCandidates(
  alarms: readonly AlarmView[],
  points: readonly Point[],
  tier: Tier,
  count: number,
): readonly Candidate[] {
  const alarmed = candidates(alarms, { points: points.map((point) => ({ ...point, isKey: false })) }, tier, count);
  const seen = new Map<string, number>();
  const keys = points
    .filter(({ id, isKey }) => isKey && !alarmed.some(({ point }) => point === id))
    .map(({ id, item }) => {
      const nth = seen.get(item) ?? 0;
      seen.set(item, nth + 1);
      return { point: id, rank: 0, nth };
    })
    .toSorted((a, b) => a.nth - b.nth);
  return [...alarmed, ...keys.map(({ point, rank }) => ({ point, rank }))].slice(0, count);
}
