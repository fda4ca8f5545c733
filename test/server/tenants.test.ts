// What is not theirs: every attempt of a person with a part of the city to see or do something outside it, each on its own.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CommandAct } from "../../contract/command.ts";
import type { Plan, Site } from "../../contract/plant.ts";
import { isWithin } from "../../contract/scope.ts";
import type { Person, Snapshot } from "../../contract/wall.ts";
import {
  type City,
  nowhere,
  openCity,
  own,
  password,
  people,
  scopes,
  theirs,
  watchers,
  type Who,
} from "../support/city.ts";
import { until } from "../support/server.ts";
import { farewell, newWall, refusal } from "../support/socket-room.ts";

let city: City;

beforeAll(async () => {
  city = await openCity();
}, 120_000);

afterAll(() => city.close(), 60_000);

const outsideOf = (who: Who): readonly Site[] =>
  city.whole.sites.filter((site) => !isWithin((people[who] as Person).scope, site));

/** Nothing that was told names a site outside. */
function expectNothingOf(who: Who, told: unknown): void {
  const text = JSON.stringify(told);
  const outside = outsideOf(who);
  expect(outside.map(({ id }) => id)).toContain(theirs.site);
  const named = outside.filter(({ id, name }) => new RegExp(`\\b${id}\\b`, "u").test(text) || text.includes(name.zh));
  expect(named.map(({ id }) => id)).toEqual([]);
}

