// The embedded broker: MQTT 3.1 and 3.1.1 for devices, where an acknowledgement means "written down".
import { Buffer } from "node:buffer";
import { createServer } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { Aedes } from "aedes";
import type { AedesOptions, Client, PublishPacket } from "aedes";
import type { FaultCode } from "../../contract/faults.ts";
import type { Log } from "../log.ts";
import {
  type Account,
  adoptConnect,
  connackCodes,
  hasForbidden,
  isForAccount,
  isOwnTopic,
  maxSessionIdChars,
  maySubscribe,
  nameOf,
  quote,
  type Verdict,
} from "./broker/rules.ts";
import { createKeptSessions, createLinks, newSession, type Session } from "./broker/sessions.ts";
import { guardPackets } from "./broker/packet-guard.ts";

/** A message as a device published it under its own topic. */
export interface BrokerMessage extends Account {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** What the embedded broker needs and whom it tells. */
export interface BrokerOptions {
  readonly host: string;
  /** 0 takes any free port; `port()` says which. */
  readonly port: number;
  readonly log: Log;
  /** Sockets at once. @default 10000 */
  readonly maxClients?: number;
  /** How long a socket may stay without a whole CONNECT. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** The account of a user name and password, or null where they are not valid. */
  authenticate(userName: string, password: string): Account | null | Promise<Account | null>;
  /** Resolves to true when the message, or its refusal, is written down: only then it is acknowledged. */
  onMessage(message: BrokerMessage): Promise<boolean>;
  /** The first connection of a device came, or its last one went; `why` is `goodbye` where it said DISCONNECT. */
  onLink(site: string, device: string, online: boolean, why: string): void;
  onRefusal(code: FaultCode, example: string): void;
}

/** The embedded broker. */
export interface Broker {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Publishes to a device; retained, as orders are, whoever subscribes later finds the last one. @default retained */
  order(topic: string, payload: string | Uint8Array, isRetained?: boolean): void;
  /** The port it listens on; 0 while it does not. */
  port(): number;
  /** Clients that are connected now. */
  clients(): number;
}

/** CONNECT with a will and a password; whoever sends more has not said yet who they are. */
const maxConnectBytes = 16 * 1024;
/** Above the largest legal payload, so that one somewhat too large is refused by the decoder and acknowledged. */
const maxPacketBytes = 1024 * 1024;
/** Messages of one connection being written down at once; the rest waits in its socket. */
const maxPending = 1000;
const maxExampleChars = 120;
/** The reason of a device that left by itself. */
const goodbye = "goodbye";
const noPayload = Buffer.alloc(0);

/** What the handlers of all connections share. */
interface Room {
  readonly options: BrokerOptions;
  readonly sessions: WeakMap<object, Session>;
  readonly links: ReturnType<typeof createLinks>;
  readonly keep: ReturnType<typeof createKeptSessions>;
  isStopping: boolean;
}

type Done = (error?: Error) => void;

/** What of aedes its type declarations leave out. */
interface AedesInside {
  publish(packet: PublishPacket, client: Client | Done | null, done?: Done): void;
  readonly persistence: {
    incomingGetPacket(client: Client, packet: PublishPacket): Promise<unknown>;
    cleanSubscriptions(client: { id: string }): Promise<unknown>;
    cleanIncoming(client: { id: string }): Promise<unknown>;
  };
}

/** Makes the embedded broker; nothing listens before `start`. */
export function createBroker(options: BrokerOptions): Broker {
  const room: Room = {
    options,
    sessions: new WeakMap(),
    links: createLinks((site, device, online, why) => options.onLink(site, device, online, why)),
    keep: createKeptSessions((id) => {
      void inside.persistence.cleanSubscriptions({ id });
      void inside.persistence.cleanIncoming({ id });
    }),
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
  endPublishAtTheJournal(inside);

  aedes.on("clientError", (client, error) => {
    const session = room.sessions.get(client);
    if (session !== undefined) session.why = error.message;
    options.log.debug("client closed", { client: client.id, why: error.message });
  });
  aedes.on("connectionError", (_, error) => options.log.debug("connection closed", { why: error.message }));

  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    accept(room, socket, aedes);
  });
  server.maxConnections = options.maxClients ?? 10_000;
  server.on("drop", () => refuse(room, "OVERLOADED", `more than ${server.maxConnections} connections`));

