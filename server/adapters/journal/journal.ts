// The append-only journal: inputs before they are judged, changes after, numbered without holes and chained by hash.
import { createHash } from "node:crypto";
import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  statfsSync,
  writeFileSync,
  writevSync,
} from "node:fs";
import { join } from "node:path";
import type { Flag, RecordedInput } from "../../../contract/input.ts";
import type { ChangeItem } from "../../../contract/wall.ts";
import type { Log } from "../../log.ts";
import { hasRecordBehind, isJournalDamage, listSegments, readRecords, segmentName } from "./read.ts";
import { createInputWriter, encodeChange, encodeEnd, encodeInput, type PlacedRecord } from "./records.ts";

/** The chain before the first turn. */
export const firstChain = "0".repeat(64);

/** What a turn has brought about. */
export interface TurnOutput {
  readonly upTo: number;
  readonly seq: number;
  readonly changes: readonly ChangeItem[];
  readonly flags: readonly (readonly [number: number, flags: readonly Flag[]])[];
}

/** A place in the journal right behind a turn. */
export interface TurnMark {
  readonly position: number;
  readonly upTo: number;
  readonly seq: number;
  readonly chain: string;
}

/** The journal, open for writing. */
export interface Journal {
  readonly dir: string;
  /** Behind the last complete turn. */
  readonly mark: () => TurnMark;
  /** Up to here every turn is on the disk: what follows a power cut may take away again. */
  readonly synced: () => number;
  /** Behind the last input, complete turn or not. */
  readonly position: () => number;
  /** Writes inputs down; throws when the disk refuses, and then nothing of them is there. */
  readonly appendInputs: (inputs: readonly RecordedInput[]) => void;
  /** Ends the turn; throws when the disk refuses, and may be called again with the same output. */
  readonly appendTurn: (output: TurnOutput) => void;
  /** Brings everything written to the disk before it returns. */
  readonly sync: () => void;
  /** Resolves when the turns up to a position are on the disk, at the latest with the next sync but one. */
  readonly whenSynced: (position: number) => Promise<void>;
  readonly close: () => void;
}

/** How a journal is opened. */
export interface JournalOptions {
  readonly dir: string;
  readonly segmentBytes: number;
  /** A power cut costs at most this much of acknowledged samples; a killed process costs nothing. */
  readonly syncMs: number;
  readonly log: Log;
  /** The place of a checkpoint, so that only what follows it is read. */
  readonly from?: TurnMark;
}

/** After a refusal, writing goes on when so much is free again. */
const leastFreeBytes = 1024 * 1024;

interface Tail {
  mark: TurnMark;
  /** Behind the last whole input after the mark. */
  end: number;
}

/** Finds the end of the journal: the last complete turn, and the whole inputs after it. */
function findTail(options: JournalOptions): Tail {
  const { dir, log, from } = options;
  const segments = listSegments(dir);
  const start = segments.at(-1)?.start ?? 0;
  // A segment begins with a new turn, and the end of the one before it holds the numbers to go on from.
  const first = from?.position ?? segments.at(-2)?.start ?? start;
  const tail: Tail = { mark: from ?? { position: start, upTo: 0, seq: 0, chain: firstChain }, end: first };
  let end = first;
  try {
    for (const placed of readRecords(dir, first)) {
      followTail(tail, placed);
      end = placed.end;
    }
  } catch (error) {
    if (!isJournalDamage(error) || error.position < start) throw error;
    log.warn("the journal's last bytes are torn", { position: error.position, reason: error.message });
  }
  // A torn tail has nothing whole behind it. Damage in the middle must not cost the records after it, nor their numbers.
  if (segments.length > 0 && hasRecordBehind(join(dir, segmentName(start)), Math.max(end, start) - start)) {
    throw new Error("the journal is damaged in its middle: restore it from a backup, or look at it with verify");
  }
  return tail;
}

/** Cuts off what lies behind the last whole record; the bytes are kept beside the journal, since they may be evidence. */
function cutOff(dir: string, segmentStart: number, end: number, fd: number, log: Log): void {
  const bytes = readFileSync(join(dir, segmentName(segmentStart))).subarray(end - segmentStart);
  if (bytes.length === 0) return;
  const file = join(dir, `torn-${end}-${bytes.length}.bin`);
  writeFileSync(file, bytes);
  ftruncateSync(fd, end - segmentStart);
  log.warn("torn or unfinished bytes were moved out of the journal", { file, bytes: bytes.length });
}

