// The whole record looked at byte by byte: checksums, numbers, seals and signed heads; every damage is named, and it goes on behind it.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { createAnchorCheck, type Anchor } from "./anchors.ts";
import { firstChain, type TurnMark } from "./journal.ts";
import { listSegments, type Segment } from "./read.ts";
import { scanSegment, type Piece } from "./scan.ts";
import { nameGap, nameOf } from "./wording.ts";

/** What is wrong, where, which record it is, and what follows it. */
export interface Finding {
  /**
   * `damage`: bytes that are no record. `torn`: the same at the very end, as a crash leaves it. `chain`: whole records that the
   * seal was not made over. `numbers`: a number that does not follow. `segment`: a file that is missing or does not fit.
   * `head`: not what was signed. `cut`: signed once, and now behind the end. `condensed`: what retention has left does not hold. `checkpoint`, `file`: files beside the journal.
   */
  readonly kind:
    | "damage"
    | "torn"
    | "chain"
    | "numbers"
    | "segment"
    | "head"
    | "cut"
    | "checkpoint"
    | "condensed"
    | "file";
  readonly file: string;
  /** In the journal, bytes; null for files beside it. */
  readonly position: number | null;
  readonly record: string;
  readonly reason: string;
  readonly next: string | null;
}

/** What was looked at. */
export interface Inspected {
  readonly turns: number;
  /** Behind the last whole seal. */
  readonly mark: TurnMark;
  readonly end: number;
  /** Whole inputs behind the last seal: a crash leaves such, and the next start judges them. */
  readonly unsealed: number;
  /** Heads and checkpoints whose place and chain are the record's own. */
  readonly anchored: number;
}

const genesis: TurnMark = { position: 0, upTo: 0, seq: 0, chain: firstChain };

/** What an inspection needs. */
export interface InspectOptions {
  readonly dir: string;
  /** Where the whole segments begin, behind what was condensed. @default the beginning of the record */
  readonly from?: TurnMark;
  /** Places that somebody has written down; ascending by position. */
  readonly anchors?: readonly Anchor[];
  readonly onFinding: (finding: Finding) => void;
}

/** Where the walk stands. */
interface Walk {
  number: number;
  seq: number;
  /** The chain before this turn; null where damage has hidden it. */
  chain: string | null;
  /** What the seal of this turn will have been made over: offsets into the segment. */
  turnStart: number;
  isTurnWhole: boolean;
  /** Behind a damage any number is taken as the next, as long as it is higher. */
  isBehindGap: boolean;
  turns: number;
  unsealed: number;
  mark: TurnMark;
}

/** The chain behind a turn: over the one before, and all bytes of the turn but its seal. */
export function chainOver(before: string, bytes: Uint8Array): string {
  return createHash("sha256").update(before).update(bytes).digest("hex");
}

/** Looks at every byte of a journal; in memory there is one segment at a time. */
export function inspectJournal({ dir, from = genesis, anchors = [], onFinding }: InspectOptions): Inspected {
  const segments = listSegments(dir);
  const within = anchors.filter(({ position }) => position > from.position);
  const anchorCheck = createAnchorCheck(within, onFinding);
  const walk: Walk = {
    number: from.upTo,
    seq: from.seq,
    chain: from.chain,
    turnStart: 0,
    isTurnWhole: true,
    isBehindGap: false,
    turns: 0,
    unsealed: 0,
    mark: from,
  };
  let end = from.position;
  for (const [place, segment] of segments.entries()) {
    const bytes = readFileSync(segment.file);
    if (segment.start !== end) {
      onFinding(misplaced(segment, end));
      anchorCheck.hide(Math.min(end, segment.start), segment.start);
      Object.assign(walk, { chain: null, isBehindGap: true, isTurnWhole: false });
    }
    if (walk.unsealed > 0 && segment.start === end) {
      onFinding({
        kind: "chain",
        file: basename(segment.file),
        position: end,
        record: `the turn behind input ${walk.mark.upTo}`,
        reason: "a file begins in the middle of a turn: its seal is gone",
        next: null,
      });
      Object.assign(walk, { chain: null, isBehindGap: true, isTurnWhole: false });
    }
    walk.turnStart = 0;
    const isLast = place === segments.length - 1;
    inspectSegment({ segment, bytes, isLast, walk, onFinding, anchorCheck });
    end = segment.start + bytes.length;
  }
  anchorCheck.end(end);
  const { turns, mark, unsealed } = walk;
  return { turns, mark, end, unsealed, anchored: anchorCheck.fitting() };
}

