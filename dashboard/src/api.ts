// The only caller of the server's HTTP interface.
import type { BenchDevice, BenchView } from "../../contract/conformance.ts";
import { faults, type FaultCode, type Text } from "../../contract/faults.ts";
import type { History, HistoryQuery, LoginRequest, Person } from "../../contract/wall.ts";

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

/** The answer of a call: its value, or the code of its refusal; null where the server could not be reached. */
export type Answer<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly code: FaultCode | null };

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

const timeoutMs = 10_000;

function codeOf(body: unknown): FaultCode | null {
  const code = typeof body === "object" && body !== null && "code" in body ? body.code : null;
  return typeof code === "string" && Object.hasOwn(faults, code) ? (code as FaultCode) : null;
}

function benchPath({ site, device }: Pick<BenchDevice, "site" | "device">): string {
  return `/api/onboard/${encodeURIComponent(site)}/${encodeURIComponent(device)}`;
}

/** The calls over `fetch`. */
export function createApi(call: typeof fetch = (...request) => fetch(...request)): Api & BenchApi {
  async function ask<T>(path: string, init: RequestInit = {}): Promise<Answer<T>> {
    try {
      const response = await call(path, {
        ...init,
        credentials: "same-origin",
        signal: AbortSignal.timeout(timeoutMs),
      });
      const body: unknown = response.status === 204 ? null : await response.json();
      return response.ok ? { ok: true, value: body as T } : { ok: false, code: codeOf(body) };
    } catch {
      // No network, no JSON, no answer in time: for the person all three are "cannot be reached".
      return { ok: false, code: null };
    }
  }
  const post = <T>(path: string, body: unknown): Promise<Answer<T>> =>
    ask(path, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
  return {
    login: (request) => post("/api/login", request),
    logout: () => ask("/api/logout", { method: "POST" }),
    session: () => ask("/api/session"),
    joinWall: (token) => post("/api/wall-session", { token }),
    changePassword: (old, chosen) => post("/api/me/password", { old, new: chosen }),
    history: ({ point, from, to, buckets }) => {
      const query = new URLSearchParams({ point, from: String(from), to: String(to), buckets: String(buckets) });
      return ask(`/api/history?${query.toString()}`);
    },
    benchDevices: () => ask("/api/onboard"),
    benchView: (one) => ask(benchPath(one)),
    benchAct: (one, act) => ask(`${benchPath(one)}/${act}`, { method: "POST" }),
    map: () => ask("/api/map"),
  };
}
