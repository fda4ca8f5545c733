// Condensed segments: everything that a segment of the journal held but its messages, and a manifest of what it was.
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { JournalRecord } from "../../../contract/journal.ts";
import type { ChainStart } from "./chain.ts";
import { damage, listSegments, readRecords, readSegment, segmentName } from "./read.ts";
import { encodeManifest, encodeRecord, parseManifest } from "./records.ts";

/** What a condensed segment was. */
export interface Manifest {
  readonly format: 1;
  /** Its bytes' place in the journal. */
  readonly start: number;
  readonly end: number;
  /** SHA-256 of its file, hex. */
  readonly sha256: string;
  /** Time of its first and last input, epoch ms. */
  readonly from: number;
  readonly to: number;
  /** The chain before it and behind it, with the numbers of the last input and change: it was whole when it was condensed. */
  readonly before: ChainStart;
  readonly after: ChainStart;
  /** Messages that were removed; all other records are here. */
  readonly messages: number;
}

/** A condensed segment. */
export interface KeptSegment {
  readonly file: string;
  readonly manifest: Manifest;
}

/** A file with what identifies it. */
export interface HashedFile {
  readonly file: string;
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

const namePattern = /^kept-\d{16}\.log$/u;
const chunkBytes = 1 << 20;
/** A manifest is far shorter. */
const mostManifestBytes = 1 << 16;

/** The file name of what is kept of the segment that starts at a position. */
export function keptName(start: number): string {
  return `kept-${segmentName(start)}`;
}

/** SHA-256 of a file, read in pieces. */
export function hashFile(file: string): HashedFile {
  const hash = createHash("sha256");
  const page = Buffer.alloc(chunkBytes);
  const fd = openSync(file, "r");
  try {
    for (let read = readSync(fd, page); read > 0; read = readSync(fd, page)) hash.update(page.subarray(0, read));
  } finally {
    closeSync(fd);
  }
  return { file, bytes: statSync(file).size, sha256: hash.digest("hex") };
}

function openKept(file: string): KeptSegment & { readonly bytes: number } {
  const page = Buffer.alloc(Math.min(mostManifestBytes, statSync(file).size));
  const fd = openSync(file, "r");
  try {
    readSync(fd, page, 0, page.length, 0);
  } finally {
    closeSync(fd);
  }
  const parsed = parseManifest(page);
  if (parsed === null) throw damage(file, 0, "its manifest is missing or damaged");
  return { file, manifest: parsed.manifest as Manifest, bytes: parsed.bytes };
}

/** All condensed segments, first to last; one whose segment is still there whole is not yet one of them. */
export function listKept(dir: string): readonly KeptSegment[] {
  const first = listSegments(dir)[0]?.start ?? 0;
  return readdirSync(dir)
    .filter((name) => namePattern.test(name))
    .toSorted()
    .map((name) => openKept(join(dir, name)))
    .filter(({ manifest }) => manifest.start < first);
}

/** The records of one condensed segment; throws at damage. */
export function* readKeptSegment({ file }: KeptSegment): Generator<JournalRecord> {
  const { bytes } = openKept(file);
  let end = bytes;
  for (const placed of readSegment({ file, start: 0 }, bytes, Infinity)) {
    end = placed.end;
    yield placed.record;
  }
  if (end !== statSync(file).size) throw damage(file, end, "a record cut short");
}

/** Every record of every condensed segment, in order, with the start of the segment that it is of. */
export function* readKept(dir: string): Generator<{ readonly record: JournalRecord; readonly segment: number }> {
  for (const kept of listKept(dir)) {
    for (const record of readKeptSegment(kept)) yield { record, segment: kept.manifest.start };
  }
}

/** Everything that the journal still has, kept records first: whole turns, of which the oldest lack their messages. */
export function* readAll(dir: string): Generator<{ readonly record: JournalRecord; readonly end: number }> {
  for (const { record, segment } of readKept(dir)) yield { record, end: segment };
  yield* readRecords(dir, listSegments(dir)[0]?.start ?? 0);
}

/** Writes what is kept of a segment: whole and on the disk when it returns, or not there. */
export function writeKept(dir: string, manifest: Manifest): HashedFile {
  const file = join(dir, keptName(manifest.start));
  const fd = openSync(`${file}.tmp`, "w");
  let page: Buffer[] = [];
  let held = 0;
  const flush = (): void => {
    const bytes = Buffer.concat(page);
    for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written);
    page = [];
    held = 0;
  };
  const add = (bytes: Buffer): void => {
    page.push(bytes);
    held += bytes.length;
    if (held >= chunkBytes) flush();
  };
  try {
    add(encodeManifest(manifest));
    for (const { record } of readRecords(dir, manifest.start, manifest.end)) {
      if (record.type !== "input" || record.input.kind !== "message") add(encodeRecord(record));
    }
    flush();
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(`${file}.tmp`, file);
  syncFolder(dir);
  return hashFile(file);
}

/** Brings the names of a folder's files to the disk. */
export function syncFolder(dir: string): void {
  const fd = openSync(dir, "r");
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** True where what is kept of a segment is written already, and only its removal was cut short. */
export function hasKept(dir: string, start: number): boolean {
  return existsSync(join(dir, keptName(start)));
}
