// The embedded broker: MQTT 3.1 and 3.1.1 for devices, where an acknowledgement means "written down".
import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";
import { Aedes } from "aedes";
import type { Client } from "aedes";
import type { DeviceTraffic } from "../../contract/register.ts";
import { covers } from "../../contract/topics.ts";
import { createAccounts } from "./broker/accounts.ts";
import { createAttempts } from "./broker/attempts.ts";
import { connectHandlers } from "./broker/connect.ts";
import { guardPackets } from "./broker/packet-guard.ts";
import { publishHandlers } from "./broker/publish.ts";
import { boundWaiting, endPublishAtTheJournal } from "./broker/relay.ts";
import { type AedesInside, type BrokerOptions, refuse, type Room, sendAway } from "./broker/room.ts";
import { type Account, type Admission, maxSessionIdChars, nameOf } from "./broker/rules.ts";
import { createKeptSessions, createLinks, type Session } from "./broker/sessions.ts";
import { subscribeHandlers } from "./broker/subscribe.ts";
import { createTlsListener } from "./broker/tls.ts";

/** The embedded broker. */
export interface Broker {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Publishes to a device; retained, as orders are, whoever subscribes later finds the last one. @default retained */
  order(topic: string, payload: string | Uint8Array, isRetained?: boolean): void;
  /** Publishes to the device's own connections that have subscribed to the topic, and to nobody else. */
  send(account: Account, topic: string, payload: Uint8Array): void;
  /** Ends the connections of one device; `why` stands in its link. Says how many there were. */
  drop(site: string, device: string, why: string): number;
  /** Cuts the connections of one device as a bad line would: its will is taken, unlike after `drop`. */
  cut(site: string, device: string, why: string): void;
  /** Ends every connection whose admission does not stand any more. */
  recheck(isStanding: (admission: Admission) => boolean): void;
  /** By user name: who is connected, or was lately, and how it behaves. */
  traffic(): ReadonlyMap<string, DeviceTraffic>;
  /** The ports it listens on; 0 while it does not. */
  port(): number;
  tlsPort(): number;
  /** Reads the server's certificate again where its file has changed, as it does by itself each hour. */
  lookForCertificate(): void;
  /** Clients that are connected now. */
  clients(): number;
}

/** CONNECT with a will and a password; whoever sends more has not said yet who they are. */
const maxConnectBytes = 16 * 1024;
/** Above the largest legal payload, so that one somewhat too large is refused by the decoder and acknowledged. */
const maxPacketBytes = 1024 * 1024;
/** Messages of one connection being written down at once; the rest waits in its socket. */
const maxPending = 1000;
/** Makes the embedded broker; nothing listens before `start`. */
export function createBroker(options: BrokerOptions): Broker {
  const { now = Date.now } = options;
  const room: Room = {
    options,
    sessions: new WeakMap(),
    links: createLinks((site, device, online, why) => options.onLink(site, device, online, why)),
    keep: createKeptSessions((id) => {
      void inside.persistence.cleanSubscriptions({ id });
      void inside.persistence.cleanIncoming({ id });
    }),
    accounts: createAccounts({
      now,
      onHeldBack: (account, perSecond) =>
        refuse(room, "CLIENT_OVER_RATE", `${nameOf(account)}: over ${perSecond} a second`),
    }),
    attempts: createAttempts(now),
    now,
    toRelay: new WeakMap(),
    isStopping: false,
  };
  const aedes: Aedes = new Aedes({
    connectTimeout: options.connectTimeoutMs ?? 10_000,
    // Packets that came behind CONNECT in one chunk wait for its answer; a chunk is at most 64 KiB.
    queueLimit: 4096,
    maxInflightInbound: maxPending,
    maxClientsIdLength: maxSessionIdChars,
    ...connectHandlers(room),
    ...publishHandlers(room, () => inside),
    ...subscribeHandlers(room),
  });
  const inside = aedes as unknown as AedesInside;
  endPublishAtTheJournal(room, inside);

  aedes.on("clientError", (client, error) => {
    const session = room.sessions.get(client);
    if (session !== undefined) session.why = error.message;
    options.log.debug("client closed", { client: client.id, why: error.message });
  });
  aedes.on("connectionError", (_, error) => options.log.debug("connection closed", { why: error.message }));

  const door = createDoor(
    options,
    (socket) => accept(room, socket, aedes),
    (text) => refuse(room, "OVERLOADED", text),
  );
  const dropAll = (clients: readonly Client[], why: string): number => {
    for (const client of clients) sendAway(room, client, why);
    return clients.length;
  };

  return {
    async start() {
      await aedes.listen();
      boundWaiting(room, inside);
      await door.open();
    },
    async stop() {
      room.isStopping = true;
      const closed = door.close();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await door.empty();
      await closed;
    },
    order(topic, payload, isRetained = true) {
      inside.publish(
        { cmd: "publish", topic, payload: Buffer.from(payload), qos: 1, retain: isRetained, dup: false },
        (error) => {
          if (error) options.log.error("send an order", { topic, error });
        },
      );
    },
    send(account, topic, payload) {
      const packet = {
        cmd: "publish",
        topic,
        payload: Buffer.from(payload),
        qos: 0,
        retain: false,
        dup: false,
      } as const;
      for (const client of room.accounts.clients(account)) {
        const { subscriptions } = client as unknown as { readonly subscriptions: Readonly<Record<string, unknown>> };
        if (Object.keys(subscriptions).some((filter) => covers(filter, topic))) client.publish(packet, () => undefined);
      }
    },
    drop: (site, device, why) => dropAll(room.accounts.clients({ site, device }), why),
    cut(site, device, why) {
      for (const client of room.accounts.clients({ site, device })) {
        const session = room.sessions.get(client);
        if (session !== undefined) session.why = why;
        (client.conn as Socket).destroy();
      }
    },
    recheck(isStanding) {
      const gone = room.accounts.clients().filter((client) => {
        const account = room.sessions.get(client)?.account ?? null;
        return account !== null && !isStanding(account.admission);
      });
      dropAll(gone, "its registration has changed");
    },
    traffic: room.accounts.list,
    port: door.port,
    tlsPort: door.tlsPort,
    lookForCertificate: door.look,
    clients: () => aedes.connectedClients,
  };
}

