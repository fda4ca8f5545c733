// The server as a process: what a restart brings back, how it starts, refuses to start, tells of itself and stops.
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { AlarmView } from "../../contract/alarm.ts";
import type { Person } from "../../contract/wall.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { holesOf, readRecorded, verify } from "../support/recorded.ts";
import {
  enterAll,
  newFolder,
  openWall,
  runCommand,
  startServer,
  until,
  writePlant,
  type RunningServer,
} from "../support/server.ts";
import { newWall, next } from "../support/socket-room.ts";

// Each starts several processes of the program, which take seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const officer: Person = { name: "lin", role: "dutyOfficer", tier: "city" };
const userName = "plant-1.gw-1";

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let configDir: string;
let server: RunningServer | null;
let publisher: Publisher | null;
let secrets: Readonly<Record<string, string>>;

beforeEach(async () => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  configDir = join(folder.path, "config");
  server = null;
  publisher = null;
  secrets = await enterAll(dataDir, [["plant-1", "gw-1"]], [officer]);
});

afterEach(async () => {
  await publisher?.end();
  await server?.end("SIGKILL");
  folder.remove();
});

async function start(): Promise<RunningServer> {
  server = await startServer({ dataDir, configDir });
  await publisher?.end();
  publisher = createPublisher({ port: server.mqttPort, userName, password: secrets[userName] ?? "" });
  return server;
}

async function send(ts: number, values: Readonly<Record<string, number>>): Promise<void> {
  if (publisher === null) throw new Error("no publisher");
  await publisher.send(JSON.stringify({ ts, values }));
}

/** The alarms about the process, as a wall that joins now sees them. */
async function alarmsOf(running: RunningServer): Promise<readonly AlarmView[]> {
  const { wall, snapshot } = await openWall(running, officer.name, secrets[officer.name] ?? "");
  wall.disconnect();
  return snapshot.alarms.filter(({ isData }) => !isData);
}

function checkpoints(): readonly string[] {
  return readdirSync(dataDir).filter((name) => name.endsWith(".checkpoint"));
}

