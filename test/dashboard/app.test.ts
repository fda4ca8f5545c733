// The whole page over a hand-turned socket: what a person sees and presses.
import { defaultSeat } from "../../contract/seat.ts";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Person } from "../../contract/wall.ts";
import { holdTime, mountApp, type Mounted } from "./mounted.ts";
import { alarmOf, deafApi, planOf, pointOf, snapshotOf } from "./support.ts";

let app: Mounted;
let logins: unknown[];

beforeEach(() => {
  holdTime();
  logins = [];
  app = mountApp("/", {
    api: {
      ...deafApi,
      login: (request) => {
        logins.push(request);
        return Promise.resolve({ ok: false, code: "LOGIN_FAILED" });
      },
    },
  });
});
afterEach(() => {
  app.end();
  vi.useRealTimers();
});

const seen: Mounted["seen"] = (id) => app.seen(id);
const press: Mounted["press"] = (key, part) => app.press(key, part);
const hear: Mounted["hear"] = (event, value) => app.hear(event, value);
const beat = (): Promise<void> => hear("beat", { at: Date.now(), seq: 1, oldest: null, samplesPerSecond: 1 });

describe("the page", () => {
  it("says beside the time that it is the time of an exercise, in the place of a clock offset that means nothing", async () => {
    await hear("snapshot", snapshotOf(1));
    expect(seen("exercise-clock").exists()).toBe(false);
    expect(seen("clock-offset").exists()).toBe(true);
    await hear("snapshot", snapshotOf(1, { at: Date.UTC(2026, 7, 30), clockSpeed: 60 }));
    expect(seen("exercise-clock").text()).toBe("演练时钟 ×60");
    expect(seen("clock-offset").exists()).toBe(false);
    vi.advanceTimersByTime(1000);
    await app.page.vm.$nextTick();
    expect(app.page.find("time.clock").text()).toBe("2026-08-30 08:00:00");
    expect(app.page.text()).not.toContain("本机时钟与服务器相差");
  });

  it("waits for the server with words, not with an empty picture", () => {
    expect(seen("banner").text()).toContain("等待服务器");
  });

  it("shows the overview: banner, matrix, list and clocks", async () => {
    await hear(
      "snapshot",
      snapshotOf(1, { isDemo: true, alarms: [alarmOf("a/P1", "red", { openedAt: Date.now() - 60_000 })] }),
    );
    await beat();
    expect(seen("banner").attributes()).toMatchObject({ "data-kind": "unacknowledged", "data-alarm": "a/P1~high" });
    expect(seen("banner").text()).toContain("01:00");
    expect(seen("matrix-county-a").text()).toContain("a县");
    expect(seen("alarm-row").attributes("data-alarm")).toBe("a/P1~high");
    expect(seen("link-lamp").attributes("data-state")).toBe("live");
    expect(app.page.text()).toContain("演示数据");
    expect(app.page.text()).toContain("未接入");
  });

  it("lets a new row of the open alarms fade in, and none that has stood", async () => {
    const old = alarmOf("a/P1", "red", { openedAt: Date.now() - 60_000 });
    await hear("snapshot", snapshotOf(1, { alarms: [old, alarmOf("b/P1", "red", { openedAt: Date.now() })] }));
    const fresh = app.page.findAll("[data-testid=alarm-row].fresh").map((row) => row.attributes("data-alarm"));
    expect(fresh).toEqual(["b/P1~high"]);
  });

  it("draws its type larger on a wall that is read from afar, and shows fewer rows there", async () => {
    const alarms = [1, 2, 3, 4, 5, 6].map((nth) => alarmOf(`a/P${nth}`, "red"));
    const rows = (): number => app.page.findAll(".wall [data-testid=alarm-row]").length;
    await hear("snapshot", snapshotOf(1, { alarms }));
    expect(rows()).toBe(5);
    await hear("snapshot", snapshotOf(2, { alarms, seat: { ...defaultSeat, density: "far" } }));
    expect(app.page.find(".shell").attributes("style")).toContain("--type: 1.4");
    expect(rows()).toBe(4);
    await press("4", { altKey: true, code: "Digit4" });
    expect(app.page.find(".shell").attributes("style")).toContain("--type: 1;");
  });

  it("paints no level hue while there is no alarm", async () => {
    await hear("snapshot", snapshotOf(1));
    expect(seen("banner").attributes("data-kind")).toBe("none");
    expect(app.page.find(".wall").element.querySelectorAll(".red, .orange, .yellow, .blue")).toHaveLength(0);
  });

  it("says that the link is lost after 10 s without a beat, and takes it back with the next one", async () => {
    await hear("snapshot", snapshotOf(1, { alarms: [alarmOf("a/P1", "red")] }));
    await beat();
    vi.advanceTimersByTime(5000);
    await app.page.vm.$nextTick();
    expect(seen("link-lamp").text()).toContain("延迟");
    expect(seen("disconnected").exists()).toBe(false);
    vi.advanceTimersByTime(6000);
    await app.page.vm.$nextTick();
    expect(seen("disconnected").text()).toContain("断开前数据");
    expect(seen("banner").text()).toContain("预警可能不全");
    await beat();
    expect(seen("disconnected").exists()).toBe(false);
  });

  it("acknowledges with J and A what is shown, and shows sending until the server has spoken", async () => {
    await hear("snapshot", snapshotOf(1, { alarms: [alarmOf("a/P1", "red", { revision: 2 })] }));
    await beat();
    await press("4", { altKey: true, code: "Digit4" });
    await press("j");
    expect(location.pathname + location.search).toBe("/alarms?alarm=a%2FP1%7Ehigh");
    await press("a");
    expect(app.hand.sent.findLast(({ event }) => event === "acknowledge")?.values[0]).toMatchObject({
      alarm: "a/P1~high",
      revision: 2,
    });
    expect(seen("acknowledge").text()).toBe("发送中…");
    expect(app.page.find(".screen [data-testid=alarm-row]").attributes("data-state")).toBe("unacknowledged");
  });

  it("asks whoever has not logged in to do so before an acknowledgement", async () => {
    await hear("snapshot", snapshotOf(1, { person: null, alarms: [alarmOf("a/P1", "red")] }));
    await beat();
    await seen("banner").trigger("click");
    await seen("acknowledge").trigger("click");
    await seen("login-name").setValue("duty");
    await seen("login-password").setValue("wrong");
    await app.page.find("form:has([data-testid=login-name])").trigger("submit");
    await vi.waitFor(() => expect(seen("login-refusal").text()).toBe("用户名或密码错误"));
    expect(logins).toEqual([{ name: "duty", password: "wrong" }]);
    expect(app.hand.sent.some(({ event }) => event === "acknowledge")).toBe(false);
  });

  it("leaves single letters to whoever is typing", async () => {
    await hear("snapshot", snapshotOf(1, { alarms: [alarmOf("a/P1", "red")] }));
    const field = seen("search").element;
    field.dispatchEvent(new KeyboardEvent("keydown", { key: "l", bubbles: true }));
    await app.page.vm.$nextTick();
    expect(app.page.text()).toContain("未结预警");
    await press("l");
    expect(app.page.text()).toContain("Open alarms");
    expect(location.search).toContain("lang=en");
  });

  it("wants a reload, and shows nothing else, before a server with another protocol", async () => {
    await hear("snapshot", { ...snapshotOf(1), protocol: 99 });
    expect(seen("must-reload").exists()).toBe(true);
    expect(seen("banner").exists()).toBe(false);
  });

  it("says that sound is off until the browser lets it out", async () => {
    await hear("snapshot", snapshotOf(1));
    expect(seen("sound-off").text()).toContain("声音未启用");
  });

  it("tests the sound by Shift+S, which silences nothing, and says that nothing was to be heard", async () => {
    const alarms = [alarmOf("a/P1", "red", { openedAt: Date.now() })];
    await hear("snapshot", snapshotOf(1, { person: null, alarms }));
    await seen("sound-control").trigger("click");
    await press("S", { shiftKey: true });
    await vi.advanceTimersByTimeAsync(100);
    expect(seen("sound-test").attributes("disabled")).toBeDefined();
    expect(seen("sound-tested").text()).toBe("正在试音…");
    await vi.advanceTimersByTimeAsync(8000);
    expect(seen("sound-tested").text()).toMatch(/试音：0 种音，无语音 · 未能记录$/u);
    expect(app.alert.silencedUntil.value).toBeNull();
    await press("s");
    expect(app.alert.silencedUntil.value).not.toBeNull();
  });

  it("takes the volume and the room of this screen, and closes them by Escape", async () => {
    await hear("snapshot", snapshotOf(1));
    await seen("sound-control").trigger("click");
    await seen("sound-volume").setValue("4");
    await seen("sound-room").setValue("值班室");
    expect(app.alert.settings.value).toEqual({ volume: 4, room: "值班室" });
    expect(seen("sound-control").text()).toBe("声音 4");
    await seen("sound-room").trigger("keydown", { key: "Escape" });
    expect(seen("sound-panel").exists()).toBe(false);
  });

  it("says which neighbour of the server is down, since when and why", async () => {
    const neighbours = [{ name: "historian", state: "down", since: Date.now() - 65_000, reason: "refused" }] as const;
    await hear("snapshot", snapshotOf(1, { neighbours }));
    vi.advanceTimersByTime(1000);
    await app.page.vm.$nextTick();
    expect(seen("notice").text()).toBe("历史库 中断 01:06 · refused");
  });

  it("says calmly how far the historian is behind, and when it has caught up once that is known", async () => {
    await hear("snapshot", snapshotOf(1));
    const at = Date.now();
    const behind = { bytes: 12_340_000, sinceAt: at - 125_000 };
    const plain = { at, seq: 1, oldest: null, samplesPerSecond: 1 };
    await hear("beat", { ...plain, historianBehind: behind });
    expect(seen("historian-behind").text()).toBe("历史库落后 02:05（12.3 MB），待补写，报警不受影响");
    await hear("beat", { ...plain, historianBehind: { ...behind, doneAt: at + 60_000 } });
    expect(seen("historian-behind").text()).toMatch(/，约 \d\d:\d\d:\d\d 补齐，/u);
    expect(app.page.findAll('[data-testid="notice"]').every((one) => !one.text().includes("历史库"))).toBe(true);
    await hear("beat", plain);
    expect(seen("historian-behind").exists()).toBe(false);
  });
});

