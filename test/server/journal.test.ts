// The journal alone: what it gives back after any interruption, and how it tells of what was altered.
import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { cpSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { JournalRecord } from "../../contract/journal.ts";
import { inspectJournal, type Finding } from "../../server/adapters/journal/inspect.ts";
import { openJournal, type Journal, type JournalOptions } from "../../server/adapters/journal/journal.ts";
import { listSegments, positionBefore, readRecords } from "../../server/adapters/journal/read.ts";
import { encodeInput } from "../../server/adapters/journal/records.ts";
import { createLog } from "../../server/log.ts";
import { boundFiles } from "../support/disk.ts";
import { changeOf, messageOf } from "../support/journal-records.ts";
import { endProgram } from "../support/program.ts";
import { newFolder } from "../support/server.ts";

let folder: ReturnType<typeof newFolder>;
let dir: string;
let opened: Journal[];

beforeEach(() => {
  folder = newFolder();
  dir = join(folder.path, "journal");
  opened = [];
});

afterEach(() => {
  for (const journal of opened) journal.close();
  folder.remove();
});

function open(changes: Partial<JournalOptions> = {}): Journal {
  const journal = openJournal({ dir, segmentBytes: 1 << 20, syncMs: 10_000, log: createLog("silent"), ...changes });
  opened.push(journal);
  return journal;
}

function close(journal: Journal): void {
  opened = opened.filter((one) => one !== journal);
  journal.close();
}

/** Turns of two inputs and one change each, from the journal's own place on. */
function addTurns(journal: Journal, count: number): void {
  for (let turn = 0; turn < count; turn += 1) {
    const { upTo, seq } = journal.mark();
    journal.appendInputs([messageOf(upTo + 1), messageOf(upTo + 2)]);
    journal.appendTurn({
      upTo: upTo + 2,
      seq: seq + 1,
      changes: [changeOf(seq + 1)],
      flags: [[upTo + 1, [[0, 1, 2, 0, 3]]]],
    });
  }
}

/** One word a record: `i7`, `c3`, `e8`. */
function wordOf(record: JournalRecord): string {
  if (record.type === "input") return `i${record.input.number}`;
  return record.type === "change" ? `c${record.change.seq}` : `e${record.end.upTo}`;
}

function words(): string {
  return [...readRecords(dir, 0)].map(({ record }) => wordOf(record)).join(" ");
}

/** Everything that an inspection finds. */
function findings(): readonly Finding[] {
  const found: Finding[] = [];
  inspectJournal({ dir, onFinding: (finding) => found.push(finding) });
  return found;
}

/** The same in words. */
function breaks(): readonly string[] {
  return findings().map(({ record, reason }) => `${record}: ${reason}`);
}

function lastFile(): string {
  return listSegments(dir).at(-1)?.file ?? "";
}

function tornFiles(): readonly string[] {
  return readdirSync(dir).filter((name) => name.startsWith("torn-"));
}

describe("the journal", () => {
  it("gives back what was appended, in order and byte for byte", () => {
    const journal = open();
    const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte);
    const inputs = [
      { ...messageOf(1), topic: "skyground/v1/站/网关/telemetry", payload: bytes },
      { kind: "tick", number: 2, at: 5 } as const,
      { kind: "link", number: 3, at: 5, site: "a", device: "b", online: true, isGraceful: false } as const,
    ];
    journal.appendInputs(inputs);
    journal.appendTurn({ upTo: 3, seq: 1, changes: [changeOf(1)], flags: [[1, [[0, 1, 2.5, 3, 4]]]] });
    const [first, second, third, change, end, ...more] = [...readRecords(dir, 0)].map(({ record }) => record);
    expect(more).toEqual([]);
    if (first?.type !== "input" || first.input.kind !== "message") throw new Error("no message");
    expect({ ...first.input, payload: [...first.input.payload] }).toEqual({ ...inputs[0], payload: [...bytes] });
    expect([second, third]).toEqual(inputs.slice(1).map((input) => ({ type: "input", input })));
    expect(change).toEqual({ type: "change", change: changeOf(1) });
    expect(end).toMatchObject({ type: "end", end: { upTo: 3, seq: 1, flags: [[1, [[0, 1, 2.5, 3, 4]]]] } });
    expect(breaks()).toEqual([]);
  });

  it("gives back what a gateway sent in its own dialect beside what it was read as, also while a turn is open", () => {
    const read = messageOf(1, `{"values":{"T-1":9}}`);
    const origin = { dialect: "hj212", topic: "hj212/\u6c55\u5c3e", payload: Buffer.from([0, 255, 35, 35]) } as const;
    let journal = open();
    journal.appendInputs([{ ...read, origin }, messageOf(2)]);
    close(journal);
    journal = open();
    journal.appendTurn({ upTo: 2, seq: 0, changes: [], flags: [] });
    const [first] = [...readRecords(dir, 0)];
    expect(first?.record).toEqual({ type: "input", input: { ...read, origin } });
    expect(breaks()).toEqual([]);
  });

  it("finds from which file on an instant is to be read", () => {
    const journal = open({ segmentBytes: 900 });
    addTurns(journal, 20);
    const placed = [...readRecords(dir, 0)].flatMap(({ record, start }) =>
      record.type === "input" ? [{ at: record.input.at, start }] : [],
    );
    const starts = listSegments(dir).map(({ start }) => start);
    for (const { at } of placed) {
      const from = positionBefore(dir, at);
      expect(starts).toContain(from);
      const first = placed.find((one) => one.start === from);
      expect(from === 0 || (first !== undefined && first.at < at)).toBe(true);
      const next = placed.find((one) => one.start === starts[starts.indexOf(from) + 1]);
      expect(next === undefined || next.at >= at).toBe(true);
    }
    expect(positionBefore(dir, -1)).toBe(0);
  });

  it("begins a new file when one is full, and reads on across them", () => {
    const journal = open({ segmentBytes: 900 });
    addTurns(journal, 20);
    const segments = listSegments(dir);
    expect(segments.length).toBeGreaterThan(3);
    expect(words()).toBe(
      Array.from({ length: 20 }, (_, n) => `i${2 * n + 1} i${2 * n + 2} c${n + 1} e${2 * n + 2}`).join(" "),
    );
    expect(breaks()).toEqual([]);
    // From the start of any record on, the same records come.
    const placed = [...readRecords(dir, 0)];
    for (const [place, { start }] of placed.entries()) {
      expect([...readRecords(dir, start)].map(({ record }) => wordOf(record))).toEqual(
        placed.slice(place).map(({ record }) => wordOf(record)),
      );
    }
  });

  it("goes on after a reopening, whether the last file is full, new or half written", () => {
    for (let turn = 0; turn < 12; turn += 1) {
      const journal = open({ segmentBytes: 900 });
      expect(journal.mark()).toMatchObject({ upTo: 2 * turn, seq: turn, position: journal.position() });
      addTurns(journal, 1);
      close(journal);
    }
    expect(breaks()).toEqual([]);
    expect(tornFiles()).toEqual([]);
    expect(listSegments(dir).length).toBeGreaterThan(2);
  });

  it("names a missing file", () => {
    const journal = open({ segmentBytes: 900 });
    addTurns(journal, 12);
    close(journal);
    const [, second] = listSegments(dir);
    truncateSync(second?.file ?? "", 0);
    expect(() => words()).toThrow(`${second?.file}: at position ${second?.start}: a record cut short`);
  });

  it("reads only what follows a checkpoint's place", () => {
    const journal = open({ segmentBytes: 900 });
    addTurns(journal, 10);
    const from = journal.mark();
    addTurns(journal, 2);
    journal.appendInputs([messageOf(25)]);
    const whole = { mark: journal.mark(), position: journal.position() };
    close(journal);
    // What lies before it is not looked at: a file there that is damaged does not matter.
    writeFileSync(listSegments(dir)[0]?.file ?? "", "nothing");
    const again = open({ segmentBytes: 900, from });
    expect({ mark: again.mark(), position: again.position() }).toEqual(whole);
    again.appendTurn({ upTo: 25, seq: 13, changes: [changeOf(13)], flags: [] });
    // All that is wrong lies before the place: the file that was written over, and the bytes that it lacks.
    const second = listSegments(dir)[1]?.start ?? 0;
    expect(new Set(findings().map(({ kind }) => kind))).toEqual(new Set(["damage", "segment"]));
    expect(findings().every(({ position }) => (position ?? 0) < second)).toBe(true);
  });
});

