// The health of gateways in Chromium over a real server and real MQTT: a gateway that speaks, gaps that show, and one that goes.
import mqtt from "mqtt";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { accessFaultsOf } from "../support/access.ts";
import { startWalls, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { textsOf } from "../support/page-probes.ts";

const device = "hc-03/gw-1";

let demo: Demo;
let walls: Walls;

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false }), startWalls()]);
});
afterEach(() => walls.closeAll());
afterAll(async () => {
  await walls?.stop();
  await demo?.stop();
});

it("shows a gateway come, miss numbers and go, and opens its ledger by keys", async () => {
  // Screens and latency may be of a server that does not tell of them: the page says so, and so does the browser.
  const wall = await walls.open(demo.url, { expected: /status of 404/u });
  const { page, byTest } = wall;
  await wall.login("admin", demo.credentials.people["admin"] ?? "");
  await page.goto(`${demo.url}/gateways`);
  await byTest(`row-${device}`).waitFor();
  expect(await byTest("kpi-online").innerText()).toContain("0 / 20");

  const client = await mqtt.connectAsync(`mqtt://127.0.0.1:${demo.mqttPort}`, {
    clientId: "hc-03-gw-1",
    username: "hc-03.gw-1",
    password: demo.credentials.devices[device] ?? "",
  });
  const say = (seq: number, value: unknown): Promise<unknown> =>
    client.publishAsync(
      "skyground/v1/hc-03/gw-1/telemetry",
      JSON.stringify({ ts: Date.now(), seq, values: { "LT-101": value } }),
      { qos: 1 },
    );
  await say(1, 35);
  await say(5, 36);
  // Refused, and told with its example.
  await client.publishAsync("skyground/v1/hc-03/gw-1/telemetry", "{", { qos: 1 });
  const row = page.locator("tr", { has: byTest(`row-${device}`) });
  await byTest("kpi-online").getByText("1 / 20").waitFor();
  await row.getByText("在线").waitFor();
  // 2, 3 and 4 are missing.
  await row.locator("td.number", { hasText: /^3$/u }).waitFor();
  await byTest("faults-table").getByText("MESSAGE_BAD_JSON").waitFor();

  await byTest(`row-${device}`).focus();
  await page.keyboard.press("Enter");
  await byTest("gateway-detail").waitFor();
  expect(await byTest("gateway-detail").innerText()).toContain("2–4");
  expect(page.url()).toContain("id=hc-03%2Fgw-1");

  await page.keyboard.press("o");
  await page.waitForURL(/odd=1/u);
  expect(await accessFaultsOf(page)).toEqual([]);
  const texts = await textsOf(page);
  expect(texts.filter((text) => /undefined|NaN|gateways\.|\{\w+\}/u.test(text))).toEqual([]);
  await wall.picture("gateways");

  await client.endAsync();
  await row.getByText("离线").waitFor();
  // What was asked for is still asked for after a reload.
  await page.reload();
  await byTest("gateway-detail").waitFor();
  await page.setViewportSize({ width: 320, height: 800 });
  const wider = "document.querySelector('.console').scrollWidth - document.querySelector('.console').clientWidth";
  expect(await page.evaluate<number>(wider)).toBe(0);
});
