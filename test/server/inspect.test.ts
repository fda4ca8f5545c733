// Every byte of a record: wherever one is flipped, cut, exchanged or taken out, it is found, and the record is named.
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { crc32 as crcOf } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RecordedInput } from "../../contract/input.ts";
import type { JournalRecord } from "../../contract/journal.ts";
import { openCheckpoints } from "../../server/adapters/journal/checkpoint.ts";
import { headsFile, openHeads, readHeads, signHead } from "../../server/adapters/journal/heads.ts";
import type { Finding } from "../../server/adapters/journal/inspect.ts";
import { openJournal, type Journal } from "../../server/adapters/journal/journal.ts";
import { listSegments, readRecords } from "../../server/adapters/journal/read.ts";
import { openRecordKey, recordKeyFile } from "../../server/adapters/journal/record-key.ts";
import { encodeChange, encodeEnd, encodeInput } from "../../server/adapters/journal/records.ts";
import { inspectData, type VerifyWords } from "../../server/commands/verify.ts";
import { createLog } from "../../server/log.ts";
import { changeOf, messageOf } from "../support/journal-records.ts";
import { newFolder } from "../support/server.ts";

let folder: ReturnType<typeof newFolder>;
let dataDir: string;
let dir: string;

beforeEach(() => {
  folder = newFolder();
  dataDir = join(folder.path, "data");
  dir = join(dataDir, "journal");
});

afterEach(() => folder.remove());

/** One input of every kind that a record has: message, foreign message, and JSON. */
function inputsFrom(number: number): readonly RecordedInput[] {
  const person = { name: "duty-1", role: "dutyOfficer", tier: "city" } as const;
  const request = { commandId: "12345678" };
  return [
    messageOf(number),
    { ...messageOf(number + 1), origin: { dialect: "hj212", topic: "hj212", payload: Buffer.from("##0045") } },
    { kind: "command", number: number + 2, at: 5, command: { act: "silence", person, request } },
  ];
}

function addTurn(journal: Journal): void {
  const { upTo, seq } = journal.mark();
  journal.appendInputs(inputsFrom(upTo + 1));
  const changes = [changeOf(seq + 1), changeOf(seq + 2)];
  journal.appendTurn({ upTo: upTo + 3, seq: seq + 2, changes, flags: [[upTo + 1, [[0, 1, 2, 0, 3]]]] });
}

/** A record of four turns in three files, with a signed head behind each turn. */
function record(segmentBytes = 1400): void {
  const journal = openJournal({ dir, segmentBytes, syncMs: 10_000, log: createLog("silent") });
  const key = openRecordKey(dataDir);
  const heads = openHeads(dir);
  for (let turn = 0; turn < 4; turn += 1) {
    addTurn(journal);
    heads.append(signHead(key, journal.mark(), 1_790_000_000_000 + turn));
  }
  heads.close();
  journal.close();
}

function findings(words: VerifyWords = {}): readonly Finding[] {
  const found: Finding[] = [];
  inspectData(dataDir, words, (finding) => found.push(finding));
  return found;
}

function nameOf({ type, ...rest }: JournalRecord): string {
  const { input, change, end } = rest as { input?: RecordedInput; change?: { seq: number }; end?: { upTo: number } };
  if (type === "input") return `input ${input?.number}`;
  return type === "change" ? `change ${change?.seq}` : `the seal of the turn up to input ${end?.upTo}`;
}

const kinds = (found: readonly Finding[]): readonly string[] => found.map(({ kind }) => kind);

function replaceBytes(start: number, end: number, bytes: Buffer): void {
  const segment = listSegments(dir).findLast((one) => one.start <= start);
  if (segment === undefined) throw new Error("no segment");
  const before = readFileSync(segment.file);
  const [from, to] = [start - segment.start, end - segment.start];
  writeFileSync(segment.file, Buffer.concat([before.subarray(0, from), bytes, before.subarray(to)]));
}

