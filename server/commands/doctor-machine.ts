// The machine: Node, the disk's room and speed, and whether anybody keeps its clock right.
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, fsyncSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { attempt, type Found } from "./doctor-found.ts";

/** The oldest Node that the program runs on, as package.json has it. */
const leastNode = [20, 19] as const;
/** Below it a day of a middling site may not fit; below the other the next hour may not. */
const warnFreeBytes = 10 * 1024 ** 3;
const leastFreeBytes = 1024 ** 3;
/** An alarm waits for one sync: more than 50 ms is felt, more than half a second spoils every promise of speed. */
const [warnSyncMs, mostSyncMs] = [50, 500];
const syncs = 20;

function lookAtNode(version: string): Found {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const isFit = major > leastNode[0] || (major === leastNode[0] && minor >= leastNode[1]);
  const what = `Node ${version}`;
  return isFit ? { state: "ok", what } : { state: "bad", what, todo: `install Node ${leastNode.join(".")} or newer` };
}

/** The folder itself, or the nearest one above it that is there. */
function existing(dir: string): string {
  return existsSync(dir) || dirname(dir) === dir ? dir : existing(dirname(dir));
}

function lookAtRoom(dir: string): Found {
  const { bavail, bsize } = statfsSync(dir);
  const free = bavail * bsize;
  const what = `${(free / 1024 ** 3).toFixed(1)} GiB free for the data`;
  if (free < leastFreeBytes)
    return { state: "bad", what, todo: "make room: a full disk stops the record, and so everything" };
  if (free < warnFreeBytes) return { state: "warn", what, todo: "plan for more room" };
  return { state: "ok", what };
}

function lookAtSpeed(dir: string): Found {
  const folder = mkdtempSync(join(dir, ".doctor-"));
  const fd = openSync(join(folder, "sync"), "w");
  try {
    const times = Array.from({ length: syncs }, () => {
      const startedAt = performance.now();
      writeSync(fd, Buffer.alloc(4096));
      fsyncSync(fd);
      return performance.now() - startedAt;
    }).toSorted((a, b) => a - b);
    const [middle = 0, worst = 0] = [times[syncs / 2], times.at(-1)];
    const what = `the disk syncs 4 KiB in ${middle.toFixed(1)} ms, ${worst.toFixed(1)} ms at worst of ${syncs}`;
    if (middle > mostSyncMs)
      return { state: "bad", what, todo: "put the data on a faster disk: every alarm waits for one sync" };
    if (worst > warnSyncMs) return { state: "warn", what, todo: "look for what else writes to this disk" };
    return { state: "ok", what };
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
}

/** What systemd says of the clock; every other way of keeping it right is unknown here. */
function lookAtClock(): Found {
  const said = spawnSync("timedatectl", ["show", "--property=NTPSynchronized", "--value"], {
    encoding: "utf8",
    timeout: 5000,
  });
  const word = said.status === 0 ? said.stdout.trim() : "";
  if (word === "yes") return { state: "ok", what: "the clock is kept by NTP" };
  const todo = "see that NTP runs: every time of the record is this clock's";
  if (word === "no") return { state: "warn", what: "the clock is not kept by NTP", todo };
  return { state: "warn", what: "unknown whether the clock is kept by NTP", todo };
}

/** Looks at the machine. */
export function lookAtMachine({
  nodeVersion,
  dataDir,
}: {
  readonly nodeVersion: string;
  readonly dataDir: string;
}): readonly Found[] {
  const dir = existing(resolve(dataDir));
  return [
    lookAtNode(nodeVersion),
    ...attempt("the disk", "see that the folder is there and may be read", () => lookAtRoom(dir)),
    ...attempt("the disk cannot be written", "see that it belongs to whoever runs the server", () => lookAtSpeed(dir)),
    lookAtClock(),
  ];
}
