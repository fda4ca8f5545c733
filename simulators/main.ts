// The simulators' command: plays the fleet over MQTT, or plays one scenario on a site of it (see control.ts).
//
//   node dist/simulators/main.js [SCENARIO] [--broker URL] [--http URL] [--credentials FILE] [--config DIR]
//                                [--speed N] [--seed N] [--site ID] [--duration SECONDS]
//
// Without SCENARIO: normal life of all sites. With one: asks the running fleet to play it and prints its progress;
// where no fleet runs, drives that one site itself until the scenario ends.
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import mqtt from "mqtt";
import { parse } from "yaml";
import type { Plan } from "../contract/plant.ts";
import { userNameOf } from "../contract/topics.ts";
import { createControl, createControlled, type Control, type Playing } from "./control.ts";
import { createFleet, type Fleet, type FleetDevice } from "./fleet.ts";
import { isRefused, readOptions, refuse, type Options } from "./options.ts";
import type { Message } from "./sites/reporter.ts";
import { parseScenario, type Scenario } from "./sites/scenario.ts";

const STEP_MS = 100;
const POLL_MS = 500;
/** Unacknowledged and waiting messages of one device; beyond it the oldest waiting one is lost, which `seq` shows. */
const MAX_PENDING = 500;
const MAX_WAITING = 500;
/** After a longer sleep of the machine the fleet goes on from now instead of sending hours of backlog. */
const LONGEST_PAUSE_MS = 60_000;
const PLAN_WITHIN_MS = 60_000;
const CLOSE_WITHIN_MS = 2000;
const ANSWER_WITHIN_MS = 10_000;

async function readScenario(options: Options, name: string): Promise<{ scenario: Scenario; raw: unknown }> {
  const folder = join(options.config, "scenarios");
  const files = await readdir(folder).catch(() => []);
  const names = files.filter((file) => file.endsWith(".yaml")).map((file) => file.slice(0, -".yaml".length));
  if (!names.includes(name)) throw refuse(`no scenario ${name} in ${folder}; there are: ${names.join(", ") || "none"}`);
  const path = join(folder, `${name}.yaml`);
  const raw: unknown = parse(await readFile(path, "utf8"));
  const parsed = parseScenario(raw);
  if (!parsed.ok) throw refuse(parsed.faults.map((fault) => `${path}: ${fault}`).join("\n"));
  return { scenario: parsed.scenario, raw };
}

/** The passwords by `site/device`. */
async function readCredentials(path: string): Promise<ReadonlyMap<string, string>> {
  const content: unknown = JSON.parse(
    await readFile(path, "utf8").catch((cause: unknown) => {
      throw refuse(`cannot read the credentials ${path}: ${String(cause)}`);
    }),
  );
  const devices = typeof content === "object" && content !== null && "devices" in content ? content.devices : null;
  if (typeof devices !== "object" || devices === null) throw refuse(`${path}: must have a mapping "devices"`);
  return new Map(Object.entries(devices).filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** Asks the server for its plan until it answers: simulators and server may be started together. */
async function fetchPlan(http: string, signal: AbortSignal): Promise<Plan> {
  const url = `${http}/api/plant`;
  const until = Date.now() + PLAN_WITHIN_MS;
  for (;;) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5000)]) });
      if (answer.ok) return (await answer.json()) as Plan;
      throw new Error(`answered ${answer.status}`);
    } catch (cause) {
      if (signal.aborted) throw cause;
      if (Date.now() > until) throw new Error(`get the plan from ${url}`, { cause });
      await wait(1000, undefined, { signal });
    }
  }
}

/** One device's connection. */
interface Link {
  readonly publish: (message: Message) => void;
  readonly close: () => Promise<void>;
}

