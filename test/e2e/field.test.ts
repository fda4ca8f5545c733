// A real broker and a real series before a wall in Chromium: found late, drawn from history, and each neighbour that goes is told of.
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { listSegments } from "../../server/adapters/journal/read.ts";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { wallIsBuilt } from "../support/demo.ts";
import { boundFiles } from "../support/disk.ts";
import { startMosquitto, type Mosquitto } from "../support/mosquitto.ts";
import { boxOf, textsOf } from "../support/page-probes.ts";
import { columnsWith, inside, levelPixels, readPng, type Colour } from "../support/png.ts";
import { freePort } from "../support/ports.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { enterAll, newFolder, startServer, until, type RunningServer } from "../support/server.ts";

const series = new URL("../data/nab_temperature/machine_temperature_system_failure.csv", import.meta.url);
const point = "plant-1/TEMP-1";
const rowsUsed = 3000;
const stepMs = 300_000;
const lineColour: Colour = [0xa9, 0xbb, 0xcf];

const users = {
  skyground: { password: "server-secret", acl: ["topic read skyground/v1/#"] },
  "plant-1.gw-1": { password: "device-secret", acl: ["topic write skyground/v1/plant-1/gw-1/#"] },
};

let folder: ReturnType<typeof newFolder>;
let mosquitto: Mosquitto;
let server: RunningServer;
let publisher: Publisher;
let walls: Walls;
let password: string;

/** The first rows of the series, as its clock wrote them, taken as UTC. */
function rowsOf(count: number): readonly { readonly at: number; readonly value: number }[] {
  const lines = readFileSync(series, "utf8")
    .split("\n")
    .slice(1, count + 1);
  return lines.map((line) => {
    const [time = "", value = ""] = line.split(",");
    return { at: Date.parse(`${time.replace(" ", "T")}Z`), value: Number(value) };
  });
}

const payloadOf = (at: number, value: number): string => JSON.stringify({ ts: at, values: { "TEMP-1": value } });

async function openWall(url: string, secret: string, path = "/wall/s1"): Promise<WallPage> {
  // Before the login nothing is shown to anybody, and where InfluxDB is away there is no history to read.
  const wall = await walls.open(url, { path, expected: /status of (401|404|503).*\/api\/(map|history)/u });
  await wall.byTest("login-name").fill("duty-1");
  await wall.byTest("login-password").fill(secret);
  await wall.byTest("login-submit").click();
  await wall.byTest("person").waitFor();
  return wall;
}

beforeAll(async () => {
  wallIsBuilt();
  folder = newFolder();
  const dataDir = join(folder.path, "data");
  const secrets = await enterAll(
    dataDir,
    [["plant-1", "gw-1"]],
    [{ name: "duty-1", role: "dutyOfficer", tier: "city" }],
  );
  password = secrets["duty-1"] ?? "";
  mosquitto = await startMosquitto(users);
  const environment = {
    SKYGROUND_MQTT_URL: mosquitto.url,
    SKYGROUND_MQTT_USERNAME: "skyground",
    SKYGROUND_MQTT_PASSWORD: users.skyground.password,
  };
  server = await startServer({ dataDir, environment });
  await until("the server is on the broker", async () => {
    const { neighbours } = await server.health();
    return neighbours.some(({ name, state }) => name === "broker" && state === "up");
  });
  const device = { userName: "plant-1.gw-1", password: users["plant-1.gw-1"].password };
  publisher = createPublisher({ port: mosquitto.port, ...device });
  walls = await startWalls();
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  await walls?.stop();
  await publisher?.end();
  await server?.end("SIGKILL");
  await mosquitto?.stop();
  folder?.remove();
});

describe("a series of thirteen years ago, through Mosquitto", () => {
  it("is an alarm on the wall that says how late it was found", async () => {
    const rows = rowsOf(rowsUsed);
    expect(rows).toHaveLength(rowsUsed);
    await publisher.sendAll(rows.map(({ at, value }) => payloadOf(at, value)));
    const wall = await openWall(server.url, password);
    await wall.page.locator(`li[data-alarm^="${point}"]`).first().waitFor({ timeout: 20_000 });
    await wall.picture("s1-nab-zh");
    await wall.page.locator(`li[data-alarm^="${point}"]`).first().click();
    await until("it is said to be found late", async () => {
      return /晚 [\d,]+ d 发现/u.test(await wall.byTest("alarm-detail").innerText());
    });
    await wall.picture("s4-nab-zh");
    await wall.byTest("language").click();
    await until("also in English", async () => {
      return /found [\d,]+ d late/u.test(await wall.byTest("alarm-detail").innerText());
    });
    await wall.picture("s4-nab-en");
  });

  it("is drawn on from the history of the last two hours, with its limits", async () => {
    const now = Date.now();
    const rows = rowsOf(25);
    await publisher.sendAll(rows.map(({ value }, place) => payloadOf(now - (24 - place) * stepMs, value)));
    const plot = async (wall: WallPage): Promise<readonly [columns: number, width: number]> => {
      const box = await boxOf(wall.page, `.trend[data-point="${point}"]`);
      const inner = {
        x: box.x + box.width * 0.25,
        y: box.y + box.height * 0.3,
        width: box.width * 0.6,
        height: box.height * 0.5,
      };
      return [columnsWith(readPng(await wall.page.screenshot()), lineColour, inner), inner.width];
    };
    const wall = await openWall(server.url, password);
    await until("the line spans its panel", async () => {
      const [columns, width] = await plot(wall);
      return columns > width * 0.8;
    });
    const picture = readPng(await wall.picture("s1-history-zh"));
    const limits = levelPixels(picture, inside(await boxOf(wall.page, `.trend[data-point="${point}"]`)));
    expect(limits.yellow).toBeGreaterThan(50);
    expect(limits.blue).toBeGreaterThan(50);
  });
});

