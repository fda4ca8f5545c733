// The wall of the calm demo in Chromium: the whole city, quiet, fitting every screen, in two languages; then its server goes.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { boxOf, clippedOf, numbersOf, overflowingOf, textsOf } from "../support/page-probes.ts";
import { columnsWith, inside, levelPixels, marksOf, outside, readPng, type Box, type Colour } from "../support/png.ts";
import { until } from "../support/server.ts";

// wall.md §3: a site without an alarm, and the first line of a trend.
const assetColour: Colour = [0x9f, 0xb0, 0xbf];
const lineColour: Colour = [0xa9, 0xbb, 0xcf];
const grey = "rgb(142, 154, 167)";
const sizes = [
  [1920, 1080],
  [2560, 1440],
  [3840, 2160],
  [1366, 768],
] as const;
const trends = [0, 1, 2].map((place) => `[data-testid="trend-${place}"]`);

let demo: Demo;
let walls: Walls;

/** Waits until every site is normal: each device is there and every key point has brought a good value. */
async function settled(wall: WallPage): Promise<void> {
  await until(
    "all 18 sites are normal",
    async () => {
      const rows = await wall.page.locator(".wall table tr").last().innerText();
      return rows.trim().endsWith("\t18");
    },
    40_000,
  );
}

/** Waits until the canvases have been drawn since: the map redraws every two seconds at most. */
async function drawn(wall: WallPage): Promise<void> {
  await until("the map and the trends are drawn", async () => {
    const picture = readPng(await wall.page.screenshot());
    const map = await boxOf(wall.page, '[data-testid="map"]');
    const limits = levelPixels(picture, inside(await boxOf(wall.page, trends[2] ?? "")));
    return marksOf(picture, assetColour, map, 60) >= 18 && Object.values(limits).some((count) => count > 0);
  });
}

function plotOf({ x, y, width, height }: Box): Box {
  return { x: x + width * 0.25, y: y + height * 0.3, width: width * 0.68, height: height * 0.5 };
}

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo(), startWalls()]);
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  await walls?.stop();
  await demo?.stop();
});

describe("the calm wall", () => {
  it("shows the 18 sites, each once, no hue of a level but on limit lines, and asks nobody but its own server", async () => {
    const wall = await walls.open(demo.url);
    await settled(wall);
    await drawn(wall);
    expect(await wall.byTest("banner").getAttribute("data-kind")).toBe("none");
    expect(await wall.byTest("online-sites").innerText()).toBe("18/18");
    const map = await boxOf(wall.page, '[data-testid="map"]');
    const lines = await Promise.all(trends.map((trend) => boxOf(wall.page, trend)));
    const picture = readPng(await wall.picture("s1-calm-zh"));
    expect(marksOf(picture, assetColour, map, 60)).toBe(18);
    expect(levelPixels(picture, outside(lines))).toEqual({ red: 0, orange: 0, yellow: 0, blue: 0 });
    expect((await textsOf(wall.page)).filter((line) => line === "未接入").length).toBeGreaterThanOrEqual(3);
    expect(new Set(wall.requests().map((address) => new URL(address).host))).toEqual(
      new Set([`127.0.0.1:${demo.httpPort}`]),
    );
    expect(wall.requests().some((address) => address.startsWith("ws://"))).toBe(true);
  });

  it.each(["zh", "en"])("fits every screen without a scrollbar or a cut word, %s", async (language) => {
    const wall = await walls.open(demo.url, { path: `/wall/s1?lang=${language}` });
    await settled(wall);
    const wrong: string[] = [];
    for (const [width, height] of sizes) {
      await wall.page.setViewportSize({ width, height });
      for (const [screen, button] of [
        ["s1", "go-wall"],
        ["s4", "go-alarms"],
      ] as const) {
        await wall.byTest(button).click();
        await wall.picture(`${screen}-calm-${language}-${width}`);
        const found = [...(await overflowingOf(wall.page)), ...(await clippedOf(wall.page))];
        wrong.push(...found.map((what) => `${screen} ${width}×${height} ${what}`));
      }
    }
    expect(wrong).toEqual([]);
  });

  it("draws its pinned trends from the history, with their limit lines", async () => {
    const wall = await walls.open(demo.url);
    const answers = await until("three histories were asked for", () => {
      const asked = wall.requests().filter((address) => address.includes("/api/history?"));
      return new Set(asked.map((address) => new URL(address).searchParams.get("point"))).size >= 3 ? asked : null;
    });
    for (const address of answers.slice(0, 3)) {
      const history = (await (await fetch(address)).json()) as { readonly buckets: readonly object[] };
      expect(history.buckets.length).toBeGreaterThan(0);
    }
    await drawn(wall);
    const picture = readPng(await wall.page.screenshot());
    for (const trend of trends) {
      const box = await boxOf(wall.page, trend);
      const limits = levelPixels(picture, inside(box));
      expect(limits.blue + limits.yellow + limits.orange + limits.red).toBeGreaterThan(50);
    }
  });
});

