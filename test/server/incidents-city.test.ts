// Incidents of a running city: who sees them and acts on them, the files beside them, and a server that dies in between.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { CommandAct } from "../../contract/command.ts";
import { incidentAfter, type IncidentView } from "../../contract/incident.ts";
import type { IncidentList } from "../../contract/incident-list.ts";
import type { ChangeItem, Person, Reply, Snapshot } from "../../contract/wall.ts";
import { runBackup, runRestore } from "../../server/commands/backup.ts";
import { lookAtData } from "../../server/commands/doctor-data.ts";
import { type City, openCity, own, theirs, type Who } from "../support/city.ts";
import { createPublisher } from "../support/publisher.ts";
import { verify } from "../support/recorded.ts";
import { enterAll, newFolder, startServer, until } from "../support/server.ts";
import { newWall, next } from "../support/socket-room.ts";

vi.setConfig({ testTimeout: 60_000 });

const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from("dam")]);
const hash = createHash("sha256").update(png).digest("hex");
const file = { hash, name: "坝面 1.png", mediaType: "image/png", bytes: png.length };

/** The incidents that a wall knows by what it has heard. */
function known(snapshots: readonly Snapshot[], items: readonly ChangeItem[]): readonly IncidentView[] {
  const all = new Map((snapshots[0]?.incidents ?? []).map((one) => [one.id, one]));
  for (const item of items) if (item.type === "incident") all.set(item.id, incidentAfter(all.get(item.id), item));
  return [...all.values()];
}

