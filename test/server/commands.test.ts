// The commands beside the server, as a person runs them: replay, verify, journal, plan, user, device, and what they refuse.
import { appendFileSync, cpSync, existsSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Transition } from "../../contract/alarm.ts";
import { runReplay } from "../../server/commands.ts";
import { listSegments, readRecords } from "../../server/adapters/journal/read.ts";
import { encodeInput } from "../../server/adapters/journal/records.ts";
import type { Outcome } from "../support/program.ts";
import { createPublisher } from "../support/publisher.ts";
import { readRecorded, verify } from "../support/recorded.ts";
import {
  enterAll,
  exampleConfig,
  newFolder,
  openWall,
  runCommand,
  startServer,
  until,
  writePlant,
  type RunningServer,
} from "../support/server.ts";

// Each starts several processes of the program, which take seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let server: RunningServer | null;

beforeEach(() => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  server = null;
});

afterEach(async () => {
  await server?.end("SIGKILL");
  folder.remove();
});

const exampleLines = readFileSync(join(exampleConfig, "lines.ndjson"), "utf8");

function inFolder(name: string, content: string | Uint8Array): string {
  const file = join(folder.path, name);
  writeFileSync(file, content);
  return file;
}

function transitionsOf(text: string): readonly Transition[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Transition);
}

/** The command without its process, which the compressed file's test starts once. */
async function replay(input: string, configDir = exampleConfig): Promise<Outcome> {
  const [out, told]: [string[], string[]] = [[], []];
  const code = await runReplay(configDir, input, {
    out: (line) => out.push(`${line}\n`),
    say: (line) => told.push(`${line}\n`),
  });
  return { code, stdout: out.join(""), stderr: told.join("") };
}

