// What administration asks: the register, people, walls, what was done, and what the product consists of.
import type { AuditEntry } from "../../../contract/audit.ts";
import type { BenchView } from "../../../contract/conformance.ts";
import type {
  Account,
  AuditQuery,
  PersonAct,
  PersonRequests,
  SessionView,
  WallAct,
  WallRequests,
  WallView,
} from "../../../contract/people.ts";
import type { Enterprise, RegisteredSite, RegisterKind } from "../../../contract/register.ts";
import type { Person } from "../../../contract/wall.ts";
import type { Answer, Call } from "./call.ts";

/** A registered site; `isInPlan` false: nothing is measured there yet. */
export type ListedSite = RegisteredSite & { readonly isInPlan: boolean };

/** What an act on people or walls gives: what is told this once stands in it. */
export interface ActResult {
  readonly password?: string;
  readonly token?: string;
}

/** A package that is shipped to the browser, with the text of its licence. */
export interface ShippedPackage {
  readonly name: string;
  readonly version: string;
  readonly licence: string;
  readonly text: string;
}

/** A device's name within the register. */
export interface DeviceRef {
  readonly site: string;
  readonly device: string;
}

/** The verbs on an entry of the register. */
export type EntryVerb = "retire" | "restore";
/** The verbs on a device alone. */
export type DeviceVerb = EntryVerb | "revoke" | "rotate" | "pin" | "open";

/** The calls of administration. */
export interface AdminApi {
  readonly enterprises: () => Promise<Answer<{ readonly enterprises: readonly Enterprise[] }>>;
  readonly sites: () => Promise<Answer<{ readonly sites: readonly ListedSite[] }>>;
  readonly save: (kind: RegisterKind, entry: object, isNew: boolean) => Promise<Answer<unknown>>;
  readonly mark: (kind: "enterprises" | "sites", id: string, verb: EntryVerb, body: object) => Promise<Answer<unknown>>;
  readonly onDevice: (
    device: DeviceRef,
    verb: DeviceVerb,
    body: object,
  ) => Promise<Answer<{ readonly result: unknown }>>;
  readonly importTable: (
    kind: RegisterKind,
    text: string,
  ) => Promise<Answer<{ readonly result: { readonly entered: number } }>>;
  readonly connectionOf: (device: DeviceRef) => Promise<Answer<BenchView>>;
  readonly people: () => Promise<Answer<readonly Account[]>>;
  readonly onPerson: <A extends PersonAct>(act: A, request: PersonRequests[A]) => Promise<Answer<ActResult>>;
  readonly walls: () => Promise<Answer<readonly WallView[]>>;
  readonly onWall: <A extends WallAct>(act: A, request: WallRequests[A]) => Promise<Answer<ActResult>>;
  readonly audit: (query: AuditQuery) => Promise<Answer<readonly AuditEntry[]>>;
  readonly changePassword: (old: string, chosen: string) => Promise<Answer<{ readonly person: Person }>>;
  readonly sessions: () => Promise<Answer<{ readonly current: string; readonly sessions: readonly SessionView[] }>>;
  readonly endSession: (id: string | null) => Promise<Answer<{ readonly ended: number }>>;
  readonly packages: () => Promise<Answer<readonly ShippedPackage[]>>;
}

/** Where a table of the register is fetched as a file. */
export const exportPath = (kind: RegisterKind): string => `/api/register/export?kind=${kind}`;

const part = encodeURIComponent;
// A table of thousands of lines is entered in one transaction.
const tableWithinMs = 60_000;

/** The calls of administration. */
export function createAdminApi({ ask, get, post }: Call): AdminApi {
  return {
    enterprises: () => get("/api/register/enterprises"),
    sites: () => get("/api/register/sites"),
    save: (kind, entry, isNew) =>
      ask(`/api/register/${kind}`, {
        method: isNew ? "POST" : "PUT",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(entry),
      }),
    mark: (kind, id, verb, body) => post(`/api/register/${kind}/${part(id)}/${verb}`, body),
    onDevice: ({ site, device }, verb, body) =>
      post(`/api/register/devices/${part(site)}/${part(device)}/${verb}`, body),
    importTable: (kind, text) =>
      ask(
        `/api/register/import?kind=${kind}`,
        { method: "POST", headers: { "content-type": "text/csv" }, body: text },
        tableWithinMs,
      ),
    connectionOf: ({ site, device }) => get(`/api/onboard/${part(site)}/${part(device)}`),
    people: () => get("/api/people"),
    onPerson: (act, request) => post(`/api/people/${act}`, request),
    walls: () => get("/api/walls"),
    onWall: (act, request) => post(`/api/walls/${act}`, request),
    audit: ({ from, to, limit, target }) => {
      const query = new URLSearchParams({ from: String(from), to: String(to), limit: String(limit) });
      if (target !== undefined) query.set("target", target);
      return get(`/api/audit?${query.toString()}`);
    },
    changePassword: (old, chosen) => post("/api/me/password", { old, new: chosen }),
    sessions: () => get("/api/me/sessions"),
    endSession: (id) => post("/api/me/sessions/end", id === null ? {} : { id }),
    packages: () => get("/licences.json"),
  };
}
