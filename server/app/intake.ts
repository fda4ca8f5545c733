// The way in for devices, opened last: the embedded broker, or the session at an external one; and the way back to them.
import type { Settings } from "../config/settings.ts";
import type { Log } from "../log.ts";
import type { Loop } from "../loop.ts";
import { canarySite } from "../../contract/topics.ts";
import type { Canary } from "./canary.ts";
import type { KeptBench } from "./keep-bench.ts";
import type { Devices } from "./devices.ts";
import type { Sender } from "./door.ts";
import type { OpenDoor } from "./open-door.ts";
import type { Orders } from "./orders.ts";
import type { Refusals } from "./status.ts";
import type { Undo } from "./undo.ts";

/** The way to the devices; leads nowhere until there is one. */
export interface Wire {
  /** An order, retained: whoever subscribes later finds the last one. */
  order: (topic: string, payload: string | Uint8Array) => void;
  /** What a dialect answers one device. */
  send: (to: Sender, topic: string, payload: Uint8Array, isRetained: boolean) => void;
  /** Ends a device's connections, where they are ours, and hears nothing more of them. */
  drop: (site: string, device: string, why: string) => void;
  /** Cuts them as a bad line would: the will is heard. */
  cut: (site: string, device: string, why: string) => void;
  /** Ports on which devices are listened to; null where that way is closed. */
  ports: () => { readonly plain: number | null; readonly tls: number | null };
}

/** A way that leads nowhere yet; its functions may be handed on and lead there later. */
export function createWire(): Wire & { readonly lead: (to: Partial<Wire>) => void } {
  const way: Wire = {
    order: () => undefined,
    send: () => undefined,
    drop: () => undefined,
    cut: () => undefined,
    ports: () => ({ plain: null, tls: null }),
  };
  return {
    order: (...order) => way.order(...order),
    send: (...sent) => way.send(...sent),
    drop: (...dropped) => way.drop(...dropped),
    cut: (...cut) => way.cut(...cut),
    ports: () => way.ports(),
    lead: (to) => void Object.assign(way, to),
  };
}

interface Inside {
  readonly devices: Devices;
  readonly loop: Loop;
  readonly refusals: Refusals;
  readonly orders: Orders;
  readonly wire: ReturnType<typeof createWire>;
  readonly door: OpenDoor;
  readonly bench: KeptBench;
  readonly canary: Canary;
}

/** Opens the way in; resolves with the port of the embedded broker, 0 where there is none. */
export async function openIntake(
  options: { readonly settings: Settings; readonly log: Log },
  inside: Inside,
  undo: Undo,
): Promise<number> {
  return options.settings.mqtt.mode === "external"
    ? openExternal(options, inside, undo)
    : openEmbedded(options, inside, undo);
}

async function openExternal(
  { settings, log }: { readonly settings: Settings; readonly log: Log },
  { loop, refusals, orders, wire, door, canary }: Inside,
  undo: Undo,
): Promise<number> {
  const { mqtt } = settings;
  let isLeaving = false;
  // Each way loads a large library, and only one of them is gone.
  const { createIngest } = await import("../adapters/ingest.ts");
  const { sendOnce } = await import("../adapters/ingest/canary.ts");
  const own = {
    url: mqtt.url ?? "",
    ...(mqtt.username === undefined ? {} : { userName: mqtt.username }),
    ...(mqtt.password === undefined ? {} : { password: mqtt.password }),
  };
  const ingest = createIngest({
    ...own,
    clientId: mqtt.clientId,
    log,
    filters: door.filters,
    onMessage: ({ topic, payload }) => door.take(topic, payload),
    onStatus: ({ state, reason }) => {
      // The broker is not down because we leave it: that would be an alarm at every stop.
      if (state !== "connecting" && !isLeaving) loop.neighbour("broker", state, reason);
      if (state === "up") orders.repeat();
    },
    onRefusal: refusals.count,
  });
  wire.lead({
    order: ingest.order,
    send: (_to, topic, payload, isRetained) => ingest.order(topic, payload, isRetained),
  });
  door.onFilters(ingest.resubscribe);
  ingest.start();
  canary.start((topic, payload) => sendOnce({ ...own, topic, payload }));
  undo.add("ingest", () => {
    isLeaving = true;
    return ingest.stop();
  });
  return 0;
}

async function openEmbedded(
  { settings, log }: { readonly settings: Settings; readonly log: Log },
  { devices, loop, refusals, orders, wire, door, bench, canary }: Inside,
  undo: Undo,
): Promise<number> {
  const { mqtt } = settings;
  const { createBroker } = await import("../adapters/broker.ts");
  const broker = createBroker({
    host: mqtt.host,
    port: mqtt.port,
    log,
    ...(mqtt.tls === undefined ? {} : { tls: mqtt.tls }),
    authenticate: (proof) => {
      // A device that was entered a moment ago is known to the door when it comes.
      door.look();
      return canary.admit(proof) ?? devices.authenticate(proof);
    },
    mayConnect: ({ site, device }) => bench.mayConnect(site, device),
    onConnected: ({ site, device }, how) => bench.connected(site, device, how),
    onMessage: (message) => door.take(message.topic, message.payload, message),
    onTrial: bench.hear,
    onLink: (site, device, online, why) => {
      // The canary comes and goes with each flight, and is no device of anybody's.
      if (site === canarySite) return;
      // Our own stop is no loss of the devices: what they have pending goes on after the start.
      if (why !== "the broker stops") loop.link(site, device, online, why === "goodbye");
    },
    onRefusal: refusals.count,
    onWrongTopic: ({ site, device }, topic) => bench.wrongTopic(site, device, topic),
  });
  await broker.start();
  undo.add("broker", broker.stop);
  undo.add("devices", devices.attach(broker));
  wire.lead({
    order: broker.order,
    send: (to, topic, payload, isRetained) =>
      isRetained ? broker.order(topic, payload, true) : broker.send(to, topic, payload),
    drop: (site, device, why) => void broker.drop(site, device, why),
    cut: broker.cut,
    ports: () => ({ plain: broker.port(), tls: broker.tlsPort() === 0 ? null : broker.tlsPort() }),
  });
  orders.repeat();
  loop.neighbour("broker", "up", "embedded");
  const { sendOnce } = await import("../adapters/ingest/canary.ts");
  const url = `mqtt://${reachable(mqtt.host)}:${broker.port()}`;
  canary.start((topic, payload) => sendOnce({ url, ...canary.credential, topic, payload }));
  return broker.port();
}

/** The address at which this machine reaches its own broker. */
function reachable(host: string): string {
  if (host === "0.0.0.0" || host === "::") return "127.0.0.1";
  return host.includes(":") ? `[${host}]` : host;
}
