// Tables that leave the house: what a spreadsheet would run is text, buckets stand on the clock of the place, and too much is refused.
import type { Readable } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { LoadAnswer, SeriesAnswer } from "../../contract/series.ts";
import type { Person } from "../../contract/wall.ts";
import type { PastDesk, Sight } from "../../server/adapters/http/past.ts";
import { createExports, localTime, type ExportsOptions } from "../../server/app/exports.ts";
import { rowsOf, tooLarge } from "../../server/app/past.ts";
import { alignedTo } from "../../server/app/tables.ts";
import { planOf, point } from "../support/plant.ts";

/** 2026-09-21 22:13:20 in Shanghai. */
const start = 1_790_000_000_000;
const person: Person = { name: "=duty", role: "dutyOfficer", tier: "city" };
const sight: Sight = { sites: null, seesPoint: () => true };
const taker = { caller: { person, from: "10.0.0.1" }, sight };
const plan = planOf([point("a", { name: { zh: "@甲", en: "a" } }), point("b")]);

function desk(part: Partial<ExportsOptions> = {}) {
  const deeds: unknown[] = [];
  const said: string[] = [];
  const series = { points: [{ point: "s1/a", coveredMs: 30_000, ofMs: 60_000 }] } as unknown as SeriesAnswer;
  const exports = createExports({
    past: {
      series: async () => ({ ok: true, value: series }),
      load: async () => ({ ok: true, value: {} as LoadAnswer }),
    } as unknown as PastDesk,
    historian: {
      history: async (query) => ({
        point: query.point,
        bucketMs: 60_000,
        buckets: [{ at: query.from, min: -1, max: 2, mean: 0.5, last: 1, count: 3, quality: "good" }],
      }),
      samples: async () => ({ samples: [], next: null }),
    },
    chronicle: { ask: async () => ({ total: 2_000_000 }) as never },
    plan: () => plan,
    record: (_, deed, after) => void deeds.push([deed, after]),
    head: () => null,
    sheets: () => Promise.resolve(Buffer.from("xlsx")),
    log: { warn: (what) => void said.push(what) },
    now: () => start + 3_600_000,
    ...part,
  });
  return { exports, deeds, said };
}

describe("a table of a chart", () => {
  it("says what it is, how whole, and who took it, with no cell that a spreadsheet would run", async () => {
    const { exports, deeds } = desk();
    const query = { points: "s1/a", from: start, to: start + 60_000, bucketMs: 60_000, format: "csv" as const };
    const made = await exports.series(["s1/a"], query, taker);
    if (!made.ok || Buffer.isBuffer(made.value.body)) throw new Error("no table");
    const text = (await made.value.body.toArray()).join("");
    expect(made.value.name).toBe("skyground_series_s1_20260921T2213_20260921T2215.csv");
    expect(text.startsWith("\u{feff}监测数据\r\n")).toBe(true);
    expect(text).toContain("数据覆盖（有数据秒数/总秒数）,s1/a,30/60\r\n");
    expect(text).toContain("生成人,'=duty\r\n");
    // A negative number stays one; a name that begins like a formula does not.
    expect(text).toContain("2026-09-21 22:13:00,s1/a,'@甲,m,-1,2,0.5,1,3,good\r\n");
    expect(deeds).toHaveLength(1);
    expect(deeds[0]).toMatchObject([
      { act: "history.export", target: "s1" },
      { kind: "series", format: "csv" },
    ]);
  });

  it("that cannot be written down as handed out is not handed out", async () => {
    const { exports } = desk({
      record: () => {
        throw new Error("the disk is full");
      },
    });
    const query = { points: "s1/a", from: start, to: start + 60_000, bucketMs: 60_000, format: "csv" as const };
    await expect(exports.series(["s1/a"], query, taker)).rejects.toThrow("the disk is full");
  });

  it("goes into a workbook page by page, each of so many rows that nothing waits for it, and no further than its bound", async () => {
    const cut: number[] = [];
    let left = 150_000;
    const { exports, deeds } = desk({
      now: () => start + 86_400_000,
      historian: {
        history: async () => {
          throw new Error("not asked");
        },
        samples: async ({ limit, from }) => {
          left -= limit;
          const sample = { sourceAt: from, receivedAt: from, value: 1, quality: "good" as const };
          return { samples: Array.from({ length: limit }, () => sample), next: left > 0 ? from + 1 : null };
        },
      },
      sheets: async (_, pages) => {
        for await (const page of pages) cut.push(page.length);
        return Buffer.from("xlsx");
      },
    });
    const query = { points: "s1/a", from: start, to: start + 60_000, bucketMs: 0, format: "xlsx" as const };
    const made = await exports.series(["s1/a"], query, taker);
    expect(made).toMatchObject({ ok: false, code: "QUERY_TOO_LARGE", estimate: { most: 100_000 } });
    expect(Math.max(...cut)).toBeLessThanOrEqual(1000);
    expect(cut.reduce((sum, rows) => sum + rows, 0)).toBeLessThan(100_020);
    expect(deeds).toEqual([]);
    left = 10;
    expect(await exports.series(["s1/a"], query, taker)).toMatchObject({ ok: true });
    expect(deeds).toHaveLength(1);
  });

  it("with too many rows is refused with the narrowest bucket that fits, and so are too many steps", async () => {
    const { exports, deeds } = desk({ now: () => start + 400 * 86_400_000 });
    const query = { points: "s1/a", from: start, to: start + 365 * 86_400_000, bucketMs: 0 };
    const raw = await exports.series(["s1/a"], { ...query, format: "csv" }, taker);
    expect(raw).toMatchObject({ ok: false, code: "QUERY_TOO_LARGE", estimate: { rows: 3_153_600, bucketMs: 60_000 } });
    const book = await exports.series(["s1/a"], { ...query, format: "xlsx" }, taker);
    expect(book).toMatchObject({ ok: false, estimate: { most: 100_000, bucketMs: 600_000 } });
    const steps = await exports.steps({ from: 0, to: start, format: "csv" }, taker);
    expect(steps).toMatchObject({ ok: false, code: "QUERY_TOO_LARGE", estimate: { rows: 2_000_000 } });
    expect(deeds).toEqual([]);
  });
});