describe("a torn journal", () => {
  /** A journal whose last records are as given, and the lengths that each begins at. */
  function tail(last: "end" | "input"): { readonly starts: readonly number[]; readonly size: number } {
    const journal = open();
    addTurns(journal, 2);
    journal.appendInputs([messageOf(5), messageOf(6)]);
    if (last === "end") journal.appendTurn({ upTo: 6, seq: 3, changes: [changeOf(3)], flags: [] });
    close(journal);
    const placed = [...readRecords(dir, 0)];
    return { starts: placed.slice(9).map(({ start }) => start), size: placed.at(-1)?.end ?? 0 };
  }

  function reopenAt(length: number): Journal {
    truncateSync(lastFile(), length);
    return open();
  }

  for (const last of ["input", "end"] as const) {
    it(`loses nothing whole, at whatever byte its last ${last} was cut`, () => {
      const { starts, size } = tail(last);
      const pristine = join(folder.path, "pristine");
      cpSync(dir, pristine, { recursive: true });
      const bytes = readFileSync(lastFile());
      const from = starts.at(-1) ?? 0;
      for (let length = from; length < size; length += 1) {
        dir = join(folder.path, `at-${length}`);
        cpSync(pristine, dir, { recursive: true });
        const journal = reopenAt(length);
        // Inputs were promised; changes without the end of their turn are made anew.
        const kept = last === "input" ? from : (starts[1] ?? 0);
        expect(journal.position(), `cut at ${length}`).toBe(kept);
        expect(journal.mark()).toMatchObject({ upTo: 4, seq: 2 });
        const moved = tornFiles().map((name) => readFileSync(join(dir, name)));
        expect(Buffer.concat(moved)).toEqual(bytes.subarray(kept, length));
        const number = last === "input" ? 5 : 6;
        journal.appendTurn({ upTo: number, seq: 3, changes: [changeOf(3)], flags: [] });
        addTurns(journal, 1);
        expect(words()).toBe(
          `i1 i2 c1 e2 i3 i4 c2 e4 ${last === "input" ? "i5 c3 e5 i6 i7 c4 e7" : "i5 i6 c3 e6 i7 i8 c4 e8"}`,
        );
        expect(breaks()).toEqual([]);
        close(journal);
      }
    });
  }

  it("keeps the zeros that a power cut left behind out of the journal", () => {
    tail("end");
    const before = words();
    writeFileSync(lastFile(), Buffer.alloc(4096), { flag: "a" });
    open();
    expect(words()).toBe(before);
    expect(tornFiles()).toHaveLength(1);
  });
});

