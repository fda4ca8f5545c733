// Gateways as rows and figures: what is odd about each, what all bring together, and what is said where there is none.
import { describe, expect, it } from "vitest";
import { faults, type FaultCode } from "../../contract/faults.ts";
import type { DeviceLiveness } from "../../contract/liveness.ts";
import type { Credential } from "../../contract/register.ts";
import type { ListedDevice } from "../../dashboard/src/api/gateways.ts";
import { createPlanIndex } from "../../dashboard/src/plan-index.ts";
import { bytesText } from "../../dashboard/src/screens/bytes.ts";
import { found, pageOf, type Row, sortedBy } from "../../dashboard/src/screens/console/rows.ts";
import { barsOf, cellText, dayText, noDay } from "../../dashboard/src/screens/gateways/day.ts";
import { adviceOf } from "../../dashboard/src/screens/gateways/fault-advice.ts";
import {
  certificateEnds,
  countPoints,
  figuresOf,
  gatewayRows,
  missingOfDay,
} from "../../dashboard/src/screens/gateways/gateway-rows.ts";
import { createWords } from "../../dashboard/src/text/words.ts";
import { planOf, pointOf } from "./support.ts";

const now = Date.UTC(2026, 10, 23, 12);
const dayMs = 86_400_000;
const words = createWords("zh");
const index = createPlanIndex(planOf([pointOf("a/P1"), pointOf("a/P2"), pointOf("b/P1")]));

function deviceOf(id: string, part: Partial<DeviceLiveness> = {}): DeviceLiveness {
  return {
    id,
    site: id.split("/")[0] ?? "",
    state: "online",
    since: now - 1000,
    heardAt: now - 2000,
    left: null,
    losses: 0,
    messages: 10,
    values: 20,
    sequence: {
      newest: 10,
      runs: 1,
      runSince: now - dayMs,
      duplicates: 0,
      missing: 0,
      backfilled: 0,
      forgotten: 0,
      gaps: [],
      open: 0,
    },
    lag: { p50Ms: 100, p95Ms: 300, worstMs: 900 },
    clockAheadMs: 0,
    backfill: null,
    quality: { good: 10, unknown: 0, suspect: 0, saturated: 0, bad: 0, missing: 0 },
    badShare: 0,
    battery: [],
    signal: [],
    silences: [],
    day: { until: now, cells: `${"-".repeat(86)}wwwwwwppnw` },
    ...part,
  };
}

function listedOf(part: Partial<ListedDevice> = {}): ListedDevice {
  return {
    site: "a",
    device: "box",
    dialect: "sparkplug",
    options: {},
    names: {},
    maxPerSecond: 10,
    createdAt: 0,
    retiredAt: null,
    userName: "a.box",
    stage: "open",
    openedBecause: "trial 1",
    isInPlan: true,
    credentials: [],
    traffic: { connections: 1, heldBack: 0, heldBackSince: null, flappingUntil: null },
    ...part,
  };
}

const rowOf = (device: DeviceLiveness, listed: ListedDevice | null = listedOf()): Row => {
  const registered = listed === null ? new Map<string, ListedDevice>() : new Map([[device.id, listed]]);
  const counts = new Map([[device.id, { good: 2, total: 2 }]]);
  const [row] = gatewayRows(words, { index, devices: [device], registered, counts, now });
  if (row === undefined) throw new Error("one device is one row");
  return row;
};

describe("a gateway's row", () => {
  it("has nothing odd where all is well", () => {
    const row = rowOf(deviceOf("a/box"));
    expect(row.odd).toEqual([]);
    expect(row.cells).toMatchObject({
      site: "a厂",
      dialect: "Sparkplug B",
      gaps: "0",
      heard: "2.0 s",
      points: "2 / 2",
    });
  });

  it.each<[string, Partial<DeviceLiveness>, ListedDevice | null]>([
    ["state", { state: "offline" }, listedOf()],
    ["dialect", {}, null],
    ["drift", { clockAheadMs: -2001 }, listedOf()],
    ["bad", { badShare: 0.06 }, listedOf()],
    ["rate", {}, listedOf({ traffic: { connections: 1, heldBack: 1, heldBackSince: now, flappingUntil: null } })],
    [
      "certificate",
      {},
      listedOf({ credentials: [{ id: 1, kind: "certificate", createdAt: 0, expiresAt: now + 29 * dayMs }] }),
    ],
    [
      "backlog",
      {
        backfill: {
          since: now,
          lastAt: now,
          oldestAt: 0,
          newestAt: 1,
          values: 5,
          perMinute: 60,
          isDone: false,
        },
      },
      listedOf(),
    ],
  ])("says that its %s is not as it should be", (key, part, listed) => {
    expect(rowOf(deviceOf("a/box", part), listed).odd).toEqual([key]);
  });

  it("counts the numbers that were found missing within a day, and none where nothing is numbered", () => {
    const { sequence } = deviceOf("a/box");
    const gaps = [
      { from: 2, to: 4, foundAt: now - 1 },
      { from: 6, to: 6, foundAt: now - dayMs - 1 },
    ];
    const gapped = deviceOf("a/box", { sequence: { ...sequence, gaps, open: 4 } });
    expect(missingOfDay(gapped, now)).toBe(3);
    expect(rowOf(gapped).odd).toEqual(["gaps"]);
    expect(rowOf(deviceOf("a/box", { sequence: { ...sequence, newest: null } })).cells["gaps"]).toBe("无序号");
  });

  it("knows of a certificate only where its end is known", () => {
    const end = (credential: Partial<Credential>): number | null =>
      certificateEnds(
        listedOf({ credentials: [{ id: 1, kind: "certificate", createdAt: 0, expiresAt: null, ...credential }] }),
        now,
      );
    expect(end({})).toBeNull();
    expect(end({ kind: "secret", expiresAt: now })).toBeNull();
    expect(end({ expiresAt: now + 2.5 * dayMs })).toBe(2);
    expect(certificateEnds(undefined, now)).toBeNull();
  });
});

