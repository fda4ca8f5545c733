// The screen of a site: which one is the worst, how far its data may be believed, what its panels show, and the ways to it.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Layout } from "../../contract/drawing.ts";
import type { Plan, Point, Site } from "../../contract/plant.ts";
import { riskTerms, type RiskView } from "../../contract/risk.ts";
import type { DeviceStatus, SiteStatus, Snapshot, ValueTuple } from "../../contract/wall.ts";
import type { ShownValue } from "../../dashboard/src/latest.ts";
import { pathOfSite, siteOfPath } from "../../dashboard/src/screens/route.ts";
import { bySeverity, siteBeside, worstOf } from "../../dashboard/src/screens/severity.ts";
import { fullScale, gasCells, isGas } from "../../dashboard/src/screens/site/gas.ts";
import { riskRows } from "../../dashboard/src/screens/site/risk-rows.ts";
import { devicesOf, oldestOf, siteCandidates, unlessSame } from "../../dashboard/src/screens/site/site-data.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { holdTime, mountApp, type Mounted } from "./mounted.ts";
import { alarmOf, answered, limitOf, planOf, pointOf, ruleOf, snapshotOf, versionOf } from "./support.ts";

const statusesOf = (part: Readonly<Record<string, SiteStatus["status"]>>) =>
  new Map(Object.entries(part).map(([id, status]) => [id, { status }]));
const namesOf = (sites: readonly Pick<Site, "id">[]): string => sites.map(({ id }) => id).join(" ");
const shownAs = (sourceAt: number, part: Partial<ShownValue> = {}): ShownValue => ({
  latest: { value: 1, quality: "good", sourceAt, receivedAt: sourceAt },
  freshness: "live",
  offlineSince: null,
  ...part,
});
const nothing: ShownValue = { latest: null, freshness: "none", offlineSince: null };

describe("the order of the sites", () => {
  const { sites } = planOf(["d", "a", "c", "b", "e"].map((id) => pointOf(`${id}/P1`)));
  const statuses = statusesOf({ d: "normal", a: "yellow", c: "offline", b: "yellow", e: "normal" });

  it("is by level, then what is unknown, then the normal ones; equals as they stand in the plan", () => {
    expect(namesOf(bySeverity(sites, statuses))).toBe("a b c d e");
    expect(namesOf(bySeverity(sites, new Map()))).toBe("d a c b e");
  });

  it("gives the worst, among equals the first by id", () => {
    expect(worstOf(sites, statuses)?.id).toBe("a");
    expect(worstOf(sites, statusesOf({ d: "red", c: "red" }))?.id).toBe("c");
    expect(worstOf([], statuses)).toBeNull();
  });

  it("is walked through round and round", () => {
    expect(siteBeside(sites, statuses, "a", 1)?.id).toBe("b");
    expect(siteBeside(sites, statuses, "a", -1)?.id).toBe("e");
    expect(siteBeside(sites, statuses, "e", 1)?.id).toBe("a");
    expect(siteBeside(sites, statuses, "nowhere", 1)?.id).toBe("a");
    expect(siteBeside([], statuses, "a", 1)).toBeNull();
  });
});

describe("the path of a site", () => {
  it("names it, and survives what nobody would call a site", () => {
    expect(siteOfPath(pathOfSite("hc-03"))).toBe("hc-03");
    expect(siteOfPath("/site/%")).toBe("%");
    expect([siteOfPath("/site/"), siteOfPath("/alarms"), siteOfPath("/site/a/b")]).toEqual([null, null, null]);
  });
});

