// The chain of hashes over the journal's turns: one changed byte anywhere breaks it (semantics §8).
import { createHash } from "node:crypto";
import type { JournalRecord } from "../../../contract/journal.ts";
import { encodeChange, encodeInput, type PlacedRecord } from "./records.ts";

/** Where a chain goes on from. */
export interface ChainStart {
  readonly chain: string;
  readonly upTo: number;
  readonly seq: number;
}

/**
 * Hands the records on and checks each turn's seal and the numbers on the way; tells of the first break. It begins at the
 * journal's first chain, or where another one has ended.
 */
export function* chainTurns(
  records: Iterable<PlacedRecord>,
  first: string | ChainStart,
  onBreak: (reason: string) => void,
): Generator<JournalRecord> {
  const from = typeof first === "string" ? { chain: first, upTo: 0, seq: 0 } : first;
  let hash = createHash("sha256").update(from.chain);
  let { upTo: number, seq } = from;
  for (const { record, start } of records) {
    if (record.type === "input") {
      if (record.input.number !== number + 1)
        onBreak(`at position ${start}: input ${record.input.number} after ${number}`);
      number = record.input.number;
      hash.update(encodeInput(record.input));
    } else if (record.type === "change") {
      if (record.change.seq !== seq + 1) onBreak(`at position ${start}: change ${record.change.seq} after ${seq}`);
      seq = record.change.seq;
      hash.update(encodeChange(record.change));
    } else {
      const chain = hash.digest("hex");
      if (chain !== record.end.chain)
        onBreak(`at position ${start}: the seal of the turn up to input ${record.end.upTo} does not fit`);
      hash = createHash("sha256").update(record.end.chain);
    }
    yield record;
  }
}
