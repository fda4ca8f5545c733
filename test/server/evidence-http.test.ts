// The record over HTTP, from the built server: its signed head for everybody, a pack of evidence for whoever may have one.
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { EvidencePack, SignedHead } from "../../contract/evidence.ts";
import type { Person } from "../../contract/wall.ts";
import { createRegister } from "../../server/adapters/register.ts";
import { createEvidenceDesk } from "../../server/app/evidence.ts";
import { createPublisher } from "../support/publisher.ts";
import { readRecorded, verify } from "../support/recorded.ts";
import { enterAll, newFolder, runCommand, startServer, until, type RunningServer } from "../support/server.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 60_000 });

const script = new URL("../../scripts/verify-evidence.mjs", import.meta.url).pathname;
const { checkPack } = (await import(script)) as {
  checkPack: (bytes: Buffer, key: string) => { readonly isProven: boolean; readonly fault: string | null };
};
const alarm = "plant-1/TEMP-1~limit~high";
const officer: Person = { name: "duty-1", role: "dutyOfficer", tier: "city" };
const viewer: Person = { name: "viewer-1", role: "viewer", tier: "city" };

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let server: RunningServer | null;

beforeEach(() => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  server = null;
});

afterEach(async () => {
  await server?.end("SIGKILL");
  folder.remove();
});

async function cookieOf(url: string, { name }: Person, password: string): Promise<string> {
  const response = await fetch(`${url}/api/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ name, password }),
  });
  return response.headers.getSetCookie()[0]?.split(";")[0] ?? "";
}

describe("a pack", () => {
  it("that cannot be written down as handed out is not handed out", async () => {
    const caller = { person: officer, from: "10.0.0.1" };
    const acts: unknown[] = [];
    const desk = (record: () => void) =>
      createEvidenceDesk({
        dataDir,
        version: "0",
        heads: { latest: () => null },
        record,
        pack: ({ alarm: asked }) =>
          Promise.resolve(
            asked === alarm ? { ok: true, text: "{}" } : { ok: false, code: "ALARM_NOT_FOUND", detail: "" },
          ),
      });
    const full = desk(() => {
      throw new Error("the disk is full");
    });
    await expect(full.pack(alarm, {}, caller)).rejects.toThrow("the disk is full");
    // What is not there is not handed out either.
    await desk(() => acts.push("written")).pack("no~alarm", {}, caller);
    expect(acts).toEqual([]);
  });
});

describe("the record over HTTP", () => {
  it("gives its head to everybody and a pack to an officer, while messages come in", async () => {
    const secrets = await enterAll(dataDir, [["plant-1", "gw-1"]], [officer, viewer]);
    server = await startServer({ dataDir });
    const { url } = server;
    const userName = "plant-1.gw-1";
    const publisher = createPublisher({ port: server.mqttPort, userName, password: secrets[userName] ?? "" });
    await publisher.send(JSON.stringify({ values: { "TEMP-1": 200 } }));
    const head = await until("a signed head", async () => {
      const answer = await fetch(`${url}/api/journal/head`);
      return answer.status === 200 ? ((await answer.json()) as SignedHead) : null;
    });
    const { recordKey = "" } = await server.health();
    expect(recordKey).toMatch(/^[0-9a-f]{64}$/u);

    const path = `/api/alarms/${encodeURIComponent(alarm)}/evidence`;
    const ask = async (cookie: string, query = ""): Promise<Response> =>
      fetch(url + path + query, { headers: { cookie } });
    const duty = await cookieOf(url, officer, secrets[officer.name] ?? "");
    expect((await ask("")).status).toBe(401);
    expect((await ask(await cookieOf(url, viewer, secrets[viewer.name] ?? ""))).status).toBe(403);
    expect((await ask(duty, "?occurrence=7")).status).toBe(404);
    expect((await ask(duty, "?occurrence=x")).status).toBe(400);
    expect((await ask(duty, "?windowMs=-1")).status).toBe(400);

    // One pack at a time: of two that are asked for at once, one waits for nobody.
    const both = await Promise.all([ask(duty), ask(duty)]);
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 503]);
    const response = await ask(duty);
    expect(response.status).toBe(200);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(checkPack(bytes, recordKey)).toMatchObject({ isProven: true, fault: null });
    const { content } = JSON.parse(bytes.toString()) as EvidencePack;
    expect(content).toMatchObject({
      about: { madeBy: officer.name, windowMs: 3_600_000 },
      transitions: [{ transition: { level: "red", value: 200 } }],
      heads: expect.arrayContaining([expect.objectContaining({ position: head.position })]) as unknown,
    });
    await publisher.end();
    await server.end("SIGTERM");
    server = null;

    // The stop signs the last head: nothing at the end can be cut off unseen.
    expect((await verify(dataDir)).code).toBe(0);
    const file = join(folder.path, "pack.json");
    const made = await runCommand(["evidence", "--data", dataDir, alarm, "--output", file, "--window", "10m"]);
    expect(made).toMatchObject({ code: 0 });
    expect(made.stderr).toContain(`--key ${recordKey}`);
    expect(await runCommand(["evidence", "--data", dataDir, "no~alarm", "--output", file])).toMatchObject({ code: 1 });
    expect(
      await runCommand(["evidence", "--data", dataDir, alarm, "--output", file, "--window", "soon"]),
    ).toMatchObject({
      code: 64,
    });

    // Each pack that was handed out is in the record, by whom and from where; what was refused is none.
    const { inputs } = await readRecorded(dataDir);
    const exported = inputs.flatMap((input) => (input.kind === "audit" ? [input.entry] : []));
    const asked = { act: "evidence.export", target: alarm, from: "127.0.0.1", after: { windowMs: 3_600_000 } };
    const by = { name: officer.name, role: officer.role };
    expect(exported.filter(({ act }) => act === "evidence.export")).toMatchObject([
      { ...asked, by },
      { ...asked, by },
    ]);
    const register = createRegister({ file: join(dataDir, "register.db"), now: Date.now, random: randomBytes });
    expect(register.waitingAudits()).toMatchObject([
      { act: "evidence.export", target: alarm, by: null, after: { windowMs: 600_000, madeBy: "console" } },
    ]);
    register.close();
  });

  it("keeps a pack from a person of some sites only, since whole turns hold the others too", async () => {
    const scoped: Person = { ...officer, scope: { sites: ["plant-1"] } };
    const secrets = await enterAll(dataDir, []);
    expect(secrets).toEqual({});
    const register = createRegister({
      file: join(dataDir, "register.db"),
      now: Date.now,
      random: randomBytes,
    });
    const added = await register.addPerson(scoped);
    register.close();
    if (!added.ok) throw new Error(added.fault);
    server = await startServer({ dataDir });
    const cookie = await cookieOf(server.url, scoped, added.password);
    const answer = await fetch(`${server.url}/api/alarms/${encodeURIComponent(alarm)}/evidence`, {
      headers: { cookie },
    });
    expect(answer.status).toBe(403);
  });
});
