// The embedded historian: the common rules, kill -9, and files that it must not use.
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  createEmbeddedHistorian,
  roomOf,
  type EmbeddedHistorian,
  type EmbeddedOptions,
} from "../../../server/adapters/historian/embedded.ts";
import type { Historian, Refused } from "../../../server/adapters/historian/historian.ts";
import { columnsOf, type Row } from "../../support/historian-rows.ts";
import { writerPoints, writerRowsAfter, writerStart } from "../../support/writer-rows.ts";
import { describeRules, expectedBuckets, row, start } from "./rules.ts";

const undo: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

const day = 86_400_000;
/** Room for a few hundred rows: most of what a test writes goes through the files of the days. */
const littleMib = 0.02;

async function newDir(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "historian-"));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  return join(directory, "data", "historian");
}

function openAt(dir: string, more: Partial<EmbeddedOptions> = {}): EmbeddedHistorian {
  const historian = createEmbeddedHistorian({ dir, ...more });
  undo.push(() => historian.close());
  return historian;
}

describe.each([
  ["with room for everything in memory", {}],
  ["with so little memory that flushes never end", { memoryMib: littleMib }],
])("the embedded historian %s", (_, memory) => {
  describeRules("it", async () => {
    const dir = await newDir();
    const refused: Refused[] = [];
    const historian = openAt(dir, { ...memory, onRefused: (one) => refused.push(one) });
    const reopen = async (): Promise<Historian> => {
      await historian.close();
      return openAt(dir, memory);
    };
    return { historian, refused, reopen };
  });
});

/** Rows of one point, one a minute. */
function minutes(point: string, from: number, count: number): Row[] {
  return Array.from({ length: count }, (_, index) => row(point, from + index * 60_000, Math.sin(index)));
}

async function write(historian: Historian, rows: readonly Row[], cursor: number): Promise<void> {
  for (let from = 0; from < rows.length; from += 100) {
    await historian.write(columnsOf(rows.slice(from, from + 100)), cursor);
  }
}

function filesOf(dir: string): readonly string[] {
  return readdirSync(dir).filter((name) => /^\d.*\.db$/.test(name));
}

