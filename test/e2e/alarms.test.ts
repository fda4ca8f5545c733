// One alarm's story in Chromium: a stranger's value makes it, officers answer for it, and what they did stays.
import { fileURLToPath } from "node:url";
import type { Page, WebSocketRoute } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { boxOf, clippedOf, overflowingOf } from "../support/page-probes.ts";
import { inside, levelPixels, readPng } from "../support/png.ts";
import { programAt, runProgram } from "../support/program.ts";
import { until } from "../support/server.ts";

const point = "hc-03/GD-901";
const device = "hc-03/try-1";
const topic = `skyground/v1/${device}/telemetry`;
const python = "/usr/bin/python3";
const pahoClient = fileURLToPath(new URL("../support/publish_once.py", import.meta.url));

const bannerOf = (level: string): string => `[data-testid="banner"].${level}[data-alarm^="${point}"]`;
const wallRow = (level: string): string => `li[data-level="${level}"][data-alarm^="${point}"]`;
const listRow = `[role="row"][data-alarm^="${point}"]`;
const selectedRow = `${listRow}[aria-selected="true"]`;

let demo: Demo;
let walls: Walls;

/** Sends a payload of the trial detector by mosquitto_pub; it ends well only with its PUBACK. */
async function publish(payload: object): Promise<void> {
  const program = programAt("/usr/bin/mosquitto_pub", "mosquitto-clients");
  const broker = ["-h", "127.0.0.1", "-p", String(demo.mqttPort), "-u", "hc-03.try-1"];
  const secret = ["-P", demo.credentials.devices[device] ?? ""];
  const message = ["-q", "1", "-t", topic, "-m", JSON.stringify(payload)];
  expect(await runProgram(program, [...broker, ...secret, ...message])).toMatchObject({ code: 0, stderr: "" });
}

const send = (value: number): Promise<void> => publish({ values: { "GD-901": value } });

/** The command that the demo's greeting offers to a stranger. */
function offeredCommand(): string {
  const said = demo.server().stdout();
  const from = said.indexOf("mosquitto_pub");
  return said.slice(from, said.indexOf("}}'", from) + 3);
}

/** When a page first shows all of these, by the clock of this machine. */
async function firstSeen(page: Page, selectors: readonly string[]): Promise<number> {
  for (const selector of selectors) await page.locator(selector).first().waitFor({ timeout: 10_000 });
  return Date.now();
}

async function login(who: string, options: Parameters<Walls["open"]>[1] = {}): Promise<WallPage> {
  const wall = await walls.open(demo.url, options);
  await wall.login(who, demo.credentials.people[who] ?? "");
  return wall;
}

/** Opens the process alarm in the list, by keys alone: it is the first one. */
async function openByKeys(wall: WallPage): Promise<void> {
  await wall.page.keyboard.press("Alt+4");
  await wall.page.locator(listRow).first().waitFor();
  await wall.page.keyboard.press("j");
  await wall.page.locator(`${selectedRow}[data-alarm$="high"]`).waitFor();
}

const tierText = async (wall: WallPage, tier: string): Promise<string> =>
  (await wall.byTest(`tier-${tier}`).innerText()).replaceAll("\t", " ");

async function rowText(wall: WallPage): Promise<string> {
  return (await wall.page.locator(selectedRow).innerText()).replaceAll("\n", " ");
}

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo(), startWalls()]);
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  await walls?.stop();
  await demo?.stop();
});

