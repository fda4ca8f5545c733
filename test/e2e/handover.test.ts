// A change of shift in Chromium: the sheet says what stands, the next officer takes it over by name, and both walls ask again.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { accessFaultsOf } from "../support/access.ts";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { outsideOf } from "../support/page-probes.ts";
import { programAt, runProgram } from "../support/program.ts";
import { until } from "../support/server.ts";
import { verify } from "../support/recorded.ts";

const point = "hc-03/GD-901";
const device = "hc-03/try-1";
const row = `[role="row"][data-alarm="${point}~limit~high"]`;

let demo: Demo;
let walls: Walls;

async function send(value: number): Promise<void> {
  const program = programAt("/usr/bin/mosquitto_pub", "mosquitto-clients");
  const broker = ["-h", "127.0.0.1", "-p", String(demo.mqttPort), "-u", "hc-03.try-1"];
  const secret = ["-P", demo.credentials.devices[device] ?? ""];
  const payload = JSON.stringify({ values: { "GD-901": value } });
  const message = ["-q", "1", "-t", `skyground/v1/${device}/telemetry`, "-m", payload];
  expect(await runProgram(program, [...broker, ...secret, ...message])).toMatchObject({ code: 0 });
}

async function login(who: string, options: Parameters<Walls["open"]>[1] = {}): Promise<WallPage> {
  const wall = await walls.open(demo.url, options);
  await wall.login(who, demo.credentials.people[who] ?? "");
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

it("is taken over by the next officer with a word on the red, and what stands asks again on both walls", async () => {
  await send(80);
  const going = await login("duty-city", { path: "/alarms" });
  const [first, second] = [going, await login("duty-city", { path: "/alarms" })];
  await going.page.locator(row).click();
  await going.page.keyboard.press("a");
  const stateOf = (wall: WallPage) => wall.page.locator(row).innerText();
  await until("both walls see the answer", async () =>
    (await Promise.all([first, second].map(stateOf))).every((text) => text.includes("已应答")),
  );
  expect(await accessFaultsOf(going.page)).toEqual([]);

  const coming = await login("duty-city");
  const { page, byTest } = coming;
  await page.keyboard.press("Alt+5");
  await byTest("handover-alarm").first().waitFor();
  expect(await byTest("handover-alarms").innerText()).toContain("试用探测器");
  expect(await byTest("handover-last").innerText()).toContain("尚无接班记录");
  // The on-coming one sits down: from now on the seat is his.
  await byTest("handover-change").click();
  await byTest("handover-name").fill("admin");
  await byTest("handover-password").fill(demo.credentials.people["admin"] ?? "");
  await byTest("handover-login").click();
  await until("the seat is another's", async () => (await byTest("handover-person").innerText()).includes("admin"));
  expect(await accessFaultsOf(page)).toEqual([]);
  await byTest("handover-note").fill("县级已到场复测");
  await page.keyboard.press("Control+Enter");
  await byTest("handover-confirm").waitFor();
  await coming.picture("s5-ask-zh");
  await page.keyboard.press("Control+Enter");
  await until("it is told who took over", async () => (await byTest("handover-last").innerText()).includes("admin"));
  expect(await byTest("handover-last").innerText()).toContain("县级已到场复测");
  expect(await byTest("handover-notice").innerText()).toMatch(/admin 已接班，.*条预警已再次提醒/u);
  await until("both walls ask again", async () =>
    (await Promise.all([first, second].map(stateOf))).every((text) => text.includes("未确认")),
  );
  await coming.picture("s5-taken-zh");
  await going.picture("s4-handed-over-zh");
});

it("wants a word where a red is unacknowledged, fits a phone, and tells who took over to whoever comes later", async () => {
  const late = await login("duty-city", { size: [320, 800] });
  const { page, byTest } = late;
  await page.keyboard.press("Alt+5");
  await byTest("handover-go").waitFor();
  expect(await byTest("handover-last").innerText()).toContain("admin");
  await page.keyboard.press("Control+Enter");
  expect(await byTest("handover-note-fault").innerText()).toContain("写明已知情况");
  expect(await outsideOf(page)).toEqual([]);
  expect(await accessFaultsOf(page)).toEqual([]);
  await late.picture("s5-320-zh");
  await walls.closeAll();
  await demo.stopServer("SIGTERM");
  expect((await verify(demo.dataDir)).verdict).toMatch(/: 0 missing, 0 extra$/u);
});
