// One wall as the socket room knows it: its socket, what it has been told, and how much still waits for it.
import type { IncomingMessage } from "node:http";
import type { Socket } from "socket.io";
import type { Painted, ReportReply, WallReport } from "../../../contract/receipt.ts";
import type { SeatedWall } from "../../../contract/seat.ts";
import type { Person, Reply, ServerToWall, WallToServer, WatchRequest } from "../../../contract/wall.ts";
import type { Bucket } from "./bounds.ts";
import type { Told } from "./tell.ts";

/** A wall's socket. */
export type Wall = Socket<WallToServer, ServerToWall, Record<string, never>, { person: Person | null }>;

/** A screen that is there: one connection, who sits before it, and which wall of the register it is, where it is one. */
export interface Screen {
  readonly connection: string;
  readonly person: Person | null;
  readonly wall: SeatedWall | null;
}

/** Whoever listens to what screens tell of themselves. */
export interface ScreenListener {
  /** It has come, or it is another person's or another seat now. */
  readonly seated: (screen: Screen) => void;
  readonly left: (connection: string) => void;
  readonly painted: (screen: Screen, painted: Painted) => void;
  /** Returns whether its room keeps a picture while it loads itself anew, see `ReportReply`. */
  readonly reported: (screen: Screen, report: WallReport) => boolean;
}

/** What the room remembers of a wall. */
export interface WallState extends Told {
  person: Person | null;
  /** Which wall of the register this is, also while a person has logged in over it. */
  wall: SeatedWall | null;
  snapshotAt: number;
  watched: WatchRequest["points"];
  readonly bucket: Bucket;
  /** Messages refused in a row for coming too fast. */
  refused: number;
  /** For how long too much has been waiting in its socket. */
  tooMuchMs: number;
}

/** Answers a wall, where it has asked for an answer. */
export function answer(reply: unknown, outcome: Reply | ReportReply): void {
  if (typeof reply === "function") reply(outcome);
}

/** True where nothing that the register says of a person, or of a wall, has changed. */
export function isSame<T extends Person | SeatedWall>(a: T | null, b: T | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * A browser names the site whose page opens a socket; only our own may, since the cookie comes along by itself. Of its own
 * requests a browser leaves the name out where they only read, as polling does, but never where a WebSocket is opened: a
 * cookie without a name is then no browser's, and wants the header that no page of another site can send.
 */
export function isSameSite({ headers }: IncomingMessage): boolean {
  const { origin, host, cookie, upgrade } = headers;
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  if (origin !== undefined) return URL.canParse(origin) && new URL(origin).host === host;
  return cookie === undefined || upgrade === undefined || headers["x-skyground"] !== undefined;
}

/** What waits to be read by a wall, in Engine.IO's queue and in the socket: neither is in the public types. */
export function waitingBytes({ conn }: Wall): number {
  const { writeBuffer, transport } = conn as unknown as {
    readonly writeBuffer: readonly { readonly data?: string | { readonly byteLength: number } }[];
    readonly transport: { readonly socket?: { readonly bufferedAmount?: number } };
  };
  let bytes = transport.socket?.bufferedAmount ?? 0;
  for (const { data } of writeBuffer) bytes += (typeof data === "string" ? data.length : data?.byteLength) ?? 0;
  return bytes;
}
