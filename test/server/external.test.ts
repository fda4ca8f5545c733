// The server between its real neighbours, Debian's Mosquitto and InfluxDB: a real series through the whole way, and each neighbour lost.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Transition } from "../../contract/alarm.ts";
import type { ChangeItem, NeighbourStatus, Person } from "../../contract/wall.ts";
import { startInflux, type TestServer } from "../support/influx.ts";
import { startMosquitto, type Mosquitto } from "../support/mosquitto.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { holesOf, readRecorded, storedRows, verify, type RecordedMessage } from "../support/recorded.ts";
import {
  enterAll,
  exampleConfig,
  newFolder,
  openWall,
  runCommand,
  startServer,
  until,
  type RunningServer,
} from "../support/server.ts";

vi.setConfig({ testTimeout: 150_000, hookTimeout: 60_000 });

const officer: Person = { name: "lin", role: "dutyOfficer", tier: "city" };
const userName = "plant-1.gw-1";
const database = "skyground";

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let server: RunningServer | null;
let mosquitto: Mosquitto | null;
let influx: TestServer | null;
let publisher: Publisher | null;

beforeEach(() => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  server = null;
  mosquitto = null;
  influx = null;
  publisher = null;
});

afterEach(async () => {
  await publisher?.end();
  await server?.end("SIGKILL");
  await mosquitto?.stop();
  await influx?.remove();
  folder.remove();
});

async function openMosquitto(further: readonly string[] = []): Promise<Mosquitto> {
  const users = {
    skyground: { password: "ingest-secret", acl: ["topic read skyground/v1/#"] },
    [userName]: { password: "device-secret", acl: ["topic write skyground/v1/plant-1/gw-1/#"] },
  };
  return startMosquitto(users, further);
}

function brokerAt({ url }: Mosquitto): Readonly<Record<string, string>> {
  return { SKYGROUND_MQTT_URL: url, SKYGROUND_MQTT_USERNAME: "skyground", SKYGROUND_MQTT_PASSWORD: "ingest-secret" };
}

function historianAt({ url }: TestServer): Readonly<Record<string, string>> {
  return {
    SKYGROUND_HISTORIAN: "influx",
    SKYGROUND_INFLUX_URL: url,
    SKYGROUND_INFLUX_VERSION: "1",
    SKYGROUND_INFLUX_DATABASE: database,
  };
}

async function neighbourOf(
  running: RunningServer,
  name: NeighbourStatus["name"],
): Promise<NeighbourStatus | undefined> {
  return (await running.health()).neighbours.find((neighbour) => neighbour.name === name);
}

function untilNeighbour(
  running: RunningServer,
  name: NeighbourStatus["name"],
  state: NeighbourStatus["state"],
): Promise<NeighbourStatus> {
  return until(
    `${name} is ${state}`,
    async () => {
      const found = await neighbourOf(running, name);
      return found?.state === state ? found : null;
    },
    60_000,
  );
}

async function ask(q: string): Promise<readonly (readonly number[])[]> {
  const url = `${influx?.url}/query?db=${database}&epoch=ms&q=${encodeURIComponent(q)}`;
  const answer = (await (await fetch(url)).json()) as { results: { series?: { values: number[][] }[] }[] };
  return answer.results[0]?.series?.[0]?.values ?? [];
}

async function countInInflux(): Promise<number> {
  return (await ask(`SELECT count("value") FROM "sample"`))[0]?.[1] ?? 0;
}

interface Sample {
  readonly ts: number;
  readonly value: number;
}

/** The NAB series of a real machine (test/data/nab_temperature): its times are read as UTC. */
function readSeries(): readonly Sample[] {
  const file = new URL("../data/nab_temperature/machine_temperature_system_failure.csv", import.meta.url);
  const [, ...lines] = readFileSync(file, "utf8").trim().split("\n");
  return lines.map((line) => {
    const [time = "", value] = line.split(",");
    return { ts: Date.parse(`${time.replace(" ", "T")}Z`), value: Number(value) };
  });
}

