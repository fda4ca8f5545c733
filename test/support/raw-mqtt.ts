// MQTT 3.1.1 byte by byte over a plain socket: what no client library would ever send.
import { Buffer } from "node:buffer";
import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";

/** A plain socket to a broker, and every byte that came back. */
export interface RawClient {
  readonly socket: Socket;
  send(...packets: readonly Buffer[]): void;
  /** Everything received so far, in hexadecimal. */
  received(): string;
  /** Resolves when at least so many bytes have come; rejects when the socket closes before. */
  atLeast(bytes: number): Promise<Buffer>;
  /** Resolves when the other side has closed. */
  closed(): Promise<void>;
  close(): void;
}

/** Opens a plain socket to 127.0.0.1. */
export async function openRaw(port: number): Promise<RawClient> {
  const socket = connect(port, "127.0.0.1");
  let bytes: Buffer = Buffer.alloc(0);
  let isClosed = false;
  socket.on("data", (chunk: Buffer) => (bytes = Buffer.concat([bytes, chunk])));
  socket.on("error", () => undefined);
  socket.once("close", () => (isClosed = true));
  await once(socket, "connect");
  return {
    socket,
    send: (...packets) => void socket.write(Buffer.concat(packets)),
    received: () => bytes.toString("hex"),
    async atLeast(count) {
      while (bytes.length < count) {
        if (isClosed) throw new Error(`closed after ${bytes.toString("hex")}`);
        const over = new AbortController();
        const { signal } = over;
        await Promise.race([once(socket, "data", { signal }), once(socket, "close", { signal })]);
        // The one that did not come would listen for ever.
        over.abort();
      }
      return bytes;
    },
    async closed() {
      if (!isClosed) await once(socket, "close");
    },
    close: () => void socket.destroy(),
  };
}

/** A packet of its first byte and its body. */
export function packet(first: number, ...body: readonly (Buffer | readonly number[])[]): Buffer {
  const content = Buffer.concat(body.map((part) => (Buffer.isBuffer(part) ? part : Buffer.from(part))));
  return Buffer.concat([Buffer.from([first]), lengthOf(content.length), content]);
}

/** A length as MQTT writes it, seven bits a byte. */
export function lengthOf(length: number): Buffer {
  const bytes: number[] = [];
  let left = length;
  do {
    const byte = left % 128;
    left = Math.floor(left / 128);
    bytes.push(left > 0 ? byte | 0x80 : byte);
  } while (left > 0);
  return Buffer.from(bytes);
}

/** A text, or any bytes in its place, behind their length. */
export function field(content: string | Buffer): Buffer {
  const bytes = typeof content === "string" ? Buffer.from(content) : content;
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** What a CONNECT says. */
export interface RawConnect {
  readonly clientId: string | Buffer;
  readonly userName?: string | Buffer;
  readonly password?: string;
  readonly clean?: boolean;
  readonly keepaliveS?: number;
  readonly level?: number;
  readonly will?: { readonly topic: string | Buffer; readonly payload: string; readonly qos: number };
}

/** A CONNECT, also one that the protocol forbids. */
export function connectPacket(says: RawConnect): Buffer {
  const { will, userName, password } = says;
  const flags =
    (userName === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40) |
    (will === undefined ? 0 : 0x04 | (will.qos << 3)) |
    ((says.clean ?? true) ? 0x02 : 0);
  const level = says.level ?? 4;
  const keepalive = says.keepaliveS ?? 60;
  return packet(
    0x10,
    field(level === 3 ? "MQIsdp" : "MQTT"),
    [level, flags, keepalive >> 8, keepalive & 0xff],
    // MQTT 5: no properties.
    level === 5 ? [0] : [],
    field(says.clientId),
    will === undefined ? [] : Buffer.concat([field(will.topic), field(will.payload)]),
    userName === undefined ? [] : field(userName),
    password === undefined ? [] : field(password),
  );
}

/** A PUBLISH; a packet id is sent where the QoS asks for one. */
export function publishPacket(
  topic: string | Buffer,
  payload: string | Buffer,
  { qos = 0, id = 1, dup = false, retain = false }: { qos?: number; id?: number; dup?: boolean; retain?: boolean } = {},
): Buffer {
  const first = 0x30 | (dup ? 8 : 0) | (qos << 1) | (retain ? 1 : 0);
  return packet(first, field(topic), qos > 0 ? [id >> 8, id & 0xff] : [], Buffer.from(payload));
}

/** PUBREL of a QoS 2 message. */
export function pubrelPacket(id: number): Buffer {
  return packet(0x62, [id >> 8, id & 0xff]);
}

/** SUBSCRIBE to topics at QoS 1. */
export function subscribePacket(id: number, ...topics: readonly (string | Buffer)[]): Buffer {
  return packet(0x82, [id >> 8, id & 0xff], ...topics.map((topic) => Buffer.concat([field(topic), Buffer.from([1])])));
}