describe("the embedded historian's days", () => {
  it("are one file each, and a question over their borders is answered as if there were none", async () => {
    const dir = await newDir();
    const historian = openAt(dir, { memoryMib: littleMib });
    const rows = [...minutes("hc-01/LT-101", 0, 4000), ...minutes("hc-01/PT-102", 30_000, 4000)];
    await write(historian, rows, 1);
    await historian.settled();
    expect(filesOf(dir)).toEqual(["2026-09-21.db", "2026-09-22.db", "2026-09-23.db", "2026-09-24.db"]);
    for (const point of ["hc-01/LT-101", "hc-01/PT-102"]) {
      const query = { point, from: start - day, to: start + 4 * day, buckets: 77 };
      expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
    }
  });

  it("take late rows and corrections, whichever file or memory holds what they meet", async () => {
    const dir = await newDir();
    const historian = openAt(dir, { memoryMib: littleMib });
    const first = minutes("hc-01/LT-101", 0, 3000);
    const late = minutes("hc-01/LT-101", 30_000, 500);
    const corrected = first
      .slice(100, 700)
      .map((one) => ({ ...one, value: one.value + 100, quality: "suspect" as const }));
    await write(historian, first, 1);
    await write(historian, [...late, ...corrected], 2);
    const query = { point: "hc-01/LT-101", from: start, to: start + 2 * day + day / 2, buckets: 333 };
    const expected = expectedBuckets([...first, ...late, ...corrected], query);
    expect((await historian.history(query)).buckets).toEqual(expected);
    await historian.close();
    expect((await openAt(dir, { memoryMib: littleMib }).history(query)).buckets).toEqual(expected);
  });

  it("are unlinked whole when they are older than what is kept, and what comes for them then is refused", async () => {
    const dir = await newDir();
    const refused: Refused[] = [];
    const historian = openAt(dir, { memoryMib: littleMib, keepDays: 2, onRefused: (one) => refused.push(one) });
    await write(historian, minutes("hc-01/LT-101", 0, 1440), 1);
    await historian.settled();
    const before = filesOf(dir);
    expect(before.length).toBeGreaterThan(0);
    const fresh = minutes("hc-01/LT-101", 5 * day, 1440);
    await write(historian, fresh, 2);
    await historian.settled();
    expect(filesOf(dir).filter((name) => before.includes(name))).toEqual([]);
    expect(refused).toEqual([]);
    await historian.write(columnsOf([row("hc-01/LT-101", 0, 1), ...fresh.slice(-1)]), 3);
    expect(refused).toMatchObject([{ rows: 1, reason: "older than what is kept" }]);
    const query = { point: "hc-01/LT-101", from: start - day, to: start + 7 * day, buckets: 50 };
    expect((await historian.history(query)).buckets.map(({ count }) => count)).toEqual(
      expectedBuckets(fresh, query).map(({ count }) => count),
    );
  });

  it("that are damaged fail the questions that need them, and only those, and name the file", async () => {
    const dir = await newDir();
    const historian = openAt(dir, { memoryMib: littleMib });
    const rows = minutes("hc-01/LT-101", 0, 4000);
    await write(historian, rows, 1);
    await historian.close();
    const [damaged = "", whole = ""] = filesOf(dir).slice(1);
    const bytes = readFileSync(join(dir, damaged));
    // One bit of the first chunk: it ends where the third page ends, the first of the table of chunks.
    const last = 3 * 16_384 - 1;
    writeFileSync(join(dir, damaged), bytes.fill((bytes[last] ?? 0) ^ 1, last, last + 1));
    const reopened = openAt(dir, { memoryMib: littleMib });
    const dayOf = (name: string): number => Date.parse(`${name.slice(0, 10)}T00:00:00Z`);
    const at = (name: string) => ({ point: "hc-01/LT-101", from: dayOf(name), to: dayOf(name) + day, buckets: 9 });
    await expect(reopened.history(at(damaged))).rejects.toMatchObject({
      cause: {
        message: expect.stringContaining(damaged),
        cause: { message: "a chunk has a wrong checksum" },
      },
    });
    expect((await reopened.history(at(whole))).buckets).toEqual(expectedBuckets(rows, at(whole)));
  });

  it("that are damaged when rows come for them are set aside, told of, and begun anew", async () => {
    const dir = await newDir();
    const first = openAt(dir, { memoryMib: littleMib });
    await write(first, minutes("hc-01/LT-101", 0, 2000), 1);
    await first.close();
    const [name = ""] = filesOf(dir).slice(-1);
    writeFileSync(join(dir, name), "not a database, but a text that is long enough to be looked at ".repeat(40));
    const told: string[] = [];
    const historian = openAt(dir, { memoryMib: littleMib, onTrouble: (what) => told.push(what) });
    const more = minutes("hc-01/LT-102", day, 1000);
    await write(historian, more, 2);
    await historian.settled();
    expect(told).toEqual([expect.stringContaining(`${name}.damaged-1`)]);
    expect(existsSync(join(dir, `${name}.damaged-1`))).toBe(true);
    const query = { point: "hc-01/LT-102", from: start + day, to: start + 2 * day, buckets: 20 };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(more, query));
  });

  it("whose damage is met only in the middle of a flush are set aside as well, and no row of the flush is lost", async () => {
    const dir = await newDir();
    const first = openAt(dir, { memoryMib: littleMib });
    await write(first, minutes("hc-01/LT-101", 0, 2000), 1);
    await first.close();
    const [name = ""] = filesOf(dir).slice(-1);
    const bytes = readFileSync(join(dir, name));
    // The head of the third page, where the table of chunks begins: opening and the table of flushes do not meet it.
    writeFileSync(join(dir, name), bytes.fill(0xff, 2 * 16_384, 2 * 16_384 + 8));
    const told: string[] = [];
    const historian = openAt(dir, { memoryMib: littleMib, onTrouble: (what) => told.push(what) });
    const more = minutes("hc-01/LT-102", day, 1000);
    await write(historian, more, 2);
    await historian.settled();
    expect(told).toEqual([expect.stringContaining(`${name}.damaged-1`)]);
    const query = { point: "hc-01/LT-102", from: start + day, to: start + 2 * day, buckets: 20 };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(more, query));
  });
});

