// Administration in Chromium over a real server: an enterprise, its site and its device by keys alone, a person, a wall.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { adminTabs } from "../support/admin-tabs.ts";
import { accessFaultsOf } from "../support/access.ts";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { startDemo, type Demo } from "../support/demo.ts";
import { textsOf } from "../support/page-probes.ts";

let demo: Demo;
let walls: Walls;

beforeAll(async () => {
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false }), startWalls()]);
});
afterEach(() => walls.closeAll());
afterAll(async () => {
  await walls?.stop();
  await demo?.stop();
});

async function open(path: string): Promise<WallPage> {
  // A table with faults and an approval that is none are refused on purpose.
  const wall = await walls.open(demo.url, { expected: /status of 40[03]/u });
  await wall.login("admin", demo.credentials.people["admin"] ?? "");
  await wall.page.goto(`${demo.url}${path}`);
  return wall;
}

/** Types into what has the focus, and goes on to the next field. */
async function typeAll({ page }: WallPage, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    await page.keyboard.type(text);
    await page.keyboard.press("Tab");
  }
}

/** The focus goes to the button of that test id by the Tab key, as it would for somebody without a mouse. */
async function tabTo({ page }: WallPage, id: string): Promise<void> {
  for (let steps = 0; steps < 80; steps += 1) {
    if ((await page.evaluate<string | null>("document.activeElement?.dataset.testid ?? null")) === id) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`the focus never comes to ${id}`);
}

