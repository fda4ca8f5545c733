// A start: the last checkpoint and the journal behind it lead the monitor to where it was, whatever stopped it.
import { statSync } from "node:fs";
import type { JournalRecord } from "../contract/journal.ts";
import type { Decode } from "../contract/sample.ts";
import type { ChangeItem } from "../contract/wall.ts";
import type { Flag } from "../contract/input.ts";
import { anchorsDir } from "./adapters/journal/anchors-dir.ts";
import { openCheckpoints, type Checkpoint, type Checkpoints } from "./adapters/journal/checkpoint.ts";
import { openJournal, type Journal, type TurnMark } from "./adapters/journal/journal.ts";
import { listSegments, readRecords } from "./adapters/journal/read.ts";
import type { Log } from "./log.ts";
import { createMonitor, type Monitor } from "./monitor.ts";
import { unpackState, type PackedState } from "./monitor/pack.ts";
import { emptyState, type MonitorState } from "./monitor/state.ts";
import { compareTurn, leadThrough, type ReplayedTurn } from "./replay.ts";

/** What a start has brought back. */
export interface Restored {
  readonly monitor: Monitor;
  readonly journal: Journal;
  readonly checkpoints: Checkpoints;
  /** Inputs that were judged anew, and how many changes came out differently than they were recorded. */
  readonly inputs: number;
  readonly differences: number;
}

/** Where the data lies and how the journal is written. */
export interface RestoreOptions {
  readonly dataDir: string;
  readonly journalDir: string;
  readonly segmentBytes: number;
  readonly syncMs: number;
  readonly decode: Decode;
  readonly log: Log;
}

/** The newest checkpoint, or else anchor, whose place the journal still has. */
function usable(found: Iterable<Checkpoint>, journalDir: string): Checkpoint | null {
  const segments = listSegments(journalDir);
  const last = segments.at(-1);
  const end = last === undefined ? 0 : last.start + statSync(last.file).size;
  for (const checkpoint of found) {
    const { position, upTo } = checkpoint.mark;
    // After a power cut the journal may be shorter than a checkpoint thinks.
    if (position > end || !segments.some((segment) => segment.start <= position)) continue;
    try {
      const [next] = readRecords(journalDir, position);
      const isNext = next === undefined || (next.record.type === "input" && next.record.input.number === upTo + 1);
      if (isNext) return checkpoint;
    } catch {
      // A place inside a record, or behind the end: this checkpoint is of another journal.
    }
  }
  return null;
}

/** Opens the journal and leads a monitor through everything after the last checkpoint. */
export function restore(options: RestoreOptions): Restored {
  const { dataDir, journalDir, decode, log } = options;
  const checkpoints = openCheckpoints(dataDir, log);
  const hasJournal = directoryExists(journalDir);
  const checkpoint = hasJournal ? usable(statesOf(dataDir, checkpoints, log), journalDir) : null;
  if (checkpoint === null && hasJournal) wantBeginning(journalDir);
  const from = checkpoint?.mark;
  const journal = openJournal({ ...options, dir: journalDir, ...(from === undefined ? {} : { from }) });
  const state = checkpoint === null ? emptyState() : unpackState(checkpoint.state as PackedState);
  const monitor = createMonitor(state);
  let [inputs, differences] = [0, 0];
  for (const turn of leadThrough(monitor, recordsAfter(journal, from), decode)) {
    inputs += turn.inputs.length;
    if (turn.isComplete) differences += reportDifference(turn, log);
    else finishTurn(journal, turn, state);
  }
  // Numbers are never reused: they go on after the highest found anywhere.
  state.seq = Math.max(state.seq, journal.mark().seq);
  return { monitor, journal, checkpoints, inputs, differences };
}

function* statesOf(dataDir: string, checkpoints: Checkpoints, log: Log): Generator<Checkpoint> {
  yield* checkpoints.load();
  if (directoryExists(anchorsDir(dataDir))) yield* openCheckpoints(anchorsDir(dataDir), log).load();
}

/** From its middle on, the journal alone would tell of alarms and marks that nobody knows: that is no state to go on from. */
function wantBeginning(journalDir: string): void {
  const start = listSegments(journalDir)[0]?.start ?? 0;
  if (start === 0) return;
  throw new Error(
    `the messages of the journal begin at position ${start}, and neither a checkpoint nor an anchor that this version reads leads there: start the version that wrote them, or restore a backup`,
  );
}

function directoryExists(dir: string): boolean {
  try {
    listSegments(dir);
    return true;
  } catch {
    return false;
  }
}

function* recordsAfter(journal: Journal, from: TurnMark | undefined): Generator<JournalRecord> {
  const start = from?.position ?? listSegments(journal.dir)[0]?.start ?? 0;
  for (const { record } of readRecords(journal.dir, start, journal.position())) yield record;
}

function reportDifference(turn: ReplayedTurn, log: Log): number {
  const { missing, extra } = compareTurn(turn);
  const count = missing.length + extra.length;
  if (count > 0) log.error("the record and a new judgement of it differ", { missing, extra });
  return count;
}

/** Inputs that were written down when the process died, but not yet judged: their changes are written down now. */
function finishTurn(journal: Journal, turn: ReplayedTurn, state: MonitorState): void {
  const flags: [number, readonly Flag[]][] = [];
  const changes: ChangeItem[] = [];
  for (const [place, outcome] of turn.outcomes.entries()) {
    changes.push(...outcome.changes);
    if (outcome.flags.length > 0) flags.push([turn.inputs[place]?.number ?? 0, outcome.flags]);
  }
  journal.appendTurn({ upTo: state.number, seq: state.seq, changes, flags });
  journal.sync();
}
