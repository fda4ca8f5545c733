// The load and the benches in their short forms: that they measure what they say, never how fast this machine is.
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { loadPlan } from "../../server/config.ts";

interface Stamp {
  readonly at: number;
  readonly sequence: number;
  readonly packetId: number;
}
interface Packets {
  readonly createTelemetry: (options: {
    readonly topic: string;
    readonly codes: readonly string[];
    readonly qos: 0 | 1;
    readonly random: () => number;
  }) => { readonly bytes: Buffer; readonly stamp: (stamp: Stamp) => void };
  readonly createRandom: (seed: number) => () => number;
  readonly createReader: (onPacket: (type: number, bytes: Buffer, at: number) => void) => (chunk: Buffer) => void;
}

const root = join(import.meta.dirname, "..", "..");
const packets = (await import(pathToFileURL(join(root, "scripts", "load", "packets.mjs")).href)) as Packets;
const scratch = mkdtempSync(join(tmpdir(), "skyground-bench-test-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(...words: readonly string[]): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { cwd: root, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

const topic = "skyground/v1/load-1/gw-1/telemetry";
const codes = ["P-01", "P-02", "P-03"];

/** The payload of a PUBLISH with QoS 1 whose length takes one byte. */
function payloadOf(bytes: Buffer): Buffer {
  return bytes.subarray(4 + bytes.readUInt16BE(2) + 2);
}

function readingsOf(bytes: Buffer): readonly { readonly sourceAt: number | null; readonly value: number | null }[] {
  const decoded = decodeNative(topic, payloadOf(bytes));
  if (!decoded.ok || decoded.message.kind !== "telemetry") throw new Error(JSON.stringify(decoded));
  expect(decoded.message.refused).toEqual([]);
  expect(decoded.message.readings.map(({ code }) => code)).toEqual(codes);
  return decoded.message.readings;
}

describe("a telemetry message of the load", () => {
  const make = (seed = 7) => packets.createTelemetry({ topic, codes, qos: 1, random: packets.createRandom(seed) });

  it("is a PUBLISH with QoS 1 whose length is its own and whose id is the one asked for", () => {
    const { bytes, stamp } = make();
    stamp({ at: 1_790_000_000_123, sequence: 1_000_000_042, packetId: 513 });
    expect(bytes[0]).toBe(0x32);
    expect(bytes[1]).toBe(bytes.length - 2);
    expect(bytes.readUInt16BE(2 + 2 + topic.length)).toBe(513);
    expect(JSON.parse(payloadOf(bytes).toString())).toMatchObject({ ts: 1_790_000_000_123, seq: 1_000_000_042 });
  });

  it("carries a later time each time, and walks without ever reaching a limit", () => {
    const { bytes, stamp } = make();
    const seen = new Set<number | null>();
    for (let step = 0; step < 2000; step += 1) {
      stamp({ at: 1_790_000_000_000, sequence: 1_000_000_000 + step, packetId: 1 });
      const readings = readingsOf(bytes);
      expect(readings.map(({ sourceAt }) => sourceAt)).toEqual(codes.map(() => 1_790_000_000_000 + step));
      for (const { value } of readings) {
        expect(value).toBeGreaterThanOrEqual(10);
        expect(value).toBeLessThan(58);
        seen.add(value);
      }
    }
    expect(seen.size).toBeGreaterThan(100);
  });

  it("is the same again with the same seed", () => {
    const [one, other, strange] = [make(1), make(1), make(2)];
    for (const { stamp } of [one, other, strange])
      stamp({ at: 1_790_000_000_000, sequence: 1_000_000_000, packetId: 1 });
    expect(one.bytes.equals(other.bytes)).toBe(true);
    expect(one.bytes.equals(strange.bytes)).toBe(false);
  });
});

it("reads acknowledgements however the network cuts them", () => {
  const stream = Buffer.from([0x20, 2, 0, 0, 0x40, 2, 0, 1, 0xd0, 0, 0x40, 2, 1, 2]);
  for (let size = 1; size <= stream.length; size += 1) {
    const ids: number[] = [];
    const read = packets.createReader((type, bytes, at) => {
      if (type === 4) ids.push(bytes.readUInt16BE(at));
    });
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
    expect(ids).toEqual([1, 258]);
  }
});

describe("npm run load", () => {
  it("prepares a plant that the server reads, with a password for each device", async () => {
    const folder = join(scratch, "prepared");
    const { code } = await run("scripts/load.mjs", "--prepare", folder, "--points", "100");
    expect(code).toBe(0);
    const loaded = loadPlan(join(folder, "config"));
    if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
    expect(loaded.plan.points).toHaveLength(100);
    for (const { rules } of loaded.plan.points)
      expect(Object.keys(rules[0]?.versions[0]?.levels ?? {})).toEqual(["blue", "yellow", "orange", "red"]);
    const credentials = JSON.parse(readFileSync(join(folder, "credentials.json"), "utf8")) as { devices: object };
    expect(Object.keys(credentials.devices)).toEqual(loaded.plan.devices.map(({ id }) => id));
  });

  it.each([
    ["another machine", ["--broker", "mqtt://broker.example:1883"], "on this machine only"],
    ["a broker that is no MQTT", ["--broker", "http://127.0.0.1:1883"], "mqtt://HOST:PORT"],
    ["a rate that is no number", ["--rate", "fast"], "--rate"],
    ["points that do not fill the messages", ["--points", "55"], "multiple of 10"],
    ["more devices than there are passwords", ["--devices", "3"], "the credentials have 2"],
    ["QoS 2", ["--qos", "2"], "--qos"],
  ])("refuses %s with code 78", async (_, words, why) => {
    const file = join(scratch, "credentials.json");
    writeFileSync(file, JSON.stringify({ devices: { "load-1/gw-1": "secret", "load-2/gw-1": "secret" } }));
    const known = ["--broker", "mqtt://127.0.0.1:9", "--credentials", file];
    const { code, stderr } = await run("scripts/load.mjs", ...known, ...words);
    expect(stderr).toContain(why);
    expect(code).toBe(78);
  });
});

/** What every measured load says of itself. */
interface Measured {
  readonly judgedPerSecond: number;
  readonly sentValues: number;
  readonly unacknowledgedValues: number;
  readonly lostConnections: readonly string[];
  readonly pubackMs: Readonly<Record<"p50" | "p99" | "p999" | "max", number>>;
  readonly loopDelayMs: Readonly<Record<"p50" | "p99" | "max", number>>;
  readonly processCpuShare: number;
  readonly peakRssMib: number;
}
interface BacktestRow {
  readonly samples: number;
  readonly samplesPerSecond: number;
  readonly plannedS: number;
}
interface Results {
  readonly embedded: readonly { readonly server: Measured; readonly bare: Measured; readonly ratio: number }[];
  readonly mosquitto: Results["embedded"];
  readonly latency: readonly (Measured & {
    readonly alarms: Measured["pubackMs"] & { readonly count: number };
    readonly frames: Measured["pubackMs"] & { readonly count: number };
    readonly journalBytesAValue: number;
    readonly historianBytesAValue: number | null;
  })[];
  readonly starts: readonly { readonly how: string; readonly judged: number; readonly readyMs: number }[];
  readonly growth: readonly { readonly daily: Measured; readonly most: Measured; readonly afterKillMs: number }[];
  readonly walls: readonly (Measured & { readonly admitted: number; readonly bytesAFrame: number })[];
  readonly engine: readonly {
    readonly how: string;
    readonly points: number;
    readonly values: number;
    readonly changes: number;
    readonly valuesPerCpuSecond: number;
    readonly heapBytesAValue: number;
    readonly stateBytesAPoint: number;
  }[];
}

describe("npm run bench -- --short", () => {
  it("measures every bench of the server, says so in tables, and writes it down", { timeout: 300_000 }, async () => {
    const file = join(scratch, "results.json");
    const only = "engine,embedded,mosquitto,latency,starts,growth,walls";
    const { code, stdout, stderr } = await run("scripts/bench/main.mjs", "--short", "--only", only, "--json", file);
    expect(code, stderr).toBe(0);
    expect(stdout.match(/^### /gm)).toHaveLength(7);
    const { about, results } = JSON.parse(readFileSync(file, "utf8")) as { about: object; results: Results };
    expect(about).toMatchObject({ node: process.version, isShort: true });
    const { engine, embedded, mosquitto, latency, starts, growth, walls } = results;

    expect(engine.map(({ how }) => how)).toEqual(["as it runs", "the long way only"]);
    for (const row of engine) {
      // Calm life is calm by both ways: no row measures alarms.
      expect(row).toMatchObject({ points: 190, changes: 0, values: engine[0]?.values });
      expect(row.values).toBeGreaterThan(1000);
      for (const figure of [row.valuesPerCpuSecond, row.heapBytesAValue, row.stateBytesAPoint])
        expect(figure).toBeGreaterThan(0);
    }

    for (const { server, bare, ratio } of [...embedded, ...mosquitto]) {
      expectWhole(server);
      expect(bare.judgedPerSecond).toBeGreaterThan(0);
      expect(ratio).toBeCloseTo(server.judgedPerSecond / bare.judgedPerSecond, 2);
    }
    for (const row of latency) {
      expectWhole(row);
      for (const seen of [row.alarms, row.frames]) {
        expect(seen.count).toBeGreaterThan(0);
        expect(seen.p50).toBeGreaterThan(0);
        expect(seen.max).toBeGreaterThanOrEqual(seen.p50);
      }
      // A value takes at least its own digits in the journal.
      expect(row.journalBytesAValue).toBeGreaterThan(5);
      // Null: a store on a busy machine may hold nothing of the load when the bench stops waiting for it.
      expect(row.historianBytesAValue ?? Infinity).toBeGreaterThan(0);
    }
    expect(starts.map(({ judged }) => judged > 0)).toEqual([false, false, true, true]);
    for (const { daily, most, afterKillMs } of growth) {
      expectWhole(daily);
      expectWhole(most);
      expect(afterKillMs).toBeGreaterThan(0);
    }
    for (const row of walls) {
      expect(row.admitted).toBe(5);
      expect(row.bytesAFrame).toBeGreaterThan(0);
    }
  });

  it("back-tests a rule over stored samples, and says how long the planned size would take", async () => {
    const file = join(scratch, "backtest.json");
    const { code, stderr } = await run("scripts/bench/main.mjs", "--short", "--only", "backtest", "--json", file);
    expect(code, stderr).toBe(0);
    const { results } = JSON.parse(readFileSync(file, "utf8")) as {
      results: Record<"backtest", readonly BacktestRow[]>;
    };
    const [row] = results.backtest;
    expect(row?.samples).toBe(36_000);
    expect(row?.plannedS).toBe(Math.round(518_400_000 / (row?.samplesPerSecond ?? 0)));
  });

  it("names the benches where one is asked for that is none", async () => {
    const { code, stderr } = await run("scripts/bench/main.mjs", "--only", "luck");
    expect(code).toBe(1);
    expect(stderr).toContain("there are engine, backtest, embedded, mosquitto, latency");
  });
});

/** Everything that was sent was acknowledged and judged: no figure of a run that lost something counts. */
function expectWhole(measured: Measured): void {
  expect(measured.lostConnections).toEqual([]);
  expect(measured.unacknowledgedValues).toBe(0);
  expect(measured.sentValues).toBeGreaterThan(0);
  expect(measured.judgedPerSecond).toBeGreaterThan(0);
  expect(measured.pubackMs.p99).toBeGreaterThanOrEqual(measured.pubackMs.p50);
  expect(measured.peakRssMib).toBeGreaterThan(0);
}
