// The clock of an exercise: how it is asked for and refused, what turns it, and which data it may never touch.
import { fork, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Snapshot } from "../../contract/wall.ts";
import { claimData, createHandClock, liveClock } from "../../server/app/clock.ts";
import { readSettings } from "../../server/config/settings.ts";
import { endProgram } from "../support/program.ts";
import { exampleConfig, newFolder, runCommand, startServer } from "../support/server.ts";
import { newWall, next } from "../support/socket-room.ts";

vi.setConfig({ testTimeout: 120_000 });

const start = "2026-08-30T00:00:00+08:00";

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
beforeEach(() => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
});
afterEach(() => folder.remove());

describe("SKYGROUND_CLOCK", () => {
  const read = (value: string, more: Readonly<Record<string, string>> = {}) =>
    readSettings({ SKYGROUND_DEMO: "1", SKYGROUND_CLOCK: value, ...more }, {});

  it.each([
    ["60", { speed: 60, startAt: null }],
    ["0.5", { speed: 0.5, startAt: null }],
    [`3600@${start}`, { speed: 3600, startAt: Date.parse(start) }],
    ["1@2026-08-29T16:00:00.000Z", { speed: 1, startAt: Date.parse(start) }],
  ])("reads %s", (value, clock) => {
    expect(read(value)).toMatchObject({ ok: true, settings: { clock } });
  });

  it.each(["0", "-1", "fast", "60@", "60@tomorrow", "60@2026-08-30T00:00:00", "60@2026-13-30T00:00:00Z"])(
    "refuses %s",
    (value) => {
      const { ok, ...rest } = read(value);
      expect(ok).toBe(false);
      expect(rest).toMatchObject({ faults: [expect.stringContaining(`SKYGROUND_CLOCK: "${value}" is no speed`)] });
    },
  );

  it("is refused outside the demo, and beside a broker or a historian that others use", () => {
    expect(read("60", { SKYGROUND_DEMO: "0" })).toEqual({
      ok: false,
      faults: ["SKYGROUND_CLOCK: is for the demo alone: nothing real is watched by a false clock"],
    });
    const shared = { ok: false, faults: [expect.stringContaining("nobody else's broker or historian")] };
    expect(read("60", { SKYGROUND_MQTT_URL: "mqtt://broker" })).toEqual(shared);
    const influx = { SKYGROUND_HISTORIAN: "influx", SKYGROUND_INFLUX_VERSION: "1", SKYGROUND_INFLUX_URL: "http://i" };
    expect(read("60", influx)).toEqual(shared);
  });

  it("is refused where nobody is there to turn the clock", async () => {
    const environment = { SKYGROUND_CLOCK: "60", SKYGROUND_HTTP_PORT: "0", SKYGROUND_MQTT_PORT: "0" };
    const { code, stderr } = await runCommand(["demo", "--data", dataDir, "--config", exampleConfig], environment);
    expect(code).toBe(78);
    expect(stderr).toContain("`npm run scenario` does");
  });
});

describe("a clock that is turned by hand", () => {
  it("stands still, goes on when it is turned, and never back", () => {
    const clock = createHandClock(1000, 60);
    const heard: number[] = [];
    const stop = clock.onTick(() => void heard.push(clock.now()));
    expect(clock.now()).toBe(1000);
    clock.turnTo(5000);
    clock.turnTo(4000);
    expect(clock.now()).toBe(5000);
    expect(heard).toEqual([5000, 5000]);
    stop();
    clock.turnTo(6000);
    expect(heard).toHaveLength(2);
  });
});

describe("the data of an exercise", () => {
  beforeEach(() => mkdirSync(dataDir));

  it("are refused by a server on the real clock, which is told where to go", () => {
    claimData(dataDir, createHandClock(1000, 60), false);
    expect(() => claimData(dataDir, liveClock, true)).toThrow(/holds an exercise.*SKYGROUND_DATA_DIR/);
    // Also before anything was written down.
    expect(() => claimData(dataDir, liveClock, false)).toThrow(/holds an exercise/);
  });

  it("are never written among others, nor gone on with", () => {
    expect(() => claimData(dataDir, createHandClock(1000, 60), true)).toThrow(/begins with no data/);
    claimData(dataDir, liveClock, true);
    claimData(dataDir, createHandClock(1000, 60), false);
    expect(() => claimData(dataDir, createHandClock(1000, 60), false)).toThrow(/begins with no data/);
    expect(JSON.parse(readFileSync(join(dataDir, "exercise.json"), "utf8"))).toEqual({ startAt: 1000, speed: 60 });
  });
});

describe("a server in an exercise", () => {
  const program = join(import.meta.dirname, "../../dist/server/main.js");
  let server: ChildProcess;

  const heard = (type: string): Promise<Readonly<Record<string, number>>> =>
    new Promise((resolve, reject) => {
      server.on("message", (message: Readonly<Record<string, number>> & { readonly type: string }) => {
        if (message.type === type) resolve(message);
      });
      server.once("exit", (code) => reject(new Error(`ended with ${code}`)));
    });

  beforeEach(() => {
    const own = { SKYGROUND_CLOCK: `60@${start}`, SKYGROUND_HTTP_PORT: "0", SKYGROUND_MQTT_PORT: "0" };
    server = fork(program, ["demo", "--data", dataDir, "--config", exampleConfig], {
      stdio: "ignore",
      env: { PATH: process.env["PATH"] ?? "", ...own },
    });
  });
  afterEach(() => endProgram(server, "SIGKILL"));

  it("has the time that it is told, tells walls how fast it goes, ends with its teacher, and leaves marked data", async () => {
    const { httpPort } = await heard("ready");
    const wall = newWall(`http://127.0.0.1:${httpPort}`);
    const snapshot: Snapshot = await next(wall, "snapshot");
    expect(snapshot.clockSpeed).toBe(60);
    expect(snapshot.at).toBe(Date.parse(start));
    const later = Date.parse(start) + 3_600_000;
    const turned = heard("turned");
    // A beat of before the turn may still be on its way.
    const beaten = new Promise<void>((resolve) => wall.on("beat", ({ at }) => at === later && resolve()));
    server.send({ turnTo: later });
    expect(await turned).toMatchObject({ at: later });
    await beaten;
    const [hourAgo, at] = [Date.parse(start), await wall.timeout(5000).emitWithAck("time")];
    expect(at - hourAgo).toBe(3_600_000);
    wall.disconnect();

    const ended = new Promise((resolve) => server.once("exit", resolve));
    server.disconnect();
    expect(await ended).toBe(0);
    // An hour in a moment is no pause of the process.
    const { stdout } = await runCommand(["journal", "--data", dataDir]);
    expect(stdout).toContain('"started"');
    expect(stdout).not.toContain("back after");
    await expect(startServer({ dataDir })).rejects.toThrow(/holds an exercise/);
  });
});
