// The configuration of an exercise: all of another one, with a single site.
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

interface WrittenPoint {
  readonly report?: "onChange" | { readonly everyMs: number };
}

interface WrittenSite {
  readonly id: string;
  readonly points?: readonly WrittenPoint[];
}

interface PlantFile {
  readonly sites?: readonly WrittenSite[];
  readonly drawings?: Readonly<Record<string, unknown>>;
}

function thinned(site: WrittenSite, everyMs: number): WrittenSite {
  const points = site.points?.map((point) => {
    if (typeof point.report !== "object" || point.report.everyMs >= everyMs) return point;
    return { ...point, report: { everyMs } };
  });
  return points === undefined ? site : { ...site, points };
}

/**
 * Copies the configuration `from` to `to`; of the sites and their drawings only one, whose points report no more often
 * than every `everyMs`.
 */
export function writeSiteConfig(from: string, to: string, site: string, everyMs = 0): void {
  mkdirSync(join(to, "plant"), { recursive: true });
  for (const name of ["packs", "map", "routing.yaml"]) cpSync(join(from, name), join(to, name), { recursive: true });
  for (const file of readdirSync(join(from, "plant"))) {
    const { sites, drawings, ...rest } = parse(readFileSync(join(from, "plant", file), "utf8")) as PlantFile;
    const only = sites?.filter(({ id }) => id === site).map((one) => thinned(one, everyMs));
    const drawn = Object.entries(drawings ?? {}).filter(([id]) => id === site);
    const written = {
      ...rest,
      sites: only ?? [],
      ...(drawn.length === 0 ? {} : { drawings: Object.fromEntries(drawn) }),
    };
    // JSON is YAML, with every alias written out.
    writeFileSync(join(to, "plant", file), JSON.stringify(written, null, 2));
  }
}
