// The demo's city with its people, each before a wall that notes what it hears: what the tests of who sees what sit in.
import { mkdirSync } from "node:fs";
import { request as rawRequest } from "node:http";
import { join } from "node:path";
import type { AlarmView } from "../../contract/alarm.ts";
import type { CommandAct } from "../../contract/command.ts";
import type { Plan } from "../../contract/plant.ts";
import type { Scope } from "../../contract/scope.ts";
import type { Beat, Changes, Frame, Person, Reply, Snapshot } from "../../contract/wall.ts";
import type * as AppRoom from "../../server/app.ts";
import type * as SettingsRoom from "../../server/config/settings.ts";
import { createLog } from "../../server/log.ts";
import { createPublisher, type Publisher } from "./publisher.ts";
import { newFolder, until } from "./server.ts";
import { type Client, newWall, next } from "./socket-room.ts";

// The built program: the historian's thread starts from its compiled file.
const built = (room: string): string => join(import.meta.dirname, "../../dist/server", room);
const { startApp } = (await import(built("app.js"))) as typeof AppRoom;
const { readSettings } = (await import(built("config/settings.js"))) as typeof SettingsRoom;

/** The parts of the city. */
export const scopes = {
  enterprise: { sites: ["hc-01"] },
  county: { counties: ["441502"] },
  sector: { sectors: ["hazchem"] },
  town: { towns: ["红草镇"] },
  ponds: { sectors: ["tailings"] },
} satisfies Record<string, Scope>;
/** Everybody with a part of it, and two who have it all. */
export const people = {
  enterprise: { name: "enterprise", role: "enterprise", tier: "enterprise", scope: scopes.enterprise },
  countyViewer: { name: "countyViewer", role: "viewer", tier: "county", scope: scopes.county },
  sectorViewer: { name: "sectorViewer", role: "viewer", tier: "city", scope: scopes.sector },
  township: { name: "township", role: "dutyOfficer", tier: "township", scope: scopes.town },
  countySupervisor: { name: "countySupervisor", role: "supervisor", tier: "county", scope: scopes.county },
  sectorAdmin: { name: "sectorAdmin", role: "administrator", tier: "city", scope: scopes.sector },
  pondOfficer: { name: "pondOfficer", role: "supervisor", tier: "city", scope: scopes.ponds },
  townshipOfAll: { name: "townshipOfAll", role: "dutyOfficer", tier: "township" },
  city: { name: "city", role: "supervisor", tier: "city" },
} as const satisfies Record<string, Person>;
/** One of them. */
export type Who = keyof typeof people;
/** Who tries to read what is not his. */
export const watchers = ["enterprise", "countyViewer", "sectorViewer", "township"] as const satisfies readonly Who[];

/** A pond of another county. */
export const theirs = { site: "tp-02", point: "tp-02/FB-01", alarm: "tp-02/FB-01~limit~low" };
/** A chemical site that is everybody's here, but the ponds'. */
export const own = { site: "hc-01", point: "hc-01/GD-201", alarm: "hc-01/GD-201~limit~high" };
/** What there is not. */
export const nowhere = { site: "tp-99", point: "tp-99/FB-01", alarm: "tp-99/FB-01~limit~low" };

/** A wall, and everything that it has heard. */
export interface Seat {
  readonly wall: Client;
  readonly cookie: string;
  readonly snapshots: Snapshot[];
  readonly changes: Changes[];
  readonly frames: Frame[];
  readonly beats: Beat[];
}

/** Everybody's password. */
export const password = "long enough for everybody";

/** A running server, and everybody before his wall. */
export interface City {
  readonly app: AppRoom.App;
  readonly base: string;
  /** The plan of all of it. */
  readonly whole: Plan;
  readonly seat: (who: Who) => Seat;
  readonly cookieOf: (name: string) => Promise<string>;
  /** One more wall, which has its snapshot and watches all that it may. */
  readonly sit: (cookie: string) => Promise<Seat>;
  /** A command with an id of its own; what it is about is for the caller to get wrong. */
  readonly act: (who: Who, name: CommandAct, request: Readonly<Record<string, unknown>>) => Promise<Reply>;
  /** What the city's wall knows of an alarm by now. */
  readonly alarmNow: (id: string) => AlarmView;
  readonly get: (path: string, who: Who | null, headers?: Readonly<Record<string, string>>) => Promise<Response>;
  /** As `get`, which would tidy the path up first. */
  readonly getRaw: (path: string, who: Who) => Promise<{ readonly status: number; readonly body: string }>;
  readonly post: (path: string, who: Who, body: unknown) => Promise<Response>;
  readonly close: () => Promise<void>;
}

type Told = Pick<City, "app" | "base" | "seat" | "close">;

function start(dataDir: string): Promise<AppRoom.App> {
  mkdirSync(dataDir);
  const configDir = join(import.meta.dirname, "../../config");
  const read = readSettings({ SKYGROUND_HTTP_PORT: "0", SKYGROUND_MQTT_PORT: "0" }, { configDir, dataDir });
  if (!read.ok) throw new Error(read.faults.join("\n"));
  return startApp({
    settings: read.settings,
    version: "0",
    dashboardDir: "",
    log: createLog("silent"),
    onBug: (error) => {
      throw error;
    },
  });
}