/** What a person may read, attempt by attempt; each is made by every one of the four. */
const reads: readonly (readonly [what: string, attempt: (who: Who) => void | Promise<void>])[] = [
  [
    "the plan of the snapshot names no site, item, point, device or rule outside, and what is inside is there",
    (who) => {
      const { plan } = city.seat(who).snapshots[0] as Snapshot;
      expect(plan.sites.map(({ id }) => id)).toContain(own.site);
      expectNothingOf(who, plan);
    },
  ],
  [
    "the states of the snapshot are of own sites and devices only",
    (who) => {
      const { plan, sites, devices, alarms } = city.seat(who).snapshots[0] as Snapshot;
      expect(sites.map(({ id }) => id).toSorted()).toEqual(plan.sites.map(({ id }) => id).toSorted());
      expectNothingOf(who, [sites, devices, alarms]);
    },
  ],
  [
    "the values of the snapshot stand at the places of its own plan",
    (who) => {
      const { plan, values } = city.seat(who).snapshots[0] as Snapshot;
      expect(values.map(([place]) => place)).toEqual(plan.points.map((_, place) => place));
    },
  ],
  [
    "a live alarm outside is no change of theirs, and one inside is",
    (who) => {
      const items = city.seat(who).changes.flatMap((changes) => changes.items);
      const alarms = items.flatMap((item) => (item.type === "alarm" ? [item.alarm.id] : []));
      expect(alarms).toContain(own.alarm);
      expectNothingOf(who, items);
    },
  ],
  [
    "what is left out of the changes is no gap: each goes on from the last, and the beat names what was told",
    (who) => {
      const { snapshots, changes, beats } = city.seat(who);
      let upTo = snapshots[0]?.seq;
      for (const one of changes) {
        expect(one.after).toBe(upTo);
        ({ upTo } = one);
      }
      expect(beats.at(-1)?.seq).toBeLessThanOrEqual(upTo as number);
      expect(snapshots).toHaveLength(1);
    },
  ],
  [
    "frames bring own points under own places, with the values that the city sees, and no others",
    (who) => {
      const { snapshots, frames } = city.seat(who);
      const { plan } = snapshots[0] as Snapshot;
      const values = new Map(frames.flatMap((frame) => frame.values.map(([place, value]) => [place, value])));
      const place = plan.points.findIndex(({ id }) => id === own.point);
      expect(values.get(place)).toBe(80);
      expect([...values.keys()].map((one) => plan.points[one]?.id)).toEqual([own.point]);
    },
  ],
  [
    "the oldest data of the beat is of an own point",
    (who) => {
      const { snapshots, beats } = city.seat(who);
      const points = (snapshots[0] as Snapshot).plan.points.map(({ id }) => id);
      expect(points).toContain(beats.at(-1)?.oldest?.point);
      expect(city.seat("city").beats.at(-1)?.oldest?.point).toBeDefined();
    },
  ],
  [
    "watching a point outside is answered like one that there is not",
    async (who) => {
      const { wall } = city.seat(who);
      const [outside, unknown] = [theirs, nowhere].map(({ point }) => wall.emitWithAck("watch", { points: [point] }));
      expect([await outside, await unknown]).toEqual([
        { ok: false, code: "NOT_FOUND" },
        { ok: false, code: "NOT_FOUND" },
      ]);
    },
  ],
  [
    "history of a point outside is answered like one that there is not, and of an own one it is given",
    async (who) => {
      const query = (point: string) =>
        `/api/history?point=${encodeURIComponent(point)}&from=0&to=${Date.now()}&buckets=10`;
      const [outside, unknown, inside] = await Promise.all(
        [theirs, nowhere, own].map(({ point }) => city.get(query(point), who)),
      );
      expect([outside?.status, unknown?.status, inside?.status]).toEqual([404, 404, 200]);
      expect(await outside?.text()).toBe(await unknown?.text());
    },
  ],
  [
    "the rules of a point and of a site outside are answered like those that there are not",
    async (who) => {
      for (const key of ["point", "site"] as const) {
        const path = (of: Readonly<Record<typeof key, string>>) => `/api/rules/${encodeURIComponent(of[key])}`;
        const [outside, unknown, inside] = await Promise.all(
          [theirs, nowhere, own].map((of) => city.get(path(of), who)),
        );
        expect([outside?.status, unknown?.status, inside?.status]).toEqual([404, 404, 200]);
        expect(await outside?.text()).toBe(await unknown?.text());
      }
    },
  ],
  [
    "the plant over HTTP is that of the snapshot",
    async (who) => {
      const plan = (await (await city.get("/api/plant", who)).json()) as Plan;
      expect(plan).toEqual(city.seat(who).snapshots[0]?.plan);
      expectNothingOf(who, plan);
    },
  ],
  [
    "the health with its examples is the city's",
    async (who) => {
      const refused = await city.get("/api/health", who);
      expect(refused.status).toBe(403);
      expectNothingOf(who, await refused.json());
      expect(JSON.stringify(await (await city.get("/api/health", "city")).json())).toContain(theirs.site);
    },
  ],
  [
    "a new snapshot on asking is no larger than the first",
    async (who) => {
      const again = await city.sit(city.seat(who).cookie);
      again.wall.disconnect();
      const { alarms, values, plan } = again.snapshots[0] as Snapshot;
      expect(alarms.map(({ id }) => id)).toContain(own.alarm);
      expect(values).toHaveLength(plan.points.length);
      expectNothingOf(who, again.snapshots[0]);
    },
  ],
];

describe.each(watchers)("of what is not theirs, the %s reads nothing:", (who) => {
  it.each(reads)("%s", async (_, attempt) => attempt(who));
});

const reason = "an attempt";
const marked = { occurrence: 1, reason, forMs: 600_000 };
/** An act on an alarm or a point, by somebody whose role has the right to it. */
const acts: readonly (readonly [who: Who, act: CommandAct, words: Readonly<Record<string, unknown>>])[] = [
  ["enterprise", "acknowledge", { occurrence: 1, revision: 1 }],
  ["township", "acknowledge", { occurrence: 1, revision: 1 }],
  ["township", "reset", { occurrence: 1, reason, measurement: 5 }],
  ["township", "returnByHand", { occurrence: 1, reason, measurement: 5 }],
  ["township", "shelve", marked],
  ["township", "shelve", { ...marked, occurrence: 0 }],
  ["township", "unshelve", { occurrence: 1 }],
  ["township", "outOfService", { ...marked, order: "order 1", measure: "a patrol" }],
  ["township", "returnToService", { occurrence: 1 }],
  ["countySupervisor", "suppress", { occurrence: 1, reason, rule: "a rule" }],
  ["countySupervisor", "unsuppress", { occurrence: 1 }],
  ["sectorAdmin", "acknowledge", { occurrence: 1, revision: 1 }],
  ["sectorAdmin", "suppress", { occurrence: 1, reason, rule: "a rule" }],
];
const readings: readonly Who[] = ["enterprise", "township", "countySupervisor", "sectorAdmin"];

