// The screen of a tailings pond in Chromium: its section true to scale, a ladder that lifts, a blocked decant, lost instruments.
import type { Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { clippedOf, overflowingOf, textsOf } from "../support/page-probes.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { until } from "../support/server.ts";

type Values = Readonly<Record<string, number>>;
const minuteMs = 60_000;
const crests: Readonly<Record<string, number>> = {
  "tp-01": 128,
  "tp-02": 96.5,
  "tp-03": 142,
  "tp-04": 185,
  "tp-06": 156.5,
};
const sizes = [
  [1920, 1080],
  [2560, 1440],
  [3840, 2160],
  [1366, 768],
] as const;

let demo: Demo;
let walls: Walls;
const publishers = new Map<string, Publisher>();

function publisherOf(site: string): Publisher {
  const known = publishers.get(site);
  if (known !== undefined) return known;
  const password = demo.credentials.devices[`${site}/gw-1`] ?? "";
  const made = createPublisher({ port: demo.mqttPort, userName: `${site}.gw-1`, password, site, device: "gw-1" });
  publishers.set(site, made);
  return made;
}

/** What a pond says on a calm day, 2.5 m below its crest. */
function calm(site: string): Values {
  const crest = crests[site] ?? 0;
  const water = { "WL-01": crest - 2.5, "DB-01": 250, "FB-01": 2.5, "RG-01H": 0, "RG-01D": 0, "DF-01": 0.12 };
  const ground = { "GN-01": 30, "GN-02": 28, "GN-03": 25, "GN-01V": 15, "GN-02V": 14, "GN-03V": 12 };
  const seen = site === "tp-04" ? { "SF-01": 4, "TB-01": 8 } : {};
  return { ...water, ...ground, ...seen, "P-01": 6.1, "P-02": 6.3, "P-03": 6.6, "P-04": 6.9 };
}
const say = (site: string, values: Values = {}, ts = Date.now()): Promise<void> =>
  publisherOf(site).send(JSON.stringify({ ts, values: { ...calm(site), ...values } }));

async function openSite(site: string, query = ""): Promise<WallPage> {
  const wall = await walls.open(demo.url, { path: `/site/${site}${query}` });
  await wall.byTest("section-drawing").waitFor();
  return wall;
}
const itemOf = (site: string, kind: string, level: string): string =>
  `tr[data-item="${site}/${kind}"][data-level="${level}"]`;
const notesOf = (wall: WallPage): Promise<string[]> => wall.byTest("section-note").allInnerTexts();

/** Pairs of labels that cover one another, as the browser has laid them out. */
const covered = `(() => {
  const boxes = [...document.querySelectorAll("[data-label]")].map((label) => [label.dataset.testid, label.getBoundingClientRect()]);
  return boxes.flatMap(([a, p], nth) => boxes.slice(nth + 1)
    .filter(([, q]) => p.left < q.right - 1 && q.left < p.right - 1 && p.top < q.bottom - 1 && q.top < p.bottom - 1)
    .map(([b]) => a + " × " + b));
})()`;
/** Pixels per metre: of the bar across, and of the elevations at the axis down. */
const scales = `(() => {
  const bar = document.querySelector("[data-testid=section-bar]");
  const metres = Number(/([0-9]+) m$/.exec(bar.nextElementSibling.textContent.trim())[1]);
  const heights = [...document.querySelectorAll("svg.section .axis text")].filter((text) => /^[0-9]+$/.test(text.textContent));
  const [low, high] = [heights[0], heights.at(-1)];
  const down = (low.getBoundingClientRect().top - high.getBoundingClientRect().top) / (Number(high.textContent) - Number(low.textContent));
  return [bar.getBBox().width / metres * bar.getScreenCTM().a, down];
})()`;
const coveredOf = (page: Page): Promise<readonly string[]> => page.evaluate<string[]>(covered);

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false }), startWalls()]);
  await Promise.all(
    Object.keys(crests)
      .filter((site) => site !== "tp-01" && site !== "tp-02")
      .map((site) => say(site)),
  );
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  await Promise.all([...publishers.values()].map((publisher) => publisher.end()));
  await walls?.stop();
  await demo?.stop();
});

