// From a device's publish to the wall: alarms and frames under growing load, and what that load costs in memory and on disk.
import { fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bytesIn } from "./machine.mjs";
import { keep, makeGround, startServer, until } from "./stand.mjs";
import { storedOf } from "./stored.mjs";
import { measure } from "./throughput.mjs";

const catchUpMs = 30_000;

/** A gateway and a wall in one process of their own, ready to begin. */
async function startProbe(ground, server) {
  const asked = { brokerUrl: server.brokerUrl, url: server.url, wall: ground.wall, probe: ground.probe };
  const child = keep(fork(fileURLToPath(new URL("probe.mjs", import.meta.url)), [JSON.stringify(asked)]));
  await once(child, "message");
  return {
    begin: () => child.send("begin"),
    end: async () => {
      child.send("end");
      const [result] = await once(child, "message");
      return result;
    },
  };
}

async function runAt(rate, { points, lasting, nodeArgs }) {
  const ground = await makeGround(points);
  const server = await startServer(ground, { nodeArgs });
  try {
    const probe = await startProbe(ground, server);
    const journalDir = join(ground.dataDir, "journal");
    // The plan itself is in the journal: 10 MB for 10,000 points.
    const bytesBefore = bytesIn(journalDir);
    const judged = async () => (await server.metrics()).samples_judged;
    const load = { rate, ...lasting, "values-per-message": 10 };
    let seen = null;
    const result = await measure(server.brokerUrl, ground, load, { pid: server.pid, count: judged }, async (mark) => {
      if (mark === "measuring") {
        probe.begin();
        await server.loopDelay();
      } else if (mark === "measured") {
        const loopDelayMs = await server.loopDelay();
        const { alarms, frames, unseen } = await probe.end();
        seen = { alarms, frames, unseen, loopDelayMs };
      }
    });
    const stored = await storedOf(ground, server);
    await until("stored", async () => (await stored()) > 0.9999, catchUpMs).catch(() => undefined);
    const storedValues = (await stored()) * result.sentValues;
    await server.end("SIGTERM");
    const journalBytes = bytesIn(journalDir) - bytesBefore;
    const historianBytes = bytesIn(ground.dataDir, (file) => file.includes("historian"));
    return {
      ...result,
      ...seen,
      journalBytesAValue: Math.round((journalBytes / result.sentValues) * 10) / 10,
      historianBytesAValue: storedValues === 0 ? null : Math.round((historianBytes / storedValues) * 10) / 10,
    };
  } finally {
    await server.end("SIGKILL");
    ground.remove();
  }
}

const usualRates = [1000, 10_000, 50_000, 300_000, "max"];

/** One run for each rate. */
export async function benchLatency({ isShort, rates, nodeArgs, say }) {
  const lasting = isShort ? { seconds: 1, "warm-up": 0 } : { seconds: 30, "warm-up": 12, "cool-down": 2 };
  const rows = [];
  for (const rate of rates ?? (isShort ? [1000] : usualRates)) {
    rows.push({ rate, ...(await runAt(rate, { points: isShort ? 200 : 10_000, lasting, nodeArgs })) });
    say(rows.at(-1));
  }
  return rows;
}
