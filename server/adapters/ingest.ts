// Ingest: the devices' messages from an external MQTT broker, acknowledged when they are written down.
import { Buffer } from "node:buffer";
import { connect } from "mqtt";
import type { IClientOptions, MqttClient } from "mqtt";
import type { FaultCode } from "../../contract/faults.ts";
import { topicRoot } from "../../contract/topics.ts";
import type { Log } from "../log.ts";

/** A message as the broker delivered it. */
export interface IngestMessage {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** How it stands with the broker. */
export interface IngestStatus {
  readonly state: "connecting" | "up" | "down";
  /** When this state began, epoch ms. */
  readonly since: number;
  readonly reason: string;
}

/** What ingest needs and whom it tells. */
export interface IngestOptions {
  /** `mqtt://host:1883` or `mqtts://host:8883`. */
  readonly url: string;
  /** Names the session that the broker keeps while this server is away: the same after every start. */
  readonly clientId: string;
  readonly userName?: string;
  readonly password?: string;
  readonly log: Log;
  /** The first wait before connecting again; doubled each time, up to `maxWaitMs`. @default 500 */
  readonly minWaitMs?: number;
  /** @default 30000 */
  readonly maxWaitMs?: number;
  /** Topics of gateways that do not speak the native dialect, as filters. @default none */
  filters?(): readonly string[];
  /** Resolves to true when the message, or its refusal, is written down: only then it is acknowledged. */
  onMessage(message: IngestMessage): Promise<boolean>;
  onStatus(status: IngestStatus): void;
  onRefusal(code: FaultCode, example: string): void;
}

/** The connection to an external broker. */
export interface Ingest {
  /** Connects, and connects again for as long as it is not stopped. */
  start(): void;
  /** Acknowledges what is written down and leaves; the broker keeps what comes meanwhile. */
  stop(): Promise<void>;
  /** Publishes to a device; without a connection it is not kept: repeat it once the broker is up. @default retained */
  order(topic: string, payload: string | Uint8Array, isRetained?: boolean): void;
  /** The filters are others now. */
  resubscribe(): void;
  status(): IngestStatus;
}

/** Messages being written down at once; the rest waits in the socket. */
const maxPending = 1000;
/** A connection that lasted so long was a good one, even if no device said anything. */
const goodAfterMs = 30_000;
/** How long a stop waits for messages in work. What is not acknowledged by then comes again. */
const stopWaitMs = 2_000;
const maxExampleChars = 120;

/** One connection, from its start to its end. */
interface Connection {
  /** Takes nothing more, waits for what is being written, acknowledges it and says goodbye. */
  leave(): Promise<void>;
  order(topic: string, payload: string | Uint8Array, isRetained: boolean): void;
  resubscribe(): void;
}

/** Makes the connection to an external broker; nothing is connected before `start`. */
export function createIngest(options: IngestOptions): Ingest {
  let status: IngestStatus = { state: "connecting", since: Date.now(), reason: "not started" };
  let connection: Connection | null = null;
  let timer: NodeJS.Timeout | null = null;
  let attempt = 0;
  let isStopped = false;

  function tell(state: IngestStatus["state"], reason: string): void {
    if (state === status.state && reason === status.reason) return;
    status = { state, since: state === status.state ? status.since : Date.now(), reason };
    options.log.info("broker connection", { state, reason });
    options.onStatus(status);
  }

  function open(): void {
    timer = null;
    connection = openConnection(options, {
      onUp: () => tell("up", "connected"),
      onEnd(reason, wasGood) {
        connection = null;
        if (isStopped) return;
        attempt = wasGood ? 0 : attempt + 1;
        tell("down", reason);
        timer = setTimeout(open, waitMs(attempt, options));
      },
    });
  }

  return {
    start() {
      tell("connecting", options.url.replace(/\/\/[^/@]*@/, "//"));
      open();
    },
    async stop() {
      isStopped = true;
      if (timer !== null) clearTimeout(timer);
      await connection?.leave();
      tell("down", "stopped");
    },
    order: (topic, payload, isRetained = true) => connection?.order(topic, payload, isRetained),
    resubscribe: () => connection?.resubscribe(),
    status: () => status,
  };
}

/** Doubles from the first wait to the longest; the jitter keeps servers that lost one broker from coming back as one. */
function waitMs(attempt: number, { minWaitMs = 500, maxWaitMs = 30_000 }: IngestOptions): number {
  return Math.min(maxWaitMs, minWaitMs * 2 ** Math.min(attempt, 16)) * (0.75 + Math.random() / 2);
}

interface ConnectionEvents {
  onUp(): void;
  /** Told once. `wasGood`: the next attempt need not wait long. */
  onEnd(reason: string, wasGood: boolean): void;
}

/**
 * A client of its own for every connection: nothing of an old one (messages half handled, acknowledgements
 * still owed) can reach into the next.
 */
function openConnection(options: IngestOptions, events: ConnectionEvents): Connection {
  const openedAt = Date.now();
  const client = connect(options.url, clientOptions(options));
  let lastError: string | null = null;
  let isOver = false;

  function end(reason: string): void {
    if (isOver) return;
    isOver = true;
    inbox.close();
    client.end(true);
    events.onEnd(reason, inbox.written() > 0 || Date.now() - openedAt > goodAfterMs);
  }

  const inbox = createInbox(client, options, () => end("a message could not be written down"));
  client.handleMessage = (packet, next) => {
    const payload = typeof packet.payload === "string" ? Buffer.from(packet.payload) : packet.payload;
    inbox.take({ topic: packet.topic, payload }, packet.qos > 0 ? (packet.messageId ?? null) : null, next);
  };
  client.on("error", (error) => (lastError = error.message || String(error)));
  client.on("close", () => end(lastError ?? "the broker closed the connection"));
  client.on("connect", () => {
    const topics = ["telemetry", "state", "command/ack"].map((kind) => `${topicRoot}/+/+/${kind}`);
    client.subscribe(topics, { qos: 1 }, (error, granted = []) => {
      // A broker that grants less than QoS 1 would drop messages without a word.
      if (error !== null || granted.some(({ qos }) => qos !== 1)) {
        end(`the broker refused the subscription${error === null ? "" : `: ${error.message}`}`);
      } else if (!isOver) {
        events.onUp();
        foreign.follow();
      }
    });
  });
  const foreign = followFilters(client, options);
  return {
    resubscribe: foreign.follow,
    order(topic, payload, isRetained) {
      if (!client.connected) return;
      client.publish(topic, Buffer.from(payload), { qos: 1, retain: isRetained }, (error) => {
        if (error) options.log.error("send an order", { topic, error });
      });
    },
    async leave() {
      await inbox.settle();
      isOver = true;
      inbox.close();
      await endPolitely(client);
    },
  };
}

/** Filters in one SUBSCRIBE: a broker may bound what it reads. */
const filtersAtOnce = 100;

/**
 * Subscribes to the filters of foreign gateways, and ends what is no longer wanted. One that the broker refuses is told
 * and costs no other device its connection.
 */
function followFilters(client: MqttClient, options: IngestOptions): { readonly follow: () => void } {
  let wanted: ReadonlySet<string> = new Set();
  return {
    follow() {
      if (!client.connected) return;
      const next = new Set(options.filters?.() ?? []);
      const gone = [...wanted].filter((filter) => !next.has(filter));
      const added = [...next].filter((filter) => !wanted.has(filter));
      wanted = next;
      for (let from = 0; from < gone.length; from += filtersAtOnce) {
        client.unsubscribe(gone.slice(from, from + filtersAtOnce));
      }
      for (let from = 0; from < added.length; from += filtersAtOnce) {
        const asked = added.slice(from, from + filtersAtOnce);
        client.subscribe(asked, { qos: 1 }, (error, granted = []) => {
          const refused = error === null ? granted.filter(({ qos }) => qos !== 1).map(({ topic }) => topic) : asked;
          for (const filter of refused) {
            options.onRefusal(
              "TOPIC_NOT_ALLOWED",
              `the broker refused to subscribe ${filter}`.slice(0, maxExampleChars),
            );
          }
        });
      }
    },
  };
}

/** Sends DISCONNECT behind the last acknowledgements; a broker that does not answer is not waited for. */
async function endPolitely(client: MqttClient): Promise<void> {
  if (!client.connected) return void client.end(true);
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => client.stream.destroy(), stopWaitMs);
    client.end(false, {}, () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function clientOptions({ clientId, userName, password }: IngestOptions): IClientOptions {
  return {
    clientId,
    ...(userName === undefined ? {} : { username: userName }),
    ...(password === undefined ? {} : { password }),
    clean: false,
    protocolVersion: 4,
    keepalive: 30,
    connectTimeout: 10_000,
    // Connecting again is done here, with waits that grow.
    reconnectPeriod: 0,
    resubscribe: false,
  };
}

interface Inbox {
  take(message: IngestMessage, packetId: number | null, next: (error?: Error) => void): void;
  settle(): Promise<void>;
  close(): void;
  written(): number;
}

/**
 * Messages in work, acknowledged in the order in which they came (MQTT-4.6.0-2).
 *
 * mqtt.js would wait with the second message until the first is acknowledged, so that one write to disk could
 * never serve two. An error given to its callback means "go on, send no PUBACK": so each message is waved
 * through at once, up to a bound, and its PUBACK is sent from here when it is written down.
 */
function createInbox(client: MqttClient, options: IngestOptions, onFailure: () => void): Inbox {
  const noPuback = new Error("acknowledged later");
  const waiting: { readonly packetId: number | null; isWritten: boolean }[] = [];
  let held: (() => void) | null = null;
  let onIdle: (() => void) | null = null;
  let isSettling = false;
  let isClosed = false;
  let written = 0;

  function acknowledge(): void {
    const acks: number[] = [];
    while (waiting[0]?.isWritten === true) {
      const { packetId } = waiting.shift() ?? { packetId: null };
      if (packetId !== null) acks.push(0x40, 0x02, packetId >> 8, packetId & 0xff);
    }
    if (acks.length > 0 && !isClosed) client.stream.write(Buffer.from(acks));
    if (held !== null && waiting.length < maxPending) {
      const go = held;
      held = null;
      go();
    }
    if (waiting.length === 0) onIdle?.();
  }

  async function write(message: IngestMessage): Promise<boolean> {
    try {
      return await options.onMessage(message);
    } catch (error) {
      options.log.error("write a message down", { error });
      return false;
    }
  }

  return {
    take(message, packetId, next) {
      // Left without an answer it is not acknowledged, and comes again.
      if (isClosed || isSettling) return;
      const entry = { packetId, isWritten: false };
      waiting.push(entry);
      void write(message).then((isWritten) => {
        if (isWritten) written++;
        // Sent with QoS 0 it is not sent again: the loss is counted, and the others go on.
        else if (packetId === null) options.onRefusal("JOURNAL_UNAVAILABLE", message.topic.slice(0, maxExampleChars));
        else return onFailure();
        entry.isWritten = true;
        return acknowledge();
      });
      const go = (): void => next(packetId === null ? undefined : noPuback);
      if (waiting.length < maxPending) go();
      else held = go;
    },
    async settle() {
      isSettling = true;
      if (waiting.length === 0 || isClosed) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, stopWaitMs);
        onIdle = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    },
    close() {
      isClosed = true;
      onIdle?.();
    },
    written: () => written,
  };
}
