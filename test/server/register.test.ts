// The register on a real file: people, sessions and devices, and what is never written into it.
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WallEntry } from "../../contract/people.ts";
import { defaultSeat } from "../../contract/seat.ts";
import type { Role } from "../../contract/wall.ts";
import { createRegister, type Register } from "../../server/adapters/register.ts";

const HOUR_MS = 3_600_000;
const officer = { name: "duty-1", role: "dutyOfficer", tier: "county" } as const;

let folder: string;
let file: string;
let at: number;
let register: Register;

const open = () => createRegister({ file, now: () => at, random: randomBytes, passwordCost: { n: 1024, r: 8, p: 1 } });
/** Everything that is on disk, the write-ahead log included. */
const onDisk = () =>
  [file, `${file}-wal`]
    .filter((path) => statSync(path, { throwIfNoEntry: false }) !== undefined)
    .map((path) => readFileSync(path, "latin1"))
    .join("");

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "skyground-register-"));
  file = join(folder, "register.sqlite");
  at = 1_790_000_000_000;
  register = open();
});

afterEach(() => {
  register.close();
  rmSync(folder, { recursive: true, force: true });
});

async function passwordOf(person: { name: string; role: Role; tier: "county" }): Promise<string> {
  const added = await register.addPerson(person);
  if (!added.ok) throw new Error(added.fault);
  return added.password;
}

function tokenOf(name: string): string {
  const token = register.openSession(name);
  if (token === null) throw new Error("no session");
  return token;
}

