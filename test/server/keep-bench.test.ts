// The bench in its house: what a dialect has learned of a gateway on trial outlives whatever else the register writes.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Plan } from "../../contract/plant.ts";
import type { Broker } from "../../server/adapters/broker.ts";
import { datatypes } from "../../server/adapters/dialects/sparkplug-payload.ts";
import { createRegister, type Register } from "../../server/adapters/register.ts";
import { keepDevices } from "../../server/app/devices.ts";
import { createWire } from "../../server/app/intake.ts";
import { keepBench, type KeptBench } from "../../server/app/keep-bench.ts";
import { createUndo } from "../../server/app/undo.ts";
import { createLog } from "../../server/log.ts";
import { payloadOf } from "../support/dialect-vectors-sparkplug.ts";
import { dialects } from "../support/dialects.ts";
import { planOf, point } from "../support/plant.ts";
import { newFolder } from "../support/server.ts";
import { deviceEntry, siteEntry } from "../support/tenants.ts";

const log = createLog("silent");
const person = { name: "lin", role: "administrator", tier: "city" } as const;
const plan: Plan = planOf([point("level")]);

let folder: ReturnType<typeof newFolder>;
let register: Register;
let undo: ReturnType<typeof createUndo>;
let bench: KeptBench;

beforeEach(() => {
  folder = newFolder();
  register = createRegister({ file: join(folder.path, "register.db"), now: Date.now, random: randomBytes });
  register.addEnterprise({ id: "works-1", name: { zh: "某厂（演示）", en: "Works 1" } });
  register.addSite(siteEntry("s1"));
  register.enterDevice(deviceEntry("s1", "d1", { dialect: "sparkplug", options: { group: "G", edge: "E" } }));
  undo = createUndo(log);
  const wire = createWire();
  wire.lead({ ports: () => ({ plain: 1883, tls: null }) });
  bench = keepBench({ register, plan: () => plan, dialects, wire, now: Date.now, log }, undo);
});

afterEach(async () => {
  await undo.run();
  register.close();
  folder.remove();
});

const say = (kind: string, seq: number, alias: string | null, name: string | null): Promise<boolean> => {
  const metrics = [{ name, alias, datatype: datatypes.double, value: { as: "real", value: 1 } as const }];
  const topic = `spBv1.0/G/${kind}/E`;
  const payload = payloadOf(metrics, { seq, timestamp: Date.now() });
  return bench.hear({ site: "s1", device: "d1", topic, payload, qos: 0 });
};

describe("a trial of a dialect that remembers", () => {
  it("goes on reading by the birth it has heard while others are entered beside it", async () => {
    expect(bench.desk.start(person, "s1", "d1")).toMatchObject({ ok: true });
    bench.connected("s1", "d1", { security: "tls", certificateEndsAt: null, hasWill: true });
    expect(await say("NBIRTH", 0, "7", "level")).toBe(true);
    register.enterDevice(deviceEntry("s1", "d2"));
    expect(await say("NDATA", 1, "7", null)).toBe(true);
    const report = bench.desk.view(person, "s1", "d1")?.report;
    expect(report).toMatchObject({ messages: 2, values: 2 });
  });

  it("begins anew where the device's own entry is another", async () => {
    expect(bench.desk.start(person, "s1", "d1")).toMatchObject({ ok: true });
    expect(await say("NBIRTH", 0, "7", "level")).toBe(true);
    register.editDevice(
      deviceEntry("s1", "d1", { dialect: "sparkplug", options: { group: "G", edge: "E" }, names: { level: "level" } }),
    );
    expect(await say("NDATA", 1, "7", null)).toBe(true);
    expect(bench.desk.view(person, "s1", "d1")?.report).toMatchObject({ messages: 1 });
  });
});

describe("a trial whose report cannot be written", () => {
  it("ends nobody else's server, and leaves its device on trial", () => {
    expect(bench.desk.start(person, "s1", "d1")).toMatchObject({ ok: true });
    register.keepTrial = () => {
      throw new Error("database or disk is full");
    };
    expect(bench.desk.stop(person, "s1", "d1")).toMatchObject({ ok: true, view: { isOnTrial: false, stage: "trial" } });
  });
});

describe("credentials that have ended on a full disk", () => {
  it("end no server: the look goes on, and connections are looked at", () => {
    vi.useFakeTimers();
    let looks = 0;
    const full = (): never => {
      throw new Error("database or disk is full");
    };
    const devices = keepDevices({
      register: { ...register, pruneCredentials: full },
      dialects,
      plan: () => plan,
      approver: async () => "LOGIN_FAILED",
      now: Date.now,
      isHurried: false,
    });
    const detach = devices.attach({ recheck: () => (looks += 1) } as unknown as Broker);
    vi.advanceTimersByTime(10_000);
    detach();
    vi.useRealTimers();
    expect(looks).toBe(2);
  });
});
