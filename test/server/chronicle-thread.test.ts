// The server's side of the chronicle's thread: what waits is told when it has grown, and nothing waits for one that has stopped.
import { expect, it } from "vitest";
import { type ChronicleThread, startChronicle } from "../../server/chronicle.ts";
import { createLog } from "../../server/log.ts";

const following = new URL(
  `data:text/javascript,${encodeURIComponent(`
    import { parentPort } from "node:worker_threads";
    parentPort.on("message", ({ type, position }) => {
      if (type === "readable") parentPort.postMessage({ type: "followed", position, seq: position });
      if (type === "stop") parentPort.close();
    });
  `)}`,
);

function start(): ChronicleThread {
  const setup = { journalDir: "", file: "", keepDays: 0 };
  const onDeath = (error: Error): never => {
    throw error;
  };
  return startChronicle({ setup, log: createLog("silent"), onDeath }, following);
}

it("tells whoever waits once it has followed further", async () => {
  const chronicle = start();
  const grown = chronicle.grown(6, 60_000);
  chronicle.readable(7);
  await grown;
  expect([chronicle.seq(), chronicle.position()]).toEqual([7, 7]);
  await chronicle.grown(6, 60_000);
  await chronicle.stop();
});

it("lets whoever waits go when it stops, and answers no question any more", async () => {
  const chronicle = start();
  const grown = chronicle.grown(0, 60_000);
  const asked = chronicle.ask({ ask: "feed", after: 0, limit: 1, sites: null });
  const refused = expect(asked).rejects.toThrow("the chronicle has stopped");
  await chronicle.stop();
  await Promise.all([grown, refused, chronicle.grown(0, 60_000)]);
  await expect(chronicle.ask({ ask: "feed", after: 0, limit: 1, sites: null })).rejects.toThrow("has stopped");
});
