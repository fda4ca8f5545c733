// Gateways that never forget: each message is sent until its PUBACK comes, over every loss of the connection.
import mqtt from "mqtt";

const tickMs = 20;
const againAfterMs = 50;

/**
 * One gateway. What has no PUBACK is kept and sent again here, in order, on a client of its own for each connection:
 * mqtt.js's own store was seen to forget messages where a connection ended in the middle of its sending again.
 */
function connectGateway(url, device, password) {
  const pending = new Map();
  const acknowledged = new Set();
  const topic = `skyground/v1/${device}/telemetry`;
  let current = null;
  let opening = null;
  let isEnded = false;

  const push = (client, seq, payload) => {
    client.publish(topic, payload, { qos: 1 }, (error) => {
      if (!error && pending.delete(seq)) acknowledged.add(seq);
    });
  };
  const open = () => {
    if (isEnded) return;
    const client = mqtt.connect(url, {
      clientId: device,
      username: device.replace("/", "."),
      password,
      clean: false,
      reconnectPeriod: 0,
      connectTimeout: 5000,
    });
    opening = client;
    // What breaks is the very subject.
    client.on("error", () => undefined);
    client.once("connect", () => {
      current = client;
      for (const [seq, payload] of pending) push(client, seq, payload);
    });
    client.once("close", () => {
      current = null;
      client.end(true);
      setTimeout(open, againAfterMs);
    });
  };
  open();
  return {
    device,
    acknowledged,
    waiting: () => pending.size,
    send(seq, payload) {
      pending.set(seq, payload);
      if (current !== null) push(current, seq, payload);
    },
    async end() {
      isEnded = true;
      await opening?.endAsync(true);
    },
  };
}

/** Connects the devices and sends so many messages a second among them, numbered by `seq`. */
export function startGateways({ url, ground, perSecond, valuesOf, window = 200 }) {
  const startedAt = Date.now();
  const links = ground.devices.map((device) => connectGateway(url, device, ground.credentials.devices[device]));
  const sent = links.map(() => 0);
  let offered = 0;
  const send = (place) => {
    const seq = sent[place];
    sent[place] += 1;
    links[place].send(seq, JSON.stringify({ ts: startedAt + seq, seq, values: valuesOf(seq) }));
  };
  const timer = setInterval(() => {
    const due = Math.floor(((Date.now() - startedAt) * perSecond) / 1000);
    for (let tries = links.length * 5; offered < due && tries > 0; tries -= 1) {
      const place = offered % links.length;
      offered += 1;
      // A gateway whose window is full measures on: here it leaves the measurement out.
      if (links[place].waiting() < window) send(place);
    }
    // After an outage the load goes on at its rate, instead of making up for it at once.
    if (offered < due) offered = due;
  }, tickMs);
  const sum = (read) => links.reduce((total, link) => total + read(link), 0);
  return {
    links,
    acknowledged: () => sum(({ acknowledged }) => acknowledged.size),
    waiting: () => sum((link) => link.waiting()),
    stopSending: () => clearInterval(timer),
    async end() {
      clearInterval(timer);
      await Promise.all(links.map((link) => link.end()));
    },
  };
}
