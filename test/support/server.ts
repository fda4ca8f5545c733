// The built server as a process of its own: its own data, configuration and ports, heard by its log, ended by its own handle.
import { spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Snapshot } from "../../contract/wall.ts";
import type { Person } from "../../contract/wall.ts";
import type { Health, PublicHealth } from "../../server/adapters/http/health.ts";
import { createRegister, type Register } from "../../server/adapters/register.ts";
import type { Outcome } from "./program.ts";
import { newWall, next } from "./socket-room.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "dist", "app", "main.js");
/** The example of the documentation: one site, one point. */
export const exampleConfig = join(root, "docs", "example");

/** The built program; throws where it is not built. */
function built(): string {
  if (existsSync(program)) return program;
  throw new Error(`${program} is missing: build it first with npm run build`);
}

/** Tries until it gives something, at short intervals; throws after the deadline, naming what was waited for. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  deadlineMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + deadlineMs;
  for (;;) {
    const found = await probe();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A folder of its own, and its removal. */
export function newFolder(): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "skyground-server-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Writes a plant of one site into a configuration folder. */
export function writePlant(configDir: string, pointsYaml: string, devices = "[gw-1]"): string {
  const file = join(configDir, "plant", "plant.yaml");
  mkdirSync(dirname(file), { recursive: true });
  const points = pointsYaml
    .trim()
    .split("\n")
    .map((line) => `      ${line}`)
    .join("\n");
  const head = `city: { id: "441500", name: { zh: 汕尾市, en: Shanwei } }\nsites:\n  - id: plant-1\n    name: A plant`;
  writeFileSync(file, `${head}\n    devices: ${devices}\n    points:\n${points}\n`);
  return configDir;
}

/** Runs a command of the program to its end. */
export function runCommand(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [built(), ...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: { PATH: process.env["PATH"] ?? "", ...environment },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const late = setTimeout(() => child.kill("SIGKILL"), 60_000);
    child.once("error", reject);
    child.once("close", (code) => {
      clearTimeout(late);
      resolve({ code, stdout, stderr });
    });
  });
}

/** One line of the log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly message: string };

/** How a process ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A running server. */
export interface RunningServer {
  readonly pid: number;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly url: string;
  /** From its start until it said that it is ready, ms. */
  readonly readyMs: number;
  readonly lines: () => readonly LogLine[];
  readonly stdout: () => string;
  /** The last line with these words. */
  readonly said: (message: string) => LogLine | undefined;
  readonly health: () => Promise<PublicHealth>;
  /** Ends it by a signal and waits until it has gone. */
  readonly end: (signal: NodeJS.Signals) => Promise<Ended>;
}

/** How a server is started. */
export interface ServerOptions {
  readonly dataDir: string;
  readonly configDir?: string;
  readonly command?: "serve" | "demo";
  readonly environment?: Readonly<Record<string, string>>;
}

/** How long a start takes is judged where it is measured (`readyMs`): here the machine may be shared. */
const readyWithinMs = 60_000;

function spawnServer({
  dataDir,
  configDir = exampleConfig,
  command = "serve",
  environment = {},
}: ServerOptions): ChildProcess {
  const words = [built(), command, "--data", dataDir, "--config", configDir];
  const own = { SKYGROUND_HTTP_PORT: "0", SKYGROUND_MQTT_PORT: "0", SKYGROUND_LOG_LEVEL: "info" };
  return spawn(process.execPath, words, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"] ?? "", ...own, ...environment },
  });
}

/** Starts a server and waits until it is ready; throws with what it said where it ends before. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const startedAt = Date.now();
  const child = spawnServer(options);
  const lines: LogLine[] = [];
  const other: string[] = [];
  let stdout = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  if (child.stderr !== null) {
    createInterface({ input: child.stderr }).on("line", (text) => {
      try {
        lines.push(JSON.parse(text) as LogLine);
      } catch {
        other.push(text);
      }
    });
  }
  const ended = new Promise<Ended>((resolve) => void child.once("close", (code, signal) => resolve({ code, signal })));
  let end: Ended | null = null;
  void ended.then((how) => (end = how));
  const endWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", endWithUs);
  const said = (message: string): LogLine | undefined => lines.findLast((line) => line.message === message);
  const ready = await until(
    "the server is ready",
    () => {
      if (end !== null)
        throw new Error(`the server ended: ${JSON.stringify(end)}\n${JSON.stringify(lines)}\n${other.join("\n")}`);
      return said("ready");
    },
    readyWithinMs,
  );
  const httpPort = Number(ready["httpPort"]);
  const url = `http://127.0.0.1:${httpPort}`;
  return {
    pid: child.pid ?? 0,
    httpPort,
    mqttPort: Number(ready["mqttPort"]),
    url,
    readyMs: Date.now() - startedAt,
    lines: () => lines,
    stdout: () => stdout,
    said,
    health: async () => (await (await fetch(`${url}/health`)).json()) as PublicHealth,
    end: async (signal) => {
      process.off("exit", endWithUs);
      if (end === null) child.kill(signal);
      return ended;
    },
  };
}

/** The register of a data directory, for as long as no server runs on it. */
export async function withRegister<T>(dataDir: string, work: (register: Register) => Promise<T>): Promise<T> {
  mkdirSync(dataDir, { recursive: true });
  // A cheap password: what a guess costs is the register's own test.
  const passwordCost = { n: 1024, r: 8, p: 1 };
  const register = createRegister({
    file: join(dataDir, "register.db"),
    now: Date.now,
    random: randomBytes,
    passwordCost,
  });
  try {
    return await work(register);
  } finally {
    register.close();
  }
}

/** Enters devices of `plant-1` and people straight into the register; returns their secrets by name. */
export async function enterAll(
  dataDir: string,
  devices: readonly (readonly [site: string, device: string])[],
  people: readonly Person[] = [],
): Promise<Readonly<Record<string, string>>> {
  return withRegister(dataDir, async (register) => {
    const secrets: Record<string, string> = {};
    for (const [site, device] of devices) {
      const renewed = register.renewDevice(site, device);
      if (!renewed.ok) throw new Error(renewed.fault);
      secrets[`${site}.${device}`] = renewed.secret;
    }
    for (const person of people) {
      const added = await register.addPerson(person);
      if (!added.ok) throw new Error(added.fault);
      secrets[person.name] = added.password;
    }
    return secrets;
  });
}

/** A wall that has logged in, with its snapshot. */
export interface LoggedIn {
  readonly wall: ReturnType<typeof newWall>;
  readonly snapshot: Snapshot;
  /** For requests over HTTP. */
  readonly cookie: string;
}

/** Logs a person in and opens a wall; whoever calls closes it. */
export async function openWall(server: Pick<RunningServer, "url">, name: string, password: string): Promise<LoggedIn> {
  const response = await fetch(`${server.url}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  if (!response.ok) throw new Error(`login: ${response.status} ${await response.text()}`);
  const cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const wall = newWall(server.url, { extraHeaders: { cookie } });
  return { wall, snapshot: await next(wall, "snapshot"), cookie };
}

/** The health with its examples, as only those are told who have the whole city. */
export async function healthInFull({ url }: Pick<RunningServer, "url">, { cookie }: LoggedIn): Promise<Health> {
  return (await (await fetch(`${url}/api/health`, { headers: { cookie } })).json()) as Health;
}
