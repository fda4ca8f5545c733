// In which order one walks through the sites: the worst first, and which one is the worst of its kind.
import { rankOf } from "../../../contract/level.ts";
import type { Site } from "../../../contract/plant.ts";
import type { SiteStatus } from "../../../contract/wall.ts";

type Statuses = ReadonlyMap<string, Pick<SiteStatus, "status">>;

/** Levels first; a site that nothing is known of is worse than a normal one. */
function severityOf(site: Site, statuses: Statuses): number {
  const status = statuses.get(site.id)?.status ?? "unknown";
  if (status === "normal") return -1;
  return status === "unknown" || status === "offline" ? 0 : rankOf(status);
}

/** All sites, the worst first; equals as they stand in the plan. */
export function bySeverity(sites: readonly Site[], statuses: Statuses): readonly Site[] {
  return sites.toSorted((a, b) => severityOf(b, statuses) - severityOf(a, statuses));
}

/** The worst of these sites, among equals the first by id; null where there is none. */
export function worstOf(sites: readonly Site[], statuses: Statuses): Site | null {
  const byId = sites.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  return bySeverity(byId, statuses)[0] ?? null;
}

/** The site `step` places further in the order of severity, round and round; from an unknown site the worst. */
export function siteBeside(sites: readonly Site[], statuses: Statuses, id: string, step: 1 | -1): Site | null {
  const ordered = bySeverity(sites, statuses);
  const place = ordered.findIndex((site) => site.id === id);
  return ordered.at(place === -1 ? 0 : (place + step) % ordered.length) ?? null;
}
