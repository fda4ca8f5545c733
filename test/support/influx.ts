// Starts and stops the real time-series servers of the tests: Debian's influxd 1.6.7 and victoria-metrics.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./ports.ts";

/** A server in a temporary folder of its own. */
export interface TestServer {
  readonly url: string;
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>;
  /** Ends it and keeps its data. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Ends it and deletes its data. */
  remove(): Promise<void>;
}

interface Recipe {
  readonly program: string;
  readonly aptPackage: string;
  readonly arguments: (directory: string, port: number) => Promise<readonly string[]>;
  /** Answers 2xx once the server is ready. */
  readonly readyPath: string;
}

const startAttempts = 3;
const readyWithinMs = 30_000;
const pollMs = 25;

/** A real InfluxDB 1.x, alone and empty; `isClosed` asks everyone for a name and password. */
export async function startInflux(options: { readonly isClosed?: boolean } = {}): Promise<TestServer> {
  return startServer({
    program: "influxd",
    aptPackage: "influxdb",
    readyPath: "/ping",
    async arguments(directory, port) {
      const file = join(directory, "influxdb.conf");
      await writeFile(file, influxConfig(directory, port, await freePort(), options.isClosed ?? false));
      return ["-config", file];
    },
  });
}

/** A real VictoriaMetrics, alone and empty, which takes InfluxDB's v2 write path. */
export async function startVictoria(): Promise<TestServer> {
  return startServer({
    program: "victoria-metrics",
    aptPackage: "victoria-metrics",
    readyPath: "/health",
    arguments: (directory, port) =>
      // It would drop samples older than its retention, and say nothing.
      Promise.resolve([
        `-storageDataPath=${directory}/data`,
        `-httpListenAddr=127.0.0.1:${port}`,
        "-retentionPeriod=100y",
      ]),
  });
}

function influxConfig(directory: string, port: number, rpcPort: number, isClosed: boolean): string {
  return `
reporting-enabled = false
bind-address = "127.0.0.1:${rpcPort}"
[meta]
  dir = "${directory}/meta"
[data]
  dir = "${directory}/data"
  wal-dir = "${directory}/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = ${isClosed}
  log-enabled = false
`;
}

async function startServer(recipe: Recipe): Promise<TestServer> {
  for (let attempt = 1; ; attempt += 1) {
    const directory = await mkdtemp(join(tmpdir(), `${recipe.program}-`));
    const port = await freePort();
    const server = createTestServer(recipe, directory, port, await recipe.arguments(directory, port));
    try {
      await server.start();
      return server;
    } catch (error) {
      await server.remove();
      // Someone may have taken the port between our asking for it and the server's using it.
      if (attempt === startAttempts || isMissing(error)) throw error;
    }
  }
}

function createTestServer(recipe: Recipe, directory: string, port: number, args: readonly string[]): TestServer {
  const url = `http://127.0.0.1:${port}`;
  let child: ChildProcess | null = null;
  const endWithUs = (): void => void child?.kill("SIGKILL");
  const server: TestServer = {
    url,
    async start() {
      child = await spawnProgram(recipe, args);
      process.once("exit", endWithUs);
      await untilReady(recipe, child, `${url}${recipe.readyPath}`);
    },
    async stop(signal = "SIGTERM") {
      process.off("exit", endWithUs);
      const running = child;
      child = null;
      if (running === null || running.exitCode !== null || running.signalCode !== null) return;
      const gone = new Promise<void>((resolve) => running.once("exit", () => resolve()));
      running.kill(signal);
      await gone;
    },
    async remove() {
      await server.stop("SIGKILL");
      await rm(directory, { recursive: true, force: true });
    },
  };
  return server;
}

async function spawnProgram(recipe: Recipe, args: readonly string[]): Promise<ChildProcess> {
  const child = spawn(recipe.program, args, { stdio: "ignore" });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => {
      const advice = isMissing(cause) ? `: it is not installed; apt-get install ${recipe.aptPackage}` : "";
      reject(new Error(`start ${recipe.program}${advice}`, { cause }));
    });
  });
  return child;
}

function isMissing(error: unknown): boolean {
  for (let link = error; link instanceof Error; link = link.cause) {
    if ("code" in link && link.code === "ENOENT") return true;
  }
  return false;
}

async function untilReady(recipe: Recipe, child: ChildProcess, address: string): Promise<void> {
  const deadline = Date.now() + readyWithinMs;
  for (;;) {
    if (child.exitCode !== null) throw new Error(`${recipe.program} ended with ${child.exitCode} while starting`);
    const isReady = await fetch(address, { signal: AbortSignal.timeout(2000) }).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > deadline) throw new Error(`${recipe.program} was not ready within ${readyWithinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}