describe("the page of somebody with a part of the city", () => {
  const enterprise: Person = { name: "works", role: "enterprise", tier: "enterprise", scope: { sites: ["a"] } };
  const part = { person: enterprise, plan: planOf([pointOf("a/P1")]) };

  it("begins with the enterprise's own site, and leads to the overview and back", async () => {
    await hear("snapshot", snapshotOf(1, part));
    expect(location.pathname).toBe("/site/a");
    await press("1", { altKey: true, code: "Digit1" });
    expect(location.pathname).toBe("/wall/s1");
    await hear("snapshot", snapshotOf(2, part));
    expect(location.pathname).toBe("/wall/s1");
  });

  it("begins with the overview for everybody else", async () => {
    await hear("snapshot", snapshotOf(1, { ...part, person: { ...enterprise, role: "dutyOfficer" } }));
    expect(location.pathname).toBe("/wall/s1");
  });

  it("shows a plan of no site at all, on every screen, and goes on by what comes", async () => {
    const nothing = { ...planOf([]), sectors: [] };
    await hear("snapshot", snapshotOf(1, { person: enterprise, plan: nothing }));
    await beat();
    for (const code of ["Digit1", "Digit2", "Digit3", "Digit4"]) await press("x", { altKey: true, code });
    await press("ArrowRight");
    await hear("frame", { at: Date.now(), values: [], folded: 0 });
    expect(seen("must-reload").exists()).toBe(false);
    await hear("snapshot", snapshotOf(2, part));
    await press("1", { altKey: true, code: "Digit1" });
    expect(app.page.text()).toContain("a县");
  });

  it("says that a neighbour is down where it is not told why", async () => {
    await hear("snapshot", snapshotOf(1, part));
    await beat();
    const down = { name: "historian", state: "down", since: Date.now() - 60_000, reason: "" } as const;
    await hear("changes", { after: 1, upTo: 2, items: [{ type: "neighbour", seq: 2, neighbour: down }] });
    await app.page.vm.$nextTick();
    expect(app.page.findAll('[data-testid="notice"]').map((one) => one.text())).toContainEqual(
      expect.stringMatching(/^历史库 中断 [^·]*$/u),
    );
  });
});