describe("register of people", () => {
  it("lets nobody in by a password that was replaced, or who was locked, while it was checked", async () => {
    const password = await passwordOf(officer);
    const changes = [
      (): unknown => register.lockPerson(officer.name, true),
      (): unknown => register.removePerson(officer.name),
    ];
    const made = await register.newPassword(officer.name);
    const replaced = register.checkPassword(officer.name, password);
    if (made.ok) register.keepPassword(officer.name, made.kept, false);
    expect(await replaced).toBeNull();
    for (const change of changes) {
      const again = await register.newPassword(officer.name);
      if (again.ok) register.keepPassword(officer.name, again.kept, false);
      const checking = register.checkPassword(officer.name, again.ok ? (again.shown ?? "") : "");
      change();
      expect(await checking).toBeNull();
      register.lockPerson(officer.name, false);
    }
  });

  it("tells who he is now, not who he was when the check began", async () => {
    const password = await passwordOf(officer);
    const checking = register.checkPassword(officer.name, password);
    register.changePerson({ ...officer, role: "viewer" });
    expect(await checking).toEqual({ ...officer, role: "viewer" });
  });

  it("makes up a password, tells it once and keeps only its hash", async () => {
    const password = await passwordOf(officer);
    expect(password).toMatch(/^([0-9a-hjkmnp-tv-z]{4}-){3}[0-9a-hjkmnp-tv-z]{4}$/);
    expect(await register.checkPassword(officer.name, password)).toEqual(officer);
    expect(onDisk()).toContain(officer.name);
    expect(onDisk()).not.toContain(password);
  });

  it("refuses a wrong password, another's password and an unknown name alike", async () => {
    const password = await passwordOf(officer);
    await passwordOf({ ...officer, name: "duty-2" });
    expect(await register.checkPassword(officer.name, `${password}x`)).toBeNull();
    expect(await register.checkPassword("duty-2", password)).toBeNull();
    expect(await register.checkPassword("nobody", password)).toBeNull();
    expect(await register.checkPassword("' OR 1=1 --", password)).toBeNull();
    expect(await register.checkPassword(`${officer.name}\0x`, password)).toBeNull();
  });

  it("takes the same password in another Unicode form", async () => {
    await register.addPerson({ ...officer, password: "caf\u00e9-am-\u5929\u5730\u773c-7" });
    expect(await register.checkPassword(officer.name, "cafe\u0301-am-\u5929\u5730\u773c-7")).toEqual(officer);
  });

  it("enters nobody twice, under a bad name, in an unknown role, or with a short password", async () => {
    await passwordOf(officer);
    expect(await register.addPerson(officer)).toEqual({ ok: false, fault: "nameTaken" });
    for (const name of ["", "__proto__", " a", "a b", "a\u0000", "x".repeat(65), "<b>"]) {
      expect(await register.addPerson({ ...officer, name })).toEqual({ ok: false, fault: "nameInvalid" });
    }
    const role = "root" as Role;
    expect(await register.addPerson({ ...officer, name: "x", role })).toEqual({ ok: false, fault: "roleInvalid" });
    expect(await register.addPerson({ ...officer, name: "x", password: "1234567" })).toEqual({
      ok: false,
      fault: "passwordInvalid",
    });
    expect(register.listPeople()).toEqual([officer]);
  });

  it("enters a Chinese name", async () => {
    const name = "值班员1";
    const password = await passwordOf({ ...officer, name });
    expect(await register.checkPassword(name, password)).toEqual({ ...officer, name });
  });

  it("ends every session of a person whose password changes", async () => {
    const old = await passwordOf(officer);
    const token = tokenOf(officer.name);
    expect(register.personOf(token)).toEqual(officer);
    expect(await register.setPassword(officer.name, "a new password")).toEqual({ ok: true });
    expect(register.personOf(token)).toBeNull();
    expect(await register.checkPassword(officer.name, old)).toBeNull();
    expect(await register.checkPassword(officer.name, "a new password")).toEqual(officer);
    expect(await register.setPassword("nobody", "a new password")).toEqual({ ok: false, fault: "nameUnknown" });
  });

  it("takes a chosen password by its length and by what others would guess, not by its signs", async () => {
    await passwordOf(officer);
    const faultOf = async (password: string) => {
      const set = await register.setPassword(officer.name, password);
      return set.ok ? null : set.fault;
    };
    for (const short of ["", "eleven char", "a          b", "\u5929".repeat(11), "x".repeat(129)]) {
      expect([short, await faultOf(short)]).toEqual([short, "passwordInvalid"]);
    }
    for (const common of [
      "password1234",
      "P@ssw0rd2026!",
      "skyground2026",
      "SkyGround-Admin",
      "duty-1duty-1",
      "Duty-1-Password!",
      "aaaaaaaaaaaa",
      "123456789012",
      "202620262026",
      "qwertyuiop12",
      "changeme-2026",
      "admin admin admin",
      "天地眼值班员天地眼值班员1",
    ]) {
      expect([common, await faultOf(common)]).toEqual([common, "passwordCommon"]);
    }
    for (const good of [
      "correct horse battery",
      "jtqzmvrbkwxh",
      "918273645546",
      "赤霞珠在三号井边看雨落下来",
      "x".repeat(100) + "klmno",
      "   leading and trailing   ",
      "🐢🐢turtles all the way",
    ]) {
      expect([good, await faultOf(good)]).toEqual([good, null]);
      expect(await register.checkPassword(officer.name, good)).toEqual(officer);
    }
  });

  it("lets nobody in who is locked, ends his sessions, and lets him in again with the same password", async () => {
    const password = await passwordOf(officer);
    const token = tokenOf(officer.name);
    expect(register.lockPerson(officer.name, true)).toBe(true);
    expect(register.personOf(token)).toBeNull();
    expect(await register.checkPassword(officer.name, password)).toBeNull();
    expect(register.openSession(officer.name)).toBeNull();
    expect(register.findAccount(officer.name)).toMatchObject({ lockedAt: at });
    register.lockPerson(officer.name, false);
    expect(await register.checkPassword(officer.name, password)).toEqual(officer);
    expect(register.lockPerson("nobody", true)).toBe(false);
  });

  it("tells when somebody was last there", async () => {
    await passwordOf(officer);
    expect(register.listAccounts()).toEqual([
      { ...officer, createdAt: at, seenAt: null, lockedAt: null, mustChange: false },
    ]);
    const token = tokenOf(officer.name);
    at += HOUR_MS;
    register.personOf(token);
    expect(register.findAccount(officer.name)?.seenAt).toBe(at);
  });

  it("ends every session of a person who is removed", async () => {
    await passwordOf(officer);
    const token = tokenOf(officer.name);
    expect(register.removePerson(officer.name)).toBe(true);
    expect(register.removePerson(officer.name)).toBe(false);
    expect(register.personOf(token)).toBeNull();
    expect(register.openSession(officer.name)).toBeNull();
  });
});