describe("the calm pond", () => {
  it.each([
    ["zh", "tp-06"],
    ["en", "tp-04"],
  ] as const)(
    "fits every screen without a cut word, labels apart, one scale for both axes, %s",
    async (language, site) => {
      await say(site);
      const wall = await openSite(site, `?lang=${language}`);
      const wrong: string[] = [];
      for (const [width, height] of sizes) {
        await wall.page.setViewportSize({ width, height });
        const [across = 0, down = 1] = await wall.page.evaluate<number[]>(scales);
        expect(Math.abs(across / down - 1)).toBeLessThan(0.02);
        await wall.picture(`s3-calm-${language}-${width}`);
        const found = [
          ...(await overflowingOf(wall.page)),
          ...(await clippedOf(wall.page)),
          ...(await coveredOf(wall.page)),
        ];
        wrong.push(...found.map((what) => `${width}×${height} ${what}`));
      }
      expect(wrong).toEqual([]);
      const texts = await textsOf(wall.page);
      if (language === "en")
        expect(texts.filter((line) => /\p{Script=Han}/u.test(line) && line !== "中文")).toEqual([]);
      else expect(texts).toEqual(expect.arrayContaining(["未接入", "台账无库容曲线", "未启用预报规则"]));
    },
  );

  it("turns its sections by [ and ], and its rain by R", async () => {
    await say("tp-04");
    const wall = await openSite("tp-04");
    const isPicked = (id: string): Promise<unknown> =>
      wall.page.locator(`[data-testid="section-pick-${id}"][aria-pressed="true"]`).waitFor();
    await isPicked("1");
    expect(await wall.byTest("section-label-seepage").textContent()).toContain("4.00\u2009L/s");
    await wall.page.keyboard.press("]");
    await isPicked("2");
    await wall.byTest("section-label-P-03").waitFor();
    await wall.page.keyboard.press("[");
    await isPicked("1");
    expect(await wall.byTest("section-rain").getAttribute("aria-pressed")).toBe("true");
    await wall.page.keyboard.press("r");
    await wall.page.locator('[data-testid="section-rain"][aria-pressed="false"]').waitFor();
  });
});

describe("three yellow piezometers", () => {
  it("make the item orange by the ladder: the table quotes the clause, the pond follows, the section shows each level", async () => {
    const wall = await openSite("tp-01");
    const yellow = { "P-02": 3.3, "P-03": 3.25, "P-04": 3.3 };
    // The on-delay of yellow is 20 min by the times of the samples: a gateway brings its last half hour at once.
    const from = Date.now();
    for (let ago = 30; ago >= 0; ago -= 1) await say("tp-01", ago > 25 ? {} : yellow, from - ago * minuteMs);
    await wall.page.locator(itemOf("tp-01", "phreatic_depth", "orange")).waitFor();
    await wall.page.locator('[data-testid="items-whole"][data-level="orange"]').waitFor();
    expect(await wall.byTest("item-why").allInnerTexts()).toContain("黄3 → 橙（GB 39496-2020 5.5.4）");
    // An alarm is shown at once, a value at most twice a second.
    const signs = wall.page.locator("svg.section .sign.water.yellow");
    await until("three signs are yellow", async () => (await signs.count()) === 3);
    await wall.byTest("event-card").locator("text=浸润线埋深").first().waitFor();
    // A roll-up has neither value nor card of its own: it says what lifted it, and what its worst member asks for.
    expect(await wall.byTest("event-card").innerText()).toMatch(/提升为橙：黄3.*（GB 39496-2020 5\.5\.4）/u);
    expect(await wall.byTest("event-todo").innerText()).not.toContain("未配置");
    const banner = await wall.byTest("banner").innerText();
    expect(banner).toContain("浸润线埋深 黄3");
    expect(banner).toMatch(/首出 [0-9:]+ .*浸润线/u);
    expect(banner).not.toContain("tp-01/");
    await wall.picture("s3-ladder-zh");
    expect([...(await overflowingOf(wall.page)), ...(await coveredOf(wall.page))]).toEqual([]);
  });

  it("fit in English too, whose words are longer, and in every tab, in the list and on the overview", async () => {
    const wall = await openSite("tp-01", "?lang=en");
    await wall.byTest("items-whole").locator("text=Orange").waitFor();
    const look = async (name: string): Promise<void> => {
      await wall.picture(`s3-ladder-${name}-en`);
      expect([...(await overflowingOf(wall.page)), ...(await clippedOf(wall.page))]).toEqual([]);
    };
    await look("site");
    for (const tab of ["trends", "events", "rules", "register"]) {
      await wall.byTest(`site-tab-${tab}`).click();
      await wall.byTest(`${tab}-tab`).waitFor();
      await look(tab);
    }
    await wall.byTest("go-alarms").click();
    await look("list");
    await wall.byTest("go-wall").click();
    await look("wall");
  });
});

