// Files and the table of incidents on a disk: what is taken, what a path can be, what stays and what goes.
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { mostAttachmentBytes } from "../../contract/attachment.ts";
import type { IncidentStep, IncidentView } from "../../contract/incident.ts";
import { listKept, openAttachments, type Attachments } from "../../server/adapters/incidents/attachments.ts";
import { openIncidents, type IncidentTable } from "../../server/adapters/incidents.ts";
import { type IncidentsOptions, keepIncidents } from "../../server/app/incidents.ts";
import { lookAtData } from "../../server/commands/doctor-data.ts";
import { createLog } from "../../server/log.ts";

const day = 86_400_000;
let dir = "";
let now = 0;
let isFull = false;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "skyground-incidents-"));
  now = Date.now();
  isFull = false;
});

afterEach(() => rmSync(dir, { recursive: true }));

const png = Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), Buffer.from("picture")]);
const hash = createHash("sha256").update(png).digest("hex");
const said = { hash, bytes: png.length, mediaType: "image/png" };
const files = (): Attachments => openAttachments(join(dir, "attachments"), { isFull: () => isFull, now: () => now });
const waiting = (): readonly string[] => readdirSync(join(dir, "attachments", "waiting"));

describe("a file", () => {
  it("is taken under its hash, once, and read again as it was", async () => {
    const store = files();
    expect(await store.take(png, "image/png")).toEqual({ ok: true, stored: said });
    expect(await store.take(png, "image/png")).toEqual({ ok: true, stored: said });
    expect(waiting()).toEqual([hash]);
    expect(Buffer.from((await store.read(hash)) ?? [])).toEqual(png);
  });

  it("too large, empty, of another kind than it says, or of one that is not taken, is refused", async () => {
    const store = files();
    const invalid = { ok: false, code: "ATTACHMENT_INVALID" };
    const large = Buffer.alloc(mostAttachmentBytes + 1);
    png.copy(large);
    expect(await store.take(large, "image/png")).toEqual(invalid);
    expect(await store.take(large.subarray(0, mostAttachmentBytes), "image/png")).toMatchObject({ ok: true });
    expect(await store.take(Buffer.alloc(0), "text/plain")).toEqual(invalid);
    expect(await store.take(png, "image/jpeg")).toEqual(invalid);
    expect(await store.take(Buffer.from("<svg/>"), "image/svg+xml")).toEqual(invalid);
  });

  it.each(["../../../etc/passwd", "..", "waiting", "", `${"a".repeat(63)}/`, hash.toUpperCase(), `${hash}\u0000`])(
    "is looked for by a hash and by nothing else: %j",
    async (name) => {
      const store = files();
      await store.take(png, "image/png");
      expect(await store.read(name)).toBeNull();
      expect(store.holds({ ...said, hash: name })).toBe(false);
      store.keep(name);
      expect(waiting()).toEqual([hash]);
    },
  );

  it("is held only where it is what is said of it", async () => {
    const store = files();
    expect(store.holds(said)).toBe(false);
    await store.take(png, "image/png");
    expect(store.holds(said)).toBe(true);
    expect(store.holds({ ...said, bytes: 1 })).toBe(false);
    expect(store.holds({ ...said, mediaType: "text/html" })).toBe(false);
    expect(store.holds({ ...said, mediaType: "application/pdf" })).toBe(false);
  });

  it("that no incident names goes after a day; one that was asked about gets another; one that is named stays", async () => {
    const store = files();
    for (const content of [png, Buffer.concat([png, png]), Buffer.concat([png, png, png])]) {
      await store.take(content, "image/png");
    }
    const names = waiting();
    const [first = "", second = ""] = names.filter((name) => name !== hash);
    const old = (now - day) / 1000;
    for (const name of names) utimesSync(join(dir, "attachments", "waiting", name), old, old);
    store.keep(first);
    expect(store.holds(said)).toBe(true);
    expect(store.sweep(now)).toBe(1);
    expect(waiting()).toEqual([hash]);
    expect(await store.read(first)).not.toBeNull();
    expect(await store.read(second)).toBeNull();
    expect(existsSync(join(dir, "attachments", first.slice(0, 2), first))).toBe(true);
    // Named again, and sent again: it is there.
    store.keep(first);
    expect(files().sweep(now + 2 * day)).toBe(1);
    expect(await store.read(first)).not.toBeNull();
  });

  it("is counted by the doctor once it is named, and anything else there is named by it", async () => {
    const store = files();
    await store.take(png, "image/png");
    expect(listKept(join(dir, "attachments"))).toEqual([]);
    store.keep(hash);
    expect(listKept(join(dir, "attachments"))).toEqual([join(hash.slice(0, 2), hash)]);
    const told = (): readonly string[] => lookAtData(dir, join(dir, "journal")).map(({ what }) => what);
    expect(told()).toContain("1 file(s) beside incidents");
    mkdirSync(join(dir, "attachments", "ff"));
    for (const strange of [hash, "notes.txt"]) {
      const file = join(dir, "attachments", "ff", strange);
      writeFileSync(file, "");
      expect(told()).toContain(`${file} is no file of an incident`);
      rmSync(file);
    }
  });

  it("is not taken where the disk has no room, or too many wait for a name; a known one is", async () => {
    const store = files();
    await store.take(png, "image/png");
    store.keep(hash);
    isFull = true;
    expect(await store.take(Buffer.concat([png, png]), "image/png")).toEqual({ ok: false, code: "STORAGE_FULL" });
    expect(await store.take(png, "image/png")).toMatchObject({ ok: true });
    isFull = false;
    for (let nth = 0; nth < 500; nth += 1) writeFileSync(join(dir, "attachments", "waiting", `${nth}`), "");
    expect(await store.take(Buffer.concat([png, png]), "image/png")).toEqual({ ok: false, code: "OVERLOADED" });
  });

  it("whose folder cannot be written to is an error, and leaves nothing half written", async () => {
    const store = files();
    rmSync(join(dir, "attachments", "waiting"), { recursive: true });
    mkdirSync(join(dir, "attachments", "waiting", hash), { recursive: true });
    writeFileSync(join(dir, "attachments", "waiting", hash, "in-the-way"), "");
    await expect(store.take(png, "image/png")).rejects.toThrow(/EISDIR|ENOTEMPTY|EEXIST/u);
    expect(waiting()).toEqual([hash]);
  });
});

