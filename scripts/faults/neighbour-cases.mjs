// Faults of the neighbours: Mosquitto and InfluxDB killed and started again, alone and together, and an InfluxDB that refuses.
import { createServer } from "node:http";
import { createServer as createSocketServer } from "node:net";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { freePort, makeGround, startMosquitto, startServer, until } from "../bench/stand.mjs";
import { accountFor } from "./account.mjs";
import { startInflux } from "./influx.mjs";
import { startGateways } from "./publisher.mjs";

const points = 100;
const messagesPerSecond = 1000;
const valuesOf = (seq) => ({ "P-01": seq % 1000 < 100 ? 95 : 20 });
const settleMs = 120_000;

async function prepare({ broker, influx }) {
  const ground = await makeGround(points);
  const mosquitto = broker ? await startMosquitto(ground, { isPersistent: true }) : null;
  const port = await freePort();
  const server = await startServer(ground, {
    broker: mosquitto,
    environment: {
      SKYGROUND_MQTT_PORT: String(port),
      ...(influx === null
        ? {}
        : { SKYGROUND_HISTORIAN: "influx", SKYGROUND_INFLUX_URL: influx.url, SKYGROUND_INFLUX_VERSION: "1" }),
    },
  });
  const url = mosquitto === null ? `mqtt://127.0.0.1:${port}` : mosquitto.url;
  // Before the server has subscribed, a broker throws away what comes.
  await until("the broker is up", async () => isUp(await server.health(), "broker"));
  const gateways = startGateways({ url, ground, perSecond: messagesPerSecond, valuesOf });
  await until("the first acknowledgements", () => gateways.acknowledged() > messagesPerSecond / 2);
  return { ground, mosquitto, server, gateways };
}

function isUp({ neighbours }, name) {
  return neighbours.some((one) => one.name === name && one.state === "up");
}

/** Ends the load, waits until the historian has everything, and reads the books; rows that InfluxDB lacks are lost ones. */
async function settle({ ground, mosquitto, server, gateways }, influx) {
  gateways.stopSending();
  await until("every message acknowledged", () => gateways.waiting() === 0, settleMs);
  // Mosquitto has acknowledged what the server may not have heard yet.
  await until(
    "the inputs stand still",
    standsStill(async () => (await server.metrics()).inputs),
    settleMs,
  );
  let rows = null;
  if (influx !== null) {
    await until(
      "the historian has caught up",
      async () => (await server.metrics()).historian_waiting_bytes === 0,
      settleMs,
    );
    rows = await influx.countRows();
  }
  await gateways.end();
  await server.end();
  await mosquitto?.end();
  const account = await accountFor(ground.dataDir, gateways.links);
  ground.remove();
  const wanted = new Set(
    gateways.links.flatMap(({ device, acknowledged }) => [...acknowledged].map((seq) => `${device} ${seq}`)),
  ).size;
  return {
    ...account,
    ...(rows === null ? {} : { rows, rowsWanted: wanted }),
    isGood: account.isGood && (rows === null || rows >= wanted),
  };
}

function standsStill(read) {
  let last = null;
  let since = 0;
  return async () => {
    const now = await read();
    if (now !== last) [last, since] = [now, Date.now()];
    return Date.now() - since > 2000;
  };
}

/** Mosquitto ended and started again under load, properly and by kill −9. */
export async function mosquittoAway({ times, say }) {
  const rows = [];
  for (const signal of ["SIGTERM", "SIGKILL"]) {
    const stand = await prepare({ broker: true, influx: null });
    for (let count = 1; count <= times; count += 1) {
      await wait(1500);
      await stand.mosquitto.end(signal);
      await stand.mosquitto.start();
      const before = stand.gateways.acknowledged();
      await until("acknowledgements go on", () => stand.gateways.acknowledged() > before + 100);
      say(`Mosquitto ${signal} ${count} of ${times}`);
    }
    const account = await settle(stand, null);
    const note =
      signal === "SIGKILL" ? "what is lost, Mosquitto had acknowledged and kept in memory only" : "its own store on";
    // A broker that is killed may lose what it alone had: that is no promise of ours, and is told as a number.
    rows.push({
      fault: `Mosquitto ${signal} and start`,
      times,
      note,
      ...account,
      ...(signal === "SIGKILL" ? { lostByBroker: account.lost, lost: 0 } : {}),
    });
  }
  return rows;
}

