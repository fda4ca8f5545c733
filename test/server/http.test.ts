// HTTP over a real port: login, what needs one, what is public, and every refusal by its code.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request as rawRequest } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FaultCode, faults } from "../../contract/faults.ts";
import type { DeviceLiveness } from "../../contract/liveness.ts";
import type { Plan } from "../../contract/plant.ts";
import type { History, HistoryQuery, Person } from "../../contract/wall.ts";
import { createHttp, type Http, type HttpOptions, tokenOfCookies } from "../../server/adapters/http.ts";
import type { Health } from "../../server/adapters/http/health.ts";
import { createLog } from "../../server/log.ts";
import { mayDo } from "../../server/domain/access.ts";

const officer: Person = { name: "duty-1", role: "dutyOfficer", tier: "county" };
const plan = { sites: [], points: [] } as unknown as Plan;
const history: History = { point: "a/b", bucketMs: 10, buckets: [] };
const ready: Health = {
  version: "0",
  isDemo: false,
  startedAt: 1,
  live: true,
  ready: true,
  neighbours: [{ name: "broker", state: "down", since: 1, reason: "refused" }],
  faults: [{ code: "MESSAGE_BAD_JSON", example: "{", count: 3, lastAt: 2 }],
  weaknesses: [],
  devices: { connected: 0, heldBack: 0, flapping: 0 },
};

/** What is left of it without a session. */
const publicly = { ...ready, faults: [{ code: "MESSAGE_BAD_JSON", count: 3, lastAt: 2 }] };

/** Nobody changes a rule here: that is its own test. */
const noRules: HttpOptions["rules"] = {
  preview: async () => ({ ok: false, code: "NOT_FOUND" }),
  enable: async () => ({ ok: false, code: "NOT_FOUND" }),
  versionsOf: () => null,
};

let folder: string;
let http: Http | null = null;
let base: string;
/** The sessions that are open: token → person. */
let open: Map<string, Person>;
let at: number;
let asked: HistoryQuery[];

/** Starts the room; its neighbours are small but true: a session lives from login to logout. */
async function start(changed: Partial<HttpOptions> = {}): Promise<void> {
  http = createHttp({
    host: "127.0.0.1",
    port: 0,
    log: createLog("silent"),
    isDemo: false,
    now: () => at,
    dashboardDir: folder,
    map: { manifest: { city: 1 }, geojson: { type: "FeatureCollection" } },
    login: async (name, password) => {
      if (name !== officer.name || password !== "right") return null;
      const token = `token-${open.size}-${at}`;
      open.set(token, officer);
      return { person: officer, token };
    },
    logout: (token) => open.delete(token),
    person: (token) => open.get(token) ?? null,
    health: () => ready,
    metrics: async () => "skyground_samples_total 5\n",
    plan: () => plan,
    devices: () => [],
    history: async (query) => {
      asked.push(query);
      return query.point === "a/b" ? history : null;
    },
    rules: noRules,
    mayDo,
    ...changed,
  });
  base = `http://127.0.0.1:${(await http.start()).port}`;
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skyground-http-"));
  mkdirSync(join(folder, "assets"));
  writeFileSync(join(folder, "index.html"), "<title>wall</title>");
  writeFileSync(join(folder, "assets", "app-1a2b.js"), "0;");
  open = new Map();
  asked = [];
  at = 1_790_000_000_000;
});

afterEach(async () => {
  await http?.stop();
  http = null;
  rmSync(folder, { recursive: true, force: true });
});

const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
  fetch(base + path, {
    method: "POST",
    headers: { "x-skyground": "1", ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
const get = (path: string, headers: Record<string, string> = {}) => fetch(base + path, { headers });
/** fetch sets Sec-Fetch-Site itself; a request by hand says what it is told. */
const raw = (path: string, headers: Record<string, string>): Promise<Response> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(base);
    const sent = rawRequest({ host: "127.0.0.1", port, path, method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => resolve(new Response(text, { status: response.statusCode ?? 0 })));
    });
    sent.on("error", reject).end();
  });
const right = { name: officer.name, password: "right" };
const wrong = { name: officer.name, password: "wrong" };

