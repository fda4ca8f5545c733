// The processes of a benchmark: a server on a plant of its own, an external broker, the load; all in a temporary folder.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { serverFlags } from "../node-flags.mjs";
import { devicesOf, probeSite, writeConfig, writeRegister } from "../load/plant.mjs";
import { aclOf, passwordsOf } from "../mosquitto-files.mjs";

const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const pointsPerDevice = 50;
const probePoints = 200;
const mosquitto = "/usr/sbin/mosquitto";
const readyMs = 120_000;
const wall = { name: "bench-wall", role: "viewer", tier: "city" };

const running = new Set();
const folders = new Set();
process.once("exit", () => {
  for (const child of running) child.kill("SIGKILL");
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});
// Ctrl-C must leave neither a server nor its data behind.
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));

/** Remembers a child, so that none outlives us whatever happens. */
export function keep(child) {
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

/** Ends a child and waits until it has gone. */
export async function endChild(child, signal = "SIGTERM") {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

/** Tries at short intervals until it gives something. */
export async function until(what, probe, deadlineMs = 60_000) {
  for (const deadline = Date.now() + deadlineMs; Date.now() < deadline; await wait(50)) {
    const found = await probe();
    if (found !== null && found !== undefined && found !== false) return found;
  }
  throw new Error(`not within ${deadlineMs} ms: ${what}`);
}

/** A temporary folder with a plant of so many points, its register and credentials. */
export async function makeGround(points) {
  const dir = mkdtempSync(join(tmpdir(), "skyground-bench-"));
  folders.add(dir);
  const configDir = join(dir, "config");
  const dataDir = join(dir, "data");
  const devices = devicesOf(points, pointsPerDevice);
  writeConfig(configDir, { points, pointsPerDevice, probePoints });
  const probe = `${probeSite}/gw-1`;
  const credentials = await writeRegister(dataDir, [...devices, probe], [wall]);
  const file = join(dir, "credentials.json");
  writeFileSync(file, JSON.stringify(credentials), { mode: 0o600 });
  return {
    dir,
    configDir,
    dataDir,
    points,
    devices,
    credentials,
    credentialsFile: file,
    wall: { name: wall.name, password: credentials.people[wall.name] },
    probe: { userName: probe.replace("/", "."), password: credentials.devices[probe], points: probePoints },
    remove: () => {
      folders.delete(dir);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** Starts the built server on a ground; resolves when it says that it is ready. */
export async function startServer(ground, { nodeArgs = [], broker = null, environment = {} } = {}) {
  const startedAt = performance.now();
  const program = fileURLToPath(new URL("../../dist/app/main.js", import.meta.url));
  const external = broker === null ? {} : broker.environment;
  const child = keep(
    spawn(process.execPath, [...serverFlags, ...nodeArgs, "--import", script("inside.mjs"), program, "serve"], {
      stdio: ["ignore", "ignore", "pipe", "ipc"],
      env: {
        PATH: process.env.PATH,
        SKYGROUND_CONFIG_DIR: ground.configDir,
        SKYGROUND_DATA_DIR: ground.dataDir,
        SKYGROUND_HTTP_PORT: "0",
        SKYGROUND_MQTT_PORT: "0",
        ...external,
        ...environment,
      },
    }),
  );
  const said = [];
  const ready = await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no server within ${readyMs} ms`)), readyMs);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}:\n${said.slice(-10).join("\n")}`)));
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      if (!line.includes('"message":"ready"')) return;
      clearTimeout(late);
      resolve(JSON.parse(line));
    });
  });
  const url = `http://127.0.0.1:${ready.httpPort}`;
  return {
    pid: child.pid,
    url,
    brokerUrl: broker === null ? `mqtt://127.0.0.1:${ready.mqttPort}` : broker.url,
    readyMs: Math.round(performance.now() - startedAt),
    metrics: async () => metricsOf(await (await fetch(`${url}/metrics`)).text()),
    health: async () => (await fetch(`${url}/health`)).json(),
    loopDelay: async () => {
      const answer = once(child, "message");
      child.send("delay");
      return (await answer)[0];
    },
    end: (signal) => endChild(child, signal),
    /** A message to the process itself. */
    tell: (message) => child.send(message),
    said: (word) => said.filter((line) => line.includes(word)),
  };
}

function metricsOf(text) {
  const lines = text.split("\n").filter((line) => /^skyground_\w+ /.test(line));
  return Object.fromEntries(
    lines.map((line) => [line.split(" ")[0].replace("skyground_", ""), Number(line.split(" ")[1])]),
  );
}

/** Starts a Mosquitto that knows the ground's devices and the server. */
export async function startMosquitto(ground, { isPersistent = false } = {}) {
  if (!existsSync(mosquitto)) throw new Error(`${mosquitto} is missing: apt-get install mosquitto`);
  const port = await freePort();
  const dir = mkdtempSync(join(ground.dir, "mosquitto-"));
  const password = "server-of-a-bench";
  const names = [...ground.devices, `${probeSite}/gw-1`];
  const accounts = names.map((name) => [name.replace("/", "."), ground.credentials.devices[name]]);
  writeFileSync(join(dir, "passwords"), passwordsOf([["server", password], ...accounts]), { mode: 0o600 });
  writeFileSync(join(dir, "acl"), aclOf(names), { mode: 0o600 });
  const settings = [
    `listener ${port} 127.0.0.1`,
    "allow_anonymous false",
    `password_file ${join(dir, "passwords")}`,
    `acl_file ${join(dir, "acl")}`,
    // What the server has not taken yet waits here, as it would in an installation; nothing may be dropped.
    "max_queued_messages 0",
    "max_inflight_messages 1000",
    ...(isPersistent ? ["persistence true", `persistence_location ${dir}/`, "autosave_interval 1"] : []),
    // As root it would give up its rights and could not read its own files.
    ...(process.getuid?.() === 0 ? ["user root"] : []),
  ];
  writeFileSync(join(dir, "mosquitto.conf"), `${settings.join("\n")}\n`);
  let child = null;
  const start = async () => {
    child = keep(spawn(mosquitto, ["-c", join(dir, "mosquitto.conf")], { stdio: "ignore" }));
    await until("Mosquitto listens", () => accepts(port));
  };
  await start();
  const url = `mqtt://127.0.0.1:${port}`;
  return {
    pid: child.pid,
    url,
    password,
    start,
    environment: { SKYGROUND_MQTT_URL: url, SKYGROUND_MQTT_USERNAME: "server", SKYGROUND_MQTT_PASSWORD: password },
    end: (signal) => endChild(child, signal),
  };
}

/** Plays a load to its end; `onMark` is called when its measured time begins and ends. */
export async function playLoad(brokerUrl, ground, asked, onMark = () => undefined) {
  const words = Object.entries({
    broker: brokerUrl,
    credentials: ground.credentialsFile,
    points: ground.points,
    ...asked,
  });
  const child = keep(
    fork(
      script("../load.mjs"),
      words.flatMap(([name, value]) => [`--${name}`, String(value)]),
    ),
  );
  let result = null;
  const marks = [];
  child.on("message", (message) => {
    if (message.type === "result") result = message.result;
    else marks.push(onMark(message.type));
  });
  // The result may still be on its way when the process has gone.
  await Promise.all([once(child, "exit"), once(child, "disconnect")]);
  await Promise.all(marks);
  if (result === null) throw new Error("the load ended without a result");
  return result;
}

/** A port that nobody uses now. */
export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
