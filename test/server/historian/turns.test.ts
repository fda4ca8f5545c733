// The journal's turns as rows: whole turns, as judged, over segments, and again from any cursor.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Flag } from "../../../contract/input.ts";
import { decodeNative } from "../../../server/adapters/dialects/native.ts";
import { segmentName } from "../../../server/adapters/journal/read.ts";
import { encodeEnd, encodeInput } from "../../../server/adapters/journal/records.ts";
import { createTurnReader } from "../../../server/historian-turns.ts";
import { listOf } from "../../support/historian-rows.ts";

const at = 1_790_000_000_000;
let dir = "";

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "turns-"));
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

function message(number: number, values: Readonly<Record<string, unknown>>): Buffer {
  const payload = Buffer.from(JSON.stringify({ ts: at + number, values }));
  return encodeInput({ kind: "message", number, at: at + 500, topic: "skyground/v1/hc-01/gw-1/telemetry", payload });
}

function end(upTo: number, flags: readonly (readonly [number, readonly Flag[]])[] = []): Buffer {
  return encodeEnd({ upTo, seq: 0, flags, chain: "" });
}

/** Writes segments and gives the position behind the last. */
function write(...segments: readonly (readonly Buffer[])[]): number {
  let start = 0;
  for (const parts of segments) {
    const bytes = Buffer.concat(parts);
    writeFileSync(join(dir, segmentName(start)), bytes);
    start += bytes.length;
  }
  return start;
}

describe("the turn reader", () => {
  it("gives the rows of whole turns, and none of a turn that is not at its end", () => {
    const turn = [message(1, { A: 1, B: true }), message(2, { A: 2 }), end(2)];
    const whole = Buffer.concat(turn).length;
    const upTo = write([...turn, message(3, { A: 3 })]);
    const batch = createTurnReader(dir, decodeNative)(0, upTo, 100);
    expect(listOf(batch.rows).map(({ point, sourceAt, value }) => [point, sourceAt - at, value])).toEqual([
      ["hc-01/A", 1, 1],
      ["hc-01/B", 1, 1],
      ["hc-01/A", 2, 2],
    ]);
    expect(batch.rows.receivedAt[0]).toBe(at + 500);
    expect(batch).toMatchObject({ cursor: whole, isEnd: true });
  });

  it("takes value, quality and time of a judged reading from its flag, and leaves out what was not stored", () => {
    const flags: readonly Flag[] = [
      [0, 1, 99, 4, at - 7],
      [2, 0, 0, 0, 0],
    ];
    const upTo = write([message(1, { A: 1, B: 2, C: 3 }), message(2, { A: 4 }), end(2, [[1, flags]])]);
    const { rows } = createTurnReader(dir, decodeNative)(0, upTo, 100);
    expect(listOf(rows).map(({ point, sourceAt, value, quality }) => [point, sourceAt - at, value, quality])).toEqual([
      ["hc-01/A", -7, 99, "bad"],
      ["hc-01/B", 1, 2, "good"],
      ["hc-01/A", 2, 4, "good"],
    ]);
  });

  it("stores a value of the past as it is, at its own time", () => {
    const upTo = write([message(1, { A: 1 }), message(2, { A: { v: 7, ts: at - 3_600_000, h: true } }), end(2)]);
    const { rows } = createTurnReader(dir, decodeNative)(0, upTo, 100);
    expect(listOf(rows).map(({ point, sourceAt, value, quality }) => [point, sourceAt - at, value, quality])).toEqual([
      ["hc-01/A", 1, 1, "good"],
      ["hc-01/A", -3_600_000, 7, "good"],
    ]);
  });

  it("stores what a person read as it was judged, and nothing of what was refused or is no reading", () => {
    const person = { name: "lin", role: "dutyOfficer", tier: "county" } as const;
    const reading = (number: number): Buffer => {
      const request = { commandId: `command-${number}`, point: "hc-01/A", value: 5, reason: "dip tape" };
      return encodeInput({ kind: "command", number, at: at + 500, command: { act: "reading", person, request } });
    };
    const silence = { act: "silence", person, request: { commandId: "command-9" } } as const;
    const flags: readonly Flag[] = [[0, 1, 5, 2, at + 7]];
    const upTo = write([
      message(1, { A: 1 }),
      reading(2),
      reading(3),
      encodeInput({ kind: "command", number: 4, at: at + 500, command: silence }),
      end(4, [[2, flags]]),
    ]);
    const { rows } = createTurnReader(dir, decodeNative)(0, upTo, 100);
    expect(listOf(rows).map(({ point, sourceAt, value, quality }) => [point, sourceAt - at, value, quality])).toEqual([
      ["hc-01/A", 1, 1, "good"],
      ["hc-01/A", 7, 5, "suspect"],
    ]);
  });

  it("goes on turn by turn over segments, waits for more, and begins again where it is told to", () => {
    const turns = [1, 2, 3, 4].map((number) => [message(number, { A: number }), end(number)]);
    const upTo = write(turns.slice(0, 2).flat(), turns.slice(2).flat());
    const read = createTurnReader(dir, decodeNative);
    const seen: number[] = [];
    const cursors: number[] = [];
    for (let cursor = 0, isEnd = false; !isEnd;) {
      const batch = read(cursor, upTo, 1);
      seen.push(...listOf(batch.rows).map(({ value }) => value));
      ({ cursor, isEnd } = batch);
      cursors.push(cursor);
    }
    expect(seen).toEqual([1, 2, 3, 4]);
    expect(read(upTo, upTo, 1)).toMatchObject({ cursor: upTo, isEnd: true, rows: { count: 0 } });
    const again = read(cursors[1] ?? 0, upTo, 100);
    expect(listOf(again.rows).map(({ value }) => value)).toEqual([3, 4]);
  });

  it("reads on to the journal's present end, also where a turn had been cut short when it began", () => {
    const turns = [1, 2, 3].map((number) => [message(number, { A: number }), end(number)]);
    const upTo = write(turns.flat());
    const [first = 0, second = 0] = turns.map((turn) => Buffer.concat(turn).length);
    const read = createTurnReader(dir, decodeNative);
    const begun = read(0, first + second - 1, 1);
    expect(begun).toMatchObject({ cursor: first, isEnd: false });
    const rest = read(begun.cursor, upTo, 100);
    expect(listOf(rest.rows).map(({ value }) => value)).toEqual([2, 3]);
    expect(rest).toMatchObject({ cursor: upTo, isEnd: true });
  });

  it("gives the same turns again after damage, once it is mended", () => {
    const upTo = write([message(1, { A: 1 }), end(1), message(2, { A: 2 }), end(2)]);
    const read = createTurnReader(dir, decodeNative);
    const first = read(0, upTo, 1);
    expect(first.rows.count).toBe(1);
    write([message(1, { A: 1 }), end(1), Buffer.alloc(60, 0xff)]);
    const other = createTurnReader(dir, decodeNative);
    const good = other(0, upTo, 1);
    expect(() => other(good.cursor, upTo, 1)).toThrow("at position");
    write([message(1, { A: 1 }), end(1), message(2, { A: 2 }), end(2)]);
    expect(listOf(other(good.cursor, upTo, 1).rows).map(({ value }) => value)).toEqual([2]);
  });
});