function connectDevice(broker: string, device: FleetDevice, password: string, birth: () => readonly Message[]): Link {
  const name = userNameOf(device.site, device.device);
  const offline = { topic: device.stateTopic, payload: '{"online":false}', qos: 1, retain: true } as const;
  const client = mqtt.connect(broker, {
    clientId: name,
    username: name,
    password,
    clean: false,
    // A broker that starts after us may not know this device yet.
    reconnectOnConnackError: true,
    reconnectPeriod: 2000,
    will: { ...offline, payload: Buffer.from(offline.payload) },
  });
  const waiting: Message[] = [];
  let pending = 0;
  let lost = 0;
  let complaint = "";

  const pump = (): void => {
    while (client.connected && pending < MAX_PENDING) {
      const message = waiting.shift();
      if (message === undefined) return;
      pending += 1;
      client.publish(message.topic, JSON.stringify(message.payload), { qos: 1 }, () => {
        pending -= 1;
        pump();
      });
    }
  };
  const publish = (message: Message): void => {
    waiting.push(message);
    if (waiting.length > MAX_WAITING) {
      waiting.shift();
      lost += 1;
    }
    pump();
  };
  client.on("connect", () => {
    if (complaint !== "") console.log(`${name}: connected again${lost > 0 ? `, ${lost} messages lost meanwhile` : ""}`);
    complaint = "";
    lost = 0;
    client.publish(device.stateTopic, '{"online":true}', { qos: 1, retain: true });
    for (const message of birth()) publish(message);
    pump();
  });
  client.on("error", (error) => {
    const text = error.message || ("code" in error ? String(error.code) : error.name);
    if (text !== complaint) console.error(`${name}: ${text}`);
    complaint = text;
  });
  return {
    publish,
    close: async () => {
      const farewell = client.connected ? client.publishAsync(offline.topic, offline.payload, offline) : null;
      await Promise.race([farewell?.catch(() => undefined), wait(CLOSE_WITHIN_MS)]);
      await Promise.race([client.endAsync(!client.connected), wait(CLOSE_WITHIN_MS)]);
      if (client.connected) client.end(true);
    },
  };
}

/** A fleet that is on the broker. */
interface Driven {
  readonly fleet: Fleet;
  readonly close: () => Promise<void>;
}

async function drive(options: Options, sites: readonly string[] | null, signal: AbortSignal): Promise<Driven> {
  const credentials = await readCredentials(options.credentials);
  const plan = await fetchPlan(options.http, signal);
  const unknown = sites?.filter((id) => !plan.sites.some((site) => site.id === id)) ?? [];
  if (unknown.length > 0) throw refuse(`no site ${unknown.join(", ")} in the plan`);
  const fleet = createFleet({
    plan,
    seed: options.seed,
    startAtMs: Date.now(),
    longestPauseMs: LONGEST_PAUSE_MS,
    // A scenario brings its own speed; --speed without one is that of normal life.
    ...(options.scenario === null && options.speed !== null ? { speed: options.speed } : {}),
    ...(sites === null ? {} : { sites }),
  });
  // All of them before the first connection: a refused command must leave no device on the broker.
  const nameless = fleet.devices.map(({ id }) => id).filter((id) => !credentials.has(id));
  if (nameless.length > 0) throw refuse(`${options.credentials}: no password for device ${nameless.join(", ")}`);
  const links = new Map<string, Link>();
  for (const device of fleet.devices) {
    const birth = (): readonly Message[] => fleet.birth(device.site, device.device, Date.now());
    const password = credentials.get(device.id) ?? "";
    links.set(device.id, connectDevice(options.broker, device, password, birth));
  }
  const timer = setInterval(() => {
    for (const message of fleet.step(Date.now())) links.get(`${message.site}/${message.device}`)?.publish(message);
  }, STEP_MS);
  console.log(`${fleet.devices.length} simulated devices on ${options.broker}, seed ${options.seed}`);
  return {
    fleet,
    close: async () => {
      clearInterval(timer);
      await Promise.all([...links.values()].map((link) => link.close()));
    },
  };
}

function lineOf(progress: Playing): string {
  const seconds = Math.floor(progress.simulatedMs / 1000);
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const values = Object.entries(progress.values).map(([code, value]) => `${code} ${value}`);
  const share = `${Math.floor(progress.share * 100)} %`.padStart(5);
  return `${share}  ${clock.map((part) => String(part).padStart(2, "0")).join(":")}  ${values.join("  ")}`;
}