describe("administration", () => {
  it("enters an enterprise, a site and a device by keys alone, and shows the secret once", async () => {
    const wall = await open("/admin/enterprises");
    const { page, byTest } = wall;
    await byTest("row-lingang").waitFor();

    await tabTo(wall, "add");
    await page.keyboard.press("Enter");
    await byTest("act-submit").waitFor();
    // Nothing is sent that is not filled in, and the focus goes to the first fault.
    await page.keyboard.press("Enter");
    await byTest("fault-id").waitFor();
    await typeAll(wall, ["e2e-works", "（演示）试验厂", "Works (demo)"]);
    await tabTo(wall, "act-submit");
    await page.keyboard.press("Enter");
    await byTest("row-e2e-works").waitFor();
    expect(await byTest("detail").innerText()).toContain("（演示）试验厂");

    await page.goto(`${demo.url}/admin/sites`);
    await byTest("row-hc-03").waitFor();
    await tabTo(wall, "add");
    await page.keyboard.press("Enter");
    await byTest("field-id").waitFor();
    // A choice of a list takes its first letters, as natively.
    await page.keyboard.type("e2e-site");
    await byTest("field-enterprise").selectOption("e2e-works");
    await byTest("field-county").selectOption({ index: 1 });
    await byTest("field-sector").selectOption({ index: 1 });
    for (const [field, text] of Object.entries({
      zh: "（演示）试验站",
      en: "Site (demo)",
      town: "公平镇",
      lng: "115.4",
      lat: "22.8",
    }))
      await byTest(`field-${field}`).fill(text);
    expect(await byTest("changes").innerText()).toContain("e2e-site");
    await byTest("act-submit").click();
    await byTest("row-e2e-site").waitFor();
    expect(await byTest("detail").innerText()).toContain("不在计划内");

    await page.goto(`${demo.url}/admin/devices`);
    await byTest("row-hc-01/gw-1").waitFor();
    await tabTo(wall, "add");
    await page.keyboard.press("Enter");
    await byTest("field-site").waitFor();
    await typeAll(wall, ["e2e-site", "gw-1"]);
    await tabTo(wall, "act-submit");
    await page.keyboard.press("Enter");
    await byTest("row-e2e-site/gw-1").waitFor();
    await tabTo(wall, "act-rotate");
    await page.keyboard.press("Enter");
    await tabTo(wall, "act-submit");
    await page.keyboard.press("Enter");
    const secret = byTest("once-密钥");
    await secret.waitFor();
    expect((await secret.innerText()).length).toBeGreaterThan(15);
    expect(await accessFaultsOf(wall.page)).toEqual([]);
    await wall.picture("admin-secret");
    await page.keyboard.press("Escape");
    await secret.waitFor({ state: "detached" });
    // The focus is back where the dialog was opened from.
    expect(await page.evaluate<string>("document.activeElement.dataset.testid")).toBe("act-rotate");
    await byTest("detail").getByText("密钥（自").waitFor();
  });

  it("takes a table whole or not at all, and names every fault by line and column", async () => {
    const wall = await open("/admin/sites");
    const { byTest } = wall;
    await byTest("import").click();
    const table =
      "id,enterprise,name_zh,name_en,county,town,sector,lng,lat\nok-1,lingang,甲,A,441521,镇,hazchem,115,22\nBad Id,nobody,乙,B,441521,镇,hazchem,200,22\n";
    await byTest("file").setInputFiles({ name: "sites.csv", mimeType: "text/csv", buffer: Buffer.from(table) });
    await byTest("import-send").click();
    await byTest("import-faults").waitFor();
    const faults = await byTest("import-faults").locator("tbody tr").allInnerTexts();
    expect(faults.map((row) => row.split("\t").slice(0, 2))).toEqual([
      ["3", "id"],
      ["3", "lng"],
    ]);
    expect(await accessFaultsOf(wall.page)).toEqual([]);
    await wall.page.keyboard.press("Escape");
    expect(await byTest("row-ok-1").count()).toBe(0);
  });

  it("adds a person with a part of the city, and wants a second administrator for an administrator", async () => {
    const wall = await open("/admin/people");
    const { page, byTest } = wall;
    await byTest("add").click();
    await byTest("field-name").fill("e2e-duty");
    await byTest("field-tier").selectOption("county");
    await byTest("field-counties").fill("海丰县");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "去掉海丰县" }).waitFor();
    expect(await byTest("changes").innerText()).toContain("海丰县");
    await byTest("act-submit").click();
    await byTest("once-临时密码").waitFor();
    await byTest("once-close").click();
    expect(await byTest("detail").innerText()).toContain("海丰县");

    // Another administrator cannot be made by one alone, and a wrong second one is told beside the field.
    await byTest("add").click();
    await byTest("field-name").fill("e2e-admin");
    await byTest("field-role").selectOption("administrator");
    await byTest("approval").waitFor();
    await byTest("field-approver").fill("admin");
    await byTest("field-approval").fill(demo.credentials.people["admin"] ?? "");
    await byTest("act-submit").click();
    await byTest("fault-approver").waitFor();
    expect(await accessFaultsOf(wall.page)).toEqual([]);
    await byTest("act-cancel").click();
    expect(await byTest("row-e2e-admin").count()).toBe(0);
  });

  it("hangs a wall: its token once with the command line, and its seat with what can be read from there", async () => {
    const wall = await open("/admin/walls");
    const { page, byTest } = wall;
    await byTest("add").click();
    await byTest("field-id").fill("hall-1");
    await byTest("field-name").fill("指挥厅");
    await byTest("act-submit").click();
    expect(await byTest("once-启动命令").innerText()).toContain("--autoplay-policy=no-user-gesture-required");
    await byTest("once-close").click();

    await byTest("seat").click();
    await byTest("field-distance").fill("6");
    // 20 px on 1.9 m read from 6 m: 11.3 minutes of arc, too small for anybody.
    await byTest("act-submit").locator("xpath=ancestor::form").getByTestId("arc-warning").first().waitFor();
    expect(await page.locator("dialog [data-testid=arc-warning]").innerText()).toContain("S1 正文 = 11.3′，最低 16′");
    await byTest("field-duty").check();
    await byTest("field-reason").fill("值班屏");
    expect(await accessFaultsOf(wall.page)).toEqual([]);
    await wall.picture("admin-seat");
    const asked = page.waitForRequest(`${demo.url}/api/walls/seat`);
    await byTest("act-submit").click();
    const { id, seat, reason } = (await asked).postDataJSON() as Record<string, unknown>;
    expect({ id, reason, seat }).toMatchObject({
      id: "hall-1",
      reason: "值班屏",
      seat: { isOnDuty: true, seatDistanceM: 6, pictureWidthM: 1.9 },
    });
    await byTest("act-submit").waitFor({ state: "detached" });
  });

  it("shows each part in both languages, on a desk and at 320 px, without a fault of access", async () => {
    const wall = await open("/admin");
    const { page, byTest } = wall;
    await byTest("tab-enterprises").waitFor();
    for (const language of ["zh", "en"]) {
      await page.setViewportSize(language === "zh" ? { width: 1920, height: 1080 } : { width: 320, height: 800 });
      for (const tab of adminTabs) {
        await byTest(`tab-${tab}`).click();
        await page.locator("#content .panel").first().waitFor();
        await page.locator("#content", { hasText: /正在读取|Loading/u }).waitFor({ state: "detached" });
        if (language === "zh") expect(await accessFaultsOf(wall.page), tab).toEqual([]);
        const wider = "document.querySelector('.console').scrollWidth - document.querySelector('.console').clientWidth";
        expect(await page.evaluate<number>(wider), `${tab} ${language}`).toBe(0);
        const texts = await textsOf(page);
        expect(texts.filter((text) => /undefined|NaN|admin\.|\{\w+\}/u.test(text))).toEqual([]);
        await wall.picture(`admin-${tab}-${language}`);
      }
      await byTest("language").last().click();
    }
    // What was done above is in the record, and a reload keeps the question.
    await page.goto(`${demo.url}/admin/audit?target=hall-1&lang=zh`);
    await byTest("audit-row").first().waitFor();
    expect(await page.locator("#content").innerText()).toContain("添加大屏");
  });
});
