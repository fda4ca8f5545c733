// Whether condensed segments are what was kept: checksums, numbers and the chain, as far as they can be recomputed without messages.
import { createHash } from "node:crypto";
import type { JournalRecord } from "../../../contract/journal.ts";
import type { ChainStart } from "./chain.ts";
import { readKeptSegment, type KeptSegment } from "./kept.ts";
import { encodeChange, encodeInput } from "./records.ts";

/** What was found, and what could not be recomputed. */
export interface KeptCheck {
  readonly inputs: number;
  readonly changes: number;
  /** Messages that were removed. */
  readonly messages: number;
  /** Turns whose seal was recomputed, and those whose seal rests on what was removed. */
  readonly sealed: number;
  readonly unsealed: number;
  /** Where the chain of the last one ends. */
  readonly after: ChainStart;
  /** Nothing where all is well. */
  readonly breaks: readonly string[];
}

/** Checks condensed segments from the journal's beginning on, and hands their records on; a damaged file throws. */
export function checkKept(
  kept: readonly KeptSegment[],
  first: ChainStart,
  onRecord: (record: JournalRecord) => void,
): KeptCheck {
  const breaks: string[] = [];
  let [inputs, changes, messages, sealed, unsealed, position] = [0, 0, 0, 0, 0, 0];
  let after = first;
  for (const segment of kept) {
    const { file, manifest } = segment;
    const tell = (what: string): void => void breaks.push(`${file}: ${what}`);
    if (manifest.start !== position) tell(`begins at position ${manifest.start}, and ${position} comes before it`);
    if (!isSame(manifest.before, after)) tell("does not go on from where the one before it ends");
    const walk = createWalk(manifest.before, tell);
    for (const record of readKeptSegment(segment)) {
      onRecord(record);
      walk.take(record);
    }
    const found = walk.found();
    if (!isSame(found.after, manifest.after)) tell("does not end where its manifest says");
    if (found.messages !== manifest.messages)
      tell(`${found.messages} numbers are missing, and ${manifest.messages} messages were removed`);
    inputs += found.inputs;
    changes += found.changes;
    messages += found.messages;
    sealed += found.sealed;
    unsealed += found.unsealed;
    position = manifest.end;
    after = manifest.after;
  }
  return { inputs, changes, messages, sealed, unsealed, after, breaks };
}

function isSame(one: ChainStart, other: ChainStart): boolean {
  return one.chain === other.chain && one.upTo === other.upTo && one.seq === other.seq;
}

/** Walks through the turns of one segment; a turn that lacks an input cannot be sealed again. */
function createWalk(before: ChainStart, tell: (what: string) => void) {
  let { chain, upTo: number, seq } = before;
  let [inputs, changes, messages, sealed, unsealed] = [0, 0, 0, 0, 0];
  let hash = createHash("sha256").update(chain);
  let missing = 0;

  const passTo = (next: number): void => {
    if (next < number) tell(`input ${next} stands after ${number}`);
    missing += Math.max(0, next - number);
    number = next;
  };
  const seal = (said: string): void => {
    if (missing > 0) unsealed += 1;
    else sealed += 1;
    if (missing === 0 && hash.digest("hex") !== said) tell(`the seal of the turn up to input ${number} does not fit`);
    messages += missing;
    missing = 0;
    chain = said;
    hash = createHash("sha256").update(chain);
  };

  return {
    take: (record: JournalRecord): void => {
      if (record.type === "input") {
        passTo(record.input.number - 1);
        number = record.input.number;
        inputs += 1;
        hash.update(encodeInput(record.input));
      } else if (record.type === "change") {
        if (record.change.seq !== seq + 1) tell(`change ${record.change.seq} stands after ${seq}`);
        seq = record.change.seq;
        changes += 1;
        hash.update(encodeChange(record.change));
      } else {
        passTo(record.end.upTo);
        seal(record.end.chain);
      }
    },
    found: () => ({ inputs, changes, messages, sealed, unsealed, after: { chain, upTo: number, seq } }),
  };
}
