// A process that is gateway and wall at once: from its own publish to its own receipt there is one clock.
//
// Some points cross their limit and return, others only change; the one half comes back as alarms, the other in frames.
import { once } from "node:events";
import { connect } from "node:net";
import { createHistogram } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { io } from "socket.io-client";
import { codesOf, probeSite } from "../load/plant.mjs";
import { connectPacket, createReader, publishPacket } from "../load/packets.mjs";
import { cookieOf } from "./login.mjs";

const { brokerUrl, url, wall, probe } = JSON.parse(process.argv[2]);
const topic = `skyground/v1/${probeSite}/gw-1/telemetry`;
/** 25 alarms a second are a flood for people, and still little beside the load. */
const periodMs = 40;
const stragglersMs = 15_000;
const calm = 20;
const violated = 95;

const codes = codesOf(probe.points);
const crossing = codes.slice(0, probe.points / 2);
const changing = codes.slice(probe.points / 2);
const sent = new Map();
const alarms = createHistogram({ figures: 3 });
const frames = createHistogram({ figures: 3 });
let turn = 0;

function received(histogram, point, at) {
  const key = `${point}@${at}`;
  const sentAt = sent.get(key);
  if (sentAt === undefined) return;
  sent.delete(key);
  histogram.record(Math.max(1, Math.round((performance.now() - sentAt) * 1000)));
}

async function connectBroker() {
  const { hostname, port } = new URL(brokerUrl);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, "connect");
  socket.write(connectPacket({ clientId: probe.userName, ...probe, keepAliveS: 0 }));
  await new Promise((resolve, reject) => {
    const read = createReader((type, bytes, at) => {
      if (type !== 2) return;
      if (bytes[at + 1] === 0) resolve();
      else reject(new Error(`the broker refused the probe with code ${bytes[at + 1]}`));
    });
    socket.on("data", read);
  });
  return socket;
}

async function connectWall() {
  const socket = io(url, {
    transports: ["websocket"],
    extraHeaders: { cookie: await cookieOf(url, wall), "x-skyground": "1" },
  });
  const plan = new Promise((resolve) => socket.once("snapshot", (snapshot) => resolve(snapshot.plan)));
  const ids = (await plan).points.map(({ id }) => id);
  socket.on("changes", ({ items }) => {
    for (const item of items) {
      if (item.type === "alarm") received(alarms, item.transition.source.id, item.transition.at);
    }
  });
  socket.on("frame", ({ values }) => {
    for (const [index, , , sourceAt] of values) received(frames, ids[index], sourceAt);
  });
  const points = changing.map((code) => `${probeSite}/${code}`);
  await socket.emitWithAck("watch", { points });
  return socket;
}

function publish(broker) {
  const at = Date.now();
  const crossed = crossing[turn % crossing.length];
  const changed = changing[turn % changing.length];
  const value = Math.floor(turn / crossing.length) % 2 === 0 ? violated : calm;
  const values = { [crossed]: value, [changed]: calm + (turn % 30) };
  const now = performance.now();
  for (const code of [crossed, changed]) sent.set(`${probeSite}/${code}@${at}`, now);
  turn += 1;
  broker.write(publishPacket(topic, JSON.stringify({ ts: at, values }), (turn % 65_535) + 1));
}

function summaryOf(histogram) {
  const ms = (percentile) => (histogram.count === 0 ? null : Math.round(histogram.percentile(percentile) / 10) / 100);
  return { count: histogram.count, p50: ms(50), p99: ms(99), p999: ms(99.9), max: ms(100) };
}

const broker = await connectBroker();
const socket = await connectWall();
process.send({ type: "ready" });
await once(process, "message");
publish(broker);
const timer = setInterval(() => publish(broker), periodMs);
await once(process, "message");
clearInterval(timer);
for (const until = Date.now() + stragglersMs; sent.size > 0 && Date.now() < until;) await wait(20);
process.send({ type: "result", alarms: summaryOf(alarms), frames: summaryOf(frames), unseen: sent.size });
socket.close();
broker.destroy();
process.disconnect();