/** InfluxDB killed and started again under load. */
export async function influxAway({ times, say }) {
  const store = await startInflux();
  const stand = await prepare({ broker: false, influx: store });
  for (let count = 1; count <= times; count += 1) {
    await wait(1500);
    await store.end("SIGKILL");
    await wait(1500);
    await store.start();
    say(`InfluxDB ${count} of ${times}`);
  }
  const account = await settle(stand, store);
  await store.remove();
  return [{ fault: "InfluxDB kill -9 and start", times, note: "away 1.5 s each time", ...account }];
}

/** Both at once. */
export async function bothAway({ times, say }) {
  const store = await startInflux();
  const stand = await prepare({ broker: true, influx: store });
  for (let count = 1; count <= times; count += 1) {
    await wait(1500);
    await Promise.all([store.end("SIGKILL"), stand.mosquitto.end("SIGTERM")]);
    await wait(1000);
    await Promise.all([store.start(), stand.mosquitto.start()]);
    const before = stand.gateways.acknowledged();
    await until("acknowledgements go on", () => stand.gateways.acknowledged() > before + 100);
    say(`both ${count} of ${times}`);
  }
  const account = await settle(stand, store);
  await store.remove();
  return [{ fault: "Mosquitto and InfluxDB together", times, note: "", ...account }];
}

const ways = ["401", "429", "503", "slow", "half-open"];

/** An InfluxDB that refuses in every way, in front of one that takes everything once it is let through. */
export async function refusing({ say }) {
  const store = await startInflux();
  const gate = await createGate(store.url);
  const stand = await prepare({ broker: false, influx: { url: gate.url } });
  for (const way of ways) {
    gate.refuse(way);
    await until(`refused by ${way}`, () => gate.refused() > 0, 90_000);
    const before = stand.gateways.acknowledged();
    await until("live work goes on", () => stand.gateways.acknowledged() > before + messagesPerSecond);
    say(`InfluxDB ${way}`);
  }
  gate.refuse(null);
  const account = await settle(stand, store);
  await gate.close();
  await store.remove();
  return [{ fault: `InfluxDB refuses: ${ways.join(", ")}`, times: ways.length, note: "live work goes on", ...account }];
}

/** Stands before InfluxDB: passes on, or refuses in one of the ways. */
async function createGate(target) {
  let way = null;
  let refused = 0;
  const held = new Set();
  const proxy = createServer((request, response) => {
    const body = [];
    request.on("data", (chunk) => body.push(chunk));
    request.on("end", async () => {
      if (way !== null) {
        refused += 1;
        if (way === "slow") return void held.add(response);
        const retry = way === "429" ? { "retry-after": "1" } : {};
        response.writeHead(Number(way), { "content-type": "application/json", ...retry });
        return void response.end(`{"error":"refused on purpose"}`);
      }
      const init = { method: request.method, headers: { ...request.headers, host: undefined } };
      if (request.method !== "GET" && request.method !== "HEAD") init.body = Buffer.concat(body);
      delete init.headers.host;
      delete init.headers["content-length"];
      delete init.headers["transfer-encoding"];
      delete init.headers.connection;
      try {
        const answer = await fetch(`${target}${request.url}`, init);
        const bytes = Buffer.from(await answer.arrayBuffer());
        response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "text/plain" });
        response.end(bytes);
      } catch {
        response.writeHead(502).end();
      }
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  // Half-open: the connection is taken, and nothing ever comes of it.
  const front = createSocketServer((socket) => {
    socket.on("error", () => socket.destroy());
    if (way === "half-open") {
      refused += 1;
      held.add(socket);
      return;
    }
    proxy.emit("connection", socket);
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  return {
    url: `http://127.0.0.1:${front.address().port}`,
    refused: () => refused,
    refuse(next) {
      way = next;
      refused = 0;
      for (const one of held) one.destroy();
      held.clear();
      // Connections that are kept alive would go on by the old way.
      proxy.closeAllConnections();
    },
    async close() {
      for (const one of held) one.destroy();
      proxy.closeAllConnections();
      front.close();
      proxy.close();
    },
  };
}
