// What the loop promises: written down before it is acknowledged, judged in order, told last, and nothing lost by a disk.
import { describe, expect, it } from "vitest";
import type { JournalRecord } from "../../contract/journal.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { createMonitor } from "../../server/monitor.ts";
import { verifyRecords } from "../../server/replay.ts";
import { hour, limit, planOf, point, rule, second } from "../support/plant.ts";
import { createStand, type Stand } from "../support/stand.ts";

const plan = planOf([
  point("p", { silentAfterMs: hour, rules: [rule("high", { blue: limit(50), red: limit(90) })] }),
  point("v", {
    silentAfterMs: hour,
    report: "onChange",
    rules: [rule("high", { red: limit(90, { onDelayMs: 10 * second }) })],
  }),
]);
const id = "s1/p~limit~high";

function numbersOf(records: readonly JournalRecord[]): readonly number[] {
  return records.flatMap((record) => (record.type === "input" ? [record.input.number] : []));
}

function kindsOf(stand: Stand): readonly string[] {
  return stand.journal.records.flatMap((record) => (record.type === "input" ? [record.input.kind] : []));
}

function expectNoHoles(stand: Stand): void {
  const numbers = numbersOf(stand.journal.records);
  expect(numbers).toEqual(numbers.map((_, place) => place + 1));
  const seqs = stand.journal.records.flatMap((record) => (record.type === "change" ? [record.change.seq] : []));
  expect(seqs).toEqual(seqs.map((_, place) => place + 1));
  let after = 0;
  for (const changes of stand.told) {
    expect([changes.after, changes.items.map(({ seq }) => seq)]).toEqual([
      after,
      changes.items.map((_, nth) => after + nth + 1),
    ]);
    after = changes.upTo;
  }
  expect(verifyRecords(createMonitor(), stand.journal.records, decodeNative)).toMatchObject({ missing: 0, extra: 0 });
}

