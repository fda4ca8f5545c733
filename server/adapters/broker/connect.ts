// Who is let in: what a CONNECT says is looked at first, then its proof, then how often it comes.
import { TLSSocket } from "node:tls";
import type { Client } from "aedes";
import { createPass, type Pass } from "./pass.ts";
import { type Handlers, refuse, type Room, sendAway, sessionOf } from "./room.ts";
import { addressOf, adoptConnect, connackCodes, nameOf, type Proof, quote, type Verdict } from "./rules.ts";
import { newSession, type Session } from "./sessions.ts";
import { certificateOf } from "./tls.ts";

/** The reason of a device that left by itself. */
const goodbye = "goodbye";
/** Connections of one device at once. A gateway that opens new ones and leaves the old must not take the sockets of all. */
const maxConnections = 16;

/** What stands between a CONNECT and its answer. */
export function connectHandlers(room: Room): Handlers<"preConnect" | "authenticate"> {
  return {
    preConnect(client, packet, done) {
      const certificate = certificateOf(client.conn);
      room.sessions.set(client, newSession(packet, certificate));
      // Aedes answers these with return code 1 before it asks for a credential.
      if (packet.protocolVersion === 5) refuse(room, "CLIENT_NOT_ALLOWED", "MQTT 5: this broker speaks 3.1 and 3.1.1");
      adoptConnect(packet, certificate);
      done(null, true);
    },
    authenticate(client, _userName, password, done) {
      void answerConnect(room, client, password?.toString() ?? "", done);
    },
  };
}

async function answerConnect(
  room: Room,
  client: Client,
  password: string,
  done: (error: (Error & { returnCode: number }) | null, isWelcome: boolean | null) => void,
): Promise<void> {
  const session = sessionOf(room, client);
  const { userName, certificate } = session;
  const judged = await judge(room, client, { userName, password, certificate });
  if ("returnCode" in judged) {
    refuse(room, judged.code, judged.example);
    // A bad line gives no answer either: some clients take a refusal for the last word and never come again.
    if (judged.code === "CLIENT_CUT_OFF") return void client.conn.destroy();
    return done(Object.assign(new Error(judged.example), { returnCode: judged.returnCode }), null);
  }
  // A client that went away meanwhile is not answered any more, and must not be counted as there.
  if (!client.closed) {
    session.account = judged;
    judged.traffic.hold(client);
    // The one that came first goes: if any is forgotten by its device, it is that.
    for (const old of room.accounts.clients(judged).slice(0, -maxConnections))
      sendAway(room, old, `more than ${maxConnections} connections at once`);
    // A device on trial is not there yet for anybody but the bench.
    if (judged.stage === "open") room.links.hold(judged, client.conn, () => whyGone(room, session, client));
    if (!client.clean) room.keep(judged, client.id);
    const encrypted = certificate === null ? "tls" : "certificate";
    room.options.onConnected?.(judged, {
      security: client.conn instanceof TLSSocket ? encrypted : "plain",
      certificateEndsAt: certificate?.validTo ?? null,
      hasWill: session.willTopic !== null,
    });
  }
  return done(null, true);
}

function whyGone(room: Room, session: Session, client: Client): string {
  if (room.isStopping) return "the broker stops";
  // Set by aedes on a DISCONNECT, and on nothing else: the device went because it wanted to.
  return (client as unknown as Readonly<Record<string, unknown>>)["_disconnected"] === true ? goodbye : session.why;
}

async function judge(room: Room, client: Client, proof: Proof): Promise<Pass | Verdict> {
  const { verdict, willTopic } = sessionOf(room, client);
  if (verdict !== null) return verdict;
  const { notAuthorized, unavailable } = connackCodes;
  const { userName, certificate } = proof;
  const address = addressOf(client);
  const who = userName === "" ? `certificate ${certificate?.fingerprint.slice(0, 16) ?? ""}` : quote(userName);
  if (!room.attempts.mayTry(address, who))
    return { code: "TOO_MANY_ATTEMPTS", example: `${who} from ${address}`, returnCode: unavailable };
  let admission;
  try {
    admission = await room.options.authenticate(proof);
  } catch (error) {
    room.options.log.error("check a device's credential", { error });
    return { code: "OVERLOADED", example: `${who}: the register cannot be read`, returnCode: unavailable };
  }
  if (admission === null) {
    room.attempts.failed(address, who);
    return { code: "CLIENT_NOT_ALLOWED", example: who, returnCode: notAuthorized };
  }
  room.attempts.succeeded(address, who);
  // Not counted as coming again and again: it was cut off by us.
  if (room.options.mayConnect?.(admission) === false)
    return { code: "CLIENT_CUT_OFF", example: nameOf(admission), returnCode: unavailable };
  const pass = createPass(admission, room.accounts.of(admission));
  if (!pass.traffic.mayConnect())
    return { code: "CLIENT_FLAPPING", example: nameOf(admission), returnCode: unavailable };
  // Refused when the device is set up, not when it dies and its will would be thrown away.
  if (willTopic !== null && !pass.mayPublish(willTopic)) {
    const example = `${nameOf(admission)}: will ${quote(willTopic)}`;
    return { code: "TOPIC_NOT_ALLOWED", example, returnCode: notAuthorized };
  }
  return pass;
}
