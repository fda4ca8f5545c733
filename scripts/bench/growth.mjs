// How a plan's size tells: the same load on 1,000, 10,000 and 50,000 points.
import { setTimeout as wait } from "node:timers/promises";
import { busyness, memoryOf } from "./machine.mjs";
import { makeGround, startServer } from "./stand.mjs";
import { measure } from "./throughput.mjs";

const healthEveryMs = 20;

/** Asks `/health` again and again until it is told to stop; gives the longest answer. */
function watchHealth(server) {
  const state = { isOn: true, worstMs: 0 };
  const watching = (async () => {
    while (state.isOn) {
      const askedAt = performance.now();
      await server.health();
      state.worstMs = Math.max(state.worstMs, performance.now() - askedAt);
      await wait(healthEveryMs);
    }
  })();
  return async () => {
    state.isOn = false;
    await watching;
    return Math.round(state.worstMs);
  };
}

async function runWith(points, { isShort, nodeArgs }) {
  const ground = await makeGround(points);
  const start = () => startServer(ground, { nodeArgs });
  const server = await start();
  const running = { server };
  try {
    const meter = { pid: server.pid, count: async () => (await server.metrics()).samples_judged };
    const idle = memoryOf(server.pid).rssMib;
    await server.loopDelay();
    const stopWatching = watchHealth(server);
    // Long enough for two checkpoints, which are written every 10 s.
    const steady = isShort ? { seconds: 1, "warm-up": 0 } : { seconds: 22, "warm-up": 1 };
    const daily = await measure(server.brokerUrl, ground, { rate: 10_000, ...steady }, meter);
    const healthMs = await stopWatching();
    const loopDelayMs = await server.loopDelay();
    const fast = isShort ? { seconds: 1, "warm-up": 0 } : { seconds: 6, "warm-up": 1 };
    const most = await measure(server.brokerUrl, ground, { rate: "max", ...fast }, meter);
    const { peakRssMib } = memoryOf(server.pid);
    await server.end("SIGKILL");
    running.server = await start();
    const killedMs = running.server.readyMs;
    await running.server.end("SIGTERM");
    running.server = await start();
    return {
      points,
      firstStartMs: server.readyMs,
      idleRssMib: idle,
      daily: { ...daily, loopDelayMs, healthMs },
      most,
      peakRssMib,
      afterKillMs: killedMs,
      afterStopMs: running.server.readyMs,
      busy: busyness(),
    };
  } finally {
    await server.end("SIGKILL");
    await running.server.end("SIGKILL");
    ground.remove();
  }
}

/** One run for each size of plan. */
export async function benchGrowth({ isShort, nodeArgs, say }) {
  const rows = [];
  for (const points of isShort ? [200] : [1000, 10_000, 50_000]) {
    rows.push(await runWith(points, { isShort, nodeArgs }));
    say(rows.at(-1));
  }
  return rows;
}
