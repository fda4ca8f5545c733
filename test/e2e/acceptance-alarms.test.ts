// The wall's acceptance checks under alarms: a clock ahead, levels without their colours, two officers, a lost network.
import type { Page, WebSocketRoute } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { defaultSeat, type Seat } from "../../contract/seat.ts";
import { startWalls, unfitOf, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { createField, detectorsOf, startCity, type City, type Field } from "../support/field.ts";
import { readPng } from "../support/png.ts";
import { openRegistered } from "../support/registered.ts";
import { until } from "../support/server.ts";

const screens = { s1: "/wall/s1", s2: "/site/hc-05", s3: "/site/tp-01", s4: "/alarms" } as const;

let demo: Demo;
let walls: Walls;
let field: Field;
let city: City;
let detector: () => string;

const rowOf = (point: string): string => `.screen [role="row"][data-alarm^="${point}~"]`;
const countOf = async (wall: WallPage): Promise<number> =>
  Number(/\d+/u.exec(await wall.byTest("alarm-count").innerText())?.[0] ?? 0);

async function officer(name: string, options: Parameters<Walls["open"]>[1] = {}): Promise<WallPage> {
  const wall = await walls.open(demo.url, { path: "/alarms", ...options });
  await wall.login(name, demo.credentials.people[name] ?? "");
  return wall;
}
async function pick(wall: WallPage, point: string): Promise<void> {
  await wall.byTest("search").fill(field.plan.points.find(({ id }) => id === point)?.code ?? "");
  await wall.page.locator(rowOf(point)).click();
  await wall.page.locator(`${rowOf(point)}[aria-selected="true"]`).waitFor();
}
const textOf = async (wall: WallPage, point: string): Promise<string> =>
  (await wall.page.locator(rowOf(point)).innerText()).replaceAll("\n", " ");

/** What does not fit on these screens, at every size. */
async function wrongOf(
  wall: WallPage,
  shown: Readonly<Record<string, string>>,
  name: string,
): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const [screen, path] of Object.entries(shown)) {
    await wall.page.goto(`${demo.url}${path}?lang=${name.slice(0, 2)}`);
    await wall.page.locator('[data-testid="link-lamp"][data-state="live"]').waitFor();
    wrong.push(...(await unfitOf(wall, `acceptance-${screen}-worst-${name}`)));
  }
  return wrong;
}

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false }), startWalls()]);
  field = await createField(demo);
  detector = detectorsOf(field);
  city = await startCity(field);
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  city?.stop();
  await field?.end();
  await walls?.stop();
  await demo?.stop();
});

describe("a gateway whose clock is 90 s ahead", () => {
  it("is listed by one alarm of its own, and neither stales nor alarms anything else", async () => {
    const wall = await walls.open(demo.url, { path: "/alarms" });
    await wall.page.locator('[data-testid="link-lamp"][data-state="live"]').waitFor();
    const before = await countOf(wall);
    const own = city.quieten("hc-05");
    await until(
      "its clock is called untrusted",
      async () => {
        await field.send(own, 90_000);
        await new Promise((resolve) => setTimeout(resolve, 500));
        return (await wall.page.locator('[role="row"][data-alarm^="hc-05/gw-1~"]').count()) > 0 || null;
      },
      45_000,
    );
    const row = await wall.page.locator('[role="row"][data-alarm^="hc-05/gw-1~"]').innerText();
    expect(row).toContain("时钟异常");
    expect(await countOf(wall)).toBe(before + 1);
    expect(await wall.byTest("data-age").innerText()).not.toMatch(/−|\d+ min/u);
    await wall.picture("acceptance-skew-zh");
    await city.say(own);
  });
});

describe("the levels without their colours", () => {
  it("are told apart by shape and by letter", async () => {
    const [red, orange, yellow, blue, bad] = [detector(), detector(), detector(), detector(), detector()];
    const wall = await walls.open(demo.url, { path: "/alarms" });
    // Beyond the sensor's range on the safe side: bad, and no red may be judged by it.
    await city.say({ [red]: 80, [orange]: 55, [yellow]: 30, [blue]: 12, [bad]: -50 });
    const chips: Record<string, { readonly shape: string; readonly letter: string }> = {};
    for (const [name, point] of Object.entries({ red, orange, yellow, blue, data: bad })) {
      const chip = wall.page.locator(`${rowOf(point)} .chip`).first();
      await chip.waitFor({ timeout: 20_000 });
      chips[name] = { shape: await chip.locator("svg").innerHTML(), letter: (await chip.innerText()).trim() };
    }
    expect(Object.fromEntries(Object.entries(chips).map(([name, { letter }]) => [name, letter]))).toMatchObject({
      red: "红Ⅰ",
      orange: "橙Ⅱ",
      yellow: "黄Ⅲ",
      blue: "蓝Ⅳ",
    });
    for (const part of ["shape", "letter"] as const) {
      expect(new Set(Object.values(chips).map((chip) => chip[part])).size, part).toBe(5);
    }
    await wall.page.evaluate("document.documentElement.style.filter = 'grayscale(1)'");
    for (const [screen, button] of [
      ["s4", "go-alarms"],
      ["s1", "go-wall"],
    ] as const) {
      await wall.byTest(button).click();
      const { rgb } = readPng(await wall.picture(`acceptance-grey-${screen}`));
      let coloured = 0;
      for (let at = 0; at < rgb.length; at += 3) {
        const [r = 0, g = 0, b = 0] = rgb.subarray(at, at + 3);
        if (Math.max(r, g, b) - Math.min(r, g, b) > 2) coloured += 1;
      }
      expect(coloured).toBe(0);
    }
  });
});