describe("the data of a site", () => {
  it("are as old as the oldest value of a key point that reports at intervals", () => {
    const points = [
      pointOf("a/OLD"),
      pointOf("a/NEW"),
      pointOf("a/SIDE", { isKey: false }),
      pointOf("a/SWITCH", { report: "onChange" }),
      pointOf("a/NEVER"),
    ];
    const at: Readonly<Record<string, number>> = { "a/OLD": 50, "a/NEW": 90, "a/SIDE": 1, "a/SWITCH": 2 };
    const latest = (id: string): ShownValue => (at[id] === undefined ? nothing : shownAs(at[id]));
    expect(oldestOf(points, latest)).toMatchObject({ point: { id: "a/OLD" }, sourceAt: 50 });
    expect(oldestOf(points, () => nothing)).toBeNull();
  });

  it("come from devices of which the one that went away is named before the one never heard", () => {
    const many = { devices: ["a/1", "a/2", "a/3"] };
    const statuses = new Map<string, DeviceStatus>([
      ["a/1", { id: "a/1", state: "online", since: 1 }],
      ["a/3", { id: "a/3", state: "offline", since: 7 }],
    ]);
    expect(devicesOf(many, statuses)).toEqual({
      online: 1,
      all: 3,
      missing: { id: "a/3", state: "offline", since: 7 },
    });
    expect(devicesOf({ devices: ["a/1"] }, statuses)).toEqual({ online: 1, all: 1, missing: null });
  });

  it("are drawn as trends: alarms first, then key points, of each item one before its second", () => {
    const points = [
      pointOf("a/L1", { item: "a/level" }),
      pointOf("a/L2", { item: "a/level" }),
      pointOf("a/T1", { item: "a/temp" }),
      pointOf("a/W1", { item: "a/wind", isKey: false }),
    ];
    const wanted = (alarms: Parameters<typeof siteCandidates>[0]): string =>
      siteCandidates(alarms, points, "city", 3)
        .map(({ point }) => point)
        .join(" ");
    expect(wanted([])).toBe("a/L1 a/T1 a/L2");
    expect(wanted([alarmOf("a/W1", "blue"), alarmOf("a/L2", "red")])).toBe("a/L2 a/W1 a/L1");
  });
});

describe("a list that is made anew", () => {
  it("stays the former one while it holds the very same things", () => {
    const [one, two] = [alarmOf("a/P1", "red"), alarmOf("a/P2", "blue")];
    const former = [one, two];
    expect(unlessSame(former, [one, two])).toBe(former);
    expect(unlessSame(former, [two, one])).toEqual([two, one]);
    expect(unlessSame(former, [one, { ...two }])).not.toBe(former);
    expect(unlessSame(former, [one])).toEqual([one]);
    expect(unlessSame(undefined, [])).toEqual([]);
  });
});

describe("the gas detectors", () => {
  const lel = (id: string): Point => pointOf(id, { unit: "%LEL" });

  it("are known by what they measure, and scaled to 50 %LEL or the lowest red limit", () => {
    expect([isGas(lel("a/G")), isGas(pointOf("a/G", { unit: "mg/m³" })), isGas(pointOf("a/L"))]).toEqual([
      true,
      true,
      false,
    ]);
    expect(fullScale(lel("a/G"), 0)).toBe(50);
    expect(fullScale(pointOf("a/G", { unit: "mg/m³" }), 0)).toBe(40);
    expect(fullScale(pointOf("a/G", { unit: "ppm", rules: [] }), 0)).toBe(50);
  });

  it("stand the worst first, then those in doubt, then by code; a value never moves them", () => {
    const points = ["a/G1", "a/G2", "a/G3", "a/G4"].map(lel);
    const latest = (id: string): ShownValue => (id === "a/G4" ? shownAs(0, { freshness: "stale" }) : shownAs(0));
    const cells = gasCells([...points, pointOf("a/L1")], [alarmOf("a/G3", "orange")], latest, "city", 0);
    expect(cells.map(({ point }) => point.code)).toEqual(["G3", "G4", "G1", "G2"]);
    expect(cells[0]).toMatchObject({ level: "orange", share: 1 / 50 });
  });

  it("fill no bar by a bad value, and none beyond its end", () => {
    const bad = gasCells([lel("a/G1")], [], () => shownAs(0, { freshness: "bad" }), "city", 0);
    expect(bad[0]?.share).toBe(0);
    const over = { value: 900, quality: "saturated", sourceAt: 0, receivedAt: 0 } as const;
    expect(gasCells([lel("a/G1")], [], () => shownAs(0, { latest: over }), "city", 0)[0]?.share).toBe(1);
  });
});

