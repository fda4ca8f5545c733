// Register, HTTP and socket room behind one port, as the app joins them: from the password to the wall and out again.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Plan } from "../../contract/plant.ts";
import { createGateway, type Gateway } from "../../server/adapters/gateway.ts";
import { createHttp, type Http, tokenOfCookies } from "../../server/adapters/http.ts";
import { createRegister, type Register } from "../../server/adapters/register.ts";
import { createViews } from "../../server/adapters/gateway/view.ts";
import { mayDo } from "../../server/domain/access.ts";
import { createLog } from "../../server/log.ts";
import { farewell, newWall, next, officer, refusal } from "../support/socket-room.ts";

let folder: string;
let register: Register;
let http: Http;
let gateway: Gateway;
let base: string;
let password: string;
let isStopped: boolean;

const log = createLog("silent");
const now = Date.now;

async function stop(): Promise<void> {
  if (isStopped) return;
  isStopped = true;
  gateway.stop();
  await http.stop();
  register.close();
}

const noRule = async () => ({ ok: false, code: "NOT_FOUND" }) as const;

beforeEach(async () => {
  isStopped = false;
  folder = mkdtempSync(join(tmpdir(), "skyground-door-"));
  const passwordCost = { n: 1024, r: 8, p: 1 };
  register = createRegister({ file: join(folder, "register.sqlite"), now, random: randomBytes, passwordCost });
  const added = await register.addPerson(officer);
  if (!added.ok) throw new Error(added.fault);
  password = added.password;
  const person = (token: string | null) => (token === null ? null : register.personOf(token));
  const plan = {} as Plan;
  http = createHttp({
    host: "127.0.0.1",
    port: 0,
    log,
    isDemo: false,
    now,
    dashboardDir: null,
    map: null,
    login: async (name, typed) => {
      const who = await register.checkPassword(name, typed);
      const token = who === null ? null : register.openSession(who.name);
      return who === null || token === null ? null : { person: who, token };
    },
    logout: (token) => register.closeSession(token),
    person,
    health: () => ({
      version: "0",
      isDemo: false,
      startedAt: 0,
      live: true,
      ready: true,
      neighbours: [],
      faults: [],
      weaknesses: [],
      devices: { connected: 0, heldBack: 0, flapping: 0 },
    }),
    metrics: async () => "",
    plan: () => plan,
    devices: () => [],
    history: async () => null,
    rules: { preview: noRule, enable: noRule, versionsOf: () => null },
    mayDo,
  });
  gateway = createGateway({
    server: http.server,
    log,
    isDemo: false,
    now,
    person: (cookies) => person(tokenOfCookies(cookies)),
    snapshot: (who) => {
      const state = { protocol: 2 as const, version: "0", isDemo: false, seq: 0, at: now(), person: who, plan };
      return {
        ...state,
        alarms: [],
        sites: [],
        devices: [],
        neighbours: [],
        responses: [],
        silences: [],
        floods: [],
        handovers: [],
        incidents: [],
        values: [],
      };
    },
    viewOf: createViews(() => plan),
    siteOf: () => undefined,
    oldest: () => null,
    latest: (index) => [index, null, 0, 0, 0],
    pointIndex: () => undefined,
    pointCount: () => 0,
    beat: () => ({ at: now(), seq: 0, oldest: null, samplesPerSecond: 0 }),
    command: async () => ({ ok: true, seq: 1 }),
    approver: async () => "LOGIN_FAILED",
    mayDo,
  });
  base = `http://127.0.0.1:${(await http.start()).port}`;
  gateway.start();
});

afterEach(async () => {
  await stop();
  rmSync(folder, { recursive: true, force: true });
});

async function post(path: string, headers: Record<string, string>, body?: unknown): Promise<Response> {
  const content = body === undefined ? {} : { body: JSON.stringify(body) };
  const type: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  return fetch(base + path, { method: "POST", headers: { "x-skyground": "1", ...type, ...headers }, ...content });
}

async function logIn(): Promise<string> {
  const response = await post("/api/login", {}, { name: officer.name, password });
  expect(response.status).toBe(200);
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
  it(`opens the wall to who has logged in, and closes it at logout, by ${transports.join(" then ")}`, async () => {
    expect(await refusal(newWall(base, { transports }))).toBe("NOT_LOGGED_IN");
    const cookie = await logIn();
    const wall = newWall(base, { transports, extraHeaders: { cookie } });
    expect((await next(wall, "snapshot")).person).toEqual(officer);
    const command = { commandId: "command-1", alarm: "a", occurrence: 1, revision: 1 };
    expect(await wall.emitWithAck("acknowledge", command)).toEqual({ ok: true, seq: 1 });
    const left = farewell(wall);
    expect((await post("/api/logout", { cookie })).status).toBe(200);
    await left;
    expect(await refusal(newWall(base, { transports, extraHeaders: { cookie } }))).toBe("NOT_LOGGED_IN");
  });
}

it("goes on serving HTTP beside the sockets", async () => {
  const cookie = await logIn();
  const wall = newWall(base, { extraHeaders: { cookie } });
  await next(wall, "snapshot");
  expect((await fetch(`${base}/health`)).status).toBe(200);
  expect((await fetch(`${base}/api/plant`, { headers: { cookie } })).status).toBe(200);
  expect((await fetch(`${base}/none.js`)).status).toBe(404);
  wall.disconnect();
});

it("stops at once, whoever is still there", async () => {
  const cookie = await logIn();
  const walls = [["websocket"], ["polling"]].map((transports) =>
    newWall(base, { transports, extraHeaders: { cookie } }),
  );
  await Promise.all(walls.map((wall) => next(wall, "snapshot")));
  const left = Promise.all(walls.map(farewell));
  await stop();
  await left;
  await expect(fetch(`${base}/health`)).rejects.toThrow("fetch failed");
});
