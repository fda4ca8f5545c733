// `npm run scenario`: plays one scenario on a server of its own, on a clock that may go faster than the real one, and
// says at its end whether every alarm came as it should. Without a name it lists what there is.
import { fork, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { io } from "socket.io-client";
import { parse } from "yaml";
import { connectDevices } from "../dist/simulators/exercise/devices.js";
import { writeSiteConfig } from "../dist/simulators/exercise/site-config.js";
import { exerciseStartMs, goOnAir, passTo } from "../dist/simulators/exercise/stage.js";
import { elapsed, verdictsOf } from "../dist/simulators/exercise/verdict.js";
import { createFleet } from "../dist/simulators/fleet.js";
import { parseScenario } from "../dist/simulators/sites/scenario.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const usage = `npm run scenario                      lists the scenarios
npm run scenario -- NAME              plays one: [--speed N] [--port N] [--mqtt-port N] [--seed N] [--config DIR]
                                      [--keep] the server stays after the end, as it does in a terminal`;
/** How often the clock is turned, in real time: what falls due in between is told that much later. */
const TURN_EVERY_MS = 50;
const SAY_EVERY_MS = 1000;
/** Further behind than this (a slow or sleeping computer), the clock does not try to catch up. */
const CATCH_UP_MS = 5000;
const END_WITHIN_MS = 10_000;
const usageCode = 64;
const configCode = 78;

const say = (line) => console.log(line);

/** A mistake of whoever runs this: one line, no stack. */
function refuse(message, exitCode = configCode) {
  return Object.assign(new Error(message), { exitCode });
}

function readOptions() {
  const text = { type: "string" };
  const flag = { type: "boolean" };
  const options = { speed: text, port: text, "mqtt-port": text, seed: text, config: text, keep: flag, help: flag };
  let parsed;
  try {
    parsed = parseArgs({ allowPositionals: true, options });
  } catch (error) {
    throw refuse(`${error.message}\n${usage}`, usageCode);
  }
  const { values, positionals } = parsed;
  const number = (name, least) => {
    if (values[name] === undefined) return null;
    const value = Number(values[name]);
    if (!(value >= least && Number.isFinite(value)))
      throw refuse(`--${name} must be a number from ${least} on`, usageCode);
    return value;
  };
  return {
    name: positionals[0] ?? null,
    speed: number("speed", 0.1),
    httpPort: number("port", 0) ?? 0,
    mqttPort: number("mqtt-port", 0) ?? 0,
    seed: number("seed", 1) ?? 1,
    configDir: values.config ?? join(root, "config"),
    stays: values.keep === true || process.stdin.isTTY,
    isHelp: values.help === true,
  };
}

/** Every scenario by name; one that is faulty ends the command with its faults. */
function readScenarios(configDir) {
  const folder = join(configDir, "scenarios");
  const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".yaml")) : [];
  const read = files.map((file) => {
    const parsed = parseScenario(parse(readFileSync(join(folder, file), "utf8")));
    if (!parsed.ok) throw refuse(parsed.faults.map((fault) => `${join(folder, file)}: ${fault}`).join("\n"));
    return [basename(file, ".yaml"), parsed.scenario];
  });
  const place = ([, { number }]) => Number(number.slice(1));
  return new Map(read.toSorted((a, b) => place(a) - place(b)));
}

function list(scenarios) {
  const width = Math.max(...[...scenarios.keys()].map((name) => name.length));
  for (const [name, { number, name: title, site, durationMs, speed }] of scenarios) {
    const takes = `${elapsed(durationMs)} at ×${speed}`;
    say(`${number.padEnd(4)} ${name.padEnd(width)}  ${site}  ${takes.padStart(22)}  ${title.zh} · ${title.en}`);
  }
  say(`\n${usage}`);
}

/** A server of its own, whose clock is turned from here. */
async function startServer({ httpPort, mqttPort }, speed, folder) {
  const [configDir, dataDir] = [join(folder, "config"), join(folder, "data")];
  mkdirSync(dataDir);
  // Nothing that is set for a real server may reach this one: not its broker, not its historian.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("SKYGROUND_"));
  const server = fork(join(root, "dist/server/main.js"), ["demo", "--data", dataDir, "--config", configDir], {
    stdio: ["ignore", "ignore", "inherit", "ipc"],
    // Ctrl-C is for this program, which then ends the server; where this one is killed, the server ends by itself.
    detached: true,
    env: {
      ...Object.fromEntries(own),
      SKYGROUND_CLOCK: `${speed}@${new Date(exerciseStartMs).toISOString()}`,
      SKYGROUND_HTTP_PORT: String(httpPort),
      SKYGROUND_MQTT_PORT: String(mqttPort),
      SKYGROUND_LOG_LEVEL: "warn",
    },
  });
  const ended = new Promise((resolve) => server.once("exit", resolve));
  const heard = { resolve: () => undefined, reject: () => undefined };
  const next = () => new Promise((resolve, reject) => Object.assign(heard, { resolve, reject }));
  server.on("message", (message) => heard.resolve(message));
  void ended.then((code) => heard.reject(refuse(`the server ended with code ${code}`, 1)));
  const ports = await next();
  const { people, devices } = JSON.parse(readFileSync(join(dataDir, "credentials.json"), "utf8"));
  return {
    url: `http://127.0.0.1:${ports.httpPort}`,
    broker: `mqtt://127.0.0.1:${ports.mqttPort}`,
    people,
    passwords: devices,
    turnTo: async (atMs) => {
      const answer = next();
      server.send({ turnTo: atMs }, (error) => error && heard.reject(error));
      await answer;
    },
    stop: async () => {
      server.kill("SIGTERM");
      const late = setTimeout(() => server.kill("SIGKILL"), END_WITHIN_MS);
      await ended;
      clearTimeout(late);
    },
  };
}