  return {
    async start() {
      await aedes.listen();
      await new Promise<void>((resolve, reject) => {
        const where = `${options.host}:${options.port}`;
        server.once("error", (cause) => reject(new Error(`listen for MQTT on ${where}`, { cause })));
        server.listen(options.port, options.host, resolve);
      });
    },
    async stop() {
      room.isStopping = true;
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      // Sockets that never became clients are unknown to aedes. Each has to be gone, and said so, before this returns.
      const gone = [...sockets].map(
        (socket) => new Promise<void>((resolve) => void socket.once("close", () => resolve())),
      );
      for (const socket of sockets) socket.destroy();
      await Promise.all([closed, ...gone]);
    },
    order(topic, payload, isRetained = true) {
      inside.publish(
        { cmd: "publish", topic, payload: Buffer.from(payload), qos: 1, retain: isRetained, dup: false },
        (error) => {
          if (error) options.log.error("send an order", { topic, error });
        },
      );
    },
    port: () => (server.address() as AddressInfo | null)?.port ?? 0,
    clients: () => aedes.connectedClients,
  };
}

/**
 * Nobody may subscribe to what devices say, so a device's message ends where it is written down: no retained
 * copies that grow for ever, no matching of subscriptions. The broker's own messages go the usual way.
 */
function endPublishAtTheJournal(inside: AedesInside): void {
  const publish = inside.publish.bind(inside);
  inside.publish = (packet, client, done) => {
    if (client === null || client === undefined || typeof client === "function") publish(packet, client, done);
    else done?.();
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
    mayRead: () => (session()?.pending ?? 0) < maxPending,
    onOversize: (bytes) => {
      const current = session();
      if (current !== undefined) current.why = "packet too large";
      refuse(room, "MESSAGE_TOO_LARGE", `${nameOf(current?.account ?? null, client)}: a packet of ${bytes} bytes`);
    },
  });
  client = aedes.handle(socket);
}

type ConnectHandlers = Required<Pick<AedesOptions, "preConnect" | "authenticate">>;

function connectHandlers(room: Room): ConnectHandlers {
  return {
    preConnect(client, packet, done) {
      room.sessions.set(client, newSession(packet));
      // Aedes answers these with return code 1 before it asks for a credential.
      if (packet.protocolVersion === 5) refuse(room, "CLIENT_NOT_ALLOWED", "MQTT 5: this broker speaks 3.1 and 3.1.1");
      adoptConnect(packet);
      done(null, true);
    },
    authenticate(client, userName, password, done) {
      void answerConnect(room, client, { userName: userName ?? "", password: password?.toString() ?? "" }, done);
    },
  };
}

async function answerConnect(
  room: Room,
  client: Client,
  { userName, password }: { userName: string; password: string },
  done: (error: (Error & { returnCode: number }) | null, isWelcome: boolean | null) => void,
): Promise<void> {
  const session = sessionOf(room, client);
  const judged = await judge(room, session, userName, password);
  if ("returnCode" in judged) {
    refuse(room, judged.code, judged.example);
    return done(Object.assign(new Error(judged.example), { returnCode: judged.returnCode }), null);
  }
  // A client that went away meanwhile is not answered any more, and must not be counted as there.
  if (!client.closed) {
    session.account = judged;
    room.links.hold(judged, client.conn, () => whyGone(room, session, client));
    if (!client.clean) room.keep(judged, client.id);
  }
  return done(null, true);
}

function whyGone(room: Room, session: Session, client: Client): string {
  if (room.isStopping) return "the broker stops";
  // Set by aedes on a DISCONNECT, and on nothing else: the device went because it wanted to.
  return (client as unknown as Readonly<Record<string, unknown>>)["_disconnected"] === true ? goodbye : session.why;
}

async function judge(room: Room, session: Session, userName: string, password: string): Promise<Account | Verdict> {
  if (session.verdict !== null) return session.verdict;
  const { notAuthorized, unavailable } = connackCodes;
  let account: Account | null;
  try {
    account = await room.options.authenticate(userName, password);
  } catch (error) {
    room.options.log.error("check a device's credential", { error });
    return { code: "OVERLOADED", example: `${quote(userName)}: the register cannot be read`, returnCode: unavailable };
  }
  if (account === null) return { code: "CLIENT_NOT_ALLOWED", example: quote(userName), returnCode: notAuthorized };
  // Refused when the device is set up, not when it dies and its will would be thrown away.
  if (session.willTopic !== null && !isOwnTopic(account, session.willTopic)) {
    const example = `${nameOf(account)}: will ${quote(session.willTopic)}`;
    return { code: "TOPIC_NOT_ALLOWED", example, returnCode: notAuthorized };
  }
  return account;
}