describe("replay", () => {
  it("gives the transitions of the example: yellow after its delay, red at once, back down by the deadbands", async () => {
    const { code, stdout, stderr } = await replay(join(exampleConfig, "lines.ndjson"));
    expect(code).toBe(0);
    const at = 1_790_000_000_000;
    const minutes = (n: number): number => at + n * 60_000;
    const told = transitionsOf(stdout).map((one) => [
      one.from,
      one.to,
      one.level,
      one.at,
      one.value,
      one.occurrence,
      one.revision,
    ]);
    expect(told).toEqual([
      ["normal", "unacknowledged", "yellow", minutes(15), 103, 1, 1],
      ["unacknowledged", "unacknowledged", "red", minutes(20), 106, 1, 2],
      ["unacknowledged", "unacknowledged", "yellow", minutes(25), 97.5, 1, 2],
      ["unacknowledged", "returnedUnacknowledged", null, minutes(35), 95, 1, 2],
    ]);
    expect(transitionsOf(stdout)[0]).toMatchObject({
      violatedSince: minutes(5),
      setpoint: 100,
      deadband: 2,
      rule: "limit",
      drill: false,
    });
    expect(transitionsOf(stdout)[3]).toMatchObject({ returnedSince: minutes(25) });
    expect(stderr).toContain("8 messages from 2026-09-21T14:13:20.000Z to 2026-09-21T14:48:20.000Z: 4 transitions");
    expect(stderr).toContain(
      "8 lines without receivedAt: their newest ts served, and the future check is off for them",
    );
  });

  it("reads a compressed file, and payloads that are texts, to the same end; --output writes a file", async () => {
    const plain = await replay(join(exampleConfig, "lines.ndjson"));
    const asTexts = exampleLines
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { topic: string; payload: unknown })
      .map(({ topic, payload }) => JSON.stringify({ topic, payload: JSON.stringify(payload) }));
    const file = join(folder.path, "out.ndjson");
    const input = inFolder("lines.ndjson.gz", gzipSync(asTexts.join("\r\n")));
    const packed = await runCommand(["replay", "--config", exampleConfig, "--input", input, "--output", file]);
    expect(packed).toMatchObject({ code: 0, stdout: "", stderr: plain.stderr });
    expect(readFileSync(file, "utf8")).toBe(plain.stdout);
  });

  it("counts and names bad lines, and goes on behind them", async () => {
    const topic = "skyground/v1/plant-1/gw-1/telemetry";
    const bad = [
      "{not json",
      "7",
      JSON.stringify({ topic }),
      JSON.stringify({ topic, payload: {}, receivedAt: "noon" }),
      JSON.stringify({ topic, payload: { values: { "TEMP-1": 200 } } }),
      JSON.stringify({ topic, payload: { values: { "TEMP-1": "hot" } }, receivedAt: 1_790_000_000_000 }),
      JSON.stringify({ topic: "elsewhere", payload: { ts: 1_790_000_000_000, values: {} } }),
      JSON.stringify({ topic, payload: { ts: 1_790_000_000_000, values: { "TEMP-9": 200 } } }),
      "",
    ];
    const { code, stdout, stderr } = await replay(inFolder("bad.ndjson", `${bad.join("\n")}\n${exampleLines}`));
    expect(code).toBe(0);
    expect(transitionsOf(stdout)).toHaveLength(4);
    expect(stderr).toContain("line 1: LINE_BAD_JSON");
    expect(stderr).toContain("line 2: LINE_BAD_SHAPE");
    const counts = [
      "LINE_BAD_JSON: 1",
      "LINE_BAD_SHAPE: 3",
      "LINE_WITHOUT_TIME: 1",
      "SAMPLE_WRONG_TYPE: 1",
      "TOPIC_UNKNOWN: 1",
      "SAMPLE_UNKNOWN_POINT: 1",
    ];
    for (const count of counts) expect(stderr).toContain(`  ${count}\n`);
  });

  it("never lets its clock go back, and checks the future by receivedAt where it is given", async () => {
    const topic = "skyground/v1/plant-1/gw-1/telemetry";
    const at = 1_790_000_000_000;
    const line = (ts: number, value: number, receivedAt?: number): string =>
      JSON.stringify({
        topic,
        payload: { ts, values: { "TEMP-1": value } },
        ...(receivedAt === undefined ? {} : { receivedAt }),
      });
    const lines = [
      line(at, 20, at),
      line(at + 1000, 110, at - 5000),
      line(at + 100_000, 20, at + 2000),
      line(at + 3000, 20, at + 3000),
    ];
    const { stdout, stderr } = await replay(inFolder("clock.ndjson", lines.join("\n")));
    const steps = transitionsOf(stdout).filter(({ rule }) => rule === "limit");
    expect(steps.map(({ level, recordedAt }) => [level, recordedAt])).toEqual([
      ["red", at],
      [null, at + 3000],
    ]);
    expect(stderr).toContain("SAMPLE_IN_FUTURE: 1");
    expect(stderr).not.toContain("without receivedAt");
  });

  it("says what is wrong with its configuration or its input", async () => {
    const missing = await replay(join(folder.path, "none.ndjson"));
    expect(missing).toMatchObject({ code: 64, stderr: expect.stringContaining("there is no file") as string });
    const faulty = await replay(join(exampleConfig, "lines.ndjson"), folder.path);
    expect(faulty).toMatchObject({ code: 78, stdout: "" });
    const packed = gzipSync(exampleLines.repeat(50));
    const input = inFolder("cut.ndjson.gz", packed.subarray(0, packed.length - 20));
    const cut = await runCommand(["replay", "--config", exampleConfig, "--input", input]);
    expect(cut.code).toBe(1);
    expect(cut.stderr).toMatch(/unexpected end of file/u);
  });
});

describe("usage", () => {
  it("is printed for an unknown command, an unknown option and none at all, with exit code 64", async () => {
    const wrong = [["dance"], ["verify", "--nonsense"], [], ["replay", "--config", exampleConfig]];
    for (const { code, stderr } of await Promise.all(wrong.map((args) => runCommand(args)))) {
      expect(code).toBe(64);
      expect(stderr).toContain("verify --data DIR");
    }
  });

  it("tells where there is no journal", async () => {
    for (const command of ["verify", "journal"]) {
      const { code, stderr } = await runCommand([command, "--data", dataDir]);
      expect({ code, stderr }).toEqual({ code: 64, stderr: `there is no journal in ${dataDir}\n` });
    }
  });
});

