// The county matrix: sites counted once each by their state, and the worst level of a county.
import { higher, levels, type Level } from "../../../contract/level.ts";
import type { DeviceStatus, SiteStatus } from "../../../contract/wall.ts";

/** How many sites of a county stand where; the six add up to its sites. */
export interface MatrixRow {
  readonly id: string;
  readonly counts: Readonly<Record<Level | "unknown" | "normal", number>>;
  readonly total: number;
  /** The highest level of its sites. */
  readonly level: Level | null;
}

/** The level of a site's state, null for the three that are none. */
export function levelOfStatus(status: SiteStatus["status"]): Level | null {
  return levels.find((level) => level === status) ?? null;
}

/** A row for each county, and one for all of them under the id `all`. A site without a state counts as unknown. */
export function matrixOf(
  counties: readonly { readonly id: string }[],
  sites: readonly { readonly id: string; readonly county: string }[],
  statuses: ReadonlyMap<string, Pick<SiteStatus, "status">>,
): readonly MatrixRow[] {
  const rowOf = (id: string, own: typeof sites): MatrixRow => {
    const counts = { red: 0, orange: 0, yellow: 0, blue: 0, unknown: 0, normal: 0 };
    let highest: Level | null = null;
    for (const site of own) {
      const status = statuses.get(site.id)?.status ?? "unknown";
      counts[status === "offline" ? "unknown" : status] += 1;
      highest = higher(highest, levelOfStatus(status));
    }
    return { id, counts, total: own.length, level: highest };
  };
  return [
    ...counties.map(({ id }) =>
      rowOf(
        id,
        sites.filter(({ county }) => county === id),
      ),
    ),
    rowOf("all", sites),
  ];
}

/** The three shares of the panel "connection", each as n of d. */
export interface OnlineFigures {
  readonly sites: readonly [number, number];
  readonly devices: readonly [number, number];
  readonly points: readonly [number, number];
  /** Devices that are not there, the longest gone first. */
  readonly missing: readonly DeviceStatus[];
}

/** How much of the plan is connected, online and good. */
export function onlineFigures(
  sites: readonly { readonly id: string; readonly devices: readonly string[] }[],
  devices: ReadonlyMap<string, DeviceStatus>,
  statuses: ReadonlyMap<string, Pick<SiteStatus, "points" | "goodPoints">>,
): OnlineFigures {
  const ids = sites.flatMap((site) => site.devices);
  const stateOf = (id: string): DeviceStatus["state"] => devices.get(id)?.state ?? "unheard";
  const heard = sites.filter((site) => site.devices.some((id) => stateOf(id) !== "unheard"));
  let points = 0;
  let good = 0;
  for (const status of statuses.values()) {
    points += status.points;
    good += status.goodPoints;
  }
  return {
    sites: [heard.length, sites.length],
    devices: [ids.filter((id) => stateOf(id) === "online").length, ids.length],
    points: [good, points],
    missing: [...devices.values()]
      .filter(({ state }) => state !== "online")
      .toSorted((a, b) => Number(a.state === "unheard") - Number(b.state === "unheard") || a.since - b.since),
  };
}