describe("register of sessions", () => {
  it("knows a session after a restart, by the hash of its token alone", async () => {
    await passwordOf(officer);
    const token = tokenOf(officer.name);
    register.close();
    register = open();
    expect(register.personOf(token)).toEqual(officer);
    expect(register.personOf(`${token}x`)).toBeNull();
    expect(register.personOf("")).toBeNull();
    expect(onDisk()).not.toContain(token);
  });

  it("ends a session that is closed, and no other", async () => {
    await passwordOf(officer);
    const [first, second] = [tokenOf(officer.name), tokenOf(officer.name)];
    register.closeSession(first);
    expect(register.personOf(first)).toBeNull();
    expect(register.personOf(second)).toEqual(officer);
  });

  it("ends a session twelve hours after its last use, not after its first", async () => {
    await passwordOf(officer);
    const [used, unused] = [tokenOf(officer.name), tokenOf(officer.name)];
    at += 8 * HOUR_MS;
    expect(register.personOf(used)).toEqual(officer);
    at += 8 * HOUR_MS;
    expect(register.personOf(used)).toEqual(officer);
    expect(register.personOf(unused)).toBeNull();
    at += 12 * HOUR_MS;
    expect(register.personOf(used)).toBeNull();
  });

  it("ends a session seven days after its login, however much it is used", async () => {
    await passwordOf(officer);
    const token = tokenOf(officer.name);
    for (let hour = 0; hour < 7 * 24; hour += 6) {
      expect(register.personOf(token)).toEqual(officer);
      at += 6 * HOUR_MS;
    }
    expect(register.personOf(token)).toBeNull();
  });

  it("lists a person's sessions by names that open nothing, and ends one or all of them", async () => {
    await passwordOf(officer);
    const [first, second, third] = [tokenOf(officer.name), tokenOf(officer.name), tokenOf(officer.name)];
    const listed = register.listSessions(officer.name);
    expect(listed).toHaveLength(3);
    for (const { id } of listed) expect(register.personOf(id)).toBeNull();
    expect(listed[0]?.id).toBe(register.sessionOf(first)?.id);
    expect(register.endSessions(officer.name, listed[0]?.id)).toBe(1);
    expect([first, second, third].map((token) => register.personOf(token) !== null)).toEqual([false, true, true]);
    expect(register.endSessions(officer.name, "another")).toBe(0);
    expect(register.endSessions(officer.name)).toBe(2);
    expect(register.personOf(third)).toBeNull();
  });

  it("keeps a bounded number of sessions a person, the newest ones", async () => {
    await passwordOf(officer);
    const tokens: string[] = [];
    for (let count = 0; count < 55; count += 1) {
      at += 1;
      tokens.push(tokenOf(officer.name));
    }
    const alive = tokens.map((token) => register.personOf(token) !== null);
    expect(alive).toEqual([...Array<boolean>(5).fill(false), ...Array<boolean>(50).fill(true)]);
  });
});

describe("register of walls", () => {
  const entry: WallEntry & { readonly by: string } = {
    id: "hall",
    name: "Hall",
    tier: "city",
    scope: { counties: ["haifeng"] },
    by: "admin-1",
  };
  const add = (): string => {
    const added = register.addWall(entry);
    if (!added.ok) throw new Error(added.fault);
    return added.token;
  };
  const bind = (token: string, cookie: string | null = null) => {
    const bound = register.bindWall(token, cookie);
    if (!bound.ok) throw new Error("not bound");
    return bound;
  };
  const hall = { name: "Hall", role: "viewer", tier: "city", scope: { counties: ["haifeng"] }, isWall: true };

  it("tells a wall's token once and keeps only its hash, and that of its browser", () => {
    const token = add();
    const { cookie, person } = bind(token);
    expect(person).toEqual(hall);
    expect(register.wallOf(cookie)).toEqual({ ok: true, id: "hall", person: hall, seat: defaultSeat });
    expect(onDisk()).not.toContain(token);
    expect(onDisk()).not.toContain(cookie.split(".")[1]);
    expect(register.addWall(entry)).toEqual({ ok: false, fault: "nameTaken" });
  });

  it("belongs to the first browser that brings its token, for years", () => {
    const token = add();
    const { cookie } = bind(token);
    expect(register.bindWall(token, null)).toEqual({ ok: false, id: "hall" });
    expect(register.bindWall(token, `${token}.stolen`)).toEqual({ ok: false, id: "hall" });
    expect(register.wallOf(`${token}.stolen`)).toEqual({ ok: false, id: "hall" });
    expect(register.wallOf(token)).toEqual({ ok: false, id: "hall" });
    expect(register.bindWall("unknown", null)).toEqual({ ok: false, id: null });
    expect(bind(token, cookie).cookie).toBe(cookie);
    at += 1000 * 24 * HOUR_MS;
    expect(register.wallOf(cookie)).toMatchObject({ ok: true });
    expect(register.findWall("hall")).toMatchObject({ seenAt: at, isBound: true });
  });

  it("is free for another browser once it is unbound, and for none once it is revoked", () => {
    const token = add();
    const first = bind(token).cookie;
    expect(register.unbindWall("hall")).toBe(true);
    expect(register.wallOf(first)).toEqual({ ok: false, id: "hall" });
    const second = bind(token).cookie;
    expect(register.wallOf(first)).toEqual({ ok: false, id: "hall" });
    expect(register.wallOf(second)).toMatchObject({ ok: true });
    expect(register.revokeWall("hall")).toBe(true);
    expect(register.wallOf(second)).toEqual({ ok: false, id: null });
    expect(register.bindWall(token, second)).toEqual({ ok: false, id: null });
    expect([register.revokeWall("hall"), register.unbindWall("hall"), register.revokeWall("none")]).toEqual([
      false,
      false,
      false,
    ]);
    expect(register.listWalls()).toMatchObject([{ id: "hall", revokedAt: at, createdBy: "admin-1" }]);
  });
});