function viewOf(id: string, openedAt: number, step: IncidentStep | null, site: string | null = "s1"): IncidentView {
  return { id, site, openedAt, step } as IncidentView;
}

const lin = { kind: "person", id: "lin", tier: "county" } as const;

describe("the table", () => {
  const open = (): IncidentTable => openIncidents(join(dir, "incidents.db"));
  const ids = (table: IncidentTable, query: object = {}, sites: readonly string[] | null = null): readonly string[] =>
    table.list(query, sites).incidents.map(({ id }) => id);

  it("keeps the newest view of each, whichever comes last, over a new opening", () => {
    let table = open();
    table.put([{ seq: 5, incident: viewOf("a", 1, "verified") }]);
    table.put([{ seq: 4, incident: viewOf("a", 1, "received") }]);
    table.put([]);
    expect(table.find("a")?.step).toBe("verified");
    table.close();
    table = open();
    expect(table.find("a")).toEqual(viewOf("a", 1, "verified"));
    expect(table.find("b")).toBeNull();
    table.cutAfter(4);
    expect(table.find("a")).toBeNull();
    table.close();
  });

  it("is asked by time, site and step, and gives a scope its own sites alone", () => {
    const table = open();
    const all = [
      viewOf("a", 10, null),
      viewOf("b", 20, "reviewed", "s2"),
      viewOf("c", 30, "archived"),
      viewOf("d", 40, "received", null),
    ];
    table.put(all.map((incident, nth) => ({ seq: nth, incident })));
    expect(ids(table)).toEqual(["d", "c", "b", "a"]);
    expect(ids(table, { from: 20, to: 30 })).toEqual(["c", "b"]);
    expect(ids(table, { site: "s2" })).toEqual(["b"]);
    expect(ids(table, { site: "city" })).toEqual(["d"]);
    expect(ids(table, { step: "open" })).toEqual(["d", "b", "a"]);
    expect(ids(table, { step: "new" })).toEqual(["a"]);
    expect(ids(table, { step: "archived" })).toEqual(["c"]);
    expect(ids(table, {}, ["s1"])).toEqual(["c", "a"]);
    expect(ids(table, { site: "s2" }, ["s1"])).toEqual([]);
    expect(ids(table, {}, [])).toEqual([]);
    table.close();
  });

  it("goes on behind the last one of a page, also where many were opened at once", () => {
    const table = open();
    table.put(["a", "b", "c", "d", "e"].map((id, seq) => ({ seq, incident: viewOf(id, 7, null) })));
    const seen: string[] = [];
    for (let before: string | undefined; ;) {
      const page = table.list({ limit: 2, ...(before === undefined ? {} : { before }) }, null);
      seen.push(...page.incidents.map(({ id }) => id));
      before = page.incidents.at(-1)?.id;
      if (!page.hasMore) break;
    }
    expect(seen).toEqual(["e", "d", "c", "b", "a"]);
    expect(ids(table, { before: "nothing" })).toEqual([]);
    table.close();
  });

  it("gives no more of long ones in a page than the loop has time to read, and one at least", () => {
    const table = open();
    const long = (id: string, openedAt: number): IncidentView => ({
      ...viewOf(id, openedAt, null),
      entries: [{ at: 0, kind: "noted", actor: lin, text: "a".repeat(1_500_000), detail: null, alarm: null }],
    });
    table.put(["a", "b", "c", "d"].map((id, seq) => ({ seq, incident: long(id, seq) })));
    const first = table.list({}, null);
    expect([first.incidents.map(({ id }) => id), first.hasMore]).toEqual([["d", "c"], true]);
    expect(table.list({ before: "b" }, null)).toMatchObject({ incidents: [{ id: "a" }], hasMore: false });
    expect(table.list({ limit: 1 }, null)).toMatchObject({ incidents: [{ id: "d" }], hasMore: true });
    table.close();
  });

  it("of a newer release is not written into", () => {
    const file = join(dir, "incidents.db");
    const db = new Database(file);
    db.exec("PRAGMA user_version = 9");
    db.close();
    expect(() => openIncidents(file)).toThrow(`open incidents ${file}`);
  });
});

describe("the table of a running house", () => {
  it("that cannot be written to is tried again after a while, and not with every change", () => {
    const incident = { ...viewOf("s1#2", 10, null), attachments: [] };
    let asked = 0;
    const state = () => {
      asked += 1;
      return { seq: 2, incidents: new Map([["s1#2", incident]]) };
    };
    const monitor = { state };
    const owners = { sitesOf: () => null };
    const options = { dataDir: dir, monitor, owners, log: createLog("silent"), isFull: () => isFull, now: () => now };
    const kept = keepIncidents(options as unknown as IncidentsOptions);
    const change = [{ type: "incident", id: "s1#2", seq: 3, entry: { kind: "noted" }, incident }] as never;
    const other = new Database(join(dir, "incidents.db"));
    other.exec("BEGIN IMMEDIATE; DELETE FROM incidents");
    asked = 0;
    for (let nth = 0; nth < 3; nth += 1) kept.changed(change);
    expect(asked).toBe(1);
    other.exec("COMMIT");
    kept.changed(change);
    expect(kept.desk.list({}, null).incidents).toEqual([]);
    now += 10_000;
    kept.changed(change);
    expect(kept.desk.list({}, null).incidents).toHaveLength(1);
    kept.stop();
    other.close();
  });
});
