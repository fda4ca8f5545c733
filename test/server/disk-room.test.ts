// A small disk under the running server: it is told of early, gives way in order, refuses samples last, and recovers by itself.
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Beat, NeighbourStatus, Person } from "../../contract/wall.ts";
import type { DiskStatus } from "../../server/app/disk.ts";
import { mountSmallDisk, type SmallDisk } from "../support/disk.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { holesOf, readRecorded, verify } from "../support/recorded.ts";
import {
  enterAll,
  newFolder,
  openWall,
  startServer,
  until,
  writePlant,
  type LoggedIn,
  type RunningServer,
} from "../support/server.ts";

vi.setConfig({ testTimeout: 180_000, hookTimeout: 60_000 });

const officer: Person = { name: "lin", role: "dutyOfficer", tier: "city" };
const userName = "plant-1.gw-1";
const points = `- { code: T-1, unit: °C, report: { everyMs: 600000 }, rules: { high: { red: { setpoint: 1000000, deadband: 5 } } } }`;
const mebibyte = 1 << 20;

let folder: ReturnType<typeof newFolder>;
let disk: SmallDisk | null = null;
let server: RunningServer | null = null;
let publisher: Publisher | null = null;
let joined: LoggedIn | null = null;

beforeEach(() => {
  folder = newFolder();
});

afterEach(async () => {
  joined?.wall.disconnect();
  await publisher?.end();
  await server?.end("SIGKILL");
  await disk?.remove();
  folder.remove();
});

/** Another tenant of the disk, who leaves so much of it. */
async function leave(dir: string, mebibytes: number): Promise<void> {
  const file = join(dir, "tenant");
  rmSync(file, { force: true });
  const { bavail, bsize } = await statfs(dir);
  writeFileSync(file, Buffer.alloc(Math.max(0, bavail * bsize - mebibytes * mebibyte)));
}

it("tells of it, makes room, takes no samples while there is none, and has lost nothing afterwards", async () => {
  const dir = join(folder.path, "disk");
  disk = await mountSmallDisk(dir, 200);
  const dataDir = join(dir, "data");
  const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]], [officer]);
  const environment = {
    // Where this process may not mount one, the real disk has to be nearly full by its setting.
    SKYGROUND_DISK_WARN_MIB: disk === null ? "999999999" : "80",
    SKYGROUND_DISK_SHED_MIB: "50",
    SKYGROUND_DISK_STOP_MIB: "20",
    // What is counted is what the device has sent.
    SKYGROUND_CANARY_EVERY_MS: "0",
  };
  const running = await startServer({
    dataDir,
    configDir: writePlant(join(folder.path, "config"), points),
    environment,
  });
  server = running;
  const beats: Beat[] = [];
  joined = await openWall(running, officer.name, secrets[officer.name] ?? "");
  const { cookie } = joined;
  joined.wall.on("beat", (beat) => void beats.push(beat));
  publisher = createPublisher({ port: running.mqttPort, userName, password: secrets[userName] ?? "" });
  const base = Date.now() - 600_000;
  const payloads = (from: number, to: number): readonly string[] =>
    Array.from({ length: to - from }, (_, n) => {
      const place = from + n;
      return JSON.stringify({ ts: base + place, values: { "T-1": place === 350 ? 2_000_000 : place } });
    });
  const health = async (): Promise<{ disk: DiskStatus; ready: boolean; neighbours: readonly NeighbourStatus[] }> =>
    (await (await fetch(`${running.url}/api/health`, { headers: { cookie } })).json()) as never;
  const stateOf = async (name: string): Promise<string | undefined> =>
    (await health()).neighbours.find((one) => one.name === name)?.state;
  for (const name of ["exports", "backtests"]) {
    mkdirSync(join(dataDir, name));
    writeFileSync(join(dataDir, name, "one.bin"), Buffer.alloc(4 * mebibyte));
  }
  await publisher.sendAll(payloads(0, 300));
  if (disk === null) {
    await until("it is told", async () => (await stateOf("space")) === "down");
    return;
  }
  expect((await health()).disk.stage).toBe("roomy");

  await leave(dir, 70);
  await until("it is told", async () => (await stateOf("space")) === "down");
  expect((await health()).disk.stage).toBe("warn");
  expect(existsSync(join(dataDir, "exports", "one.bin"))).toBe(true);

  await leave(dir, 40);
  await until("what can be made again has gone", () => !existsSync(join(dataDir, "backtests", "one.bin")), 60_000);
  expect(existsSync(join(dataDir, "exports", "one.bin"))).toBe(false);
  expect((await health()).disk.shed.map(({ target }) => target)).toEqual(["exports/one.bin", "backtests/one.bin"]);

  await leave(dir, 10);
  await until("no sample is taken in", async () => !(await health()).ready);
  expect(await stateOf("disk")).toBe("down");
  const rest = publisher.sendAll(payloads(300, 600));
  await until("the beat tells of it", () => beats.at(-1)?.journalDown !== undefined);
  const tries = beats.length;
  await until("three more beats", () => beats.length >= tries + 3);
  expect(publisher.acknowledged()).toBe(300);
  // A person may still act.
  const command = { commandId: "command-1", alarm: "none", occurrence: 1, revision: 1 };
  expect(await joined.wall.timeout(3000).emitWithAck("acknowledge", command)).toMatchObject({
    code: "ALARM_NOT_FOUND",
  });

  rmSync(join(dir, "tenant"));
  await rest;
  await until("health is well again", async () => (await health()).ready);
  await until("all room is back", async () => (await stateOf("space")) === "up");
  expect((await running.end("SIGTERM")).code).toBe(0);
  const recorded = await readRecorded(dataDir);
  expect(holesOf(recorded)).toEqual([]);
  expect(new Set(recorded.messages.map(({ payload }) => payload)).size).toBe(600);
  const acts = recorded.inputs.flatMap((input) => (input.kind === "audit" ? [input.entry.target] : []));
  // The first of them is the officer's login.
  expect(acts).toEqual([officer.name, "exports/one.bin", "backtests/one.bin"]);
  const alarms = recorded.transitions
    .filter(({ level }) => level !== null)
    .map(({ alarm, level }) => `${alarm} ${level}`);
  expect(alarms).toContain("plant-1/T-1~limit~high red");
  expect(alarms).toContain("space~down yellow");
  expect(alarms).toContain("disk~down orange");
  expect((await verify(dataDir)).verdict).toMatch(/: 0 missing, 0 extra$/u);
});
