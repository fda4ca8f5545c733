// Backup and restore: beside a server that goes on taking messages, killed afterwards, and started again from the copy.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { openJournal } from "../../server/adapters/journal/journal.ts";
import { openRecordKey } from "../../server/adapters/journal/record-key.ts";
import { runBackup, runRestore } from "../../server/commands/backup.ts";
import { createLog } from "../../server/log.ts";
import { changeOf, messageOf } from "../support/journal-records.ts";
import { createPublisher } from "../support/publisher.ts";
import { holesOf, readRecorded, verify } from "../support/recorded.ts";
import { enterAll, newFolder, runCommand, startServer, type RunningServer } from "../support/server.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let copy: string;
let fresh: string;
let server: RunningServer | null;

beforeEach(() => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  copy = join(folder.path, "backup");
  fresh = join(folder.path, "fresh");
  server = null;
});

afterEach(async () => {
  await server?.end("SIGKILL");
  folder.remove();
});

/** What a command says, and its exit code. */
function run(work: (output: { out: (line: string) => void; say: (line: string) => void }) => number): {
  readonly code: number;
  readonly said: string;
} {
  const said: string[] = [];
  const code = work({ out: (line) => said.push(line), say: (line) => said.push(line) });
  return { code, said: said.join("\n") };
}

const backup = (from = dataDir) => run((output) => runBackup(from, copy, { version: "0", now: 1 }, output));
const restore = () => run((output) => runRestore(copy, fresh, output));

/** Turns of a journal without a server. */
function addTurns(count: number): void {
  const dir = join(dataDir, "journal");
  const journal = openJournal({ dir, segmentBytes: 900, syncMs: 10_000, log: createLog("silent") });
  for (let turn = 0; turn < count; turn += 1) {
    const { upTo, seq } = journal.mark();
    journal.appendInputs([messageOf(upTo + 1)]);
    journal.appendTurn({ upTo: upTo + 1, seq: seq + 1, changes: [changeOf(seq + 1)], flags: [] });
  }
  journal.close();
  openRecordKey(dataDir);
}

describe("a backup beside a running server", () => {
  it("has every message that was acknowledged before it began, and a server starts from it", async () => {
    const person = { name: "duty-1", role: "dutyOfficer", tier: "city" } as const;
    const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]], [person]);
    server = await startServer({ dataDir });
    const userName = "plant-1.gw-1";
    const publisher = createPublisher({ port: server.mqttPort, userName, password: secrets[userName] ?? "" });
    const payload = (place: number): string => JSON.stringify({ seq: place, values: { "TEMP-1": 90 + (place % 20) } });
    for (let place = 0; place < 200; place += 1) await publisher.send(payload(place));
    const acknowledgedBefore = 200;

    // Messages go on coming in while the copy is made.
    const load = { isOver: false, sent: acknowledgedBefore };
    const loading = (async () => {
      for (; !load.isOver; load.sent += 1) await publisher.send(payload(load.sent));
    })();
    const made = await runCommand(["backup", "--data", dataDir, "--to", copy]);
    load.isOver = true;
    await loading;
    const { sent } = load;
    expect(made).toMatchObject({ code: 0 });
    expect(sent).toBeGreaterThan(acknowledgedBefore);
    await publisher.end();
    await server.end("SIGKILL");
    server = null;
    rmSync(dataDir, { recursive: true });

    expect(await runCommand(["restore", "--from", copy, "--data", fresh])).toMatchObject({ code: 0 });
    const own = (path: string): number => statSync(path).mode & 0o777;
    expect([fresh, join(fresh, "register.db"), join(fresh, "record-key.pem")].map(own)).toEqual([0o700, 0o600, 0o600]);
    server = await startServer({ dataDir: fresh });
    const again = createPublisher({ port: server.mqttPort, userName, password: secrets[userName] ?? "" });
    await again.send(payload(sent));
    await again.end();
    await server.end("SIGTERM");
    server = null;
    const recorded = await readRecorded(fresh);
    const seen = new Set(recorded.messages.map(({ payload: text }) => (JSON.parse(text) as { seq: number }).seq));
    for (let place = 0; place < acknowledgedBefore; place += 1) expect(seen.has(place), `message ${place}`).toBe(true);
    expect(seen.has(sent)).toBe(true);
    expect(holesOf(recorded)).toEqual([]);
    const { code, verdict } = await verify(fresh);
    expect(verdict).toMatch(/: 0 missing, 0 extra$/u);
    expect(code).toBe(0);
    const login = await runCommand(["user", "--data", fresh, "list"]);
    expect(login.stdout).toContain("duty-1");
  });
});

