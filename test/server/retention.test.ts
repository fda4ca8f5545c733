// Retention: messages go after their time, segment by segment; alarms, acts and audit stay, and verify can tell what is still true.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditEntry } from "../../contract/audit.ts";
import { topicOf } from "../../contract/topics.ts";
import { openRecordKey } from "../../server/adapters/journal/record-key.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { listKept, readAll, readKept, writeKept } from "../../server/adapters/journal/kept.ts";
import { listSegments } from "../../server/adapters/journal/read.ts";
import { condense } from "../../server/app/condense.ts";
import type * as RetentionRoom from "../../server/app/retention.ts";
import { isDue, keepRetention, type RetentionKeeper, type RetentionOptions } from "../../server/app/retention.ts";
import { findJudged, findSteps } from "../../server/evidence/find.ts";
import { runJournal } from "../../server/commands.ts";
import { runBackup, runRestore } from "../../server/commands/backup.ts";
import { runVerify } from "../../server/commands/verify.ts";
import { runBacktest } from "../../server/commands/backtest.ts";
import { runKpi } from "../../server/commands/kpi.ts";
import { planOfRecord } from "../../server/commands/plan-of-record.ts";
import { createLog } from "../../server/log.ts";
import { createLoop, type Loop } from "../../server/loop.ts";
import { packState } from "../../server/monitor/pack.ts";
import { restore, type Restored } from "../../server/restore.ts";
import { hour, limit, minute, planOf, point, rule, version } from "../support/plant.ts";
import { newFolder } from "../support/server.ts";

// The built program: the thread starts from its compiled file.
const built = (room: string): string => join(import.meta.dirname, "../../dist/server", room);
const day = 24 * hour;
const start = Date.UTC(2026, 0, 1);
const log = createLog("silent");
const plan = planOf([point("p0", { rules: [rule("high", { red: limit(90, { deadband: 2 }) })] }), point("p1")]);
const where = { tier: "county", person: { name: "lin", role: "dutyOfficer", tier: "county" } } as const;

let folder: ReturnType<typeof newFolder>;
let dir: string;
let open: Restored[];
let keepers: RetentionKeeper[];

beforeEach(() => {
  folder = newFolder();
  dir = join(folder.path, "journal");
  open = [];
  keepers = [];
});

afterEach(async () => {
  for (const keeper of keepers) await keeper.stop();
  for (const { journal } of open) journal.close();
  folder.remove();
});

/** A server without its doors: what is sent is judged and written at once, at the hour of its own clock. */
function createHouse() {
  const restored = restore({
    dataDir: folder.path,
    journalDir: dir,
    segmentBytes: 30_000,
    syncMs: 10_000,
    decode: decodeNative,
    log,
  });
  open.push(restored);
  const { monitor, journal } = restored;
  const clock = { now: Math.max(start, monitor.state().now) };
  const loop: Loop = createLoop({
    monitor,
    journal,
    listener: { changed: () => {}, touched: () => {}, replanned: () => {}, turned: () => {} },
    decode: decodeNative,
    digest: () => "",
    now: () => clock.now,
    alive: () => 0,
    soon: () => {},
    later: () => {},
    number: monitor.state().number,
    seq: monitor.state().seq,
    log,
  });
  const send = (value: number): void => {
    clock.now += 10_000;
    const values = { p0: value, p1: (clock.now / 10_000) % 7 };
    void loop.offer(topicOf("s1", "d1", "telemetry"), Buffer.from(JSON.stringify({ ts: clock.now, values })));
    loop.drain();
  };
  /** Half an hour: calm but for a hump that raises, is acknowledged, and returns. */
  const halfHour = (): void => {
    for (let nth = 0; nth < 180; nth += 1) {
      send(nth >= 60 && nth < 90 ? 95 : 10);
      if (nth !== 80) continue;
      const id = "s1/p0~limit~high";
      const { occurrence, revision } = monitor.standing().alarms.find((one) => one.id === id) ?? {
        occurrence: 0,
        revision: 0,
      };
      const request = { commandId: `ack-${clock.now}`, alarm: id, occurrence, revision };
      void loop.command({ act: "acknowledge", person: where.person, request });
      loop.drain();
    }
  };
  if (monitor.state().number === 0) {
    loop.plan(plan, "test", "test");
    loop.neighbour("server", "up", "test");
    loop.drain();
  }
  const keep = (changes: Partial<RetentionOptions> = {}): RetentionKeeper => {
    const keeper = keepRetention({
      dataDir: folder.path,
      journal: { ...journal, synced: () => journal.position() },
      keepDays: 400,
      historian: () => journal.position(),
      checkpoint: () => journal.position(),
      late: () => null,
      audit: (entry) => {
        const written = loop.audit(entry);
        loop.drain();
        journal.sync();
        return written;
      },
      run: (work) => condense(work, decodeNative, log),
      now: () => clock.now,
      log,
      ...changes,
    });
    keepers.push(keeper);
    return keeper;
  };
  /** Condenses all that may be, a segment at a time. */
  const condenseAll = async (keeper: RetentionKeeper, days = 400): Promise<void> => {
    while (keeper.wouldCondense(days)) {
      await keeper.look(days, "older than 400 days");
      expect(keeper.status().blocked).toBeNull();
    }
  };
  return { ...restored, loop, clock, send, halfHour, keep, condenseAll };
}

