// The map of the region: fetched once, registered with the charts, tried again until it is there.
import { shallowRef, type ShallowRef } from "vue";
import type { Api, MapGeometry, MapManifest } from "../api.ts";

/** The map as the screens know it. */
export interface RegionMap {
  readonly loaded: Readonly<ShallowRef<{ readonly manifest: MapManifest; readonly geojson: MapGeometry } | null>>;
  /** When reading it failed last; null where it did not. */
  readonly failedAt: Readonly<ShallowRef<number | null>>;
  readonly load: () => Promise<void>;
}

const retryMs = 10_000;

/** The region's map over the server's HTTP interface. */
export function createRegionMap(api: Pick<Api, "map">, now: () => number): RegionMap {
  const loaded: RegionMap["loaded"] & { value: unknown } = shallowRef(null);
  const failedAt = shallowRef<number | null>(null);
  async function load(): Promise<void> {
    const answer = await api.map();
    if (answer.ok) {
      loaded.value = answer.value;
      failedAt.value = null;
      return;
    }
    failedAt.value = now();
    setTimeout(() => void load(), retryMs);
  }
  return { loaded, failedAt, load };
}

type Ring = readonly (readonly [number, number])[];

/** The outlines of a feature, as rings of [lng, lat]. */
export function ringsOf(feature: MapGeometry["features"][number]): readonly Ring[] {
  const { geometry } = feature;
  // GeoJSON: a polygon is a list of rings, a multi-polygon a list of polygons.
  if (geometry.type === "Polygon") return geometry.coordinates as readonly Ring[];
  return (geometry.coordinates as readonly (readonly Ring[])[]).flat();
}