const layout: Layout = {
  width: 100,
  height: 40,
  tanks: [{ name: { zh: "一罐", en: "Tank one" }, x: 30, y: 20, diameter: 8, height: 10, level: "a/LT" }],
  detectors: [{ point: "a/GD", x: 60, y: 20 }],
  buildings: [],
  pipes: [],
  valves: [],
};
const points = [
  pointOf("a/LT", { unit: "%", range: { sensor: [0, 100], operator: [0, 100] } }),
  pointOf("a/GD", { unit: "%LEL" }),
  pointOf("b/P1"),
];
/** A plan whose site a is drawn, and whose site b is not. */
function drawnPlan(): Plan {
  const plan = planOf(points);
  return { ...plan, sites: plan.sites.map((site) => (site.id === "a" ? { ...site, drawing: { layout } } : site)) };
}

let app: Mounted;

function open(path: string): void {
  app = mountApp(path);
}
const seen: Mounted["seen"] = (id) => app.seen(id);
const press: Mounted["press"] = (key, part) => app.press(key, part);
const hear = (part: Partial<Snapshot>): Promise<void> => app.look(snapshotOf(1, { plan: drawnPlan(), ...part }));
const valuesAt = (at: number, values: readonly number[]): readonly ValueTuple[] =>
  values.map((value, place) => [place, value, 0, at, at]);
const online: readonly DeviceStatus[] = [{ id: "a/box", state: "online", since: 1 }];

describe("the terms of the risk index", () => {
  const facts = { grade: 3, level: "none", overdue: 2, bad: 1, points: 9, special: 1, first: 2, confined: 3 };
  const values = { ...facts, missing: 1, bypasses: 4 };
  const view = (part: Partial<RiskView> = {}): RiskView => ({
    value: 50,
    why: null,
    terms: riskTerms.map((id) => ({ id, weight: 0.2, degree: 0.5, share: 6, values })),
    notConnected: [],
    ...part,
  });

  it("are told in words, each with weight, degree and share, in both languages", () => {
    const whats = (language: "zh" | "en"): unknown =>
      riskRows(createWords(language), view()).map(({ term }) => term?.what);
    expect(whats("zh")).toEqual([
      "3 级",
      "无",
      "2 项",
      "1/9 点",
      "特级 1，一级 2，受限空间 3",
      "今日未承诺",
      "4 项",
      "无",
    ]);
    expect(whats("en")).toContain("special 1, first class 2, confined 3");
    expect(riskRows(createWords("zh"), view())[0]).toMatchObject({
      term: { weight: "0.20", degree: "0.50", share: "6" },
    });
  });

  it("have no share where the index cannot be said, and say what nothing feeds", () => {
    const [first, second] = riskRows(
      createWords("zh"),
      view({ value: null, why: "blind", terms: [{ id: "hazardGrade", weight: 0.2, degree: 1, share: 0, values: {} }] }),
    );
    expect(first?.term?.share).toBe("—");
    expect(second).toMatchObject({ name: "当前最高预警", term: null });
    const made = view({ terms: [{ id: "commitment", weight: 0.1, degree: 0, share: 0, values: { missing: 0 } }] });
    expect(riskRows(createWords("zh"), made).find(({ id }) => id === "commitment")?.term?.what).toBe("已承诺");
  });
});

