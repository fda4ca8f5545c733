// A wall on duty in Chromium: what it paints completes the stamps; where its page hangs or it is gone, the city is told.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { AlarmStamps, LatencyView, ScreenHealth } from "../../contract/receipt.ts";
import { defaultSeat } from "../../contract/seat.ts";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { programAt, runProgram } from "../support/program.ts";
import { type LoggedIn, openWall, runCommand, until } from "../support/server.ts";

const alarm = "hc-03/GD-901~limit~high";
const wallAlarm = "wall:hall~screen";

let demo: Demo;
let walls: Walls;
let cookie = "";

beforeAll(async () => {
  [demo, walls] = await Promise.all([
    startDemo({ withSimulators: false, environment: { SKYGROUND_CANARY_EVERY_MS: "4000" } }),
    startWalls(),
  ]);
  cookie = (await look()).cookie;
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  await walls?.stop();
  await demo?.stop();
});

/** What the administrator sees now. */
async function look(): Promise<Pick<LoggedIn, "snapshot" | "cookie">> {
  const { wall, snapshot, cookie: own } = await openWall(demo, "admin", demo.credentials.people["admin"] ?? "");
  wall.disconnect();
  return { snapshot, cookie: own };
}

async function ask<T>(path: string, body?: unknown): Promise<T> {
  const headers = { cookie, "content-type": "application/json", "x-skyground": "1" };
  const init = body === undefined ? { headers } : { method: "POST", headers, body: JSON.stringify(body) };
  const answer = await fetch(demo.url + path, init);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}

async function publish(value: number): Promise<void> {
  const program = programAt("/usr/bin/mosquitto_pub", "mosquitto-clients");
  const secret = demo.credentials.devices["hc-03/try-1"] ?? "";
  const broker = ["-h", "127.0.0.1", "-p", String(demo.mqttPort), "-u", "hc-03.try-1", "-P", secret, "-q", "1"];
  const payload = JSON.stringify({ ts: Date.now(), values: { "GD-901": value } });
  const message = ["-t", "skyground/v1/hc-03/try-1/telemetry", "-m", payload];
  expect(await runProgram(program, [...broker, ...message])).toMatchObject({ code: 0, stderr: "" });
}

/** A browser that becomes the wall, and is on duty. */
async function hangUp(token: string): Promise<WallPage> {
  const wall = await walls.open(demo.url);
  const join = `fetch("/api/wall-session", { method: "POST", headers: { "content-type": "application/json" },
    body: JSON.stringify({ token: ${JSON.stringify(token)} }) }).then((answer) => answer.status)`;
  expect(await wall.page.evaluate<number>(join)).toBe(200);
  await wall.page.reload();
  await wall.byTest("banner").waitFor();
  return wall;
}

const hall = async (): Promise<ScreenHealth | undefined> =>
  (await ask<readonly ScreenHealth[]>("/api/walls/health")).find(({ id }) => id === "hall");
const alive = async (): Promise<number> => (await fetch(`${demo.url}/api/walls/hall/alive`)).status;
const stateOf = (state: ScreenHealth["state"]): Promise<ScreenHealth> =>
  until(
    `the wall is ${state}`,
    async () => {
      const seen = await hall();
      return seen?.state === state && seen.reportedAt !== null ? seen : null;
    },
    60_000,
  );

it("paints a red on a wall on duty: seven stamps; tells of a page that hangs, and of a wall that is gone", async () => {
  const { token } = await ask<{ token: string }>("/api/walls/add", { id: "hall", name: "指挥大厅", tier: "city" });
  const seat = { ...defaultSeat, isOnDuty: true };
  await ask("/api/walls/seat", { id: "hall", seat, reason: "the duty room relies on it" });
  const wall = await hangUp(token);
  const up = await stateOf("up");
  expect(up).toMatchObject({ isWall: true, isOnDuty: true, report: { screen: "/wall/s1", gaps: 0 } });
  expect(up.report?.nodes).toBeGreaterThan(100);
  expect(await alive()).toBe(200);

  await publish(55);
  const stamps = await until("the alarm is painted", async () => {
    const found = await ask<AlarmStamps>(`/api/alarms/${encodeURIComponent(alarm)}/stamps`).catch(() => null);
    return found?.painted.length === 1 ? found : null;
  });
  const { measured, received, judged, recorded, pushed, acknowledged } = stamps.at;
  const times = [measured, received, judged, recorded, pushed, stamps.painted[0]?.at ?? null];
  expect(times).not.toContain(null);
  expect(times).toEqual(times.toSorted((one, other) => Number(one) - Number(other)));
  expect(acknowledged).toBeNull();
  expect(stamps).toMatchObject({ occurrence: 1, painted: [{ screen: "指挥大厅" }] });
  const canary = { state: "ok", everyMs: 4000, brokenAt: null };
  const latency = await until("the canary is back", async () => {
    const found = await ask<LatencyView>("/api/latency");
    return found.canary.state === "ok" && (found.canary.lastAt ?? 0) > (stamps.at.pushed ?? 0) ? found : null;
  });
  expect(latency).toMatchObject({ alarms: 1, limitMs: 1000, whole: { count: 1 }, canary });

  // The script of the page stops; only the thread beside it can tell.
  const blocked = wall.page.evaluate(`{ const until = Date.now() + 21_000; while (Date.now() < until); }`);
  await stateOf("frozen");
  expect(await alive()).toBe(503);
  await blocked;
  await stateOf("up");

  await wall.close();
  await stateOf("silent");
  const { alarms } = (await look()).snapshot;
  expect(alarms.find(({ id }) => id === wallAlarm)).toMatchObject({ level: "orange", why: { code: "wallSilent" } });
  // It has painted the red before it went: nobody missed that one.
  expect(alarms.some(({ id, level }) => id === "walls~down" && level !== null)).toBe(false);

  await demo.stopServer("SIGTERM");
  const { code, stdout } = await runCommand(["verify", "--data", demo.dataDir]);
  expect({ code, stdout }).toMatchObject({ code: 0 });
  await demo.startServer();
}, 180_000);
