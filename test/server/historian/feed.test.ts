// The feed: nothing is left out, nothing is out of order, whatever the store does; time and waiting in the test's hands.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import {
  createFeed,
  retryWaitMs,
  type Batch,
  type Feed,
  type FeedStatus,
} from "../../../server/adapters/historian/feed.ts";
import type { Rows } from "../../../server/adapters/historian/rows.ts";
import { createInfluxHistorian } from "../../../server/adapters/historian/influx.ts";
import { columnsOf, listOf, type Row } from "../../support/historian-rows.ts";
import { startInflux, type TestServer } from "../../support/influx.ts";
import { expectedBuckets, row, start } from "./rules.ts";

/** A journal in memory whose positions are not row numbers: each row takes 10, and some positions hold no row. */
function createJournal() {
  const rows: Row[] = [];
  let blanks = 0;
  return {
    append: (...more: Row[]) => void rows.push(...more),
    appendBlank: () => void (blanks += 1),
    read: (cursor: number, maxRows: number): Promise<Batch> => {
      const found = rows.slice(Math.floor(cursor / 10), Math.floor(cursor / 10) + maxRows);
      const isEnd = Math.floor(cursor / 10) + found.length === rows.length;
      return Promise.resolve({
        rows: columnsOf(found),
        cursor: Math.floor(cursor / 10) * 10 + found.length * 10 + (isEnd ? blanks : 0),
        isEnd,
      });
    },
  };
}

/** A store in memory that fails when told to. */
function createStore() {
  const stored: Row[] = [];
  const batches: number[] = [];
  const store = {
    stored,
    batches,
    at: 0,
    failure: null as Error | null,
    /** Runs in the middle of a write. */
    meanwhile: (): void => undefined,
    cursor: () => (store.failure ? Promise.reject(store.failure) : Promise.resolve(store.at)),
    write(rows: Rows, cursor: number): Promise<void> {
      if (store.failure) return Promise.reject(store.failure);
      store.meanwhile();
      stored.push(...listOf(rows));
      batches.push(rows.count);
      store.at = cursor;
      return Promise.resolve();
    },
  };
  return store;
}

/** Delays that end when the test says so. */
function createDelays() {
  const waits: number[] = [];
  let pending: (() => void) | null = null;
  return {
    waits,
    delay: (ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        waits.push(ms);
        pending = resolve;
        signal.addEventListener("abort", () => reject(new Error("aborted")), { once: true });
      }),
    /** Lets the next delay pass, once it has begun. */
    async pass(): Promise<void> {
      await expect.poll(() => pending !== null).toBe(true);
      pending?.();
      pending = null;
    },
  };
}

const feeds: Feed[] = [];

afterEach(async () => {
  for (const feed of feeds.splice(0)) await feed.stop();
});

function startFeed(more: {
  store?: Pick<ReturnType<typeof createStore>, "cursor" | "write">;
  read?: (cursor: number, maxRows: number) => Promise<Batch>;
  maxRows?: number;
}) {
  const journal = createJournal();
  const store = createStore();
  const delays = createDelays();
  const statuses: FeedStatus[] = [];
  const clock = { now: 1000 };
  const feed = createFeed({
    historian: more.store ?? store,
    read: more.read ?? journal.read,
    onStatus: (status) => statuses.push(status),
    now: () => clock.now,
    delay: delays.delay,
    random: () => 0.5,
    ...(more.maxRows === undefined ? {} : { maxRows: more.maxRows }),
  });
  feeds.push(feed);
  return { feed, journal, store, delays, statuses, clock };
}

function rowsOf(count: number, from = 0): Row[] {
  return Array.from({ length: count }, (_, index) => row("hc-01/LT-101", from + index, from + index));
}

