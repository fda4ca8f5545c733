// An embedded broker on a free port with two known devices, and everything that it said.
import { expect } from "vitest";
import { createBroker } from "../../server/adapters/broker.ts";
import type { Broker } from "../../server/adapters/broker.ts";
import type { BrokerMessage, BrokerOptions } from "../../server/adapters/broker/room.ts";
import type { Admission } from "../../server/adapters/broker/rules.ts";
import { topicsOf } from "../../server/app/admissions.ts";
import { createLog } from "../../server/log.ts";
import { connectPacket, openRaw, packet } from "./raw-mqtt.ts";
import type { RawClient, RawConnect } from "./raw-mqtt.ts";

/** The topics of the first device. */
export const telemetry = "skyground/v1/plant-a/gateway-1/telemetry";
export const state = "skyground/v1/plant-a/gateway-1/state";
export const command = "skyground/v1/plant-a/gateway-1/command";
/** A CONNACK that welcomes. */
export const connackAccepted = "20020000";

const passwords = new Map([
  ["plant-a.gateway-1", "secret-1"],
  ["plant-b.gateway-2", "secret-2"],
]);

/** A running broker and what it told. */
export interface BrokerStand {
  broker: Broker;
  messages: BrokerMessage[];
  links: string[];
  refusals: string[];
  /** What writing down a message comes to. */
  answer: (message: BrokerMessage) => Promise<boolean>;
  /** Puts another broker in its place. */
  restart(changes: Partial<BrokerOptions>): Promise<void>;
  /** A plain socket, closed with the stand. */
  raw(): Promise<RawClient>;
  /** A plain socket that was welcomed as the first device. */
  connected(says?: Partial<RawConnect>): Promise<RawClient>;
  close(): Promise<void>;
}

/** Starts a broker that knows two devices. */
export async function openStand(): Promise<BrokerStand> {
  const clients: RawClient[] = [];
  const stand: BrokerStand = {
    broker: createBroker(options()),
    messages: [],
    links: [],
    refusals: [],
    answer: () => Promise.resolve(true),
    async restart(changes) {
      await stand.broker.stop();
      await begin(changes);
    },
    async raw() {
      const client = await openRaw(stand.broker.port());
      clients.push(client);
      return client;
    },
    async connected(says = {}) {
      const client = await stand.raw();
      client.send(own(says));
      await client.atLeast(4);
      expect(client.received()).toBe(connackAccepted);
      return client;
    },
    async close() {
      for (const client of clients) client.close();
      await stand.broker.stop();
    },
  };
  async function begin(changes: Partial<BrokerOptions>): Promise<void> {
    stand.broker = createBroker({
      ...options(),
      onMessage(message) {
        stand.messages.push({ ...message, payload: Uint8Array.from(message.payload) });
        return stand.answer(message);
      },
      onLink: (site, device, online, why) =>
        void stand.links.push(`${site}.${device} ${online ? "on" : "off"}: ${why}`),
      onRefusal: (code, example) => void stand.refusals.push(`${code} ${example}`),
      ...changes,
    });
    await stand.broker.start();
  }
  await begin({});
  return stand;
}

/** The options of a broker that writes everything down and tells nobody. */
export function options(): BrokerOptions {
  return {
    host: "127.0.0.1",
    port: 0,
    log: createLog("silent"),
    connectTimeoutMs: 300,
    authenticate({ userName, password }) {
      if (passwords.get(userName) !== password) return Promise.resolve(null);
      const [site = "", device = ""] = userName.split(".");
      return admissionOf(site, device);
    },
    onMessage: () => Promise.resolve(true),
    onLink: () => undefined,
    onRefusal: () => undefined,
  };
}

/** What an open device of the native dialect may do, as fast as it can. */
export function admissionOf(site: string, device: string, changes: Partial<Admission> = {}): Admission {
  const { stage = "open" } = changes;
  const entry = { site, device, stage, dialect: "native", options: {}, names: {}, maxPerSecond: 100_000 } as const;
  const kept = { userName: `${site}.${device}`, openedBecause: null, createdAt: 0, retiredAt: null };
  return { site, device, stage, maxPerSecond: 100_000, ...topicsOf({ ...entry, ...kept }), ...changes };
}

/** The first device's CONNECT. */
export function own(says: Partial<RawConnect> = {}): Buffer {
  return connectPacket({ clientId: "c1", userName: "plant-a.gateway-1", password: "secret-1", ...says });
}

/** A promise that the test settles by hand. */
export function gate(): { wait: Promise<boolean>; open: (value: boolean) => void } {
  let open: (value: boolean) => void = () => undefined;
  const wait = new Promise<boolean>((resolve) => (open = resolve));
  return { wait, open };
}

/** A message's payload as text. */
export function textOf(message: BrokerMessage | undefined): string {
  return Buffer.from(message?.payload ?? []).toString();
}

/** A PINGREQ answered proves that everything sent before it has been handled or is waiting. */
export async function ping(client: RawClient, bytesBefore: number): Promise<void> {
  client.send(packet(0xc0));
  await client.atLeast(bytesBefore + 2);
  expect(client.received().slice(bytesBefore * 2)).toBe("d000");
}
