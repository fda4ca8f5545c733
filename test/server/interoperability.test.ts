// The interoperability cases of Eclipse Paho for MQTT 3.1.1, each by its name there, against the broker in a process of its own.
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import mqtt, { type IClientOptions, type IPublishPacket, type MqttClient } from "mqtt";
import {
  connectPacket,
  field,
  openRaw,
  packet,
  publishPacket,
  pubrelPacket,
  type RawClient,
} from "../support/raw-mqtt.ts";

const loader = new URL("../support/typescript.mjs", import.meta.url).href;
const program = new URL("../support/broker-child.ts", import.meta.url).pathname;

let child: ChildProcess;
let port = 0;
let open: { end(): void }[] = [];

beforeAll(async () => {
  const started = spawn(process.execPath, ["--import", loader, program], { stdio: ["ignore", "pipe", "inherit"] });
  child = started;
  for await (const line of createInterface({ input: started.stdout })) {
    if (!line.startsWith("port ")) continue;
    port = Number(line.slice(5));
    break;
  }
});

afterEach(() => {
  for (const one of open) one.end();
  open = [];
});

afterAll(() => void child.kill("SIGKILL"));

/** A client and the messages that it heard, in order. */
interface Listener {
  readonly client: MqttClient;
  readonly heard: string[];
  /** Resolves when so many have come. */
  atLeast(count: number): Promise<void>;
}

const told = ({ topic, payload, qos, retain }: IPublishPacket): string =>
  `${topic}: ${payload.toString()} (${qos}${retain ? ", retained" : ""})`;

