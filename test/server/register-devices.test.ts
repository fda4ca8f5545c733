// Enterprises, sites and devices on a real file: what may be entered, what retiring means, and which credentials stand.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { TrialReport } from "../../contract/conformance.ts";
import { registerVersion } from "../../server/adapters/register/database.ts";
import { admin, deviceEntry, openTenants, siteEntry, type Tenants } from "../support/tenants.ts";

let tenants: Tenants;
beforeEach(async () => {
  tenants = await openTenants();
});
afterEach(async () => {
  await tenants.close();
});

const name = { site: "plant-a", device: "gw-1" };
const admitted = (secret: string): boolean => tenants.register.admitSecret("plant-a.gw-1", secret) !== null;

describe("an entry", () => {
  it("is refused where it does not fit, is there already, or hangs in the air", () => {
    const { register } = tenants;
    const words = { zh: "某厂（演示）", en: "Works" };
    expect(register.addEnterprise({ id: "Works 2", name: words })).toEqual({ ok: false, fault: "entryInvalid" });
    expect(register.addEnterprise({ id: "works-1", name: words })).toEqual({ ok: false, fault: "nameTaken" });
    expect(register.editEnterprise({ id: "works-2", name: words })).toEqual({ ok: false, fault: "nameUnknown" });
    expect(register.addSite(siteEntry("plant-c", "works-2"))).toEqual({ ok: false, fault: "enterpriseUnknown" });
    expect(register.addSite({ ...siteEntry("plant-c"), lat: 91 })).toEqual({ ok: false, fault: "entryInvalid" });
    expect(register.enterDevice(deviceEntry("plant-c", "gw-1"))).toEqual({ ok: false, fault: "siteUnknown" });
    expect(register.enterDevice(deviceEntry("plant-a", "GW 1"))).toEqual({ ok: false, fault: "entryInvalid" });
    expect(register.rotateSecret("plant-a", "gw-1", 0)).toEqual({ ok: false, fault: "nameUnknown" });
    expect(register.pinCertificate("plant-a", "gw-1", "00".repeat(32))).toEqual({ ok: false, fault: "nameUnknown" });
  });

  it("says what stood before when it is edited", () => {
    const { register } = tenants;
    const before = register.findSite("plant-a");
    const edited = register.editSite({ ...siteEntry("plant-a"), town: "海城镇" });
    expect(edited).toMatchObject({ ok: true, before, after: { town: "海城镇", createdAt: before?.createdAt } });
    register.enterDevice(deviceEntry("plant-a", "gw-1"));
    expect(register.editDevice(deviceEntry("plant-a", "gw-1", { maxPerSecond: 5 }))).toMatchObject({
      before: { maxPerSecond: 1000, stage: "trial" },
      after: { maxPerSecond: 5, stage: "trial" },
    });
  });
});

describe("retiring", () => {
  it("keeps what was entered, lets nobody in, and can be taken back for a site and its enterprise", () => {
    const secret = tenants.device("plant-a", "gw-1", "open");
    const { register } = tenants;
    for (const [retire, restore] of [
      [() => register.retireSite("plant-a"), () => register.restoreSite("plant-a")],
      [() => register.retireEnterprise("works-1"), () => register.restoreEnterprise("works-1")],
    ] as const) {
      expect(admitted(secret)).toBe(true);
      expect(retire()).toMatchObject({ ok: true, after: { retiredAt: tenants.at } });
      expect(retire()).toEqual({ ok: false, fault: "retired" });
      expect(admitted(secret)).toBe(false);
      expect(restore()).toMatchObject({ ok: true, after: { retiredAt: null } });
    }
    expect(admitted(secret)).toBe(true);
  });

  it("of a device ends its credentials for good: restored it is on trial, with none", () => {
    const secret = tenants.device("plant-a", "gw-1", "open");
    const { register } = tenants;
    expect(register.retireDevice("plant-a", "gw-1")).toMatchObject({ ok: true, after: { stage: "retired" } });
    expect(register.openDevice("plant-a", "gw-1", "x")).toEqual({ ok: false, fault: "retired" });
    expect(register.rotateSecret("plant-a", "gw-1", 0)).toEqual({ ok: false, fault: "retired" });
    expect(register.restoreDevice("plant-a", "gw-1")).toMatchObject({ after: { stage: "trial", retiredAt: null } });
    expect(admitted(secret)).toBe(false);
    expect(register.restoreDevice("plant-a", "gw-1")).toEqual({ ok: false, fault: "nameUnknown" });
  });

  it("of an enterprise or a site lets nothing new be entered below it", () => {
    const { register } = tenants;
    register.retireSite("plant-a");
    expect(register.enterDevice(deviceEntry("plant-a", "gw-1"))).toEqual({ ok: false, fault: "retired" });
    register.retireEnterprise("works-1");
    expect(register.addSite(siteEntry("plant-c"))).toEqual({ ok: false, fault: "retired" });
  });
});

