// The risk index and the departments in Chromium: a grey number beside the level, every term of it, and who answers by name of office.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startWalls, unfitOf, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";

const site = "hc-05";
const device = `${site}/gw-1`;
const sizes = [
  [1920, 1080],
  [1366, 768],
] as const;
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

let demo: Demo;
let walls: Walls;
let publisher: Publisher;
let speaking: NodeJS.Timeout | undefined;

function say(values: Readonly<Record<string, number>>): Promise<void> {
  clearInterval(speaking);
  const send = (): Promise<void> => publisher.send(JSON.stringify({ ts: Date.now(), values }));
  speaking = setInterval(() => void send(), 5000);
  return send();
}

/** Opens the terms of the index, once it has this value. */
async function openTerms(value: number, query = ""): Promise<WallPage> {
  const wall = await walls.open(demo.url, { path: `/site/${site}${query}` });
  await wall.page.locator(`[data-testid="risk-chip"]:has-text("${value}")`).waitFor();
  await wall.byTest("risk-chip").click();
  await wall.byTest("risk-terms").waitFor();
  return wall;
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

describe("the risk index", () => {
  it("shows its class alone while all is calm, and what is not connected as such", async () => {
    const wall = await openTerms(15);
    const terms = wall.byTest("risk-terms");
    expect(await terms.locator('[data-term="hazardGrade"]').innerText()).toContain("3 级");
    for (const id of ["specialWork", "commitment", "bypass", "weather"])
      expect(await terms.locator(`[data-term="${id}"]`).innerText()).toContain("未接入");
    expect(await unfitOf(wall, "risk-calm-zh", sizes)).toEqual([]);
    await wall.page.keyboard.press("Escape");
    await terms.waitFor({ state: "detached" });
    expect(wall.page.url()).toContain(`/site/${site}`);
  });

  it("rises with an alarm, in grey, and tells every share; the alarm's detail names who answers", async () => {
    await say({ ...calm, "GD-201": 82 });
    // 1 − 0.85 · 0.10
    const wall = await openTerms(92);
    expect(await wall.byTest("risk-terms").locator(".red, .orange, .yellow, .blue").count()).toBe(0);
    expect(await unfitOf(wall, "risk-red-zh", sizes)).toEqual([]);
    expect(await unfitOf(await openTerms(92, "?lang=en"), "risk-red-en", sizes)).toEqual([]);
    for (const [query, language, office] of [
      ["", "zh", "海丰县应急管理局值班室"],
      ["&lang=en", "en", "Haifeng duty room"],
    ] as const) {
      const alarm = encodeURIComponent(`${site}/GD-201~limit~high`);
      const list = await walls.open(demo.url, { path: `/alarms?alarm=${alarm}${query}` });
      await list.byTest("tier-county").waitFor();
      // Names in the list's rows may end in dots; the detail must hold all of its own.
      const wrong = await unfitOf(list, `departments-${language}`, sizes);
      expect(wrong.filter((what) => what.includes("detail"))).toEqual([]);
      expect(await list.byTest("tier-county").innerText()).toContain(office);
    }
  });
});