describe("a whole record", () => {
  it("has no finding, and its heads fit", () => {
    record();
    const found: Finding[] = [];
    const inspected = inspectData(dataDir, {}, (finding) => found.push(finding));
    expect(found).toEqual([]);
    expect(listSegments(dir)).toHaveLength(2);
    expect(inspected).toMatchObject({ turns: 4, unsealed: 0, anchored: 4, mark: { upTo: 12, seq: 8 } });
  });

  it("may end with inputs that no turn has sealed yet", () => {
    record();
    const journal = openJournal({ dir, segmentBytes: 1 << 20, syncMs: 10_000, log: createLog("silent") });
    journal.appendInputs(inputsFrom(13));
    journal.close();
    expect(inspectData(dataDir, {}, () => expect.unreachable())).toMatchObject({ unsealed: 3 });
  });
});

describe("one flipped bit", () => {
  it("is found in every byte of every file, and its record is named", { timeout: 180_000 }, () => {
    record();
    // They have a test of their own below, and each costs a check of its signature.
    rmSync(join(dir, headsFile));
    const placed = [...readRecords(dir, 0)];
    const types = placed.map(({ record: one }) => one.type);
    expect(new Set(types)).toEqual(new Set(["input", "change", "end"]));
    const last = placed.at(-1);
    for (const { file, start } of listSegments(dir)) {
      const bytes = readFileSync(file);
      for (let offset = 0; offset < bytes.length; offset += 1) {
        const altered = Buffer.from(bytes);
        altered.writeUInt8(bytes.readUInt8(offset) ^ (1 << (offset % 8)), offset);
        writeFileSync(file, altered);
        const index = placed.findIndex(({ end }) => start + offset < end);
        const [hit, next] = [placed[index], placed[index + 1]];
        if (hit === undefined) throw new Error("no record");
        const [first, ...more] = findings();
        const at = `byte ${offset} of ${basename(file)}`;
        expect(first, at).toMatchObject({
          kind: hit === last ? "torn" : "damage",
          file: basename(file),
          position: hit.start,
          record: nameOf(hit.record),
        });
        const isLastOfFile = next === undefined || next.start - start >= bytes.length;
        const follows = isLastOfFile ? null : `${nameOf(next.record)} at position ${next.start}`;
        expect(first?.next, at).toBe(follows);
        // Nothing else is blamed for it, though everything behind it was looked at.
        expect(more, at).toEqual([]);
      }
      writeFileSync(file, bytes);
    }
  });

  it("is found in every byte of the signed heads", { timeout: 180_000 }, () => {
    record();
    const file = join(dir, headsFile);
    const bytes = readFileSync(file);
    for (let offset = 0; offset < bytes.length; offset += 1) {
      const altered = Buffer.from(bytes);
      altered.writeUInt8(bytes.readUInt8(offset) ^ 0x01, offset);
      writeFileSync(file, altered);
      const line = bytes.subarray(0, offset).toString().split("\n").length;
      expect(findings()[0], `byte ${offset}`).toMatchObject({ kind: "head", file: headsFile, record: `line ${line}` });
    }
  });

  it("is found in every byte of the checkpoints", { timeout: 180_000 }, async () => {
    record();
    const mark = { position: [...readRecords(dir, 0)].at(-1)?.end ?? 0, upTo: 12, seq: 8, chain: "" };
    const [head] = readHeads(join(dir, headsFile)).toReversed();
    const chain = head?.ok === true ? head.head.chain : "";
    const columns = { values: Float64Array.of(1, 2) };
    await openCheckpoints(dataDir, createLog("silent")).save(
      { mark: { ...mark, chain }, state: { plan: { points: [] }, rest: 1, columns } },
      Promise.resolve(),
    );
    expect(findings()).toEqual([]);
    const files = readdirSync(dataDir).filter((name) => /\.(?:checkpoint|plan)$/u.test(name));
    expect(files).toHaveLength(2);
    for (const name of files) {
      const file = join(dataDir, name);
      const bytes = readFileSync(file);
      for (let offset = 0; offset < bytes.length; offset += 1) {
        const altered = Buffer.from(bytes);
        altered.writeUInt8(bytes.readUInt8(offset) ^ 0x10, offset);
        writeFileSync(file, altered);
        expect(findings(), `byte ${offset} of ${name}`).toMatchObject([{ kind: "checkpoint", file: name }]);
      }
      writeFileSync(file, bytes);
    }
  });
});

