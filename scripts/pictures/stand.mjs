// The servers that are pictured: the demo on free ports with data of its own, its simulators, and instruments in our hands.
import { fork, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import mqtt from "mqtt";
import { serverFlags } from "../node-flags.mjs";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const readyWithinMs = 60_000;
const children = [];

/** Whatever still runs when we are told to end. */
export function killAll() {
  for (const child of children) child.kill("SIGKILL");
}

async function ended(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  child.kill(signal);
  await gone;
  clearTimeout(late);
}

function readiness(server) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error(`the server is not ready within ${readyWithinMs} ms`)),
      readyWithinMs,
    );
    server.on("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    server.on("message", (message) => {
      if (message.type !== "ready") return;
      clearTimeout(late);
      resolve(message);
    });
  });
}

/** A device's connection, with which a test value is sent. */
async function connectDevice(mqttPort, id, password) {
  const [site, device] = id.split("/");
  const address = `mqtt://127.0.0.1:${mqttPort}`;
  const client = await mqtt.connectAsync(address, {
    username: `${site}.${device}`,
    password,
    clientId: `${site}.${device}`,
  });
  return {
    send: (values) =>
      client.publishAsync(`skyground/v1/${id}/telemetry`, JSON.stringify({ ts: Date.now(), values }), { qos: 1 }),
    end: () => client.endAsync(true),
  };
}

/** Starts a demo; `configDir` is the demo's own where none is given. */
export async function startStand(configDir = join(root, "config")) {
  const folder = mkdtempSync(join(tmpdir(), "skyground-pictures-"));
  const dataDir = join(folder, "data");
  mkdirSync(dataDir);
  const env = {
    PATH: process.env.PATH ?? "",
    SKYGROUND_HTTP_PORT: "0",
    SKYGROUND_MQTT_PORT: "0",
    SKYGROUND_LOG_LEVEL: "error",
  };
  const words = ["demo", "--config", configDir, "--data", dataDir];
  const stdio = ["ignore", "ignore", "inherit", "ipc"];
  const server = fork(join(root, "dist/app/main.js"), words, { cwd: root, env, execArgv: serverFlags, stdio });
  children.push(server);
  const { httpPort, mqttPort } = await readiness(server);
  const url = `http://127.0.0.1:${httpPort}`;
  const credentials = JSON.parse(readFileSync(join(dataDir, "credentials.json"), "utf8"));
  const devices = new Map();
  let simulators = null;

  async function deviceOf(id) {
    if (!devices.has(id)) devices.set(id, connectDevice(mqttPort, id, credentials.devices[id]));
    return devices.get(id);
  }
  return {
    url,
    people: credentials.people,
    plan: async () => (await fetch(`${url}/api/plant`)).json(),
    send: async (id, values) => (await deviceOf(id)).send(values),
    startSimulators() {
      const files = ["--credentials", join(dataDir, "credentials.json")];
      const to = ["--broker", `mqtt://127.0.0.1:${mqttPort}`, "--http", url, "--seed", "1"];
      const program = join(root, "dist/simulators/main.js");
      simulators = spawn(process.execPath, [program, ...to, ...files], { stdio: "ignore" });
      children.push(simulators);
    },
    /** Still connected, and silent: their values grow old. */
    freezeSimulators: () => simulators.kill("SIGSTOP"),
    killServer: () => ended(server, "SIGKILL"),
    async stop() {
      for (const device of devices.values()) await (await device).end();
      if (simulators !== null) await ended(simulators, "SIGKILL");
      await ended(server, "SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