describe("the loop", () => {
  it("acknowledges a message once it is written down, not before, and whatever the turn makes of it", async () => {
    const stand = createStand(plan);
    let isAcknowledged = false;
    const offered = stand.offer("p", 95).then((isWritten) => (isAcknowledged = isWritten));
    await Promise.resolve();
    expect(isAcknowledged).toBe(false);
    expect(stand.turn()).toEqual(["soon"]);
    await offered;
    expect(isAcknowledged).toBe(true);
    expect(stand.journal.steps.slice(-3)).toEqual(["appendInputs", "appendTurn", "sync"]);
    expect(stand.touched).toEqual([0]);
    expectNoHoles(stand);
  });

  it("tells nobody of an alarm before it is synced, and syncs for nothing less", async () => {
    const stand = createStand(plan);
    await Promise.all([stand.offer("p", 10), Promise.resolve(stand.turn())]);
    expect(stand.journal.steps.at(-1)).toBe("appendTurn");
    stand.journal.refuses.add("sync");
    stand.told.length = 0;
    stand.pass(1);
    await Promise.all([stand.offer("p", 95), Promise.resolve(stand.turn())]);
    expect(stand.told).toEqual([]);
    stand.journal.refuses.clear();
    expect(stand.turn()).toEqual(["later"]);
    expect(stand.told[0]?.items.some(({ type }) => type === "alarm")).toBe(true);
  });

  it("takes a person's act before the samples that wait, so that it answers what the person saw", async () => {
    const stand = createStand(plan);
    await Promise.all([stand.offer("p", 60), Promise.resolve(stand.turn())]);
    stand.pass(1);
    const rises = stand.offer("p", 95);
    const answered = stand.acknowledge("enterprise", id, 1, "command-1");
    stand.turn();
    await rises;
    expect(await answered).toMatchObject({ ok: true });
    expect(kindsOf(stand).slice(-2)).toEqual(["command", "message"]);
    expect(stand.monitor.standing().alarms[0]).toMatchObject({ revision: 2, state: "unacknowledged" });
    expectNoHoles(stand);
  });

  it("answers an act with the number of its last change, once that is told", async () => {
    const stand = createStand(plan);
    await Promise.all([stand.offer("p", 60), Promise.resolve(stand.turn())]);
    const answered = stand.acknowledge("enterprise", id, 1, "command-1");
    stand.turn();
    const reply = await answered;
    expect(reply).toMatchObject({ ok: true });
    expect(reply.ok && stand.told.some(({ items }) => items.some(({ seq }) => seq === reply.seq))).toBe(true);
  });

  it("carries the same command out once, however often and whenever it comes", async () => {
    const stand = createStand(plan);
    await Promise.all([stand.offer("p", 60), Promise.resolve(stand.turn())]);
    const twice = [
      stand.acknowledge("enterprise", id, 1, "command-1"),
      stand.acknowledge("enterprise", id, 1, "command-1"),
    ];
    stand.turn();
    const late = stand.acknowledge("enterprise", id, 1, "command-1");
    stand.turn();
    const [first, ...others] = await Promise.all([...twice, late]);
    expect(first).toMatchObject({ ok: true });
    expect(others).toEqual([first, first]);
    const answers = stand.told.flatMap(({ items }) =>
      items.filter((one) => one.type === "alarm" && one.transition.why.code === "acknowledged"),
    );
    expect(answers).toHaveLength(1);
  });

  it("writes down why a message was refused, and acknowledges it too", async () => {
    const stand = createStand(plan);
    const offered = stand.loop.offer("skyground/v1/s1/d1/telemetry", Buffer.from("{"));
    stand.turn();
    expect(await offered).toBe(true);
    const last = stand.journal.records.findLast((record) => record.type === "input");
    expect(last).toMatchObject({ input: { kind: "refused", code: "MESSAGE_BAD_JSON", hash: "digest of 1" } });
    expect(stand.monitor.faults()).toMatchObject([{ code: "MESSAGE_BAD_JSON", count: 1 }]);
    expectNoHoles(stand);
  });

  it("hears a device's state as its link", async () => {
    const stand = createStand(plan);
    const offered = stand.loop.offer("skyground/v1/s1/d1/state", Buffer.from('{"online":true}'));
    stand.turn();
    expect(await offered).toBe(true);
    expect(stand.monitor.standing().devices).toMatchObject([{ id: "s1/d1", state: "online" }]);
  });

  it("records a tick only where something is due", async () => {
    const stand = createStand(plan);
    await Promise.all([stand.offer("v", 95), Promise.resolve(stand.turn())]);
    for (let s = 0; s < 9; s += 1) {
      stand.pass(1);
      stand.loop.tick();
      stand.turn();
    }
    expect(kindsOf(stand)).not.toContain("tick");
    stand.pass(3);
    stand.loop.tick();
    stand.turn();
    expect(kindsOf(stand).filter((kind) => kind === "tick")).toHaveLength(1);
    expect(stand.monitor.standing().alarms).toMatchObject([{ id: "s1/v~limit~high", level: "red" }]);
    expectNoHoles(stand);
  });

  it("lets no clock that was set back turn the record's time back", async () => {
    const stand = createStand(plan);
    stand.pass(10);
    await Promise.all([stand.offer("p", 10), Promise.resolve(stand.turn())]);
    stand.pass(-3600);
    await Promise.all([stand.offer("p", 11), Promise.resolve(stand.turn())]);
    const times = stand.journal.records.flatMap((record) => (record.type === "input" ? [record.input.at] : []));
    expect(times).toEqual(times.toSorted((a, b) => a - b));
  });

  it("refuses messages and acts while the journal cannot be written, and says since when", async () => {
    const stand = createStand(plan);
    stand.journal.refuses.add("appendInputs");
    const message = stand.offer("p", 95);
    const answered = stand.acknowledge("enterprise", id, 1, "command-1");
    stand.loop.link("s1", "d1", true, false);
    stand.turn();
    expect(await message).toBe(false);
    expect(await answered).toEqual({ ok: false, code: "JOURNAL_UNAVAILABLE" });
    expect(stand.loop.stall()).toMatchObject({ reason: "no space left on the device" });
    expect(await stand.offer("p", 95)).toBe(false);
    expect(stand.monitor.standing().alarms).toEqual([]);
  });

  it("goes on by a tick once the disk takes again: nothing lost, no hole, and the disk's trouble in the record", async () => {
    const stand = createStand(plan);
    stand.journal.refuses.add("appendInputs");
    const message = stand.offer("p", 95);
    stand.turn();
    expect(await message).toBe(false);
    stand.pass(1);
    stand.loop.tick();
    stand.turn();
    expect(stand.loop.stall()).not.toBeNull();
    stand.journal.refuses.clear();
    stand.loop.tick();
    for (let nth = 0; nth < 5; nth += 1) stand.turn();
    expect(stand.loop.stall()).toBeNull();
    const names = stand.journal.records.flatMap((record) =>
      record.type === "input" && record.input.kind === "neighbour" && record.input.name === "disk"
        ? [record.input.state]
        : [],
    );
    expect(names).toEqual(["down", "up"]);
    // The sender was never told that it was written down, so it sends again.
    await Promise.all([stand.offer("p", 95), Promise.resolve(stand.turn())]);
    expect(stand.monitor.standing().alarms.find((alarm) => alarm.id === id)?.level).toBe("red");
    expectNoHoles(stand);
  });

  it("keeps a judged turn that the disk would not take, and writes and tells it before anything else is judged", async () => {
    const stand = createStand(plan);
    stand.journal.refuses.add("appendTurn");
    const message = stand.offer("p", 95);
    stand.turn();
    expect(await message).toBe(true);
    const before = stand.told.length;
    stand.loop.link("s1", "d1", false, false);
    expect(stand.turn()).toEqual(["later"]);
    expect(stand.told).toHaveLength(before);
    stand.journal.refuses.clear();
    for (let nth = 0; nth < 5; nth += 1) stand.turn();
    expect(stand.told[before]?.items.some((one) => one.type === "alarm" && one.transition.alarm === id)).toBe(true);
    expectNoHoles(stand);
  });

  it("takes at most so many inputs in a turn, so that an act never waits long, and refuses what does not fit", async () => {
    const stand = createStand(plan);
    const offers = Array.from({ length: 20_001 }, (_, nth) => {
      stand.pass(0.0001);
      return stand.offer("p", nth % 40);
    });
    const results: (boolean | null)[] = offers.map(() => null);
    for (const [nth, offer] of offers.entries()) void offer.then((isWritten) => (results[nth] = isWritten));
    await Promise.resolve();
    expect(results.at(-1)).toBe(false);
    stand.turn();
    await Promise.resolve();
    await Promise.resolve();
    expect(results.filter((one) => one === true)).toHaveLength(1000);
    while (stand.turn().length > 0);
    await Promise.all(offers);
    expect(results.filter((one) => one === true)).toHaveLength(20_000);
    expectNoHoles(stand);
  });

  it("does not find silence in its own absence: a paused process starts the clocks of the devices anew", () => {
    const stand = createStand(plan);
    void stand.offer("p", 10);
    stand.turn();
    const before = stand.journal.records.length;
    // Stopped and continued: the timer and the messages that lay in the sockets come at once.
    stand.pass(2 * 3600);
    void stand.offer("p", 11);
    stand.turn();
    const kinds = stand.journal.records
      .slice(before)
      .flatMap((record) => (record.type === "input" ? [record.input] : []));
    expect(kinds.map(({ kind }) => kind)).toEqual(["neighbour", "message"]);
    expect(kinds[0]).toMatchObject({ name: "server", state: "up", reason: "back after 7200 s" });
    expect([...stand.monitor.state().alarms.keys()]).toEqual([]);
    expectNoHoles(stand);
  });

  it("keeps only the last word of each device while the disk refuses", () => {
    const stand = createStand(plan);
    stand.turn();
    stand.journal.refuses.add("appendInputs");
    stand.loop.link("s1", "gw-1", true, false);
    stand.turn();
    expect(stand.loop.stall()).not.toBeNull();
    for (let nth = 0; nth < 500; nth += 1) stand.loop.link("s1", "gw-1", nth % 2 === 0, false);
    for (let nth = 0; nth < 500; nth += 1) stand.loop.neighbour("broker", nth % 2 === 0 ? "up" : "down", "again");
    expect(stand.loop.waiting()).toBe(2);
    expect(stand.loop.told()).toBe(stand.told.at(-1)?.upTo ?? 0);
  });

  it("refuses acts by the thousand before they pile up", async () => {
    const stand = createStand(plan);
    const replies = Array.from({ length: 1001 }, (_, nth) => stand.acknowledge("city", "nothing", 1, `command-${nth}`));
    expect(await replies.at(-1)).toEqual({ ok: false, code: "OVERLOADED" });
    stand.turn();
    expect(await replies[0]).toEqual({ ok: false, code: "ALARM_NOT_FOUND" });
  });
});