describe("in the city", () => {
  let city: City;

  beforeAll(async () => {
    city = await openCity();
  }, 120_000);
  afterAll(() => city.close(), 60_000);

  const seen = (who: Who): readonly IncidentView[] => {
    const { snapshots, changes } = city.seat(who);
    return known(
      snapshots,
      changes.flatMap(({ items }) => items),
    );
  };
  const at = (site: string): IncidentView => {
    const found = seen("city").find((one) => one.site === site && one.isData === undefined);
    if (found === undefined) throw new Error(`no incident at ${site}`);
    return found;
  };
  const upload = (who: Who | null, body: Uint8Array, type: string): Promise<Response> =>
    fetch(`${city.base}/api/attachments`, {
      method: "POST",
      headers: { "content-type": type, "x-skyground": "1", ...(who === null ? {} : { cookie: city.seat(who).cookie }) },
      body: new Uint8Array(body),
    });
  const step = async (who: Who, act: CommandAct, words: object): Promise<Reply> => {
    const { id, revision } = at(own.site);
    const reply = await city.act(who, act, { incident: id, revision, ...words });
    if (reply.ok) await until("the city has heard it", () => at(own.site).revision > revision);
    return reply;
  };

  it("an alarm at yellow or higher has one, and every wall is shown those of its own sites", () => {
    expect(at(own.site)).toMatchObject({ firstOut: own.alarm, peakLevel: "red", step: null });
    expect(at(theirs.site)).toMatchObject({ firstOut: theirs.alarm });
    expect(new Set(seen("enterprise").map(({ site }) => site))).toEqual(new Set([own.site]));
    expect(new Set(seen("pondOfficer").map(({ site }) => site))).toEqual(new Set([theirs.site]));
  });

  it.each([
    ["enterprise", "verify", { revision: 1, verdict: "trueAlarm", note: "seen" }],
    ["enterprise", "note", { text: "hello" }],
    ["township", "assign", { owner: "city" }],
    ["countySupervisor", "archive", { revision: 1, note: "done" }],
    ["sectorAdmin", "attach", file],
    ["township", "cardStep", { card: "pond", step: 1 }],
  ] as const)("the %s may not %s what is another's, and does not learn that it is there", async (who, act, words) => {
    const before = at(theirs.site);
    const outside = await city.act(who, act, { ...words, incident: before.id });
    expect(outside).toEqual({ ok: false, code: "INCIDENT_NOT_FOUND" });
    expect(await city.act(who, act, { ...words, incident: "tp-99#1" })).toEqual(outside);
    expect(at(theirs.site)).toEqual(before);
    expect(await city.act(who, act, { ...words, incident: at(own.site).id, revision: 99 })).not.toEqual(outside);
  });

  it("who only looks does nothing, and an enterprise does not put its own away", async () => {
    const { id, revision } = at(own.site);
    const refused = { ok: false, code: "NOT_ALLOWED" };
    expect(await city.act("sectorViewer", "note", { incident: id, text: "hello" })).toEqual(refused);
    expect(await city.act("enterprise", "archive", { incident: id, revision, note: "done" })).toEqual(refused);
    expect(await city.act("enterprise", "review", { incident: id, revision, cause: "c", note: "n" })).toEqual(refused);
  });

  it("a person leads one on; the second of two at once is told what it is now", async () => {
    const { occurrence, revision } = city.alarmNow(own.alarm);
    await city.act("city", "acknowledge", { alarm: own.alarm, occurrence, revision });
    await until("it is received", () => at(own.site).step === "received");
    const old = at(own.site);
    expect(await step("enterprise", "verify", { verdict: "trueAlarm", note: "smelt it" })).toMatchObject({ ok: true });
    const late = { incident: old.id, revision: old.revision, verdict: "falseAlarm", note: "no" };
    expect(await city.act("city", "verify", late)).toMatchObject({
      ok: false,
      code: "INCIDENT_CHANGED",
      incident: { id: old.id, verdict: "trueAlarm", step: "verified" },
    });
    expect(await step("enterprise", "report", { to: "county", note: "n" })).toMatchObject({
      code: "INCIDENT_STEP_NOT_DUE",
    });
    expect(await step("enterprise", "dispose", { note: "valve shut" })).toMatchObject({ ok: true });
    expect(await step("enterprise", "report", { to: "county", note: "by telephone" })).toMatchObject({ ok: true });
    expect(await step("city", "review", { cause: "seal", note: "new seal" })).toMatchObject({ ok: true });
    expect(await step("city", "archive", { note: "done" })).toMatchObject({ code: "INCIDENT_NOT_ARCHIVABLE" });
  });

  it("is given to a person whom the register knows", async () => {
    const { id } = at(own.site);
    expect(await city.act("city", "assign", { incident: id, owner: "nobody" })).toEqual({
      ok: false,
      code: "NOT_FOUND",
    });
    expect(await city.act("city", "assign", { incident: id, owner: "enterprise" })).toMatchObject({ ok: true });
    await until("it is told", () => at(own.site).owner === "enterprise");
  });

  it("takes a file that was uploaded before, and none that is not there or is not what it is said to be", async () => {
    const { id } = at(own.site);
    const missing = { ok: false, code: "ATTACHMENT_NOT_FOUND" };
    expect(await city.act("enterprise", "attach", { incident: id, ...file })).toEqual(missing);
    expect((await upload(null, png, "image/png")).status).toBe(401);
    // Another site's form has the cookie, and not the header.
    const { cookie } = city.seat("enterprise");
    const forged = { method: "POST", headers: { "content-type": "image/png", cookie }, body: new Uint8Array(png) };
    expect((await fetch(`${city.base}/api/attachments`, forged)).status).toBe(403);
    expect((await upload("sectorViewer", png, "image/png")).status).toBe(403);
    for (const [body, type] of [
      [png, "text/html"],
      [png, "application/json"],
      [png, "image/jpeg"],
      [Buffer.from("<svg onload=1>"), "text/plain"],
      [Buffer.alloc(0), "image/png"],
    ] as const) {
      const refused = await upload("enterprise", body, type);
      expect([type, refused.status]).toEqual([type, 400]);
      expect(await refused.json()).toMatchObject({ code: "ATTACHMENT_INVALID" });
    }
    const large = await upload("enterprise", Buffer.alloc(11 * 1024 * 1024, 0xff), "image/jpeg");
    expect([large.status, await large.json()]).toMatchObject([413, { code: "ATTACHMENT_INVALID" }]);
    const taken = await upload("enterprise", png, "image/png");
    expect([taken.status, await taken.json()]).toEqual([201, { hash, bytes: png.length, mediaType: "image/png" }]);
    expect(await city.act("enterprise", "attach", { incident: id, ...file, mediaType: "text/html" })).toEqual(missing);
    expect(await city.act("enterprise", "attach", { incident: id, ...file, bytes: 1 })).toEqual(missing);
    expect(await city.act("enterprise", "attach", { incident: id, ...file })).toMatchObject({ ok: true });
    await until("it is told", () => at(own.site).attachments.length === 1);
    expect(at(own.site).missing).toEqual([]);
  });

  it("gives its file to who may see it, to be saved and never to be shown", async () => {
    const path = (incident: string, of = hash) => `/api/attachments/${of}?incident=${encodeURIComponent(incident)}`;
    const { id } = at(own.site);
    const given = await city.get(path(id), "enterprise");
    expect(given.status).toBe(200);
    expect(Buffer.from(await given.arrayBuffer())).toEqual(png);
    expect(given.headers.get("content-type")).toBe("image/png");
    expect(given.headers.get("content-disposition")).toBe(
      `attachment; filename="___1.png"; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    );
    expect(given.headers.get("x-content-type-options")).toBe("nosniff");
    expect((await city.get(path(id), null)).status).toBe(401);
    expect((await city.get(path(id), "pondOfficer")).status).toBe(404);
    expect((await city.get(path(at(theirs.site).id), "city")).status).toBe(404);
    expect((await city.get(path(id, "0".repeat(64)), "city")).status).toBe(404);
    for (const of of ["..%2f..%2fregister.db", "x", `${hash}%00`]) {
      expect([400, 404]).toContain((await city.getRaw(path(id, of), "city")).status);
    }
  });

  it("is listed for who may see it, also beside others", async () => {
    const list = async (query: string, who: Who): Promise<IncidentList> =>
      (await (await city.get(`/api/incidents?${query}`, who)).json()) as IncidentList;
    const sites = async (query: string, who: Who): Promise<readonly unknown[]> => [
      ...new Set((await list(query, who)).incidents.map(({ site }) => site)),
    ];
    expect(await sites("", "enterprise")).toEqual([own.site]);
    expect(await sites(`site=${theirs.site}`, "enterprise")).toEqual([]);
    expect(await sites(`site=${theirs.site}`, "city")).toEqual([theirs.site]);
    expect((await list(`site=${own.site}&step=reviewed`, "city")).incidents).toEqual([at(own.site)]);
    expect((await city.get("/api/incidents", null)).status).toBe(401);
    for (const query of ["limit=0", "limit=201", "step=x", "from=x", "other=1"])
      expect((await city.get(`/api/incidents?${query}`, "city")).status).toBe(400);
  });
});

describe("a server that is killed", () => {
  it("knows its incidents and their files again, verifies, and is whole in a backup", async () => {
    const folder = newFolder();
    const dataDir = join(folder.path, "data");
    const person: Person = { name: "duty-1", role: "supervisor", tier: "city" };
    const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]], [person]);
    let server = await startServer({ dataDir });
    try {
      const login = async (): Promise<string> => {
        const body = JSON.stringify({ name: person.name, password: secrets[person.name] });
        const headers = { "content-type": "application/json" };
        const response = await fetch(`${server.url}/api/login`, { method: "POST", headers, body });
        return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
      };
      let cookie = await login();
      const userName = "plant-1.gw-1";
      const password = secrets[userName] ?? "";
      const publisher = createPublisher({ port: server.mqttPort, userName, password });
      await publisher.send(JSON.stringify({ ts: Date.now(), values: { "TEMP-1": 200 } }));
      const list = async (): Promise<readonly IncidentView[]> => {
        const response = await fetch(`${server.url}/api/incidents`, { headers: { cookie } });
        return ((await response.json()) as IncidentList).incidents.filter(({ isData }) => isData === undefined);
      };
      await until("there is an incident", async () => (await list()).length === 1);
      const headers = { "content-type": "image/png", "x-skyground": "1", cookie };
      await fetch(`${server.url}/api/attachments`, { method: "POST", headers, body: new Uint8Array(png) });
      const wall = newWall(server.url, { extraHeaders: { cookie } });
      await next(wall, "snapshot");
      const incident = (await list())[0]?.id ?? "";
      expect(await wall.emitWithAck("attach", { commandId: "command-1", incident, ...file })).toMatchObject({
        ok: true,
      });
      const before = (await list())[0];
      wall.disconnect();
      await publisher.end();
      await server.end("SIGKILL");

      server = await startServer({ dataDir });
      cookie = await login();
      const again = newWall(server.url, { extraHeaders: { cookie } });
      const snapshot = await next(again, "snapshot");
      again.disconnect();
      expect(snapshot.incidents.find(({ id }) => id === incident)).toEqual(before);
      expect((await list())[0]).toEqual(before);
      const given = await fetch(`${server.url}/api/attachments/${hash}?incident=${encodeURIComponent(incident)}`, {
        headers: { cookie },
      });
      expect(Buffer.from(await given.arrayBuffer())).toEqual(png);
      await server.end("SIGTERM");

      const { code, verdict } = await verify(dataDir);
      expect([code, verdict]).toEqual([0, expect.stringMatching(/: 0 missing, 0 extra$/u)]);
      const [copy, fresh] = [join(folder.path, "copy"), join(folder.path, "fresh")];
      const output = { out: () => undefined, say: () => undefined };
      expect(runBackup(dataDir, copy, { version: "0", now: 1 }, output)).toBe(0);
      expect(runRestore(copy, fresh, output)).toBe(0);
      expect(lookAtData(fresh, join(fresh, "journal")).map(({ what }) => what)).toContain("1 file(s) beside incidents");
      server = await startServer({ dataDir: fresh });
      cookie = await login();
      expect((await list())[0]).toEqual(before);
    } finally {
      await server.end("SIGKILL");
      folder.remove();
    }
  }, 120_000);
});
