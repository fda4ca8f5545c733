// How long messages stay in the journal: past that its oldest segment is condensed, one at a time, off the loop, never silently.
import { rm } from "node:fs/promises";
import { basename } from "node:path";
import { Worker } from "node:worker_threads";
import type { AuditEntry } from "../../contract/audit.ts";
import type { Journal } from "../adapters/journal/journal.ts";
import { hasKept, listKept, syncFolder } from "../adapters/journal/kept.ts";
import { listSegments, readRecords, type Segment } from "../adapters/journal/read.ts";
import type { Log } from "../log.ts";
import type { Condensed, CondenseWork } from "./condense.ts";

/** What `/health` says of the journal's oldest part. */
export interface RetentionStatus {
  /** 0: for ever. */
  readonly keepDays: number;
  /** Segments that have been condensed. */
  readonly condensed: number;
  /** Since when the journal has every message, epoch ms; null while it is empty. */
  readonly messagesFrom: number | null;
  /** Why the oldest segment could not be condensed though it is due; null where nothing is in the way. */
  readonly blocked: string | null;
}

/** The retention of a running server. */
export interface RetentionKeeper {
  /** Condenses the oldest segment where it is older than so many days; 0: none is. One at a time; never rejects. */
  readonly look: (days: number, why: string) => Promise<void>;
  /** True where `look` would begin. */
  readonly wouldCondense: (days: number) => boolean;
  readonly status: () => RetentionStatus;
  /** What is under way is left as it is, and done again after the next start. */
  readonly stop: () => Promise<void>;
}

/** What a segment waits for; the numbers are positions in the journal. */
export interface Needs {
  readonly now: number;
  readonly keepMs: number;
  /** Null: not known. */
  readonly historian: number | null;
  readonly checkpoint: number | null;
  readonly synced: number;
}

/** How a keeper is made. */
export interface RetentionOptions {
  readonly dataDir: string;
  readonly journal: Pick<Journal, "dir" | "position" | "synced" | "whenSynced">;
  readonly keepDays: number;
  /** Up to here the historian has stored everything; null while it has not said so. */
  readonly historian: () => number | null;
  /** The oldest checkpoint that a start may use; null where there is none. */
  readonly checkpoint: () => number | null;
  /** The oldest late sample that still waits to be judged in order, event time; null where none does. */
  readonly late: () => number | null;
  readonly audit: (entry: AuditEntry) => Promise<boolean>;
  readonly run: (work: CondenseWork, signal: AbortSignal) => Promise<Condensed>;
  readonly now: () => number;
  readonly log: Log;
}

const dayMs = 86_400_000;
/** Late samples of this age and more are stored and no more (semantics §7). */
const lateMostMs = 7 * dayMs;
/** What could not be condensed is tried again so much later. */
const blockedRestMs = 3_600_000;

/** Whether a segment that ends at `end`, with its last input no later than `to`, is needed whole by nobody any more. */
export function isDue(end: number, to: number, needs: Needs): boolean {
  const { now, keepMs, historian, checkpoint, synced } = needs;
  const isOld = to <= now - keepMs;
  return isOld && end <= (historian ?? -1) && end <= (checkpoint ?? -1) && end <= synced;
}

