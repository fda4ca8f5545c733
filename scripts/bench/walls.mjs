// What walls cost: many clients at the server's own frame rate while values change.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endChild, keep, makeGround, startServer } from "./stand.mjs";
import { measure } from "./throughput.mjs";

async function runWith({ clients, rate }, { points, lasting, nodeArgs }) {
  const ground = await makeGround(points);
  const server = await startServer(ground, { nodeArgs });
  const asked = JSON.stringify({ url: server.url, wall: ground.wall, count: clients });
  const child = keep(fork(fileURLToPath(new URL("wall-clients.mjs", import.meta.url)), [asked]));
  try {
    const [{ admitted }] = await once(child, "message");
    const meter = { pid: server.pid, count: async () => (await server.metrics()).samples_judged };
    let walls = null;
    const result = await measure(server.brokerUrl, ground, { rate, ...lasting }, meter, async (mark) => {
      if (mark === "measuring") {
        child.send("begin");
        await server.loopDelay();
      } else if (mark === "measured") {
        child.send("end");
        [walls] = await once(child, "message");
        walls.loopDelayMs = await server.loopDelay();
      }
    });
    return {
      asked: clients,
      admitted,
      rate,
      framesPerSecond: admitted === 0 ? null : Math.round((walls.frames / admitted / result.seconds) * 10) / 10,
      bytesAFrame: walls.frames === 0 ? null : Math.round(walls.bytes / walls.frames),
      worstGapMs: Math.round(walls.worstGapMs),
      clientsCpuShare: Math.round((walls.cpuSeconds / result.seconds) * 1000) / 1000,
      loopDelayMs: walls.loopDelayMs,
      ...result,
    };
  } finally {
    await endChild(child, "SIGKILL");
    await server.end("SIGKILL");
    ground.remove();
  }
}

/** First without walls, so that what they add can be read. */
export async function benchWalls({ isShort, nodeArgs, say }) {
  // Four frames a second: at 8,000 values a second each of them carries all 2,000 points.
  const cases = [
    { clients: 0, rate: 2000 },
    { clients: 200, rate: 2000 },
    { clients: 800, rate: 2000 },
    { clients: 0, rate: 8000 },
    { clients: 800, rate: 8000 },
  ];
  // Also in the short form a busy server must have the time for a frame.
  const lasting = isShort ? { seconds: 3, "warm-up": 0 } : { seconds: 10, "warm-up": 2 };
  const rows = [];
  for (const one of isShort ? [{ clients: 5, rate: 2000 }] : cases) {
    rows.push(await runWith(one, { points: 2000, lasting, nodeArgs }));
    say(rows.at(-1));
  }
  return rows;
}