/** A wall of our own: what it hears is what everybody hears. */
async function openWall(url, onTransition) {
  const wall = io(url, { transports: ["websocket"], reconnection: false });
  const steps = [];
  wall.on("changes", ({ items }) => {
    for (const { type, transition } of items) {
      if (type !== "alarm") continue;
      steps.push(transition);
      onTransition(transition);
    }
  });
  const { plan } = await new Promise((resolve, reject) => {
    wall.once("snapshot", resolve);
    wall.once("connect_error", reject);
  });
  return {
    plan,
    steps,
    // Answered on the same line as the changes, and so after all of them.
    catchUp: () => wall.timeout(END_WITHIN_MS).emitWithAck("time"),
    close: () => wall.disconnect(),
  };
}

function clockOf(atMs) {
  return new Date(atMs + 8 * 3_600_000).toISOString().slice(0, 19).replace("T", " ");
}

function sayTransition({ alarm, at, from, to, fromLevel, level, value, foundLateMs }) {
  // Asked again, or answered by one more tier: nothing that the story turns on.
  if (from === to && fromLevel === level) return;
  const late = foundLateMs === null ? "" : "  (found late)";
  const shown = value === null ? "" : `  ${value}`;
  say(
    `       ${elapsed(at - exerciseStartMs).padStart(12)}  ${alarm}  ${fromLevel ?? "–"} → ${level ?? "–"}  ${to}${shown}${late}`,
  );
}

function sayProgress(fleet, nowMs) {
  for (const { share, simulatedMs, values } of fleet.progress(nowMs)) {
    const watched = Object.entries(values).map(([code, value]) => `${code} ${value}`);
    const percent = `${Math.floor(share * 100)} %`.padStart(5);
    say(`${percent}  ${elapsed(simulatedMs).padStart(12)}  ${clockOf(nowMs)}  ${watched.join("  ")}`);
  }
}

/** Lets the clock go on at its speed, as far as everything that is said at it is acknowledged. */
async function goOn({ fleet, stage, speed, signal }, fromMs, endMs, onTurn) {
  let [realFrom, from, at] = [performance.now(), fromMs, fromMs];
  while (at < endMs && !signal.aborted) {
    const due = from + (performance.now() - realFrom) * speed;
    if (due - at > CATCH_UP_MS * speed) [realFrom, from] = [performance.now(), at];
    // In pieces, so that a slow computer shows its progress too.
    at = Math.min(endMs, Math.max(at, Math.min(due, at + SAY_EVERY_MS * speed)));
    await passTo(fleet, stage, Math.floor(at));
    onTurn(at);
    await wait(due - at > TURN_EVERY_MS * speed ? 0 : TURN_EVERY_MS);
  }
}