describe("a stranger's client", () => {
  it("gets its PUBACK by the very command that the demo offers, and the wall shows the red alarm", async () => {
    const wall = await walls.open(demo.url);
    const seen = firstSeen(wall.page, [bannerOf("red"), wallRow("red")]);
    const startedAt = Date.now();
    const sent = await runProgram("/bin/sh", ["-c", offeredCommand()]);
    const acknowledgedAt = Date.now();
    expect(sent).toMatchObject({ code: 0, stderr: "" });
    const at = await seen;
    const figures = `on the wall ${at - startedAt} ms after mosquitto_pub was started`;
    process.stderr.write(`${figures}, which took ${acknowledgedAt - startedAt} ms to its end\n`);
    const text = await wall.byTest("banner").innerText();
    expect(text).toContain("红Ⅰ");
    expect(text).toContain("试用探测器");
    expect(text).toContain("80.0\u2009%LEL");
    expect(text).toContain("≥75");
    await wall.page.locator(`.trend[data-point="${point}"]`).waitFor();
    const redIn = async (png: Buffer, id: string): Promise<number> =>
      levelPixels(readPng(png), inside(await boxOf(wall.page, `[data-testid="${id}"]`))).red;
    // The map follows within two seconds: the site takes the level's shape, its county the level's border.
    await until("the map shows it", async () => (await redIn(await wall.page.screenshot(), "map")) > 1000, 8000);
    expect(await redIn(await wall.picture("s1-red-zh"), "banner")).toBeGreaterThan(5000);
  });

  it("shows the value of a paho client just as it was sent", async () => {
    const wall = await walls.open(demo.url);
    const trend = `.trend[data-point="${point}"]`;
    await wall.page.locator(trend).waitFor();
    const shown = `${trend} [data-testid="trend-value"]:text-is("91.3")`;
    expect(await wall.page.locator(shown).count()).toBe(0);
    const seen = firstSeen(wall.page, [shown]);
    const secret = demo.credentials.devices[device] ?? "";
    const startedAt = Date.now();
    const payload = JSON.stringify({ ts: startedAt, values: { "GD-901": 91.3 } });
    const script = [pahoClient, String(demo.mqttPort), "hc-03.try-1", secret, topic, payload];
    const sent = await runProgram(programAt(python, "python3-paho-mqtt"), script);
    expect(sent).toMatchObject({ code: 0, stdout: "PUBACK\n" });
    const at = await seen;
    process.stderr.write(`paho: on the wall ${at - startedAt} ms after python was started\n`);
    await wall.picture("s1-paho-zh");
  });
});

describe("the wall with an alarm", () => {
  it.each(["zh", "en"])("fits every screen, %s", async (language) => {
    const wall = await walls.open(demo.url, { path: `/wall/s1?lang=${language}` });
    await wall.page.locator(wallRow("red")).waitFor();
    const wrong: string[] = [];
    for (const [width, height] of [
      [1920, 1080],
      [1366, 768],
    ] as const) {
      await wall.page.setViewportSize({ width, height });
      const look = async (screen: string): Promise<void> => {
        await wall.picture(`${screen}-red-${language}-${width}`);
        const found = [...(await overflowingOf(wall.page)), ...(await clippedOf(wall.page))];
        wrong.push(...found.map((what) => `${screen} ${width}×${height} ${what}`));
      };
      await wall.page.keyboard.press("Alt+1");
      await wall.byTest("map").waitFor();
      await look("s1");
      await wall.page.keyboard.press("Enter");
      await wall.byTest("acknowledge").waitFor();
      await look("s4");
    }
    expect(wrong).toEqual([]);
  });

  it("is walked by J, K and Enter", async () => {
    // A fault of the detector is an alarm of its own, so that there are two.
    await publish({ values: { "GD-901": { v: 91.3, q: "bad" } } });
    await send(91.3);
    const wall = await walls.open(demo.url);
    const { page } = wall;
    await page.locator(wallRow("red")).waitFor();
    await page.keyboard.press("Enter");
    await page.locator(selectedRow).waitFor();
    expect(new URL(page.url()).pathname).toBe("/alarms");
    expect(new URL(page.url()).searchParams.get("alarm")).toContain(point);
    await until("two alarms are listed", async () => (await page.locator('[role="row"][data-alarm]').count()) >= 2);
    const selected = (): Promise<string | null> =>
      page.locator('[role="row"][aria-selected="true"]').getAttribute("data-alarm");
    const first = await selected();
    await page.keyboard.press("j");
    const second = await selected();
    expect(second).not.toBe(first);
    await page.keyboard.press("k");
    expect(await selected()).toBe(first);
    await page.keyboard.press("k");
    expect(await selected()).toBe(first);
  });

  it("gives a viewer no button that works, and says why", async () => {
    const wall = await login("viewer");
    await openByKeys(wall);
    expect(await wall.byTest("acknowledge").isDisabled()).toBe(true);
    expect(await wall.byTest("alarm-detail").innerText()).toContain("查看者不能接警或复位");
    const before = await tierText(wall, "city");
    await wall.page.keyboard.press("a");
    await wall.page.keyboard.press("k");
    await wall.picture("s4-viewer-zh");
    expect(await tierText(wall, "city")).toContain("未确认");
    expect(before).toContain("未确认");
    expect(wall.requests().some((address) => address.includes("/socket.io/"))).toBe(true);
  });
});

