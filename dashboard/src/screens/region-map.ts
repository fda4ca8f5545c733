// The map of the region: fetched once, registered with the charts, tried again until it is there.
import { shallowRef, type ShallowRef } from "vue";
import type { Text } from "../../../contract/faults.ts";
import type { Api, Failed, MapGeometry, MapManifest } from "../api.ts";

/** The map as the screens know it. */
export interface RegionMap {
  readonly loaded: Readonly<ShallowRef<{ readonly manifest: MapManifest; readonly geojson: MapGeometry } | null>>;
  /** When reading it first failed since it was read last, epoch ms, and how often; null where it did not. */
  readonly failed: Readonly<ShallowRef<Failed | null>>;
  /** The plant has no map: there is nothing to try again. */
  readonly isAbsent: Readonly<ShallowRef<boolean>>;
  /** Asks at once, whatever was tried before. */
  readonly load: () => Promise<void>;
}

const retryMs = 10_000;

/** The region's map over the server's HTTP interface. */
export function createRegionMap(api: Pick<Api, "map">, now: () => number): RegionMap {
  const loaded: RegionMap["loaded"] & { value: unknown } = shallowRef(null);
  const failed = shallowRef<Failed | null>(null);
  const isAbsent = shallowRef(false);
  let retry: ReturnType<typeof setTimeout> | undefined;
  async function load(): Promise<void> {
    clearTimeout(retry);
    const answer = await api.map();
    // A second call may have set its own while this one waited.
    clearTimeout(retry);
    isAbsent.value = !answer.ok && answer.code === "NOT_FOUND";
    if (answer.ok) {
      loaded.value = answer.value;
      failed.value = null;
      return;
    }
    if (isAbsent.value) return;
    failed.value = { at: failed.value?.at ?? now(), tries: (failed.value?.tries ?? 0) + 1 };
    retry = setTimeout(() => void load(), retryMs);
  }
  return { loaded, failed, isAbsent, load };
}

/** Whose map it is, in a language. */
export function attributionOf({ attribution }: Pick<MapManifest, "attribution">, of: (text: Text) => string): string {
  return typeof attribution === "string" ? attribution : of(attribution);
}

type Ring = readonly (readonly [number, number])[];

/** The outlines of a feature, as rings of [lng, lat]. */
export function ringsOf(feature: MapGeometry["features"][number]): readonly Ring[] {
  const { geometry } = feature;
  // GeoJSON: a polygon is a list of rings, a multi-polygon a list of polygons.
  if (geometry.type === "Polygon") return geometry.coordinates as readonly Ring[];
  return (geometry.coordinates as readonly (readonly Ring[])[]).flat();
}
