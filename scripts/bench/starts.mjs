// How long a start takes: from the spawn until devices and walls may come, with an empty and with a filled store.
import { busyness, memoryOf } from "./machine.mjs";
import { makeGround, playLoad, startServer } from "./stand.mjs";

/** Starts, ends by a signal, and starts again; the last server is ended too. */
export async function benchStarts({ isShort, nodeArgs, say }) {
  const points = isShort ? 200 : 10_000;
  const load = isShort ? { rate: 10_000, seconds: 1, "warm-up": 0 } : { rate: 50_000, seconds: 24, "warm-up": 0 };
  const ground = await makeGround(points);
  const rows = [];
  const start = async (how) => {
    const server = await startServer(ground, { nodeArgs });
    const { inputs, samples_judged: judged } = await server.metrics();
    rows.push({ how, points, inputs, judged, readyMs: server.readyMs, ...memoryOf(server.pid), busy: busyness() });
    say(rows.at(-1));
    return server;
  };
  try {
    const first = await start("empty store");
    await first.end("SIGTERM");
    const empty = await start("empty store, after a clean stop");
    await playLoad(empty.brokerUrl, ground, load);
    await empty.end("SIGKILL");
    const killed = await start("filled store, after kill -9");
    await killed.end("SIGTERM");
    const clean = await start("filled store, after a clean stop");
    await clean.end("SIGTERM");
  } finally {
    ground.remove();
  }
  return rows;
}
