// The bench page in Chromium: an enterprise logs in, sees its gateway fail, mends it, and passes; on a desk and on a phone.
import { join } from "node:path";
import mqtt from "mqtt";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { wallIsBuilt } from "../support/demo.ts";
import { colouredOf, outsideOf, textsOf } from "../support/page-probes.ts";
import { openTrialStand, password, type TrialStand } from "../support/trial.ts";

const dashboardDir = join(import.meta.dirname, "../../dist/dashboard");
const desk = [1366, 900] as const;
const phone = [390, 844] as const;
/** Nobody has logged in yet, which the browser says of each call. */
const expected = /status of 401/u;

let stand: TrialStand;
let walls: Walls;

beforeAll(async () => {
  wallIsBuilt();
  const times = { listenMs: 8000, cutMs: 3000, returnMs: 6000, settleMs: 1500 };
  [stand, walls] = await Promise.all([openTrialStand({ dashboardDir, times }), startWalls()]);
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  await walls?.stop();
  await stand?.close();
});

async function open(size: readonly [number, number], language: "zh" | "en"): Promise<WallPage> {
  const path = `/onboard?lang=${language}`;
  return walls.open(stand.url, { size, path, landmark: "login-name", expected });
}

async function logIn(page: WallPage): Promise<void> {
  await page.byTest("login-name").fill("works");
  await page.byTest("login-password").fill(password);
  await page.page.keyboard.press("Enter");
  await page.byTest("device-plant-1/gw-1").waitFor();
  await page.byTest("connection").waitFor();
}

/** Takes a picture of each page, and looks for what is cut, coloured or in no language. */
async function show(pages: Readonly<Record<string, WallPage>>, state: string): Promise<void> {
  for (const [name, page] of Object.entries(pages)) {
    await page.picture(`onboard-${state}-${name}`);
    expect(await outsideOf(page.page), `${state} ${name}`).toEqual([]);
    expect(await colouredOf(page.page), `${state} ${name}`).toEqual([]);
    const texts = await textsOf(page.page);
    expect(texts.filter((text) => /undefined|NaN|onboard\.|\{\w+\}/u.test(text))).toEqual([]);
    const chinese = texts.filter((text) => /\p{Script=Han}/u.test(text));
    if (name === "en") expect(chinese).toEqual(["中文"]);
  }
}

it("leads an enterprise from nothing over a failed trial to a passed one", async () => {
  const secret = await stand.enter();
  const pages = { zh: await open(desk, "zh"), phone: await open(phone, "zh"), en: await open(desk, "en") };
  await show(pages, "login");
  for (const page of Object.values(pages)) await logIn(page);
  await show(pages, "none");

  // By keys alone: the button is reached, its focus can be seen, and it begins the trial.
  const { zh } = pages;
  await zh.byTest("device-plant-1/gw-1").focus();
  await zh.page.keyboard.press("Tab");
  expect(await zh.page.evaluate<string>("document.activeElement.dataset.testid")).toBe("start");
  expect(await zh.page.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  await zh.page.keyboard.press("Enter");
  await zh.byTest("stop").waitFor();

  const sloppy = mqtt.connect(`mqtt://127.0.0.1:${stand.mqttPort()}`, {
    clientId: "sloppy",
    username: "plant-1.gw-1",
    password: secret,
    reconnectPeriod: 200,
    queueQoSZero: false,
  });
  let count = 0;
  const sending = setInterval(() => {
    count += 1;
    const topic = count === 10 ? "plant-1/temperature" : "skyground-trial/v1/plant-1/gw-1/telemetry";
    const value = { "T-1": { v: 20, u: "kPa" }, "Temperature 2": 999, "X-1": 5 };
    if (sloppy.connected) sloppy.publish(topic, JSON.stringify({ ts: Date.now() - 30_000, values: value }));
  }, 200);
  await zh.page.locator('[role="status"]', { hasText: "正在监听" }).waitFor();
  await pages.en.page.locator('[role="status"]', { hasText: "Listening" }).waitFor();
  await pages.phone.page.locator('[role="status"]', { hasText: "正在监听" }).waitFor();
  await show(pages, "listening");
  for (const page of [zh, pages.phone])
    await page.page.locator('[role="status"]', { hasText: "试验结束：未通过" }).waitFor({ timeout: 60_000 });
  await pages.en.page.locator('[role="status"]', { hasText: "not passed" }).waitFor();
  clearInterval(sending);
  await sloppy.endAsync(true);
  await show(pages, "failed");

  await zh.byTest("start").click();
  await zh.byTest("stop").waitFor();
  stand.gateway(secret);
  for (const page of [zh, pages.phone])
    await page.page.locator('[role="status"]', { hasText: "试验结束：通过" }).waitFor({ timeout: 60_000 });
  await pages.en.byTest("opened").waitFor();
  await show(pages, "passed");
  expect(await zh.byTest("device-plant-1/gw-1").innerText()).toContain("已开通");
});
