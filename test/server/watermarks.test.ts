// The room on the disk: when it is told, what gives way first, and what never does.
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditEntry } from "../../contract/audit.ts";
import { keepDisk, type DiskKeeper, type Found } from "../../server/app/disk.ts";
import { createShedders } from "../../server/app/shedders.ts";
import {
  defaultMarks,
  shedOrder,
  spaceText,
  stageOf,
  type Sheddable,
  type Stage,
} from "../../server/app/watermarks.ts";
import type { Figures } from "../../server/historian-worker.ts";
import { createLog } from "../../server/log.ts";
import { hour } from "../support/plant.ts";
import { newFolder } from "../support/server.ts";

const marks = { warn: 100, shed: 50, stop: 10 };
const day = 24 * hour;

describe("the stage", () => {
  it.each([
    [1000, "roomy", "roomy"],
    [100, "roomy", "roomy"],
    [99, "roomy", "warn"],
    [105, "warn", "warn"],
    [111, "warn", "roomy"],
    [49, "roomy", "shed"],
    [52, "shed", "shed"],
    [56, "shed", "warn"],
    [9, "warn", "stop"],
    [10, "stop", "stop"],
    [12, "stop", "shed"],
    [1000, "stop", "roomy"],
  ] as const)("with %i bytes free after %s is %s", (free, before, after) => {
    expect(stageOf({ free, total: 1000 }, marks, before)).toBe(after);
  });

  it("has marks by the size of the disk: a share of a small one, an amount of a large one", () => {
    expect(defaultMarks({ free: 0, total: 20e9 })).toEqual({ warn: 4e9, shed: 2e9, stop: 0.4e9 });
    expect(defaultMarks({ free: 0, total: 4e12 })).toEqual({ warn: 10e9, shed: 5e9, stop: 0.5e9 });
    expect(spaceText({ free: 3.14e9, total: 40e9 })).toBe("3.1 GB / 40.0 GB");
    expect(spaceText({ free: 12e6, total: 24e6 })).toBe("12 MB / 24 MB");
  });
});

interface Watched {
  readonly keeper: DiskKeeper;
  readonly gone: string[];
  readonly audits: AuditEntry[];
  readonly said: string[];
  readonly left: Map<Sheddable, string[]>;
  free: number;
  canWrite: boolean;
}

const watched: DiskKeeper[] = [];
afterEach(async () => {
  for (const keeper of watched.splice(0)) await keeper.stop();
});

async function watch(free: number, left: Partial<Record<Sheddable, string[]>>): Promise<Watched> {
  const state = {
    free,
    canWrite: true,
    left: new Map(Object.entries(left).map(([kind, list]) => [kind as Sheddable, [...list]])),
  };
  const [gone, audits, said]: [string[], AuditEntry[], string[]] = [[], [], []];
  const states = new Map<string, "up" | "down">();
  const next = (kind: Sheddable) => (): Found | null => {
    const [target] = state.left.get(kind) ?? [];
    if (target === undefined) return null;
    return { target, bytes: 1, drop: () => void gone.push(state.left.get(kind)?.shift() ?? "") };
  };
  const keeper = keepDisk({
    space: () => Promise.resolve({ free: state.free, total: 1000 }),
    marks,
    shedders: {
      exports: next("exports"),
      reports: next("reports"),
      messages: next("messages"),
      history: next("history"),
    },
    loop: {
      neighbour: (name, to, reason) => {
        states.set(name, to);
        said.push(`${name} ${to} ${reason}`);
      },
      audit: (entry) => {
        if (state.canWrite) audits.push(entry);
        return Promise.resolve(state.canWrite);
      },
    },
    known: (name) => states.get(name),
    now: () => 7,
    log: createLog("silent"),
  });
  watched.push(keeper);
  await keeper.look();
  return Object.assign(state, { keeper, gone, audits, said });
}