describe("a site's screen", () => {
  beforeEach(() => {
    holdTime();
  });
  afterEach(() => {
    app.end();
    vi.useRealTimers();
  });

  it("draws the tank's level as a share of its height, grey while nothing is wrong", async () => {
    open("/site/a");
    await hear({ devices: online, values: valuesAt(Date.now(), [5, 3]) });
    const glass = Number(app.page.find(".glass").attributes("height"));
    expect(Number(seen("tank-bar").attributes("data-height"))).toBeCloseTo(glass / 20, 1);
    expect(seen("tank-hatch").exists()).toBe(false);
    expect(app.page.find(".site").element.querySelectorAll(".red, .orange, .yellow, .blue")).toHaveLength(0);
    expect(seen("plan").text()).toContain("5.00");
    expect(seen("site-devices").text()).toBe("设备在线 1/1");
    expect(seen("first-out").text()).toContain("本站无未结工艺预警");
  });

  it("colours the ticks that the value has reached, and no other", async () => {
    open("/site/a");
    await hear({ devices: online, values: valuesAt(Date.now(), [25, 3]) });
    const coloured = app.page.findAll(".tick[data-level]").map((tick) => tick.attributes("data-level"));
    expect(coloured).toEqual(["yellow", "blue"]);
  });

  it("hatches the tank and says how old the value is as soon as it is no longer fresh", async () => {
    open("/site/a");
    await hear({ devices: online, values: valuesAt(Date.now() - 180_000, [25, 3]) });
    expect(seen("tank").attributes("data-freshness")).toBe("stale");
    expect(seen("tank-hatch").exists()).toBe(true);
    expect(seen("plan").text()).toContain("过期 3 min");
    expect(app.page.findAll(".tick[data-level]")).toHaveLength(0);
    expect(seen("gas-cell").attributes("data-freshness")).toBe("stale");
  });

  it("tells the first alarm by its time, the others by how long after it, each by its name and state", async () => {
    open("/site/a");
    const at = Date.now() - 300_000;
    await hear({
      devices: online,
      values: valuesAt(Date.now(), [96, 60]),
      alarms: [
        alarmOf("a/LT", "red", { openedAt: at + 72_000 }),
        alarmOf("a/GD", "orange", { openedAt: at, state: "acknowledged", tiers: [answered("city")] }),
        alarmOf("b/P1", "red", { openedAt: at - 1000 }),
      ],
    });
    const told = app.page.findAll('[data-testid="first-out-entry"]').map((entry) => entry.text());
    expect(told).toEqual(["测点GD19:35:07 已应答", "测点LT+01:12 未确认"]);
    expect(seen("event-card").attributes("data-alarm")).toBe("a/LT~high");
    expect(seen("plan-detector").attributes("data-level")).toBe("orange");
    expect(seen("tank").attributes("data-level")).toBe("red");
  });

  it("acknowledges what stands on its card, but not what has only just come there", async () => {
    open("/site/a");
    await hear({ alarms: [alarmOf("a/GD", "orange")] });
    vi.advanceTimersByTime(2000);
    await hear({ alarms: [alarmOf("a/GD", "orange"), alarmOf("a/LT", "red")] });
    await press("a");
    expect(app.hand.sent.some(({ event }) => event === "acknowledge")).toBe(false);
    vi.advanceTimersByTime(1100);
    await app.page.vm.$nextTick();
    await press("a");
    expect(app.hand.sent.findLast(({ event }) => event === "acknowledge")?.values[0]).toMatchObject({
      alarm: "a/LT~high",
    });
  });

  it("shows its risk index as a grey number; a press tells every term and its share, Esc puts them away", async () => {
    const term = { weight: 0.35, degree: 1, share: 35, values: { level: "yellow" } };
    const risk: RiskView = {
      value: 35,
      why: null,
      terms: [{ id: "worstLevel", ...term }],
      notConnected: ["hazardGrade"],
    };
    const site = { id: "a", status: "normal", goodKeyPoints: 1, keyPoints: 2, risk } as unknown as SiteStatus;
    open("/site/a");
    await hear({ sites: [site] });
    expect(seen("risk-chip").text()).toBe("风险指数 35 ▾");
    expect(seen("risk-terms").exists()).toBe(false);
    await seen("risk-chip").trigger("click");
    expect(seen("risk-terms").find('[data-term="worstLevel"]').text()).toContain("黄");
    expect(seen("risk-terms").find('[data-term="hazardGrade"]').text()).toContain("未接入");
    expect(app.page.findAll('[data-testid="risk-terms"] :is(.red, .orange, .yellow, .blue)')).toHaveLength(0);
    await seen("risk-chip").trigger("keydown", { key: "Escape" });
    expect(seen("risk-terms").exists()).toBe(false);
    expect(location.pathname).toBe("/site/a");
    await hear({ sites: [{ ...site, risk: { ...risk, value: null, why: "blind" } }] });
    await seen("risk-chip").trigger("click");
    expect(seen("risk-chip").text()).toContain("不可评估");
    expect(seen("risk-terms").text()).toContain("（1/2）");
    await hear({ sites: [{ ...site, risk: { ...risk, value: null, why: "noKeyPoints" } }] });
    expect(seen("risk-terms").text()).toContain("本站无关键测点");
  });

  it("that was written before there was an index shows none", async () => {
    open("/site/a");
    await hear({ sites: [{ id: "a", status: "normal" } as unknown as SiteStatus] });
    expect(seen("risk-chip").exists()).toBe(false);
  });

  it("shows its open alarms with E, each of which leads to the list and back; the arrows go on to the next site", async () => {
    open("/wall/s1");
    await hear({
      alarms: [alarmOf("a/GD", "orange", { openedAt: 61_000 }), alarmOf("a/LT", "yellow"), alarmOf("b/P1", "red")],
    });
    await press("2", { altKey: true, code: "Digit2" });
    expect(location.pathname).toBe("/site/a");
    await press("e");
    expect(location.search).toBe("?tab=events");
    const rows = app.page.findAll('[data-testid="events-row"]');
    expect(rows.map((row) => row.attributes("data-alarm"))).toEqual(["a/GD~high", "a/LT~high"]);
    expect(rows.map((row) => row.text())).toEqual([
      expect.stringMatching(/测点GD41\.00.*≥40\.00未确认.*\+01:00/u),
      expect.stringContaining("首出"),
    ]);
    await seen("events-row").trigger("click");
    expect(location.pathname + location.search).toBe("/alarms?alarm=a%2FGD%7Ehigh");
    expect(seen("alarm-detail").text()).toContain("测点GD");
    await seen("open-site").trigger("click");
    expect(location.pathname + location.search).toBe("/site/a");
    await press("ArrowRight");
    expect(location.pathname).toBe("/site/b");
  });

  it("says on an empty list that no alarm is open, and makes room for the site again with E", async () => {
    open("/site/a?tab=events");
    await hear({});
    expect(seen("events-tab").text()).toContain("本站当前无未结预警");
    expect(seen("plan").exists()).toBe(false);
    await press("e");
    expect([seen("events-tab").exists(), seen("plan").exists(), location.search]).toEqual([false, true, ""]);
  });

  it("shows every point as a trend with T, nine at a time, the abnormal ones first", async () => {
    open("/site/c?tab=unheard-of");
    const many = Array.from({ length: 11 }, (_, nth) => pointOf(`c/P${nth + 1}`, { isKey: nth !== 1 }));
    await hear({ plan: planOf(many), alarms: [alarmOf("c/P7", "blue")] });
    await press("t");
    const shown = (): readonly unknown[] =>
      seen("trends-tab")
        .findAll(".trend")
        .map((trend) => trend.attributes("data-point"));
    expect(location.search).toBe("?tab=trends");
    expect(seen("trends-tab").text()).toContain("11 点");
    expect(shown()).toHaveLength(9);
    expect(shown()[0]).toBe("c/P7");
    await seen("trends-next").trigger("click");
    // The one that is no key point comes last.
    expect(shown()).toEqual(["c/P11", "c/P2"]);
  });

  it("closes its tab with Esc, and only then leaves", async () => {
    open("/site/a?tab=rules");
    await hear({});
    await press("Escape");
    expect(location.pathname + location.search).toBe("/site/a");
    await press("Escape");
    expect(location.pathname).toBe("/wall/s1");
  });

  it("shows its rules with their sources, and which of them nobody has confirmed", async () => {
    open("/site/a");
    const provenance = { from: "standard" as const, clause: "GB 1 2.3", isConfirmed: true };
    const cited = limitOf(40, { provenance, onDelayMs: 30_000, onSamples: 3 });
    const doubted = limitOf(10);
    const versions = [versionOf({ levels: { red: [cited], blue: [doubted] } })];
    const plan = planOf([
      pointOf("a/LT", { rules: [ruleOf({ latch: true, versions })] }),
      pointOf("a/TT", { rules: [] }),
    ]);
    await hear({ plan });
    await seen("site-tab-rules").trigger("click");
    expect(seen("rules-tab").text()).toContain("2 条判据，其中未核实 1 条");
    expect(seen("rules-head").text()).toBe("高限 · v1 · 未登记批准人 · 自锁，须复位");
    const rows = app.page.findAll('[data-testid="rules-row"]');
    expect(rows.map((row) => row.attributes("data-confirmed"))).toEqual(["true", "false"]);
    expect(rows[0]?.text()).toContain("≥40.00");
    expect(rows[0]?.text()).toContain("30 s · 3 个样本");
    expect([rows[0]?.text().includes("未核实"), rows[1]?.text().includes("未核实")]).toEqual([false, true]);
    expect(seen("rules-unjudged").text()).toContain("TT");
    expect(seen("rules-tab").findAll(".red, .orange, .yellow, .blue")).toHaveLength(0);
  });

  it("shows the register of its facts, devices and points, as the plan holds them", async () => {
    open("/site/a");
    const plan = planOf([pointOf("a/LT", { report: "onChange", range: { sensor: [-5, 60], operator: [0, 50] } })]);
    const facts = [{ name: { zh: "等别", en: "Grade" }, value: { zh: "四等", en: "4" } }];
    await hear({ plan: { ...plan, sites: plan.sites.map((site) => ({ ...site, facts })) }, devices: online });
    expect(seen("site-facts").text()).toBe("等别 四等");
    expect(seen("site-place").text()).toBe("a县 镇");
    await seen("site-tab-register").trigger("click");
    const text = seen("register-tab").text();
    for (const part of ["（演示）a厂", "等别四等", "设备 box在线", "115.0000°, 23.0000°"]) expect(text).toContain(part);
    const cells = seen("register-row")
      .findAll("td")
      .map((cell) => cell.text());
    expect(cells).toEqual(["LT", "测点LT", "—", "m", "\u22125–60", "0–50", "变化时", "30 s", "是", "1"]);
  });

  it("shows with C the whole card of its alarm, and of a calm site the next card", async () => {
    open("/site/a");
    const carded = [
      pointOf("a/LT", { actionCard: "tank" }),
      pointOf("a/L2", { actionCard: "tank" }),
      pointOf("a/GD", { unit: "%LEL", actionCard: "gas" }),
    ];
    const text = (words: string) => ({ zh: words, en: words });
    const actionCards = { tank: { red: text("停泵"), blue: text("看罐") }, gas: { red: text("疏散") } };
    const plan = { ...planOf(carded), actionCards };
    await hear({ plan });
    expect(seen("event-standing").text()).toContain("疏散");
    expect(seen("event-next-card").text()).toBe("1/2 (C)");
    await press("c");
    expect(seen("event-standing").text()).toContain("看罐");
    await press("c");
    expect(seen("event-standing").text()).toContain("疏散");
    await hear({ plan, alarms: [alarmOf("a/LT", "blue")] });
    expect(seen("event-todo").text()).toContain("看罐");
    expect(seen("event-todo").text()).not.toContain("停泵");
    await press("c");
    expect(
      seen("event-whole")
        .findAll("dd")
        .map((step) => [step.text(), step.classes("own")]),
    ).toEqual([
      ["停泵", false],
      ["看罐", true],
    ]);
    // Whatever is shown of the card, the alarm can be answered.
    expect(seen("acknowledge").exists()).toBe(true);
    await press("c");
    expect(seen("event-whole").exists()).toBe(false);
  });

  it("leaves for the overview with Esc where one came from outside", async () => {
    open("/site/a?lang=en");
    await hear({});
    await press("Escape");
    expect(location.pathname).toBe("/wall/s1");
  });

  it("that nobody has drawn shows its points in plain words, and says that no gas detector is connected", async () => {
    open("/site/b");
    await hear({ values: valuesAt(Date.now(), [1, 2, 3.5]) });
    expect(seen("point-table").text()).toContain("测点P1");
    expect(seen("point-table").text()).toContain("3.50");
    expect(seen("point-table").text()).toContain("本站未登记图形");
    expect(seen("gas-grid").text()).toContain("本站未接入气体探测器");
  });

  it("that the register does not know is said to be unknown, with a way back", async () => {
    open("/site/nowhere");
    await hear({});
    expect(seen("site-unknown").text()).toContain("nowhere");
    await seen("site-unknown-back").trigger("click");
    expect(location.pathname).toBe("/wall/s1");
    expect(seen("site-unknown").exists()).toBe(false);
  });
});
