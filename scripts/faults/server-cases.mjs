// Faults of the server itself: killed at random moments, a full disk, a stepped clock, a second server on its data.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { freePort, keep, makeGround, startServer, until } from "../bench/stand.mjs";
import { accountFor } from "./account.mjs";
import { startGateways } from "./publisher.mjs";

const points = 500;
const messagesPerSecond = 2000;
/** Every thousandth message of a device goes over its limits and back. */
const valuesOf = (seq) => ({ "P-01": seq % 1000 < 100 ? 95 : 20, "P-02": seq % 90 });
const settleMs = 60_000;

/** A ground, its server on a port of its own, and its gateways. */
async function prepare(options = {}) {
  const ground = await makeGround(points);
  const port = await freePort();
  const start = () => startServer(ground, { ...options, environment: { SKYGROUND_MQTT_PORT: String(port) } });
  const server = await start();
  const gateways = startGateways({
    url: `mqtt://127.0.0.1:${port}`,
    ground,
    perSecond: messagesPerSecond,
    valuesOf,
  });
  await until("the first acknowledgements", () => gateways.acknowledged() > messagesPerSecond / 2);
  return { ground, start, server, gateways };
}

/** Lets the gateways finish what they owe, ends everything, and reads the books. */
async function settle({ ground, server, gateways }) {
  gateways.stopSending();
  await until("every message acknowledged", () => gateways.waiting() === 0, settleMs);
  await gateways.end();
  await server.end();
  const account = await accountFor(ground.dataDir, gateways.links);
  ground.remove();
  return account;
}

/** kill −9 at random moments under load, each time started again at once. */
export async function kill({ kills, random, say }) {
  const stand = await prepare();
  const readyMs = [];
  for (let count = 1; count <= kills; count += 1) {
    await wait(200 + random() * 1300);
    const before = stand.gateways.acknowledged();
    await stand.server.end("SIGKILL");
    stand.server = await stand.start();
    readyMs.push(stand.server.readyMs);
    await until("acknowledgements go on", () => stand.gateways.acknowledged() > before);
    if (count % 10 === 0) say(`killed ${count} of ${kills}, ${stand.gateways.acknowledged()} acknowledged`);
  }
  const account = await settle(stand);
  readyMs.sort((one, other) => one - other);
  const middle = readyMs[Math.floor(readyMs.length / 2)];
  return [
    {
      fault: "kill -9 of the server",
      times: kills,
      note: `back within ${middle} ms, at most ${readyMs.at(-1)}`,
      ...account,
    },
  ];
}

/** A file system with so many MiB: loop-mounted ext4 where this process may, else a small tmpfs. */
function mountSmall(dir, mebibytes) {
  const run = (program, ...args) => spawnSync(program, args, { encoding: "utf8" }).status === 0;
  const mountPoint = join(dir, "disk");
  const image = join(dir, "disk.img");
  mkdirSync(mountPoint);
  const isLoop =
    run("truncate", "-s", `${mebibytes}M`, image) &&
    run("/sbin/mkfs.ext4", "-q", "-F", image) &&
    run("mount", "-o", "loop", image, mountPoint);
  if (isLoop) return { mountPoint, kind: "ext4 on a loop device" };
  if (run("mount", "-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", mountPoint))
    return { mountPoint, kind: "tmpfs" };
  return null;
}

function fill(file) {
  const fd = openSync(file, "w");
  const block = Buffer.alloc(64 * 1024);
  try {
    for (;;) writeSync(fd, block);
  } catch (error) {
    if (error.code !== "ENOSPC") throw error;
  } finally {
    closeSync(fd);
  }
}

/** The file system is full for a while, several times. */
export async function disk({ times, say }) {
  const ground = await makeGround(points);
  const small = mountSmall(ground.dir, 256);
  if (small === null) throw new Error("no small file system can be mounted here: run it as root");
  // The register was made before; the whole data directory moves to the small disk.
  const dataDir = join(small.mountPoint, "data");
  spawnSync("cp", ["-a", ground.dataDir, dataDir]);
  rmSync(ground.dataDir, { recursive: true });
  symlinkSync(dataDir, ground.dataDir);
  const port = await freePort();
  const server = await startServer(ground, { environment: { SKYGROUND_MQTT_PORT: String(port) } });
  const gateways = startGateways({ url: `mqtt://127.0.0.1:${port}`, ground, perSecond: messagesPerSecond, valuesOf });
  try {
    await until("the first acknowledgements", () => gateways.acknowledged() > messagesPerSecond / 2);
    const filler = join(small.mountPoint, "filler");
    let stalled = 0;
    for (let count = 1; count <= times; count += 1) {
      fill(filler);
      await until("health tells of the disk", async () => !(await server.health()).ready);
      stalled += 1;
      const before = gateways.acknowledged();
      await wait(1000);
      rmSync(filler);
      await until("it goes on", () => gateways.acknowledged() > before + 100);
      say(`full ${count} of ${times}`);
    }
    const account = await settle({ ground: { ...ground, remove: () => undefined }, server, gateways });
    return [{ fault: `disk full (${small.kind})`, times: stalled, note: "goes on by itself", ...account }];
  } finally {
    spawnSync("umount", ["--lazy", small.mountPoint]);
    ground.remove();
  }
}

/** The server's wall clock jumps forward and back by an hour, and by a day. */
export async function clock({ say }) {
  const stepper = fileURLToPath(new URL("step-clock.mjs", import.meta.url));
  const stand = await prepare({ nodeArgs: ["--import", stepper] });
  const steps = [3_600_000, 0, -3_600_000, 0, 86_400_000, 0];
  for (const stepMs of steps) {
    const before = stand.gateways.acknowledged();
    stand.server.tell({ stepMs });
    await until("acknowledgements go on", () => stand.gateways.acknowledged() > before + messagesPerSecond);
    say(`the clock is off by ${stepMs / 3_600_000} h`);
  }
  const account = await settle(stand);
  return [
    {
      fault: "clock stepped by ±1 h, +24 h and back",
      times: steps.length,
      note: "time never goes back in the journal",
      ...account,
    },
  ];
}

/** A second server on the same data directory has to refuse, and the first one goes on. */
export async function two() {
  const stand = await prepare();
  const program = fileURLToPath(new URL("../../dist/app/main.js", import.meta.url));
  const second = keep(
    spawn(process.execPath, [program, "serve"], {
      stdio: ["ignore", "ignore", "pipe"],
      env: {
        PATH: process.env.PATH,
        SKYGROUND_CONFIG_DIR: stand.ground.configDir,
        SKYGROUND_DATA_DIR: stand.ground.dataDir,
        SKYGROUND_HTTP_PORT: "0",
        SKYGROUND_MQTT_PORT: "0",
      },
    }),
  );
  const [code] = await once(second, "exit");
  const before = stand.gateways.acknowledged();
  await until("the first one goes on", () => stand.gateways.acknowledged() > before + messagesPerSecond);
  const account = await settle(stand);
  const isRefused = code !== 0;
  return [
    {
      fault: "a second server on the data directory",
      times: 1,
      note: `refused with code ${code}`,
      ...account,
      isGood: account.isGood && isRefused,
    },
  ];
}
