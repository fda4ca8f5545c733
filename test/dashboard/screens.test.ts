// What the screens decide: banner, order, pages, matrix, pins, filters, buttons, and how an alarm is told.
import { describe, expect, it } from "vitest";
import type { AlarmView } from "../../contract/alarm.ts";
import type { Level } from "../../contract/level.ts";
import type { Plan, Tier } from "../../contract/plant.ts";
import type { DeviceStatus, SiteStatus } from "../../contract/wall.ts";
import { blinkOf, fallOf, shownLevel, urgencyOf } from "../../dashboard/src/duty.ts";
import type { ShownValue } from "../../dashboard/src/latest.ts";
import { createPlanIndex, departmentOf, limitsInForce } from "../../dashboard/src/plan-index.ts";
import { acknowledgeBar, resetBar } from "../../dashboard/src/screens/alarms/acts.ts";
import { chooseBanner } from "../../dashboard/src/screens/banner.ts";
import { matrixOf, onlineFigures } from "../../dashboard/src/screens/matrix.ts";
import {
  holdStill,
  inOrder,
  mayTurn,
  noFilter,
  pageOf,
  passes,
  standings,
  standsAs,
  type Filter,
} from "../../dashboard/src/screens/order.ts";
import { candidates, hysteresisMs, repin } from "../../dashboard/src/screens/pinning.ts";
import {
  answersText,
  cardText,
  limitText,
  liveText,
  membersText,
  valueText,
  whyText,
} from "../../dashboard/src/screens/tell.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { alarmOf, answered, owes, planOf, pointOf } from "./support.ts";

const settled = { state: "acknowledged", tiers: [answered("city")] } as const;
const ids = (alarms: readonly AlarmView[]): readonly string[] => alarms.map(({ id }) => id.split("~")[0] ?? "");

describe("the banner", () => {
  it("shows the highest, then the oldest unacknowledged alarm of the tier, process before data", () => {
    const banner = chooseBanner(
      [
        alarmOf("a/1", "orange", { openedAt: 1, group: "a#1" }),
        alarmOf("a/2", "red", { openedAt: 9, group: "a#1" }),
        alarmOf("a/3", "red", { openedAt: 5, group: "a#1" }),
        alarmOf("a/4", "red", { openedAt: 1, isData: true, group: "a#2" }),
        alarmOf("a/5", "red", { openedAt: 2, group: "a#1", isFirstOut: true, ...settled }),
      ],
      "city",
    );
    expect(banner).toMatchObject({ kind: "unacknowledged", alarm: { id: "a/3~high" }, followers: 3 });
    expect(banner).toMatchObject({ firstOut: { id: "a/5~high" } });
    expect(banner.kind === "unacknowledged" && banner.all.length).toBe(4);
  });

  it("stays at the owed level after a fall or a return", () => {
    const fallen = alarmOf("a/1", "red", { level: "yellow" });
    const returned = alarmOf("a/1", "red", { level: null, state: "returnedUnacknowledged" });
    expect([shownLevel(fallen, "city"), fallOf(fallen, "city")]).toEqual(["red", "fallen"]);
    expect([shownLevel(returned, "city"), fallOf(returned, "city")]).toEqual(["red", "returned"]);
    expect(chooseBanner([returned, alarmOf("b/1", "orange")], "city")).toMatchObject({ alarm: { id: "a/1~high" } });
  });

  it("says what still stands when nothing is owed but red or orange is on, latched, or owed by another tier", () => {
    const on = alarmOf("a/1", "red", { openedAt: 7, ...settled });
    const latched = alarmOf("a/2", "orange", { openedAt: 5, level: null, latchedLevel: "orange", ...settled });
    const others = alarmOf("a/3", "red", { openedAt: 9, level: null, tiers: [owes("county", "red")] });
    expect(chooseBanner([on], "city")).toMatchObject({ kind: "standing", longestSince: 7 });
    expect(chooseBanner([latched], "city")).toMatchObject({ kind: "standing" });
    expect(chooseBanner([others], "city")).toMatchObject({ kind: "standing" });
    expect(chooseBanner([on, latched, others], "city")).toMatchObject({ longestSince: 5 });
  });

  it("says none only when there is truly none", () => {
    expect(chooseBanner([], "city")).toEqual({ kind: "none", open: 0 });
    expect(chooseBanner([alarmOf("a/1", "yellow", settled)], "city")).toEqual({ kind: "none", open: 1 });
    expect(chooseBanner([alarmOf("a/1", "blue")], "city").kind).toBe("unacknowledged");
  });

  it("is another one for another tier", () => {
    const alarm = alarmOf("a/1", "red", { tiers: [answered("city"), owes("county", "red")] });
    expect(chooseBanner([alarm], "city").kind).toBe("standing");
    expect(chooseBanner([alarm], "county").kind).toBe("unacknowledged");
  });
});

