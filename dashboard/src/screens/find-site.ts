// Which sites a few typed letters mean: by name in either language, by id, by the initials of the Chinese name.
import type { Site } from "../../../contract/plant.ts";
import { initialsOf } from "./pinyin.ts";

/** How well a site fits what was typed: 0 not at all, the more the better. */
function fitOf(site: Site, typed: string): number {
  const texts = [site.id, site.shortName.zh, site.shortName.en.toLowerCase(), initialsOf(site.shortName.zh)];
  if (texts.some((text) => text.startsWith(typed))) return 2;
  const long = [site.name.zh, site.name.en.toLowerCase(), initialsOf(site.name.zh)];
  return [...texts, ...long].some((text) => text.includes(typed)) ? 1 : 0;
}

/** The sites that fit, best first, equals in the order given; all of them where nothing is typed. */
export function findSites(sites: readonly Site[], typed: string, count: number): readonly Site[] {
  const wanted = typed.trim().toLowerCase();
  return sites
    .map((site) => ({ site, fit: wanted === "" ? 1 : fitOf(site, wanted) }))
    .filter(({ fit }) => fit > 0)
    .toSorted((a, b) => b.fit - a.fit)
    .slice(0, count)
    .map(({ site }) => site);
}
