// Every console at every size in use: nothing cut, nothing to be scrolled sideways down to 320 px, and nothing that axe holds against it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { strayOf } from "../support/page-probes.ts";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const sizes = [
  [1366, 768],
  [1920, 1080],
  [2560, 1440],
  [3840, 2160],
  // WCAG 1.4.10: a desk of 1280 px at 400 %.
  [320, 800],
] as const;
const tabs = [
  "enterprises",
  "sites",
  "devices",
  "points",
  "people",
  "walls",
  "routing",
  "retention",
  "audit",
  "about",
  "account",
] as const;
const paths = ["/handover", "/rules", "/gateways", "/history", ...tabs.map((tab) => `/admin/${tab}`)];

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
  await page.locator(".console h1").waitFor();
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
  await page.evaluate(axe);
  const violations = await page.evaluate<string[]>(`axe
    .run(document, { runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] } })
    .then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))`);
  expect([...wrong, ...violations]).toEqual([]);
});
