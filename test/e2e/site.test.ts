// A chemical site in Chromium: drawn to scale from its plan, driven by one device over MQTT, answered for, and reached by every way.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startWalls, unfitOf, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { boxOf, textsOf } from "../support/page-probes.ts";
import { inside, levelPixels, marksOf, outside, readPng, type Box, type Colour, type Picture } from "../support/png.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { until } from "../support/server.ts";

const site = "hc-05";
const device = `${site}/gw-1`;
const red: Colour = [0xff, 0x47, 0x57];
const calm = {
  "LT-101": 50,
  "LT-102": 38.4,
  "TT-101": 21.3,
  "TT-301": 60.2,
  "TR-301": 0.02,
  "GD-201": 0.4,
  "GD-202": 0.1,
  "GD-203": 0,
  "WS-401": 2.6,
  "WD-401": 135,
};
const leak = { ...calm, "GD-201": 82, "GD-202": 57, "LT-101": 96.5 };
/** Points fall silent after 30 s. */
const everyMs = 5000;
const trends = [0, 1, 2].map((place) => `[data-testid="site-trend-${place}"]`);
const firstTank = '[data-testid="tank"] >> nth=0';
const cell = (code: string): string => `[data-testid="gas-cell"][data-point="${site}/${code}"]`;
const detector = (code: string): string => `[data-testid="plan-detector"][data-point="${site}/${code}"]`;

let demo: Demo;
let walls: Walls;
let publisher: Publisher;
let speaking: NodeJS.Timeout | undefined;

// The site has no simulator here: every value on the screen is one of these.
const send = (values: Readonly<Record<string, number>>): Promise<void> =>
  publisher.send(JSON.stringify({ ts: Date.now(), values }));

/** Sends these values now, and again and again until others are: however slow the machine, no point falls silent. */
function say(values: Readonly<Record<string, number>>): Promise<void> {
  clearInterval(speaking);
  speaking = setInterval(() => void send(values), everyMs);
  return send(values);
}

async function barHeight(page: Page): Promise<number> {
  const bar = page.locator('[data-testid="tank-bar"]').first();
  return Number(await bar.getAttribute("data-height"));
}

/** Opens the site; its first tank shows this level by then. */
async function openSite(level: number, query = ""): Promise<WallPage> {
  const wall = await walls.open(demo.url, { path: `/site/${site}${query}` });
  await wall.page
    .locator(`.label:has-text("${level.toFixed(1)}")`)
    .first()
    .waitFor();
  return wall;
}

async function statusOf(wall: WallPage): Promise<string> {
  return (await wall.byTest("site-status").getAttribute("data-status")) ?? "";
}

/** The middle of the first square of this edge that is of one colour all over: a border is thinner. */
function blockOf(picture: Picture, colour: Colour, box: Box, edge: number): [x: number, y: number] | null {
  for (let y = Math.ceil(box.y); y < box.y + box.height - edge; y += 3) {
    for (let x = Math.ceil(box.x); x < box.x + box.width - edge; x += 3) {
      const square = { x, y, width: edge, height: edge };
      if (marksOf(picture, colour, square, edge * edge) === 1) return [x + edge / 2, y + edge / 2];
    }
  }
  return null;
}

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false }), startWalls()]);
  const password = demo.credentials.devices[device] ?? "";
  publisher = createPublisher({ port: demo.mqttPort, site, userName: device.replace("/", "."), password });
  await say(calm);
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  clearInterval(speaking);
  await publisher?.end();
  await walls?.stop();
  await demo?.stop();
});

