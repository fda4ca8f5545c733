// The way from memory into the files of the days: what a failure leaves done, how long others wait, what stays locked.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate as breathe } from "node:timers/promises";
import Database from "libsql";
import { afterEach, describe, expect, it } from "vitest";
import { openDays } from "../../../server/adapters/historian/embedded-days.ts";
import { createFlusher } from "../../../server/adapters/historian/embedded-flush.ts";
import { dayMs, type RecentRows } from "../../../server/adapters/historian/embedded-recent.ts";
import { createSeries } from "../../../server/adapters/historian/rows.ts";

const undo: (() => void)[] = [];

afterEach(() => {
  for (const step of undo.splice(0).toReversed()) step();
});

/** One row of each point, the point's number being its day. */
function rowsOf(points: readonly number[]): RecentRows {
  const times = Float64Array.from(points, (point) => point * dayMs);
  return {
    count: points.length,
    point: Uint32Array.from(points),
    sourceAt: times,
    receivedAt: times,
    value: times,
    quality: new Uint8Array(points.length),
  };
}

/** A flusher with room for three rows, whose days are only written down; a day in `broken` fails. */
function stand() {
  const committed: number[] = [];
  const forgotten: number[] = [];
  const broken = new Set<number>();
  const begin = (day: number) => {
    if (broken.has(day)) throw new Error(`day ${day} is locked`);
    return { put: () => undefined, commit: () => void committed.push(day), rollback: () => undefined };
  };
  const log = { forget: (upTo: number) => void forgotten.push(upTo) };
  const days = { begin, setAside: () => undefined };
  return { committed, forgotten, broken, flusher: createFlusher({ log, days, room: 3, turnMs: 0 }) };
}

describe("the flusher", () => {
  it("does not write again what was written before a later day failed", async () => {
    const { committed, forgotten, broken, flusher } = stand();
    flusher.take({ number: 1, rows: rowsOf([1, 2, 3]) });
    broken.add(2);
    await flusher.makeRoom(1);
    await flusher.settled();
    await expect(flusher.makeRoom(1)).rejects.toThrow("day 2 is locked");
    expect(committed).toEqual([1]);
    expect(forgotten).toEqual([]);
    broken.clear();
    await flusher.makeRoom(1);
    expect(committed).toEqual([1, 2, 3]);
    expect(forgotten).toEqual([1]);
    flusher.take({ number: 2, rows: rowsOf([1, 2, 3]) });
    await flusher.makeRoom(1);
    await flusher.settled();
    expect(committed).toEqual([1, 2, 3, 1, 2, 3]);
  });

  it("lets others be heard between two points of a day, whether they have rows of it or not", async () => {
    const { committed, flusher } = stand();
    flusher.take({ number: 1, rows: rowsOf([1, 2, 3]) });
    await flusher.makeRoom(1);
    let turns = 0;
    while (committed.length < 3) {
      await breathe();
      turns += 1;
    }
    // Three points in each of three days.
    expect(turns).toBeGreaterThanOrEqual(9);
  });
});

describe("a day's file", () => {
  it("is not left locked when a flush cannot begin", () => {
    const dir = mkdtempSync(join(tmpdir(), "days-"));
    undo.push(() => rmSync(dir, { recursive: true }));
    const days = openDays({ dir, onTrouble: () => undefined });
    undo.push(days.close);
    days.begin(1).commit(dayMs, dayMs);
    const other = new Database(join(dir, "1970-01-02.db"));
    undo.push(() => void other.close());
    other.exec("ALTER TABLE flush RENAME TO moved");
    expect(() => days.begin(1)).toThrow("no such table");
    // Refused while a transaction stands open.
    other.exec("ALTER TABLE moved RENAME TO flush");
    const flush = days.begin(1);
    expect(days.dropBefore(2)).toEqual([]);
    flush.rollback();
    expect(days.dropBefore(2)).toEqual([join(dir, "1970-01-02.db")]);
    days.read(1, 1, 0, Infinity, createSeries());
    expect(days.list()).toEqual([]);
  });
});