describe("the order of the list", () => {
  it("is by level, then least time left, then age; answered ones after", () => {
    const alarms = [
      alarmOf("a/old", "orange", { openedAt: 1, ...settled }),
      alarmOf("a/blue", "blue"),
      alarmOf("a/late", "orange", { tiers: [owes("city", "orange", 0, 100)] }),
      alarmOf("a/soon", "orange", { tiers: [owes("city", "orange", 0, 50)] }),
      alarmOf("a/red", "red", settled),
      alarmOf("a/data", "orange", { isData: true, tiers: [owes("city", "orange", 0, 1)] }),
    ];
    expect(ids(inOrder(alarms, "city"))).toEqual(["a/red", "a/soon", "a/late", "a/old", "a/data", "a/blue"]);
  });

  it("never cuts red, orange or unacknowledged alarms: they are paged", () => {
    const many = Array.from({ length: 12 }, (_, n) => alarmOf(`a/${n}`, "orange", { openedAt: n }));
    const rest = Array.from({ length: 5 }, (_, n) => alarmOf(`b/${n}`, "blue", settled));
    const ordered = inOrder([...many, ...rest], "city");
    const seen = [0, 1, 2].flatMap((page) => ids(pageOf(ordered, "city", 5, page).rows));
    expect(pageOf(ordered, "city", 5, 0).pages).toBe(3);
    expect(new Set(seen).size).toBe(15);
    for (const { id } of many) expect(seen).toContain(id.split("~")[0]);
    expect(pageOf(ordered, "city", 5, 0).hidden).toHaveLength(2);
    expect(pageOf(ordered, "city", 5, 0).elsewhere).toHaveLength(12);
  });

  it("stands still while every unacknowledged red is on the first page, and turns when one is not", () => {
    const reds = (count: number): readonly AlarmView[] =>
      Array.from({ length: count }, (_, n) => alarmOf(`a/${n}`, "red"));
    expect(mayTurn(reds(3), "city", 5)).toBe(false);
    expect(mayTurn(reds(6), "city", 5)).toBe(true);
    expect(mayTurn([alarmOf("a/1", "orange")], "city", 5)).toBe(true);
  });

  it("holds still under a cursor: rows stay, ended ones leave, new ones wait", () => {
    expect(holdStill(["b", "a"], ["a", "b"], false)).toEqual({ rows: ["a", "b"], waiting: 0 });
    expect(holdStill(["b", "a"], ["new", "a"], true)).toEqual({ rows: ["a"], waiting: 1 });
  });

  it("lets through what the filter asks for", () => {
    const filter: Filter = noFilter;
    const facts = { sector: "chem", county: "1", isMine: false, text: "某厂 可燃气体 a/GD-1" };
    const alarm = alarmOf("a/GD-1", "red");
    expect(passes(alarm, "city", filter, facts)).toBe(true);
    expect(passes(alarm, "city", { ...filter, levels: new Set(["blue"]) }, facts)).toBe(false);
    expect(passes(alarm, "city", { ...filter, county: "2" }, facts)).toBe(false);
    expect(passes(alarm, "city", { ...filter, sector: "pond" }, facts)).toBe(false);
    expect(passes(alarm, "city", { ...filter, standing: "owed" }, facts)).toBe(true);
    expect(passes(alarm, "enterprise", { ...filter, standing: "owed" }, facts)).toBe(false);
    expect(passes(alarm, "city", { ...filter, isMine: true }, facts)).toBe(false);
    expect(passes(alarm, "city", { ...filter, isMine: true }, { ...facts, isMine: true })).toBe(true);
    expect(passes({ ...alarm, isData: true }, "city", { ...filter, withData: false }, facts)).toBe(false);
    expect(passes(alarm, "city", { ...filter, search: "gd-1 气体" }, facts)).toBe(true);
    expect(passes(alarm, "city", { ...filter, search: "gd-2" }, facts)).toBe(false);
  });
});

