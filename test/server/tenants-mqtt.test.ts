// What one enterprise's device tries against another's at the embedded broker: every attempt fails, and is counted.
import type { MqttClient } from "mqtt";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { openTenants, type Tenants } from "../support/tenants.ts";

let tenants: Tenants;
let secrets: Record<"own" | "sister" | "foreign" | "trial", string>;
let open: MqttClient[] = [];

beforeAll(async () => {
  tenants = await openTenants();
  secrets = {
    own: tenants.device("plant-a", "gw-1", "open"),
    sister: tenants.device("plant-a", "gw-2", "open"),
    foreign: tenants.device("plant-b", "gw-1", "open"),
    trial: tenants.device("plant-b", "gw-9", "trial"),
  };
});

afterAll(async () => {
  await tenants.close();
});

async function connected(userName: string, password: string): Promise<MqttClient> {
  // Each attempt costs a connection: a quarter of a minute later nobody counts as restless.
  tenants.at += 15_000;
  const client = await tenants.connect({ username: userName, password, clientId: `c${open.length}` });
  open = [...open, client];
  return client;
}
const asOwn = (): Promise<MqttClient> => connected("plant-a.gw-1", secrets.own);
const asTrial = (): Promise<MqttClient> => connected("plant-b.gw-9", secrets.trial);

const real = "skyground/v1";
const bench = "skyground-trial/v1";

describe("a device of one enterprise cannot publish", () => {
  it.each<[string, string]>([
    ["another enterprise's telemetry", `${real}/plant-b/gw-1/telemetry`],
    ["another enterprise's state", `${real}/plant-b/gw-1/state`],
    ["another enterprise's acknowledgement of an order", `${real}/plant-b/gw-1/command/ack`],
    ["an order to another enterprise's device", `${real}/plant-b/gw-1/command`],
    ["its sister's telemetry on the same site", `${real}/plant-a/gw-2/telemetry`],
    ["its sister's state on the same site", `${real}/plant-a/gw-2/state`],
    ["an order to itself", `${real}/plant-a/gw-1/command`],
    ["events, which no decoder takes", `${real}/plant-a/gw-1/event`],
    ["sky-eye products", `${real}/plant-a/gw-1/sky`],
    ["below its own telemetry", `${real}/plant-a/gw-1/telemetry/x`],
    ["its telemetry under a leading slash", `/${real}/plant-a/gw-1/telemetry`],
    ["its telemetry under a trailing slash", `${real}/plant-a/gw-1/telemetry/`],
    ["its telemetry in capital letters", `${real}/Plant-A/gw-1/telemetry`],
    ["its telemetry under another version", `skyground/v2/plant-a/gw-1/telemetry`],
    ["a device that is not in the register", `${real}/plant-a/gw-7/telemetry`],
    ["a site that is not in the register", `${real}/plant-z/gw-1/telemetry`],
    ["by a dotted path", `${real}/plant-a/../plant-b/gw-1/telemetry`],
    ["the trial of another enterprise", `${bench}/plant-b/gw-9/telemetry`],
    ["the trial of its sister", `${bench}/plant-a/gw-2/telemetry`],
    ["the broker's own topics", "$SYS/broker/uptime"],
    ["a gateway's common topic of another dialect", "v1/gateway/telemetry"],
    ["a Sparkplug birth", "spBv1.0/group/NBIRTH/edge"],
  ])("%s", async (_, topic) => {
    const [before, trials, refused] = [tenants.messages.length, tenants.trials.length, tenants.refusals.length];
    const client = await asOwn();
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    client.publish(topic, '{"values":{"A":1}}', { qos: 1 }, () => undefined);
    await closed;
    expect(tenants.messages).toHaveLength(before);
    expect(tenants.trials).toHaveLength(trials);
    expect(tenants.refusals.slice(refused)).toEqual([`TOPIC_NOT_ALLOWED plant-a.gw-1: "${topic}"`]);
  });
});

describe("a device of one enterprise cannot subscribe to", () => {
  it.each<[string, string]>([
    ["everything", "#"],
    ["everything of the product", `${real}/#`],
    ["the telemetry of all", `${real}/+/+/telemetry`],
    ["the telemetry of another enterprise", `${real}/plant-b/gw-1/telemetry`],
    ["the orders of another enterprise's device", `${real}/plant-b/gw-1/command`],
    ["the orders of its sister", `${real}/plant-a/gw-2/command`],
    ["the orders of its whole site", `${real}/plant-a/+/command`],
    ["everything below its own name", `${real}/plant-a/gw-1/#`],
    ["its own telemetry", `${real}/plant-a/gw-1/telemetry`],
    ["all trials", `${bench}/#`],
    ["the orders of another's trial", `${bench}/plant-b/gw-9/command`],
    ["the broker's own topics", "$SYS/#"],
    ["a shared subscription of everything", `$share/g/${real}/#`],
  ])("%s", async (_, filter) => {
    const refused = tenants.refusals.length;
    const client = await asOwn();
    const granted = await client.subscribeAsync(filter, { qos: 1 }).then(
      (grants) => grants.map(({ qos }) => qos as number),
      () => [128],
    );
    expect(granted).toEqual([128]);
    expect(tenants.refusals.slice(refused)).toEqual([`TOPIC_NOT_ALLOWED plant-a.gw-1: subscribe "${filter}"`]);
  });
});