/** Three hours of a winter's day, and the same day more than a year later. */
function createOldHouse(): ReturnType<typeof createHouse> {
  const house = createHouse();
  for (let nth = 0; nth < 6; nth += 1) house.halfHour();
  // Switched off meanwhile, or every silence would ask again for a year.
  house.loop.neighbour("server", "down", "test");
  house.loop.drain();
  house.clock.now += 410 * day;
  house.loop.neighbour("server", "up", "test");
  house.loop.drain();
  house.halfHour();
  return house;
}

function said(command: (output: { out: (line: string) => void; say: (line: string) => void }) => number) {
  const lines: string[] = [];
  const add = (line: string): void => void lines.push(line);
  const code = command({ out: add, say: add });
  return { code, lines };
}
const verify = (): ReturnType<typeof said> => said((output) => runVerify(folder.path, {}, output));
const kpi = (): ReturnType<typeof said> => said((output) => runKpi(folder.path, {}, output));

/** All but the messages and the acts of condensing. */
function lasting(): readonly string[] {
  return [...readAll(dir)].flatMap(({ record }) => {
    if (record.type === "input" && record.input.kind === "message") return [];
    if (record.type === "input" && record.input.kind === "audit") return [];
    return record.type === "end" ? [] : [JSON.stringify(record)];
  });
}

function audits(): readonly AuditEntry[] {
  return [...readAll(dir)].flatMap(({ record }) =>
    record.type === "input" && record.input.kind === "audit" ? [record.input.entry] : [],
  );
}

