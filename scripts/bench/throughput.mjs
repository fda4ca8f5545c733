// Values a second that are acknowledged, judged and stored, beside what someone gets who only parses the same packets.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { busyness, cpuSecondsOf, median, memoryOf } from "./machine.mjs";
import { endChild, keep, makeGround, playLoad, startMosquitto, startServer, until } from "./stand.mjs";
import { storedOf } from "./stored.mjs";

/** A store that takes longer than this to catch up is said to be behind. */
const catchUpMs = 30_000;
const takeInMs = 180_000;

/**
 * Plays a load, then waits until everything that was sent has been taken in. Values a second: from the beginning of the
 * measured time to that end, so that what only waits in a broker does not count.
 */
export async function measure(brokerUrl, ground, asked, { pid, count }, onMark = async () => undefined) {
  const ends = [];
  const base = await count();
  const result = await playLoad(brokerUrl, ground, asked, async (mark) => {
    // Without a warm-up the measured time begins before the first value is sent, and nothing has to be asked.
    const begins = asked["warm-up"] === 0 ? "connected" : "measuring";
    if (mark === begins || mark === "measured") {
      const at = performance.now();
      const values = mark === "connected" ? 0 : (await count()) - base;
      ends.push({ at, cpu: cpuSecondsOf(pid), values, ...memoryOf(pid) });
    }
    await onMark(mark);
  });
  const [from, to] = ends;
  await until("everything is taken in", async () => (await count()) - base >= result.sentValues, takeInMs);
  const takenInAt = performance.now();
  return {
    ...result,
    judgedPerSecond: Math.round((1000 * (result.sentValues - from.values)) / (takenInAt - from.at)),
    judgedAfterMs: Math.round(takenInAt - to.at),
    processCpuShare: Math.round(((1000 * (to.cpu - from.cpu)) / (to.at - from.at)) * 1000) / 1000,
    valuesPerCpuSecond: to.cpu === from.cpu ? null : Math.round((to.values - from.values) / (to.cpu - from.cpu)),
    rssMib: to.rssMib,
    peakRssMib: to.peakRssMib,
    busy: busyness(),
  };
}

/** One run against the server on a fresh ground. */
async function runServer(points, asked, withMosquitto, nodeArgs) {
  const ground = await makeGround(points);
  const broker = withMosquitto ? await startMosquitto(ground) : null;
  const server = await startServer(ground, { nodeArgs, broker });
  try {
    const judged = async () => (await server.metrics()).samples_judged;
    const stored = await storedOf(ground, server);
    await server.loopDelay();
    let startedAt = 0;
    const result = await measure(server.brokerUrl, ground, asked, { pid: server.pid, count: judged }, async (mark) => {
      if (mark === "connected") startedAt = performance.now();
    });
    const loopDelayMs = await server.loopDelay();
    const endedAt = performance.now();
    const share = await stored();
    const hasCaughtUp = await until("stored", async () => (await stored()) > 0.9999, catchUpMs).catch(() => false);
    const storedAt = performance.now();
    const seconds = (storedAt - startedAt) / 1000;
    return {
      ...result,
      storedPerSecond: Math.round(((await stored()) * result.sentValues) / seconds),
      storedShareAtTheEnd: Math.round(share * 1000) / 1000,
      storedAfterMs: hasCaughtUp === false ? null : Math.round(storedAt - endedAt),
      loopDelayMs,
    };
  } finally {
    await server.end("SIGTERM");
    await broker?.end();
    ground.remove();
  }
}

/** One run against someone who only parses. */
async function runBare(points, asked, withMosquitto) {
  const ground = await makeGround(points);
  const broker = withMosquitto ? await startMosquitto(ground) : null;
  const words = broker === null ? [] : [broker.url, "server", broker.password];
  const child = keep(fork(fileURLToPath(new URL("bare.mjs", import.meta.url)), words));
  try {
    const [{ port }] = await once(child, "message");
    const count = async () => {
      child.send("values");
      return (await once(child, "message"))[0].values;
    };
    const url = broker?.url ?? `mqtt://127.0.0.1:${port}`;
    return await measure(url, ground, asked, { pid: child.pid, count });
  } finally {
    await endChild(child, "SIGKILL");
    await broker?.end();
    ground.remove();
  }
}

async function middleOf(times, run) {
  const results = [];
  for (let turn = 0; turn < times; turn += 1) results.push(await run());
  const middle = median(results.map(({ judgedPerSecond }) => judgedPerSecond));
  return {
    ...results.find(({ judgedPerSecond }) => judgedPerSecond === middle),
    runs: results.map((one) => one.judgedPerSecond),
  };
}

/** The server beside the bare one, for both sizes of message, in one go. */
export async function benchThroughput({ broker, isShort, times, nodeArgs, say }) {
  const points = isShort ? 200 : 10_000;
  const isOutside = broker === "Mosquitto";
  // Mosquitto takes in more than it hands on: a burst, then the time until the last of it is taken in.
  const lasting = isOutside ? { seconds: 3, "warm-up": 0 } : { seconds: 8, "warm-up": 2 };
  const asked = { rate: "max", ...(isShort ? { seconds: 1, "warm-up": 0 } : lasting) };
  const rows = [];
  for (const valuesPerMessage of isShort ? [10] : [10, 50]) {
    const load = { ...asked, "values-per-message": valuesPerMessage };
    const bare = await middleOf(times, () => runBare(points, load, isOutside));
    const server = await middleOf(times, () => runServer(points, load, isOutside, nodeArgs));
    const ratio = Math.round((server.judgedPerSecond / bare.judgedPerSecond) * 1000) / 1000;
    rows.push({ broker, points, valuesPerMessage, server, bare, ratio });
    say(rows.at(-1));
  }
  return rows;
}