describe("a restart", () => {
  const points = `
- { code: T-RED, unit: °C, report: { everyMs: 600000 }, rules: { high: { red: { setpoint: 100, deadband: 5 } } } }
- { code: T-WAIT, unit: °C, report: { everyMs: 600000 }, rules: { high: { yellow: { setpoint: 100, deadband: 5, onDelayMs: 600000 } } } }
`;
  const find = (alarms: readonly AlarmView[], code: string): AlarmView | undefined =>
    alarms.find(({ source }) => source.id === `plant-1/${code}`);
  const cityOf = (alarm: AlarmView | undefined) => alarm?.tiers.find(({ tier }) => tier === "city");

  it("keeps acknowledgements, pending delays, occurrences and revisions, from the journal alone and from a checkpoint", async () => {
    writePlant(configDir, points);
    const base = Date.now() - 25 * 60_000;
    let running = await start();
    await send(base, { "T-RED": 120, "T-WAIT": 110 });
    const joined = await openWall(running, officer.name, secrets[officer.name] ?? "");
    const [red] = joined.snapshot.alarms;
    if (red === undefined) throw new Error("no alarm");
    const command = { commandId: "command-1", alarm: red.id, occurrence: 1, revision: 1, note: "on my way" };
    expect(await joined.wall.emitWithAck("acknowledge", command)).toMatchObject({ ok: true });
    joined.wall.disconnect();
    expect((await running.end("SIGKILL")).signal).toBe("SIGKILL");

    // From the journal alone.
    for (const name of checkpoints()) rmSync(join(dataDir, name));
    running = await start();
    const first = running.said("restored");
    expect(first).toMatchObject({ differences: 0 });
    expect(Number(first?.["inputs"])).toBeGreaterThanOrEqual(4);
    let alarms = await alarmsOf(running);
    expect(alarms).toHaveLength(1);
    expect(find(alarms, "T-RED")).toMatchObject({ id: red.id, occurrence: 1, revision: 1, level: "red" });
    expect(cityOf(find(alarms, "T-RED"))).toMatchObject({
      state: "acknowledged",
      acknowledgedBy: "lin",
      owedLevel: null,
    });

    // The delay that began before the kill ends after it; the revision goes on.
    await send(base + 600_000, { "T-RED": 20, "T-WAIT": 111 });
    await send(base + 601_000, { "T-RED": 130 });
    alarms = await alarmsOf(running);
    expect(find(alarms, "T-WAIT")).toMatchObject({
      level: "yellow",
      violatedSince: base,
      openedAt: base + 600_000,
      occurrence: 1,
    });
    expect(find(alarms, "T-RED")).toMatchObject({ level: "red", occurrence: 1, revision: 2 });
    expect(cityOf(find(alarms, "T-RED"))).toMatchObject({ state: "unacknowledged", owedLevel: "red" });

    // A stop writes a checkpoint: the next start judges next to nothing anew.
    const stoppedAt = Date.now();
    expect((await running.end("SIGTERM")).code).toBe(0);
    expect(Date.now() - stoppedAt).toBeLessThan(10_000);
    expect(checkpoints().length).toBeGreaterThan(0);
    running = await start();
    expect(running.said("restored")).toMatchObject({ differences: 0, inputs: 0 });
    expect(await alarmsOf(running)).toEqual(alarms);

    // A checkpoint and what came after it; the same command again is the same answer and no second act.
    await send(base + 602_000, { "T-RED": 140 });
    await running.end("SIGKILL");
    running = await start();
    const inputs = Number(running.said("restored")?.["inputs"]);
    expect(inputs).toBeGreaterThan(0);
    expect(inputs).toBeLessThan(12);
    const again = await openWall(running, officer.name, secrets[officer.name] ?? "");
    expect(find(again.snapshot.alarms, "T-RED")).toMatchObject({ peakValue: 140, revision: 2, occurrence: 1 });
    expect(await again.wall.emitWithAck("acknowledge", command)).toMatchObject({ ok: true });
    const stale = { ...command, commandId: "command-2" };
    expect(await again.wall.emitWithAck("acknowledge", stale)).toMatchObject({ ok: false, code: "ALARM_CHANGED" });
    again.wall.disconnect();
    await running.end("SIGTERM");

    const recorded = await readRecorded(dataDir);
    expect(holesOf(recorded)).toEqual([]);
    const acts = recorded.transitions.filter(({ why }) => why.code === "acknowledged");
    expect(acts).toMatchObject([
      {
        alarm: red.id,
        actor: { kind: "person", id: "lin", tier: "city" },
        reason: "on my way",
        occurrence: 1,
        revision: 1,
      },
    ]);
    expect(red.id).toContain("T-RED");
    expect((await verify(dataDir)).verdict).toMatch(/: 0 missing, 0 extra$/u);
  });

  it("blames nobody for its own absence: silence counts from the start, not from before the kill", async () => {
    const silentAfterMs = 2500;
    writePlant(configDir, `- { code: T-SOON, unit: °C, report: { everyMs: 1000 }, silentAfterMs: ${silentAfterMs} }`);
    let running = await start();
    const sentAt = Date.now();
    await send(sentAt, { "T-SOON": 20 });
    await running.end("SIGKILL");
    await publisher?.end();
    publisher = null;
    await until("longer away than the point may be silent", () => Date.now() > sentAt + silentAfterMs + 500);
    running = await startServer({ dataDir, configDir });
    server = running;
    const silence = await until("the silence is found", async () => {
      const { wall, snapshot } = await openWall(running, officer.name, secrets[officer.name] ?? "");
      wall.disconnect();
      return snapshot.alarms.find(({ rule }) => rule === "silence");
    });
    await running.end("SIGTERM");
    const { inputs, transitions } = await readRecorded(dataDir);
    const returned = inputs.findLast(
      (input) => input.kind === "neighbour" && input.name === "server" && input.state === "up",
    );
    expect(returned?.at).toBeGreaterThan(sentAt + silentAfterMs);
    expect(silence.openedAt).toBeGreaterThanOrEqual((returned?.at ?? 0) + silentAfterMs);
    const found = transitions.filter(({ rule }) => rule === "silence");
    expect(found.map(({ at, to }) => [at, to])).toEqual([[silence.openedAt, "unacknowledged"]]);
  });
});