describe("nobody comes in", () => {
  it.each<[string, () => { username: string; password: string }]>([
    ["as another device with its own secret", () => ({ username: "plant-b.gw-1", password: secrets.own })],
    ["as its sister with its own secret", () => ({ username: "plant-a.gw-2", password: secrets.own })],
    ["with an empty secret", () => ({ username: "plant-a.gw-1", password: "" })],
    ["under a name with a path", () => ({ username: "plant-a/gw-1", password: secrets.own })],
    ["under a name that goes on", () => ({ username: "plant-a.gw-1.x", password: secrets.own })],
  ])("%s", async (_, account) => {
    tenants.at += 60_000;
    await expect(tenants.connect(account())).rejects.toThrow(/not authorized/i);
  });

  it("with a will under another device's topic", async () => {
    const will = { topic: `${real}/plant-b/gw-1/state`, payload: Buffer.from("{}"), qos: 1 as const };
    const account = { username: "plant-a.gw-1", password: secrets.own };
    await expect(tenants.connect({ ...account, will })).rejects.toThrow(/not authorized/i);
  });
});

describe("a device on trial", () => {
  it("is heard by the bench alone", async () => {
    const before = tenants.messages.length;
    const client = await asTrial();
    await client.publishAsync(`${bench}/plant-b/gw-9/telemetry`, '{"values":{"A":1}}', { qos: 1 });
    expect(tenants.trials.at(-1)).toMatchObject({ site: "plant-b", device: "gw-9" });
    expect(tenants.messages).toHaveLength(before);
  });

  it("cannot publish what counts", async () => {
    const before = tenants.messages.length;
    const client = await asTrial();
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    client.publish(`${real}/plant-b/gw-9/telemetry`, "{}", { qos: 1 }, () => undefined);
    await closed;
    expect(tenants.messages).toHaveLength(before);
  });

  it("is sent away when it is opened, and then its values count", async () => {
    const client = await asTrial();
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    const actor = { by: null, reason: "known gateway" };
    expect(tenants.acts.open({ site: "plant-b", device: "gw-9" }, actor)).toMatchObject({ ok: true });
    await closed;
    expect(tenants.links.filter((link) => link.startsWith("plant-b.gw-9"))).toEqual([]);
    const again = await asTrial();
    await again.publishAsync(`${real}/plant-b/gw-9/telemetry`, "{}", { qos: 1 });
    expect(tenants.messages.at(-1)).toMatchObject({ topic: `${real}/plant-b/gw-9/telemetry` });
    expect(tenants.links.at(-1)).toBe("plant-b.gw-9 on: connected");
  });
});

describe("a trial that nobody hears", () => {
  it("is refused and counted, never acknowledged", async () => {
    const deaf = await openTenants({ onTrial: undefined });
    const password = deaf.device("plant-a", "gw-1", "trial");
    const client = await deaf.connect({ username: "plant-a.gw-1", password });
    const topic = `${bench}/plant-a/gw-1/telemetry`;
    client.publish(topic, "{}", { qos: 0 });
    const closed = new Promise<void>((resolve) => void client.once("close", () => resolve()));
    let isAcknowledged = false;
    client.publish(topic, "{}", { qos: 1 }, (error) => (isAcknowledged = error === undefined || error === null));
    await closed;
    expect(isAcknowledged).toBe(false);
    expect(deaf.refusals).toEqual([`TRIAL_NOT_HEARD ${topic}`, `TRIAL_NOT_HEARD ${topic}`]);
    expect(deaf.messages).toEqual([]);
    await deaf.close();
  });
});

describe("an answer to a gateway", () => {
  it("reaches the device it is for and no other that listens to the same topic", async () => {
    const shared = await openTenants({
      authenticate: ({ userName }) => {
        const [site = "", device = ""] = userName.split(".");
        const topics = { publish: ["v1/gateway/#"], subscribe: ["v1/gateway/#"] };
        return { site, device, stage: "open", maxPerSecond: 100, ...topics };
      },
    });
    const [one, two] = await Promise.all([
      shared.connect({ username: "plant-a.gw-1", password: "x" }),
      shared.connect({ username: "plant-b.gw-1", password: "x" }),
    ]);
    const heard: string[] = [];
    one.on("message", (_, payload) => heard.push(`one ${payload.toString()}`));
    two.on("message", (_, payload) => heard.push(`two ${payload.toString()}`));
    await Promise.all([one.subscribeAsync("v1/gateway/attributes"), two.subscribeAsync("v1/gateway/attributes")]);
    shared.broker.send({ site: "plant-a", device: "gw-1" }, "v1/gateway/attributes", Buffer.from("for one"));
    shared.broker.send({ site: "plant-a", device: "gw-1" }, "v1/gateway/rpc", Buffer.from("not asked for"));
    shared.broker.send({ site: "plant-b", device: "gw-1" }, "v1/gateway/attributes", Buffer.from("for two"));
    await vi.waitFor(() => expect(heard.toSorted()).toEqual(["one for one", "two for two"]));
    await shared.close();
  });
});
