// The demo as `npm start` brings it up, on free ports and its own data: the built server, and the simulators where wanted.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { loadPlan } from "../../server/config.ts";
import { prepareDemo, type DemoCredentials } from "../../server/demo.ts";
import { freePort } from "./ports.ts";
import { endProgram } from "./program.ts";
import { newFolder, startServer, until, withRegister, type Ended, type RunningServer } from "./server.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const simulators = join(root, "dist", "simulators", "main.js");
const dashboard = join(root, "dist", "dashboard", "index.html");

/** The configuration that the demo ships with. */
export const demoConfig = join(root, "config");

/** Throws where the wall is not built: without it the server answers, but shows nothing. */
export function wallIsBuilt(): void {
  if (!existsSync(dashboard)) throw new Error(`${dashboard} is missing: build it first with npm run build`);
}

/** A running demo. */
export interface Demo {
  readonly dataDir: string;
  readonly httpPort: number;
  readonly mqttPort: number;
  readonly url: string;
  readonly credentials: DemoCredentials;
  /** The server that runs now. */
  readonly server: () => RunningServer;
  readonly stopServer: (signal: NodeJS.Signals) => Promise<Ended>;
  /** Starts the server again, on the same data and ports. */
  readonly startServer: () => Promise<void>;
  /** Ends everything and removes the data. */
  readonly stop: () => Promise<void>;
}

/** How the demo is started. */
export interface DemoOptions {
  /** @default true */
  readonly withSimulators?: boolean;
  /** @default the configuration that the demo ships with */
  readonly configDir?: string;
  readonly environment?: Readonly<Record<string, string>>;
}

function startSimulators(demo: Pick<Demo, "mqttPort" | "url" | "dataDir">): ChildProcess {
  if (!existsSync(simulators)) throw new Error(`${simulators} is missing: build it first with npm run build`);
  const words = ["--broker", `mqtt://127.0.0.1:${demo.mqttPort}`, "--http", demo.url];
  const credentials = join(demo.dataDir, "credentials.json");
  return spawn(process.execPath, [simulators, ...words, "--credentials", credentials, "--seed", "1"], {
    stdio: "ignore",
    env: { PATH: process.env["PATH"] ?? "" },
  });
}

/** Enters the demo's people and devices as its server would, who would work on their passwords for seconds. */
async function enterDemo(dataDir: string, configDir: string): Promise<DemoCredentials> {
  const loaded = loadPlan(configDir);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return withRegister(dataDir, (register) => prepareDemo(register, loaded.plan, dataDir));
}

/** Starts the demo and waits until it has greeted: people and devices have their credentials by then. */
export async function startDemo({
  withSimulators = true,
  configDir = demoConfig,
  environment = {},
}: DemoOptions = {}): Promise<Demo> {
  wallIsBuilt();
  const folder = newFolder();
  const dataDir = join(folder.path, "data");
  // Chosen here and not by the server, so that a restart is at the same address, as in the field.
  const [httpPort, mqttPort] = [await freePort(), await freePort()];
  const ports = { SKYGROUND_HTTP_PORT: String(httpPort), SKYGROUND_MQTT_PORT: String(mqttPort) };
  const start = async (): Promise<RunningServer> => {
    const started = await startServer({
      dataDir,
      configDir,
      command: "demo",
      environment: { ...ports, ...environment },
    });
    await until("the demo has greeted", () => started.stdout().includes("mosquitto_pub"));
    return started;
  };
  const credentials = await enterDemo(dataDir, configDir);
  let server = await start();
  const url = `http://127.0.0.1:${httpPort}`;
  const fleet = withSimulators ? startSimulators({ mqttPort, url, dataDir }) : null;
  const endWithUs = (): void => void fleet?.kill("SIGKILL");
  process.once("exit", endWithUs);
  return {
    dataDir,
    httpPort,
    mqttPort,
    url,
    credentials,
    server: () => server,
    stopServer: (signal) => server.end(signal),
    startServer: async () => {
      server = await start();
    },
    stop: async () => {
      process.off("exit", endWithUs);
      // The broker first would leave the simulators waiting for a PUBACK.
      if (fleet !== null) await endProgram(fleet);
      await server.end("SIGKILL");
      folder.remove();
    },
  };
}
