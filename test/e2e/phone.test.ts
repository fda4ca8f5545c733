// An enterprise's person with a telephone: logs in, answers an alarm of his site, works on its incident, and reads a value by hand.
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { accessFaultsOf } from "../support/access.ts";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { programAt, runProgram } from "../support/program.ts";

const point = "hc-03/GD-901";
const alarm = `[data-alarm^="${point}"][data-alarm$="high"]`;
const phone = [390, 844] as const;

/** The smallest picture there is: one dot. */
const dot = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

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

async function send(value: number): Promise<void> {
  const program = programAt("/usr/bin/mosquitto_pub", "mosquitto-clients");
  const broker = ["-h", "127.0.0.1", "-p", String(demo.mqttPort), "-u", "hc-03.try-1"];
  const secret = ["-P", demo.credentials.devices["hc-03/try-1"] ?? ""];
  const message = ["-q", "1", "-t", "skyground/v1/hc-03/try-1/telemetry", "-m", `{"values":{"GD-901":${value}}}`];
  expect(await runProgram(program, [...broker, ...secret, ...message])).toMatchObject({ code: 0, stderr: "" });
}

async function openPhone(lang: "zh" | "en" = "zh"): Promise<WallPage> {
  const page = await walls.open(demo.url, { path: `/my?lang=${lang}`, size: phone, landmark: "login-name" });
  await page.byTest("login-name").fill("enterprise");
  await page.byTest("login-password").fill(demo.credentials.people["enterprise"] ?? "");
  await page.byTest("login-submit").click();
  await page.byTest("logout").waitFor();
  return page;
}

it("shows a person his own site's alarms alone, takes his answer, and keeps his place over a reload", async () => {
  const mine = await openPhone();
  await mine.byTest("nothing").waitFor();
  await mine.picture("phone-empty-zh");
  await send(80);
  const mineAlarm = mine.page.locator(`article${alarm}`);
  await mineAlarm.waitFor();
  await mine.picture("phone-alarm-zh");
  await mineAlarm.locator('[data-testid="alarm-head"]').click();
  expect(await accessFaultsOf(mine.page)).toEqual([]);
  await mine.picture("phone-opened-zh");
  await mineAlarm.locator('[data-testid="acknowledge"]').click();
  await mineAlarm.locator('[data-testid="acknowledge"]').waitFor({ state: "detached" });
  await mine.page.reload();
  await mine.page.locator(`article${alarm} [aria-expanded="true"]`).waitFor();
  expect(await mine.page.locator("article:not(" + alarm + ")").count()).toBe(0);
  await mine.picture("phone-answered-zh");
});

it("takes his work on the incident step by step, with a picture, and keeps what he wrote where something is missing", async () => {
  const mine = await openPhone();
  const step = (name: string) => mine.page.locator(`[data-testid="incident"][data-step="${name}"]`).waitFor();
  const write = (text: string) => mine.byTest("incident-text").fill(text);
  await mine.page.locator(`article${alarm} [data-testid="alarm-head"]`).click();
  await step("received");
  await mine.byTest("verify-true").click();
  await mine.page.getByText("请填写内容").waitFor();
  await write("现场便携仪 45 %LEL，泵房法兰泄漏");
  await mine.byTest("verify-true").click();
  await step("verified");
  await write("已停泵，疏散 6 人");
  await mine.byTest("dispose").click();
  await step("disposing");
  await mine
    .byTest("file")
    .setInputFiles({ name: "<img src=x onerror=alert(1)>.png", mimeType: "image/png", buffer: dot });
  await mine.page.getByText("<img src=x onerror=alert(1)>.png").last().waitFor();
  await write("泄漏已止住，等待复测");
  await mine.byTest("report").click();
  await mine.page.getByText("请填写内容").waitFor();
  await mine.byTest("report-to").fill("县应急局值班室");
  await mine.byTest("report").click();
  await step("reported");
  expect(await mine.byTest("incident-text").inputValue()).toBe("");
  await write("复测 2 %LEL");
  await mine.byTest("note").click();
  await mine.page.getByText("复测 2 %LEL").first().waitFor();
  expect(await accessFaultsOf(mine.page)).toEqual([]);
  await mine.picture("phone-incident-zh");
});

it("takes a reading by hand with its remark, and says at the field what is missing", async () => {
  const mine = await openPhone("en");
  await mine.byTest("tab-reading").click();
  await mine.byTest("reading-send").click();
  await mine.page.getByText("Choose a point", { exact: true }).last().waitFor();
  await mine.byTest("reading-point").selectOption(point);
  await mine.byTest("reading-value").fill("1x");
  await mine.byTest("reading-send").click();
  await mine.page.getByText("A reading is a number").waitFor();
  await mine.byTest("reading-value").fill("3.2");
  await mine.byTest("reading-reason").fill("portable detector");
  expect(await accessFaultsOf(mine.page)).toEqual([]);
  await mine.picture("phone-reading-en");
  await mine.byTest("reading-send").click();
  await mine.byTest("reading-done").waitFor();
});