it("an alarm stands in several ways at once, each for one tier", () => {
  const waysOf = (alarm: AlarmView) => standings.filter((standing) => standsAs(alarm, "city", standing));
  expect(waysOf(alarmOf("a/1", "red"))).toEqual(["owed"]);
  expect(waysOf(alarmOf("a/1", "red", { level: null }))).toEqual(["owed", "returned"]);
  expect(waysOf(alarmOf("a/1", "red", { level: null, latchedLevel: "red" }))).toEqual(["owed", "latched"]);
  expect(waysOf(alarmOf("a/1", "red", { tiers: [answered("city")] }))).toEqual(["answered"]);
});

describe("the clocks", () => {
  it("are near due below a quarter, and over after the limit", () => {
    const alarm = alarmOf("a/1", "red", { tiers: [owes("city", "red", 0, 100)] });
    expect([10, 75, 76, 100, 101].map((now) => urgencyOf(alarm, "city", now))).toEqual([
      "running",
      "running",
      "near",
      "near",
      "over",
    ]);
    expect(urgencyOf(alarm, "county", 10)).toBeNull();
  });

  it("blink fast at red and orange, slowly at yellow, and not once answered", () => {
    expect(blinkOf(alarmOf("a/1", "red"), "city")).toBe("fast");
    expect(blinkOf(alarmOf("a/1", "yellow"), "city")).toBe("slow");
    expect(blinkOf(alarmOf("a/1", "blue"), "city")).toBeNull();
    expect(blinkOf(alarmOf("a/1", "red", settled), "city")).toBeNull();
  });
});

describe("the county matrix", () => {
  const sites = ["a", "b", "c", "d"].map((id) => ({ id, county: id === "d" ? "2" : "1", devices: [`${id}/box`] }));
  const status = (
    entries: Readonly<Record<string, SiteStatus["status"]>>,
  ): Map<string, { status: SiteStatus["status"] }> =>
    new Map(Object.entries(entries).map(([id, each]) => [id, { status: each }]));

  it("counts each site once, so that a row adds up to the county's sites", () => {
    const rows = matrixOf([{ id: "1" }, { id: "2" }], sites, status({ a: "red", b: "offline", c: "normal" }));
    expect(rows.map(({ id, total, level }) => [id, total, level])).toEqual([
      ["1", 3, "red"],
      ["2", 1, null],
      ["all", 4, "red"],
    ]);
    expect(rows[0]?.counts).toEqual({ red: 1, orange: 0, yellow: 0, blue: 0, unknown: 1, normal: 1 });
    for (const row of rows) expect(Object.values(row.counts).reduce((sum, count) => sum + count)).toBe(row.total);
  });

  it("does not call a site normal that it has heard nothing of", () => {
    expect(matrixOf([{ id: "2" }], sites, new Map())[0]?.counts).toMatchObject({ unknown: 1, normal: 0 });
  });

  it("counts what is connected, online and good, and lists what is missing, the longest gone first", () => {
    const device = (id: string, state: DeviceStatus["state"], since: number): [string, DeviceStatus] => [
      id,
      { id, state, since },
    ];
    const devices = new Map([
      device("a/box", "online", 1),
      device("b/box", "offline", 9),
      device("c/box", "offline", 3),
      device("d/box", "unheard", 0),
    ]);
    const figures = onlineFigures(
      sites,
      devices,
      new Map([
        ["a", { points: 5, goodPoints: 4 }],
        ["b", { points: 3, goodPoints: 0 }],
      ]),
    );
    expect(figures).toMatchObject({ sites: [3, 4], devices: [1, 4], points: [4, 8] });
    expect(figures.missing.map(({ id }) => id)).toEqual(["c/box", "b/box", "d/box"]);
  });
});

