// What every historian must do, whatever it stores in: run by each adapter's test against the real store.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { qualities, type Quality } from "../../../contract/sample.ts";
import type { Bucket, HistoryQuery } from "../../../contract/wall.ts";
import type { Historian, Refused } from "../../../server/adapters/historian/historian.ts";
import { columnsOf, type Row } from "../../support/historian-rows.ts";

/** A historian that a test has opened, and what it has refused. */
export interface Opened {
  readonly historian: Historian;
  readonly refused: readonly Refused[];
  /** Closes it and opens it again on the same data. */
  reopen(): Promise<Historian>;
}

/** A round instant from which the tests count. */
export const start = 1_790_000_000_000;

/** A row of a test; measured `offsetMs` after the start. */
export function row(point: string, offsetMs: number, value: number, quality: Quality = "good"): Row {
  return { point, sourceAt: start + offsetMs, receivedAt: start + offsetMs + 40, value, quality };
}

/** The buckets by plain counting, to compare with. */
export function expectedBuckets(rows: readonly Row[], query: HistoryQuery): Bucket[] {
  const byTime = new Map(rows.filter((one) => one.point === query.point).map((one) => [one.sourceAt, one]));
  const width = Math.max(1, Math.ceil((query.to - query.from) / query.buckets));
  const byBucket = grouped([...byTime.values()], (one) => Math.floor((one.sourceAt - query.from) / width));
  return [...byBucket]
    .filter(([index]) => index >= 0)
    .map(([index, all]) => [index, all.filter((one) => one.sourceAt < query.to)] as const)
    .filter(([, all]) => all.length > 0)
    .toSorted(([a], [b]) => a - b)
    .map(([index, all]) => bucketOf(query.from + index * width, all));
}

function grouped(rows: readonly Row[], keyOf: (one: Row) => number): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const one of rows) {
    const group = groups.get(keyOf(one)) ?? [];
    group.push(one);
    groups.set(keyOf(one), group);
  }
  return groups;
}

function bucketOf(at: number, rows: readonly Row[]): Bucket {
  const values = rows.map((one) => one.value);
  const newest = rows.toSorted((a, b) => b.sourceAt - a.sourceAt)[0];
  const worst = Math.max(...rows.map((one) => qualities.indexOf(one.quality)));
  return {
    at,
    min: Math.min(...values),
    max: Math.max(...values),
    // Summed in another order than the store's: compared with a tolerance.
    mean: expect.closeTo(values.reduce((sum, value) => sum + value, 0) / values.length, 6) as number,
    last: newest?.value ?? Number.NaN,
    count: rows.length,
    quality: qualities[worst] ?? "unknown",
  };
}

const wide = { from: start - 3_600_000, to: start + 86_400_000, buckets: 1 } as const;

/** Runs every rule against historians that `open` gives, each of them empty. */
export function describeRules(name: string, open: () => Promise<Opened>): void {
  describe(`${name}, writing`, () => describeWriting(open));
  describe(`${name}, answering history`, () => describeHistory(open));
  describe(`${name}, giving samples`, () => describeSamples(open));
}

function describeSamples(open: () => Promise<Opened>): void {
  it("gives every sample once, in order, page by page, as it was stored", async () => {
    const { historian } = await open();
    expect(await historian.samples({ point: "a/b", ...wide, limit: 10 })).toEqual({ samples: [], next: null });
    const day = 86_400_000;
    const rows = [row("a/b", 2000, 3, "suspect"), row("a/b", 1000, -1.5), row("a/c", 1500, 9), row("a/b", day, 4)];
    await historian.write(columnsOf([...rows, row("a/b", 2000, 7, "bad")]), 10);
    const stored = [rows[1], row("a/b", 2000, 7, "bad"), rows[3]].map((one) => {
      const { point: _, ...sample } = one as Row;
      return sample;
    });
    const first = await historian.samples({ point: "a/b", from: start, to: start + 2 * day, limit: 2 });
    expect(first).toEqual({ samples: stored.slice(0, 2), next: start + day });
    const second = await historian.samples({ point: "a/b", from: start + day, to: start + 2 * day, limit: 2 });
    expect(second).toEqual({ samples: stored.slice(2), next: null });
    // Bounds as those of history: the end is not part of it.
    const cut = await historian.samples({ point: "a/b", from: start + 1000, to: start + 2000, limit: 9 });
    expect(cut.samples).toEqual(stored.slice(0, 1));
  });
}

