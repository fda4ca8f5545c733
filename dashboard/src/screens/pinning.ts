// Which three points the trends show: the worst ones, held long enough that the eye can follow them.
import type { AlarmView } from "../../../contract/alarm.ts";
import { rankOf } from "../../../contract/level.ts";
import type { Plan, Tier } from "../../../contract/plant.ts";
import { shownLevel } from "../duty.ts";
import { inOrder } from "./order.ts";

/** A point that wants to be shown; rank 0 has no alarm. */
export interface Candidate {
  readonly point: string;
  readonly rank: number;
}

/** A point that is shown. */
export interface Pin extends Candidate {
  /** When it was last among the worst. */
  readonly wantedAt: number;
}

/** wall.md §11: a pin stays this long after it is no longer among the worst. */
export const hysteresisMs = 60_000;

/**
 * The worst points first: of open process alarms on points in list order, then points of data alarms, then the first
 * key points of sites that are not shown yet.
 */
export function candidates(
  alarms: Iterable<AlarmView>,
  plan: Pick<Plan, "points">,
  tier: Tier,
  count: number,
): readonly Candidate[] {
  const siteOf = new Map(plan.points.map(({ id, site }) => [id, site]));
  const found = new Map<string, Candidate>();
  const ordered = inOrder(alarms, tier).filter(({ source }) => source.kind === "point" && siteOf.has(source.id));
  // A silent point has no line to watch: data alarms come after every process alarm, whatever their level.
  for (const alarm of [...ordered.filter(({ isData }) => !isData), ...ordered.filter(({ isData }) => isData)]) {
    const point = alarm.source.id;
    if (!found.has(point)) found.set(point, { point, rank: alarm.isData ? 0.5 : rankOf(shownLevel(alarm, tier)) });
  }
  const shownSites = new Set([...found.keys()].map((id) => siteOf.get(id)));
  for (const { id, site, isKey } of plan.points) {
    if (found.size >= count) break;
    if (!isKey || shownSites.has(site)) continue;
    shownSites.add(site);
    found.set(id, { point: id, rank: 0 });
  }
  return [...found.values()].slice(0, count);
}

/**
 * The pins after a look at what is wanted now. Places are kept. A wanted point takes the place of an unwanted pin once
 * that has been unwanted for the hysteresis, or at once where it is worse.
 */
export function repin(pins: readonly Pin[], wanted: readonly Candidate[], now: number): readonly Pin[] {
  const wants = new Map(wanted.map((candidate) => [candidate.point, candidate]));
  const places: Pin[] = pins.map((pin) => {
    const want = wants.get(pin.point);
    return want === undefined ? pin : { ...want, wantedAt: now };
  });
  const shown = new Set(places.map(({ point }) => point));
  for (const candidate of wanted) {
    if (shown.has(candidate.point)) continue;
    const pin: Pin = { ...candidate, wantedAt: now };
    if (places.length < wanted.length) {
      places.push(pin);
      continue;
    }
    const weakest = places
      .map((held, place) => ({ held, place }))
      .filter(({ held }) => !wants.has(held.point))
      .filter(({ held }) => candidate.rank > held.rank || now - held.wantedAt >= hysteresisMs)
      .toSorted((a, b) => a.held.rank - b.held.rank || a.held.wantedAt - b.held.wantedAt)[0];
    if (weakest !== undefined) places[weakest.place] = pin;
  }
  return places;
}
