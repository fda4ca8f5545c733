// The canary over fake clocks: its way there and back, what is broken where it does not come, and who gets in by its credential.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ReceiptInput } from "../../contract/input.ts";
import { canaryAlarm } from "../../contract/receipt.ts";
import { defaultSeat } from "../../contract/seat.ts";
import type { Screen } from "../../server/adapters/gateway/wall.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { type Canary, createCanary, type SendCanary } from "../../server/app/canary.ts";
import { createLog } from "../../server/log.ts";
import { createMonitor } from "../../server/monitor.ts";
import { verifyRecords } from "../../server/replay.ts";
import { planOf, point } from "../support/plant.ts";
import { epoch } from "../support/room.ts";
import { createStand, type Stand } from "../support/stand.ts";

const hall: Screen = {
  connection: "socket-1",
  person: null,
  wall: { id: "hall", name: "Hall", seat: defaultSeat },
};
const everyMs = 60_000;

let stand: Stand;
let canary: Canary;
let pushed: number[];
let walls: number;
let isTaken: boolean;
let isJudgeBroken: boolean;

function open(every = everyMs): void {
  canary = createCanary({
    everyMs: every,
    loop: stand.loop,
    monitor: stand.monitor,
    push: (occurrence) => void pushed.push(occurrence),
    walls: () => walls,
    now: Date.now,
    log: createLog("silent"),
  });
}

/** The broker: hands on what it takes, as the door does. */
const send: SendCanary = async (topic, payload) => {
  if (!isTaken) throw new Error("refused");
  void stand.loop.offer(topic, Buffer.from(payload));
  stand.loop.drain();
};

async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  stand.pass(ms / 1000);
  stand.loop.drain();
  await vi.advanceTimersByTimeAsync(0);
}

const answer = (occurrence: number, screen = hall) =>
  canary.painted(screen, [{ alarm: canaryAlarm, occurrence, revision: 1, paintedAt: Date.now() }]);
const level = (): string | null | undefined => stand.monitor.state().alarms.get("canary~down")?.alarm.level;

beforeEach(() => {
  vi.useFakeTimers({ now: epoch });
  pushed = [];
  walls = 1;
  isTaken = true;
  isJudgeBroken = false;
  let isOpen = false;
  stand = createStand(planOf([point("p")]), {
    judged: (inputs, outcomes, times) => {
      const told = isJudgeBroken ? outcomes.map(({ canary: _, ...rest }) => rest) : outcomes;
      if (isOpen) canary.judged(inputs, told, times);
    },
  });
  open();
  isOpen = true;
});

afterEach(() => {
  canary.stop();
  vi.useRealTimers();
});