function describeWriting(open: () => Promise<Opened>): void {
  it("has no cursor and no history when new", async () => {
    const { historian } = await open();
    expect(await historian.cursor()).toBe(0);
    expect((await historian.history({ point: "hc-01/LT-101", ...wide })).buckets).toEqual([]);
  });

  it("keeps rows and cursor over a restart", async () => {
    const opened = await open();
    const rows = [row("hc-01/LT-101", 0, 82.4), row("hc-01/GD-201.a", 5, 31.5, "suspect")];
    await opened.historian.write(columnsOf(rows), 4711);
    const historian = await opened.reopen();
    expect(await historian.cursor()).toBe(4711);
    for (const point of ["hc-01/LT-101", "hc-01/GD-201.a"]) {
      const query = { point, ...wide };
      expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
    }
  });

  it("moves the cursor when there is no row to write", async () => {
    const opened = await open();
    await opened.historian.write(columnsOf([]), 12);
    expect(await (await opened.reopen()).cursor()).toBe(12);
  });

  it("changes nothing when the same rows come again", async () => {
    const { historian } = await open();
    const rows = Array.from({ length: 500 }, (_, index) => row("hc-01/LT-101", index * 1000, index % 17));
    const query = { point: "hc-01/LT-101", ...wide, buckets: 100 };
    await historian.write(columnsOf(rows), 500);
    const first = await historian.history(query);
    await historian.write(columnsOf(rows), 500);
    expect(await historian.history(query)).toEqual(first);
    expect(first.buckets).toEqual(expectedBuckets(rows, query));
  });

  it("lets the last write of a key win, within one batch and between two", async () => {
    const { historian } = await open();
    const rows = [row("hc-01/LT-101", 0, 1), row("hc-01/LT-101", 1000, 2), row("hc-01/LT-101", 0, 3, "bad")];
    await historian.write(columnsOf(rows), 3);
    await historian.write(columnsOf([row("hc-01/LT-101", 1000, 4, "suspect")]), 4);
    const { buckets } = await historian.history({ point: "hc-01/LT-101", from: start, to: start + 2000, buckets: 2 });
    expect(buckets.map(({ last, count, quality }) => ({ last, count, quality }))).toEqual([
      { last: 3, count: 1, quality: "bad" },
      { last: 4, count: 1, quality: "suspect" },
    ]);
  });

  it("takes a batch of 50,000 rows", async () => {
    const { historian } = await open();
    const rows = Array.from({ length: 50_000 }, (_, index) =>
      row(`hc-01/P-${index % 100}`, Math.floor(index / 100) * 1000, index),
    );
    await historian.write(columnsOf(rows), rows.length);
    for (const point of ["hc-01/P-0", "hc-01/P-99"]) {
      const query = { point, ...wide, buckets: 60 };
      expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
    }
    expect(await historian.cursor()).toBe(50_000);
  });

  it("keeps points apart whatever their names contain, and nothing in a name is obeyed", async () => {
    const { historian } = await open();
    const rows = strangeNames.map((point, index) => row(point, index, index + 1));
    await historian.write(columnsOf(rows), rows.length);
    for (const point of strangeNames) {
      const query = { point, ...wide };
      expect((await historian.history(query)).buckets, point).toEqual(expectedBuckets(rows, query));
    }
    expect((await historian.history({ point: "hc-01/x' OR 'a' = 'a", ...wide })).buckets).toEqual([]);
  });

  it("leaves out what no store can hold, tells of it, and keeps the neighbours", async () => {
    const { historian, refused } = await open();
    const good = row("hc-01/LT-101", 0, 5);
    const hopeless = [
      row("hc-01/LT-101", 1000, Number.NaN),
      row("hc-01/LT-101", 2000, Number.POSITIVE_INFINITY),
      { ...good, sourceAt: Number.NaN },
      { ...good, sourceAt: -1 },
      { ...good, sourceAt: 9_223_372_036_855 },
      { ...good, receivedAt: 1.5 },
      { ...good, point: "" },
    ];
    await historian.write(columnsOf([...hopeless, good]), 8);
    expect(await historian.cursor()).toBe(8);
    expect(refused.map(({ rows }) => rows)).toEqual([hopeless.length]);
    expect(refused[0]?.example).toContain("NaN");
    const query = { point: "hc-01/LT-101", ...wide };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets([good], query));
  });

  it("leaves out what is more than a day ahead of the server's clock, tells of it, and keeps the neighbours", async () => {
    const { historian, refused } = await open();
    const good = [row("hc-01/LT-101", 0, 5), { ...row("hc-01/LT-101", aDay, 6), receivedAt: start }];
    const ahead = [aDay + 1, 2 * aDay, 7e12].map((offset) => ({
      ...row("hc-01/LT-101", offset, 7),
      receivedAt: start,
    }));
    await historian.write(columnsOf([...ahead, ...good]), 5);
    expect(await historian.cursor()).toBe(5);
    expect(refused).toMatchObject([{ rows: 3, reason: "more than one day ahead of the server's clock" }]);
    const query = { point: "hc-01/LT-101", from: start, to: start + 8e12, buckets: 1 };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(good, query));
  });
}