describe("on what is not theirs nobody acts:", () => {
  it.each(acts)("the %s, by %s %j", async (who, name, words) => {
    const before = city.alarmNow(theirs.alarm);
    const outside = await city.act(who, name, { ...words, alarm: theirs.alarm });
    const unknown = await city.act(who, name, { ...words, alarm: nowhere.alarm });
    // The same answer, whether there is such an alarm or not.
    expect(outside).toEqual({ ok: false, code: "ALARM_NOT_FOUND" });
    expect(unknown).toEqual(outside);
    expect(city.alarmNow(theirs.alarm)).toEqual(before);
    // Of an own one the answer is another: the right itself is there.
    expect(await city.act(who, name, { ...words, occurrence: 7, alarm: own.alarm })).not.toMatchObject({
      code: "ALARM_NOT_FOUND",
    });
  });

  it.each(readings)("the %s, by a reading", async (who) => {
    const outside = await city.act(who, "reading", { point: theirs.point, value: 5, reason });
    expect(outside).toEqual({ ok: false, code: "NOT_FOUND" });
    expect(await city.act(who, "reading", { point: nowhere.point, value: 5, reason })).toEqual(outside);
    expect(await city.act(who, "reading", { point: own.point, value: 80, reason: " " })).toEqual({
      ok: false,
      code: "REASON_REQUIRED",
    });
  });

  it.each(["countyViewer", "sectorViewer"] as const)("the %s, who acts on nothing at all", async (who) => {
    for (const { alarm } of [theirs, own]) {
      expect(await city.act(who, "acknowledge", { alarm, occurrence: 1, revision: 1 })).toEqual({
        ok: false,
        code: "NOT_ALLOWED",
      });
    }
  });

  it("an approver from outside approves nothing here", async () => {
    const words = { ...marked, occurrence: 0, order: "order 1", measure: "a patrol", alarm: "hc-01/LT-101~limit~high" };
    const by = (name: string) => ({ ...words, upTo: "yellow", approval: { name, password } });
    expect(await city.act("township", "outOfService", by("pondOfficer"))).toEqual({ ok: false, code: "NOT_ALLOWED" });
    expect(await city.act("township", "outOfService", by("city"))).not.toMatchObject({ code: "NOT_ALLOWED" });
  });

  it("a silence of the township's makes no wall quiet that shows more", async () => {
    expect(await city.act("township", "silence", {})).toMatchObject({ ok: true });
    const heard = (who: Who) =>
      city
        .seat(who)
        .changes.some(({ items }) => items.some((item) => item.type === "silence" && item.silence.by === "township"));
    await until("the township has heard it", () => heard("township"));
    expect((Object.keys(people) as Who[]).filter(heard)).toEqual(["township"]);
    const late = await city.sit(city.seat("townshipOfAll").cookie);
    late.wall.disconnect();
    expect(late.snapshots[0]?.silences).toEqual([]);
  });

  it("an enterprise's hand-over asks nobody else's alarms again", async () => {
    const before = city.alarmNow(theirs.alarm);
    const { revision } = city.alarmNow(own.alarm);
    expect(await city.act("enterprise", "handover", { tier: "enterprise" })).toMatchObject({ ok: true });
    await until("its own asks again", () => city.alarmNow(own.alarm).revision > revision);
    expect(city.alarmNow(theirs.alarm)).toEqual(before);
  });

  it.each(["enterprise", "township", "sectorAdmin"] as const)("the %s hands over no other tier", async (who) => {
    expect(await city.act(who, "handover", { tier: "county" })).toEqual({ ok: false, code: "NOT_ALLOWED" });
  });
});

