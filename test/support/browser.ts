// Walls in a real Chromium: each page keeps what went wrong in it, and what it asked of whom.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium, type Browser, type BrowserContext, type Locator, type Page } from "playwright-core";
import { clippedOf, overflowingOf } from "./page-probes.ts";
import { programAt } from "./program.ts";

const results = fileURLToPath(new URL("../../test-results/", import.meta.url));

// Without the background-networking flags Chromium looks for its maker's hosts; sRGB keeps the colours of screenshots exact.
const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--force-color-profile=srgb",
  "--disable-lcd-text",
];

// What a page says while its server is away; everything else in the console is a fault.
const lostServer =
  /net::ERR_(CONNECTION_(REFUSED|RESET|CLOSED)|INTERNET_DISCONNECTED|EMPTY_RESPONSE|SOCKET_NOT_CONNECTED|ABORTED)|WebSocket connection to/u;

// A login makes the socket anew, perhaps while the former one is still changing from polling to WebSocket.
const madeAnew =
  /WebSocket is closed before the connection is established|status of 400 .*\/socket\.io\/.*transport=polling/u;

// What an installation may lack, and the page asks for all the same: it says 未接入, the browser says 404.
const notConnected = /status of 404 .*\/api\/(?:alarms\/[^/]+\/stamps|walls\/health|sound\/self-tests)/u;

/** How a wall is opened. */
export interface WallOptions {
  /** @default 1920 × 1080 */
  readonly size?: Size;
  /** @default /wall/s1 */
  readonly path?: string;
  /** What is there once the page is, by its test id. @default banner */
  readonly landmark?: string;
  /** Called before the page is opened. */
  readonly prepare?: (page: Page) => Promise<void>;
  /** The server goes away under this wall on purpose: failed connections are no faults. @default false */
  readonly losesServer?: boolean;
  /** What the console may say: a refusal that the test is about. */
  readonly expected?: RegExp;
}

/** A wall in a browser of its own memory: no cookie is shared with another. */
export interface WallPage {
  readonly page: Page;
  /** Everything that was asked for, by its whole address. */
  readonly requests: () => readonly string[];
  readonly faults: () => readonly string[];
  readonly byTest: (id: string) => Locator;
  readonly login: (name: string, password: string) => Promise<void>;
  /** Takes a picture, kept as `test-results/{name}.png`. */
  readonly picture: (name: string) => Promise<Buffer>;
  readonly close: () => Promise<void>;
}

/** Width and height of a window. */
export type Size = readonly [width: number, height: number];

/** The windows in which a wall must fit: three of 16:9, and the smallest desk. */
export const wallSizes: readonly Size[] = [
  [1920, 1080],
  [2560, 1440],
  [3840, 2160],
  [1366, 768],
];

/** What is cut or scrolls in a wall at any of these sizes; each is kept as a picture of that name. */
export async function unfitOf(wall: WallPage, name: string, sizes = wallSizes): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const [width, height] of sizes) {
    await wall.page.setViewportSize({ width, height });
    await wall.picture(`${name}-${width}`);
    const found = [...(await overflowingOf(wall.page)), ...(await clippedOf(wall.page))];
    wrong.push(...found.map((what) => `${name} ${width}×${height} ${what}`));
  }
  return wrong;
}

/** A Chromium with its walls. */
export interface Walls {
  readonly open: (url: string, options?: WallOptions) => Promise<WallPage>;
  /** Closes the open walls; throws where one of them had a fault. */
  readonly closeAll: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

function watch(
  page: Page,
  { losesServer = false, expected }: WallOptions,
): { readonly faults: string[]; readonly requests: string[] } {
  const faults: string[] = [];
  const requests: string[] = [];
  const say = (what: string, text: string): void => {
    const isExpected =
      madeAnew.test(text) ||
      notConnected.test(text) ||
      (losesServer && lostServer.test(text)) ||
      expected?.test(text) === true;
    if (!isExpected) faults.push(`${what}: ${text}`);
  };
  page.on("pageerror", (error) => say("page", error.stack ?? error.message));
  page.on("crash", () => say("page", "crashed"));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") {
      say(`console ${message.type()}`, `${message.text()} ${message.location().url}`);
    }
  });
  page.on("request", (request) => void requests.push(request.url()));
  page.on("websocket", (socket) => void requests.push(socket.url()));
  return { faults, requests };
}

function wallOf(page: Page, context: BrowserContext, seen: ReturnType<typeof watch>): WallPage {
  const byTest = (id: string): Locator => page.locator(`[data-testid="${id}"]`);
  return {
    page,
    requests: () => seen.requests,
    faults: () => seen.faults,
    byTest,
    login: async (name, password) => {
      await byTest("login").click();
      await byTest("login-name").fill(name);
      await byTest("login-password").fill(password);
      await byTest("login-submit").click();
      await byTest("person").waitFor({ timeout: 10_000 });
    },
    picture: async (name) => {
      mkdirSync(results, { recursive: true });
      const png = await page.screenshot();
      writeFileSync(join(results, `${name}.png`), png);
      return png;
    },
    close: () => context.close(),
  };
}

/** Starts a Chromium, with more flags where a test is about them. */
export async function startWalls(more: readonly string[] = []): Promise<Walls> {
  const executablePath = programAt("/usr/bin/chromium", "chromium");
  const browser: Browser = await chromium.launch({ executablePath, args: [...flags, ...more] });
  const walls: WallPage[] = [];
  return {
    open: async (url, options = {}) => {
      const { size = [1920, 1080], path = "/wall/s1", landmark = "banner", prepare } = options;
      const context = await browser.newContext({ viewport: { width: size[0], height: size[1] } });
      const page = await context.newPage();
      page.setDefaultTimeout(15_000);
      const wall = wallOf(page, context, watch(page, options));
      walls.push(wall);
      await prepare?.(page);
      await page.goto(`${url}${path}`);
      await page.locator(`[data-testid="${landmark}"]`).waitFor();
      return wall;
    },
    closeAll: async () => {
      const open = walls.splice(0);
      for (const wall of open) await wall.close();
      const faults = open.flatMap((wall) => wall.faults());
      if (faults.length > 0) throw new Error(`on the page:\n${faults.join("\n")}`);
    },
    stop: () => browser.close(),
  };
}