async function cookieOf(response: Response): Promise<string> {
  const line = response.headers.getSetCookie()[0] ?? "";
  return line.split(";")[0] ?? "";
}

async function expectRefusal(response: Response, status: number, code: FaultCode): Promise<void> {
  expect({ status: response.status, body: await response.json() }).toEqual({
    status,
    body: { code, message: faults[code] },
  });
}

describe("http session", () => {
  it("logs in with a cookie that no script can read and no other site can send", async () => {
    await start();
    const response = await post("/api/login", right);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ person: officer, isDemo: false });
    const [cookie = ""] = response.headers.getSetCookie();
    expect(cookie).toMatch(/^skyground=token-[^;]+; Max-Age=604800; Path=\/; HttpOnly; SameSite=Strict$/);
    expect(tokenOfCookies(cookie.split(";")[0])).toMatch(/^token-/);
    const session = await get("/api/session", { cookie: await cookieOf(response) });
    expect(await session.json()).toEqual({ person: officer, isDemo: false });
    // It ends a week after its login, however often it is looked at.
    expect(session.headers.getSetCookie()).toEqual([]);
  });

  it("marks the cookie Secure behind a trusted proxy that speaks https, and only there", async () => {
    await start({ trustedProxies: ["127.0.0.1"] });
    const secure = await post("/api/login", right, { "x-forwarded-proto": "https" });
    expect(secure.headers.getSetCookie()[0]).toContain("; Secure");
    await http?.stop();
    await start();
    const plain = await post("/api/login", right, { "x-forwarded-proto": "https" });
    expect(plain.headers.getSetCookie()[0]).not.toContain("Secure");
  });

  it("says that nobody is logged in, without or with an unknown cookie", async () => {
    await start();
    for (const cookie of ["", "skyground=x", "skyground=%zz; skyground=__proto__", "other=1"]) {
      expect(await (await get("/api/session", { cookie })).json()).toEqual({ person: null, isDemo: false });
    }
  });

  it("ends the session at logout, and the former one at a new login", async () => {
    await start();
    const first = await cookieOf(await post("/api/login", right));
    at += 1;
    const second = await cookieOf(await post("/api/login", right, { cookie: first }));
    expect(await (await get("/api/session", { cookie: first })).json()).toMatchObject({ person: null });
    expect(await (await get("/api/session", { cookie: second })).json()).toMatchObject({ person: officer });
    const out = await post("/api/logout", undefined, { cookie: second });
    expect(await out.json()).toEqual({ person: null, isDemo: false });
    expect(out.headers.getSetCookie()[0]).toMatch(/^skyground=; .*Expires=Thu, 01 Jan 1970/);
    expect(open.size).toBe(0);
  });

  it("refuses a body that is not exactly a name and a password", async () => {
    await start();
    for (const body of [
      {},
      { ...right, extra: 1 },
      { name: 1, password: "x" },
      { name: "", password: "x" },
      [],
      "null",
    ]) {
      await expectRefusal(await post("/api/login", body), 400, "COMMAND_INVALID");
    }
    await expectRefusal(await post("/api/login", "{"), 400, "MESSAGE_BAD_JSON");
    await expectRefusal(await post("/api/login", { ...right, password: "x".repeat(20_000) }), 413, "MESSAGE_TOO_LARGE");
    await expectRefusal(await post("/api/login", "name=a", { "content-type": "text/xml" }), 415, "COMMAND_INVALID");
    expect(open.size).toBe(0);
  });

  it("refuses a POST that another site has sent", async () => {
    await start();
    for (const origin of ["http://evil.example", "null", base.replace("http://127.0.0.1", "http://127.0.0.2")]) {
      await expectRefusal(await post("/api/login", right, { origin }), 403, "NOT_ALLOWED");
    }
    expect((await post("/api/login", right, { origin: base })).status).toBe(200);
  });

  it("refuses an act with a cookie that says nothing of where it comes from, unless it is plainly no browser's", async () => {
    await start();
    const cookie = await cookieOf(await post("/api/login", right));
    const out = (headers: Record<string, string>) =>
      fetch(`${base}/api/logout`, { method: "POST", headers: { cookie, ...headers } });
    await expectRefusal(await out({}), 403, "NOT_ALLOWED");
    for (const site of ["cross-site", "same-site"]) {
      const said = { "sec-fetch-site": site, origin: base, "x-skyground": "1" };
      await expectRefusal(await raw("/api/logout", { cookie, ...said }), 403, "NOT_ALLOWED");
    }
    expect(open.size).toBe(1);
    expect((await out({ origin: base })).status).toBe(200);
    expect(open.size).toBe(0);
    expect((await out({ "x-skyground": "1" })).status).toBe(200);
  });

  it("takes JSON alone: what a form of another site could send is refused", async () => {
    await start();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
      const body = JSON.stringify(right);
      await expectRefusal(await post("/api/login", body, { "content-type": type }), 415, "COMMAND_INVALID");
    }
    expect(open.size).toBe(0);
  });
});

