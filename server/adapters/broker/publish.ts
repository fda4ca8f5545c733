// What a device publishes: under its own topics only, and acknowledged when it is written down.
import { Buffer } from "node:buffer";
import type { Client, PublishPacket } from "aedes";
import { trialRoot } from "../../../contract/topics.ts";
import type { Pass } from "./pass.ts";
import { type AedesInside, type Handlers, refuse, type Room, sessionOf } from "./room.ts";
import { hasForbidden, nameOf, quote } from "./rules.ts";
import type { Session } from "./sessions.ts";

const noPayload = Buffer.alloc(0);
const trialPrefix = `${trialRoot}/`;

/** Whether a device may publish, and the acknowledgement that waits for the journal. */
export function publishHandlers(room: Room, inside: () => AedesInside): Handlers<"authorizePublish"> {
  return {
    // Aedes sends PUBACK and PUBREC after this has called back without an error, and closes the connection on one.
    authorizePublish(client, packet, done) {
      // Without a client it would be the will of an earlier broker process, and none is kept on disk.
      if (client === null) return done(null);
      const session = sessionOf(room, client);
      const { account } = session;
      // While stopping nothing more is taken: neither what nobody would write down, nor the wills of devices
      // that are well and only lose their broker. Nor the will of a device that was sent away.
      if (account === null || room.isStopping || session.isDropped) return done(new Error("the broker stops"));
      if (!account.mayPublish(packet.topic)) {
        const code = hasForbidden(packet.topic) ? "CLIENT_BAD_NAME" : "TOPIC_NOT_ALLOWED";
        refuse(room, code, `${nameOf(account)}: ${quote(packet.topic)}`);
        room.options.onWrongTopic?.(account, packet.topic);
        return done(new Error("topic not allowed"));
      }
      // MQTT-2.3.1-1
      if (packet.qos > 0 && packet.messageId === 0) return done(new Error("packet id 0"));
      account.traffic.spend();
      // What a device on trial says is for the bench: where there is none, it must not be taken for accepted.
      if (room.options.onTrial === undefined && isTrial(account, packet.topic)) {
        refuse(room, "TRIAL_NOT_HEARD", packet.topic);
        return done(packet.qos > 0 ? new Error("no trial hears it") : null);
      }
      return answerPublish(room, session, { client, packet, inside: inside() }, done);
    },
  };
}

function isTrial({ stage }: Pass, topic: string): boolean {
  return stage === "trial" || topic.startsWith(trialPrefix);
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
    if (packet.qos > 0) {
      session.account?.traffic.excuse();
      return done(new Error("not written down"));
    }
    // QoS 0 promises nothing and is not sent again: the loss is counted, and the others go on.
    refuse(room, "JOURNAL_UNAVAILABLE", packet.topic);
    return done(null);
  });
}

/** Gives a message to be written down; does not reject where `onMessage` does. A plain chain: 100,000 times a second each await would show. */
function write(room: Room, session: Session, packet: PublishPacket): Promise<boolean> {
  const { account } = session;
  const { topic, payload } = packet;
  if (account === null) return Promise.resolve(false);
  session.pending++;
  const bytes = typeof payload === "string" ? Buffer.from(payload) : payload;
  const isHeardByBench = isTrial(account, topic);
  const message = { topic, payload: bytes, site: account.site, device: account.device };
  const { onMessage, onTrial = onMessage } = room.options;
  return (isHeardByBench ? onTrial({ ...message, qos: packet.qos }) : onMessage(message)).then(
    (isDown) => {
      session.pending--;
      if (isDown && !isHeardByBench && account.admission.relays === true) room.toRelay.set(packet, bytes);
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
