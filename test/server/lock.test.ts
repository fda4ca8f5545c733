// The lock of a data directory: one server at a time, and none for ever.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, it } from "vitest";
import { lockData } from "../../server/adapters/lock.ts";
import { endProgram } from "../support/program.ts";
import { newFolder } from "../support/server.ts";

let folder: ReturnType<typeof newFolder>;
let child: ChildProcess | null;

beforeEach(() => {
  folder = newFolder();
  child = null;
});

afterEach(async () => {
  if (child !== null) await endProgram(child, "SIGKILL");
  folder.remove();
});

it("refuses a second holder, names the directory, and lets go when released", () => {
  const first = lockData(folder.path);
  expect(() => lockData(folder.path)).toThrow(`another process works on the data in ${folder.path}; stop it first`);
  first.release();
  lockData(folder.path).release();
});

it("makes the directory where there is none", () => {
  lockData(`${folder.path}/a/b`).release();
});

it("is let go by the operating system when its holder is killed", async () => {
  const support = (name: string): string => new URL(`../support/${name}`, import.meta.url).pathname;
  child = spawn(process.execPath, ["--import", support("typescript.mjs"), support("lock-child.ts"), folder.path], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("no pipe");
  await once(child.stdout, "data");
  expect(() => lockData(folder.path)).toThrow("another process works on the data");
  await endProgram(child, "SIGKILL");
  lockData(folder.path).release();
});