describe("no rule of another is tried or enabled:", () => {
  /** The version that is in force, once more: the judge has nothing against it. */
  const draftOf = ({ point }: typeof own | typeof theirs, direction: "low" | "high") => {
    const rules = city.whole.points.find(({ id }) => id === point)?.rules ?? [];
    const levels = rules.find((rule) => rule.id === "limit" && rule.direction === direction)?.versions.at(-1)?.levels;
    const version = { version: 99, validFrom: Date.now() + 3_600_000, levels };
    return { source: point, rule: "limit", direction, version, reason };
  };
  const approval = { name: "city", password };

  it.each(["countySupervisor", "sectorAdmin"] as const)("the %s, by a preview", async (who) => {
    const draft = draftOf(theirs, "low");
    const outside = await city.post("/api/rules/preview", who, draft);
    const unknown = await city.post("/api/rules/preview", who, { ...draft, source: nowhere.point });
    expect([outside.status, unknown.status]).toEqual([404, 404]);
    expect(await outside.text()).toBe(await unknown.text());
    expect((await city.post("/api/rules/preview", "city", draft)).status).toBe(200);
  });

  it.each(["countySupervisor", "sectorAdmin"] as const)("the %s, by enabling", async (who) => {
    const draft = draftOf(theirs, "low");
    const outside = await city.post("/api/rules/enable", who, { change: draft, approval, seen: "x" });
    const unknown = { ...draft, source: nowhere.point };
    expect(outside.status).toBe(404);
    expect(await outside.text()).toBe(
      await (await city.post("/api/rules/enable", who, { change: unknown, approval, seen: "x" })).text(),
    );
  });

  it("an approver from outside enables nothing here", async () => {
    const change = draftOf(own, "high");
    const by = { name: "pondOfficer", password };
    const refused = await city.post("/api/rules/enable", "countySupervisor", { change, approval: by, seen: "x" });
    expect(await refused.json()).toMatchObject({ code: "APPROVER_NOT_ALLOWED" });
  });

  it.each(["enterprise", "countyViewer", "sectorViewer", "township"] as const)("the %s at all", async (who) => {
    expect((await city.post("/api/rules/preview", who, draftOf(theirs, "low"))).status).toBe(403);
  });
});