describe("http devices", () => {
  it("tells how each device is doing, to whoever may view", async () => {
    const row = { id: "a/d", site: "a", state: "online" } as DeviceLiveness;
    await start({ devices: () => [row] });
    await expectRefusal(await get("/api/devices"), 401, "NOT_LOGGED_IN");
    const cookie = await cookieOf(await post("/api/login", right));
    const answer = await get("/api/devices", { cookie });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(await answer.json()).toEqual([row]);
  });
});

describe("http login throttle", () => {
  it("makes a name wait longer and longer after five failures, the right password too", async () => {
    await start();
    for (let failure = 1; failure <= 5; failure += 1) {
      await expectRefusal(await post("/api/login", wrong), 401, "LOGIN_FAILED");
    }
    const refused = await post("/api/login", right);
    expect(refused.headers.get("retry-after")).toBe("5");
    await expectRefusal(refused, 429, "TOO_MANY_ATTEMPTS");
    await expectRefusal(await post("/api/login", { ...wrong, name: "another" }), 401, "LOGIN_FAILED");

    at += 5000;
    await expectRefusal(await post("/api/login", wrong), 401, "LOGIN_FAILED");
    expect((await post("/api/login", right)).headers.get("retry-after")).toBe("10");
    at += 10_000;
    expect((await post("/api/login", right)).status).toBe(200);
    await expectRefusal(await post("/api/login", wrong), 401, "LOGIN_FAILED");
    expect((await post("/api/login", right)).status).toBe(200);
  });

  it("slows guesses at one name from many addresses, but never who has come in from his own before", async () => {
    await start({ trustedProxies: ["127.0.0.1"] });
    const from = (address: string) => ({ "x-forwarded-for": address });
    expect((await post("/api/login", right, from("10.9.9.9"))).status).toBe(200);
    for (let guess = 0; guess < 30; guess += 1) await post("/api/login", wrong, from(`10.0.0.${guess}`));
    await expectRefusal(await post("/api/login", wrong, from("10.0.1.1")), 429, "TOO_MANY_ATTEMPTS");
    expect((await post("/api/login", right, from("10.9.9.9"))).status).toBe(200);
    at += 60_000;
    expect((await post("/api/login", right, from("10.0.1.2"))).status).toBe(200);
  });

  it("slows guesses at many names from one network, of IPv6 its first 64 bits, and a minute ends it", async () => {
    await start({ trustedProxies: ["127.0.0.1"] });
    const guess = (index: number) =>
      post("/api/login", { ...wrong, name: `name-${index}` }, { "x-forwarded-for": `2001:db8::7:0:0:${index}` });
    for (let index = 0; index < 60; index += 1) expect((await guess(index)).status).toBe(401);
    await expectRefusal(await guess(61), 429, "TOO_MANY_ATTEMPTS");
    const other = { "x-forwarded-for": "2001:db8:0:1::7" };
    expect((await post("/api/login", right, other)).status).toBe(200);
    at += 60_000;
    expect((await guess(62)).status).toBe(401);
  });

  it("is not got round by many guesses at once, and never checks more than a few at a time", async () => {
    let checks = 0;
    let atOnce = 0;
    let most = 0;
    const release: (() => void)[] = [];
    await start({
      login: async () => {
        checks += 1;
        atOnce += 1;
        most = Math.max(most, atOnce);
        await new Promise<void>((resolve) => release.push(resolve));
        atOnce -= 1;
        return null;
      },
    });
    const replies = Array.from({ length: 20 }, (_, guess) => post("/api/login", { ...right, password: `${guess}` }));
    let refused = 0;
    for (const reply of replies) void reply.then((answer) => (refused += answer.status === 503 ? 1 : 0));
    await expect.poll(() => refused).toBe(16);
    for (const one of release) one();
    const answers = await Promise.all(replies);
    expect(answers.filter((answer) => answer.status === 401)).toHaveLength(4);
    expect({ checks, most }).toEqual({ checks: 4, most: 4 });
  });
});

