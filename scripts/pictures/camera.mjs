// A Chromium that takes the pictures: each person of each server has a profile, so that files are loaded once.
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { chromium } from "playwright-core";

// Without the background-networking flags Chromium looks for its maker's hosts.
const args = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--force-color-profile=srgb",
  "--disable-lcd-text",
  // As a kiosk is started (docs/sound.md).
  "--autoplay-policy=no-user-gesture-required",
];
/** The last answers, the charts and the fonts are there this long after the page. */
const settleMs = 1200;
const openWithinMs = 30_000;
/** A console on a busy machine reads for a while; what polls without an end is not waited for longer than this. */
const readWithinMs = 5000;

/** Asks the server as one of its people. */
async function ask(url, path, { body, cookie }) {
  const headers = { "content-type": "application/json", "x-skyground": "1", ...(cookie && { cookie }) };
  const response = await fetch(`${url}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${await response.text()}`);
  return response;
}

async function cookieOf(stand, name) {
  const response = await ask(stand.url, "/api/login", { body: { name, password: stand.people[name] } });
  return response.headers.getSetCookie()[0].split(";")[0];
}

async function tokenOf(stand, point) {
  const cookie = await cookieOf(stand, "admin");
  const body = { kind: "trend", point, hosts: [stand.url], days: 1 };
  return (await (await ask(stand.url, "/api/embeds", { body, cookie })).json()).token;
}

/** Starts the camera; its pictures are written into `folder`. */
export async function startCamera(folder) {
  const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
  const cookies = new Map();
  const tokens = new Map();
  const profiles = new Map();
  const taken = [];
  const remembered = (map, key, make) => map.get(key) ?? map.set(key, make()).get(key);

  async function addressOf(stand, { path, token }, lang) {
    const joint = path.includes("?") ? "&" : "?";
    const secret = token && (await remembered(tokens, `${stand.url} ${token}`, () => tokenOf(stand, token)));
    return `${stand.url}${path}${joint}lang=${lang}${secret ? `&token=${secret}` : ""}`;
  }
  async function profileOf(stand, who) {
    const context = await browser.newContext();
    if (who !== undefined) {
      const cookie = await remembered(cookies, `${stand.url} ${who}`, () => cookieOf(stand, who));
      const [name, value] = cookie.split("=");
      await context.addCookies([{ name, value, url: stand.url }]);
    }
    return context;
  }
  /** Opens a screen in a page of its own, and waits until it shows what it has. */
  async function open(stand, screen, { lang, size }) {
    const { who } = screen;
    const context = await remembered(profiles, `${stand.url} ${who}`, () => profileOf(stand, who));
    const page = await context.newPage();
    await page.setViewportSize({ width: size[0], height: size[1] });
    page.setDefaultTimeout(openWithinMs);
    await page.goto(await addressOf(stand, screen, lang));
    if (screen.path.startsWith("/wall") || screen.path.startsWith("/site") || screen.path === "/alarms") {
      await page.locator('[data-testid="link-lamp"][data-state="live"]').waitFor();
    }
    await page.waitForLoadState("networkidle", { timeout: readWithinMs }).catch(() => null);
    await page.evaluate(() => document.fonts.ready.then(() => null));
    await wait(settleMs);
    await screen.first?.(page);
    if (screen.first !== undefined) await wait(settleMs);
    return page;
  }
  let last = Promise.resolve();
  async function shoot(page, path) {
    await page.bringToFront();
    await page.screenshot({ path });
    taken.push(path);
  }
  /** One at a time: two pages that are taken together may come out torn. */
  function take(page, name) {
    last = last.then(() => shoot(page, join(folder, `${name}.png`)));
    return last;
  }
  return { open, take, taken: () => taken, stop: () => browser.close() };
}
