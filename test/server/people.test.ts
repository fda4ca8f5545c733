// People over real HTTP: what an administrator does, what takes two, what everybody may do about himself, and the record of it.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { FaultCode } from "../../contract/faults.ts";
import type { Account, SessionView } from "../../contract/people.ts";
import { createPeopleDesk } from "../../server/app/people.ts";
import { mayDo } from "../../server/domain/access.ts";
import { type Answered, type Browser, type House, openHouse } from "../support/house.ts";

let house: House;
let admin: Browser;

beforeEach(async () => {
  house = await openHouse();
  for (const name of ["admin-1", "admin-2"]) await house.enter({ name, role: "administrator", tier: "city" });
  await house.enter({ name: "duty-1", role: "dutyOfficer", tier: "county" });
  admin = await house.loggedIn("admin-1");
});

afterEach(() => house.close());

const second = () => ({ name: "admin-2", password: house.passwords.get("admin-2") });
const refused = (answer: Answered): unknown => [answer.status, answer.body["code"]];
const codeOf = async (answer: Promise<Answered>): Promise<unknown> => (await answer).body["code"];
const accounts = async (): Promise<readonly Account[]> =>
  (await admin.get("/api/people")).body as unknown as readonly Account[];
const acts = () => house.journal.map(({ act, target }) => `${act} ${target}`);

describe("people", () => {
  it("are entered with a password that is told once and serves for one login", async () => {
    const wanted = { name: "lin", role: "dutyOfficer", tier: "township", scope: { towns: ["梅陇镇"] } };
    const added = await admin.post("/api/people/add", wanted);
    expect(added).toEqual({ status: 200, body: { ok: true, password: expect.stringMatching(/^[a-z0-9-]{19}$/) } });
    const first = added.body["password"];
    const lin = house.browser();
    expect((await lin.post("/api/login", { name: "lin", password: first })).body).toMatchObject({ mustChange: true });
    expect(refused(await lin.get("/api/plant"))).toEqual([401, "NOT_LOGGED_IN"]);
    expect((await lin.get("/api/session")).body).toMatchObject({ person: null });
    const chosen = "three herons on a dam";
    expect((await lin.post("/api/me/password", { old: first, new: chosen })).status).toBe(200);
    expect((await lin.get("/api/plant")).status).toBe(200);
    expect(refused(await house.browser().post("/api/login", { name: "lin", password: first }))).toEqual([
      401,
      "LOGIN_FAILED",
    ]);
    expect((await lin.get("/api/session")).body).toMatchObject({ person: wanted });
    expect(JSON.stringify(house.register.listAudits({ from: 0, to: Date.now(), limit: 99 }))).not.toContain(first);
  });

  it("are listed with when they were last there, and never with a hash", async () => {
    const listed = await accounts();
    expect(listed.map(({ name, seenAt }) => [name, seenAt !== null])).toEqual([
      ["admin-1", true],
      ["admin-2", false],
      ["duty-1", false],
    ]);
    expect(Object.keys(listed[0] ?? {}).toSorted()).toEqual(
      ["name", "role", "tier", "createdAt", "seenAt", "lockedAt", "mustChange"].toSorted(),
    );
  });

  it("lose their sessions when their role, scope or lock changes", async () => {
    const changes: [string, object][] = [
      ["edit", { name: "duty-1", role: "viewer", tier: "county" }],
      ["edit", { name: "duty-1", role: "viewer", tier: "county", scope: { counties: ["haifeng"] } }],
      ["reset", { name: "duty-1", reason: "forgotten" }],
      ["lock", { name: "duty-1", reason: "on leave" }],
    ];
    for (const [act, body] of changes) {
      const duty = await house.loggedIn("duty-1");
      const done = await admin.post(`/api/people/${act}`, body);
      expect([act, done.status]).toEqual([act, 200]);
      expect([act, refused(await duty.get("/api/plant"))]).toEqual([act, [401, "NOT_LOGGED_IN"]]);
      const password = done.body["password"];
      if (typeof password === "string") house.passwords.set("duty-1", password);
    }
    const again = { name: "duty-1", password: house.passwords.get("duty-1") };
    expect(await codeOf(house.browser().post("/api/login", again))).toBe("LOGIN_FAILED");
    expect((await admin.post("/api/people/unlock", { name: "duty-1", reason: "back" })).status).toBe(200);
    expect((await house.browser().post("/api/login", again)).status).toBe(200);
  });

  it("are an administrator's business, of the whole city", async () => {
    const town: Parameters<House["enter"]>[0] = { name: "admin-3", role: "administrator", tier: "county" };
    await house.enter({ ...town, scope: { counties: ["haifeng"] } });
    for (const name of ["duty-1", "admin-3"]) {
      const other = await house.loggedIn(name);
      const wanted = { name: "x", role: "viewer", tier: "city" };
      expect(refused(await other.post("/api/people/add", wanted))).toEqual([403, "NOT_ALLOWED"]);
      for (const path of ["people", "walls", "audit?from=0&to=9&limit=9"]) {
        expect([name, path, refused(await other.get(`/api/${path}`))]).toEqual([name, path, [403, "NOT_ALLOWED"]]);
      }
    }
    expect(refused(await house.browser().get("/api/people"))).toEqual([401, "NOT_LOGGED_IN"]);
    expect((await accounts()).some(({ name }) => name === "x")).toBe(false);
  });

  it("are refused where name, role, tier or scope do not fit", async () => {
    const fit = { name: "x-1", role: "viewer", tier: "city" };
    const wrong: [object, FaultCode][] = [
      [{ ...fit, name: "a b" }, "NAME_INVALID"],
      [{ ...fit, name: "duty-1" }, "NAME_TAKEN"],
      [{ ...fit, role: "root" }, "COMMAND_INVALID"],
      [{ ...fit, tier: "moon" }, "COMMAND_INVALID"],
      [{ ...fit, scope: { planets: ["x"] } }, "COMMAND_INVALID"],
      [{ ...fit, isAdmin: true }, "COMMAND_INVALID"],
    ];
    for (const [body, code] of wrong) expect(await codeOf(admin.post("/api/people/add", body))).toBe(code);
    const nobody = { name: "nobody", reason: "x" };
    for (const act of ["lock", "unlock", "reset", "remove"]) {
      expect(refused(await admin.post(`/api/people/${act}`, nobody))).toEqual([404, "NOT_FOUND"]);
    }
  });
});

