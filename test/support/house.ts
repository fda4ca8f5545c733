// Register, people, HTTP and socket room behind one port, as the app joins them, over a journal that is a list.
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { AuditEntry } from "../../contract/audit.ts";
import type { Person } from "../../contract/wall.ts";
import { emptyState } from "../../server/monitor/state.ts";
import { createViews } from "../../server/adapters/gateway/view.ts";
import { createGateway } from "../../server/adapters/gateway.ts";
import { createHttp, type HttpOptions } from "../../server/adapters/http.ts";
import { credentialsOfCookies } from "../../server/adapters/http/session.ts";
import { createRegister, type Register } from "../../server/adapters/register.ts";
import { keepAccounts } from "../../server/app/accounts.ts";
import { createApprovals } from "../../server/app/approvals.ts";
import { createLog } from "../../server/log.ts";

/** An answer: its status, its body, and the cookies it sets by name. */
export interface Answered {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A browser: it keeps its cookies and says where it comes from. */
export interface Browser {
  readonly cookies: Map<string, string>;
  readonly cookie: () => string;
  readonly post: (path: string, body?: unknown) => Promise<Answered>;
  readonly get: (path: string) => Promise<Answered>;
}

/** The house. */
export interface House {
  readonly url: string;
  readonly register: Register;
  /** What the journal has taken. */
  readonly journal: AuditEntry[];
  /** Passwords by name. */
  readonly passwords: Map<string, string>;
  /** False: the disk refuses. */
  isDiskWell: boolean;
  readonly enter: (person: Person) => Promise<void>;
  readonly browser: () => Browser;
  readonly loggedIn: (name: string) => Promise<Browser>;
  readonly close: () => Promise<void>;
}

const noRule = async () => ({ ok: false, code: "NOT_FOUND" }) as const;

function newBrowser(url: string): Browser {
  const cookies = new Map<string, string>();
  const cookie = (): string => [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  const ask = async (path: string, init: RequestInit): Promise<Answered> => {
    const headers = { ...(init.headers as Record<string, string>), origin: url, cookie: cookie() };
    const response = await fetch(url + path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) {
      const [name = "", value = ""] = (line.split(";")[0] ?? "").split("=");
      if (value === "") cookies.delete(name);
      else cookies.set(name, value);
    }
    return { status: response.status, body: (await response.json()) as Answered["body"] };
  };
  return {
    cookies,
    cookie,
    get: (path) => ask(path, {}),
    post: (path, body) =>
      ask(path, {
        method: "POST",
        ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      }),
  };
}

/** Opens a house with nobody in it. */
export async function openHouse(changed: Partial<HttpOptions> = {}): Promise<House> {
  const folder = mkdtempSync(join(tmpdir(), "skyground-house-"));
  const log = createLog("silent");
  const passwordCost = { n: 1024, r: 8, p: 1 };
  const file = join(folder, "register.db");
  const register = createRegister({ file, now: Date.now, random: randomBytes, passwordCost });
  const journal: AuditEntry[] = [];
  const passwords = new Map<string, string>();
  const state = { isDiskWell: true };
  const take = async (entry: AuditEntry): Promise<boolean> => {
    if (state.isDiskWell) journal.push(entry);
    return state.isDiskWell;
  };
  const approver = createApprovals(register, Date.now);
  const accounts = keepAccounts({
    register,
    loop: { audit: take },
    approver,
    changed: () => undefined,
    isDemo: false,
    log,
  });
  const { mayDo } = accounts;
  const http = createHttp({
    host: "127.0.0.1",
    port: 0,
    log,
    isDemo: false,
    now: Date.now,
    dashboardDir: null,
    map: null,
    ...accounts.logins,
    people: accounts.desk,
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
    plan: () => emptyState().plan,
    devices: () => [],
    history: async () => null,
    rules: { preview: noRule, enable: noRule, versionsOf: () => null },
    mayDo,
    ...changed,
  });
  const lists = {
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
  const gateway = createGateway({
    server: http.server,
    log,
    isDemo: false,
    now: Date.now,
    person: (cookies) => accounts.callerOf(credentialsOfCookies(cookies)),
    wall: (cookies) => accounts.wallOf(credentialsOfCookies(cookies)),
    snapshot: (person) => {
      const { plan } = emptyState();
      return { protocol: 2, version: "0", isDemo: false, seq: 0, at: Date.now(), person, plan, ...lists };
    },
    viewOf: createViews(() => emptyState().plan),
    siteOf: () => undefined,
    oldest: () => null,
    latest: (index) => [index, null, 0, 0, 0],
    pointIndex: () => undefined,
    pointCount: () => 0,
    beat: () => ({ at: Date.now(), seq: 0, oldest: null, samplesPerSecond: 0 }),
    command: async () => ({ ok: true, seq: 1 }),
    approver,
    mayDo,
  });
  const url = `http://127.0.0.1:${(await http.start()).port}`;
  gateway.start();

  return {
    url,
    register,
    journal,
    passwords,
    get isDiskWell() {
      return state.isDiskWell;
    },
    set isDiskWell(isWell) {
      state.isDiskWell = isWell;
    },
    async enter(person) {
      const added = await register.addPerson(person);
      if (!added.ok) throw new Error(added.fault);
      passwords.set(person.name, added.password);
    },
    browser: () => newBrowser(url),
    async loggedIn(name) {
      const browser = newBrowser(url);
      const answer = await browser.post("/api/login", { name, password: passwords.get(name) });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer));
      return browser;
    },
    async close() {
      gateway.stop();
      await http.stop();
      accounts.stop();
      register.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