describe("a segment whose time has come", () => {
  it("loses its messages and nothing else: alarms, acts and figures stay, and verify finds nothing missing", async () => {
    const house = createOldHouse();
    const before = { records: lasting(), kpi: kpi().lines, segments: listSegments(dir).length };
    expect(before.segments).toBeGreaterThan(3);
    expect(before.records.filter((line) => line.includes("acknowledged")).length).toBeGreaterThanOrEqual(6);
    await house.condenseAll(house.keep());
    expect(listSegments(dir).length).toBeLessThan(before.segments);
    expect(listKept(dir).length).toBeGreaterThan(2);
    expect(lasting()).toEqual(before.records);
    expect(kpi().lines).toEqual(before.kpi);
    expect([...readKept(dir)].some(({ record }) => record.type === "input" && record.input.kind === "message")).toBe(
      false,
    );
    const { code, lines } = verify();
    expect(lines.at(-1)).toMatch(/: 0 missing, 0 extra$/u);
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^condensed: \d+ segment\(s\), 2026-01-01 to 2026-01-01: .* messages were removed$/u);
    expect(lines[1]).toContain("the others cover removed messages");
  });

  it("is told of in the journal before it goes: hashes, counts, and why", async () => {
    const house = createOldHouse();
    const whole = readFileSync(listSegments(dir)[0]?.file ?? "");
    await house.condenseAll(house.keep());
    const entries = audits();
    const kept = listKept(dir);
    expect(entries.map(({ id }) => id)).toEqual(kept.map(({ manifest }) => `journal.condense/${manifest.start}`));
    expect(entries[0]).toMatchObject({
      by: null,
      act: "journal.condense",
      target: "0000000000000000.log",
      before: { bytes: whole.length, sha256: kept[0]?.manifest.sha256, messages: kept[0]?.manifest.messages },
      after: { file: "kept-0000000000000000.log", bytes: readFileSync(kept[0]?.file ?? "").length },
      reason: "older than 400 days",
    });
    expect(kept[0]?.manifest.messages).toBeGreaterThan(50);
  });

  it("leaves the next start where it was: with the checkpoints, and without them from the anchor", async () => {
    const house = createOldHouse();
    await house.condenseAll(house.keep());
    const stood = JSON.stringify(house.monitor.standing());
    const packed = packState(house.monitor.state()).rest.state;
    house.journal.close();
    open = [];
    const again = createHouse();
    expect(again.differences).toBe(0);
    expect(JSON.stringify(again.monitor.standing())).toBe(stood);
    expect(packState(again.monitor.state()).rest.state.alarms).toEqual(packed.alarms);
    expect(planOfRecord(folder.path)).toEqual(plan);
    again.halfHour();
    expect(verify().code).toBe(0);
  });

  it("does not start from the middle of a journal with neither checkpoint nor anchor", async () => {
    const house = createOldHouse();
    await house.condenseAll(house.keep());
    house.journal.close();
    open = [];
    rmSync(join(folder.path, "anchors"), { recursive: true });
    expect(() => createHouse()).toThrow(/neither a checkpoint nor an anchor/u);
    const { code, lines } = verify();
    expect(code).not.toBe(0);
    expect(lines.join("\n")).toMatch(/no anchor leads to position \d+: what follows cannot be judged anew/u);
  });

  it("is printed by `journal` with its segment in the place of its own position", async () => {
    const house = createOldHouse();
    const numbers = (): readonly unknown[] =>
      said((output) => runJournal(folder.path, output)).lines.map(
        (line) => JSON.parse(line) as Record<string, unknown>,
      );
    await house.condenseAll(house.keep());
    const [first] = numbers();
    expect(first).toMatchObject({ kept: 0, type: "input", input: { kind: "plan" } });
    expect(first).not.toHaveProperty("position");
  });

  it("is no longer there for a back-test, which says so", async () => {
    const house = createOldHouse();
    await house.condenseAll(house.keep());
    const file = join(folder.path, "change.json");
    const levels = version(2, start, { red: limit(80, { deadband: 2 }) });
    const change = {
      source: "s1/p0",
      rule: "limit",
      direction: "high",
      version: levels,
      author: "lin",
      reason: "lower",
    };
    writeFileSync(file, JSON.stringify(change));
    const gone = said((output) =>
      runBacktest(folder.path, file, { from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:20:00Z" }, output),
    );
    expect(gone.code).not.toBe(0);
    expect(gone.lines.join("\n")).toMatch(
      /no messages of this period any more: they were condensed, and begin at 2026/u,
    );
    const rest = said((output) => runBacktest(folder.path, file, {}, output));
    expect(rest.lines[0]).toMatch(/^messages from before .* were condensed: what is judged begins there$/u);
    expect(rest.code).toBe(0);
  });
});

it("is condensed in a thread of its own, with the same outcome; one that is stopped rejects", async () => {
  const house = createOldHouse();
  const { condenseInThread } = (await import(built("app/retention.js"))) as typeof RetentionRoom;
  const [first, next] = listSegments(dir);
  if (first === undefined || next === undefined) throw new Error("one segment only");
  const work = { dataDir: folder.path, journalDir: dir, segment: first, end: next.start, lateFrom: house.clock.now };
  const inThread = await condenseInThread(work, new AbortController().signal);
  expect(inThread).toMatchObject({ ok: true });
  expect(inThread).toEqual(await condense(work, decodeNative, log));
  const stopping = new AbortController();
  const stopped = condenseInThread(work, stopping.signal);
  stopping.abort();
  await expect(stopped).rejects.toThrow("the thread ended");
});

describe("a crash", () => {
  it("after what is kept was written leaves the segment whole, and the next start finishes", async () => {
    const house = createOldHouse();
    const before = listSegments(dir).length;
    const torn = house.keep({
      run: async (work) => {
        await condense(work, decodeNative, log);
        throw new Error("killed");
      },
    });
    await torn.look(400, "older than 400 days");
    expect(torn.status().blocked).toBe("killed");
    expect(listSegments(dir).length).toBe(before);
    expect(readdirSync(dir)).toContain("kept-0000000000000000.log");
    expect(listKept(dir)).toEqual([]);
    expect(verify().lines.at(-1)).toMatch(/: 0 missing, 0 extra$/u);
    expect(audits()).toEqual([]);
    await house.condenseAll(house.keep());
    expect(audits()).toHaveLength(listKept(dir).length);
    expect(verify().code).toBe(0);
  });

  it("after the act was written leaves both, whatever the age that is asked for then, and it is finished once", async () => {
    const house = createOldHouse();
    const before = listSegments(dir).length;
    const cut = house.keep({
      journal: { ...house.journal, synced: house.journal.position, whenSynced: () => new Promise(() => {}) },
    });
    void cut.look(400, "older than 400 days");
    await expect.poll(() => audits().length).toBe(1);
    expect(listSegments(dir).length).toBeGreaterThanOrEqual(before);
    expect(verify().code).toBe(0);
    keepers = [];
    const again = house.keep();
    await again.look(100_000, "older than 400 days");
    expect(listSegments(dir)[0]?.start).toBeGreaterThan(0);
    // Done again it is the same act, under the same name and with the same hashes.
    const [one, two] = audits();
    expect({ ...two, at: 0 }).toEqual({ ...one, at: 0 });
    expect(verify().code).toBe(0);
  });

  it("or a full disk that lets no act be written leaves the segment whole", async () => {
    const house = createOldHouse();
    const before = listSegments(dir).length;
    let asked = 0;
    const keeper = house.keep({ audit: async () => ((asked += 1), false) });
    await keeper.look(400, "older than 400 days");
    expect(asked).toBe(1);
    expect(listSegments(dir).length).toBe(before);
  });
});

describe("what verify tells of a condensed segment", () => {
  it.each([
    [
      "a byte that was changed",
      (file: string): void => {
        const bytes = readFileSync(file);
        bytes[bytes.length - 20] = (bytes[bytes.length - 20] ?? 0) ^ 1;
        writeFileSync(file, bytes);
      },
      /a wrong checksum/u,
    ],
    [
      "a file that was cut short",
      (file: string): void => writeFileSync(file, readFileSync(file).subarray(0, -3)),
      /cut short/u,
    ],
    ["a file that is gone", (file: string): void => rmSync(file), /lacks what lies before|begins at position/u],
    [
      "another file with checksums that hold",
      (file: string): void => {
        const [segment] = listKept(dir);
        if (segment === undefined) throw new Error("nothing was condensed");
        // Nobody who can write the file can write the act in the chain as well.
        rmSync(file);
        writeKept(dir, { ...segment.manifest, to: segment.manifest.to + 1, messages: segment.manifest.messages });
      },
      /is not the file that the journal tells of|numbers are missing/u,
    ],
  ])("names %s", async (_, spoil, words) => {
    const house = createOldHouse();
    await house.condenseAll(house.keep());
    spoil(listKept(dir)[0]?.file ?? "");
    const { code, lines } = verify();
    expect(code).not.toBe(0);
    expect(lines.join("\n")).toMatch(words);
  });
});

describe("a segment stays whole", () => {
  const needs = { now: 1000 * day, keepMs: 400 * day, historian: 500, checkpoint: 500, synced: 500 };
  it.each([
    ["nothing needs it: it goes", 500, 600 * day, {}, true],
    ["it is too young", 500, 600 * day + 1, {}, false],
    ["messages are kept for ever", 500, 0, { keepMs: Infinity }, false],
    ["the historian has not stored all of it", 501, 0, { checkpoint: 501, synced: 501 }, false],
    ["the historian has not said how far it is", 500, 0, { historian: null }, false],
    ["a start may still read it", 500, 0, { checkpoint: 499 }, false],
    ["there is no checkpoint", 500, 0, { checkpoint: null }, false],
    ["what follows is not on the disk yet", 500, 0, { synced: 499 }, false],
  ] as const)("unless %s", (_, end, to, changes, isGone) => {
    expect(isDue(end, to, { ...needs, ...changes })).toBe(isGone);
  });

  it("for ever, with 0 days", () => {
    expect(createOldHouse().keep().wouldCondense(0)).toBe(false);
  });

  it("while late samples may be judged in order with it, and says so", async () => {
    const house = createOldHouse();
    const keeper = house.keep({ late: () => start + minute });
    await keeper.look(400, "older than 400 days");
    expect(keeper.status().blocked).toBe("0000000000000000.log: late samples may still be judged with it");
    expect(keeper.wouldCondense(400)).toBe(false);
    expect(listKept(dir)).toEqual([]);
  });

  it("where it does not come out as it was recorded, and says so", async () => {
    const house = createOldHouse();
    const file = listSegments(dir)[0]?.file ?? "";
    const bytes = readFileSync(file);
    const place = bytes.indexOf('"p0":95');
    bytes.write('"p0":11', place);
    writeFileSync(file, bytes);
    const keeper = house.keep();
    await keeper.look(400, "older than 400 days");
    expect(keeper.status().blocked).toMatch(/a wrong checksum/u);
    expect(readFileSync(file)).toEqual(bytes);
  });

  it("as the last one, however old", async () => {
    const house = createOldHouse();
    const keeper = house.keep({ now: () => house.clock.now + 4000 * day });
    await house.condenseAll(keeper);
    expect(listSegments(dir)).toHaveLength(1);
    expect(keeper.status()).toMatchObject({ keepDays: 400, condensed: listKept(dir).length, blocked: null });
  });
});

describe("damage in an old segment", () => {
  it("is told as what keeps the journal whole, and ends nobody's process", async () => {
    const house = createOldHouse();
    const second = listSegments(dir)[1];
    if (second === undefined) throw new Error("one segment only");
    const bytes = readFileSync(second.file);
    bytes[20] = (bytes[20] ?? 0) ^ 0xff;
    writeFileSync(second.file, bytes);
    const keeper = house.keep();
    expect(keeper.wouldCondense(400)).toBe(false);
    await keeper.look(400, "older than 400 days");
    expect(keeper.status()).toMatchObject({ condensed: 0, messagesFrom: start });
    expect(keeper.status().blocked).toContain(`${second.file}: at position ${second.start}`);
  });
});

it("leaves evidence the plan that an alarm was judged by, though that was entered before the first message that is left", async () => {
  const house = createOldHouse();
  await house.condenseAll(house.keep());
  const steps = findSteps(dir, "s1/p0~limit~high", null);
  expect(steps.length).toBeGreaterThan(0);
  expect(findJudged(dir, steps).plan).toEqual(plan);
});

describe("a backup", () => {
  it("has what was condensed before it and since the last one, and a server starts from it without a checkpoint", async () => {
    const house = createOldHouse();
    const [to, data] = [join(folder.path, "copy"), join(folder.path, "again")];
    openRecordKey(folder.path);
    const backUp = (): number => said((output) => runBackup(folder.path, to, { version: "0", now: 1 }, output)).code;
    expect(backUp()).toBe(0);
    await house.condenseAll(house.keep());
    house.journal.sync();
    expect(backUp()).toBe(0);
    const whole = lasting();
    expect(said((output) => runRestore(to, data, output))).toMatchObject({ code: 0 });
    dir = join(data, "journal");
    expect(lasting()).toEqual(whole);
    const checked = said((output) => runVerify(data, {}, output));
    expect(checked.lines.at(-1)).toMatch(/: 0 missing, 0 extra$/u);
    expect(checked.code).toBe(0);
    const again = restore({
      dataDir: data,
      journalDir: dir,
      segmentBytes: 30_000,
      syncMs: 10_000,
      decode: decodeNative,
      log,
    });
    open.push(again);
    expect(again.differences).toBe(0);
    expect(again.monitor.standing()).toEqual(house.monitor.standing());
  });
});