describe("nobody becomes another:", () => {
  it.each([
    ["no cookie", ""],
    ["an empty token", "skyground="],
    ["an invented token", `skyground=${"A".repeat(43)}`],
    ["a name for a token", "skyground=city"],
    ["a prototype's key for a token", "skyground=__proto__"],
    ["a pattern for a token", "skyground=%25"],
  ])("%s opens neither wall nor plant", async (_, cookie) => {
    expect((await city.get("/api/plant", null, { cookie })).status).toBe(401);
    const wall = newWall(city.base, { extraHeaders: { cookie } });
    expect(await refusal(wall)).toBe("NOT_LOGGED_IN");
  });

  it("the first of two cookies counts, so that one that was slipped in behind it changes nothing", async () => {
    const cookie = `${city.seat("enterprise").cookie}; ${city.seat("city").cookie}`;
    const { person } = (await (await city.get("/api/session", null, { cookie })).json()) as { readonly person: Person };
    const plan = (await (await city.get("/api/plant", null, { cookie })).json()) as Plan;
    expect(plan.sites.length === 1).toBe(person.name === "enterprise");
  });

  it("a session that was logged out is nobody's, on its wall and over HTTP", async () => {
    const cookie = await city.cookieOf("township");
    const { wall } = await city.sit(cookie);
    const gone = farewell(wall);
    await fetch(`${city.base}/api/logout`, { method: "POST", headers: { "x-skyground": "1", cookie } });
    expect((await city.get("/api/plant", null, { cookie })).status).toBe(401);
    // At once, not with the next look.
    expect(await gone).toBe("io server disconnect");
  });

  it("a person who is removed loses the wall by itself", async () => {
    const leaver = { name: "leaver", role: "dutyOfficer", tier: "township", scope: scopes.town } as const;
    await city.app.register.addPerson({ ...leaver, password });
    const { wall } = await city.sit(await city.cookieOf("leaver"));
    const gone = farewell(wall);
    city.app.register.removePerson("leaver");
    expect(await gone).toMatch(/disconnect|close/u);
  });

  it("a person who is entered anew with less gets a new snapshot, or no wall", async () => {
    const mover = { name: "mover", role: "dutyOfficer", tier: "county" } as const;
    await city.app.register.addPerson({ ...mover, password });
    const before = await city.sit(await city.cookieOf("mover"));
    expect(before.snapshots[0]?.plan.sites.length).toBe(city.whole.sites.length);
    const gone = farewell(before.wall);
    city.app.register.removePerson("mover");
    await city.app.register.addPerson({ ...mover, scope: scopes.town, password });
    await gone;
    const after = await city.sit(await city.cookieOf("mover"));
    after.wall.disconnect();
    expect(after.snapshots[0]?.plan.sites.map(({ id }) => id)).toEqual([own.site]);
  });

  it.each([
    ["a role", { role: "administrator" }],
    ["a scope", { scope: {} }],
    ["a person", { person: { name: "city", role: "administrator", tier: "city" } }],
    ["a prototype", JSON.parse('{"__proto__":{"role":"administrator"}}') as Record<string, unknown>],
  ])("%s in the body of a login is refused or left alone", async (_, more) => {
    const response = await fetch(`${city.base}/api/login`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-skyground": "1" },
      body: JSON.stringify({ name: "enterprise", password }).replace(/\}$/u, `,${JSON.stringify(more).slice(1)}`),
    });
    if (response.ok) {
      const { person } = (await response.json()) as { readonly person: Person };
      expect(person).toEqual(people.enterprise);
    } else expect(response.status).toBe(400);
  });

  it.each(["person", "scope", "site", "tier", "role"])("a command that says its %s is no command", async (key) => {
    const words = { alarm: theirs.alarm, occurrence: 1, revision: 1, [key]: { sites: [theirs.site] } };
    expect(await city.act("enterprise", "acknowledge", words)).toEqual({ ok: false, code: "COMMAND_INVALID" });
  });

  it.each(["__proto__", "constructor", "toString", "hasOwnProperty"])("%s is no alarm and no point", async (key) => {
    expect(await city.act("township", "acknowledge", { alarm: key, occurrence: 1, revision: 1 })).toEqual({
      ok: false,
      code: "ALARM_NOT_FOUND",
    });
    expect(await city.act("township", "reading", { point: key, value: 1, reason })).toEqual({
      ok: false,
      code: "NOT_FOUND",
    });
    expect((await city.get(`/api/rules/${key}`, "township")).status).toBe(404);
  });

  it.each([
    "/api/rules/tp-02%2FFB-01",
    "/api/rules/tp-02/FB-01",
    "/api/rules/hc-01%2F..%2Ftp-02%2FFB-01",
    "/api/rules/hc-01/../tp-02%2FFB-01",
    "/api/rules/%2e%2e/rules/tp-02%2FFB-01",
    "/api//rules/tp-02%2FFB-01",
    "/api/rules/tp-02%252FFB-01",
    "/api/rules/TP-02%2FFB-01",
    "/api/rules/hc-01%2FGD-201%00tp-02%2FFB-01",
    "/api/history?point=hc-01/GD-201&point=tp-02/FB-01&from=0&to=9&buckets=1",
    "/api/history?point=hc-01/../tp-02/FB-01&from=0&to=9&buckets=1",
    "/api/plant?scope=&sites=tp-02",
    "/api/health/",
    "/API/health",
    "/api/%68ealth",
  ])("the path %s leads nowhere else", async (path) => {
    const { body, status } = await city.getRaw(path, "enterprise");
    if (!path.startsWith("/api/plant")) expect([400, 403, 404]).toContain(status);
    expectNothingOf("enterprise", body);
  });

  it("what is public tells of no site: health, metrics, and every refusal of a stranger", async () => {
    for (const path of ["/health", "/metrics", "/api/plant", "/api/health", `/api/rules/${theirs.site}`]) {
      const text = await (await city.get(path, null)).text();
      expect([path, city.whole.sites.filter(({ id }) => text.includes(id)).map(({ id }) => id)]).toEqual([path, []]);
    }
    expect(await (await city.get("/health", null)).json()).toMatchObject({
      faults: expect.arrayContaining([
        { code: "SAMPLE_UNKNOWN_POINT", count: expect.any(Number), lastAt: expect.any(Number) },
      ]),
    });
  });
});
