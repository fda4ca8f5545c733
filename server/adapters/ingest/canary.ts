// One message to the broker as a device sends it: connected, published with QoS 1, acknowledged, gone.
import { connect } from "mqtt";

/** Where to, and what. */
export interface Mail {
  /** `mqtt://host:1883` or `mqtts://host:8883`. */
  readonly url: string;
  readonly userName?: string;
  readonly password?: string;
  readonly topic: string;
  readonly payload: string;
}

const longestMs = 5000;

/** Resolves with its PUBACK; rejects where there is none in time. */
export async function sendOnce({ url, userName, password, topic, payload }: Mail): Promise<void> {
  const client = connect(url, {
    reconnectPeriod: 0,
    connectTimeout: longestMs,
    ...(userName === undefined ? {} : { username: userName }),
    ...(password === undefined ? {} : { password }),
  });
  let late: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      late = setTimeout(() => reject(new Error(`no answer within ${longestMs} ms`)), longestMs);
      client.once("error", reject);
      client.once("close", () => reject(new Error("the connection was closed")));
      client.publish(topic, payload, { qos: 1 }, (error) => (error == null ? resolve() : reject(error)));
    });
  } finally {
    clearTimeout(late);
    client.on("error", () => undefined);
    await client.endAsync(true);
  }
}