function publishHandlers(room: Room, inside: () => AedesInside): Required<Pick<AedesOptions, "authorizePublish">> {
  return {
    // Aedes sends PUBACK and PUBREC after this has called back without an error, and closes the connection on one.
    authorizePublish(client, packet, done) {
      // Without a client it would be the will of an earlier broker process, and none is kept on disk.
      if (client === null) return done(null);
      const session = sessionOf(room, client);
      const { account } = session;
      // While stopping nothing more is taken: neither what nobody would write down, nor the wills of devices
      // that are well and only lose their broker.
      if (account === null || room.isStopping) return done(new Error("the broker stops"));
      if (!isOwnTopic(account, packet.topic)) {
        const code = hasForbidden(packet.topic) ? "CLIENT_BAD_NAME" : "TOPIC_NOT_ALLOWED";
        refuse(room, code, `${nameOf(account)}: ${quote(packet.topic)}`);
        return done(new Error("topic not allowed"));
      }
      // MQTT-2.3.1-1
      if (packet.qos > 0 && packet.messageId === 0) return done(new Error("packet id 0"));
      return answerPublish(room, session, { client, packet, inside: inside() }, done);
    },
  };
}

/** One PUBLISH on its way into the journal. */
interface Publish {
  readonly client: Client;
  readonly packet: PublishPacket;
  readonly inside: AedesInside;
}

function answerPublish(room: Room, session: Session, publish: Publish, done: (error?: Error | null) => void): void {
  const { packet } = publish;
  const isWritten = packet.qos === 2 ? writeOnce(room, session, publish) : write(room, session, packet);
  void isWritten.then((isDown) => {
    if (isDown) return done(null);
    if (packet.qos > 0) return done(new Error("not written down"));
    // QoS 0 promises nothing and is not sent again: the loss is counted, and the others go on.
    refuse(room, "JOURNAL_UNAVAILABLE", packet.topic);
    return done(null);
  });
}

/** Gives a message to be written down; does not reject where `onMessage` does. A plain chain: 100,000 times a second each await would show. */
function write(room: Room, session: Session, { topic, payload }: PublishPacket): Promise<boolean> {
  const { account } = session;
  if (account === null) return Promise.resolve(false);
  session.pending++;
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  return room.options.onMessage({ topic, payload: bytes, site: account.site, device: account.device }).then(
    (isDown) => {
      session.pending--;
      return isDown;
    },
    (error: unknown) => {
      session.pending--;
      room.options.log.error("write a message down", { error });
      return false;
    },
  );
}

/** QoS 2: written before PUBREC, and not again when the same packet comes before its PUBREL (MQTT-4.3.3-2). */
function writeOnce(room: Room, session: Session, { client, packet, inside }: Publish): Promise<boolean> {
  const id = packet.messageId ?? 0;
  const running = session.writing.get(id);
  const written =
    running ??
    inside.persistence.incomingGetPacket(client, packet).then(
      () => true,
      () => write(room, session, packet),
    );
  session.writing.set(id, written);
  return written.finally(() => {
    session.writing.delete(id);
    // From here on the session has to know the number only; the payload is where it belongs.
    packet.payload = noPayload;
  });
}

type SubscribeHandlers = Required<Pick<AedesOptions, "authorizeSubscribe" | "authorizeForward">>;

function subscribeHandlers(room: Room): SubscribeHandlers {
  return {
    authorizeSubscribe(client, subscription, done) {
      const { account } = sessionOf(room, client);
      if (account !== null && maySubscribe(account, subscription.topic)) return done(null, subscription);
      const code = hasForbidden(subscription.topic) ? "CLIENT_BAD_NAME" : "TOPIC_NOT_ALLOWED";
      refuse(room, code, `${nameOf(account, client)}: subscribe ${quote(subscription.topic)}`);
      // Answered with 0x80 in the SUBACK (MQTT 3.1.1 §3.9.3).
      return done(null, null);
    },
    // Looked at once more when something is sent: what a session keeps is the list as the client sent it.
    authorizeForward: (client, packet) => {
      const { account } = sessionOf(room, client);
      return account !== null && isForAccount(account, packet.topic) ? packet : null;
    },
  };
}

function sessionOf(room: Room, client: Client): Session {
  const session = room.sessions.get(client);
  if (session === undefined) throw new Error("a client without CONNECT");
  return session;
}

function refuse(room: Room, code: FaultCode, example: string): void {
  room.options.onRefusal(code, example.length > maxExampleChars ? example.slice(0, maxExampleChars) : example);
}