/** Lets a server take in a rise to red and back down. */
async function recordRise(): Promise<void> {
  const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]]);
  server = await startServer({ dataDir });
  const userName = "plant-1.gw-1";
  const publisher = createPublisher({ port: server.mqttPort, userName, password: secrets[userName] ?? "" });
  const base = Date.now() - 40 * 60_000;
  const payloads = [90, 101, 102, 103, 106, 97.5, 96, 95].map((value, place) =>
    JSON.stringify({ ts: base + place * 300_000, values: { "TEMP-1": value } }),
  );
  await publisher.sendAll(payloads);
  await publisher.end();
  await server.end("SIGTERM");
  server = null;
}

describe("verify", () => {
  const original = newFolder();
  let isRecorded = false;

  beforeEach(async () => {
    const kept = join(original.path, "data");
    if (isRecorded) return cpSync(kept, dataDir, { recursive: true });
    await recordRise();
    cpSync(dataDir, kept, { recursive: true });
    isRecorded = true;
  });

  afterAll(original.remove);

  function journalFile(): string {
    return listSegments(join(dataDir, "journal")).at(-1)?.file ?? "";
  }

  it("finds nothing missing and nothing extra in what a server wrote", async () => {
    const { code, verdict } = await verify(dataDir);
    expect(verdict).toMatch(/^\d+ inputs, \d+ changes \([1-9]\d* transitions\): 0 missing, 0 extra$/u);
    expect(code).toBe(0);
  });

  it("names the place of a flipped byte", async () => {
    const bytes = readFileSync(journalFile());
    const message = [...readRecords(join(dataDir, "journal"), 0)].find(
      ({ record }) => record.type === "input" && record.input.kind === "message",
    );
    const { start = 0, end = 0 } = message ?? {};
    bytes.writeUInt8(bytes.readUInt8(end - 3) ^ 1, end - 3);
    writeFileSync(journalFile(), bytes);
    const { code, stdout } = await verify(dataDir);
    expect(code).toBe(1);
    expect(stdout).toContain(`at position ${start}: a wrong checksum`);
  });

  it("tells what is missing and extra, and the broken chain, where a value was forged together with its checksum", async () => {
    const bytes = readFileSync(journalFile());
    const placed = [...readRecords(join(dataDir, "journal"), 0)];
    const red = placed.find(
      ({ record }) =>
        record.type === "input" &&
        record.input.kind === "message" &&
        Buffer.from(record.input.payload).includes(":106"),
    );
    if (red?.record.type !== "input" || red.record.input.kind !== "message") throw new Error("no red sample");
    const payload = Buffer.from(Buffer.from(red.record.input.payload).toString().replace(":106", ":100"));
    const forged = encodeInput({ ...red.record.input, payload });
    writeFileSync(journalFile(), Buffer.concat([bytes.subarray(0, red.start), forged, bytes.subarray(red.end)]));
    const { code, stdout, verdict } = await verify(dataDir);
    expect(code).toBe(1);
    expect(verdict).not.toMatch(/ 0 extra$/u);
    const found = stdout
      .trim()
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { kind: string; reason?: string; change?: { transition?: Transition } });
    expect(found.some(({ kind, change }) => kind === "extra" && change?.transition?.level === "red")).toBe(true);
    expect(found.find(({ kind }) => kind === "chain")?.reason).toContain("the seal of the turn");
  });

  it("tells of bytes that a crash has torn, and judges what is whole", async () => {
    appendFileSync(journalFile(), Buffer.from([40, 0, 0, 0, 1, 2, 3]));
    const { code, stdout, verdict } = await verify(dataDir);
    expect(code).toBe(1);
    expect(JSON.parse(stdout.split("\n")[0] ?? "")).toMatchObject({ kind: "torn", next: null });
    expect(verdict).toMatch(/: 0 missing, 0 extra$/u);
  });

  it("finds nothing wrong with heads that were kept elsewhere, and tells of a journal that was cut behind them", async () => {
    const kept = join(folder.path, "kept.jsonl");
    cpSync(join(dataDir, "journal", "heads.jsonl"), kept);
    const { stdout: key } = await runCommand(["record-key", "--data", dataDir]);
    const fingerprint = /^fingerprint ([0-9a-f]{64})$/mu.exec(key)?.[1] ?? "";
    const words = ["verify", "--data", dataDir, "--heads", kept, "--key", fingerprint];
    expect(await runCommand(words)).toMatchObject({ code: 0 });
    const seals = [...readRecords(join(dataDir, "journal"), 0)].filter(({ record }) => record.type === "end");
    truncateSync(journalFile(), seals.at(-2)?.end ?? 0);
    const cut = await runCommand(words);
    expect(cut.code).toBe(1);
    expect(cut.stdout).toContain(`"kind":"cut","file":"${kept}"`);
    expect(await runCommand([...words.slice(0, -1), "0".repeat(64)])).toMatchObject({ code: 1 });
  });
});

