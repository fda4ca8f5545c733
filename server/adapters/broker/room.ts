// What the handlers of all connections share: what the broker was given, and how it says no.
import type { Buffer } from "node:buffer";
import type { Socket } from "node:net";
import type { AedesOptions, Client, PublishPacket } from "aedes";
import type { FaultCode } from "../../../contract/faults.ts";
import type { Log } from "../../log.ts";
import type { Accounts } from "./accounts.ts";
import type { Attempts } from "./attempts.ts";
import type { Account, Admission, Proof } from "./rules.ts";
import type { createKeptSessions, createLinks, Session } from "./sessions.ts";
import type { TlsFiles } from "./tls.ts";

/** A message as a device published it under one of its own topics. */
export interface BrokerMessage extends Account {
  readonly topic: string;
  readonly payload: Uint8Array;
}

/** A message of a device on trial, with the quality of service that it was sent with. */
export interface TrialMessage extends BrokerMessage {
  readonly qos: 0 | 1 | 2;
}

/** How a device has come in. */
export interface ConnectedHow {
  readonly security: "plain" | "tls" | "certificate";
  /** Epoch ms; null where it showed no certificate. */
  readonly certificateEndsAt: number | null;
  readonly hasWill: boolean;
}

/** What the embedded broker needs and whom it tells. */
export interface BrokerOptions {
  readonly host: string;
  /** 0 takes any free port; `port()` says which. */
  readonly port: number;
  /** Where MQTT over TLS is spoken. @default nowhere */
  readonly tls?: TlsFiles & { readonly host: string; readonly port: number };
  readonly log: Log;
  /** Sockets at once, of each port. @default 10000 */
  readonly maxClients?: number;
  /** How long a socket may stay without a whole CONNECT. @default 10000 */
  readonly connectTimeoutMs?: number;
  /** Epoch ms. @default Date.now */
  readonly now?: () => number;
  /** Who proves to be whom, or null where the proof does not hold. */
  authenticate(proof: Proof): Admission | null | Promise<Admission | null>;
  /** False where a device that has proven who it is stays cut off for now, without an answer. @default true */
  readonly mayConnect?: (account: Account) => boolean;
  /** A device was let in, and how. */
  readonly onConnected?: (account: Account, how: ConnectedHow) => void;
  /** A device published under a topic that is not its own. */
  readonly onWrongTopic?: (account: Account, topic: string) => void;
  /** Resolves to true when the message, or its refusal, is written down: only then it is acknowledged. */
  onMessage(message: BrokerMessage): Promise<boolean>;
  /** A message of a device on trial: acknowledged when this resolves to true. @default refused and counted */
  readonly onTrial?: ((message: TrialMessage) => Promise<boolean>) | undefined;
  /** The first connection of an open device came, or its last one went; `why` is `goodbye` where it said DISCONNECT. */
  onLink(site: string, device: string, online: boolean, why: string): void;
  onRefusal(code: FaultCode, example: string): void;
  /** How much accounts that relay may leave behind. @default 10,000 topics, 64 MiB, 10,000 messages */
  readonly relayBounds?: RelayBounds;
}

/** How much is kept of what is relayed. */
export interface RelayBounds {
  /** Topics whose last message is kept for later subscribers, and their payloads together. */
  readonly retainedTopics: number;
  readonly retainedBytes: number;
  /** Messages for one session that are not acknowledged or not sent yet: it may never come again. */
  readonly waiting: number;
}

/** What the handlers of all connections share. */
export interface Room {
  readonly options: BrokerOptions;
  readonly now: () => number;
  readonly sessions: WeakMap<object, Session>;
  readonly links: ReturnType<typeof createLinks>;
  readonly keep: ReturnType<typeof createKeptSessions>;
  readonly accounts: Accounts;
  readonly attempts: Attempts;
  /** Packets that are written down and go on to whoever may hear them, with what they said. */
  readonly toRelay: WeakMap<object, Buffer>;
  isStopping: boolean;
}

/** How aedes is answered. */
export type Done = (error?: Error) => void;
/** The handlers of one act. */
export type Handlers<Name extends keyof AedesOptions> = Required<Pick<AedesOptions, Name>>;

/** What of aedes its type declarations leave out. */
export interface AedesInside {
  publish(packet: PublishPacket, client: Client | Done | null, done?: Done): void;
  readonly persistence: {
    incomingGetPacket(client: Client, packet: PublishPacket): Promise<unknown>;
    storeRetained(packet: { topic: string; payload: Buffer }): Promise<unknown>;
    outgoingEnqueueCombi(sessions: readonly { clientId: string }[], packet: PublishPacket): Promise<unknown>;
    outgoingClearMessageId(client: { id: string }, packet: { messageId?: number }): Promise<unknown>;
    cleanSubscriptions(client: { id: string }): Promise<unknown>;
    cleanIncoming(client: { id: string }): Promise<unknown>;
  };
}

const maxExampleChars = 120;

/** Counts a refusal with the first characters of what was refused. */
export function refuse(room: Room, code: FaultCode, example: string): void {
  room.options.onRefusal(code, example.length > maxExampleChars ? example.slice(0, maxExampleChars) : example);
}

/** The session of a client that has sent its CONNECT. */
export function sessionOf(room: Room, client: Client): Session {
  const session = room.sessions.get(client);
  if (session === undefined) throw new Error("a client without CONNECT");
  return session;
}

/** Ends a connection; nothing more is taken from it, not even its will. */
export function sendAway(room: Room, client: Client, why: string): void {
  const session = room.sessions.get(client);
  if (session !== undefined) Object.assign(session, { why, isDropped: true });
  (client.conn as Socket).destroy();
}
