// The map's pictures, read once from the configuration.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { MapFiles } from "../adapters/http.ts";

/** The manifest and the picture that it names; null where the configuration has no map. */
export function readMap(configDir: string): MapFiles | null {
  const file = join(configDir, "map", "manifest.json");
  if (!existsSync(file)) return null;
  const manifest = JSON.parse(readFileSync(file, "utf8")) as { readonly file: string };
  return { manifest, geojson: JSON.parse(readFileSync(join(configDir, "map", manifest.file), "utf8")) };
}
