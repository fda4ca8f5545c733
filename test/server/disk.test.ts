// A full disk under the running server: nothing is acknowledged that is not written, the walls know, and it recovers by itself.
import { mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Beat, ChangeItem, Person } from "../../contract/wall.ts";
import { listSegments } from "../../server/adapters/journal/read.ts";
import { boundFiles, mountSmallDisk, type SmallDisk } from "../support/disk.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { holesOf, readRecorded, storedRows, verify } from "../support/recorded.ts";
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

vi.setConfig({ testTimeout: 90_000, hookTimeout: 60_000 });

const officer: Person = { name: "lin", role: "dutyOfficer", tier: "city" };
const userName = "plant-1.gw-1";
const points = `- { code: T-1, unit: °C, report: { everyMs: 600000 }, rules: { high: { red: { setpoint: 1000000, deadband: 5 } } } }`;

let folder: ReturnType<typeof newFolder>;
let disk: SmallDisk | null;
let server: RunningServer | null;
let publisher: Publisher | null;
let joined: LoggedIn | null;

beforeEach(() => {
  folder = newFolder();
  disk = null;
  server = null;
  publisher = null;
  joined = null;
});

afterEach(async () => {
  joined?.wall.disconnect();
  await publisher?.end();
  await server?.end("SIGKILL");
  await disk?.remove();
  folder.remove();
});

/** Two ways to refuse a write: no room on the file system, and no room in this very file, in the middle of a record. */
const ways = ["the file system is full", "the file may not grow"] as const;

for (const way of ways) {
  it(`acknowledges nothing while ${way}, says so, and goes on by itself when there is room`, async () => {
    const dir = join(folder.path, "disk");
    mkdirSync(dir);
    // Where this process may not mount, the bound on file sizes has to serve for both.
    if (way === "the file system is full") disk = await mountSmallDisk(dir, 24);
    const dataDir = join(dir, "data");
    const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]], [officer]);
    const running = await startServer({ dataDir, configDir: writePlant(join(folder.path, "config"), points) });
    server = running;
    const changes: ChangeItem[] = [];
    const beats: Beat[] = [];
    joined = await openWall(running, officer.name, secrets[officer.name] ?? "");
    joined.wall.on("changes", ({ items }) => void changes.push(...items));
    joined.wall.on("beat", (beat) => void beats.push(beat));
    publisher = createPublisher({ port: running.mqttPort, userName, password: secrets[userName] ?? "" });
    const base = Date.now() - 600_000;
    const payloadOf = (place: number): string =>
      JSON.stringify({ ts: base + place, values: { "T-1": place === 450 ? 2_000_000 : place } });
    const payloads = (from: number, to: number): readonly string[] =>
      Array.from({ length: to - from }, (_, n) => payloadOf(from + n));
    await publisher.sendAll(payloads(0, 300));

    const file = listSegments(join(dataDir, "journal")).at(-1)?.file ?? "";
    if (disk === null) await boundFiles(running.pid, statSync(file).size + 250);
    else disk.fill();
    // More than fits into what is left of the last block.
    const rest = publisher.sendAll(payloads(300, 600));
    const refused = await until("health tells of the disk", async () => {
      const { ready, neighbours } = await running.health();
      const found = neighbours.find(({ name }) => name === "disk");
      return !ready && found?.state === "down" ? found : null;
    });
    expect(refused.reason).toMatch(disk === null ? /EFBIG/u : /ENOSPC/u);
    expect((await fetch(`${running.url}/health`)).status).toBe(503);
    const beat = await until("the beat tells of it", () => beats.find(({ journalDown }) => journalDown !== undefined));
    expect(beat.journalDown).toEqual({ since: refused.since, reason: refused.reason });
    const acknowledged = publisher.acknowledged();
    expect(acknowledged).toBeGreaterThanOrEqual(300);
    expect(publisher.waiting()).toBeGreaterThan(0);
    // A person's act is refused, or, where its few bytes found room and only the end of its turn did not, left unanswered
    // (the wall says so after 3 s): never promised.
    const command = { commandId: "command-1", alarm: "none", occurrence: 1, revision: 1 };
    const answer: unknown = await joined.wall
      .timeout(3000)
      .emitWithAck("acknowledge", command)
      .catch(() => "unanswered");
    expect(["unanswered", { ok: false, code: "JOURNAL_UNAVAILABLE" }]).toContainEqual(answer);
    // Still so after several tries of its own: everything acknowledged is in the journal, and nothing else was.
    const tries = beats.length;
    await until("three more beats", () => beats.length >= tries + 3);
    expect(publisher.acknowledged()).toBe(acknowledged);
    const meanwhile = await readRecorded(dataDir);
    expect(new Set(meanwhile.messages.map(({ payload }) => payload)).size).toBeGreaterThanOrEqual(acknowledged);

    if (disk === null) await boundFiles(running.pid, "unlimited");
    else disk.free();
    await rest;
    await until("health is well again", async () => (await running.health()).ready);
    await until("the beat is plain again", () => beats.at(-1)?.journalDown === undefined);
    const tell = (): readonly string[] =>
      changes.flatMap((item) =>
        item.type === "neighbour" && item.neighbour.name === "disk" ? [item.neighbour.state] : [],
      );
    await until("the changes tell of it", () => tell().length >= 2);
    expect(tell()).toEqual(["down", "up"]);
    await until("the historian has it all", () => storedRows(dataDir).length === 600);
    await until(
      "the historian is up",
      async () => (await running.health()).neighbours.find(({ name }) => name === "historian")?.state === "up",
    );
    expect((await running.end("SIGTERM")).code).toBe(0);

    const recorded = await readRecorded(dataDir);
    expect(holesOf(recorded)).toEqual([]);
    expect(new Set(recorded.messages.map(({ payload }) => payload)).size).toBe(600);
    const red = recorded.transitions.filter(({ source, level }) => source.kind === "point" && level === "red");
    expect(red.map(({ at, value }) => [at, value])).toEqual([[base + 450, 2_000_000]]);
    expect((await verify(dataDir)).verdict).toMatch(/: 0 missing, 0 extra$/u);
  });
}
