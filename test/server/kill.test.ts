// Killed in mid ingest, again and again: nothing acknowledged is lost, nothing is judged or stored twice.
import { afterEach, beforeEach, expect, it } from "vitest";
import { join } from "node:path";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { freePort } from "../support/ports.ts";
import { holesOf, readRecorded, storedRows, verify } from "../support/recorded.ts";
import {
  enterAll,
  newFolder,
  startServer,
  until,
  writePlant,
  type Ended,
  type RunningServer,
} from "../support/server.ts";

const kills = 10;
/** In the middle of a burst, so that messages are under way. */
const perKill = 1630;
const total = (kills + 1) * perKill;
/** An alarm for 100 of each 1,000 messages. */
const cycle = 1000;
const isHigh = (place: number): boolean => place % cycle >= 500 && place % cycle < 600;
/** ~2,000 messages a second, in bursts that keep the server busy while the signal comes. */
const stepMs = 100;
const perStep = 200;

const points = `
- { code: T-1, name: T, unit: °C, range: { sensor: [-50, 200] }, report: { everyMs: 600000 }, rules: { high: { red: { setpoint: 100, deadband: 5 } } } }
- { code: T-2, name: U, unit: °C, report: { everyMs: 600000 } }
`;

let folder: ReturnType<typeof newFolder>;
let server: RunningServer | null = null;
let publisher: Publisher | null = null;

beforeEach(() => {
  folder = newFolder();
});

afterEach(async () => {
  await publisher?.end();
  await server?.end("SIGKILL");
  folder.remove();
});

it("keeps everything acknowledged through ten kills in mid ingest, each sample and alarm once", async () => {
  const dataDir = join(folder.path, "data");
  const configDir = writePlant(join(folder.path, "config"), points);
  const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]]);
  const mqttPort = await freePort();
  const start = (): Promise<RunningServer> =>
    startServer({ dataDir, configDir, environment: { SKYGROUND_MQTT_PORT: String(mqttPort) } });
  server = await start();
  const userName = "plant-1.gw-1";
  publisher = createPublisher({ port: mqttPort, userName, password: secrets[userName] ?? "" });
  const base = Date.now() - 60_000;
  const payloadOf = (place: number): string =>
    JSON.stringify({ ts: base + place, seq: place, values: { "T-1": isHigh(place) ? 120 : 20, "T-2": place } });

  const acknowledged = new Set<number>();
  let sent = 0;
  let onAcknowledged: () => void = () => undefined;
  const { send, waiting } = publisher;
  const load = setInterval(() => {
    for (let n = 0; n < perStep && sent < total && waiting() < 400; n += 1) {
      const place = sent++;
      void send(payloadOf(place)).then(() => {
        acknowledged.add(place);
        onAcknowledged();
      });
    }
  }, stepMs);
  /** Kills within the very PUBACK that makes so many: no other moment is as likely to find something half done. */
  const killAt = (count: number): Promise<Ended> =>
    new Promise((resolve) => {
      onAcknowledged = () => {
        if (server === null || acknowledged.size < count || waiting() === 0) return;
        onAcknowledged = () => undefined;
        resolve(server.end("SIGKILL"));
      };
    });
  const readyMs: number[] = [];
  try {
    for (let kill = 1; kill <= kills; kill += 1) {
      expect((await killAt(kill * perKill)).signal).toBe("SIGKILL");
      server = await start();
      readyMs.push(server.readyMs);
      expect(server.said("restored")).toMatchObject({ differences: 0 });
    }
    await until("everything acknowledged", () => acknowledged.size === total, 30_000);
  } finally {
    clearInterval(load);
  }
  const rows = await until("the historian has caught up", () => {
    const stored = storedRows(dataDir);
    return stored.length >= 2 * total ? stored : null;
  });
  expect((await server.end("SIGTERM")).code).toBe(0);

  // The key of the table is point and time, so that the right rows in the right number are each row once.
  const expected = ["T-1", "T-2"].flatMap((code) =>
    Array.from({ length: total }, (_, place) => ({
      point: `plant-1/${code}`,
      sourceAt: base + place,
      value: code === "T-2" ? place : isHigh(place) ? 120 : 20,
      quality: 0,
    })),
  );
  const text = (row: object): string => JSON.stringify(row);
  expect(rows.filter((row, place) => text(row) !== text(expected[place] ?? {})).slice(0, 5)).toEqual([]);
  expect(rows.length).toBe(expected.length);

  const recorded = await readRecorded(dataDir);
  expect(holesOf(recorded)).toEqual([]);
  const written = new Set(recorded.messages.map(({ payload }) => payload));
  expect(
    Array.from({ length: total }, (_, place) => payloadOf(place)).filter((payload) => !written.has(payload)),
  ).toEqual([]);
  expect(written.size).toBe(total);

  const steps = recorded.transitions
    .filter(({ source }) => source.id === "plant-1/T-1")
    .map(({ at, to, occurrence, revision }) => [at, to, occurrence, revision]);
  const cycles = Math.ceil((total - 500) / cycle);
  const told = Array.from({ length: cycles }, (_, n) => [
    // Nobody answers: it is the one occurrence, which asks anew each time that it trips again.
    [base + n * cycle + 500, "unacknowledged", 1, n + 1],
    [base + n * cycle + 600, "returnedUnacknowledged", 1, n + 1],
  ]).flat();
  expect(steps).toEqual(told.filter(([at]) => Number(at) < base + total));
  // Nothing but those alarms: no silence, no lost device from any of the ten times that it was away.
  expect(recorded.transitions.filter(({ rule }) => rule !== "limit")).toEqual([]);

  const verified = await verify(dataDir);
  expect(verified.verdict).toMatch(/: 0 missing, 0 extra$/u);
  expect(verified.code).toBe(0);
  const again = recorded.messages.length - total;
  process.stderr.write(
    `${kills} kills, ${total} messages, ${again} came again, ready after ${readyMs.join(", ")} ms\n`,
  );
}, 120_000);