describe("the feed", () => {
  it("carries all there is in batches of at most 20,000 rows, then what comes with each wake", async () => {
    const { feed, journal, store } = startFeed({});
    journal.append(...rowsOf(52_345));
    await expect.poll(() => store.at).toBe(523_450);
    expect(store.batches).toEqual([20_000, 20_000, 12_345]);
    journal.append(...rowsOf(3, 52_345));
    feed.wake();
    await expect.poll(() => store.at).toBe(523_480);
    expect(store.stored).toEqual(rowsOf(52_348));
    expect(store.at).toBe(523_480);
  });

  it("begins where the store's own cursor stands", async () => {
    const store = createStore();
    store.at = 70;
    const journal = createJournal();
    journal.append(...rowsOf(10));
    startFeed({ store, read: journal.read });
    await expect.poll(() => store.at).toBe(100);
    expect(store.stored).toEqual(rowsOf(3, 7));
  });

  it("does not miss a wake that comes while it is at work", async () => {
    const { feed, journal, store } = startFeed({});
    journal.append(...rowsOf(1));
    let isFirst = true;
    store.meanwhile = () => {
      if (!isFirst) return;
      isFirst = false;
      journal.append(...rowsOf(1, 1));
      feed.wake();
    };
    feed.wake();
    await expect.poll(() => store.stored.length).toBe(2);
  });

  it("moves the cursor past journal entries that hold no rows", async () => {
    const { feed, journal, store } = startFeed({});
    journal.appendBlank();
    journal.appendBlank();
    feed.wake();
    await expect.poll(() => store.at).toBe(2);
  });

  it("tries the same batch again until the store takes it, and says down, why, and up again", async () => {
    const { feed, journal, store, delays, statuses, clock } = startFeed({});
    await expect.poll(() => statuses.length).toBe(1);
    store.failure = new Error("write to InfluxDB", { cause: new Error("connect ECONNREFUSED") });
    journal.append(...rowsOf(3));
    clock.now = 5000;
    feed.wake();
    for (let attempt = 1; attempt <= 8; attempt += 1) {
      await expect.poll(() => delays.waits.length).toBe(attempt);
      clock.now += 1000;
      // Rows that come meanwhile wait their turn.
      journal.append(...rowsOf(1, 2 + attempt));
      feed.wake();
      if (attempt === 8) store.failure = null;
      await delays.pass();
    }
    await expect.poll(() => statuses.length).toBe(11);
    expect(store.stored).toEqual(rowsOf(11));
    expect(store.batches).toEqual([3, 8]);
    expect(delays.waits).toEqual([750, 1500, 3000, 6000, 12_000, 22_500, 22_500, 22_500]);
    expect(statuses.map(({ state, since, behind }) => [state, since, behind.failures])).toEqual([
      ["up", 1000, 0],
      ...Array.from({ length: 8 }, (_, index) => ["down", 5000, index + 1]),
      ["up", 13_000, 0],
      ["up", 13_000, 0],
    ]);
    expect(statuses[1]).toMatchObject({
      reason: "write: write to InfluxDB: connect ECONNREFUSED",
      behind: { cursor: 0, oldestReceivedAt: start + 40 },
    });
    expect(statuses.at(-1)).toMatchObject({ reason: "", behind: { cursor: 110, oldestReceivedAt: null } });
  });

  it("waits between half a second and half a minute, whatever the number of failures", () => {
    for (const failures of [1, 2, 5, 6, 7, 100, 1e9]) {
      expect(retryWaitMs(failures, 0)).toBeGreaterThanOrEqual(500);
      expect(retryWaitMs(failures, 0.999_999)).toBeLessThanOrEqual(30_000);
    }
    expect(retryWaitMs(1, 0)).toBe(500);
    expect(retryWaitMs(1e9, 0)).toBe(15_000);
  });

  it("stays up through a store that is away at the start and a journal that cannot be read", async () => {
    let isBroken = true;
    const rows = rowsOf(2);
    const read = (cursor: number): Promise<Batch> =>
      isBroken
        ? Promise.reject(new Error("segment 4 is damaged"))
        : Promise.resolve({ rows: columnsOf(cursor === 0 ? rows : []), cursor: 2, isEnd: true });
    const { store, delays, statuses } = startFeed({ read });
    store.failure = new Error("file is locked");
    await delays.pass();
    expect(statuses[0]).toMatchObject({ state: "down", behind: { cursor: 0 } });
    isBroken = false;
    await delays.pass();
    await expect.poll(() => statuses.at(-1)?.reason).toBe("write: file is locked");
    store.failure = null;
    await delays.pass();
    await expect.poll(() => store.stored).toEqual(rows);
    expect(statuses.some(({ reason }) => reason === "read the journal: segment 4 is damaged")).toBe(true);
  });

  it("does not spin when the journal's cursor stands still", async () => {
    const { delays, statuses } = startFeed({
      read: () => Promise.resolve({ rows: columnsOf(rowsOf(1)), cursor: 0, isEnd: false }),
    });
    await delays.pass();
    await expect.poll(() => statuses.at(-1)?.reason).toContain("does not move on");
  });

  it("stops while it waits for a wake, for a retry, or for a write, and writes nothing afterwards", async () => {
    const idle = startFeed({});
    await expect.poll(() => idle.statuses.length).toBe(1);
    await idle.feed.stop();
    idle.journal.append(...rowsOf(1));
    idle.feed.wake();

    const away = startFeed({});
    await expect.poll(() => away.statuses.length).toBe(1);
    away.store.failure = new Error("away");
    away.journal.append(...rowsOf(1));
    away.feed.wake();
    await expect.poll(() => away.delays.waits.length).toBe(1);
    await away.feed.stop();
    away.store.failure = null;

    const busy = startFeed({ maxRows: 1 });
    busy.journal.append(...rowsOf(5));
    const stops: Promise<void>[] = [];
    busy.store.meanwhile = () => void stops.push(busy.feed.stop());
    await expect.poll(() => stops.length).toBe(1);
    await Promise.all(stops);

    expect([idle.store.stored.length, away.store.stored.length, busy.store.stored.length]).toEqual([0, 0, 1]);
  });
});

