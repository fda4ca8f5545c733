// Late samples through the whole built server: MQTT in, ten minutes on its own clock, the amendment on the wall and in the journal.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import mqtt from "mqtt";
import { afterEach, expect, it } from "vitest";
import type { AlarmView, Transition } from "../../contract/alarm.ts";
import { userNameOf } from "../../contract/topics.ts";
import type * as AppRoom from "../../server/app.ts";
import type * as ClockRoom from "../../server/app/clock.ts";
import type * as VerifyRoom from "../../server/commands/verify.ts";
import type * as SettingsRoom from "../../server/config/settings.ts";
import { createLog } from "../../server/log.ts";
import { newFolder, until } from "../support/server.ts";
import { newWall, next } from "../support/socket-room.ts";

// The built program: the historian's thread starts from its compiled file.
const built = (room: string): string => join(import.meta.dirname, "../../dist/server", room);
const { startApp } = (await import(built("app.js"))) as typeof AppRoom;
const { createHandClock } = (await import(built("app/clock.js"))) as typeof ClockRoom;
const { readSettings } = (await import(built("config/settings.js"))) as typeof SettingsRoom;
const { runVerify } = (await import(built("commands/verify.js"))) as typeof VerifyRoom;

const minute = 60_000;
const startAt = Date.UTC(2026, 7, 29, 16);
const alarm = "plant-1/TEMP-1~limit~high";
const folder = newFolder();
afterEach(() => folder.remove());

it("amends what came late, tells the walls, and is judged the same again", async () => {
  const dataDir = join(folder.path, "data");
  mkdirSync(dataDir);
  const configDir = join(import.meta.dirname, "../../docs/example");
  const read = readSettings(
    { SKYGROUND_HTTP_PORT: "0", SKYGROUND_MQTT_PORT: "0" },
    { configDir, dataDir, isDemo: true },
  );
  if (!read.ok) throw new Error(read.faults.join("\n"));
  const clock = createHandClock(startAt, 60);
  const bugs: Error[] = [];
  const app = await startApp({
    settings: read.settings,
    version: "0",
    dashboardDir: "",
    log: createLog("silent"),
    clock,
    onBug: (error) => void bugs.push(error),
  });
  const wall = newWall(`http://127.0.0.1:${app.httpPort}`);
  const told: { readonly transition: Transition; readonly alarm: AlarmView }[] = [];
  wall.on("changes", ({ items }) => {
    for (const item of items) if (item.type === "alarm") told.push(item);
  });
  await next(wall, "snapshot");
  const renewed = app.register.renewDevice("plant-1", "gw-1");
  if (!renewed.ok) throw new Error(renewed.fault);
  const name = userNameOf("plant-1", "gw-1");
  const device = await mqtt.connectAsync(`mqtt://127.0.0.1:${app.mqttPort}`, {
    clientId: name,
    username: name,
    password: renewed.secret,
  });
  const send = async (atMinutes: number, measuredMinutes: number, value: number): Promise<void> => {
    clock.turnTo(startAt + atMinutes * minute);
    await turn();
    const payload = JSON.stringify({ ts: startAt + measuredMinutes * minute, values: { "TEMP-1": value } });
    await device.publishAsync("skyground/v1/plant-1/gw-1/telemetry", payload, { qos: 1 });
  };
  await send(0, 0, 90);
  await send(10, 10, 90);
  await send(11, 5, 106);
  await send(15, 15, 90);
  expect(told.filter((one) => one.alarm.id === alarm)).toEqual([]);
  clock.turnTo(startAt + 20 * minute + 59_000);
  await send(21, 20, 90);
  const amended = await until("the amendment is told", () => {
    clock.turnTo(startAt + 21 * minute);
    const its = told.filter(({ transition }) => transition.amends !== undefined);
    return its.length < 2 ? undefined : its;
  });
  expect(amended.map(({ transition }) => transition)).toMatchObject([
    { at: startAt + 5 * minute, level: "red", value: 106, amends: null, foundLateMs: 16 * minute },
    { at: startAt + 10 * minute, fromLevel: "red", level: null, value: 90 },
  ]);
  expect(amended.at(-1)?.alarm).toMatchObject({ id: alarm, state: "returnedUnacknowledged", isAmended: true });
  wall.disconnect();
  await device.endAsync();
  await app.stop();
  expect(bugs).toEqual([]);
  const said: string[] = [];
  runVerify(dataDir, {}, { out: (line) => void said.push(line), say: (line) => void said.push(line) });
  expect(said.at(-1)).toContain("0 missing, 0 extra");
}, 60_000);
