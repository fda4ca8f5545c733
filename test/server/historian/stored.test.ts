// The bench's look into the running store: how much of the journal it holds.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openBatchLog } from "../../../server/adapters/historian/embedded-log.ts";
import { columnsOf } from "../../support/historian-rows.ts";

interface Stored {
  readonly cursorIn: (file: string, open: typeof openBatchLog) => number;
}

const root = join(import.meta.dirname, "../../..");
const { cursorIn } = (await import(pathToFileURL(join(root, "scripts", "bench", "stored.mjs")).href)) as Stored;
let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "stored-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

it("is nothing while the store is being made, and its cursor afterwards", () => {
  const file = join(dir, "recent.db");
  writeFileSync(file, "");
  expect(cursorIn(file, openBatchLog)).toBe(0);
  const log = openBatchLog(file);
  log.append(columnsOf([]), [], 4711);
  expect(cursorIn(file, openBatchLog)).toBe(4711);
  log.close();
});

it("is not guessed where the store is damaged", () => {
  const file = join(dir, "recent.db");
  writeFileSync(file, "not a database, but a text that is long enough to be looked at ".repeat(40));
  expect(() => cursorIn(file, openBatchLog)).toThrow(`open ${file}`);
});
