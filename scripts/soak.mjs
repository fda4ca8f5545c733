// `npm run soak`: shows the wall 2,000 changing values a second for ten minutes and prints what that costs beside its budget.
import { fork } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { openWall } from "./soak/page.mjs";
import { devicesOf, writeConfig } from "./soak/plant.mjs";
import { measure } from "./soak/phases.mjs";
import { printTable } from "./soak/table.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const usage = `npm run soak -- [--minutes 10] [--rate 2000] [--points 2000] [--json FILE] [--strict] [--short]
    --minutes: the overview's time; the other screens and 600 switches come on top, about a third of it
    --rate:    changed values a second
    --points:  at least four times the demo's
    --strict:  exit 1 where a figure is over its budget
    --short:   everything in about half a minute: shows that it runs, and proves nothing`;
/** The server and its devices have this long to be there. */
const readyWithinMs = 60_000;

function read() {
  const text = { type: "string" };
  const flag = { type: "boolean", default: false };
  const options = { minutes: text, rate: text, points: text, json: text, strict: flag, short: flag, help: flag };
  const { values } = parseArgs({ options });
  const number = (name, fallback, most) => {
    const value = Number(values[name] ?? fallback);
    if (value > 0 && value <= most) return value;
    throw new Error(`--${name} must be above 0 and at most ${most}, not ${String(values[name])}`);
  };
  return {
    ...values,
    seconds: values.short ? 8 : number("minutes", 10, 24 * 60) * 60,
    rate: number("rate", 2000, 100_000),
    points: number("points", 2000, 20_000),
  };
}

const say = (line) => process.stderr.write(`${line}\n`);
const children = [];

/** A process of ours, that ends with us. */
function start(file, words = [], options = {}) {
  const child = fork(join(root, file), words, { cwd: root, stdio: ["ignore", "ignore", "inherit", "ipc"], ...options });
  children.push(child);
  return child;
}

function messageOf(child, what, isWanted) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not within ${readyWithinMs} ms: ${what}`)), readyWithinMs);
    child.on("exit", (code) => reject(new Error(`${what}: the process ended with ${code}`)));
    child.on("message", (message) => {
      if (message.fault !== undefined) reject(new Error(message.fault));
      if (!isWanted(message)) return;
      clearTimeout(late);
      resolve(message);
    });
  });
}

async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const late = setTimeout(() => child.kill("SIGKILL"), 10_000);
  child.kill("SIGTERM");
  await gone;
  clearTimeout(late);
}

/** The demo's server on an enlarged plant, and devices that send to it. */
async function startStand(folder, { points, rate }) {
  const [configDir, dataDir] = [join(folder, "config"), join(folder, "data")];
  const sites = writeConfig(join(root, "config"), configDir, points);
  const env = {
    PATH: process.env.PATH ?? "",
    SKYGROUND_HTTP_HOST: "127.0.0.1",
    SKYGROUND_HTTP_PORT: "0",
    SKYGROUND_MQTT_HOST: "127.0.0.1",
    SKYGROUND_MQTT_PORT: "0",
    SKYGROUND_LOG_LEVEL: "error",
  };
  const server = start("dist/app/main.js", ["demo", "--config", configDir, "--data", dataDir], { env });
  const { httpPort, mqttPort } = await messageOf(server, "the server is ready", ({ type }) => type === "ready");
  const url = `http://127.0.0.1:${httpPort}`;
  const plan = await (await fetch(`${url}/api/plant`)).json();
  const { devices: secrets } = JSON.parse(readFileSync(join(dataDir, "credentials.json"), "utf8"));
  const devices = devicesOf(plan, secrets);
  const publisher = start("scripts/soak/publisher.mjs");
  const running = messageOf(publisher, "every device is connected", ({ connected }) => connected >= devices.length);
  publisher.send({ mqttPort, devices, rate });
  await running;
  let counts = { sent: 0, acknowledged: 0 };
  publisher.on("message", (message) => (counts = message));
  say(`  ${sites} sites, ${plan.points.length} points, ${devices.length} devices at ${url}`);
  return { url, plan, acknowledged: () => counts.acknowledged };
}

async function soak(options) {
  const folder = mkdtempSync(join(tmpdir(), "skyground-soak-"));
  let wall = null;
  try {
    say("starting the server, its devices and a wall ...");
    const stand = await startStand(folder, options);
    wall = await openWall(stand.url);
    return await measure({ ...options, wall, stand, say });
  } finally {
    await wall?.close();
    // The devices first: they would complain about a broker that is gone.
    for (const child of children.toReversed()) await end(child);
    rmSync(folder, { recursive: true, force: true });
  }
}

async function main() {
  const options = read();
  if (options.help) return console.log(usage);
  const loadBefore = loadavg()[0];
  const result = await soak(options);
  const load = { before: loadBefore, after: loadavg()[0] };
  printTable(result, load, console.log);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify({ ...result, load }, null, 2)}\n`);
  if (options.strict && result.rows.some(({ isWithin }) => isWithin === false)) process.exitCode = 1;
}

for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    for (const child of children) child.kill("SIGKILL");
    process.exit(130);
  });
}
main().catch((error) => {
  console.error(`the soak could not run: ${error.message}`);
  process.exitCode = 2;
});
