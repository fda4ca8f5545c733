// A server with short trials, its administrator and the person of one enterprise: what the tests of the bench sit in.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BenchView, CheckName, CheckResult, TrialReport } from "../../contract/conformance.ts";
import type { DeviceEntry } from "../../contract/register.ts";
import type { Person } from "../../contract/wall.ts";
import type * as AppRoom from "../../server/app.ts";
import type * as SettingsRoom from "../../server/config/settings.ts";
import type { TrialTimes } from "../../server/domain/trial.ts";
import { createLog } from "../../server/log.ts";
import { newFolder, until, writePlant } from "./server.ts";
import { deviceEntry, siteEntry } from "./tenants.ts";

// The built program: the historian's thread starts from its compiled file.
const root = join(import.meta.dirname, "../..");
const built = (room: string): string => join(root, "dist/server", room);
const { startApp } = (await import(built("app.js"))) as typeof AppRoom;
const { readSettings } = (await import(built("config/settings.js"))) as typeof SettingsRoom;

/** Everybody's password. */
export const password = "long enough for everybody";
/** Who enters devices, who tries them, and who may do neither there. */
export const people = {
  admin: { name: "admin", role: "administrator", tier: "city" },
  works: { name: "works", role: "enterprise", tier: "enterprise", scope: { sites: ["plant-1"] } },
  stranger: { name: "stranger", role: "enterprise", tier: "enterprise", scope: { sites: ["plant-2"] } },
  viewer: { name: "viewer", role: "viewer", tier: "city" },
} as const satisfies Record<string, Person>;
/** One of them. */
export type Who = keyof typeof people;

const points = `
- { code: T-1, unit: °C, range: { sensor: [-50, 200] }, report: { everyMs: 1000 }, silentAfterMs: 20000, rules: { high: { red: { setpoint: 100, deadband: 5 } } } }
- { code: X-1, unit: "%", range: { sensor: [0, 100] }, report: onChange }
`;

/** How the server is opened. */
export interface TrialStandOptions {
  readonly times?: TrialTimes;
  /** The wall's files. @default none */
  readonly dashboardDir?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Long enough for a gateway that speaks four times a second; the cut outlasts two and a half of the periods of T-1. */
const shortTimes: TrialTimes = { listenMs: 6000, cutMs: 3000, returnMs: 12_000, settleMs: 1500 };

/** A server that runs. */
export interface TrialStand {
  readonly url: string;
  readonly mqttPort: () => number;
  readonly dataDir: string;
  readonly app: () => AppRoom.App;
  readonly ask: (who: Who | null, path: string, body?: unknown) => Promise<{ status: number; body: unknown }>;
  /** Enters a device on trial and gives its secret, as an administrator does it over HTTP. */
  readonly enter: (changes?: Partial<DeviceEntry>) => Promise<string>;
  readonly view: () => Promise<BenchView>;
  /** The report of the trial once it has come to its end. */
  readonly ended: () => Promise<TrialReport>;
  /** Starts the example gateway as a stranger does; ended with the stand. */
  readonly gateway: (secret: string, ...words: readonly string[]) => ChildProcess;
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a server with one site, `plant-1`, registered but for its device. */
export async function openTrialStand(options: TrialStandOptions = {}): Promise<TrialStand> {
  const { times = shortTimes, dashboardDir = "", environment = {} } = options;
  const folder = newFolder();
  const dataDir = join(folder.path, "data");
  mkdirSync(dataDir);
  const configDir = writePlant(join(folder.path, "config"), points);
  const children: ChildProcess[] = [];
  const start = async (ports: { readonly http: number; readonly mqtt: number }): Promise<AppRoom.App> => {
    const own = { SKYGROUND_HTTP_PORT: String(ports.http), SKYGROUND_MQTT_PORT: String(ports.mqtt) };
    const read = readSettings({ ...own, ...environment }, { configDir, dataDir });
    if (!read.ok) throw new Error(read.faults.join("\n"));
    return startApp({
      settings: read.settings,
      version: "0",
      dashboardDir,
      log: createLog("silent"),
      trialTimes: times,
      onBug: (error) => {
        throw error;
      },
    });
  };
  let app = await start({ http: 0, mqtt: 0 });
  const url = `http://127.0.0.1:${app.httpPort}`;
  for (const person of Object.values(people)) {
    const added = await app.register.addPerson({ ...person, password });
    if (!added.ok) throw new Error(added.fault);
  }
  const cookies = new Map<Who, string>();
  const ask: TrialStand["ask"] = async (who, path, body) => {
    const cookie = who === null ? "" : (cookies.get(who) ?? (await cookieOf(url, who)));
    if (who !== null) cookies.set(who, cookie);
    const headers = { cookie, "x-skyground": "1" };
    const response = await fetch(url + path, {
      headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
      ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  };
  const must = async (path: string, body: unknown): Promise<Readonly<Record<string, unknown>>> => {
    const answer = await ask("admin", path, body);
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body as Readonly<Record<string, unknown>>;
  };
  await must("/api/register/enterprises", { id: "works-1", name: { zh: "某厂（演示）", en: "Works (demo)" } });
  await must("/api/register/sites", siteEntry("plant-1"));
  const view = async (): Promise<BenchView> => (await ask("works", "/api/onboard/plant-1/gw-1")).body as BenchView;

  return {
    url,
    dataDir,
    mqttPort: () => app.mqttPort,
    app: () => app,
    ask,
    async enter(changes = {}) {
      await must("/api/register/devices", deviceEntry("plant-1", "gw-1", changes));
      const made = await must("/api/register/devices/plant-1/gw-1/rotate", {});
      return (made["result"] as { readonly secret: string }).secret;
    },
    view,
    ended: () =>
      until(
        "the trial has ended",
        async () => {
          const { isOnTrial, report } = await view();
          return isOnTrial ? null : report;
        },
        60_000,
      ),
    gateway(secret, ...words) {
      const broker = ["--broker", `mqtt://127.0.0.1:${app.mqttPort}`, "--user", "plant-1.gw-1", "--password", secret];
      const program = [join(root, "scripts/gateway.mjs"), ...broker, "--point", "T-1=20.5", "--point", "X-1=5"];
      const child = spawn(process.execPath, [...program, "--every", "250", ...words], { stdio: "ignore" });
      children.push(child);
      return child;
    },
    async restart() {
      const ports = { http: app.httpPort, mqtt: app.mqttPort };
      await app.stop();
      app = await start(ports);
    },
    async close() {
      for (const child of children) child.kill("SIGKILL");
      await app.stop();
      folder.remove();
    },
  };
}

async function cookieOf(url: string, who: Who): Promise<string> {
  const response = await fetch(`${url}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-skyground": "1" },
    body: JSON.stringify({ name: who, password }),
  });
  if (!response.ok) throw new Error(`login of ${who}: ${response.status}`);
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

/** Each check of a report with its verdict and advice. */
export function told({ checks }: Pick<TrialReport, "checks">): Readonly<Record<CheckName, string>> {
  const line = ({ verdict, advice }: CheckResult): string => (advice === null ? verdict : `${verdict} ${advice}`);
  return Object.fromEntries(checks.map((one) => [one.check, line(one)])) as Record<CheckName, string>;
}