describe("a start", () => {
  const point = "- { code: T-1, unit: °C, report: { everyMs: 10000 } }";
  const ports = { SKYGROUND_HTTP_PORT: "0", SKYGROUND_MQTT_PORT: "0" };

  it("refuses a data directory that another server works on, and leaves that one alone", async () => {
    writePlant(configDir, point);
    const running = await start();
    const { code, stderr } = await runCommand(["serve", "--data", dataDir, "--config", configDir], ports);
    expect(code).toBe(1);
    expect(stderr).toContain(`another process works on the data in ${dataDir}; stop it first`);
    await send(Date.now(), { "T-1": 1 });
    expect((await running.health()).ready).toBe(true);
  });

  it("names every fault of the configuration with file and path, touches no data, and ends with 78", async () => {
    mkdirSync(join(configDir, "plant"), { recursive: true });
    const site = "  - id: plant-1\n    points:\n";
    const bad = `${site}      - { code: T-1, report: { everyMs: 1000 }, rules: { high: { yellow: { setpoint: 9 }, red: { setpoint: 5 } } } }\n      - { code: "T 2", report: { everyMs: 1000 }, colour: red }\n`;
    writeFileSync(join(configDir, "plant", "a.yaml"), `city: { id: "1", name: C }\nsites:\n${bad}`);
    writeFileSync(join(configDir, "plant", "b.yaml"), "sites: [\n");
    const fresh = join(folder.path, "fresh");
    const { code, stderr, stdout } = await runCommand(["serve", "--data", fresh, "--config", configDir], ports);
    expect(code).toBe(78);
    expect(stdout).toBe("");
    const faults = stderr.trim().split("\n");
    expect(faults.length).toBeGreaterThanOrEqual(4);
    for (const fault of faults) expect(fault).toMatch(/\/config\/plant\/[ab]\.yaml: /u);
    expect(stderr).toContain("sites.plant-1.points.T-1.rules.high");
    expect(stderr).toContain("colour");
    expect(() => statSync(fresh)).toThrow("ENOENT");
  });

  it("names every fault of its settings and ends with 78", async () => {
    const wrong = { SKYGROUND_MQTT_PORT: "many", SKYGROUND_HISTORIAN: "clay", SKYGROUND_LOG_LEVEL: "loud" };
    const { code, stderr } = await runCommand(["serve", "--data", dataDir, "--config", configDir], wrong);
    expect(code).toBe(78);
    const named = stderr
      .trim()
      .split("\n")
      .map((line) => line.split(":")[0]);
    expect(new Set(named)).toEqual(new Set(Object.keys(wrong)));
  });

  it("tells of itself on /metrics in a form that can be read, and stops in good order", async () => {
    writePlant(configDir, point);
    const running = await start();
    await send(Date.now(), { "T-1": 1 });
    const text = await (await fetch(`${running.url}/metrics`)).text();
    const figures = new Map<string, number>();
    for (const line of text.split("\n").filter((one) => one !== "" && !one.startsWith("#"))) {
      const parsed = /^([a-zA-Z_:][\w:]*)(\{[^}]*\})? (\S+)$/u.exec(line);
      expect(parsed, line).not.toBeNull();
      if (parsed?.[1] !== undefined && parsed[2] === undefined) figures.set(parsed[1], Number(parsed[3]));
    }
    expect(figures.get("skyground_samples_judged")).toBe(1);
    expect(figures.get("process_resident_memory_bytes")).toBeGreaterThan(1e6);
    expect((await running.end("SIGTERM")).code).toBe(0);
    const { inputs } = await readRecorded(dataDir);
    expect(inputs.at(-1)).toMatchObject({ kind: "neighbour", name: "server", state: "down" });
    expect(figures.get("skyground_inputs")).toBeLessThanOrEqual(inputs.length);
  });
});

describe("the demo", () => {
  it("makes its credentials once, keeps them to their owner, and opens its wall to everybody", async () => {
    const options = {
      dataDir: join(folder.path, "demo"),
      configDir: fileURLToPath(new URL("../../config", import.meta.url)),
      command: "demo",
    } as const;
    server = await startServer(options);
    const running = server;
    const printed = await until("it greets", () =>
      running.stdout().includes("mosquitto_pub") ? running.stdout() : null,
    );
    const file = join(options.dataDir, "credentials.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const kept = readFileSync(file, "utf8");
    const { people, devices } = JSON.parse(kept) as { people: Record<string, string>; devices: Record<string, string> };
    expect(printed).toContain("DEMO");
    expect(printed).toContain(running.url);
    for (const [name, password] of Object.entries(people))
      expect(printed).toMatch(new RegExp(`${name} +${password}`, "u"));
    expect((await running.health()).isDemo).toBe(true);
    const wall = newWall(running.url);
    const snapshot = await next(wall, "snapshot");
    wall.disconnect();
    expect(snapshot).toMatchObject({ isDemo: true, person: null });
    expect(snapshot.plan.sites).toHaveLength(18);
    expect(Object.keys(devices).toSorted()).toEqual(snapshot.plan.devices.map(({ id }) => id).toSorted());
    // One device is left on trial, and its enterprise may try it with the line that was printed.
    expect(printed).toContain(`--user hc-03.try-2 --password ${devices["hc-03/try-2"]}`);
    const enterprise = await openWall(running, "enterprise", people["enterprise"] ?? "");
    enterprise.wall.disconnect();
    const bench = await fetch(`${running.url}/api/onboard`, { headers: { cookie: enterprise.cookie } });
    const listed = ((await bench.json()) as { devices: { device: string; stage: string }[] }).devices;
    expect(listed.map(({ device, stage }) => `${device} ${stage}`)).toEqual(["gw-1 open", "try-1 open", "try-2 trial"]);
    await running.end("SIGTERM");
    server = await startServer(options);
    const again = server;
    await until("it greets again", () => again.stdout().includes("mosquitto_pub"));
    expect(readFileSync(file, "utf8")).toBe(kept);
  });
});