describe("all gateways together", () => {
  it("tell the middle and the worst of their lags, and the share of bad values", () => {
    const slow = deviceOf("b/box", {
      state: "unheard",
      lag: { p50Ms: 5000, p95Ms: 9000, worstMs: 10_000 },
      clockAheadMs: 5000,
      quality: { good: 5, unknown: 3, suspect: 1, saturated: 0, bad: 1, missing: 0 },
    });
    const third = deviceOf("c/box", { lag: null });
    expect(figuresOf([deviceOf("a/box"), slow, third])).toMatchObject({
      online: 2,
      total: 3,
      lag: { middleMs: 100, worst95Ms: 9000, longestMs: 10_000 },
      drifting: 1,
      bad: 2,
      values: 30,
    });
    expect(figuresOf([])).toMatchObject({ online: 0, total: 0, lag: null, bad: 0, values: 0 });
  });

  it("count a point as good only where its value is fresh and good", () => {
    const value = (quality: "good" | "bad") => ({ value: 1, quality, sourceAt: now, receivedAt: now });
    const counts = countPoints(index.plan.points, (id) => ({
      latest: value(id === "a/P2" ? "bad" : "good"),
      freshness: id === "b/P1" ? "stale" : "live",
      offlineSince: null,
    }));
    expect(Object.fromEntries(counts)).toEqual({ "a/box": { good: 1, total: 2 }, "b/box": { good: 0, total: 1 } });
  });
});

describe("rows", () => {
  const rows: readonly Row[] = Array.from({ length: 120 }, (_, place) => ({
    id: `r${place}`,
    cells: { name: place % 2 === 0 ? "even" : "odd" },
    order: { lag: place === 7 ? null : 120 - place },
  }));

  it("are sorted by a column either way, with what is not known last", () => {
    expect(sortedBy(rows, "lag").at(0)?.id).toBe("r119");
    expect(sortedBy(rows, "-lag").at(0)?.id).toBe("r0");
    for (const sort of ["lag", "-lag"]) expect(sortedBy(rows, sort).at(-1)?.id).toBe("r7");
    expect(sortedBy(rows, "-name").at(0)?.cells["name"]).toBe("odd");
    expect(sortedBy(rows, "")).toBe(rows);
  });

  it("come fifty at a time, and a page that is not there is the nearest one", () => {
    expect(pageOf(rows, 2)).toMatchObject({ page: 2, pages: 3, from: 51, to: 100 });
    expect(pageOf(rows, 99)).toMatchObject({ page: 3, from: 101, to: 120 });
    expect(pageOf(rows, Number.NaN)).toMatchObject({ page: 1, from: 1 });
    expect(pageOf([], 1)).toMatchObject({ page: 1, pages: 1, from: 0, to: 0 });
  });

  it("are found where every word of the search stands somewhere", () => {
    expect(found(rows, "EVEN r11").map(({ id }) => id)).toEqual(["r110", "r112", "r114", "r116", "r118"]);
    expect(found(rows, "  ")).toBe(rows);
  });
});

describe("a refusal", () => {
  it("has an advice wherever a gateway may cause it", () => {
    const ofGateways = (Object.keys(faults) as FaultCode[]).filter((code) =>
      /^(?:MESSAGE|SAMPLE|TOPIC|UNIT|SEQUENCE|FRAME|BIRTH)_/u.test(code),
    );
    expect(ofGateways.filter((code) => adviceOf(code) === null)).toEqual([]);
    expect(adviceOf("NOT_ALLOWED")).toBeNull();
  });
});

describe("an amount of data", () => {
  it("is told in the unit that fits", () => {
    expect([0, 999, 1000, 12_345_678, 5e9].map(bytesText)).toEqual([
      "0\u2009B",
      "999\u2009B",
      "1.0\u2009kB",
      "12.3\u2009MB",
      "5.0\u2009GB",
    ]);
  });
});

describe("the day of a gateway", () => {
  const { day } = deviceOf("a/box");

  it("is drawn by height in runs of equals, and nothing is drawn of what is unknown", () => {
    expect(barsOf(day)).toEqual([
      { from: 86, count: 6, height: 12 },
      { from: 92, count: 2, height: 6 },
      { from: 94, count: 1, height: 2 },
      { from: 95, count: 1, height: 12 },
    ]);
    expect(barsOf(noDay)).toEqual([]);
  });

  it("is said as a share of the known quarter hours, in both languages, and as nothing where none is known", () => {
    expect(dayText(words, day)).toBe("24 h：70.0% 完整（7/10 格），部分 2 格，无数据 1 格");
    expect(dayText(createWords("en"), day)).toContain("70.0% whole (7 of 10 quarter hours)");
    expect(dayText(words, { until: now, cells: "-".repeat(96) })).toBe("24 h：尚无记录");
  });

  it("names each quarter hour by its beginning", () => {
    expect([94, 95, 0].map((nth) => cellText(words, day, nth))).toEqual([
      "2026-11-23 19:30:00 · 无数据",
      "2026-11-23 19:45:00 · 完整",
      "2026-11-22 20:00:00 · 无记录",
    ]);
  });

  it("is what the rows are sorted by, the unknown last", () => {
    const rows = gatewayRows(words, {
      index,
      devices: [deviceOf("a/box"), deviceOf("a/new", { day: noDay })],
      registered: null,
      counts: new Map(),
      now,
    });
    expect(rows.map(({ order }) => order?.["day"])).toEqual([0.7, null]);
  });
});