describe("a neighbour that goes", () => {
  it("is the broker: the wall says so and since when, and that it is back", async () => {
    const wall = await openWall(server.url, password);
    const notice = wall.byTest("notice").filter({ hasText: "消息代理 中断" });
    expect(await notice.count()).toBe(0);
    await mosquitto.kill();
    await notice.waitFor({ timeout: 20_000 });
    expect(await notice.innerText()).toMatch(/^消息代理 中断 \d\d:\d\d · \S/u);
    await until("it is an alarm of the city", async () => {
      return (await wall.byTest("banner").innerText()).includes("消息代理");
    });
    await wall.picture("s1-broker-down-zh");
    await wall.byTest("language").click();
    await until("also in English", async () =>
      (await textsOf(wall.page)).some((line) => /^Broker down \d\d:\d\d · \S/u.test(line)),
    );
    await wall.picture("s1-broker-down-en");
    await mosquitto.start();
    await wall.byTest("notice").filter({ hasText: "Broker down" }).waitFor({ state: "detached", timeout: 30_000 });
  });

  it("is the disk: the wall says that nothing can be written, and that it can again", async () => {
    const wall = await openWall(server.url, password);
    const notice = wall.byTest("notice").filter({ hasText: "磁盘 中断" });
    expect(await notice.count()).toBe(0);
    const segment = listSegments(join(folder.path, "data", "journal")).at(-1)?.file ?? "";
    await boundFiles(server.pid, statSync(segment).size + 250);
    // More than fits into what is left of the journal's block.
    const now = Date.now();
    await publisher.sendAll(Array.from({ length: 40 }, (_, place) => payloadOf(now + place, 80)));
    await notice.waitFor({ timeout: 20_000 });
    expect(await notice.innerText()).toMatch(/^磁盘 中断 \d\d:\d\d · \S/u);
    await wall.picture("s1-disk-full-zh");
    await boundFiles(server.pid, "unlimited");
    await notice.waitFor({ state: "detached", timeout: 20_000 });
  });

  it("is the historian: the wall says so, and goes on", async () => {
    const nobody = await freePort();
    const dataDir = join(folder.path, "influx");
    const secrets = await enterAll(
      dataDir,
      [["plant-1", "gw-1"]],
      [{ name: "duty-1", role: "dutyOfficer", tier: "city" }],
    );
    const environment = {
      SKYGROUND_HISTORIAN: "influx",
      SKYGROUND_INFLUX_VERSION: "1",
      SKYGROUND_INFLUX_URL: `http://127.0.0.1:${nobody}`,
    };
    const other = await startServer({ dataDir, environment });
    const device = createPublisher({
      port: other.mqttPort,
      userName: "plant-1.gw-1",
      password: secrets["plant-1.gw-1"] ?? "",
    });
    try {
      await device.send(payloadOf(Date.now(), 90));
      const wall = await openWall(other.url, secrets["duty-1"] ?? "");
      const notice = wall.byTest("notice").filter({ hasText: "历史库 中断" });
      await notice.waitFor({ timeout: 30_000 });
      expect(await notice.innerText()).toMatch(/^历史库 中断 \d\d:\d\d · \S/u);
      await wall.picture("s1-historian-down-zh");
      const behind = wall.byTest("historian-behind");
      await behind.waitFor({ timeout: 30_000 });
      expect(await behind.innerText()).toMatch(/^历史库落后 \d\d:\d\d（\d+\.\d MB），待补写，报警不受影响$/u);
      await wall.picture("s1-historian-behind-zh");
      // The snapshot tells of the historian before the first beat says that the link lives.
      await wall.page.locator('[data-testid="link-lamp"][data-state="live"]').waitFor({ timeout: 10_000 });
      await walls.closeAll();
    } finally {
      await device.end();
      await other.end("SIGKILL");
    }
  });
});