/** About the process: alarms on data, devices and neighbours are of this machine's own day. */
function ofProcess(transitions: readonly Transition[]): readonly Transition[] {
  const data = new Set(["silence", "fault", "link", "clock", "down"]);
  return transitions.filter(({ rule }) => !data.has(rule));
}

async function replayed(messages: readonly RecordedMessage[], isTimed: boolean): Promise<readonly Transition[]> {
  const input = join(folder.path, `replay-${isTimed}.ndjson`);
  const lines = messages.map(({ topic, payload, at }) =>
    JSON.stringify({ topic, payload, ...(isTimed ? { receivedAt: at } : {}) }),
  );
  writeFileSync(input, `${lines.join("\n")}\n`);
  const output = join(folder.path, `replayed-${isTimed}.ndjson`);
  const { code, stderr } = await runCommand([
    "replay",
    "--config",
    exampleConfig,
    "--input",
    input,
    "--output",
    output,
  ]);
  expect(code, stderr).toBe(0);
  return readFileSync(output, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Transition);
}

describe("the machine temperature series", () => {
  it("goes from a real broker into the record and InfluxDB, and brings the alarms that replay computes", async () => {
    const series = readSeries();
    const last = new Map(series.map(({ ts, value }) => [ts, value]));
    expect([series.length, last.size]).toEqual([22_695, 22_683]);
    // This broker is not killed, so that it need not write each change to disk.
    const calm = ["autosave_on_changes false", "autosave_interval 600"];
    [mosquitto, influx] = await Promise.all([openMosquitto(calm), startInflux()]);
    await enterAll(dataDir, []);
    const running = await startServer({ dataDir, environment: { ...brokerAt(mosquitto), ...historianAt(influx) } });
    server = running;
    await untilNeighbour(running, "broker", "up");
    publisher = createPublisher({ port: mosquitto.port, userName, password: "device-secret", window: 500 });
    const startedAt = Date.now();
    await publisher.sendAll(series.map(({ ts, value }) => JSON.stringify({ ts, values: { "TEMP-1": value } })));
    const publishedMs = Date.now() - startedAt;
    await until("all of it is in InfluxDB", async () => (await countInInflux()) >= last.size, 90_000);
    const storedMs = Date.now() - startedAt;
    const conflict = (await running.health()).faults.find(({ code }) => code === "SAMPLE_CONFLICT");
    expect(conflict?.count).toBe(12);
    await untilNeighbour(running, "historian", "up");
    expect((await running.end("SIGTERM")).code).toBe(0);

    const stored = await ask(`SELECT "value" FROM "sample" WHERE "point" = 'plant-1/TEMP-1' ORDER BY time`);
    const expected = [...last].toSorted(([a], [b]) => a - b);
    expect(stored.length).toBe(expected.length);
    expect(
      stored.filter(([ts, value], place) => ts !== expected[place]?.[0] || value !== expected[place]?.[1]),
    ).toEqual([]);

    const recorded = await readRecorded(dataDir);
    expect(holesOf(recorded)).toEqual([]);
    expect(recorded.messages.length).toBe(series.length);
    expect((await verify(dataDir)).verdict).toMatch(/: 0 missing, 0 extra$/u);
    const live = ofProcess(recorded.transitions);
    expect(live.length).toBeGreaterThan(20);
    const timed = ofProcess(await replayed(recorded.messages, true));
    const same = ({ seq: _, recordedAt: __, cause: ___, ...rest }: Transition) => rest;
    expect(timed.map(same)).toEqual(live.map(same));
    const untimed = ofProcess(await replayed(recorded.messages, false));
    const brief = ({ from, to, level, at, value, occurrence, revision }: Transition) => ({
      from,
      to,
      level,
      at,
      value,
      occurrence,
      revision,
    });
    expect(untimed.map(brief)).toEqual(live.map(brief));
    process.stderr.write(
      `${series.length} messages published in ${publishedMs} ms, in InfluxDB after ${storedMs} ms, ${live.length} transitions\n`,
    );
  });
});

