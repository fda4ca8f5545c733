// An example gateway that passes its trial: numbered messages, a last will, and nothing forgotten before it is acknowledged.
import { parseArgs } from "node:util";
import mqtt from "mqtt";

const text = { type: "string" };
const { values } = parseArgs({
  options: {
    broker: { ...text, default: "mqtt://127.0.0.1:1883" },
    user: text,
    password: text,
    /** `CODE=VALUE`, as many as there are points. */
    point: { ...text, multiple: true },
    every: { ...text, default: "1000" },
    open: { type: "boolean", default: false },
  },
});
const { broker, user, password, point = [], every, open } = values;
if (user === undefined || password === undefined || point.length === 0) {
  console.error(
    "node scripts/gateway.mjs --user SITE.DEVICE --password PASSWORD --point CODE=VALUE [--point …] [--broker URL] [--every MS] [--open]",
  );
  process.exit(64);
}

const root = `${open ? "skyground" : "skyground-trial"}/v1/${user.replace(".", "/")}`;
const state = `${root}/state`;
const readings = Object.fromEntries(point.map((one) => one.split("=")).map(([code, value]) => [code, Number(value)]));
/** What was measured and not acknowledged yet, oldest first. A gateway at a site keeps this on its disk. */
const waiting = [];
let seq = 0;
let isSending = false;

const client = mqtt.connect(broker, {
  clientId: user,
  username: user,
  password,
  protocolVersion: 4,
  // The broker remembers the session, so that what was under way when the link was lost is finished.
  clean: false,
  reconnectPeriod: 1000,
  will: { topic: state, payload: '{"online":false}', qos: 1, retain: false },
});

/** One message after the other: the next one goes when the last one is acknowledged, however many connections that takes. */
async function sendWaiting() {
  if (isSending) return;
  isSending = true;
  while (waiting.length > 0 && client.connected) {
    await client.publishAsync(`${root}/telemetry`, waiting[0], { qos: 1 });
    waiting.shift();
  }
  isSending = false;
}

client.on("connect", () => {
  console.log("connected");
  client.publish(state, '{"online":true}', { qos: 1 });
  void sendWaiting();
});
client.on("close", () => console.log(`not connected, ${waiting.length} kept`));
client.on("error", (error) => console.log(error.message));

const measuring = setInterval(() => {
  seq += 1;
  waiting.push(JSON.stringify({ ts: Date.now(), seq, values: readings }));
  void sendWaiting();
}, Number(every));

process.once("SIGINT", () => {
  clearInterval(measuring);
  client.end();
});
