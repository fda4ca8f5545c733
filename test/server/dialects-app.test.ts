// Foreign gateways through the whole built server: an MQTT client in, an alarm on the wall, what was sent kept beside what was read.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import mqtt from "mqtt";
import { afterEach, expect, it } from "vitest";
import type { Transition } from "../../contract/alarm.ts";
import { userNameOf } from "../../contract/topics.ts";
import { readRecords } from "../../server/adapters/journal/read.ts";
import type * as AppRoom from "../../server/app.ts";
import type { App } from "../../server/app.ts";
import type * as VerifyRoom from "../../server/commands/verify.ts";
import type * as SettingsRoom from "../../server/config/settings.ts";
import { createLog } from "../../server/log.ts";
import { newFolder, until } from "../support/server.ts";
import { newWall, next } from "../support/socket-room.ts";

// The built program: the historian's thread starts from its compiled file.
const built = (room: string): string => join(import.meta.dirname, "../../dist/server", room);
const { startApp } = (await import(built("app.js"))) as typeof AppRoom;
const { readSettings } = (await import(built("config/settings.js"))) as typeof SettingsRoom;
const { runVerify } = (await import(built("commands/verify.js"))) as typeof VerifyRoom;

const configDir = join(import.meta.dirname, "../../docs/example");
const alarm = "plant-1/TEMP-1~limit~high";
const folder = newFolder();
afterEach(() => folder.remove());

/** The entry of a device as an administrator leaves it. */
function enter(dataDir: string, entry: object): void {
  const db = new Database(join(dataDir, "register.db"));
  db.prepare("UPDATE devices SET entry = ? WHERE site = 'plant-1' AND device = 'gw-1'").run(JSON.stringify(entry));
  db.close();
}

async function connect(app: App, secret: string): Promise<mqtt.MqttClient> {
  const name = userNameOf("plant-1", "gw-1");
  return mqtt.connectAsync(`mqtt://127.0.0.1:${app.mqttPort}`, { clientId: name, username: name, password: secret });
}

it("hears a ThingsBoard gateway, raises its alarm, and is judged the same again", async () => {
  const dataDir = join(folder.path, "data");
  mkdirSync(dataDir);
  const read = readSettings(
    { SKYGROUND_HTTP_PORT: "0", SKYGROUND_MQTT_PORT: "0" },
    { configDir, dataDir, isDemo: true },
  );
  if (!read.ok) throw new Error(read.faults.join("\n"));
  const bugs: Error[] = [];
  const app = await startApp({
    settings: read.settings,
    version: "0",
    dashboardDir: "",
    log: createLog("silent"),
    onBug: (error) => void bugs.push(error),
  });
  const wall = newWall(`http://127.0.0.1:${app.httpPort}`);
  const raised: Transition[] = [];
  wall.on("changes", ({ items }) => {
    for (const item of items) if (item.type === "alarm" && item.alarm.id === alarm) raised.push(item.transition);
  });
  await next(wall, "snapshot");
  const renewed = app.register.renewDevice("plant-1", "gw-1");
  if (!renewed.ok) throw new Error(renewed.fault);
  const own = { site: "plant-1", device: "gw-1", options: {}, maxPerSecond: 1000 };
  enter(dataDir, { ...own, dialect: "thingsboard", names: { "Device A/temperature": "TEMP-1" } });

  const gateway = await connect(app, renewed.secret);
  const granted = await gateway.subscribeAsync(["v1/gateway/rpc", "v1/devices/me/rpc/request/+"], { qos: 1 });
  expect(granted.map(({ qos }) => qos)).toEqual([1, 1]);
  const topic = "v1/gateway/telemetry";
  const payload = JSON.stringify({ "Device A": [{ ts: Date.now(), values: { temperature: "106", rssi: "weak" } }] });
  await gateway.publishAsync(topic, payload, { qos: 1 });
  const first = await until("the alarm is told", () => raised[0]);
  expect(first).toMatchObject({ level: "red", value: 106 });

  // Native topics are no longer its own: its connection ends.
  const closed = new Promise<void>((resolve) => void gateway.once("close", () => resolve()));
  gateway.options.reconnectPeriod = 0;
  gateway.publish("skyground/v1/plant-1/gw-1/telemetry", "{}", { qos: 1 });
  await closed;
  await gateway.endAsync(true);

  // Its entry changes to another dialect, which answers.
  const names = { Temperature: "TEMP-1" };
  const reply = { topic: "up/{id}/reply", payload: { id: "=id" } };
  const readings = [{ entries: "d.*", name: ["@key"] }];
  const mapping = { messages: [{ topics: ["up/{id}"], readings, reply }] };
  enter(dataDir, { ...own, dialect: "json", options: { mapping, parts: { id: "g1" } }, names });
  const other = await connect(app, renewed.secret);
  const replies: string[] = [];
  other.on("message", (to, bytes) => void replies.push(`${to} ${bytes.toString()}`));
  await other.subscribeAsync("up/g1/reply", { qos: 1 });
  await other.publishAsync("up/g1", '{"id":7,"d":{"Temperature":90}}', { qos: 1 });
  await until("the reply has come", () => replies[0]);
  expect(replies).toEqual(['up/g1/reply {"id":7}']);
  await until("the value has returned", () => (raised.some(({ level }) => level === null) ? true : undefined));

  wall.disconnect();
  await other.endAsync();
  await app.stop();
  expect(bugs).toEqual([]);
  const origins = [...readRecords(join(dataDir, "journal"), 0)].flatMap(({ record }) =>
    record.type === "input" && record.input.kind === "message" && record.input.origin !== undefined
      ? [
          {
            ...record.input.origin,
            payload: Buffer.from(record.input.origin.payload).toString(),
            to: record.input.topic,
          },
        ]
      : [],
  );
  const to = "skyground/v1/plant-1/gw-1/telemetry";
  expect(origins).toEqual([
    { dialect: "thingsboard", topic, payload, to },
    { dialect: "json", topic: "up/g1", payload: '{"id":7,"d":{"Temperature":90}}', to },
  ]);
  const said: string[] = [];
  runVerify(dataDir, {}, { out: (line) => void said.push(line), say: (line) => void said.push(line) });
  expect(said.at(-1)).toContain("0 missing, 0 extra");
}, 60_000);
