// A socket room over a small live state, with real clients: what the tests of the gateway sit in.
import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { io as connect, type Socket } from "socket.io-client";
import type { Plan } from "../../contract/plant.ts";
import type {
  Changes,
  Person,
  Reply,
  ServerToWall,
  SiteStatus,
  Snapshot,
  ValueTuple,
  WallToServer,
} from "../../contract/wall.ts";
import { createGateway, type Gateway, type GatewayOptions, type WallCommand } from "../../server/adapters/gateway.ts";
import { createViews } from "../../server/adapters/gateway/view.ts";
import { mayDo } from "../../server/domain/access.ts";
import { createLog } from "../../server/log.ts";

/** A wall, as far as the socket goes. */
export type Client = Socket<ServerToWall, WallToServer>;

export const officer: Person = { name: "duty-1", role: "dutyOfficer", tier: "county" };
export const viewer: Person = { name: "viewer-1", role: "viewer", tier: "city" };
export const acknowledge = { commandId: "command-1", alarm: "a", occurrence: 1, revision: 2 };

/** The live state, and everything that a test may turn in it. */
export interface Room {
  readonly server: HttpServer;
  readonly url: string;
  /** The clock, turned by hand. */
  at: number;
  seq: number;
  /** The live state: how often each site has changed. */
  readonly sites: Map<string, number>;
  points: string[];
  values: number[];
  /** Cookie header → person. */
  readonly sessions: Map<string, Person>;
  /** What was handed on, and what is answered to it. */
  readonly commands: WallCommand[];
  carryOut: (command: WallCommand) => Promise<Reply>;
  /** Whom the second person turns out to be; himself where null. */
  approver: Person | null;
  /** There from `start` on. */
  readonly gateway: Gateway;
  readonly start: (changed?: Partial<GatewayOptions>) => void;
  readonly latest: (index: number) => ValueTuple;
  /** One change of the live state, as the loop tells it. */
  readonly change: (site: string) => Changes;
  readonly newClient: (cookie?: string | null, options?: Record<string, unknown>) => Client;
  /** A client that has its snapshot. */
  readonly join: (cookie?: string | null, options?: Record<string, unknown>) => Promise<Client>;
  readonly close: () => Promise<void>;
}

