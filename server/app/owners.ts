// Whose business something is: the site of what a command is about, and what one person may see of the plan.
import type { Command } from "../../contract/input.ts";
import type { Plan } from "../../contract/plant.ts";
import { isWhole, type Scope, type ScopedSite } from "../../contract/scope.ts";
import type { Person } from "../../contract/wall.ts";
import { createViews, type View } from "../adapters/gateway/view.ts";
import type { Monitor } from "../monitor.ts";

/** What the rooms ask about persons and sites. */
export interface Owners {
  readonly viewOf: (scope: Scope | undefined) => View;
  /** The plan as this person sees it; nobody, in a demonstration, sees all of it. */
  readonly planOf: (person: Person | null) => Plan;
  readonly maySeeSite: (person: Person | null, site: string) => boolean;
  /** The sites that this person may see; null: all that there are and were, and what is of none. */
  readonly sitesOf: (person: Person | null) => readonly string[] | null;
  /** Whether this person may see what was recorded of a site, or of none. */
  readonly maySeeOf: (person: Person | null, site: string | null) => boolean;
  readonly maySeePoint: (person: Person | null, point: string) => boolean;
  /** Null: of the city, or of a site that is in the plan no more. Undefined: there is no such thing, or it is about none. */
  readonly siteOf: (command: Command) => ScopedSite | null | undefined;
}

/** Looks everything up in the state of a monitor. */
export function createOwners({ state }: Pick<Monitor, "state">): Owners {
  const viewOf = createViews(() => state().plan);

  const siteOf: Owners["siteOf"] = ({ request }) => {
    const { alarms, incidents, plan } = state();
    const find = (id: string | undefined): ScopedSite | undefined => plan.sites.find((site) => site.id === id);
    const ofPoint = (point: string): ScopedSite | undefined => find(plan.points.find(({ id }) => id === point)?.site);
    if ("point" in request) return ofPoint(request.point);
    if ("incident" in request) {
      const incident = incidents.get(request.incident);
      return incident === undefined ? undefined : (find(incident.site ?? undefined) ?? null);
    }
    if (!("alarm" in request)) return undefined;
    const standing = alarms.get(request.alarm);
    // An alarm that never was on may get a mark: its id begins with its point's.
    if (standing === undefined) return ofPoint(request.alarm.split("~")[0] as string);
    return find(standing.site ?? undefined) ?? null;
  };
  const sitesOf: Owners["sitesOf"] = (person) =>
    isWhole(person?.scope) ? null : viewOf(person?.scope).plan.sites.map(({ id }) => id);
  return {
    viewOf,
    sitesOf,
    maySeeOf: (person, site) => {
      const sites = sitesOf(person);
      return sites === null || (site !== null && sites.includes(site));
    },
    planOf: (person) => viewOf(person?.scope).plan,
    maySeeSite: (person, site) => viewOf(person?.scope).plan.sites.some(({ id }) => id === site),
    maySeePoint: (person, point) => viewOf(person?.scope).hasPoint(point),
    siteOf,
  };
}
