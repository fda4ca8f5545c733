// A plain MQTT publisher: QoS 1, a session that stays, and everything sent again that got no PUBACK.
import mqtt from "mqtt";
import type { MqttClient } from "mqtt";
import { topicOf } from "../../contract/topics.ts";

/** How a publisher connects. */
export interface PublisherOptions {
  readonly port: number;
  readonly userName: string;
  readonly password: string;
  /** @default plant-1 */
  readonly site?: string;
  /** @default gw-1 */
  readonly device?: string;
  /** Messages without a PUBACK at once. @default 100 */
  readonly window?: number;
}

/** A publisher and what became of its messages. */
export interface Publisher {
  readonly client: MqttClient;
  /** Sends one message; resolves at its PUBACK, however many connections that takes. */
  readonly send: (payload: string) => Promise<void>;
  /** Sends all in order, never more than the window without a PUBACK. */
  readonly sendAll: (payloads: Iterable<string>) => Promise<void>;
  readonly acknowledged: () => number;
  readonly waiting: () => number;
  readonly end: () => Promise<void>;
}

/** Connects a publisher; it connects again by itself for as long as it is not ended. */
export function createPublisher(options: PublisherOptions): Publisher {
  const { port, userName, password, site = "plant-1", device = "gw-1", window = 100 } = options;
  const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
    clientId: `${site}-${device}`,
    username: userName,
    password,
    clean: false,
    protocolVersion: 4,
    reconnectPeriod: 50,
    connectTimeout: 5000,
  });
  // A server that was killed is this publisher's daily bread.
  client.on("error", () => undefined);
  const topic = topicOf(site, device, "telemetry");
  const counts = { sent: 0, acknowledged: 0 };
  let onRoom: (() => void) | null = null;

  const send = (payload: string): Promise<void> =>
    new Promise((resolve, reject) => {
      counts.sent += 1;
      client.publish(topic, payload, { qos: 1 }, (error) => {
        if (error) return reject(error);
        counts.acknowledged += 1;
        onRoom?.();
        return resolve();
      });
    });

  return {
    client,
    send,
    sendAll: async (payloads) => {
      const all: Promise<void>[] = [];
      for (const payload of payloads) {
        if (counts.sent - counts.acknowledged >= window) await new Promise<void>((resolve) => (onRoom = resolve));
        all.push(send(payload));
      }
      await Promise.all(all);
    },
    acknowledged: () => counts.acknowledged,
    waiting: () => counts.sent - counts.acknowledged,
    end: () => client.endAsync(true),
  };
}
