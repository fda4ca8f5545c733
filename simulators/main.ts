// The simulators' command: the normal life of all sites (or of one) over MQTT, beside a server in real time.
//
//   node dist/simulators/main.js [--broker URL] [--http URL] [--credentials FILE] [--seed N] [--site ID]
//                                [--duration SECONDS] [--alive FILE]
import { writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import mqtt from "mqtt";
import type { Plan } from "../contract/plant.ts";
import type { SamplingOrder } from "../contract/sampling.ts";
import { commandTopicOf, topicOf, userNameOf } from "../contract/topics.ts";
import { createFleet, type FleetDevice } from "./fleet.ts";
import { isRefused, readOptions, refuse, type Options } from "./options.ts";
import { answerTo, readOrder } from "./sites/order.ts";
import type { Message } from "./sites/reporter.ts";

const STEP_MS = 100;
/** Unacknowledged and waiting messages of one device; beyond it the oldest waiting one is lost, which `seq` shows. */
const MAX_PENDING = 500;
const MAX_WAITING = 500;
/** After a longer sleep of the machine the fleet goes on from now instead of sending hours of backlog. */
const LONGEST_PAUSE_MS = 60_000;
const PLAN_WITHIN_MS = 60_000;
const CLOSE_WITHIN_MS = 2000;
const ALIVE_EVERY_MS = 5000;

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

/** What a device does. */
interface Life {
  readonly birth: () => readonly Message[];
  readonly obey: (order: SamplingOrder) => void;
}

function connectDevice(broker: string, device: FleetDevice, password: string, { birth, obey }: Life): Link {
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
    client.subscribe(commandTopicOf(device.site, device.device), { qos: 1 });
    for (const message of birth()) publish(message);
    pump();
  });
  client.on("message", (_, payload) => {
    const order = readOrder(payload.toString());
    if (order === null) return;
    obey(order);
    client.publish(topicOf(device.site, device.device, "command/ack"), answerTo(order), { qos: 1 });
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

/** Puts the fleet on the broker; returns the way to take it off again. */
async function drive(options: Options, signal: AbortSignal): Promise<() => Promise<void>> {
  const credentials = await readCredentials(options.credentials);
  const plan = await fetchPlan(options.http, signal);
  const { site } = options;
  if (site !== null && !plan.sites.some(({ id }) => id === site)) throw refuse(`no site ${site} in the plan`);
  const fleet = createFleet({
    plan,
    seed: options.seed,
    startAtMs: Date.now(),
    longestPauseMs: LONGEST_PAUSE_MS,
    ...(site === null ? {} : { sites: [site] }),
  });
  // All of them before the first connection: a refused command must leave no device on the broker.
  const nameless = fleet.devices.map(({ id }) => id).filter((id) => !credentials.has(id));
  if (nameless.length > 0) throw refuse(`${options.credentials}: no password for device ${nameless.join(", ")}`);
  const links = new Map<string, Link>();
  for (const device of fleet.devices) {
    const birth = (): readonly Message[] => fleet.birth(device.site, device.device, Date.now());
    const password = credentials.get(device.id) ?? "";
    const obey = ({ everyMs }: SamplingOrder): void => fleet.obey(device.site, device.device, everyMs);
    links.set(device.id, connectDevice(options.broker, device, password, { birth, obey }));
  }
  const timer = setInterval(() => {
    for (const message of fleet.step(Date.now())) links.get(`${message.site}/${message.device}`)?.publish(message);
  }, STEP_MS);
  console.log(`${fleet.devices.length} simulated devices on ${options.broker}, seed ${options.seed}`);
  return async () => {
    clearInterval(timer);
    await Promise.all([...links.values()].map((link) => link.close()));
  };
}

/** Waits for the asked duration, or for ever; whoever watches this process sees by the file's age that it works. */
async function live({ durationMs, alive }: Options, signal: AbortSignal): Promise<void> {
  const until = Date.now() + durationMs;
  while (!signal.aborted && Date.now() < until) {
    if (alive !== null) writeFileSync(alive, `${new Date().toISOString()}\n`);
    await wait(Math.min(ALIVE_EVERY_MS, until - Date.now()), undefined, { signal }).catch(() => undefined);
  }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  process.once("SIGTERM", () => stop.abort());
  const close = await drive(options, stop.signal);
  await live(options, stop.signal);
  await close();
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!isRefused(error)) throw error;
  console.error(error.refused);
  process.exitCode = 78;
}