/** Waits without failing where the wait is called off. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await wait(ms, undefined, { signal }).catch(() => undefined);
}

/** The running fleet: normal life, and whatever scenario is asked for. */
async function runFleet(options: Options, control: Control, signal: AbortSignal): Promise<number> {
  const startMs = Date.now();
  const { fleet, close } = await drive(options, options.site === null ? null : [options.site], signal);
  const controlled = createControlled(
    control,
    {
      sites: [...new Set(fleet.devices.map(({ site }) => site))],
      play: (request) => {
        const parsed = parseScenario(request.scenario);
        return parsed.ok && fleet.play(parsed.scenario, request.speed ?? parsed.scenario.speed, Date.now());
      },
      mend: fleet.mend,
      playing: () => fleet.progress(Date.now()),
    },
    startMs,
  );
  while (!signal.aborted && Date.now() - startMs < options.durationMs) {
    await controlled.poll(Date.now());
    await pause(POLL_MS, signal);
  }
  await control.leave();
  await close();
  return 0;
}

/** No fleet runs: this command is the site's device itself until the scenario ends. */
async function runAlone(options: Options, scenario: Scenario, signal: AbortSignal): Promise<number> {
  const startMs = Date.now();
  const { fleet, close } = await drive(options, [scenario.site], signal);
  fleet.play(scenario, options.speed ?? scenario.speed, Date.now());
  while (!signal.aborted && Date.now() - startMs < options.durationMs) {
    const [progress] = fleet.progress(Date.now());
    if (progress === undefined) break;
    console.log(lineOf(progress));
    await pause(POLL_MS * 4, signal);
  }
  await close();
  return 0;
}

/** A fleet runs: it plays the scenario, this command asks and follows. */
async function follow(
  options: Options,
  control: Control,
  scenario: Scenario,
  raw: unknown,
  signal: AbortSignal,
): Promise<number> {
  const id = randomUUID();
  const startMs = Date.now();
  const ask = (kind: "play" | "mend", requestId: string): Promise<void> =>
    control.request({ id: requestId, kind, at: Date.now(), site: scenario.site, scenario: raw, speed: options.speed });
  await ask("play", id);
  let lastLine = "";
  while (!signal.aborted && Date.now() - startMs < options.durationMs) {
    const report = await control.reported(Date.now());
    if (report === null) {
      console.error("the fleet is gone");
      return 1;
    }
    const outcome = report.requests.find((answer) => answer.id === id)?.outcome ?? null;
    if (outcome === null && Date.now() - startMs > ANSWER_WITHIN_MS) {
      console.error("the fleet does not answer: another request came at the same moment");
      return 1;
    }
    if (outcome === "refused") {
      console.error(`the fleet refused: does ${scenario.site} already play a scenario?`);
      return 1;
    }
    if (outcome === "ended") return 0;
    const progress = report.playing.find(({ site }) => site === scenario.site);
    const line = outcome === null || progress === undefined ? "" : lineOf(progress);
    if (line !== lastLine && line !== "") console.log(line);
    lastLine = line;
    await pause(POLL_MS * 2, signal);
  }
  await ask("mend", randomUUID());
  console.log("mended; the fleet plays the aftermath to its end");
  return 0;
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const folder = dirname(options.credentials);
  await mkdir(folder, { recursive: true });
  const control = createControl(folder);
  if (options.scenario === null) return runFleet(options, control, stop.signal);
  const { scenario, raw } = await readScenario(options, options.scenario);
  console.log(`${scenario.name.zh} · ${scenario.name.en} · ${scenario.site}`);
  const report = await control.reported(Date.now());
  if (report?.sites.includes(scenario.site) === true) return follow(options, control, scenario, raw, stop.signal);
  return runAlone(options, scenario, stop.signal);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!isRefused(error)) throw error;
  console.error(error.refused);
  process.exitCode = 78;
}