describe("a dangerous act", () => {
  const promote = { name: "duty-1", role: "administrator", tier: "city" };

  it("takes a second administrator by his password, and nobody else", async () => {
    await house.enter({ name: "admin-3", role: "administrator", tier: "city", scope: { counties: ["haifeng"] } });
    const own = { name: "admin-1", password: house.passwords.get("admin-1") };
    const tries: [object | undefined, FaultCode][] = [
      [undefined, "APPROVER_REQUIRED"],
      [own, "APPROVER_NOT_ALLOWED"],
      [{ name: "duty-1", password: house.passwords.get("duty-1") }, "APPROVER_NOT_ALLOWED"],
      [{ name: "admin-3", password: house.passwords.get("admin-3") }, "APPROVER_NOT_ALLOWED"],
      [{ name: "admin-2", password: "guess" }, "LOGIN_FAILED"],
    ];
    for (const [approval, code] of tries) {
      expect(await codeOf(admin.post("/api/people/edit", { ...promote, approval }))).toBe(code);
    }
    expect(house.register.findAccount("duty-1")?.role).toBe("dutyOfficer");
    expect((await admin.post("/api/people/edit", { ...promote, approval: second() })).status).toBe(200);
    expect(house.register.findAccount("duty-1")?.role).toBe("administrator");
    await expect.poll(acts).toContain("person.edit duty-1");
    const entry = house.journal.find(({ act }) => act === "person.edit");
    expect(entry).toMatchObject({
      by: { name: "admin-1", role: "administrator" },
      approver: "admin-2",
      from: "127.0.0.1",
      before: { role: "dutyOfficer", tier: "county" },
      after: { role: "administrator", tier: "city" },
    });
    expect(JSON.stringify(entry)).not.toContain(house.passwords.get("admin-2"));
  });

  it("takes nobody by a password that was handed out: whoever handed it out could approve himself", async () => {
    const reset = { name: "admin-2", reason: "forgotten", approval: second() };
    const handed = (await admin.post("/api/people/reset", reset)).body["password"];
    const approval = { name: "admin-2", password: handed };
    expect(await codeOf(admin.post("/api/people/edit", { ...promote, approval }))).toBe("APPROVER_NOT_ALLOWED");
    expect(house.register.findAccount("duty-1")?.role).toBe("dutyOfficer");
  });

  it("is each one that makes an administrator, or takes one's role, access or password", async () => {
    const about = { name: "admin-2", reason: "left" };
    const dangerous: [string, object][] = [
      ["add", { name: "x-1", role: "administrator", tier: "city" }],
      ["edit", promote],
      ["edit", { name: "admin-2", role: "viewer", tier: "city" }],
      ["edit", { name: "admin-2", role: "administrator", tier: "city", scope: { counties: ["haifeng"] } }],
      ...["lock", "unlock", "reset", "remove"].map((act): [string, object] => [act, about]),
    ];
    for (const [act, body] of dangerous) {
      expect([act, await codeOf(admin.post(`/api/people/${act}`, body))]).toEqual([act, "APPROVER_REQUIRED"]);
    }
    expect((await admin.post("/api/people/remove", { name: "duty-1", reason: "left" })).status).toBe(200);
  });

  it("never takes the last administrator, whatever happened while the passwords were checked", async () => {
    const { register } = house;
    await house.enter({ name: "admin-3", role: "administrator", tier: "city", scope: { counties: ["haifeng"] } });
    const person = { name: "admin-1", role: "administrator", tier: "city" } as const;
    const desk = createPeopleDesk({
      register,
      audit: { look: async () => {}, note: () => {}, stop: () => {} },
      approver: async ({ name }) => {
        register.lockPerson(name, true);
        return { ...person, name };
      },
      ownPassword: async () => "LOGIN_FAILED",
      mayDo,
      isDemo: false,
    });
    const caller = { person, from: "127.0.0.1" };
    const about = { name: "admin-1", reason: "left", approval: { name: "admin-2", password: "x" } };
    for (const act of ["lock", "remove"] as const) {
      expect(await desk.actOnPerson(act, about, caller)).toEqual({ ok: false, code: "LAST_ADMINISTRATOR" });
    }
    const demoted = { name: "admin-1", role: "viewer" as const, tier: "city" as const, approval: about.approval };
    expect(await desk.actOnPerson("edit", demoted, caller)).toEqual({ ok: false, code: "LAST_ADMINISTRATOR" });
    register.lockPerson("admin-2", false);
    expect(register.findAccount("admin-1")).toMatchObject({ role: "administrator", lockedAt: null });
  });
});

