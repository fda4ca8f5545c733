// When checkpoints are taken: after ten seconds of work, and at once where the start had much to read.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { keepCheckpoints } from "../../server/app/checkpoints.ts";
import { createLog } from "../../server/log.ts";
import { emptyState } from "../../server/monitor/state.ts";
import type { Restored } from "../../server/restore.ts";

let saved = 0;
beforeEach(() => {
  saved = 0;
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server that has just read so many inputs and has heard nothing since. */
function keep(inputs: number): ReturnType<typeof keepCheckpoints> {
  const state = { ...emptyState(), number: 7 };
  const restored = {
    inputs,
    monitor: { state: () => state },
    journal: { mark: () => ({ upTo: 7, position: 0 }), whenSynced: async () => undefined, sync: () => undefined },
    checkpoints: {
      save: async () => {
        saved += 1;
      },
    },
  } as unknown as Restored;
  return keepCheckpoints(restored, createLog("silent"));
}

it("takes one within a second of a start that had much to read, and no second one of the same", async () => {
  const keeper = keep(20_001);
  await vi.advanceTimersByTimeAsync(1000);
  expect(saved).toBe(1);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(saved).toBe(1);
  await keeper.stop();
});

it("takes none while nothing new was heard, but one at the end", async () => {
  const keeper = keep(20_000);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(saved).toBe(0);
  await keeper.stop();
  expect(saved).toBe(1);
});
