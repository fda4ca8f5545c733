// The soak's wall: a Chromium with one page, and what is asked of it through its debugger.
import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const executablePath = "/usr/bin/chromium";
// Without the background-networking flags Chromium looks for its maker's hosts.
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
/** Everything that is asked of a screen by the soak itself is left out of its long tasks, with this much around it. */
const aroundMs = 300;
/** A machine that is busy with something else is slow, not broken. */
const openWithinMs = 120_000;

// These run in the page.
const watchLongTasks = () => {
  globalThis.soakTasks = [];
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) globalThis.soakTasks.push([startTime, duration]);
  }).observe({ type: "longtask" });
};
const takeLongTasks = () => globalThis.soakTasks.splice(0);
const goTo = (path) =>
  new Promise((resolve) => {
    history.pushState({}, "", path);
    dispatchEvent(new PopStateEvent("popstate"));
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(location.pathname)));
  });
const seeFreshness = () => {
  // "none" shows no number: a tank on the plan that has no instrument.
  const shown = [...document.querySelectorAll('[data-freshness]:not([data-freshness="none"])')].filter(
    (box) => box.getClientRects().length > 0,
  );
  return {
    lamp: document.querySelector('[data-testid="link-lamp"]')?.dataset.state ?? "none",
    shown: shown.length,
    fresh: shown.filter((box) => box.dataset.freshness === "live").length,
  };
};

/** In a heap snapshot's own words: what the engine and the browser hold for themselves. */
const notOurs = new Set(["code", "native", "synthetic", "hidden"]);

/** Bytes of the page's own objects, strings, arrays and closures in a heap snapshot. */
function ownOf(text) {
  const { snapshot, nodes } = JSON.parse(text);
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [type, size] = [fields.indexOf("type"), fields.indexOf("self_size")];
  let bytes = 0;
  for (let node = 0; node < nodes.length; node += fields.length) {
    if (!notOurs.has(types[0][nodes[node + type]])) bytes += nodes[node + size];
  }
  return bytes;
}

/** Opens the wall at 1920 × 1080; throws where there is no Chromium. */
export async function openWall(url) {
  if (!existsSync(executablePath)) throw new Error(`${executablePath} is missing: apt-get install chromium`);
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
  await page.addInitScript(watchLongTasks);
  const faults = [];
  page.on("pageerror", (error) => faults.push(error.message));
  page.setDefaultTimeout(openWithinMs);
  await page.goto(`${url}/wall/s1`, { waitUntil: "commit" });
  await page.locator('[data-testid="map"]').waitFor();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const ours = [];

  async function counters() {
    const { metrics } = await session.send("Performance.getMetrics");
    return Object.fromEntries(metrics.map(({ name, value }) => [name, value]));
  }
  /** Does something to the page whose long tasks are not the wall's. */
  async function aside(act) {
    const from = await page.evaluate(() => performance.now());
    const result = await act();
    ours.push([from - aroundMs, (await page.evaluate(() => performance.now())) + aroundMs]);
    return result;
  }
  async function ownMb() {
    const parts = [];
    const take = ({ chunk }) => parts.push(chunk);
    session.on("HeapProfiler.addHeapSnapshotChunk", take);
    await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
    session.off("HeapProfiler.addHeapSnapshotChunk", take);
    return ownOf(parts.join("")) / 1e6;
  }
  return {
    counters,
    faults,
    page,
    session,
    /** What is really held: everything that can be collected is collected first. */
    held: () =>
      aside(async () => {
        await session.send("HeapProfiler.collectGarbage");
        await session.send("HeapProfiler.collectGarbage");
        const { JSHeapUsedSize, Nodes, JSEventListeners } = await counters();
        return { heapMb: JSHeapUsedSize / 1e6, nodes: Nodes, listeners: JSEventListeners };
      }),
    /** The page's own part of the heap, MB; compiled code, which grows while functions become hot, is none of it. */
    own: () => aside(ownMb),
    /** Frames that reached the screen, a second; a counter inside the page would itself ask for frames. */
    framesPerSecond: (seconds) =>
      aside(async () => {
        await browser.startTracing(page, {
          categories: ["disabled-by-default-devtools.timeline.frame", "devtools.timeline.frame"],
        });
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        const { traceEvents } = JSON.parse((await browser.stopTracing()).toString());
        return traceEvents.filter(({ name }) => name === "DrawFrame").length / seconds;
      }),
    freshness: () => page.evaluate(seeFreshness),
    goTo: (path) => page.evaluate(goTo, path),
    aside,
    /** Long tasks since the last time, ms; without our own. */
    longTasks: async () => {
      const tasks = await page.evaluate(takeLongTasks);
      return tasks.filter(([at]) => !ours.some(([from, to]) => at >= from && at <= to)).map(([, duration]) => duration);
    },
    close: () => browser.close(),
  };
}