describe("plan", () => {
  const moved = `- { code: TEMP-1, unit: °F, report: { everyMs: 300000 }, rules: { high: { red: { setpoint: 90 } } } }\n- { code: TEMP-2, unit: °F, report: { everyMs: 300000 } }`;

  it("shows a difference, imports it with a name and a reason, and the server then judges by it", async () => {
    const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]]);
    server = await startServer({ dataDir });
    await server.end("SIGTERM");
    const configDir = writePlant(join(folder.path, "config"), moved);
    const show = ["plan", "--data", dataDir, "--config", configDir];
    const same = await runCommand(["plan", "--data", dataDir, "--config", exampleConfig]);
    expect(same).toMatchObject({
      code: 0,
      stdout: "",
      stderr: expect.stringContaining("the plan of record is what the configuration says") as string,
    });
    const shown = await runCommand(show);
    expect(shown.stdout).toContain("~ points plant-1/TEMP-1");
    expect(shown.stdout).toContain("+ points plant-1/TEMP-2");
    const before = await readRecorded(dataDir);
    expect(before.inputs.filter(({ kind }) => kind === "plan")).toHaveLength(1);

    server = await startServer({ dataDir, configDir });
    expect(
      server.lines().some(({ message }) => message.includes("the configuration differs from the plan of record")),
    ).toBe(true);
    await server.end("SIGTERM");

    const imported = await runCommand([...show, "--by", "engineer", "--reason", "second sensor"]);
    expect(imported).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("imported by engineer: second sensor") as string,
    });
    expect((await runCommand(show)).stdout).toBe("");
    const plans = (await readRecorded(dataDir)).inputs.filter((input) => input.kind === "plan");
    expect(plans.at(-1)).toMatchObject({ by: "engineer", reason: "second sensor" });

    server = await startServer({ dataDir, configDir });
    const userName = "plant-1.gw-1";
    const publisher = createPublisher({ port: server.mqttPort, userName, password: secrets[userName] ?? "" });
    await publisher.send(JSON.stringify({ ts: Date.now(), values: { "TEMP-1": 95, "TEMP-2": 1 } }));
    await publisher.end();
    await server.end("SIGTERM");
    const { transitions } = await readRecorded(dataDir);
    expect(transitions.filter(({ rule }) => rule === "limit")).toMatchObject([
      { level: "red", value: 95, setpoint: 90 },
    ]);
    expect((await verify(dataDir)).verdict).toMatch(/: 0 missing, 0 extra$/u);
  });

  it("refuses while a server works on the same data", async () => {
    server = await startServer({ dataDir });
    const { code, stderr } = await runCommand(["plan", "--data", dataDir, "--config", exampleConfig]);
    expect(code).toBe(1);
    expect(stderr).toContain(`another process works on the data in ${dataDir}; stop it first`);
  });
});

