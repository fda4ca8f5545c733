// Two hundred alarms in ten seconds, no row lost and no frame frozen; then the server is killed for a minute.
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { startWalls, type WallPage, type Walls } from "../support/browser.ts";
import { demoConfig, startDemo, type Demo } from "../support/demo.ts";
import { createField, type Field } from "../support/field.ts";
import { numbersOf } from "../support/page-probes.ts";
import { programAt, runProgram } from "../support/program.ts";
import { newFolder, until } from "../support/server.ts";

const plantMaker = join(import.meta.dirname, "../../scripts/soak/plant.mjs");
const floodAlarms = 200;
const floodMs = 10_000;
const steps = 20;
const downMs = 60_000;
// The colours of what may be believed; level hues stay, an alarm is no value.
const freshColours = new Set(["rgb(232, 237, 242)", "rgb(180, 190, 201)"]);

const folder = newFolder();
let demo: Demo;
let walls: Walls;
let field: Field;
let flooded: readonly string[];

// These run in the page.
const watchLongTasks = `(() => {
  globalThis.longTasks = [];
  new PerformanceObserver((list) => globalThis.longTasks.push(...list.getEntries().map(({ duration }) => duration)))
    .observe({ type: "longtask" });
})()`;
/** Every alarm of the list, also those out of sight: it is scrolled from its top to its end, half a screen at a time. */
const listIds = `(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  const ids = new Set();
  const row = () => document.querySelector('.screen [role="row"][data-alarm]');
  let box = row();
  while (box !== null && !(box.scrollHeight > box.clientHeight + 10 && getComputedStyle(box).overflowY !== "visible")) box = box.parentElement;
  for (let top = 0; box !== null && top <= box.scrollHeight; top += box.clientHeight / 2) {
    box.scrollTop = top;
    await frame();
    for (const each of document.querySelectorAll('.screen [role="row"][data-alarm]')) ids.add(each.dataset.alarm);
  }
  return [...ids];
})()`;
const alarmIds = (wall: WallPage): Promise<readonly string[]> => wall.page.evaluate<string[]>(listIds);
const countOf = async (wall: WallPage): Promise<number> =>
  Number(/\d+/u.exec(await wall.byTest("alarm-count").innerText())?.[0] ?? 0);
const isFlooded = (id: string): boolean => flooded.some((point) => id.startsWith(`${point}~`));

beforeAll(async () => {
  const configDir = join(folder.path, "config");
  const script = `import(${JSON.stringify(plantMaker)}).then(({ writeConfig }) => writeConfig(${JSON.stringify(demoConfig)}, ${JSON.stringify(configDir)}, 768))`;
  expect(await runProgram(programAt(process.execPath, "nodejs"), ["-e", script])).toMatchObject({ code: 0 });
  [demo, walls] = await Promise.all([startDemo({ withSimulators: false, configDir }), startWalls()]);
  field = await createField(demo);
  flooded = Object.keys(field.worst)
    .filter((id) => !id.startsWith("hc-03"))
    .filter((id) =>
      field.plan.points.some(
        (point) => point.id === id && /^gas|tank_level|pond_level|freeboard|dry_beach/u.test(point.kind),
      ),
    )
    .slice(0, floodAlarms);
  await field.send(field.calm);
});

afterEach(() => walls.closeAll());

afterAll(async () => {
  await field?.end();
  await walls?.stop();
  await demo?.stop();
  folder.remove();
});

describe("two hundred alarms in ten seconds", () => {
  it("are all on the list, and the wall goes on painting", async () => {
    const wall = await walls.open(demo.url, { path: "/alarms" });
    await wall.page.locator('[data-testid="link-lamp"][data-state="live"]').waitFor();
    await wall.page.evaluate(watchLongTasks);
    const startedAt = Date.now();
    for (let step = 1; step <= steps; step += 1) {
      const points = flooded.slice(((step - 1) * floodAlarms) / steps, (step * floodAlarms) / steps);
      await field.send(Object.fromEntries(points.map((point) => [point, field.worst[point] ?? 0])));
      const waitMs = startedAt + (step * floodMs) / steps - Date.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    // Some reds want two samples in a row.
    await field.send(Object.fromEntries(flooded.map((point) => [point, field.worst[point] ?? 0])));
    await until("all are counted", async () => (await countOf(wall)) >= floodAlarms, 15_000);
    const tasks = await wall.page.evaluate<number[]>("globalThis.longTasks");
    const over = tasks.filter((ms) => ms > 100);
    process.stderr.write(
      `${floodAlarms} alarms in ${floodMs / 1000} s: ${tasks.length} long tasks, ${over.length} over 100 ms, longest ${Math.round(Math.max(0, ...tasks))} ms\n`,
    );
    const ids = await alarmIds(wall);
    expect(flooded.filter((point) => !ids.some((id) => id.startsWith(`${point}~`)))).toEqual([]);
    // A frozen frame is one that a person sees stand still; the count of lesser ones is printed above.
    expect(Math.max(0, ...tasks)).toBeLessThan(500);
    await wall.byTest("go-wall").click();
    await wall.picture("acceptance-flood-s1-zh");
  });
});

describe("the wall whose server is gone for a minute", () => {
  it("says so within 10 s, calls nothing fresh, is back within 15 s, and has lost no alarm and doubled none", async () => {
    const wall = await walls.open(demo.url, { path: "/alarms", losesServer: true });
    await until("all are counted", async () => (await countOf(wall)) >= floodAlarms, 15_000);
    const before = (await alarmIds(wall)).filter(isFlooded).toSorted();
    await wall.byTest("go-wall").click();
    const lampIs = (state: string, withinMs: number): Promise<unknown> =>
      wall.page.locator(`[data-testid="link-lamp"][data-state="${state}"]`).waitFor({ timeout: withinMs });
    const killedAt = Date.now();
    await demo.stopServer("SIGKILL");
    await lampIs("delayed", 10_000);
    const saidMs = Date.now() - killedAt;
    await lampIs("disconnected", 15_000);
    await wall.byTest("disconnected").waitFor();
    expect((await numbersOf(wall.page)).filter(({ colour }) => freshColours.has(colour))).toEqual([]);
    await wall.picture("acceptance-outage-zh");
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, killedAt + downMs - Date.now())));
    expect((await numbersOf(wall.page)).filter(({ colour }) => freshColours.has(colour))).toEqual([]);
    await demo.startServer();
    const startedAt = Date.now();
    await lampIs("live", 15_000);
    process.stderr.write(
      `killed for a minute: said after ${saidMs} ms, live ${Date.now() - startedAt} ms after the server\n`,
    );
    expect(saidMs).toBeLessThan(10_000);
    await wall.byTest("go-alarms").click();
    const after = (await alarmIds(wall)).filter(isFlooded).toSorted();
    expect(after).toEqual(before);
    expect(new Set(after).size).toBe(after.length);
    // And what comes then comes to this very page.
    const count = await countOf(wall);
    await field.send({ "hc-03/GD-901": 80 });
    await until("a new alarm comes", async () => (await countOf(wall)) > count, 5000);
  });
});