describe("two officers at two walls", () => {
  it("who acknowledge the same alarm in the same moment are both shown the one who did", async () => {
    const point = detector();
    await city.say({ [point]: 80 });
    const [one, other] = [await officer("duty-city"), await officer("admin")];
    await Promise.all([pick(one, point), pick(other, point)]);
    await Promise.all([one.page.keyboard.press("a"), other.page.keyboard.press("a")]);
    const answers = await Promise.all(
      [one, other].map(async (wall) => {
        await until("it is answered here", async () => (await textOf(wall, point)).includes("已应答"), 8000);
        return (await wall.byTest("tier-city").innerText()).replaceAll("\t", " ");
      }),
    );
    expect(answers[0]).toBe(answers[1]);
    expect(answers[0]).toMatch(/duty-city|admin/u);
    expect(answers[0]).not.toMatch(/duty-city.*admin|admin.*duty-city/u);
  });
});

describe("a session that loses its network", () => {
  /** An officer behind a line that can be cut either way; `sent`: acknowledgements that left the page. */
  async function behindLine() {
    const line = { toServer: true, toPage: true };
    const sent: string[] = [];
    const cut = (page: Page): Promise<void> =>
      page.routeWebSocket(/socket\.io/u, (socket: WebSocketRoute) => {
        const server = socket.connectToServer();
        socket.onMessage((message) => {
          if (/^42\d+\["acknowledge"/u.test(String(message))) sent.push(String(message));
          if (line.toServer) server.send(message);
        });
        server.onMessage((message) => {
          if (line.toPage) socket.send(message);
        });
      });
    const wall = await officer("duty-city", { prepare: cut, losesServer: true });
    return { line, sent, wall };
  }

  it("before its acknowledgement is out says that it is not confirmed, sends it no second time, and it stays unacknowledged", async () => {
    const point = detector();
    await city.say({ [point]: 80 });
    const { line, sent, wall } = await behindLine();
    await pick(wall, point);
    [line.toServer, line.toPage] = [false, false];
    await wall.page.keyboard.press("a");
    await until("it has left the page", () => sent.length === 1);
    await wall.page.context().setOffline(true);
    const notice = wall.byTest("command-notice");
    await until("it is not confirmed", async () => (await notice.innerText()).includes("未确认收到"), 6000);
    expect(await textOf(wall, point)).not.toContain("已应答");
    await wall.picture("acceptance-unconfirmed-zh");
    await wall.page.context().setOffline(false);
    [line.toServer, line.toPage] = [true, true];
    await wall.page.locator('[data-testid="link-lamp"][data-state="live"]').waitFor();
    const witness = await officer("admin");
    await pick(witness, point);
    expect(await textOf(witness, point)).toContain("未确认");
    expect(await textOf(wall, point)).toContain("未确认");
    expect(sent).toHaveLength(1);
    await wall.page.keyboard.press("a");
    await until("it is answered now", async () => (await textOf(wall, point)).includes("已应答"), 5000);
    expect(sent).toHaveLength(2);
  });

  it("after its acknowledgement is out says that it is not confirmed, and learns by the stream that it was heard, once", async () => {
    const point = detector();
    await city.say({ [point]: 80 });
    const { line, sent, wall } = await behindLine();
    await pick(wall, point);
    line.toPage = false;
    await wall.page.keyboard.press("a");
    const notice = wall.byTest("command-notice");
    await until("it is not confirmed", async () => (await notice.innerText()).includes("未确认收到"), 6000);
    expect(await textOf(wall, point)).not.toContain("已应答");
    line.toPage = true;
    await until("the stream tells", async () => (await textOf(wall, point)).includes("已应答"), 10_000);
    expect(await wall.byTest("tier-city").innerText()).toContain("duty-city");
    expect(sent).toHaveLength(1);
  });
});

describe("the screens with everything at its worst", () => {
  it.each(["zh", "en"])("fit every size without a scrollbar or a cut panel, %s", async (language) => {
    await city.say(field.worst);
    const wall = await walls.open(demo.url, { path: `/alarms?lang=${language}` });
    await until("the flood is on the wall", async () => (await countOf(wall)) > 130, 30_000);
    expect(await wrongOf(wall, screens, language)).toEqual([]);
  });

  it.each(["zh", "en"])("fit where they are read from afar, in type 1.4 times as large, %s", async (language) => {
    await city.say(field.worst);
    const seat: Seat = { ...defaultSeat, density: "far", playlist: [] };
    const wall = await openRegistered({ demo, walls, id: `far-${language}`, path: "/site/hc-05", seat });
    await until(
      "its type is larger",
      async () => (await wall.page.evaluate("getComputedStyle(document.querySelector('.shell')).fontSize")) === "28px",
    );
    const { s4: _near, ...far } = screens;
    expect(await wrongOf(wall, { ...far, figures: "/wall/figures" }, `${language}-far`)).toEqual([]);
  });
});