describe("the language switch", () => {
  it("changes every text, leaves no Chinese on the English wall, and is kept over a reload", async () => {
    const wall = await walls.open(demo.url);
    await settled(wall);
    const chinese = await textsOf(wall.page);
    await wall.byTest("language").click();
    await until("the page is English", async () => (await wall.page.locator("html").getAttribute("lang")) === "en");
    const hasHan = (line: string): boolean => /\p{Script=Han}/u.test(line);
    // The switch itself names the other language in its own words.
    const english = (await textsOf(wall.page)).filter((line) => line !== "中文");
    expect(english.filter(hasHan)).toEqual([]);
    expect(chinese.filter((line) => hasHan(line) && english.includes(line))).toEqual([]);
    expect(english.length).toBeGreaterThan(60);
    await wall.picture("s1-calm-en");
    await wall.page.reload();
    await settled(wall);
    expect(await wall.page.locator("html").getAttribute("lang")).toBe("en");
    expect(new URL(wall.page.url()).searchParams.get("lang")).toBe("en");
    await wall.page.keyboard.press("l");
    await until("the page is Chinese", async () => (await wall.page.locator("html").getAttribute("lang")) === "zh-CN");
    expect((await textsOf(wall.page)).filter((line) => line === "演示数据")).toHaveLength(1);
  });
});

describe("the keyboard", () => {
  it("goes to the alarm list and back, and shows and hides its help", async () => {
    const wall = await walls.open(demo.url);
    const { keyboard } = wall.page;
    await keyboard.press("Alt+4");
    await wall.byTest("alarm-detail").waitFor();
    expect(new URL(wall.page.url()).pathname).toBe("/alarms");
    await keyboard.press("?");
    await wall.byTest("key-help").waitFor();
    await wall.picture("key-help-zh");
    // The banner is in sight above it, so it is hit where it stands (glass.ts counts it as seen), and nothing else is in reach.
    await wall.byTest("banner").click({ trial: true });
    await keyboard.press("Tab");
    expect(await wall.page.locator(":focus").getAttribute("data-testid")).toBe("banner");
    await keyboard.press("Escape");
    await wall.byTest("key-help").waitFor({ state: "detached" });
    await keyboard.press("Alt+1");
    await wall.byTest("map").waitFor();
    expect(new URL(wall.page.url()).pathname).toBe("/wall/s1");
  });
});

describe("the wall whose server is killed", () => {
  it("says delayed, then disconnected with every number grey, and recovers by itself", async () => {
    const wall = await walls.open(demo.url, { losesServer: true });
    await settled(wall);
    await drawn(wall);
    const lamp = wall.byTest("link-lamp");
    const lampIs = (state: string, within: number): Promise<true> =>
      until(`the lamp is ${state}`, async () => (await lamp.getAttribute("data-state")) === state || null, within);
    await lampIs("live", 5000);
    await wall.page.evaluate("globalThis.isSamePage = true");
    expect((await numbersOf(wall.page)).some(({ colour }) => colour !== grey)).toBe(true);

    const killedAt = Date.now();
    await demo.stopServer("SIGKILL");
    await lampIs("delayed", 6000);
    const delayedMs = Date.now() - killedAt;
    expect(await lamp.innerText()).toMatch(/^链路 延迟 \d+ s$/u);
    await wall.picture("s1-delayed-zh");
    await lampIs("disconnected", 14_000);
    const lostMs = Date.now() - killedAt;
    expect(delayedMs).toBeGreaterThan(1900);
    expect(lostMs).toBeGreaterThan(8900);
    expect(await lamp.innerText()).toMatch(/^链路 断开 00:\d\d$/u);
    expect(await wall.byTest("disconnected").innerText()).toBe("显示为断开前数据");
    expect(await wall.byTest("banner").innerText()).toContain("链路断开，预警可能不全");
    const fresh = (await numbersOf(wall.page)).filter(({ colour }) => colour !== grey);
    expect(fresh).toEqual([]);
    await until("the lines are grey", async () => {
      const picture = readPng(await wall.page.screenshot());
      const plots = await Promise.all(trends.map(async (trend) => plotOf(await boxOf(wall.page, trend))));
      return plots.every((plot) => columnsWith(picture, lineColour, plot, 10) === 0);
    });
    await wall.picture("s1-disconnected-zh");

    await demo.startServer();
    const startedAt = Date.now();
    await lampIs("live", 25_000);
    const backMs = Date.now() - startedAt;
    await wall.byTest("disconnected").waitFor({ state: "detached" });
    await settled(wall);
    expect(await wall.page.evaluate<boolean>("globalThis.isSamePage === true")).toBe(true);
    expect((await numbersOf(wall.page)).some(({ colour }) => colour !== grey)).toBe(true);
    process.stderr.write(
      `lamp: delayed after ${delayedMs} ms, disconnected after ${lostMs} ms, live again ${backMs} ms after the server\n`,
    );
  });
});
