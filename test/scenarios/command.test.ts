// `npm run scenario` as a stranger runs it: its list, its story, its table, its exit code, and nothing left behind.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { demoConfig, wallIsBuilt } from "../support/demo.ts";
import { endProgram } from "../support/program.ts";
import { newFolder } from "../support/server.ts";

vi.setConfig({ testTimeout: 120_000 });

const program = join(import.meta.dirname, "../../scripts/scenario.mjs");
const folder = newFolder();
const configDir = join(folder.path, "config");
const temporary = join(folder.path, "tmp");

const story = (expected: string): string => `
number: S1
name: { zh: 短泄漏（演示）, en: Short leak (demo) }
site: hc-05
speed: 60
durationMinutes: 2
watch: [GD-201]
events:
  - { atMinutes: 0, do: leak, point: GD-201, target: 80, sourceTauS: 20, delayS: 0, t90S: 10 }
expect:
  alarms:
    - { alarm: GD-201~limit~high, level: blue, fromMinutes: 0, toMinutes: 1 }
${expected}`;

interface Command {
  readonly output: () => string;
  readonly interrupt: () => void;
  readonly ended: Promise<number | null>;
}

function run(...words: readonly string[]): Command {
  const child = spawn(process.execPath, [program, "--config", configDir, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    // What is set for a real server must not reach the one of an exercise.
    env: { PATH: process.env["PATH"] ?? "", TMPDIR: temporary, SKYGROUND_MQTT_URL: "mqtt://127.0.0.1:9" },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  const ended = new Promise<number | null>((resolve) => void child.once("close", (code) => resolve(code)));
  return { output: () => output, interrupt: () => void endProgram(child, "SIGINT"), ended };
}

beforeAll(() => {
  wallIsBuilt();
  cpSync(demoConfig, configDir, { recursive: true });
  rmSync(join(configDir, "scenarios"), { recursive: true });
  mkdirSync(join(configDir, "scenarios"));
  mkdirSync(temporary);
  const write = (name: string, text: string): void => writeFileSync(join(configDir, "scenarios", `${name}.yaml`), text);
  write("short-leak", story("  never:\n    - { alarm: GD-203*, level: red }\n"));
  write("wrong-hope", story("  never:\n    - { alarm: GD-201*, level: blue }\n"));
});
afterAll(() => folder.remove());
beforeEach(() => expect(readdirSync(temporary)).toEqual([]));

describe("npm run scenario", () => {
  it("lists the scenarios where none is named", async () => {
    const { output, ended } = run();
    expect(await ended).toBe(0);
    expect(output()).toMatch(/^S1 +short-leak +hc-05 +0:02:00 at ×60 +短泄漏（演示） · Short leak \(demo\)$/m);
    expect(output()).toContain("--speed N");
  });

  it("plays one on a server of its own, shows each step, and ends well where all came as expected", async () => {
    const { output, ended } = run("short-leak", "--speed", "600");
    expect(await ended, output()).toBe(0);
    const said = output();
    expect(said).toMatch(/Wall: http:\/\/127\.0\.0\.1:\d+/);
    expect(said).toMatch(/duty-city +\S{19}/);
    expect(said).toMatch(/0 % +0:00:\d\d +2026-08-30 00:00:\d\d +GD-201 /);
    expect(said).toMatch(/hc-05\/GD-201~limit~high +– → blue +unacknowledged/);
    expect(said).toMatch(/^hc-05\/GD-201~limit~high blue 0:00:00 to 0:01:00 +hc-05\/GD-201\S+ blue 0:00:\d\d +yes$/m);
    expect(said).toMatch(/^hc-05\/GD-203\* never red +never +yes$/m);
    expect(said).toContain("2 of 2 expectations met");
    expect(readdirSync(temporary)).toEqual([]);
  });

  it("ends with 1 where something came otherwise, and says what", async () => {
    const { output, ended } = run("wrong-hope", "--speed", "600");
    expect(await ended, output()).toBe(1);
    expect(output()).toMatch(/^hc-05\/GD-201\* never blue +hc-05\/GD-201~limit~high blue 0:00:\d\d +NO$/m);
    expect(output()).toContain("1 of 2 expectations met");
  });

  it("stays after the end where it is asked to, and Ctrl-C ends everything", async () => {
    const { output, interrupt, ended } = run("short-leak", "--speed", "600", "--keep");
    await vi.waitFor(() => expect(output()).toContain("the clock goes on"), { timeout: 90_000, interval: 50 });
    const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output()) ?? [];
    expect((await fetch(`${url}/health`)).status).toBe(200);
    interrupt();
    expect(await ended).toBe(0);
    await expect(fetch(`${url}/health`)).rejects.toThrow();
    expect(readdirSync(temporary)).toEqual([]);
  });

  it.each([
    { words: ["storm-of-frogs"], says: "there are: short-leak, wrong-hope", code: 78 },
    { words: ["short-leak", "--speed", "fast"], says: "--speed must be a number", code: 64 },
    { words: ["short-leak", "--colour", "red"], says: "colour", code: 64 },
  ])("says in words what is wrong with $words", async ({ words, says, code }) => {
    const { output, ended } = run(...words);
    expect(await ended).toBe(code);
    expect(output()).toContain(says);
    expect(output()).not.toContain("    at ");
  });
});