describe("a second backup into the same folder", () => {
  it("copies only the files that are new or have grown", () => {
    addTurns(8);
    const first = backup();
    expect(first.code).toBe(0);
    const files = readdirSync(join(copy, "journal"));
    const before = files.map((name) => [name, statSync(join(copy, "journal", name)).ino] as const);
    addTurns(8);
    const second = backup();
    expect(second.said).toMatch(/[1-9]\d* of \d+ journal files copied/u);
    const kept = before.filter(([name, inode]) => statSync(join(copy, "journal", name)).ino === inode);
    expect(kept.length).toBeGreaterThan(1);
    expect(readdirSync(join(copy, "journal")).length).toBeGreaterThan(files.length);
    expect(restore()).toMatchObject({ code: 0 });
    expect(readdirSync(join(fresh, "journal")).toSorted()).toEqual(
      readdirSync(join(dataDir, "journal"))
        .filter((name) => statSync(join(dataDir, "journal", name)).size > 0)
        .toSorted(),
    );
  });

  it("leaves a turn that is not sealed yet to the next one", () => {
    addTurns(2);
    const dir = join(dataDir, "journal");
    const journal = openJournal({ dir, segmentBytes: 1 << 20, syncMs: 10_000, log: createLog("silent") });
    const { position } = journal.mark();
    journal.appendInputs([messageOf(3)]);
    journal.close();
    expect(backup().said).toContain(`up to position ${position};`);
    expect(restore().code).toBe(0);
  });

  it("is refused where the folder is another record's, no backup, or of another release", () => {
    addTurns(8);
    expect(backup().code).toBe(0);
    rmSync(dataDir, { recursive: true });
    addTurns(1);
    expect(backup()).toMatchObject({ code: 1, said: expect.stringContaining("another record") as string });
    const manifest = JSON.parse(readFileSync(join(copy, "backup.json"), "utf8")) as object;
    writeFileSync(join(copy, "backup.json"), JSON.stringify({ ...manifest, formatVersion: 2 }));
    expect(() => backup()).toThrow("has the format 2; this release knows 1");
    expect(() => restore()).toThrow("has the format 2; this release knows 1");
    rmSync(join(copy, "backup.json"));
    expect(backup()).toMatchObject({ code: 64, said: expect.stringContaining("is no backup") as string });
  });
});

describe("restore", () => {
  beforeEach(() => {
    addTurns(8);
    expect(backup().code).toBe(0);
  });

  it("writes nothing where something is already", () => {
    mkdirSync(fresh);
    writeFileSync(join(fresh, "a"), "");
    expect(restore()).toMatchObject({ code: 64, said: expect.stringContaining("not empty") as string });
    expect(readdirSync(fresh)).toEqual(["a"]);
  });

  it("writes nothing where a file of the backup was changed, cut or taken away", () => {
    const pristine = join(folder.path, "pristine");
    cpSync(copy, pristine, { recursive: true });
    const again = (): void => {
      rmSync(copy, { recursive: true });
      cpSync(pristine, copy, { recursive: true });
    };
    const paths = readdirSync(copy, { recursive: true, encoding: "utf8" }).filter(
      (path) => path !== "backup.json" && statSync(join(copy, path)).isFile(),
    );
    expect(paths.length).toBeGreaterThan(2);
    for (const path of paths) {
      const file = join(copy, path);
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 1, bytes.length >> 1);
      chmodSync(file, 0o600);
      writeFileSync(file, bytes);
      expect(restore(), path).toMatchObject({
        code: 1,
        said: expect.stringContaining(`${path}: is not what`) as string,
      });
      truncateSync(file, bytes.length - 1);
      expect(restore(), path).toMatchObject({ code: 1 });
      rmSync(file);
      expect(restore(), path).toMatchObject({
        code: 1,
        said: expect.stringContaining(`${path}: is missing`) as string,
      });
      again();
    }
    expect(existsSync(fresh)).toBe(false);
    rmSync(join(copy, "backup.json"));
    expect(restore()).toMatchObject({ code: 64 });
  });
});