describe("damage in several places", () => {
  it("is named at each of them, and what lies between is still checked", () => {
    record(1 << 20);
    const placed = [...readRecords(dir, 0)];
    const [a, b, forged] = [placed[1], placed[13], placed[18]];
    if (a === undefined || b === undefined || forged === undefined) throw new Error("no records");
    for (const one of [a, b]) replaceBytes(one.end - 1, one.end, Buffer.from([0xff]));
    replaceBytes(forged.start, forged.end, encodeInput(messageOf(10, `{"values":{"T-1":9}}`)).subarray(0));
    const found = findings();
    expect(found.map(({ kind, record: one }) => [kind, one]).slice(0, 3)).toEqual([
      ["damage", "input 2"],
      ["damage", nameOf(b.record)],
      ["chain", "the seal of the turn up to input 12"],
    ]);
  });
});

describe("a forged record", () => {
  it("is found by the chain where it was replaced together with its checksum", () => {
    record();
    const [first] = [...readRecords(dir, 0)];
    if (first === undefined) throw new Error("no record");
    replaceBytes(first.start, first.end, encodeInput(messageOf(1, `{"values":{"T-1":2}}`)));
    expect(findings()).toMatchObject([{ kind: "chain", record: "the seal of the turn up to input 3" }]);
  });

  it("is found by the signed heads where the whole chain behind it was made anew", () => {
    record(1 << 20);
    rmSync(dir, { recursive: true, force: true });
    const kept = join(folder.path, "kept.jsonl");
    record(1 << 20);
    copyFileSync(join(dir, headsFile), kept);
    // Whoever owns the disk writes another record, in itself without a fault, and signs it with the key that he found there.
    rmSync(dir, { recursive: true });
    mkdirSync(dir);
    const journal = openJournal({ dir, segmentBytes: 1 << 20, syncMs: 10_000, log: createLog("silent") });
    journal.appendInputs([messageOf(1, `{"values":{"T-1":0}}`), ...inputsFrom(1).slice(1)]);
    const changes = [changeOf(1), changeOf(2)];
    journal.appendTurn({ upTo: 3, seq: 2, changes, flags: [[1, [[0, 1, 2, 0, 3]]]] });
    for (let turn = 1; turn < 4; turn += 1) addTurn(journal);
    journal.close();
    expect(findings()).toEqual([]);
    expect(kinds(findings({ heads: kept }))).toEqual(["head", "head", "head", "head"]);
    expect(findings({ heads: kept })[0]?.reason).toContain("the record was rewritten");
  });

  it("is found where another key has signed the heads", () => {
    record();
    const { fingerprint } = openRecordKey(dataDir);
    rmSync(join(dataDir, recordKeyFile));
    expect(openRecordKey(dataDir).fingerprint).not.toBe(fingerprint);
    expect(findings()).toHaveLength(4);
    expect(findings()[0]?.reason).toContain(`signed with another key: ${fingerprint}`);
    expect(findings({ key: fingerprint })).toEqual([]);
  });
});

