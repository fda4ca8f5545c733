// The pack of evidence: what is in it, that whoever has it can check it alone, and that no byte of it can be changed.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { canonicalText, type EvidencePack } from "../../contract/evidence.ts";
import { type Plan, tiers } from "../../contract/plant.ts";
import { decodeNative } from "../../server/adapters/dialects/native.ts";
import { headsFile, openHeads, readHeads, signHead } from "../../server/adapters/journal/heads.ts";
import { openJournal, type Journal } from "../../server/adapters/journal/journal.ts";
import { listSegments } from "../../server/adapters/journal/read.ts";
import { readTurns } from "../../server/adapters/journal/turns.ts";
import { openRecordKey } from "../../server/adapters/journal/record-key.ts";
import { loadPlan } from "../../server/config.ts";
import { type EvidenceRequest, packEvidence, type Packed, signPack } from "../../server/evidence/pack.ts";
import { createLog } from "../../server/log.ts";
import { createLoop, type Loop } from "../../server/loop.ts";
import { createMonitor } from "../../server/monitor.ts";
import { emptyState } from "../../server/monitor/state.ts";
import { runProgram } from "../support/program.ts";
import { exampleConfig, newFolder } from "../support/server.ts";

const script = new URL("../../scripts/verify-evidence.mjs", import.meta.url).pathname;
interface Checked {
  readonly isProven: boolean;
  readonly proven: readonly string[];
  readonly notProven: readonly string[];
  readonly fault: string | null;
}
const { checkPack } = (await import(script)) as { checkPack: (bytes: Buffer, key?: string | null) => Checked };

const alarm = "plant-1/TEMP-1~limit~high";
const topic = "skyground/v1/plant-1/gw-1/telemetry";
const startAt = 1_790_000_000_000;
const minute = 60_000;

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let journalDir: string;
let journal: Journal;
let loop: Loop;
let at: number;

function examplePlan(): Plan {
  const loaded = loadPlan(exampleConfig);
  if (!loaded.ok) throw new Error(loaded.faults.join("\n"));
  return loaded.plan;
}

beforeEach(() => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  journalDir = join(dataDir, "journal");
  at = startAt;
  const log = createLog("silent");
  journal = openJournal({ dir: journalDir, segmentBytes: 6000, syncMs: 10_000, log });
  const key = openRecordKey(dataDir);
  const heads = openHeads(journalDir);
  loop = createLoop({
    monitor: createMonitor(emptyState()),
    journal,
    listener: {
      // As the server does it: behind every turn with a step of an alarm the head is signed.
      changed: ({ items }) => {
        if (items.some(({ type }) => type === "alarm")) heads.append(signHead(key, journal.mark(), at));
      },
      touched: () => {},
      replanned: () => {},
      turned: () => {},
    },
    decode: decodeNative,
    digest: () => "",
    now: () => at,
    alive: () => 0,
    soon: () => {},
    later: () => {},
    number: 0,
    seq: 0,
    log,
  });
  loop.plan(examplePlan(), "config", "the first plan");
  loop.drain();
});

afterEach(() => {
  journal.close();
  folder.remove();
});

/** A value of the one point, each five minutes after the one before; some come by a gateway's own dialect. */
function send(value: number, isForeign = false): void {
  at += 5 * minute;
  const payload = Buffer.from(JSON.stringify({ ts: at - 20, values: { "TEMP-1": value } }));
  const origin = { dialect: "hj212", topic: "hj212/1", payload: Buffer.from(`##ST=31;${value}`) } as const;
  void (isForeign ? loop.offer(topic, payload, origin) : loop.offer(topic, payload));
  loop.drain();
}

/** Up to red, acknowledged by a person, and back down. */
function story(): void {
  for (const value of [90, 101, 102]) send(value);
  send(103, true);
  send(106);
  for (const tier of tiers) {
    const person = { name: `duty-${tier}`, role: "dutyOfficer", tier } as const;
    const request = { commandId: `command-${tier}`, alarm, occurrence: 1, revision: 2 };
    void loop.command({ act: "acknowledge", person, request });
    loop.drain();
  }
  for (const value of [97.5, 96, 95, 95]) send(value);
}