async function connected(userName: string, options: IClientOptions = {}): Promise<Listener> {
  const own = { username: userName, password: userName, clientId: userName, protocolVersion: 4 } as const;
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, { ...own, reconnectPeriod: 0, keepalive: 0, ...options });
  open.push({ end: () => void client.end(true) });
  const heard: string[] = [];
  let wake: () => void = () => undefined;
  client.on("message", (_topic, _payload, message) => {
    heard.push(told(message));
    wake();
  });
  await new Promise<void>((resolve, reject) => {
    client.once("connect", () => resolve());
    client.once("error", reject);
  });
  return {
    client,
    heard,
    async atLeast(count) {
      while (heard.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
  };
}

async function raw(): Promise<RawClient> {
  const client = await openRaw(port);
  open.push({ end: client.close });
  return client;
}

/** Proves by a message of its own that nothing more was on its way to a listener. */
async function fence({ client, heard, atLeast }: Listener): Promise<string[]> {
  await client.subscribeAsync("TopicA/fence", { qos: 2 });
  const before = heard.length;
  await client.publishAsync("TopicA/fence", "end", { qos: 1 });
  while (!heard.slice(before).some((line) => line.startsWith("TopicA/fence"))) await atLeast(heard.length + 1);
  return heard.filter((line) => !line.startsWith("TopicA/fence"));
}

const sorted = (lines: readonly string[]): string[] => lines.toSorted();

it("basic: three messages of each QoS come back; a second CONNECT and another protocol's name close", async () => {
  await (await connected("basic")).client.endAsync();
  const own = await connected("basic");
  await own.client.subscribeAsync("TopicA", { qos: 2 });
  for (const qos of [0, 1, 2] as const) await own.client.publishAsync("TopicA", `qos ${qos}`, { qos });
  await own.atLeast(3);
  // Each QoS of its own: the smaller of the message's and the subscription's (MQTT-3.8.4-6).
  expect(sorted(own.heard)).toEqual(["TopicA: qos 0 (0)", "TopicA: qos 1 (1)", "TopicA: qos 2 (2)"]);

  // MQTT-3.1.0-2
  const twice = await raw();
  const connect = connectPacket({ clientId: "t", userName: "t", password: "t" });
  twice.send(connect);
  await twice.atLeast(4);
  twice.send(connect);
  await twice.closed();
  expect(twice.received()).toBe("20020000");
  // MQTT-3.1.2-1
  const other = await raw();
  other.send(packet(0x10, field("hj"), [4, 2, 0, 60], field("x")));
  await other.closed();
  expect(other.received()).not.toContain("20020000");
});

it("retained messages: whoever subscribes later finds the last of each topic, and none that was emptied", async () => {
  const topics = ["TopicA/B", "Topic/C", "TopicA/C"] as const;
  const { client } = await connected("retained");
  for (const [qos, topic] of topics.entries())
    await client.publishAsync(topic, `qos ${qos}`, { qos: qos as 0 | 1 | 2, retain: true });
  const late = await connected("retained-late");
  await late.client.subscribeAsync("+/+", { qos: 2 });
  await late.atLeast(3);
  // MQTT-3.3.1-6 and -8
  expect(sorted(late.heard)).toEqual([
    "Topic/C: qos 1 (1, retained)",
    "TopicA/B: qos 0 (0, retained)",
    "TopicA/C: qos 2 (2, retained)",
  ]);

  // MQTT-3.3.1-10 and -11
  for (const [qos, topic] of topics.entries())
    await client.publishAsync(topic, "", { qos: qos as 0 | 1 | 2, retain: true });
  const later = await connected("retained-later");
  await later.client.subscribeAsync("+/+", { qos: 2 });
  expect(await fence(later)).toEqual([]);
});

it("offline message queueing: a kept session finds what was acknowledged while it was away", async () => {
  const away = await connected("offline", { clean: false });
  await away.client.subscribeAsync("+/+", { qos: 2 });
  await away.client.endAsync();
  const { client } = await connected("offline-sender");
  for (const [qos, topic] of ["TopicA/B", "Topic/C", "TopicA/C"].entries())
    await client.publishAsync(topic, `qos ${qos}`, { qos: qos as 0 | 1 | 2 });
  const back = await connected("offline", { clean: false });
  await back.atLeast(2);
  // MQTT-3.1.2-5: QoS 1 and 2 wait; QoS 0 may, and does not.
  expect(sorted(await fence(back))).toEqual(["Topic/C: qos 1 (1)", "TopicA/C: qos 2 (2)"]);
  await connected("offline", { clean: true });
});

it("will message: it goes out when the connection breaks, and not after a DISCONNECT", async () => {
  const watcher = await connected("will-watcher", { clean: false });
  await watcher.client.subscribeAsync("Topic/C", { qos: 2 });
  const will = { topic: "Topic/C", payload: Buffer.from("client not disconnected"), qos: 0, retain: false } as const;
  // MQTT-3.1.2-10
  const polite = await connected("will-polite", { will });
  await polite.client.endAsync();
  const broken = await connected("will-broken", { will });
  broken.client.stream.destroy();
  // MQTT-3.1.2-8
  await watcher.atLeast(1);
  expect(await fence(watcher)).toEqual(["Topic/C: client not disconnected (0)"]);
});

it.each([true, false])(
  "overlapping subscriptions: one message by its highest QoS (clean session: %s)",
  async (clean) => {
    const own = await connected(`overlap-${clean}`, { clean });
    await own.client.subscribeAsync({ "TopicA/#": { qos: 2 }, "TopicA/+": { qos: 1 } });
    await own.client.publishAsync("TopicA/C", "overlapping topic filters", { qos: 2 });
    await own.atLeast(1);
    // MQTT-3.3.5-1
    expect(await fence(own)).toEqual(["TopicA/C: overlapping topic filters (2)"]);
    expect(own.client.connected).toBe(true);
    // Nor does it come a second time where the session is kept.
    await own.client.endAsync();
    expect(await fence(await connected(`overlap-${clean}`, { clean }))).toEqual([]);
  },
);

it("keepalive: who stays silent for one and a half times as long as it said is closed, and its will goes out", async () => {
  const watcher = await connected("keepalive-watcher");
  await watcher.client.subscribeAsync("/TopicA", { qos: 2 });
  const silent = await raw();
  const will = { topic: "/TopicA", payload: "keepalive expiry", qos: 0 };
  silent.send(connectPacket({ clientId: "k", userName: "k", password: "k", keepaliveS: 1, will }));
  await silent.atLeast(4);
  const since = performance.now();
  // MQTT-3.1.2-24
  await silent.closed();
  expect(performance.now() - since).toBeGreaterThan(1400);
  await watcher.atLeast(1);
  expect(watcher.heard).toEqual(["/TopicA: keepalive expiry (0)"]);
});

it("redelivery on reconnect: what was not acknowledged before the connection ended comes again after it", async () => {
  const says = { clientId: "r", userName: "r", password: "r", clean: false };
  const first = await raw();
  first.send(connectPacket(says));
  await first.atLeast(4);
  first.send(packet(0x82, [0, 1], field("TopicA/#"), [2]));
  await first.atLeast(9);
  first.send(publishPacket("TopicA/B", "one", { qos: 1, id: 2 }), publishPacket("TopicA/C", "two", { qos: 2, id: 3 }));
  first.send(pubrelPacket(3));
  // Both have come, among the acknowledgements of what was sent; neither is answered.
  const payloads = ["one", "two"].map((text) => Buffer.from(text).toString("hex"));
  for (let bytes = 10; payloads.some((text) => !first.received().includes(text)); bytes += 1)
    await first.atLeast(bytes);
  first.send(packet(0xe0));
  await first.closed();

  // MQTT-4.4.0-1: with the packet ids that they had.
  const second = await raw();
  second.send(connectPacket(says));
  for (let bytes = 5; payloads.some((text) => !second.received().includes(text)); bytes += 1)
    await second.atLeast(bytes);
  // MQTT-3.2.2-2
  expect(second.received().slice(0, 8)).toBe("20020100");
  const idOf = (from: RawClient, text: string): string | undefined =>
    new RegExp(`(.{4})${text}`, "u").exec(from.received())?.[1];
  for (const text of payloads) expect(idOf(second, text)).toBe(idOf(first, text));
});

it.each<[string, boolean, string]>([
  // MQTT-3.1.3-8
  ["with a session to keep is refused with 0x02, and closed", false, "20020002"],
  // MQTT-3.1.3-6
  ["with a clean session is welcome", true, "20020000"],
])("zero-length client id: %s", async (_, clean, answer) => {
  const client = await raw();
  client.send(connectPacket({ clientId: "", userName: "z", password: "z", clean }));
  await client.atLeast(4);
  if (!clean) await client.closed();
  expect(client.received()).toBe(answer);
});

it("subscribe failure: a topic that is not allowed is answered with 0x80, beside one that is", async () => {
  const client = await raw();
  client.send(connectPacket({ clientId: "f", userName: "f", password: "f" }));
  await client.atLeast(4);
  client.send(packet(0x82, [0, 9], field("nosubscribe"), [2], field("TopicA"), [1]));
  await client.atLeast(10);
  // MQTT-3.9.3-1 and -2
  expect(client.received().slice(8)).toBe("900400098001");
});

it("dollar topics: a filter that begins with a wildcard does not meet them, one that names them does", async () => {
  const wide = await connected("dollar-wide");
  await wide.client.subscribeAsync("+/+", { qos: 2 });
  const named = await connected("dollar-named");
  await named.client.subscribeAsync("$TopicA/+", { qos: 2 });
  // MQTT-4.7.2-1
  await wide.client.publishAsync("$TopicA/B", "x", { qos: 1 });
  await named.atLeast(1);
  expect(named.heard).toEqual(["$TopicA/B: x (1)"]);
  expect(await fence(wide)).toEqual([]);
});

it("unsubscribe: nothing more comes of that filter, and the others stay", async () => {
  const own = await connected("unsubscribe");
  await own.client.subscribeAsync(["TopicA", "TopicA/B", "Topic/C"], { qos: 2 });
  // MQTT-3.10.4-1 to -4
  await own.client.unsubscribeAsync("TopicA/B");
  const { client } = await connected("unsubscribe-sender");
  for (const topic of ["TopicA", "TopicA/B", "Topic/C"]) await client.publishAsync(topic, "x", { qos: 1 });
  expect(sorted(await fence(own))).toEqual(["Topic/C: x (1)", "TopicA: x (1)"]);
});
