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
  /** Sends one message; resolves at its PUBACK, however many connections that takes. */
  readonly send: (payload: string) => Promise<void>;
  /** Sends all in order, never more than the window without a PUBACK. */
  readonly sendAll: (payloads: Iterable<string>) => Promise<void>;
  readonly acknowledged: () => number;
  readonly waiting: () => number;
  readonly end: () => Promise<void>;
}

/** A message that has no PUBACK yet. */
interface Pending {
  readonly payload: string;
  readonly acknowledged: () => void;
}

const againAfterMs = 50;

/**
 * Connects a publisher; it connects again by itself for as long as it is not ended. What has no PUBACK is kept and sent
 * again here, in order, on a client of its own for each connection: mqtt.js's own store was seen to forget messages
 * where a connection ended in the middle of its sending again.
 */
export function createPublisher(options: PublisherOptions): Publisher {
  const { port, userName, password, site = "plant-1", device = "gw-1", window = 100 } = options;
  const topic = topicOf(site, device, "telemetry");
  const pending = new Map<number, Pending>();
  const counts = { sent: 0, acknowledged: 0, isEnded: false };
  let current: MqttClient | null = null;
  let opening: MqttClient | null = null;
  let onRoom: (() => void) | null = null;

  const push = (client: MqttClient, place: number, { payload, acknowledged }: Pending): void => {
    client.publish(topic, payload, { qos: 1 }, (error) => {
      if (error || !pending.delete(place)) return;
      counts.acknowledged += 1;
      acknowledged();
      onRoom?.();
    });
  };

  const open = (): void => {
    if (counts.isEnded) return;
    const client = mqtt.connect(`mqtt://127.0.0.1:${port}`, {
      clientId: `${site}-${device}`,
      username: userName,
      password,
      clean: false,
      protocolVersion: 4,
      reconnectPeriod: 0,
      connectTimeout: 5000,
    });
    opening = client;
    // A server that was killed is this publisher's daily bread.
    client.on("error", () => undefined);
    client.once("connect", () => {
      current = client;
      for (const [place, one] of pending) push(client, place, one);
    });
    client.once("close", () => {
      current = null;
      client.end(true);
      setTimeout(open, againAfterMs);
    });
  };
  open();

  const send = (payload: string): Promise<void> =>
    new Promise((acknowledged) => {
      counts.sent += 1;
      const one = { payload, acknowledged };
      pending.set(counts.sent, one);
      if (current !== null) push(current, counts.sent, one);
    });

  return {
    send,
    sendAll: async (payloads) => {
      const all: Promise<void>[] = [];
      for (const payload of payloads) {
        if (pending.size >= window) await new Promise<void>((resolve) => (onRoom = resolve));
        all.push(send(payload));
      }
      await Promise.all(all);
    },
    acknowledged: () => counts.acknowledged,
    waiting: () => pending.size,
    end: async () => {
      counts.isEnded = true;
      await opening?.endAsync(true);
    },
  };
}