describe("the canary", () => {
  it("waits for the walls, flies, and is back once a wall has acknowledged it, in the record under its own name", async () => {
    canary.start(send);
    expect(canary.view().state).toBe("waiting");
    await pass(30_000);
    const [id = 0] = pushed;
    expect(id).toBe(epoch + 30_000);
    await pass(400);
    const own = { alarm: "s1/p~limit~high", occurrence: 1, revision: 1, paintedAt: 1 };
    expect(canary.painted(hall, [own])).toEqual([own]);
    expect(answer(id)).toEqual([]);
    stand.loop.drain();
    await pass(0);
    expect(canary.view()).toEqual({ state: "ok", everyMs, lastAt: id, lastTookMs: 400, brokenAt: null });
    const receipts = stand.journal.records.flatMap((record) =>
      record.type === "input" && record.input.kind === "receipt" ? [record.input satisfies ReceiptInput] : [],
    );
    expect(receipts).toMatchObject([{ wall: "hall", painted: [{ alarm: canaryAlarm, occurrence: id }] }]);
    expect(verifyRecords(createMonitor(), stand.journal.records, decodeNative)).toMatchObject({ missing: 0, extra: 0 });
    expect(stand.monitor.faults()).toEqual([]);
    expect(stand.monitor.state().samples).toBe(0);
    await pass(everyMs);
    expect(pushed).toHaveLength(2);
  });

  it("ends when it was pushed where no wall is there", async () => {
    walls = 0;
    canary.start(send);
    await pass(30_000);
    expect(canary.view()).toMatchObject({ state: "ok", lastTookMs: 0 });
  });

  it("that is lost twice in a row is an alarm that names the first stamp missing, until the next one is back", async () => {
    canary.start(send);
    await pass(30_000);
    // A browser is no wall, and another canary's answer is none.
    answer(pushed[0] ?? 0, { ...hall, wall: null });
    answer(1);
    await pass(15_000);
    expect(canary.view()).toMatchObject({ state: "missing", lastTookMs: null, brokenAt: "painted" });
    await pass(0);
    expect(level()).toBeUndefined();
    await pass(30_000);
    await pass(15_000);
    await pass(0);
    expect(stand.monitor.state().alarms.get("canary~down")).toMatchObject({
      alarm: { level: "orange" },
      why: { code: "canaryLost", values: { hop: "painted", since: epoch + 75_000 } },
    });
    isTaken = false;
    await pass(45_000);
    await pass(15_000);
    expect(canary.view()).toMatchObject({ brokenAt: "received" });
    expect(level()).toBe("orange");
    isTaken = true;
    walls = 0;
    await pass(60_000);
    await pass(0);
    expect(canary.view().state).toBe("ok");
    expect(level()).toBeNull();
  });

  it("whose alarm was not tripped, or not acknowledged, has lost that very stamp, and no wall is told what nobody judged", async () => {
    isJudgeBroken = true;
    canary.start(send);
    await pass(30_000);
    expect(pushed).toEqual([]);
    await pass(15_000);
    expect(canary.view()).toMatchObject({ state: "missing", brokenAt: "judged" });
    isJudgeBroken = false;
    await pass(30_000);
    isJudgeBroken = true;
    answer(pushed[0] ?? 0);
    stand.loop.drain();
    await pass(15_000);
    expect(canary.view()).toMatchObject({ state: "missing", brokenAt: "acknowledged" });
    await pass(0);
    expect(stand.monitor.state().alarms.get("canary~down")).toMatchObject({ why: { values: { hop: "acknowledged" } } });
  });

  it("lands once where its samples come twice", async () => {
    canary.start(send);
    await pass(30_000);
    const [id = 0] = pushed;
    const [sent] = stand.journal.records.flatMap((record) =>
      record.type === "input" && record.input.kind === "message" ? [record.input] : [],
    );
    await send(sent?.topic ?? "", Buffer.from(sent?.payload ?? []).toString());
    expect(pushed).toEqual([id]);
    answer(id);
    stand.loop.drain();
    await pass(0);
    expect(canary.view().state).toBe("ok");
  });

  it("that is lost with a wall which was just switched off is none once that is known to be gone", async () => {
    canary.start(send);
    await pass(30_000);
    await pass(15_000);
    expect(canary.view()).toMatchObject({ state: "missing", brokenAt: "painted" });
    walls = 0;
    await pass(30_000);
    expect(canary.view().state).toBe("ok");
    await pass(everyMs);
    expect(level()).toBeUndefined();
  });

  it("that alone is not let through, while devices are heard, is told and no alarm; once nobody is heard it is one", async () => {
    isTaken = false;
    canary.start(send);
    for (let nth = 0; nth < 7; nth += 1) {
      await pass(30_000);
      void stand.offer("p", 1);
      stand.loop.drain();
    }
    expect(canary.view()).toMatchObject({ state: "missing", brokenAt: "received" });
    expect(level()).toBeUndefined();
    await pass(everyMs);
    await pass(everyMs);
    await pass(0);
    expect(level()).toBe("orange");
  });

  it("is tried again within its flight where the broker lets it go", async () => {
    walls = 0;
    isTaken = false;
    canary.start(send);
    await pass(30_000);
    isTaken = true;
    await pass(3000);
    expect(canary.view()).toMatchObject({ state: "ok", lastTookMs: 3000 });
  });

  it("that is switched off ends the alarm of an earlier one, and does not fly", async () => {
    stand.loop.neighbour("canary", "down", "received");
    stand.loop.drain();
    open(0);
    canary.start(send);
    await pass(60_000);
    expect(level()).toBeNull();
    expect(canary.view()).toEqual({ state: "off", everyMs: 0, lastAt: null, lastTookMs: null, brokenAt: null });
    expect(pushed).toEqual([]);
  });

  it("alone gets in by its credential, and may say nothing but its own", () => {
    const { credential } = canary;
    expect(canary.admit(credential)).toMatchObject({
      publish: ["skyground/v1/skyground-canary/server/telemetry"],
      subscribe: [],
    });
    expect(canary.admit({ ...credential, password: "x" })).toBeNull();
    expect(canary.admit({ ...credential, password: credential.password.replace(/.$/u, "!") })).toBeNull();
    expect(canary.admit({ ...credential, userName: "s1.d1" })).toBeNull();
  });
});