describe("the embedded historian's retention", () => {
  const days = ["2026-09-21.db", "2026-09-22.db", "2026-09-23.db"];

  async function filled(keepDays: number) {
    const dir = await newDir();
    const refused: Refused[] = [];
    const told: string[] = [];
    const more = { memoryMib: littleMib, onRefused: (one: Refused) => refused.push(one) };
    const historian = openAt(dir, { ...more, keepDays, onTrouble: (what) => told.push(what) });
    await write(historian, minutes("hc-01/LT-101", 0, 3000), 1);
    await historian.settled();
    expect(filesOf(dir)).toEqual(days);
    return { dir, refused, told, historian };
  }

  it("is not moved by the server's clock alone", async () => {
    const { dir, refused, historian } = await filled(3);
    const late = { ...row("hc-01/LT-101", 2 * day, 1), receivedAt: start + 40 * day };
    for (const cursor of [2, 3, 4]) await historian.write(columnsOf([late]), cursor);
    expect(filesOf(dir)).toEqual(days);
    expect(refused).toEqual([]);
  });

  it("is moved by one day a batch when a row comes from far ahead, also after a restart, and tells what it unlinks", async () => {
    const { dir, told, historian } = await filled(3);
    await historian.write(columnsOf([row("hc-01/LT-101", 40 * day, 1)]), 2);
    expect(filesOf(dir)).toEqual(days.slice(1));
    await historian.close();
    const reopened = openAt(dir, { memoryMib: littleMib, keepDays: 3, onTrouble: (what) => told.push(what) });
    await reopened.write(columnsOf([row("hc-01/LT-101", 80 * day, 1)]), 3);
    expect(filesOf(dir)).toEqual(days.slice(2));
    expect(told).toEqual([
      expect.stringContaining("2026-09-21.db was unlinked: 3 days are kept, and rows have come of 2026-10-31"),
      expect.stringContaining("2026-09-22.db was unlinked: 3 days are kept, and rows have come of 2026-12-10"),
    ]);
  });

  it("goes on from where it stood when writes failed meanwhile, and follows the days without a word", async () => {
    const { dir, told, historian } = await filled(3);
    const saboteur = new Database(join(dir, "recent.db"));
    undo.push(() => Promise.resolve(void saboteur.close()));
    saboteur.exec("CREATE TRIGGER full BEFORE UPDATE ON feed BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    const ahead = columnsOf([row("hc-01/LT-101", 40 * day, 1)]);
    for (let failure = 0; failure < 5; failure += 1) await expect(historian.write(ahead, 2)).rejects.toThrow("write");
    saboteur.exec("DROP TRIGGER full");
    expect(filesOf(dir)).toEqual(days);
    await historian.write(columnsOf([row("hc-01/LT-101", 3 * day, 1)]), 2);
    expect(filesOf(dir)).toEqual(days.slice(1));
    expect(told).toEqual([]);
  });
});

describe("the embedded historian's memory", () => {
  it("is what the setting says, however many rows and points come", async () => {
    const historian = openAt(await newDir(), { memoryMib: 0.1 });
    const rows = Array.from({ length: 20_000 }, (_, index) => row(`hc-01/P-${index % 700}`, index * 10, index));
    for (let from = 0; from < rows.length; from += 500) {
      await historian.write(columnsOf(rows.slice(from, from + 500)), from + 500);
      const { recentRows, recentBytes } = historian.extent();
      expect(recentRows).toBeLessThanOrEqual(2 * roomOf(0.1));
      expect(recentBytes).toBeLessThanOrEqual(0.1 * 1024 * 1024);
    }
  });

  it("may be made smaller between two starts", async () => {
    const dir = await newDir();
    const before = openAt(dir);
    const rows = minutes("hc-01/LT-101", 0, 5000);
    await before.write(columnsOf(rows), 1);
    await before.close();
    const historian = openAt(dir, { memoryMib: littleMib });
    const query = { point: "hc-01/LT-101", from: start, to: start + 4 * day, buckets: 100 };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
    expect(historian.extent().recentRows).toBeLessThanOrEqual(2 * roomOf(littleMib));
  });
});

describe("the embedded historian's first file", () => {
  it("is refused when it is not one of ours, or a newer release has written it", async () => {
    const dir = await newDir();
    mkdirSync(dir, { recursive: true });
    const file = join(dir, "recent.db");
    writeFileSync(file, "not a database, but a text that is long enough to be looked at ".repeat(40));
    expect(() => createEmbeddedHistorian({ dir })).toThrow(`open ${file}`);
    rmSync(file);
    const database = new Database(file);
    database.exec("PRAGMA user_version = 2");
    database.close();
    expect(() => createEmbeddedHistorian({ dir })).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ message: expect.stringContaining("newer release") }),
      }),
    );
  });

  it("is closed again when the store cannot be opened with it", async () => {
    const dir = await newDir();
    const before = openAt(dir);
    await before.write(columnsOf(minutes("hc-01/LT-101", 0, 10)), 1);
    await before.close();
    const saboteur = new Database(join(dir, "recent.db"));
    saboteur.exec("UPDATE batch SET crc = crc + 1");
    saboteur.close();
    const close = vi.spyOn(Database.prototype, "close");
    undo.push(() => Promise.resolve(close.mockRestore()));
    expect(() => createEmbeddedHistorian({ dir })).toThrow("a batch has a wrong checksum");
    expect(close).toHaveBeenCalledTimes(1);
    const other = new Database(join(dir, "recent.db"));
    other.exec("DROP TABLE feed");
    other.close();
    close.mockClear();
    expect(() => createEmbeddedHistorian({ dir })).toThrow(`open ${join(dir, "recent.db")}`);
    expect(close).toHaveBeenCalledTimes(1);
  });

  it("is not the file of the earlier layout, which is left alone and told of", async () => {
    const dir = await newDir();
    mkdirSync(dir, { recursive: true });
    writeFileSync(`${dir}.db`, "rows of before");
    const told: string[] = [];
    const historian = openAt(dir, { onTrouble: (what) => told.push(what) });
    expect(told).toEqual([expect.stringContaining(`${dir}.db is of an earlier layout`)]);
    expect(await historian.cursor()).toBe(0);
    expect(readFileSync(`${dir}.db`, "utf8")).toBe("rows of before");
  });

  it("keeps neither rows nor cursor of a write that fails half way, and takes the same write afterwards", async () => {
    const dir = await newDir();
    const historian = openAt(dir);
    await historian.write(columnsOf([row("hc-01/LT-101", 0, 1)]), 1);
    const saboteur = new Database(join(dir, "recent.db"));
    undo.push(() => Promise.resolve(void saboteur.close()));
    saboteur.exec("CREATE TRIGGER full BEFORE UPDATE ON feed BEGIN SELECT RAISE(ABORT, 'disk full'); END");
    const rows = [row("hc-01/NEW", 0, 12), row("hc-01/NEW", 1, 13)];
    await expect(historian.write(columnsOf(rows), 3)).rejects.toThrow("write in the embedded historian");
    expect(await historian.cursor()).toBe(1);
    const query = { point: "hc-01/NEW", from: start, to: start + 10, buckets: 1 };
    expect((await historian.history(query)).buckets).toEqual([]);
    saboteur.exec("DROP TRIGGER full");
    await historian.write(columnsOf(rows), 3);
    expect(await historian.cursor()).toBe(3);
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
  });

  it("tells a flush that failed to the writes that follow, and loses nothing by it", async () => {
    const dir = await newDir();
    mkdirSync(join(dir, "2026-09-21.db"), { recursive: true });
    const historian = openAt(dir, { memoryMib: littleMib });
    const rows = minutes("hc-01/LT-101", 0, 1000);
    const failure: unknown = await write(historian, rows, 1).catch((error: unknown) => error);
    expect(failure).toMatchObject({ message: "write in the embedded historian" });
    rmSync(join(dir, "2026-09-21.db"), { recursive: true });
    await write(historian, rows, 2);
    const query = { point: "hc-01/LT-101", from: start, to: start + day, buckets: 40 };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
  });

  it("says so when it is asked after closing", async () => {
    const historian = openAt(await newDir());
    await historian.close();
    await expect(historian.cursor()).rejects.toThrow("closed");
    await expect(historian.write(columnsOf([]), 1)).rejects.toThrow("closed");
  });
});