describe("a record with something taken out or exchanged", () => {
  it("tells of a turn that is gone", () => {
    record(1 << 20);
    const placed = [...readRecords(dir, 0)];
    replaceBytes(placed[6]?.start ?? 0, placed[12]?.start ?? 0, Buffer.alloc(0));
    const found = findings();
    expect(found[0]).toMatchObject({ kind: "numbers", record: "input 7", reason: "it comes after 3" });
    expect(kinds(found)).toContain("chain");
  });

  it("tells of a file that is gone, of one that was cut, and of two that were exchanged", () => {
    record(600);
    const segments = listSegments(dir);
    expect(segments).toHaveLength(5);
    const pristine = join(folder.path, "pristine");
    cpSync(dir, pristine, { recursive: true });
    const [first, second, third] = segments.map(({ file }) => file);
    if (first === undefined || second === undefined || third === undefined) throw new Error("no files");

    rmSync(second);
    expect(findings()).toMatchObject([{ kind: "segment", file: basename(third), position: segments[1]?.start }]);

    cpSync(pristine, dir, { recursive: true });
    truncateSync(second, 10);
    expect(findings().map(({ kind, file }) => [kind, file])).toEqual([
      ["damage", basename(second)],
      ["segment", basename(third)],
    ]);

    cpSync(pristine, dir, { recursive: true });
    renameSync(second, join(folder.path, "aside"));
    renameSync(third, second);
    renameSync(join(folder.path, "aside"), third);
    const found = findings();
    expect(found[0]).toMatchObject({ file: basename(second) });
    expect(kinds(found)).toEqual(expect.arrayContaining(["numbers", "chain"]));

    cpSync(pristine, dir, { recursive: true });
    rmSync(first);
    expect(findings()[0]).toMatchObject({ kind: "segment", position: 0 });
  });

  it("tells a cut tail from a torn one", () => {
    record(1 << 20);
    const { file } = listSegments(dir)[0] ?? { file: "" };
    const placed = [...readRecords(dir, 0)];
    const end = placed.at(-1)?.end ?? 0;
    writeFileSync(file, Buffer.from([40, 0, 0, 0, 1, 2, 3]), { flag: "a" });
    expect(findings()).toMatchObject([{ kind: "torn", position: end }]);
    // Two whole turns less: nothing in the record itself is wrong, and yet it once went further.
    truncateSync(file, placed[12]?.start ?? 0);
    expect(findings()).toMatchObject([
      { kind: "cut", file: headsFile, record: "line 3" },
      { kind: "cut", file: headsFile, record: "line 4", position: end },
    ]);
  });

  it("tells of torn bytes that are fewer than their name says, and of files that are none of its own", () => {
    record();
    writeFileSync(join(dir, "torn-500-7.bin"), Buffer.alloc(7));
    expect(findings()).toEqual([]);
    writeFileSync(join(dir, "torn-500-7.bin"), Buffer.alloc(6));
    writeFileSync(join(dir, "0000000000000000.log.bak"), "");
    expect(findings()).toMatchObject([
      { kind: "file", file: "0000000000000000.log.bak" },
      { kind: "file", file: "torn-500-7.bin", reason: "it has 6 bytes now" },
    ]);
  });

  it("names a seal that counts otherwise than its turn", () => {
    record(1 << 20);
    const placed = [...readRecords(dir, 0)];
    const seal = placed[5];
    if (seal?.record.type !== "end") throw new Error("no seal");
    replaceBytes(seal.start, seal.end, encodeEnd({ ...seal.record.end, seq: 3 }));
    expect(findings()[0]).toMatchObject({
      kind: "numbers",
      reason: "it seals input 3 and change 3; found are 3 and 2",
    });
  });
});

describe("a record of a newer release", () => {
  it("is not started on, and named by verify", () => {
    record();
    const { file } = listSegments(dir).at(-1) ?? { file: "" };
    const known = encodeChange(changeOf(9));
    const newer = Buffer.from(known);
    // Another kind, with a checksum that holds.
    const body = Buffer.from([9, ...known.subarray(9)]);
    newer.writeUInt8(9, 8);
    newer.writeUInt32LE(crcOf(body), 4);
    writeFileSync(file, newer, { flag: "a" });
    expect(() => openJournal({ dir, segmentBytes: 1 << 20, syncMs: 10_000, log: createLog("silent") })).toThrow(
      /kind 9, which this release does not know/u,
    );
    expect(findings()).toMatchObject([{ kind: "torn", reason: expect.stringContaining("kind 9") as string }]);
    expect(existsSync(file)).toBe(true);
  });
});
