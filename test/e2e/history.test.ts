// History in Chromium over real MQTT: trends with gap, limit and alarm, by keys and at 320 px, tables, an embedded trend, the feed.
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { MadeEmbed } from "../../contract/embed.ts";
import type { FeedPage, SeriesAnswer, StepsPage } from "../../contract/series.ts";
import { accessFaultsOf } from "../support/access.ts";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { outsideOf } from "../support/page-probes.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { until } from "../support/server.ts";

const site = "hc-05";
const point = `${site}/GD-201`;

let demo: Demo;
let walls: Walls;
let publisher: Publisher;
let speaking: NodeJS.Timeout | undefined;
let cookie: string;
let value = 3;
let other = 2;

const get = async <T>(path: string, headers: Readonly<Record<string, string>> = { cookie }): Promise<T> =>
  (await (await fetch(`${demo.url}${path}`, { headers })).json()) as T;

async function openHistory(query: string, size: readonly [number, number] = [1920, 1080]): Promise<WallPage> {
  const [name = "", token = ""] = cookie.split("=");
  const prepare = async (page: WallPage["page"]): Promise<void> => {
    await page.context().addCookies([{ name, value: token, url: demo.url }]);
  };
  const wall = await walls.open(demo.url, { path: `/history?${query}`, size, landmark: "history", prepare });
  return wall;
}

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false }), startWalls()]);
  const response = await fetch(`${demo.url}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json", "x-skyground": "1" },
    body: JSON.stringify({ name: "admin", password: demo.credentials.people["admin"] }),
  });
  cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
  const password = demo.credentials.devices[`${site}/gw-1`] ?? "";
  publisher = createPublisher({ port: demo.mqttPort, userName: `${site}.gw-1`, password, site });
  const send = (): void =>
    void publisher.send(JSON.stringify({ ts: Date.now(), values: { "GD-201": value, "GD-202": other, "LT-101": 50 } }));
  send();
  speaking = setInterval(send, 500);
  await until("a value is stored", async () => {
    const to = Date.now();
    const answer = await get<SeriesAnswer>(`/api/series?points=${point}&from=${to - 60_000}&to=${to}&buckets=60`);
    return answer.points[0]?.buckets.some(({ min }) => min === 3) ?? false;
  });
  value = 60;
  await until("the alarm is in the chronicle", async () => {
    const to = Date.now() + 1000;
    const page = await get<StepsPage>(`/api/steps?from=${to - 600_000}&to=${to}&limit=10&site=${site}`);
    return page.steps.some(({ level }) => level === "red" || level === "orange");
  });
});

afterEach(() => walls.closeAll());
afterAll(async () => {
  clearInterval(speaking);
  await publisher?.end();
  await walls?.stop();
  await demo?.stop();
});

describe("history", () => {
  it("shows a trend with its limits, alarms and gaps, and tells its values by keys", async () => {
    const wall = await openHistory(`points=${point},${site}/LT-101&range=1h`);
    await wall.byTest("history-stats").getByText("当时的限值").waitFor();
    await wall.byTest("history-stats").getByText("预警记录", { exact: true }).waitFor();
    expect(await wall.byTest("history-gaps").innerText()).toContain("系统尚无记录");
    await wall.byTest("history-chart").focus();
    await wall.page.keyboard.press("End");
    // The newest values are on their way into the store.
    await until("a value is told", async () => {
      const isTold = (await wall.byTest("history-cursor").innerText()).includes("均值");
      if (!isTold) await wall.page.keyboard.press("ArrowLeft");
      return isTold;
    });
    await wall.byTest("history-table-toggle").click();
    await wall.byTest("history-table").waitFor();
    await wall.picture("history-trend-zh");
    expect(await accessFaultsOf(wall.page, ".console")).toEqual([]);
    // A reload loses nothing.
    await wall.page.reload();
    await wall.byTest("history-table").waitFor();
    // Dragging asks for the time between.
    const box = await wall.byTest("history-chart").boundingBox();
    if (box === null) throw new Error("the chart has no place");
    await wall.page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2);
    await wall.page.mouse.down();
    await wall.page.mouse.move(box.x + box.width * 0.8, box.y + box.height / 2, { steps: 4 });
    await wall.page.mouse.up();
    await until("the address names the time", () => /from=\d+/u.test(wall.page.url()));
  });

  it("counts events and load, and reflows at 320 px", async () => {
    const wall = await openHistory(`tab=events&range=1h`);
    await wall.byTest("history-steps").waitFor();
    await wall.picture("history-events-zh");
    expect(await accessFaultsOf(wall.page, ".console")).toEqual([]);
    await wall.byTest("history-tab-load").click();
    await wall.byTest("history-figures").waitFor();
    await wall.picture("history-load-zh");
    expect(await accessFaultsOf(wall.page, ".console")).toEqual([]);
    await wall.page.setViewportSize({ width: 320, height: 800 });
    await wall.picture("history-load-320");
    const isWide = "document.querySelector('.console').scrollWidth > innerWidth";
    expect(await wall.page.evaluate(isWide)).toBe(false);
    await wall.byTest("history-tab-trend").click();
    await wall
      .byTest(`history-point-${site}/GD-202`)
      .waitFor({ state: "detached" })
      .catch(() => undefined);
    await wall.picture("history-trend-320");
    expect(await wall.page.evaluate(isWide)).toBe(false);
  });

  it("in English at 1366, gives tables, and refuses too large a question with what would fit", async () => {
    const wall = await openHistory(`points=${point}&range=1h&lang=en`, [1366, 768]);
    await wall.byTest("history-export-csv").waitFor();
    await wall.byTest("history-export-xlsx").click();
    await wall.byTest("history-export-told").getByText("Saved").waitFor();
    await wall.byTest("history-stats").getByText("Limits of that time").waitFor();
    await wall.picture("history-trend-en");
    expect(await outsideOf(wall.page)).toEqual([]);
    const to = Date.now() + 1000;
    const query = `points=${point}&from=${to - 600_000}&to=${to}&bucketMs=0&format=csv&lang=en`;
    const bytes = Buffer.from(
      await (await fetch(`${demo.url}/api/export/series?${query}`, { headers: { cookie } })).arrayBuffer(),
    );
    const csv = bytes.toString("utf8");
    const lines = csv.split("\r\n");
    expect(csv.startsWith("\u{feff}Monitoring data")).toBe(true);
    expect(lines.find((line) => line.startsWith("Coverage"))).toMatch(/hc-05\/GD-201,\d+\/\d+/u);
    expect(lines.find((line) => line.startsWith("Head of the record"))).toContain("chain ");
    expect(lines.some((line) => line.includes(`${point},`) && line.includes(",60,"))).toBe(true);
    const audits = await get<readonly { readonly act: string }[]>(`/api/audit?from=0&to=${to + 60_000}&limit=50`);
    expect(audits.filter(({ act }) => act === "history.export").length).toBeGreaterThanOrEqual(2);
    const years = `points=${point}&from=0&to=${to}&buckets=10`;
    const refused = await get<{
      readonly code: string;
      readonly estimate: { readonly rows: number; readonly most: number };
    }>(`/api/series?${years}`);
    expect(refused.code).toBe("QUERY_TOO_LARGE");
    expect(refused.estimate.rows).toBeGreaterThan(refused.estimate.most);
  });
});

describe("outside", () => {
  it("a trend is held by the page that its token names and by no other, until it is revoked", async () => {
    const holder: Server = createServer((request, response) => {
      const token = new URL(request.url ?? "/", "http://x").searchParams.get("token") ?? "";
      response.setHeader("content-type", "text/html");
      response.end(
        `<title>t</title><main data-testid="holder">A page</main><iframe title="t" width="640" height="360" src="${demo.url}/embed/trend?token=${token}&hours=1&lang=zh"></iframe>`,
      );
    });
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const own = `http://127.0.0.1:${(holder.address() as AddressInfo).port}`;
    const post = async (path: string, body: unknown): Promise<Response> =>
      fetch(`${demo.url}${path}`, {
        method: "POST",
        headers: { cookie, "content-type": "application/json", "x-skyground": "1" },
        body: JSON.stringify(body),
      });
    try {
      const made = (await (
        await post("/api/embeds", { kind: "trend", point, hosts: [own], days: 1 })
      ).json()) as MadeEmbed;
      const wall = await walls.open(own, {
        path: `/?token=${made.token}`,
        landmark: "holder",
      });
      const frame = wall.page.frameLocator("iframe");
      await frame.locator("[data-testid=embed-age]").waitFor();
      await frame.locator("h1").getByText("GD-201").waitFor();
      await wall.picture("history-embed-zh");
      const policyOf = async (token: string): Promise<string> =>
        (await fetch(`${demo.url}/embed/trend?token=${token}`)).headers.get("content-security-policy") ?? "";
      expect(await policyOf(made.token)).toContain(`frame-ancestors ${own}`);
      expect(await policyOf("none")).toContain("frame-ancestors 'none'");
      // It opens its point, and nothing else.
      const bearer = { authorization: `Bearer ${made.token}` };
      expect(await get("/api/embed/trend?hours=1&point=hc-01/GD-201", bearer)).toMatchObject({ point: { id: point } });
      expect(await get("/api/feed?after=0", bearer)).toMatchObject({ code: "EMBED_UNKNOWN" });
      expect((await post("/api/embeds/revoke", { id: made.embed.id })).status).toBe(200);
      expect(await get("/api/embed/trend?hours=1", bearer)).toMatchObject({ code: "EMBED_UNKNOWN" });
    } finally {
      holder.close();
    }
  });

  it("another system reads the feed by cursor, and waits for what comes", async () => {
    const made = await fetch(`${demo.url}/api/embeds`, {
      method: "POST",
      headers: { cookie, "content-type": "application/json", "x-skyground": "1" },
      body: JSON.stringify({ kind: "feed", site, days: 1 }),
    });
    const { token } = (await made.json()) as MadeEmbed;
    const bearer = { authorization: `Bearer ${token}` };
    const seqs: number[] = [];
    let page = await get<FeedPage>("/api/feed?after=0&limit=1", bearer);
    for (; !page.isEnd; page = await get<FeedPage>(`/api/feed?after=${page.next}&limit=1`, bearer))
      seqs.push(...page.steps.map(({ seq }) => seq));
    seqs.push(...page.steps.map(({ seq }) => seq));
    expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
    const waiting = get<FeedPage>(`/api/feed?after=${page.next}&wait=20000`, bearer);
    other = 60;
    const next = await waiting;
    expect(next.steps.length).toBeGreaterThan(0);
    expect(next.steps.every(({ seq, site: of }) => seq > page.next && of === site)).toBe(true);
    expect(await get("/api/feed?after=0", {})).toMatchObject({ code: "EMBED_UNKNOWN" });
  });
});