describe("the embedded historian under kill -9", () => {
  const kills = 6;

  it("has every row of every cursor that it has told, and none twice", { timeout: 240_000 }, async () => {
    const dir = await newDir();
    let told = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      const last = await writeUntilKilled(dir, 3 + kill * 7);
      expect(last).toBeGreaterThan(told);
      told = last;
      const historian = openAt(dir);
      const cursor = await historian.cursor();
      // The last commit may have been made and not yet told.
      expect(cursor).toBeGreaterThanOrEqual(told);
      await expectAllRows(historian, cursor);
      await historian.close();
    }
  });
});

/** The last cursor that the child told before it was killed, in the middle of its work. */
async function writeUntilKilled(dir: string, writes: number): Promise<number> {
  const support = (name: string): string => fileURLToPath(new URL(`../../support/${name}`, import.meta.url));
  const loader = new URL("../../support/typescript.mjs", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", loader, support("embedded-writer.ts"), dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const gone = new Promise<NodeJS.Signals | null>((resolve) => child.once("exit", (_, signal) => resolve(signal)));
  let last = 0;
  let lines = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    lines += 1;
    if (lines === writes) child.kill("SIGKILL");
  }
  expect(await gone).toBe("SIGKILL");
  return last;
}

async function expectAllRows(historian: Historian, cursor: number): Promise<void> {
  const rows = Array.from({ length: cursor / 120 }, (_, batch) => writerRowsAfter(batch * 120)).flat();
  expect(rows).toHaveLength(cursor);
  for (const point of writerPoints) {
    // To the end of all time: a row beyond the cursor would show as well.
    const query = { point, from: writerStart, to: writerStart + 1e10, buckets: 5000 };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
  }
}