/** A feed over a journal of its own; each delay passes at once and turns the clock, and each write takes 20 ms of it. */
function startPacedFeed(catchUpRows: number) {
  const journal = createJournal();
  const store = createStore();
  const clock = { now: 0 };
  const writes: { readonly at: number; readonly rows: number }[] = [];
  const feed = createFeed({
    historian: {
      cursor: store.cursor,
      write: async (rows, cursor) => {
        clock.now += 20;
        await store.write(rows, cursor);
        writes.push({ at: clock.now, rows: rows.count });
      },
    },
    read: (cursor, maxRows) => journal.read(cursor, maxRows),
    onStatus: () => undefined,
    now: () => clock.now,
    delay: async (ms) => void (clock.now += ms),
    maxRows: 1000,
    catchUpRows,
  });
  feeds.push(feed);
  return { feed, journal, store, clock, writes };
}

describe("the feed while it catches up", () => {
  it("carries so many rows a second and no more, in their order, each once", async () => {
    const { feed, journal, store, writes } = startPacedFeed(10_000);
    journal.append(...rowsOf(60_000));
    feed.wake();
    await expect.poll(() => store.stored.length).toBe(60_000);
    expect(store.stored).toEqual(rowsOf(60_000));
    for (const { at } of writes) {
      const within = writes.filter((one) => one.at > at - 1000 && one.at <= at);
      // A window of a second holds the batch that it begins in the middle of, and no more than that.
      expect(within.reduce((sum, { rows }) => sum + rows, 0)).toBeLessThanOrEqual(11_000);
    }
    // It is the bound that takes the time, not the writes: 59 batches of 1,000 rows at 10,000 a second, and the last.
    expect(writes.at(-1)?.at).toBeGreaterThanOrEqual(5900);
    expect(writes.at(-1)?.at).toBeLessThan(6100);
  });

  it("does not rest once it has caught up", async () => {
    const { feed, journal, store, clock } = startPacedFeed(1);
    for (let sent = 0; sent < 5; sent += 1) {
      journal.append(...rowsOf(10, sent * 10));
      feed.wake();
      await expect.poll(() => store.stored.length).toBe(sent * 10 + 10);
    }
    expect(clock.now).toBe(100);
  });

  it("is not kept behind by its own bound: where more comes than it may carry, the bound gives way", async () => {
    const { feed, journal, store, clock } = startPacedFeed(1000);
    const read = journal.read;
    let come = 5000;
    journal.append(...rowsOf(come));
    journal.read = async (cursor, maxRows) => {
      // Two rows come in with every millisecond, twice what the bound lets pass.
      const due = 5000 + 2 * clock.now;
      journal.append(...rowsOf(due - come, come));
      come = due;
      const batch = await read(cursor, maxRows);
      return { ...batch, waitingBytes: come * 10 - batch.cursor };
    };
    feed.wake();
    await expect.poll(() => come > 20_000 && store.at === come * 10, { timeout: 10_000 }).toBe(true);
    expect(clock.now).toBeLessThan(60_000);
  });

  it("knows since when the oldest row waits, and that none does", async () => {
    const { feed, journal, store, delays } = startFeed({ maxRows: 2 });
    store.failure = new Error("away");
    journal.append(...rowsOf(3));
    await expect.poll(() => delays.waits.length).toBe(1);
    expect(feed.behindSince()).toBe(start + 40);
    store.failure = null;
    await delays.pass();
    await expect.poll(() => store.stored.length).toBe(3);
    await expect.poll(() => feed.behindSince()).toBe(null);
    store.failure = new Error("away");
    journal.append(...rowsOf(1, 3));
    feed.wake();
    await expect.poll(() => feed.behindSince()).toBe(start + 43);
  });

  it("leaves a store alone for as long as it asks, up to five minutes", async () => {
    const { feed, journal, store, delays } = startFeed({});
    const busy = Object.assign(new Error("it asks us to send less (429)"), { retryAfterMs: 42_000 });
    await expect.poll(() => store.at).toBe(0);
    store.failure = new Error("write to InfluxDB", { cause: busy });
    journal.append(...rowsOf(1));
    feed.wake();
    await expect.poll(() => delays.waits.length).toBe(1);
    busy.retryAfterMs = 3_600_000;
    await delays.pass();
    await expect.poll(() => delays.waits.length).toBe(2);
    busy.retryAfterMs = 0;
    await delays.pass();
    await expect.poll(() => delays.waits.length).toBe(3);
    expect(delays.waits).toEqual([42_000, 300_000, 3000]);
  });
});

