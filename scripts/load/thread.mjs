// One thread of the load: its share of the devices and of the rate, counted between two moments.
import { createHistogram } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { connectDevice } from "./device.mjs";
import { createRandom } from "./packets.mjs";

const drainMs = 15_000;
const paceMs = 1;
/** So many connections are opened at once: more than a listen queue holds would be refused by the kernel. */
const connectAtOnce = 50;

const { broker, devices, valuesPerMessage, valuesPerSecond, seconds, qos, window, seed } = workerData;
const { warmUpSeconds, coolDownSeconds } = workerData;
const port = parentPort;
const latency = createHistogram({ figures: 3 });
const random = createRandom(seed);
const lost = [];
const links = [];
const counts = { sent: 0, acknowledged: 0 };
const state = { isSending: false };
const isPaced = Number.isFinite(valuesPerSecond);

function open(device) {
  let link = null;
  const acknowledged = (ms) => {
    counts.acknowledged += 1;
    // In microseconds, since a histogram holds whole numbers from 1.
    latency.record(Math.max(1, Math.round(ms * 1000)));
  };
  return connectDevice({
    broker,
    device,
    groups: groupsOf(device.codes),
    qos,
    window,
    random,
    onAcknowledged: acknowledged,
    onRoom: () => {
      if (state.isSending && !isPaced && link !== null) counts.sent += link.send(link.room());
    },
    onLost: (why) => lost.push(why),
  }).then((opened) => {
    link = opened;
    links.push(opened);
  });
}

function groupsOf(codes) {
  const count = codes.length / valuesPerMessage;
  return Array.from({ length: count }, (_, index) =>
    codes.slice(index * valuesPerMessage, (index + 1) * valuesPerMessage),
  );
}

/** Hands what is due to the devices in turn, a message each, as if each had its own clock. */
async function pace(startedAt) {
  const messagesPerMs = valuesPerSecond / valuesPerMessage / 1000;
  let offered = 0;
  let turn = 0;
  while (state.isSending) {
    const due = Math.floor((performance.now() - startedAt) * messagesPerMs) - offered;
    const shares = share(due, turn);
    turn = (turn + due) % links.length;
    for (const [index, count] of shares) {
      const sent = links[index].send(Math.min(count, links[index].room()));
      offered += sent;
      counts.sent += sent;
    }
    await wait(paceMs);
  }
  return Math.floor((performance.now() - startedAt) * messagesPerMs) - offered;
}

function share(due, turn) {
  if (due <= 0) return [];
  if (due < links.length) return Array.from({ length: due }, (_, place) => [(turn + place) % links.length, 1]);
  const each = Math.floor(due / links.length);
  return links.map((_, index) => [
    index,
    each + ((index - turn + links.length) % links.length < due % links.length ? 1 : 0),
  ]);
}

const inFlight = () => links.reduce((sum, link) => sum + link.inFlight(), 0);

async function drain() {
  const until = performance.now() + drainMs;
  while (inFlight() > 0 && performance.now() < until) await wait(5);
  return inFlight();
}

async function run() {
  state.isSending = true;
  const startedAt = performance.now();
  const pacing = isPaced ? pace(startedAt) : fill();
  const report = setInterval(() => port.postMessage({ type: "progress", ...counts }), 1000);
  await wait(warmUpSeconds * 1000);
  latency.reset();
  const before = { ...counts, at: performance.now() };
  port.postMessage({ type: "measuring" });
  await wait(seconds * 1000);
  const after = { ...counts, at: performance.now() };
  port.postMessage({ type: "measured" });
  // Whoever measures beside us is still at it: our leaving is no part of the load.
  await wait(coolDownSeconds * 1000);
  state.isSending = false;
  clearInterval(report);
  const behind = await pacing;
  const unacknowledged = await drain();
  for (const link of links) link.close();
  port.postMessage({
    type: "done",
    sent: after.sent - before.sent,
    acknowledged: after.acknowledged - before.acknowledged,
    sentInAll: counts.sent,
    measuredMs: after.at - before.at,
    behind,
    unacknowledged,
    lost,
    latency,
  });
  port.close();
}

function fill() {
  for (const link of links) counts.sent += link.send(link.room());
  return 0;
}

try {
  for (let at = 0; at < devices.length; at += connectAtOnce) {
    await Promise.all(devices.slice(at, at + connectAtOnce).map(open));
  }
  port.postMessage({ type: "connected" });
  port.once("message", () => void run());
} catch (error) {
  for (const link of links) link.close();
  port.postMessage({ type: "failed", reason: error.message });
  port.close();
}
