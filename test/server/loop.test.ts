// The loop alone, before a disk that refuses at the worst moments: between the inputs and the end of their turn.
import { beforeEach, describe, expect, it } from "vitest";
import type { Command, RecordedInput } from "../../contract/input.ts";
import type { Changes, Person } from "../../contract/wall.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { loadPlan } from "../../server/config.ts";
import { createLog } from "../../server/log.ts";
import { createLoop, type Loop } from "../../server/loop.ts";
import type { JournalSink } from "../../server/loop/sinks.ts";
import { createMonitor } from "../../server/monitor.ts";
import { exampleConfig } from "../support/server.ts";

const person: Person = { name: "lin", role: "dutyOfficer", tier: "city" };
const topic = "skyground/v1/plant-1/gw-1/telemetry";

let refusing: Set<keyof JournalSink>;
let written: string[];
let told: Changes[];
let turns: (() => void)[];
let now: number;
let loop: Loop;

function journal(): JournalSink {
  const attempt = (step: keyof JournalSink, text: string): void => {
    if (refusing.has(step)) throw new Error("ENOSPC");
    written.push(text);
  };
  return {
    appendInputs: (inputs: readonly RecordedInput[]) =>
      attempt("appendInputs", inputs.map(({ kind, number }) => `${kind} ${number}`).join(", ")),
    appendTurn: ({ upTo }) => attempt("appendTurn", `end ${upTo}`),
    sync: () => attempt("sync", "sync"),
  };
}

function command(commandId: string): Command {
  return {
    act: "acknowledge",
    person,
    request: { commandId, alarm: "plant-1/TEMP-1~limit~high", occurrence: 1, revision: 1 },
  };
}

function offer(value: number): Promise<boolean> {
  return loop.offer(topic, Buffer.from(JSON.stringify({ ts: now, values: { "TEMP-1": value } })));
}

/** Runs what is planned, once. */
function runPlanned(): void {
  for (const turn of turns.splice(0)) turn();
}

beforeEach(() => {
  refusing = new Set();
  written = [];
  told = [];
  turns = [];
  now = 1_790_000_000_000;
  const loaded = loadPlan(exampleConfig);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  loop = createLoop({
    monitor: createMonitor(),
    journal: journal(),
    listener: {
      changed: (changes) => void told.push(changes),
      touched: () => undefined,
      replanned: () => undefined,
      turned: () => undefined,
    },
    decode: decodeNative,
    digest: () => "",
    now: () => now,
    soon: (turn) => void turns.push(turn),
    later: (turn) => void turns.push(turn),
    number: 0,
    seq: 0,
    log: createLog("silent"),
  });
  loop.plan(loaded.plan, "test", "first");
  loop.neighbour("server", "up", "started");
  loop.drain();
  turns = [];
  written = [];
  told = [];
});

describe("the loop", () => {
  it("answers a person at once while the end of a turn cannot be written, and tells nobody of its alarm", async () => {
    refusing.add("appendTurn");
    const acknowledged = offer(150);
    runPlanned();
    // The message itself is written down: that is all that a PUBACK says.
    expect(await acknowledged).toBe(true);
    expect(loop.stall()).toEqual({ since: now, reason: "ENOSPC" });
    expect(await offer(151)).toBe(false);
    const reply = loop.command(command("command-1"));
    runPlanned();
    expect(await reply).toEqual({ ok: false, code: "JOURNAL_UNAVAILABLE" });
    expect(told).toEqual([]);

    refusing.clear();
    loop.tick();
    runPlanned();
    runPlanned();
    expect(loop.stall()).toBeNull();
    const steps = told.flatMap(({ items }) =>
      items.map((item) => (item.type === "neighbour" ? `disk ${item.neighbour.state}` : item.type)),
    );
    expect(steps.indexOf("alarm")).toBeLessThan(steps.indexOf("disk down"));
    expect(steps.indexOf("disk down")).toBeLessThan(steps.indexOf("disk up"));
    const again = loop.command(command("command-2"));
    runPlanned();
    expect(await again).toMatchObject({ ok: true });
  });

  it("does not write a turn twice where only its sync was refused", async () => {
    refusing.add("sync");
    const acknowledged = offer(150);
    runPlanned();
    expect(await acknowledged).toBe(true);
    expect(told).toEqual([]);
    runPlanned();
    refusing.clear();
    runPlanned();
    expect(written.filter((text) => text.startsWith("end 3"))).toEqual(["end 3"]);
    expect(told[0]?.items.some(({ type }) => type === "alarm")).toBe(true);
  });

  it("gives no number to what could not be written down, and keeps what nobody would send again", async () => {
    refusing.add("appendInputs");
    const refused = offer(20);
    loop.link("plant-1", "gw-1", true, false);
    const reply = loop.command(command("command-1"));
    runPlanned();
    expect(await refused).toBe(false);
    expect(await reply).toEqual({ ok: false, code: "JOURNAL_UNAVAILABLE" });
    expect(loop.waiting()).toBe(1);
    refusing.clear();
    runPlanned();
    runPlanned();
    expect(written.filter((text) => !text.startsWith("end") && text !== "sync")).toEqual([
      "link 3",
      "neighbour 4, neighbour 5",
    ]);
  });

  it("writes a person's act on the register down, and says so where it cannot", async () => {
    const entry = { id: "a1", at: now, by: null, act: "device.add", target: "plant-1/gw-2", before: null, after: {} };
    const first = loop.audit(entry);
    runPlanned();
    expect(await first).toBe(true);
    expect(written.at(-2)).toMatch(/^audit \d+$/);
    refusing.add("appendInputs");
    const second = loop.audit(entry);
    runPlanned();
    expect(await second).toBe(false);
  });

  it("keeps what a gateway sent beside what it was read as, and the refusal of what nothing could be read from", async () => {
    const native = Buffer.from(JSON.stringify({ values: { "TEMP-1": 20 } }));
    const origin = { dialect: "influx", topic: "influx/plant-1/gw-1", payload: Buffer.from("t TEMP-1=20") } as const;
    const taken = loop.offer(topic, native, origin);
    const unfit = loop.offer(topic, Buffer.from("{"), origin);
    const refused = loop.offerRefused("influx/x", Buffer.from("t ="), { code: "MESSAGE_BAD_SHAPE", example: "t =" });
    runPlanned();
    expect(await Promise.all([taken, unfit, refused])).toEqual([true, true, true]);
    expect(written.at(-2)).toMatch(/^message \d+, refused \d+, refused \d+$/);
  });
});