describe("an acknowledgement", () => {
  it("by the city is seen by the county, which still owes its own, and outlives a killed server", async () => {
    const county = await login("duty-county", { losesServer: true });
    await openByKeys(county);
    const city = await login("duty-city", { losesServer: true });
    await openByKeys(city);
    expect(await rowText(city)).toContain("未确认");
    await city.page.keyboard.press("a");
    await until("the city's row is answered", async () => (await rowText(city)).includes("已应答"), 5000);
    expect(await tierText(city, "city")).toMatch(/duty-city .*已应答 \d\d:\d\d:\d\d/u);
    await city.picture("s4-acknowledged-zh");

    await until(
      "the county sees who answered",
      async () => (await tierText(county, "city")).includes("duty-city"),
      5000,
    );
    expect(await tierText(county, "county")).toMatch(/未确认 限 \d\d:\d\d:\d\d/u);
    expect(await rowText(county)).toContain("未确认");
    expect(await county.byTest("acknowledge").isDisabled()).toBe(false);
    expect(await city.byTest("acknowledge").isDisabled()).toBe(true);
    const answered = await tierText(city, "city");

    await demo.stopServer("SIGKILL");
    await demo.startServer();
    for (const wall of [city, county]) {
      const live = wall.page.locator('[data-testid="link-lamp"][data-state="live"]');
      await live.waitFor({ timeout: 25_000 });
      await until("the acknowledgement stands", async () => (await tierText(wall, "city")) === answered, 10_000);
      const ids = await wall.page
        .locator('[role="row"][data-alarm]')
        .evaluateAll((rows) => rows.map((row) => row.getAttribute("data-alarm")));
      expect(ids.length).toBe(new Set(ids).size);
      expect(ids.length).toBeGreaterThanOrEqual(2);
    }
    expect(await tierText(county, "county")).toContain("未确认");
    const fresh = await login("duty-county");
    await openByKeys(fresh);
    expect(await tierText(fresh, "city")).toBe(answered);
  });

  it("of what is no longer so is refused, and the slower officer is shown the truth", async () => {
    await send(0);
    await send(60);
    const fast = await login("duty-city");
    const routes: WebSocketRoute[] = [];
    const held: string[] = [];
    let isHeld = false;
    const slow = await login("admin", {
      // A slow line: what the server tells by itself (Socket.IO's "42") comes late, its answers to commands come through.
      prepare: (page) =>
        page.routeWebSocket(/socket\.io/u, (socket) => {
          routes.push(socket);
          socket.connectToServer().onMessage((message) => {
            if (isHeld && String(message).startsWith("42[")) held.push(String(message));
            else socket.send(message);
          });
        }),
    });
    await openByKeys(fast);
    await openByKeys(slow);
    await until("both see orange", async () => {
      const texts = [await rowText(fast), await rowText(slow)];
      return texts.every((text) => text.includes("橙Ⅱ") && text.includes("未确认"));
    });
    isHeld = true;
    await send(80);
    await until("the fast one sees red", async () => (await rowText(fast)).includes("红Ⅰ"), 5000);
    await fast.page.keyboard.press("a");
    await until("the fast one has answered", async () => (await rowText(fast)).includes("已应答"), 5000);
    expect(await rowText(slow)).toMatch(/橙Ⅱ.*未确认/u);
    await slow.page.keyboard.press("a");
    const notice = slow.byTest("command-notice");
    await until("the slow one is told", async () => (await notice.innerText()).includes("预警已变化：现为红"), 5000);
    await slow.picture("s4-changed-zh");
    expect(held.length).toBeGreaterThan(0);
    isHeld = false;
    const late = routes.at(-1);
    for (const message of held.splice(0)) late?.send(message);
    await until(
      "the slow one sees who answered",
      async () => (await tierText(slow, "city")).includes("duty-city"),
      10_000,
    );
    expect(await rowText(slow)).toContain("红Ⅰ");
    expect(await tierText(slow, "city")).not.toContain("admin");
  });
});