describe("a lost neighbour", () => {
  const samples = (from: number, to: number, base: number): readonly string[] =>
    Array.from({ length: to - from }, (_, n) =>
      JSON.stringify({ ts: base + from + n, values: { "TEMP-1": (from + n) / 100 } }),
    );

  it("(the broker) is a state on health and on the wall, and nothing that was acknowledged is lost", async () => {
    mosquitto = await openMosquitto();
    const secrets = await enterAll(dataDir, [], [officer]);
    const running = await startServer({ dataDir, environment: brokerAt(mosquitto) });
    server = running;
    await untilNeighbour(running, "broker", "up");
    const changes: ChangeItem[] = [];
    const { wall } = await openWall(running, officer.name, secrets[officer.name] ?? "");
    wall.on("changes", ({ items }) => void changes.push(...items));
    publisher = createPublisher({ port: mosquitto.port, userName, password: "device-secret" });
    const base = Date.now() - 60_000;
    await publisher.sendAll(samples(0, 500, base));
    // Mosquitto saves after it has acknowledged: what it alone had when it was killed would be its loss, not ours.
    await until("the broker has handed over all that it acknowledged", () => storedRows(dataDir).length === 500);
    await mosquitto.kill();
    const half = publisher.sendAll(samples(500, 1000, base));
    expect((await untilNeighbour(running, "broker", "down")).reason).not.toBe("");
    expect((await running.health()).ready).toBe(true);
    await mosquitto.start();
    await untilNeighbour(running, "broker", "up");
    await half;
    await until("everything is stored", () => storedRows(dataDir).length === 1000);
    const told = changes.flatMap((item) =>
      item.type === "neighbour" && item.neighbour.name === "broker" ? [item.neighbour.state] : [],
    );
    expect(told).toEqual(["down", "up"]);
    wall.disconnect();
    expect((await running.end("SIGTERM")).code).toBe(0);
    const recorded = await readRecorded(dataDir);
    expect(holesOf(recorded)).toEqual([]);
    expect(new Set(recorded.messages.map(({ payload }) => payload)).size).toBe(1000);
    // To leave it at a stop is no loss of the broker.
    const states = recorded.changes.flatMap((change) =>
      change.type === "neighbour" && change.neighbour.name === "broker" ? [change.neighbour.state] : [],
    );
    expect(states).toEqual(["up", "down", "up"]);
    expect((await verify(dataDir)).verdict).toMatch(/: 0 missing, 0 extra$/u);
  });

  it("(InfluxDB) is a state, under load too; when it is back it gets everything", async () => {
    influx = await startInflux();
    const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]]);
    const running = await startServer({ dataDir, environment: historianAt(influx) });
    server = running;
    publisher = createPublisher({ port: running.mqttPort, userName, password: secrets[userName] ?? "" });
    const base = Date.now() - 60_000;
    await publisher.sendAll(samples(0, 2000, base));
    await until("the first rows are stored", async () => (await countInInflux()) > 0);
    const rest = publisher.sendAll(samples(2000, 4000, base));
    await influx.stop("SIGKILL");
    expect((await untilNeighbour(running, "historian", "down")).reason).toContain("InfluxDB at 127.0.0.1");
    // PUBACK waits for the journal, never for the historian.
    await rest;
    await publisher.sendAll(samples(4000, 5000, base));
    expect((await running.health()).ready).toBe(true);
    await influx.start();
    await until("it has caught up", async () => (await countInInflux()) === 5000, 60_000);
    await untilNeighbour(running, "historian", "up");
    const rows = await ask(`SELECT "value" FROM "sample" ORDER BY time`);
    expect(rows).toEqual(Array.from({ length: 5000 }, (_, place) => [base + place, place / 100]));
    expect((await running.end("SIGTERM")).code).toBe(0);
    const states = (await readRecorded(dataDir)).changes.flatMap((change) =>
      change.type === "neighbour" && change.neighbour.name === "historian" ? [change.neighbour.state] : [],
    );
    expect(states).toEqual(["up", "down", "up"]);
  });
});