describe("a disk that fills up", () => {
  const all = { exports: ["e1", "e2"], reports: ["r1"], messages: ["m1", "m2"], history: ["h1"] };

  it("is told of when it is nearly full, and nothing goes", async () => {
    const disk = await watch(500, all);
    expect(disk.said).toEqual([]);
    disk.free = 80;
    await disk.keeper.look();
    await disk.keeper.look();
    expect(disk.said).toEqual(["space down 0 MB / 0 MB"]);
    expect(disk.gone).toEqual([]);
    expect(disk.keeper.status()).toMatchObject({ stage: "warn", free: 80, isExhausted: false });
    disk.free = 500;
    await disk.keeper.look();
    expect(disk.said.at(-1)).toMatch(/^space up/u);
  });

  it("gets room in the stated order, one thing a look, each written down before it goes", async () => {
    const disk = await watch(40, all);
    for (let look = 1; look < 6; look += 1) await disk.keeper.look();
    expect(disk.gone).toEqual(["e1", "e2", "r1", "m1", "m2", "h1"]);
    expect(disk.audits.map(({ act, target, before }) => [act, target, before])).toEqual(
      ["exports", "exports", "reports", "messages", "messages", "history"].map((kind, place) => [
        "disk.shed",
        disk.gone[place],
        { kind, bytes: 1 },
      ]),
    );
    expect(disk.keeper.status()?.shed.map(({ target }) => target)).toEqual(disk.gone);
    await disk.keeper.look();
    expect(disk.keeper.status()).toMatchObject({ stage: "shed", isExhausted: true });
  });

  it("stops giving way as soon as there is room", async () => {
    const disk = await watch(40, all);
    disk.free = 60;
    await disk.keeper.look();
    expect(disk.gone).toEqual(["e1"]);
  });

  it("lets nothing go that cannot be written down", async () => {
    const disk = await watch(500, all);
    disk.canWrite = false;
    disk.free = 40;
    await disk.keeper.look();
    expect(disk.gone).toEqual([]);
  });

  it("takes no sample below the last mark, says so as a neighbour that is down, and takes them again", async () => {
    const disk = await watch(5, all);
    expect(disk.keeper.stopped()).toEqual({ since: 7, reason: "0 MB / 0 MB" });
    expect(disk.said).toEqual(["space down 0 MB / 0 MB", "disk down 0 MB / 0 MB"]);
    // Acts are written as long as the disk takes them: so room is made even now.
    expect(disk.gone).toEqual(["e1"]);
    disk.free = 30;
    await disk.keeper.look();
    expect(disk.keeper.stopped()).toBeNull();
    expect(disk.said.at(-1)).toMatch(/^disk up/u);
  });

  it("knows these kinds and no other: alarms, acts, audit, register, checkpoints and kept segments are none of them", () => {
    expect(shedOrder).toEqual(["exports", "reports", "messages", "history"]);
    const stages: readonly Stage[] = ["roomy", "warn", "shed", "stop"];
    expect(stages.map((before) => stageOf({ free: 1, total: 1 }, { warn: 0, shed: 0, stop: 0 }, before))).toEqual(
      stages.map(() => "roomy"),
    );
  });
});

describe("what may go of a data directory", () => {
  let folder: ReturnType<typeof newFolder>;
  beforeEach(() => {
    folder = newFolder();
  });
  afterEach(() => folder.remove());

  it("is its exports and reports, oldest first, old messages, and days of the historian before the last thirty", async () => {
    const now = Date.UTC(2026, 5, 30);
    const write = (name: string, at: number): void => {
      const file = join(folder.path, name);
      mkdirSync(join(file, ".."), { recursive: true });
      writeFileSync(file, "12345");
      utimesSync(file, at, at);
    };
    write("exports/new.zip", 200);
    write("exports/deep/old.zip", 100);
    write("backtests/b.json", 100);
    write("shadows/s.json", 1);
    write("register.db", 1);
    const looked: [number, string][] = [];
    const dropped: number[] = [];
    let figures: Figures | null = null;
    let isOld = true;
    const shedders = createShedders({
      dataDir: folder.path,
      retention: { wouldCondense: (days) => isOld && days === 30, look: async (...look) => void looked.push(look) },
      historian: { figures: () => figures, dropBefore: (at) => void dropped.push(at) },
      now: () => now,
    });
    const drop = async (kind: Sheddable): Promise<string | null> => {
      const found = shedders[kind]();
      await found?.drop();
      return found?.target ?? null;
    };
    expect([await drop("exports"), await drop("exports"), await drop("exports")]).toEqual([
      "exports/deep/old.zip",
      "exports/new.zip",
      null,
    ]);
    expect([await drop("reports"), await drop("reports")]).toEqual(["backtests/b.json", null]);
    // What asks for a running shadow is no report.
    expect(readdirSync(join(folder.path, "shadows"))).toEqual(["s.json"]);
    expect(await drop("messages")).toBe("journal");
    expect(looked).toEqual([[30, "the disk is nearly full: older than 30 days"]]);
    isOld = false;
    expect(await drop("messages")).toBeNull();
    expect(await drop("history")).toBeNull();
    figures = { cursor: 0, behindSince: null, oldestAt: now - 40 * day };
    expect(await drop("history")).toBe("historian/2026-05-21.db");
    expect(dropped).toEqual([now - 39 * day]);
    figures = { cursor: 0, behindSince: null, oldestAt: now - 30 * day };
    expect(await drop("history")).toBeNull();
  });
});
