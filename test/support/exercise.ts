// A scenario through the whole built server in this process: real MQTT, journal, historian and wall on a hand-turned clock.
import { mkdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { setImmediate as turn } from "node:timers/promises";
import { parse } from "yaml";
import type { Transition } from "../../contract/alarm.ts";
import type { History } from "../../contract/wall.ts";
import type * as AppRoom from "../../server/app.ts";
import type * as ClockRoom from "../../server/app/clock.ts";
import type * as SettingsRoom from "../../server/config/settings.ts";
import type { App } from "../../server/app.ts";
import type * as VerifyRoom from "../../server/commands/verify.ts";
import { createLog } from "../../server/log.ts";
import { connectDevices } from "../../simulators/exercise/devices.ts";
import { writeSiteConfig } from "../../simulators/exercise/site-config.ts";
import { exerciseStartMs as startMs, goOnAir, passTo } from "../../simulators/exercise/stage.ts";
import { createFleet } from "../../simulators/fleet.ts";
import { parseScenario, type Scenario } from "../../simulators/sites/scenario.ts";
import { demoConfig } from "./demo.ts";
import { until } from "./server.ts";
import { newWall, next } from "./socket-room.ts";

// The built program: the historian's thread starts from its compiled file.
const built = (room: string): string => join(import.meta.dirname, "../../dist/server", room);
const { startApp } = (await import(built("app.js"))) as typeof AppRoom;
const { createHandClock } = (await import(built("app/clock.js"))) as typeof ClockRoom;
const { readSettings } = (await import(built("config/settings.js"))) as typeof SettingsRoom;

const { runVerify } = (await import(built("commands/verify.js"))) as typeof VerifyRoom;

/** Reads a scenario of the configuration. */
export function readScenario(file: string): Scenario {
  const parsed = parseScenario(parse(readFileSync(file, "utf8")));
  if (!parsed.ok) throw new Error(`${basename(file)}: ${parsed.faults.join("; ")}`);
  return parsed.scenario;
}

/** What a wall heard while a scenario was played. */
export interface Played {
  readonly startMs: number;
  readonly transitions: readonly Transition[];
  /** How many values of the first watched point the historian keeps. */
  readonly stored: number;
  /** What `verify` says of the journal. */
  readonly verdict: string;
}

const DAY_MS = 86_400_000;
/** Where the ground of weeks tells the story, its marks report every five minutes, and so may all else. */
const LONG_MS = 5 * DAY_MS;
const LONG_REPORT_MS = 300_000;

function passwordsOf(app: App): Readonly<Record<string, string>> {
  const entries = app.plan().devices.map(({ id, site, code }) => {
    const renewed = app.register.renewDevice(site, code);
    if (!renewed.ok) throw new Error(renewed.fault);
    return [id, renewed.secret] as const;
  });
  return Object.fromEntries(entries);
}

async function storedOf(url: string, { site, watch, durationMs }: Scenario): Promise<number> {
  const query = new URLSearchParams({
    point: `${site}/${watch[0]}`,
    from: String(startMs),
    to: String(startMs + durationMs),
    buckets: "1",
  });
  const history = (await (await fetch(`${url}/api/history?${query.toString()}`)).json()) as History;
  return history.buckets.reduce((sum, { count }) => sum + count, 0);
}

/** Plays a scenario to its end, as fast as everything is acknowledged; leaves the journal in the data directory. */
export async function play(scenario: Scenario, folder: string): Promise<Played> {
  const [configDir, dataDir] = [join(folder, "config"), join(folder, "data")];
  mkdirSync(dataDir);
  writeSiteConfig(demoConfig, configDir, scenario.site, scenario.durationMs < LONG_MS ? 0 : LONG_REPORT_MS);
  const read = readSettings(
    { SKYGROUND_HTTP_PORT: "0", SKYGROUND_MQTT_PORT: "0" },
    { configDir, dataDir, isDemo: true },
  );
  if (!read.ok) throw new Error(read.faults.join("\n"));
  const clock = createHandClock(startMs, scenario.speed);
  const bugs: Error[] = [];
  const app = await startApp({
    settings: read.settings,
    version: "0",
    dashboardDir: "",
    log: createLog("silent"),
    clock,
    onBug: (error) => void bugs.push(error),
  });
  const url = `http://127.0.0.1:${app.httpPort}`;
  const wall = newWall(url);
  const transitions: Transition[] = [];
  wall.on("changes", ({ items }) => {
    for (const item of items) if (item.type === "alarm") transitions.push(item.transition);
  });
  const { plan } = await next(wall, "snapshot");
  const fleet = createFleet({ plan, seed: 1, startAtMs: startMs });
  const devices = await connectDevices(`mqtt://127.0.0.1:${app.mqttPort}`, fleet, passwordsOf(app));
  const stage = {
    turnTo: async (atMs: number): Promise<void> => {
      clock.turnTo(atMs);
      await turn();
    },
    publish: devices.publish,
  };
  await goOnAir(fleet, stage, startMs);
  fleet.play(scenario, startMs);
  // Deadlines fall due at their own instants: between messages the clock may go in wide steps.
  const stepMs = scenario.durationMs > DAY_MS ? 60_000 : 1000;
  const endMs = startMs + scenario.durationMs;
  for (let atMs = startMs; atMs < endMs;) {
    atMs = Math.min(endMs, atMs + stepMs);
    await passTo(fleet, stage, atMs);
  }
  // Answered on the same line as the changes, and so after all of them.
  await wall.timeout(10_000).emitWithAck("time");
  wall.disconnect();
  await devices.close();
  const stored = await until("the historian has the story", async () => {
    const count = await storedOf(url, scenario);
    return count > 0 ? count : null;
  });
  await app.stop();
  if (bugs[0] !== undefined) throw bugs[0];
  const said: string[] = [];
  runVerify(dataDir, {}, { out: (line) => void said.push(line), say: (line) => void said.push(line) });
  return { startMs, transitions, stored, verdict: said.join("\n") };
}