/** Opens the city: everybody has logged in, and hears of a red alarm on the pond and of one at the plant. */
export async function openCity(): Promise<City> {
  const folder = newFolder();
  const app = await start(join(folder.path, "data"));
  const base = `http://127.0.0.1:${app.httpPort}`;
  const seats = new Map<Who, Seat>();
  const publishers = [theirs, own].map(({ site }) => {
    const renewed = app.register.renewDevice(site, "gw-1");
    if (!renewed.ok) throw new Error(renewed.fault);
    const { userName, secret } = renewed;
    return createPublisher({ port: app.mqttPort, userName, password: secret, site });
  });
  for (const person of Object.values(people)) {
    const added = await app.register.addPerson({ ...person, password });
    if (!added.ok) throw new Error(added.fault);
    seats.set(person.name, await sit(base, await cookieOf(base, person.name)));
  }
  await raiseBoth(publishers as [Publisher, Publisher], seats);
  return around({
    app,
    base,
    seat: (who) => seats.get(who) as Seat,
    close: async () => {
      for (const { wall } of seats.values()) wall.disconnect();
      for (const publisher of publishers) await publisher.end();
      await app.stop();
      folder.remove();
    },
  });
}

async function cookieOf(base: string, name: string): Promise<string> {
  const response = await fetch(`${base}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-skyground": "1" },
    body: JSON.stringify({ name, password }),
  });
  if (!response.ok) throw new Error(`login of ${name}: ${response.status}`);
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

async function sit(base: string, cookie: string): Promise<Seat> {
  const wall = newWall(base, { extraHeaders: { cookie } });
  const heard: Seat = { wall, cookie, snapshots: [], changes: [], frames: [], beats: [] };
  wall.on("snapshot", (snapshot) => void heard.snapshots.push(snapshot));
  wall.on("changes", (changes) => void heard.changes.push(changes));
  wall.on("frame", (frame) => void heard.frames.push(frame));
  wall.on("beat", (beat) => void heard.beats.push(beat));
  await next(wall, "snapshot");
  await wall.emitWithAck("watch", { points: "all" });
  return heard;
}

/** Red on the pond and at the plant, while every wall is there to hear of it; a refused message names the pond. */
async function raiseBoth([pond, plant]: readonly [Publisher, Publisher], seats: ReadonlyMap<Who, Seat>): Promise<void> {
  const city = seats.get("city") as Seat;
  const ts = Date.now() - 20_000;
  for (const [place, value] of [0.05, 0.04, 0.03].entries()) {
    await pond.send(JSON.stringify({ ts: ts + place * 5000, values: { "FB-01": value, "XX-99": 1 } }));
  }
  await plant.send(JSON.stringify({ ts, values: { "GD-201": 80 } }));
  await until("the city has both alarms", () => {
    const items = city.changes.flatMap((changes) => changes.items);
    const ids = items.flatMap((item) => (item.type === "alarm" ? [item.alarm.id] : []));
    return ids.includes(own.alarm) && ids.includes(theirs.alarm);
  });
  await until("two beats have come to every wall after it", () => {
    const seq = city.changes.at(-1)?.upTo ?? 0;
    return [...seats.values()].every(({ beats }) => beats.filter((beat) => beat.seq >= seq).length >= 2);
  });
}

/** What can be asked of a city whose people sit. */
function around({ app, base, seat, close }: Told): City {
  let commands = 0;
  return {
    app,
    base,
    seat,
    close,
    whole: seat("city").snapshots[0]?.plan as Plan,
    cookieOf: (name) => cookieOf(base, name),
    sit: (cookie) => sit(base, cookie),
    act: async (who, name, request) => {
      commands += 1;
      return seat(who).wall.emitWithAck(name, { commandId: `attempt-${commands}`, ...request });
    },
    alarmNow: (id) => {
      const { snapshots, changes } = seat("city");
      const items = changes.flatMap((one) => one.items);
      const steps = items.flatMap((item) => (item.type === "alarm" ? [item.alarm] : []));
      const found = [...(snapshots[0]?.alarms ?? []), ...steps].findLast((alarm) => alarm.id === id);
      if (found === undefined) throw new Error(`the city knows no alarm ${id}`);
      return found;
    },
    get: (path, who, headers = {}) =>
      fetch(base + path, { headers: { ...(who === null ? {} : { cookie: seat(who).cookie }), ...headers } }),
    getRaw: (path, who) => getRaw(new URL(base), path, seat(who).cookie),
    post: (path, who, body) => {
      const headers = { "content-type": "application/json", "x-skyground": "1", cookie: seat(who).cookie };
      return fetch(base + path, { method: "POST", headers, body: JSON.stringify(body) });
    },
  };
}

function getRaw({ hostname, port }: URL, path: string, cookie: string): ReturnType<City["getRaw"]> {
  return new Promise((resolve, reject) => {
    const asked = rawRequest({ hostname, port, path, headers: { cookie } }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    asked.once("error", reject);
    asked.end();
  });
}
