// The map's pictures, as the configuration has them.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MapFiles } from "../adapters/http.ts";

/** Reads the map of a configuration; null where it has none. */
export function readMap(configDir: string): MapFiles | null {
  const file = join(configDir, "map", "manifest.json");
  if (!existsSync(file)) return null;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { readonly file: string };
  return { manifest, geojson: JSON.parse(readFileSync(join(configDir, "map", manifest.file), "utf8")) };
}