function sayVerdicts(verdicts) {
  const width = (key) => Math.max(...verdicts.map((row) => row[key].length));
  const [left, right] = [Math.max(8, width("expected")), Math.max(4, width("seen"))];
  say(`\n${"expected".padEnd(left)}  ${"seen".padEnd(right)}  ok`);
  for (const { expected, seen, isMet } of verdicts)
    say(`${expected.padEnd(left)}  ${seen.padEnd(right)}  ${isMet ? "yes" : "NO"}`);
  const met = verdicts.filter(({ isMet }) => isMet).length;
  say(`\n${met} of ${verdicts.length} expectations met`);
}

function sayWhereToLook(scenario, speed, { url, people }) {
  say(`${scenario.number} · ${scenario.name.zh} · ${scenario.name.en} · ${scenario.site} · clock ×${speed}`);
  say(`\n  Wall: ${url}   (Ctrl-C ends everything; nothing of it is kept)`);
  for (const [name, password] of Object.entries(people)) {
    if (name.startsWith("duty-")) say(`    ${name.padEnd(16)} ${password}`);
  }
  say("");
}

async function play(options, scenario, signal, undo) {
  const folder = mkdtempSync(join(tmpdir(), "skyground-scenario-"));
  undo.push(() => rmSync(folder, { recursive: true, force: true }));
  writeSiteConfig(options.configDir, join(folder, "config"), scenario.site);
  const speed = options.speed ?? scenario.speed;
  const server = await startServer(options, speed, folder);
  undo.push(server.stop);
  sayWhereToLook(scenario, speed, server);
  const wall = await openWall(server.url, sayTransition);
  undo.push(wall.close);
  const fleet = createFleet({ plan: wall.plan, seed: options.seed, startAtMs: exerciseStartMs });
  const devices = await connectDevices(server.broker, fleet, server.passwords);
  undo.push(devices.close);
  const stage = { turnTo: server.turnTo, publish: devices.publish };
  await goOnAir(fleet, stage, exerciseStartMs);
  fleet.play(scenario, exerciseStartMs);

  const endMs = exerciseStartMs + scenario.durationMs;
  let saidAt = 0;
  const exercise = { fleet, stage, speed, signal };
  await goOn(exercise, exerciseStartMs, endMs, (at) => {
    if (performance.now() - saidAt < SAY_EVERY_MS) return;
    saidAt = performance.now();
    sayProgress(fleet, at);
  });
  if (signal.aborted) return 130;
  await wall.catchUp();
  const verdicts = verdictsOf(scenario.expect, wall.steps, exerciseStartMs);
  sayVerdicts(verdicts);
  if (options.stays) {
    say("the clock goes on in calm weather; Ctrl-C ends it");
    await goOn(exercise, endMs, Infinity, () => undefined);
  }
  return verdicts.every(({ isMet }) => isMet) ? 0 : 1;
}

async function main() {
  const options = readOptions();
  if (options.isHelp) {
    say(usage);
    return 0;
  }
  const scenarios = readScenarios(options.configDir);
  if (options.name === null) {
    list(scenarios);
    return 0;
  }
  const scenario = scenarios.get(options.name);
  if (scenario === undefined)
    throw refuse(`no scenario ${options.name}; there are: ${[...scenarios.keys()].join(", ")}`);
  if (!existsSync(join(root, "dist/dashboard/index.html"))) {
    say("building the wall (once) ...");
    spawnSync("npx", ["vite", "build", "dashboard", "--logLevel", "error"], { cwd: root, stdio: "inherit" });
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort());
  const undo = [];
  try {
    return await play(options, scenario, stop.signal, undo);
  } finally {
    for (const step of undo.toReversed()) await step();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error.exitCode === undefined) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
