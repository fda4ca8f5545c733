// What the pipeline is compared with: the same packets through the same broker to someone who only parses them.
//
// With a broker's address: an mqtt.js subscriber. Without: aedes with the server's settings, parsing where the server
// writes down. Says `ready` with its port, and how many values it has parsed when it is asked.
import { Aedes } from "aedes";
import { createServer } from "node:net";
import { connect } from "mqtt";

const [url, userName, password] = process.argv.slice(2);
let values = 0;

function parse(payload) {
  values += Object.keys(JSON.parse(payload.toString("latin1")).values).length;
}

async function runBroker() {
  const aedes = new Aedes({
    queueLimit: 4096,
    maxInflightInbound: 1000,
    authorizePublish: (_client, { payload }, done) => {
      parse(payload);
      done(null);
    },
  });
  // As in the server, a device's message ends where it is taken in: nobody else is subscribed to it.
  const publish = aedes.publish.bind(aedes);
  aedes.publish = (packet, client, done) => {
    if (client === null || client === undefined || typeof client === "function") publish(packet, client, done);
    else done?.();
  };
  await aedes.listen();
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    aedes.handle(socket);
  });
  server.listen(0, "127.0.0.1", () => process.send({ type: "ready", port: server.address().port }));
}

function runSubscriber() {
  const client = connect(url, { username: userName, password, clean: true, protocolVersion: 4 });
  client.on("connect", () => {
    client.subscribe("skyground/v1/+/+/telemetry", { qos: 1 }, () => process.send({ type: "ready", port: 0 }));
  });
  // Not the event but the hook before it: the fastest way that mqtt.js has.
  client.handleMessage = ({ payload }, done) => {
    parse(payload);
    done();
  };
}

process.on("message", () => process.send({ type: "values", values }));
process.on("disconnect", () => process.exit(0));
if (url === undefined) await runBroker();
else runSubscriber();