describe("register of devices", () => {
  it("tells a device's secret once and keeps only its hash", () => {
    const added = register.addDevice("tank-farm-1", "gw-1");
    if (!added.ok) throw new Error(added.fault);
    expect(added.userName).toBe("tank-farm-1.gw-1");
    expect(Buffer.from(added.secret, "base64url")).toHaveLength(16);
    const who = { site: "tank-farm-1", device: "gw-1" };
    expect(register.checkDevice(added.userName, added.secret)).toEqual(who);
    expect(register.checkDevice(added.userName, Buffer.from(added.secret))).toEqual(who);
    expect(onDisk()).not.toContain(added.secret);
    expect(register.listDevices()).toMatchObject([
      { ...who, userName: added.userName, createdAt: at, dialect: "native", stage: "open" },
    ]);
  });

  it("refuses a wrong secret, another device's secret and an unknown user name", () => {
    const one = register.addDevice("pond-1", "gw-1");
    const two = register.addDevice("pond-1", "gw-2");
    if (!one.ok || !two.ok) throw new Error("not added");
    expect(register.checkDevice(one.userName, two.secret)).toBeNull();
    expect(register.checkDevice(one.userName, "")).toBeNull();
    for (const name of ["pond-1.gw-3", "pond-1", "", ".", "pond-1.gw-1.x", "pond-1/gw-1", "pond-1.gw-1\0x"]) {
      expect(register.checkDevice(name, one.secret)).toBeNull();
    }
  });

  it("enters no device twice and none under a bad name", () => {
    expect(register.addDevice("pond-1", "gw-1").ok).toBe(true);
    expect(register.addDevice("pond-1", "gw-1")).toEqual({ ok: false, fault: "nameTaken" });
    for (const bad of ["", "Pond", "a.b", "a/b", "+", "#", "__proto__"]) {
      expect(register.addDevice(bad, "gw-1")).toEqual({ ok: false, fault: "nameInvalid" });
      expect(register.renewDevice("pond-1", bad)).toEqual({ ok: false, fault: "nameInvalid" });
    }
  });

  it("ends the old secret with a new one, and every secret with the device that is retired", () => {
    const old = register.addDevice("pond-1", "gw-1");
    const renewed = register.renewDevice("pond-1", "gw-1");
    if (!old.ok || !renewed.ok) throw new Error("not added");
    expect(register.checkDevice(old.userName, old.secret)).toBeNull();
    expect(register.checkDevice(renewed.userName, renewed.secret)).not.toBeNull();
    expect(register.retireDevice("pond-1", "gw-1").ok).toBe(true);
    expect(register.retireDevice("pond-1", "gw-1")).toEqual({ ok: false, fault: "retired" });
    expect(register.renewDevice("pond-1", "gw-1")).toEqual({ ok: false, fault: "retired" });
    expect(register.checkDevice(renewed.userName, renewed.secret)).toBeNull();
  });
});

