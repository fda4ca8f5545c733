// What the embedded broker remembers: of one connection, of a device's connections, and of sessions that outlive them.
import type { Connection, ConnectPacket } from "aedes";
import type { Pass } from "./pass.ts";
import { type Account, type ClientCertificate, nameOf, type Verdict, verdictOn } from "./rules.ts";

/** One connection, from its CONNECT on. */
export interface Session {
  readonly verdict: Verdict | null;
  readonly willTopic: string | null;
  readonly userName: string;
  readonly certificate: ClientCertificate | null;
  account: Pass | null;
  /** Sent away: nothing more is taken from it, not even its will. */
  isDropped: boolean;
  /** Messages given to `onMessage` and not yet written down. */
  pending: number;
  /** QoS 2 packets being written down, by packet id: one sent again meanwhile must not be written twice. */
  readonly writing: Map<number, Promise<boolean>>;
  why: string;
}

/** What is known of a connection by its CONNECT. */
export function newSession(packet: ConnectPacket, certificate: ClientCertificate | null): Session {
  return {
    verdict: verdictOn(packet, certificate),
    willTopic: packet.will?.topic ?? null,
    userName: packet.username ?? "",
    certificate,
    account: null,
    isDropped: false,
    pending: 0,
    writing: new Map(),
    why: "the connection ended",
  };
}

/**
 * Tells when a device comes and goes: it is there from its first connection's credential to its last
 * connection's end, so that a connection that takes another one over is no absence.
 */
export function createLinks(onLink: (site: string, device: string, online: boolean, why: string) => void): {
  hold(account: Account, connection: Connection, why: () => string): void;
} {
  const counts = new Map<string, number>();
  return {
    hold(account, connection, why) {
      const { site, device } = account;
      const key = nameOf(account);
      const count = (counts.get(key) ?? 0) + 1;
      counts.set(key, count);
      if (count === 1) onLink(site, device, true, "connected");
      connection.once("close", () => {
        const left = (counts.get(key) ?? 1) - 1;
        if (left > 0) {
          counts.set(key, left);
        } else {
          counts.delete(key);
          onLink(site, device, false, why());
        }
      });
    },
  };
}

/** Sessions that outlive their connection, per device; a device has one, and a restless one not 10,000. */
const maxKept = 8;

/** Remembers such sessions by their ids, and has the device's oldest forgotten when there are too many. */
export function createKeptSessions(forget: (id: string) => void): (account: Account, id: string) => void {
  const kept = new Map<string, readonly string[]>();
  return (account, id) => {
    const key = nameOf(account);
    const ids = [...(kept.get(key) ?? []).filter((known) => known !== id), id];
    kept.set(key, ids.slice(-maxKept));
    for (const old of ids.slice(0, -maxKept)) forget(old);
  };
}