describe("the feed while a real InfluxDB goes away and comes back", () => {
  let server: TestServer;
  let directory: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "historian-"));
    server = await startInflux();
  });

  afterAll(async () => {
    await server?.remove();
    await rm(directory, { recursive: true, force: true });
  });

  it.each(["SIGTERM", "SIGKILL"] as const)("misses nothing (%s)", async (signal) => {
    const options = {
      url: server.url,
      version: "1",
      database: signal.toLowerCase(),
      cursorFile: join(directory, `${signal}.json`),
    } as const;
    const historian = createInfluxHistorian(options);
    const { feed, journal, delays, statuses } = startFeed({ store: historian, maxRows: 500 });
    const isCaughtUpTo = async (rows: number): Promise<void> => {
      feed.wake();
      await expect.poll(() => historian.cursor(), { timeout: 20_000 }).toBe(rows * 10);
    };
    journal.append(...rowsOf(2000));
    await isCaughtUpTo(2000);

    await server.stop(signal);
    journal.append(...rowsOf(3000, 2000));
    feed.wake();
    await expect.poll(() => statuses.at(-1)?.state).toBe("down");
    await delays.pass();
    await expect.poll(() => delays.waits.length).toBe(2);
    expect(statuses.at(-1)?.reason).toContain("ECONNREFUSED");
    journal.append(...rowsOf(1000, 5000));

    await server.start();
    await delays.pass();
    await isCaughtUpTo(6000);
    expect(statuses.at(-1)?.state).toBe("up");
    const query = { point: "hc-01/LT-101", from: start, to: start + 6000, buckets: 100 };
    expect((await historian.history(query)).buckets).toEqual(expectedBuckets(rowsOf(6000), query));
    // Every row is there, in its order, and none twice: the store itself is asked, row by row.
    const asked = await fetch(`${server.url}/query?db=${signal.toLowerCase()}&epoch=ms&chunked=false`, {
      method: "POST",
      body: new URLSearchParams({ q: 'SELECT "value" FROM "sample"' }),
    });
    const { results } = (await asked.json()) as { results: { series: { values: [number, number][] }[] }[] };
    const stored = results[0]?.series[0]?.values ?? [];
    expect(stored).toEqual(rowsOf(6000).map(({ sourceAt, value }) => [sourceAt, value]));
    await feed.stop();
    await historian.close();
  });
});
