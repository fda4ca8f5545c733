// What came of it: the journal read back by the program itself, against every PUBACK that a gateway was given.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../dist/server/main.js", import.meta.url));

/** Every `device seq` that the journal holds, and how often. */
async function recordedOf(dataDir) {
  const child = spawn(process.execPath, [program, "journal", "--data", dataDir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = once(child, "exit");
  const found = new Map();
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('"kind":"message"')) continue;
    const { topic, payload } = JSON.parse(line).input;
    const [, , site, device, kind] = topic.split("/");
    if (kind !== "telemetry") continue;
    const key = `${site}/${device} ${JSON.parse(payload).seq}`;
    found.set(key, (found.get(key) ?? 0) + 1);
  }
  await gone;
  return found;
}

/** `verify`: what it says last, and whether nothing is missing and nothing is extra. */
export function verifyJournal(dataDir) {
  const { status, stdout } = spawnSync(process.execPath, [program, "verify", "--data", dataDir], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  const [, missing, extra] = /(\d+) missing, (\d+) extra/.exec(stdout) ?? [];
  return {
    missing: missing === undefined ? null : Number(missing),
    extra: extra === undefined ? null : Number(extra),
    isGood: status === 0,
    said: stdout.trim().split("\n").slice(-3).join(" | "),
  };
}

/** Acknowledged messages that the journal does not have, and what verify says; the server must have ended. */
export async function accountFor(dataDir, links) {
  const recorded = await recordedOf(dataDir);
  const lost = [];
  let acknowledged = 0;
  for (const link of links) {
    for (const seq of link.acknowledged) {
      acknowledged += 1;
      if (!recorded.has(`${link.device} ${seq}`)) lost.push(`${link.device} ${seq}`);
    }
  }
  const again = [...recorded.values()].reduce((sum, count) => sum + count - 1, 0);
  const verified = verifyJournal(dataDir);
  return { acknowledged, lost: lost.length, examples: lost.slice(0, 5), again, ...verified };
}