describe("the pinned trends", () => {
  const plan = planOf(["a/1", "a/2", "b/1", "c/1", "d/1"].map((id) => pointOf(id)));

  it("are the worst points, then key points of other sites", () => {
    const alarms = [alarmOf("a/2", "yellow"), alarmOf("b/1", "red"), alarmOf("b/1", "red", { id: "other" })];
    expect(candidates(alarms, plan, "city", 3).map(({ point }) => point)).toEqual(["b/1", "a/2", "c/1"]);
    expect(candidates([], plan, "city", 3).map(({ point }) => point)).toEqual(["a/1", "b/1", "c/1"]);
  });

  it("show a silent point after every point that has a line to watch", () => {
    const alarms = [alarmOf("a/1", "orange", { isData: true }), alarmOf("b/1", "blue")];
    expect(candidates(alarms, plan, "city", 2).map(({ point }) => point)).toEqual(["b/1", "a/1"]);
  });

  it("keep their places, and give way at once only to something worse", () => {
    const at = (point: string, rank: number): { point: string; rank: number } => ({ point, rank });
    let pins = repin([], [at("a", 2), at("b", 1), at("c", 0)], 0);
    expect(pins.map(({ point }) => point)).toEqual(["a", "b", "c"]);
    pins = repin(pins, [at("red", 4), at("b", 1), at("a", 2)], 1000);
    expect(pins.map(({ point }) => point)).toEqual(["a", "b", "red"]);
    pins = repin(pins, [at("a", 2), at("b", 1), at("c", 0)], 2000);
    expect(pins.map(({ point }) => point)).toEqual(["a", "b", "red"]);
    pins = repin(pins, [at("a", 2), at("b", 1), at("c", 0)], 1000 + hysteresisMs);
    expect(pins.map(({ point }) => point)).toEqual(["a", "b", "c"]);
  });
});

describe("the buttons", () => {
  const seat = { person: { name: "x", role: "dutyOfficer", tier: "city" }, tier: "city", isLinked: true } as const;
  const latched = alarmOf("a/1", "red", {
    level: null,
    latchedLevel: "red",
    state: "latchedAcknowledged",
    tiers: [answered("city")],
  });

  it("say why an alarm cannot be acknowledged here", () => {
    const alarm = alarmOf("a/1", "red");
    expect(acknowledgeBar(alarm, seat)).toBeNull();
    expect(acknowledgeBar(alarm, { ...seat, person: null })).toBe("act.needLogin");
    expect(acknowledgeBar(alarm, { ...seat, isLinked: false })).toBe("act.linkDown");
    expect(acknowledgeBar(alarm, { ...seat, person: { ...seat.person, role: "viewer" } })).toBe("act.viewer");
    expect(acknowledgeBar(alarm, { ...seat, tier: "county" })).toBe("act.nothingOwed");
  });

  it("reset only what is latched, has returned, and is answered by all", () => {
    expect(resetBar(latched, seat)).toBeNull();
    expect(resetBar(alarmOf("a/1", "red"), seat)).toBe("act.notLatched");
    expect(resetBar({ ...latched, level: "blue" }, seat)).toBe("act.stillOn");
    expect(resetBar({ ...latched, state: "latchedUnacknowledged" }, seat)).toBe("act.acknowledgeFirst");
  });
});