describe("http views", () => {
  const query = "/api/history?point=a%2Fb&from=0&to=100&buckets=10";

  it("shows nothing of the plant to who has not logged in", async () => {
    await start();
    for (const path of ["/api/plant", "/api/map", query]) {
      await expectRefusal(await get(path), 401, "NOT_LOGGED_IN");
    }
    expect(asked).toEqual([]);
  });

  it("shows plan, map and history to a person, and never lets them be cached", async () => {
    await start();
    const cookie = await cookieOf(await post("/api/login", right));
    const plant = await get("/api/plant", { cookie });
    expect(await plant.json()).toEqual(plan);
    expect(plant.headers.get("cache-control")).toBe("no-store");
    expect(await (await get("/api/map", { cookie })).json()).toEqual({
      manifest: { city: 1 },
      geojson: { type: "FeatureCollection" },
    });
    expect(await (await get(query, { cookie })).json()).toEqual(history);
    expect(asked).toEqual([{ point: "a/b", from: 0, to: 100, buckets: 10 }]);
  });

  it("shows a demo to anybody", async () => {
    await start({ isDemo: true });
    expect(await (await get("/api/plant")).json()).toEqual(plan);
    expect(await (await get("/api/session")).json()).toEqual({ person: null, isDemo: true });
  });

  it("refuses a query that does not fit, before anybody is asked", async () => {
    await start({ isDemo: true });
    for (const bad of [
      "point=a/b&from=0&to=100",
      "point=a/b&from=0&to=100&buckets=0",
      "point=a/b&from=0&to=100&buckets=5001",
      "point=a/b&from=0&to=100&buckets=1.5",
      "point=a/b&from=x&to=100&buckets=10",
      "point=a/b&from=&to=100&buckets=10",
      "point=a/b&from=0x1&to=100&buckets=10",
      "point=a/b&from=true&to=100&buckets=10",
      "__proto__=1&from=0&to=100&buckets=10",
      "point=a/b&from=NaN&to=100&buckets=10",
      "point=a/b&from=0&to=Infinity&buckets=10",
      "point=a/b&from=100&to=100&buckets=10",
      "point=a/b&from=0&to=100&buckets=10&more=1",
      "point=a&point=b&from=0&to=100&buckets=10",
    ]) {
      await expectRefusal(await get(`/api/history?${bad}`), 400, "QUERY_INVALID");
    }
    expect(asked).toEqual([]);
    await expectRefusal(await get(query.replace("a%2Fb", "x")), 404, "NOT_FOUND");
  });

  it("says that the server is busy, not why, where history fails", async () => {
    await start({ isDemo: true, history: () => Promise.reject(new Error("disk /secret/path")) });
    await expectRefusal(await get(query), 503, "OVERLOADED");
  });

  it("has no map where none is configured", async () => {
    await start({ isDemo: true, map: null });
    await expectRefusal(await get("/api/map"), 404, "NOT_FOUND");
  });
});

