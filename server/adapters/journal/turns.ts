// The journal by whole turns: their records with their places, and their bytes as they lie on the disk.
import { closeSync, openSync, readSync } from "node:fs";
import type { TurnEnd } from "../../../contract/journal.ts";
import { firstChain } from "./journal.ts";
import { listKept } from "./kept.ts";
import { listSegments, readRecords } from "./read.ts";
import type { PlacedRecord } from "./records.ts";

/** A complete turn. */
export interface Turn {
  readonly start: number;
  readonly end: number;
  /** Its inputs, then its changes; the seal is beside them. */
  readonly records: readonly PlacedRecord[];
  readonly seal: TurnEnd;
  /** The chain of the turn before; null for the first one that is read, unless nothing whole lies before it. */
  readonly before: string | null;
}

/** Known where the record begins, and where its whole segments begin behind what was condensed. */
function chainBefore(dir: string, position: number): string | null {
  if (position === 0) return firstChain;
  const isFirst = listSegments(dir)[0]?.start === position;
  const last = isFirst ? listKept(dir).at(-1)?.manifest : undefined;
  return last?.end === position ? last.after.chain : null;
}

/** The complete turns from the start of one on; throws at damage. */
export function* readTurns(dir: string, from: number, upTo = Infinity): Generator<Turn> {
  let start = from;
  let before = chainBefore(dir, from);
  let records: PlacedRecord[] = [];
  for (const placed of readRecords(dir, from, upTo)) {
    if (placed.record.type !== "end") {
      records.push(placed);
      continue;
    }
    const seal = placed.record.end;
    yield { start, end: placed.end, records, seal, before };
    start = placed.end;
    before = seal.chain;
    records = [];
  }
}

/** The bytes between two positions of one segment: a turn never spans two. */
export function readBytes(dir: string, start: number, end: number): Buffer {
  const segment = listSegments(dir).findLast((one) => one.start <= start);
  if (segment === undefined) throw new Error(`there is no segment with position ${start}`);
  const bytes = Buffer.alloc(end - start);
  const fd = openSync(segment.file, "r");
  try {
    for (let filled = 0; filled < bytes.length;) {
      const read = readSync(fd, bytes, filled, bytes.length - filled, start - segment.start + filled);
      if (read === 0) throw new Error(`${segment.file} ends before position ${end}`);
      filled += read;
    }
    return bytes;
  } finally {
    closeSync(fd);
  }
}