describe("an alarm in words", () => {
  const plan = planOf();
  const telling = { index: createPlanIndex(plan), words: createWords("zh") };

  it("says why, with value, limit and since when", () => {
    const alarm = alarmOf("a/P1", "red", { violatedSince: Date.UTC(2026, 0, 1, 2) });
    expect(whyText(telling, alarm, Date.UTC(2026, 0, 1, 3))).toBe(
      "41.00\u2009m 越过红限值 ≥40.00\u2009m，自 10:00:00 起",
    );
    expect(limitText(telling, alarm)).toBe("≥40.00");
  });

  it("says which members lift an item, by which clause", () => {
    const alarm = alarmOf("a/P1", "yellow", {
      direction: "none",
      why: {
        code: "ladder",
        values: { clause: "GB 39496-2020 5.5.4", blue: 4, yellow: 0, orange: 0, red: 0, unknown: 2 },
      },
    });
    expect(whyText(telling, alarm, 0)).toBe("按等级累计规则提升为黄：蓝4，未知 2（GB 39496-2020 5.5.4）");
  });

  it("says what is to be done: of a roll-up by the card of its worst member that has one for the level", () => {
    const ponds: Plan = {
      ...planOf([
        pointOf("a/P1", { actionCard: null }),
        pointOf("a/P2", { actionCard: "calm" }),
        pointOf("a/P3", { actionCard: "depth" }),
      ]),
      items: [
        { id: "a/rain", site: "a", name: { zh: "雨", en: "Rain" }, rollup: { kind: "worstOf" }, points: ["a/P1"] },
        { id: "a/depth", site: "a", name: { zh: "埋深", en: "Depth" }, rollup: { kind: "worstOf" }, points: ["a/P3"] },
      ],
      actionCards: {
        calm: { blue: { zh: "看", en: "Look" } },
        depth: { orange: { zh: "降水位", en: "Lower the pond" }, red: { zh: "撤人", en: "Withdraw" } },
      },
    };
    const about = { index: createPlanIndex(ponds), words: createWords("zh") };
    const lifted = (kind: "item" | "site", id: string, followers: readonly string[]): AlarmView =>
      alarmOf(id, "orange", { source: { kind, id }, followers, value: null, direction: "none" });
    expect(cardText(about, lifted("item", "a/depth", ["a/P1", "a/P2", "a/P3"]), "orange")).toBe("降水位");
    expect(cardText(about, lifted("item", "a/depth", []), "red")).toBe("撤人");
    expect(cardText(about, lifted("site", "a", ["a/rain", "a/depth"]), "orange")).toBe("降水位");
    expect(cardText(about, alarmOf("a/P2", "blue"), "blue")).toBe("看");
    expect(cardText(about, alarmOf("a/P2", "orange"), "orange")).toBeNull();
  });

  it("tells the value of now only where it is one, and of a roll-up how many are on at which level", () => {
    const alarm = alarmOf("a/P1", "red");
    const latest = { value: 12, quality: "good", sourceAt: 1, receivedAt: 1 } as const;
    const shown: ShownValue = { latest, freshness: "live", offlineSince: null };
    expect(liveText(telling, alarm, shown)).toBe("12.00\u2009m");
    expect(liveText(telling, alarm, { ...shown, freshness: "stale" })).toBeNull();
    expect(liveText(telling, alarm, { ...shown, latest: { ...latest, quality: "saturated" } })).toBeNull();
    expect(liveText(telling, { ...alarm, isData: true }, shown)).toBeNull();
    const counts = { red: 0, orange: 1, yellow: 3, blue: 0 };
    const none = { level: null, worstIfUnknown: null, unknown: 0, byCarry: null, clause: null, because: [] };
    const site = { id: "a", rollup: { id: "a", counts, ...none }, items: [{ id: "a/i", counts, ...none }] };
    const sites = new Map([["a", site as unknown as SiteStatus]]);
    expect(membersText(telling.words, alarmOf("a", "red", { source: { kind: "site", id: "a" } }), sites)).toBe(
      "橙1 黄3",
    );
    const item = alarmOf("a/i", "red", { source: { kind: "item", id: "a/i" } });
    expect(membersText(telling.words, item, sites)).toBe("橙1 黄3");
    expect(membersText(telling.words, item, new Map())).toBe("");
    expect(membersText(telling.words, alarm, sites)).toBe("");
  });

  it("says on which side a value left the range", () => {
    const over = { quality: "saturated" } as const;
    expect(valueText(telling, alarmOf("a/P1", "red", over))).toBe(">41.00\u2009m 超量程");
    expect(valueText(telling, alarmOf("a/P1", "red", { ...over, direction: "low" }))).toBe("<41.00\u2009m 超量程");
  });

  it("names what was pending when the data stopped", () => {
    const alarm = alarmOf("a/P1", "yellow", {
      isData: true,
      direction: "none",
      why: { code: "silent", values: { lastHeardAt: 0, pending: "high blue" } },
    });
    expect(whyText(telling, alarm, 0)).toBe("超时未上报数据；未决：高限 蓝");
  });

  it("names who has answered and who has not, the county by its name", () => {
    const alarm = alarmOf("a/P1", "red", {
      tiers: [answered("enterprise"), owes("county", "red"), owes("city", "red")],
    });
    expect(answersText(telling, alarm)).toBe("已应答 企业 · 未应答 a县 市级");
  });

  it("draws the limits of the newest version that is in force", () => {
    const point = pointOf("a/P1");
    const [rule] = point.rules;
    const [old] = rule?.versions ?? [];
    if (rule === undefined || old === undefined) throw new Error("the point has a rule");
    const next = {
      ...old,
      version: 2,
      validFrom: 100,
      levels: { red: (old.levels.red ?? []).map((limit) => ({ ...limit, setpoint: 44 })) },
    };
    const changed = { ...point, rules: [{ ...rule, versions: [old, next] }] };
    expect(limitsInForce(changed, 50).map(({ setpoint }) => setpoint)).toEqual([40, 30, 20, 10]);
    expect(limitsInForce(changed, 100).map(({ setpoint }) => setpoint)).toEqual([44]);
  });

  it("names the department that answers for a tier: the sector's of that county, else the default; nobody where none is said", () => {
    const bare = planOf();
    const of = (en: string, tier: "county" | "city") => ({ tier, withinMs: 1, department: { zh: en, en } });
    const duties = {
      blue: [],
      yellow: [of("County", "county")],
      orange: [of("City", "city")],
      red: [of("City red", "city")],
    };
    const routes = [
      { sector: "one", county: "county-b", process: { ...duties, red: [of("B", "city")] }, data: duties },
    ];
    const index = createPlanIndex({ ...bare, routing: { ...bare.routing, process: duties, data: duties, routes } });
    const name = (alarm: AlarmView, tier: Tier, level: Level): string | undefined =>
      departmentOf(index, alarm, tier, level)?.en;
    expect(name(alarmOf("a/P1", "red"), "city", "red")).toBe("City red");
    expect(name(alarmOf("b/P1", "red"), "city", "red")).toBe("B");
    expect(name(alarmOf("b/P1", "red", { isData: true }), "city", "red")).toBe("City red");
    expect(name(alarmOf("a/P1", "yellow"), "city", "yellow")).toBe("City");
    expect(name(alarmOf("a/P1", "red"), "county", "red")).toBeUndefined();
    const old = createPlanIndex(bare);
    expect(departmentOf(old, alarmOf("a/P1", "red", { site: null }), "city", "red")).toBeNull();
  });
});
