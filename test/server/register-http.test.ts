// The register over HTTP: who may, what each route does, and that every act is written down without its secret.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { FaultCode } from "../../contract/faults.ts";
import type { Plan } from "../../contract/plant.ts";
import type { Person } from "../../contract/wall.ts";
import type { Broker } from "../../server/adapters/broker.ts";
import { createHttp, type Http } from "../../server/adapters/http.ts";
import { createRegister } from "../../server/adapters/register.ts";
import { keepDevices, type Devices } from "../../server/app/devices.ts";
import { mayDo } from "../../server/domain/access.ts";
import { createLog } from "../../server/log.ts";
import { deviceEntry, openTenants, siteEntry, type Tenants } from "../support/tenants.ts";

const people: Readonly<Record<string, Person>> = {
  admin: { name: "admin", role: "administrator", tier: "city" },
  officer: { name: "duty-1", role: "dutyOfficer", tier: "city" },
};
const plan = {
  sites: [{ id: "plant-a" }],
  devices: [{ id: "plant-a/gw-1", site: "plant-a", code: "gw-1" }],
} as unknown as Plan;
const noRule = async () => ({ ok: false, code: "NOT_FOUND" }) as const;

let tenants: Tenants;
let devices: Devices;
let http: Http;
let base: string;

beforeEach(async () => {
  tenants = await openTenants();
  devices = keepDevices({
    register: tenants.register,
    dialects: {},
    plan: () => plan,
    now: () => tenants.at,
    isHurried: false,
  });
  http = createHttp({
    host: "127.0.0.1",
    port: 0,
    log: createLog("silent"),
    isDemo: true,
    now: () => tenants.at,
    dashboardDir: null,
    map: null,
    login: async () => null,
    logout: () => undefined,
    person: (token) => people[token] ?? null,
    health: () => {
      throw new Error("nobody asks here");
    },
    metrics: async () => "",
    plan: () => plan,
    devices: () => [],
    history: async () => null,
    rules: { preview: noRule, enable: noRule, versionsOf: () => null },
    register: devices.desk,
    mayDo,
  });
  base = `http://127.0.0.1:${(await http.start()).port}/api/register`;
});

afterEach(async () => {
  await http.stop();
  await tenants.close();
});

interface Said {
  readonly status: number;
  readonly body: Record<string, unknown> & { readonly code?: FaultCode; readonly result?: unknown };
}