/** Begins to look after the journal's oldest part. */
export function keepRetention(options: RetentionOptions): RetentionKeeper {
  const { dataDir, journal, keepDays, now, log } = options;
  const stopping = new AbortController();
  const firstAts = createFirstAts(journal.dir);
  let working: Promise<void> | null = null;
  /** Counted again after each act: there may be many. */
  let condensed: number | null = null;
  let blocked: { readonly start: number; readonly reason: string; readonly at: number } | null = null;

  /** What cannot be read is told, and keeps the journal whole: found by a timer, it must not end the process. */
  const unlessDamaged = <T>(look: () => T, start: number): T | null => {
    try {
      return look();
    } catch (error) {
      const reason = (error as Error).message;
      if (blocked?.reason !== reason) log.error("an old part of the journal cannot be read", { reason });
      blocked = { start, reason, at: now() };
      return null;
    }
  };

  const dueSegment = (days: number): (Segment & { readonly end: number }) | null => {
    const [first, next] = listSegments(journal.dir);
    if (first === undefined || next === undefined) return null;
    if (blocked?.start === first.start && now() - blocked.at < blockedRestMs) return null;
    // One whose removal was cut short is finished whatever its age.
    const keepMs = hasKept(journal.dir, first.start) ? 0 : days === 0 ? Infinity : days * dayMs;
    const to = unlessDamaged(() => firstAts(next.start), first.start);
    const needs = {
      now: now(),
      keepMs,
      historian: options.historian(),
      checkpoint: options.checkpoint(),
      synced: journal.synced(),
    };
    return to !== null && isDue(next.start, to, needs) ? { ...first, end: next.start } : null;
  };

  const act = async (segment: Segment & { readonly end: number }, why: string): Promise<void> => {
    const { start, end } = segment;
    const lateFrom = Math.min(options.late() ?? Infinity, now() - lateMostMs);
    const work = { dataDir, journalDir: journal.dir, segment: { file: segment.file, start }, end, lateFrom };
    const done = await options.run(work, stopping.signal);
    if (!done.ok) {
      blocked = { start, reason: `${basename(segment.file)}: ${done.reason}`, at: now() };
      log.warn("a segment of the journal stays whole", { file: segment.file, reason: done.reason });
      return;
    }
    blocked = null;
    // The act is on the disk before the file goes: a crash in between leaves both, and the act is done again.
    if (!(await options.audit(entryOf(done, why, now())))) return;
    await journal.whenSynced(journal.position());
    if (stopping.signal.aborted) return;
    await rm(segment.file);
    condensed = null;
    syncFolder(journal.dir);
    log.info("a segment of the journal was condensed", { file: segment.file, kept: done.kept.file, why });
  };

  return {
    wouldCondense: (days) => working === null && !stopping.signal.aborted && dueSegment(days) !== null,
    look: async (days, why) => {
      if (working !== null || stopping.signal.aborted) return;
      const segment = dueSegment(days);
      if (segment === null) return;
      working = act(segment, why)
        .catch((error: unknown) => {
          if (stopping.signal.aborted) return;
          blocked = { start: segment.start, reason: (error as Error).message, at: now() };
          log.error("a segment of the journal could not be condensed", { file: segment.file, error });
        })
        .finally(() => {
          working = null;
        });
      await working;
    },
    status: () => {
      const start = listSegments(journal.dir)[0]?.start ?? 0;
      condensed ??= unlessDamaged(() => listKept(journal.dir).length, start);
      const messagesFrom = unlessDamaged(() => firstAts(start), start);
      return { keepDays, condensed: condensed ?? 0, messagesFrom, blocked: blocked?.reason ?? null };
    },
    stop: async () => {
      stopping.abort();
      await working;
    },
  };
}

/** The time of a segment's first input; looked up once, since it never changes. */
function createFirstAts(dir: string): (start: number) => number | null {
  const known = new Map<number, number>();
  return (start) => {
    const found = known.get(start);
    if (found !== undefined) return found;
    const [first] = readRecords(dir, start);
    if (first?.record.type !== "input") return null;
    known.set(start, first.record.input.at);
    return first.record.input.at;
  };
}

/** The same act done twice is the same entry: its id is the segment's. */
function entryOf({ manifest, whole, kept }: Extract<Condensed, { ok: true }>, why: string, at: number): AuditEntry {
  const { start, from, to, messages } = manifest;
  const target = basename(whole.file);
  return {
    id: `journal.condense/${start}`,
    at,
    by: null,
    act: "journal.condense",
    target,
    before: { file: target, bytes: whole.bytes, sha256: whole.sha256, from, to, messages },
    after: { file: basename(kept.file), bytes: kept.bytes, sha256: kept.sha256, messages: 0 },
    reason: why,
  };
}

/** Condenses in a thread of its own. */
export function condenseInThread(work: CondenseWork, signal: AbortSignal): Promise<Condensed> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./condense-worker.js", import.meta.url), { workerData: work });
    const stop = (): void => void worker.terminate();
    signal.addEventListener("abort", stop, { once: true });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", () => {
      signal.removeEventListener("abort", stop);
      reject(new Error("the thread ended before it had condensed the segment"));
    });
  });
}