describe("http for operators", () => {
  it("tells its health to anybody: neighbours, and refusals by their count alone", async () => {
    await start({ health: () => ({ ...ready, shadows: [{ source: "hc-01/LT-101" }] }) });
    const response = await get("/health");
    expect([response.status, await response.json()]).toEqual([200, publicly]);
  });

  it("tells its health with the examples to those alone who have the whole city", async () => {
    await start();
    open.set("whole", { ...officer, role: "viewer" });
    open.set("partial", { ...officer, scope: { counties: ["haifeng"] } });
    await expectRefusal(await get("/api/health"), 401, "NOT_LOGGED_IN");
    await expectRefusal(await get("/api/health", { cookie: "skyground=partial" }), 403, "NOT_ALLOWED");
    expect(await (await get("/api/health", { cookie: "skyground=whole" })).json()).toEqual(ready);
  });

  it("tells nobody the examples of a demonstration either, without a login", async () => {
    await start({ isDemo: true });
    await expectRefusal(await get("/api/health"), 401, "NOT_LOGGED_IN");
  });

  it("answers 503 while it is not ready", async () => {
    await start({ health: () => ({ ...ready, ready: false }) });
    const response = await get("/health");
    expect([response.status, await response.json()]).toEqual([503, { ...publicly, ready: false }]);
  });

  it("gives its metrics as Prometheus reads them", async () => {
    await start();
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(await response.text()).toBe("skyground_samples_total 5\n");
  });

  it("names the address that it cannot listen on", async () => {
    await start();
    const { port } = new URL(base);
    const second = createHttp(deaf(Number(port)));
    await expect(second.start()).rejects.toThrow(`listen on http://127.0.0.1:${port}`);
    await second.stop();
  });
});

function deaf(port: number): HttpOptions {
  const never = () => {
    throw new Error("nobody asks");
  };
  return {
    host: "127.0.0.1",
    port,
    log: createLog("silent"),
    isDemo: false,
    now: () => at,
    dashboardDir: null,
    map: null,
    login: never,
    logout: never,
    person: never,
    health: never,
    metrics: never,
    plan: never,
    devices: never,
    history: never,
    rules: noRules,
    mayDo,
  };
}

describe("http dashboard", () => {
  it("serves the one page under every screen's address, and its hashed files for good", async () => {
    await start();
    for (const path of ["/", "/alarms", "/site/pond-1?x=1.5"]) {
      const page = await get(path);
      expect([path, page.status, await page.text()]).toEqual([path, 200, "<title>wall</title>"]);
      expect(page.headers.get("cache-control")).toBe("no-cache");
    }
    const script = await get("/assets/app-1a2b.js");
    expect(script.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
    expect(script.headers.get("content-type")).toContain("javascript");
  });

  it("does not serve the page for what is missing", async () => {
    await start();
    for (const path of ["/assets/none.js", "/favicon.ico", "/api", "/api/none", "/%2e%2e/package.json", "/..%2fx"]) {
      await expectRefusal(await get(path), 404, "NOT_FOUND");
    }
    await expectRefusal(await post("/alarms"), 404, "NOT_FOUND");
    await expectRefusal(await get("/%zz"), 400, "QUERY_INVALID");
  });

  it("never leaves its folder, however the path is written", async () => {
    await start();
    for (const path of ["/../http.test.ts", "/assets/../../../etc/passwd", "/assets/..%5c..%5cx"]) {
      const { port } = new URL(base);
      const status = await new Promise<number>((resolve, reject) => {
        rawRequest({ host: "127.0.0.1", port, path }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
          .on("error", reject)
          .end();
      });
      expect([path, status]).toEqual([path, 404]);
    }
  });

  it("answers NOT_FOUND where no dashboard is built", async () => {
    await start({ dashboardDir: null });
    await expectRefusal(await get("/"), 404, "NOT_FOUND");
    await http?.stop();
    rmSync(join(folder, "index.html"));
    await start();
    await expectRefusal(await get("/"), 404, "NOT_FOUND");
    await expectRefusal(await get("/alarms"), 404, "NOT_FOUND");
  });

  it("lets the page run its own scripts only, in no other site's frame, whatever it answers", async () => {
    await start();
    for (const path of ["/", "/health", "/api/plant", "/none.js"]) {
      const { headers } = await get(path);
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'self'; style-src 'self' 'unsafe-inline';");
      expect(policy).toContain("connect-src 'self' ws:");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain("script-src");
      expect(headers.get("x-content-type-options")).toBe("nosniff");
    }
  });
});
