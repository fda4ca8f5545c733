// When the head of the chain is signed: once a minute, behind a step of an alarm, at the stop, and never before it is on the disk.
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ChangeItem } from "../../contract/wall.ts";
import { headsFile, readHeads } from "../../server/adapters/journal/heads.ts";
import { openJournal, type Journal } from "../../server/adapters/journal/journal.ts";
import { fingerprintOfKey } from "../../server/adapters/journal/record-key.ts";
import { keepHeads, type HeadKeeper } from "../../server/app/heads.ts";
import { createLog } from "../../server/log.ts";
import { changeOf, messageOf } from "../support/journal-records.ts";
import { newFolder } from "../support/server.ts";

const minute = 60_000;
const log = createLog("silent");
const step = { type: "alarm" } as ChangeItem;

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let journal: Journal;
let heads: HeadKeeper;

beforeEach(() => {
  vi.useFakeTimers();
  folder = newFolder();
  dataDir = join(folder.path, "data");
  journal = openJournal({ dir: join(dataDir, "journal"), segmentBytes: 1 << 20, syncMs: 10 * minute, log });
  heads = keepHeads({ dataDir, journal, now: () => 7, log });
});

afterEach(() => {
  heads.stop();
  journal.close();
  vi.useRealTimers();
  folder.remove();
});

function addTurn(): void {
  const { upTo, seq } = journal.mark();
  journal.appendInputs([messageOf(upTo + 1)]);
  journal.appendTurn({ upTo: upTo + 1, seq: seq + 1, changes: [changeOf(seq + 1)], flags: [] });
}

/** Up to which input each signed head goes. */
function signed(): readonly number[] {
  return readHeads(join(dataDir, "journal", headsFile)).map((line) => (line.ok ? line.head.upTo : -1));
}

describe("the head of the chain", () => {
  it("is signed a minute after it was written, once it is on the disk", async () => {
    expect(heads.latest()).toBeNull();
    addTurn();
    await vi.advanceTimersByTimeAsync(minute);
    expect(signed()).toEqual([]);
    journal.sync();
    await vi.advanceTimersByTimeAsync(0);
    expect(signed()).toEqual([1]);
    expect(heads.latest()).toMatchObject({ ...journal.mark(), at: 7 });
    expect(fingerprintOfKey(heads.latest()?.key ?? "")).toBe(heads.fingerprint);
  });

  it("is signed at once behind a step of an alarm, and not behind anything else", () => {
    addTurn();
    journal.sync();
    heads.changed([changeOf(1)]);
    expect(signed()).toEqual([]);
    heads.changed([changeOf(1), step]);
    expect(signed()).toEqual([1]);
  });

  it("is signed once for each place, and for the last time at the stop", async () => {
    addTurn();
    journal.sync();
    heads.changed([step]);
    heads.changed([step]);
    await vi.advanceTimersByTimeAsync(3 * minute);
    expect(signed()).toEqual([1]);
    addTurn();
    heads.stop();
    expect(signed()).toEqual([1, 2]);
    heads = keepHeads({ dataDir, journal, now: () => 8, log });
    await vi.advanceTimersByTimeAsync(0);
    expect(heads.latest()).toMatchObject({ upTo: 2, at: 8 });
  });
});