/** The ports, and every socket that came in by one of them. */
interface Door {
  open(): Promise<void>;
  /** Lets nobody else in; resolves when all have gone. */
  close(): Promise<void>;
  /** Ends what is left. Sockets that never became clients are unknown to aedes: each has to be gone, and said so. */
  empty(): Promise<void>;
  port(): number;
  tlsPort(): number;
  look(): void;
}

function createDoor(options: BrokerOptions, enter: (socket: Socket) => void, onFull: (text: string) => void): Door {
  const { tls, log } = options;
  const plain = createServer(enter);
  const secured = tls === undefined ? null : createTlsListener(tls, log, enter);
  const listeners: readonly { server: Server; host: string; port: number; what: string }[] = [
    { server: plain, host: options.host, port: options.port, what: "MQTT" },
    ...(tls === undefined || secured === null
      ? []
      : [{ server: secured.server, host: tls.host, port: tls.port, what: "MQTT over TLS" }]),
  ];
  const sockets = new Set<Socket>();
  for (const { server } of listeners) {
    server.on("connection", (socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    server.maxConnections = options.maxClients ?? 10_000;
    server.on("drop", () => onFull(`more than ${server.maxConnections} connections`));
  }
  const portOf = (server: Server | undefined): number => (server?.address() as AddressInfo | null)?.port ?? 0;
  return {
    async open() {
      for (const { server, host, port, what } of listeners) {
        await new Promise<void>((resolve, reject) => {
          server.once("error", (cause) => reject(new Error(`listen for ${what} on ${host}:${port}`, { cause })));
          server.listen(port, host, resolve);
        });
      }
    },
    async close() {
      await Promise.all(
        listeners.map(({ server }) => new Promise<void>((resolve) => void server.close(() => resolve()))),
      );
    },
    async empty() {
      const gone = [...sockets].map(
        (socket) => new Promise<void>((resolve) => void socket.once("close", () => resolve())),
      );
      for (const socket of sockets) socket.destroy();
      await Promise.all(gone);
    },
    port: () => portOf(plain),
    tlsPort: () => portOf(secured?.server),
    look: () => secured?.look(),
  };
}

function accept(room: Room, socket: Socket, aedes: Aedes): void {
  socket.setNoDelay(true);
  // A device that lost its power says nothing; this finds out, although it may have asked for no keep-alive.
  socket.setKeepAlive(true, 60_000);
  // The guard stands before the client reads for the first time, so it learns of the client afterwards.
  let client: Client | null = null;
  const session = (): Session | undefined => (client === null ? undefined : room.sessions.get(client));
  guardPackets(socket, {
    maxFirstBytes: maxConnectBytes,
    maxBytes: maxPacketBytes,
    mayRead: () => {
      const current = session();
      if (current === undefined || client === null) return true;
      return current.pending < maxPending && (current.account?.traffic.mayRead(client) ?? true);
    },
    onOversize: (bytes) => {
      const current = session();
      if (current !== undefined) current.why = "packet too large";
      refuse(room, "MESSAGE_TOO_LARGE", `${nameOf(current?.account ?? null, client)}: a packet of ${bytes} bytes`);
    },
  });
  client = aedes.handle(socket);
}