function misplaced({ file, start }: Segment, end: number): Finding {
  const reason =
    start > end
      ? `${start - end} bytes before it are missing: a file is gone, or was cut short`
      : `it begins ${end - start} bytes before the file before it ends: files were exchanged, or bytes were added`;
  return { kind: "segment", file: basename(file), position: end, record: "the file as a whole", reason, next: null };
}

interface SegmentWalk {
  readonly segment: Segment;
  readonly bytes: Buffer;
  readonly isLast: boolean;
  readonly walk: Walk;
  readonly onFinding: (finding: Finding) => void;
  readonly anchorCheck: ReturnType<typeof createAnchorCheck>;
}

function inspectSegment(task: SegmentWalk): void {
  const { segment, bytes, isLast, walk, onFinding, anchorCheck } = task;
  const pieces = [...scanSegment(bytes)];
  for (const [index, piece] of pieces.entries()) {
    const position = segment.start + piece.start;
    const tell = (kind: Finding["kind"], record: string, reason: string): void =>
      onFinding({ kind, file: basename(segment.file), position, record, reason, next: nextOf(segment, pieces, index) });
    if (piece.type === "gap") {
      const record = nameGap({ bytes, pieces, index, after: walk });
      tell(isLast && index === pieces.length - 1 ? "torn" : "damage", record, piece.reason);
      anchorCheck.hide(position, segment.start + piece.end);
      passGap(task, piece, record.startsWith("the seal"));
    } else if (piece.record.type === "seal") {
      const { upTo, seq, chain } = piece.record;
      passSeal(task, piece.start, piece.record, tell);
      walk.mark = { position: segment.start + piece.end, upTo, seq, chain };
      walk.turnStart = piece.end;
      anchorCheck.seal(walk.mark, basename(segment.file));
    } else {
      const { record } = piece;
      const isInput = record.type === "input";
      const [before, now] = [isInput ? walk.number : walk.seq, record.number];
      if (walk.isBehindGap ? now <= before : now !== before + 1)
        tell("numbers", nameOf(record), `it comes after ${before}`);
      if (isInput) Object.assign(walk, { number: now, unsealed: walk.unsealed + 1 });
      else walk.seq = now;
    }
  }
}

/** Where a damage takes a turn's seal, the chain goes on all the same if the turn before it is whole: its hash is known. */
function passGap({ bytes, walk }: SegmentWalk, gap: Piece, isSealAlone: boolean): void {
  walk.isBehindGap = true;
  if (!isSealAlone) {
    walk.isTurnWhole = false;
    return;
  }
  walk.chain =
    walk.isTurnWhole && walk.chain !== null ? chainOver(walk.chain, bytes.subarray(walk.turnStart, gap.start)) : null;
  Object.assign(walk, { turnStart: gap.end, isTurnWhole: true, unsealed: 0 });
}

function passSeal(
  { bytes, walk }: SegmentWalk,
  sealStart: number,
  end: { readonly upTo: number; readonly seq: number; readonly chain: string },
  tell: (kind: Finding["kind"], record: string, reason: string) => void,
): void {
  const name = `the seal of the turn up to input ${end.upTo}`;
  if (walk.isTurnWhole && walk.chain !== null) {
    if (chainOver(walk.chain, bytes.subarray(walk.turnStart, sealStart)) !== end.chain)
      tell("chain", name, `${name} does not fit: a record of the turn, or the turn before it, is another one`);
    if (!walk.isBehindGap && (end.upTo !== walk.number || end.seq !== walk.seq))
      tell(
        "numbers",
        name,
        `it seals input ${end.upTo} and change ${end.seq}; found are ${walk.number} and ${walk.seq}`,
      );
  }
  Object.assign(walk, {
    number: end.upTo,
    seq: end.seq,
    chain: end.chain,
    isTurnWhole: true,
    isBehindGap: false,
    turns: walk.turns + 1,
    unsealed: 0,
  });
}

function nextOf({ start }: Segment, pieces: readonly Piece[], index: number): string | null {
  const next = pieces.slice(index + 1, index + 2)[0];
  if (next === undefined) return null;
  const what = next.type === "gap" ? "another damage" : nameOf(next.record);
  return `${what} at position ${start + next.start}`;
}
