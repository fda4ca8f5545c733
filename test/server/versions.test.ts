// Stored shapes of another release: each is refused, left alone or brought up to date, as docs/operate.md says.
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { serialize } from "node:v8";
import { crc32 } from "node:zlib";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BacktestReport } from "../../contract/backtest.ts";
import type { RuleChange } from "../../contract/rule-change.ts";
import { createCursorFile } from "../../server/adapters/historian/cursor-file.ts";
import { lookAtCheckpoints, openCheckpoints } from "../../server/adapters/journal/checkpoint.ts";
import { openRecordKey, recordKeyFile } from "../../server/adapters/journal/record-key.ts";
import { createRegister } from "../../server/adapters/register.ts";
import { registerVersion } from "../../server/adapters/register/database.ts";
import { findBacktest, hashOfChange, saveBacktest } from "../../server/adapters/trials.ts";
import { createLog } from "../../server/log.ts";
import { newFolder } from "../support/server.ts";

let folder: ReturnType<typeof newFolder>;
let dataDir: string;

beforeEach(() => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  mkdirSync(dataDir);
});

afterEach(() => folder.remove());

describe("what another release has stored", () => {
  it("is a checkpoint that is left alone, and no damage", async () => {
    const checkpoints = openCheckpoints(dataDir, createLog("silent"));
    const mark = { position: 10, upTo: 1, seq: 0, chain: "" };
    await checkpoints.save({ mark, state: { plan: { points: [] }, rest: 1, columns: {} } }, Promise.resolve());
    expect(checkpoints.load()).toHaveLength(1);
    const name = readdirSync(dataDir).find((one) => one.endsWith(".checkpoint")) ?? "";
    const head = serialize({ shape: "skyground-checkpoint-99", mark, rest: 1, columns: [] });
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    const sum = Buffer.alloc(4);
    sum.writeUInt32LE(crc32(Buffer.concat([length, head])));
    writeFileSync(join(dataDir, name), Buffer.concat([length, head, sum]));
    expect(checkpoints.load()).toEqual([]);
    expect(lookAtCheckpoints(dataDir).find(({ file }) => file === name)).toMatchObject({ mark: null, fault: null });
  });

  it("is a register that a newer release wrote: it is not opened, and an empty one is brought up to date", () => {
    const file = join(dataDir, "register.db");
    const open = (): void => createRegister({ file, now: () => 1, random: randomBytes }).close();
    open();
    const db = new Database(file);
    expect(db.prepare("PRAGMA user_version").raw().get()).toEqual([registerVersion]);
    db.exec(`PRAGMA user_version = ${registerVersion + 1}`);
    db.close();
    let cause: unknown;
    try {
      open();
    } catch (error) {
      ({ cause } = error as Error);
    }
    expect(String(cause)).toContain(`has register schema ${registerVersion + 1}; this server knows ${registerVersion}`);
  });

  it("is the report of a back-test in another format: it counts as none", () => {
    const version = { version: 2, validFrom: 0, approver: null, levels: {} };
    const change: RuleChange = { source: "a/b", rule: "limit", direction: "high", author: "a", reason: "b", version };
    const report = { format: 1, hash: hashOfChange(change), change } as unknown as BacktestReport;
    const file = saveBacktest(dataDir, report);
    expect(findBacktest(dataDir, report.hash)).toMatchObject({ format: 1 });
    writeFileSync(file, readFileSync(file, "utf8").replace('"format": 1', '"format": 2'));
    expect(findBacktest(dataDir, report.hash)).toBeNull();
  });

  it("is a cursor that cannot be understood: the feed begins at the journal's beginning", async () => {
    const file = join(dataDir, "influx-cursor");
    await createCursorFile(file, "here").write(7);
    expect(await createCursorFile(file, "here").read()).toBe(7);
    writeFileSync(file, JSON.stringify({ position: 7, target: "here" }));
    expect(await createCursorFile(file, "here").read()).toBe(0);
  });

  it("is a record key of another kind: nothing is signed with a new one in its place", () => {
    openRecordKey(dataDir);
    const file = join(dataDir, recordKeyFile);
    writeFileSync(file, "no key");
    expect(() => openRecordKey(dataDir)).toThrow(`read the record key ${file}`);
    expect(readFileSync(file, "utf8")).toBe("no key");
  });
});
