// Every console at every size in use: nothing cut, nothing to be scrolled sideways down to 320 px, and nothing that axe holds against it.
import { afterAll, beforeAll, expect, it } from "vitest";
import { adminTabs } from "../support/admin-tabs.ts";
import { accessFaultsOf } from "../support/access.ts";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { strayOf } from "../support/page-probes.ts";

const sizes = [
  [1366, 768],
  [1920, 1080],
  [2560, 1440],
  [3840, 2160],
  // WCAG 1.4.10: a desk of 1280 px at 400 %.
  [320, 800],
] as const;
const paths = ["/handover", "/rules", "/gateways", "/history", ...adminTabs.map((tab) => `/admin/${tab}`)];

let demo: Demo;
let walls: Walls;
let wall: WallPage;

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false }), startWalls()]);
  wall = await walls.open(demo.url, { expected: /status of 404/u });
  await wall.login("admin", demo.credentials.people["admin"] ?? "");
});
afterAll(async () => {
  await walls?.closeAll();
  await walls?.stop();
  await demo?.stop();
});

it.each(paths)("%s fits every size, and holds against axe", async (path) => {
  const { page } = wall;
  await page.goto(`${demo.url}${path}`);
  await page.locator(".console h1").first().waitFor();
  await page.waitForLoadState("networkidle");
  const wrong: string[] = [];
  for (const [width, height] of sizes) {
    await page.setViewportSize({ width, height });
    const over = await page.evaluate<number>(
      "Math.max(...[document.scrollingElement, document.querySelector('.console')].map((box) => box.scrollWidth - box.clientWidth))",
    );
    if (over > 0) wrong.push(`${width}: ${over} px to be scrolled sideways`);
    wrong.push(...(await strayOf(page)).map((what) => `${width}: ${what}`));
  }
  expect([...wrong, ...(await accessFaultsOf(page))]).toEqual([]);
});
