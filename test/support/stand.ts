// A loop in a test: a clock turned by hand, turns taken by hand, a journal in memory, and everything that was told.
import type { Plan, Tier } from "../../contract/plant.ts";
import type { Changes, Reply } from "../../contract/wall.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { createLog } from "../../server/log.ts";
import { createLoop, type Loop } from "../../server/loop.ts";
import type { Listener } from "../../server/loop/sinks.ts";
import { createMonitor, type Monitor } from "../../server/monitor.ts";
import { createMemoryJournal, type MemoryJournal } from "./journal-memory.ts";
import { epoch } from "./room.ts";

/** A loop and everything around it. */
export interface Stand {
  readonly loop: Loop;
  readonly monitor: Monitor;
  readonly journal: MemoryJournal;
  readonly told: Changes[];
  readonly touched: number[];
  /** How often everybody was told of another plan of record. */
  readonly replans: () => number;
  /** Turns the clock on, by seconds. */
  readonly pass: (seconds: number) => void;
  /** Takes the turns that are planned, once; says which kind each was. */
  readonly turn: () => readonly ("soon" | "later")[];
  readonly offer: (code: string, value: number) => Promise<boolean>;
  readonly acknowledge: (tier: Tier, alarm: string, revision: number, commandId: string) => Promise<Reply>;
}

/** A running loop at second 0, with its plan entered and its server up; who else listens may be named. */
export function createStand(plan: Plan, listener: Partial<Listener> = {}): Stand {
  const monitor = createMonitor();
  const journal = createMemoryJournal();
  const told: Changes[] = [];
  const touched: number[] = [];
  let replans = 0;
  let planned: (readonly ["soon" | "later", () => void])[] = [];
  let now = epoch;
  const loop = createLoop({
    monitor,
    journal: journal.sink,
    listener: {
      changed: (changes) => void told.push(changes),
      touched: (index) => void touched.push(index),
      replanned: () => {
        replans += 1;
      },
      turned: () => undefined,
      ...listener,
    },
    decode: decodeNative,
    digest: (payload) => `digest of ${payload.length}`,
    now: () => now,
    soon: (turn) => void planned.push(["soon", turn]),
    later: (turn) => void planned.push(["later", turn]),
    number: 0,
    seq: 0,
    log: createLog("silent"),
  });
  loop.plan(plan, "test", "test");
  loop.neighbour("server", "up", "test");
  loop.drain();
  planned = [];
  replans = 0;
  return {
    loop,
    monitor,
    journal,
    told,
    touched,
    replans: () => replans,
    pass: (seconds) => {
      now += seconds * 1000;
    },
    turn: () => {
      const taken = planned;
      planned = [];
      for (const [, turn] of taken) turn();
      return taken.map(([kind]) => kind);
    },
    offer: (code, value) =>
      loop.offer("skyground/v1/s1/d1/telemetry", Buffer.from(JSON.stringify({ ts: now, values: { [code]: value } }))),
    acknowledge: (tier, alarm, revision, commandId) =>
      loop.command({
        act: "acknowledge",
        person: { name: "lin", role: "dutyOfficer", tier },
        request: { commandId, alarm, occurrence: 1, revision },
      }),
  };
}
