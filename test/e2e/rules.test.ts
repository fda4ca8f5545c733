// The console of the rules in Chromium: a draft, its back-test over a real journal, what enabling would do, and two persons.
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { accessFaultsOf } from "../support/access.ts";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { wallIsBuilt } from "../support/demo.ts";
import { outsideOf, textsOf } from "../support/page-probes.ts";
import { createPublisher, type Publisher } from "../support/publisher.ts";
import { enterAll, newFolder, startServer, until, writePlant, type RunningServer } from "../support/server.ts";

const points = `
- code: LT-1
  unit: "%"
  resolution: 0.1
  range: { sensor: [0, 100] }
  report: { everyMs: 1000 }
  rules: { high: { blue: { setpoint: 50, deadband: 2 }, red: { setpoint: 90, deadband: 2 } } }
- code: LT-2
  unit: "%"
  resolution: 0.1
  range: { sensor: [0, 100] }
  report: { everyMs: 1000 }
  rules: { low: { yellow: { setpoint: 10, deadband: 2 } } }
`;
const id = "plant-1/LT-1~limit~high";
const path = `/rules?rule=${encodeURIComponent(id)}`;
/** Nobody has logged in yet, a duty officer changes no rules, and a refusal is what a test is about. */
const expected = /status of (400|401|403|404|409)/u;

let folder: ReturnType<typeof newFolder>;
let server: RunningServer;
let publisher: Publisher;
let walls: Walls;
let secrets: Readonly<Record<string, string>>;

function say(at: number, value: number): Promise<void> {
  return publisher.send(JSON.stringify({ ts: at, values: { "LT-1": value, "LT-2": 40 } }));
}

beforeAll(async () => {
  wallIsBuilt();
  folder = newFolder();
  const dataDir = join(folder.path, "data");
  secrets = await enterAll(
    dataDir,
    [["plant-1", "gw-1"]],
    [
      { name: "lead", role: "supervisor", tier: "city" },
      { name: "second", role: "supervisor", tier: "city" },
      { name: "duty", role: "dutyOfficer", tier: "city" },
    ],
  );
  const configDir = writePlant(join(folder.path, "config"), points);
  server = await startServer({ dataDir, configDir, environment: { SKYGROUND_BACKTEST_LEAST_HOURS: "0" } });
  publisher = createPublisher({
    port: server.mqttPort,
    userName: "plant-1.gw-1",
    password: secrets["plant-1.gw-1"] ?? "",
  });
  // One hump up to 48 and back, which the version in force never sees.
  const startAt = Date.now();
  for (let nth = 0; nth < 50; nth += 1) await say(startAt + nth * 100, nth > 10 && nth < 20 ? 48 : 20);
  walls = await startWalls();
}, 90_000);

afterEach(() => walls?.closeAll());

afterAll(async () => {
  await walls?.stop();
  await publisher?.end();
  await server?.end("SIGTERM");
  folder?.remove();
});

interface Look {
  readonly name: string;
  readonly language?: "zh" | "en";
  readonly size?: readonly [number, number];
}

async function open({ name, language = "zh", size = [1920, 1080] }: Look): Promise<WallPage> {
  const page = await walls.open(server.url, {
    path: `${path}&lang=${language}`,
    size,
    landmark: "login-name",
    expected,
  });
  await page.byTest("login-name").fill(name);
  await page.byTest("login-password").fill(secrets[name] ?? "");
  await page.byTest("login-submit").click();
  await page.byTest("rule-editor").waitFor();
  return page;
}

// The wall lies hidden behind the console: what is looked at is what is shown.
async function isWhole(page: WallPage, picture: string): Promise<void> {
  await page.picture(picture);
  expect(await accessFaultsOf(page.page, ".console"), picture).toEqual([]);
  const texts = await textsOf(page.page);
  expect(
    texts.filter((text) => /undefined|NaN|rules\.\w|\{\w+\}/u.test(text)),
    picture,
  ).toEqual([]);
}

