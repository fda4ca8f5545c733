// Reading the journal from a position on, segment by segment, in bounded memory.
import { closeSync, fstatSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import { join } from "node:path";
import { hasPlausibleRecord, headerBytes, parseRecord, type PlacedRecord } from "./records.ts";

/** A segment file: it holds the journal's bytes from `start` on. */
export interface Segment {
  readonly file: string;
  readonly start: number;
}

const chunkBytes = 4 * 1024 * 1024;
const suffix = ".log";

/** The file name of the segment that starts at a position. */
export function segmentName(start: number): string {
  return `${String(start).padStart(16, "0")}${suffix}`;
}

/** All segments of a journal, first to last. */
export function listSegments(dir: string): readonly Segment[] {
  return readdirSync(dir)
    .filter((name) => /^\d{16}\.log$/.test(name))
    .toSorted()
    .map((name) => ({ file: join(dir, name), start: Number(name.slice(0, -suffix.length)) }));
}

/** Damage inside a journal: where, and of what kind. */
export interface JournalDamage extends Error {
  readonly position: number;
}

/** An error that tells of damage. */
export function damage(file: string, position: number, reason: string): JournalDamage {
  return Object.assign(new Error(`${file}: at position ${position}: ${reason}`), { name: "JournalDamage", position });
}

/** True where an error tells of damage inside a journal. */
export function isJournalDamage(error: unknown): error is JournalDamage {
  return error instanceof Error && error.name === "JournalDamage";
}

/**
 * True where any whole record lies behind the damaged one that starts at `offset`. Its length may be the damage itself,
 * so every place is tried.
 */
export function hasRecordBehind(file: string, offset: number): boolean {
  if (statSync(file).size <= offset) return false;
  const bytes = readFileSync(file);
  for (let place = offset + 1; place + headerBytes < bytes.length; place += 1) {
    if (hasPlausibleRecord(bytes, place)) return true;
  }
  return false;
}

/** The records of one segment from a position on; stops where the bytes end, throws at damage. */
export function* readSegment(segment: Segment, from: number, upTo: number): Generator<PlacedRecord> {
  const fd = openSync(segment.file, "r");
  try {
    const size = Math.min(fstatSync(fd).size, upTo - segment.start);
    let rest = Buffer.alloc(0);
    let place = from - segment.start;
    let filled = place;
    for (;;) {
      const chunk = Buffer.allocUnsafe(Math.max(0, Math.min(chunkBytes, size - filled)));
      const bytes = chunk.length === 0 ? 0 : readSync(fd, chunk, 0, chunk.length, filled);
      filled += bytes;
      rest = Buffer.concat([rest, chunk.subarray(0, bytes)]);
      let offset = 0;
      for (;;) {
        const parsed = parseRecord(rest, offset);
        if (parsed.state === "damaged") throw damage(segment.file, segment.start + place, parsed.reason);
        if (parsed.state === "short") break;
        offset += parsed.bytes;
        const start = segment.start + place;
        place += parsed.bytes;
        yield { record: parsed.record, start, end: segment.start + place };
      }
      rest = rest.subarray(offset);
      if (bytes === 0) return;
    }
  } finally {
    closeSync(fd);
  }
}

/** The records of a journal from a position (a record's start) up to another; whole records only. */
export function* readRecords(dir: string, from: number, upTo = Infinity): Generator<PlacedRecord> {
  const segments = listSegments(dir);
  let next = from;
  for (const [place, segment] of segments.entries()) {
    const end = segments[place + 1]?.start ?? Infinity;
    if (end <= next || segment.start >= upTo) continue;
    if (segment.start > next) throw damage(segment.file, next, "the segment before it is missing or cut short");
    for (const placed of readSegment(segment, next, Math.min(end, upTo))) {
      next = placed.end;
      yield placed;
    }
    if (end !== Infinity && next !== end && end <= upTo) throw damage(segment.file, next, "a record cut short");
  }
}

/** Where the newest segment starts whose first input lies before an instant; the journal's beginning where there is none. */
export function positionBefore(dir: string, at: number): number {
  const segments = listSegments(dir);
  for (const segment of segments.toReversed()) {
    const [first] = readRecords(dir, segment.start);
    if (first?.record.type === "input" && first.record.input.at < at) return segment.start;
  }
  return segments[0]?.start ?? 0;
}
