// The embedded historian: the common rules, kill -9, and files that it must not use.
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import Database from "libsql";
import { afterEach, describe, expect, it } from "vitest";
import { createEmbeddedHistorian, historySql } from "../../../server/adapters/historian/embedded.ts";
import type { Historian, Refused } from "../../../server/adapters/historian/historian.ts";
import { writerPoints, writerRowsAfter, writerStart } from "../../support/writer-rows.ts";
import { describeRules, expectedBuckets, row, start } from "./rules.ts";

const undo: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function newFile(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "historian-"));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  return join(directory, "history", "samples.db");
}

function openAt(file: string, onRefused: (refused: Refused) => void = () => undefined): Historian {
  const historian = createEmbeddedHistorian({ file, onRefused });
  undo.push(() => historian.close().catch(() => undefined));
  return historian;
}

describeRules("the embedded historian", async () => {
  const file = await newFile();
  const refused: Refused[] = [];
  const historian = openAt(file, (one) => refused.push(one));
  const reopen = async (): Promise<Historian> => {
    await historian.close();
    return openAt(file);
  };
  return { historian, refused, reopen };
});

describe("the embedded historian's file", () => {
  it("is a SQLite file with a write-ahead log that another process may read meanwhile", async () => {
    const file = await newFile();
    const historian = openAt(file);
    await historian.write([row("hc-01/LT-101", 0, 1), row("hc-01/LT-101", 1, 2)], 2);
    const reader = new Database(file, { readonly: true });
    undo.push(() => Promise.resolve(void reader.close()));
    expect(reader.prepare("PRAGMA journal_mode").raw().get()).toEqual(["wal"]);
    expect(reader.prepare("SELECT count(*) FROM sample JOIN point ON number = point").raw().get()).toEqual([2]);
  });

  it("finds the rows of a span by the key, never by reading all of them", async () => {
    const file = await newFile();
    openAt(file);
    const reader = new Database(file);
    undo.push(() => Promise.resolve(void reader.close()));
    const plan = reader
      .prepare(`EXPLAIN QUERY PLAN ${historySql}`)
      .raw()
      .all("hc-01/LT-101", start, start + 1, 1);
    const steps = plan.map((step) => String((step as unknown[])[3])).join("\n");
    expect(steps).toContain("SEARCH sample USING PRIMARY KEY (point=? AND source_at>? AND source_at<?)");
    expect(steps).not.toContain("SCAN sample");
  });

  it("is refused when it is not one of ours, or a newer release has written it", async () => {
    const directory = await mkdtemp(join(tmpdir(), "historian-"));
    undo.push(() => rm(directory, { recursive: true, force: true }));
    const foreign = join(directory, "foreign.db");
    await writeFile(foreign, "not a database, but a text that is long enough to be looked at ".repeat(40));
    expect(() => createEmbeddedHistorian({ file: foreign })).toThrow("open the historian");
    const newer = join(directory, "newer.db");
    const database = new Database(newer);
    database.exec("PRAGMA user_version = 2");
    database.close();
    expect(() => createEmbeddedHistorian({ file: newer })).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ message: expect.stringContaining("newer release") }),
      }),
    );
  });

  it("keeps neither rows nor cursor of a write that fails half way, and takes the same write afterwards", async () => {
    const file = await newFile();
    const historian = openAt(file);
    await historian.write([row("hc-01/LT-101", 0, 1)], 1);
    const saboteur = new Database(file);
    undo.push(() => Promise.resolve(void saboteur.close()));
    saboteur.exec(
      "CREATE TRIGGER full BEFORE INSERT ON sample WHEN new.value = 13 BEGIN SELECT RAISE(ABORT, 'disk full'); END",
    );
    const rows = [row("hc-01/NEW", 0, 12), row("hc-01/NEW", 1, 13)];
    await expect(historian.write(rows, 3)).rejects.toThrow("write in the embedded historian");
    expect(await historian.cursor()).toBe(1);
    expect((await historian.history({ point: "hc-01/NEW", from: start, to: start + 10, buckets: 1 })).buckets).toEqual(
      [],
    );
    saboteur.exec("DROP TRIGGER full");
    await historian.write(rows, 3);
    expect(await historian.cursor()).toBe(3);
    const query = { point: "hc-01/NEW", from: start, to: start + 10, buckets: 1 };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
  });

  it("says so when it is asked after closing", async () => {
    const historian = openAt(await newFile());
    await historian.close();
    await expect(historian.cursor()).rejects.toThrow("closed");
    await expect(historian.write([], 1)).rejects.toThrow("closed");
  });
});

describe("the embedded historian under kill -9", () => {
  const kills = 10;

  it("has every row of every cursor that it has told, and none twice", { timeout: 120_000 }, async () => {
    const file = await newFile();
    let told = 0;
    for (let kill = 1; kill <= kills; kill += 1) {
      const last = await writeUntilKilled(file, 3 + kill * 7);
      expect(last).toBeGreaterThan(told);
      told = last;
      const historian = openAt(file);
      const cursor = await historian.cursor();
      // The last commit may have been made and not yet told.
      expect(cursor).toBeGreaterThanOrEqual(told);
      await expectAllRows(historian, cursor);
      await historian.close();
    }
  });
});

/** The last cursor that the child told before it was killed, in the middle of its work. */
async function writeUntilKilled(file: string, writes: number): Promise<number> {
  const support = (name: string): string => fileURLToPath(new URL(`../../support/${name}`, import.meta.url));
  const loader = new URL("../../support/typescript.mjs", import.meta.url).href;
  const child = spawn(process.execPath, ["--import", loader, support("embedded-writer.ts"), file], {
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