describe("a pond that rises behind its decant", () => {
  it("says what the decant does and that nobody judges it, then stands above its crest with a freeboard below zero", async () => {
    const wall = await openSite("tp-03");
    await say("tp-03", { "DF-01": 0 });
    await until("the decant shows nothing", async () =>
      (await wall.byTest("strip-decant").innerText()).includes("0.00\u2009m³/s"),
    );
    expect(await wall.byTest("strip-decant").innerText()).toContain("未判（无判据）");
    // Red needs two samples in a row.
    for (let nth = 0; nth < 2; nth += 1)
      await say("tp-03", { "WL-01": 142.12, "FB-01": -0.12, "DB-01": 0, "DF-01": 0 });
    for (const kind of ["pond_level", "freeboard", "dry_beach"]) {
      await wall.page.locator(itemOf("tp-03", kind, "red")).waitFor();
    }
    // Values are painted twice a second at most, alarms at once.
    await until("the freeboard is below zero", async () =>
      (await wall.byTest("section-label-freeboard").textContent())?.includes("\u22120.12\u2009m"),
    );
    expect(await wall.byTest("section-drawing").getAttribute("data-omitted-m")).toBe("0.0");
    await wall.page.locator("svg.section .sign.pool.red").waitFor();
    await wall.picture("s3-overtopped-zh");
    expect([...(await overflowingOf(wall.page)), ...(await coveredOf(wall.page))]).toEqual([]);
  });
});

describe("instruments that cannot be believed", () => {
  it("are marked at every figure: of an hour ago none is called live, of now each is", async () => {
    const marked = (wall: WallPage, freshness: string): Promise<number> =>
      wall.page.locator(`.site [data-freshness="${freshness}"]`).count();
    // What a gateway sends late is taken at its own time.
    await say("tp-02", {}, Date.now() - 60 * minuteMs);
    const wall = await openSite("tp-02");
    await until("all is old", async () => (await marked(wall, "stale")) > 20);
    expect(await marked(wall, "live")).toBe(0);
    await say("tp-02");
    await until("all is of now", async () => (await marked(wall, "live")) > 20);
    expect(await marked(wall, "stale")).toBe(0);
  });

  it("leave a hole in the phreatic line and are named, and so is a beach that does not fit its water", async () => {
    const wall = await openSite("tp-06");
    // Beyond the sensor's range on the safe side: bad.
    await say("tp-06", { "P-03": 100, "DB-01": 180 });
    await until("both are said", async () => (await notesOf(wall)).length === 2 || null);
    expect(await notesOf(wall)).toEqual(["P-03 坏值，浸润线未插值", "滩长与水位不符"]);
    // One run of two pipes, downstream of the lost one, drawn in each of the two parts.
    expect(await wall.page.locator('svg.section [data-role="phreatic"]').count()).toBe(2);
    expect(await wall.byTest("section-label-P-03").textContent()).toContain("—");
    await wall.picture("s3-missing-zh");
    expect([...(await overflowingOf(wall.page)), ...(await coveredOf(wall.page))]).toEqual([]);
  });
});