describe("an act that was not dangerous when it was asked", () => {
  it("is one for two if he has become an administrator while his password was being made", async () => {
    const { register } = house;
    const desk = createPeopleDesk({
      register: {
        ...register,
        newPassword: (name) => {
          register.changePerson({ name, role: "administrator", tier: "city" });
          return register.newPassword(name);
        },
      },
      audit: { look: async () => {}, note: () => {}, stop: () => {} },
      approver: async () => "LOGIN_FAILED",
      ownPassword: async () => "LOGIN_FAILED",
      mayDo,
      isDemo: false,
    });
    const caller = { person: { name: "admin-1", role: "administrator", tier: "city" }, from: "127.0.0.1" } as const;
    const reset = await desk.actOnPerson("reset", { name: "duty-1", reason: "forgotten" }, caller);
    expect(reset).toEqual({ ok: false, code: "APPROVER_REQUIRED" });
    expect(register.findAccount("duty-1")?.mustChange).toBe(false);
  });
});

describe("one's own account", () => {
  it("changes its password with the old one only, and keeps no other session", async () => {
    const [here, there] = [await house.loggedIn("duty-1"), await house.loggedIn("duty-1")];
    const before = here.cookie();
    const old = house.passwords.get("duty-1");
    const change = (body: object) => here.post("/api/me/password", body);
    expect(refused(await change({ old: "guess", new: "three herons on a dam" }))).toEqual([401, "LOGIN_FAILED"]);
    expect(await codeOf(change({ old, new: "short" }))).toBe("PASSWORD_INVALID");
    expect(await codeOf(change({ old, new: "duty-1-password" }))).toBe("PASSWORD_COMMON");
    expect(await codeOf(change({ old, new: old }))).toBe("PASSWORD_COMMON");
    expect((await change({ old, new: "three herons on a dam" })).status).toBe(200);
    expect(here.cookie()).not.toBe(before);
    expect((await here.get("/api/plant")).status).toBe(200);
    expect((await there.get("/api/plant")).status).toBe(401);
    await expect.poll(acts).toContain("person.password duty-1");
  });

  it("stays as an administrator has reset it, whatever its owner was choosing meanwhile", async () => {
    const { register } = house;
    const chosen = "three herons on a dam";
    const person = { name: "duty-1", role: "dutyOfficer", tier: "county" } as const;
    const session = register.sessionOf(register.openSession("duty-1") ?? "");
    const desk = createPeopleDesk({
      register: {
        ...register,
        newPassword: async (name, wanted) => {
          const made = await register.newPassword(name, wanted);
          const reset = await register.newPassword(name);
          if (reset.ok) register.keepPassword(name, reset.kept, true);
          return made;
        },
      },
      audit: { look: async () => {}, note: () => {}, stop: () => {} },
      approver: async () => "LOGIN_FAILED",
      ownPassword: async () => person,
      mayDo,
      isDemo: false,
    });
    const caller = { person, from: "127.0.0.1", id: session?.id ?? "" };
    const changed = await desk.changePassword(caller, { old: "x", new: chosen });
    expect(changed).toEqual({ ok: false, code: "NOT_LOGGED_IN" });
    expect(register.findAccount("duty-1")?.mustChange).toBe(true);
    expect(await register.checkPassword("duty-1", chosen)).toBeNull();
  });

  it("sees its sessions and ends one of them, or all", async () => {
    const [here, there, third] = [
      await house.loggedIn("duty-1"),
      await house.loggedIn("duty-1"),
      await house.loggedIn("duty-1"),
    ];
    const seen = (await here.get("/api/me/sessions")).body;
    const sessions = seen["sessions"] as readonly SessionView[];
    expect(sessions).toHaveLength(3);
    expect(sessions[0]).toMatchObject({ id: seen["current"], address: "127.0.0.1" });
    expect((await here.post("/api/me/sessions/end", { id: sessions[1]?.id })).body).toEqual({ ended: 1 });
    expect((await there.get("/api/plant")).status).toBe(401);
    expect((await third.get("/api/plant")).status).toBe(200);
    const foreign = (await admin.get("/api/me/sessions")).body["current"];
    expect(refused(await here.post("/api/me/sessions/end", { id: foreign }))).toEqual([404, "NOT_FOUND"]);
    expect((await here.post("/api/me/sessions/end", {})).body).toEqual({ ended: 2 });
    expect(here.cookies.size).toBe(0);
    expect((await third.get("/api/plant")).status).toBe(401);
    expect(refused(await third.get("/api/me/sessions"))).toEqual([401, "NOT_LOGGED_IN"]);
    expect((await admin.get("/api/plant")).status).toBe(200);
  });
});

