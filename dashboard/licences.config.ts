// Writes down which packages are in the built pages, with the text of each licence, from the modules that are really in them.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** The folder of the package that a module belongs to; null for a module of our own. */
function folderOf(id: string): string | null {
  return /^\0?(?<folder>.*\/node_modules\/(?:@[^/]+\/)?[^/]+)\//u.exec(id)?.groups?.["folder"] ?? null;
}

/** A package as the pages tell of it. */
interface Shipped {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

function packageOf(folder: string): Shipped | null {
  const file = join(folder, "package.json");
  if (!existsSync(file)) return null;
  const { name, version, license } = JSON.parse(readFileSync(file, "utf8")) as Manifest;
  const text = readdirSync(folder).find((one) => /^licen[cs]e/iu.test(one));
  return {
    name,
    version,
    licence: license ?? "",
    text: text === undefined ? "" : readFileSync(join(folder, text), "utf8"),
  };
}

/** Puts `licences.json` beside the pages. */
export function licences(): Plugin {
  return {
    name: "licences",
    apply: "build",
    generateBundle(_options, bundle) {
      const scripts = Object.values(bundle).flatMap((part) =>
        part.type === "chunk" ? Object.entries(part.modules) : [],
      );
      // A style sheet leaves nothing in a script, and what was shaken out of one is not in it.
      const styles = [...this.getModuleIds()].filter((id) => id.endsWith(".css"));
      const used = [...styles, ...scripts.filter(([, { renderedLength }]) => renderedLength > 0).map(([id]) => id)];
      const folders = new Set(used.map(folderOf).filter((folder) => folder !== null));
      const found = [...folders].flatMap((folder) => packageOf(folder) ?? []);
      // A package may lie in two places.
      const packages = [...new Map(found.map((one) => [`${one.name} ${one.version}`, one])).entries()]
        .toSorted(([one], [other]) => one.localeCompare(other))
        .map(([, one]) => one);
      this.emitFile({ type: "asset", fileName: "licences.json", source: JSON.stringify(packages) });
    },
  };
}