async function ask(method: string, path: string, body?: unknown, who = "admin"): Promise<Said> {
  const isText = typeof body === "string";
  const response = await fetch(`${base}/${path}`, {
    method,
    headers: {
      "x-skyground": "1",
      cookie: `skyground=${who}`,
      ...(body === undefined ? {} : { "content-type": isText ? "text/csv" : "application/json" }),
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Said["body"] };
}
const audits = () => tenants.register.waitingAudits();

describe("the register's routes", () => {
  it.each([
    ["GET", "enterprises"],
    ["GET", "devices"],
    ["GET", "export?kind=devices"],
    ["POST", "sites"],
    ["PUT", "devices"],
    ["POST", "devices/plant-a/gw-1/rotate"],
    ["POST", "import?kind=sites"],
  ])("%s %s are an administrator's, in a demo too", async (method, path) => {
    const body = method === "GET" ? undefined : {};
    expect(await ask(method, path, body, "officer")).toMatchObject({ status: 403, body: { code: "NOT_ALLOWED" } });
    expect(await ask(method, path, body, "nobody")).toMatchObject({ status: 401, body: { code: "NOT_LOGGED_IN" } });
    expect(audits()).toEqual([]);
  });

  it("lead a device from nothing to open, each step written down with who did it and from where", async () => {
    const works = { id: "works-2", name: { zh: "二厂（演示）", en: "Works 2" } };
    const device = deviceEntry("plant-c", "gw-1");
    expect((await ask("POST", "enterprises", works)).status).toBe(200);
    expect((await ask("POST", "sites", siteEntry("plant-c", "works-2"))).status).toBe(200);
    expect((await ask("PUT", "sites", { ...siteEntry("plant-c", "works-2"), town: "海城镇" })).status).toBe(200);
    expect(await ask("POST", "devices", device)).toMatchObject({ body: { result: { stage: "trial" } } });
    const made = (await ask("POST", "devices/plant-c/gw-1/rotate", { reason: "delivered" })).body.result;
    const { userName, secret } = made as { userName: string; secret: string };
    expect(tenants.register.checkDevice(userName, secret)).toEqual({ site: "plant-c", device: "gw-1" });
    const fingerprint = "AB:".repeat(31) + "AB";
    expect((await ask("POST", "devices/plant-c/gw-1/pin", { fingerprint })).status).toBe(200);
    expect(await ask("POST", "devices/plant-c/gw-1/open", {})).toMatchObject({
      status: 400,
      body: { code: "REASON_REQUIRED" },
    });
    expect((await ask("POST", "devices/plant-c/gw-1/open", { reason: "known make" })).status).toBe(200);
    expect((await ask("POST", "devices/plant-c/gw-1/revoke", {})).body).toEqual({ result: { ended: 2 } });
    expect((await ask("POST", "devices/plant-c/gw-1/retire", { reason: "scrapped" })).status).toBe(200);
    expect((await ask("POST", "devices/plant-c/gw-1/restore", {})).status).toBe(200);
    expect((await ask("POST", "sites/plant-c/retire", {})).status).toBe(200);
    expect((await ask("POST", "enterprises/works-2/retire", { reason: "closed" })).status).toBe(200);
    expect(audits().map(({ act, target }) => `${act} ${target}`)).toEqual([
      "enterprise.add works-2",
      "site.add plant-c",
      "site.edit plant-c",
      "device.add plant-c/gw-1",
      "device.rotate plant-c/gw-1",
      "device.pin plant-c/gw-1",
      "device.open plant-c/gw-1",
      "device.revoke plant-c/gw-1",
      "device.retire plant-c/gw-1",
      "device.restore plant-c/gw-1",
      "site.retire plant-c",
      "enterprise.retire works-2",
    ]);
    const by = { name: "admin", role: "administrator" };
    expect(audits().every((entry) => entry.from === "127.0.0.1" && entry.by?.name === "admin")).toBe(true);
    expect(audits()[4]).toMatchObject({ by, reason: "delivered", before: null, after: { overlapMs: 86_400_000 } });
    expect(audits()[2]).toMatchObject({ before: { town: "城东镇" }, after: { town: "海城镇" } });
    expect(JSON.stringify(audits())).not.toContain(secret);
  });

  it("refuse what does not fit with the code that says why", async () => {
    const cases: readonly (readonly [string, string, unknown, number, FaultCode])[] = [
      ["POST", "enterprises", { id: "works-1", name: { zh: "某", en: "W" } }, 409, "ENTRY_TAKEN"],
      ["POST", "enterprises", { id: "W", name: { zh: "某", en: "W" } }, 400, "COMMAND_INVALID"],
      ["PUT", "enterprises", { id: "works-7", name: { zh: "某", en: "W" } }, 404, "NOT_FOUND"],
      ["POST", "sites", siteEntry("plant-c", "works-7"), 400, "ENTRY_INVALID"],
      ["POST", "devices", deviceEntry("plant-z", "gw-1"), 400, "SITE_UNKNOWN"],
      ["POST", "devices", { ...deviceEntry("plant-a", "gw-1"), secret: "x" }, 400, "COMMAND_INVALID"],
      ["POST", "devices/plant-a/gw-9/rotate", {}, 404, "NOT_FOUND"],
      ["POST", "devices/plant-a/gw-9/rotate", { overlapHours: 721 }, 400, "COMMAND_INVALID"],
      ["POST", "devices/plant-a/gw-9/revoke", {}, 404, "NOT_FOUND"],
      ["POST", "devices/plant-a/gw-9/pin", { fingerprint: "ab" }, 400, "COMMAND_INVALID"],
      ["POST", "import?kind=people", "a\n", 400, "QUERY_INVALID"],
      ["POST", "import?kind=sites", {}, 400, "TABLE_INVALID"],
      ["POST", "import?kind=sites", "id\nx\n", 400, "TABLE_INVALID"],
    ];
    for (const [method, path, body, status, code] of cases)
      expect(await ask(method, path, body), `${method} ${path}`).toMatchObject({ status, body: { code } });
    expect(audits()).toEqual([]);
  });

  it("take a table and give it back", async () => {
    const table = "id,name_zh,name_en\r\nworks-8,八厂（演示）,Works 8\r\n";
    expect((await ask("POST", "import?kind=enterprises", table)).body).toEqual({ result: { entered: 1 } });
    const given = await fetch(`${base}/export?kind=enterprises`, { headers: { cookie: "skyground=admin" } });
    expect(given.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const bytes = Buffer.from(await given.arrayBuffer());
    expect(bytes.subarray(0, 3).toString("hex")).toBe("efbbbf");
    expect(bytes.toString()).toContain("works-8,八厂（演示）,Works 8\r\n");
  });

  it("list what the plan of record and the broker know beside the register", async () => {
    tenants.device("plant-b", "gw-1", "open");
    const sites = (await ask("GET", "sites")).body["sites"];
    expect(sites).toMatchObject([
      { id: "plant-a", isInPlan: true },
      { id: "plant-b", isInPlan: false },
    ]);
    const { devices: listed, unregistered } = (await ask("GET", "devices")).body;
    expect(listed).toMatchObject([
      {
        userName: "plant-b.gw-1",
        isInPlan: false,
        credentials: [{ kind: "secret", expiresAt: null }],
        traffic: { connections: 0, heldBack: 0, heldBackSince: null, flappingUntil: null },
      },
    ]);
    expect(unregistered).toEqual([{ site: "plant-a", device: "gw-1" }]);
    expect(JSON.stringify(listed)).not.toContain("hash");
  });
});

describe("a server that runs", () => {
  it("sends away within seconds whom a command of another process has retired, or whose credential has ended", () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const rechecked: boolean[] = [];
    const secret = tenants.device("plant-a", "gw-1", "open");
    const admission = devices.authenticate({ userName: "plant-a.gw-1", password: secret, certificate: null });
    if (admission === null) throw new Error("not let in");
    const broker = {
      recheck: (isStanding: (one: typeof admission) => boolean) => rechecked.push(isStanding(admission)),
    };
    const stop = devices.attach(broker as unknown as Broker);
    vi.advanceTimersByTime(5000);
    expect(rechecked).toEqual([]);
    tenants.register.rotateSecret("plant-a", "gw-1", 60_000);
    tenants.at += 60_000;
    vi.advanceTimersByTime(5000);
    expect(rechecked).toEqual([false]);
    const other = createRegister({ file: join(tenants.folder, "register.db"), now: Date.now, random: randomBytes });
    other.retireDevice("plant-a", "gw-1");
    other.close();
    vi.advanceTimersByTime(5000);
    expect(rechecked).toEqual([false, false]);
    stop();
    vi.advanceTimersByTime(60_000);
    expect(rechecked).toHaveLength(2);
    vi.useRealTimers();
  });

  it("counts its devices for everybody without naming one", () => {
    const quiet = { heldBack: 3, heldBackSince: null, flappingUntil: null };
    const seen = new Map([
      ["a", { ...quiet, connections: 1 }],
      ["b", { ...quiet, connections: 2, heldBackSince: 5 }],
      ["c", { ...quiet, connections: 0, flappingUntil: 5 }],
    ]);
    devices.attach({ traffic: () => seen } as unknown as Broker)();
    expect(devices.health()).toEqual({ connected: 2, heldBack: 1, flapping: 1 });
  });
});