describe("the record", () => {
  it("has logins, logouts, acts and refused acts, in the journal in the same order", async () => {
    const duty = await house.loggedIn("duty-1");
    for (let time = 0; time < 5; time += 1) await duty.get("/api/people");
    await duty.post("/api/logout");
    await admin.post("/api/people/lock", { name: "duty-1", reason: "on leave" });
    await expect
      .poll(acts)
      .toEqual([
        "session.open admin-1",
        "session.open duty-1",
        "act.refused administer",
        "session.close duty-1",
        "person.lock duty-1",
      ]);
    const listed = (await admin.get(`/api/audit?from=0&to=${Date.now()}&limit=99`)).body;
    expect(listed).toEqual(house.journal.toReversed());
    const one = (await admin.get(`/api/audit?from=0&to=${Date.now()}&limit=99&target=administer`)).body;
    expect(one).toMatchObject([{ by: { name: "duty-1" }, after: { count: 1 } }]);
    expect(refused(await admin.get("/api/audit?from=0&to=9&limit=0"))).toEqual([400, "QUERY_INVALID"]);
  });

  it("answers an act that the journal cannot take yet, and brings it there when the disk is well", async () => {
    house.isDiskWell = false;
    expect((await admin.post("/api/people/lock", { name: "duty-1", reason: "on leave" })).status).toBe(200);
    expect(house.register.findAccount("duty-1")?.lockedAt).not.toBeNull();
    expect(acts()).not.toContain("person.lock duty-1");
    house.isDiskWell = true;
    await expect.poll(acts, { timeout: 5000 }).toContain("person.lock duty-1");
    expect(house.register.waitingAudits()).toEqual([]);
  });

  it("tells of guesses that came too early: one entry, not one a guess", async () => {
    const guess = () => house.browser().post("/api/login", { name: "duty-1", password: "guess" });
    for (let time = 0; time < 9; time += 1) await guess();
    await expect.poll(acts).toContain("session.refused duty-1");
    expect(acts().filter((act) => act.startsWith("session.refused"))).toHaveLength(1);
  });
});
