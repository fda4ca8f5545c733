// The rules of the embedded broker: whose CONNECT is refused and why, and which topics are a device's own.
import { randomUUID } from "node:crypto";
import type { Client, ConnectPacket } from "aedes";
import type { FaultCode } from "../../../contract/faults.ts";
import type { Stage } from "../../../contract/register.ts";

/** What a credential stands for: one device of one site. */
export interface Account {
  readonly site: string;
  readonly device: string;
  /** MQTT filters of its own, where it does not speak the native dialect. */
  readonly topics?: { readonly publish: readonly string[]; readonly subscribe: readonly string[] };
}

/** The certificate that a client has shown. Instants are epoch ms. */
export interface ClientCertificate {
  /** SHA-256, hexadecimal. */
  readonly fingerprint: string;
  readonly commonName: string | null;
  /** True where the operator's own issuer has signed it. */
  readonly isTrusted: boolean;
  readonly validFrom: number;
  readonly validTo: number;
}

/** By what a client says who it is. */
export interface Proof {
  /** Empty where the certificate says it all. */
  readonly userName: string;
  readonly password: string;
  readonly certificate: ClientCertificate | null;
}

/** Who is let in, and what they may do. */
export interface Admission extends Account {
  readonly stage: Exclude<Stage, "retired">;
  /** MQTT filters. */
  readonly publish: readonly string[];
  readonly subscribe: readonly string[];
  /** Messages a second; more is held back. */
  readonly maxPerSecond: number;
  /**
   * Its messages are also handed to whoever may subscribe to them, the retained ones later too: what the account of a
   * bridge would need. @default false
   */
  readonly relays?: boolean;
}

/** Why a CONNECT is refused: a code of the catalogue, an example, and the return code of the CONNACK. */
export interface Verdict {
  readonly code: FaultCode;
  readonly example: string;
  readonly returnCode: number;
}

/** CONNACK return codes, MQTT 3.1.1 §3.2.2.3. */
export const connackCodes = {
  identifierRejected: 2,
  unavailable: 3,
  badUserName: 4,
  notAuthorized: 5,
} as const;

const maxClientIdChars = 256;

/**
 * Longer than any client id that `ownClientId` makes of a legal CONNECT: aedes would else hold MQTT 3.1
 * clients to 23 characters, of which the user's name alone takes more.
 */
export const maxSessionIdChars = 2 * 1024;

/**
 * Nobody may stay silent longer than 1.5 times this without being closed, whatever keep-alive they ask for
 * (0 asks for none): MQTT 3.1.1 §3.1.2.10 leaves that to the server.
 */
const maxKeepaliveS = 3600;

/** What of a CONNECT is wrong before any credential is looked at, or null. Aedes itself lets all of this in. */
export function verdictOn(packet: ConnectPacket, certificate: ClientCertificate | null): Verdict | null {
  const { clientId, username, will, clean } = packet;
  const { identifierRejected, badUserName, notAuthorized } = connackCodes;
  if (hasForbidden(clientId) || clientId.length > maxClientIdChars) {
    return badName("client id", clientId, identifierRejected);
  }
  // MQTT-3.1.3-8; in MQTT 3.1 a client id has at least one character whatever the session.
  if (clientId === "" && (clean !== true || packet.protocolVersion === 3)) {
    return badName("client id", clientId, identifierRejected);
  }
  if (username !== undefined && hasForbidden(username)) return badName("user name", username, badUserName);
  if (will && hasForbidden(will.topic)) return badName("will topic", will.topic, notAuthorized);
  // MQTT-3.1.2-14; the parser lets 3 pass although the type says that it cannot be.
  if (will && Number(will.qos) > 2)
    return { code: "CLIENT_NOT_ALLOWED", example: "will with QoS 3", returnCode: notAuthorized };
  if (certificate === null && (username === undefined || username === "")) {
    return { code: "CLIENT_NOT_ALLOWED", example: "no user name", returnCode: notAuthorized };
  }
  return null;
}

function badName(what: string, text: string, returnCode: number): Verdict {
  return { code: "CLIENT_BAD_NAME", example: `${what} ${quote(text)}`, returnCode };
}

/** Changes a CONNECT to what the broker makes of it: the session belongs to the user, and silence has an end. */
export function adoptConnect(packet: ConnectPacket, certificate: ClientCertificate | null): void {
  // Whoever uses another device's client id gets a session of their own: they neither take that device's
  // connection nor find what waits for it.
  packet.clientId = `${packet.username || (certificate?.fingerprint ?? "")}/${packet.clientId || randomUUID()}`;
  packet.keepalive = Math.min(packet.keepalive || maxKeepaliveS, maxKeepaliveS);
}

/**
 * True where a text has NUL, another control character, or U+FFFD, which is what invalid UTF-8 was turned
 * into before anybody could see it (MQTT-1.5.3-1 and -2).
 */
export function hasForbidden(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x20 || (unit >= 0x7f && unit <= 0x9f) || unit === 0xfffd) return true;
  }
  return false;
}

/** A text from outside as it may stand in an example: short, and with its control characters written out. */
export function quote(text: string): string {
  return JSON.stringify(text.slice(0, 80));
}

/** An account as people read it, or where the connection came from while there is none. */
export function nameOf(account: Account | null, client: Client | null = null): string {
  return account === null ? addressOf(client) : `${account.site}.${account.device}`;
}

/** Where a connection came from. */
export function addressOf(client: Client | null): string {
  const connection = client?.conn;
  return connection !== undefined && "remoteAddress" in connection ? (connection.remoteAddress ?? "?") : "?";
}
