// A process with the embedded broker and accounts that relay, for clients that only know MQTT: says `port N`.
import { createBroker } from "../../server/adapters/broker.ts";
import { createLog } from "../../server/log.ts";
import { relaying } from "./relaying.ts";

const broker = createBroker({
  host: "127.0.0.1",
  port: 0,
  log: createLog("silent"),
  authenticate: relaying,
  onMessage: () => Promise.resolve(true),
  onLink: () => undefined,
  onRefusal: (code, example) => void process.stdout.write(`refused ${code} ${example}\n`),
});
await broker.start();
process.stdout.write(`port ${broker.port()}\n`);
