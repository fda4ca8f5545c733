// The map of the region as the configuration has it.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** What the map is made of, and where that comes from; null where there is none. */
export function readMap(configDir: string): { manifest: unknown; geojson: unknown } | null {
  const file = join(configDir, "map", "manifest.json");
  if (!existsSync(file)) return null;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { readonly file: string };
  return { manifest, geojson: JSON.parse(readFileSync(join(configDir, "map", manifest.file), "utf8")) };
}
