// What the wall and the bench for gateways ask over HTTP; what one console alone asks stands in `api/`.
import type { BenchDevice, BenchView } from "../../contract/conformance.ts";
import type { Text } from "../../contract/faults.ts";
import { type Answer, type Call, type Failed, createCall } from "./api/call.ts";
import type { History, HistoryQuery, LoginRequest, Person } from "../../contract/wall.ts";

export type { Answer, Failed };

/** What a map of the region says of itself. */
export interface MapManifest {
  readonly file: string;
  readonly source: string;
  readonly licence: string;
  /** In both languages, or one text as the map's owner words it. */
  readonly attribution: string | Text;
  readonly reviewNo: string | null;
  readonly crs: string;
  readonly isSchematic: boolean;
}

/** A region's outline as GeoJSON: only what is drawn. */
export interface MapGeometry {
  readonly type: "FeatureCollection";
  readonly features: readonly {
    readonly type: "Feature";
    readonly properties: { readonly adcode: string; readonly name: string; readonly cp?: readonly number[] };
    readonly geometry: {
      readonly type: "Polygon" | "MultiPolygon";
      readonly coordinates: readonly unknown[];
    };
  }[];
}

/** Who sits here now. */
export interface SessionAnswer {
  readonly person: Person | null;
  /** The password served for this login: another has to be chosen first. */
  readonly mustChange?: boolean;
}

/** The calls of the wall. */
export interface Api {
  readonly login: (request: LoginRequest) => Promise<Answer<SessionAnswer>>;
  readonly logout: () => Promise<Answer<unknown>>;
  /** Looks who sits here; where it is a wall, its browser keeps it for longer by that. */
  readonly session: () => Promise<Answer<SessionAnswer>>;
  /** Makes this browser a wall by the token of one. */
  readonly joinWall: (token: string) => Promise<Answer<SessionAnswer>>;
  readonly changePassword: (old: string, chosen: string) => Promise<Answer<unknown>>;
  readonly history: (query: HistoryQuery) => Promise<Answer<History>>;
  readonly map: () => Promise<Answer<{ readonly manifest: MapManifest; readonly geojson: MapGeometry }>>;
}

/** The calls of the bench for gateways. */
export interface BenchApi extends Pick<Api, "login" | "logout" | "session" | "joinWall" | "changePassword"> {
  readonly benchDevices: () => Promise<Answer<{ readonly devices: readonly BenchDevice[] }>>;
  readonly benchView: (device: Pick<BenchDevice, "site" | "device">) => Promise<Answer<BenchView>>;
  readonly benchAct: (
    device: Pick<BenchDevice, "site" | "device">,
    act: "start" | "stop",
  ) => Promise<Answer<BenchView>>;
}

function benchPath({ site, device }: Pick<BenchDevice, "site" | "device">): string {
  return `/api/onboard/${encodeURIComponent(site)}/${encodeURIComponent(device)}`;
}

/** The calls of the wall and of the bench. */
export function createApi({ get, post }: Call = createCall()): Api & BenchApi {
  return {
    login: (request) => post("/api/login", request),
    logout: () => post("/api/logout"),
    session: () => get("/api/session"),
    joinWall: (token) => post("/api/wall-session", { token }),
    changePassword: (old, chosen) => post("/api/me/password", { old, new: chosen }),
    history: ({ point, from, to, buckets }) => {
      const query = new URLSearchParams({ point, from: String(from), to: String(to), buckets: String(buckets) });
      return get(`/api/history?${query.toString()}`);
    },
    benchDevices: () => get("/api/onboard"),
    benchView: (one) => get(benchPath(one)),
    benchAct: (one, act) => post(`${benchPath(one)}/${act}`),
    map: () => get("/api/map"),
  };
}
