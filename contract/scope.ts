// Whose business a site is: what a person may see and act on, by county, township, sector and site.
import { Type, type Static } from "typebox";
import type { Site } from "./plant.ts";

const nameList = Type.Optional(
  Type.Array(Type.String({ minLength: 1, maxLength: 64 }), { minItems: 1, maxItems: 500 }),
);

/** What limits a person: each key that is there must fit. None: the whole city. */
export const scopeSchema = Type.Object(
  {
    counties: nameList,
    /** Townships by their Chinese name, as the plan writes it. */
    towns: nameList,
    sectors: nameList,
    sites: nameList,
  },
  { additionalProperties: false },
);
/** What limits a person. */
export type Scope = Static<typeof scopeSchema>;

/** What of a site a scope looks at. */
export type ScopedSite = Pick<Site, "id" | "county" | "town" | "sector">;

/** True where the site lies within the scope; without a scope every site does. */
export function isWithin(scope: Scope | undefined, site: ScopedSite): boolean {
  const fits = (allowed: readonly string[] | undefined, name: string): boolean => allowed?.includes(name) ?? true;
  return (
    fits(scope?.counties, site.county) &&
    fits(scope?.towns, site.town.zh) &&
    fits(scope?.sectors, site.sector) &&
    fits(scope?.sites, site.id)
  );
}

/** True where nothing is left out: the city as a whole, its neighbours and its devices are this person's business. */
export function isWhole(scope: Scope | undefined): boolean {
  return scope === undefined || Object.values(scope).every((names) => names === undefined);
}

/** One word for what a scope allows: the same names in any order are the same, and the whole city is the empty word. */
export function scopeKey(scope: Scope | undefined): string {
  if (scope === undefined || isWhole(scope)) return "";
  const { counties, towns, sectors, sites } = scope;
  const lists = [counties, towns, sectors, sites];
  return JSON.stringify(lists.map((names) => (names === undefined ? null : [...new Set(names)].toSorted())));
}

/** True where a county lies within the scope with everything in it: what is counted over a county tells of all its sites. */
export function isWholeCounty(scope: Scope | undefined, county: string): boolean {
  if (scope === undefined || isWhole(scope)) return true;
  const { counties, ...others } = scope;
  return isWhole(others) && counties?.includes(county) === true;
}
