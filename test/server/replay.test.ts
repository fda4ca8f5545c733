// Replay and verify: the same monitor over what was recorded, and over lines that somebody brings.
import { deserialize, serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import type { Command } from "../../contract/input.ts";
import type { JournalRecord } from "../../contract/journal.ts";
import type { Person } from "../../contract/wall.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { createMonitor, type Standing } from "../../server/monitor.ts";
import { packState, unpackState, type PackedState } from "../../server/monitor/pack.ts";
import { createReplay, leadThrough, verifyRecords, type Difference } from "../../server/replay.ts";
import { wholeOf } from "../support/packed.ts";
import { hour, limit, minute, planOf, point, rule } from "../support/plant.ts";
import { at, createRoom, epoch } from "../support/room.ts";
import { createStand } from "../support/stand.ts";

const plan = planOf([point("p", { rules: [rule("high", { blue: limit(50), red: limit(90) })] })]);
const topic = "skyground/v1/s1/d1/telemetry";

/** A run of a loop with alarms, an answer, a silence and a refusal, as its journal has it. */
async function recordedRun(): Promise<JournalRecord[]> {
  const stand = createStand(plan);
  for (const value of [10, 60, 95, 60, 10]) {
    stand.pass(1);
    await Promise.all([stand.offer("p", value), Promise.resolve(stand.turn())]);
  }
  await Promise.all([stand.acknowledge("county", "s1/p~limit~high", 2, "command-1"), Promise.resolve(stand.turn())]);
  await Promise.all([stand.loop.offer(topic, Buffer.from("nonsense")), Promise.resolve(stand.turn())]);
  stand.pass(60);
  stand.loop.tick();
  stand.turn();
  return [...stand.journal.records];
}

/** A run of everything that is around an alarm: an incident led on, a shift handed over, walls and what they paint, the path. */
async function peopledRun(): Promise<{ readonly records: JournalRecord[]; readonly standing: Standing }> {
  const stand = createStand(plan);
  const { loop, monitor } = stand;
  const person: Person = { name: "lin", role: "dutyOfficer", tier: "county" };
  let nth = 0;
  const act = async (command: object): Promise<void> => {
    nth += 1;
    const { request, ...rest } = command as { readonly request: object };
    const id = monitor.standing().incidents.find(({ site }) => site !== null)?.id;
    const sent = { person, ...rest, request: { commandId: `command-${nth}`, incident: id, ...request } };
    const reply = loop.command(sent as unknown as Command);
    stand.turn();
    expect(await reply).toMatchObject({ ok: true });
    stand.pass(1);
  };
  const wall = { id: "hall", name: "Hall", isOnDuty: true, isLast: true, since: epoch, audio: "running" } as const;
  loop.wall({ ...wall, state: "silent" });
  await Promise.all([stand.offer("p", 95), Promise.resolve(stand.turn())]);
  await Promise.all([stand.acknowledge("county", "s1/p~limit~high", 1, "command-0"), Promise.resolve(stand.turn())]);
  await act({ act: "verify", request: { revision: 2, verdict: "trueAlarm", note: "seen" } });
  await act({ act: "note", request: { text: "water is at the mark" } });
  const painted = [{ alarm: "s1/p~limit~high", occurrence: 1, revision: 1, paintedAt: epoch + 20 }];
  void loop.receipt({ wall: "hall", painted });
  loop.wall({ ...wall, state: "up" });
  for (const name of ["walls", "latency", "canary"] as const) {
    loop.neighbour(name, "down", name, { hop: "pushed painted" });
    stand.turn();
    loop.neighbour(name, "up", "again");
  }
  stand.turn();
  const handover = { act: "handover", person, request: { commandId: "command-handover", tier: "county", note: "all" } };
  void loop.command(handover as unknown as Command);
  stand.turn();
  await Promise.all([stand.offer("p", 10), Promise.resolve(stand.turn())]);
  return { records: [...stand.journal.records], standing: monitor.standing() };
}

function verify(records: readonly JournalRecord[]): Difference {
  return verifyRecords(createMonitor(), records, decodeNative);
}

/** The place of the first transition to this level. */
function placeOf(records: readonly JournalRecord[], level: string): number {
  return records.findIndex(
    (record) => record.type === "change" && record.change.type === "alarm" && record.change.transition.level === level,
  );
}

describe("verify", () => {
  it("says 0 missing and 0 extra of a recorded run", async () => {
    const records = await recordedRun();
    const found = verify(records);
    expect(found).toMatchObject({ missing: 0, extra: 0, examples: [] });
    expect(found.inputs).toBe(records.filter(({ type }) => type === "input").length);
    expect(found.changes).toBe(records.filter(({ type }) => type === "change").length);
    expect(found.transitions).toBeGreaterThan(4);
  });

  it("says so of work on incidents, shifts, walls, their receipts and what proves the path", async () => {
    const { records } = await peopledRun();
    const kinds = records.flatMap((record) => (record.type === "input" ? [record.input.kind] : []));
    expect(kinds).toEqual(expect.arrayContaining(["wall", "receipt", "command", "neighbour"]));
    expect(verify(records)).toMatchObject({ missing: 0, extra: 0, examples: [] });
  });

  it("names a change that was tampered with, in any field that counts", async () => {
    const records = await recordedRun();
    const place = placeOf(records, "red");
    const forged = records.map((record, nth) => {
      if (nth !== place || record.type !== "change" || record.change.type !== "alarm") return record;
      return {
        ...record,
        change: { ...record.change, transition: { ...record.change.transition, level: "blue" as const } },
      };
    });
    const found = verify(forged);
    expect(found).toMatchObject({ missing: 1, extra: 1 });
    expect(
      found.examples.map(({ kind, change }) => [kind, change.type === "alarm" ? change.transition.level : ""]),
    ).toEqual([
      ["missing", "red"],
      ["extra", "blue"],
    ]);
  });

  it("names what was altered of an incident: who received it", async () => {
    const records = await recordedRun();
    const told = records.flatMap((record) => {
      if (record.type !== "change" || record.change.type !== "incident") return [];
      return [record.change];
    });
    expect(told.map(({ entry }) => entry.kind)).toEqual(["opened", "received"]);
    const forged = records.map((record) => {
      if (record.type !== "change" || record.change.type !== "incident") return record;
      const { entry } = record.change;
      const actor = { ...entry.actor, id: entry.kind === "received" ? "nobody" : entry.actor.id };
      return { ...record, change: { ...record.change, entry: { ...entry, actor } } };
    });
    expect(verify(forged)).toMatchObject({ missing: 1, extra: 1 });
  });

  it("names a change that was taken away, and one that was put in", async () => {
    const records = await recordedRun();
    const place = placeOf(records, "red");
    expect(verify(records.filter((_, nth) => nth !== place))).toMatchObject({ missing: 1, extra: 0 });
    const copy = records[place] as Extract<JournalRecord, { type: "change" }>;
    const forged = {
      type: "change",
      change: {
        ...copy.change,
        ...(copy.change.type === "alarm" ? { transition: { ...copy.change.transition, seq: 9999 } } : {}),
      },
    } as JournalRecord;
    expect(verify(records.toSpliced(place, 0, forged))).toMatchObject({ missing: 0, extra: 1 });
  });

  it("names what an input that was tampered with would have made", async () => {
    const records = await recordedRun();
    const forged = records.map((record) => {
      if (record.type !== "input" || record.input.kind !== "message") return record;
      const payload = Buffer.from(Buffer.from(record.input.payload).toString().replace(":95}", ":45}"));
      return { type: "input" as const, input: { ...record.input, payload } };
    });
    expect(verify(forged).missing + verify(forged).extra).toBeGreaterThan(0);
  });

  it("leaves alone inputs whose turn was never ended: their changes were told to nobody", async () => {
    const records = await recordedRun();
    const end = records.findLastIndex(({ type }) => type === "end");
    expect(verify(records.slice(0, end))).toMatchObject({ missing: 0, extra: 0 });
    const turns = [...leadThrough(createMonitor(), records.slice(0, end), decodeNative)];
    expect(turns.at(-1)).toMatchObject({ isComplete: false });
    expect(turns.slice(0, -1).every(({ isComplete }) => isComplete)).toBe(true);
  });

  it("keeps a bounded number of examples", async () => {
    const records = await recordedRun();
    const bare = records.filter(({ type }) => type !== "change");
    const found = verify(bare);
    expect(found.missing).toBe(records.filter(({ type }) => type === "change").length);
    expect(found.examples.length).toBeLessThanOrEqual(20);
  });
});

describe("a replay", () => {
  const line = (seconds: number, value: number, receivedAt: number | null = null) => ({
    topic,
    payload: Buffer.from(JSON.stringify({ ts: at(seconds), values: { p: value } })),
    receivedAt,
  });

  it("makes the transitions that a live monitor makes of the same values", () => {
    const replay = createReplay(createMonitor(), plan, decodeNative);
    const room = createRoom(plan);
    const made: unknown[] = [];
    for (const [s, value] of [
      [0, 10],
      [10, 60],
      [20, 95],
      [70, 95],
      [80, 10],
    ] as const) {
      made.push(...replay.feed(line(s, value, at(s))));
      room.pass(s);
      room.value(s, "p", value);
    }
    const strip = (all: readonly unknown[]) =>
      all.map((one) => ({ ...(one as object), cause: 0, recordedAt: 0, seq: 0 }));
    expect(strip(made)).toEqual(strip(room.transitions()));
    expect(replay.summary()).toMatchObject({
      lines: 5,
      transitions: made.length,
      withoutReceivedAt: 0,
      from: epoch,
      to: at(80),
      refused: {},
    });
  });

  it("ticks at due instants only: a silence between two lines is found at its own time", () => {
    const replay = createReplay(createMonitor(), plan, decodeNative);
    replay.feed(line(0, 10, at(0)));
    const made = replay.feed(line(3600, 10, at(3600)));
    expect(made.map(({ at: when, level }) => [when, level])).toEqual([
      [at(30.001), "blue"],
      [at(3600), null],
    ]);
  });

  it("takes the newest time of a line without receivedAt, so that nothing lies in the future, and says so", () => {
    const replay = createReplay(createMonitor(), plan, decodeNative);
    const payload = Buffer.from(
      JSON.stringify([
        { ts: at(0), values: { p: 10 } },
        { ts: at(7200), values: { p: 95 } },
      ]),
    );
    const made = replay.feed({ topic, payload, receivedAt: null });
    expect(made.find(({ level }) => level === "red")).toMatchObject({ at: at(7200), recordedAt: at(7200) });
    expect(replay.summary()).toMatchObject({ withoutReceivedAt: 1, refused: {} });
  });

  it("never turns its clock back: an older line is found late, not judged in the past", () => {
    const late = planOf([point("p", { rules: plan.points[0]?.rules ?? [], silentAfterMs: 2 * hour })], {
      lateAfterMs: 10 * minute,
    });
    const replay = createReplay(createMonitor(), late, decodeNative);
    replay.feed({ topic: "skyground/v1/s1/d1/state", payload: Buffer.from('{"online":true}'), receivedAt: at(3600) });
    const made = replay.feed(line(0, 95));
    expect(made).toMatchObject([{ at: at(0), recordedAt: at(3600), foundLateMs: 3_600_000 }]);
    expect(replay.summary().to).toBe(at(3600));
  });

  it("refuses a line with neither time, and counts what was refused by its code", () => {
    const replay = createReplay(createMonitor(), plan, decodeNative);
    expect(replay.summary()).toMatchObject({ lines: 0, from: null, to: null });
    expect(replay.feed({ topic, payload: Buffer.from('{"values":{"p":1}}'), receivedAt: null })).toEqual([]);
    expect(
      replay.feed({ topic: "skyground/v1/s1/d1/state", payload: Buffer.from('{"online":true}'), receivedAt: null }),
    ).toEqual([]);
    expect(replay.feed({ topic: "elsewhere", payload: Buffer.from("{}"), receivedAt: at(0) })).toEqual([]);
    expect(replay.feed({ topic: "elsewhere", payload: Buffer.from("{}"), receivedAt: at(0) })).toEqual([]);
    replay.feed(line(0, 10));
    replay.feed(line(0, 11));
    expect(replay.summary()).toMatchObject({
      lines: 6,
      refused: { LINE_WITHOUT_TIME: 2, TOPIC_UNKNOWN: 2, SAMPLE_CONFLICT: 1 },
    });
  });
});

describe("a checkpoint after any turn", () => {
  it("leads to where the whole journal leads: incidents, shifts, walls and all", async () => {
    const { records, standing } = await peopledRun();
    expect(standing).toMatchObject({
      incidents: [{ site: null }, { step: "verified" }],
      handovers: [{ tier: "county", note: "all" }],
    });
    expect(standing.alarms.map(({ id }) => id)).toContain("wall:hall~screen");
    const ends = records.flatMap(({ type }, place) => (type === "end" ? [place + 1] : []));
    expect(ends.length).toBeGreaterThan(8);
    for (const end of ends) {
      const first = createMonitor();
      for (const _ of leadThrough(first, records.slice(0, end), decodeNative));
      const saved = deserialize(serialize(wholeOf(packState(first.state())))) as PackedState;
      const second = createMonitor(unpackState(saved));
      for (const _ of leadThrough(second, records.slice(end), decodeNative));
      expect(second.standing()).toEqual(standing);
    }
  });
});