describe("a table that is streamed", () => {
  afterEach(() => vi.useRealTimers());

  const twoHours = { points: "s1/a", from: start, to: start + 7_200_000, bucketMs: 1000, format: "csv" as const };
  const begin = async ({ exports }: ReturnType<typeof desk>): Promise<Readable | string> => {
    const made = await exports.series(["s1/a"], twoHours, taker);
    if (!made.ok) return made.code;
    if (Buffer.isBuffer(made.value.body)) throw new Error("a workbook");
    return made.value.body;
  };

  it("and that nobody reads, or reads on, gives its place back, and does not end like a whole one", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const made = desk();
    const unread = await begin(made);
    const [left, whole] = [(await begin(made)) as Readable, (await begin(made)) as Readable];
    expect(await begin(made)).toBe("OVERLOADED");
    const [pages, all] = [left[Symbol.asyncIterator](), whole.toArray()];
    await pages.next();
    expect((await all).length).toBe(9);
    expect(await begin(made)).not.toBe("OVERLOADED");
    expect(await begin(made)).toBe("OVERLOADED");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(made.said).toHaveLength(3);
    expect((unread as Readable).destroyed).toBe(true);
    await expect(pages.next().then(() => pages.next())).rejects.toThrow("Premature close");
    expect(await begin(made)).not.toBe("OVERLOADED");
  });

  it("to a slow reader goes on as long as he takes a page within a minute", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const made = desk();
    const body = (await begin(made)) as Readable;
    let taken = 0;
    for await (const page of body) {
      expect(page).not.toBe("");
      taken += 1;
      await vi.advanceTimersByTimeAsync(59_000);
    }
    expect(taken).toBe(9);
    expect(made.said).toEqual([]);
  });
});

describe("a question", () => {
  it("is estimated by how often its points speak, and too large a one is offered the time that fits", () => {
    expect(rowsOf([point("a"), point("b", { report: "onChange" })], 60_000)).toBe(7);
    expect(tooLarge([point("a")], 1000)).toBeNull();
    const spanMs = 400_000_000_000;
    expect(tooLarge([point("a")], spanMs)).toEqual({
      rows: 40_000_000,
      most: 20_000_000,
      spanMs: spanMs / 2,
      bucketMs: null,
    });
  });

  it("for days is cut at midnight in Beijing", () => {
    const { from, to } = alignedTo(86_400_000, { from: start, to: start + 1 });
    expect([localTime(from), localTime(to)]).toEqual(["2026-09-21 00:00:00", "2026-09-22 00:00:00"]);
    expect(alignedTo(0, { from: 1, to: 2 })).toEqual({ from: 1, to: 2 });
  });
});
