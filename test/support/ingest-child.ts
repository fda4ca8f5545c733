// A process that does nothing but ingest, so that a test can kill it: `PORT CLIENT_ID acknowledge|withhold`.
import { createIngest } from "../../server/adapters/ingest.ts";
import { createLog } from "../../server/log.ts";

const [port = "", clientId = "", mode = ""] = process.argv.slice(2);

const ingest = createIngest({
  url: `mqtt://127.0.0.1:${port}`,
  clientId,
  userName: "skyground",
  password: "ingest-secret",
  log: createLog("silent"),
  onMessage(message) {
    process.stdout.write(`message ${Buffer.from(message.payload).toString()}\n`);
    return mode === "acknowledge" ? Promise.resolve(true) : new Promise<boolean>(() => undefined);
  },
  onStatus: (status) => void process.stdout.write(`status ${status.state}\n`),
  onRefusal: () => undefined,
});
ingest.start();