const aDay = 86_400_000;
const strangeNames = [
  "hc-01/GD-201.a",
  "hc-01/GD-201",
  "hc-01/GD 201",
  "hc-01/GD,201",
  "hc-01/GD=201",
  'hc-01/"GD"',
  "hc-01/'GD'",
  "hc-01/a\\b",
  "hc-01/'; DROP DATABASE x; --",
  "hc-01/$point",
  "hc-01/%_",
  "尾矿库/浸润线 1",
  "no-site",
];

function describeHistory(open: () => Promise<Opened>): void {
  const point = "tp-02/PH-7";

  it("cuts from the first instant, includes it, excludes the last, and leaves empty buckets out", async () => {
    const { historian } = await open();
    const offsets = [-1, 0, 999, 1000, 2999, 6000, 9999, 10_000];
    await historian.write(columnsOf(offsets.map((offset) => row(point, offset, offset))), 8);
    const { buckets, bucketMs } = await historian.history({ point, from: start, to: start + 10_000, buckets: 10 });
    expect(bucketMs).toBe(1000);
    expect(buckets.map(({ at, count }) => [at - start, count])).toEqual([
      [0, 2],
      [1000, 1],
      [2000, 1],
      [6000, 1],
      [9000, 1],
    ]);
  });

  it("aligns buckets to odd bounds and cuts the last one at the end", async () => {
    const { historian } = await open();
    const rows = Array.from({ length: 2000 }, (_, index) => row(point, index * 7, Math.sin(index)));
    await historian.write(columnsOf(rows), 2000);
    const query = { point, from: start + 13, to: start + 9876, buckets: 17 };
    const { buckets, bucketMs } = await historian.history(query);
    expect(bucketMs).toBe(581);
    expect(buckets).toEqual(expectedBuckets(rows, query));
  });

  it("shows every peak, however few the buckets", async () => {
    const { historian } = await open();
    const rows = Array.from({ length: 20_000 }, (_, index) => row(point, index * 100, index === 12_345 ? 99 : 1));
    await historian.write(columnsOf([...rows, row(point, 50, -7)]), 20_001);
    const { buckets } = await historian.history({ point, ...wide, buckets: 24 });
    expect(Math.max(...buckets.map(({ max }) => max))).toBe(99);
    expect(Math.min(...buckets.map(({ min }) => min))).toBe(-7);
    expect(buckets.reduce((sum, { count }) => sum + count, 0)).toBe(20_001);
  });

  it("puts late rows where they belong, so that last is the newest measured, not the newest written", async () => {
    const { historian } = await open();
    await historian.write(columnsOf([row(point, 5000, 50)]), 1);
    await historian.write(columnsOf([row(point, 1000, 10)]), 2);
    await historian.write(columnsOf([row(point, 3000, 30), row(point, 2000, 20)]), 4);
    const { buckets } = await historian.history({ point, from: start, to: start + 8000, buckets: 2 });
    expect(buckets.map(({ last, count }) => [last, count])).toEqual([
      [30, 3],
      [50, 1],
    ]);
  });

  it("names the worst quality of each bucket", async () => {
    const { historian } = await open();
    const rows = qualities.flatMap((quality, index) => [
      row(point, index * 1000, index, quality),
      row(point, index * 1000 + 1, index, "good"),
    ]);
    await historian.write(columnsOf(rows), rows.length);
    const { buckets } = await historian.history({ point, from: start, to: start + 6000, buckets: 6 });
    expect(buckets.map(({ quality }) => quality)).toEqual([...qualities]);
    const whole = await historian.history({ point, from: start, to: start + 6000, buckets: 1 });
    expect(whole.buckets.map(({ quality }) => quality)).toEqual(["missing"]);
  });

  it("gives numbers back exactly", async () => {
    const { historian } = await open();
    const values = [0, -1, 0.1 + 0.2, 1e21, 1e-7, -1.5e308, 5e-324, Number.MAX_SAFE_INTEGER, 1 / 3];
    await historian.write(columnsOf(values.map((value, index) => row(point, index * 1000, value))), values.length);
    const query = { point, from: start, to: start + values.length * 1000, buckets: values.length };
    expect((await historian.history(query)).buckets.map(({ last }) => last)).toEqual(values);
  });

  it("answers an empty span, a span before all rows, and an unknown point with nothing", async () => {
    const { historian } = await open();
    await historian.write(columnsOf([row(point, 0, 1)]), 1);
    const spans = [
      { point, from: start, to: start, buckets: 10 },
      { point, from: start + 10, to: start - 10, buckets: 10 },
      { point, from: -1e15, to: start, buckets: 10 },
      { point: "tp-02/none", ...wide },
    ];
    for (const span of spans) expect((await historian.history(span)).buckets).toEqual([]);
    const all = await historian.history({ point, from: 0, to: 1e300, buckets: 5000 });
    expect(all.buckets.map(({ count }) => count)).toEqual([1]);
  });

  it("answers like plain counting, whatever was written and whatever is asked", async () => {
    const { historian } = await open();
    const rows: Row[] = [];
    const written = fc.record({
      offset: fc.integer({ min: 0, max: 5000 }),
      value: fc.integer(),
      quality: anyQuality(),
    });
    const asked = fc.record({ from: fc.integer({ min: -50, max: 5000 }), span: fc.integer({ min: 1, max: 6000 }) });
    const step = fc.tuple(fc.array(written, { maxLength: 40 }), asked, fc.integer({ min: 1, max: 300 }));
    await fc.assert(
      fc.asyncProperty(step, async ([batch, { from, span }, buckets]) => {
        rows.push(...batch.map((one) => row(point, one.offset, one.value, one.quality)));
        await historian.write(columnsOf(rows.slice(-batch.length || rows.length)), rows.length);
        const query = { point, from: start + from, to: start + from + span, buckets };
        expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rows, query));
      }),
      { numRuns: 60, seed: 20_260_922, endOnFailure: true },
    );
  });
}

function anyQuality(): fc.Arbitrary<Quality> {
  return fc.constantFrom(...qualities);
}