describe("register of acts", () => {
  const actor = { by: { name: "duty-1", role: "administrator" }, reason: "new gateway", from: "127.0.0.1" } as const;
  const add = (device: string) =>
    register.audited(actor, { act: "device.add", target: `pond-1/${device}` }, () => {
      const added = register.addDevice("pond-1", device);
      return added.ok ? { ok: true, before: null, after: { device }, result: added.secret } : added;
    });

  it("writes an act in the transaction of what it did, and holds it until the journal has it", () => {
    expect(add("gw-1")).toMatchObject({ ok: true });
    at += 1;
    expect(add("gw-2")).toMatchObject({ ok: true });
    const [first, second] = register.waitingAudits();
    expect(first).toMatchObject({ ...actor, act: "device.add", target: "pond-1/gw-1", before: null, at: at - 1 });
    register.noteJournalled(first?.id ?? "");
    expect(register.waitingAudits()).toEqual([second]);
    expect(register.listAudits({ from: 0, to: at, limit: 9 })).toEqual([second, first]);
    expect(register.listAudits({ from: 0, to: at, limit: 9, target: "pond-1/gw-1" })).toEqual([first]);
    expect(register.listAudits({ from: at, to: at, limit: 9 })).toEqual([second]);
  });

  it("writes nothing of an act that was refused or failed, and nothing of what it began", () => {
    add("gw-1");
    expect(add("gw-1")).toEqual({ ok: false, fault: "nameTaken" });
    expect(() =>
      register.audited(actor, { act: "device.add", target: "pond-1/gw-3" }, () => {
        register.addDevice("pond-1", "gw-3");
        throw new Error("a bug");
      }),
    ).toThrow("a bug");
    expect(register.waitingAudits()).toHaveLength(1);
    expect(register.listDevices()).toHaveLength(1);
  });
});

describe("register file", () => {
  it("is readable by its owner only, its write-ahead log too", () => {
    register.addDevice("pond-1", "gw-1");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(`${file}-wal`).mode & 0o777).toBe(0o600);
  });

  it("is shared by connections: what a command enters, the server knows", async () => {
    const other = open();
    const added = await other.addPerson(officer);
    other.close();
    if (!added.ok) throw new Error(added.fault);
    expect(await register.checkPassword(officer.name, added.password)).toEqual(officer);
  });

  it("of the first version becomes one of this version: people, sessions and devices go on", () => {
    register.close();
    rmSync(file);
    const old = new Database(file);
    old.exec(`CREATE TABLE people (name TEXT PRIMARY KEY, role TEXT NOT NULL, tier TEXT NOT NULL, salt BLOB NOT NULL,
      hash BLOB NOT NULL, n INTEGER NOT NULL, r INTEGER NOT NULL, p INTEGER NOT NULL, createdAt INTEGER NOT NULL) STRICT;
      CREATE TABLE sessions (token BLOB PRIMARY KEY, person TEXT NOT NULL REFERENCES people (name) ON DELETE CASCADE,
      createdAt INTEGER NOT NULL, expiresAt INTEGER NOT NULL) STRICT;
      CREATE INDEX sessionsByPerson ON sessions (person, createdAt);
      CREATE TABLE devices (site TEXT NOT NULL, device TEXT NOT NULL, hash BLOB NOT NULL, createdAt INTEGER NOT NULL,
      PRIMARY KEY (site, device)) STRICT; PRAGMA user_version = 1`);
    const hash = createHash("sha256").update("its secret").digest();
    old.prepare("INSERT INTO people VALUES (?, ?, ?, ?, ?, 1024, 8, 1, 5)").run("duty-1", "viewer", "city", hash, hash);
    old.prepare("INSERT INTO devices VALUES (?, ?, ?, ?)").run("pond-1", "gw-1", hash, 7);
    old.close();
    register = open();
    expect(register.listPeople()).toEqual([{ name: "duty-1", role: "viewer", tier: "city" }]);
    expect(register.checkDevice("pond-1.gw-1", "its secret")).toEqual({ site: "pond-1", device: "gw-1" });
    expect(register.listDevices()).toMatchObject([{ dialect: "native", stage: "open", createdAt: 7, retiredAt: null }]);
  });

  it("is refused, untouched, where a newer server has written it", () => {
    register.close();
    const db = new Database(file);
    db.exec("PRAGMA user_version = 99");
    db.close();
    expect(() => open()).toThrow(/open register/);
    const again = new Database(file);
    expect(again.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: 99 });
    again.exec("PRAGMA user_version = 3");
    again.close();
    register = open();
  });
});

describe("the version of the register", () => {
  it("is another one after a write of its own or of another process, and else stays", () => {
    const first = register.version();
    expect(register.version()).toBe(first);
    register.addDevice("plant-1", "gw-1");
    const second = register.version();
    expect(second).not.toBe(first);
    const other = open();
    other.addDevice("plant-1", "gw-2");
    other.close();
    expect(register.version()).not.toBe(second);
  });
});