describe("secrets", () => {
  it("stand beside each other for the overlap, and are forgotten after it", () => {
    const first = tenants.device("plant-a", "gw-1", "open");
    const { register } = tenants;
    const second = register.rotateSecret("plant-a", "gw-1", 1000);
    if (!second.ok) throw new Error(second.fault);
    expect([admitted(first), admitted(second.secret)]).toEqual([true, true]);
    expect(register.listCredentials()).toMatchObject([{ expiresAt: tenants.at + 1000 }, { expiresAt: null }]);
    expect(register.pruneCredentials()).toBe(0);
    tenants.at += 1000;
    expect([admitted(first), admitted(second.secret)]).toEqual([false, true]);
    expect(register.listCredentials()).toHaveLength(1);
    expect(register.pruneCredentials()).toBe(1);
  });

  it("are five at a time: whoever rotates on ends the oldest", () => {
    const secrets = [tenants.device("plant-a", "gw-1", "open")];
    for (let count = 0; count < 5; count += 1) {
      const made = tenants.register.rotateSecret("plant-a", "gw-1", 86_400_000);
      if (made.ok) secrets.push(made.secret);
    }
    expect(secrets.map(admitted)).toEqual([false, true, true, true, true, true]);
  });

  it("do not live longer because an overlap is asked for that is longer than what is left", () => {
    const first = tenants.device("plant-a", "gw-1", "open");
    tenants.register.rotateSecret("plant-a", "gw-1", 1000);
    tenants.register.rotateSecret("plant-a", "gw-1", 86_400_000);
    tenants.at += 1000;
    expect(admitted(first)).toBe(false);
  });

  it("lie nowhere in the file, nor in what is written down of the acts", () => {
    tenants.device("plant-a", "gw-1", "trial");
    const rotated = tenants.acts.rotate(name, 0, admin);
    if (!rotated.ok) throw new Error(rotated.code);
    const added = tenants.acts.handOut({ site: "plant-a", device: "gw-2" }, admin);
    if (!added.ok) throw new Error(added.code);
    const file = join(tenants.folder, "register.db");
    const onDisk = readFileSync(file, "latin1") + readFileSync(`${file}-wal`, "latin1");
    for (const { secret } of [rotated.result, added.result]) expect(onDisk).not.toContain(secret);
    expect(tenants.register.waitingAudits()).toMatchObject([
      { act: "device.rotate", target: "plant-a/gw-1", after: { overlapMs: 0 }, ...admin },
      { act: "device.add", target: "plant-a/gw-2" },
    ]);
    expect(registerVersion).toBe(5);
  });
});

describe("opening a device", () => {
  it("wants a passed trial or a reason", () => {
    tenants.device("plant-a", "gw-1", "trial");
    const { acts, register } = tenants;
    expect(acts.open(name, admin)).toEqual({ ok: false, code: "REASON_REQUIRED" });
    expect(register.waitingAudits()).toEqual([]);
    const opened = acts.open(name, { ...admin, reason: "seen on the bench by hand" });
    expect(opened).toMatchObject({ result: { stage: "open", openedBecause: "seen on the bench by hand" } });
    expect(register.waitingAudits()).toMatchObject([
      { act: "device.open", before: { stage: "trial" }, after: { stage: "open" }, reason: "seen on the bench by hand" },
    ]);
  });

  it("by a passed trial holds only while the device is read as it was then, and was not retired since", () => {
    const { register } = tenants;
    tenants.device("plant-a", "gw-1", "trial");
    let startedAt = 0;
    const pass = (): void => {
      startedAt += 1;
      register.keepTrial("plant-a", "gw-1", { startedAt, endedAt: startedAt, passed: true } as TrialReport);
    };
    const isPassed = (): boolean => register.passedTrial("plant-a", "gw-1") !== null;
    pass();
    register.editDevice(deviceEntry("plant-a", "gw-1", { maxPerSecond: 5 }));
    expect(isPassed()).toBe(true);
    register.editDevice(deviceEntry("plant-a", "gw-1", { names: { a: "T-1" } }));
    expect(isPassed()).toBe(false);
    pass();
    expect(isPassed()).toBe(true);
    register.retireDevice("plant-a", "gw-1");
    register.restoreDevice("plant-a", "gw-1");
    expect(isPassed()).toBe(false);
    expect(register.lastTrial("plant-a", "gw-1")).toMatchObject({ startedAt: 2, passed: true });
  });
});
