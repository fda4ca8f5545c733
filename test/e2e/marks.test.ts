// Marks in Chromium: an alarm is shelved by keys, stands with its age on every wall, and asks again at its end.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { overflowingOf } from "../support/page-probes.ts";
import { programAt, runProgram } from "../support/program.ts";
import { verify } from "../support/recorded.ts";

const device = "hc-07/gw-1";
const alarm = '[role="row"][data-alarm="hc-07/PT-101~fault"]';

let demo: Demo;
let walls: Walls;

async function publish(values: object): Promise<void> {
  const program = programAt("/usr/bin/mosquitto_pub", "mosquitto-clients");
  const broker = ["-h", "127.0.0.1", "-p", String(demo.mqttPort), "-u", device.replace("/", ".")];
  const secret = ["-P", demo.credentials.devices[device] ?? ""];
  const message = ["-q", "1", "-t", `skyground/v1/${device}/telemetry`, "-m", JSON.stringify({ values })];
  expect(await runProgram(program, [...broker, ...secret, ...message])).toMatchObject({ code: 0, stderr: "" });
}

async function login(who: string, path: string): Promise<WallPage> {
  const wall = await walls.open(demo.url, { path });
  await wall.login(who, demo.credentials.people[who] ?? "");
  await wall.page.locator(alarm).waitFor();
  return wall;
}

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false }), startWalls()]);
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  await walls?.stop();
  await demo?.stop();
});

it("shelves by H with a reason, shows it with age and end in both languages, silences by S, and ends by hand", async () => {
  await publish({ "PT-101": { v: 0.5, q: "bad" } });
  const [county, city] = [await login("duty-county", "/alarms"), await login("duty-city", "/alarms?lang=en")];
  await county.page.locator(alarm).click();
  await county.page.keyboard.press("h");
  await county.byTest("act-reason").fill("变送器校验");
  await county.byTest("act-hours").selectOption("2");
  await county.picture("s4-shelve-zh");
  expect(await overflowingOf(county.page)).toEqual([]);
  await county.byTest("act-confirm").click();
  await county.byTest("mark").waitFor();
  expect(await county.byTest("mark").innerText()).toMatch(/搁置 · 已 .* · 至 .*duty-county：变送器校验/u);
  await city.page.locator(alarm).click();
  await city.byTest("mark").waitFor();
  expect(await city.byTest("mark").innerText()).toMatch(/Shelved · for .* · until .*duty-county: 变送器校验/u);
  await city.byTest("outOfService").click();
  await city.picture("s4-shelved-en");
  expect(await overflowingOf(city.page)).toEqual([]);
  await county.byTest("unshelve").click();
  await county.byTest("mark").waitFor({ state: "detached" });
  await county.page.keyboard.press("s");
  await county.page.locator('[data-testid="notice"]', { hasText: "已静音" }).waitFor();
  await county.picture("s4-unshelved-zh");
  await walls.closeAll();
  await demo.stopServer("SIGTERM");
  expect((await verify(demo.dataDir)).verdict).toMatch(/: 0 missing, 0 extra$/u);
});