function pack(changes: Partial<EvidenceRequest> = {}, mostBytes?: number): Packed {
  const request = { alarm, occurrence: null, windowMs: 10 * minute, madeAt: at, madeBy: "duty-1", version: "0.1.0" };
  const key = openRecordKey(dataDir);
  const bounds = mostBytes === undefined ? {} : { mostBytes };
  return packEvidence({ ...request, ...changes }, { journalDir, key, decode: decodeNative, ...bounds });
}

function textOf(packed: Packed): string {
  if (!packed.ok) throw new Error(`${packed.code}: ${packed.detail}`);
  return packed.text;
}

/** The content changed and signed anew with a key of one's own, as a forger would. */
function forge(text: string, change: (whole: EvidencePack) => unknown): Buffer {
  return Buffer.from(`${canonicalText(change(JSON.parse(text) as EvidencePack))}\n`);
}

describe("a pack of evidence", () => {
  it.each([
    ["nothing beside the value", `[null, 5, "x", [], {"values": {"TEMP-1": 95}}]`],
    ["an object without values", `[{"values": null}, {"values": [1]}, {"values": {"TEMP-1": 95}}]`],
    ["a number too large for any", `[{"values": {"TEMP-1": 1e999}}, {"values": {"TEMP-1": {"v": -1e999}}}]`],
    ["a bare NaN", `{"values": {"TEMP-1": NaN, "x": "NaN -Infinity"}}`],
    ["a bare nan and -inf, as C writes them", `{"values": {"TEMP-1": nan, "x": -inf, "y": "\\"nan"}}`],
    ["a NaN within a word", `{"values": {"TEMP-1": 95, "NaN": 1, "x": "Infinity", "y": -Infinity}}`],
    ["a value that is a list, an empty text or a truth", `{"values": {"TEMP-1": true, "x": [], "y": ""}}`],
    [
      "a time with a fraction, and one of its own",
      `{"ts": 1790000000000.9, "values": {"TEMP-1": {"v": 95, "ts": null}}}`,
    ],
    ["the same name twice", `{"values": {"TEMP-1": 1, "TEMP-1": 95}}`],
  ])("is proven whatever a gateway has sent in the time it looks at: %s", (_, sent) => {
    story();
    at += minute;
    void loop.offer(topic, Buffer.from(sent));
    loop.drain();
    const packed = textOf(pack());
    const { samples } = (JSON.parse(packed) as EvidencePack).content;
    expect(samples).toHaveLength(9);
    expect(checkPack(Buffer.from(packed))).toMatchObject({ isProven: true, fault: null });
  });

  it("holds the alarm's steps, samples, acts and rule with the turns that they stand in, and is proven by itself", () => {
    story();
    const text = textOf(pack());
    const { content } = JSON.parse(text) as EvidencePack;
    const levels = content.transitions.map(({ transition }) => transition.level);
    expect(levels).toEqual(["yellow", "red", "red", "red", "red", "red", "yellow", null]);
    expect(content.acts.map(({ command }) => [command.act, command.person.name])).toEqual(
      tiers.map((tier) => ["acknowledge", `duty-${tier}`]),
    );
    expect(content.rules).toMatchObject([{ kind: "plan", rule: { id: "limit", direction: "high" } }]);
    expect(content.samples.find(({ origin }) => origin !== undefined)).toMatchObject({
      origin: { dialect: "hj212", topic: "hj212/1" },
      values: [{ point: "plant-1/TEMP-1", value: 103 }],
    });
    expect(content.samples.map(({ values }) => values[0]?.value)).toEqual([101, 102, 103, 106, 97.5, 96, 95, 95]);
    expect(content.reading.zh[0]).toContain("黄色");
    expect(content.reading.en[0]).toContain("no level → yellow");
    const { fingerprint } = openRecordKey(dataDir);
    const checked = checkPack(Buffer.from(text), fingerprint);
    expect(checked).toMatchObject({ isProven: true, fault: null });
    const ownHeads = content.transitions.length;
    expect(checked.proven.at(-1)).toMatch(new RegExp(`; ${ownHeads} of \\d+ turns end at one$`, "u"));
  });

  it("names the incident of its steps, with what each of them did there", () => {
    story();
    const text = textOf(pack());
    const { incidents = [] } = (JSON.parse(text) as EvidencePack).content;
    expect(incidents.map(({ entry }) => entry.kind)).toEqual(["opened", "raised", ...tiers.map(() => "received")]);
    const [id] = incidents.map((one) => one.id);
    expect(id).toMatch(/^plant-1#\d+$/u);
    expect(checkPack(Buffer.from(text)).proven).toContain(`its steps are of the incident ${id}`);
    // The next occurrence joins the same one, which is still open: each pack says what its own steps did.
    for (const value of [101, 102, 103, 103, 90, 90, 90]) send(value);
    const second = (JSON.parse(textOf(pack())) as EvidencePack).content.incidents ?? [];
    expect(second.map(({ entry }) => entry.kind)).toEqual(["joined"]);
    expect(second[0]?.id).toBe(id);
    expect((JSON.parse(textOf(pack({ occurrence: 1 }))) as EvidencePack).content.incidents).toEqual(incidents);
  });

  it("takes the occurrence that is asked for, the newest where none is, across files of the journal", () => {
    story();
    for (const value of [101, 102, 103, 103, 90, 90, 90]) send(value);
    expect(listSegments(journalDir).length).toBeGreaterThan(2);
    const occurrenceOf = (packed: Packed): number =>
      (JSON.parse(textOf(packed)) as EvidencePack).content.alarm.occurrence;
    expect(occurrenceOf(pack())).toBe(2);
    expect(occurrenceOf(pack({ occurrence: 1 }))).toBe(1);
    for (const occurrence of [1, 2]) expect(checkPack(Buffer.from(textOf(pack({ occurrence })))).fault).toBeNull();
    expect(pack({ occurrence: 3 })).toMatchObject({ ok: false, code: "ALARM_NOT_FOUND" });
    expect(pack({ alarm: "plant-1/TEMP-1~limit~low" })).toMatchObject({ ok: false, code: "ALARM_NOT_FOUND" });
  });

  it("holds alarms about data too, which no plan has a rule for", () => {
    send(90);
    loop.neighbour("historian", "down", "gone");
    for (let minutes = 0; minutes < 60; minutes += 1) {
      at += minute;
      loop.tick();
      loop.drain();
    }
    const changes = [...readTurns(journalDir, 0)].flatMap(({ records }) => records.map(({ record }) => record));
    const silent = changes.flatMap((one) => (one.type === "change" && one.change.type === "alarm" ? [one.change] : []));
    const id = silent.find(({ transition }) => transition.rule !== "limit")?.transition.alarm ?? "";
    const { content } = JSON.parse(textOf(pack({ alarm: id }))) as EvidencePack;
    expect(content.rules).toEqual([]);
    expect(content.causes.length).toBeGreaterThan(0);
    expect(checkPack(Buffer.from(textOf(pack({ alarm: id }))))).toMatchObject({ isProven: true });
  });

  it("is refused where it would be too large, and where the record is damaged", () => {
    story();
    expect(pack({}, 2000)).toMatchObject({ ok: false, code: "EVIDENCE_TOO_LARGE" });
    const { file } = listSegments(journalDir)[0] ?? { file: "" };
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
    writeFileSync(file, bytes);
    expect(pack()).toMatchObject({ ok: false, code: "EVIDENCE_RECORD_DAMAGED" });
  });
});

describe("the check of a pack", () => {
  it("fails for every byte that is flipped, in whichever bit", { timeout: 180_000 }, () => {
    // A short story: up to yellow, so that every bit of it can be tried.
    for (const value of [101, 102, 103]) send(value, value === 103);
    const bytes = Buffer.from(textOf(pack({ windowMs: 0 })));
    expect(checkPack(bytes)).toMatchObject({ isProven: true });
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(bytes.readUInt8(offset) ^ (1 << (offset % 8)), offset);
      expect(checkPack(altered).isProven, `byte ${offset}`).toBe(false);
    }
    expect(checkPack(bytes.subarray(0, -1)).isProven).toBe(false);
    expect(checkPack(Buffer.concat([bytes, Buffer.from(" ")])).isProven).toBe(false);
  });

  it("fails for another key than the one that is known", () => {
    story();
    const bytes = Buffer.from(textOf(pack()));
    expect(checkPack(bytes, "0".repeat(64)).fault).toContain("another key");
    expect(checkPack(bytes).notProven[0]).toContain("that the key is the right one");
  });

  it("finds what a holder of the key claims and the bytes do not say", () => {
    story();
    const key = openRecordKey(dataDir);
    const text = textOf(pack());
    const sign = (content: EvidencePack["content"]): Buffer => {
      const resigned = signPack(content, key);
      return Buffer.from(`${canonicalText(resigned)}\n`);
    };
    const { content } = JSON.parse(text) as EvidencePack;
    const [step, ...steps] = content.transitions;
    const [sample, ...samples] = content.samples;
    const [act, ...acts] = content.acts;
    const [rule] = content.rules;
    const [incident] = content.incidents ?? [];
    const [turn, ...turns] = content.turns;
    if (!step || !sample || !act || !rule || !incident || !turn) throw new Error("not whole");
    const flip = (base64: string): string => {
      const bytes = Buffer.from(base64, "base64");
      bytes.writeUInt8(bytes.readUInt8(30) ^ 1, 30);
      return bytes.toString("base64");
    };
    const forgeries: readonly (readonly [Partial<EvidencePack["content"]>, RegExp])[] = [
      [{ transitions: [{ ...step, transition: { ...step.transition, value: 1 } }, ...steps] }, /the transition/u],
      [
        { samples: [{ ...sample, values: [{ point: "plant-1/TEMP-1", sourceAt: null, value: 5 }] }, ...samples] },
        /= 5/u,
      ],
      [{ samples: [{ ...sample, number: 1 }, ...samples] }, /the sample/u],
      [{ samples: [{ ...sample, flags: [[0, 1, 2, 3, 4]] }, ...samples] }, /the sample/u],
      [{ acts: [{ ...act, number: act.number + 1 }, ...acts] }, /the act/u],
      [{ incidents: [{ ...incident, id: "plant-1#1" }] }, /the incident/u],
      [{ incidents: [{ ...incident, entry: { ...incident.entry, detail: "red" } }] }, /the incident/u],
      [{ rules: [{ ...rule, rule: { ...rule.rule, direction: "low" } }] }, /the rule/u],
      [{ turns: [{ ...turn, bytes: flip(turn.bytes) }, ...turns] }, /a wrong checksum/u],
      [{ turns: [{ ...turn, before: "1".repeat(64) }, ...turns] }, /does not give the hash/u],
      [{ turns: [...turns.toReversed(), turn] }, /overlaps|no seal|position/u],
      [{ turns }, /is in none of the turns/u],
      [{ heads: content.heads.map((head) => ({ ...head, seq: head.seq + 1 })) }, /the head of position/u],
      [{ formatVersion: 2 as 1 }, /get the newer one/u],
    ];
    for (const [change, fault] of forgeries) {
      expect(checkPack(sign({ ...content, ...change })).fault, JSON.stringify(Object.keys(change))).toMatch(fault);
    }
    expect(checkPack(sign(content))).toMatchObject({ isProven: true });
    expect(checkPack(forge(text, (one) => ({ ...one, more: 1 }))).isProven).toBe(false);
  });

  it("runs as a program of one file, and says by its exit code what it found", async () => {
    story();
    const file = join(folder.path, "pack.json");
    writeFileSync(file, textOf(pack()));
    const { fingerprint } = openRecordKey(dataDir);
    const whole = await runProgram(process.execPath, [script, file, "--key", fingerprint]);
    expect(whole).toMatchObject({ code: 0, stderr: "" });
    expect(whole.stdout).toContain("proven      ");
    expect(whole.stdout).toContain("not proven  ");
    writeFileSync(file, textOf(pack()).replace('"duty-city"', '"duty-town"'));
    const altered = await runProgram(process.execPath, [script, file]);
    expect(altered).toMatchObject({ code: 1 });
    expect(altered.stdout).toContain("FAILED      the content is not what its hash says");
    expect(await runProgram(process.execPath, [script])).toMatchObject({ code: 64 });
    expect(readFileSync(script, "utf8").match(/from "(?!node:)/gu)).toBeNull();
  });
});

describe("the file of heads", () => {
  it("goes on behind a line that a crash has cut short", () => {
    const key = openRecordKey(dataDir);
    const file = join(journalDir, headsFile);
    const mark = journal.mark();
    const whole = `${JSON.stringify(signHead(key, mark, 1))}\n`;
    writeFileSync(file, whole + whole.slice(0, 40));
    expect(readHeads(file).at(-1)).toMatchObject({ ok: false, reason: "it is cut short" });
    const heads = openHeads(journalDir);
    heads.append(signHead(key, mark, 2));
    heads.close();
    expect(readHeads(file).map(({ ok }) => ok)).toEqual([true, true]);
  });
});
