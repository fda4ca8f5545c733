// What a device may hear: its own orders, and what its dialect answers it.
import type { Client } from "aedes";
import { type Handlers, refuse, type Room, sessionOf } from "./room.ts";
import { hasForbidden, nameOf, quote } from "./rules.ts";

/** Whether a device may subscribe, and once more when something is sent. */
export function subscribeHandlers(room: Room): Handlers<"authorizeSubscribe" | "authorizeForward"> {
  const mayHear = (client: Client, topic: string): boolean => {
    const { account, isDropped } = sessionOf(room, client);
    return account !== null && !isDropped && account.maySubscribe(topic);
  };
  return {
    authorizeSubscribe(client, subscription, done) {
      if (mayHear(client, subscription.topic)) return done(null, subscription);
      const { account } = sessionOf(room, client);
      const code = hasForbidden(subscription.topic) ? "CLIENT_BAD_NAME" : "TOPIC_NOT_ALLOWED";
      refuse(room, code, `${nameOf(account, client)}: subscribe ${quote(subscription.topic)}`);
      // Answered with 0x80 in the SUBACK (MQTT 3.1.1 §3.9.3).
      return done(null, null);
    },
    // Looked at once more when something is sent: what a session keeps is the list as the client sent it.
    authorizeForward: (client, packet) => (mayHear(client, packet.topic) ? packet : null),
  };
}
