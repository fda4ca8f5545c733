// The devices of an exercise on the broker: real MQTT connections, and messages whose acknowledgement is waited for.
import mqtt, { type MqttClient } from "mqtt";
import { commandTopicOf, topicOf, userNameOf } from "../../contract/topics.ts";
import type { Fleet, FleetDevice } from "../fleet.ts";
import { answerTo, readOrder } from "../sites/order.ts";
import type { Message } from "../sites/reporter.ts";

type Obey = Fleet["obey"];

/** All devices of an exercise, connected. */
export interface Devices {
  /** Resolves at the PUBACK; rejects where the connection is lost. */
  readonly publish: (message: Message) => Promise<void>;
  readonly close: () => Promise<void>;
}

async function connect(url: string, one: FleetDevice, password: string, obey: Obey): Promise<MqttClient> {
  const { site, device, stateTopic } = one;
  const name = userNameOf(site, device);
  const payload = Buffer.from('{"online":false}');
  const client = await mqtt.connectAsync(url, {
    clientId: name,
    username: name,
    password,
    // Whatever ends the connection ends the exercise: what happened meanwhile could not be caught up with.
    reconnectPeriod: 0,
    will: { topic: stateTopic, payload, qos: 1, retain: true },
  });
  // What waits for its PUBACK is rejected by this, and only by this.
  client.on("close", () => void client.end(true));
  client.on("message", (_, said) => {
    const order = readOrder(said.toString());
    if (order === null) return;
    obey(site, device, order.everyMs);
    client.publish(topicOf(site, device, "command/ack"), answerTo(order), { qos: 1 });
  });
  await client.subscribeAsync(commandTopicOf(site, device), { qos: 1 });
  await client.publishAsync(stateTopic, '{"online":true}', { qos: 1, retain: true });
  return client;
}

/** Connects every device of a fleet with its password (by `site/device`); it does what it is ordered to. */
export async function connectDevices(
  url: string,
  { devices, obey }: Pick<Fleet, "devices" | "obey">,
  passwords: Readonly<Record<string, string>>,
): Promise<Devices> {
  const clients = new Map<string, MqttClient>();
  for (const device of devices) clients.set(device.id, await connect(url, device, passwords[device.id] ?? "", obey));
  return {
    publish: async ({ site, device, topic, payload }) => {
      const client = clients.get(`${site}/${device}`);
      if (client === undefined) throw new Error(`no device ${site}/${device} is connected`);
      await client.publishAsync(topic, JSON.stringify(payload), { qos: 1 });
    },
    close: async () => {
      for (const client of clients.values()) await client.endAsync(true);
    },
  };
}
