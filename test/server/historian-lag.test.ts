// How far the historian is behind: worth telling after ten seconds, with an estimate once it comes closer.
import { expect, it } from "vitest";
import { createLag } from "../../server/app/historian-lag.ts";
import type { Figures } from "../../server/historian-worker.ts";

function stand() {
  const clock = { now: 1_000_000 };
  const journal = { end: 0 };
  let figures: Figures | null = null;
  const lag = createLag({ figures: () => figures, position: () => journal.end, now: () => clock.now });
  /** Five seconds later the store tells where it stands. */
  const told = (cursor: number, behindSince: number | null, end = journal.end) => {
    clock.now += 5000;
    journal.end = end;
    figures = { cursor, behindSince };
    return lag.behind();
  };
  return { lag, told };
}

it("says nothing before the store has told where it stands, nor of a lag that nobody would see", () => {
  const { lag, told } = stand();
  expect(lag.behind()).toBeNull();
  expect(lag.behindMs()).toBe(0);
  expect(told(0, 995_000, 500)).toBeNull();
  expect(lag.behindMs()).toBe(10_000);
  expect(told(500, null)).toBeNull();
  expect(lag.behindMs()).toBe(0);
});

it("tells of the bytes and since when, and no hour while they do not become fewer", () => {
  const { told } = stand();
  expect(told(0, 990_000, 1000)).toEqual({ bytes: 1000, sinceAt: 990_000 });
  expect(told(0, 990_000, 2000)).toEqual({ bytes: 2000, sinceAt: 990_000 });
});

it("reckons from the last minute when it will have caught up, whatever comes in meanwhile", () => {
  const { told } = stand();
  told(0, 900_000, 100_000);
  // 8,000 bytes are stored and 3,000 come in, every 5 s: 1,000 fewer a second.
  expect(told(8000, 910_000, 103_000)).toEqual({ bytes: 95_000, sinceAt: 910_000, doneAt: 1_010_000 + 95_000 });
  for (let step = 2; step < 20; step += 1) told(step * 8000, 910_000, 100_000 + step * 3000);
  // A store that has stood still for a minute is not about to be done.
  for (let step = 0; step < 12; step += 1) told(152_000, 910_000);
  expect(told(152_000, 910_000)).not.toHaveProperty("doneAt");
});