describe("user and device", () => {
  it("make credentials that work at once, beside a running server, and take them away again", async () => {
    const device = await runCommand(["device", "--data", dataDir, "add", "plant-1", "gw-1"]);
    const secret = /^user name plant-1\.gw-1, password (\S+)$/mu.exec(device.stdout)?.[1] ?? "";
    expect(secret).not.toBe("");
    server = await startServer({ dataDir });
    const user = await runCommand(["user", "--data", dataDir, "add", "lin", "dutyOfficer", "county"]);
    const password = /^lin: password (\S+)$/mu.exec(user.stdout)?.[1] ?? "";
    expect((await runCommand(["user", "--data", dataDir, "list"])).stdout).toBe("lin  dutyOfficer  county\n");
    expect((await runCommand(["device", "--data", dataDir, "list"])).stdout).toMatch(
      /^plant-1\.gw-1 {2}native {2}open {2}since \S+ {2}secret\n$/u,
    );

    const publisher = createPublisher({ port: server.mqttPort, userName: "plant-1.gw-1", password: secret });
    await publisher.send(JSON.stringify({ ts: Date.now(), values: { "TEMP-1": 77.5 } }));
    await publisher.end();
    const { wall, snapshot } = await openWall(server, "lin", password);
    expect(snapshot.person).toEqual({ name: "lin", role: "dutyOfficer", tier: "county" });
    expect(snapshot.values.map(([, value]) => value)).toEqual([77.5]);
    wall.disconnect();

    const works = ["user", "--data", dataDir, "add", "works", "enterprise", "enterprise"];
    expect(await runCommand(works)).toMatchObject({ code: 1, stdout: "works: roleInvalid\n" });
    expect(await runCommand([...works, "--sites", " , "])).toMatchObject({ code: 1, stdout: "works: roleInvalid\n" });
    expect((await runCommand([...works, "--sites", "hc-01, hc-02", "--sectors", "hazchem"])).code).toBe(0);
    expect((await runCommand(["user", "--data", dataDir, "list"])).stdout.split("\n")[1]).toBe(
      "works  enterprise  enterprise  sectors hazchem  sites hc-01,hc-02",
    );
    expect((await runCommand(["user", "--data", dataDir, "remove", "lin"])).code).toBe(0);
    await expect(openWall(server, "lin", password)).rejects.toThrow("401");
    const told = await until("the journal has what was done in the other process", async () => {
      const { stdout } = await runCommand(["journal", "--data", dataDir]);
      return stdout.includes('"person.remove"') ? stdout : null;
    });
    const countOf = (act: string): number => told.split(`"${act}"`).length - 1;
    expect(["person.add", "session.open", "person.remove"].map(countOf)).toEqual([2, 1, 1]);
    expect(told).not.toContain(password);
    expect((await runCommand(["device", "--data", dataDir, "retire", "plant-1", "gw-1"])).code).toBe(0);
    const late = createPublisher({ port: server.mqttPort, userName: "plant-1.gw-1", password: secret });
    const current = server;
    await until("the device is refused", async () =>
      (await current.health()).faults.find(({ code }) => code === "CLIENT_NOT_ALLOWED"),
    );
    await late.end();
  });

  it("refuse what is no role, no tier, no name, or taken", async () => {
    const outcomes = await Promise.all(
      [
        ["user", "add", "lin", "king"],
        ["user", "dance"],
        ["user", "add", "../lin"],
        ["device", "add", "plant-1", "GW 1"],
        ["device", "retire", "plant-1", "gw-9"],
      ].map(([command = "", ...words]) => runCommand([command, "--data", dataDir, ...words])),
    );
    expect(outcomes.map(({ code }) => code)).toEqual([64, 64, 1, 1, 1]);
    expect(existsSync(join(dataDir, "register.db"))).toBe(true);
  });
});