/** Opens a room; its gateway begins with `start`. */
export async function openRoom(): Promise<Room> {
  const server = createServer((_request, response) => response.writeHead(404).end());
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: Client[] = [];
  const points = Array.from({ length: 40 }, (_, index) => `site/p-${index}`);
  let gateway: Gateway | null = null;

  const room: Room = {
    server,
    url,
    at: 1_790_000_000_000,
    seq: 0,
    sites: new Map(),
    points,
    values: points.map(() => 0),
    sessions: new Map([
      ["officer", officer],
      ["viewer", viewer],
    ]),
    commands: [],
    carryOut: async () => ({ ok: true, seq: room.seq }),
    approver: null,
    get gateway() {
      if (gateway === null) throw new Error("the room has not been started");
      return gateway;
    },
    latest: (index) => [index, room.values[index] ?? null, 0, room.at, room.at],
    change: (id) => {
      room.seq += 1;
      const count = (room.sites.get(id) ?? 0) + 1;
      room.sites.set(id, count);
      const site = { id, points: count } as SiteStatus;
      return { after: room.seq - 1, upTo: room.seq, items: [{ type: "site", seq: room.seq, site }] };
    },
    start: (changed = {}) => {
      gateway = createGateway({ ...optionsOf(room), ...changed });
      gateway.start();
    },
    newClient: (cookie = "officer", options = {}) => {
      const extraHeaders = cookie === null ? {} : { cookie };
      const client = newWall(url, { extraHeaders, ...options });
      clients.push(client);
      return client;
    },
    join: async (cookie = "officer", options = {}) => {
      const client = room.newClient(cookie, options);
      await next(client, "snapshot");
      return client;
    },
    close: async () => {
      for (const client of clients) client.disconnect();
      gateway?.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return room;
}

/** Of a plan its walls need the points; they have the whole city. */
function planOf({ points }: Room): Plan {
  return { points: points.map((id) => ({ id })) } as unknown as Plan;
}

function snapshotOf(room: Room, person: Person | null): Snapshot {
  const { seq, at } = room;
  const sites = [...room.sites].map(([id, count]) => ({ id, points: count }) as SiteStatus);
  const values = room.points.map((_, index) => room.latest(index));
  const state = { seq, at, person, isDemo: false, protocol: 2 as const, version: "0", plan: planOf(room) };
  return {
    ...state,
    alarms: [],
    devices: [],
    neighbours: [],
    responses: [],
    silences: [],
    floods: [],
    handovers: [],
    incidents: [],
    sites,
    values,
  };
}

function optionsOf(room: Room): GatewayOptions {
  let plan = planOf(room);
  let { points } = room;
  const planNow = (): Plan => {
    if (points !== room.points) plan = planOf(room);
    ({ points } = room);
    return plan;
  };
  return {
    server: room.server,
    log: createLog("silent"),
    isDemo: false,
    now: () => room.at,
    person: (cookie) => room.sessions.get(cookie ?? "") ?? null,
    snapshot: (person) => snapshotOf(room, person),
    viewOf: createViews(planNow),
    siteOf: () => undefined,
    oldest: () => null,
    latest: (index) => room.latest(index),
    pointIndex: (id) => (room.points.includes(id) ? room.points.indexOf(id) : undefined),
    pointCount: () => room.points.length,
    beat: () => ({ at: room.at, seq: room.seq, oldest: null, samplesPerSecond: 7 }),
    command: (command) => {
      room.commands.push(command);
      return room.carryOut(command);
    },
    approver: async ({ name, password }) =>
      password === "right" ? (room.approver ?? { name, role: "dutyOfficer", tier: "city" }) : "LOGIN_FAILED",
    mayDo,
  };
}

/** A client that opens its own socket and does not come back by itself; it is no browser, and says so. */
export function newWall(url: string, options: Record<string, unknown> = {}): Client {
  const extraHeaders = { "x-skyground": "1", ...(options["extraHeaders"] as Record<string, string> | undefined) };
  return connect(url, { transports: ["websocket"], reconnection: false, forceNew: true, ...options, extraHeaders });
}

/** The next event of a kind. */
export function next<E extends keyof ServerToWall>(client: Client, event: E): Promise<Parameters<ServerToWall[E]>[0]> {
  return new Promise((resolve) => client.once(event, resolve as never));
}

/** Why a client was not let in. */
export function refusal(client: Client): Promise<string> {
  return new Promise((resolve) => client.once("connect_error", (error) => resolve(error.message)));
}

/** Why a client was let go. */
export function farewell(client: Client): Promise<string> {
  return new Promise((resolve) => client.once("disconnect", (reason) => resolve(reason)));
}

/** A wall that keeps its state by snapshot and changes, and notes every gap and double. */
export function follow(client: Client) {
  const wall = { sites: new Map<string, number>(), upTo: -1, snapshots: 0, changes: 0, faults: [] as string[] };
  client.on("snapshot", (state) => {
    wall.sites = new Map(state.sites.map((site) => [site.id, site.points]));
    wall.upTo = state.seq;
    wall.snapshots += 1;
  });
  client.on("changes", ({ after, upTo, items }) => {
    if (after !== wall.upTo) wall.faults.push(`changes after ${after}, but ${wall.upTo} was the last`);
    for (const item of items) {
      if (item.seq <= wall.upTo) wall.faults.push(`${item.seq} came again`);
      wall.upTo = item.seq;
      if (item.type === "site") wall.sites.set(item.site.id, item.site.points);
    }
    wall.upTo = upTo;
    wall.changes += items.length;
  });
  return wall;
}

/** The TCP socket under a client, to stop it from reading. */
export function tcpOf(client: Client): { pause(): void; resume(): void } {
  const { transport } = client.io.engine as unknown as { transport: { ws: object } };
  return Reflect.get(transport.ws, "_socket") as { pause(): void; resume(): void };
}
