// When the server judges late samples in their order: asked once, again after a failure's next news or a start, and never in the way.
import { afterEach, beforeEach, expect, it } from "vitest";
import { join } from "node:path";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { openJournal, type Journal } from "../../server/adapters/journal/journal.ts";
import { keepAmendments, type AmendmentKeeper } from "../../server/app/amendments.ts";
import type { Log } from "../../server/log.ts";
import { createLog } from "../../server/log.ts";
import { createLoop, type Loop } from "../../server/loop.ts";
import { createMonitor, type Monitor } from "../../server/monitor.ts";
import { limit, planOf, point, rule } from "../support/plant.ts";
import { epoch } from "../support/room.ts";
import { newFolder, until } from "../support/server.ts";

let folder: ReturnType<typeof newFolder>;
let journal: Journal;
let monitor: Monitor;
let loop: Loop;
let now: number;
let asked: Parameters<Loop["amend"]>[0][];
let errors: string[];
const log: Log = { ...createLog("silent"), error: (message) => void errors.push(message) };
const plan = planOf([point("p", { rules: [rule("high", { red: limit(80) })] })]);

beforeEach(async () => {
  folder = newFolder();
  [now, asked, errors] = [epoch, [], []];
  journal = openJournal({ dir: join(folder.path, "journal"), segmentBytes: 1 << 20, syncMs: 10_000, log });
  monitor = createMonitor();
  loop = createLoop({
    monitor,
    journal,
    listener: {
      changed: () => undefined,
      touched: () => undefined,
      replanned: () => undefined,
      turned: () => undefined,
    },
    decode: decodeNative,
    digest: () => "",
    now: () => now,
    alive: () => 0,
    soon: (turn) => setImmediate(turn),
    later: (turn) => setImmediate(turn),
    number: 0,
    seq: 0,
    log,
  });
  loop.plan(plan, "test", "test");
  for (const [seconds, measured, value] of [
    [10, 10, 50],
    [20, 20, 50],
    [21, 15, 85],
    [30, 30, 50],
  ] as const) {
    now = epoch + seconds * 1000;
    const payload = Buffer.from(JSON.stringify({ ts: epoch + measured * 1000, values: { p: value } }));
    await loop.offer("skyground/v1/s1/d1/telemetry", payload);
    loop.drain();
  }
  now += 600_000;
});
afterEach(() => {
  journal.close();
  folder.remove();
});

function keep(amend: Loop["amend"]): AmendmentKeeper {
  return keepAmendments({
    restored: { monitor, journal },
    loop: {
      amend: (amendment) => {
        asked.push(amendment);
        amend(amendment);
      },
    },
    decode: decodeNative,
    now: () => now,
    log,
  });
}

/** Looks as often as a server would in an hour; a reading of so small a journal is over long before. */
async function lookOn(keeper: AmendmentKeeper): Promise<void> {
  keeper.look();
  keeper.look();
  await until("the journal is read", () => (asked.length + errors.length > 0 ? true : undefined));
  for (let nth = 0; nth < 50; nth += 1) {
    await new Promise((seen) => setImmediate(seen));
    keeper.look();
  }
}

it("asks once, and what was missed is in the book", async () => {
  const keeper = keep(loop.amend);
  await lookOn(keeper);
  await keeper.stop();
  expect(asked).toMatchObject([{ point: "s1/p", steps: [{ level: "red", amends: null }, { level: null }] }]);
  expect(monitor.state().late.size).toBe(0);
  expect(monitor.state().alarms.get("s1/p~limit~high")?.isAmended).toBe(true);
});

it("asks again after a start where the loop never took it", async () => {
  const first = keep(() => undefined);
  await lookOn(first);
  await first.stop();
  expect(asked).toHaveLength(1);
  const second = keep(loop.amend);
  await lookOn(second);
  await second.stop();
  expect(asked).toHaveLength(2);
  expect(asked[1]).toEqual(asked[0]);
  expect(monitor.state().late.size).toBe(0);
});

it("stops in the middle, and leaves the span for the next start", async () => {
  const keeper = keep(loop.amend);
  keeper.look();
  await keeper.stop();
  keeper.look();
  expect(asked).toEqual([]);
  expect(monitor.state().late.size).toBe(1);
});

it("asks again after a failure, ever more seldom", async () => {
  const keeper = keepAmendments({
    restored: { monitor, journal },
    loop: { amend: (amendment) => void asked.push(amendment) },
    decode: (topic, payload) => {
      if (now < epoch + 900_000) throw new Error("a decoder that fails");
      return decodeNative(topic, payload);
    },
    now: () => now,
    log,
  });
  const tries: number[] = [];
  for (let minutes = 0; asked.length === 0; minutes += 1) {
    const before = keeper.failures();
    await lookOn(keeper);
    if (keeper.failures() > before) tries.push(minutes);
    now += 60_000;
  }
  await keeper.stop();
  expect(tries).toEqual([0, 1, 3]);
  expect(errors).toEqual(tries.map(() => "late samples could not be judged in order"));
});

it("reads again for what would have been too much at once", async () => {
  const state = monitor.state();
  const rules = plan.points[0]?.rules ?? [];
  loop.plan(planOf([...plan.points, point("q", { report: { everyMs: 100 }, rules })]), "test", "test");
  loop.drain();
  const span = { from: epoch - 6 * 86_400_000, sinceAt: epoch, lastAt: epoch, lastNumber: 1, restMs: 0 };
  state.late.set("s1/q", span);
  const keeper = keep(loop.amend);
  await until("both are judged", () => {
    keeper.look();
    return asked.length >= 2 ? true : undefined;
  });
  await keeper.stop();
  expect(asked.map((one) => one.point)).toEqual(["s1/p", "s1/q"]);
  expect(asked[1]?.readTo).toBeGreaterThan(asked[0]?.readTo as number);
  expect(errors).toEqual([]);
});

it("judges the others where one point cannot be judged", async () => {
  const state = monitor.state();
  state.late.set("s1/unknown", { from: epoch, sinceAt: epoch, lastAt: epoch, lastNumber: 1, restMs: 0 });
  state.points.set("s1/unknown", structuredClone(state.points.get("s1/p") as never));
  const keeper = keep(loop.amend);
  await lookOn(keeper);
  await keeper.stop();
  expect(errors).toEqual(["late samples could not be judged in order"]);
  expect(keeper.failures()).toBe(1);
  expect(asked).toMatchObject([{ point: "s1/p" }]);
});
