// Where a device's message goes behind the journal: nowhere, but for an account that relays.
import { Buffer } from "node:buffer";
import { type AedesInside, refuse, type RelayBounds, type Room } from "./room.ts";

const usualBounds: RelayBounds = { retainedTopics: 10_000, retainedBytes: 64 * 1024 * 1024, waiting: 10_000 };
const boundsOf = ({ options }: Room): RelayBounds => options.relayBounds ?? usualBounds;

/**
 * Nobody may subscribe to what devices say, so a device's message ends where it is written down: no retained
 * copies that grow for ever, no matching of subscriptions. The broker's own messages go the usual way, and so does
 * what `publish.ts` has marked: written down, by an account that relays.
 */
export function endPublishAtTheJournal(room: Room, inside: AedesInside): void {
  const publish = inside.publish.bind(inside);
  const noteRetained = createRetained(boundsOf(room), (topic) => {
    // MQTT 3.1.1 §3.3.1.3: without a payload it is what was kept that goes.
    void inside.persistence.storeRetained({ topic, payload: Buffer.alloc(0) });
  });
  inside.publish = (packet, client, done) => {
    if (client === null || client === undefined || typeof client === "function") {
      publish(packet, client, done);
      return;
    }
    const payload = room.toRelay.get(packet);
    if (payload === undefined) {
      done?.();
      return;
    }
    // A copy: what is kept would else keep the whole chunk that it came in.
    publish({ ...packet, payload: Buffer.from(payload) }, client, done);
    // Behind it, since one that is too large by itself is forgotten too.
    if (packet.retain) noteRetained(packet.topic, payload.length);
  };
}

/** Counts what is retained; where it is too much, the topics that have not been told of for longest are forgotten. */
function createRetained(
  { retainedTopics, retainedBytes }: RelayBounds,
  forget: (topic: string) => void,
): (topic: string, bytes: number) => void {
  const kept = new Map<string, number>();
  let total = 0;
  const remove = (topic: string): void => {
    total -= kept.get(topic) ?? 0;
    kept.delete(topic);
  };
  return (topic, bytes) => {
    remove(topic);
    if (bytes === 0) return;
    kept.set(topic, bytes);
    total += bytes;
    for (const oldest of kept.keys()) {
      if (kept.size <= retainedTopics && total <= retainedBytes) return;
      remove(oldest);
      forget(oldest);
    }
  };
}

/**
 * Bounds what waits for kept sessions, which may never come again; to be called when the persistence is there. Aedes
 * closes a connection that is sent what was not kept: who acknowledges so little is let go, and finds the rest later.
 */
export function boundWaiting(room: Room, { persistence }: AedesInside): void {
  const { waiting: most } = boundsOf(room);
  const waiting = new Map<string, number>();
  const enqueue = persistence.outgoingEnqueueCombi.bind(persistence);
  const clear = persistence.outgoingClearMessageId.bind(persistence);
  persistence.outgoingEnqueueCombi = (sessions, packet) => {
    const open = sessions.filter(({ clientId }) => (waiting.get(clientId) ?? 0) < most);
    for (const { clientId } of open) waiting.set(clientId, (waiting.get(clientId) ?? 0) + 1);
    if (open.length < sessions.length)
      refuse(room, "OVERLOADED", `more than ${most} wait for a session: ${packet.topic}`);
    return enqueue(open, packet);
  };
  persistence.outgoingClearMessageId = async (client, packet) => {
    const cleared = await clear(client, packet);
    if (cleared === undefined) return cleared;
    const left = (waiting.get(client.id) ?? 1) - 1;
    if (left > 0) waiting.set(client.id, left);
    else waiting.delete(client.id);
    return cleared;
  };
}
