// Condensing one segment of the journal: judged anew first, then everything but its messages is kept, with an anchor behind it.
import type { JournalRecord } from "../../contract/journal.ts";
import type { Decode } from "../../contract/sample.ts";
import { chainTurns } from "../adapters/journal/chain.ts";
import type { TurnMark } from "../adapters/journal/journal.ts";
import { hashFile, writeKept, type HashedFile, type Manifest } from "../adapters/journal/kept.ts";
import { readRecords, type Segment } from "../adapters/journal/read.ts";
import type { Log } from "../log.ts";
import { warmUpMs } from "../monitor/alone.ts";
import { compilePlant } from "../monitor/plant.ts";
import { createMonitor } from "../monitor.ts";
import { verifyRecords } from "../replay.ts";
import { anchorAt, saveAnchor } from "./anchors.ts";

/** What to condense. */
export interface CondenseWork {
  readonly dataDir: string;
  readonly journalDir: string;
  readonly segment: Segment;
  /** Where the next segment begins. */
  readonly end: number;
  /** From this event time on late samples may still be judged in order, epoch ms. */
  readonly lateFrom: number;
}

/** What was kept, or why the segment stays whole. */
export type Condensed =
  | { readonly ok: true; readonly manifest: Manifest; readonly whole: HashedFile; readonly kept: HashedFile }
  | { readonly ok: false; readonly reason: string };

/** A device's clock may be so far ahead (semantics \u00a76). */
const futureMs = 60_000;

/** What a walk through a segment finds beside the judgement. */
interface Seen {
  mark: TurnMark;
  from: number;
  to: number;
  messages: number;
}

function* noting(work: CondenseWork, seen: Seen): Generator<{ record: JournalRecord; start: number; end: number }> {
  for (const placed of readRecords(work.journalDir, work.segment.start, work.end)) {
    const { record } = placed;
    if (record.type === "input") {
      seen.from = Math.min(seen.from, record.input.at);
      seen.to = record.input.at;
      if (record.input.kind === "message") seen.messages += 1;
    } else if (record.type === "end") {
      const { upTo, seq, chain } = record.end;
      seen.mark = { position: placed.end, upTo, seq, chain };
    }
    yield placed;
  }
}

/**
 * Judges a segment anew from the anchor before it, by the long way. Where it comes out as it was recorded and the chain
 * holds, keeps the anchor behind it and then everything but the messages: a crash on the way leaves the segment whole, and
 * the same again at the next try. Removing the segment is somebody else's act.
 */
export async function condense(work: CondenseWork, decode: Decode, log: Log): Promise<Condensed> {
  const { dataDir, journalDir, segment, end } = work;
  const anchor = anchorAt(dataDir, segment.start, log);
  if (anchor === null) return { ok: false, reason: `no anchor leads to position ${segment.start}` };
  const before = anchor.mark;
  const seen: Seen = { mark: before, from: Infinity, to: 0, messages: 0 };
  const chain = { broken: null as string | null };
  const monitor = createMonitor(anchor.state, { isShortWayOpen: false });
  const records = chainTurns(noting(work, seen), before, (reason) => (chain.broken ??= reason));
  const found = verifyRecords(monitor, records, decode);
  if (chain.broken !== null) return { ok: false, reason: `the chain is broken: ${chain.broken}` };
  if (found.missing + found.extra > 0)
    return { ok: false, reason: `judged anew it differs: ${found.missing} missing, ${found.extra} extra` };
  if (seen.mark.position !== end) return { ok: false, reason: "it does not end with a whole turn" };
  const state = monitor.state();
  const warmUp = compilePlant(state.plan).points.reduce((most, point) => Math.max(most, warmUpMs(point)), 0);
  if (seen.to >= work.lateFrom - warmUp - futureMs)
    return { ok: false, reason: "late samples may still be judged with it" };
  const whole = hashFile(segment.file);
  await saveAnchor(dataDir, { mark: seen.mark, state }, log);
  const manifest: Manifest = {
    format: 1,
    start: segment.start,
    end,
    sha256: whole.sha256,
    from: seen.from,
    to: seen.to,
    before: chainStart(before),
    after: chainStart(seen.mark),
    messages: seen.messages,
  };
  return { ok: true, manifest, whole, kept: writeKept(journalDir, manifest) };
}

function chainStart({ chain, upTo, seq }: TurnMark): Manifest["before"] {
  return { chain, upTo, seq };
}