describe("a calm chemical site", () => {
  it("shows its plan, tanks, detectors, wind and register, and no hue of a level but on limit lines", async () => {
    await say(calm);
    const wall = await openSite(50);
    await until("the site is normal", async () => (await statusOf(wall)) === "normal");
    expect(await wall.byTest("site-name").innerText()).toBe("可塘晶石树脂");
    expect(await wall.byTest("site-place").innerText()).toBe("海丰县 可塘镇");
    expect(await wall.byTest("site-devices").innerText()).toBe("设备在线 1/1");
    expect(await wall.byTest("site-age").innerText()).toMatch(/^数据龄 \d/u);
    expect(await wall.byTest("tank").count()).toBe(5);
    expect(await wall.byTest("wind").innerText()).toContain("东南 135°");
    expect(await wall.byTest("gas-cell").count()).toBe(3);
    expect(await wall.byTest("register").innerText()).toContain("未接入");
    const lines = await Promise.all(trends.map((trend) => boxOf(wall.page, trend)));
    const picture = readPng(await wall.picture("s2-calm-zh"));
    expect(levelPixels(picture, outside(lines))).toEqual({ red: 0, orange: 0, yellow: 0, blue: 0 });
  });

  it("draws a tank's level as a share of the tank's own height, and follows the value that is sent", async () => {
    await say(calm);
    const wall = await openSite(50);
    const full = (await wall.page.locator(`${firstTank} >> .glass`).getAttribute("height")) ?? "0";
    expect(await barHeight(wall.page)).toBeCloseTo(Number(full) * 0.5, 0);
    await say({ ...calm, "LT-101": 70 });
    await until("the bar has risen", async () => Math.abs((await barHeight(wall.page)) - Number(full) * 0.7) < 0.2);
  });

  it.each(["zh", "en"])("fits every screen, %s", async (language) => {
    await say(calm);
    const wall = await openSite(50, `?lang=${language}`);
    expect(await unfitOf(wall, `s2-calm-${language}`)).toEqual([]);
    if (language === "zh") return;
    const chinese = (await textsOf(wall.page)).filter((line) => /\p{Script=Han}/u.test(line) && line !== "中文");
    expect(chinese).toEqual([]);
  });
});

describe("the tabs of a calm site", () => {
  it.each(["zh", "en"])("fit every screen, without a hue of a level, %s", async (language) => {
    await say(calm);
    const wall = await openSite(50, `?lang=${language}`);
    for (const tab of ["trends", "events", "rules", "register"]) {
      await wall.byTest(`site-tab-${tab}`).click();
      await wall.byTest(`${tab}-tab`).waitFor();
      expect(await unfitOf(wall, `s2-${tab}-${language}`)).toEqual([]);
      if (tab === "trends") continue;
      await wall.page.setViewportSize({ width: 1920, height: 1080 });
      const picture = readPng(await wall.page.screenshot());
      expect(levelPixels(picture, outside([]))).toEqual({ red: 0, orange: 0, yellow: 0, blue: 0 });
      if (language === "zh" || tab === "rules") continue;
      const chinese = (await textsOf(wall.page)).filter((line) => /\p{Script=Han}/u.test(line) && line !== "中文");
      expect(chinese).toEqual([]);
    }
    expect(await wall.byTest("register-row").count()).toBeGreaterThan(9);
    await wall.page.reload();
    await wall.byTest("register-tab").waitFor();
    await wall.page.keyboard.press("Escape");
    await wall.byTest("plan").waitFor();
  });
});

describe("the ways to a site and back", () => {
  it("lead from the map, by the keys, to the neighbours in severity, and back to where one came from", async () => {
    await say(calm);
    const wall = await walls.open(demo.url);
    const { keyboard } = wall.page;
    const pathIs = (path: string): Promise<true> =>
      until(`the page is ${path}`, () => new URL(wall.page.url()).pathname === path || null);
    // Nothing but this site has ever been heard: all others are worse than a normal one.
    await wall.byTest("map").waitFor();
    await keyboard.press("Alt+2");
    await pathIs("/site/hc-01");
    await keyboard.press("ArrowRight");
    await pathIs("/site/hc-02");
    await keyboard.press("ArrowLeft");
    await keyboard.press("ArrowLeft");
    await pathIs(`/site/${site}`);
    await wall.page.reload();
    await wall.byTest("site").waitFor();
    expect(await wall.byTest("site-name").innerText()).toBe("可塘晶石树脂");
    await keyboard.press("Escape");
    await pathIs("/wall/s1");
    await keyboard.press("Alt+3");
    await pathIs("/site/tp-01");
    await wall.byTest("go-alarms").click();
    await pathIs("/alarms");
    await wall.byTest("go-wall").click();
    await wall.byTest("matrix-441521").click();
    await until("a site of that county is open", async () =>
      /海丰县/u.test(await wall.byTest("site-place").innerText()),
    );
  });

  it("end in plain words and a way back where there is no such site", async () => {
    const wall = await walls.open(demo.url, { path: "/site/nowhere" });
    await wall.byTest("site-unknown").waitFor();
    expect(await wall.byTest("site-unknown").innerText()).toContain("nowhere");
    await wall.byTest("site-unknown-back").click();
    await wall.byTest("map").waitFor();
  });
});

