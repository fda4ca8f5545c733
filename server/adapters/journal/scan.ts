// A segment's bytes as pieces: whole records, and the gaps between them that are none; it goes on behind every damage.
import type { JournalRecord, TurnEnd } from "../../../contract/journal.ts";
import { hasPlausibleRecord, headerBytes, parseRecord } from "./records.ts";

/** What a record is called by: a segment has hundreds of thousands, and what they hold is not kept. */
export type Called =
  | { readonly type: "input" | "change"; readonly number: number }
  | { readonly type: "seal"; readonly upTo: number; readonly seq: number; readonly chain: string };

/** A whole record, or bytes that are none, by offsets into the segment. */
export type Piece =
  | { readonly type: "record"; readonly start: number; readonly end: number; readonly record: Called }
  | { readonly type: "gap"; readonly start: number; readonly end: number; readonly reason: string };

function calledOf(record: JournalRecord): Called {
  if (record.type === "input") return { type: "input", number: record.input.number };
  if (record.type === "change") return { type: "change", number: record.change.seq };
  const { upTo, seq, chain }: TurnEnd = record.end;
  return { type: "seal", upTo, seq, chain };
}

function wholeRecordAt(bytes: Buffer, offset: number): Piece | string {
  try {
    const parsed = parseRecord(bytes, offset);
    if (parsed.state === "record") {
      return { type: "record", start: offset, end: offset + parsed.bytes, record: calledOf(parsed.record) };
    }
    return parsed.state === "short" ? "it is cut short" : parsed.reason;
  } catch (error) {
    // Its checksum holds and yet it cannot be read: written by a newer release, or forged.
    return (error as Error).message;
  }
}

/** The pieces of a segment, first to last, without a byte left out. */
export function* scanSegment(bytes: Buffer): Generator<Piece> {
  let offset = 0;
  while (offset < bytes.length) {
    const piece = wholeRecordAt(bytes, offset);
    if (typeof piece !== "string") {
      yield piece;
      offset = piece.end;
      continue;
    }
    const start = offset;
    // Its length may be the damage itself, so every place behind it is tried.
    do offset += 1;
    while (offset + headerBytes < bytes.length && !hasPlausibleRecord(bytes, offset));
    if (offset + headerBytes >= bytes.length) offset = bytes.length;
    yield { type: "gap", start, end: offset, reason: piece };
  }
}