describe("an altered journal", () => {
  /** Every place of every kind of record, by its first byte in the file. */
  function prepare(): readonly { readonly start: number; readonly end: number; readonly record: JournalRecord }[] {
    const journal = open();
    addTurns(journal, 4);
    close(journal);
    return [...readRecords(dir, 0)];
  }

  it("is not opened for writing where whole records follow the damage, so that no number is ever used twice", () => {
    const placed = prepare();
    const bytes = readFileSync(lastFile());
    const { end } = placed[5] ?? { end: 0 };
    bytes.writeUInt8(bytes.readUInt8(end - 1) ^ 0x10, end - 1);
    writeFileSync(lastFile(), bytes);
    expect(() => open()).toThrow(/damaged in its middle/u);
    expect(readFileSync(lastFile())).toEqual(bytes);
    expect(tornFiles()).toEqual([]);
  });

  it("is named by the chain where a record was replaced together with its checksum", () => {
    const placed = prepare();
    const bytes = readFileSync(lastFile());
    const { start, end, record } = placed[4] ?? {};
    if (record?.type !== "input" || start === undefined || end === undefined) throw new Error("no input");
    const forged = encodeInput(messageOf(3, `{"values":{"T-1":9}}`));
    expect(forged).not.toEqual(bytes.subarray(start, end));
    writeFileSync(lastFile(), Buffer.concat([bytes.subarray(0, start), forged, bytes.subarray(end)]));
    expect(breaks()).toEqual([expect.stringMatching(/the seal of the turn up to input 4 does not fit/u)]);
  });

  it("is named by the numbers where a whole turn was taken out", () => {
    const placed = prepare();
    const bytes = readFileSync(lastFile());
    const from = placed[4]?.start ?? 0;
    const to = placed[8]?.start ?? 0;
    writeFileSync(lastFile(), Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]));
    expect(breaks()[0]).toBe("input 5: it comes after 2");
    expect(breaks().some((reason) => reason.includes("seal"))).toBe(true);
  });
});

describe("a journal on a full disk", () => {
  let child: ChildProcess | null = null;

  afterEach(async () => {
    if (child !== null) await endProgram(child, "SIGKILL");
  });

  it("leaves no torn record where a write was taken in part, and goes on when there is room", async () => {
    mkdirSync(dir, { recursive: true });
    const support = (name: string): string => new URL(`../support/${name}`, import.meta.url).pathname;
    child = spawn(process.execPath, ["--import", support("typescript.mjs"), support("journal-child.ts"), dir], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const { stdin, stdout, pid = 0 } = child;
    if (stdin === null || stdout === null) throw new Error("no pipes");
    const answers = createInterface({ input: stdout })[Symbol.asyncIterator]();
    type Answer = {
      readonly outcome: string;
      readonly position: number;
      readonly size: number;
      readonly number: number;
    };
    const answer = async (): Promise<Answer> => JSON.parse((await answers.next()).value as string) as Answer;
    const ask = (order: string): Promise<Answer> => {
      stdin.write(`${order}\n`);
      return answer();
    };
    expect(await answer()).toMatchObject({ outcome: "open", size: 0 });
    await ask("append 100");
    const full = await ask("turn");
    // Room for less than the first record, for the first and a part of the second, and for none.
    for (const room of [10, 300, 0]) {
      await boundFiles(pid, full.size + room);
      expect(await ask("append 200")).toEqual({ ...full, outcome: "EFBIG" });
    }
    await boundFiles(pid, "unlimited");
    expect(await ask("append 200")).toMatchObject({ outcome: "written", number: 4 });
    // The end of a turn is refused and tried again just the same.
    const pending = await ask("append 1");
    await boundFiles(pid, pending.size + 20);
    expect(await ask("turn")).toEqual({ ...pending, outcome: "EFBIG" });
    await boundFiles(pid, "unlimited");
    const last = await ask("turn");
    expect(last).toMatchObject({ outcome: "written", number: 6 });
    expect(last.size).toBe(last.position);
    expect(words()).toBe("i1 i2 e2 i3 i4 i5 i6 e6");
    expect(breaks()).toEqual([]);
  });
});