describe("a gas leak at the site", () => {
  it("is seen at the tank, the detector, in the grid, in the first-out strip and down the wind", async () => {
    await say({ ...calm, "GD-201": 55 });
    const wall = await openSite(50);
    await wall.page.locator(`${detector("GD-201")}[data-level]`).waitFor();
    await say(leak);
    // An alarm is shown at once, a value at most twice a second.
    await wall.page.locator(`${cell("GD-201")}[data-level="red"]:has-text("82.0")`).waitFor();
    await wall.page.locator(`${detector("GD-201")}[data-level="red"]:has-text("82.0")`).waitFor();
    await wall.page.locator(`[data-testid="tank"][data-level="red"]`).waitFor();
    await wall.byTest("plan-sector").waitFor();
    expect(await wall.byTest("gas-cell").first().getAttribute("data-point")).toBe(`${site}/GD-201`);
    const entries = wall.byTest("first-out-entry");
    await until("three alarms in a row", async () => (await entries.count()) === 3);
    const told = await entries.allInnerTexts();
    expect(told[0]).toMatch(/^1# 可燃气体探测器\s+首出 \d\d:\d\d:\d\d 未确认/u);
    expect(told[1]).toMatch(/\+\d\d:\d\d 未确认/u);
    expect(await wall.byTest("event-card").getAttribute("data-alarm")).toContain(`${site}/`);
    expect(await wall.byTest("event-todo").innerText()).not.toBe("");
    await wall.page.keyboard.press("c");
    await wall.byTest("event-whole").waitFor();
    await wall.page.keyboard.press("e");
    await until("all three are listed", async () => (await wall.byTest("events-row").count()) === 3);
    await wall.picture("s2-events-red-zh");
    await wall.page.keyboard.press("e");
    await wall.page.keyboard.press("c");
    const picture = readPng(await wall.picture("s2-red-zh"));
    const plan = inside(await boxOf(wall.page, '[data-testid="plan"]'));
    expect(levelPixels(picture, plan).red).toBeGreaterThan(500);
    expect(levelPixels(picture, plan).blue).toBeGreaterThan(3);
  });

  it.each(["zh", "en"])("fits every screen, %s", async (language) => {
    await say(leak);
    const wall = await openSite(96.5, `?lang=${language}`);
    await wall.byTest("first-out-entry").first().waitFor();
    expect(await unfitOf(wall, `s2-red-${language}`)).toEqual([]);
    for (const key of ["c", "e"]) await wall.page.keyboard.press(key);
    await wall.byTest("events-row").first().waitFor();
    expect(await unfitOf(wall, `s2-red-events-${language}`)).toEqual([]);
  });

  it("leads from the site's symbol on the map to the site, however large the wall is", async () => {
    await say(leak);
    const wall = await walls.open(demo.url, { size: [1366, 768] });
    await until("the symbol leads to the site", async () => {
      const picture = readPng(await wall.page.screenshot());
      const spot = blockOf(picture, red, await boxOf(wall.page, '[data-testid="map"]'), 12);
      if (spot !== null) await wall.page.mouse.click(...spot);
      return new URL(wall.page.url()).pathname === `/site/${site}`;
    });
    expect(await wall.byTest("site-name").innerText()).toBe("可塘晶石树脂");
  });

  it("is answered for on the site's own card, as in the list", async () => {
    await say(leak);
    const wall = await openSite(96.5);
    await wall.login("duty-city", demo.credentials.people["duty-city"] ?? "");
    await wall.byTest("acknowledge").locator("visible=true").waitFor();
    const alarm = await wall.byTest("event-card").getAttribute("data-alarm");
    await wall.page.keyboard.press("a");
    const entry = wall.page.locator(`[data-testid="first-out-entry"][data-alarm="${alarm}"]`);
    await until("the strip says that it is answered", async () => (await entry.innerText()).includes("已应答"));
    await wall.picture("s2-answered-zh");
  });
});

describe("a site that has gone silent", () => {
  it("hatches its tanks, greys its figures and says how old they are", async () => {
    await say(leak);
    const wall = await openSite(96.5);
    clearInterval(speaking);
    const stale = `${cell("GD-203")}[data-freshness="stale"]`;
    await wall.page.locator(stale).waitFor({ timeout: 60_000 });
    expect(await wall.page.locator(stale).innerText()).toContain("过期");
    await wall.page.locator(`${detector("GD-203")}[data-freshness="stale"]`).waitFor();
    await wall.byTest("tank-hatch").first().waitFor({ timeout: 60_000 });
    await until("no wind is shown as live", async () => (await wall.byTest("plan-sector").count()) === 0, 60_000);
    await wall.picture("s2-stale-zh");
  });
});
