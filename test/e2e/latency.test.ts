// How soon the wall shows what there is: its first paint, and a red while the whole city reports. It runs alone.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { startWalls, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { createField, detectorsOf, startCity, type City, type Field } from "../support/field.ts";
import { openRegistered } from "../support/registered.ts";
import { until } from "../support/server.ts";

const raises = 10;

let demo: Demo;
let walls: Walls;
let field: Field;
let city: City;

// These run in the page.
const watchBanner = `(() => {
  globalThis.bannerSeen = [];
  const banner = document.querySelector("[data-testid=banner]");
  new MutationObserver(() => requestAnimationFrame(() => globalThis.bannerSeen.push([Date.now(), banner.textContent])))
    .observe(banner, { subtree: true, childList: true, characterData: true, attributes: true });
})()`;
/** When the banner first said that this many wait for an answer; null: not yet. */
const seenAt = (page: Page, count: number): Promise<number | null> =>
  page.evaluate<number | null>(
    `(globalThis.bannerSeen.find(([, text]) => Number(/共 ([0-9]+) 条/.exec(text)?.[1] ?? 0) >= ${count}) ?? [null])[0]`,
  );

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false }), startWalls()]);
  field = await createField(demo);
  city = await startCity(field);
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  city?.stop();
  await field?.end();
  await walls?.stop();
  await demo?.stop();
});

it("a wall paints within 2 s", async () => {
  const wall = await walls.open(demo.url);
  const paintMs = await wall.page.evaluate<number>(
    "performance.getEntriesByName('first-contentful-paint')[0].startTime",
  );
  process.stderr.write(`wall: first paint after ${Math.round(paintMs)} ms\n`);
  expect(paintMs).toBeLessThan(2000);
});

it("a red is in the banner of a loaded wall within 1 s, p95 of ten, and holds the round at the overview", async () => {
  const detector = detectorsOf(field);
  await city.say({ [detector()]: 80 });
  const wall = await openRegistered({ demo, walls, id: "wall-a", path: "/site/tp-01" });
  await wall.byTest("wall-name").waitFor();
  await until("the overview is shown for the red that stands", () => new URL(wall.page.url()).pathname === "/wall/s1");
  expect(await wall.byTest("round").innerText()).toBe("红色未确认：停在总览");
  const base = Number(/共 (\d+) 条/u.exec(await wall.byTest("banner").innerText())?.[1] ?? Number.NaN);
  await wall.page.evaluate(watchBanner);
  const took: number[] = [];
  for (let nth = 1; nth <= raises; nth += 1) {
    const sentAt = Date.now();
    await city.say({ [detector()]: 80 });
    // From before it was sent: more than from the instant at which the server had it.
    took.push((await until(`raise ${nth} is in the banner`, () => seenAt(wall.page, base + nth), 5000)) - sentAt);
  }
  const ordered = took.toSorted((a, b) => a - b);
  const p95 = ordered[Math.ceil(ordered.length * 0.95) - 1] ?? Infinity;
  process.stderr.write(
    `red to banner, ${raises} raises at ${Math.round(city.valuesPerSecond)} values/s: p50 ${ordered[raises / 2]} ms, p95 ${p95} ms\n`,
  );
  expect(p95).toBeLessThan(1000);
  expect(new URL(wall.page.url()).pathname).toBe("/wall/s1");
  await wall.picture("acceptance-red-pinned-zh");
});