function followTail(tail: Tail, placed: PlacedRecord): void {
  const { record } = placed;
  if (record.type === "change") return;
  if (record.type === "end") {
    tail.mark = { position: placed.end, upTo: record.end.upTo, seq: record.end.seq, chain: record.end.chain };
  }
  tail.end = placed.end;
}

/** Opens a journal; cuts off what a crash has torn, so that it ends behind its last whole input or turn. */
export function openJournal(options: JournalOptions): Journal {
  const { dir, log } = options;
  mkdirSync(dir, { recursive: true });
  const tail = findTail(options);
  let segmentStart = listSegments(dir).at(-1)?.start ?? 0;
  let fd = openSync(join(dir, segmentName(segmentStart)), "a");
  let { mark, end } = tail;
  cutOff(dir, segmentStart, end, fd, log);
  let hash = hashFrom(mark.chain);
  for (const chunk of readRecordBytes(dir, mark.position, end)) hash.update(chunk);
  let isDirty = true;
  let isSyncing = false;
  fsyncSync(fd);
  let synced = mark.position;
  let waiting: { readonly position: number; readonly resolve: () => void }[] = [];
  const noteSynced = (position: number): void => {
    synced = Math.max(synced, position);
    for (const one of waiting) if (one.position <= synced) one.resolve();
    waiting = waiting.filter((one) => one.position > synced);
  };
  const timer = setInterval(() => {
    if (!isDirty || isSyncing) return;
    isDirty = false;
    isSyncing = true;
    const upTo = mark.position;
    fdatasync(fd, (error) => {
      isSyncing = false;
      if (error === null) {
        noteSynced(upTo);
        return;
      }
      isDirty = true;
      log.error("the journal could not be synced", { reason: error.message });
    });
  }, options.syncMs);
  timer.unref();

  /** Why the last write was refused; null when it was not. */
  let refusal: Error | null = null;
  const encodeInputs = createInputWriter();
  const write = (buffers: readonly Buffer[]): void => {
    const total = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    // The last bytes of a full disk would take one small record and refuse the next: wait for room worth the name.
    if (refusal !== null && freeBytes(dir) < leastFreeBytes) throw refusal;
    try {
      let written = writevSync(fd, buffers);
      if (written < total) {
        const rest = Buffer.concat(buffers).subarray(written);
        while (written < total) written += writevSync(fd, [rest.subarray(rest.length - (total - written))]);
      }
    } catch (error) {
      // What a full disk took in part must go, or the next record would stand behind a torn one.
      ftruncateSync(fd, end - segmentStart);
      refusal = error as Error;
      throw error;
    }
    refusal = null;
    end += total;
    isDirty = true;
  };

  /** The turn is written by now: a disk with no room for one more file only makes this segment longer. */
  const rotate = (): void => {
    if (end - segmentStart < options.segmentBytes || isSyncing) return;
    try {
      fsyncSync(fd);
      const next = openSync(join(dir, segmentName(end)), "a");
      closeSync(fd);
      fd = next;
      segmentStart = end;
    } catch (error) {
      log.warn("no new segment could be begun", { reason: (error as Error).message });
    }
  };

  return {
    dir,
    mark: () => mark,
    position: () => end,
    appendInputs: (inputs) => {
      const bytes = encodeInputs(inputs);
      write([bytes]);
      hash.update(bytes);
    },
    appendTurn: (output) => {
      const buffers = output.changes.map(encodeChange);
      const sealed = hash.copy();
      for (const buffer of buffers) sealed.update(buffer);
      const { upTo, seq, flags } = output;
      const chain = sealed.digest("hex");
      write([...buffers, encodeEnd({ upTo, seq, flags, chain })]);
      mark = { position: end, upTo, seq, chain };
      hash = hashFrom(chain);
      rotate();
    },
    sync: () => {
      fdatasyncSync(fd);
      isDirty = false;
      noteSynced(mark.position);
    },
    whenSynced: (position) =>
      new Promise((resolve) => {
        waiting.push({ position, resolve });
        noteSynced(synced);
      }),
    synced: () => synced,
    close: () => {
      clearInterval(timer);
      fsyncSync(fd);
      closeSync(fd);
    },
  };
}

function freeBytes(dir: string): number {
  const { bavail, bsize } = statfsSync(dir);
  return bavail * bsize;
}

function hashFrom(chain: string): ReturnType<typeof createHash> {
  return createHash("sha256").update(chain);
}

/** The bytes of whole records between two positions, encoded anew: the encoding is canonical. */
function* readRecordBytes(dir: string, from: number, upTo: number): Generator<Buffer> {
  for (const { record } of readRecords(dir, from, upTo)) if (record.type === "input") yield encodeInput(record.input);
}
