// Sound in Chromium: held back by the browser or not, one screen of a room, the voice from our own clips, and the sound test.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { SoundTestView } from "../../contract/receipt.ts";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { boxOf, clippedOf, overflowingOf } from "../support/page-probes.ts";
import { programAt, runProgram } from "../support/program.ts";
import { until } from "../support/server.ts";

let demo: Demo;
/** A browser as it comes, and one as a wall is started. */
let plain: Walls;
let kiosk: Walls;

async function send(value: number): Promise<void> {
  const program = programAt("/usr/bin/mosquitto_pub", "mosquitto-clients");
  const secret = demo.credentials.devices["hc-03/try-1"] ?? "";
  const broker = ["-h", "127.0.0.1", "-p", String(demo.mqttPort), "-u", "hc-03.try-1", "-P", secret];
  const message = [
    "-q",
    "1",
    "-t",
    "skyground/v1/hc-03/try-1/telemetry",
    "-m",
    JSON.stringify({ values: { "GD-901": value } }),
  ];
  expect(await runProgram(program, [...broker, ...message])).toMatchObject({ code: 0, stderr: "" });
}

/** What the page tells of its sound, on its root. */
const told = (wall: WallPage, name: "sounded" | "said" | "voice"): Promise<string | null> =>
  wall.page.locator("html").getAttribute(`data-${name}`);

const inRoom = (page: Page): Promise<void> =>
  page.addInitScript(`localStorage.setItem("skyground.room", "值班室")`).then(() => undefined);

beforeAll(async () => {
  [demo, plain, kiosk] = await Promise.all([
    startDemo({ withSimulators: false }),
    startWalls(),
    startWalls(["--autoplay-policy=no-user-gesture-required"]),
  ]);
});

afterEach(async () => {
  await plain.closeAll();
  await kiosk.closeAll();
});

afterAll(async () => {
  await plain?.stop();
  await kiosk?.stop();
  await demo?.stop();
});

describe("a browser that holds sound back", () => {
  it("has a strip over the whole width that says so, and loses it by Enter", async () => {
    const wall = await plain.open(demo.url);
    const strip = wall.byTest("sound-off");
    await strip.waitFor();
    expect(await strip.innerText()).toContain("声音未启用 — 按 Enter 启用");
    expect(await boxOf(wall.page, '[data-testid="sound-off"]')).toMatchObject({ x: 0, width: 1920 });
    expect([...(await overflowingOf(wall.page)), ...(await clippedOf(wall.page))]).toEqual([]);
    await wall.picture("sound-off-zh");
    await wall.page.keyboard.press("Enter");
    await strip.waitFor({ state: "detached" });
  });

  it("is one that a wall's own flag lets sound: no strip", async () => {
    const wall = await kiosk.open(demo.url);
    await wall.byTest("sound-control").waitFor();
    await until("the page has looked", async () => (await told(wall, "voice")) === "own");
    expect(await wall.byTest("sound-off").count()).toBe(0);
  });
});

describe("the sound test", () => {
  it("plays every sound once, is written down, and is told to whoever asks", async () => {
    const wall = await kiosk.open(demo.url);
    await wall.login("duty-city", demo.credentials.people["duty-city"] ?? "");
    await wall.byTest("sound-control").click();
    await wall.page.locator('[data-testid="sound-panel"]').waitFor();
    await wall.page.keyboard.press("Escape");
    await wall.page.locator('[data-testid="sound-panel"]').waitFor({ state: "detached" });
    await wall.byTest("sound-control").click();
    await wall.byTest("sound-test").click();
    const result = wall.byTest("sound-tested");
    await until("the test is over", async () => (await result.innerText()).includes("已记录"), 15_000);
    expect(await result.innerText()).toMatch(/试音：4 种音，语音已播放/u);
    await wall.picture("sound-panel-zh");
    const answer = await wall.page.request.get(`${demo.url}/api/sound/self-tests`);
    const { tests } = (await answer.json()) as { readonly tests: readonly SoundTestView[] };
    expect(tests).toMatchObject([{ screen: "duty-city", room: null, tones: 4, hasVoice: true }]);
  });
});

describe("two screens of one room", () => {
  it("sound one at a time: the other says whose, and takes over when that one is closed", async () => {
    const first = await kiosk.open(demo.url, { prepare: inRoom });
    await until("the first is the voice", async () => (await told(first, "voice")) === "own");
    const second = await kiosk.open(demo.url, { prepare: inRoom });
    await until("the second is quiet", async () => (await told(second, "voice")) === "other");
    expect(await second.byTest("sound-other").innerText()).toBe("静音：由本室另一块屏发声");
    await send(80);
    await until("the first sounds red", async () => (await told(first, "sounded"))?.endsWith(" red") === true, 10_000);
    await until("the first says it", async () => (await told(first, "said")) !== null, 5000);
    expect(await told(first, "said")).toMatch(/^红色预警 .*请确认$/u);
    expect(first.requests().filter((address) => /\/voice\/zh\/\w+\.wav$/u.test(address)).length).toBeGreaterThan(2);
    expect(await told(second, "sounded")).toBeNull();
    await second.picture("sound-other-zh");
    await first.close();
    const closedAt = performance.now();
    await until("the second sounds", async () => (await told(second, "sounded"))?.endsWith(" red") === true, 5000);
    expect(performance.now() - closedAt).toBeLessThan(3000);
    expect(await told(second, "voice")).toBe("own");
  });
});