describe("the console of the rules", () => {
  it(
    "leads from a draft over its back-test and the announcement to a version that two persons enable",
    { timeout: 120_000 },
    async () => {
      const lead = await open({ name: "lead" });
      const field = lead.byTest("field-blue.0.setpoint");
      expect(await lead.byTest("sentence-blue.0-zh").innerText()).toMatch(/^「当 .* ≥ 50.% → 蓝」$/u);

      // Faults at the field, in words: a unit that does not fit, and a ladder out of order.
      await field.fill("46 kPa");
      expect(await lead.byTest("rule-editor").innerText()).toContain("单位不符");
      expect(await lead.byTest("save-draft").isDisabled()).toBe(true);
      await field.fill("95");
      expect(await lead.byTest("rule-editor").innerText()).toContain("须低于红的 90");
      await field.fill("0.46 1");
      await field.blur();
      expect(await field.inputValue()).toBe("46");
      await lead.byTest("rule-reason").fill("蓝色报得太晚");
      await lead.page.keyboard.press("Control+s");
      await lead.byTest("draft-about").waitFor();

      // By its key, as a job of the server that a reload does not lose.
      await lead.byTest("rules-tree").locator("[tabindex='0']").first().focus();
      await lead.page.keyboard.press("b");
      await lead.byTest("backtest-report").waitFor({ timeout: 60_000 });
      await lead.page.reload();
      await lead.byTest("backtest-report").waitFor();
      expect(await lead.byTest("difference-new").innerText()).toBe("1");
      expect(await lead.byTest("difference-lost").innerText()).toBe("0");
      expect(await lead.byTest("tested").innerText()).toContain("可用于启用");
      await isWhole(lead, "rules-backtest-zh");

      await lead.page.keyboard.press("v");
      expect(await lead.byTest("diff").innerText()).toContain("≠ 蓝");
      await isWhole(lead, "rules-versions-zh");

      await lead.byTest("tab-enable").click();
      await say(Date.now(), 47);
      await lead.byTest("look").click();
      await lead.byTest("announcement").waitFor();
      expect(await lead.byTest("announcement").innerText()).toContain("生效后将立即产生 1 条");
      await isWhole(lead, "rules-announced-zh");
      await lead.byTest("approver-name").fill("lead");
      await lead.byTest("approver-password").fill(secrets["lead"] ?? "");
      await lead.byTest("enable").click();
      await lead.byTest("enable-refusal").waitFor();
      expect(await lead.byTest("enable-refusal").innerText()).toContain("须为另一位");
      await lead.byTest("approver-name").fill("second");
      await lead.byTest("approver-password").fill(secrets["second"] ?? "");
      await lead.byTest("enable").click();
      await lead.byTest("enabled").waitFor();
      await say(Date.now(), 47);
      await until("the alarm stands by the new version", async () =>
        (await lead.byTest("enabled").innerText()).includes("· 蓝"),
      );
      expect(await lead.byTest(`rule-${id}`).innerText()).toContain("v2 生效");
      expect(await lead.byTest("rules-tree").innerText()).not.toContain("草稿");
    },
  );

  it("is read only to whoever may not change rules, and says why", async () => {
    const duty = await open({ name: "duty" });
    await until("the refusal is told", async () =>
      (await duty.byTest("rules-read-only").innerText()).includes("无权操作"),
    );
    expect(await duty.byTest("save-draft").count()).toBe(0);
    expect(await duty.byTest("field-blue.0.setpoint").getAttribute("readonly")).not.toBeNull();
    await isWhole(duty, "rules-read-only-zh");
  });

  it("is moved through by keys alone, and found by a search that a reload keeps", async () => {
    const lead = await open({ name: "lead" });
    const tree = lead.byTest("rules-tree");
    await tree.locator("[tabindex='0']").focus();
    // Down to the next kind, open it, into it, and take its rule.
    for (const key of ["ArrowDown", "ArrowRight", "ArrowRight", "Enter"]) await lead.page.keyboard.press(key);
    await until("the other rule is open", () => lead.page.url().includes(encodeURIComponent("plant-1/LT-2")));
    await lead.byTest("rules-search").fill("LT-1");
    await until("one rule is left", async () => (await tree.locator("[aria-level='3']").count()) === 1);
    await lead.page.reload();
    await tree.waitFor();
    expect(await lead.byTest("rules-search").inputValue()).toBe("LT-1");
    expect(await tree.locator("[aria-level='3']").count()).toBe(1);
  });

  it.each([
    ["en", [1920, 1080]],
    ["en", [1366, 768]],
    ["zh", [320, 800]],
    ["en", [320, 800]],
  ] as const)("is whole and accessible in %s at %j, with nothing cut", async (language, size) => {
    const page = await open({ name: "lead", language, size });
    await isWhole(page, `rules-${language}-${size[0]}`);
    expect(await outsideOf(page.page)).toEqual([]);
    const texts = await textsOf(page.page);
    const chinese = texts.filter((text) => /\p{Script=Han}/u.test(text) && !text.startsWith("「"));
    if (language === "en") expect(chinese).toEqual(["中文"]);
  });
});
